#include "bot/health_watch.h"

#include "bot/base/time.h"
#include "handlers/watch/github.h"
#include "handlers/watch/members.h"
#include "handlers/watch/observed.h"
#include "handlers/watch/pagerduty.h"

/* False: it is not at work here. */
static bool read_body(const struct engine *engine, const struct machine *machine, struct arena *arena, void *body)
{
    const struct operation *operation = engine_standing(engine, machine->kind);
    struct error ignored;

    return operation && shape_from_json(machine->body, operation->body, arena, body, &ignored);
}

static cJSON *log_to_json(const struct github_watched *watched, int64_t now_ms, struct arena *arena)
{
    cJSON *json = json_object();

    json_set_string(json, "log", github_watch_name(&watched->log, arena));
    json_set_int(json, "watermark", watched->known.watermark_ms);
    if (watched->known.watermark_ms)
        json_set_int(json, "watermark_age_s", (now_ms - watched->known.watermark_ms) / SECOND_MS);
    json_set_int(json, "looked_at", watched->looked_at_ms);
    json_set_int(json, "caught_up", watched->caught_up);
    json_set_int(json, "lost", watched->lost);
    json_set_int(json, "unread", watched->unread);
    json_set_string(json, "problem", watched->problem);
    return json;
}

static void add_github(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct github_watch body;
    cJSON *logs;

    if (!read_body(engine, &machine_github_watch, arena, &body))
        return;
    logs = json_set(json, "catch_up", json_array());
    for (size_t i = 0; i < body.logs_count; i++)
        json_add(logs, log_to_json(&body.logs[i], engine_status(engine).store_unix_ms, arena));
}

static void add_pagerduty(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct pagerduty_watch body;
    cJSON *watch, *list;

    if (!read_body(engine, &machine_pagerduty_watch, arena, &body))
        return;
    watch = json_set(json, "pagerduty", json_object());
    json_set_int(watch, "looked_at", body.looked_at_ms);
    json_set_bool(watch, "gap", body.is_gap);
    if (body.incidents_at_ms)
        json_set_int(watch, "incidents_read_at", body.incidents_at_ms);
    json_set_int(watch, "open_incidents", (int64_t)body.incidents_count);
    json_set_string(watch, "problem", body.problem);
    list = json_set(watch, "subscriptions", json_array());
    for (size_t i = 0; i < body.subscriptions_count; i++) {
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "subscription", body.subscriptions[i].id);
        json_set_string(one, "trouble", body.subscriptions[i].trouble);
        if (body.subscriptions[i].since_ms)
            json_set_int(one, "since", body.subscriptions[i].since_ms);
    }
}

static void add_members(cJSON *json, const struct engine *engine, struct arena *arena)
{
    int64_t now_ms = engine_status(engine).store_unix_ms;
    struct members_watch body;
    cJSON *list;

    if (!read_body(engine, &machine_members_watch, arena, &body))
        return;
    list = json_set(json, "members", json_array());
    for (size_t i = 0; i < body.sources_count; i++) {
        const struct membership *source = &body.sources[i];
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "source", source->source);
        json_set_int(one, "members", (int64_t)source->members_count);
        json_set_int(one, "read_at", source->read_at_ms);
        if (source->read_at_ms)
            json_set_int(one, "age_s", (now_ms - source->read_at_ms) / SECOND_MS);
        json_set_string(one, "problem", source->problem);
    }
}

static cJSON *observed_to_json(const struct observed_place *place)
{
    cJSON *json = json_object();

    json_set_string(json, "target", place->target);
    json_set_string(json, "serves", place->serves);
    json_set_string(json, "differs", place->differs);
    json_set_string(json, "problem", place->problem);
    return json;
}

static void add_observed(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct observed_watch body;
    cJSON *list;

    if (!read_body(engine, &machine_observed_watch, arena, &body))
        return;
    list = json_set(json, "observed", json_array());
    for (size_t i = 0; i < body.places_count; i++)
        json_add(list, observed_to_json(&body.places[i]));
}

void health_watch_add(cJSON *json, const struct engine *engine)
{
    AUTO(arena) struct arena *arena = arena_create();

    add_github(json, engine, arena);
    add_pagerduty(json, engine, arena);
    add_members(json, engine, arena);
    add_observed(json, engine, arena);
}
