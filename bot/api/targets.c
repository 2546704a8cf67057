/* targets.c - places: what runs there by opsgate's own record, who is at it and who waits, what holds it, and how it
 * went. */
#include "bot/api/internal.h"

#include "handlers/hold/hold.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/status/record.h"
#include "handlers/status/status.h"

#include <string.h>

struct place_told {
    const char *name, *service, *environment,
        *region; /* service: or the database; region: NULL where it has one alone */
    const char *driver;
};

struct places {
    const struct api_call *call;
    struct place_told *list;
    size_t count;
};

/* ---- which there are ---- */

static const char *driver_of(const struct driver_settings *driver)
{
    return driver->cloud_run ? "cloud_run" : driver->program ? "program" : "github_actions";
}

static void add_environment(struct places *places, const struct service_settings *service,
                            const struct environment_settings *environment)
{
    struct arena *arena = places->call->arena;
    const struct cloud_run_driver *run = environment->driver.cloud_run;
    struct place_told told = { .service = service->name,
                               .environment = environment->name,
                               .driver = driver_of(&environment->driver),
                               .name = settings_target_name(service, environment, arena) };
    const char *target = told.name;

    if (!run || run->regions_count == 0)
        *ARENA_PUSH(arena, places->list, places->count) = told;
    for (size_t i = 0; run && i < run->regions_count; i++) {
        told.region = run->regions[i];
        told.name = arena_printf(arena, "%s/%s", target, told.region);
        *ARENA_PUSH(arena, places->list, places->count) = told;
    }
}

static struct places all_places(const struct api_call *call)
{
    const struct settings *settings = call->view.settings;
    struct places places = { .call = call };

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            add_environment(&places, &settings->services[i], &settings->services[i].environments[k]);
    for (size_t i = 0; i < settings->databases_count; i++)
        *ARENA_PUSH(call->arena, places.list, places.count) =
            (struct place_told){ .name = settings->databases[i].name,
                                 .service = settings->databases[i].name,
                                 .environment = settings->databases[i].environment,
                                 .driver = "database" };
    return places;
}

/* ---- one of them ---- */

static const char *plain_version(const struct api_call *call, const char *version)
{
    return version && *version ? api_plain(call, version_short(version, call->arena)) : NULL;
}

static cJSON *version_json(const struct api_call *call, const struct target_version *version)
{
    cJSON *json = json_object();

    api_set_text(json, "version", plain_version(call, version->version));
    api_set_text(json, "image", version->image);
    api_set_text(json, "revision", version->revision);
    api_set_text(json, "operation", version->operation);
    api_set_time(call, json, "at", version->at_ms);
    api_set_plain(call, json, "why", version->why ? version->why : version->left);
    return json;
}

/* Newest first. */
static cJSON *versions(const struct api_call *call, const struct target_version *list, size_t count)
{
    cJSON *json = json_array();

    while (count-- > 0)
        json_add(json, version_json(call, &list[count]));
    return json;
}

static void add_operation(const struct api_call *call, cJSON *json, const char *name, const char *id)
{
    const struct operation *operation = id ? operation_find(&call->view, id) : NULL;

    json_set(json, name, operation ? api_operation_brief(call, operation) : cJSON_CreateNull());
}

static cJSON *waiting(const struct target *target)
{
    cJSON *json = json_array();

    for (size_t i = 0; target && i < target->waiting_count; i++)
        json_add_string(json, target->waiting[i]);
    return json;
}

static cJSON *locks(const struct api_call *call, const struct place_told *place)
{
    const struct view *view = &call->view;
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(call->arena, (count + 1) * sizeof(*list));
    cJSON *json = json_array();

    count = hold_list(view, list, count);
    for (size_t i = 0; i < count; i++) {
        cJSON *one;

        if (!hold_covers(list[i], place->service, place->environment))
            continue;
        one = json_add(json, json_object());
        json_set_string(one, "operation", list[i]->id);
        json_set_string(one, "kind", list[i]->kind);
        api_set_plain(call, one, "words", hold_words(view, list[i]));
        api_set_plain(call, one, "turn", hold_turn(list[i], call->arena));
    }
    return json;
}

static void add_serving(const struct api_call *call, const struct target *target, cJSON *json)
{
    const struct target_version *newest = target && target->good_count ? &target->good[target->good_count - 1] : NULL;

    api_set_text(json, "version", newest ? plain_version(call, newest->version) : NULL);
    json_set(json, "serving", newest ? version_json(call, newest) : cJSON_CreateNull());
    json_set_bool(json, "known", record_is_known(target));
    api_set_plain(call, json, "sentence", record_sentence(&call->view, target));
    api_set_text(json, "doubt", target ? target->doubt : NULL);
}

static cJSON *brief(const struct api_call *call, const struct place_told *place)
{
    const struct target *target = call->view.find_target(call->view.ctx, place->name);
    cJSON *json = json_object();

    json_set_string(json, "name", place->name);
    api_set_text(json, "service", place->service);
    api_set_text(json, "environment", place->environment);
    api_set_text(json, "region", place->region);
    json_set_string(json, "driver", place->driver);
    add_serving(call, target, json);
    add_operation(call, json, "holder", target ? target->holder : NULL);
    json_set(json, "waiting", waiting(target));
    json_set(json, "locks", locks(call, place));
    return json;
}

/* ---- what only its own page has ---- */

static cJSON *ends(const struct api_call *call, const struct target *target)
{
    static const char *const names[] = { [ENDED_GOOD] = "good",
                                         [ENDED_BACK] = "taken-back",
                                         [ENDED_LEFT] = "rolled-back-later",
                                         [ENDED_UNTOUCHED] = "untouched",
                                         [ENDED_IN_DOUBT] = "in-doubt" };
    cJSON *json = json_array();

    for (size_t i = target ? target->ends_count : 0; i-- > 0;) {
        const struct target_end *end = &target->ends[i];
        cJSON *one = json_add(json, json_object());

        api_set_text(one, "operation", end->operation);
        api_set_text(one, "version", plain_version(call, end->version));
        json_set_bool(one, "way_back", end->is_way_back);
        api_set_text(one, "verb", end->verb);
        json_set_string(one, "how",
                        end->how >= 0 && end->how < (int64_t)ARRAY_LEN(names) ? names[end->how] : "in-doubt");
        api_set_time(call, one, "asked_at", end->asked_at_ms);
        api_set_time(call, one, "ended_at", end->ended_at_ms);
    }
    return json;
}

/* Of its template, as the newest deploy there found it. Nobody else looks unless asked: `status` does. */
static cJSON *drift(const struct api_call *call, const char *name)
{
    size_t count;
    const struct operation **all = api_all_operations(call, &count);

    for (size_t i = 0; i < count; i++) {
        const cJSON *found = json_find(all[i]->body, "drift");
        cJSON *json;

        if (!all[i]->target || strcmp(all[i]->target, name) != 0 || strcmp(all[i]->kind, "deploy") != 0)
            continue;
        if (!found)
            return cJSON_CreateNull();
        json = json_object();
        json_set_string(json, "operation", all[i]->id);
        api_set_plain(call, json, "differences", json_find_string(found, "differences"));
        api_set_plain(call, json, "scaling", json_find_string(found, "scaling"));
        api_set_plain(call, json, "by", json_find_string(found, "by"));
        api_set_time(call, json, "at", json_find_int(found, "at_ms", 0));
        return json;
    }
    return cJSON_CreateNull();
}

void api_target(struct api_call *call)
{
    struct places places = all_places(call);
    const struct place_told *found = NULL;
    const struct target *target;
    cJSON *json;

    for (size_t i = 0; i < places.count; i++)
        if (strcmp(places.list[i].name, call->word) == 0)
            found = &places.list[i];
    if (!found || !api_may(call, verb_status.name, found->name)) {
        api_problem(call, 404, "There is no such target that you may read.");
        return;
    }
    target = call->view.find_target(call->view.ctx, found->name);
    json = brief(call, found);
    json_set(json, "good", versions(call, target ? target->good : NULL, target ? target->good_count : 0));
    json_set(json, "bad", versions(call, target ? target->bad : NULL, target ? target->bad_count : 0));
    json_set(json, "ends", ends(call, target));
    json_set(json, "drift", drift(call, found->name));
    api_answer(call, json);
}

/* In the order of the configuration. */
void api_targets(struct api_call *call)
{
    struct places places = all_places(call);
    const char *before = api_parameter(call, "before"), *last = NULL;
    size_t limit = API_LIMIT_OTHERWISE, taken = 0;
    struct api_page page;
    bool is_behind = !before;

    if (!api_read_limit(call, &limit))
        return;
    page = api_page();
    for (size_t i = 0; i < places.count; i++) {
        const struct place_told *place = &places.list[i];

        if (!is_behind || !api_may(call, verb_status.name, place->name)) {
            is_behind = is_behind || strcmp(place->name, before) == 0;
            continue;
        }
        if (taken++ == limit) {
            json_set_string(page.json, "next", last);
            break;
        }
        last = place->name;
        json_add(page.items, brief(call, place));
    }
    api_answer(call, page.json);
}
