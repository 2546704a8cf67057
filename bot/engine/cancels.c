/* cancels.c - effects that are not tried any more. Each is said in the effect's own record, by the commit of the
 * decision that wants it: whoever takes over reads it there.
 *
 * What waits ends at once; what may have happened, as unknown. One in flight ends by itself and is not tried again; or
 * it is cut off, and its end is not known: a decrease takes its place, or its operation ends, and with that its hold on
 * the target. What is said with others is never cut off: they go on, and would be looked for before it has arrived.
 *
 * A decrease cuts off whatever is out in its lane, whoever's it is: what was cut off may still arrive outside, before
 * or after it. Each change there expects the very state that its own try has read (an etag), so the later of the two is
 * refused: a decrease is tried again at once, and what was cut off is not.
 */
#include "bot/engine/internal.h"

#include <string.h>

static void cut_off(struct engine *e, struct live_effect *effect)
{
    int64_t until_mono = engine_mono(e) + effect->kind->attempt_ms;

    e->config.carrier->cancel(e->config.carrier->ctx, effect->record.id, effect->attempt);
    effect->is_inherited = true; /* its call may still arrive */
    if (until_mono > e->cut_until_mono)
        e->cut_until_mono = until_mono;
}

static void cancel(struct batch *b, struct live_effect *effect, const char *why, bool is_cut)
{
    if (!effect->record.cancelled) { /* also of one that has ended: its end is not in the store yet, and may never be */
        effect->record.cancelled = arena_strdup(effect->arena, why);
        batch_put(b, STORE_EFFECTS, effect->record.id, batch_print(b, &effect_shape, &effect->record));
    }
    if (effect->phase == EFFECT_ENDED || (effect->phase == EFFECT_IN_FLIGHT && (!is_cut || together_goes(effect))))
        return;
    if (effect->phase == EFFECT_IN_FLIGHT)
        cut_off(b->engine, effect);
    lanes_end_cancelled(b->engine, effect);
}

void cancels_by_tag(struct batch *b, const char *operation, const char *tag, bool is_over)
{
    struct live_effect *effect, *next;

    HASH_ITER(hh, b->engine->effects, effect, next)
        if (effect->record.operation && effect->record.tag && strcmp(effect->record.operation, operation) == 0 &&
            strcmp(effect->record.tag, tag) == 0)
            cancel(b, effect, "it was called off", is_over && !PLANTED(CUT_NOT_AT_END));
}

/* Not another decrease: that is the same way, and each goes in its turn. */
static bool gives_way(const struct live_effect *effect)
{
    bool is_out = effect->phase == EFFECT_MARKING || effect->phase == EFFECT_IN_FLIGHT;

    return effect->kind->is_increase || (is_out && !effect->kind->is_decrease);
}

void cancels_before_decrease(struct batch *b, const char *lane_name)
{
    struct lane *lane = NULL;
    struct live_effect *effect;

    HASH_FIND_STR(b->engine->lanes, lane_name, lane);
    if (!lane)
        return;
    DL_FOREACH(lane->first, effect)
        if (gives_way(effect))
            cancel(b, effect, "traffic goes back instead", true);
}
