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

/* A newer card takes the place of those that still wait: one that goes to be tried again, and one behind it. True: one
 * of them may have been tried, so the newer one has to look for what that left outside. It waits as long as they were
 * asked to. */
static bool supersede(struct batch *b, const char *lane, const char *key, int64_t *ret_not_before_mono)
{
    struct live_effect *older;
    bool was_tried = false;

    while (key && (older = lanes_find_waiting(b->engine, lane, key)) != NULL) {
        was_tried = was_tried || older->is_inherited || older->tries > 0;
        if (older->asked_not_before_mono > *ret_not_before_mono)
            *ret_not_before_mono = older->asked_not_before_mono;
        batch_drop(b, STORE_EFFECTS, older->record.id);
        lanes_drop(b->engine, older);
    }
    return was_tried;
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
        .request_id = request_id,
        .created_at_ms = engine_store_now(e),
        .args = want->args,
    };
    struct live_effect *live;
    struct error err;
    const char *text;
    int64_t not_before_mono = 0;
    bool was_tried;

    assert(kind);
    record.lane = want->lane ? want->lane : record.id;
    record.give_up_at_ms = engine_steady_now(e) + kind->give_up_ms;
    was_tried = kind->is_latest_wins && supersede(b, record.lane, record.key, &not_before_mono);
    if (kind->is_decrease && !PLANTED(INCREASE_NOT_SUPERSEDED))
        cancels_before_decrease(b, record.lane);
    text = batch_print(b, &effect_shape, &record);
    batch_put(b, STORE_EFFECTS, record.id, text);
    live = lanes_put(e, text, was_tried, &err);
    engine_must(live != NULL, e, "effect", &err);
    live->recorded_seq = e->seq + 1;
    lanes_wait_as_asked(live, not_before_mono);
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
