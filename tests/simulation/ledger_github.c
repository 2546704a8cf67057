/* ledger_github.c - what stands on GitHub of operations: one deployment of each, told of once, and of its end last. */
#include "tests/simulation/ledger_internal.h"

#include "bot/model/deployment.h"

#include <inttypes.h>
#include <string.h>

static bool is_end(const struct world_status *status)
{
    return strcmp(status->state, DEPLOYMENT_IN_PROGRESS) != 0;
}

/* It was good, and something else came, or it was left: that is told of it by another operation. */
static bool may_follow(const struct world_status *end, const struct world_status *next)
{
    return strcmp(end->state, DEPLOYMENT_SUCCESS) == 0 &&
           (strcmp(next->state, DEPLOYMENT_INACTIVE) == 0 || strcmp(next->state, DEPLOYMENT_FAILURE) == 0);
}

static void check_statuses(struct ledger *ledger, const struct world_deployment *deployment)
{
    const struct world_status *all = deployment->statuses;

    for (size_t i = 0; i < deployment->statuses_count; i++)
        for (size_t k = i + 1; k < deployment->statuses_count; k++) {
            if (strcmp(all[i].state, all[k].state) == 0 && strcmp(all[i].words, all[k].words) == 0)
                ledger_complain(ledger, "a status of a deployment is told once", "deployment %" PRId64 ": %s \"%s\"",
                                deployment->id, all[i].state, all[i].words);
            if (k == i + 1 && is_end(&all[i]) && !may_follow(&all[i], &all[k]))
                ledger_complain(ledger, "nothing follows the end of a deployment",
                                "deployment %" PRId64 ": %s after %s", deployment->id, all[k].words, all[i].words);
        }
}

static void check_twice(struct ledger *ledger, const struct world *world, size_t i)
{
    const struct world_deployment *one = world_find_deployment(world, i), *other;

    for (size_t k = i + 1; (other = world_find_deployment(world, k)) != NULL; k++)
        if (strcmp(one->operation, other->operation) == 0) {
            const struct known_operation *operation = ledger_find_operation_outside(ledger, one->operation);

            ledger_complain(ledger, "an operation has one deployment on GitHub", "%s has %" PRId64 " and %" PRId64,
                            operation ? operation->id : one->operation, one->id, other->id);
        }
}

/* That it was good may give way to what came later, if GitHub could not be told before. */
static bool says_good(const struct world_status *end)
{
    return strcmp(end->state, DEPLOYMENT_SUCCESS) == 0 || strstr(end->words, ": replaced by ") ||
           strstr(end->words, ": rolled back by ");
}

/* What it became, whatever became of it later. */
static void check_end(struct ledger *ledger, const struct world_deployment *deployment)
{
    const struct known_operation *operation = ledger_find_operation_outside(ledger, deployment->operation);
    const struct world_status *end = NULL;

    for (size_t i = 0; i < deployment->statuses_count && !end; i++)
        end = is_end(&deployment->statuses[i]) ? &deployment->statuses[i] : NULL;
    if (!operation || !operation->result || operation->is_stuck)
        return;
    if (!end)
        ledger_complain(ledger, "GitHub is told how it ended", "%s is %s, and deployment %" PRId64 " says nothing",
                        operation->id, operation->result, deployment->id);
    else if (ledger_is_same(operation->result, "done") != says_good(end))
        ledger_complain(ledger, "GitHub is told how it ended", "%s is %s, and deployment %" PRId64 " says %s, \"%s\"",
                        operation->id, operation->result, deployment->id, end->state, end->words);
}

void ledger_check_deployments(struct ledger *ledger, const struct world *world)
{
    const struct world_deployment *deployment;

    for (size_t i = 0; (deployment = world_find_deployment(world, i)) != NULL; i++) {
        if (!ledger->is_store_lost)
            check_twice(ledger, world, i);
        if (!ledger->is_store_lost)
            check_end(ledger, deployment);
        check_statuses(ledger, deployment);
        if (deployment->statuses_count > 0 && is_end(&deployment->statuses[deployment->statuses_count - 1]))
            ledger_count(ledger, DEED_TOLD_ON_GITHUB);
    }
}
