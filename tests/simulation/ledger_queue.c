/* ledger_queue.c - what must hold of those who wait for one place: who is superseded was never more than waiting, and
 * gave way to one that was asked for later; what a `--now` has aborted is back before the traffic of the other one
 * grows.
 */
#include "tests/simulation/ledger_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct now { /* `--now` of one operation has aborted another */
    const char *operation, *aborted;
    bool is_over; /* the first traffic of the operation was looked at */
};

static int64_t number_of(const char *id)
{
    return id && id[0] ? strtoll(id + 1, NULL, 10) : 0;
}

/* ---- superseded ---- */

static bool is_look(const char *id) /* "L7": counted apart */
{
    return id[0] == 'L';
}

/* What a group asks for was asked for with the group. */
static const struct known_operation *asked_with(const struct ledger *ledger, const struct known_operation *operation)
{
    const struct known_operation *parent = operation;

    while (parent->parent && !is_look(parent->parent) &&
           (parent = ledger_find_operation(ledger, parent->parent)) != NULL)
        operation = parent;
    return operation;
}

static void check_superseded(struct ledger *ledger, const char *id, const char *by)
{
    const struct known_operation *older = ledger_find_operation(ledger, id), *newer = ledger_find_operation(ledger, by);

    ledger_count(ledger, DEED_SUPERSEDED);
    if (!older || !newer || !ledger_is_same(older->target, newer->target) ||
        number_of(asked_with(ledger, newer)->id) <= number_of(older->id))
        ledger_complain(ledger, "who gives way does so to one that was asked for later", "%s is superseded by %s", id,
                        by ? by : "-");
    if (older && older->parent && !is_look(older->parent))
        ledger_complain(ledger, "a group keeps its word", "%s of %s is superseded by %s", id, older->parent,
                        by ? by : "-");
}

static void check_untouched(struct ledger *ledger, const struct known_operation *operation)
{
    if (!ledger_is_same(operation->result, "superseded"))
        return;
    if ((operation->rollout && operation->rollout->has_raised) || (operation->worker && operation->worker->runs > 0) ||
        operation->traffic_changes > 0)
        ledger_complain(ledger, "what is superseded was never more than waiting", "%s had begun", operation->id);
}

/* ---- --now ---- */

void queue_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *id = json_find_string(core, "operation");

    if (strcmp(kind, "deploy.superseded") == 0)
        check_superseded(ledger, id, json_find_string(core, "body.by"));
    if (strcmp(kind, "deploy.now") != 0)
        return;
    ledger_count(ledger, DEED_NOW);
    *ARENA_PUSH(ledger->arena, ledger->nows, ledger->nows_count) =
        (struct now){ .operation = arena_strdup(ledger->arena, id),
                      .aborted = arena_strdup(ledger->arena, json_find_string(core, "body.aborts")) };
}

/* What it got of the traffic, as was asked for last; what somebody else has made of it since is nobody's here. */
static bool has_traffic(const struct ledger *ledger, const struct known_operation *operation)
{
    const struct rollout *rollout = operation->rollout;
    const struct place *place = rollout ? traffic_find_place(ledger, rollout->place) : NULL;

    return place && !place->is_foreign && !rollout->met_others &&
           ledger_percent(place->shares, place->shares_count, rollout->revision) > 0;
}

static void check_back(struct ledger *ledger, struct now *now)
{
    const struct known_operation *operation = ledger_find_operation(ledger, now->operation),
                                 *aborted = ledger_find_operation(ledger, now->aborted);

    if (now->is_over || !operation || !operation->rollout || !operation->rollout->has_raised)
        return;
    now->is_over = true;
    if (!aborted || (!aborted->ended && !aborted->is_stuck))
        ledger_complain(ledger, "what --now aborts is back before other traffic grows",
                        "%s raises while %s has not ended", now->operation, now->aborted);
    else if (ledger_is_same(aborted->result, "aborted") && has_traffic(ledger, aborted))
        ledger_complain(ledger, "what --now aborts is back before other traffic grows",
                        "%s raises while %s, which was aborted, has traffic", now->operation, now->aborted);
}

void queue_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++)
        check_untouched(ledger, ledger->touched[i]);
    for (size_t i = 0; i < ledger->nows_count; i++)
        check_back(ledger, &ledger->nows[i]);
}
