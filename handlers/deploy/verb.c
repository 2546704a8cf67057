/* verb.c - from the words of a request to a plan. */
#include "handlers/deploy/deploy.h"

#include "handlers/deploy/arguments.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/doubt.h"
#include "handlers/deploy/form.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/needless_glass.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/queue.h"
#include "handlers/deploy/triggered.h"
#include "handlers/deploy/tune.h"
#include "handlers/hold/glass.h"
#include "handlers/hold/hold.h"

#include <string.h>

#define REASON_MAX_BYTES 300
#define WAIT_MAX_MS DAY_MS

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "strategy", .takes_value = true },
    { .name = "wait", .takes_value = true },
    { .name = "set-env", .takes_value = true, .is_repeatable = true, .is_secret = true },
    { .name = "image", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "max-parallel", .takes_value = true },
    { .name = "on-failure", .takes_value = true },
    { .name = "now" },
    { .name = "by", .takes_value = true, .is_internal = true },
    { .name = "irreversible" },
    { .name = "reversible" },
    { .name = "form", .is_internal = true }, /* a draft of form.c's, with what is chosen there so far */
    { .name = "service", .takes_value = true, .is_internal = true },
    { .name = "environment", .takes_value = true, .is_internal = true },
    { .name = "version", .takes_value = true, .is_internal = true },
    { .name = "other", .takes_value = true, .is_internal = true },
};

/* ---- words ---- */

static bool no_version(const struct view *view, struct deploy_arguments *arguments, struct error *err)
{
    const struct place *place = &arguments->place;

    if (arguments->env_count > 0) {
        arguments->keeps_image = true;
        return true;
    }
    arguments->lacks_version = arguments->is_any_version;
    return arguments->lacks_version || deploy_propose(view, place, arguments) ||
           error_set(err, ERR_INVALID,
                     "Which version? `%s` has no default_version, so say one: `deploy %s %s v1.4.2`. Nothing was done.",
                     place->target, place->service->name, place->environment->name);
}

static bool check_source(const struct view *view, const struct deploy_arguments *arguments, struct error *err)
{
    if (!version_needs_github(&arguments->version) || (view->settings->github && arguments->place.service->repository))
        return true;
    return error_set(err, ERR_INVALID,
                     "`%s` is a name on GitHub, and `%s` is not connected to it: the configuration needs the section "
                     "github and the service's repository. Nothing was done.",
                     card_quote(str_of(arguments->version.text), 60, view->arena), arguments->place.service->name);
}

/* A program or a workflow without an image takes names as they are typed. */
static bool is_free_word(const struct place *place, const char *word)
{
    return !place->service->artifact && !place->environment->driver.cloud_run && !strchr(word, ':') &&
           version_is_ref(word);
}

static bool read_version(const struct view *view, struct deploy_arguments *arguments, struct error *err)
{
    const struct place *place = &arguments->place;
    const char *word = place->rest                                          ? place->rest
                       : arguments->keeps_image || arguments->env_count > 0 ? NULL
                                                                            : place->environment->default_version;

    if (word && arguments->keeps_image)
        return error_set(err, ERR_INVALID, "`--image unchanged` and the version `%s` contradict. Nothing was done.",
                         card_quote(str_of(word), 60, view->arena));
    if (!word)
        return arguments->keeps_image || no_version(view, arguments, err);
    arguments->has_version = true;
    if (is_free_word(place, word)) {
        arguments->version = (struct version){ .kind = VERSION_TAG, .text = word, .name = word };
        return true;
    }
    return version_read(word, view->arena, &arguments->version, err) && check_source(view, arguments, err);
}

static bool read_wait(const struct typed *typed, struct deploy_arguments *arguments, struct error *err)
{
    const struct artifact_settings *artifact = arguments->place.service->artifact;
    const char *wait = typed_option(typed, "wait");

    arguments->wait_ms = artifact ? artifact->wait_ms : 0;
    if (!wait)
        return true;
    if (!duration_parse(str_of(wait), &arguments->wait_ms, err) || arguments->wait_ms > WAIT_MAX_MS)
        return error_set(err, ERR_INVALID,
                         "`--wait` takes a duration of at most a day, such as `15m`. Nothing was done.");
    return true;
}

/* Settings are Cloud Run's; a program and a workflow have their own. */
static bool check_settings(const struct deploy_arguments *arguments, struct error *err)
{
    return arguments->env_count == 0 || arguments->place.environment->driver.cloud_run ||
           error_set(err, ERR_INVALID, "`--set-env` is for services on Cloud Run, which `%s` is not. Nothing was done.",
                     arguments->place.target);
}

/* It aborts what runs: so it says where, and brings one version that is named. */
static bool read_now(const struct typed *typed, struct deploy_arguments *arguments, struct error *err)
{
    arguments->is_now = typed_option(typed, "now") != NULL;
    if (!arguments->is_now || (!arguments->group && !arguments->proposed))
        return true;
    return error_set(err, ERR_INVALID, "%s Nothing was done.",
                     arguments->proposed ? "`--now` aborts what runs, so name the version that is to take its place."
                                         : "`--now` aborts what runs at one place: name one service, and of several "
                                           "regions one with `--region`.");
}

static bool read_marks(const struct typed *typed, struct deploy_arguments *arguments, struct error *err)
{
    arguments->is_irreversible = typed_option(typed, "irreversible") != NULL;
    arguments->is_reversible = typed_option(typed, "reversible") != NULL;
    return !arguments->is_irreversible || !arguments->is_reversible ||
           error_set(err, ERR_INVALID, "`--irreversible` and `--reversible` contradict. Nothing was done.");
}

/* An option that is passed over might have been what made the request safe. */
static bool check_alone(const struct typed *typed, const struct deploy_arguments *arguments, struct error *err)
{
    if (typed_option(typed, "max-parallel") || (typed_option(typed, "on-failure") && !arguments->group))
        return error_set(err, ERR_INVALID,
                         "`--max-parallel` and `--on-failure` are for several services: `deploy all ENVIRONMENT`. "
                         "Nothing was done.");
    return true;
}

static bool read_one(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                     struct error *err)
{
    return place_read(view->settings, typed, view->arena, &arguments->place, err) && check_settings(arguments, err) &&
           read_version(view, arguments, err) &&
           deploy_read_strategy(&arguments->place, typed_option(typed, "strategy"), &arguments->strategy, view->arena,
                                err) &&
           read_wait(typed, arguments, err) && deploy_read_regions(view, typed, arguments, err) &&
           check_alone(typed, arguments, err);
}

/* Its plan is known by now, so who comes too late for a window is told at once. Several are each asked for alone. */
static void tell_needs(const struct view *view, const struct deploy_arguments *arguments, struct question *question)
{
    const struct place *place = &arguments->place;
    struct deploy_body plan;

    if (arguments->group || !place->environment->driver.cloud_run)
        return;
    plan = deploy_plan(view, place, arguments->strategy);
    deploy_tell_needs(&plan, question, view->arena);
}

/* What only a draft has. */
static bool check_draft(const struct typed *typed, struct error *err)
{
    static const char *const names[] = { "service", "environment", "version", "other" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (typed_option(typed, names[i]))
            return error_set(err, ERR_INVALID, "I do not know `--%s`: say it as a word. Nothing was done.", names[i]);
    return true;
}

static bool read_request(const struct view *view, const struct request *request, struct deploy_arguments *arguments,
                         struct question *ret_question, struct error *err)
{
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err))
        return false;
    if (!arguments->is_any_version && deploy_wants_form(view, request, &typed))
        return deploy_read_form(view, request, &typed, arguments, ret_question, err);
    if (!check_draft(&typed, err) || !deploy_read_settings(&typed, view->arena, arguments, err) ||
        !(deploy_is_several(view->settings, &typed)
              ? deploy_read_several(view, &typed, arguments, err) && read_wait(&typed, arguments, err)
              : read_one(view, &typed, arguments, err)) ||
        !read_now(&typed, arguments, err) || !read_marks(&typed, arguments, err) ||
        !triggered_read(view, request, typed_option(&typed, "by"), &arguments->trigger, err))
        return false;
    arguments->reason = typed_option(&typed, "reason");
    place_ask(request, &arguments->place, view->arena, ret_question);
    ret_question->reason = arguments->reason;
    tell_needs(view, arguments, ret_question);
    arguments->break_glass = typed_option(&typed, "break-glass");
    ret_question->break_glass = arguments->break_glass;
    return true;
}

static bool deploy_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct deploy_arguments *arguments = ARENA_NEW(view->arena, struct deploy_arguments);

    *ret_arguments = arguments;
    return read_request(view, request, arguments, ret_question, err);
}

bool deploy_ask_any_version(const struct view *view, const struct request *request, struct question *ret_question,
                            const void **ret_arguments, struct error *err)
{
    struct deploy_arguments *arguments = ARENA_NEW(view->arena, struct deploy_arguments);

    arguments->is_any_version = true;
    *ret_arguments = arguments;
    return read_request(view, request, arguments, ret_question, err);
}

bool deploy_lacks_version(const void *value)
{
    const struct deploy_arguments *arguments = value;

    return arguments->lacks_version;
}

/* ---- begin ---- */

/* False: there is one that does the very same, and the answer says so. */
static bool is_the_only_one(const struct view *view, const struct deploy_arguments *given, struct outcome *out)
{
    const struct deploy_sought sought = { .version = given->version.text,
                                          .is_now = given->is_now,
                                          .is_mark_said = given->is_irreversible || given->is_reversible };
    const struct operation *same =
        given->env_count > 0 || given->tune ? NULL : deploy_find_same(view, NULL, given->place.target, &sought);

    if (same)
        outcome_refuse(out, "%s does that already: `%s` to %s. Nothing was done.", same->id, given->version.text,
                       given->place.target);
    return !same;
}

/* Asked again before each increase; but who asks now is told now, and by whom. */
static bool is_held(const struct view *view, const struct request *request, const struct deploy_arguments *given,
                    struct outcome *out)
{
    const struct place *place = &given->place;
    const struct operation *hold =
        hold_find(view, place->service->name, place->environment->name, given->tune ? given->tune->verb : "deploy",
                  &request->principal);

    if (!hold || (given->tune && given->tune->is_dry_run))
        return false;
    outcome_refuse(out, "%s (%s). Nothing was done.", hold_words(view, hold), hold->id);
    outcome_reply_line(out, "%s", hold_turn(hold, view->arena));
    if (given->break_glass)
        outcome_reply_line(out, HOLD_PASSES_NO_GLASS);
    return true;
}

static bool can_begin(const struct view *view, const struct request *request, const struct deploy_arguments *given,
                      struct outcome *out)
{
    const struct place *place = &given->place;
    struct error err;

    if (deploy_can_carry_out(place, &err) &&
        (!place->environment->driver.github_actions || deploy_can_dispatch(view->settings, place, &err)))
        return !is_held(view, request, given, out) && is_the_only_one(view, given, out) &&
               (!given->is_now || queue_may_abort(view, request, place, out));
    outcome_refuse(out, "%s", err.message);
    return false;
}

/* What is known of the version by now, and what pinning needs to find out the rest. */
static void plan_version(const struct view *view, const struct deploy_arguments *given, struct deploy_body *body)
{
    const struct service_settings *service = given->place.service;

    body->version = given->has_version ? given->version.text : "unchanged";
    if (given->has_version && (given->version.kind == VERSION_BRANCH || given->version.kind == VERSION_SHA ||
                               given->version.kind == VERSION_RELEASE))
        body->wanted = given->version.text;
    body->image_tag = given->version.digest;
    if (given->version.kind == VERSION_RELEASE && given->version.digest)
        body->version = given->version.name;
    body->keeps_image = given->keeps_image;
    body->env = given->env;
    body->env_count = given->env_count;
    body->source = view->settings->github ? service->repository : NULL;
    body->branch_tag = service->artifact ? service->artifact->branch_tag : NULL;
    if (given->wait_ms > 0)
        body->artifact_deadline_at_ms = view->now_ms + given->wait_ms;
}

static const char *what_of(const struct deploy_body *body, struct arena *arena)
{
    const char *names = "";

    for (size_t i = 0; i < body->env_count; i++)
        names = arena_printf(arena, "%s%s`%s`", names, i ? ", " : "", body->env[i].key);
    if (body->keeps_image)
        return arena_printf(arena, "other settings (%s)", names);
    return body->env_count == 0 ? arena_printf(arena, "`%s`", body->version)
                                : arena_printf(arena, "`%s` with other settings (%s)", body->version, names);
}

void deploy_begin_one(const struct view *view, const struct request *request, const struct question *question,
                      const struct deploy_arguments *given, struct outcome *out)
{
    struct deploy_body *body = ARENA_NEW(view->arena, struct deploy_body);
    const char *reason = given->reason, *what;

    if (!can_begin(view, request, given, out))
        return;
    *body = given->place.environment->driver.github_actions ? deploy_plan_workflow(view, &given->place)
                                                            : deploy_plan(view, &given->place, given->strategy);
    plan_version(view, given, body);
    body->tune = given->tune;
    body->trigger = given->trigger;
    if (given->has_version)
        triggered_plan(&given->version, body);
    body->tag_prefix = triggered_prefix(&given->place);
    if (given->region)
        body->place.region = given->region;
    body->is_now = given->is_now;
    body->is_irreversible = given->is_irreversible;
    body->is_reversible = given->is_reversible;
    irreversible_plan(view, &given->place, given->has_version ? &given->version : NULL, body);
    body->reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL;
    if (given->break_glass)
        body->break_glass = card_quote(str_of(given->break_glass), REASON_MAX_BYTES, view->arena);
    body->state_deadline_at_ms = view->now_ms + DEPLOY_PIN_DEADLINE_MS;
    what = what_of(body, view->arena);
    outcome_begin(out, "deploy", given->place.target, "pinning", body);
    deploy_pin_start(view, given->place.target, body, out);
    if (given->tune && strcmp(given->tune->verb, "set") == 0)
        return; /* whoever asks is told what changes, once that is known */
    if (given->tune)
        what = "what serves anew";
    outcome_reply(out, given->tune ? "*%s*: bringing %s of *%s* to *%s*%s%s%s." : "*%s*: deploying %s of *%s* to *%s*%s%s%s.",
                  out->operation_id, what, body->service,
                  body->environment, given->region ? " in " : "", given->region ? given->region : "",
                  deploy_plan_words(body, view->arena));
    if (body->is_irreversible)
        outcome_reply_line(out, "It is irreversible: from its first traffic on nothing takes that back but %s.",
                           irreversible_glass(view, given->place.target, body));
    approvals_tell_to_come(view, question, out);
    needless_glass_tell(view, question, NULL, out);
    doubt_tell(view, given->place.target, out);
    queue_tell(view, body, out);
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

static void deploy_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    const struct deploy_arguments *given = arguments;

    if (given->form) {
        deploy_ask_by_form(view, request, given->form, out);
    } else if (given->group) {
        group_begin(view, given->group, out);
        if (out->reply && given->left_out)
            outcome_reply_line(out, "Left out, for want of that environment: %s.", given->left_out);
        if (out->reply)
            needless_glass_tell(view, question, deploy_several_services(given), out);
    } else if (given->proposed) {
        deploy_reply_proposal(view, given, out);
    } else {
        deploy_begin_one(view, request, question, given, out);
    }
}

static bool deploy_only_looks(const void *arguments)
{
    return ((const struct deploy_arguments *)arguments)->form != NULL;
}

static const char *const details[] = {
    "VERSION: an image tag, `branch:NAME`, `sha:SHA`, `release:TAG`, `release:latest` or `sha256:DIGEST`",
    "`--strategy canary|blue-green|all-at-once`: in place of the environment's own",
    "`--reason TEXT`: on the card and in the journal",
    "`--break-glass TEXT`: past a rule that denies it, for those whom the rule lets; announced, and reviewed by somebody else",
    "`--wait 15m`: for an image that is not there yet",
    "`--set-env NAME=VALUE`, as often as you like; with `--image unchanged` nothing else changes",
    "`--region R`: in one region only",
    "`--now`: abort what runs there, its traffic back first, and go before all who wait; whoever may not `abort` there may not",
    "`--irreversible`: older code cannot run on what it changes, so from its first traffic on it is held instead of taken "
    "back, and only `rollback --break-glass` leaves it",
    "`--reversible`: it is not, so GitHub is not asked whether the release of its tag says so; what was said of its image "
    "before counts",
    "several: `--max-parallel N` at once, `--on-failure stop|continue`",
    NULL,
};

const struct verb verb_deploy = {
    .name = "deploy",
    .usage = "deploy [SERVICE|A,B|all] ENVIRONMENT [VERSION] [OPTION...]",
    .summary = "bring a version of a service, or of several, into an environment",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .only_looks = deploy_only_looks,
    .takes_glass = true,
    .is_asked_again = true,
    .asks = deploy_asks,
    .refused = hold_refused,
    .begin = deploy_begin,
};
