#include "handlers/needs.h"

#include "handlers/deploy/ending.h"

#include "bot/model/card.h"
#include "bot/model/cloud_run.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <string.h>

#define SERVICE_DEADLINE_MS (15 * SECOND_MS)
#define QUOTED_BYTES 300

static const struct shape_field rows[] = {
    ROW_STRING(service_need, target, .flags = SHAPE_REQUIRED),
    ROW_STRING(service_need, project, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, region, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, service, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, path, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, field, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, value, .flags = SHAPE_NONZERO),
    ROW_INT(service_need, expect_status, .flags = SHAPE_NONZERO),
    ROW_INT(service_need, timeout_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(service_need, is_private, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, uri, .flags = SHAPE_NONZERO),
    ROW_BOOL(service_need, is_healthy, .flags = SHAPE_NONZERO),
    ROW_STRING(service_need, problem, .flags = SHAPE_NONZERO),
};
const struct shape service_need_shape = SHAPE("a service that needs a database", service_need, rows);

/* ---- who needs it ---- */

struct collecting {
    const struct view *view;
    const char *environment;
    struct service_need *needs;
    size_t count;
};

static bool names(const struct service_settings *service, const char *database)
{
    for (size_t i = 0; i < service->needs_count; i++)
        if (strcmp(service->needs[i], database) == 0)
            return true;
    return false;
}

static void add_region(struct collecting *c, const struct service_settings *service,
                       const struct environment_settings *environment, const char *region)
{
    const struct cloud_run_driver *driver = environment->driver.cloud_run;
    const char *target = settings_target_name(service, environment, c->view->arena);
    struct health_settings health = settings_health(c->view->settings, service, environment);
    struct service_need need = { .target = target, .problem = "it does not run on Cloud Run" };

    if (driver)
        need = (struct service_need){
            .target = driver->regions_count ? arena_printf(c->view->arena, "%s/%s", target, region) : target,
            .project = driver->project,
            .region = region,
            .service = driver->service,
            .path = health.path,
            .field = health.field,
            .value = health.field ? health.value : NULL,
            .expect_status = health.expect_status,
            .timeout_ms = health.timeout_ms,
            .is_private = driver->invoker_token,
        };
    *ARENA_PUSH(c->view->arena, c->needs, c->count) = need;
}

static void add_service(struct collecting *c, const struct service_settings *service)
{
    for (size_t i = 0; i < service->environments_count; i++) {
        const struct environment_settings *environment = &service->environments[i];
        const struct cloud_run_driver *driver = environment->driver.cloud_run;

        if (c->environment && strcmp(environment->name, c->environment) != 0)
            continue;
        if (!driver || driver->regions_count == 0)
            add_region(c, service, environment, driver ? driver->region : NULL);
        for (size_t k = 0; driver && k < driver->regions_count; k++)
            add_region(c, service, environment, driver->regions[k]);
    }
}

struct service_need *needs_of_database(const struct view *view, const char *database, const char *environment,
                                       size_t *ret_count)
{
    struct collecting c = { view, environment, NULL, 0 };

    for (size_t i = 0; i < view->settings->services_count; i++)
        if (names(&view->settings->services[i], database))
            add_service(&c, &view->settings->services[i]);
    *ret_count = c.count;
    return c.needs;
}

struct service_need *needs_copy(const struct service_need *needs, size_t count, struct arena *arena)
{
    struct service_need *copy = arena_alloc(arena, (count + 1) * sizeof(*copy));

    for (size_t i = 0; i < count; i++)
        copy[i] = needs[i];
    return copy;
}

/* ---- they are asked ---- */

static bool is_checked(const struct service_need *need)
{
    return need->service != NULL;
}

bool needs_are_healthy(const struct service_need *needs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_checked(&needs[i]) && !needs[i].is_healthy)
            return false;
    return true;
}

static void read_service(const struct view *view, const struct service_need *need, size_t i, struct outcome *out)
{
    struct run_place place = { need->project, need->region, need->service };

    outcome_read(out, arena_printf(view->arena, NEEDS_SERVICE "%zu", i), READING_SERVICE,
                 shape_to_json(&run_place_shape, &place, SHAPE_WHOLE), SERVICE_DEADLINE_MS);
}

static void read_health(const struct view *view, const struct service_need *need, size_t i, struct outcome *out)
{
    struct health_probe probe = {
        .url = arena_printf(view->arena, "%s%s", need->uri, need->path ? need->path : "/"),
        .expect_status = need->expect_status,
        .timeout_ms = need->timeout_ms,
        .json_field = need->field,
        .json_value = need->value,
        .audience = need->is_private ? need->uri : NULL,
        .project = need->is_private ? need->project : NULL,
    };

    outcome_read(out, arena_printf(view->arena, NEEDS_HEALTH "%zu", i), READING_HEALTH,
                 shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE), need->timeout_ms + 5 * SECOND_MS);
}

void needs_look(const struct view *view, const struct service_need *needs, size_t count, struct outcome *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_checked(&needs[i]) || needs[i].is_healthy)
            continue;
        if (needs[i].uri)
            read_health(view, &needs[i], i, out);
        else
            read_service(view, &needs[i], i, out);
    }
}

/* ---- their answers ---- */

static bool index_of(const struct event *event, const char *prefix, size_t count, int64_t *ret_index)
{
    struct str index = str_of(event->name);
    struct error ignored;

    return str_take_prefix(&index, prefix) && parse_int(index, 0, (int64_t)count - 1, ret_index, &ignored);
}

static void take_service(const struct view *view, const struct event *event, struct service_need *need)
{
    struct run_service service;
    struct error err;

    if (event->end != END_DONE)
        need->problem = deploy_why(event, view->arena);
    else if (!shape_from_json(&run_service_shape, event->body, view->arena, &service, &err))
        need->problem = card_quote(str_of(err.message), QUOTED_BYTES, view->arena);
    else if (!service.uri)
        need->problem = "Cloud Run tells no address of it";
    else
        need->uri = service.uri;
}

static void take_health(const struct view *view, const struct event *event, struct service_need *need)
{
    const char *problem = event->end == END_DONE ? json_find_string(event->body, "problem") : NULL;

    need->is_healthy = event->end == END_DONE && json_find_bool(event->body, "is_healthy", false);
    need->problem = need->is_healthy         ? NULL
                    : event->end != END_DONE ? deploy_why(event, view->arena)
                    : problem                ? problem
                                             : "its health check fails";
}

enum needs_heard needs_hear(const struct view *view, const struct event *event, struct service_need *needs,
                            size_t count, struct outcome *out)
{
    int64_t i;

    if (index_of(event, NEEDS_SERVICE, count, &i)) {
        take_service(view, event, &needs[i]);
        if (!needs[i].uri)
            return NEEDS_HEARD;
        read_health(view, &needs[i], (size_t)i, out);
        return NEEDS_ASKED;
    }
    if (!index_of(event, NEEDS_HEALTH, count, &i))
        return NEEDS_NOTHING;
    take_health(view, event, &needs[i]);
    return NEEDS_HEARD;
}

/* ---- in words ---- */

const char *needs_text(const struct service_need *needs, size_t count, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        const struct service_need *need = &needs[i];

        text = arena_printf(arena, "%s %s %s.", text, need->target,
                            !is_checked(need)  ? "was not checked"
                            : need->is_healthy ? "is healthy"
                                               : "does not answer as it should");
        if (is_checked(need) && !need->is_healthy && need->problem)
            text = arena_printf(arena, "%s (%s)", text, card_quote(str_of(need->problem), QUOTED_BYTES, arena));
    }
    return text;
}

const char *needs_names(const struct service_need *needs, size_t count, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text ? text : "", text ? ", " : "", needs[i].target);
    return text;
}
