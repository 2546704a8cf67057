/* ledger_people.c - what people know: operations that they have heard of, and those that run now. */
#include "tests/simulation/ledger_internal.h"

static size_t draw(size_t all, size_t newest, struct dice *dice)
{
    size_t first = newest < all ? all - newest : 0;

    return (size_t)dice_between(dice, (int64_t)first, (int64_t)all - 1);
}

const char *ledger_heard_of(const struct ledger *ledger, size_t count, struct dice *dice)
{
    return ledger->operations_count == 0 ? NULL : ledger->operations[draw(ledger->operations_count, count, dice)]->id;
}

static bool is_running(const struct ledger *ledger, const struct known_operation *operation, enum running which)
{
    const struct rollout *rollout = operation->rollout;

    if (operation->result || operation->is_stuck)
        return false;
    switch (which) {
    case RUNNING_GROUP:
        return operation->group;
    case RUNNING_WORKER:
        return operation->worker;
    case RUNNING_ROLLOUT:
        return rollout && rollout->first_effect_ms;
    case RUNNING_SHIFTING:
        return rollout && rollout->is_judged && ledger_is_same(rollout->state, "shifting");
    case RUNNING_VERIFYING:
        return rollout && rollout->is_judged && ledger_is_same(rollout->state, "verifying");
    case RUNNING_BAKING:
        return rollout && rollout->is_judged && ledger_is_same(rollout->state, "baking");
    case RUNNING_HELD:
        return rollout && rollout->is_held;
    case RUNNING_PAUSED:
        return rollout && rollout->is_paused;
    case RUNNING_WAITING:
        return groups_find_waiting(operation);
    case RUNNING_PROGRAM:
        return operation->worker && !operation->worker->is_workflow && programs_run(ledger, operation);
    case RUNNING_WORKFLOW:
        return operation->worker && operation->worker->is_workflow && programs_run(ledger, operation);
    case RUNNING_EARLY:
        return rollout && rollout->first_effect_ms && !rollout->has_raised;
    case RUNNING_UNAPPROVED:
        return rollout && ledger_is_same(rollout->state, "awaiting-approval");
    case RUNNING_HALT:
    case RUNNING_LOCK:
        return holds_is(operation, which == RUNNING_HALT);
    case RUNNING_REVIEW:
        return ledger_is_same(operation->kind, "review");
    }
    return false;
}

bool ledger_find_running(const struct ledger *ledger, enum running which, const char **ret_id, const char **ret_target)
{
    for (size_t i = ledger->operations_count; i > 0; i--) {
        const struct known_operation *operation = ledger->operations[i - 1];

        if (!is_running(ledger, operation, which))
            continue;
        *ret_id = operation->id;
        *ret_target = which == RUNNING_WAITING ? groups_find_waiting(operation) : operation->target;
        return true;
    }
    return false;
}

bool ledger_runs_at(const struct ledger *ledger, enum running which, const char *target)
{
    for (size_t i = 0; i < ledger->operations_count; i++)
        if (ledger_is_same(ledger->operations[i]->target, target) && is_running(ledger, ledger->operations[i], which))
            return true;
    return false;
}

const char *ledger_next_live(const struct ledger *ledger, size_t *at)
{
    while (*at < ledger->operations_count) {
        const struct known_operation *operation = ledger->operations[(*at)++];

        if (operation->is_live && operation->target && !operation->is_stuck)
            return operation->id;
    }
    return NULL;
}

const char *ledger_next_of(const struct ledger *ledger, const char *kind, size_t *at)
{
    while (*at < ledger->operations_count) {
        const struct known_operation *operation = ledger->operations[(*at)++];

        if (operation->is_live && !operation->is_stuck && ledger_is_same(operation->kind, kind))
            return operation->id;
    }
    return NULL;
}

const char *ledger_next_lock(const struct ledger *ledger, size_t *at)
{
    while (*at < ledger->operations_count) {
        const struct known_operation *operation = ledger->operations[(*at)++];

        if (holds_is(operation, false))
            return operation->id;
    }
    return NULL;
}

const char *ledger_next_review(const struct ledger *ledger, size_t *at)
{
    while (*at < ledger->operations_count) {
        const struct known_operation *operation = ledger->operations[(*at)++];

        if (is_running(ledger, operation, RUNNING_REVIEW))
            return operation->id;
    }
    return NULL;
}
