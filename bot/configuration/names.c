#include "bot/configuration/check.h"

#include <string.h>

void name_list_add(struct name_list *list, const char *name, struct arena *arena)
{
    if (name)
        *ARENA_PUSH(arena, list->names, list->count) = name;
}

bool name_list_has(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    return false;
}

void check_reference(struct walk *walk, const void *owner, const char *key, long element, const char *what,
                     const char *name, const struct name_list *known)
{
    const char *nearest;

    if (!name || name_list_has(known, name))
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
    if (!name)
        return;
    if (!is_name(name))
        walk_wrong(walk, owner, "name", -1, "expected lower case letters, digits and '-', found '%.80s'", name);
    if (name_list_has(seen, name))
        walk_wrong(walk, owner, "name", -1, "a %s called '%.80s' exists already", what, name);
    name_list_add(seen, name, walk->arena);
}

struct name_list names_of_services(const struct settings *settings, struct arena *arena)
{
    struct name_list list = { NULL, 0 };

    for (size_t i = 0; i < settings->services_count; i++)
        name_list_add(&list, settings->services[i].name, arena);
    return list;
}

static void add_once(struct name_list *list, const char *name, struct arena *arena)
{
    if (name && !name_list_has(list, name))
        name_list_add(list, name, arena);
}

struct name_list names_of_environments(const struct settings *settings, struct arena *arena)
{
    struct name_list list = { NULL, 0 };

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            add_once(&list, settings->services[i].environments[k].name, arena);
    for (size_t i = 0; i < settings->databases_count; i++)
        add_once(&list, settings->databases[i].environment, arena);
    return list;
}

struct name_list names_of_databases(const struct settings *settings, struct arena *arena)
{
    struct name_list list = { NULL, 0 };

    for (size_t i = 0; i < settings->databases_count; i++)
        name_list_add(&list, settings->databases[i].name, arena);
    return list;
}

struct name_list names_of_targets(const struct settings *settings, struct arena *arena)
{
    struct name_list list = names_of_databases(settings, arena);

    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++)
            if (service->name && service->environments[k].name)
                name_list_add(&list, settings_target_name(service, &service->environments[k], arena), arena);
    }
    return list;
}

struct name_list names_of_roles(const struct settings *settings, struct arena *arena)
{
    struct name_list list = { NULL, 0 };

    for (size_t i = 0; i < settings->policy.roles_count; i++)
        name_list_add(&list, settings->policy.roles[i].name, arena);
    return list;
}

struct name_list names_of_severities(const struct settings *settings, struct arena *arena)
{
    struct name_list list = { NULL, 0 };

    for (size_t i = 0; settings->incidents && i < settings->incidents->severities_count; i++)
        name_list_add(&list, settings->incidents->severities[i].name, arena);
    return list;
}
