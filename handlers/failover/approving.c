/* approving.c - people's consent to a failover: to its database, its way, and what is accepted to be lost, as the
 * record has it. */
#include "handlers/failover/failing.h"

#include "handlers/approvers.h"
#include "handlers/thread.h"

#include <string.h>

/* ---- whose counts ---- */

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct failing *f = ctx;
    struct failover_body body = *f->body;

    body.approvals = *approvals;
    return failing_ask_policy(f->view, f->operation, &body, POLICY_WHOLE);
}

static struct decision decide(const struct failing *f)
{
    return decide_with(f, &f->body->approvals);
}

/* ---- they are asked ---- */

static struct approvers approvers_of(const struct failing *f, const struct decision *decision)
{
    return (struct approvers){ f->view, &f->body->approvals, *decision, decide_with, f, 0 };
}

static void post_asked(struct failing *f, size_t first, const char *verb)
{
    const char *asked = approvals_asked(&f->body->approvals, first, f->view->arena);
    const char *accepted = preflight_accepted(f->body->method, &f->body->plan, f->view->arena);
    struct reply reply = { .text = arena_printf(f->view->arena, "*%s* %s: %s. `approve %s` gives it.", f->operation->id,
                                                verb, f->body->lacking, f->operation->id) };

    *ARENA_PUSH(f->view->arena, reply.lines, reply.lines_count) =
        arena_printf(f->view->arena, "Data that may be lost: %s%s%s.", f->body->loss ? f->body->loss : "not known",
                     accepted ? "; accepted: " : "", accepted ? accepted : "");
    if (asked)
        *ARENA_PUSH(f->view->arena, reply.lines, reply.lines_count) = arena_printf(f->view->arena, "Asked: %s", asked);
    thread_post(f->view, reply, f->out);
}

static void ask_first(struct failing *f, const struct decision *decision)
{
    struct approvers approvers = approvers_of(f, decision);
    struct approvals *approvals = &f->body->approvals;

    approvers_ask_on_call(&approvers, approvals);
    if (approvals->asked_count == 0)
        approvers_ask_others(&approvers, approvals);
    approvals->rounds = 1;
    post_asked(f, 0, "waits for consent");
    outcome_timer(f->out, "ask", f->view->now_ms + (approvals->until_ms - f->view->now_ms) / 4);
}

/* False: nobody is known who could give it, and the failover has ended. */
static bool can_be_given(struct failing *f, const struct decision *decision)
{
    struct approvers approvers = approvers_of(f, decision);
    struct approvers_gap gap = approvers_gap(&approvers);

    if (!approvals_lack(decision, NEED_APPROVALS) || !gap.why)
        return true;
    if (gap.stale)
        approvers_tell_stale(f->view, gap.stale, f->out);
    failing_refuse(f, "It lacks consent (%s), and nobody who could approve is known: %s", f->body->lacking, gap.why);
    return false;
}

bool failing_await(struct failing *f, const struct decision *decision)
{
    struct approvals *approvals = &f->body->approvals;

    f->body->lacking = approvals_lacking(decision, f->view->arena);
    if (!can_be_given(f, decision))
        return false;
    failing_break_glass(f, decision);
    approvals->since_ms = f->view->now_ms;
    approvals->until_ms = f->view->now_ms + approvals_wait_ms(decision);
    f->body->looks++;
    outcome_timer(f->out, "unapproved", approvals->until_ms);
    ask_first(f, decision);
    failing_move(f, APPROVAL_STATE, 0);
    return true;
}

/* Who was not asked yet, and all who were, once more. */
void failing_on_ask_again(struct failing *f)
{
    struct decision decision = decide(f);
    struct approvers approvers = approvers_of(f, &decision);

    if (decision_waits_for_people(&decision)) {
        approvers_ask_others(&approvers, &f->body->approvals);
        f->body->approvals.rounds++;
        f->body->lacking = approvals_lacking(&decision, f->view->arena);
        post_asked(f, 0, "still waits");
    }
    failing_keep(f);
}

/* ---- they answer ---- */

static void go_on(struct failing *f, const struct decision *decision)
{
    failing_break_glass(f, decision);
    f->body->approvals.used_at_ms = f->view->now_ms;
    f->body->lacking = NULL;
    outcome_cancel_timer(f->out, "unapproved");
    outcome_cancel_timer(f->out, "ask");
    failing_queue(f);
}

static void take(struct failing *f, const struct approvals *given)
{
    const char *id = f->operation->id;
    struct decision decision;

    f->body->approvals = *given;
    failing_note(f, "approved", "approved it", f->event->request);
    decision = decide(f);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on(f, &decision);
        outcome_reply(f->out, "*%s* is approved: `%s` is read once more, and failed over.", id, f->body->plan.database);
        return;
    }
    if (!decision_waits_for_people(&decision)) {
        failing_refuse(f, "%s%s%s%s", decision.reason, decision.rule ? " (" : "", decision.rule ? decision.rule : "",
                       decision.rule ? ")" : "");
        outcome_reply(f->out, "*%s* has your consent, and is refused all the same: %s.", id, decision.reason);
        return;
    }
    f->body->lacking = approvals_lacking(&decision, f->view->arena);
    failing_keep(f);
    outcome_reply(f->out, "*%s* has your consent. It still waits: %s.", id, f->body->lacking);
}

void failing_on_approve(struct failing *f)
{
    struct decision decision = decide(f);
    struct approvers approvers = approvers_of(f, &decision);
    const char *id = f->operation->id;
    struct approvals given;

    if (!failing_is_in(f, APPROVAL_STATE)) {
        outcome_refuse(f->out, "*%s* waits for nobody's consent. Nothing was done.", id);
    } else if (decision.verdict == VERDICT_ALLOW) { /* a reload took the requirement away */
        go_on(f, &decision);
        outcome_reply(f->out, "*%s* needs nobody's consent any more, and goes on.", id);
    } else if (decision.verdict == VERDICT_DENY) {
        outcome_refuse(f->out, "Consent does not help *%s* now: %s. Nothing was done; it still waits.", id,
                       decision.reason);
    } else if (approvers_take(&approvers, f->operation, f->event->request, &given)) {
        take(f, &given);
    } else if (approvals_has_given(f->view, &f->body->approvals, &f->event->request->principal)) {
        outcome_reply(f->out, "*%s* has your consent already. It still waits: %s.", id,
                      f->body->lacking ? f->body->lacking : "nothing");
    } else {
        outcome_refuse(
            f->out,
            "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever asked for "
            "it. Nothing was done.",
            id, f->body->lacking ? f->body->lacking : "nothing");
    }
}

void failing_on_unapproved(struct failing *f)
{
    struct decision decision = decide(f);

    if (decision.verdict == VERDICT_ALLOW)
        go_on(f, &decision);
    else
        failing_refuse(f, "Nobody gave what it waited for within %s: %s",
                       duration_about(f->body->approvals.until_ms - f->body->approvals.since_ms).text,
                       f->body->lacking ? f->body->lacking : "nothing");
}
