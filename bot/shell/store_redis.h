/* store_redis.h - the store (bot/engine/store.h) in a real Redis.
 *
 * Connections: one for accept, lease, commit and marks, pipelined and in order; one for the blocking read and for load;
 * one that listens for what other instances tell us; with `replicas`, one more that waits for them. Keys are
 * og:{NAME}:<place> and og:{NAME}:seen:<dedupe key>, all in one hash slot. Loop thread only.
 *
 * A load, or another read, does not wait for a read under way: that one is answered first, soon and empty.
 */
#ifndef OPSGATE_SHELL_STORE_REDIS_H
#define OPSGATE_SHELL_STORE_REDIS_H

#include "bot/base/histogram.h"
#include "bot/engine/clock.h"
#include "bot/engine/store.h"
#include "bot/shell/loop.h"
#include "bot/shell/redis_address.h"
#include "bot/shell/resolve.h"

#define STORE_NAME_MAX 64            /* of store.name: letters, digits, '-', '_', '.' */
#define STORE_INBOX_HIGH_WATER 10000 /* entries that no commit has consumed */
#define STORE_SAFE_HIGH_WATER 1000
#define STORE_INBOX_MEMORY_PERCENT 80 /* of maxmemory; above it only the safe direction is accepted... */
#define STORE_SAFE_MEMORY_PERCENT 90  /* ...and above this nothing; the rest is the commits' */

struct store_redis_options {
    struct loop *loop;                              /* borrowed */
    struct resolve *resolve;                        /* borrowed; NULL: unix sockets and literal addresses only */
    const char *url;                                /* redis://..., unix://... or sentinel://...; see redis_address.h */
    struct redis_login login;                       /* NULL: none, or it stands in the url */
    const char *name;                               /* store.name; NULL: "default" */
    const char *instance;                           /* ours: what others tell us comes under it; NULL: nobody can */
    int64_t deadline_ms;                            /* 0: 2 s, of every call but load and read */
    int64_t replicas;                               /* answers wait until this many replicas have it; 0: none */
    int64_t inbox_high_water, safe_high_water;      /* 0: the defaults */
    bool is_embedded;                               /* its file is mended before each start: aof_tail.h */
    bool is_ephemeral_accepted;                     /* the probe takes a Redis that keeps no append-only file */
    void (*on_told)(void *arg, struct str message); /* another instance told us something */
    void (*on_state)(void *arg, bool is_up, const char *why); /* the first connection: up, or down and why */
    void *arg;
};

struct store_redis;
struct store_redis *store_redis_create(const struct store_redis_options *options,
                                       struct error *err); /* connects later */
void store_redis_destroy(struct store_redis *store);       /* calls under way are never answered; NULL is fine */
AUTO_DEFINE(store_redis)

struct store store_redis_interface(struct store_redis *store); /* valid while `store` lives */
bool store_redis_is_up(const struct store_redis *store);
/* How long accept, commit and lease took, until Redis had answered, and replicas where they are waited for. Borrowed. */
const struct histograms *store_redis_times(const struct store_redis *store);
const char *
store_redis_trouble(const struct store_redis *store); /* why not, or its last refusal; "" when all is well */

/* Tells another instance, without any promise: on_done says how many heard it (0: it is not there; -1: no answer);
 * it may be NULL. */
typedef void (*store_told_fn)(void *arg, int64_t receivers);
void store_redis_tell(struct store_redis *store, const char *instance, struct str message, store_told_fn on_done,
                      void *arg);

/* One entry of a stream, by its id; `value` is borrowed during the callback, and NULL when there is no such entry. */
typedef void (*store_entry_fn)(void *arg, enum store_status status, struct str value);
void store_redis_entry(struct store_redis *store, enum store_place place, const char *id, store_entry_fn on_done,
                       void *arg);

/* At most `count` entries of a stream, newest first or oldest first, from one id to another: both are included, but for one
 * that '(' stands before; "-" and "+" are its ends. And the values of some fields of a hash, in their order: `id` is the field then, and what is
 * not there has a value without an address. All borrowed during the callback. */
struct store_page {
    enum store_place place;
    const char *from, *to;
    size_t count;
    bool is_newest_first;
};
typedef void (*store_page_fn)(void *arg, enum store_status status, const struct store_entry *entries, size_t count);
void store_redis_page(struct store_redis *store, const struct store_page *page, store_page_fn on_done, void *arg);
void store_redis_fields(struct store_redis *store, enum store_place place, const char *const *fields, size_t count,
                        store_page_fn on_done, void *arg);

/* Of the journal, from an id on ("-", or "(" and one to begin behind it), oldest first. They may not be on the replicas yet: an
 * entry's `seq` tells. And what stands beside the entries of these numbers, one or more. */
void store_redis_journal(struct store_redis *store, const char *from, size_t count, store_page_fn on_done, void *arg);
void store_redis_personal(struct store_redis *store, const int64_t *numbers, size_t count, store_page_fn on_done,
                          void *arg);

/* Does this dedupe key stand? `receivers` is 1 or 0; -1: no answer. */
void store_redis_seen(struct store_redis *store, const char *key, store_told_fn on_done, void *arg);

/* What this Redis truly guarantees, asked from itself. */
enum store_knowledge { STORE_NO, STORE_YES, STORE_UNKNOWN };
struct store_probe {
    enum store_status status; /* OK or UNAVAILABLE; nothing below holds for the latter */
    char version[24];         /* "7.0.15" */
    enum store_knowledge appendonly;
    char appendfsync[16]; /* "always", "everysec", "no", or "" when the server does not tell */
    char load_truncated[8]; /* "yes": it starts on an append-only file that ends in the middle of a write. "" as above */
    char maxmemory_policy[32];
    int64_t maxmemory_bytes; /* 0: no limit */
    int64_t memory_bytes;    /* that it uses */
    int64_t slow_syncs;      /* of its append-only file, since it started: a write had to wait for the one before */
    bool is_write_failing;   /* the last write to that file came to nothing */
    int64_t replicas;        /* connected ones */
    int64_t nodes;           /* the master and all of its replicas, as a sentinel told; 0 without sentinels */
    int64_t down_after_ms;   /* silence of the master that a sentinel takes for its death; 0: none told */
    bool is_replica;
    char refusal[300];   /* "" when it can be our store, else the reason and the way out */
    char guarantee[300]; /* a sentence: what an acknowledged input survives */
    char warning[300];   /* "" unless less than we promise holds, and is taken all the same: the way out */
};
typedef void (*store_probed_fn)(void *arg, const struct store_probe *probe);
void store_redis_probe(struct store_redis *store, store_probed_fn on_done, void *arg);

/* The birth record: 32 hex digits that name this store for ever. create writes ours unless there is one already; the
 * answer is what stands now, "" when there is none. */
struct store_birth {
    char text[33];
};
struct store_birth store_birth_make(const struct clock *clock); /* a new one, by its dice */
typedef void (*store_birth_fn)(void *arg, enum store_status status, const char *birth);
void store_redis_birth_read(struct store_redis *store, store_birth_fn on_done, void *arg);
void store_redis_birth_create(struct store_redis *store, const char *birth, store_birth_fn on_done, void *arg);

/* A person's word about a store that is not the one data_dir knows (bot/engine/observing.c says what comes of it). adopt
 * marks it, and gives birth to an empty one; confirm ends the observing. Who says it stands in the mark. */
enum adopt_result {
    ADOPT_DONE,
    ADOPT_BEFORE,  /* it is adopted in this place already, and only observed */
    ADOPT_JOINED,  /* it was, and is confirmed: this data_dir joins it */
    ADOPT_KNOWN,   /* data_dir knows this very store, which has all that it knows: nothing is changed */
    ADOPT_NOTHING, /* no adoption waits to be confirmed */
    ADOPT_UNSEEN   /* no owner has observed it yet */
};
struct adopt_call {
    const char *by;
    const char *known_birth; /* what data_dir remembers; 32 hex digits */
    int64_t known_seq, known_adoption, known_operations;
    const char *new_birth; /* for an empty store */
};
struct adopt_answer {
    enum store_status status; /* STORE_OK, or nothing below holds */
    enum adopt_result result;
    const char *birth; /* the store's, borrowed */
    int64_t seq;
};
typedef void (*store_adopted_fn)(void *arg, const struct adopt_answer *answer);
void store_redis_adopt(struct store_redis *store, const struct adopt_call *call, store_adopted_fn on_done, void *arg);
void store_redis_confirm(struct store_redis *store, const char *by, store_adopted_fn on_done, void *arg);

#endif
