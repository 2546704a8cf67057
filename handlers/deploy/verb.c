/* verb.c - from the words of a request to a plan. */
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/body.h"
#include "handlers/place.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"

#include <string.h>

#define REASON_MAX_BYTES 300
#define PIN_DEADLINE_MS (2 * MINUTE_MS)

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
};

struct deploy_arguments {
    struct place place;
    const char *version;
    const char *reason; /* or NULL */
};

/* An image tag, by the OCI distribution specification: [A-Za-z0-9_][A-Za-z0-9._-]{0,127}; or a digest. */
static bool is_version(const char *text)
{
    static const char in_tag[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t len = strlen(text);

    if (strncmp(text, "sha256:", 7) == 0)
        return len == 7 + 64 && strspn(text + 7, "0123456789abcdef") == 64;
    return len >= 1 && len <= 128 && strspn(text, in_tag) == len && text[0] != '.' && text[0] != '-';
}

static bool read_version(const struct place *place, struct arena *arena, const char **ret_version, struct error *err)
{
    const char *version = place->rest ? place->rest : place->environment->default_version;
    struct str rest = str_of(version);

    if (!version)
        return error_set(
            err, ERR_INVALID,
            "Which version? `%s` has no default_version, so say one: `deploy %s %s v1.4.2`. Nothing was done.",
            place->target, place->service->name, place->environment->name);
    if (str_take_prefix(&rest, "branch:"))
        return error_set(err, ERR_INVALID,
                         "Versions by branch are not built yet: name an image tag instead of `%s`. Nothing was done.",
                         card_quote(str_of(version), 60, arena));
    str_take_prefix(&rest, "tag:");
    version = arena_copy(arena, rest);
    if (!is_version(version))
        return error_set(err, ERR_INVALID,
                         "`%s` is no version: name an image tag (letters, digits, `.`, `_` and `-`) or a whole "
                         "`sha256:` digest. Nothing was done.",
                         card_quote(str_of(place->rest ? place->rest : version), 60, arena));
    *ret_version = version;
    return true;
}

static const char *driver_name(const struct driver_settings *driver)
{
    return driver->program ? "program" : driver->github_actions ? "github_actions" : "no driver";
}

static bool can_carry_out(const struct place *place, struct error *err)
{
    enum strategy_kind strategy = strategy_kind(&place->environment->strategy);

    if (!place->environment->driver.cloud_run)
        return error_set(err, ERR_INVALID,
                         "`%s` is deployed by `%s`, and only `cloud_run` is built yet. Nothing was done: deploy it the "
                         "way you did before opsgate.",
                         place->target, driver_name(&place->environment->driver));
    if (strategy != STRATEGY_ALL_AT_ONCE)
        return error_set(err, ERR_INVALID,
                         "`%s` rolls out by `%s`, and only `all-at-once` is built yet. Nothing was done: give it that "
                         "strategy, or roll it out by hand.",
                         place->target, strategy == STRATEGY_CANARY ? "canary" : "blue_green");
    return place->service->artifact ||
           error_set(err, ERR_INVALID,
                     "`%s` has no artifact, so opsgate does not know its image. Nothing was done: name it in the "
                     "configuration, as artifact.image of `%s`.",
                     place->service->name, place->service->name);
}

static bool deploy_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct deploy_arguments *arguments = ARENA_NEW(view->arena, struct deploy_arguments);
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !place_read(view->settings, &typed, view->arena, &arguments->place, err) ||
        !read_version(&arguments->place, view->arena, &arguments->version, err))
        return false;
    arguments->reason = typed_option(&typed, "reason");
    place_ask(request, &arguments->place, view->arena, ret_question);
    *ret_arguments = arguments;
    return true;
}

/* "us-docker.pkg.dev/acme/images/api:v1" -> the part before the tag; a port's colon comes before a slash. */
static const char *repository_of(const char *image, struct arena *arena)
{
    const char *colon = strrchr(image, ':');

    if (!colon || strchr(colon, '/'))
        return image;
    return arena_copy(arena, (struct str){ image, (size_t)(colon - image) });
}

static struct deploy_body plan(const struct view *view, const struct deploy_arguments *arguments)
{
    const struct place *place = &arguments->place;
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;
    struct health_settings health = settings_health(view->settings, place->service, place->environment);
    const char *reason = arguments->reason;

    return (struct deploy_body){
        .service = place->service->name,
        .environment = place->environment->name,
        .version = arguments->version,
        .repository = repository_of(settings_image(place->service, "pinned", view->arena), view->arena),
        .reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL,
        .place = { driver->project, driver->region, driver->service },
        .health_path = health.path,
        .health_status = health.expect_status,
        .health_timeout_ms = health.timeout_ms,
        .health_deadline_ms = health.deadline_ms,
        .state_deadline_at_ms = view->now_ms + PIN_DEADLINE_MS,
    };
}

static void read_digest(const struct deploy_body *body, struct outcome *out)
{
    struct registry_tag tag = { .image = body->repository, .tag = body->version };

    outcome_read(out, "digest", READING_DIGEST, shape_to_json(&registry_tag_shape, &tag, SHAPE_WHOLE), PIN_DEADLINE_MS);
}

static void deploy_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    const struct deploy_arguments *given = arguments;
    struct deploy_body *body = ARENA_NEW(view->arena, struct deploy_body);
    struct error err;

    (void)request;
    (void)question;
    if (!can_carry_out(&given->place, &err)) {
        outcome_refuse(out, "%s", err.message);
        return;
    }
    *body = plan(view, given);
    outcome_begin(out, "deploy", given->place.target, "pinning", body);
    read_digest(body, out);
    outcome_reply(out, "*%s*: deploying `%s` of *%s* to *%s*.", out->operation_id, body->version, body->service,
                  body->environment);
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

const struct verb verb_deploy = {
    .name = "deploy",
    .usage = "deploy [SERVICE] ENVIRONMENT [VERSION] [--reason TEXT]",
    .summary = "bring a version of a service into an environment",
    .asks = deploy_asks,
    .begin = deploy_begin,
};
