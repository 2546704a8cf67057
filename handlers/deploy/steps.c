/* steps.c - more and more traffic: each step is made (shifting) and seen (verifying); baking.c says when the next may
 * come. */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/revision.h"

#include <string.h>

/* ---- making a step ---- */

static void make_step(struct deploying *d)
{
    d->body->looks++;
    d->body->problem = NULL;
    deploy_release_hold(d);
    deploy_move(d, "shifting", DEPLOY_NO_DEADLINE_MS);
    deploy_change_traffic(d, EFFECT_TRAFFIC, "traffic", deploy_split(d->body), deploy_wanted(d));
}

static void hold_denied(struct deploying *d, int64_t percent, const char *why)
{
    deploy_hold(d, arena_printf(d->view->arena, "the step to %d %% is not allowed now: %s", (int)percent, why), 0);
    d->body->is_denied = true;
}

/* The first step, once it is healthy. What forbids it ends it here: nothing was touched. */
void deploy_raise(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_INCREASE);

    if (decision.verdict != VERDICT_ALLOW) {
        deploy_refuse(d, &decision);
    } else if (d->body->is_paused) {
        deploy_move(d, "shifting", DEPLOY_NO_DEADLINE_MS);
        hold_denied(d, deploy_step_percent(d->body), "it is paused");
    } else {
        make_step(d);
    }
}

static void next_step(struct deploying *d)
{
    struct error err;
    bool is_allowed = deploy_may_raise(d->view, d->operation, d->body, &err);

    d->body->step++;
    if (is_allowed) {
        make_step(d);
        return;
    }
    hold_denied(d, deploy_step_percent(d->body), err.message);
    d->body->step--;
}

/* Known by its revision alone: opsgate did not bring it. */
static struct target_version *what_served(const struct deploying *d)
{
    struct target_version *before = ARENA_NEW(d->view->arena, struct target_version);

    if (!d->body->previous || deploy_is_bad_in_doubt(d->view, d->operation->target, d->body->previous))
        return NULL;
    *before = (struct target_version){ .version = d->body->previous,
                                       .image = "",
                                       .revision = d->body->previous,
                                       .operation = "",
                                       .at_ms = d->operation->created_at_ms };
    return before;
}

void deploy_end_good(struct deploying *d)
{
    struct target_version *good = ARENA_NEW(d->view->arena, struct target_version);

    *good = (struct target_version){
        .version = d->body->version,
        .image = d->body->image,
        .revision = d->body->revision,
        .operation = d->operation->id,
        .at_ms = d->view->now_ms,
        .is_irreversible = d->body->is_irreversible,
    };
    d->out->good = good;
    d->out->before = what_served(d);
    deploy_release_hold(d);
    deploy_keep(d);
    outcome_end(d->out, "done", "done", "`%s` serves all traffic of %s after %s", d->body->version,
                d->operation->target, duration_about(d->view->now_ms - d->operation->created_at_ms).text);
}

/* What it took the place of is handed over first: in the name of an operation that is over nothing begins any more. */
static void finish(struct deploying *d)
{
    if (!deploy_hand_over(d))
        deploy_end_good(d);
}

void deploy_go_on(struct deploying *d)
{
    if (deploy_is_last_step(d->body))
        finish(d);
    else
        next_step(d);
}

void deploy_try_again(struct deploying *d)
{
    struct error err;

    if (!deploy_is_in(d, "shifting"))
        deploy_go_on(d);
    else if (deploy_may_raise(d->view, d->operation, d->body, &err))
        make_step(d);
    else
        hold_denied(d, deploy_step_percent(d->body), err.message);
}

/* ---- shifting ---- */

/* Irreversible, it stayed in front of a rollback without a glass as long as its first step might have been made. */
static bool gives_way_after_all(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const struct operation *first =
        target && target->waiting_count > 0 ? d->view->find_operation(d->view->ctx, target->waiting[0]) : NULL;

    if (!d->body->is_irreversible || !first || strcmp(first->kind, "rollback") != 0)
        return false;
    d->body->serves_at_ms = 0;
    deploy_end_aborted(d, "%s rolls %s back, so this deploy gave way before it had any traffic.", first->id,
                       d->operation->target);
    return true;
}

/* It was not made, and is not allowed any more: traffic is as it was. */
static void hold_unmade(struct deploying *d, const char *why)
{
    int64_t percent = deploy_step_percent(d->body);

    if (d->body->step > 0) {
        d->body->step--;
        deploy_move(d, "baking", DEPLOY_NO_DEADLINE_MS);
        deploy_begin_looking(d);
    } else if (gives_way_after_all(d)) {
        return;
    } else {
        d->body->serves_at_ms = 0;
        deploy_move(d, "shifting", DEPLOY_NO_DEADLINE_MS);
    }
    hold_denied(d, percent, why);
}

/* All at once has no step to fall back to; but who paused it wants to go on with it. */
static void on_cancelled(struct deploying *d)
{
    if (deploy_is_simple(d->body) && !d->body->is_paused)
        deploy_fail(d, "traffic is not on revision `%s`: %s", d->body->revision, deploy_reason(d));
    else
        hold_unmade(d, deploy_reason(d));
}

static void verify(struct deploying *d, bool is_in_doubt)
{
    d->body->switched_at_ms = is_in_doubt ? 0 : d->view->now_ms; /* in doubt the service itself tells */
    deploy_note_served(d);
    d->body->switched_by = is_in_doubt ? NULL : json_find_string(d->event->body, "effect");
    d->body->problem = is_in_doubt ? deploy_reason(d) : NULL;
    deploy_move(d, "verifying", DEPLOY_VERIFY_DEADLINE_MS);
    deploy_read_service(d);
}

static void end_unmade(struct deploying *d, const char *sentence)
{
    if (!irreversible_holds_unmade(d, sentence))
        deploy_return_after_look(d, sentence);
}

void deploy_on_shifted(struct deploying *d)
{
    if (d->event->end == END_CANCELLED)
        on_cancelled(d);
    else if (d->event->end != END_FAILED)
        verify(d, d->event->end != END_DONE);
    else if (d->body->step == 0)
        deploy_fail(d, "traffic is not on revision `%s`: %s", d->body->revision, deploy_reason(d));
    else
        end_unmade(d, arena_printf(d->view->arena, "the step to %d %% failed: %s", (int)deploy_step_percent(d->body),
                                   deploy_reason(d)));
}

/* ---- verifying ---- */

static bool serves(const struct run_service *service, struct split split)
{
    return service->is_settled && split_equal((struct split){ service->observed, service->observed_count }, split);
}

/* Over the deadline. A step that was cut short by a pause or a deny is held. All at once that is not to be told is left
 * to people, who asked for no way back; so is what is irreversible. Anything else goes back from whatever serves, also
 * from what served before: a try that nobody knows of may still arrive, and finds that changed. */
static void end_unverified(struct deploying *d, const char *sentence, bool is_as_before)
{
    struct error err;

    if (is_as_before && (d->body->is_paused || !deploy_is_simple(d->body)) &&
        !deploy_may_raise(d->view, d->operation, d->body, &err)) {
        hold_unmade(d, err.message);
    } else if (is_as_before && irreversible_holds_unmade(d, sentence)) {
        return;
    } else if ((deploy_is_simple(d->body) && !is_as_before) || irreversible_is_kept(d->operation, d->body)) {
        deploy_fail(d, "%s", sentence);
        d->out->leaves_doubt = true;
    } else {
        deploy_return_after_look(d, sentence);
        if (is_as_before && d->body->step == 0) { /* nobody saw any traffic on it */
            d->out->bad = NULL;
            d->body->serves_at_ms = 0;
        }
    }
}

static const char *unverified_sentence(const struct deploying *d)
{
    const char *what = deploy_is_last_step(d->body) && d->body->steps_count == 1
                           ? "the switch of traffic"
                           : arena_printf(d->view->arena, "the step to %d %%", (int)deploy_step_percent(d->body));

    if (d->body->switched_at_ms == 0)
        return arena_printf(d->view->arena,
                            "traffic is not on revision `%s`: no try to switch it got through to Cloud Run",
                            d->body->revision);
    return arena_printf(d->view->arena, "Cloud Run took %s to revision `%s`, but does not show it after %s", what,
                        d->body->revision, duration_about(DEPLOY_VERIFY_DEADLINE_MS).text);
}

static void verified(struct deploying *d)
{
    deploy_set_split(d, deploy_wanted(d));
    deploy_note_served(d);
    d->body->problem = NULL;
    if (!deploy_is_last_step(d->body))
        deploy_enter(d, "baking");
    else if (d->body->watch_ms > 0)
        deploy_enter(d, "watching");
    else
        finish(d);
}

/* The mark of our change came with it, in one call: where it stands, so did the split that was asked for. */
static bool bears_our_mark(const struct deploying *d, const struct run_service *service)
{
    const char *effect = run_annotation(service, RUN_ANNOTATION_EFFECT);

    return text_equal(d->body->switched_by, effect);
}

void deploy_on_verified(struct deploying *d)
{
    struct split wanted = deploy_wanted(d), before = deploy_split(d->body), asked;
    struct run_service service;
    const char *why;

    if (!deploy_sees(d, &service, &why)) {
        if (deploy_is_late(d))
            end_unverified(
                d,
                arena_printf(d->view->arena, "Cloud Run did not tell how %s stands: %s", d->body->place.service, why),
                false);
        else
            deploy_poll_again(d);
        return;
    }
    asked = split_asked(&service, d->view->arena);
    if (serves(&service, wanted))
        verified(d);
    else if (deploy_was_returned_alone(d, &service, asked))
        deploy_on_returned_alone(d);
    else if (asked.count > 0 && !split_equal(asked, wanted) &&
             (!split_equal(asked, before) || bears_our_mark(d, &service)))
        deploy_end_foreign(d, asked, wanted);
    else if (deploy_is_late(d))
        end_unverified(d, unverified_sentence(d), d->body->switched_at_ms == 0 && serves(&service, before));
    else
        deploy_poll_again(d);
}
