#include "handlers/control_again.h"

#include "handlers/deploy/plan.h"
#include "handlers/deploy/tune.h"
#include "handlers/place.h"

#include <string.h>

/* Asked for again once it is done, it would go one version further. */
static const char *way_back_again(const struct view *view, const struct operation *operation, const char *glass)
{
    if (operation->result && strcmp(operation->result, "done") == 0)
        return NULL;
    return arena_printf(view->arena, "rollback %s %s%s%s", json_find_string(operation->body, "service"),
                        json_find_string(operation->body, "environment"),
                        place_region_option(operation->target, view->arena),
                        json_find_string(operation->body, glass) ? " --break-glass TEXT" : "");
}

const char *control_line_again(const struct view *view, const struct operation *operation, bool *ret_is_whole)
{
    const cJSON *body = operation->body;
    const char *service = json_find_string(body, "service"), *environment = json_find_string(body, "environment"),
               *wanted = json_find_string(body, "wanted"),
               *version = wanted ? wanted : json_find_string(body, "version"), *line;

    *ret_is_whole = false;
    if (!service || !environment)
        return NULL;
    if (strcmp(operation->kind, "rollback") == 0)
        return way_back_again(view, operation, "irreversible");
    if (strcmp(operation->kind, "deploy") != 0 || !version)
        return NULL;
    if (json_find_bool(body, "is_way_back", false))
        return way_back_again(view, operation, "irreversible_left");
    if (json_find(body, "tune"))
        return tune_line_again(view, operation, ret_is_whole);
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
