/* approving.c - a deploy that policy allows if people consent: it waits for them, pinned, before it asks for its
 * target. */
#include "handlers/deploy/deploying.h"

#include "bot/model/delivery.h"
#include "bot/model/exchange.h"

#include <string.h>

/* ---- it waits ---- */

static void ask_people(struct deploying *d, const struct decision *decision)
{
    const struct channels_settings *channels = &d->view->settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->deployments, .is_in_thread = true };

    if (!delivery.channel)
        return;
    delivery.reply.text = arena_printf(d->view->arena, "*%s* waits for consent: %s (%s). `approve %s` gives it.",
                                       d->operation->id, approvals_lacking(decision, d->view->arena),
                                       decision->rule ? decision->rule : "policy", d->operation->id);
    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_MESSAGE,
                               .lane = arena_printf(d->view->arena, "slack:%s", delivery.channel),
                               .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                           });
}

void deploy_await_approval(struct deploying *d, const struct decision *decision)
{
    int64_t wait_ms = approvals_wait_ms(decision);

    d->body->approvals.since_ms = d->view->now_ms;
    d->body->approvals.until_ms = d->view->now_ms + wait_ms;
    d->body->approvals.used_at_ms = 0; /* they were enough once, and are not any more: so they age again */
    d->body->lacking = approvals_lacking(decision, d->view->arena);
    d->body->looks++;
    deploy_move(d, "awaiting-approval", DEPLOY_NO_DEADLINE_MS);
    outcome_timer(d->out, "unapproved", d->body->approvals.until_ms);
    ask_people(d, decision);
}

/* Somebody's role, a window or an incident may have changed meanwhile: then it is as if it had just been pinned. */
static void go_on_or_wait(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW || decision_waits_for_people(&decision))
        deploy_announce_glass(d, &decision);
    if (decision.verdict == VERDICT_ALLOW) {
        d->body->approvals.used_at_ms = d->view->now_ms;
        d->body->lacking = NULL;
        outcome_cancel_timer(d->out, "unapproved");
        deploy_queue(d);
        outcome_reply(d->out, "*%s* is approved, and begins.", d->operation->id);
    } else if (decision_waits_for_people(&decision)) {
        d->body->lacking = approvals_lacking(&decision, d->view->arena);
        deploy_keep(d);
        outcome_reply(d->out, "*%s* has your consent. It still waits: %s.", d->operation->id, d->body->lacking);
    } else {
        outcome_cancel_timer(d->out, "unapproved");
        deploy_refuse(d, &decision);
        outcome_reply(d->out, "*%s* has your consent, and is refused all the same: %s.", d->operation->id,
                      decision.reason);
    }
}

/* ---- they answer ---- */

static void add_approval(struct deploying *d, const struct request *request)
{
    struct approvals *approvals = &d->body->approvals;
    struct approval *given = NULL;
    size_t count = 0;

    for (size_t i = 0; i < approvals->given_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(d->view->arena, given, count) = approvals->given[i];
    *ARENA_PUSH(d->view->arena, given, count) = (struct approval){ request->principal, d->view->now_ms };
    approvals->given = given;
    approvals->given_count = count;
}

static bool has_given(const struct deploying *d, const struct principal *who)
{
    const struct approvals *approvals = &d->body->approvals;

    for (size_t i = 0; i < approvals->given_count; i++)
        if (policy_is_same_person(d->view->policy, d->view->members, &approvals->given[i].by, who))
            return true;
    return false;
}

/* What the requester says through a second door is no approval, and one that does not count is none. */
static bool counts(struct deploying *d, const struct request *request)
{
    struct approvals before = d->body->approvals;
    struct decision then = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE), now;

    add_approval(d, request);
    now = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);
    if (approvals_counted(&now) > approvals_counted(&then))
        return true;
    d->body->approvals = before;
    if (!policy_is_same_person(d->view->policy, NULL, &request->principal, &d->operation->requester) ||
        before.confirmed_through || strcmp(request->source, d->operation->source) == 0)
        return false;
    d->body->approvals.confirmed_through = request->source;
    now = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);
    if (approvals_counted(&now) > approvals_counted(&then))
        return true;
    d->body->approvals = before;
    return false;
}

/* Something else is in the way: whose consent would count is not even asked. */
static bool is_in_vain(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (decision.verdict != VERDICT_DENY)
        return false;
    outcome_refuse(d->out, "Consent does not help *%s* now: %s%s%s%s. Nothing was done; it still waits.",
                   d->operation->id, decision.reason, decision.rule ? " (" : "", decision.rule ? decision.rule : "",
                   decision.rule ? ")" : "");
    if (decision.turn[0])
        outcome_reply_line(d->out, "%s", decision.turn);
    return true;
}

void deploy_on_approve(struct deploying *d)
{
    const struct request *request = d->event->request;

    if (!deploy_is_in(d, "awaiting-approval")) {
        outcome_refuse(d->out, "*%s* waits for nobody's consent. Nothing was done.", d->operation->id);
        return;
    }
    if (is_in_vain(d))
        return;
    if (has_given(d, &request->principal)) {
        outcome_reply(d->out, "*%s* has your consent already. It still waits: %s.", d->operation->id,
                      d->body->lacking ? d->body->lacking : "nothing");
        return;
    }
    if (!counts(d, request)) {
        outcome_refuse(d->out,
                       "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever "
                       "asked for it. Nothing was done.",
                       d->operation->id, d->body->lacking ? d->body->lacking : "nothing");
        return;
    }
    deploy_note(d, "approved", "approved it", request, NULL);
    go_on_or_wait(d);
}

void deploy_on_unapproved(struct deploying *d)
{
    if (!deploy_is_in(d, "awaiting-approval"))
        return;
    deploy_end_refused(d, "nobody gave what it waited for within %s: %s",
                       duration_about(d->body->approvals.until_ms - d->body->approvals.since_ms).text,
                       d->body->lacking ? d->body->lacking : "nothing");
}
