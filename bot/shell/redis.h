/* redis.h - one connection to a Redis that comes back by itself.
 *
 * Commands are answered in the order they were sent, each once, later, unless the connection was destroyed, then never.
 * While there is no connection (not yet, lost, Redis loading its file) commands wait, and are sent in order once it
 * stands; one that was not sent at its deadline is NOT_NOW. If it was sent already, the whole connection is dropped:
 * everything in flight is UNAVAILABLE then, so no late answer can be taken for another's. After an outage longer than
 * the deadline commands are refused at once until Redis answers again. A command that may have run is never sent twice:
 * only NOSCRIPT and LOADING, which say that it did not, are followed by loading the scripts and sending it again, in
 * order. Loop thread only. (hiredis 0.14; RESP2)
 *
 * Where sentinels know the master they are asked anew for every connection, each in its turn, and whoever they name is
 * asked itself: a server that is no master (any more) is left at once.
 */
#ifndef OPSGATE_SHELL_REDIS_H
#define OPSGATE_SHELL_REDIS_H

#include "bot/shell/loop.h"
#include "bot/shell/redis_address.h"
#include "bot/shell/redis_command.h"
#include "bot/shell/resolve.h"
#include "bot/shell/scripts.h"

struct redisReply; /* hiredis */

enum redis_outcome {
    REDIS_REPLIED,
    REDIS_NO_MEMORY,   /* maxmemory; it did not run */
    REDIS_REFUSED,     /* an error that the same command meets again */
    REDIS_NOT_NOW,     /* never sent, or refused before it ran; later it may be taken */
    REDIS_UNAVAILABLE, /* no answer; it may have run */
};
struct redis_answer {
    enum redis_outcome outcome;
    const struct redisReply
        *reply;          /* REDIS_REPLIED: never an error at its top; borrowed during the callback; else NULL */
    const char *message; /* otherwise what to tell a person; "" when REDIS_REPLIED; borrowed */
};
typedef void (*redis_answered_fn)(void *arg, const struct redis_answer *answer);

struct redis_options {
    struct loop *loop;                   /* borrowed */
    struct resolve *resolve;             /* borrowed; NULL: unix sockets and literal addresses only */
    const struct redis_address *address; /* copied */
    const char *client_name;             /* for CLIENT LIST; without blanks; NULL: none */
    int64_t connect_ms;                  /* 0: 2 s from the first packet to the end of the greeting, LOADING aside */
    int64_t deadline_ms;                 /* 0: 2 s; of commands sent with 0 */
    const char *channel;                 /* NULL, or subscribe to it: then no command can be sent on this connection */
    void (*on_message)(void *arg, struct str message); /* from that channel */
    /* Told of every change, later: up and ready for commands, or down and why. May be NULL. */
    void (*on_state)(void *arg, bool is_up, const char *why);
    void *arg;
    bool is_bare; /* a sentinel: nothing is selected there, no scripts, and it is asked for no more than its commands */
};

struct redis;
struct redis *redis_create(const struct redis_options *options); /* never NULL; begins to connect */
void redis_destroy(struct redis *redis);                         /* NULL is fine; also inside its own callbacks */
AUTO_DEFINE(redis)

/* Takes what is in *command. deadline_ms 0: the connection's. */
void redis_send(struct redis *redis, struct redis_command *command, int64_t deadline_ms, redis_answered_fn on_answered,
                void *arg);
/* EVALSHA: *command holds what follows the script: the number of keys, keys, arguments. */
void redis_run(struct redis *redis, enum script_name script, struct redis_command *command, int64_t deadline_ms,
               redis_answered_fn on_answered, void *arg);

bool redis_is_up(const struct redis *redis);
const char *redis_trouble(const struct redis *redis); /* why it is not up, or its last refusal; "" when all is well */
/* Which run of which server it is connected to, as that says itself; "" when unknown. Changes with every restart. */
const char *redis_server_id(const struct redis *redis);
int64_t redis_nodes(const struct redis *redis); /* the master and its replicas, as a sentinel told; 0 without sentinels */
int64_t redis_down_after_ms(const struct redis *redis); /* silence that a sentinel takes for death; 0: none told */
void redis_reconnect(struct redis *redis, const char *why); /* what is in flight is UNAVAILABLE */
int64_t redis_client_id(const struct redis *redis);   /* CLIENT ID of the connection that stands; 0 when unknown */

#endif
