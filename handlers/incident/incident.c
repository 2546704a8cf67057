/* incident.c - the machine: which event is whose. */
#include "handlers/incident/internal.h"

#include "bot/model/change.h"
#include "bot/model/slack_event.h"

#include <string.h>

static const struct move {
    enum event_kind kind;
    const char *name; /* how it begins; NULL: any */
    void (*decide)(struct deciding *d);
} moves[] = {
    { EVENT_REQUEST, "incident-told", incident_told_again },
    { EVENT_REQUEST, NULL, incident_asked },
    { EVENT_EFFECT, "step:", incident_step_ended },
    { EVENT_READING, "step:", incident_step_ended },
    { EVENT_EFFECT, "page:", incident_page_acted },
    { EVENT_READING, "page:", incident_page_read },
    { EVENT_READING, "assess:", incident_look_heard },
    { EVENT_READING, "message:", incident_message_read },
    { EVENT_TIMER, "assess", incident_look_heard },
    { EVENT_EFFECT, "upload", incident_upload_ended },
    { EVENT_EFFECT, "mail", incident_mail_ended },
    { EVENT_EFFECT, "public:", incident_public_ended },
    { EVENT_OUTSIDE, CHANGE_TOLD, incident_change_told },
    { EVENT_OUTSIDE, SLACK_REACTION_ADDED, incident_marked },
    { EVENT_MESSAGE, INCIDENT_HELD_BACK, incident_take_held_back },
    { EVENT_OUTSIDE, NULL, incident_told },
    { EVENT_TIMER, NULL, incident_due },
};

static void on_event(const struct view *view, const struct operation *operation, const void *body,
                     const struct event *event, struct outcome *out)
{
    struct deciding d = { .view = view,
                          .operation = operation,
                          .id = operation->id,
                          .state = operation->state,
                          .body = incident_own_body(body, view->arena),
                          .event = event,
                          .out = out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind ||
            (moves[i].name && strncmp(moves[i].name, event->name, strlen(moves[i].name)) != 0))
            continue;
        moves[i].decide(&d);
        if (out->result)
            return;
        outcome_move(out, strcmp(d.state, operation->state) == 0 ? NULL : d.state, d.body);
        incident_set_timers(&d);
        return;
    }
}

const struct machine machine_incident = {
    .kind = "incident",
    .schema = 1,
    .body = &incident_body_shape,
    .holds_on = "It stands as it was, and nothing reminds of it any more: `incident close` ends it.",
    .on_event = on_event,
    .card = incident_card,
};
