/* ledger_traffic.c - what moves: the split of each service as it was last asked for, by us or by somebody else.
 */
#include "tests/simulation/ledger_internal.h"

#include <inttypes.h>

struct place *traffic_find_place(const struct ledger *ledger, const char *service)
{
    for (size_t i = 0; i < ledger->places_count; i++)
        if (ledger_is_same(ledger->places[i].service, service))
            return &ledger->places[i];
    return NULL;
}

static void keep_split(struct ledger *ledger, const struct world_change *change, bool is_foreign)
{
    struct place *place = traffic_find_place(ledger, change->place);

    if (!place)
        place = ARENA_PUSH(ledger->arena, ledger->places, ledger->places_count);
    *place = (struct place){ .service = arena_strdup(ledger->arena, change->place),
                             .is_foreign = is_foreign,
                             .at_ms = ledger_now_ms(ledger) };
    for (size_t i = 0; i < change->after_count; i++)
        *ARENA_PUSH(ledger->arena, place->shares, place->shares_count) =
            (struct run_share){ .revision = arena_strdup(ledger->arena, change->after[i].revision),
                                .percent = change->after[i].percent };
}

void rollouts_foreign(void *ctx, const struct world_change *change)
{
    struct ledger *ledger = ctx;

    irreversible_foreign(ledger, change);
    keep_split(ledger, change, true);
    for (size_t i = 0; i < ledger->operations_count; i++)
        if (ledger->operations[i]->rollout && ledger_is_same(ledger->operations[i]->rollout->place, change->place))
            ledger->operations[i]->rollout->met_others = true;
    story_tell(ledger->options.story, "world", "somebody else moves the traffic of %s to %s %" PRId64 " %%",
               change->place, change->after[0].revision, change->after[0].percent);
}

/* An increase that came late, after a rollback took the target and was done with it. */
static void check_taken_back(struct ledger *ledger, const struct known_operation *operation,
                             const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->operations_count && effect->row && effect->row->is_increase; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (ledger_is_same(other->kind, "rollback") && ledger_is_same(other->target, operation->target) &&
            ledger_is_same(other->result, "done") && other->begun_ms >= effect->recorded_ms)
            ledger_complain(ledger, "what a rollback left does not come back by itself",
                            "%s of %s moves traffic, after %s was done", effect->id, operation->id, other->id);
    }
}

/* A revision that the rollout neither made nor found. */
static bool has_stranger(const struct rollout *rollout, const struct place *place)
{
    for (size_t i = 0; i < place->shares_count; i++)
        if (place->shares[i].percent > 0 && !ledger_is_same(place->shares[i].revision, rollout->revision) &&
            ledger_percent(rollout->before, rollout->before_count, place->shares[i].revision) == 0)
            return true;
    return false;
}

void rollouts_moved(struct ledger *ledger, const struct known_effect *effect, const struct world_change *change)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    struct rollout *rollout = operation ? operation->rollout : NULL;
    const struct place *place = traffic_find_place(ledger, change->place);

    if (operation && ledger_is_same(operation->kind, "rollback"))
        ledger_count(ledger, DEED_ROLLBACK_MOVED);
    if (rollout) {
        rollout->moved_ms = ledger_now_ms(ledger);
        if (place && place->is_foreign && place->at_ms > rollout->first_effect_ms && has_stranger(rollout, place))
            ledger_complain(ledger, "somebody else's split is never overwritten by a rollout", "%s of %s moved %s",
                            effect->id, operation->id, change->place);
        check_taken_back(ledger, operation, effect);
    }
    irreversible_moved(ledger, operation, change);
    keep_split(ledger, change, false);
}

void rollouts_moved_alone(struct ledger *ledger, struct known_operation *operation, const struct world_change *change)
{
    const struct place *place = traffic_find_place(ledger, change->place);
    struct rollout *rollout = operation->rollout;

    rollout->moved_ms = ledger_now_ms(ledger);
    if (place && place->is_foreign && place->at_ms > rollout->first_effect_ms && has_stranger(rollout, place))
        ledger_complain(ledger, "somebody else's split is never overwritten by a rollout",
                        "%s moved %s without the store", operation->id, change->place);
    irreversible_moved(ledger, operation, change);
    keep_split(ledger, change, false);
}
