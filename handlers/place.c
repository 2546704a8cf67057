#include "handlers/place.h"

#include "bot/model/card.h"
#include "handlers/registry.h"

#include <string.h>

#define NAMES_MAX 256
#define QUOTED_BYTES 40

static const char *join(const char *const *names, size_t count, struct arena *arena)
{
    const char *joined = "";

    for (size_t i = 0; i < count; i++)
        joined = arena_printf(arena, "%s%s%s", joined, i ? ", " : "", names[i]);
    return joined;
}

static size_t service_names(const struct settings *settings, const char **names)
{
    size_t count = 0;

    for (size_t i = 0; i < settings->services_count && count < NAMES_MAX; i++)
        names[count++] = settings->services[i].name;
    return count;
}

static size_t environment_names(const struct service_settings *service, const char **names)
{
    size_t count = 0;

    for (size_t i = 0; i < service->environments_count && count < NAMES_MAX; i++)
        names[count++] = service->environments[i].name;
    return count;
}

static size_t add_name(const char **names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return count;
    if (count < NAMES_MAX)
        names[count++] = name;
    return count;
}

/* Behind `count` others, each once: services share the names of their environments. */
static size_t add_environments(const struct settings *settings, const char **names, size_t count)
{
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            count = add_name(names, count, settings->services[i].environments[k].name);
    return count;
}

static size_t first_words(const struct settings *settings, const char **names)
{
    return add_environments(settings, names, service_names(settings, names));
}

/* Who only wanted to look does not ask what was done. */
static bool only_looks(const struct typed *typed)
{
    const struct verb *verb = verb_find(verbs, typed->verb);

    return verb && verb->is_look;
}

static const char *undone(const struct typed *typed)
{
    return only_looks(typed) ? "" : " Nothing was done.";
}

static bool unknown(const struct typed *typed, const char *what, const char *word, const char *const *names,
                    size_t count, struct arena *arena, struct error *err)
{
    const char *nearest = str_nearest(str_of(word), names, count);
    const char *quoted = card_quote(str_of(word), QUOTED_BYTES, arena);

    if (nearest)
        return error_set(err, ERR_INVALID, "There is no %s `%s`. Did you mean `%s`?%s", what, quoted, nearest,
                         undone(typed));
    if (count == 0)
        return error_set(err, ERR_INVALID, "There is no %s `%s`: no service is configured.%s", what, quoted,
                         undone(typed));
    return error_set(err, ERR_INVALID, "There is no %s `%s`%s. There is: %s.", what, quoted,
                     only_looks(typed) ? "" : ", so nothing was done", join(names, count, arena));
}

static bool too_many(const struct typed *typed, size_t word, struct arena *arena, struct error *err)
{
    return error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`.%s",
                     card_quote(str_of(typed->words[word]), QUOTED_BYTES, arena),
                     card_quote(str_of(typed->words[word - 1]), QUOTED_BYTES, arena), undone(typed));
}

/* The one service that has this environment; several or none is an error that says so. */
static bool only_service_with(const struct settings *settings, const char *environment, struct arena *arena,
                              const struct service_settings **ret_service, struct error *err)
{
    const char *names[NAMES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < settings->services_count && count < NAMES_MAX; i++) {
        if (!settings_find_environment(&settings->services[i], environment))
            continue;
        names[count++] = settings->services[i].name;
        *ret_service = &settings->services[i];
    }
    if (count > 1)
        return error_set(err, ERR_INVALID, "Which service? These have `%s`: %s.", environment,
                         join(names, count, arena));
    return count == 1 || error_set(err, ERR_INVALID, "There is no service with an environment `%s`.", environment);
}

static bool with_service(const struct service_settings *service, const struct typed *typed, struct arena *arena,
                         struct place *place, struct error *err)
{
    const char *names[NAMES_MAX];
    size_t count = environment_names(service, names);

    place->service = service;
    if (typed->words_count < 2)
        return error_set(err, ERR_INVALID, "Which environment of `%s`? It has: %s.", service->name,
                         join(names, count, arena));
    place->environment = settings_find_environment(service, typed->words[1]);
    if (!place->environment)
        return unknown(typed, arena_printf(arena, "environment of `%s` called", service->name), typed->words[1], names,
                       count, arena, err);
    place->rest = typed->words_count > 2 ? typed->words[2] : NULL;
    return typed->words_count <= 3 || too_many(typed, 3, arena, err);
}

static bool without_service(const struct settings *settings, const struct typed *typed, struct arena *arena,
                            struct place *place, struct error *err)
{
    if (!only_service_with(settings, typed->words[0], arena, &place->service, err))
        return false;
    place->environment = settings_find_environment(place->service, typed->words[0]);
    place->rest = typed->words_count > 1 ? typed->words[1] : NULL;
    return typed->words_count <= 2 || too_many(typed, 2, arena, err);
}

/* `deploy staging api`: never the version `api` of whatever is in staging. */
static bool is_swapped(const struct settings *settings, const struct typed *typed)
{
    return typed->words_count > 1 && settings_find_service(settings, typed->words[1]);
}

static bool swapped(const struct settings *settings, const struct typed *typed, struct arena *arena, struct error *err)
{
    const struct service_settings *service = settings_find_service(settings, typed->words[1]);
    const char *names[NAMES_MAX], *rest = "";

    if (!settings_find_environment(service, typed->words[0]))
        return unknown(typed, arena_printf(arena, "environment of `%s` called", service->name), typed->words[0], names,
                       environment_names(service, names), arena, err);
    for (size_t i = 2; i < typed->words_count; i++)
        rest = arena_printf(arena, "%s %s", rest, card_quote(str_of(typed->words[i]), QUOTED_BYTES, arena));
    return error_set(err, ERR_INVALID, "The service comes first. Did you mean `%s %s %s%s`?%s", typed->verb,
                     service->name, typed->words[0], rest, undone(typed));
}

static bool is_an_environment(const struct settings *settings, const char *word)
{
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings_find_environment(&settings->services[i], word))
            return true;
    return false;
}

/* Neither a service nor an environment: which of the two was probably meant depends on what else was typed. */
static bool neither(const struct settings *settings, const struct typed *typed, struct arena *arena, struct error *err)
{
    const char *names[NAMES_MAX];
    const struct database_settings *database = settings_find_database(settings, typed->words[0]);

    if (database)
        return error_set(err, ERR_INVALID,
                         "`%s` is a database, and no service or environment: `failover %s` tells how it is.%s",
                         database->name, database->name, undone(typed));
    if (typed->words_count == 1)
        return unknown(typed, "service or environment", typed->words[0], names, first_words(settings, names), arena,
                       err);
    return unknown(typed, "service", typed->words[0], names, service_names(settings, names), arena, err);
}

static bool nowhere(const struct settings *settings, struct arena *arena, struct error *err)
{
    const char *services[NAMES_MAX], *environments[NAMES_MAX];

    if (settings->services_count == 0)
        return error_set(err, ERR_INVALID, "There is no service yet: the configuration lists none under `services`.");
    return error_set(err, ERR_INVALID, "Where? Services: %s. Environments: %s.",
                     join(services, service_names(settings, services), arena),
                     join(environments, add_environments(settings, environments, 0), arena));
}

bool place_read(const struct settings *settings, const struct typed *typed, struct arena *arena,
                struct place *ret_place, struct error *err)
{
    struct place place = { 0 };
    const struct service_settings *service;
    bool is_good;

    if (typed->words_count == 0)
        return nowhere(settings, arena, err);
    service = settings_find_service(settings, typed->words[0]);
    if (service)
        is_good = with_service(service, typed, arena, &place, err);
    else if (is_an_environment(settings, typed->words[0]) && is_swapped(settings, typed))
        return swapped(settings, typed, arena, err);
    else if (is_an_environment(settings, typed->words[0]))
        is_good = without_service(settings, typed, arena, &place, err);
    else
        return neither(settings, typed, arena, err);
    if (!is_good)
        return false;
    place.target = settings_target_name(place.service, place.environment, arena);
    *ret_place = place;
    return true;
}

bool place_read_first(const struct settings *settings, const struct typed *typed, struct arena *arena,
                      struct place *ret_place, size_t *ret_taken, struct error *err)
{
    struct typed first = *typed;

    if (first.words_count > 2)
        first.words_count = 2;
    if (!place_read(settings, &first, arena, ret_place, err))
        return false;
    *ret_taken = first.words_count - (ret_place->rest ? 1 : 0);
    ret_place->rest = NULL;
    return true;
}

bool place_take_region(struct place *place, const char *region, struct arena *arena, const char **ret_region,
                       struct error *err)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;

    for (size_t i = 0; driver && i < driver->regions_count; i++)
        if (strcmp(driver->regions[i], region) == 0) {
            *ret_region = driver->regions[i];
            place->target = arena_printf(arena, "%s/%s", place->target, region);
            return true;
        }
    if (!driver || driver->regions_count == 0)
        return error_set(err, ERR_INVALID, "`%s` has no regions to choose from. Nothing was done.", place->target);
    return error_set(err, ERR_INVALID, "`%s` has no region `%s`, but `%s`. Nothing was done.", place->target,
                     card_quote(str_of(region), QUOTED_BYTES, arena),
                     join(driver->regions, driver->regions_count, arena));
}

bool place_take_cloud_run(struct place *place, const struct typed *typed, struct arena *arena,
                          const char **ret_region, struct error *err)
{
    const struct driver_settings *driver = &place->environment->driver;

    *ret_region = typed_option(typed, "region");
    if (!driver->cloud_run)
        return error_set(err, ERR_INVALID,
                         "`%s` is for services on Cloud Run, and `%s` is changed by %s: write a runbook for it. Nothing "
                         "was done.",
                         typed->verb, place->target, driver->program ? "a program" : "a workflow on GitHub");
    if (*ret_region)
        return place_take_region(place, *ret_region, arena, ret_region, err);
    return driver->cloud_run->regions_count == 0 ||
           error_set(err, ERR_INVALID,
                     "`%s` runs in several regions, and each is changed by itself: name one with `--region`, such as "
                     "`--region %s`. Nothing was done.",
                     place->target, driver->cloud_run->regions[0]);
}

const char *place_region_option(const char *target, struct arena *arena)
{
    struct str rest = str_of(target ? target : "");

    str_take_until(&rest, '/'), str_take_until(&rest, '/');
    return rest.len > 0 ? arena_printf(arena, " --region %s", rest.at) : "";
}

void place_ask(const struct request *request, const struct place *place, struct arena *arena, struct question *question)
{
    struct label_list labels = settings_labels(place->service, place->environment, arena);

    *question = (struct question){
        .principal = request->principal,
        .verb = request->verb,
        .service = place->service->name,
        .environment = place->environment->name,
        .source = request->source,
        .labels = labels.labels,
        .labels_count = labels.labels_count,
    };
}
