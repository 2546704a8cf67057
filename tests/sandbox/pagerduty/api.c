/* PagerDuty's REST API: keys, limits, routes. */
#include "pagerduty/call.h"

#include "bot/base/time.h"

#include <microhttpd.h>
#include <string.h>

#define PAGE_DEFAULT 25
#define PAGE_MAX 100
#define REACH_MAX 10000 /* offset and limit together */
#define RATE_RESET_S "1"
#define SNOOZE_MAX_S 604800
#define EVENTS "/v2/enqueue" /* another API on another host; its key is in the body */
#define CHANGE_EVENTS "/v2/change/enqueue" /* likewise */

/* ---- answers ---- */

static cJSON *error_body(int code, const char *message)
{
    cJSON *body = json_object(), *error = json_set(body, "error", json_object());

    json_set_string(error, "message", message);
    json_set_int(error, "code", code);
    return body;
}

cJSON *pagerduty_fault_body(int status)
{
    return status == 429 ? error_body(2020, "Rate Limit Exceeded") : error_body(status, "A fault on demand.");
}

void pagerduty_refuse(struct pagerduty_call *call, int status, int code, const char *message)
{
    reply_json(call->reply, status, error_body(code, message));
}

void pagerduty_answer(struct pagerduty_call *call, int status, const char *name, cJSON *value)
{
    cJSON *body = json_object();

    json_set(body, name, value);
    reply_json(call->reply, status, body);
}

/* ---- lists ---- */

/* Classic paging. False: refused. */
static bool read_page(struct pagerduty_call *call, int64_t *ret_limit, int64_t *ret_offset)
{
    const char *limit = request_query(call->request, "limit"), *offset = request_query(call->request, "offset");
    struct error err;

    *ret_limit = PAGE_DEFAULT;
    *ret_offset = 0;
    if ((!limit || parse_int(str_of(limit), 1, INT32_MAX, ret_limit, &err)) &&
        (!offset || parse_int(str_of(offset), 0, INT32_MAX, ret_offset, &err)) &&
        *ret_limit + *ret_offset <= REACH_MAX) {
        *ret_limit = *ret_limit > PAGE_MAX ? PAGE_MAX : *ret_limit;
        return true;
    }
    pagerduty_refuse(call, 400, 2001, "Offset must be less than 10000 and limit a number");
    return false;
}

/* Takes all over. */
void pagerduty_answer_page(struct pagerduty_call *call, const char *name, cJSON *all)
{
    int64_t limit = 0, offset = 0, i = 0;
    cJSON *body = NULL, *page = NULL;

    if (!read_page(call, &limit, &offset)) {
        cJSON_Delete(all);
        return;
    }
    body = json_object();
    page = json_set(body, name, json_array());
    JSON_EACH(item, all) {
        if (i >= offset && i < offset + limit)
            json_add(page, json_copy(item));
        i++;
    }
    json_set_int(body, "limit", limit);
    json_set_int(body, "offset", offset);
    json_set_bool(body, "more", i > offset + limit);
    json_set(body, "total", cJSON_CreateNull());
    cJSON_Delete(all);
    reply_json(call->reply, 200, body);
}

/* ---- incidents ---- */

/* Is `value` among the query's NAME[]s? None given: anything is. libmicrohttpd gives the first of equal names alone, so
 * they are all looked through. */
struct wanted_values {
    const char *name, *value;
    bool is_given, is_found;
};

static enum MHD_Result look_at(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct wanted_values *wanted = arg;

    (void)kind;
    if (text_is(name, wanted->name)) {
        wanted->is_given = true;
        wanted->is_found = wanted->is_found || text_is(value, wanted->value);
    }
    return MHD_YES;
}

bool pagerduty_is_asked_for(const struct pagerduty_call *call, const char *name, const char *value)
{
    struct wanted_values wanted = { .name = name, .value = value };

    MHD_get_connection_values(call->request->connection, MHD_GET_ARGUMENT_KIND, look_at, &wanted);
    return !wanted.is_given || wanted.is_found;
}

static bool is_since(const struct pagerduty_call *call, const char *created_at)
{
    const char *since = request_query(call->request, "since");
    int64_t since_ms = 0, created_ms = 0;
    struct error err;

    return !since || (time_parse(str_of(since), &since_ms, &err) && time_parse(str_of(created_at), &created_ms, &err) &&
                      created_ms >= since_ms);
}

static void incident_list(struct pagerduty_call *call)
{
    cJSON *found = json_array();

    JSON_EACH(incident, call->pagerduty->incidents) {
        if (pagerduty_is_asked_for(call, "statuses[]", tree_text(incident, "status")) &&
            pagerduty_is_asked_for(call, "service_ids[]", tree_text(tree_get(incident, "service"), "id")) &&
            pagerduty_is_asked_for(call, "incident_key", tree_text(incident, "incident_key")) &&
            is_since(call, tree_text(incident, "created_at")))
            json_add(found, json_copy(incident));
    }
    pagerduty_answer_page(call, "incidents", found);
}

cJSON *pagerduty_call_incident(struct pagerduty_call *call)
{
    cJSON *incident = pagerduty_incident_find(call->pagerduty, call->id);

    if (!incident)
        pagerduty_refuse(call, 404, 2100, "Not Found");
    return incident;
}

static void incident_get(struct pagerduty_call *call)
{
    const cJSON *incident = pagerduty_call_incident(call);

    if (incident)
        pagerduty_answer(call, 200, "incident", json_copy(incident));
}

static bool is_key_taken(const struct pagerduty_call *call, const char *key)
{
    JSON_EACH(incident, call->pagerduty->incidents) {
        if (key && tree_has_text(incident, "incident_key", key) && !tree_has_text(incident, "status", "resolved"))
            return true;
    }
    return false;
}

static void incident_post(struct pagerduty_call *call)
{
    const cJSON *wanted = tree_get(call->body, "incident");
    const cJSON *service = tree_find(call->pagerduty->services, "id", tree_text(tree_get(wanted, "service"), "id"));

    if (!tree_has_text(wanted, "type", "incident") || !tree_text(wanted, "title") || !service ||
        tree_text(wanted, "priority") || (tree_get(wanted, "assignments") && tree_get(wanted, "escalation_policy")))
        return pagerduty_refuse(call, 400, 2001, "Invalid Input Provided");
    if (is_key_taken(call, tree_text(wanted, "incident_key")))
        return pagerduty_refuse(call, 400, 2001,
                                "Open incident with matching dedup key already exists on this service");
    call->reply->applied = !call->request->pretend;
    if (call->request->pretend)
        return pagerduty_answer(call, 201, "incident", json_copy(wanted));
    pagerduty_answer(call, 201, "incident",
                     json_copy(pagerduty_incident_add(call->pagerduty, wanted, call->caller, call->request->now_ms)));
}

static struct pagerduty_act act_on(const struct pagerduty_call *call, cJSON *incident)
{
    return (struct pagerduty_act){ call->pagerduty, incident, call->caller, call->request->now_ms };
}

static void incident_put(struct pagerduty_call *call)
{
    const cJSON *wanted = tree_get(call->body, "incident");
    cJSON *incident = pagerduty_call_incident(call);
    struct pagerduty_act act = act_on(call, incident);
    const char *message = NULL;
    int code = 0;

    if (!incident)
        return;
    if (!tree_has_text(wanted, "type", "incident") && !tree_has_text(wanted, "type", "incident_reference"))
        return pagerduty_refuse(call, 400, 2001, "Invalid Input Provided");
    if (!call->request->pretend && !pagerduty_incident_put(&act, wanted, &code, &message))
        return pagerduty_refuse(call, 400, code, message);
    call->reply->applied = !call->request->pretend;
    pagerduty_answer(call, 200, "incident", json_copy(incident));
}

static void note_list(struct pagerduty_call *call)
{
    const cJSON *incident = pagerduty_call_incident(call);
    const cJSON *notes = incident ? tree_get(call->pagerduty->notes, tree_text(incident, "id")) : NULL;

    if (incident)
        pagerduty_answer(call, 200, "notes", notes ? json_copy(notes) : json_array());
}

static void note_post(struct pagerduty_call *call)
{
    const char *content = tree_text(tree_get(call->body, "note"), "content");
    cJSON *incident = pagerduty_call_incident(call);
    struct pagerduty_act act = act_on(call, incident);

    if (!incident)
        return;
    if (!content || !*content)
        return pagerduty_refuse(call, 400, 2001, "Invalid Input Provided");
    call->reply->applied = !call->request->pretend;
    if (call->request->pretend)
        return pagerduty_answer(call, 200, "note", json_object());
    pagerduty_answer(call, 200, "note", json_copy(pagerduty_note_add(&act, content)));
}

/* Not wrapped, unlike all others. */
static void update_post(struct pagerduty_call *call)
{
    const char *message = tree_text(call->body, "message");
    cJSON *incident = pagerduty_call_incident(call);
    struct pagerduty_act act = act_on(call, incident);

    if (!incident)
        return;
    if (!message || !*message || !tree_text(call->body, "subject") != !tree_text(call->body, "html_message"))
        return pagerduty_refuse(call, 400, 2001, "Invalid Input Provided");
    call->reply->applied = !call->request->pretend;
    pagerduty_answer(call, 200, "status_update",
                     call->request->pretend ? json_object() : json_copy(pagerduty_update_add(&act, message)));
}

static void snooze_post(struct pagerduty_call *call)
{
    int64_t seconds = tree_int(call->body, "duration", 0);
    cJSON *incident = pagerduty_call_incident(call);
    struct pagerduty_act act = act_on(call, incident);

    if (!incident)
        return;
    if (seconds < 1 || seconds > SNOOZE_MAX_S)
        return pagerduty_refuse(call, 400, 1013, "Invalid Snooze Duration");
    if (!tree_has_text(incident, "status", "acknowledged"))
        return pagerduty_refuse(call, 400, 1012, "Incident Not Acknowledged");
    if (!call->request->pretend)
        pagerduty_snooze(&act, seconds);
    call->reply->applied = !call->request->pretend;
    pagerduty_answer(call, 201, "incident", json_copy(incident));
}

/* ---- webhook subscriptions ---- */

static cJSON *shown(const struct pagerduty_call *call, const cJSON *subscription, bool with_secret)
{
    return pagerduty_subscription_shown(call->pagerduty, subscription, with_secret, call->request->now_ms);
}

static cJSON *find_subscription(struct pagerduty_call *call)
{
    cJSON *subscription = tree_find(call->pagerduty->subscriptions, "id", call->id);

    if (!subscription)
        pagerduty_refuse(call, 404, 2100, "Not Found");
    return subscription;
}

static void subscription_list(struct pagerduty_call *call)
{
    cJSON *all = json_array();

    JSON_EACH(subscription, call->pagerduty->subscriptions)
        json_add(all, shown(call, subscription, false));
    pagerduty_answer_page(call, "webhook_subscriptions", all);
}

static void subscription_get(struct pagerduty_call *call)
{
    const cJSON *subscription = find_subscription(call);

    if (subscription)
        pagerduty_answer(call, 200, "webhook_subscription", shown(call, subscription, false));
}

static bool is_good_subscription(const cJSON *wanted)
{
    const cJSON *delivery = tree_get(wanted, "delivery_method"), *filter = tree_get(wanted, "filter");

    return tree_has_text(wanted, "type", "webhook_subscription") && tree_text(delivery, "url") &&
           tree_has_text(delivery, "type", "http_delivery_method") &&
           cJSON_GetArraySize(tree_get(wanted, "events")) > 0 &&
           (tree_has_text(filter, "type", "account_reference") || tree_text(filter, "id"));
}

static void subscription_post(struct pagerduty_call *call)
{
    const cJSON *wanted = tree_get(call->body, "webhook_subscription");

    if (!is_good_subscription(wanted))
        return pagerduty_refuse(call, 400, 2001, "Invalid Input Provided");
    call->reply->applied = true;
    pagerduty_answer(call, 201, "webhook_subscription",
                     shown(call, pagerduty_subscription_add(call->pagerduty, wanted, NULL, NULL), true));
}

static void subscription_put(struct pagerduty_call *call)
{
    static const char *const may_change[] = { "description", "events", "filter", "active" };
    const cJSON *wanted = tree_get(call->body, "webhook_subscription");
    cJSON *subscription = find_subscription(call);

    if (!subscription)
        return;
    for (size_t i = 0; i < ARRAY_LEN(may_change); i++)
        tree_copy(subscription, wanted, may_change[i]);
    call->reply->applied = true;
    pagerduty_answer(call, 200, "webhook_subscription", shown(call, subscription, false));
}

static void subscription_delete(struct pagerduty_call *call)
{
    cJSON *subscription = find_subscription(call);

    if (!subscription)
        return;
    courier_drop_owner(call->pagerduty->courier, call->id);
    cJSON_Delete(cJSON_DetachItemViaPointer(call->pagerduty->subscriptions, subscription));
    call->reply->applied = true;
    reply_text(call->reply, 204, NULL, "");
}

static void subscription_enable(struct pagerduty_call *call)
{
    cJSON *subscription = find_subscription(call);

    if (!subscription)
        return;
    if (!call->request->pretend)
        pagerduty_subscription_enable(subscription);
    call->reply->applied = !call->request->pretend;
    pagerduty_answer(call, 200, "webhook_subscription", shown(call, subscription, false));
}

static void subscription_ping(struct pagerduty_call *call)
{
    const cJSON *subscription = find_subscription(call);
    cJSON *data = NULL;

    if (!subscription)
        return;
    data = json_object();
    json_set_string(data, "message", "Hello from your friend Pagey!");
    json_set_string(data, "type", "ping");
    pagerduty_tell(
        call->pagerduty,
        &(struct pagerduty_telling){ .type = "pagey.ping", .resource = "ping", .to = subscription, .data = data },
        call->request->now_ms);
    call->reply->applied = true;
    reply_text(call->reply, 202, NULL, "");
}

/* ---- routes ---- */

/* clang-format off */
static const struct route {
    const char *method, *before, *after; /* of the id; after NULL: there is none in the path */
    bool writes, needs_from;
    void (*serve)(struct pagerduty_call *call);
} routes[] = {
    { "GET",    "/incidents", NULL, false, false, incident_list },
    { "POST",   "/incidents", NULL, true, true, incident_post },
    { "GET",    "/incidents/", "", false, false, incident_get },
    { "PUT",    "/incidents/", "", true, true, incident_put },
    { "GET",    "/incidents/", "/notes", false, false, note_list },
    { "POST",   "/incidents/", "/notes", true, true, note_post },
    { "POST",   "/incidents/", "/status_updates", true, true, update_post },
    { "POST",   "/incidents/", "/snooze", true, true, snooze_post },
    { "GET",    "/schedules/", "/users", false, false, pagerduty_schedule_users },
    { "GET",    "/oncalls", NULL, false, false, pagerduty_oncall_list },
    { "GET",    "/users", NULL, false, false, pagerduty_user_list },
    { "GET",    "/users/", "", false, false, pagerduty_user_get },
    { "GET",    "/services", NULL, false, false, pagerduty_service_list },
    { "GET",    "/services/", "", false, false, pagerduty_service_get },
    { "GET",    "/priorities", NULL, false, false, pagerduty_priority_list },
    { "GET",    "/webhook_subscriptions", NULL, false, false, subscription_list },
    { "POST",   "/webhook_subscriptions", NULL, true, false, subscription_post },
    { "GET",    "/webhook_subscriptions/", "", false, false, subscription_get },
    { "PUT",    "/webhook_subscriptions/", "", true, false, subscription_put },
    { "DELETE", "/webhook_subscriptions/", "", true, false, subscription_delete },
    { "POST",   "/webhook_subscriptions/", "/enable", true, false, subscription_enable },
    { "POST",   "/webhook_subscriptions/", "/ping", true, false, subscription_ping },
};
/* clang-format on */

static bool match(const struct route *route, const char *path, char **ret_id)
{
    struct str rest = str_of(path), id = { 0 };

    if (!route->after)
        return text_is(path, route->before);
    if (!str_take_prefix(&rest, route->before))
        return false;
    id = (struct str){ rest.at, strcspn(rest.at, "/") };
    if (id.len == 0 || !text_is(rest.at + id.len, route->after))
        return false;
    *ret_id = str_copy(id);
    return true;
}

/* ---- what every request must have ---- */

static bool log_in(struct pagerduty_call *call, const struct route *route)
{
    const char *given = request_header(call->request, "Authorization");
    bool may_write = text_is(given, "Token token=" PAGERDUTY_KEY);

    if (!may_write && !text_is(given, "Token token=" PAGERDUTY_READ_KEY)) {
        pagerduty_refuse(call, 401, 2006, "Authentication failed");
        return false;
    }
    if (route->writes && !may_write) {
        pagerduty_refuse(call, 403, 2010, "Access Denied");
        return false;
    }
    return true;
}

static bool count_call(struct pagerduty_call *call)
{
    struct pagerduty *pagerduty = call->pagerduty;

    if (pagerduty->rate_left < 0 || pagerduty->rate_left-- > 0)
        return true;
    pagerduty->rate_left = 0;
    reply_json(call->reply, 429, pagerduty_fault_body(429));
    reply_header(call->reply, "ratelimit-limit", "960");
    reply_header(call->reply, "ratelimit-remaining", "0");
    reply_header(call->reply, "ratelimit-reset", RATE_RESET_S);
    return false;
}

static bool find_caller(struct pagerduty_call *call, const struct route *route)
{
    const char *from = request_header(call->request, "From");

    call->caller = tree_find(call->pagerduty->users, "email", from);
    if (!route->needs_from || call->caller)
        return true;
    pagerduty_refuse(call, 400, from ? 1008 : 2001, from ? "Requester User Not Found" : "From header is required");
    return false;
}

static bool read_body(struct pagerduty_call *call)
{
    if (call->request->body.len == 0)
        return true;
    call->body = request_json(call->request);
    if (!call->body)
        pagerduty_refuse(call, 400, 2001, "Invalid JSON");
    return call->body != NULL;
}

void pagerduty_serve(struct pagerduty *pagerduty, const struct request *request, struct reply *reply)
{
    struct pagerduty_call call = { .pagerduty = pagerduty, .request = request, .reply = reply };
    const struct route *route = NULL;

    for (size_t i = 0; !route && i < ARRAY_LEN(routes); i++) {
        if (request_is(request, routes[i].method) && match(&routes[i], request->path, &call.id))
            route = &routes[i];
    }
    if (text_is(request->path, EVENTS))
        pagerduty_event_serve(pagerduty, request, reply);
    else if (text_is(request->path, CHANGE_EVENTS))
        pagerduty_change_event_serve(pagerduty, request, reply);
    else if (!route)
        pagerduty_refuse(&call, 404, 2100, "Not Found");
    else if (log_in(&call, route) && count_call(&call) && read_body(&call) && find_caller(&call, route))
        route->serve(&call);
    free(call.id);
    cJSON_Delete(call.body);
}
