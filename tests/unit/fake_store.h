/* fake_store.h - one store in memory, shared by the nodes of a test; it answers later, in order, and loses answers on
 * demand.
 *
 * What a call does is done when it is answered. Hold a kind of call, and it is still on its way; lose its answer, and
 * it may or may not have been done.
 */
#ifndef OPSGATE_TESTS_UNIT_FAKE_STORE_H
#define OPSGATE_TESTS_UNIT_FAKE_STORE_H

#include "tests/unit/rows.h"

#include "bot/base/arena.h"
#include "bot/engine/store.h"

#include <stdio.h>
#include <string.h>

#define FAKE_BIRTH "0123456789abcdef0123456789abcdef"

enum call_kind { CALL_LEASE, CALL_COMMIT, CALL_LOAD, CALL_READ, CALL_MARK, CALL_KINDS };
enum call_fate {
    FATE_GOOD,
    FATE_LOST_BEFORE, /* never done, and no answer */
    FATE_LOST_AFTER,  /* done, and no answer */
    FATE_INVALID,     /* commits: refused */
    FATE_NO_MEMORY,   /* commits: refused */
};

struct fake_field {
    const char *field, *value;
};
struct fake_place { /* a hash, or a stream whose fields are ids */
    struct fake_field *fields;
    size_t count;
};

struct call {
    enum call_kind kind;
    const void *node; /* that made it: a crash silences it */
    bool is_over;
    struct lease_call lease;
    struct store_commit commit;
    const char *after_safe, *after_inbox, *mark_input, *mark_value, *mark_nonce;
    int64_t until_mono; /* READ: parked until then */
    size_t read_count;
    store_leased_fn on_leased;
    store_committed_fn on_committed;
    store_loaded_fn on_loaded;
    store_read_fn on_read;
    store_done_fn on_marked;
    void *arg;
};

struct fake_store {
    struct arena *arena;
    struct fake_place places[STORE_PLACES];
    struct call *calls[4096]; /* on their way, in order */
    size_t calls_count;
    bool holds[CALL_KINDS];
    enum call_fate fates[CALL_KINDS]; /* of the next call of that kind that is answered */
    int64_t mono_ms, unix_ms;
    int64_t last_item[STORE_PLACES], last_item_ms; /* of ids: how many ever; of none is the time behind this */
    size_t commits_done;
};

/* ---- places ---- */

static inline const char *fake_get(const struct fake_store *store, enum store_place place, const char *field)
{
    const struct fake_place *at = &store->places[place];

    for (size_t i = 0; i < at->count; i++)
        if (strcmp(at->fields[i].field, field) == 0)
            return at->fields[i].value;
    return NULL;
}

static inline void fake_drop(struct fake_store *store, enum store_place place, const char *field)
{
    struct fake_place *at = &store->places[place], kept = { NULL, 0 };

    for (size_t i = 0; i < at->count; i++)
        if (strcmp(at->fields[i].field, field) != 0)
            *ARENA_PUSH(store->arena, kept.fields, kept.count) = at->fields[i];
    *at = kept;
}

static inline void fake_put(struct fake_store *store, enum store_place place, const char *field, const char *value)
{
    struct fake_place *at = &store->places[place];

    for (size_t i = 0; i < at->count; i++) {
        if (strcmp(at->fields[i].field, field) == 0) {
            at->fields[i].value = arena_strdup(store->arena, value);
            return;
        }
    }
    *ARENA_PUSH(store->arena, at->fields, at->count) =
        (struct fake_field){ arena_strdup(store->arena, field), arena_strdup(store->arena, value) };
}

static inline const char *fake_meta(const struct fake_store *store, const char *field)
{
    const char *value = fake_get(store, STORE_META, field);

    return value ? value : "";
}

static inline int64_t fake_number(const struct fake_store *store, const char *field)
{
    return strtoll(fake_meta(store, field), NULL, 10);
}

static inline void fake_put_number(struct fake_store *store, const char *field, int64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    fake_put(store, STORE_META, field, text);
}

static inline bool fake_is_later(const char *id, const char *than) /* "17-5" after "17-4" */
{
    char *n, *than_n;
    long long ms = strtoll(id, &n, 10), than_ms = strtoll(than, &than_n, 10);

    return ms > than_ms || (ms == than_ms && strtoll(n + 1, NULL, 10) > strtoll(than_n + 1, NULL, 10));
}

static inline const char *fake_append(struct fake_store *store, enum store_place place, const char *value)
{
    const char *id;

    if (store->last_item_ms < store->unix_ms)
        store->last_item_ms = store->unix_ms;
    id = arena_printf(store->arena, "%lld-%lld", (long long)store->last_item_ms, (long long)++store->last_item[place]);
    fake_put(store, place, id, value);
    return id;
}

static inline void fake_trim(struct fake_store *store, enum store_place place, const char *below)
{
    struct fake_place *at = &store->places[place], kept = { NULL, 0 };

    for (size_t i = 0; i < at->count; i++)
        if (!fake_is_later(below, at->fields[i].field))
            *ARENA_PUSH(store->arena, kept.fields, kept.count) = at->fields[i];
    *at = kept;
}

static inline void fake_keep_last(struct fake_store *store, enum store_place place, size_t kept)
{
    struct fake_place *at = &store->places[place];

    if (at->count <= kept)
        return;
    at->fields += at->count - kept;
    at->count = kept;
}

/* ---- lease ---- */

static inline enum lease_result fake_lease(struct fake_store *store, const struct lease_call *call, bool *ret_was_clean)
{
    bool is_ours = strcmp(fake_meta(store, "nonce"), call->nonce) == 0 && call->nonce[0];
    bool is_free = !fake_meta(store, "nonce")[0];

    *ret_was_clean = is_free;
    if (!fake_meta(store, "birth")[0])
        return LEASE_NO_BIRTH;
    if (fake_number(store, "schema") > call->schema)
        return LEASE_TOO_NEW;
    if (call->action == LEASE_LOOK)
        return LEASE_DONE;
    if (call->action == LEASE_TAKE && !is_free && fake_number(store, "counter") != call->counter)
        return LEASE_HELD;
    if (call->action != LEASE_TAKE && !is_ours)
        return LEASE_HELD;
    if (call->action == LEASE_TAKE && fake_number(store, "schema") < call->schema)
        fake_put_number(store, "schema", call->schema);
    fake_put(store, STORE_META, "nonce", call->action == LEASE_RELEASE ? "" : call->nonce);
    fake_put(store, STORE_META, "instance", call->instance);
    fake_put_number(store, "counter", fake_number(store, "counter") + 1);
    return LEASE_DONE;
}

static inline void fake_answer_lease(struct fake_store *store, struct call *call, enum call_fate fate)
{
    struct lease_answer answer = { .status = fate == FATE_GOOD ? STORE_OK : STORE_UNAVAILABLE };

    if (fate != FATE_LOST_BEFORE)
        answer.result = fake_lease(store, &call->lease, &answer.was_clean);
    answer.birth = fake_meta(store, "birth");
    answer.nonce = fake_meta(store, "nonce");
    answer.instance = fake_meta(store, "instance");
    answer.counter = fake_number(store, "counter");
    answer.seq = fake_number(store, "seq");
    answer.last_operation = fake_number(store, "last:operation");
    answer.unix_ms = store->unix_ms;
    answer.shift_ms = fake_number(store, "clock:shift");
    answer.adopted = fake_meta(store, "adopted");
    answer.confirmed = fake_meta(store, "confirmed");
    call->on_leased(call->arg, &answer);
}

/* ---- commit ---- */

static inline void fake_write(struct fake_store *store, const struct store_write *write)
{
    const char *value = arena_copy(store->arena, write->value);

    switch (write->verb) {
    case STORE_PUT:
        fake_put(store, write->place, write->field, value);
        break;
    case STORE_DROP:
        fake_drop(store, write->place, write->field);
        break;
    case STORE_APPEND:
        fake_append(store, write->place, value);
        fake_keep_last(store, write->place, (size_t)strtoull(write->field, NULL, 10));
        break;
    case STORE_CURSOR:
        fake_put(store, STORE_META, write->place == STORE_INBOX ? "cursor:inbox" : "cursor:inbox:safe", write->field);
        break;
    case STORE_TRIM:
        fake_trim(store, write->place, write->field);
        break;
    }
}

static inline enum store_status fake_commit(struct fake_store *store, const struct store_commit *commit)
{
    if (strcmp(fake_meta(store, "nonce"), commit->nonce) != 0)
        return STORE_STALE_NONCE;
    if (strcmp(fake_meta(store, "commit"), commit->id) == 0)
        return STORE_OK;
    if (commit->seq != fake_number(store, "seq") + 1)
        return STORE_STALE_SEQ;
    if (commit->count > STORE_WRITES_MAX ||
        (commit->journal_before && strcmp(commit->journal_before, fake_meta(store, "journal")) != 0))
        return STORE_INVALID;
    for (size_t i = 0; i < commit->count; i++)
        fake_write(store, &commit->writes[i]);
    if (commit->journal_after)
        fake_put(store, STORE_META, "journal", commit->journal_after);
    fake_put(store, STORE_META, "commit", commit->id);
    fake_put_number(store, "seq", commit->seq);
    store->commits_done++;
    return STORE_OK;
}

static inline void fake_answer_commit(struct fake_store *store, struct call *call, enum call_fate fate)
{
    enum store_status status = fate == FATE_INVALID     ? STORE_INVALID
                               : fate == FATE_NO_MEMORY ? STORE_NO_MEMORY
                                                        : STORE_OK;

    if (fate == FATE_GOOD || fate == FATE_LOST_AFTER)
        status = fake_commit(store, &call->commit);
    if (fate == FATE_LOST_BEFORE || fate == FATE_LOST_AFTER)
        status = STORE_UNAVAILABLE;
    call->on_committed(call->arg, status, status == STORE_INVALID ? "made up" : NULL);
}

/* ---- reading ---- */

static inline void fake_answer_load(struct fake_store *store, struct call *call, enum call_fate fate)
{
    struct store_snapshot snapshot = { .inbox_last_id = "0-0", .inbox_safe_last_id = "0-0" };

    for (int place = 0; place < STORE_JOURNAL; place++) {
        struct store_pair *pairs = NULL;
        size_t count = 0;

        for (size_t i = 0; i < store->places[place].count && place != STORE_PERSONAL; i++)
            *ARENA_PUSH(store->arena, pairs, count) =
                (struct store_pair){ store->places[place].fields[i].field,
                                     str_of(store->places[place].fields[i].value) };
        snapshot.places[place].pairs = pairs;
        snapshot.places[place].count = count;
    }
    call->on_loaded(call->arg, fate == FATE_GOOD ? STORE_OK : STORE_UNAVAILABLE, &snapshot);
}

static inline size_t fake_entries(struct fake_store *store, enum store_place place, const char *after, size_t max,
                                  const struct store_entry **ret_entries)
{
    const struct fake_place *at = &store->places[place];
    struct store_entry *entries = NULL;
    size_t count = 0;

    for (size_t i = 0; i < at->count && count < max; i++)
        if (fake_is_later(at->fields[i].field, after))
            *ARENA_PUSH(store->arena, entries, count) =
                (struct store_entry){ at->fields[i].field, str_of(at->fields[i].value) };
    *ret_entries = entries;
    return count;
}

/* Reads of one node are answered in order: one that waits makes the later ones wait. */
static inline bool fake_is_behind_another(const struct fake_store *store, const struct call *call)
{
    for (size_t i = 0; i < store->calls_count && store->calls[i] != call; i++)
        if (store->calls[i]->kind == CALL_READ && store->calls[i]->node == call->node && !store->calls[i]->is_over)
            return true;
    return false;
}

/* false: nothing is there yet, and it still waits. */
static inline bool fake_answer_read(struct fake_store *store, struct call *call, enum call_fate fate)
{
    struct store_entries entries;

    if (fake_is_behind_another(store, call))
        return false;
    entries.safe_count = fake_entries(store, STORE_INBOX_SAFE, call->after_safe, call->read_count, &entries.safe);
    entries.inbox_count = fake_entries(store, STORE_INBOX, call->after_inbox, call->read_count, &entries.inbox);
    if (fate == FATE_GOOD && entries.safe_count + entries.inbox_count == 0 && store->mono_ms < call->until_mono)
        return false;
    call->is_over = true;
    call->on_read(call->arg, fate == FATE_GOOD ? STORE_OK : STORE_UNAVAILABLE, &entries);
    return true;
}

static inline void fake_answer_mark(struct fake_store *store, struct call *call, enum call_fate fate)
{
    bool is_ours = strcmp(fake_meta(store, "nonce"), call->mark_nonce) == 0;

    if (fate != FATE_LOST_BEFORE && is_ours)
        fake_put(store, STORE_TRYING, call->mark_input, call->mark_value);
    call->on_marked(call->arg, fate != FATE_GOOD ? STORE_UNAVAILABLE : is_ours ? STORE_OK : STORE_STALE_NONCE);
}

/* ---- calls on their way ---- */

static inline struct call *fake_call(struct fake_store *store, enum call_kind kind, const void *node, void *arg)
{
    struct call *call = ARENA_NEW(store->arena, struct call);

    assert_true(store->calls_count < ARRAY_LEN(store->calls));
    call->kind = kind;
    call->node = node;
    call->arg = arg;
    store->calls[store->calls_count++] = call;
    return call;
}

static inline void fake_sweep(struct fake_store *store)
{
    size_t kept = 0;

    for (size_t i = 0; i < store->calls_count; i++)
        if (!store->calls[i]->is_over)
            store->calls[kept++] = store->calls[i];
    store->calls_count = kept;
}

static inline void fake_silence(struct fake_store *store, const void *node)
{
    for (size_t i = 0; i < store->calls_count; i++)
        store->calls[i]->is_over = store->calls[i]->is_over || store->calls[i]->node == node;
    fake_sweep(store);
}

static inline bool fake_answer(struct fake_store *store, struct call *call)
{
    static void (*const answers[])(struct fake_store * store, struct call * call, enum call_fate fate) = {
        [CALL_LEASE] = fake_answer_lease,
        [CALL_COMMIT] = fake_answer_commit,
        [CALL_LOAD] = fake_answer_load,
        [CALL_MARK] = fake_answer_mark,
    };
    enum call_fate fate = store->fates[call->kind];

    if (store->holds[call->kind] || call->is_over)
        return false;
    if (call->kind == CALL_READ)
        return fake_answer_read(store, call, fate);
    store->fates[call->kind] = FATE_GOOD;
    call->is_over = true;
    answers[call->kind](store, call, fate);
    return true;
}

/* Answers what can be answered now, once around; false when nothing could. */
static inline bool fake_deliver(struct fake_store *store)
{
    bool is_any = false;

    for (size_t i = 0; i < store->calls_count; i++)
        is_any = fake_answer(store, store->calls[i]) || is_any;
    fake_sweep(store);
    return is_any;
}

static inline struct fake_store *fake_store_create(void)
{
    struct fake_store *store = xcalloc(1, sizeof(*store));

    store->arena = arena_create();
    store->mono_ms = 100000;
    store->unix_ms = INT64_C(1795212000000);
    fake_put(store, STORE_META, "birth", FAKE_BIRTH);
    fake_put(store, STORE_META, "schema", "1");
    return store;
}

static inline void fake_store_destroy(struct fake_store *store)
{
    arena_destroy(store->arena);
    free(store);
}

#endif
