/* approving.c - a deploy that policy allows if people consent: it waits for them, pinned, before it asks for its
 * target. Whom it asks, and when, is in approving_asked.c. */
#include "handlers/deploy/approving.h"

#include "handlers/deploy/queue.h"
#include "handlers/deploy/triggered.h"
#include "handlers/group/group.h"
#include "handlers/thread.h"

#include "bot/model/settings.h"

#include <string.h>

/* ---- it waits ---- */

static void journal_waiting(struct deploying *d, const struct decision *decision)
{
    cJSON *body = json_object();

    json_set_string(body, "why", d->body->lacking);
    json_set_string(body, "rule", decision->rule);
    outcome_journal(d->out, "deploy.awaits_consent", body, NULL);
}

void deploy_await_approval(struct deploying *d, const struct decision *decision)
{
    int64_t wait_ms = approvals_wait_ms(decision);

    d->body->approvals.since_ms = d->view->now_ms;
    d->body->approvals.until_ms = d->view->now_ms + wait_ms;
    d->body->approvals.used_at_ms = 0; /* they were enough once, and are not any more: so they age again */
    d->body->lacking = approvals_lacking(decision, d->view->arena);
    d->body->looks++;
    outcome_timer(d->out, "unapproved", d->body->approvals.until_ms);
    approving_ask_first(d, decision);
    journal_waiting(d, decision);
    deploy_read_change(d);
    group_tell_waiting(d->operation, true, d->out);
    deploy_move(d, APPROVAL_STATE, DEPLOY_NO_DEADLINE_MS);
}

static void stop_waiting(struct deploying *d)
{
    outcome_cancel_timer(d->out, "unapproved");
    outcome_cancel_timer(d->out, "ask");
    group_tell_waiting(d->operation, false, d->out);
}

/* ---- it goes on ---- */

/* By all that has become of the place meanwhile: a machine's goes forward, and `--now` aborts nothing for the very
 * same. */
static void go_on(struct deploying *d, const struct decision *decision)
{
    bool goes_forward;

    d->body->approvals.used_at_ms = d->view->now_ms;
    d->body->lacking = NULL;
    goes_forward = (!d->body->is_now || deploy_is_the_only_one(d)) && deploy_goes_forward(d);
    if (goes_forward && triggered_looks_again(d)) {
        d->body->lacking = "all of it is there, and GitHub is asked whether its release is as it was";
        deploy_keep(d);
    } else if (goes_forward) {
        deploy_announce_glass(d, decision);
        stop_waiting(d);
        deploy_queue(d);
    } else if (d->out->result) {
        stop_waiting(d);
    } else {
        d->body->lacking = d->body->comparing
                               ? "all of it is there, and GitHub is asked whether it goes backwards"
                               : "all of it is there, and Cloud Run is asked what serves, for it may go backwards";
    }
}

/* Somebody's role, a window or an incident may have changed meanwhile: then it is as if it had just been pinned. */
static void go_on_or_wait(struct deploying *d, const struct decision *decision)
{
    if (decision->verdict == VERDICT_ALLOW) {
        go_on(d, decision);
    } else if (decision_waits_for_people(decision) && d->view->now_ms < d->body->approvals.until_ms) {
        deploy_announce_glass(d, decision);
        d->body->approvals.used_at_ms = 0; /* while GitHub was asked they were enough; they age again */
        d->body->lacking = approvals_lacking(decision, d->view->arena);
        deploy_keep(d);
    } else {
        stop_waiting(d);
        deploy_refuse(d, decision);
    }
}

/* A reload took the requirement away; or all of it was there already, and it only waits for an answer. */
static void go_on_without(struct deploying *d, const struct decision *decision)
{
    if (!d->body->approvals.used_at_ms)
        deploy_note(d, "consent_unneeded", "needs no consent any more, and goes on", NULL, NULL);
    go_on(d, decision);
}

static bool is_asked(const struct deploying *d, const char *reading)
{
    for (size_t i = 0; i < d->out->readings_count; i++)
        if (strcmp(d->out->readings[i].name, reading) == 0)
            return true;
    return false;
}

/* What becomes of it, to whoever made it go on. */
static void reply_onward(struct deploying *d, const char *how)
{
    const char *id = d->operation->id, *behind = queue_behind(d->view, (struct queued){ d->operation, d->body });
    struct queued running;

    if (d->out->result)
        outcome_reply(d->out, "*%s* %s, and ends all the same: %s", id, how, d->out->summary);
    else if (d->body->comparing)
        outcome_reply(d->out, "*%s* %s, and begins unless it goes backwards: GitHub is asked.", id, how);
    else if (d->body->lacking && is_asked(d, "serving"))
        outcome_reply(d->out, "*%s* %s, and begins unless it goes backwards: Cloud Run is asked what serves.", id, how);
    else if (d->body->lacking)
        outcome_reply(d->out, "*%s* %s, and begins if its release is as it was: GitHub is asked.", id, how);
    else if (d->body->is_now && queue_find_aborted(d->view, d->operation, &running))
        outcome_reply(d->out, "*%s* %s, and has %s aborted for it: its traffic goes back first.", id, how,
                      queue_name(d->view, running));
    else if (behind)
        outcome_reply(d->out, "*%s* %s, and waits %s.", id, how, behind);
    else
        outcome_reply(d->out, "*%s* %s, and begins.", id, how);
}

void deploy_on_consented(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    go_on_or_wait(d, &decision);
}

void deploy_on_ask_again(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW) {
        go_on_without(d, &decision);
        return;
    }
    if (decision_waits_for_people(&decision) && d->view->settings->slack.channels.deployments)
        approving_ask_round(d, &decision);
    else
        approving_ask_later(d);
    deploy_keep(d);
}

/* ---- they answer ---- */

/* Something else is in the way: whose consent would count is not even asked. */
static void refuse_in_vain(struct deploying *d, const struct decision *decision)
{
    outcome_refuse(d->out, "Consent does not help *%s* now: %s%s%s%s. Nothing was done; it still waits.",
                   d->operation->id, decision->reason, decision->rule ? " (" : "", decision->rule ? decision->rule : "",
                   decision->rule ? ")" : "");
    if (decision->turn[0])
        outcome_reply_line(d->out, "%s", decision->turn);
}

static void refuse_consent(struct deploying *d)
{
    const char *lacking = d->body->lacking ? d->body->lacking : "nothing";

    if (triggered_by(d->view, d->body, &d->event->request->principal))
        outcome_refuse(d->out, "*%s* is the %s, which is yours: somebody else has to consent. Nothing was done.",
                       d->operation->id, d->body->trigger->what);
    else if (approvals_has_given(d->view, &d->body->approvals, &d->event->request->principal))
        outcome_reply(d->out, "*%s* has your consent already. It still waits: %s.", d->operation->id, lacking);
    else
        outcome_refuse(d->out,
                       "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever "
                       "asked for it. Nothing was done.",
                       d->operation->id, lacking);
}

/* Whoever was asked, too, need not think of it any more. */
static void tell_given(struct deploying *d)
{
    const char *names = approvals_names(&d->body->approvals, d->view->arena);

    if (d->body->approvals.rounds > 0 && !d->out->result && names)
        thread_post(d->view,
                    (struct reply){
                        .text = arena_printf(d->view->arena, "*%s*: consent given by %s.", d->operation->id, names) },
                    d->out);
}

static void take_consent(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    deploy_note(d, "approved", "approved it", d->event->request, NULL);
    go_on_or_wait(d, &decision);
    if (decision.verdict == VERDICT_ALLOW) {
        tell_given(d);
        reply_onward(d, "is approved");
    } else if (!d->out->result) {
        outcome_reply(d->out, "*%s* has your consent. It still waits: %s.", d->operation->id, d->body->lacking);
    } else {
        outcome_reply(d->out, "*%s* has your consent, and is refused all the same: %s.", d->operation->id,
                      decision.reason);
    }
}

void deploy_on_approve(struct deploying *d)
{
    struct decision decision;
    bool was_enough;

    if (!deploy_is_in(d, APPROVAL_STATE)) {
        outcome_refuse(d->out, "*%s* waits for nobody's consent. Nothing was done.", d->operation->id);
        return;
    }
    was_enough = d->body->approvals.used_at_ms != 0;
    decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on_without(d, &decision);
        reply_onward(d, was_enough ? "has all the consent it needs" : "needs nobody's consent any more");
    } else if (decision.verdict == VERDICT_DENY) {
        refuse_in_vain(d, &decision);
    } else if (approving_take(d, &decision, d->event->request)) {
        take_consent(d);
    } else {
        refuse_consent(d);
    }
}

void deploy_on_unapproved(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW)
        go_on_without(d, &decision);
    else
        deploy_end_refused(d, "nobody gave what it waited for within %s: %s",
                           duration_about(d->body->approvals.until_ms - d->body->approvals.since_ms).text,
                           d->body->lacking ? d->body->lacking : "nothing");
}
