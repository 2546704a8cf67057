#include "handlers/rollback/claimants.h"

#include "handlers/adjust/adjust.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/keep.h"
#include "handlers/group/group.h"
#include "handlers/rollback/rollback.h"

#include <string.h>

/* ---- who they are ---- */

struct sight { /* all that lives, and the target that is looked at */
    const struct view *view;
    const struct target *target;
    const char *name;
    const struct operation **all;
    size_t count;
};

static struct sight look(const struct view *view, const struct target *target, const char *name)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    struct sight sight = {
        view, target, name, arena_alloc(view->arena, (count + 1) * sizeof(const struct operation *)), count,
    };

    view->list_operations(view->ctx, sight.all, count);
    return sight;
}

static bool is_listed(const struct rollback_claimants *claimants, const struct operation *operation)
{
    for (size_t i = 0; i < claimants->count; i++)
        if (strcmp(claimants->list[i]->id, operation->id) == 0)
            return true;
    return false;
}

/* What only takes away a tag, later: it moves no traffic, and is put off, not stopped. */
static bool is_keep(const struct operation *operation)
{
    return strcmp(operation->kind, machine_keep.kind) == 0;
}

static const struct operation *add(const struct view *view, struct rollback_claimants *claimants, const char *id)
{
    const struct operation *operation = id ? view->find_operation(view->ctx, id) : NULL;

    if (operation && !is_keep(operation))
        *ARENA_PUSH(view->arena, claimants->list, claimants->count) = operation;
    return operation;
}

/* A `set --dry-run`: there is nothing to stop, and so nothing that keeps a way back from what serves. */
static bool only_looks(const struct operation *operation)
{
    return json_find_bool(operation->body, "tune.is_dry_run", false);
}

/* Their image is awaited, or their version not pinned yet: they ask for the target later. */
static void add_who_come(const struct sight *sight, struct rollback_claimants *claimants)
{
    for (size_t i = 0; i < sight->count; i++) {
        const struct operation *operation = sight->all[i];

        if (rollback_is_deploy(operation) && text_equal(operation->target, sight->name) &&
            !operation_has_ended(operation) && !operation->is_stuck && !only_looks(operation) &&
            !is_listed(claimants, operation))
            *ARENA_PUSH(sight->view->arena, claimants->list, claimants->count) = operation;
    }
}

/* ---- what groups have yet to begin ---- */

/* Is the target that of the member's words, or one region of it when they name none? */
static bool brings_to(const struct group_member *member, const char *name, struct arena *arena)
{
    static const char region[] = "--region=";
    struct str rest = str_of(name);
    const char *place;

    if (strcmp(member->verb, verb_deploy.name) != 0 || member->words_count < 2)
        return false;
    place = arena_printf(arena, "%s/%s", member->words[0], member->words[1]);
    for (size_t i = 2; i < member->words_count; i++)
        if (strncmp(member->words[i], region, strlen(region)) == 0)
            return text_equal(arena_printf(arena, "%s/%s", place, member->words[i] + strlen(region)), name);
    return str_take_prefix(&rest, place) && (rest.len == 0 || rest.at[0] == '/');
}

/* It was asked for, and has begun: the operation that it is counts then. */
static bool has_begun(const struct sight *sight, const char *group, const struct group_member *member)
{
    for (size_t i = 0; i < sight->count; i++)
        if (text_equal(sight->all[i]->parent, group) && text_equal(sight->all[i]->parent_name, member->name))
            return true;
    return false;
}

static bool is_awaited(const struct sight *sight, const char *group, const struct group_member *member)
{
    return brings_to(member, sight->name, sight->view->arena) &&
           (member->state == MEMBER_WAITING || (member->state == MEMBER_ASKED && !has_begun(sight, group, member)));
}

/* The first member of a group that is still to begin there; NULL: none, or the operation is no group. */
static const struct group_member *find_awaited(const struct sight *sight, const struct operation *operation)
{
    struct group_body group;
    struct error ignored;

    if (!text_equal(operation->kind, machine_group.kind) || operation_has_ended(operation) || operation->is_stuck ||
        view_find_later_way_back(sight->view, sight->target, operation->id) ||
        !shape_from_json(machine_group.body, operation->body, sight->view->arena, &group, &ignored))
        return NULL;
    for (size_t i = 0; i < group.members_count; i++)
        if (is_awaited(sight, operation->id, &group.members[i]))
            return &group.members[i];
    return NULL;
}

static void add_all_awaited(const struct sight *sight, struct rollback_claimants *claimants)
{
    struct arena *arena = sight->view->arena;

    for (size_t i = 0; i < sight->count; i++) {
        const struct group_member *member = find_awaited(sight, sight->all[i]);

        if (member)
            *ARENA_PUSH(arena, claimants->awaited, claimants->awaited_count) =
                arena_printf(arena, "%s of %s", member->name, sight->all[i]->id);
    }
}

const char *rollback_find_group(const struct view *view, const struct target *target, const char *name)
{
    struct sight sight = look(view, target, name);

    for (size_t i = 0; i < sight.count; i++)
        if (find_awaited(&sight, sight.all[i]))
            return sight.all[i]->id;
    return NULL;
}

void rollback_add_awaited(struct rollback_claimants *claimants, const char *group, struct arena *arena)
{
    if (claimants->count + claimants->awaited_count == 0)
        *ARENA_PUSH(arena, claimants->awaited, claimants->awaited_count) = arena_printf(arena, "the rest of %s", group);
}

struct rollback_claimants rollback_find_claimants(const struct view *view, const struct target *target,
                                                  const char *name)
{
    struct rollback_claimants claimants = { 0 };
    struct sight sight = look(view, target, name);

    claimants.holder = target ? add(view, &claimants, target->holder) : NULL;
    for (size_t i = 0; target && i < target->waiting_count; i++)
        add(view, &claimants, target->waiting[i]);
    add_who_come(&sight, &claimants);
    add_all_awaited(&sight, &claimants);
    return claimants;
}

bool rollback_is_deploy(const struct operation *operation)
{
    return operation && strcmp(operation->kind, machine_deploy.kind) == 0;
}

/* ---- what they have done ---- */

static bool is_before_traffic(const char *state)
{
    static const char *const states[] = { "pinning", "awaiting-artifact", "awaiting-checks", "awaiting-approval",
                                          "queued",  "looking",           "creating",        "starting",
                                          "checking" };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (text_equal(state, states[i]))
            return true;
    return false;
}

bool rollback_is_early(const struct operation *operation)
{
    return rollback_is_deploy(operation) &&
           (is_before_traffic(operation->state) ||
            (text_equal(operation->state, "shifting") && json_find_bool(operation->body, "is_denied", false)));
}

bool rollback_may_have_sent(const struct operation *operation)
{
    const char *ended_in = json_find_string(operation->body, "failed_in");

    return !is_before_traffic(ended_in ? ended_in : operation->state);
}

static bool is_waiting_rollback(const struct operation *operation)
{
    return strcmp(operation->kind, machine_rollback.kind) == 0 && text_equal(operation->state, "queued");
}

static bool is_waiting_traffic(const struct operation *operation)
{
    return strcmp(operation->kind, machine_adjust.kind) == 0 && text_equal(operation->state, "queued");
}

/* Another rollback, or a `traffic`, that waits has done nothing, and gives way: what it waits for decides. */
bool rollback_are_early(const struct rollback_claimants *claimants)
{
    size_t count = claimants->awaited_count;

    for (size_t i = 0; i < claimants->count; i++) {
        if (is_waiting_rollback(claimants->list[i]) || is_waiting_traffic(claimants->list[i]))
            continue;
        if (!rollback_is_early(claimants->list[i]))
            return false;
        count++;
    }
    return count > 0;
}

/* Another rollback only gives way as long as it waits. */
static bool gives_way(const struct operation *operation)
{
    return strcmp(operation->kind, machine_rollback.kind) != 0 || is_waiting_rollback(operation);
}

static const char *add_name(const char *names, const char *name, struct arena *arena)
{
    return names ? arena_printf(arena, "%s, %s", names, name) : name;
}

const char *rollback_name_stopped(const struct rollback_claimants *claimants, struct arena *arena)
{
    const char *names = NULL;

    for (size_t i = 0; i < claimants->count; i++)
        if (gives_way(claimants->list[i]))
            names = add_name(names, claimants->list[i]->id, arena);
    for (size_t i = 0; i < claimants->awaited_count; i++)
        names = add_name(names, claimants->awaited[i], arena);
    return names;
}
