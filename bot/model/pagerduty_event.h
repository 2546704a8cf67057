/* pagerduty_event.h - what PagerDuty tells: an incident and what happens to it, in one body for all kinds of events.
 *
 * `outside_event.body` of the source "pagerduty" has pagerduty_event_shape, whatever its name; of the members from
 * `incident` on, one is there: the one its name tells of. What PagerDuty left out or sent as null is NULL, 0 or empty.
 * Texts and lists are cut to fit into an inbox item; then is_cut says so. PagerDuty's ids are unique by type only.
 * Spec: https://developer.pagerduty.com/docs/webhooks-overview (V3), https://developer.pagerduty.com/api-reference
 */
#ifndef OPSGATE_MODEL_PAGERDUTY_EVENT_H
#define OPSGATE_MODEL_PAGERDUTY_EVENT_H

#include "bot/base/shape.h"

struct pagerduty_reference {
    const char *id;      /* "PXPGF42" */
    const char *type;    /* "user_reference", "service_reference", ...; or NULL */
    const char *summary; /* its name for people, or NULL */
    const char *url;     /* its page for people, or NULL */
};
extern const struct shape pagerduty_reference_shape, pagerduty_person_shape; /* a person's name is personal */

struct pagerduty_incident { /* the same from a webhook and from the REST API */
    const char *id;
    int64_t number;          /* "#42"; 0: not told */
    const char *title, *url; /* or NULL */
    const char *status;      /* "triggered", "acknowledged", "resolved"; NULL: not told, so it has to be read */
    const char *urgency;     /* "high", "low"; or NULL */
    const char *key;         /* incident_key, or NULL */
    const char *incident_type;
    int64_t created_at_ms, reopened_at_ms;      /* unix; 0: not told, or never. reopened: webhooks alone tell it */
    int64_t status_at_ms;                       /* unix: last_status_change_at, which REST alone tells; else 0 */
    int64_t assigned_at_ms;                     /* unix: the newest of its assignments; REST alone, and 0 when resolved */
    const struct pagerduty_reference *service;  /* or NULL, as all that follow */
    const struct pagerduty_reference *priority; /* summary "P1" */
    const struct pagerduty_reference *escalation_policy;
    struct pagerduty_reference *assignees;
    size_t assignees_count;
    struct pagerduty_reference *acknowledgers; /* REST alone tells them; none once it is triggered again or resolved */
    size_t acknowledgers_count;
    const struct pagerduty_reference *status_by; /* who or what changed its status last; REST alone */
    struct pagerduty_reference *teams;
    size_t teams_count;
    const char *conference_number, *conference_url;
    bool is_merged;                                /* resolved by being merged into... */
    const struct pagerduty_reference *merged_into; /* ...this one, where PagerDuty says which */
};
extern const struct shape pagerduty_incident_shape;

struct pagerduty_words { /* a note, a status update, what a ping says */
    const char *id;      /* NULL: a ping has none */
    const char *text;
    bool is_trimmed; /* by PagerDuty: there is more of it */
};
struct pagerduty_responder {
    const struct pagerduty_reference *user, *escalation_policy; /* who was asked: one of them */
    const char *message;
    const char *state; /* "pending", "joined", "declined", "user_cancelled" */
};
struct pagerduty_number {
    const char *label, *number;
};
struct pagerduty_bridge {
    const char *url;
    struct pagerduty_number *numbers;
    size_t numbers_count;
};
struct pagerduty_field {
    const char *id, *name, *data_type, *field_type;
    const char **values; /* as text, whatever their type; none: not set */
    size_t values_count;
};
struct pagerduty_fields {
    struct pagerduty_field *fields; /* all, as they are now */
    size_t fields_count;
    struct pagerduty_field *changed; /* those that changed; PagerDuty's example shows their old values here */
    size_t changed_count;
};
struct pagerduty_role {
    const char *id, *status;
    const struct pagerduty_reference *role, *assignee, *old_assignee; /* assignee NULL: nobody has it any more */
};
struct pagerduty_roles {
    struct pagerduty_role *roles;
    size_t roles_count;
};
struct pagerduty_task {
    const char *id, *name, *summary, *description;
    const char *status; /* "todo", ... */
    struct pagerduty_reference *assignees;
    size_t assignees_count;
};
struct pagerduty_action {
    const char *id, *url;
    const char *state; /* "created", ... */
    const struct pagerduty_reference *action;
};
struct pagerduty_workflow {
    const char *id, *summary;
    const struct pagerduty_reference *workflow, *trigger, *service;
};
struct pagerduty_service {
    const char *alert_creation;
    struct pagerduty_reference *teams;
    size_t teams_count;
};

struct pagerduty_event {
    const struct pagerduty_reference *about; /* the incident, or the service; NULL: a ping */
    const struct pagerduty_reference *agent; /* who or what did it; NULL: PagerDuty itself, or not told */
    const char *client;                      /* where from: "Slack"; or NULL */
    bool is_cut;                             /* some text or list was longer */

    const struct pagerduty_incident *incident;
    const struct pagerduty_words *note;          /* incident.annotated */
    const struct pagerduty_words *status_update; /* incident.status_update_published */
    const struct pagerduty_responder *responder;
    const struct pagerduty_bridge *bridge;
    const struct pagerduty_fields *fields; /* of an incident or of a service */
    const struct pagerduty_roles *roles;
    const struct pagerduty_task *task;
    const struct pagerduty_action *action;
    const struct pagerduty_workflow *workflow;
    const struct pagerduty_service *service;
    const struct pagerduty_words *ping;
};
extern const struct shape pagerduty_event_shape;

#endif
