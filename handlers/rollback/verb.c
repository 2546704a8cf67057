/* verb.c - from the words of a request to a rollback; with --to VERSION, to a deploy. */
#include "handlers/rollback/rollback.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/rollback/claimants.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/rolling.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"

#include <string.h>

#define REASON_MAX_BYTES 300
#define FROM_MAX_BYTES 500 /* several regions get a copy each */
#define SHOWN_BYTES 150    /* of a name from outside */

static const struct verb_option options[] = {
    { .name = "from", .takes_value = true },
    { .name = "reason", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "rest-of", .takes_value = true, .is_internal = true }, /* regions.c */
    { .name = "to", .takes_value = true },
};

struct rollback_arguments {
    struct place place;
    const char *from, *reason;       /* or NULL */
    const char *region;              /* of several; NULL: it has only one, or all of them are meant */
    const char *rest_of;             /* a group that had yet to come there when all regions were to go back; or NULL */
    const struct request *as_deploy; /* --to: what is asked for is this deploy; or NULL */
    const void *deploy_arguments;    /* of that one */
};

/* ---- asks ---- */

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words), SHOWN_BYTES, view->arena);
}

static const char *quote_reason(const struct view *view, const struct rollback_arguments *given) /* NULL: none */
{
    return given->reason ? card_quote(str_of(given->reason), REASON_MAX_BYTES, view->arena) : NULL;
}

/* `deploy SERVICE ENVIRONMENT VERSION --reason TEXT`. Version and reason are words whatever they look like. */
static const struct request *rewrite(const struct view *view, const struct request *request,
                                     const struct rollback_arguments *arguments, const char *version)
{
    const struct place *place = &arguments->place;
    const char *reason = arguments->reason;
    struct request *deploy = ARENA_NEW(view->arena, struct request);
    size_t count = 0;

    *deploy = *request;
    deploy->verb = verb_deploy.name;
    deploy->words = NULL;
    *ARENA_PUSH(view->arena, deploy->words, count) = place->service->name;
    *ARENA_PUSH(view->arena, deploy->words, count) = place->environment->name;
    *ARENA_PUSH(view->arena, deploy->words, count) = version;
    deploy->quoted_words = UINT64_C(1) << (count - 1);
    if (arguments->region)
        *ARENA_PUSH(view->arena, deploy->words, count) = arena_printf(view->arena, "--region=%s", arguments->region);
    if (reason) {
        *ARENA_PUSH(view->arena, deploy->words, count) = "--reason";
        *ARENA_PUSH(view->arena, deploy->words, count) = reason;
        deploy->quoted_words |= UINT64_C(1) << (count - 1);
    }
    deploy->words_count = count;
    return deploy;
}

static bool read_words(const struct view *view, const struct request *request, struct rollback_arguments *arguments,
                       const char **ret_to, struct error *err)
{
    const char *region;
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !place_read(view->settings, &typed, view->arena, &arguments->place, err))
        return false;
    arguments->from = typed_option(&typed, "from");
    arguments->reason = typed_option(&typed, "reason");
    arguments->rest_of = typed_option(&typed, "rest-of");
    *ret_to = typed_option(&typed, "to");
    region = typed_option(&typed, "region");
    if (region && !place_take_region(&arguments->place, region, view->arena, &arguments->region, err))
        return false;
    if (arguments->place.rest)
        return error_set(
            err, ERR_INVALID,
            "A rollback goes to the last good version by itself. For another one: `rollback %s %s --to %s`. "
            "Nothing was done.",
            arguments->place.service->name, arguments->place.environment->name,
            card_quote(str_of(arguments->place.rest), 60, view->arena));
    if (arguments->from && strlen(arguments->from) > FROM_MAX_BYTES)
        return error_set(err, ERR_INVALID,
                         "`--from` takes an operation or a version: at most %d bytes. Nothing was done.",
                         FROM_MAX_BYTES);
    if (arguments->rest_of && !operation_is_id(arguments->rest_of))
        return error_set(err, ERR_INVALID, "`--rest-of` takes the operation that opsgate names. Nothing was done.");
    return !(arguments->from && *ret_to) ||
           error_set(err, ERR_INVALID, "`--from` belongs to a way back without `--to`. Nothing was done.");
}

static bool rollback_asks(const struct view *view, const struct request *request, struct question *ret_question,
                          const void **ret_arguments, struct error *err)
{
    struct rollback_arguments *arguments = ARENA_NEW(view->arena, struct rollback_arguments);
    const char *to = NULL;

    if (!read_words(view, request, arguments, &to, err))
        return false;
    *ret_arguments = arguments;
    if (to) {
        arguments->as_deploy = rewrite(view, request, arguments, to);
        return verb_deploy.asks(view, arguments->as_deploy, ret_question, &arguments->deploy_arguments, err);
    }
    place_ask(request, &arguments->place, view->arena, ret_question);
    ret_question->is_safe_direction = true;
    return true;
}

/* ---- begin ---- */

static const char *driver_name(const struct driver_settings *driver)
{
    return driver->program ? "program" : driver->github_actions ? "github_actions" : "no driver";
}

bool rollback_can_carry_out(const struct place *place, struct error *err)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;

    if (!driver)
        return error_set(
            err, ERR_INVALID,
            "`%s` is deployed by `%s`, and a rollback by itself is only built for `cloud_run`. Nothing was "
            "done: go back the way you did before opsgate.",
            place->target, driver_name(&place->environment->driver));
    return true;
}

static bool is_rollback(const struct operation *operation)
{
    return strcmp(operation->kind, machine_rollback.kind) == 0;
}

/* One that only stops what has no traffic does not do what somebody asks who names what it keeps. */
static bool does_that(const struct view *view, const struct operation *running, const char *from)
{
    struct rollback_body body;
    struct error ignored;

    return !from || !shape_from_json(&rollback_body_shape, running->body, view->arena, &body, &ignored) ||
           !body.stops || !rollback_is_called(&body.to, from);
}

static const struct operation *find_running(const struct view *view, const struct rollback_claimants *claimants,
                                            const char *from)
{
    for (size_t i = 0; i < claimants->count; i++)
        if (is_rollback(claimants->list[i]) && does_that(view, claimants->list[i], from))
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
                                          .operation = claimants->holder->id };
    body->is_certain = body->aborts_traffic = true;
    body->before_rollout = deploy.previous;
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
                                        .operation = claimants->holder->id };
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
        .reason = quote_reason(view, given),
        .expected = given->from,
        .place = { driver->project, given->region ? given->region : driver->region, driver->service },
        .aborts = rollback_name_stopped(claimants, view->arena),
    };
    bool is_rollout = find_rollout(view, claimants, &body);
    struct rollback_sight sight = { .target = target,
                                    .leaving = is_rollout ? &body.from : NULL,
                                    .previous = body.before_rollout };
    struct rollback_choice choice;

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
    return body;
}

static void answer(const struct view *view, const struct rollback_body *body, struct outcome *out)
{
    const char *from =
        body->from.version ? arena_printf(view->arena, " from `%s`", quote(view, body->from.version)) : "";
    const char *to = body->to.version ? arena_printf(view->arena, " to `%s`", quote(view, body->to.version)) : "";

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

static void begin_one(const struct view *view, const struct rollback_arguments *given, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, given->place.target);
    struct rollback_claimants claimants = rollback_find_claimants(view, target, given->place.target);
    const struct operation *running;
    struct rollback_body *body = ARENA_NEW(view->arena, struct rollback_body);

    if (given->rest_of)
        rollback_add_awaited(&claimants, given->rest_of, view->arena);
    running = find_running(view, &claimants, given->from);
    if (running) {
        answer_running(view, running, &given->place, out);
        return;
    }
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
    outcome_begin(out, machine_rollback.kind, given->place.target, "queued", body);
    out->claims = given->place.target;
    out->claims_first = true;
    if (body->stops)
        rollback_answer_stopping(view, body, target && target->doubt, out);
    else
        answer(view, body, out);
    if (!body->stops && view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

static void rollback_begin(const struct view *view, const struct request *request, const struct question *question,
                           const void *arguments, struct outcome *out)
{
    const struct rollback_arguments *given = arguments;
    struct error err;

    (void)request;
    if (given->as_deploy) {
        verb_deploy.begin(view, given->as_deploy, question, given->deploy_arguments, out);
        return;
    }
    if (given->place.environment->driver.program || given->place.environment->driver.github_actions) {
        rollback_begin_program(view, &given->place, given->from, quote_reason(view, given), out);
        return;
    }
    if (!rollback_can_carry_out(&given->place, &err)) {
        outcome_refuse(out, "%s", err.message);
        return;
    }
    if (!given->region && given->place.environment->driver.cloud_run->regions_count > 0) {
        rollback_begin_regions(view, &given->place, given->from, quote_reason(view, given), out);
        return;
    }
    begin_one(view, given, out);
}

static const char *const details[] = {
    "`--to VERSION`: deploy that version instead, by the rules for a deploy",
    "While nothing of what is on its way has traffic, that is stopped, and a good version that serves stays",
    "`--from D1042`, `--from VERSION`: only if that is what serves now; and then back from that, whatever is on its way",
    "`--region R`: in one region only",
    "`--reason TEXT`: on the card, in the journal, and beside the version that is left",
    NULL,
};

const struct verb verb_rollback = {
    .name = "rollback",
    .usage = "rollback [SERVICE] ENVIRONMENT [--to VERSION] [--from D1042 | VERSION] [--region R] [--reason TEXT]",
    .summary = "send all traffic back to the last good version",
    .details = details,
    .is_safe_direction = true,
    .is_asked_again = true, /* with --to it is a deploy */
    .asks = rollback_asks,
    .begin = rollback_begin,
};
