#include "handlers/rollback/rolling.h"

#include "handlers/deploy/ending.h"
#include "handlers/deploy/github_told.h"
#include "handlers/deploy/split.h"
#include "handlers/place.h"
#include "handlers/rollback/goal.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>

#define POLL_MS SECOND_MS
#define POLL_SILENT_MS (30 * SECOND_MS) /* once it was silent for long */
#define POLL_SOON_MS 200                /* a return shows within a second or two: people wait for it */
#define SOON_MS (5 * SECOND_MS)
#define READ_DEADLINE_MS (15 * SECOND_MS)
#define SILENCE_MAX_MS (10 * MINUTE_MS)
#define SHOWN_BYTES 150 /* of a name from outside */
#define SENTENCE_MAX 1024

const char *rollback_quote(const struct rolling *r, const char *words)
{
    return card_quote(str_of(words), SHOWN_BYTES, r->view->arena);
}

const char *rollback_left_name(const struct rolling *r)
{
    return rollback_quote(r, rollback_name(&r->body->from, &r->body->to, r->view->arena));
}

const char *rollback_goal_name(const struct rolling *r)
{
    return rollback_quote(r, rollback_name(&r->body->to, &r->body->from, r->view->arena));
}

const char *rollback_why(const struct rolling *r)
{
    return deploy_why(r->event, r->view->arena);
}

/* ---- how it ends ---- */

static const char *by_hand(const struct rolling *r)
{
    const struct run_place *place = &r->body->place;

    if (!r->body->to.revision || r->body->gives_back)
        return arena_printf(r->view->arena, "Look at %s in Cloud Run.", place->service);
    return arena_printf(
        r->view->arena,
        "By hand: `gcloud run services update-traffic %s --project %s --region %s --to-revisions %s=100`",
        place->service, place->project, place->region, rollback_quote(r, r->body->to.revision));
}

static const char *skips(const struct rolling *r)
{
    const char *text = "";

    for (size_t i = 0; i < r->body->skips_count; i++)
        text = arena_printf(r->view->arena, "%s%s. ", text, r->body->skips[i]);
    return text;
}

static const char *touched(const struct rolling *r)
{
    return r->body->was_tried ? "Traffic may be on either revision." : "Traffic was not touched.";
}

/* It did nothing, but it did stop them. */
static const char *aborted_for_it(const struct rolling *r)
{
    const char *names = rollback_aborted_names(r->body, r->view->arena);

    if (!names || r->body->was_tried)
        return "";
    return arena_printf(r->view->arena, " It had aborted %s: traffic is as that left it.", names);
}

static struct target_version *what_was_left(struct rolling *r)
{
    struct target_version *bad = ARENA_NEW(r->view->arena, struct target_version);

    *bad = r->body->from;
    bad->operation = r->operation->id;
    bad->at_ms = r->view->now_ms;
    bad->left = TARGET_LEFT_BY_ROLLBACK;
    bad->why = r->body->reason ? r->body->reason : r->body->from.why;
    if (text_equal(bad->image, r->body->to.image))
        bad->image = NULL; /* settings alone are left: the same image is what it goes back to */
    return bad->revision ? bad : NULL;
}

static void end_badly(struct rolling *r, const char *result, const char *summary)
{
    r->body->failed_in = r->operation->state;
    outcome_move(r->out, NULL, r->body);
    r->out->leaves_doubt = r->body->was_tried || r->body->aborts_traffic;
    outcome_end(r->out, result, result, "%s", summary);
}

/* Whoever began it holds what serves for bad: no later way back leads there, though this one failed. What was done
 * without a store may be old news by now. */
static void mark_left(struct rolling *r)
{
    if (r->body->is_certain && !r->body->act)
        r->out->bad = what_was_left(r);
}

void rollback_fail(struct rolling *r, const char *fmt, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;

    mark_left(r);
    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    end_badly(
        r, "failed",
        arena_printf(r->view->arena, "%s. %s%s%s %s", sentence, skips(r), touched(r), aborted_for_it(r), by_hand(r)));
}

void rollback_refuse(struct rolling *r, const char *fmt, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    end_badly(r, "refused", arena_printf(r->view->arena, "%s%s%s", skips(r), sentence, aborted_for_it(r)));
}

void rollback_end_aborted(struct rolling *r, const char *sentence)
{
    end_badly(r, "aborted", arena_printf(r->view->arena, "%s%s", sentence, aborted_for_it(r)));
}

void rollback_give_up(struct rolling *r)
{
    outcome_cancel_effects(r->out, "return");
    mark_left(r);
    end_badly(r, "aborted",
              arena_printf(r->view->arena, "aborted while Cloud Run did not answer (%s). %s%s %s", r->body->silence,
                           touched(r), aborted_for_it(r), by_hand(r)));
}

void rollback_end_done(struct rolling *r)
{
    struct target_version *good = ARENA_NEW(r->view->arena, struct target_version);
    const char *version = rollback_goal_name(r);

    if (rollback_keeps(r) && !r->body->was_tried) {
        r->out->leaves_doubt = r->body->aborts_traffic;
        rollback_end_kept(r);
        return;
    }
    if (r->body->gives_back) {
        r->out->bad = what_was_left(r);
        rollback_end_given_back(r);
        return;
    }
    *good = r->body->to;
    good->operation = good->operation ? good->operation : r->operation->id;
    good->at_ms = r->view->now_ms;
    r->out->good = good;
    r->out->is_return = r->body->is_recorded;
    r->out->bad = what_was_left(r);
    if (!rollback_keeps(r))
        r->body->github = github_told_returned(r->view, r->operation, r->body->service, r->body->environment,
                                               &r->body->to, r->body->from.operation, r->out);
    outcome_move(r->out, NULL, r->body);
    if (rollback_keeps(r))
        rollback_end_kept(r);
    else if (r->body->was_tried)
        outcome_end(r->out, "done", "done", "`%s` serves all traffic of %s again after %s", version,
                    r->operation->target, duration_about(r->view->now_ms - r->operation->created_at_ms).text);
    else
        outcome_end(r->out, "done", "done",
                    "`%s` serves all traffic of %s: `%s` has none, so nothing had to be changed", version,
                    r->operation->target, rollback_left_name(r));
}

void rollback_end_left_alone(struct rolling *r)
{
    struct split split = { r->body->before, r->body->before_count };

    r->out->bad = what_was_left(r);
    end_badly(
        r, "failed",
        arena_printf(r->view->arena,
                     "`%s` has no traffic any more, but somebody else sent it elsewhere than to `%s`: %s. That was "
                     "left alone. To go back from there: `rollback %s %s%s`.",
                     rollback_left_name(r), rollback_goal_name(r),
                     split_text(split, r->view->arena), r->body->service, r->body->environment,
                     place_region_option(r->operation->target, r->view->arena)));
    r->out->leaves_doubt = true; /* nobody recorded what it runs now */
}

/* ---- small moves ---- */

void rollback_move(struct rolling *r, const char *state, int64_t deadline_ms)
{
    r->body->state_deadline_at_ms = deadline_ms ? r->view->now_ms + deadline_ms : 0;
    outcome_move(r->out, state, r->body);
}

void rollback_read_service(struct rolling *r)
{
    outcome_move(r->out, NULL, r->body);
    outcome_read(r->out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &r->body->place, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

static bool is_silent_long(const struct rolling *r)
{
    return r->body->silence && r->view->now_ms - r->body->heard_at_ms >= SILENCE_MAX_MS;
}

void rollback_poll_again(struct rolling *r)
{
    int64_t now_ms = r->view->now_ms, returned_at_ms = r->body->returned_at_ms;
    bool is_soon = returned_at_ms && !r->body->silence && now_ms - returned_at_ms < SOON_MS;

    outcome_move(r->out, NULL, r->body);
    outcome_timer(r->out, "poll", now_ms + (is_soon ? POLL_SOON_MS : is_silent_long(r) ? POLL_SILENT_MS : POLL_MS));
}

/* A no or a long silence is final only as long as nothing was tried and nothing aborted: later on only Cloud Run can
 * tell what serves, and nobody else is on the way back. Nor does a refused credential end it: whoever is on call is
 * told, and it goes on once that is mended. What was done without a store is not on the way any more: it ends once no
 * late change of its can arrive. */
bool rollback_sees(struct rolling *r, struct run_service *ret_service)
{
    bool is_over_to_us =
        r->body->act ? r->view->now_ms < r->body->state_deadline_at_ms
                     : r->body->was_tried || r->body->aborts || (r->event->end != END_DONE && r->event->is_refusal);
    struct error err = { .message = "" };
    const char *why;

    if (r->event->end == END_DONE &&
        shape_from_json(&run_service_shape, r->event->body, r->view->arena, ret_service, &err)) {
        r->body->heard_at_ms = r->view->now_ms;
        r->body->silence = NULL;
        return true;
    }
    why = r->event->end == END_DONE ? rollback_quote(r, err.message) : rollback_why(r);
    r->body->silence = why;
    if (r->event->end == END_FAILED && !is_over_to_us)
        rollback_fail(r, "Cloud Run did not tell how %s stands: %s", r->body->place.service, why);
    else if (is_silent_long(r) && !is_over_to_us)
        rollback_fail(r, "Cloud Run did not tell how %s stands for %s: %s", r->body->place.service,
                      duration_about(r->view->now_ms - r->body->heard_at_ms).text, why);
    else
        rollback_poll_again(r);
    return false;
}

bool rollback_is_goal(const struct rolling *r, const struct run_share *shares, size_t count)
{
    struct run_share all = { .revision = r->body->to.revision, .percent = 100 };

    if (r->body->gives_back)
        return run_split_equal(shares, count, r->body->rollout_before, r->body->rollout_before_count);
    return all.revision && run_split_equal(shares, count, &all, 1);
}
