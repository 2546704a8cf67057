/* looking.c - what serves now, where to go from there, and what changes back with it.
 *
 * Two questions at once: how the service stands, and how the two revisions differ that the record names. The second is
 * asked again when the first shows others, or when a goal cannot serve; it is a courtesy, and never waited for for
 * long.
 */
#include "handlers/rollback/rolling.h"

#include "handlers/deploy/doubt.h"
#include "handlers/deploy/split.h"
#include "handlers/place.h"
#include "handlers/rollback/claimants.h"
#include "handlers/rollback/glass.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/preflight.h"
#include "handlers/watch/page.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#define COMPARE_DEADLINE_MS (2 * SECOND_MS)

static int64_t percent_of(const struct rollback_body *body, const char *revision)
{
    int64_t percent = 0;

    for (size_t i = 0; i < body->before_count; i++)
        if (text_equal_or_none(body->before[i].revision, revision))
            percent += body->before[i].percent;
    return percent;
}

/* ---- what had no traffic ---- */

/* Its first step was on the way all the same, and has arrived; or nothing good is recorded that could be told from it.
 */
static const struct target_version *find_arrived(const struct rolling *r, const struct target *target)
{
    const struct target_version *stopped = r->body->stopped;

    if (!r->body->stops || !r->body->aborts_traffic || !stopped)
        return NULL;
    for (size_t i = target ? target->good_count : 0; i > 0; i--)
        if (text_equal_or_none(target->good[i - 1].operation, stopped->operation))
            return &target->good[i - 1];
    if (!stopped->revision)
        return NULL;
    return percent_of(r->body, stopped->revision) > 0 || !target || target->good_count == 0 ? stopped : NULL;
}

/* Who names what has to be left means what served beside it, or before. */
static struct split without_arrived(const struct rolling *r)
{
    const struct target_version *stopped = r->body->stopped;
    struct split split = { 0 };

    for (size_t i = 0; r->body->is_seen && i < r->body->before_count; i++)
        if (!(r->body->expected && stopped && stopped->revision &&
              text_equal_or_none(r->body->before[i].revision, stopped->revision)))
            *ARENA_PUSH(r->view->arena, split.shares, split.count) = r->body->before[i];
    return split;
}

/* ---- the choice ---- */

static struct rollback_choice choose_by(struct rolling *r, const struct run_service *service)
{
    const struct rollback_body *body = r->body;
    struct target_version certain = body->from;
    struct split split = without_arrived(r);
    struct rollback_sight sight = {
        .target = r->view->find_target(r->view->ctx, r->operation->target),
        .leaving = body->is_certain ? &certain : NULL,
        .split = split.shares,
        .split_count = split.count,
        .version = run_annotation(service, RUN_ANNOTATION_VERSION),
        .previous = body->before_rollout,
        .skipped = body->skipped,
        .skipped_count = body->skipped_count,
    };

    if (!sight.leaving)
        sight.leaving = find_arrived(r, sight.target);
    sight.keeps = body->stops && !sight.leaving;
    return rollback_choose(&sight, r->view->now_ms, r->view->arena);
}

/* By what is known so far; `service` NULL: by what is kept of it. */
static void choose(struct rolling *r, const struct run_service *service)
{
    struct rollback_body *body = r->body;
    struct rollback_choice choice;

    if (!body->before_rollout)
        body->before_rollout = run_annotation(service, RUN_ANNOTATION_PREVIOUS);
    choice = choose_by(r, service);
    body->from = choice.from;
    if (!text_equal_or_none(body->to.revision, choice.to.revision))
        body->to = choice.to; /* the same one keeps what was learned of it */
    body->version = body->to.version;
    body->is_recorded = choice.is_recorded;
    body->previous = choice.previous;
    body->below = choice.below;
    if (!body->is_certain)
        body->further = choice.further;
    if (body->gives_back)
        rollback_aim_back(r);
}

static void compare(struct rolling *r)
{
    struct run_revisions_ask ask = { .place = r->body->place };

    if (r->body->from.revision)
        *ARENA_PUSH(r->view->arena, ask.revisions, ask.revisions_count) = r->body->from.revision;
    *ARENA_PUSH(r->view->arena, ask.revisions, ask.revisions_count) = r->body->to.revision;
    r->body->is_compared = false;
    r->body->preflight = NULL;
    r->body->is_compared_marked = false;
    r->body->compared_from = r->body->from.revision;
    r->body->compared_to = r->body->to.revision;
    outcome_read(r->out, "revisions", READING_REVISIONS, shape_to_json(&run_revisions_ask_shape, &ask, SHAPE_WHOLE),
                 COMPARE_DEADLINE_MS);
}

static void compare_if_new(struct rolling *r)
{
    if (r->body->stops && !r->body->from.revision) /* nothing is left, so nothing changes back */
        r->body->is_compared = true;
    else if (r->body->to.revision && (!text_equal_or_none(r->body->from.revision, r->body->compared_from) ||
                                      !text_equal_or_none(r->body->to.revision, r->body->compared_to)))
        compare(r);
}

static void end_without_goal(struct rolling *r)
{
    if (r->body->was_tried)
        rollback_fail(r, "No good version that could serve is left");
    else
        rollback_refuse(
            r,
            "No previous good version of %s in %s is known: name one: `rollback %s %s%s --to VERSION`, or by hand: `gcloud "
            "run services update-traffic %s --project %s --region %s --to-revisions REVISION=100`. Nothing was changed.",
            r->body->service, r->body->environment, r->body->service, r->body->environment,
            place_region_option(r->operation->target, r->view->arena), r->body->place.service, r->body->place.project,
            r->body->place.region);
}

static void learn_from(struct target_version *from, const struct doubt *doubt)
{
    if (!text_equal_or_none(from->revision, doubt->revision))
        return;
    from->is_irreversible = true;
    if (text_equal_or_none(from->version, from->revision)) /* Cloud Run knows no other name */
        from->version = doubt->version;
}

/* Perhaps no record has its revision, but it has traffic. */
static const char *version_in_doubt(struct rolling *r)
{
    const struct target *target = r->view->find_target(r->view->ctx, r->operation->target);
    const char *id = target ? target->doubt : NULL;
    struct doubt doubt;

    for (; doubt_find(r->view, id, &doubt); id = doubt.begun_over) {
        if (!doubt.revision || text_equal_or_none(doubt.revision, r->body->to.revision) ||
            percent_of(r->body, doubt.revision) == 0)
            continue;
        learn_from(&r->body->from, &doubt);
        return doubt.version;
    }
    return NULL;
}

/* More may be known by now than when it was asked for: what serves, and what its revision says of itself. */
static bool has_glass(struct rolling *r)
{
    const char *before = r->body->irreversible;
    struct glass glass;

    if (r->body->is_compared_marked && text_equal_or_none(r->body->compared_from, r->body->from.revision) &&
        percent_of(r->body, r->body->from.revision) > 0)
        r->body->from.is_irreversible = true;
    r->body->irreversible = glass_version(r->view->find_target(r->view->ctx, r->operation->target), r->body);
    if (!r->body->irreversible)
        r->body->irreversible = version_in_doubt(r);
    glass = glass_of(r->body, r->operation->target);
    if (!glass.version)
        return true;
    if (!before)
        glass_announce(&r->operation->requester, r->operation->request_id, &glass, r->out);
    return glass.reason != NULL;
}

/* What it stopped has traffic, and nobody judges that any more. */
static void page_left(struct rolling *r, const char *why)
{
    struct arena *arena = r->view->arena;
    const char *stopped = r->body->has_ended_alone ? arena_printf(arena, "%s has ended", r->body->stopped->operation)
                                                   : arena_printf(arena, "*%s* stopped %s", r->operation->id,
                                                                  r->body->aborts ? r->body->aborts : "a rollout");

    watch_page(r->view, r->out,
               &(struct page){
                   .subject = arena_printf(arena, "opsgate: nobody judges the traffic of %s", r->operation->target),
                   .text = arena_printf(arena, "%s, and its traffic stays on %s, judged by nobody: %s", stopped,
                                        r->operation->target, why),
               });
}

static void stop_without_glass(struct rolling *r)
{
    const struct glass glass = glass_of(r->body, r->operation->target);

    if (rollback_gives_back(r)) {
        rollback_return(r);
        return;
    }
    if (r->body->aborts_traffic)
        page_left(r, glass_sentence(r->view, &glass));
    if (r->body->was_tried)
        rollback_fail(r, "%s", glass_sentence(r->view, &glass));
    else
        rollback_refuse(r, "%s. Nothing was changed.", glass_sentence(r->view, &glass));
}

static void go_on(struct rolling *r)
{
    if (r->body->is_seen && !r->body->to.revision && rollback_keeps(r))
        rollback_end_done(r);
    else if (r->body->is_seen && !r->body->to.revision)
        end_without_goal(r);
    else if (r->body->is_seen && r->body->is_compared && !r->body->gives_back && !has_glass(r))
        stop_without_glass(r);
    else if (r->body->is_seen && r->body->is_compared)
        rollback_return(r);
    else
        outcome_move(r->out, NULL, r->body);
}

void rollback_look_soon(struct rolling *r)
{
    r->body->is_seen = false;
    rollback_move(r, "looking", 0);
    rollback_poll_again(r);
}

void rollback_look(struct rolling *r)
{
    r->body->is_seen = false;
    rollback_move(r, "looking", 0);
    rollback_read_service(r);
    compare_if_new(r);
}

/* ---- the service ---- */

static void keep_split(struct rolling *r, const struct run_service *service)
{
    struct split split = split_asked(service, r->view->arena);

    r->body->before = split.shares;
    r->body->before_count = split.count;
    r->body->is_seen = true;
}

static bool is_expected(const struct rolling *r)
{
    return !r->body->expected || rollback_is_called(&r->body->from, r->body->expected);
}

/* The goal serves, but not for certain to the end: the last increase of an aborted rollout may still arrive, and so may
 * whatever the operation that left the target in doubt had out. A return of what serves already is the fence: it
 * changes the service, so that what was meant for it before finds it changed. What never sent anything needs none. */
static bool needs_fence(const struct rolling *r)
{
    const struct target *target = r->view->find_target(r->view->ctx, r->operation->target);
    bool may_arrive = r->body->stops ? r->body->aborts_traffic : r->body->aborts != NULL;

    return !r->body->returned_at_ms && (may_arrive || (target && target->doubt));
}

void rollback_on_seen(struct rolling *r)
{
    bool was_certain = r->body->is_certain, is_goal;
    struct run_service service;

    if (!rollback_sees(r, &service))
        return;
    keep_split(r, &service);
    choose(r, &service);
    r->body->is_certain = !rollback_keeps(r);
    is_goal = rollback_is_goal(r, r->body->before, r->body->before_count);
    if (!was_certain && !is_expected(r))
        rollback_refuse(r, "The card has changed: %s is at `%s` now, not at what `%s` names. Nothing was changed.",
                        r->operation->target, rollback_quote(r, r->body->from.version),
                        rollback_quote(r, r->body->expected));
    else if (is_goal && !needs_fence(r))
        rollback_verify(r);
    else if (!is_goal && was_certain && r->body->from.revision && percent_of(r->body, r->body->from.revision) == 0)
        rollback_end_left_alone(r);
    else {
        compare_if_new(r);
        go_on(r);
    }
}

/* ---- the revisions ---- */

static void skip(struct rolling *r, const char *why)
{
    *ARENA_PUSH(r->view->arena, r->body->skipped, r->body->skipped_count) = r->body->compared_to;
    *ARENA_PUSH(r->view->arena, r->body->skips, r->body->skips_count) =
        arena_printf(r->view->arena, "`%s` cannot serve: %s", rollback_goal_name(r), why);
    choose(r, NULL);
    compare_if_new(r);
}

/* A revision that only Cloud Run's annotations named is called by its own version, if it knows that. */
static void learn(struct target_version *version, const struct run_revision *revision)
{
    if (!revision)
        return;
    if (revision->version && text_equal_or_none(version->version, version->revision))
        version->version = revision->version;
    if (!version->image)
        version->image = revision->image;
}

static void tell_differences(struct rolling *r, const struct run_revision *from, const struct run_revision *to)
{
    learn(&r->body->from, from);
    r->body->is_compared_marked = from && from->is_irreversible;
    learn(&r->body->to, to);
    r->body->version = r->body->to.version;
    r->body->is_compared = true;
    r->body->preflight = rollback_preflight(from, to, r->view->arena);
}

void rollback_on_compared(struct rolling *r)
{
    const struct run_revision *from, *to;
    struct run_revisions revisions;
    struct error err;

    if (r->event->end != END_DONE ||
        !shape_from_json(&run_revisions_shape, r->event->body, r->view->arena, &revisions, &err)) {
        r->body->is_compared = true;
        r->body->preflight = r->event->end == END_FAILED
                                 ? arena_printf(r->view->arena, "not known (%s)", rollback_why(r))
                                 : "not known (Cloud Run did not answer in time)";
        go_on(r);
        return;
    }
    from = rollback_find_revision(&revisions, r->body->compared_from);
    to = rollback_find_revision(&revisions, r->body->compared_to);
    if (!to)
        skip(r, arena_printf(r->view->arena, "its revision `%s` is gone", rollback_quote(r, r->body->compared_to)));
    else if (!to->is_ready)
        skip(r,
             arena_printf(r->view->arena, "its revision `%s` is not ready%s%s", rollback_quote(r, r->body->compared_to),
                          to->problem ? ": " : "", to->problem ? rollback_quote(r, to->problem) : ""));
    else
        tell_differences(r, from, to);
    go_on(r);
}
