#include "handlers/control_again.h"

#include "handlers/deploy/plan.h"
#include "handlers/place.h"

#include <string.h>

/* Another one than the environment's own, as it is now; NULL: that one. */
static const char *strategy_of(const struct view *view, const struct operation *operation)
{
    const struct service_settings *service;
    const struct environment_settings *environment;
    int64_t strategy = json_find_int(operation->body, "strategy", -1);

    if (strategy < STRATEGY_ALL_AT_ONCE || strategy > STRATEGY_BLUE_GREEN || !operation->target ||
        !settings_find_target(view->settings, operation->target, &service, &environment) ||
        strategy == (int64_t)strategy_kind(&environment->strategy))
        return NULL;
    return deploy_strategy_name((enum strategy_kind)strategy);
}

const char *control_line_again(const struct view *view, const struct operation *operation, bool *ret_is_whole)
{
    const cJSON *body = operation->body;
    const char *service = json_find_string(body, "service"), *environment = json_find_string(body, "environment"),
               *wanted = json_find_string(body, "wanted"),
               *version = wanted ? wanted : json_find_string(body, "version"), *strategy, *line;

    *ret_is_whole = false;
    if (strcmp(operation->kind, "deploy") != 0 || !service || !environment || !version)
        return NULL;
    if (json_find_bool(body, "is_way_back", false))
        return arena_printf(view->arena, "rollback %s %s", service, environment);
    line = arena_printf(view->arena, "deploy %s %s", service, environment);
    if (!json_find_bool(body, "keeps_image", false))
        line = arena_printf(view->arena, "%s %s", line, version);
    line = arena_printf(view->arena, "%s%s", line, place_region_option(operation->target, view->arena));
    if ((strategy = strategy_of(view, operation)) != NULL)
        line = arena_printf(view->arena, "%s --strategy %s", line, strategy);
    *ret_is_whole = !json_find(body, "env");
    return *ret_is_whole ? line : arena_printf(view->arena, "%s --set-env ...", line);
}
