/* embedded_place.h - where the private redis-server lives: its directory, its socket's url, its log. Used by
 * embedded*.c alone. */
#ifndef OPSGATE_SHELL_EMBEDDED_PLACE_H
#define OPSGATE_SHELL_EMBEDDED_PLACE_H

#include "bot/base/error.h"

#include <stddef.h>

#define EMBEDDED_STORY_BYTES 1024 /* as much of the log is told */

char *embedded_path(const char *directory, const char *name); /* the caller frees */

/* A socket's path holds 107 bytes. A longer one is reached through a descriptor of its directory, which stays open for
 * the life of the process: the url is handed to whoever connects, now or later. */
bool embedded_write_url(const char *directory, char *ret_url, size_t room, struct error *err);

/* ERR_INVALID for one that loses what was fsynced. */
bool embedded_check_file_system(const char *data_dir, bool is_ephemeral_accepted, struct error *err);
bool embedded_make_directory(const char *directory, struct error *err); /* ours alone, or it fails */

/* Its last lines, as many as fit into `room` bytes, joined by " | "; of the very last one at least the beginning. */
void embedded_log_last_lines(const char *path, char *ret_text, size_t room);
void embedded_log_rotate(const char *directory, const char *log_path); /* once it is large */

#endif
