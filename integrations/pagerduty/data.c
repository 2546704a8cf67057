#include "integrations/pagerduty/data.h"

#include "integrations/pagerduty/incident.h"

#include <string.h>

typedef bool (*read_fn)(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err);

/* What is read, where it stays. */
#define KEEP(bounds, type, ...)                                                                                        \
    ({                                                                                                                 \
        struct type *kept_ = ARENA_NEW((bounds)->arena, struct type);                                                  \
        *kept_ = (struct type){ __VA_ARGS__ };                                                                         \
        kept_;                                                                                                         \
    })

static bool read_incident(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    struct pagerduty_incident *incident = ARENA_NEW(bounds->arena, struct pagerduty_incident);

    if (!pagerduty_incident_read(bounds, data, incident, err))
        return false;
    event->incident = incident;
    event->about = KEEP(bounds, pagerduty_reference, .id = incident->id, .type = "incident_reference",
                        .summary = incident->title, .url = incident->url);
    return true;
}

static const struct pagerduty_words *read_words(struct bounds *bounds, const cJSON *data, const char *member)
{
    return KEEP(bounds, pagerduty_words, .id = bounds_whole(bounds, data, "id"),
                .text = bounds_text(bounds, data, member), .is_trimmed = json_find_bool(data, "trimmed", false));
}

static bool read_note(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    (void)err;
    event->note = read_words(bounds, data, "content");
    return true;
}

static bool read_status_update(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event,
                               struct error *err)
{
    (void)err;
    event->status_update = read_words(bounds, data, "message");
    return true;
}

static bool read_ping(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    (void)err;
    event->ping = read_words(bounds, data, "message");
    return true;
}

static bool read_responder(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    (void)err;
    event->responder =
        KEEP(bounds, pagerduty_responder, .user = pagerduty_reference_read(bounds, data, "user"),
             .escalation_policy = pagerduty_reference_read(bounds, data, "escalation_policy"),
             .message = bounds_text(bounds, data, "message"), .state = bounds_whole(bounds, data, "state"));
    return true;
}

static bool read_bridge(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    const cJSON *list = json_find(data, "conference_numbers");
    struct pagerduty_number *numbers = NULL;
    size_t count = 0;

    (void)err;
    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL) {
        if (!bounds_has_room(bounds, count))
            break;
        *ARENA_PUSH(bounds->arena, numbers, count) =
            (struct pagerduty_number){ .label = bounds_text(bounds, item, "label"),
                                       .number = bounds_text(bounds, item, "number") };
    }
    event->bridge = KEEP(bounds, pagerduty_bridge, .url = bounds_page(bounds, data, "conference_url"),
                         .numbers = numbers, .numbers_count = count);
    return true;
}

/* ---- custom fields ---- */

/* A value of any type, as text; NULL for what is no value. */
static const char *value_text(struct bounds *bounds, const cJSON *value)
{
    if (cJSON_IsString(value))
        return bounds_text(bounds, value, "");
    if (cJSON_IsNumber(value) || cJSON_IsBool(value))
        return json_print_in(bounds->arena, value);
    return NULL;
}

static void read_values(struct bounds *bounds, const cJSON *value, struct pagerduty_field *field)
{
    const cJSON *first = cJSON_IsArray(value) ? value->child : value;

    for (const cJSON *item = first; item; item = item == value ? NULL : item->next) {
        const char *text = value_text(bounds, item);

        if (text && bounds_has_room(bounds, field->values_count))
            *ARENA_PUSH(bounds->arena, field->values, field->values_count) = text;
    }
}

static struct pagerduty_field *read_field_list(struct bounds *bounds, const cJSON *data, const char *path,
                                               size_t *ret_count)
{
    const cJSON *list = json_find(data, path);
    struct pagerduty_field *fields = NULL, *field;
    size_t count = 0;

    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL) {
        if (!cJSON_IsObject(item))
            continue;
        if (!bounds_has_room(bounds, count))
            break;
        field = ARENA_PUSH(bounds->arena, fields, count);
        field->id = bounds_whole(bounds, item, "id");
        field->name = bounds_text(bounds, item, "name");
        field->data_type = bounds_whole(bounds, item, "data_type");
        field->field_type = bounds_whole(bounds, item, "field_type");
        read_values(bounds, json_find(item, "value"), field);
    }
    *ret_count = count;
    return fields;
}

static bool read_fields(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    struct pagerduty_fields *fields = ARENA_NEW(bounds->arena, struct pagerduty_fields);

    (void)err;
    fields->fields = read_field_list(bounds, data, "custom_fields", &fields->fields_count);
    fields->changed = read_field_list(bounds, data, "changed_custom_fields", &fields->changed_count);
    event->fields = fields;
    return true;
}

/* ---- roles, tasks, automation ---- */

/* Each row of it names the incident, and all name the same one. */
static bool read_roles(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    const cJSON *list = json_find(data, "incident_role_assignments");
    struct pagerduty_roles *roles = ARENA_NEW(bounds->arena, struct pagerduty_roles);

    (void)err;
    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL) {
        if (!cJSON_IsObject(item))
            continue;
        if (!event->about)
            event->about = pagerduty_reference_read(bounds, item, "incident");
        if (!bounds_has_room(bounds, roles->roles_count))
            break;
        *ARENA_PUSH(bounds->arena, roles->roles, roles->roles_count) = (struct pagerduty_role){
            .id = bounds_whole(bounds, item, "id"),
            .status = bounds_whole(bounds, item, "status"),
            .role = pagerduty_reference_read(bounds, item, "role"),
            .assignee = pagerduty_reference_read(bounds, item, "assignee"),
            .old_assignee = pagerduty_reference_read(bounds, item, "old_assignee"),
        };
    }
    event->roles = roles;
    return true;
}

static bool read_task(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    struct pagerduty_task *task =
        KEEP(bounds, pagerduty_task, .id = bounds_whole(bounds, data, "id"), .name = bounds_text(bounds, data, "name"),
             .summary = bounds_text(bounds, data, "summary"), .description = bounds_text(bounds, data, "description"),
             .status = bounds_whole(bounds, data, "status"));

    (void)err;
    task->assignees = pagerduty_references_read(bounds, data, "assignees", "", &task->assignees_count);
    event->task = task;
    return true;
}

static bool read_action(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    (void)err;
    event->action = KEEP(bounds, pagerduty_action, .id = bounds_whole(bounds, data, "id"),
                         .url = bounds_page(bounds, data, "html_url"), .state = bounds_whole(bounds, data, "state"),
                         .action = pagerduty_reference_read(bounds, data, "action"));
    return true;
}

static bool read_workflow(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    (void)err;
    event->workflow = KEEP(bounds, pagerduty_workflow, .id = bounds_whole(bounds, data, "id"),
                           .summary = bounds_text(bounds, data, "summary"),
                           .workflow = pagerduty_reference_read(bounds, data, "incident_workflow"),
                           .trigger = pagerduty_reference_read(bounds, data, "workflow_trigger"),
                           .service = pagerduty_reference_read(bounds, data, "service"));
    return true;
}

static bool read_service(struct bounds *bounds, const cJSON *data, struct pagerduty_event *event, struct error *err)
{
    struct pagerduty_service *service =
        KEEP(bounds, pagerduty_service, .alert_creation = bounds_whole(bounds, data, "alert_creation"));

    (void)err;
    service->teams = pagerduty_references_read(bounds, data, "teams", "", &service->teams_count);
    event->service = service;
    event->about = pagerduty_reference_read(bounds, data, "");
    return true;
}

/* ---- the types ---- */

static const struct row {
    const char *event_type, *data_type;
    const char *about; /* the member of `data` that says which; NULL: the reader does, or nobody */
    read_fn read;
} rows[] = {
    { "incident.triggered", "incident", NULL, read_incident },
    { "incident.acknowledged", "incident", NULL, read_incident },
    { "incident.unacknowledged", "incident", NULL, read_incident },
    { "incident.resolved", "incident", NULL, read_incident },
    { "incident.reopened", "incident", NULL, read_incident },
    { "incident.escalated", "incident", NULL, read_incident },
    { "incident.delegated", "incident", NULL, read_incident },
    { "incident.reassigned", "incident", NULL, read_incident },
    { "incident.priority_updated", "incident", NULL, read_incident },
    { "incident.service_updated", "incident", NULL, read_incident },
    { "incident.incident_type.changed", "incident", NULL, read_incident },
    { "incident.annotated", "incident_note", "incident", read_note },
    { "incident.status_update_published", "incident_status_update", "incident", read_status_update },
    { "incident.responder.added", "incident_responder", "incident", read_responder },
    { "incident.responder.replied", "incident_responder", "incident", read_responder },
    { "incident.conference_bridge.updated", "incident_conference_bridge", "incident", read_bridge },
    { "incident.custom_field_values.updated", "incident_field_values", "incident", read_fields },
    { "incident.role.assigned", "incident_role_assignment", NULL, read_roles },
    { "incident.task.created", "incident_task", "incident", read_task },
    { "incident.task.updated", "incident_task", "incident", read_task },
    { "incident.task.completed", "incident_task", "incident", read_task },
    { "incident.action_invocation.created", "incident_action_invocation", "incident", read_action },
    { "incident.action_invocation.updated", "incident_action_invocation", "incident", read_action },
    { "incident.action_invocation.terminated", "incident_action_invocation", "incident", read_action },
    { "incident.workflow.started", "incident_workflow_instance", "incident", read_workflow },
    { "incident.workflow.completed", "incident_workflow_instance", "incident", read_workflow },
    { "service.created", "service", NULL, read_service },
    { "service.updated", "service", NULL, read_service },
    { "service.deleted", "service", NULL, read_service },
    { "service.custom_field_values.updated", "service_field_values", "service", read_fields },
    { "pagey.ping", "ping", NULL, read_ping },
};

static const struct row *find_row(const char *event_type)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].event_type, event_type) == 0)
            return &rows[i];
    return NULL;
}

bool pagerduty_data_knows(const char *event_type)
{
    return find_row(event_type) != NULL;
}

bool pagerduty_data_read(struct bounds *bounds, const char *event_type, const cJSON *data,
                         struct pagerduty_event *event, struct error *err)
{
    const struct row *row = find_row(event_type);
    const char *type = json_find_string(data, "type");

    if (!row)
        return error_set(err, ERR_INVALID, "an event that opsgate does not know");
    if (!cJSON_IsObject(data))
        return error_set(err, ERR_INVALID, "event.data: expected an object");
    if (type && strcmp(type, row->data_type) != 0)
        return error_set(err, ERR_INVALID, "event.data.type: expected %s for %s", row->data_type, event_type);
    if (row->about)
        event->about = pagerduty_reference_read(bounds, data, row->about);
    if (!row->read(bounds, data, event, err))
        return error_wrap(err, "event.data");
    return event->about || event->ping ||
           error_set(err, ERR_INVALID, "event.data: %s does not say which %s it is about", event_type,
                     str_starts_with(str_of(event_type), "service.") ? "service" : "incident");
}
