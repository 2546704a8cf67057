#include "handlers/rollback/beginning.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/doubt.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/split.h"
#include "handlers/rollback/claimants.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/rollback.h"
#include "handlers/rollback/rolling.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <string.h>

#define REASON_MAX_BYTES 300
#define SHOWN_BYTES 150 /* of a name from outside */

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words), SHOWN_BYTES, view->arena);
}

const char *rollback_reason_of(const struct view *view, const struct rollback_arguments *given)
{
    return given->reason ? card_quote(str_of(given->reason), REASON_MAX_BYTES, view->arena) : NULL;
}

const char *rollback_glass_reason_of(const struct view *view, const struct rollback_arguments *given)
{
    return given->break_glass ? card_quote(str_of(given->break_glass), REASON_MAX_BYTES, view->arena) : NULL;
}

/* ---- what runs there ---- */

static bool is_rollback(const struct operation *operation)
{
    return strcmp(operation->kind, machine_rollback.kind) == 0;
}

/* One that only stops what has no traffic does not do what somebody asks who names what it keeps; and one that waits
 * without a glass gives way to one with it. */
static bool does_that(const struct view *view, const struct operation *running, const struct rollback_arguments *given)
{
    struct rollback_body body;
    struct error ignored;

    if (!shape_from_json(&rollback_body_shape, running->body, view->arena, &body, &ignored))
        return true;
    if (given->break_glass && !body.break_glass && strcmp(running->state, "queued") == 0)
        return false;
    return !given->from || !body.stops || !rollback_is_called(&body.to, given->from);
}

static const struct operation *find_running(const struct view *view, const struct rollback_claimants *claimants,
                                            const struct rollback_arguments *given)
{
    for (size_t i = 0; i < claimants->count; i++)
        if (is_rollback(claimants->list[i]) && does_that(view, claimants->list[i], given))
            return claimants->list[i];
    return NULL;
}

static bool read_holder(const struct view *view, const struct rollback_claimants *claimants,
                        struct deploy_body *ret_deploy)
{
    struct error ignored;

    return rollback_is_deploy(claimants->holder) &&
           shape_from_json(&deploy_body_shape, claimants->holder->body, view->arena, ret_deploy, &ignored);
}

/* ---- what it would do ---- */

/* The deploy that holds the target, if traffic may be on its revision: then that is what is left. */
static bool find_rollout(const struct view *view, const struct rollback_claimants *claimants,
                         struct rollback_body *body)
{
    struct deploy_body deploy;

    if (!read_holder(view, claimants, &deploy) || !deploy.revision ||
        (rollback_is_early(claimants->holder) && (!body->expected || !rollback_may_have_sent(claimants->holder))))
        return false;
    body->from = (struct target_version){ .version = deploy.version,
                                          .image = deploy.image,
                                          .revision = deploy.revision,
                                          .operation = claimants->holder->id,
                                          .is_irreversible = irreversible_is_kept(claimants->holder, &deploy) };
    body->is_certain = body->aborts_traffic = true;
    body->before_rollout = deploy.previous;
    body->rollout_before = split_before(&deploy, view->arena).shares;
    body->rollout_before_count = split_before(&deploy, view->arena).count;
    return true;
}

/* The deploy that holds the target, if nothing of it serves yet: what became of it is looked at once it has ended. */
static const struct target_version *find_stopped(const struct view *view, const struct rollback_claimants *claimants)
{
    struct target_version *stopped = ARENA_NEW(view->arena, struct target_version);
    struct deploy_body deploy;

    if (!rollback_is_early(claimants->holder) || !read_holder(view, claimants, &deploy))
        return NULL;
    *stopped = (struct target_version){ .version = deploy.version,
                                        .image = deploy.image,
                                        .revision = deploy.revision,
                                        .operation = claimants->holder->id,
                                        .is_irreversible = deploy.is_irreversible };
    return stopped;
}

static struct rollback_body plan(const struct view *view, const struct rollback_arguments *given,
                                 const struct target *target, const struct rollback_claimants *claimants)
{
    const struct place *place = &given->place;
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;
    struct rollback_body body = {
        .service = place->service->name,
        .environment = place->environment->name,
        .reason = rollback_reason_of(view, given),
        .break_glass = rollback_glass_reason_of(view, given),
        .expected = given->from,
        .place = { driver->project, given->region ? given->region : driver->region, driver->service },
        .aborts = rollback_name_stopped(claimants, view->arena),
    };
    bool is_rollout = find_rollout(view, claimants, &body);
    struct rollback_sight sight = { .target = target,
                                    .leaving = is_rollout ? &body.from : NULL,
                                    .previous = body.before_rollout };
    struct rollback_choice choice;
    struct doubt doubt;

    if (!is_rollout)
        body.stopped = find_stopped(view, claimants);
    body.stops = sight.keeps = !given->from && rollback_are_early(claimants) && !PLANTED(ROLLBACK_TOO_FAR);
    choice = rollback_choose(&sight, view->now_ms, view->arena);
    body.from = choice.from;
    body.to = choice.to;
    body.version = choice.to.version;
    body.is_recorded = choice.is_recorded;
    body.previous = choice.previous;
    body.below = choice.below;
    body.further = choice.further;
    body.irreversible = glass_version(target, &body);
    if (!body.irreversible && doubt_find_serving(view, place->target, &doubt))
        body.irreversible = doubt.version;
    return body;
}

/* A rollout that is not irreversible goes back in any case: giving_back.c. */
static bool gives_back_without(const struct rollback_body *body)
{
    return body->is_certain && !body->from.is_irreversible;
}

/* What serves is only known once it is looked at, but for a rollout: somebody may have put something on top. */
static void leave_to_look(struct rollback_body *body)
{
    if (!body->is_certain || gives_back_without(body))
        body->irreversible = NULL;
}

/* ---- the answer ---- */

static void answer(const struct view *view, const struct rollback_body *body, struct outcome *out)
{
    const char *left = rollback_name(&body->from, &body->to, view->arena),
               *goal = rollback_name(&body->to, &body->from, view->arena);
    const char *from = left ? arena_printf(view->arena, " from `%s`", quote(view, left)) : "";
    const char *to = goal ? arena_printf(view->arena, " to `%s`", quote(view, goal)) : "";

    outcome_reply(out, "*%s*: rolling *%s* in *%s* back%s%s.", out->operation_id, body->service, body->environment,
                  from, to);
    if (!body->to.revision)
        outcome_reply_line(out, "No previous good version is recorded: Cloud Run is asked for it.");
    if (body->further)
        outcome_reply_line(out, "It %s.", body->further);
    if (body->aborts)
        outcome_reply_line(out, "It aborts %s.", body->aborts);
}

static void answer_running(const struct view *view, const struct operation *running, const struct place *place,
                           struct outcome *out)
{
    struct rollback_body body;
    struct error err;

    if (!shape_from_json(&rollback_body_shape, running->body, view->arena, &body, &err) || !body.to.version)
        outcome_reply(out, "*%s* does that already. Nothing more was done.", running->id);
    else if (body.stops && !body.from.revision)
        outcome_reply(out, "*%s* does that already: %s, and `%s` is to serve all traffic. Nothing more was done.%s",
                      running->id, rollback_stopped_text(&body, view->arena), quote(view, body.to.version),
                      rollback_further_text(&body, place->target, view->arena));
    else
        outcome_reply(out, "*%s* does that already: it rolls *%s* in *%s* back to `%s`. Nothing more was done.",
                      running->id, place->service->name, place->environment->name, quote(view, body.to.version));
}

/* It waits for what does not give way to it any more: that was found to have traffic, and to be irreversible. */
static bool refuse_while_kept(const struct view *view, const struct operation *running,
                              const struct rollback_claimants *claimants, struct outcome *out)
{
    struct deploy_body deploy;

    if (strcmp(running->state, "queued") != 0 || json_find_string(running->body, "break_glass") ||
        !read_holder(view, claimants, &deploy) || !irreversible_is_kept(claimants->holder, &deploy))
        return false;
    outcome_refuse(out, "*%s* waits: %s. Nothing was done.", running->id,
                   irreversible_text(view, claimants->holder, &deploy));
    return true;
}

/* It would be aborted for a way back that perhaps nobody knows. */
static void refuse_early(const struct place *place, const char *holder, struct outcome *out)
{
    outcome_refuse(
        out,
        "No good version of `%s` is recorded to go back to, and %s, which is under way there, has no traffic "
        "yet. Nothing was done: to stop that one, `abort %s`.",
        place->target, holder, holder);
    outcome_reply_action(out, (struct card_action){ .label = "Abort it",
                                                    .command = arena_printf(out->arena, "abort %s", holder),
                                                    .style = ACTION_DANGER });
}

/* ---- it begins ---- */

/* Who may not break it goes back as far as that takes no glass: what is found later needs one, too. */
static bool take_glass(const struct view *view, const struct request *request, const char *target,
                       struct rollback_body *body, struct outcome *out)
{
    const struct glass glass = glass_of(body, target);

    if (!glass_suffices(view, &request->principal, &glass, out))
        return false;
    if (!glass_may_break(view, &request->principal))
        body->break_glass = NULL;
    return true;
}

void rollback_begin_place(const struct view *view, const struct request *request,
                          const struct rollback_arguments *given, struct outcome *out)
{
    struct glass glass, expected;
    const struct target *target = view->find_target(view->ctx, given->place.target);
    struct rollback_claimants claimants = rollback_find_claimants(view, target, given->place.target);
    const struct operation *running;
    struct rollback_body *body = ARENA_NEW(view->arena, struct rollback_body);

    if (given->rest_of)
        rollback_add_awaited(&claimants, given->rest_of, view->arena);
    running = find_running(view, &claimants, given);
    if (running && !refuse_while_kept(view, running, &claimants, out))
        answer_running(view, running, &given->place, out);
    if (running)
        return;
    *body = plan(view, given, target, &claimants);
    if (!body->to.revision && !body->stops && !body->aborts_traffic && rollback_is_deploy(claimants.holder)) {
        refuse_early(&given->place, target->holder, out);
        return;
    }
    if (given->from && body->from.version && !rollback_is_called(&body->from, given->from)) {
        outcome_refuse(out, "The card has changed: `%s` is at `%s` now, not at what `%s` names. Nothing was done.",
                       given->place.target, quote(view, body->from.version), quote(view, given->from));
        return;
    }
    expected = glass_of(body, given->place.target);
    leave_to_look(body);
    if (!take_glass(view, request, given->place.target, body, out))
        return;
    outcome_begin(out, machine_rollback.kind, given->place.target, "queued", body);
    glass = glass_of(body, given->place.target);
    glass_announce(&request->principal, request->id, &glass, out);
    out->claims = given->place.target;
    out->claims_first = true;
    if (body->stops)
        rollback_answer_stopping(view, body, target && target->doubt, out);
    else
        answer(view, body, out);
    if (body->break_glass && glass_old_reading(view, &request->principal))
        outcome_reply_line(out, "%s", glass_old_reading(view, &request->principal));
    if (expected.version && !body->irreversible && !gives_back_without(body) && !body->break_glass)
        outcome_reply_line(out, "It ends by itself, and changes nothing, if that still serves: %s.",
                           glass_sentence(view, &expected));
    if (!body->stops && view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

struct rollback_body rollback_plan(const struct view *view, const struct rollback_arguments *given)
{
    const struct target *target = view->find_target(view->ctx, given->place.target);
    struct rollback_claimants claimants = rollback_find_claimants(view, target, given->place.target);
    struct rollback_body body = plan(view, given, target, &claimants);

    if (gives_back_without(&body))
        body.irreversible = NULL;
    return body;
}

struct glass rollback_glass_at(const struct view *view, const struct rollback_arguments *given)
{
    struct rollback_body body = rollback_plan(view, given);

    return glass_of(&body, given->place.target);
}
