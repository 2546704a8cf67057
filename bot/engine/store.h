/* store.h - the one store, as the engine and the ingress see it.
 *
 * An interface: bot/shell/store_redis.c speaks to Redis, tests/simulation/ has a twin in memory. Every call ends exactly
 * once, later, never inside the call; unless the store was destroyed, then never. Arguments are borrowed only during the
 * call. STORE_UNAVAILABLE means: no answer, so it may have happened or not. Three of the calls are one atomic script each
 * (accept, commit, lease); what they promise is written at each.
 */
#ifndef OPSGATE_ENGINE_STORE_H
#define OPSGATE_ENGINE_STORE_H

#include "bot/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The schema of everything we write. A store that was written by a newer one refuses an older binary. An older one is read
 * on, and marked as ours by whoever takes it.
 * 1 the first. 2 times are of a steady clock, some operations stand for ever, a person's adoption is marked: a binary that
 *   knows none of that would fire timers at the wrong time, and act where nobody has looked. What 1 wrote means the same. */
#define STORE_SCHEMA 2

#define STORE_WRITES_MAX 1024            /* in one commit */
#define STORE_VALUE_MAX_BYTES (512 * 1024)
#define STORE_FIELD_MAX_BYTES 512 /* a field of a hash, a dedupe key; never empty */
#define STORE_ITEM_MAX_BYTES (128 * 1024) /* an inbox item: a raw body of at most 64 KiB, quoted, and its frame */
#define STORE_ITEM_KEYS_MAX 3
#define STORE_DEDUPE_MS (INT64_C(8) * 24 * 3600 * 1000)
#define STORE_LEASE_MS INT64_C(3000)
#define STORE_MARK_MAX_BYTES 512 /* `adopted` and `confirmed` below */

enum store_status {
    STORE_OK,
    STORE_STALE_NONCE, /* someone else owns the store */
    STORE_STALE_SEQ,   /* the store is at another seq than the writer thought */
    STORE_INVALID,     /* refused before the first write: a wrong type, size, name or order */
    STORE_NO_MEMORY,   /* refused before the first write */
    STORE_NOT_NOW,     /* never asked, or refused before the first write: it is away, or cannot write for a while */
    STORE_UNAVAILABLE, /* no answer */
};

/* The places of a store: a hash or a stream each, named og:{NAME}:<place>. */
enum store_place {
    STORE_META,       /* hash: birth, schema, seq, commit, nonce, instance, counter, cursors, journal head, ids... */
    STORE_OPERATIONS, /* hash: operation id -> record; live ones */
    STORE_ENDED,      /* hash: operation id -> record; the last ones that ended */
    STORE_TARGETS,    /* hash: target -> record */
    STORE_TIMERS,     /* hash: operation id/name -> record */
    STORE_MESSAGES,   /* hash: message id -> record */
    STORE_EFFECTS,    /* hash: effect id -> record */
    STORE_HEARD,      /* hash: digest of what an outside event meant -> {at, n}; of those that had an effect, the last */
    STORE_TRYING,     /* hash: input id -> {n, own}; written between commits, under the owner's nonce */
    STORE_PERSONAL,   /* hash: journal number -> {salt, values}; erasable */
    STORE_JOURNAL,    /* stream: one entry, the record */
    STORE_DEAD,       /* stream: dead letters with their bodies */
    STORE_INBOX,      /* stream: accepted items */
    STORE_INBOX_SAFE, /* stream: accepted items in the safe direction, read first */
    STORE_PLACES
};
extern const char *const store_place_names[STORE_PLACES]; /* "meta", "operations", ..., "inbox", "inbox:safe" */

/* ---- accept: any instance; one call for all that arrived in a turn of the loop ---- */

struct store_item {
    const char *const *keys; /* 1 to STORE_ITEM_KEYS_MAX dedupe keys, without prefix */
    size_t key_count;
    struct str bytes; /* the inbox item as JSON */
    bool is_safe;     /* goes to inbox:safe, which has its own reserve */
};
enum accept_result {
    ACCEPT_NEW,
    ACCEPT_DUPLICATE, /* one of its keys stands already; nothing was written */
    ACCEPT_FULL,      /* inbox at its high-water mark, or memory at 80 %; nothing was written, its keys neither */
};
/* For each item, in order: high-water check, keys (SET NX PX), XADD. status is OK, NOT_NOW or UNAVAILABLE; of OK
 * results has a value for each item, borrowed during the callback. */
typedef void (*store_accepted_fn)(void *arg, enum store_status status, const enum accept_result *results, size_t count);

/* ---- lease: any instance ---- */

enum lease_action {
    LEASE_LOOK,    /* changes nothing */
    LEASE_TAKE,    /* becomes the owner if the counter is still `counter`, or if the last owner released */
    LEASE_RENEW,   /* counter + 1, if the nonce is still ours */
    LEASE_RELEASE, /* gives it up, if the nonce is still ours */
};
struct lease_call {
    enum lease_action action;
    const char *nonce;    /* ours: 32 hex digits, new for each try to take */
    const char *instance; /* our name, for people */
    int64_t schema;       /* STORE_SCHEMA of this binary */
    int64_t counter;      /* TAKE: the counter that stood still */
};
enum lease_result {
    LEASE_DONE,    /* LOOK: looked. TAKE, RENEW: we own it. RELEASE: nobody owns it */
    LEASE_HELD,    /* someone else does, or took it first */
    LEASE_TOO_NEW, /* the store's schema is newer than this binary */
    LEASE_NO_BIRTH /* the store is empty: no birth record */
};
struct lease_answer {
    enum store_status status; /* OK or UNAVAILABLE; nothing below holds for the latter */
    enum lease_result result;
    const char *birth, *nonce, *instance; /* "" when there is none; nonce "" also after a release */
    int64_t counter;                      /* grows with every take and renewal */
    int64_t seq;                          /* number of the last commit */
    int64_t last_operation;               /* the highest number that one of them gave to an operation */
    int64_t unix_ms;                      /* the store's own clock (Redis TIME) */
    int64_t shift_ms;                     /* what of it are jumps that were counted, at that very moment: meta's clock:shift */
    bool was_clean;                       /* the last owner released, or there was none yet */
    const char *adopted, *confirmed;      /* marks of a person, JSON: bot/engine/observing.c; "" or NULL: there is none */
};
typedef void (*store_leased_fn)(void *arg, const struct lease_answer *answer);

/* ---- commit: the owner ---- */

enum store_verb {
    STORE_PUT,    /* hash field = value */
    STORE_DROP,   /* hash field away, or the entry of DEAD with the id `field`; no error when it is not there */
    STORE_APPEND, /* stream JOURNAL or DEAD: one entry {e: value}; `field` is how many entries stay ("1000"), or "" for all */
    STORE_CURSOR, /* place INBOX or INBOX_SAFE: consumed up to the id `field`: later than the cursor was, and given */
    STORE_TRIM,   /* stream: entries with ids below `field` away; of the inboxes none that is not consumed */
};
struct store_write {
    enum store_verb verb;
    enum store_place place;
    const char *field;
    struct str value;
};
/* The meta fields that only the scripts write: a PUT to them is invalid. */
#define STORE_META_RESERVED "birth", "schema", "seq", "commit", "nonce", "instance", "counter", "released", "journal", \
                            "cursor:inbox", "cursor:inbox:safe"
/* `adopted` and `confirmed` are written by people's commands alone: bot/shell/store_adopt.c. */
struct store_commit {
    const char *nonce;
    int64_t seq;      /* the seq this commit makes: the store must be at seq - 1 */
    const char *id;   /* 32 hex digits, this commit's own. A resend is byte-identical: if the store's last commit has this
                       * id, the answer is OK and nothing is written again */
    const struct store_write *writes;
    size_t count;
    const char *journal_before, *journal_after; /* chain heads around the entries that it appends; both NULL without */
};
/* Validates everything, then writes everything and sets seq. `reason` tells of STORE_INVALID, borrowed. */
typedef void (*store_committed_fn)(void *arg, enum store_status status, const char *reason);

/* ---- reading ---- */

struct store_pair {
    const char *field;
    struct str value;
};
struct store_snapshot { /* borrowed during the callback */
    struct {
        const struct store_pair *pairs;
        size_t count;
    } places[STORE_INBOX]; /* the hashes; empty for the streams among them */
    const char *inbox_last_id, *inbox_safe_last_id; /* "0-0" when empty */
};
typedef void (*store_loaded_fn)(void *arg, enum store_status status, const struct store_snapshot *snapshot);

struct store_entry {
    const char *id; /* "1732147200000-0": milliseconds of the store's clock, and a number */
    struct str value;
};
struct store_entries { /* borrowed during the callback */
    const struct store_entry *safe, *inbox;
    size_t safe_count, inbox_count;
};
typedef void (*store_read_fn)(void *arg, enum store_status status, const struct store_entries *entries);

typedef void (*store_done_fn)(void *arg, enum store_status status);

struct store {
    void *ctx;
    void (*accept)(void *ctx, const struct store_item *items, size_t count, store_accepted_fn on_done, void *arg);
    void (*lease)(void *ctx, const struct lease_call *call, store_leased_fn on_done, void *arg);
    void (*commit)(void *ctx, const struct store_commit *commit, store_committed_fn on_done, void *arg);
    void (*load)(void *ctx, store_loaded_fn on_done, void *arg); /* all hashes but PERSONAL */
    /* What follows the two cursors, at most `count` of each; answers at once when there is something, else when
     * something comes or wait_ms are over. One read at a time. */
    void (*read)(void *ctx, const char *after_safe, const char *after_inbox, size_t count, int64_t wait_ms,
                 store_read_fn on_done, void *arg);
    /* A mark that is no commit: {n, own} for an input about to be decided, under our nonce, durable before the answer. */
    void (*mark_trying)(void *ctx, const char *nonce, const char *input_id, struct str value, store_done_fn on_done,
                        void *arg);
};

#endif
