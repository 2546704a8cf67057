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

/* All but the glass. False: its target is in no configuration any more. */
static bool ask(const struct view *view, const struct operation *operation, const struct runbook_body *body,
                struct question *ret_question, struct facts *ret_facts)
{
    if (!run_question(view, &operation->requester, operation->source, operation->target, body->runbook, ret_question))
        return false;
    if (body->is_failover)
        run_ask_as_failover(ret_question);
    ret_question->operation = operation->id;
    *ret_facts = view_facts(view);
    ret_facts->reason = ret_question->reason = body->reason;
    approvals_tell(view, &body->approvals, ret_facts);
    return true;
}

struct decision run_ask_policy(const struct view *view, const struct operation *operation,
                               const struct runbook_body *body, enum policy_stage stage)
{
    const struct operation *hold;
    struct decision decision;
    struct question question;
    struct facts facts;

    if (!settings_find_runbook(view->settings, body->runbook))
        return deny("the runbook %.60s is in no configuration any more", body->runbook);
    if (!ask(view, operation, body, &question, &facts))
        return deny("%.130s is in no configuration any more", operation->target);
    broken_tell(&body->glass, stage, view->arena, &facts);
    decision = policy_decide(view->policy, &question, &facts, stage);
    hold = hold_find(view, question.database ? question.database : question.service, question.environment,
                     question.verb, &operation->requester);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

/* ---- the glass ---- */

static struct breaking breaking_of(const struct running *r)
{
    struct breaking breaking = broken_by_requester(r->view, r->operation, &r->body->glass, "runbook", r->out);

    breaking.review.service = r->body->service;
    breaking.review.environment = r->body->environment;
    breaking.review.database = r->body->database;
    return breaking;
}

void run_break_glass(struct running *r, const struct decision *decision)
{
    const struct breaking breaking = breaking_of(r);
    struct question question;
    struct facts facts;

    if (decision->broken && ask(r->view, r->operation, r->body, &question, &facts))
        broken_pass(&breaking, &question, &facts, &r->body->glass);
}

/* What denies the next step, but for what was passed. */
static struct denies denies_of(const struct view *view, const struct operation *operation,
                               const struct runbook_body *body)
{
    struct question question;
    struct facts facts;

    if (!ask(view, operation, body, &question, &facts))
        return (struct denies){ NULL, 0 };
    return broken_denies(view, &question, &facts, &body->glass, POLICY_INCREASE);
}

static struct decision decide_with(const void *ctx, const struct broken *broken)
{
    const struct running *r = ctx;
    struct runbook_body body = *r->body;

    body.glass = *broken;
    return run_ask_policy(r->view, r->operation, &body, POLICY_INCREASE);
}

bool run_break_later(struct running *r, const char *reason, bool *ret_is_needless)
{
    const char *what;

    if (!broken_break(breaking_of(r), r->operation, r->event->request, reason,
                      denies_of(r->view, r->operation, r->body), decide_with, r, &r->body->glass, &what))
        return false;
    *ret_is_needless = !what;
    return true;
}

const char *run_glass_text(const struct view *view, const struct operation *operation, const struct runbook_body *body)
{
    const struct denies denies = denies_of(view, operation, body);
    const char *who = denies.count > 0 ? broken_who(view, operation, &denies) : NULL;

    return who ? arena_printf(view->arena, "it takes %s: `retry %s --break-glass TEXT`", who, operation->id) : NULL;
}

/* ---- in words ---- */

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
