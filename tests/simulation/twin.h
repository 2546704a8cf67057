/* twin.h - the store in memory: what the three scripts do, as plain functions.
 *
 * The same arguments, the same order of checks, the same answers and the same state afterwards as bot/shell/scripts/; a
 * test holds both against each other. The clock and the memory in use are members that the test sets. Single-threaded.
 * Every branch is counted, so that a run can say what it has never tried.
 */
#ifndef OPSGATE_SIMULATION_TWIN_H
#define OPSGATE_SIMULATION_TWIN_H

#include "bot/base/arena.h"
#include "bot/engine/store.h"

#define TWIN_HASHES STORE_JOURNAL /* places below are hashes */

/*        name                     what happened                                                  in a simulation */
#define TWIN_BRANCHES(X)                                                                                               \
    X(ACCEPT_NEW, "accept: new", true)                                                                                 \
    X(ACCEPT_DUPLICATE, "accept: duplicate", true)                                                                     \
    X(ACCEPT_HIGH_WATER, "accept: full, high-water", true)                                                             \
    X(ACCEPT_MEMORY, "accept: full, memory", true)                                                                     \
    X(ACCEPT_META_TYPE, "accept: meta is no hash", false)                                                              \
    X(ACCEPT_STREAM_TYPE, "accept: an inbox is no stream", false)                                                      \
    X(ACCEPT_SIZE, "accept: an item too large", false)                                                                 \
    X(ACCEPT_KEYS, "accept: wrong number of keys", false)                                                              \
    X(ACCEPT_IDS, "accept: no ids left", false)                                                                        \
    X(COMMIT_DONE, "commit: done", true)                                                                               \
    X(COMMIT_META_TYPE, "commit: meta is no hash", false)                                                              \
    X(COMMIT_NO_OWNER, "commit: nobody owns the store", false)                                                         \
    X(COMMIT_STALE_NONCE, "commit: another owner", true)                                                               \
    X(COMMIT_RESENT, "commit: resent, was done", true)                                                                 \
    X(COMMIT_STALE_SEQ, "commit: another seq", true)                                                                   \
    X(COMMIT_ID, "commit: id malformed", false)                                                                        \
    X(COMMIT_COUNT, "commit: too many writes", false)                                                                  \
    X(COMMIT_HEAD, "commit: journal has another head", false)                                                          \
    X(COMMIT_HEAD_SIZE, "commit: new head of the wrong size", false)                                                   \
    X(WRITE_VERB, "write: no such verb", false)                                                                        \
    X(WRITE_PLACE, "write: no such place", false)                                                                      \
    X(WRITE_NO_HASH, "write: place is no hash", false)                                                                 \
    X(WRITE_RESERVED, "write: a reserved meta field", false)                                                           \
    X(WRITE_FIELD, "write: field of the wrong size", false)                                                            \
    X(WRITE_VALUE, "write: value too large", false)                                                                    \
    X(WRITE_HASH_TYPE, "write: hash stored as something else", false)                                                  \
    X(WRITE_STREAM_TYPE, "write: stream stored as something else", false)                                              \
    X(WRITE_APPEND_PLACE, "write: nothing is appended there", false)                                                   \
    X(WRITE_APPEND_HEADS, "write: journal entry without heads", false)                                                 \
    X(WRITE_APPEND_LENGTH, "write: length to keep is no number", false)                                                \
    X(WRITE_CURSOR_PLACE, "write: place has no cursor", false)                                                         \
    X(WRITE_CURSOR_ID, "write: cursor is no id", false)                                                                \
    X(WRITE_CURSOR_BACK, "write: cursor does not advance", false)                                                      \
    X(WRITE_CURSOR_BEYOND, "write: cursor beyond the last entry", false)                                               \
    X(WRITE_TRIM_PLACE, "write: place is no stream", false)                                                            \
    X(WRITE_TRIM_ID, "write: trim is no id", false)                                                                    \
    X(WRITE_TRIM_BEYOND, "write: trim beyond the cursor", false)                                                       \
    X(MARK_DONE, "mark: done", true)                                                                                   \
    X(MARK_STALE_NONCE, "mark: another owner", false)                                                                  \
    X(MARK_INVALID, "mark: invalid", false)                                                                            \
    X(LEASE_META_TYPE, "lease: meta is no hash", false)                                                                \
    X(LEASE_NO_NUMBER, "lease: counter or schema is no number", false)                                                 \
    X(LEASE_NONCE, "lease: nonce malformed", false)                                                                    \
    X(LEASE_NO_BIRTH, "lease: no birth", true)                                                                         \
    X(LEASE_TOO_NEW, "lease: store too new", true)                                                                     \
    X(LEASE_LOOKED, "lease: looked", true)                                                                             \
    X(LEASE_TAKEN_FREE, "lease: taken, was free", true)                                                                \
    X(LEASE_TAKEN_OVER, "lease: taken over", true)                                                                     \
    X(LEASE_TAKE_HELD, "lease: take refused, it is alive", true)                                                       \
    X(LEASE_RENEWED, "lease: renewed", true)                                                                           \
    X(LEASE_RENEW_HELD, "lease: renewal refused", true)                                                                \
    X(LEASE_RELEASED, "lease: released", true)                                                                         \
    X(LEASE_RELEASE_FREE, "lease: released, was free", false)                                                          \
    X(LEASE_RELEASE_HELD, "lease: release refused", false)

enum twin_branch {
#define TWIN_ENUM(name, about, simulated) TWIN_##name,
    TWIN_BRANCHES(TWIN_ENUM)
#undef TWIN_ENUM
        TWIN_BRANCH_COUNT
};
struct twin_branch_row {
    const char *about;
    bool is_simulated; /* a simulation has to come by here; the others are met by the test against the scripts alone */
};
extern const struct twin_branch_row twin_branches[TWIN_BRANCH_COUNT];

struct twin_id {
    uint64_t ms, n;
};
struct twin_pair {
    uint32_t hash;
    char *field, *value; /* owned, terminated */
    size_t len;
};
struct twin_entry {
    struct twin_id id;
    char *value; /* owned, terminated */
    size_t len;
};
struct twin_hash {
    struct twin_pair *pairs; /* in no order */
    size_t count, room;
};
struct twin_stream {
    struct twin_entry *entries; /* oldest first, from `first` on */
    size_t first, count, room;
    struct twin_id last;
};
struct twin_key {
    uint32_t hash;
    char *key;
    int64_t until_ms;
};

struct twin_limits {
    int64_t high_water[2], memory_percent[2]; /* of inbox, inbox:safe */
    int64_t dedupe_ms;
    size_t item_max_bytes, item_keys_max, writes_max, value_max_bytes, field_max_bytes;
};

struct twin_watch { /* told of what was written, as it is written; any may be NULL */
    void *ctx;
    void (*on_accepted)(void *ctx, bool is_safe, struct twin_id id, struct str bytes);
    void (*on_write)(void *ctx, const struct store_commit *commit, const struct store_write *write);
    void (*on_commit)(void *ctx, const struct store_commit *commit);
    void (*on_lease)(void *ctx, enum lease_action action, const char *nonce, const char *instance);
    void (*on_mark)(void *ctx, const char *input_id, struct str value);
};

struct twin {
    int64_t now_ms;                /* the store's clock */
    int64_t used_bytes, max_bytes; /* memory; max 0: no limit */
    struct twin_limits limits;
    bool is_other[STORE_PLACES]; /* the key holds another type than it should */
    struct twin_hash hashes[TWIN_HASHES];
    struct twin_stream streams[STORE_PLACES - TWIN_HASHES];
    struct twin_key *keys;
    size_t key_count, key_room;
    struct twin_watch watch;
    uint64_t *branches; /* TWIN_BRANCH_COUNT counters, borrowed */
};

struct twin *twin_create(uint64_t *branches);    /* with the limits of production */
struct twin *twin_copy(const struct twin *twin); /* state, clock and limits; not the watch */
void twin_destroy(struct twin *twin);
AUTO_DEFINE(twin)

/* False: an error reply, nothing was written; `reason` then says why. */
bool twin_accept(struct twin *twin, const struct store_item *items, size_t count, enum accept_result *results,
                 const char **ret_reason);
enum store_status twin_commit(struct twin *twin, const struct store_commit *commit, struct arena *arena,
                              const char **ret_reason);
enum store_status twin_mark(struct twin *twin, const char *nonce, const char *input_id, struct str value,
                            struct arena *arena, const char **ret_reason);
/* Strings of the answer are borrowed until the next write. False: an error reply. */
bool twin_lease(struct twin *twin, const struct lease_call *call, struct lease_answer *answer, const char **ret_reason);

void twin_load(const struct twin *twin, struct arena *arena, struct store_snapshot *snapshot);
void twin_read(const struct twin *twin, const char *after_safe, const char *after_inbox, size_t count,
               struct arena *arena, struct store_entries *entries);

/* What no script does: for tests and for `store create`. */
void twin_put(struct twin *twin, enum store_place place, const char *field, const char *value);
bool twin_drop(struct twin *twin, enum store_place place, const char *field);             /* was it there? */
const char *twin_get(const struct twin *twin, enum store_place place, const char *field); /* or NULL */
int64_t twin_seq(const struct twin *twin);
struct twin_stream *twin_stream(struct twin *twin, enum store_place place);
bool twin_id_parse(const char *text, struct twin_id *ret_id);
const char *twin_id_text(struct twin_id id, struct arena *arena);
void twin_forget_key(struct twin *twin, const char *key);

#endif
