/* type.c - what an incident is, besides how bad: a word of `incidents.types`, with people of its own. */
#include "handlers/incident/internal.h"

const struct incident_type *incident_find_type(const struct incidents_settings *incidents, const char *name)
{
    for (size_t i = 0; incidents && name && i < incidents->types_count; i++)
        if (str_equal_nocase(str_of(incidents->types[i].name), str_of(name)))
            return &incidents->types[i];
    return NULL;
}

const char *incident_type_text(const struct view *view, const struct incident_body *body)
{
    const struct incident_type *type = incident_find_type(view->settings->incidents, body->type);

    return type && type->about ? arena_printf(view->arena, "%s, %s", body->type, type->about) : body->type;
}

const char *incident_line_to_declare(const struct view *view, const struct incident_body *body)
{
    const struct incident_type *type = incident_find_type(view->settings->incidents, body->type);

    return arena_printf(view->arena, "incident declare %s%s%s%s %s", body->is_private ? "--private " : "",
                        type ? type->name : "", type ? " " : "", body->severity, body->title);
}
