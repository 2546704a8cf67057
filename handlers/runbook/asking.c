/* asking.c - what a run asks policy: wholly before it begins, and once more before each step that changes something. */
#include "handlers/runbook/running.h"

#include "bot/model/settings.h"
#include "handlers/hold/hold.h"
#include "handlers/runbook/plan.h"
#include "handlers/runbook/runbook.h"

#include <stdio.h>

static struct decision deny(const char *fmt, const char *name)
{
    struct decision decision = { .verdict = VERDICT_DENY };

    snprintf(decision.reason, sizeof(decision.reason), fmt, name);
    return decision;
}

struct decision run_ask_policy(const struct view *view, const struct operation *operation,
                               const struct runbook_body *body, enum policy_stage stage)
{
    struct facts facts = view_facts(view);
    const struct operation *hold;
    struct decision decision;
    struct question question;

    if (!settings_find_runbook(view->settings, body->runbook))
        return deny("the runbook %.60s is in no configuration any more", body->runbook);
    if (!run_question(view, &operation->requester, operation->source, operation->target, body->runbook, &question))
        return deny("%.130s is in no configuration any more", operation->target);
    if (body->is_failover)
        run_ask_as_failover(&question);
    question.operation = operation->id;
    facts.reason = question.reason = body->reason;
    approvals_tell(view, &body->approvals, &facts);
    decision = policy_decide(view->policy, &question, &facts, stage);
    hold = hold_find(view, question.database ? question.database : question.service, question.environment,
                     question.verb, &operation->requester);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

const char *run_denial(const struct decision *decision, struct arena *arena)
{
    return arena_printf(arena, "%s%s%s%s", decision->reason, decision->rule ? " (" : "",
                        decision->rule ? decision->rule : "", decision->rule ? ")" : "");
}

/* A check changes nothing, whatever holds. */
bool run_may_increase(const struct view *view, const struct operation *operation, const void *value,
                      const struct effect *effect, struct error *err)
{
    const struct runbook_body *body = value;
    struct decision decision;

    (void)effect;
    if (body->stopping)
        return error_set(err, ERR_CONFLICT, "%s", body->stopping);
    if (body->steps[body->at].kind == RUN_CHECK)
        return true;
    decision = run_ask_policy(view, operation, body, POLICY_INCREASE);
    return decision.verdict == VERDICT_ALLOW || error_set(err, ERR_DENIED, "%s", run_denial(&decision, view->arena));
}
