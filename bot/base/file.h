/* file.h - small files, whole: read with a limit, written so that a crash leaves the old or the new one. Any thread. */
#ifndef OPSGATE_BASE_FILE_H
#define OPSGATE_BASE_FILE_H

#include "bot/base/str.h"

/* Terminated; the caller frees it. ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_INTERNAL; all name the path. */
bool file_read(const char *path, size_t max_bytes, char **ret_text, struct error *err);
/* The same for a file that may hold NULs. */
bool file_read_bytes(const char *path, size_t max_bytes, char **ret_bytes, size_t *ret_len, struct error *err);

/* Writes path.new, then renames it; mode 0600. Not fsynced: what stands in it may be a little old after a power cut. */
bool file_write(const char *path, struct str text, struct error *err);

#endif
