#include "handlers/control_again.h"

#include "handlers/deploy/plan.h"
#include "handlers/place.h"

#include <string.h>

const char *control_line_again(const struct view *view, const struct operation *operation, bool *ret_is_whole)
{
    const cJSON *body = operation->body;
    const char *service = json_find_string(body, "service"), *environment = json_find_string(body, "environment"),
               *wanted = json_find_string(body, "wanted"),
               *version = wanted ? wanted : json_find_string(body, "version"), *line;

    *ret_is_whole = false;
    if (strcmp(operation->kind, "deploy") != 0 || !service || !environment || !version)
        return NULL;
    if (json_find_bool(body, "is_way_back", false))
        return arena_printf(view->arena, "rollback %s %s", service, environment);
    line = arena_printf(view->arena, "deploy %s %s", service, environment);
    if (!json_find_bool(body, "keeps_image", false))
        line = arena_printf(view->arena, "%s %s", line, version);
    line = arena_printf(view->arena, "%s%s%s%s%s", line, place_region_option(operation->target, view->arena),
                        deploy_strategy_option(view, operation->target, json_find_int(body, "strategy", -1)),
                        json_find_bool(body, "is_irreversible", false) ? " --irreversible" : "",
                        json_find_bool(body, "is_reversible", false) ? " --reversible" : "");
    *ret_is_whole = !json_find(body, "env");
    return *ret_is_whole ? line : arena_printf(view->arena, "%s --set-env ...", line);
}
