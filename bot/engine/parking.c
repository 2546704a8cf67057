/* parking.c - what a peer refuses because it does not take our credential: a person has to mend it, there or in the
 * configuration, and until then trying on would only be refused again.
 *
 * A seat is one credential, or the permission for one kind of effect in one lane, or for several that need the same.
 * Effects whose kind parks (bot/model/effect.h) wait for it, untried: for a credential with all of their lane that
 * parks, for a permission with those there that need it. One is let through when the configuration was read again, and
 * once an hour: once a try got through they all go. Nothing else waits: what changes traffic passes what is parked in
 * its lane. All of it lives in memory; whoever takes over finds out by one try in each lane.
 *
 * What comes late is still right: of cards the newest goes, and it is kept for as long as it is parked. Whatever else
 * is older than its kind allows is given up, as in any outage, so that nobody reads yesterday's messages as today's.
 */
#include "bot/engine/seats.h"

#include "bot/model/plant.h"

#define SETTLES_MS (5 * SECOND_MS) /* a token that was just given is not known everywhere at once */
#define PROBE_SOON_MS MINUTE_MS    /* the last one told nothing: the peer was away */

bool parking_holds(const struct live_effect *effect)
{
    return effect->phase == EFFECT_WAITING && seats_holder(effect);
}

int64_t parking_may_start_mono(const struct live_effect *effect)
{
    const struct parked_seat *seat = seats_holder(effect);

    return seat->probe ? INT64_MAX : seat->probe_at_mono;
}

void parking_started(struct live_effect *effect)
{
    struct parked_seat *seat = seats_holder(effect);

    if (seat)
        seat->probe = effect;
}

/* The seat that it goes ahead for; or NULL. */
static struct parked_seat *probed_by(const struct live_effect *effect)
{
    struct parked_seat *seat = effect->lane->seat;

    if (seat && seat->probe == effect)
        return seat;
    for (seat = effect->lane->lacked; seat && seat->probe != effect;)
        seat = seat->next_lacked;
    return seat;
}

static void end_probe(struct engine *e, struct live_effect *effect, int64_t again_ms)
{
    struct parked_seat *seat = probed_by(effect);

    if (!seat)
        return;
    seat->probe = NULL;
    seat->probe_at_mono = engine_mono(e) + again_ms;
}

void parking_forget(struct live_effect *effect)
{
    struct parked_seat *seat = probed_by(effect);

    if (seat)
        seat->probe = NULL;
}

/* The credential that it went with may be another one by now. */
static bool is_of_before(const struct engine *e, const struct live_effect *effect)
{
    return effect->configuration != e->configuration;
}

/* It may be taken the next time: with a fresh one, or once that is known everywhere. */
static bool may_settle(const struct engine *e, const struct live_effect *effect, const struct attempt_end *end)
{
    return end->result != ATTEMPT_NEVER &&
           (effect->refusals == 1 || engine_mono(e) - effect->refused_since_mono < SETTLES_MS);
}

bool parking_takes(struct engine *e, struct live_effect *effect, const struct attempt_end *end)
{
    const struct seat_wish wish = seats_wish_of(effect);
    struct parked_seat *seat = NULL;
    bool is_old = is_of_before(e, effect);

    effect->is_refused = end->result != ATTEMPT_DONE && end->refusal != REFUSAL_NONE;
    if (!effect->is_refused)
        return false;
    if (++effect->refusals == 1)
        effect->refused_since_mono = engine_mono(e);
    end_probe(e, effect, is_old ? 0 : PROBE_EVERY_MS);
    if (!is_old && !may_settle(e, effect, end))
        seat = seats_note(e, &wish, end);
    if (seats_parks(effect->kind) && seat)
        seats_park(effect->lane, seat);
    return effect->kind->refused == REFUSED_TRIES_ON || (seats_parks(effect->kind) && !PLANTED(PARKED_FORGOTTEN) &&
                                                         (seat || is_old || end->result == ATTEMPT_AGAIN));
}

void parking_ended(struct engine *e, struct live_effect *effect, const struct attempt_end *end)
{
    if (effect->is_refused)
        return;
    effect->refusals = 0;
    if (end->result == ATTEMPT_DONE) {
        const struct seat_wish wish = seats_wish_of(effect);

        if (probed_by(effect)) /* by another name, maybe: the App gave a token, and that was taken */
            seats_free(e, probed_by(effect));
        seats_take_back(e, &wish, end->seat);
    }
    end_probe(e, effect, PROBE_SOON_MS);
}

void parking_answered(struct engine *e, const struct live_operation *live, const struct awaited *awaited,
                      const struct attempt_end *end, bool is_again)
{
    const struct operation *operation = &live->record;
    struct seat_wish wish = { .kind = awaited->kind,
                              .lane = operation->target ? operation->target : operation->id,
                              .is_way_back = true };

    if (!live->machine || !live->machine->looks_for_way_back || !live->machine->looks_for_way_back(operation, awaited))
        return;
    if (end->result == ATTEMPT_DONE)
        seats_take_back(e, &wish, end->seat);
    else if (end->refusal != REFUSAL_NONE && (end->result == ATTEMPT_NEVER || is_again))
        (void)seats_note(e, &wish, end);
}

void parking_try_all(struct engine *e)
{
    struct live_effect *effect, *tmp;
    struct parked_seat *seat;

    e->configuration++;
    DL_FOREACH(e->seats, seat) {
        seat->probe_at_mono = engine_mono(e);
        seat->is_of_pages = seat->is_of_pages && seat->lanes > 0; /* else nobody knows how it is now */
    }
    HASH_ITER(hh, e->effects, effect, tmp)
        if (effect->is_refused)
            lanes_wait_now(e, effect);
}
