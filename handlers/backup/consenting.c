/* consenting.c - what it asks policy, what else holds it, and the people that policy wants to hear first. */
#include "handlers/backup/working.h"

#include "handlers/approvers.h"
#include "handlers/hold/hold.h"
#include "handlers/thread.h"

#include "bot/model/card.h"

#include <stdio.h>

/* Since a reload its name may mean another instance, or fall under other rules: nobody typed it for that. */
static bool is_as_asked(const struct view *view, const struct backup_plan *plan)
{
    const struct database_settings *database = settings_find_database(view->settings, plan->database);
    struct database_place place;

    if (!database || !database->cloud_sql)
        return false;
    place = database_place_of(database);
    return text_equal_or_none(place.project, plan->place.project) &&
           text_equal_or_none(place.instance, plan->place.instance) &&
           text_equal_or_none(database->environment, plan->environment) &&
           (!plan->trial || (database->backups && text_equal_or_none(database->backups->restore_into, plan->trial)));
}

/* A backup and an export change nothing, whatever holds. */
static const struct operation *find_hold(const struct view *view, const struct operation *operation,
                                         const struct backup_plan *plan)
{
    return backup_overwrites(plan) || plan->is_trial_alone
               ? hold_find(view, plan->database, plan->environment, backup_verb(plan), &operation->requester)
               : NULL;
}

struct decision backup_ask_policy(const struct view *view, const struct operation *operation,
                                  const struct backup_body *body, enum policy_stage stage)
{
    struct question question = backup_question(view, &body->plan, &operation->requester, operation->source);
    struct decision decision = { .verdict = VERDICT_DENY };
    struct facts facts = view_facts(view);
    const struct operation *hold = find_hold(view, operation, &body->plan);

    if (!is_as_asked(view, &body->plan)) {
        snprintf(decision.reason, sizeof(decision.reason),
                 "`%s` has another place or environment in the configuration by now, or none: ask for it anew",
                 body->plan.database);
        return decision;
    }
    facts.reason = body->plan.reason;
    approvals_tell(view, &body->approvals, &facts);
    decision = policy_decide(view->policy, &question, &facts, stage);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

const char *backup_denial(const struct decision *decision, struct arena *arena)
{
    return arena_printf(arena, "%s%s%s%s", decision->reason, decision->rule ? " (" : "",
                        decision->rule ? decision->rule : "", decision->rule ? ")" : "");
}

bool backup_may_send(const struct view *view, const struct operation *operation, const void *body,
                     const struct effect *effect, struct error *err)
{
    struct decision decision = backup_ask_policy(view, operation, body, POLICY_INCREASE);

    (void)effect;
    return decision.verdict == VERDICT_ALLOW || error_set(err, ERR_DENIED, "%s", backup_denial(&decision, view->arena));
}

/* ---- who could give it ---- */

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct working *w = ctx;
    struct backup_body body = *w->body;

    body.approvals = *approvals;
    return backup_ask_policy(w->view, w->operation, &body, POLICY_WHOLE);
}

static struct decision decide(const struct working *w)
{
    return decide_with(w, &w->body->approvals);
}

static struct approvers approvers_of(const struct working *w, const struct decision *decision)
{
    return (struct approvers){ w->view, &w->body->approvals, *decision, decide_with, w, 0 };
}

static bool can_be_given(struct working *w, const struct decision *decision)
{
    struct approvers approvers = approvers_of(w, decision);
    struct approvers_gap gap = approvers_gap(&approvers);

    if (!approvals_lack(decision, NEED_APPROVALS) || !gap.why)
        return true;
    if (gap.stale)
        approvers_tell_stale(w->view, gap.stale, w->out);
    backup_refuse(w, "It lacks consent (%s), and nobody who could approve is known: %s", w->body->lacking, gap.why);
    return false;
}

/* ---- it waits ---- */

static void ask_people(struct working *w, const struct decision *decision)
{
    struct approvals *approvals = &w->body->approvals;
    struct approvers approvers = approvers_of(w, decision);
    struct arena *arena = w->view->arena;
    struct reply reply = { .text = arena_printf(arena, "*%s*, to %s, waits for consent: %s. `approve %s` gives it.",
                                                w->operation->id, backup_words(&w->body->plan, arena), w->body->lacking,
                                                w->operation->id) };
    const char *asked;

    approvers_ask_on_call(&approvers, approvals);
    if (approvals->asked_count == 0)
        approvers_ask_others(&approvers, approvals);
    approvals->rounds = 1;
    if (w->body->loss)
        *ARENA_PUSH(arena, reply.lines, reply.lines_count) = arena_printf(arena, "Lost by it: %s.", w->body->loss);
    asked = approvals_asked(approvals, 0, arena);
    if (asked)
        *ARENA_PUSH(arena, reply.lines, reply.lines_count) = arena_printf(arena, "Asked: %s", asked);
    thread_post(w->view, reply, w->out);
}

bool backup_await(struct working *w, const struct decision *decision)
{
    struct approvals *approvals = &w->body->approvals;

    w->body->lacking = approvals_lacking(decision, w->view->arena);
    if (!can_be_given(w, decision))
        return false;
    approvals->since_ms = w->view->now_ms;
    approvals->until_ms = w->view->now_ms + approvals_wait_ms(decision);
    w->body->looks++;
    outcome_timer(w->out, "unapproved", approvals->until_ms);
    ask_people(w, decision);
    backup_move(w, APPROVAL_STATE, 0);
    return true;
}

/* ---- they answer ---- */

static void go_on(struct working *w)
{
    w->body->approvals.used_at_ms = w->view->now_ms;
    w->body->lacking = NULL;
    outcome_cancel_timer(w->out, "unapproved");
    backup_go(w);
}

static void take(struct working *w, const struct approvals *given)
{
    struct decision decision;

    w->body->approvals = *given;
    backup_note(w, "approved", "approved it", w->event->request);
    decision = decide(w);
    if (decision.verdict == VERDICT_ALLOW) {
        go_on(w);
        outcome_reply(w->out, "*%s* is approved, and goes on: to %s.", w->operation->id,
                      backup_words(&w->body->plan, w->view->arena));
    } else if (!decision_waits_for_people(&decision)) {
        backup_refuse(w, "%s", backup_denial(&decision, w->view->arena));
        outcome_reply(w->out, "*%s* has your consent, and is refused all the same: %s.", w->operation->id,
                      decision.reason);
    } else {
        w->body->lacking = approvals_lacking(&decision, w->view->arena);
        backup_keep(w);
        outcome_reply(w->out, "*%s* has your consent. It still waits: %s.", w->operation->id, w->body->lacking);
    }
}

void backup_on_approve(struct working *w)
{
    struct decision decision = decide(w);
    struct approvers approvers = approvers_of(w, &decision);
    const char *id = w->operation->id;
    struct approvals given;

    if (!backup_is_in(w, APPROVAL_STATE)) {
        outcome_refuse(w->out, "*%s* waits for nobody's consent. Nothing was done.", id);
    } else if (decision.verdict == VERDICT_ALLOW) { /* a reload took the requirement away */
        go_on(w);
        outcome_reply(w->out, "*%s* needs nobody's consent any more, and goes on.", id);
    } else if (decision.verdict == VERDICT_DENY) {
        outcome_refuse(w->out, "Consent does not help *%s* now: %s. Nothing was done; it still waits.", id,
                       decision.reason);
    } else if (approvers_take(&approvers, w->operation, w->event->request, &given)) {
        take(w, &given);
    } else {
        outcome_refuse(w->out,
                       "Your consent does not count for *%s*: it waits for %s, and never takes that of whoever asked "
                       "for it, nor anybody's twice. Nothing was done.",
                       id, w->body->lacking ? w->body->lacking : "nothing");
    }
}

void backup_on_unapproved(struct working *w)
{
    struct decision decision = decide(w);

    if (decision.verdict == VERDICT_ALLOW)
        go_on(w);
    else
        backup_refuse(w, "Nobody gave what it waited for within %s: %s",
                      duration_about(w->body->approvals.until_ms - w->body->approvals.since_ms).text,
                      w->body->lacking ? w->body->lacking : "consent");
}
