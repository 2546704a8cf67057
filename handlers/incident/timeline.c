/* timeline.c - what happened in an incident, in its order. */
#include "handlers/incident/internal.h"

void incident_record(struct deciding *d, const char *kind, const char *who, const char *text)
{
    struct incident_body *body = d->body;
    cJSON *personal = json_object();

    if (body->timeline_count < INCIDENT_TIMELINE_MAX)
        *ARENA_PUSH(d->view->arena, body->timeline, body->timeline_count) =
            (struct incident_entry){ view_unix_ms(d->view), kind, who, text };
    else
        body->cut++;
    json_set_string(personal, "who", who);
    json_set_string(personal, "text", text);
    outcome_journal(d->out, arena_printf(d->view->arena, "incident.%s", kind), NULL, personal);
}
