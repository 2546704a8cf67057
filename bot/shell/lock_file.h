/* lock_file.h - files held by flock(2), and who holds them.
 *
 * A lock belongs to the open file, not to the process: a child that inherits the descriptor holds it on, alone, once we
 * have closed ours. Safe on any thread.
 */
#ifndef OPSGATE_SHELL_LOCK_FILE_H
#define OPSGATE_SHELL_LOCK_FILE_H

#include "bot/base/error.h"

#include <sys/types.h>

/* Makes the file (0600) when missing and locks it, without waiting: ERR_CONFLICT when someone holds it. Close the
 * descriptor (close-on-exec) to let go. */
bool lock_file_take(const char *path, int *ret_fd, struct error *err);
bool lock_file_is_free(const char *path);

/* The other processes that have the file open, at most `room` of them; of those that we may look into. */
size_t lock_file_holders(const char *path, pid_t *pids, size_t room);

#endif
