#include "handlers/control_meant.h"

#include "handlers/group/group.h"

#include <string.h>

/* ---- groups ---- */

static bool is_group(const struct operation *operation)
{
    return strcmp(operation->kind, machine_group.kind) == 0 && !operation_has_ended(operation) && !operation->is_stuck;
}

/* As it was typed for the member: SERVICE ENVIRONMENT come first. */
static bool find_place_of_member(const struct view *view, const cJSON *member, const struct service_settings **service,
                                 const struct environment_settings **environment)
{
    const char *name = json_find_string(member, "words.0"), *where = json_find_string(member, "words.1");

    *service = name ? settings_find_service(view->settings, name) : NULL;
    *environment = *service && where ? settings_find_environment(*service, where) : NULL;
    return *environment != NULL;
}

bool control_find_place_of_group(const struct view *view, const struct operation *group,
                                 const struct service_settings **ret_service,
                                 const struct environment_settings **ret_environment)
{
    const struct environment_settings *environment;
    const struct service_settings *service;

    if (strcmp(group->kind, machine_group.kind) != 0)
        return false;
    JSON_EACH(member, json_find(group->body, "members")) {
        if (!find_place_of_member(view, member, &service, &environment))
            continue;
        *ret_service = service;
        *ret_environment = environment;
        return true;
    }
    return false;
}

/* All of its members are asked for this place. */
static bool is_group_of(const struct view *view, const struct operation *operation, const struct place *place)
{
    const cJSON *members = json_find(operation->body, "members");
    const struct environment_settings *environment;
    const struct service_settings *service;

    if (!is_group(operation) || !members || !members->child)
        return false;
    JSON_EACH(member, members) {
        if (!find_place_of_member(view, member, &service, &environment) || environment != place->environment)
            return false;
    }
    return true;
}

/* ---- what is under way ---- */

static void add(const struct view *view, struct control_meant *meant, const struct operation *operation)
{
    *ARENA_PUSH(view->arena, meant->operations, meant->count) = operation;
}

static void add_groups(const struct view *view, const struct place *place, struct control_meant *meant)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (is_group_of(view, all[i], place))
            add(view, meant, all[i]);
}

static void add_holder(const struct view *view, const char *name, struct control_meant *meant)
{
    const struct target *target = view->find_target(view->ctx, name);
    const struct operation *holder = target && target->holder ? view->find_operation(view->ctx, target->holder) : NULL;

    if (holder)
        add(view, meant, holder);
}

static void add_holders(const struct view *view, const struct place *place, const char *region,
                        struct control_meant *meant)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;

    if (region || !driver || driver->regions_count == 0) {
        add_holder(view, place->target, meant); /* that of the region already */
        return;
    }
    for (size_t i = 0; i < driver->regions_count; i++)
        add_holder(view, arena_printf(view->arena, "%s/%s", place->target, driver->regions[i]), meant);
}

static bool has(const struct control_meant *meant, const char *id)
{
    for (size_t i = 0; id && i < meant->count; i++)
        if (strcmp(meant->operations[i]->id, id) == 0)
            return true;
    return false;
}

/* Who is meant hands it on to its members. */
static struct control_meant without_members(const struct view *view, const struct control_meant *all)
{
    struct control_meant kept = { 0 };

    for (size_t i = 0; i < all->count; i++)
        if (!has(all, all->operations[i]->parent))
            add(view, &kept, all->operations[i]);
    return kept;
}

/* ---- the choice ---- */

static bool nothing_runs(const struct view *view, const struct place *place, struct error *err)
{
    struct control_meant groups = { 0 };

    add_groups(view, place, &groups);
    if (groups.count == 0)
        return error_set(err, ERR_NOT_FOUND, "Nothing is under way at `%s`. Nothing was done.", place->target);
    return error_set(err, ERR_NOT_FOUND,
                     "%s takes care of `%s`, and none of its members runs at this moment: `abort %s` stops it. Nothing "
                     "was done.",
                     groups.operations[0]->id, place->target, groups.operations[0]->id);
}

static bool which(const struct view *view, const char *verb, const struct place *place,
                  const struct control_meant *meant, struct error *err)
{
    const char *all = "";

    for (size_t i = 0; i < meant->count; i++)
        all = arena_printf(view->arena, "%s%s%s (`%s`)", all, i ? ", " : "", meant->operations[i]->id,
                           meant->operations[i]->target);
    return error_set(err, ERR_INVALID,
                     "Which one? Several are under way at `%s`: %s. Name one, `%s %s`. Nothing was done.",
                     place->target, all, verb, meant->operations[0]->id);
}

bool control_find_meant(const struct view *view, const char *verb, const struct place *place, const char *region,
                        enum control_reach reach, struct control_meant *ret_meant, struct error *err)
{
    struct control_meant all = { 0 };

    if (reach == CONTROL_ALL_AND_PARENTS && !region)
        add_groups(view, place, &all);
    add_holders(view, place, region, &all);
    all = without_members(view, &all);
    if (all.count == 0)
        return nothing_runs(view, place, err);
    if (reach == CONTROL_ONE && all.count > 1)
        return which(view, verb, place, &all, err);
    *ret_meant = all;
    return true;
}
