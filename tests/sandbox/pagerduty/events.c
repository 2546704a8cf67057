/* The Events API v2: alerts of monitoring tools, each with a key; an open incident for each. And what was changed, which is
 * no incident, and of which each one sent is one more. No Authorization: the integration's key is in the body. */
#include "pagerduty/pagerduty.h"

#include "bot/base/time.h"

#include <string.h>

#define SUMMARY_MAX_BYTES 1024
#define KEY_MAX_BYTES 255

static void refuse(struct reply *reply, const char *why)
{
    cJSON *body = json_object();

    json_set_string(body, "status", "invalid event");
    json_set_string(body, "message", "Event object is invalid");
    json_add_string(json_set(body, "errors", json_array()), why);
    reply_json(reply, 400, body);
}

/* `key` NULL: it has none. */
static void accept(struct reply *reply, const char *message, const char *key)
{
    cJSON *body = json_object();

    json_set_string(body, "status", "success");
    json_set_string(body, "message", message);
    json_set_string(body, "dedup_key", key);
    reply->applied = true;
    reply_json(reply, 202, body);
}

/* NULL: all is well. */
static const char *what_is_wrong(const cJSON *event, const cJSON *service)
{
    const cJSON *payload = tree_get(event, "payload");
    const char *action = tree_text(event, "event_action"), *severity = tree_text(payload, "severity");
    bool is_trigger = text_is(action, "trigger");

    if (!service)
        return "Invalid routing key";
    if (!is_trigger && !text_is(action, "acknowledge") && !text_is(action, "resolve"))
        return "'event_action' is trigger, acknowledge or resolve";
    if (!is_trigger && !tree_text(event, "dedup_key"))
        return "'dedup_key' is missing or blank";
    if (strlen(tree_text_or(event, "dedup_key", "")) > KEY_MAX_BYTES)
        return "'dedup_key' is too long";
    if (!is_trigger)
        return NULL;
    if (!tree_text(payload, "summary") || strlen(tree_text(payload, "summary")) > SUMMARY_MAX_BYTES)
        return "'payload.summary' is missing or too long";
    if (!tree_text(payload, "source"))
        return "'payload.source' is missing or blank";
    return text_is(severity, "critical") || text_is(severity, "error") || text_is(severity, "warning") ||
                   text_is(severity, "info")
               ? NULL
               : "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')";
}

static cJSON *find_open(const struct pagerduty *pagerduty, const cJSON *service, const char *key)
{
    JSON_EACH(incident, pagerduty->incidents) {
        if (tree_has_text(incident, "incident_key", key) && !tree_has_text(incident, "status", "resolved") &&
            tree_has_text(tree_get(incident, "service"), "id", tree_text(service, "id")))
            return (cJSON *)(uintptr_t)incident;
    }
    return NULL;
}

static void open_one(struct pagerduty *pagerduty, const cJSON *event, const cJSON *service, const char *key,
                     int64_t now_ms)
{
    const cJSON *payload = tree_get(event, "payload");
    AUTO_JSON cJSON *wanted = json_object();
    bool is_high = tree_has_text(payload, "severity", "critical") || tree_has_text(payload, "severity", "error");

    json_set_string(wanted, "title", tree_text(payload, "summary"));
    json_set_string(wanted, "urgency", is_high ? "high" : "low");
    json_set_string(wanted, "incident_key", key);
    json_set(wanted, "service", json_copy(service));
    pagerduty_incident_add(pagerduty, wanted, NULL, now_ms);
}

/* An acknowledge or a resolve of nothing that is open is dropped without a word. */
static void move_on(struct pagerduty *pagerduty, const cJSON *event, cJSON *incident, int64_t now_ms)
{
    struct pagerduty_act act = { pagerduty, incident, NULL, now_ms };
    AUTO_JSON cJSON *wanted = json_object();
    const char *message = NULL;
    int code = 0;

    json_set_string(wanted, "status", tree_has_text(event, "event_action", "resolve") ? "resolved" : "acknowledged");
    (void)pagerduty_incident_put(&act, wanted, &code, &message);
}

static const cJSON *find_service(const struct pagerduty *pagerduty, const cJSON *event)
{
    const char *id = tree_text(pagerduty->routing_keys, tree_text_or(event, "routing_key", ""));

    return tree_find(pagerduty->services, "id", id);
}

void pagerduty_event_serve(struct pagerduty *pagerduty, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *event = request_json(request);
    const cJSON *service = find_service(pagerduty, event);
    const char *wrong = event ? what_is_wrong(event, service) : "no JSON";
    AUTO_FREE char *new_key = NULL;
    const char *key = NULL;
    cJSON *incident = NULL;

    if (!request_is(request, "POST"))
        return reply_text(reply, 405, "text/plain; charset=utf-8", "POST\n");
    if (wrong)
        return refuse(reply, wrong);
    key = tree_text(event, "dedup_key");
    if (!key)
        key = new_key = pagerduty_new_id(pagerduty, "KEY");
    incident = find_open(pagerduty, service, key);
    if (!request->pretend && !incident && tree_has_text(event, "event_action", "trigger"))
        open_one(pagerduty, event, service, key, request->now_ms);
    else if (!request->pretend && incident && !tree_has_text(event, "event_action", "trigger"))
        move_on(pagerduty, event, incident, request->now_ms);
    accept(reply, "Event processed", key);
}

/* ---- changes ---- */

/* NULL: all is well. */
static const char *what_is_wrong_with_change(const cJSON *event, const cJSON *service)
{
    const cJSON *payload = tree_get(event, "payload"), *details = tree_get(payload, "custom_details");
    const char *summary = tree_text(payload, "summary"), *timestamp = tree_text(payload, "timestamp");
    int64_t at_ms = 0;
    struct error err;

    if (!service)
        return "Invalid routing key";
    if (!summary || !*summary || strlen(summary) > SUMMARY_MAX_BYTES)
        return "'payload.summary' is missing or too long";
    if (timestamp && !time_parse(str_of(timestamp), &at_ms, &err))
        return "'payload.timestamp' is no ISO 8601 time";
    if (details && !cJSON_IsObject(details))
        return "'payload.custom_details' is no object";
    JSON_EACH(link, tree_get(event, "links"))
        if (!tree_text(link, "href"))
            return "'links' need 'href'";
    return NULL;
}

static void keep_change(struct pagerduty *pagerduty, const cJSON *event, const cJSON *service, int64_t now_ms)
{
    cJSON *change = json_add(pagerduty->changes, json_copy(tree_get(event, "payload")));
    const cJSON *links = tree_get(event, "links");

    json_set(change, "service", json_copy(service));
    json_set(change, "links", links ? json_copy(links) : json_array());
    if (!tree_text(change, "timestamp")) /* or null */
        pagerduty_set_time(change, "timestamp", pagerduty_clock(pagerduty, now_ms));
}

void pagerduty_change_event_serve(struct pagerduty *pagerduty, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *event = request_json(request);
    const cJSON *service = find_service(pagerduty, event);
    const char *wrong = event ? what_is_wrong_with_change(event, service) : "no JSON";

    if (!request_is(request, "POST"))
        return reply_text(reply, 405, "text/plain; charset=utf-8", "POST\n");
    if (wrong)
        return refuse(reply, wrong);
    if (!request->pretend)
        keep_change(pagerduty, event, service, request->now_ms);
    accept(reply, "Change event processed", NULL);
}
