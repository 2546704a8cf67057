/* consent.c - a run that policy allows if people consent to it: it waits for them with its plan, which changes no more.
 */
#include "handlers/runbook/running.h"

#include "bot/model/settings.h"
#include "handlers/approvers.h"
#include "handlers/group/group.h"
#include "handlers/thread.h"

#include <string.h>

/* Who is not on call is asked then, or after a quarter of the time that there is. */
#define REST_AFTER_MS (10 * MINUTE_MS)

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct running *r = ctx;
    struct runbook_body body = *r->body;

    body.approvals = *approvals;
    return run_ask_policy(r->view, r->operation, &body, POLICY_WHOLE);
}

static struct approvers approvers_of(const struct running *r, const struct decision *decision)
{
    return (struct approvers){ r->view, &r->body->approvals, *decision, decide_with, r, 0 };
}

/* ---- it waits ---- */

static void ask(struct running *r, const struct decision *decision, bool is_first)
{
    struct approvers approvers = approvers_of(r, decision);
    struct approvals *approvals = &r->body->approvals;
    size_t before = is_first ? 0 : approvals->asked_count;
    struct reply reply = { .text = arena_printf(r->view->arena, "*%s* %s for consent: %s (%s). `approve %s` gives it.",
                                                r->operation->id, is_first ? "waits" : "still waits", r->body->lacking,
                                                decision->rule ? decision->rule : "policy", r->operation->id) };
    const char *asked;

    if (is_first)
        approvers_ask_on_call(&approvers, approvals);
    if (!is_first || approvals->asked_count == 0)
        approvers_ask_others(&approvers, approvals);
    asked = approvals_asked(approvals, approvals->asked_count > before ? before : 0, r->view->arena);
    if (asked)
        *ARENA_PUSH(r->view->arena, reply.lines, reply.lines_count) = arena_printf(r->view->arena, "Asked: %s", asked);
    thread_post(r->view, reply, r->out);
    approvals->rounds++;
}

void run_await_consent(struct running *r, const struct decision *decision)
{
    struct approvals *approvals = &r->body->approvals;
    int64_t wait_ms = approvals_wait_ms(decision);

    run_break_glass(r, decision);
    approvals->since_ms = r->view->now_ms;
    approvals->until_ms = r->view->now_ms + wait_ms;
    r->body->lacking = approvals_lacking(decision, r->view->arena);
    outcome_timer(r->out, "unapproved", approvals->until_ms);
    outcome_timer(r->out, "ask", r->view->now_ms + (wait_ms / 4 < REST_AFTER_MS ? wait_ms / 4 : REST_AFTER_MS));
    ask(r, decision, true);
    group_tell_waiting(r->operation, true, r->out);
    run_tell_waits(r);
    run_note(r, "awaits_consent", NULL);
    run_move(r, APPROVAL_STATE);
}

static void stop_waiting(struct running *r)
{
    outcome_cancel_timer(r->out, "unapproved");
    outcome_cancel_timer(r->out, "ask");
    group_tell_waiting(r->operation, false, r->out);
}

static void go_on(struct running *r, const struct decision *decision)
{
    run_break_glass(r, decision);
    r->body->approvals.used_at_ms = r->view->now_ms;
    r->body->lacking = NULL;
    stop_waiting(r);
    run_start(r);
}

void run_on_ask_again(struct running *r)
{
    struct approvals *approvals = &r->body->approvals;
    struct decision decision = run_ask_policy(r->view, r->operation, r->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW) {
        go_on(r, &decision);
        return;
    }
    if (decision_waits_for_people(&decision)) {
        r->body->lacking = approvals_lacking(&decision, r->view->arena);
        ask(r, &decision, false);
    }
    if (approvals->rounds < 3)
        outcome_timer(r->out, "ask", r->view->now_ms + (approvals->until_ms - r->view->now_ms) / 2);
    run_keep(r);
}

void run_on_unapproved(struct running *r)
{
    struct decision decision = run_ask_policy(r->view, r->operation, r->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW) {
        go_on(r, &decision);
        return;
    }
    stop_waiting(r);
    run_end(r, "refused", "nobody gave what it waited for within %s: %s",
            duration_about(r->body->approvals.until_ms - r->body->approvals.since_ms).text,
            r->body->lacking ? r->body->lacking : "nothing");
}

/* ---- they answer ---- */

/* What the requester says through a second door is no approval, and one that does not count is none. */
static bool counts(struct running *r, const struct decision *decision)
{
    const struct request *request = r->event->request;
    struct approvals with = approvals_with(r->view, &r->body->approvals, &request->principal);
    struct decision then = decide_with(r, &with);

    if (approvals_counted(&then) <= approvals_counted(decision)) {
        if (!policy_is_same_person(r->view->policy, NULL, &request->principal, &r->operation->requester) ||
            r->body->approvals.confirmed_through || strcmp(request->source, r->operation->source) == 0)
            return false;
        with = r->body->approvals;
        with.confirmed_through = request->source;
        then = decide_with(r, &with);
        if (approvals_counted(&then) <= approvals_counted(decision))
            return false;
    }
    r->body->approvals = with;
    return true;
}

static void take(struct running *r)
{
    struct decision decision = run_ask_policy(r->view, r->operation, r->body, POLICY_WHOLE);

    run_note(r, "approved", r->event->request);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on(r, &decision);
        if (r->out->result)
            outcome_reply(r->out, "*%s* is approved, and has ended: %s", r->operation->id, r->out->summary);
        else
            outcome_reply(r->out, "*%s* is approved, and begins.", r->operation->id);
        return;
    }
    if (decision_waits_for_people(&decision)) {
        r->body->lacking = approvals_lacking(&decision, r->view->arena);
        run_keep(r);
        outcome_reply(r->out, "*%s* has your consent. It still waits: %s.", r->operation->id, r->body->lacking);
        return;
    }
    stop_waiting(r);
    run_refuse(r, &decision);
    outcome_reply(r->out, "*%s* has your consent, and is refused all the same: %s.", r->operation->id, decision.reason);
}

void run_on_approve(struct running *r)
{
    struct decision decision;

    if (!run_is_in(r, APPROVAL_STATE)) {
        outcome_refuse(r->out, "*%s* waits for nobody's consent. Nothing was done.", r->operation->id);
        return;
    }
    decision = run_ask_policy(r->view, r->operation, r->body, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on(r, &decision);
        outcome_reply(r->out, "*%s* needs nobody's consent any more, and begins.", r->operation->id);
    } else if (decision.verdict == VERDICT_DENY) {
        outcome_refuse(r->out, "Consent does not help *%s* now: %s. Nothing was done; it still waits.",
                       r->operation->id, run_denial(&decision, r->view->arena));
    } else if (counts(r, &decision)) {
        take(r);
    } else if (approvals_has_given(r->view, &r->body->approvals, &r->event->request->principal)) {
        outcome_reply(r->out, "*%s* has your consent already. It still waits: %s.", r->operation->id, r->body->lacking);
    } else {
        outcome_refuse(r->out,
                       "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever asked "
                       "for it. Nothing was done.",
                       r->operation->id, r->body->lacking);
    }
}
