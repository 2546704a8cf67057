/* ledger_end.c - when all is calm and enough time has passed: everything has come to its end, and what is said is true.
 */
#include "tests/simulation/ledger_internal.h"

#include <string.h>

static void check_inputs(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->inputs_count; i++) {
        const struct input *input = &ledger->inputs[i];

        if (input->ends == 0)
            ledger_complain(ledger, "no accepted input is lost", "%s (%s) was accepted and never decided", input->id,
                            input->request_id ? input->request_id : "-");
        else if (!input->was_told && input->url && !input->kills_on && input->accepted_ms > ledger->unsure_ms)
            ledger_complain(ledger, "everyone who asked is answered",
                            "%s (%s) was decided, and its person heard nothing", input->id,
                            input->request_id ? input->request_id : "-");
    }
}

/* It hears what the engine is refused, whatever is configured: nothing ends it, in no configuration. Every other one
 * that stands ends when nobody wants it any more, and the scenario's end sees to that. */
static bool stands_for_good(const struct known_operation *operation)
{
    return ledger_is_same(operation->kind, "watch.credentials") && !operation->is_stuck;
}

static void check_standing(struct ledger *ledger)
{
    size_t live = 0;

    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (!stands_for_good(operation))
            continue;
        live += operation->is_live ? 1 : 0;
        if (operation->result || operation->ended > 0 || !operation->is_live)
            ledger_complain(ledger, "what stands for good never ends", "%s (%s) has", operation->id, operation->kind);
    }
    if (live != 1)
        ledger_complain(ledger, "what stands for good is there once", "%zu are", live);
}

static void check_operations(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (stands_for_good(operation))
            continue; /* a law of its own */
        if (operation->is_stuck)
            continue; /* its own event killed the owner again and again: it is left to people */
        if (!operation->result || operation->ended != 1 || operation->is_live)
            ledger_complain(ledger, "every operation ends once", "%s (%s) has not come to its end", operation->id,
                            operation->kind ? operation->kind : "-");
        else if (operation->card_effect && !ledger_is_same(operation->card_effect, operation->card_shown))
            ledger_complain(ledger, "a card shows how it ended",
                            "%s: what people see is not the last card that was recorded", operation->id);
        else if (ledger_is_same(operation->result, "done") && operation->rollout && !operation->rollout->met_others &&
                 operation->traffic_changes == 0)
            ledger_complain(ledger, "what is said is true", "%s is done, and no traffic moved", operation->id);
        else if (!ledger_is_same(operation->result, "done") && operation->traffic_changes > 0 && operation->summary &&
                 !(operation->rollout && operation->rollout->met_others) &&
                 (strstr(operation->summary, "not touched") || strstr(operation->summary, "not switched")))
            ledger_complain(ledger, "what is said is true", "%s says \"%s\", and its traffic moved", operation->id,
                            operation->summary);
    }
}

size_t ledger_staying(const struct ledger *ledger)
{
    size_t count = 0;

    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        count += operation->is_live && (operation->is_stuck || stands_for_good(operation)) ? 1 : 0;
    }
    return count;
}

static void check_effects(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->effects_count; i++)
        if (ledger->effects[i]->has_changed && !ledger->effects[i]->is_journalled)
            ledger_complain(ledger, "every change is journalled",
                            "%s changed something, and no entry says how it ended", ledger->effects[i]->id);
}

static void check_place(struct ledger *ledger, const struct twin *twin, enum store_place place)
{
    if (twin->hashes[place].count > 0)
        ledger_complain(ledger, "everything comes to its end", "%s still holds %s", store_place_names[place],
                        twin->hashes[place].pairs[0].field);
}

void ledger_check_end(struct ledger *ledger, const struct twin *twin)
{
    if (ledger->is_store_lost)
        return;
    check_inputs(ledger);
    check_operations(ledger);
    check_standing(ledger);
    check_effects(ledger);
    alone_check_end(ledger);
    events_check_end(ledger);
    releases_check_end(ledger);
    glass_check_end(ledger);
    refused_check_end(ledger);
    incidents_check_end(ledger);
    together_check_end(ledger);
    schedules_check_end(ledger);
    ends_check(ledger, twin);
    if (twin->hashes[STORE_OPERATIONS].count > ledger_staying(ledger))
        ledger_complain(ledger, "everything comes to its end", "%zu operations still live",
                        twin->hashes[STORE_OPERATIONS].count);
    check_place(ledger, twin, STORE_EFFECTS);
    check_place(ledger, twin, STORE_TIMERS);
    check_place(ledger, twin, STORE_MESSAGES);
    check_place(ledger, twin, STORE_TRYING);
    for (size_t i = 0; i < ledger->holders_count; i++)
        if (ledger->holders[i].operation)
            ledger_complain(ledger, "everything comes to its end", "%s is still held by %s", ledger->holders[i].target,
                            ledger->holders[i].operation);
    if (ledger->counts.entries > 0 && !ledger_is_same(twin_get(twin, STORE_META, "journal"), ledger->journal_head))
        ledger_complain(ledger, "the journal's chain is unbroken", "the store's head is not that of its last entry");
}
