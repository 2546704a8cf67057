/* ledger_ends.c - what targets keep of those that changed them, against what was seen of each end. */
#include "tests/simulation/ledger_internal.h"

#include "bot/model/target.h"

#include <string.h>

static const struct target_end *find_end(const struct target *target, const char *operation, size_t *ret_count)
{
    const struct target_end *found = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < target->ends_count; i++)
        if (strcmp(target->ends[i].operation, operation) == 0) {
            found = &target->ends[i];
            ++*ret_count;
        }
    return found;
}

static bool is_result(const struct known_operation *operation, const char *result)
{
    return ledger_is_same(operation->result, result);
}

/* Refused or superseded: nothing was begun. A rollback that only stopped others brought nothing either. */
static bool leaves_none(const struct known_operation *operation)
{
    return is_result(operation, "refused") || is_result(operation, "superseded") ||
           (ledger_is_same(operation->kind, "rollback") && is_result(operation, "done") &&
            operation->traffic_changes == 0);
}

static bool has_moved_traffic(const struct known_operation *operation)
{
    return operation->rollout && operation->traffic_changes > 0 && !operation->rollout->met_others;
}

/* NULL: it says what was seen. */
static const char *find_fault(const struct target *target, const struct known_operation *operation)
{
    size_t count;
    const struct target_end *end = find_end(target, operation->id, &count);
    bool is_good = end && (end->how == ENDED_GOOD || end->how == ENDED_LEFT);

    if (!end)
        return leaves_none(operation) || target->ends_count >= TARGET_ENDS_MAX ? NULL : "knows nothing of it";
    if (count > 1)
        return "has it twice";
    if (is_result(operation, "refused") || is_result(operation, "superseded"))
        return "has what was never begun";
    if (is_good != is_result(operation, "done"))
        return is_good ? "calls it good" : "does not call it good";
    if (end->how == ENDED_UNTOUCHED && has_moved_traffic(operation))
        return "says that it never served";
    return NULL;
}

static bool changes_targets(const struct known_operation *operation)
{
    return operation->target && operation->result && !operation->is_stuck && !is_result(operation, "stuck") &&
           (ledger_is_same(operation->kind, "deploy") || ledger_is_same(operation->kind, "rollback"));
}

void ends_check(struct ledger *ledger, const struct twin *twin)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];
        AUTO(arena) struct arena *arena = arena_create();
        struct target target = { 0 };
        const char *text, *fault;
        struct error err;

        if (!changes_targets(operation))
            continue;
        text = twin_get(twin, STORE_TARGETS, operation->target);
        if (text && !shape_from_json(&target_shape, json_parse_in(arena, str_of(text), &err), arena, &target, &err))
            ledger_complain(ledger, "a target's record can be read", "%s: %s", operation->target, err.message);
        fault = find_fault(&target, operation);
        if (fault)
            ledger_complain(ledger, "a target keeps how each ended that changed it", "%s ended as %s, and %s %s",
                            operation->id, operation->result, operation->target, fault);
    }
}
