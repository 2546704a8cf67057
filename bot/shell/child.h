/* child.h - programs as children: never through a shell, in a group of their own, ended in time.
 *
 * A child gets argv as it is, a clean environment, no descriptor but 0, 1, 2 (and `inherit_fd` as 3), and its own
 * session, so that a signal reaches whatever it started. Programs whose work must survive a restart of opsgate run
 * under exec_shim.h: child_shim_start starts one, child_follow finds it again. Loop thread only.
 */
#ifndef OPSGATE_SHELL_CHILD_H
#define OPSGATE_SHELL_CHILD_H

#include "bot/base/str.h"
#include "bot/shell/loop.h"

#include <sys/types.h>

enum child_ending {
    CHILD_EXITED,        /* by itself, with `status` */
    CHILD_SIGNALLED,     /* by `signal` */
    CHILD_LOST,          /* followed only: its shim died without a word; nobody knows how the program ended */
    CHILD_NEVER_STARTED, /* followed only: nothing ran in this directory yet; starting it is safe */
};

struct child_result {
    enum child_ending ending;
    int status, signal;
    bool was_timed_out;  /* we ended it */
    bool output_was_cut; /* it said more than output_max_bytes */
    int64_t dropped_bytes; /* followed only: so much more */
};

enum child_stream { CHILD_STDOUT = 1, CHILD_STDERR = 2 };

struct child_options {
    const char *const *argv;        /* argv[0] is looked for in the environment's PATH; NULL ends it */
    const char *const *environment; /* "NAME=value"..., NULL ends it; NULL: PATH and LANG only */
    const char *directory;          /* NULL: stay */
    const char *output_path;        /* stdout and stderr are appended to this file (0600); NULL: see on_line */
    size_t output_max_bytes;        /* handed to on_line; 0: 1 MiB. A file is not limited */
    int inherit_fd;                 /* becomes descriptor 3 (a lock, say); 0: none */
    int64_t timeout_ms;             /* 0: none */
    int64_t kill_after_ms;          /* from SIGTERM to SIGKILL; 0: 5 s */
    /* Each line without its end; a line over 64 KiB comes in pieces. NULL: what the child says is dropped. */
    void (*on_line)(void *arg, enum child_stream stream, struct str line);
    void (*on_exit)(void *arg, const struct child_result *result); /* once, later, after the last line */
    void *arg;
};

struct child;
/* Everything is copied. NULL with err when the program cannot be started; then no callback ever. */
struct child *child_start(struct loop *loop, const struct child_options *options, struct error *err);
void child_stop(struct child *child);   /* SIGTERM to its group, SIGKILL later; on_exit comes as usual */
void child_cancel(struct child *child); /* SIGKILL to its group, and silence; NULL is fine */
void child_forget(struct child *child); /* silence, and it lives on, unreaped while we do; NULL is fine. For our end */
pid_t child_pid(const struct child *child);

/* --- programs under the shim ------------------------------------------------------------------------------------- */

struct child_shim_options {
    const char *shim;                             /* opsgate itself: "/proc/self/exe" */
    const char *directory;                        /* this run's alone; made (0700) when missing, but not its parent */
    const char *const *argv, *const *environment; /* as above */
    int64_t timeout_ms;                           /* 0: none; kept by the shim, so it holds while opsgate is down */
    size_t output_max_bytes;                      /* 0: 1 MiB */
};

/* Starts it and leaves it alone: follow it to hear its end. A directory runs its program once: when one runs there, or
 * ran, this changes nothing and is true. When the shim itself cannot run, following says CHILD_NEVER_STARTED. */
bool child_shim_start(struct loop *loop, const struct child_shim_options *options, struct error *err);

/* Waits for the end of the program in `directory`, started by this process or an earlier one; a finished one is told
 * as well. Cancelling leaves the program alone. Never NULL. */
struct child_follow;
typedef void (*child_exit_fn)(void *arg, const struct child_result *result);
struct child_follow *child_follow(struct loop *loop, const char *directory, child_exit_fn on_exit, void *arg);
void child_follow_cancel(struct child_follow *follow);

/* The same without waiting: how it stands with `directory` now. False: its program runs on. Small files only, no loop. */
bool child_shim_look(const char *directory, struct child_result *ret_result);

/* Asks the shim to end its program (SIGTERM, later SIGKILL). ERR_NOT_FOUND when none runs there. */
bool child_shim_stop(const char *directory, struct error *err);

#endif
