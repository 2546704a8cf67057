/* looked_at.c - what stands beside an operation, for whoever only looks: effects that have not ended, and timers. */
#include "bot/engine/internal.h"

#include <stdlib.h>
#include <string.h>

const char *engine_inbox_cursor(const struct engine *engine)
{
    return engine->cursor_inbox;
}

static int by_order(const void *a, const void *b)
{
    const struct engine_effect *left = a, *right = b;

    return (left->record->order > right->record->order) - (left->record->order < right->record->order);
}

const struct engine_effect *engine_effects(const struct engine *engine, const char *operation, struct arena *arena,
                                           size_t *ret_count)
{
    struct engine_effect *list = NULL;
    struct live_effect *effect, *next;

    *ret_count = 0;
    if (engine->phase != ENGINE_OWNER)
        return NULL;
    HASH_ITER(hh, engine->effects, effect, next)
        if (effect->phase != EFFECT_ENDED && effect->record.operation &&
            strcmp(effect->record.operation, operation) == 0)
            *ARENA_PUSH(arena, list, *ret_count) =
                (struct engine_effect){ &effect->record, effect->phase == EFFECT_IN_FLIGHT, effect->tries,
                                        effect->again_why };
    if (list)
        qsort(list, *ret_count, sizeof(list[0]), by_order);
    return list;
}

static int by_time(const void *a, const void *b)
{
    const struct timer *left = a, *right = b;

    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

const struct timer *engine_timers(const struct engine *engine, const char *operation, struct arena *arena,
                                  size_t *ret_count)
{
    struct timer *list = NULL;
    struct live_timer *timer, *next;

    *ret_count = 0;
    if (engine->phase != ENGINE_OWNER)
        return NULL;
    HASH_ITER(hh, engine->timers, timer, next)
        if (strcmp(timer->record.operation, operation) == 0)
            *ARENA_PUSH(arena, list, *ret_count) = timer->record;
    if (list)
        qsort(list, *ret_count, sizeof(list[0]), by_time);
    return list;
}
