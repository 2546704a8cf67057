/* updates.c - cards that stand, shown anew; and what a peer counts.
 *
 * With many rollouts at once the channel's lane is full of first cards and messages, one a second; a card that stands
 * need not wait for them. So the updates of each card have an order of their own, and share a limit with those of all
 * others, in all lanes: of those that may go, what shows more than numbers goes first, and then what has waited
 * longest, also in the shape of what it took the place of.
 */
#include "bot/engine/internal.h"

#include <stdio.h>

#define SEAT_BYTES 300

/* ---- limits ---- */

/* The operation whose card it shows anew; NULL: it is no update. */
static struct live_operation *card_of(const struct engine *e, const struct live_effect *effect)
{
    struct live_operation *operation =
        effect->kind->limit_of_update ? records_find_operation(e, effect->record.operation) : NULL;

    return operation && operation->record.card_ts ? operation : NULL;
}

bool updates_has(const struct engine *e, const struct live_effect *effect)
{
    return card_of(e, effect) != NULL;
}

static const struct effect_limit *limit_of(const struct engine *e, const struct live_effect *effect)
{
    return updates_has(e, effect) ? effect->kind->limit_of_update : effect->kind->limit;
}

static const char *seat_of(const struct live_effect *effect, const struct effect_limit *limit, char *seat)
{
    if (!limit->is_of_lane)
        return limit->name;
    snprintf(seat, SEAT_BYTES, "%s %s", limit->name, effect->lane->name);
    return seat;
}

int64_t updates_free_mono(const struct engine *e, const struct live_effect *effect)
{
    const struct effect_limit *limit = limit_of(e, effect);
    char seat[SEAT_BYTES];

    return limit ? pace_free_mono(e->pace, seat_of(effect, limit, seat), limit, effect->record.can_wait, engine_mono(e))
                 : 0;
}

void updates_started(struct engine *e, const struct live_effect *effect)
{
    const struct effect_limit *limit = limit_of(e, effect);
    char seat[SEAT_BYTES];

    if (limit)
        pace_take(e->pace, seat_of(effect, limit, seat), limit, engine_mono(e));
}

static void note_hit(struct engine *e, const struct live_effect *effect, const struct effect_limit *limit,
                     const struct attempt_end *end)
{
    char bytes[SEAT_BYTES];
    const char *seat;

    if (!limit || strcmp(limit->name, end->limit) != 0)
        return;
    seat = seat_of(effect, limit, bytes);
    pace_hit(e->pace, seat, end->after_ms, engine_mono(e));
    engine_logf(e, ENGINE_LOG_WARN, "effect.limited",
                "%s: all that goes there waits %lld ms, and goes slower for a while", seat, (long long)end->after_ms);
}

void updates_ended(struct engine *e, const struct live_effect *effect, const struct attempt_end *end)
{
    const struct effect_limit *limit = limit_of(e, effect);
    char seat[SEAT_BYTES];

    if (limit)
        pace_give_back(e->pace, seat_of(effect, limit, seat), engine_mono(e));
    if (!end->limit)
        return;
    note_hit(e, effect, effect->kind->limit, end);
    note_hit(e, effect, effect->kind->limit_of_update, end);
}

/* ---- whose turn it is ---- */

/* From `effect` on, the next that is its card's first in this lane. */
static struct live_effect *first_of_card(struct engine *e, struct live_effect *effect)
{
    for (; effect; effect = effect->next) {
        struct live_operation *operation = card_of(e, effect);

        if (!operation || operation->updates_seen == e->update_passes)
            continue;
        operation->updates_seen = e->update_passes;
        return effect;
    }
    return NULL;
}

static bool is_waiting(const struct engine *e, const struct live_effect *effect)
{
    return effect->phase == EFFECT_WAITING && effect->recorded_seq <= e->confirmed_seq &&
           effect->lane->blocked_seq <= e->confirmed_seq;
}

static bool is_due(const struct engine *e, const struct live_effect *effect)
{
    return engine_steady_now(e) >= effect->record.give_up_at_ms || engine_mono(e) >= lanes_may_start_mono(e, effect);
}

static bool goes_before(const struct live_effect *a, const struct live_effect *b)
{
    return a->record.can_wait != b->record.can_wait ? b->record.can_wait : a->place < b->place;
}

static struct live_effect *find_next(struct engine *e)
{
    struct live_effect *effect, *next = NULL;
    struct lane *lane, *tmp;

    HASH_ITER(hh, e->lanes, lane, tmp) {
        e->update_passes++;
        for (effect = first_of_card(e, lane->first); effect; effect = first_of_card(e, effect->next))
            if (is_waiting(e, effect) && (!next || goes_before(effect, next)) && is_due(e, effect))
                next = effect;
    }
    return next;
}

void updates_turn(struct engine *e)
{
    struct live_effect *next;

    do {
        next = find_next(e);
        if (next)
            lanes_try(e, next);
    } while (next && next->phase != EFFECT_WAITING);
}

int64_t updates_next_mono(struct engine *e)
{
    int64_t next_mono = INT64_MAX;
    struct live_effect *effect;
    struct lane *lane, *tmp;

    HASH_ITER(hh, e->lanes, lane, tmp) {
        e->update_passes++;
        for (effect = first_of_card(e, lane->first); effect; effect = first_of_card(e, effect->next)) {
            int64_t at_mono = is_waiting(e, effect) ? lanes_may_start_mono(e, effect) : INT64_MAX;

            next_mono = at_mono < next_mono ? at_mono : next_mono;
        }
    }
    return next_mono;
}

void updates_replace(struct live_effect *newer, const struct live_effect *older)
{
    if (older->place < newer->place)
        newer->place = older->place;
    if (!older->record.can_wait)
        newer->record.can_wait = false;
}
