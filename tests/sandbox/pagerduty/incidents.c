/* What happens to an incident, and who is told of it. */
#include "pagerduty/pagerduty.h"

#include "bot/base/time.h"

#include <string.h>

#define NOTE_SHOWN 2000 /* a webhook tells so much of a note, and that it is more */

cJSON *pagerduty_incident_find(const struct pagerduty *pagerduty, const char *id_or_number)
{
    int64_t number = 0;
    struct error err;

    if (!parse_int(str_of(id_or_number), 1, INT32_MAX, &number, &err))
        return tree_find(pagerduty->incidents, "id", id_or_number);
    JSON_EACH(incident, pagerduty->incidents) {
        if (tree_int(incident, "incident_number", 0) == number)
            return (cJSON *)(uintptr_t)incident;
    }
    return NULL;
}

/* ---- telling ---- */

static void copy_as(cJSON *to, const char *name, const cJSON *value)
{
    json_set(to, name, value ? json_copy(value) : cJSON_CreateNull());
}

/* As a webhook shows it: other names than REST's. */
static cJSON *shown_in_webhook(const cJSON *incident)
{
    static const char *const same[] = { "id",
                                        "type",
                                        "self",
                                        "html_url",
                                        "status",
                                        "title",
                                        "created_at",
                                        "incident_key",
                                        "reopened_at",
                                        "incident_type",
                                        "service",
                                        "teams",
                                        "urgency",
                                        "escalation_policy",
                                        "conference_bridge",
                                        "resolve_reason" };
    cJSON *shown = json_object(), *assignees = NULL, *priority = NULL;

    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        copy_as(shown, same[i], tree_get(incident, same[i]));
    copy_as(shown, "number", tree_get(incident, "incident_number"));
    assignees = json_set(shown, "assignees", json_array());
    JSON_EACH(assignment, tree_get(incident, "assignments"))
        json_add(assignees, json_copy(tree_get(assignment, "assignee")));
    copy_as(shown, "priority", tree_get(incident, "priority"));
    priority = tree_get(shown, "priority");
    if (cJSON_IsObject(priority)) {
        json_set_string(priority, "type", "priority_reference");
        cJSON_DeleteItemFromObjectCaseSensitive(priority, "name");
    }
    return shown;
}

static cJSON *reference_to(const cJSON *incident)
{
    return pagerduty_reference(tree_text(incident, "id"), "incident_reference", tree_text(incident, "summary"));
}

static void tell(const struct pagerduty_act *act, const char *type, cJSON *data)
{
    pagerduty_tell(act->pagerduty,
                   &(struct pagerduty_telling){ .type = type,
                                                .resource = tree_text(act->incident, "id"),
                                                .service = tree_get(act->incident, "service"),
                                                .agent = act->by,
                                                .data = data },
                   act->now_ms);
}

static void tell_state(const struct pagerduty_act *act, const char *type)
{
    tell(act, type, shown_in_webhook(act->incident));
}

/* ---- what REST alone tells ---- */

/* When its status changed last, and by whom; who acknowledged it, as long as that holds. */
static void note_change(const struct pagerduty_act *act)
{
    cJSON *incident = act->incident, *acknowledgements = json_set(incident, "acknowledgements", json_array());
    int64_t now_ms = pagerduty_clock(act->pagerduty, act->now_ms);

    pagerduty_set_time(incident, "last_status_change_at", now_ms);
    copy_as(incident, "last_status_change_by", act->by ? act->by : tree_get(incident, "service"));
    json_set(incident, "pending_actions", json_array());
    json_set(incident, "resolved_at", cJSON_CreateNull());
    if (tree_has_text(incident, "status", "resolved"))
        pagerduty_set_time(incident, "resolved_at", now_ms);
    if (tree_has_text(incident, "status", "acknowledged")) {
        cJSON *one = json_add(acknowledgements, json_object());

        pagerduty_set_time(one, "at", now_ms);
        copy_as(one, "acknowledger", act->by ? act->by : tree_get(incident, "service"));
    }
}

/* ---- opening ---- */

static const cJSON *find_or_first(const cJSON *list, const cJSON *wanted)
{
    const char *id = cJSON_IsString(wanted) ? wanted->valuestring : tree_text(wanted, "id");
    const cJSON *found = tree_find(list, "id", id);

    return found || id ? found : list->child;
}

static void assign(const struct pagerduty_act *act, const cJSON *user)
{
    cJSON *assignments = json_set(act->incident, "assignments", json_array());
    cJSON *assignment = NULL;

    if (!user)
        return;
    assignment = json_add(assignments, json_object());
    pagerduty_set_time(assignment, "at", pagerduty_clock(act->pagerduty, act->now_ms));
    json_set(assignment, "assignee", json_copy(user));
}

static void set_priority(cJSON *incident, const cJSON *priority)
{
    cJSON *kept = json_set(incident, "priority", priority ? json_copy(priority) : cJSON_CreateNull());

    if (!priority)
        return;
    json_set_string(kept, "type", "priority");
    json_set_string(kept, "name", tree_text(priority, "summary"));
}

static const cJSON *find_priority(const struct pagerduty *pagerduty, const cJSON *wanted)
{
    if (cJSON_IsString(wanted))
        return tree_find(pagerduty->priorities, "summary", wanted->valuestring);
    return tree_find(pagerduty->priorities, "id", tree_text(wanted, "id"));
}

/* A user who is asked for; else the account's first one: most that happens here is hers. */
static const cJSON *whom_to_call(const struct pagerduty *pagerduty, const cJSON *wanted)
{
    const cJSON *list = tree_get(wanted, "assignments");
    const cJSON *user =
        tree_find(pagerduty->users, "id", tree_text(tree_get(list ? list->child : NULL, "assignee"), "id"));

    return user ? user : pagerduty->users->child;
}

cJSON *pagerduty_incident_add(struct pagerduty *pagerduty, const cJSON *wanted, const cJSON *by, int64_t now_ms)
{
    cJSON *incident = json_add(pagerduty->incidents, json_object());
    AUTO_FREE char *id = pagerduty_new_id(pagerduty, "PINC");
    const struct pagerduty_act act = { pagerduty, incident, by, now_ms };

    json_set_string(incident, "id", id);
    json_set_string(incident, "type", "incident");
    json_set_int(incident, "incident_number", pagerduty->last_n);
    json_set_string(incident, "title", tree_text_or(wanted, "title", "Something is wrong"));
    tree_set_textf(incident, "summary", "[#%lld] %s", (long long)pagerduty->last_n, tree_text(incident, "title"));
    tree_set_textf(incident, "self", "https://api.pagerduty.com/incidents/%s", id);
    tree_set_textf(incident, "html_url", "https://acme.pagerduty.com/incidents/%s", id);
    pagerduty_set_time(incident, "created_at", pagerduty_clock(pagerduty, now_ms));
    json_set_string(incident, "status", "triggered");
    json_set_string(incident, "urgency", tree_text_or(wanted, "urgency", "high"));
    json_set_string(incident, "incident_key", tree_text_or(wanted, "incident_key", id));
    copy_as(incident, "service", find_or_first(pagerduty->services, tree_get(wanted, "service")));
    copy_as(incident, "escalation_policy", find_or_first(pagerduty->policies, tree_get(wanted, "escalation_policy")));
    json_set(incident, "teams", json_array());
    set_priority(incident, find_priority(pagerduty, tree_get(wanted, "priority")));
    assign(&act, whom_to_call(pagerduty, wanted));
    note_change(&act);
    tell_state(&act, "incident.triggered");
    return incident;
}

/* ---- the members of a change ---- */

struct verdict {
    int code;
    const char *message; /* NULL: good */
};

static struct verdict put_status(const struct pagerduty_act *act, const cJSON *wanted, bool is_real)
{
    static const struct {
        const char *from, *to, *type;
        struct verdict verdict;
    } moves[] = {
        { "triggered", "acknowledged", "incident.acknowledged", { 0, NULL } },
        { "acknowledged", "acknowledged", NULL, { 1002, "Incident Already Acknowledged" } },
        { "resolved", "acknowledged", "incident.reopened", { 0, NULL } }, /* a late one reopens it */
        { "triggered", "resolved", "incident.resolved", { 0, NULL } },
        { "acknowledged", "resolved", "incident.resolved", { 0, NULL } },
        { "resolved", "resolved", NULL, { 1001, "Incident Already Resolved" } },
        { "resolved", "triggered", "incident.reopened", { 0, NULL } },
        { "acknowledged", "triggered", "incident.unacknowledged", { 0, NULL } },
    };
    const char *status = cJSON_GetStringValue(wanted);

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (!text_is(moves[i].to, status) || !tree_has_text(act->incident, "status", moves[i].from))
            continue;
        if (moves[i].verdict.message || !is_real)
            return moves[i].verdict;
        json_set_string(act->incident, "status", status);
        if (text_is(moves[i].type, "incident.reopened"))
            pagerduty_set_time(act->incident, "reopened_at", pagerduty_clock(act->pagerduty, act->now_ms));
        if (text_is(status, "resolved"))
            assign(act, NULL);
        else if (text_is(moves[i].from, "resolved"))
            assign(act, act->by ? act->by : act->pagerduty->users->child);
        note_change(act);
        tell_state(act, moves[i].type);
        return moves[i].verdict;
    }
    return (struct verdict){ 1003, "Invalid Status Provided" };
}

static struct verdict put_assignments(const struct pagerduty_act *act, const cJSON *wanted, bool is_real)
{
    const cJSON *user =
        tree_find(act->pagerduty->users, "id", tree_text(tree_get(wanted ? wanted->child : NULL, "assignee"), "id"));

    if (!user)
        return (struct verdict){ 1007, "Assignee Not Found" };
    if (tree_has_text(act->incident, "status", "resolved"))
        return (struct verdict){ 1011, "Incident Cannot Be Reassigned" };
    if (is_real) {
        assign(act, user);
        tell_state(act, "incident.reassigned");
    }
    return (struct verdict){ 0, NULL };
}

static struct verdict put_policy(const struct pagerduty_act *act, const cJSON *wanted, bool is_real)
{
    const cJSON *policy = tree_find(act->pagerduty->policies, "id", tree_text(wanted, "id"));

    if (!policy)
        return (struct verdict){ 1014, "Escalation Policy Not Found" };
    if (is_real) {
        copy_as(act->incident, "escalation_policy", policy);
        tell_state(act, "incident.delegated");
    }
    return (struct verdict){ 0, NULL };
}

static struct verdict put_level(const struct pagerduty_act *act, const cJSON *wanted, bool is_real)
{
    const char *policy = tree_text(tree_get(act->incident, "escalation_policy"), "id");
    const cJSON *user = pagerduty_first_at(act->pagerduty, policy, json_find_int(wanted, "", 0));

    if (tree_has_text(act->incident, "status", "resolved"))
        return (struct verdict){ 1006, "Incident Cannot Be Escalated" };
    if (!user)
        return (struct verdict){ 1015, "Escalation Policy Has No On-Call Users" };
    if (is_real) {
        assign(act, user);
        tell_state(act, "incident.escalated");
    }
    return (struct verdict){ 0, NULL };
}

static struct verdict put_priority(const struct pagerduty_act *act, const cJSON *wanted, bool is_real)
{
    const cJSON *priority = find_priority(act->pagerduty, wanted);

    if (!priority && !cJSON_IsNull(wanted))
        return (struct verdict){ 1020, "Invalid Priority" };
    if (is_real) {
        set_priority(act->incident, priority);
        tell_state(act, "incident.priority_updated");
    }
    return (struct verdict){ 0, NULL };
}

static struct verdict put_text(const struct pagerduty_act *act, const cJSON *wanted, bool is_real)
{
    bool is_urgency = text_is(wanted->string, "urgency");

    if (!cJSON_IsString(wanted) ||
        (is_urgency && !text_is(wanted->valuestring, "high") && !text_is(wanted->valuestring, "low")))
        return (struct verdict){ 2001, "Invalid Input Provided" };
    if (is_real) /* and nobody is told: there is no event for it */
        json_set_string(act->incident, wanted->string, wanted->valuestring);
    return (struct verdict){ 0, NULL };
}

static const struct {
    const char *name;
    struct verdict (*put)(const struct pagerduty_act *act, const cJSON *wanted, bool is_real);
} members[] = {
    { "title", put_text },
    { "urgency", put_text },
    { "priority", put_priority },
    { "escalation_policy", put_policy },
    { "assignments", put_assignments },
    { "escalation_level", put_level },
    { "status", put_status },
};

bool pagerduty_incident_put(const struct pagerduty_act *act, const cJSON *wanted, int *ret_code,
                            const char **ret_message)
{
    for (int is_real = 0; is_real <= 1; is_real++) { /* all or nothing */
        for (size_t i = 0; i < ARRAY_LEN(members); i++) {
            const cJSON *value = tree_get(wanted, members[i].name);
            struct verdict verdict = value ? members[i].put(act, value, is_real) : (struct verdict){ 0, NULL };

            if (!verdict.message)
                continue;
            *ret_code = verdict.code;
            *ret_message = verdict.message;
            return false;
        }
    }
    return true;
}

/* ---- notes ---- */

cJSON *pagerduty_note_add(const struct pagerduty_act *act, const char *content)
{
    const char *id = tree_text(act->incident, "id");
    cJSON *notes = tree_get(act->pagerduty->notes, id), *note = json_object(), *data = json_object();
    AUTO_FREE char *note_id = pagerduty_new_id(act->pagerduty, "PNOTE");
    bool is_long = strlen(content) > NOTE_SHOWN;

    if (!notes)
        notes = json_set(act->pagerduty->notes, id, json_array());
    json_set_string(note, "id", note_id);
    json_set_string(note, "content", content);
    pagerduty_set_time(note, "created_at", pagerduty_clock(act->pagerduty, act->now_ms));
    copy_as(note, "user", act->by);
    json_set_string(data, "id", note_id);
    json_set_string(data, "type", "incident_note");
    json_set_str(data, "content", (struct str){ content, is_long ? NOTE_SHOWN : strlen(content) });
    json_set_bool(data, "trimmed", is_long);
    json_set(data, "incident", reference_to(act->incident));
    tell(act, "incident.annotated", data);
    return json_add(notes, note);
}

cJSON *pagerduty_update_add(const struct pagerduty_act *act, const char *message)
{
    const char *id = tree_text(act->incident, "id");
    cJSON *updates = tree_get(act->pagerduty->updates, id), *update = json_object(), *data = json_object();
    AUTO_FREE char *update_id = pagerduty_new_id(act->pagerduty, "PUPD");

    if (!updates)
        updates = json_set(act->pagerduty->updates, id, json_array());
    json_set_string(update, "id", update_id);
    json_set_string(update, "message", message);
    pagerduty_set_time(update, "created_at", pagerduty_clock(act->pagerduty, act->now_ms));
    copy_as(update, "sender", act->by);
    json_set_string(data, "id", update_id);
    json_set_string(data, "type", "incident_status_update");
    json_set_string(data, "message", message);
    json_set_bool(data, "trimmed", false);
    json_set(data, "incident", reference_to(act->incident));
    tell(act, "incident.status_update_published", data);
    return json_add(updates, update);
}

/* ---- sleep ---- */

void pagerduty_snooze(const struct pagerduty_act *act, int64_t seconds)
{
    cJSON *one = json_add(json_set(act->incident, "pending_actions", json_array()), json_object());

    json_set_string(one, "type", "unacknowledge");
    pagerduty_set_time(one, "at", pagerduty_clock(act->pagerduty, act->now_ms) + seconds * SECOND_MS);
}

static bool is_awake(const struct pagerduty *pagerduty, const cJSON *incident, int64_t now_ms)
{
    const cJSON *pending = tree_get(incident, "pending_actions");
    int64_t at_ms = 0;
    struct error ignored;

    return pending && pending->child && time_parse(str_of(tree_text(pending->child, "at")), &at_ms, &ignored) &&
           pagerduty_clock(pagerduty, now_ms) >= at_ms;
}

bool pagerduty_advance(struct pagerduty *pagerduty, int64_t now_ms)
{
    bool is_changed = false;
    cJSON *incident = NULL;

    cJSON_ArrayForEach(incident, pagerduty->incidents) {
        struct pagerduty_act act = { pagerduty, incident, NULL, now_ms };

        if (!is_awake(pagerduty, incident, now_ms))
            continue;
        json_set_string(incident, "status", "triggered");
        note_change(&act);
        tell_state(&act, "incident.unacknowledged");
        is_changed = true;
    }
    return is_changed;
}
