#include "statuspage/statuspage.h"

#include "bot/base/time.h"

#include <string.h>

#define NAME_MAX_CHARS 255
#define BODY_MAX_CHARS 25000
#define INCIDENTS_KEPT 200
#define UPDATES_KEPT 100 /* of each incident */
#define ROOT "/v1/pages/"

static const char *const statuses[] = { "investigating", "identified", "monitoring", "resolved", NULL };
static const char *const planned_statuses[] = { "scheduled", "in_progress", "verifying", "completed", NULL };
static const char *const impacts[] = { "none", "maintenance", "minor", "major", "critical", NULL };
static const char *const component_statuses[] = { "operational",  "degraded_performance", "partial_outage",
                                                  "major_outage", "under_maintenance",    NULL };

static bool is_one_of(const char *text, const char *const *list)
{
    for (size_t i = 0; list[i]; i++) {
        if (text_is(text, list[i]))
            return true;
    }
    return false;
}

/* ---- what there is ---- */

static cJSON *add_component(struct statuspage *statuspage, const char *id, const char *name)
{
    cJSON *component = json_add(statuspage->components, json_object());

    json_set_string(component, "id", id);
    json_set_string(component, "name", name);
    json_set_string(component, "status", "operational");
    return component;
}

struct statuspage *statuspage_create(void)
{
    struct statuspage *statuspage = xcalloc(1, sizeof *statuspage);

    statuspage->components = json_array();
    statuspage->incidents = json_array();
    add_component(statuspage, "cmpapi000001", "API");
    add_component(statuspage, "cmpweb000001", "Website");
    return statuspage;
}

void statuspage_destroy(struct statuspage *statuspage)
{
    if (!statuspage)
        return;
    cJSON_Delete(statuspage->components);
    cJSON_Delete(statuspage->incidents);
    free(statuspage);
}

cJSON *statuspage_state(const struct statuspage *statuspage)
{
    cJSON *state = json_object();

    json_set(state, "components", json_copy(statuspage->components));
    json_set(state, "incidents", json_copy(statuspage->incidents));
    json_set_int(state, "mails", statuspage->mails);
    return state;
}

/* ---- one change of an incident ---- */

/* Maintenance has statuses of its own, a beginning and an end. `incident`: as it is; NULL for a new one. */
static const char *what_is_wrong_with_plan(const cJSON *incident, const cJSON *wanted)
{
    const char *from = tree_text(tree_text(wanted, "scheduled_for") ? wanted : incident, "scheduled_for");
    const char *until = tree_text(tree_text(wanted, "scheduled_until") ? wanted : incident, "scheduled_until");
    int64_t from_ms, until_ms;
    struct error ignored;

    if (tree_get(wanted, "status") && !is_one_of(tree_text(wanted, "status"), from ? planned_statuses : statuses))
        return "Status is not included in the list";
    if (!from && !until)
        return NULL;
    if (!from || !until || !time_parse(str_of(from), &from_ms, &ignored) ||
        !time_parse(str_of(until), &until_ms, &ignored) || until_ms <= from_ms)
        return "Scheduled until must be after scheduled for";
    return NULL;
}

/* NULL: all is well. Nothing is changed before all of it was looked at. */
static const char *what_is_wrong(const struct statuspage *statuspage, const cJSON *incident, const cJSON *wanted)
{
    const cJSON *components = tree_get(wanted, "components"), *ids = tree_get(wanted, "component_ids");
    const char *plan;

    if (!cJSON_IsObject(wanted))
        return "incident is missing";
    plan = what_is_wrong_with_plan(incident, wanted);
    if (plan)
        return plan;
    if (tree_get(wanted, "impact_override") && !is_one_of(tree_text(wanted, "impact_override"), impacts))
        return "Impact override is not included in the list";
    if (text_chars(tree_text_or(wanted, "body", "")) > BODY_MAX_CHARS)
        return "Body is too long (maximum is 25000 characters)";
    if (components && !cJSON_IsObject(components))
        return "components is a map";
    JSON_EACH(component, components) {
        if (!tree_find(statuspage->components, "id", component->string) ||
            !is_one_of(cJSON_GetStringValue(component), component_statuses))
            return "Component is not of this page, or has no such status";
    }
    JSON_EACH(id, ids) {
        if (!tree_find(statuspage->components, "id", cJSON_GetStringValue(id)))
            return "Component is not of this page";
    }
    JSON_EACH(member, tree_get(wanted, "metadata")) {
        if (!cJSON_IsObject(member))
            return "Metadata's members are objects";
    }
    return NULL;
}

static void set_components(struct statuspage *statuspage, cJSON *incident, const cJSON *wanted)
{
    const cJSON *ids = tree_get(wanted, "component_ids");

    JSON_EACH(component, tree_get(wanted, "components"))
        json_set_string(tree_find(statuspage->components, "id", component->string), "status", component->valuestring);
    if (ids) { /* in place of those that it had */
        json_set(incident, "components", json_array());
        JSON_EACH(id, ids)
            json_add(tree_get(incident, "components"),
                     json_copy(tree_find(statuspage->components, "id", cJSON_GetStringValue(id))));
    }
    JSON_EACH(component, tree_get(incident, "components")) /* as they are now */
        json_set_string((cJSON *)(uintptr_t)component, "status",
                        tree_text(tree_find(statuspage->components, "id", tree_text(component, "id")), "status"));
}

/* Lists are newest first. */
static void keep_first(cJSON *list, int count)
{
    while (cJSON_GetArraySize(list) > count)
        cJSON_DeleteItemFromArray(list, cJSON_GetArraySize(list) - 1);
}

static void add_update(struct statuspage *statuspage, cJSON *incident, const cJSON *wanted, int64_t now_ms)
{
    cJSON *update = json_object(), *updates = tree_get(incident, "incident_updates");
    bool is_mailed = !cJSON_IsFalse(tree_get(wanted, "deliver_notifications")); /* unless somebody says no */

    tree_set_textf(update, "id", "upd%09lld", (long long)++statuspage->last_n);
    json_set_string(update, "status", tree_text(incident, "status"));
    json_set_string(update, "body", tree_text_or(wanted, "body", ""));
    json_set_string(update, "created_at", time_format(now_ms).text);
    json_set_bool(update, "deliver_notifications", is_mailed);
    cJSON_InsertItemInArray(updates, 0, update);
    keep_first(updates, UPDATES_KEPT);
    statuspage->mails += is_mailed;
}

static bool is_over(const cJSON *incident)
{
    return tree_has_text(incident, "status", "resolved") || tree_has_text(incident, "status", "completed");
}

static void apply(struct statuspage *statuspage, cJSON *incident, const cJSON *wanted, int64_t now_ms)
{
    static const char *const members[] = { "name", "status", "metadata", "scheduled_for", "scheduled_until",
                                           "scheduled_auto_in_progress", "scheduled_auto_completed" };

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(incident, wanted, members[i]);
    if (tree_text(wanted, "impact_override"))
        json_set_string(incident, "impact", tree_text(wanted, "impact_override"));
    set_components(statuspage, incident, wanted);
    json_set_string(incident, "updated_at", time_format(now_ms).text);
    if (is_over(incident))
        json_set_string(incident, "resolved_at", time_format(now_ms).text);
    if (tree_get(wanted, "status") || tree_get(wanted, "body"))
        add_update(statuspage, incident, wanted, now_ms);
}

/* ---- the API ---- */

struct call {
    struct statuspage *statuspage;
    const struct request *request;
    struct reply *reply;
    const char *path; /* below the page */
    cJSON *incident;  /* of the path, or NULL */
    const cJSON *wanted;
};

static void refuse(struct call *call, int status, const char *why)
{
    cJSON *body = json_object();

    json_set_string(body, "error", why);
    reply_json(call->reply, status, body);
}

/* Maintenance is in lists of its own, and never among the unresolved ones. */
static bool is_listed(const char *path, const cJSON *incident)
{
    bool is_planned = tree_text(incident, "scheduled_for") != NULL;

    if (text_is(path, "/incidents/scheduled"))
        return tree_has_text(incident, "status", "scheduled");
    if (text_is(path, "/incidents/active_maintenance"))
        return tree_has_text(incident, "status", "in_progress") || tree_has_text(incident, "status", "verifying");
    return !text_is(path, "/incidents/unresolved") || (!is_planned && !is_over(incident));
}

static void list(struct call *call)
{
    cJSON *found = json_array();

    JSON_EACH(incident, call->statuspage->incidents) {
        if (is_listed(call->path, incident))
            json_add(found, json_copy(incident));
    }
    reply_json(call->reply, 200, found);
}

static void list_components(struct call *call)
{
    reply_json(call->reply, 200, json_copy(call->statuspage->components));
}

static void get(struct call *call)
{
    reply_json(call->reply, 200, json_copy(call->incident));
}

static void post(struct call *call)
{
    const char *name = tree_text(call->wanted, "name");
    struct statuspage *statuspage = call->statuspage;
    cJSON *incident = NULL;

    if (!name || !*name || text_chars(name) > NAME_MAX_CHARS)
        return refuse(call, 422, "Name can't be blank, and has 255 characters at most");
    call->reply->applied = !call->request->pretend;
    if (call->request->pretend)
        return reply_json(call->reply, 201, json_copy(call->wanted));
    incident = json_object();
    tree_set_textf(incident, "id", "inc%09lld", (long long)++statuspage->last_n);
    json_set_string(incident, "page_id", STATUSPAGE_PAGE);
    json_set_string(incident, "status", tree_text(call->wanted, "scheduled_for") ? "scheduled" : "investigating");
    json_set_string(incident, "impact", "none");
    tree_set_textf(incident, "shortlink", "https://stspg.io/%s", tree_text(incident, "id"));
    json_set_string(incident, "created_at", time_format(call->request->now_ms).text);
    json_set(incident, "resolved_at", cJSON_CreateNull());
    json_set(incident, "components", json_array());
    json_set(incident, "incident_updates", json_array());
    apply(statuspage, incident, call->wanted, call->request->now_ms);
    if (!tree_get(call->wanted, "status") && !tree_get(call->wanted, "body"))
        add_update(statuspage, incident, call->wanted, call->request->now_ms);
    cJSON_InsertItemInArray(statuspage->incidents, 0, incident);
    keep_first(statuspage->incidents, INCIDENTS_KEPT);
    reply_json(call->reply, 201, json_copy(incident));
}

static void patch(struct call *call)
{
    if (!call->request->pretend)
        apply(call->statuspage, call->incident, call->wanted, call->request->now_ms);
    call->reply->applied = !call->request->pretend;
    reply_json(call->reply, 200, json_copy(call->incident));
}

static const struct route {
    const char *method, *path; /* NULL: of one incident */
    void (*serve)(struct call *call);
} routes[] = {
    { "GET", "/incidents", list },
    { "GET", "/incidents/unresolved", list },
    { "GET", "/incidents/scheduled", list },
    { "GET", "/incidents/active_maintenance", list },
    { "GET", "/components", list_components },
    { "POST", "/incidents", post },
    { "GET", NULL, get },
    { "PATCH", NULL, patch },
    { "PUT", NULL, patch },
};

static const struct route *find_route(struct call *call)
{
    struct str rest = str_of(call->path);

    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (request_is(call->request, routes[i].method) && text_is(call->path, routes[i].path))
            return &routes[i];
    }
    if (!str_take_prefix(&rest, "/incidents/"))
        return NULL;
    call->incident = tree_find(call->statuspage->incidents, "id", rest.at);
    for (size_t i = 0; call->incident && i < ARRAY_LEN(routes); i++) {
        if (!routes[i].path && request_is(call->request, routes[i].method))
            return &routes[i];
    }
    return NULL;
}

/* One call a second of the key; the real one counts over a minute. */
static bool is_too_soon(struct statuspage *statuspage, int64_t now_ms)
{
    bool is_soon = statuspage->limit_ms > 0 && now_ms - statuspage->last_call_ms < statuspage->limit_ms;

    if (!is_soon)
        statuspage->last_call_ms = now_ms;
    return is_soon;
}

void statuspage_serve(struct statuspage *statuspage, const struct request *request, struct reply *reply)
{
    struct call call = { .statuspage = statuspage, .request = request, .reply = reply };
    AUTO_JSON cJSON *body = request->body.len > 0 ? request_json(request) : NULL;
    struct str rest = str_of(request->path), page = { 0 };
    const struct route *route = NULL;
    const char *wrong = NULL;

    if (!text_is(request_header(request, "Authorization"), "OAuth " STATUSPAGE_KEY))
        return refuse(&call, 401, "Could not authenticate");
    if (is_too_soon(statuspage, request->now_ms))
        return refuse(&call, 429, "Too many requests: one a second");
    if (!str_take_prefix(&rest, ROOT))
        return refuse(&call, 404, "Not found");
    page = (struct str){ rest.at, strcspn(rest.at, "/") };
    call.path = rest.at + page.len;
    route = str_is(page, STATUSPAGE_PAGE) ? find_route(&call) : NULL;
    if (!route)
        return refuse(&call, 404, "Not found");
    if (!request_is(request, "GET")) {
        call.wanted = tree_get(body, "incident");
        wrong = request_has_type(request, "application/json") ? what_is_wrong(statuspage, call.incident, call.wanted)
                                                              : "Content-Type is not that of the body";
    }
    if (wrong)
        return refuse(&call, 422, wrong);
    route->serve(&call);
}

/* ---- by hand ---- */

bool statuspage_change(struct statuspage *statuspage, const cJSON *value, int64_t now_ms, struct error *err)
{
    const cJSON *component = tree_get(value, "component"), *update = tree_get(value, "update");
    cJSON *incident = tree_find(statuspage->incidents, "id", tree_text(update, "incident"));
    const char *id = tree_text(component, "id"), *wrong = update ? what_is_wrong(statuspage, incident, update) : NULL;
    cJSON *kept = tree_find(statuspage->components, "id", id);

    if (!cJSON_IsObject(value) || (component && !id) || (update && !incident))
        return error_set(err, ERR_INVALID, "a component has an 'id', an update the 'incident' that it is of");
    if (wrong)
        return error_set(err, ERR_INVALID, "%s", wrong);
    statuspage->limit_ms = tree_int(value, "limit_ms", statuspage->limit_ms);
    if (component) {
        kept = kept ? kept : add_component(statuspage, id, tree_text_or(component, "name", id));
        tree_copy(kept, component, "name");
        tree_copy(kept, component, "status");
    }
    if (update)
        apply(statuspage, incident, update, now_ms);
    return true;
}
