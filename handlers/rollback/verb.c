/* verb.c - from the words of a request to a rollback; with --to VERSION, to a deploy. */
#include "handlers/rollback/rollback.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/program.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/goal.h"

#include "bot/model/card.h"

#include <string.h>

#define REASON_MAX_BYTES 300
#define FROM_MAX_BYTES 500 /* several regions get a copy each */
#define SHOWN_BYTES 150    /* of a name from outside */

static const struct verb_option options[] = {
    { .name = "from", .takes_value = true },
    { .name = "reason", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "to", .takes_value = true },
};

struct rollback_arguments {
    struct place place;
    const char *from, *reason;       /* or NULL */
    const char *region;              /* of several; NULL: it has only one, or all of them are meant */
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

/* Who holds the target, and then who waits for it; NULL behind the last. */
static const struct operation *claimant(const struct view *view, const struct target *target, size_t i)
{
    static const struct operation gone = { .kind = "", .state = "" };
    const struct operation *operation;
    const char *id;

    if (!target || i > target->waiting_count)
        return NULL;
    id = i == 0 ? target->holder : target->waiting[i - 1];
    operation = id ? view->find_operation(view->ctx, id) : NULL;
    return operation ? operation : &gone;
}

static const struct operation *find_running(const struct view *view, const struct target *target)
{
    const struct operation *operation;

    for (size_t i = 0; (operation = claimant(view, target, i)); i++)
        if (strcmp(operation->kind, machine_rollback.kind) == 0)
            return operation;
    return NULL;
}

static const char *aborted_by_it(const struct view *view, const struct target *target)
{
    const struct operation *operation;
    const char *ids = NULL;

    for (size_t i = 0; (operation = claimant(view, target, i)); i++)
        if (operation->id)
            ids = ids ? arena_printf(view->arena, "%s, %s", ids, operation->id) : operation->id;
    return ids;
}

/* The states of a deploy in which none of its traffic effects was ever recorded, though its revision may be there. */
static bool is_before_traffic(const struct operation *operation)
{
    static const char *const states[] = { "creating", "starting", "checking" };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(operation->state, states[i]) == 0)
            return true;
    return false;
}

static bool is_deploy(const struct operation *operation)
{
    return operation && strcmp(operation->kind, machine_deploy.kind) == 0;
}

/* The deploy that holds the target, if traffic may be on its revision: then that is what is left. */
static bool find_rollout(const struct view *view, const struct target *target, struct rollback_body *body)
{
    const struct operation *holder = claimant(view, target, 0);
    struct deploy_body deploy;
    struct error err;

    if (!is_deploy(holder) || is_before_traffic(holder) ||
        !shape_from_json(&deploy_body_shape, holder->body, view->arena, &deploy, &err) || !deploy.revision)
        return false;
    body->from = (struct target_version){
        .version = deploy.version, .image = deploy.image, .revision = deploy.revision, .operation = holder->id
    };
    body->is_certain = body->aborts_traffic = true;
    body->before_rollout = deploy.previous;
    return true;
}

static struct rollback_body plan(const struct view *view, const struct rollback_arguments *given,
                                 const struct target *target)
{
    const struct place *place = &given->place;
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;
    struct rollback_body body = {
        .service = place->service->name,
        .environment = place->environment->name,
        .reason = quote_reason(view, given),
        .expected = given->from,
        .place = { driver->project, given->region ? given->region : driver->region, driver->service },
        .aborts = aborted_by_it(view, target),
    };
    bool is_rollout = find_rollout(view, target, &body);
    struct rollback_sight sight = { .target = target,
                                    .leaving = is_rollout ? &body.from : NULL,
                                    .previous = body.before_rollout };
    struct rollback_choice choice = rollback_choose(&sight, view->now_ms, view->arena);

    body.from = choice.from;
    body.to = choice.to;
    body.version = choice.to.version;
    body.is_recorded = choice.is_recorded;
    body.previous = choice.previous;
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
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

static void answer_running(const struct view *view, const struct operation *running, const struct place *place,
                           struct outcome *out)
{
    struct rollback_body body;
    struct error err;

    if (shape_from_json(&rollback_body_shape, running->body, view->arena, &body, &err) && body.to.version)
        outcome_reply(out, "*%s* does that already: it rolls *%s* in *%s* back to `%s`. Nothing more was done.",
                      running->id, place->service->name, place->environment->name, quote(view, body.to.version));
    else
        outcome_reply(out, "*%s* does that already. Nothing more was done.", running->id);
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

static void rollback_begin(const struct view *view, const struct request *request, const struct question *question,
                           const void *arguments, struct outcome *out)
{
    const struct rollback_arguments *given = arguments;
    const struct target *target = view->find_target(view->ctx, given->place.target);
    const struct operation *running = find_running(view, target);
    struct rollback_body *body = ARENA_NEW(view->arena, struct rollback_body);
    struct error err;

    (void)request;
    if (given->as_deploy) {
        verb_deploy.begin(view, given->as_deploy, question, given->deploy_arguments, out);
        return;
    }
    if (given->place.environment->driver.program || given->place.environment->driver.github_actions) {
        deploy_program_roll_back(view, &given->place, given->from, quote_reason(view, given), out);
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
    if (running) {
        answer_running(view, running, &given->place, out);
        return;
    }
    *body = plan(view, given, target);
    if (!body->to.revision && !body->aborts_traffic && body->aborts && is_deploy(claimant(view, target, 0))) {
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
    answer(view, body, out);
}

static const char *const details[] = {
    "`--to VERSION`: deploy that version instead, by the rules for a deploy",
    "`--from D1042`, `--from VERSION`: only if that is what serves now",
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
    .asks = rollback_asks,
    .begin = rollback_begin,
};
