/* consent.c - people's consent to a plan, where policy requires it of one of its places: before anybody is told of it.
 * The plan in the record is what they consent to; it is not extended meanwhile. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/approvers.h"
#include "handlers/thread.h"

#include <string.h>

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct maintaining *m = ctx;
    struct facts facts = view_facts(m->view);
    struct decision lacking = { .verdict = VERDICT_ALLOW };

    facts.reason = m->body->reason;
    approvals_tell(m->view, approvals, &facts);
    for (size_t i = 0; i < m->body->targets_count; i++) {
        struct question question = maintenance_question(m->view, &m->operation->requester, m->operation->source,
                                                        m->body->targets[i], m->body->reason);
        struct decision decision = policy_decide(m->view->policy, &question, &facts, POLICY_WHOLE);

        if (decision_refuses(&decision))
            return decision;
        if (i == 0 || lacking.verdict == VERDICT_ALLOW)
            lacking = decision;
    }
    return lacking;
}

struct decision maintaining_decide(const struct maintaining *m)
{
    return decide_with(m, &m->body->approvals);
}

static const char *id(const struct maintaining *m)
{
    return m->operation->id;
}

static struct approvers approvers_of(const struct maintaining *m, const struct decision *decision)
{
    return (struct approvers){ m->view, &m->body->approvals, *decision, decide_with, m, 0 };
}

/* ---- they are asked ---- */

static void post_asked(struct maintaining *m, const char *verb)
{
    const char *asked = approvals_asked(&m->body->approvals, 0, m->view->arena);

    thread_post(
        m->view,
        (struct reply){ .text = arena_printf(m->view->arena,
                                             "*%s* %s, for maintenance of `%s`, %s: %s. `approve %s` gives it.%s%s",
                                             id(m), verb, m->body->where, maintaining_when(m), m->body->lacking, id(m),
                                             asked ? " Asked: " : "", asked ? asked : "") },
        m->out);
}

void maintaining_await_consent(struct maintaining *m, const struct decision *decision)
{
    struct approvers approvers = approvers_of(m, decision);
    struct approvals *approvals = &m->body->approvals;
    int64_t at_ms = maintaining_steady(m, m->body->at_ms);

    m->body->lacking = approvals_lacking(decision, m->view->arena);
    approvals->since_ms = m->view->now_ms;
    approvals->until_ms = m->view->now_ms + approvals_wait_ms(decision);
    if (approvals->until_ms > at_ms)
        approvals->until_ms = at_ms;
    approvers_ask_on_call(&approvers, approvals);
    if (approvals->asked_count == 0)
        approvers_ask_others(&approvers, approvals);
    post_asked(m, "waits for consent");
    outcome_timer(m->out, "unapproved", approvals->until_ms);
    outcome_timer(m->out, "ask", m->view->now_ms + (approvals->until_ms - m->view->now_ms) / 4);
    maintaining_move(m, APPROVAL_STATE);
}

/* Who was not asked yet, and all who were, once more. */
void maintaining_on_ask_again(struct maintaining *m)
{
    struct decision decision = maintaining_decide(m);
    struct approvers approvers = approvers_of(m, &decision);

    if (!decision_waits_for_people(&decision))
        return;
    approvers_ask_others(&approvers, &m->body->approvals);
    m->body->lacking = approvals_lacking(&decision, m->view->arena);
    post_asked(m, "still waits for consent");
    maintaining_move(m, NULL);
}

/* ---- they answer ---- */

static void refuse(struct maintaining *m, const char *why)
{
    thread_post(
        m->view,
        (struct reply){ .text = arena_printf(m->view->arena, "%s: *%s* is not planned: %s.",
                                             principal_mention(&m->operation->requester, m->view->arena), id(m), why) },
        m->out);
    m->page = NULL; /* nobody was told of it */
    maintaining_end(m, "refused",
                    arena_printf(m->view->arena, "The maintenance of %s was not planned: %s", m->body->where, why));
}

/* False: it cannot be planned any more, and has ended. */
static bool go_on(struct maintaining *m)
{
    const struct operation *other = maintenance_overlapping(m->view, m->body, id(m));

    if (view_unix_ms(m->view) >= m->body->at_ms) {
        refuse(m, "its time has come");
    } else if (other) {
        refuse(m, arena_printf(m->view->arena, "it would overlap with %s", other->id));
    } else {
        m->body->approvals.used_at_ms = m->view->now_ms;
        m->body->lacking = NULL;
        outcome_cancel_timer(m->out, "unapproved");
        outcome_cancel_timer(m->out, "ask");
        maintaining_begin(m);
        return true;
    }
    return false;
}

static void reply_gone_on(struct maintaining *m, bool has, const char *how)
{
    if (has)
        outcome_reply(m->out, "*%s* %s, and is planned: all are told.", id(m), how);
    else
        outcome_reply(m->out, "*%s* %s, and has ended all the same: %s.", id(m), how, m->body->summary);
}

static void take(struct maintaining *m, const struct approvals *given)
{
    struct decision decision;

    m->body->approvals = *given;
    maintaining_note(m, "approved", "approved it", m->event->request);
    decision = maintaining_decide(m);
    if (decision.verdict == VERDICT_ALLOW) {
        reply_gone_on(m, go_on(m), "is approved");
    } else if (!decision_waits_for_people(&decision)) {
        refuse(m, arena_strdup(m->view->arena, decision.reason));
        reply_gone_on(m, false, "has your consent");
    } else {
        m->body->lacking = approvals_lacking(&decision, m->view->arena);
        maintaining_move(m, NULL);
        outcome_reply(m->out, "*%s* has your consent. It still waits: %s.", id(m), m->body->lacking);
    }
}

void maintaining_on_approve(struct maintaining *m)
{
    struct decision decision = maintaining_decide(m);
    struct approvers approvers = approvers_of(m, &decision);
    struct approvals given;

    if (!maintaining_is_in(m, APPROVAL_STATE))
        outcome_refuse(m->out, "*%s* waits for nobody's consent. Nothing was done.", id(m));
    else if (decision.verdict == VERDICT_ALLOW) /* a reload took the requirement away */
        reply_gone_on(m, go_on(m), "needs nobody's consent any more");
    else if (decision.verdict == VERDICT_DENY)
        outcome_refuse(m->out, "Consent does not help *%s* now: %s. Nothing was done; it still waits.", id(m),
                       decision.reason);
    else if (approvers_take(&approvers, m->operation, m->event->request, &given))
        take(m, &given);
    else if (approvals_has_given(m->view, &m->body->approvals, &m->event->request->principal))
        outcome_reply(m->out, "*%s* has your consent already. It still waits: %s.", id(m), m->body->lacking);
    else
        outcome_refuse(
            m->out,
            "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever asked for "
            "it. Nothing was done.",
            id(m), m->body->lacking);
}

void maintaining_on_unapproved(struct maintaining *m)
{
    if (maintaining_decide(m).verdict == VERDICT_ALLOW)
        go_on(m);
    else
        refuse(m, arena_printf(m->view->arena, "nobody gave what it waited for within %s: %s",
                               duration_about(m->body->approvals.until_ms - m->body->approvals.since_ms).text,
                               m->body->lacking));
}
