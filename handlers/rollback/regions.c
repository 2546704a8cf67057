/* regions.c - the way back of a service that runs in several regions: a group of rollbacks, all at once. Each decides
 * for itself, also where a deploy of all regions has yet to come: there it keeps that from coming, and what serves
 * stays.
 */
#include "handlers/rollback/rollback.h"

#include "handlers/group/group.h"
#include "handlers/rollback/claimants.h"

static void add_word(const struct view *view, struct group_member *member, const char *word)
{
    *ARENA_PUSH(view->arena, member->words, member->words_count) = word;
}

/* Where a group has yet to begin a deploy, to stop that is the whole way back (claimants.h). It is said to the member
 * here: by the time that it begins the group may have ended, and what serves would be taken for what has to be left. */
static struct group_member roll_back(const struct view *view, const struct place *place, const char *region,
                                     const char *from, const char *reason, const char *break_glass)
{
    struct group_member member = { .name = region, .verb = verb_rollback.name };
    const char *target = arena_printf(view->arena, "%s/%s", place->target, region), *group;

    add_word(view, &member, place->service->name);
    add_word(view, &member, place->environment->name);
    add_word(view, &member, arena_printf(view->arena, "--region=%s", region));
    if (from)
        add_word(view, &member, arena_printf(view->arena, "--from=%s", from));
    else if ((group = rollback_find_group(view, view->find_target(view->ctx, target), target)) != NULL)
        add_word(view, &member, arena_printf(view->arena, "--rest-of=%s", group));
    if (reason)
        add_word(view, &member, arena_printf(view->arena, "--reason=%s", reason));
    if (break_glass)
        add_word(view, &member, arena_printf(view->arena, "--break-glass=%s", break_glass));
    return member;
}

void rollback_begin_regions(const struct view *view, const struct place *place, const char *from, const char *reason,
                            const char *break_glass, struct outcome *out)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;
    struct group_body body = {
        .title = arena_printf(view->arena, "Roll %s in %s back in %zu regions", place->service->name,
                              place->environment->name, driver->regions_count),
        .max_parallel = (int64_t)driver->regions_count,
        .on_failure = GROUP_CONTINUE,
        .reason = reason,
    };

    for (size_t i = 0; i < driver->regions_count; i++)
        *ARENA_PUSH(view->arena, body.members, body.members_count) =
            roll_back(view, place, driver->regions[i], from, reason, break_glass);
    group_begin(view, &body, out);
}
