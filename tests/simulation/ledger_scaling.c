/* ledger_scaling.c - how many instances a service may have: changed once by whoever wanted that, from what was seen to
 * what was asked for, and never over what somebody else made of it; and what is told of it is true.
 */
#include "tests/simulation/ledger_internal.h"

#include <inttypes.h>
#include <string.h>

struct scaling {
    struct world_range expected, wanted;   /* an effect's */
    bool was_sent, has_changed, has_ended; /* an operation's */
};

static struct world_range read_range(const cJSON *args, const char *min, const char *max)
{
    return (struct world_range){ json_find_int(args, min, 0), json_find_int(args, max, 0) };
}

static bool is_range(struct world_range a, struct world_range b)
{
    return a.min == b.min && a.max == b.max;
}

void scaling_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    if (!ledger_is_same(operation->kind, "adjust") || !ledger_is_same(json_find_string(json, "body.verb"), "scale"))
        return;
    if (!operation->scaling)
        operation->scaling = ARENA_NEW(ledger->arena, struct scaling);
    operation->scaling->was_sent = json_find_bool(json, "body.was_sent", false);
}

void scaling_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json)
{
    const cJSON *args = json_find(json, "args");
    struct scaling *scaling;

    if (strcmp(effect->kind, EFFECT_SCALE) != 0)
        return;
    scaling = ARENA_NEW(ledger->arena, struct scaling);
    scaling->expected = read_range(args, "expected_min", "expected_max");
    scaling->wanted = read_range(args, "min", "max");
    effect->scaling = scaling;
}

void scaling_changed(struct ledger *ledger, const struct known_effect *effect, const struct world_change *change)
{
    struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;

    if (!operation || !effect->scaling || !operation->scaling) {
        ledger_complain(ledger, "only who was asked to scales a service", "%s scaled %s",
                        effect ? effect->id : "nobody", change->place);
        return;
    }
    if (!ledger_is_same(change->effect, effect->outside_id))
        ledger_complain(ledger, "the truth is also outside", "%s scaled %s without its annotation", effect->id,
                        change->place);
    if (operation->scaling->has_changed)
        ledger_complain(ledger, "a service is scaled once by whoever asked for it", "%s scaled %s again", operation->id,
                        change->place);
    if (!is_range(change->range_before, effect->scaling->expected))
        ledger_complain(ledger, "what somebody else scaled is left alone", "%s found %" PRId64 " to %" PRId64 " at %s",
                        effect->id, change->range_before.min, change->range_before.max, change->place);
    if (!is_range(change->range_after, effect->scaling->wanted))
        ledger_complain(ledger, "a service is scaled to what was asked for", "%s made it %" PRId64 " to %" PRId64,
                        effect->id, change->range_after.min, change->range_after.max);
    if (operation->result && operation->summary && strstr(operation->summary, "nothing was changed"))
        ledger_complain(ledger, "what is said is true", "%s says \"%s\", and scaled %s", operation->id,
                        operation->summary, change->place);
    operation->scaling->has_changed = true;
    ledger_count(ledger, DEED_SCALED);
}

void scaling_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++) {
        const struct known_operation *operation = ledger->touched[i];
        struct scaling *scaling = operation->scaling;
        bool is_done = ledger_is_same(operation->result, "done");

        if (!scaling || !operation->result || scaling->has_ended || operation->is_stuck)
            continue;
        scaling->has_ended = true;
        if (operation->summary && strstr(operation->summary, "somebody else"))
            ledger_count(ledger, DEED_SCALED_BY_OTHERS);
        if (is_done && scaling->was_sent && !scaling->has_changed)
            ledger_complain(ledger, "what is said is true", "%s is done, and scaled nothing", operation->id);
        if (!is_done && scaling->has_changed && operation->summary && strstr(operation->summary, "It is as it was"))
            ledger_complain(ledger, "what is said is true", "%s says \"%s\", and scaled the service", operation->id,
                            operation->summary);
    }
}
