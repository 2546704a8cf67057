/* redis_connection.h - one connection, as redis.c (commands, answers, deadlines) and redis_connection.c (how it comes
 * up and goes away) share it. */
#ifndef OPSGATE_SHELL_REDIS_CONNECTION_H
#define OPSGATE_SHELL_REDIS_CONNECTION_H

#include "bot/shell/redis.h"
#include "bot/shell/redis_queue.h"

#include <hiredis/async.h>

enum redis_state {
    REDIS_IS_AWAY, /* waits for its next try */
    REDIS_IS_RESOLVING, /* its name; before that, where the master is */
    REDIS_IS_CONNECTING,
    REDIS_IS_GREETING, /* AUTH, SELECT, scripts...; LOADING is waited out here */
    REDIS_IS_UP,
    REDIS_IS_DRAINING, /* was up, and a command did not run: all answers first, then the greeting again, or another try */
};

struct redis {
    struct redis_options options; /* its pointers to text are ours */
    struct redis_address address;
    char sha[SCRIPT_COUNT][41];
    enum redis_state state;
    redisAsyncContext *connection; /* NULL in REDIS_IS_AWAY and REDIS_IS_RESOLVING */
    struct resolve_query *query;
    struct redis *sentinel; /* who is being asked where the master is; NULL: nobody */
    size_t sentinels_asked; /* whose turn it is */
    struct loop_timer *timer; /* of the state: next try, limit of connecting, next greeting */
    struct loop_timer *sweep; /* set while commands are under way: the next deadline */
    int64_t sweep_at_ms;
    struct redis_queue sent, again, waiting;
    size_t waiting_bytes; /* of `again` and `waiting` */
    size_t greetings;     /* answers of the greeting still to come */
    bool is_loading;      /* one of them was LOADING */
    unsigned failures;    /* since the last good answer */
    unsigned attempts;    /* which address is next */
    int64_t client_id, nodes, down_after_ms;
    char server_id[48];
    int64_t away_since_ms;
    enum { TOLD_NOTHING, TOLD_DOWN, TOLD_UP } told;
    char trouble[256];   /* why it is not up */
    char complaint[256]; /* the last error reply, until a good answer */
    char why_left[200];  /* REDIS_IS_DRAINING: it is left then, because of this; "": greeted again */
    int busy;            /* calls of ours on the stack that go on using us */
    bool is_closed;      /* destroyed; freed once nobody is busy */
};

/* Callbacks may destroy it: whoever goes on using it afterwards is busy, between these two. `arg` is the redis. */
void redis_connection_enter(void *arg);
void redis_connection_leave(void *arg);

void redis_connection_start(void *arg);                                             /* one try; a timer's function */
void redis_connection_set_timer(struct redis *redis, int64_t after_ms, loop_fn fn); /* the state's; fn NULL: none */
void redis_connection_greet(struct redis *redis);                                   /* AUTH, SELECT...; then it is up */
/* hiredis refuses only on a connection that ends, which is not ours any more by then, and without memory. */
void redis_connection_write(struct redis *redis, const char *bytes, size_t len, redisCallbackFn *fn, void *arg);
/* We end it, or hiredis did. The owner is told, and may destroy us in there. */
void redis_connection_drop(struct redis *redis, const char *why);
void redis_connection_gone(redisAsyncContext *connection);

void redis_connection_look_up(struct redis *redis); /* its host is known: resolves it, and connects */
void redis_sentinel_ask(struct redis *redis);       /* redis_sentinel.c: asks where the master is, and looks that up */

void redis_flush(struct redis *redis); /* sends what waits, once it is up: redis.c */

#endif
