/* asking.c - what a failover asks policy, and what else holds it: before it begins, and before the call. */
#include "handlers/failover/failing.h"
#include "handlers/hold/hold.h"
#include "handlers/operation_words.h"

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

/* All but the glass. */
static void ask(const struct view *view, const struct operation *operation, const struct failover_body *body,
                struct question *ret_question, struct facts *ret_facts)
{
    *ret_question = failover_question(view, &body->plan, &operation->requester, operation->source);
    *ret_facts = view_facts(view);
    ret_facts->reason = body->plan.reason;
    approvals_tell(view, &body->approvals, ret_facts);
}

struct decision failing_ask_policy(const struct view *view, const struct operation *operation,
                                   const struct failover_body *body, enum policy_stage stage)
{
    const struct database_settings *database = settings_find_database(view->settings, body->plan.database);
    struct decision decision = { .verdict = VERDICT_DENY };
    const struct operation *hold;
    struct question question;
    struct facts facts;

    if (!database || !is_as_asked(&body->plan, database)) {
        snprintf(decision.reason, sizeof(decision.reason),
                 database
                     ? "`%s` has another place, replica or environment in the configuration by now: ask for it anew"
                     : "`%s` is in no configuration any more",
                 body->plan.database);
        return decision;
    }
    ask(view, operation, body, &question, &facts);
    /* Once it was sent, a reason of before passes what was announced, and no more. */
    broken_tell(&body->glass, body->sends > 0 ? POLICY_INCREASE : stage, view->arena, &facts);
    decision = policy_decide(view->policy, &question, &facts, stage);
    hold = hold_find(view, body->plan.database, body->plan.environment, question.verb, &operation->requester);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

/* ---- the glass ---- */

static struct breaking breaking_of(const struct failing *f)
{
    struct breaking breaking = broken_by_requester(f->view, f->operation, &f->body->glass, "failover", f->out);

    breaking.review.database = f->body->plan.database;
    breaking.review.environment = f->body->plan.environment;
    return breaking;
}

/* NULL: nothing was passed. */
static void tell(struct failing *f, const struct principal *who, const char *what)
{
    if (what)
        f->body->acts = operation_acts_with(f->view, f->body->acts, who, what);
}

void failing_break_glass(struct failing *f, const struct decision *decision)
{
    const struct breaking breaking = breaking_of(f);
    struct question question;
    struct facts facts;

    if (!decision->broken)
        return;
    ask(f->view, f->operation, f->body, &question, &facts);
    tell(f, breaking.who, broken_pass(&breaking, &question, &facts, &f->body->glass));
}

/* ---- it was sent, and is to be sent again ---- */

static struct decision decide_with(const void *ctx, const struct broken *broken)
{
    const struct failing *f = ctx;
    struct failover_body body = *f->body;

    body.glass = *broken;
    return failing_ask_policy(f->view, f->operation, &body, POLICY_WHOLE);
}

bool failing_break_later(struct failing *f, const char *reason)
{
    const struct request *request = f->event->request;
    struct question question;
    struct facts facts;
    const char *what;

    ask(f->view, f->operation, f->body, &question, &facts);
    if (!broken_break(breaking_of(f), f->operation, request, reason,
                      broken_denies(f->view, &question, &facts, &f->body->glass, POLICY_WHOLE), decide_with, f,
                      &f->body->glass, &what))
        return false;
    tell(f, &request->principal, what);
    return true;
}

/* ---- before the call ---- */

bool failing_may_send(const struct view *view, const struct operation *operation, const void *body,
                      const struct effect *effect, struct error *err)
{
    struct decision decision = failing_ask_policy(view, operation, body, POLICY_INCREASE);

    (void)effect;
    return decision.verdict == VERDICT_ALLOW ||
           error_set(err, ERR_DENIED, "%s%s%s%s", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "");
}
