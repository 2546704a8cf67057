/* load.c - taking over: the whole store into memory, once. */
#include "bot/engine/internal.h"

#include <string.h>

static struct error *note(struct engine *e, const char *what, const char *field, struct error *err)
{
    e->unreadable++;
    engine_logf(e, ENGINE_LOG_WARN, "store.record", "%s %s: %s: left alone", what, field, err->message);
    return err;
}

static void load_operation(struct engine *e, const char *field, const char *text)
{
    struct error err;
    struct live_operation *operation = records_put_operation(e, text, &err);

    if (!operation) {
        note(e, "operation", field, &err);
        return;
    }
    operation->wants_reshow = !e->took_cleanly && operation->record.card_ts && operation->machine &&
                              operation->machine->card && !operation->record.is_stuck; /* it may be what crashed */
    readings_sync(e, operation);
}

static void load_ended(struct engine *e, const char *field, const char *text)
{
    struct error err;

    if (!ended_put(e, text, &err))
        note(e, "ended operation", field, &err);
}

static void load_target(struct engine *e, const char *field, const char *text)
{
    struct error err;

    if (!records_put_target(e, text, &err))
        note(e, "target", field, &err);
}

static void load_timer(struct engine *e, const char *field, const char *text)
{
    struct error err;

    if (!PLANTED(TIMER_DROPPED) && !records_put_timer(e, field, text, &err))
        note(e, "timer", field, &err);
}

static void load_message(struct engine *e, const char *field, const char *text)
{
    struct error err;

    if (!records_put_message(e, text, &err))
        note(e, "message", field, &err);
}

static void load_effect(struct engine *e, const char *field, const char *text)
{
    struct error err;

    struct live_effect *effect = lanes_put(e, text, true, &err);

    if (!effect)
        note(e, "effect", field, &err);
    else if (effect->record.cancelled)
        lanes_end_cancelled(e, effect);
}

static void load_heard(struct engine *e, const char *field, const char *text)
{
    struct error err;

    if (!heard_put(e, field, text, &err))
        note(e, "heard event", field, &err);
}

static void load_crash(struct engine *e, const char *field, const char *text)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    cJSON *json = json_parse_in(arena, str_of(text), &err);
    struct crash_count *count = xcalloc(1, sizeof(*count));

    count->input = xstrdup(field);
    count->n = json_find_int(json, "n", 0) - (strcmp(field, e->survived) == 0 ? 1 : 0);
    count->own = json_find_int(json, "own", 0) + (e->config.died_by_own_signal ? 1 : 0);
    HASH_ADD_KEYPTR(hh, e->crashes, count->input, strlen(count->input), count);
}

static void copy_text(char *to, size_t room, const char *text)
{
    size_t len = strlen(text);

    if (len >= room)
        len = room - 1;
    memcpy(to, text, len);
    to[len] = '\0';
}

static void load_meta(struct engine *e, const char *field, const char *text)
{
    const struct {
        const char *field;
        char *text;
        size_t room;
        int64_t *number;
    } rows[] = {
        { "journal", e->journal_head, sizeof(e->journal_head), NULL },
        { "cursor:inbox", e->cursor_inbox, sizeof(e->cursor_inbox), NULL },
        { "cursor:inbox:safe", e->cursor_safe, sizeof(e->cursor_safe), NULL },
        { "kept:from", e->kept_from, sizeof(e->kept_from), NULL },
        { "kept:since", e->kept_since, sizeof(e->kept_since), NULL },
        { "dead:count", NULL, 0, &e->dead_count }, /* an older store has none: its letters are the older ones */
        { "dead:bytes", NULL, 0, &e->dead_bytes },
        { "settings", e->stored_settings, sizeof(e->stored_settings), NULL },
        { "last:operation", NULL, 0, &e->last_operation },
        { "last:look", NULL, 0, &e->last_look }, /* an older store has none: from 0 */
        { "last:order", NULL, 0, &e->last_order },
        { "last:journal", NULL, 0, &e->last_journal },
        { "kept:journal", NULL, 0, &e->first_journal }, /* an older store has none: batch.c */
        { "last:at", NULL, 0, &e->last_commit_ms },
        { "clock:jumps", NULL, 0, &e->clock_jumps },
        { "clock:jumps:unwatched", NULL, 0, &e->unwatched_jumps },
        { "clock:shift", NULL, 0, &e->clock_shift_ms }, /* an older store has none: 0 */
        { "clock:jumped:by", NULL, 0, &e->jumped_by_ms },
        { "clock:jumped:at", NULL, 0, &e->jumped_at_ms },
        { "adopted:journalled", NULL, 0, &e->adopted_journalled },
        { "adopted:steady", NULL, 0, &e->adopted_steady_ms },
        { "confirmed:journalled", NULL, 0, &e->confirmed_journalled },
        { "seq", NULL, 0, &e->seq },
    };
    struct error ignored;

    if (strcmp(field, "rights") == 0)
        configured_remember(e, text);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].field, field) != 0)
            continue;
        if (rows[i].text)
            copy_text(rows[i].text, rows[i].room, text);
        else
            parse_int(str_of(text), INT64_MIN, INT64_MAX, rows[i].number, &ignored);
    }
}

typedef void (*load_fn)(struct engine *e, const char *field, const char *text);
static const struct {
    enum store_place place;
    load_fn load;
} places[] = {
    /* operations before effects: they count them */
    { STORE_META, load_meta },      { STORE_OPERATIONS, load_operation }, { STORE_ENDED, load_ended },
    { STORE_TARGETS, load_target }, { STORE_TIMERS, load_timer },         { STORE_MESSAGES, load_message },
    { STORE_EFFECTS, load_effect }, { STORE_HEARD, load_heard },          { STORE_TRYING, load_crash },
};

static void load_all(struct engine *e, const struct store_snapshot *snapshot)
{
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        for (size_t k = 0; k < snapshot->places[places[i].place].count; k++) {
            const struct store_pair *pair = &snapshot->places[places[i].place].pairs[k];
            AUTO_FREE char *text = str_copy(pair->value);

            places[i].load(e, pair->field, text);
        }
    }
    heard_sort(e);
    e->confirmed_seq = e->seq;
    memcpy(e->read_safe, e->cursor_safe, sizeof(e->read_safe));
    if (!PLANTED(DECIDED_AGAIN) || !e->planted_reread)
        memcpy(e->read_inbox, e->cursor_inbox, sizeof(e->read_inbox));
    e->planted_reread = false;
    e->config.died_by_own_signal = false; /* that death is counted: losing the lease and loading again is no other */
}

/* A target whose holder is not there any more, or cannot be read, would be held for ever. */
static void free_lost_targets(struct engine *e)
{
    struct live_target *target, *next;

    HASH_ITER(hh, e->targets, target, next) {
        const char *holder = target->record.holder;
        struct batch b;
        cJSON *body;

        if (!holder || records_find_operation(e, holder))
            continue;
        batch_init(&b, e, arena_create(), NULL);
        holder = arena_strdup(b.arena, holder);
        body = json_object();
        json_set_string(body, "target", target->record.name);
        batch_journal(&b, "target.freed", holder, NULL, body, NULL);
        cJSON_Delete(body);
        targets_release(&b, holder, arena_strdup(b.arena, target->record.name));
        batch_commit(&b);
    }
}

static void on_loaded(void *arg, enum store_status status, const struct store_snapshot *snapshot)
{
    struct engine *e = arg;

    if (--e->loads_in_flight > 0 || e->phase != ENGINE_LOADING)
        return; /* not the one that the present lease asked for */
    engine_wake(e);
    if (status != STORE_OK) {
        load_start(e); /* while the lease lasts */
        return;
    }
    load_all(e, snapshot);
    e->phase = ENGINE_OWNER;
    engine_logf(e, ENGINE_LOG_INFO, "owner.ready", "%u operations, %u effects, %u timers at seq %lld",
                HASH_COUNT(e->operations), HASH_COUNT(e->effects), HASH_COUNT(e->timers), (long long)e->seq);
    e->survived[0] = '\0';
    store_clock_taken_over(e);
    configured_announce(e);
    free_lost_targets(e);
}

void load_start(struct engine *e)
{
    e->loads_in_flight++;
    e->config.store->load(e->config.store->ctx, on_loaded, e);
}

void load_again(struct engine *e)
{
    if (e->phase == ENGINE_STOPPING) { /* nothing is decided any more: the next owner loads */
        ownership_lose(e, "stopped");
        return;
    }
    engine_drop_memory(e);
    e->took_cleanly = false; /* our own calls that were out may still arrive */
    e->owner_since_mono = engine_mono(e);
    e->phase = ENGINE_LOADING;
    e->retakes = e->renew_now = true; /* ownership loads, once that is done */
}
