/* embedded_server.h - the private redis-server, as embedded.c (its phases, its end) and embedded_start.c (how it comes
 * to be, and whether it is the right one) share it. */
#ifndef OPSGATE_SHELL_EMBEDDED_SERVER_H
#define OPSGATE_SHELL_EMBEDDED_SERVER_H

#include "bot/shell/child.h"
#include "bot/shell/embedded.h"
#include "bot/shell/redis.h"

#define EMBEDDED_HOLDERS_MAX 8 /* redis-server, and a child of its own that rewrites its file */

enum embedded_phase {
    EMBEDDED_IS_ADOPTING,        /* the lock is taken: does its holder answer? */
    EMBEDDED_IS_STOPPING_ORPHAN, /* it does not */
    EMBEDDED_IS_STARTING,
    EMBEDDED_IS_READY,
    EMBEDDED_IS_STOPPING,
    EMBEDDED_IS_OVER, /* stopped, died, or never came */
};

struct embedded {
    struct embedded_options options; /* its pointers to text are ours */
    char *directory, *own_lock_path, *redis_lock_path, *log_path;
    char url[EMBEDDED_URL_MAX];
    int own_lock;
    enum embedded_phase phase;
    struct child *child; /* NULL when adopted, or ended */
    pid_t pid;
    struct aof_cut cut; /* before the present one was started */
    struct redis *redis;
    struct loop_timer *tick;
    int64_t until_ms; /* of the phase, or of the present way of stopping */
    size_t stop_step;
    loop_fn on_stopped;
    void *stopped_arg;
};

/* Starts a child, or connects to the holder of redis.lock. False with err when neither can be. */
bool embedded_start_or_adopt(struct embedded *embedded, struct error *err);

void embedded_enter_phase(struct embedded *embedded, enum embedded_phase phase, int64_t limit_ms);
void embedded_be_ready(struct embedded *embedded, pid_t pid);
/* The last that its user does: the owner may destroy it. */
void embedded_fail(struct embedded *embedded, const struct error *err);
void embedded_die(struct embedded *embedded, const char *how);

#endif
