/* store_away.c - no store answers: the last owner goes on looking at what it had raised, and may give it back.
 *
 * When the lease runs out without a word of the store, the operations of which their machine says so stay in memory
 * (verb.h: may_go_on_alone). Once no answer has come for a lease's time more, what they await is asked, and their
 * machine decides as ever; but what it decides stays in memory, and of all that it wants only a decrease goes out:
 * once, noted in data_dir before it leaves and when it has ended. Whoever decided that more traffic may go would only
 * say so to itself.
 *
 * The store's first word stops all of it. Once the lease is somebody's again, ours or another's, this memory is
 * dropped; the notes are handed over as an input (bot/without_store/adoption.h). After a sleep it waits as long for
 * that word as in the beginning. Whoever was only cut off, or slept, while another owner went on, finds another split
 * than it expects, and leaves it alone.
 */
#include "bot/engine/away_internal.h"

#define AWAY_AFTER_MS STORE_LEASE_MS /* without an answer, behind the lease: a hiccup does nothing */
#define ASLEEP_MS (2 * SECOND_MS)    /* a longer while without a turn: a word of the store may not have been read yet */

static bool has_slept(const struct engine *e)
{
    return engine_mono(e) - e->away_turn_mono > ASLEEP_MS;
}

bool away_is_on(const struct engine *e)
{
    return e->away && e->phase == ENGINE_STANDBY && engine_mono(e) - e->away_heard_mono >= AWAY_AFTER_MS &&
           !has_slept(e);
}

/* ---- what is kept of the owner's memory ---- */

cJSON *away_copy_json(struct arena *arena, const cJSON *json)
{
    cJSON *copy = json_copy(json);

    if (copy)
        arena_defer(arena, (void (*)(void *))cJSON_Delete, copy);
    return copy;
}

const char *away_print(struct arena *arena, const struct shape *shape, const void *value)
{
    AUTO_JSON cJSON *json = shape_to_json(shape, value, SHAPE_WHOLE);

    return json_print_in(arena, json);
}

bool away_may_go_on(const struct engine *e, const struct live_operation *live, const char *stored_state,
                    const cJSON *giving_back, struct arena *arena, const char **ret_why)
{
    struct view view = records_view(e, arena);

    *ret_why = NULL;
    return live->machine->may_go_on_alone(&view, &live->record, live->body, stored_state, giving_back, ret_why);
}

static bool is_worth_watching(const struct engine *e, const struct live_operation *live, struct arena *arena)
{
    const char *why;

    return live->machine && live->machine->may_go_on_alone && !operation_has_ended(&live->record) &&
           !live->record.is_stuck && away_may_go_on(e, live, live->record.state, NULL, arena, &why);
}

/* What is recorded as its own keeps its own mark: whoever finds the record once more knows by it that it is done. */
static void watch_effect(const struct engine *e, struct away_watch *watch, const struct live_effect *effect)
{
    bool is_recorded = effect->recorded_seq <= e->confirmed_seq;

    if (effect->kind->is_decrease && effect->phase != EFFECT_ENDED) {
        watch->kind = arena_strdup(watch->arena, effect->record.kind);
        watch->lane = arena_strdup(watch->arena, effect->record.lane);
        watch->args = away_copy_json(watch->arena, effect->record.args);
        watch->effect_id = is_recorded ? arena_strdup(watch->arena, effect->record.outside_id) : NULL;
        watch->may_have_tried = is_recorded;
    } else {
        watch->has_tag = true;
        watch->tag = arena_strdup(watch->arena, effect->record.tag);
        watch->end = effect->phase == EFFECT_ENDED ? effect->end : is_recorded ? END_UNKNOWN : END_CANCELLED;
    }
}

static struct away_watch *watch_operation(const struct engine *e, const struct live_operation *live)
{
    struct away_watch *watch = xcalloc(1, sizeof(*watch));
    struct live_effect *effect, *next;

    watch->arena = arena_create();
    watch->operation = arena_strdup(watch->arena, live->record.id);
    watch->stored_state = arena_strdup(watch->arena, live->recorded_seq <= e->confirmed_seq ? live->record.state : "");
    HASH_ITER(hh, e->effects, effect, next)
        if (effect->kind->is_essential && effect->record.tag && !effect->record.cancelled && effect->record.operation &&
            strcmp(effect->record.operation, watch->operation) == 0)
            watch_effect(e, watch, effect);
    return watch;
}

static void free_watches(struct engine *e)
{
    struct away_watch *watch, *next;

    LL_FOREACH_SAFE(e->away, watch, next)
    {
        arena_destroy(watch->arena);
        free(watch);
    }
    e->away = NULL;
}

struct kept { /* texts of records, to be read again once memory was dropped */
    const char *operation, *target;
    const char **keys, **timers;
    size_t keys_count, timers_count;
};

static struct kept keep_records(const struct engine *e, const struct live_operation *live, struct arena *arena)
{
    const struct live_target *target = records_find_target(e, live->record.target);
    struct kept kept = { .operation = away_print(arena, &operation_shape, &live->record) };
    struct live_timer *timer, *next;

    if (target)
        kept.target = away_print(arena, &target_shape, &target->record);
    HASH_ITER(hh, e->timers, timer, next) {
        if (strcmp(timer->record.operation, live->record.id) != 0)
            continue;
        *ARENA_PUSH(arena, kept.keys, kept.keys_count) = arena_strdup(arena, timer->key);
        *ARENA_PUSH(arena, kept.timers, kept.timers_count) = away_print(arena, &timer_shape, &timer->record);
    }
    return kept;
}

static void put_back(struct engine *e, const struct kept *kept)
{
    struct live_operation *live;
    struct error err;

    live = records_put_operation(e, kept->operation, &err);
    engine_must(live != NULL, e, "operation", &err);
    if (kept->target)
        engine_must(records_put_target(e, kept->target, &err) != NULL, e, "target", &err);
    for (size_t i = 0; i < kept->timers_count; i++)
        engine_must(records_put_timer(e, kept->keys[i], kept->timers[i], &err) != NULL, e, "timer", &err);
    readings_sync(e, live);
}

void away_begin(struct engine *e)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct live_operation *live, *next;
    struct kept *kept = NULL;
    size_t count = 0;
    int64_t unwatched_jumps = e->unwatched_jumps;

    memcpy(e->away_nonce, e->nonce, sizeof(e->away_nonce));
    HASH_ITER(hh, e->operations, live, next) {
        struct away_watch *watch;

        if (e->phase != ENGINE_OWNER || !e->config.note || !is_worth_watching(e, live, arena))
            continue;
        watch = watch_operation(e, live);
        LL_APPEND(e->away, watch);
        *ARENA_PUSH(arena, kept, count) = keep_records(e, live, arena);
    }
    ownership_lose(e, "the lease ran out before it was renewed");
    for (size_t i = 0; i < count; i++)
        put_back(e, &kept[i]);
    e->unwatched_jumps = unwatched_jumps;
    e->away_heard_mono = engine_mono(e);
    e->away_is_told = false;
}

/* ---- decisions ---- */

static const struct effect_kind *kind_of(const struct engine *e, const struct wanted_effect *want)
{
    return effect_kind_find(e->config.effect_kinds, e->config.effect_kinds_count, want->kind);
}

/* The decrease that it wants; *ret_more: it wants something else of the world, or of other operations. */
static const struct wanted_effect *find_decrease(const struct engine *e, const struct outcome *out, bool *ret_more)
{
    const struct wanted_effect *found = NULL;

    *ret_more = out->claims || out->releases || out->requests_count > 0 || out->messages_count > 0;
    for (size_t i = 0; i < out->effects_count; i++) {
        const struct effect_kind *kind = kind_of(e, &out->effects[i]);

        if (kind->is_decrease)
            found = &out->effects[i];
        else if (kind->is_essential)
            *ret_more = true;
    }
    return found;
}

/* As a commit would write it, in memory alone. When its record changed last stays what the store knows of it: by that
 * its machine tells how old all of this is. */
static void keep(struct engine *e, struct live_operation *live, const struct outcome *out, struct arena *arena)
{
    struct operation next = live->record;
    struct live_operation *kept;
    struct error err;
    struct batch b;

    batch_init(&b, e, arena, NULL);
    if (out->state)
        next.state = out->state;
    if (out->body) {
        cJSON *json = shape_to_json(live->machine->body, out->body, SHAPE_WHOLE);

        arena_defer(arena, (void (*)(void *))cJSON_Delete, json);
        next.body = json;
    }
    apply_awaited(&b, &next, out);
    for (size_t i = 0; i < out->timers_count; i++)
        wishes_timer(&b, arena_strdup(arena, next.id), &out->timers[i]);
    kept = records_put_operation(e, away_print(arena, &operation_shape, &next), &err);
    engine_must(kept != NULL, e, "operation", &err);
    readings_sync(e, kept);
}

static void decide_alone(struct engine *e, struct away_watch *watch, const struct event *event)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct live_operation *live = records_find_operation(e, watch->operation);
    struct view view = records_view(e, arena);
    const struct wanted_effect *decrease;
    struct outcome out;
    const char *why;
    bool wants_more;

    outcome_init(&out, arena, live->record.id, live->record.outside_id);
    live->machine->on_event(&view, &live->record, live->body, event, &out);
    decrease = find_decrease(e, &out, &wants_more);
    if (out.result || out.requests_count > 0) { /* whoever asks for another operation has nothing left to do itself */
        engine_logf(e, ENGINE_LOG_WARN, "away.stops", "%s is left alone from here on: %s", watch->operation,
                    out.result ? out.summary : "what it wants now waits for the store");
        away_stop_looking(e, watch);
        return;
    }
    if (!wants_more)
        keep(e, live, &out, arena);
    live = records_find_operation(e, watch->operation);
    if (decrease)
        away_want_back(e, watch, decrease);
    else if (!away_may_go_on(e, live, watch->stored_state, NULL, arena, &why))
        away_stop_looking(e, watch);
}

struct away_watch *away_find(const struct engine *e, const char *operation)
{
    struct away_watch *watch;

    LL_FOREACH(e->away, watch)
    if (operation && strcmp(watch->operation, operation) == 0)
        return watch;
    return NULL;
}

/* ---- what it hears ---- */

static void tell_effect(struct engine *e, struct away_watch *watch)
{
    struct event event = { .kind = EVENT_EFFECT,
                           .name = watch->tag,
                           .effect = watch->tag,
                           .end = watch->end,
                           .error = "the store was lost meanwhile" };

    watch->has_tag = false;
    decide_alone(e, watch, &event);
}

static bool tell_timer(struct engine *e)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct live_timer *timer, *next;

    HASH_ITER(hh, e->timers, timer, next) {
        struct away_watch *watch = away_find(e, timer->record.operation);
        struct event event = { .kind = EVENT_TIMER, .name = arena_strdup(arena, timer->record.name) };

        if (!watch || timer->record.at_ms > engine_steady_now(e))
            continue;
        records_drop_timer(e, timer);
        decide_alone(e, watch, &event);
        return true;
    }
    return false;
}

static bool tell_reading(struct engine *e)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct live_reading *reading, *next;

    HASH_ITER(hh, e->readings, reading, next) {
        struct away_watch *watch = away_find(e, reading->operation);
        struct event event = { .kind = EVENT_READING,
                               .name = arena_strdup(arena, reading->name),
                               .end = reading->end,
                               .error = arena_strdup(arena, reading->error),
                               .body = away_copy_json(arena, reading->result) };

        if (!watch || reading->phase != READING_ANSWERED)
            continue;
        decide_forget_awaited(records_find_operation(e, watch->operation), reading);
        readings_drop(e, reading);
        decide_alone(e, watch, &event);
        return true;
    }
    return false;
}

static void log_once(struct engine *e)
{
    struct away_watch *watch;

    if (e->away_is_told)
        return;
    e->away_is_told = true;
    LL_FOREACH(e->away, watch)
    engine_logf(e, ENGINE_LOG_WARN, "away.looks",
                "no store answers: %s is looked at without it, and given back if it turns out bad", watch->operation);
}

/* The store may have spoken meanwhile, and whoever slept, or waited for its disk, has not heard it yet. */
static void wait_anew(struct engine *e)
{
    engine_logf(e, ENGINE_LOG_WARN, "away.slept", "%lld ms without a turn: the store has its time to answer anew",
                (long long)(engine_mono(e) - e->away_turn_mono));
    e->away_heard_mono = engine_mono(e);
}

void away_turn(struct engine *e)
{
    struct away_watch *watch;

    if (e->away && has_slept(e))
        wait_anew(e);
    e->away_turn_mono = engine_mono(e);
    while (e->away && e->ended)
        away_end_effect(e, e->ended);
    if (!away_is_on(e))
        return;
    log_once(e);
    LL_FOREACH(e->away, watch)
    {
        if (watch->has_tag && !watch->is_over)
            tell_effect(e, watch);
        if (watch->args)
            away_try_to_give_back(e, watch);
    }
    while (tell_timer(e) || tell_reading(e))
        continue;
    lanes_turn(e);
    readings_turn(e);
}

/* ---- the store is back ---- */

void away_heard(struct engine *e, const struct lease_answer *answer)
{
    if (PLANTED(ALONE_GOES_ON))
        return;
    e->away_heard_mono = engine_mono(e);
    if (e->away && (answer->result == LEASE_NO_BIRTH || strcmp(answer->nonce, e->away_nonce) != 0))
        away_end(e, "the store was there again");
}

void away_end(struct engine *e, const char *why)
{
    struct away_watch *watch;

    if (!e->away)
        return;
    LL_FOREACH(e->away, watch)
    if (watch->act.id && !watch->act.result)
        away_end_act(e, watch, "unknown",
                     arena_printf(watch->arena, "its traffic was to go back (%s), and %s before that had ended",
                                  watch->act.why, why));
    free_watches(e);
    engine_drop_memory(e);
}

void away_forget(struct engine *e)
{
    free_watches(e);
}
