#include "bot/model/principal.h"

#include <string.h>

static const struct shape_field rows[] = {
    ROW_STRING(principal, system, .flags = SHAPE_REQUIRED, .about = "slack, github, pagerduty, token or local"),
    ROW_STRING(principal, id, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL, .about = "the immutable id there"),
    ROW_STRING(principal, team, .flags = SHAPE_NONZERO, .about = "Slack's workspace"),
    ROW_STRING(principal, name, .flags = SHAPE_NONZERO | SHAPE_PERSONAL, .about = "for display only"),
};
const struct shape principal_shape = SHAPE("a principal", principal, rows);

const char *principal_text(const struct principal *principal, struct arena *arena)
{
    return arena_printf(arena, "%s:%s", principal->system ? principal->system : "", principal->id ? principal->id : "");
}

const char *principal_mention(const struct principal *principal, struct arena *arena)
{
    return arena_printf(arena, "@{%s:%s}", principal->system, principal->id);
}

cJSON *principal_personal(const struct principal *principal)
{
    cJSON *json = json_object();

    json_set_string(json, "system", principal->system);
    json_set_string(json, "principal", principal->id);
    json_set_string(json, "name", principal->name);
    return json;
}

bool principal_equal(const struct principal *a, const struct principal *b)
{
    return str_equal(str_of(a->system), str_of(b->system)) && str_equal(str_of(a->id), str_of(b->id)) &&
           str_equal(str_of(a->team), str_of(b->team));
}
