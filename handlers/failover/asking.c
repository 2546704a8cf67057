/* asking.c - what a failover asks policy, and what else holds it: before it begins, and before the call. */
#include "handlers/failover/failing.h"
#include "handlers/hold/hold.h"

#include <stdio.h>

/* Since a reload its name may mean another machine, or fall under other rules: nobody typed it for that. */
static bool is_as_asked(const struct failover_plan *plan, const struct database_settings *database)
{
    const struct database_place place = database_place_of(database);

    return text_equal_or_none(place.project, plan->place.project) &&
           text_equal_or_none(place.instance, plan->place.instance) &&
           text_equal_or_none(place.region, plan->place.region) &&
           text_equal_or_none(place.replica, plan->place.replica) &&
           text_equal_or_none(database->environment, plan->environment);
}

struct decision failing_ask_policy(const struct view *view, const struct operation *operation,
                                   const struct failover_body *body, enum policy_stage stage)
{
    struct question question = failover_question(view, &body->plan, &operation->requester, operation->source);
    struct facts facts = view_facts(view);
    const struct database_settings *database = settings_find_database(view->settings, body->plan.database);
    struct decision decision = { .verdict = VERDICT_DENY };
    const struct operation *hold;

    if (!database || !is_as_asked(&body->plan, database)) {
        snprintf(decision.reason, sizeof(decision.reason),
                 database
                     ? "`%s` has another place, replica or environment in the configuration by now: ask for it anew"
                     : "`%s` is in no configuration any more",
                 body->plan.database);
        return decision;
    }
    facts.reason = body->plan.reason;
    approvals_tell(view, &body->approvals, &facts);
    decision = policy_decide(view->policy, &question, &facts, stage);
    hold = hold_find(view, body->plan.database, body->plan.environment, question.verb, &operation->requester);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

bool failing_may_send(const struct view *view, const struct operation *operation, const void *body,
                      const struct effect *effect, struct error *err)
{
    struct decision decision = failing_ask_policy(view, operation, body, POLICY_INCREASE);

    (void)effect;
    return decision.verdict == VERDICT_ALLOW ||
           error_set(err, ERR_DENIED, "%s%s%s%s", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "");
}
