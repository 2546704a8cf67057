#include "bot/configuration/check.h"

#include <string.h>

void name_list_add(struct name_list *list, const char *name, struct arena *arena)
{
    if (name)
        *ARENA_PUSH(arena, list->names, list->count) = name;
    else
        list->is_partial = true;
}

bool name_list_has(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    return false;
}

void check_section(struct walk *walk, const struct settings *settings, const void *owner, const char *key, long element,
                   const char *section)
{
    if (!walk_has(walk, settings, section))
        walk_wrong(walk, owner, key, element, "needs the section %s", section);
}

void check_reference(struct walk *walk, const void *owner, const char *key, long element, const char *what,
                     const char *name, const struct name_list *known)
{
    const char *nearest;

    if (!name || known->is_partial || name_list_has(known, name))
        return;
    nearest = str_nearest(str_of(name), known->names, known->count);
    if (nearest)
        walk_wrong(walk, owner, key, element, "no such %s '%.80s'; did you mean '%s'?", what, name, nearest);
    else if (known->count == 0)
        walk_wrong(walk, owner, key, element, "no such %s '%.80s': none is configured", what, name);
    else
        walk_wrong(walk, owner, key, element, "no such %s '%.80s'", what, name);
}

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    return name[0] && name[0] != '-' && strspn(name, letters) == strlen(name);
}

void check_name(struct walk *walk, const void *owner, const char *what, const char *name, struct name_list *seen)
{
    if (!name) {
        seen->is_partial = true;
        return;
    }
    if (!is_name(name))
        walk_wrong(walk, owner, "name", -1, "expected lower case letters, digits and '-', found '%.80s'", name);
    if (name_list_has(seen, name))
        walk_wrong(walk, owner, "name", -1, "a %s called '%.80s' exists already", what, name);
    name_list_add(seen, name, walk->arena);
}

/* ---- the names of a file ---- */

/* Nothing of it could be read: whatever it has. */
static void look_whether_read(struct name_list *list, struct walk *walk, const void *owner, const char *key,
                              size_t count)
{
    list->is_partial = list->is_partial || (count == 0 && walk_is_unread(walk, owner, key));
}

struct name_list names_of_services(struct walk *walk, const struct settings *settings)
{
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "services", settings->services_count);
    for (size_t i = 0; i < settings->services_count; i++)
        name_list_add(&list, settings->services[i].name, walk->arena);
    return list;
}

static void add_once(struct name_list *list, const char *name, struct arena *arena)
{
    if (!name || !name_list_has(list, name))
        name_list_add(list, name, arena);
}

static void add_environments(struct name_list *list, struct walk *walk, const struct service_settings *service)
{
    look_whether_read(list, walk, service, "environments", service->environments_count);
    for (size_t i = 0; i < service->environments_count; i++)
        add_once(list, service->environments[i].name, walk->arena);
}

struct name_list names_of_service_environments(struct walk *walk, const struct settings *settings)
{
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "services", settings->services_count);
    for (size_t i = 0; i < settings->services_count; i++)
        add_environments(&list, walk, &settings->services[i]);
    return list;
}

struct name_list names_of_environments(struct walk *walk, const struct settings *settings)
{
    struct name_list list = names_of_service_environments(walk, settings);

    look_whether_read(&list, walk, settings, "databases", settings->databases_count);
    for (size_t i = 0; i < settings->databases_count; i++)
        if (walk_has(walk, &settings->databases[i], "environment"))
            add_once(&list, settings->databases[i].environment, walk->arena);
    return list;
}

struct name_list names_of_databases(struct walk *walk, const struct settings *settings)
{
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "databases", settings->databases_count);
    for (size_t i = 0; i < settings->databases_count; i++)
        name_list_add(&list, settings->databases[i].name, walk->arena);
    return list;
}

static void add_targets(struct name_list *list, struct walk *walk, const struct service_settings *service)
{
    look_whether_read(list, walk, service, "environments", service->environments_count);
    for (size_t i = 0; i < service->environments_count; i++) {
        const struct environment_settings *environment = &service->environments[i];
        bool is_named = service->name && environment->name;

        name_list_add(list, is_named ? settings_target_name(service, environment, walk->arena) : NULL, walk->arena);
    }
}

struct name_list names_of_targets(struct walk *walk, const struct settings *settings)
{
    struct name_list list = names_of_databases(walk, settings);

    look_whether_read(&list, walk, settings, "services", settings->services_count);
    for (size_t i = 0; i < settings->services_count; i++)
        add_targets(&list, walk, &settings->services[i]);
    return list;
}

struct name_list names_of_runbooks(struct walk *walk, const struct settings *settings)
{
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "runbooks", settings->runbooks_count);
    for (size_t i = 0; i < settings->runbooks_count; i++)
        name_list_add(&list, settings->runbooks[i].name, walk->arena);
    return list;
}

struct name_list names_of_schedules(struct walk *walk, const struct settings *settings)
{
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "runbooks", settings->runbooks_count);
    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];

        look_whether_read(&list, walk, runbook, "schedule", runbook->schedule_count);
        for (size_t k = 0; k < runbook->schedule_count; k++)
            name_list_add(&list, schedule_name(runbook, &runbook->schedule[k]), walk->arena);
    }
    return list;
}

struct name_list names_of_roles(struct walk *walk, const struct settings *settings)
{
    const struct policy_settings *policy = &settings->policy;
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "policy", policy->roles_count);
    look_whether_read(&list, walk, policy, "roles", policy->roles_count);
    for (size_t i = 0; i < policy->roles_count; i++)
        name_list_add(&list, policy->roles[i].name, walk->arena);
    return list;
}

struct name_list names_of_severities(struct walk *walk, const struct settings *settings)
{
    const struct incidents_settings *incidents = settings->incidents;
    size_t count = incidents ? incidents->severities_count : 0;
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "incidents", count);
    look_whether_read(&list, walk, incidents, "severities", count);
    for (size_t i = 0; i < count; i++)
        name_list_add(&list, incidents->severities[i].name, walk->arena);
    return list;
}

struct name_list names_of_tokens(struct walk *walk, const struct settings *settings)
{
    const struct api_settings *api = &settings->api;
    struct name_list list = { 0 };

    look_whether_read(&list, walk, settings, "api", api->tokens_count);
    look_whether_read(&list, walk, api, "tokens", api->tokens_count);
    for (size_t i = 0; i < api->tokens_count; i++)
        name_list_add(&list, api->tokens[i].name, walk->arena);
    return list;
}
