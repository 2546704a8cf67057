/* concern.c - which of our services an incident is about, by what others call them. */
#include "handlers/incident/internal.h"

#include "bot/model/alert.h"
#include "bot/model/settings_service.h"

#include <string.h>

#define SERVICE_LABEL "service"
#define SERVICES_MAX 20

static bool is_listed(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static void add(const struct settings *settings, const char *name, struct arena *arena, const char ***list,
                size_t *count)
{
    const struct service_settings *service = name ? settings_find_service(settings, name) : NULL;

    if (service && *count < SERVICES_MAX && !is_listed(*list, *count, service->name))
        *(const char **)arena_push(arena, list, count, sizeof(**list)) = service->name;
}

void incident_services_of(const struct settings *settings, const struct alert_group *group, struct arena *arena,
                          const char ***ret_services, size_t *ret_count)
{
    add(settings, alert_group_label(group, SERVICE_LABEL), arena, ret_services, ret_count);
    for (size_t i = 0; i < group->alerts_count; i++)
        for (size_t k = 0; group->alerts[i].is_firing && k < group->alerts[i].labels_count; k++)
            if (strcmp(group->alerts[i].labels[k].key, SERVICE_LABEL) == 0)
                add(settings, group->alerts[i].labels[k].value, arena, ret_services, ret_count);
}

static bool is_paged(const struct incident_body *body, const struct service_settings *service)
{
    for (size_t i = 0; service->pagerduty_service && i < body->pages_count; i++)
        if (body->pages[i].service && strcmp(body->pages[i].service, service->pagerduty_service) == 0)
            return true;
    return false;
}

static bool is_meant(const struct incident_body *body, const struct service_settings *service)
{
    for (size_t i = 0; i < body->alerts_count; i++)
        if (is_listed(body->alerts[i].services, body->alerts[i].services_count, service->name))
            return true;
    return is_paged(body, service);
}

/* A database is what the services are that need it. */
static bool needs_meant(const struct view *view, const struct incident_body *body, const char *database)
{
    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        if (is_listed(service->needs, service->needs_count, database) && is_meant(body, service))
            return true;
    }
    return false;
}

bool incident_concerns(const struct view *view, const struct incident_body *body, const char *target)
{
    const struct environment_settings *environment;
    const struct service_settings *service;

    if (target && settings_find_database(view->settings, target))
        return needs_meant(view, body, target);

    return target && settings_find_target(view->settings, target, &service, &environment) && is_meant(body, service);
}

bool incident_concerns_service(const struct view *view, const struct incident_body *body, const char *name)
{
    const struct service_settings *service = settings_find_service(view->settings, name);

    return service && is_meant(body, service);
}

const char *incident_concern_text(const struct view *view, const struct incident_body *body)
{
    const char *text = NULL;

    for (size_t i = 0; i < view->settings->services_count; i++)
        if (is_meant(body, &view->settings->services[i]))
            text = arena_printf(view->arena, "%s%s`%s`", text ? text : "", text ? ", " : "",
                                view->settings->services[i].name);
    return text;
}
