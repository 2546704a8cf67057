/* store_call.h - one call of the store under way; private to the store_*.c files.
 *
 * A call lives from its start until its callback returned, or until the store is destroyed. What it answers lives in
 * its arena, since an answer may have to wait for replicas after Redis has let go of its reply.
 */
#ifndef OPSGATE_SHELL_STORE_CALL_H
#define OPSGATE_SHELL_STORE_CALL_H

#include "bot/base/arena.h"
#include "bot/shell/redis.h"
#include "bot/shell/replicas.h"
#include "bot/shell/store_redis.h"

struct store_call;

struct store_redis {
    struct store_redis_options options; /* its pointers to text are ours */
    struct redis_address address;
    struct redis *writer;            /* accept, lease, commit, marks, PUBLISH */
    struct redis *reader;            /* the blocking read, load */
    struct redis *listener;          /* what others tell us; NULL without an instance name */
    struct replicas *replicas;       /* NULL without */
    char prefix[STORE_NAME_MAX + 8]; /* "og:{NAME}:" */
    struct store_call *calls;
    struct store_call *read; /* the read under way, NULL when none is */
    struct histograms times;
};

struct store_call {
    struct store_redis *store;
    struct store_call *next, **previous;
    struct arena *arena;
    void (*parse)(struct store_call *call, const struct redisReply *reply); /* sets status and what is answered */
    void (*deliver)(struct store_call *call);                               /* tells the caller */
    bool is_write;                                                          /* its OK waits for replicas */
    const char *timed; /* as what; NULL: nobody wants to know how long it takes */
    int64_t started_ns;
    enum store_status status;
    union { /* what the caller gave */
        store_accepted_fn accepted;
        store_leased_fn leased;
        store_committed_fn committed;
        store_done_fn done;
        store_loaded_fn loaded;
        store_read_fn read;
        store_told_fn told;
        store_probed_fn probed;
        store_birth_fn birth;
        store_entry_fn entry;
        store_page_fn page;
        store_adopted_fn adopted;
    } fn;
    void *arg;
    union { /* what it is answered; in `arena` */
        struct {
            enum accept_result *results;
            size_t count;
        } accept;
        struct lease_answer lease;
        const char *text; /* reason, birth */
        struct store_snapshot snapshot;
        struct store_entries entries;
        int64_t receivers;
        struct store_probe probe;
        struct str entry;
        struct {
            const struct store_entry *list;
            size_t count;
        } page;
        struct adopt_answer adopted;
    } is;
};

struct store_call *store_call_start(struct store_redis *store, void *arg);
void store_call_free(struct store_call *call);

/* For redis_send and redis_run, with the call as arg: parse or note the failure, wait for replicas, deliver, free. */
void store_call_on_answered(void *call, const struct redis_answer *answer);

const char *store_call_text(struct store_call *call, const struct redisReply *reply); /* a string; else "" */
void store_call_key(struct store_redis *store, struct redis_command *command, enum store_place place);

/* store_load.c */
const struct store_entry *store_call_entries(struct store_call *call, const struct redisReply *reply, size_t *ret_count);
void store_load(void *ctx, store_loaded_fn on_done, void *arg);
void store_read(void *ctx, const char *after_safe, const char *after_inbox, size_t count, int64_t wait_ms,
                store_read_fn on_done, void *arg);

#endif
