/* several.c - several deploys as one operation: `deploy all staging`, `deploy api,web staging`, and an environment in
 * several regions. What each of them is asked with stands here; order and ends are the group's. */
#include "handlers/deploy/arguments.h"
#include "handlers/deploy/deploy.h"

#include "bot/model/card.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/triggered.h"

#include <string.h>

#define PARALLEL_OTHERWISE 4
#define QUOTED_BYTES 60
#define REASON_MAX_BYTES 300
#define PASSED_MAX_BYTES 500

static const char *const passed_options[] = { "strategy", "wait", "image", "break-glass", "by" };

/* ---- words ---- */

static void add_word(struct group_member *member, const char *word, struct arena *arena)
{
    *ARENA_PUSH(arena, member->words, member->words_count) = word;
}

/* As one word each, so that no value is taken for an option. What rules the group stays with it, and so do the values
 * of settings: they may be secrets, and words are shown. */
static void pass_options_on(struct group_member *member, const struct typed *typed,
                            const struct deploy_arguments *arguments, const char *reason, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LEN(passed_options); i++)
        if (typed_option(typed, passed_options[i]))
            add_word(member, arena_printf(arena, "--%s=%s", passed_options[i], typed_option(typed, passed_options[i])),
                     arena);
    if (typed_option(typed, "irreversible"))
        add_word(member, "--irreversible", arena);
    if (typed_option(typed, "reversible"))
        add_word(member, "--reversible", arena);
    if (reason)
        add_word(member, arena_printf(arena, "--reason=%s", reason), arena);
    for (size_t i = 0; i < arguments->env_count; i++)
        add_word(member, arena_printf(arena, "--set-env=%s={kept}", arguments->env[i].key), arena);
}

/* Each member gets a copy: what is too long for any of them would make the whole too large to be kept. */
static bool check_lengths(const struct typed *typed, struct error *err)
{
    size_t longest = typed->words_count > 2 ? strlen(typed->words[2]) : 0;

    for (size_t i = 0; i < ARRAY_LEN(passed_options); i++) {
        const char *value = typed_option(typed, passed_options[i]);

        if (value && strlen(value) > longest)
            longest = strlen(value);
    }
    return longest <= PASSED_MAX_BYTES ||
           error_set(err, ERR_INVALID,
                     "No version and no option of several deploys is longer than %d bytes. Nothing "
                     "was done.",
                     PASSED_MAX_BYTES);
}

static bool read_rules(const struct typed *typed, const struct deploy_arguments *arguments, struct arena *arena,
                       struct group_body *body, struct error *err)
{
    const char *parallel = typed_option(typed, "max-parallel"), *on_failure = typed_option(typed, "on-failure");

    if (!check_lengths(typed, err))
        return false;
    body->env = arguments->env;
    body->env_count = arguments->env_count;
    body->max_parallel = PARALLEL_OTHERWISE;
    if (parallel && !parse_int(str_of(parallel), 1, GROUP_MEMBERS_MAX, &body->max_parallel, err))
        return error_wrap(err, "`--max-parallel`");
    if (on_failure && strcmp(on_failure, "stop") != 0 && strcmp(on_failure, "continue") != 0)
        return error_set(err, ERR_INVALID, "`--on-failure` is `stop` or `continue`, not `%s`. Nothing was done.",
                         card_quote(str_of(on_failure), QUOTED_BYTES, arena));
    body->on_failure = on_failure && strcmp(on_failure, "continue") == 0 ? GROUP_CONTINUE : GROUP_STOP;
    body->reason = typed_option(typed, "reason")
                       ? card_quote(str_of(typed_option(typed, "reason")), REASON_MAX_BYTES, arena)
                       : NULL;
    return true;
}

/* ---- several services ---- */

bool deploy_is_several(const struct settings *settings, const struct typed *typed)
{
    if (typed->words_count == 0 || settings_find_service(settings, typed->words[0]))
        return false;
    return strcmp(typed->words[0], "all") == 0 || strchr(typed->words[0], ',');
}

static bool is_an_environment(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings_find_environment(&settings->services[i], name))
            return true;
    return false;
}

static bool check_words(const struct view *view, const struct typed *typed, struct error *err)
{
    if (typed->words_count < 2)
        return error_set(err, ERR_INVALID, "Which environment? `deploy %s ENVIRONMENT`. Nothing was done.",
                         card_quote(str_of(typed->words[0]), QUOTED_BYTES, view->arena));
    if (!is_an_environment(view->settings, typed->words[1]))
        return error_set(err, ERR_INVALID, "No service has an environment `%s`. Nothing was done.",
                         card_quote(str_of(typed->words[1]), QUOTED_BYTES, view->arena));
    if (typed->words_count > 3)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means after the version. Nothing was done.",
                         card_quote(str_of(typed->words[3]), QUOTED_BYTES, view->arena));
    return !typed_option(typed, "region") ||
           error_set(err, ERR_INVALID, "`--region` belongs to one service. Nothing was done.");
}

static bool has_version(const struct typed *typed, const struct environment_settings *environment)
{
    return typed->words_count > 2 || environment->default_version || typed_option(typed, "image") ||
           typed_option(typed, "set-env");
}

static bool add_service(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                        const struct service_settings *service, struct group_body *body, struct error *err)
{
    const struct environment_settings *environment = settings_find_environment(service, typed->words[1]);
    struct group_member member = { .name = service->name, .verb = "deploy" };

    struct place place = { .service = service,
                           .environment = environment,
                           .target = settings_target_name(service, environment, view->arena) };
    enum strategy_kind ignored;

    if (!deploy_read_strategy(&place, typed_option(typed, "strategy"), &ignored, view->arena, err))
        return false;
    if (!has_version(typed, environment) && arguments->is_any_version)
        arguments->lacks_version = true;
    else if (!has_version(typed, environment))
        return error_set(err, ERR_INVALID,
                         "Which version? `%s/%s` has no default_version, so name one for all of them: `deploy %s %s "
                         "VERSION`. Nothing was done.",
                         service->name, environment->name,
                         card_quote(str_of(typed->words[0]), QUOTED_BYTES, view->arena), environment->name);
    add_word(&member, service->name, view->arena);
    add_word(&member, environment->name, view->arena);
    if (typed->words_count > 2)
        add_word(&member, typed->words[2], view->arena);
    pass_options_on(&member, typed, arguments, body->reason, view->arena);
    member.needs = service->needs;
    member.needs_count = service->needs_count;
    *ARENA_PUSH(view->arena, body->members, body->members_count) = member;
    return true;
}

static void leave_out(struct deploy_arguments *arguments, const char *name, struct arena *arena)
{
    arguments->left_out = arguments->left_out ? arena_printf(arena, "%s, %s", arguments->left_out, name) : name;
}

static bool add_all(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                    struct group_body *body, struct error *err)
{
    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        if (!settings_find_environment(service, typed->words[1]))
            leave_out(arguments, service->name, view->arena);
        else if (!add_service(view, typed, arguments, service, body, err))
            return false;
    }
    return true;
}

static bool add_listed(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                       struct group_body *body, struct error *err)
{
    struct str rest = str_of(typed->words[0]);

    while (rest.len > 0) {
        const char *name = arena_copy(view->arena, str_take_until(&rest, ','));
        const struct service_settings *service = settings_find_service(view->settings, name);

        if (!service)
            return error_set(err, ERR_INVALID, "There is no service `%s`. Nothing was done.",
                             card_quote(str_of(name), QUOTED_BYTES, view->arena));
        if (!settings_find_environment(service, typed->words[1]))
            leave_out(arguments, service->name, view->arena);
        else if (!add_service(view, typed, arguments, service, body, err))
            return false;
    }
    return true;
}

/* Policy is asked for the first of them now, and for each of them when it begins. */
static void take_first_place(const struct view *view, const struct typed *typed, const struct group_body *body,
                             struct place *place)
{
    place->service = settings_find_service(view->settings, body->members[0].name);
    place->environment = settings_find_environment(place->service, typed->words[1]);
    place->target = settings_target_name(place->service, place->environment, view->arena);
}

bool deploy_read_several(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                         struct error *err)
{
    struct group_body *body = ARENA_NEW(view->arena, struct group_body);
    bool is_all = strcmp(typed->words[0], "all") == 0;

    if (!check_words(view, typed, err) || !read_rules(typed, arguments, view->arena, body, err) ||
        !(is_all ? add_all(view, typed, arguments, body, err) : add_listed(view, typed, arguments, body, err)))
        return false;
    if (body->members_count == 0)
        return error_set(err, ERR_INVALID, "None of them has an environment `%s`. Nothing was done.",
                         card_quote(str_of(typed->words[1]), QUOTED_BYTES, view->arena));
    body->title =
        arena_printf(view->arena, "Deploy %s to %s", is_all ? "all services" : typed->words[0], typed->words[1]);
    arguments->group = body;
    take_first_place(view, typed, body, &arguments->place);
    return true;
}

/* Regions of one place are judged alike, services are not. */
const struct group_body *deploy_several_services(const void *value)
{
    const struct deploy_arguments *arguments = value;
    const struct group_body *group = arguments->group;

    return group && strcmp(group->members[0].words[0], group->members[0].name) == 0 ? group : NULL;
}

/* ---- several regions ---- */

/* One after the other: each needs the one before. */
static void add_region(const struct view *view, const struct typed *typed, const struct deploy_arguments *arguments,
                       const char *region, struct group_body *body)
{
    struct group_member member = { .name = region, .verb = "deploy" };

    add_word(&member, arguments->place.service->name, view->arena);
    add_word(&member, arguments->place.environment->name, view->arena);
    if (body->version)
        add_word(&member, "{pinned}", view->arena);
    add_word(&member, arena_printf(view->arena, "--region=%s", region), view->arena);
    pass_options_on(&member, typed, arguments, body->reason, view->arena);
    if (body->members_count > 0) {
        *ARENA_PUSH(view->arena, member.needs, member.needs_count) = body->members[body->members_count - 1].name;
    }
    *ARENA_PUSH(view->arena, body->members, body->members_count) = member;
}

/* Which tag is pinned for all of them. False: GitHub would have to be asked first, and each region for itself could get
 * another image. */
static bool take_tag(const struct view *view, const struct deploy_arguments *arguments, struct group_body *body,
                     struct error *err)
{
    const struct service_settings *service = arguments->place.service;
    const struct version *version = &arguments->version;
    bool is_tag =
        !version_needs_github(version) || (version->kind == VERSION_RELEASE && strcmp(version->name, "latest") != 0);

    if (!arguments->has_version)
        return true;
    if (!is_tag || !service->artifact)
        return error_set(
            err, ERR_INVALID,
            "`%s` runs in several regions, which all get one image: name it by its tag or digest instead of "
            "`%s`, or deploy one with `--region`. Nothing was done.",
            arguments->place.target, card_quote(str_of(version->text), QUOTED_BYTES, view->arena));
    body->image_until_ms = arguments->wait_ms > 0 ? view->now_ms + arguments->wait_ms : 0;
    body->version = version->kind == VERSION_RELEASE
                        ? triggered_strip(triggered_prefix(&arguments->place), version->name)
                        : version->text;
    body->tag.image = deploy_repository(service, view->arena);
    body->tag.tag = version->digest ? version->digest
                    : version->kind == VERSION_SHA
                        ? version_tag_of_commit(service->artifact->branch_tag, version->name, view->arena)
                    : version->kind == VERSION_RELEASE ? body->version
                                                       : version->name;
    return true;
}

bool deploy_read_regions(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                         struct error *err)
{
    const struct cloud_run_driver *driver = arguments->place.environment->driver.cloud_run;
    const char *region = typed_option(typed, "region");
    struct group_body *body;

    if (region)
        return place_take_region(&arguments->place, region, view->arena, &arguments->region, err);
    if (!driver || driver->regions_count == 0 || arguments->proposed)
        return true;
    body = ARENA_NEW(view->arena, struct group_body);
    if (!read_rules(typed, arguments, view->arena, body, err) || !take_tag(view, arguments, body, err))
        return false;
    body->max_parallel = 1;
    for (size_t i = 0; i < driver->regions_count; i++)
        add_region(view, typed, arguments, driver->regions[i], body);
    body->title = arena_printf(view->arena, "Deploy %s %s to %s in %zu regions", arguments->place.service->name,
                               body->version ? body->version : "settings", arguments->place.environment->name,
                               driver->regions_count);
    arguments->group = body;
    return true;
}
