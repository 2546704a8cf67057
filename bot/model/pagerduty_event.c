#include "bot/model/pagerduty_event.h"

#define PERSONAL_TEXT .flags = SHAPE_NONZERO | SHAPE_PERSONAL

static const struct shape_field reference_rows[] = {
    ROW_STRING(pagerduty_reference, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_reference, type, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_reference, summary, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_reference, url, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_reference_shape = SHAPE("a thing of PagerDuty's", pagerduty_reference, reference_rows);

static const struct shape_field person_rows[] = {
    ROW_STRING(pagerduty_reference, id, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_reference, type, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_reference, summary, PERSONAL_TEXT),
    ROW_STRING(pagerduty_reference, url, PERSONAL_TEXT),
};
const struct shape pagerduty_person_shape = SHAPE("a person in PagerDuty", pagerduty_reference, person_rows);

#define ROW_THING(T, m) ROW_OPTION(T, m, &pagerduty_reference_shape, .flags = SHAPE_NONZERO)
#define ROW_THINGS(T, m) ROW_OBJECTS(T, m, &pagerduty_reference_shape, .flags = SHAPE_NONZERO)
#define ROW_PERSON(T, m) ROW_OPTION(T, m, &pagerduty_person_shape, .flags = SHAPE_NONZERO)
#define ROW_PEOPLE(T, m) ROW_OBJECTS(T, m, &pagerduty_person_shape, .flags = SHAPE_NONZERO)

static const struct shape_field incident_rows[] = {
    ROW_STRING(pagerduty_incident, id, .flags = SHAPE_REQUIRED),
    ROW_INT(pagerduty_incident, number, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, title, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, url, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, status, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, urgency, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, key, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, incident_type, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_incident, created_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_incident, reopened_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_incident, status_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_incident, assigned_at_ms, .flags = SHAPE_NONZERO),
    ROW_THING(pagerduty_incident, service),
    ROW_THING(pagerduty_incident, priority),
    ROW_THING(pagerduty_incident, escalation_policy),
    ROW_PEOPLE(pagerduty_incident, assignees),
    ROW_PEOPLE(pagerduty_incident, acknowledgers),
    ROW_PERSON(pagerduty_incident, status_by),
    ROW_THINGS(pagerduty_incident, teams),
    ROW_STRING(pagerduty_incident, conference_number, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_incident, conference_url, .flags = SHAPE_NONZERO),
    ROW_BOOL(pagerduty_incident, is_merged, .flags = SHAPE_NONZERO),
    ROW_THING(pagerduty_incident, merged_into),
};
const struct shape pagerduty_incident_shape = SHAPE("an incident in PagerDuty", pagerduty_incident, incident_rows);

/* ---- what happens to an incident ---- */

static const struct shape_field words_rows[] = {
    ROW_STRING(pagerduty_words, id, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_words, text, PERSONAL_TEXT),
    ROW_BOOL(pagerduty_words, is_trimmed, .flags = SHAPE_NONZERO),
};
static const struct shape words_shape = SHAPE("what somebody wrote", pagerduty_words, words_rows);

static const struct shape_field responder_rows[] = {
    ROW_PERSON(pagerduty_responder, user),
    ROW_THING(pagerduty_responder, escalation_policy),
    ROW_STRING(pagerduty_responder, message, PERSONAL_TEXT),
    ROW_STRING(pagerduty_responder, state, .flags = SHAPE_NONZERO),
};
static const struct shape responder_shape = SHAPE("a responder", pagerduty_responder, responder_rows);

static const struct shape_field number_rows[] = {
    ROW_STRING(pagerduty_number, label, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_number, number, .flags = SHAPE_NONZERO),
};
static const struct shape number_shape = SHAPE("a number to call", pagerduty_number, number_rows);

static const struct shape_field bridge_rows[] = {
    ROW_STRING(pagerduty_bridge, url, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(pagerduty_bridge, numbers, &number_shape, .flags = SHAPE_NONZERO),
};
static const struct shape bridge_shape = SHAPE("a conference bridge", pagerduty_bridge, bridge_rows);

static const struct shape_field field_rows[] = {
    ROW_STRING(pagerduty_field, id, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_field, name, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_field, data_type, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_field, field_type, .flags = SHAPE_NONZERO),
    ROW_STRINGS(pagerduty_field, values, PERSONAL_TEXT),
};
static const struct shape field_shape = SHAPE("a custom field", pagerduty_field, field_rows);

static const struct shape_field fields_rows[] = {
    ROW_OBJECTS(pagerduty_fields, fields, &field_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(pagerduty_fields, changed, &field_shape, .flags = SHAPE_NONZERO),
};
static const struct shape fields_shape = SHAPE("custom fields", pagerduty_fields, fields_rows);

static const struct shape_field role_rows[] = {
    ROW_STRING(pagerduty_role, id, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_role, status, .flags = SHAPE_NONZERO),
    ROW_THING(pagerduty_role, role),
    ROW_PERSON(pagerduty_role, assignee),
    ROW_PERSON(pagerduty_role, old_assignee),
};
static const struct shape role_shape = SHAPE("a role in an incident", pagerduty_role, role_rows);

static const struct shape_field roles_rows[] = {
    ROW_OBJECTS(pagerduty_roles, roles, &role_shape, .flags = SHAPE_NONZERO),
};
static const struct shape roles_shape = SHAPE("roles in an incident", pagerduty_roles, roles_rows);

static const struct shape_field task_rows[] = {
    ROW_STRING(pagerduty_task, id, .flags = SHAPE_NONZERO),     ROW_STRING(pagerduty_task, name, PERSONAL_TEXT),
    ROW_STRING(pagerduty_task, summary, PERSONAL_TEXT),         ROW_STRING(pagerduty_task, description, PERSONAL_TEXT),
    ROW_STRING(pagerduty_task, status, .flags = SHAPE_NONZERO), ROW_PEOPLE(pagerduty_task, assignees),
};
static const struct shape task_shape = SHAPE("a task", pagerduty_task, task_rows);

static const struct shape_field action_rows[] = {
    ROW_STRING(pagerduty_action, id, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_action, url, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_action, state, .flags = SHAPE_NONZERO),
    ROW_THING(pagerduty_action, action),
};
static const struct shape action_shape = SHAPE("an automation action", pagerduty_action, action_rows);

static const struct shape_field workflow_rows[] = {
    ROW_STRING(pagerduty_workflow, id, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_workflow, summary, .flags = SHAPE_NONZERO),
    ROW_THING(pagerduty_workflow, workflow),
    ROW_THING(pagerduty_workflow, trigger),
    ROW_THING(pagerduty_workflow, service),
};
static const struct shape workflow_shape = SHAPE("an incident workflow", pagerduty_workflow, workflow_rows);

static const struct shape_field service_rows[] = {
    ROW_STRING(pagerduty_service, alert_creation, .flags = SHAPE_NONZERO),
    ROW_THINGS(pagerduty_service, teams),
};
static const struct shape service_shape = SHAPE("a service in PagerDuty", pagerduty_service, service_rows);

/* ---- the event ---- */

static const struct shape_field event_rows[] = {
    ROW_THING(pagerduty_event, about),
    ROW_PERSON(pagerduty_event, agent),
    ROW_STRING(pagerduty_event, client, .flags = SHAPE_NONZERO),
    ROW_BOOL(pagerduty_event, is_cut, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, incident, &pagerduty_incident_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, note, &words_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, status_update, &words_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, responder, &responder_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, bridge, &bridge_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, fields, &fields_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, roles, &roles_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, task, &task_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, action, &action_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, workflow, &workflow_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, service, &service_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_event, ping, &words_shape, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_event_shape = SHAPE("an event of PagerDuty's", pagerduty_event, event_rows);
