/* proposal.c - `deploy api production` without a version: what the environment before it runs is proposed, and asked
 * for. */
#include "handlers/deploy/arguments.h"

#include "bot/base/time.h"
#include "handlers/image.h"

#include <string.h>

/* The newest good one there; of several regions, in the first one that has any. Where the last operation left it open
 * what runs, nobody can say that it runs that. */
static const struct target_version *newest_good(const struct view *view, const struct place *place,
                                                const struct environment_settings *environment, const char **ret_target)
{
    const struct cloud_run_driver *driver = environment->driver.cloud_run;
    size_t regions = driver ? driver->regions_count : 0;
    const char *name = settings_target_name(place->service, environment, view->arena);

    for (size_t i = 0; i <= regions; i++) {
        const char *target_name = i < regions ? arena_printf(view->arena, "%s/%s", name, driver->regions[i]) : name;
        const struct target *target = view->find_target(view->ctx, target_name);

        if (!target || target->doubt || target->good_count == 0 || !target->good[target->good_count - 1].image)
            continue;
        *ret_target = target_name;
        return &target->good[target->good_count - 1];
    }
    return NULL;
}

/* Staging, then those before it in the file, nearest first, then those after it. */
static size_t order_of(const struct place *place, const struct environment_settings **list)
{
    const struct service_settings *service = place->service;
    size_t own = (size_t)(place->environment - service->environments), count = 0;
    const struct environment_settings *staging = settings_find_environment(service, "staging");

    if (staging && staging != place->environment)
        list[count++] = staging;
    for (size_t i = own; i > 0; i--)
        list[count++] = &service->environments[i - 1];
    for (size_t i = own + 1; i < service->environments_count; i++)
        list[count++] = &service->environments[i];
    return count;
}

bool deploy_propose(const struct view *view, const struct place *place, struct deploy_arguments *arguments)
{
    const struct environment_settings **list =
        arena_alloc(view->arena, (place->service->environments_count + 1) * sizeof(*list));
    size_t count = order_of(place, list);

    for (size_t i = 0; i < count && !arguments->proposed; i++)
        arguments->proposed = newest_good(view, place, list[i], &arguments->proposed_from);
    return arguments->proposed != NULL;
}

const char *deploy_version_word(const struct target_version *version, struct arena *arena)
{
    const char *digest = strchr(version->image, '@');

    return !digest || version_is_digest(version->version) ? version->version
                                                          : arena_printf(arena, "%s%s", version->version, digest);
}

void deploy_reply_proposal(const struct view *view, const struct deploy_arguments *arguments, struct outcome *out)
{
    const struct target_version *proposed = arguments->proposed;
    const char *digest = strchr(proposed->image, '@'), *name = proposed->version;
    const char *word = deploy_version_word(proposed, view->arena);
    const char *region = place_region_option(arguments->place.target, view->arena);

    outcome_reply(out, "%s runs `%s` (%s, since %s). Deploy it to *%s*?", arguments->proposed_from,
                  version_short(name, view->arena), digest ? version_short(digest + 1, view->arena) : proposed->image,
                  duration_about(view->now_ms - proposed->at_ms).text, arguments->place.environment->name);
    outcome_reply_line(out, "Nothing was done yet. Another one: `deploy %s %s VERSION%s`.",
                       arguments->place.service->name, arguments->place.environment->name, region);
    outcome_reply_action(out,
                         (struct card_action){
                             .label = arena_printf(view->arena, "Deploy %s", version_short(name, view->arena)),
                             .command = arena_printf(view->arena, "deploy %s %s %s%s", arguments->place.service->name,
                                                     arguments->place.environment->name, word, region),
                             .style = ACTION_PRIMARY,
                         });
}
