/* memory_file.h - what data_dir remembers of the store: data_dir/store.json {birth, seq, adoption}, and how the last process died.
 *
 * A store with another birth, or at a lower seq than this file knows, is not silently used (bot/engine/engine.h).
 */
#ifndef OPSGATE_MEMORY_FILE_H
#define OPSGATE_MEMORY_FILE_H

#include "bot/engine/engine.h"

/* A data_dir without the file knows no store yet: *ret_memory is zeroed. ERR_INVALID: the file is not what we write. */
bool memory_file_read(const char *data_dir, struct engine_memory *ret_memory, struct error *err);
bool memory_file_write(const char *data_dir, const struct engine_memory *memory, struct error *err);

/* From now on a death by our own signal (SEGV, ABRT, BUS, FPE, ILL) leaves data_dir/crashed behind. Gives whether the
 * last one did, and forgets it. */
bool memory_file_watch_crashes(const char *data_dir, struct error *err);

#endif
