/* regions.c - the way back of a service that runs in several regions: a group of rollbacks, all at once. */
#include "handlers/rollback/rollback.h"

#include "handlers/group/group.h"

static void add_word(const struct view *view, struct group_member *member, const char *word)
{
    *ARENA_PUSH(view->arena, member->words, member->words_count) = word;
}

void rollback_begin_regions(const struct view *view, const struct place *place, const char *from, const char *reason,
                            struct outcome *out)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;
    struct group_body body = {
        .title = arena_printf(view->arena, "Roll %s in %s back in %zu regions", place->service->name,
                              place->environment->name, driver->regions_count),
        .max_parallel = (int64_t)driver->regions_count,
        .on_failure = GROUP_CONTINUE,
        .reason = reason,
    };

    for (size_t i = 0; i < driver->regions_count; i++) {
        struct group_member member = { .name = driver->regions[i], .verb = verb_rollback.name };

        add_word(view, &member, place->service->name);
        add_word(view, &member, place->environment->name);
        add_word(view, &member, arena_printf(view->arena, "--region=%s", driver->regions[i]));
        if (from)
            add_word(view, &member, arena_printf(view->arena, "--from=%s", from));
        if (reason)
            add_word(view, &member, arena_printf(view->arena, "--reason=%s", reason));
        *ARENA_PUSH(view->arena, body.members, body.members_count) = member;
    }
    group_begin(view, &body, out);
}
