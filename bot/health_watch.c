#include "bot/health_watch.h"

#include "handlers/watch/github.h"
#include "handlers/watch/pagerduty.h"

/* False: it is not at work here. */
static bool read_body(const struct engine *engine, const struct machine *machine, struct arena *arena, void *body)
{
    const struct operation *operation = engine_standing(engine, machine->kind);
    struct error ignored;

    return operation && shape_from_json(machine->body, operation->body, arena, body, &ignored);
}

static cJSON *log_to_json(const struct github_watched *watched, struct arena *arena)
{
    cJSON *json = json_object();

    json_set_string(json, "log", github_watch_name(&watched->log, arena));
    json_set_int(json, "watermark", watched->known.watermark_ms);
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
        json_add(logs, log_to_json(&body.logs[i], arena));
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

void health_watch_add(cJSON *json, const struct engine *engine)
{
    AUTO(arena) struct arena *arena = arena_create();

    add_github(json, engine, arena);
    add_pagerduty(json, engine, arena);
}
