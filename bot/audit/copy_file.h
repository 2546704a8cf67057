/* copy_file.h - the file that the journal is copied into: opened, looked at, appended to. It blocks: for the pool's
 * threads, one at a time.
 *
 * A line of a copy is whole, or not there: what a crash or a full disk has cut is taken away again. Somebody may move
 * the file away at any time (logrotate): the next append begins another one. One process writes a file: it holds a
 * lock.
 */
#ifndef OPSGATE_AUDIT_COPY_FILE_H
#define OPSGATE_AUDIT_COPY_FILE_H

#include "bot/base/buf.h"

#include <stdint.h>
#include <sys/types.h>

#define COPY_TAIL_MAX_BYTES (4 * 1024 * 1024) /* its last entry is looked for so far back: one takes up to 1 MiB */

struct copy_end {     /* what the file's last lines say */
    bool is_known;    /* there is a line that says it: an entry, or a checkpoint */
    int64_t n, at_ms; /* of its last entry, or of what its last checkpoint is of */
    char head[65];
    int64_t checkpoint_at_ms, behind; /* of its last checkpoint, 0: none is near; how many entries follow it */
};

struct copy_file { /* zeroed with fd -1: closed */
    int fd;
    dev_t device;
    ino_t inode;
    off_t size; /* as we left it */
};

enum copy_state { /* what was found when it was looked at */
                  COPY_AS_IT_WAS,
                  COPY_OPENED, /* a file of before; `end` says how it ends */
                  COPY_BEGUN,  /* an empty one */
                  COPY_CHANGED /* somebody else cut or wrote it; `end` says how it ends now */
};

/* Opens it, or looks whether it is still the one at `path` and as it was left; *ret_cut: so many bytes of a broken line
 * were taken away at its end. False with err: it cannot be written; it is closed then. */
bool copy_file_look(struct copy_file *file, const char *path, enum copy_state *ret_state, struct copy_end *ret_end,
                    int64_t *ret_cut, struct error *err);
/* On disk when it returns. False with err: nothing of it is there. */
bool copy_file_append(struct copy_file *file, const char *path, struct str lines, struct error *err);
void copy_file_close(struct copy_file *file);

/* Moves it to PATH.<unix ms>, a name that is free; ret_name gets it. */
bool copy_file_set_aside(struct copy_file *file, const char *path, int64_t unix_ms, char ret_name[static 512],
                         struct error *err);

#endif
