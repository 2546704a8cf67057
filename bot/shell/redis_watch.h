/* redis_watch.h - hiredis 0.14 driven by our loop.
 *
 * Not the adapter that hiredis ships: that one forgets to tell hiredis about a refused connection (libuv reports it as
 * a negative status), so nobody ever hears of it. Here any status leads to a read and a write, which find the error.
 */
#ifndef OPSGATE_SHELL_REDIS_WATCH_H
#define OPSGATE_SHELL_REDIS_WATCH_H

#include "bot/shell/loop.h"

struct redisAsyncContext;

/* Called before and after hiredis handles an event: everything in between may call back, and destroy `arg`. */
struct redis_watch_owner {
    void (*on_enter)(void *arg);
    void (*on_leave)(void *arg);
    void *arg; /* valid until on_leave returned */
};

/* Ends by itself when hiredis lets go of the connection. False with err when the descriptor cannot be watched. */
bool redis_watch_start(struct loop *loop, struct redisAsyncContext *connection, const struct redis_watch_owner *owner,
                       struct error *err);

#endif
