/* consenting.c - what a `scale` or a `traffic` asks policy, and the people that policy wants to hear first. */
#include "handlers/adjust/adjusting.h"

#include "handlers/approvers.h"
#include "handlers/hold/hold.h"
#include "handlers/thread.h"

#include "bot/model/settings.h"

#include <stdio.h>
#include <string.h>

/* All but the glass. False: a reload took its place away. */
static bool ask(const struct view *view, const struct operation *operation, const struct adjust_body *body,
                struct question *ret_question, struct facts *ret_facts)
{
    const struct service_settings *service = settings_find_service(view->settings, body->service);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, body->environment) : NULL;
    struct label_list labels;

    if (!environment)
        return false;
    labels = settings_labels(service, environment, view->arena);
    *ret_question = (struct question){
        .principal = operation->requester,
        .verb = body->verb,
        .service = body->service,
        .environment = body->environment,
        .source = operation->source,
        .labels = labels.labels,
        .labels_count = labels.labels_count,
    };
    *ret_facts = view_facts(view);
    ret_facts->reason = body->reason;
    approvals_tell(view, &body->approvals, ret_facts);
    return true;
}

struct decision adjust_ask_policy(const struct view *view, const struct operation *operation,
                                  const struct adjust_body *body, enum policy_stage stage)
{
    struct decision decision = { .verdict = VERDICT_DENY };
    const struct operation *hold;
    struct question question;
    struct facts facts;

    if (!ask(view, operation, body, &question, &facts)) {
        snprintf(decision.reason, sizeof(decision.reason), "%s in %s is in no configuration any more", body->service,
                 body->environment);
        return decision;
    }
    broken_tell(&body->glass, stage, view->arena, &facts);
    decision = policy_decide(view->policy, &question, &facts, stage);
    hold = adjust_way_of(body)->find_hold(view, body, &operation->requester);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

void adjust_break_glass(struct adjusting *a, const struct decision *decision)
{
    struct breaking breaking = broken_by_requester(a->view, a->operation, &a->body->glass, a->body->verb, a->out);
    struct question question;
    struct facts facts;

    if (!decision->broken || !ask(a->view, a->operation, a->body, &question, &facts))
        return;
    breaking.review.service = a->body->service;
    breaking.review.environment = a->body->environment;
    broken_pass(&breaking, &question, &facts, &a->body->glass);
}

/* ---- who could give it ---- */

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct adjusting *a = ctx;
    struct adjust_body body = *a->body;

    body.approvals = *approvals;
    return adjust_ask_policy(a->view, a->operation, &body, POLICY_WHOLE);
}

static struct approvers approvers_of(const struct adjusting *a, const struct decision *decision)
{
    return (struct approvers){ a->view, &a->body->approvals, *decision, decide_with, a, 0 };
}

bool adjust_can_be_approved(struct adjusting *a, const struct decision *decision)
{
    struct approvers approvers = approvers_of(a, decision);
    struct approvers_gap gap = approvers_gap(&approvers);

    if (!gap.why)
        return true;
    adjust_refuse(a, "it lacks consent (%s, %s), and nobody who could approve is known: %s",
                  approvals_lacking(decision, a->view->arena), decision->rule ? decision->rule : "policy", gap.why);
    return false;
}

/* ---- it waits ---- */

static void ask_people(struct adjusting *a, const struct decision *decision)
{
    struct approvers approvers = approvers_of(a, decision);
    struct arena *arena = a->view->arena;
    struct reply reply = { .text = arena_printf(arena, "*%s* waits for consent: %s (%s). `approve %s` gives it.",
                                                a->operation->id, a->body->lacking,
                                                decision->rule ? decision->rule : "policy", a->operation->id) };
    const char *asked;

    approvers_ask_on_call(&approvers, &a->body->approvals);
    if (a->body->approvals.asked_count == 0)
        approvers_ask_others(&approvers, &a->body->approvals);
    *ARENA_PUSH(arena, reply.lines, reply.lines_count) =
        arena_printf(arena, "%s: %s", a->operation->target, a->body->becomes);
    asked = approvals_asked(&a->body->approvals, 0, arena);
    if (asked)
        *ARENA_PUSH(arena, reply.lines, reply.lines_count) = arena_printf(arena, "Asked: %s", asked);
    a->body->approvals.rounds = 1;
    thread_post(a->view, reply, a->out);
}

void adjust_await_approval(struct adjusting *a, const struct decision *decision)
{
    cJSON *body = json_object();

    a->body->approvals.since_ms = a->view->now_ms;
    a->body->approvals.until_ms = a->view->now_ms + approvals_wait_ms(decision);
    a->body->lacking = approvals_lacking(decision, a->view->arena);
    outcome_timer(a->out, "unapproved", a->body->approvals.until_ms);
    ask_people(a, decision);
    json_set_string(body, "why", a->body->lacking);
    json_set_string(body, "rule", decision->rule);
    json_set_string(body, "becomes", a->body->becomes);
    outcome_journal(a->out, arena_printf(a->view->arena, "%s.awaits_consent", a->body->verb), body, NULL);
    adjust_move(a, APPROVAL_STATE, 0);
}

/* ---- they answer ---- */

/* Also what the requester says through a second door. */
static bool counts(struct adjusting *a, const struct decision *decision)
{
    const struct request *request = a->event->request;
    struct approvals with = approvals_with(a->view, &a->body->approvals, &request->principal);
    struct decision then = decide_with(a, &with);

    if (approvals_counted(&then) <= approvals_counted(decision)) {
        if (!policy_is_same_person(a->view->policy, NULL, &request->principal, &a->operation->requester) ||
            a->body->approvals.confirmed_through || strcmp(request->source, a->operation->source) == 0)
            return false;
        with = a->body->approvals;
        with.confirmed_through = request->source;
        then = decide_with(a, &with);
        if (approvals_counted(&then) <= approvals_counted(decision))
            return false;
    }
    a->body->approvals = with;
    return true;
}

static void go_on(struct adjusting *a, const struct decision *decision)
{
    adjust_break_glass(a, decision);
    a->body->approvals.used_at_ms = a->view->now_ms;
    a->body->lacking = NULL;
    outcome_cancel_timer(a->out, "unapproved");
    adjust_change(a);
}

static void journal_given(struct adjusting *a)
{
    outcome_journal(a->out, arena_printf(a->view->arena, "%s.approved", a->body->verb), json_object(),
                    principal_personal(&a->event->request->principal));
}

void adjust_on_approve(struct adjusting *a)
{
    struct decision decision;

    if (strcmp(a->operation->state, APPROVAL_STATE) != 0) {
        outcome_refuse(a->out, "*%s* waits for nobody's consent. Nothing was done.", a->operation->id);
        return;
    }
    decision = adjust_ask_policy(a->view, a->operation, a->body, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on(a, &decision);
        outcome_reply(a->out, "*%s* needs nobody's consent any more, and goes on.", a->operation->id);
    } else if (decision.verdict == VERDICT_DENY) {
        outcome_refuse(a->out, "Consent does not help *%s* now: %s. Nothing was done; it still waits.",
                       a->operation->id, decision.reason);
    } else if (!counts(a, &decision)) {
        outcome_refuse(a->out,
                       "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever asked "
                       "for it, nor anybody's twice. Nothing was done.",
                       a->operation->id, a->body->lacking ? a->body->lacking : "nothing");
    } else {
        journal_given(a);
        decision = adjust_ask_policy(a->view, a->operation, a->body, POLICY_WHOLE);
        if (decision.verdict == VERDICT_ALLOW) {
            go_on(a, &decision);
            outcome_reply(a->out, "*%s* is approved, and goes on: %s.", a->operation->id, a->body->becomes);
            return;
        }
        a->body->lacking = approvals_lacking(&decision, a->view->arena);
        adjust_keep(a);
        outcome_reply(a->out, "*%s* has your consent. It still waits: %s.", a->operation->id, a->body->lacking);
    }
}

void adjust_on_unapproved(struct adjusting *a)
{
    struct decision decision = adjust_ask_policy(a->view, a->operation, a->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW)
        go_on(a, &decision);
    else
        adjust_refuse(a, "nobody gave what it waited for: %s", a->body->lacking ? a->body->lacking : "consent");
}
