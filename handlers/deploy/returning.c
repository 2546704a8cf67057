/* returning.c - traffic goes back to what served before: it failed, nobody answered, or a person said so.
 *
 * A verdict leaves in the commit that it came with, from the split that was last verified. Where that is not known, the
 * service is read first, and the way back goes only over our own revision and those that served before: any other split
 * is somebody else's. An outage never ends it: a bad revision must not go on serving because nobody could be reached.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/irreversible.h"

#include "bot/model/plant.h"

#include <inttypes.h>
#include <string.h>

#define RETURN_DEADLINE_MS (30 * MINUTE_MS) /* of refusals; an outage is waited for, and a credential to be mended */
#define RETURN_AGAIN_MS (10 * SECOND_MS)
#define INCREASE_MS MINUTE_MS           /* longer than any try takes: its end was lost then */
#define OLD_PICTURE_MS (10 * SECOND_MS) /* after the way back was taken */
#define GIVEN_BACK_MAX 3

static void begin(struct deploying *d, const char *why)
{
    int percent = (int)deploy_percent(d->body);

    deploy_mark_bad(d, d->body->is_aborted ? TARGET_LEFT_BY_ABORT : NULL, why);
    deploy_release_hold(d);
    d->body->looks++;
    d->body->returning = why;
    d->body->problem = NULL;
    d->body->is_giving_back = false;
    outcome_cancel_effects(d->out, "traffic");
    if (!d->body->is_aborted)
        deploy_note(d, "returned", arena_printf(d->view->arena, "gave the traffic back at %d %%", percent), NULL, why);
    deploy_move(d, "returning", RETURN_DEADLINE_MS);
}

static void give_back(struct deploying *d, struct split from)
{
    d->body->is_giving_back = true;
    deploy_change_traffic(d, EFFECT_RETURN, "return", from, split_before(d->body, d->view->arena));
}

void deploy_return_now(struct deploying *d, const char *why)
{
    if (irreversible_holds(d, why))
        return;
    begin(d, why);
    give_back(d, deploy_split(d->body));
}

void deploy_return_after_look(struct deploying *d, const char *why)
{
    begin(d, why);
    deploy_read_service(d);
}

void deploy_return_when_ended(struct deploying *d, const char *why)
{
    begin(d, why);
    outcome_timer(d->out, "poll", d->view->now_ms + INCREASE_MS);
}

void deploy_on_increase_ended(struct deploying *d)
{
    if (d->event->end != END_FAILED && d->event->end != END_CANCELLED)
        deploy_note_served(d);
    deploy_keep(d);
    deploy_read_service(d);
}

/* ---- returning ---- */

static void try_again(struct deploying *d, const char *why)
{
    d->body->problem = why;
    if (d->event->end == END_FAILED && !d->event->is_refusal && deploy_is_late(d)) {
        deploy_fail(d, "%s; and traffic could not be given back: %s", d->body->returning, why);
        return;
    }
    deploy_keep(d);
    outcome_timer(d->out, "poll", d->view->now_ms + RETURN_AGAIN_MS);
}

/* By a step that was made, or is on its way; perhaps it did not show yet when that was given up. */
static bool is_of_a_step(const struct deploying *d, struct split asked)
{
    for (int64_t i = 0; i <= d->body->step + 1 && i < (int64_t)d->body->steps_count; i++)
        if (split_equal(asked, split_with(d->body, d->body->steps[i].percent, d->view->arena)))
            return true;
    return split_equal(asked, deploy_split(d->body)) || split_equal(asked, split_before(d->body, d->view->arena));
}

/* It goes back all the same; but whoever moved it should know why it did. */
static void name_stranger(struct deploying *d, struct split asked)
{
    int64_t percent = split_percent(asked, d->body->revision);

    if (d->body->moved || is_of_a_step(d, asked))
        return;
    d->body->moved =
        arena_printf(d->view->arena, "somebody else had moved it to %" PRId64 " %%: given back, too", percent);
    deploy_note(d, "moved", arena_printf(d->view->arena, "gave back the %d %%, too, that somebody else had moved to it",
                                         (int)percent),
                NULL, NULL);
}

/* Also when the old split serves already: a try that nobody knows of may still arrive, and this change is its fence. */
void deploy_on_return_look(struct deploying *d)
{
    struct run_service service;
    struct split asked;
    const char *why;

    if (d->body->is_giving_back)
        return;
    if (!deploy_sees(d, &service, &why)) {
        try_again(d, why);
        return;
    }
    asked = split_asked(&service, d->view->arena);
    if (!split_is_between(asked, d->body) && !PLANTED(FOREIGN_TAKEN_BACK)) {
        deploy_end_foreign(d, asked, split_before(d->body, d->view->arena));
        return;
    }
    name_stranger(d, asked);
    deploy_keep(d);
    give_back(d, asked);
}

void deploy_on_returned(struct deploying *d)
{
    d->body->is_giving_back = false;
    if (d->event->end != END_DONE) {
        try_again(d, deploy_reason(d));
        return;
    }
    d->body->problem = NULL;
    d->body->given_back++;
    deploy_move(d, "reverifying", DEPLOY_VERIFY_DEADLINE_MS);
    deploy_read_service(d);
}

const char *deploy_returning_text(const struct deploy_body *body, struct arena *arena)
{
    return body->moved ? arena_printf(arena, "%s; %s", body->returning, body->moved) : body->returning;
}

/* ---- reverifying ---- */

static void is_back(struct deploying *d)
{
    struct split before = split_before(d->body, d->view->arena);
    const char *serves = split_text(before, d->view->arena), *why = deploy_returning_text(d->body, d->view->arena);

    deploy_set_split(d, before);
    d->body->failed_in = d->state;
    deploy_keep(d);
    if (d->body->is_aborted)
        outcome_end(d->out, "aborted", "aborted", "%s. Traffic is on %s again; the new revision stays without traffic.",
                    why, serves);
    else
        outcome_end(d->out, "failed", "failed", "%s",
                    deploy_failure(d->view, d->operation->target, d->state, d->body,
                                   arena_printf(d->view->arena, "`%s` was taken back: %s. Traffic is on %s again",
                                                d->body->version, why, serves)));
}

static void fail_unseen(struct deploying *d)
{
    d->state = "returning"; /* where traffic goes is not known */
    deploy_fail(d, "%s; Cloud Run took the way back, but does not show it after %s", d->body->returning,
                duration_about(DEPLOY_VERIFY_DEADLINE_MS).text);
}

/* Cloud Run took the way back and yet our revision is to have traffic again: somebody sent it there by hand, or a try
 * that nobody knew of arrived. A deploy that is over leaves none on it. */
static bool is_raised_again(const struct deploying *d, struct split asked, struct split before)
{
    int64_t since_ms = d->view->now_ms - (d->body->state_deadline_at_ms - DEPLOY_VERIFY_DEADLINE_MS);

    return asked.count > 0 && !split_equal(asked, before) && since_ms >= OLD_PICTURE_MS &&
           d->body->given_back < GIVEN_BACK_MAX;
}

static void give_back_again(struct deploying *d, struct split from)
{
    d->body->problem = "it got traffic again after that had gone back";
    give_back(d, from);
    deploy_move(d, "returning", RETURN_DEADLINE_MS);
}

void deploy_on_reverified(struct deploying *d)
{
    struct split before = split_before(d->body, d->view->arena), asked = { NULL, 0 };
    struct run_service service = { 0 };
    const char *why;
    bool is_seen = deploy_sees(d, &service, &why);

    if (is_seen)
        asked = split_asked(&service, d->view->arena);
    if (is_seen && service.is_settled &&
        split_equal((struct split){ service.observed, service.observed_count }, before))
        is_back(d);
    else if (asked.count > 0 && !split_is_between(asked, d->body))
        deploy_end_foreign(d, asked, before);
    else if (is_raised_again(d, asked, before))
        give_back_again(d, asked);
    else if (deploy_is_late(d))
        fail_unseen(d);
    else
        deploy_poll_again(d);
}
