#include "integrations/pagerduty/incident.h"

#include <string.h>

bool pagerduty_id_is_valid(const char *id)
{
    size_t len = id ? strlen(id) : 0;

    return len > 0 && len <= PAGERDUTY_ID_MAX_BYTES &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

/* ---- references ---- */

static bool read_reference(struct bounds *bounds, const cJSON *json, struct pagerduty_reference *reference)
{
    const char *id = json_find_string(json, "id");

    if (!pagerduty_id_is_valid(id))
        return false;
    *reference = (struct pagerduty_reference){
        .id = id,
        .type = bounds_whole(bounds, json, "type"),
        .summary = bounds_text(bounds, json, "summary"),
        .url = bounds_page(bounds, json, "html_url"),
    };
    if (!reference->summary)
        reference->summary = bounds_text(bounds, json, "name"); /* whole objects stand where references may */
    return true;
}

const struct pagerduty_reference *pagerduty_reference_read(struct bounds *bounds, const cJSON *json, const char *path)
{
    struct pagerduty_reference reference;
    struct pagerduty_reference *kept;

    if (!read_reference(bounds, json_find(json, path), &reference))
        return NULL;
    kept = ARENA_NEW(bounds->arena, struct pagerduty_reference);
    *kept = reference;
    return kept;
}

struct pagerduty_reference *pagerduty_references_read(struct bounds *bounds, const cJSON *json, const char *path,
                                                      const char *member, size_t *ret_count)
{
    const cJSON *list = json_find(json, path);
    struct pagerduty_reference *references = NULL, reference;
    size_t count = 0;

    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL) {
        if (!read_reference(bounds, json_find(item, member), &reference))
            continue;
        if (!bounds_has_room(bounds, count))
            break;
        *ARENA_PUSH(bounds->arena, references, count) = reference;
    }
    *ret_count = count;
    return references;
}

/* ---- the incident ---- */

static void read_people(struct bounds *bounds, const cJSON *json, struct pagerduty_incident *incident)
{
    incident->assignees = pagerduty_references_read(bounds, json, "assignees", "", &incident->assignees_count);
    if (incident->assignees_count == 0)
        incident->assignees =
            pagerduty_references_read(bounds, json, "assignments", "assignee", &incident->assignees_count);
    incident->acknowledgers =
        pagerduty_references_read(bounds, json, "acknowledgements", "acknowledger", &incident->acknowledgers_count);
    incident->teams = pagerduty_references_read(bounds, json, "teams", "", &incident->teams_count);
}

static int64_t newest_assignment_ms(const cJSON *json)
{
    const cJSON *list = json_find(json, "assignments");
    int64_t newest_ms = 0;

    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL)
        if (bounds_time(item, "at") > newest_ms)
            newest_ms = bounds_time(item, "at");
    return newest_ms;
}

bool pagerduty_incident_read(struct bounds *bounds, const cJSON *json, struct pagerduty_incident *ret_incident,
                             struct error *err)
{
    struct pagerduty_incident incident = {
        .id = json_find_string(json, "id"),
        .number = json_find_int(json, "number", json_find_int(json, "incident_number", 0)),
        .title = bounds_text(bounds, json, "title"),
        .url = bounds_page(bounds, json, "html_url"),
        .status = bounds_whole(bounds, json, "status"),
        .urgency = bounds_whole(bounds, json, "urgency"),
        .key = bounds_whole(bounds, json, "incident_key"),
        .incident_type = bounds_text(bounds, json, "incident_type.name"),
        .created_at_ms = bounds_time(json, "created_at"),
        .reopened_at_ms = bounds_time(json, "reopened_at"),
        .status_at_ms = bounds_time(json, "last_status_change_at"),
        .assigned_at_ms = newest_assignment_ms(json),
        .service = pagerduty_reference_read(bounds, json, "service"),
        .priority = pagerduty_reference_read(bounds, json, "priority"),
        .escalation_policy = pagerduty_reference_read(bounds, json, "escalation_policy"),
        .status_by = pagerduty_reference_read(bounds, json, "last_status_change_by"),
        .conference_number = bounds_text(bounds, json, "conference_bridge.conference_number"),
        .conference_url = bounds_page(bounds, json, "conference_bridge.conference_url"),
        .is_merged = str_is(str_of(json_find_string(json, "resolve_reason.type")), "merge_resolve_reason"),
        .merged_into = pagerduty_reference_read(bounds, json, "resolve_reason.incident"),
    };

    if (!pagerduty_id_is_valid(incident.id))
        return error_set(err, ERR_INVALID, "the incident's id: %s",
                         incident.id ? "not like one of PagerDuty's" : "missing (expected a string)");
    read_people(bounds, json, &incident);
    *ret_incident = incident;
    return true;
}
