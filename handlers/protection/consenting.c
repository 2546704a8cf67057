/* consenting.c - what is asked of policy before a policy of Cloud Armor is changed, and people's consent. */
#include "handlers/protection/guarding.h"

#include "handlers/approvers.h"
#include "handlers/protection/range.h"
#include "handlers/thread.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Since a reload its name may mean another policy, or fall under other rules: nobody typed it for that. */
static bool is_as_asked(const struct protection_body *body, const struct protection_settings *protection)
{
    return text_equal_or_none(body->place.project, protection->project) &&
           text_equal_or_none(body->place.policy, protection->policy) &&
           text_equal_or_none(body->environment, protection->environment);
}

/* A reload may have added whom nobody may block. NULL: nothing speaks against it. */
static const char *refused_by_now(const struct view *view, const struct protection_body *body,
                                  const struct protection_settings *protection)
{
    struct network range;
    struct error ignored;

    if (strcmp(body->verb, guarding_block.verb) != 0 || !network_parse(str_of(body->range), &range, &ignored))
        return NULL;
    return range_refusal(view->settings, protection, &range, view->arena);
}

struct decision guarding_ask_policy(const struct view *view, const struct operation *operation,
                                    const struct protection_body *body, enum policy_stage stage)
{
    const struct protection_settings *protection = settings_find_protection(view->settings, body->protection);
    struct question question = guarding_question(body, &operation->requester, operation->source);
    struct facts facts = view_facts(view);
    struct decision decision = { .verdict = VERDICT_DENY };
    const char *refused;

    if (!protection || !is_as_asked(body, protection)) {
        snprintf(decision.reason, sizeof(decision.reason),
                 protection ? "`%s` is another policy or in another environment by now: ask for it anew"
                            : "`%s` is in no configuration any more",
                 body->protection);
        return decision;
    }
    refused = refused_by_now(view, body, protection);
    if (refused) {
        snprintf(decision.reason, sizeof(decision.reason), "%s", refused);
        return decision;
    }
    facts.reason = body->reason;
    approvals_tell(view, &body->approvals, &facts);
    return policy_decide(view->policy, &question, &facts, stage);
}

bool guarding_may_end(struct guarding *g)
{
    const struct request *request = g->event->request;
    const struct protection_body *asked = g->event->arguments;
    struct question question = guarding_question(g->body, &request->principal, request->source);
    struct facts facts = view_facts(g->view);
    struct decision decision;

    question.verb = guarding_unblock.verb;
    question.reason = facts.reason = asked ? asked->reason : NULL;
    decision = policy_decide(g->view->policy, &question, &facts, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW)
        return true;
    outcome_refuse(g->out, "*Denied*: %s%s%s%s. Nothing was done; it ends by itself %s.", decision.reason,
                   decision.rule ? " (" : "", decision.rule ? decision.rule : "", decision.rule ? ")" : "",
                   card_date(g->body->until_ms + g->view->shift_ms, g->view->arena));
    if (decision_waits_for_people(&decision))
        outcome_reply_line(g->out, "`unblock %s %s --confirm %" PRId64 "` asks people for their consent.",
                           g->body->protection, g->body->range, g->body->priority);
    return false;
}

bool guarding_may_change(const struct view *view, const struct operation *operation, const void *body,
                         const struct effect *effect, struct error *err)
{
    struct decision decision = guarding_ask_policy(view, operation, body, POLICY_INCREASE);

    (void)effect;
    return decision.verdict == VERDICT_ALLOW ||
           error_set(err, ERR_DENIED, "%s%s%s%s", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "");
}

/* ---- who could give it ---- */

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct guarding *g = ctx;
    struct protection_body body = *g->body;

    body.approvals = *approvals;
    return guarding_ask_policy(g->view, g->operation, &body, POLICY_WHOLE);
}

static struct approvers approvers_of(const struct guarding *g, const struct decision *decision)
{
    return (struct approvers){ g->view, &g->body->approvals, *decision, decide_with, g, 0 };
}

static void ask_people(struct guarding *g, struct approvers *approvers)
{
    struct arena *arena = g->view->arena;
    const char *asked;

    approvers_ask_on_call(approvers, &g->body->approvals);
    if (g->body->approvals.asked_count == 0)
        approvers_ask_others(approvers, &g->body->approvals);
    g->body->approvals.rounds = 1;
    asked = approvals_asked(&g->body->approvals, 0, arena);
    guarding_post(g, arena_printf(arena, "*%s* (%s) waits for consent: %s. `approve %s` gives it.%s%s",
                                  g->operation->id, g->body->becomes, g->body->lacking, g->operation->id,
                                  asked ? " Asked: " : "", asked ? asked : ""));
}

bool guarding_await_approval(struct guarding *g, const struct decision *decision)
{
    struct approvers approvers = approvers_of(g, decision);
    struct approvers_gap gap = approvers_gap(&approvers);

    g->body->lacking = approvals_lacking(decision, g->view->arena);
    if (gap.why) {
        if (gap.stale)
            approvers_tell_stale(g->view, gap.stale, g->out);
        guarding_refuse(g, "It lacks consent (%s), and nobody who could approve is known: %s", g->body->lacking,
                        gap.why);
        return false;
    }
    g->body->approvals.since_ms = g->view->now_ms;
    g->body->approvals.until_ms = g->view->now_ms + approvals_wait_ms(decision);
    outcome_timer(g->out, "unapproved", g->body->approvals.until_ms);
    ask_people(g, &approvers);
    guarding_journal(g, "awaits_consent", NULL);
    guarding_move(g, APPROVAL_STATE, 0);
    return true;
}

/* ---- they answer ---- */

static void go_on(struct guarding *g)
{
    g->body->approvals.used_at_ms = g->view->now_ms;
    g->body->lacking = NULL;
    outcome_cancel_timer(g->out, "unapproved");
    guarding_change(g);
}

static void take(struct guarding *g, const struct approvals *given)
{
    struct decision decision;

    g->body->approvals = *given;
    guarding_journal(g, "approved", g->event->request);
    decision = decide_with(g, given);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on(g);
        outcome_reply(g->out, "*%s* is approved, and goes on: %s.", g->operation->id, g->body->becomes);
        return;
    }
    g->body->lacking = approvals_lacking(&decision, g->view->arena);
    guarding_keep(g);
    outcome_reply(g->out, "*%s* has your consent. It still waits: %s.", g->operation->id, g->body->lacking);
}

void guarding_on_approve(struct guarding *g)
{
    struct decision decision = decide_with(g, &g->body->approvals);
    struct approvers approvers = approvers_of(g, &decision);
    const char *id = g->operation->id;
    struct approvals given;

    if (strcmp(g->operation->state, APPROVAL_STATE) != 0) {
        outcome_refuse(g->out, "*%s* waits for nobody's consent. Nothing was done.", id);
    } else if (decision.verdict == VERDICT_ALLOW) { /* a reload took the requirement away */
        go_on(g);
        outcome_reply(g->out, "*%s* needs nobody's consent any more, and goes on.", id);
    } else if (decision.verdict == VERDICT_DENY) {
        outcome_refuse(g->out, "Consent does not help *%s* now: %s. Nothing was done; it still waits.", id,
                       decision.reason);
    } else if (approvers_take(&approvers, g->operation, g->event->request, &given)) {
        take(g, &given);
    } else {
        outcome_refuse(g->out,
                       "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever asked "
                       "for it, nor anybody's twice. Nothing was done.",
                       id, g->body->lacking ? g->body->lacking : "nothing");
    }
}

void guarding_on_unapproved(struct guarding *g)
{
    struct decision decision = decide_with(g, &g->body->approvals);

    if (decision.verdict == VERDICT_ALLOW)
        go_on(g);
    else
        guarding_end(g, "refused", "nobody gave what it waited for: %s. Nothing was changed",
                     g->body->lacking ? g->body->lacking : "consent");
}
