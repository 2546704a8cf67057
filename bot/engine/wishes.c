/* wishes.c - what a decision wants recorded: effects, messages and timers, each a write and the memory of it. */
#include "bot/engine/internal.h"

#include <assert.h>

/* ---- effects ---- */

static const char *next_effect_id(struct batch *b, struct operation *operation)
{
    if (!operation)
        return arena_printf(b->arena, "X%lld", (long long)b->engine->last_order + 1);
    return arena_printf(b->arena, "%s.%lld", operation->id, (long long)++operation->effects_made);
}

static const char *next_outside_id(struct batch *b)
{
    char hex[17];

    engine_random_hex(b->engine, hex, 16);
    return arena_printf(b->arena, "%s-%s", b->engine->memory.birth, hex);
}

/* What it takes over from those in whose place it comes. One of them may have been tried, so it has to look for what
 * that left outside; it waits as long as they were asked to, goes where the oldest would have gone, and shows what they
 * would have shown. */
struct heritage {
    bool was_tried, shows_more;
    int64_t not_before_mono, place;
};

/* It may be the last thing that keeps one that has ended from going to the ended ones. */
static bool is_of_ended(const struct engine *e, const struct live_effect *effect, const struct operation *operation)
{
    const struct live_operation *of = records_find_operation(e, effect->record.operation);

    return of && operation_has_ended(&of->record) && !(operation && strcmp(of->record.id, operation->id) == 0);
}

/* A newer card takes the place of those that still wait: one that goes to be tried again, and one behind it. Whoever
 * has ended and is not being written here hears of it, and goes to the ended ones by that. */
static struct heritage supersede(struct batch *b, const struct operation *operation, const struct effect_kind *kind,
                                 const char *key)
{
    struct heritage left = { .place = INT64_MAX };
    struct live_effect *older;

    while (key && (older = lanes_find_waiting(b->engine, kind, key)) != NULL) {
        left.was_tried = left.was_tried || older->is_inherited || older->tries > 0;
        left.shows_more = left.shows_more || !older->record.can_wait;
        if (older->asked_not_before_mono > left.not_before_mono)
            left.not_before_mono = older->asked_not_before_mono;
        if (older->place < left.place)
            left.place = older->place;
        if (is_of_ended(b->engine, older, operation)) {
            lanes_end(b->engine, older, END_CANCELLED, NULL, "a newer one takes its place");
        } else {
            batch_drop(b, STORE_EFFECTS, older->record.id);
            lanes_drop(b->engine, older);
        }
    }
    return left;
}

void wishes_effect(struct batch *b, struct operation *operation, const struct wanted_effect *want,
                   const char *request_id, bool is_of_operation)
{
    struct engine *e = b->engine;
    const struct effect_kind *kind = effect_kind_find(e->config.effect_kinds, e->config.effect_kinds_count, want->kind);
    struct effect record = {
        .id = next_effect_id(b, operation),
        .outside_id = next_outside_id(b),
        .schema = STORE_SCHEMA,
        .order = ++e->last_order,
        .kind = want->kind,
        .operation = is_of_operation && operation ? operation->id : NULL,
        .tag = want->tag,
        .key = want->key,
        .goes_first = want->goes_first,
        .can_join = want->can_join,
        .request_id = request_id,
        .created_at_ms = engine_store_now(e),
        .args = want->args,
    };
    struct heritage left = { .place = INT64_MAX };
    struct live_effect *live;
    struct error err;
    const char *text;

    assert(kind);
    record.lane = want->lane ? want->lane : record.id;
    record.give_up_at_ms = engine_steady_now(e) + kind->give_up_ms;
    if (kind->is_latest_wins)
        left = supersede(b, operation, kind, record.key);
    record.can_wait = want->can_wait && !left.shows_more;
    if (kind->is_decrease && !PLANTED(INCREASE_NOT_SUPERSEDED))
        cancels_before_decrease(b, record.lane);
    text = batch_print(b, &effect_shape, &record);
    batch_put(b, STORE_EFFECTS, record.id, text);
    live = lanes_put(e, text, left.was_tried, &err);
    engine_must(live != NULL, e, "effect", &err);
    live->recorded_seq = e->seq + 1;
    lanes_wait_as_asked(live, left.not_before_mono);
    if (left.place < live->place)
        live->place = left.place;
}

/* ---- messages ---- */

void wishes_message(struct batch *b, const char *from, const char *to, const char *name, const cJSON *body)
{
    struct engine *e = b->engine;
    int64_t order = ++e->last_order;
    struct message record = { .order = order, .from = from, .to = to, .name = name, .body = body };
    struct error err;
    const char *text;

    record.id = arena_printf(b->arena, "M%lld", (long long)order);
    text = batch_print(b, &message_shape, &record);
    batch_put(b, STORE_MESSAGES, record.id, text);
    engine_must(records_put_message(e, text, &err), e, "message", &err);
}

/* ---- timers ---- */

void wishes_timer(struct batch *b, const char *operation, const struct wanted_timer *want)
{
    struct engine *e = b->engine;
    const char *key = arena_printf(b->arena, "%s/%s", operation, want->name), *text;
    struct timer record = { .operation = operation, .name = want->name, .at_ms = want->at_ms };
    struct live_timer *old = NULL;
    struct error err;

    HASH_FIND_STR(e->timers, key, old);
    if (want->at_ms == 0) {
        if (old) {
            batch_drop(b, STORE_TIMERS, key);
            records_drop_timer(e, old);
        }
        return;
    }
    text = batch_print(b, &timer_shape, &record);
    batch_put(b, STORE_TIMERS, key, text);
    engine_must(records_put_timer(e, key, text, &err) != NULL, e, "timer", &err);
}

void wishes_drop_timers(struct batch *b, const char *operation)
{
    struct engine *e = b->engine;
    struct live_timer *timer, *next;

    HASH_ITER(hh, e->timers, timer, next) {
        if (strcmp(timer->record.operation, operation) != 0)
            continue;
        batch_drop(b, STORE_TIMERS, timer->key);
        records_drop_timer(e, timer);
    }
}
