/* by_runbook.c - a database that neither Cloud SQL nor Memorystore has: a runbook fails it over, as a run of its own
 * machine. What it would do is told at once: nothing is read for that. */
#include "handlers/failover/arguments.h"
#include "handlers/failover/preflight.h"

#include "handlers/approval.h"

static void tell(const struct view *view, const struct question *question, const struct failover_arguments *given,
                 struct outcome *out)
{
    const struct failover_plan *plan = &given->plans[0];
    const char *needed_by = preflight_needed_by(plan, view->arena), *incidents = preflight_incidents(plan, view->arena);

    outcome_reply(out, "*%s*: the runbook `%s` fails it over, step by step. What may be lost is not known here.",
                  plan->database, plan->runbook);
    runbook_tell_steps(view, given->run, out);
    outcome_reply_line(out, "Objectives: %s.", preflight_objectives(plan, view->arena));
    outcome_reply_line(out, "Needed by: %s.", needed_by ? needed_by : "no service says so (`needs`)");
    if (incidents)
        outcome_reply_line(out, "Open incident: %s.", incidents);
    outcome_reply_line(out, "Nothing was done. To do it: `%s`", failover_line(plan, "", view->arena));
    approvals_tell_policy(view, question, out);
}

void failover_by_runbook(const struct view *view, const struct request *request, const struct question *question,
                         const struct failover_arguments *given, struct outcome *out)
{
    if (given->is_confirmed)
        runbook_begin_failover(view, request, question, given->run, out);
    else
        tell(view, question, given, out);
}
