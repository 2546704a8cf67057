/* control.c - what people ask of a running deploy, and the rollback that takes its target.
 *
 * A button carries the look of the card it was on (`looks`): pressed on an older one it does nothing, and pressed twice
 * it is done once. Pausing and aborting are taken in every state that has something to stop, whatever the card showed:
 * nobody who wants less is told to look again first.
 */
#include "handlers/control.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/program.h"

#include "bot/model/plant.h"

#include <inttypes.h>
#include <string.h>

/* ---- where it stands ---- */

enum phase {
    PHASE_EARLY,   /* no traffic yet */
    PHASE_WAITING, /* the first step was not allowed: nothing is on its way */
    PHASE_MOVING,  /* a step is being made */
    PHASE_LOOKING, /* a step was made, and is baked or watched */
    PHASE_LEAVING, /* it is good, and about to end */
    PHASE_BACK,    /* traffic goes back */
};

static enum phase phase_of(const struct deploying *d)
{
    if (deploy_is_in(d, "shifting"))
        return d->body->is_denied ? PHASE_WAITING : PHASE_MOVING;
    return deploy_is_in(d, "verifying")                                     ? PHASE_MOVING
           : deploy_is_in(d, "baking") || deploy_is_in(d, "watching")       ? PHASE_LOOKING
           : deploy_is_in(d, "handing-over")                                ? PHASE_LEAVING
           : deploy_is_in(d, "returning") || deploy_is_in(d, "reverifying") ? PHASE_BACK
                                                                            : PHASE_EARLY;
}

static const char *percent_text(const struct deploying *d)
{
    return arena_printf(d->view->arena, "%" PRId64 " %%", deploy_percent(d->body));
}

static const char *where(const struct deploying *d)
{
    switch (phase_of(d)) {
    case PHASE_EARLY:
    case PHASE_WAITING:
        return "it has no traffic yet";
    case PHASE_MOVING:
        return arena_printf(d->view->arena, "the step to %" PRId64 " %% is being made", deploy_step_percent(d->body));
    case PHASE_BACK:
        return "its traffic goes back";
    case PHASE_LEAVING:
        return "it is good, and about to end";
    case PHASE_LOOKING:
        break;
    }
    return arena_printf(d->view->arena, "it is at %s now%s%s", percent_text(d), d->body->is_paused ? ", paused" : "",
                        d->body->held ? ", held" : "");
}

static const char *id(const struct deploying *d)
{
    return d->operation->id;
}

static void note(struct deploying *d, const struct control_arguments *given, const char *done)
{
    const char *what = phase_of(d) == PHASE_EARLY || phase_of(d) == PHASE_WAITING
                           ? arena_printf(d->view->arena, "%s before any traffic", done)
                           : arena_printf(d->view->arena, "%s at %s", done, percent_text(d));

    deploy_note(d, done, what, d->event->request, given->reason);
}

/* Of what asks for more traffic: it is told as done only where it is. */
static void note_going_on(struct deploying *d, const struct control_arguments *given, const char *done,
                          const char *asked)
{
    bool is_increase = phase_of(d) != PHASE_LOOKING || !deploy_is_last_step(d->body);
    struct error err;

    if (!is_increase || deploy_may_raise(d->view, d->operation, d->body, &err)) {
        note(d, given, done);
        return;
    }
    deploy_note(d, arena_printf(d->view->arena, "%s_denied", asked),
                arena_printf(d->view->arena, "asked to %s; not allowed: %s", asked, err.message), d->event->request,
                given->reason);
}

/* ---- pause, resume ---- */

static void tell_still_held(struct deploying *d)
{
    const char *glass = deploy_glass_text(d->view, d->operation, d->body);

    outcome_refuse(d->out, "%s stays at %s: %s.", id(d), percent_text(d), d->body->held);
    if (glass)
        outcome_reply_line(d->out, "To break the glass %s.", glass);
}

static void tell_promoted(struct deploying *d)
{
    if (d->out->result)
        outcome_reply(d->out, "*%s* is good: %s.", id(d), d->out->summary);
    else if (d->out->state && strcmp(d->out->state, "handing-over") == 0)
        outcome_reply(d->out, "*%s* is good; what served before is kept.", id(d));
    else if (d->body->is_denied)
        tell_still_held(d);
    else
        outcome_reply(d->out, "*%s* goes on to %" PRId64 " %%.", id(d), deploy_step_percent(d->body));
}

static const char *finishing(const struct deploying *d)
{
    return arena_printf(d->view->arena, "the step to %" PRId64 " %% is finished if it is on its way already",
                        deploy_step_percent(d->body));
}

static void pause_it(struct deploying *d, const struct control_arguments *given)
{
    const char *before = phase_of(d) == PHASE_MOVING ? finishing(d) : where(d);

    if (phase_of(d) == PHASE_BACK) {
        outcome_refuse(d->out, "%s gives its traffic back, and that is not paused. Nothing was done.", id(d));
        return;
    }
    if (phase_of(d) == PHASE_LEAVING) {
        outcome_refuse(d->out, "%s has all traffic already: %s. Nothing was done.", id(d), where(d));
        return;
    }
    if (d->body->is_paused) {
        outcome_reply(d->out, "%s is paused already.", id(d));
        return;
    }
    note(d, given, "paused");
    d->body->is_paused = true;
    d->body->looks++;
    if (d->body->held_until_ms) { /* somebody is there: nobody's silence takes it back any more */
        d->body->held_until_ms = 0;
        outcome_cancel_timer(d->out, "unanswered");
    }
    deploy_keep(d);
    outcome_reply(d->out, "*%s* is paused: %s. It takes no further step until `resume %s`.", id(d), before, id(d));
}

/* The first step waited for it, and is made. What was to follow a step that bakes was decided before the pause, on
 * numbers of then: that step is judged anew. */
static void take_up(struct deploying *d)
{
    if (!d->body->is_denied)
        return;
    if (deploy_is_in(d, "shifting"))
        deploy_try_again(d);
    else
        deploy_judge_anew(d);
}

static void resume_it(struct deploying *d, const struct control_arguments *given)
{
    if (!d->body->is_paused) {
        outcome_reply(d->out, "%s is not paused: %s.", id(d), where(d));
        return;
    }
    note(d, given, "resumed");
    deploy_count_time(d); /* none of a pause; and when nobody looked meanwhile, none of before */
    d->body->is_paused = false;
    d->body->looks++;
    deploy_await_answer(d);
    deploy_keep(d);
    take_up(d);
    if (d->body->held)
        outcome_reply(d->out, "*%s* is resumed, and still held: %s.", id(d), d->body->held);
    else if (d->out->effects_count > 0)
        tell_promoted(d);
    else
        outcome_reply(d->out, "*%s* goes on: %s.", id(d), where(d));
}

/* ---- promote, retry ---- */

/* False: it does not go on by hand now, and the answer says why. */
static bool can_go_on(struct deploying *d)
{
    if (d->body->is_paused)
        outcome_refuse(d->out, "%s is paused: `resume %s` first. Nothing was done.", id(d), id(d));
    else if (phase_of(d) != PHASE_LOOKING && phase_of(d) != PHASE_WAITING)
        outcome_refuse(d->out, "%s cannot `%s` now: %s. Nothing was done.", id(d), d->event->name, where(d));
    else
        return true;
    return false;
}

/* False: a glass was to be broken, and was not; the answer says why. */
static bool is_past_glass(struct deploying *d, const struct control_arguments *given, bool *ret_is_needless)
{
    *ret_is_needless = false;
    if (!given->break_glass)
        return true;
    if (phase_of(d) == PHASE_LOOKING && deploy_is_last_step(d->body)) {
        outcome_refuse(d->out, "%s gets no more traffic, so no glass is broken for it: %s. Nothing was done.", id(d),
                       where(d));
        return false;
    }
    return deploy_break_glass(d, given->break_glass, ret_is_needless);
}

/* Behind the answer. */
static void tell_needless(struct deploying *d, bool is_needless)
{
    if (is_needless)
        outcome_reply_line(d->out, "No glass was needed, and none was broken: %s.",
                           d->body->glasses_count > 0 ? "what denies it was passed before" : "no rule denies it");
}

static void promote_it(struct deploying *d, const struct control_arguments *given)
{
    bool is_needless;

    if (!can_go_on(d) || !is_past_glass(d, given, &is_needless))
        return;
    note_going_on(d, given, "promoted", "promote");
    deploy_try_again(d);
    tell_promoted(d);
    tell_needless(d, is_needless);
}

static void retry_it(struct deploying *d, const struct control_arguments *given)
{
    bool is_needless;

    if (!can_go_on(d))
        return;
    if (!d->body->held) {
        outcome_refuse(d->out, "%s is not held, so there is nothing to try again: %s.", id(d), where(d));
        return;
    }
    if (!is_past_glass(d, given, &is_needless))
        return;
    if (d->body->is_denied) {
        note_going_on(d, given, "retried", "retry");
        deploy_try_again(d);
        tell_promoted(d);
    } else {
        note(d, given, "retried");
        deploy_judge_anew(d);
        outcome_reply(d->out, "*%s*: the step at %s is judged anew.", id(d), percent_text(d));
    }
    tell_needless(d, is_needless);
}

/* ---- abort ---- */

static void end_early(struct deploying *d)
{
    deploy_end_aborted(d, "It was aborted before it had any traffic. What serves was not touched.");
    outcome_reply(d->out, "*%s* is aborted: it had no traffic yet.", id(d));
}

static void abort_it(struct deploying *d, const struct control_arguments *given)
{
    enum phase phase = phase_of(d);
    bool is_on_its_way = deploy_is_in(d, "shifting");
    const char *why;

    if (phase == PHASE_BACK) {
        outcome_reply(d->out, "%s gives its traffic back already.", id(d));
        return;
    }
    if (irreversible_is_kept(d->operation, d->body)) {
        outcome_refuse(d->out, "%s. Nothing was done: %s", irreversible_text(d->view, d->operation, d->body),
                       d->body->is_paused ? "it is paused, and stays where it is."
                                          : arena_printf(d->view->arena, "`pause %s` keeps it where it is.", id(d)));
        return;
    }
    note(d, given, "aborted");
    if (phase == PHASE_EARLY || phase == PHASE_WAITING) {
        end_early(d);
        return;
    }
    why = arena_printf(d->view->arena, "it was aborted at %s", percent_text(d)); /* the reason is theirs: as noted */
    d->body->is_aborted = true;
    if (is_on_its_way)
        deploy_return_when_ended(d, why);
    else
        deploy_return_after_look(d, why);
    outcome_reply(d->out, "*%s* is aborted: its traffic goes back to `%s`.", id(d), d->body->previous);
}

/* ---- the request ---- */

static const struct {
    const char *verb;
    void (*decide)(struct deploying *d, const struct control_arguments *given);
    bool is_safe; /* the safe direction: whatever the card showed */
} controls[] = {
    { "pause", pause_it, true }, { "resume", resume_it, false }, { "promote", promote_it, false },
    { "abort", abort_it, true }, { "retry", retry_it, false },
};

static const struct deploy_act *last_act_of_a_person(const struct deploy_body *body)
{
    for (size_t i = body->acts_count; i > 0; i--)
        if (body->acts[i - 1].verb)
            return &body->acts[i - 1];
    return NULL;
}

static bool is_double_click(const struct deploying *d, const struct control_arguments *given)
{
    const struct deploy_act *last = last_act_of_a_person(d->body);

    return last && last->look == given->look && strcmp(last->verb, d->event->name) == 0 &&
           strcmp(last->who, principal_mention(&d->event->request->principal, d->view->arena)) == 0;
}

/* False: the button was on a card that is not true any more, and the answer says so. */
static bool is_of_today(struct deploying *d, const struct control_arguments *given)
{
    if (given->look == CONTROL_ANY_LOOK || given->look == d->body->looks || PLANTED(STALE_CLICK_TAKEN))
        return true;
    if (is_double_click(d, given))
        outcome_reply(d->out, "That is done already: you %s.", last_act_of_a_person(d->body)->what);
    else
        outcome_refuse(d->out, "The card has changed: %s. Nothing was done.", where(d));
    return false;
}

void deploy_on_request(struct deploying *d)
{
    if ((d->body->program && deploy_program_on_request(d)) || (d->body->workflow && deploy_on_workflow_request(d)))
        return;
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        if (strcmp(controls[i].verb, d->event->name) != 0)
            continue;
        if (controls[i].is_safe || is_of_today(d, d->event->arguments))
            controls[i].decide(d, d->event->arguments);
        return;
    }
    outcome_refuse(d->out, "%s is a deploy, and takes no `%s`. Nothing was done.", id(d), d->event->name);
}

/* ---- the rollback that takes the target ---- */

/* It has happened, while no store answered, and touches nothing any more: what traffic is here goes back by our own
 * rows. */
static void yield_to_what_is_over(struct deploying *d, const char *by)
{
    const char *why = arena_printf(d->view->arena, "%s rolled %s back without the store; it was at %s", by,
                                   d->operation->target, percent_text(d));

    if (phase_of(d) == PHASE_BACK)
        return;
    d->body->is_aborted = true;
    if (deploy_is_in(d, "shifting"))
        deploy_return_when_ended(d, why);
    else
        deploy_return_after_look(d, why);
}

/* Of a step's try that may still be out nobody will hear any more, nor of one that was waited for before anything went
 * back. */
static bool may_serve(const struct deploying *d)
{
    enum phase phase = phase_of(d);

    return phase == PHASE_BACK ? deploy_is_in(d, "returning") && !d->body->is_giving_back
                               : phase != PHASE_EARLY && phase != PHASE_WAITING;
}

void deploy_on_yield(struct deploying *d)
{
    const char *by = json_find_string(d->event->body, "by"), *version = json_find_string(d->event->body, "version");
    const char *to = version ? arena_printf(d->view->arena, " to `%s`",
                                            card_quote(str_of(version), DEPLOY_QUOTED_BYTES, d->view->arena))
                             : "";
    bool is_early = phase_of(d) == PHASE_EARLY || phase_of(d) == PHASE_WAITING;
    const char *again = is_early && !d->body->is_way_back
                            ? arena_printf(d->view->arena, " If it is still wanted, ask again: `%s`.",
                                           deploy_words(d->view, d->operation->target, d->body))
                            : "";

    if ((d->body->program && deploy_program_on_yield(d)) || (d->body->workflow && deploy_on_workflow_yield(d)))
        return;
    if (irreversible_stays(d, by))
        return;
    if (!is_early && json_find_bool(d->event->body, "is_over", false)) {
        yield_to_what_is_over(d, by ? by : "another operation");
        return;
    }
    if (may_serve(d))
        deploy_note_served(d);
    deploy_mark_bad(d, TARGET_LEFT_BY_ABORT,
                    arena_printf(d->view->arena, "%s rolled it back", by ? by : "another operation"));
    deploy_end_aborted(
        d, "%s rolls %s back%s, so this deploy gave way%s.%s", by ? by : "Another operation", d->operation->target, to,
        is_early ? " before it had any traffic" : arena_printf(d->view->arena, " at %s", percent_text(d)), again);
}

void deploy_on_hold(struct deploying *d)
{
    deploy_keep(d);
}
