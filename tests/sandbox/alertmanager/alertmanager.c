#include "alertmanager/alertmanager.h"

#include "random.h"

#include "bot/base/time.h"

#include <string.h>

#define DELIVERED_KEPT 5000

struct alertmanager *alertmanager_create(struct courier *courier, const char *opsgate_url)
{
    struct alertmanager *alertmanager = xcalloc(1, sizeof *alertmanager);

    alertmanager->courier = courier;
    alertmanager->groups = json_array();
    alertmanager->delivered = json_array();
    alertmanager->url = text_format("%s/alertmanager/webhook", opsgate_url);
    alertmanager->token = xstrdup(ALERTMANAGER_TOKEN);
    alertmanager->group_by = json_array();
    json_add_string(alertmanager->group_by, "alertname");
    alertmanager->group_wait_ms = 30 * SECOND_MS;
    alertmanager->group_interval_ms = 5 * MINUTE_MS;
    alertmanager->repeat_ms = 4 * HOUR_MS;
    alertmanager->retry_ms = SECOND_MS;
    alertmanager->twins = 1;
    return alertmanager;
}

void alertmanager_destroy(struct alertmanager *alertmanager)
{
    if (!alertmanager)
        return;
    cJSON_Delete(alertmanager->groups);
    cJSON_Delete(alertmanager->delivered);
    cJSON_Delete(alertmanager->group_by);
    cJSON_Delete(alertmanager->payload);
    free(alertmanager->url);
    free(alertmanager->token);
    free(alertmanager);
}

/* ---- what is told ---- */

/* Those labels and annotations that all alerts have alike. */
static cJSON *common(const cJSON *alerts, const char *member)
{
    cJSON *shared = alerts->child ? json_copy(tree_get(alerts->child, member)) : json_object();

    JSON_EACH(alert, alerts) {
        for (cJSON *item = shared->child, *next = NULL; item; item = next) {
            next = item->next;
            if (!text_is(tree_text(tree_get(alert, member), item->string), item->valuestring))
                cJSON_Delete(cJSON_DetachItemViaPointer(shared, item));
        }
    }
    return shared;
}

static bool is_firing(const cJSON *alerts)
{
    return tree_find(alerts, "status", "firing") != NULL;
}

static char *group_text(const struct alertmanager *alertmanager, const cJSON *group, const char *reason)
{
    AUTO_JSON cJSON *body = json_object();
    int64_t count = cJSON_GetArraySize(tree_get(group, "alerts")), max = alertmanager->max_alerts;
    cJSON *alerts;

    if (alertmanager->payload)
        return json_print(alertmanager->payload);
    alerts = json_copy(tree_get(group, "alerts"));
    json_set_string(body, "receiver", "opsgate");
    json_set_string(body, "status", is_firing(alerts) ? "firing" : "resolved");
    json_set(body, "groupLabels", json_copy(tree_get(group, "labels")));
    json_set(body, "commonLabels", common(alerts, "labels"));
    json_set(body, "commonAnnotations", common(alerts, "annotations"));
    json_set_string(body, "externalURL", "http://alertmanager.example.com:9093");
    json_set_string(body, "version", "4");
    json_set_string(body, "groupKey", tree_text(group, "key"));
    json_set_int(body, "truncatedAlerts", max > 0 && count > max ? count - max : 0);
    json_set_string(body, "notification_reason", reason);
    for (int64_t i = count; max > 0 && i > max; i--)
        cJSON_DeleteItemFromArray(alerts, (int)i - 1);
    json_set(body, "alerts", alerts);
    return json_print(body);
}

static void tell(struct alertmanager *alertmanager, cJSON *group, const char *reason, int64_t now_ms)
{
    AUTO_FREE char *body = group_text(alertmanager, group, reason);
    cJSON *alerts = tree_get(group, "alerts");

    for (int64_t twin = 0; twin < alertmanager->twins; twin++) {
        AUTO_FREE char *line = text_format("alertmanager/%lld/%s", (long long)twin, tree_text(group, "key"));
        struct random_hex id = random_hex();

        courier_add(alertmanager->courier,
                    &(struct parcel){ .sender = "alertmanager",
                                      .id = id.text,
                                      .owner = (char *)(uintptr_t)tree_text(group, "key"),
                                      .line = line,
                                      .url = alertmanager->url,
                                      .body = body,
                                      .about = (char *)(uintptr_t)(is_firing(alerts) ? "firing" : "resolved"),
                                      .made_at_ms = now_ms,
                                      .due_at_ms = now_ms });
    }
    json_set_bool(group, "changed", false);
    json_set_int(group, "told_at_ms", now_ms);
    for (cJSON *alert = alerts->child, *next = NULL; alert; alert = next) { /* told once that it ended */
        next = alert->next;
        if (tree_has_text(alert, "status", "resolved"))
            cJSON_Delete(cJSON_DetachItemViaPointer(alerts, alert));
    }
}

/* Why it is time to tell of a group; NULL: it is not. */
static const char *due(const struct alertmanager *alertmanager, const cJSON *group, int64_t now_ms)
{
    int64_t told_ms = tree_int(group, "told_at_ms", 0);

    if (!tree_get(group, "alerts")->child)
        return NULL;
    if (told_ms == 0)
        return now_ms >= tree_int(group, "since_ms", 0) + alertmanager->group_wait_ms ? "first notification" : NULL;
    if (tree_true(group, "changed") && now_ms >= told_ms + alertmanager->group_interval_ms)
        return is_firing(tree_get(group, "alerts")) ? "new alerts added" : "all alerts resolved";
    return now_ms >= told_ms + alertmanager->repeat_ms ? "repeat interval elapsed" : NULL;
}

bool alertmanager_advance(struct alertmanager *alertmanager, int64_t now_ms)
{
    bool is_told = false;

    for (cJSON *group = alertmanager->groups->child; group; group = group->next) {
        const char *reason = due(alertmanager, group, now_ms);

        if (!reason)
            continue;
        tell(alertmanager, group, reason, now_ms);
        is_told = true;
    }
    return is_told;
}

/* ---- one try ---- */

cJSON *alertmanager_webhook_headers(const struct alertmanager *alertmanager)
{
    AUTO_FREE char *authorization = text_format("Authorization: Bearer %s", alertmanager->token);
    cJSON *headers = json_array();

    json_add_string(headers, "Content-Type: application/json");
    json_add_string(headers, "User-Agent: Alertmanager/0.34.0");
    if (*alertmanager->token)
        json_add_string(headers, authorization);
    return headers;
}

void alertmanager_webhook_tried(struct alertmanager *alertmanager, struct parcel *parcel, int status, int64_t now_ms)
{
    bool is_taken = status / 100 == 2, is_passing = status == 0 || status >= 500;
    AUTO_FREE char *id = xstrdup(parcel->id);
    cJSON *entry = NULL;

    if (is_passing && now_ms - parcel->made_at_ms < alertmanager->group_interval_ms) {
        parcel->due_at_ms = now_ms + alertmanager->retry_ms;
        return;
    }
    entry = json_add(alertmanager->delivered, json_object());
    json_set_string(entry, "id", parcel->id);
    json_set_string(entry, "group", parcel->owner);
    json_set_int(entry, "tries", parcel->tries);
    json_set_string(entry, "outcome", is_taken ? "delivered" : "dropped");
    tree_keep_last(alertmanager->delivered, DELIVERED_KEPT);
    courier_drop(alertmanager->courier, id);
}

cJSON *alertmanager_state(const struct alertmanager *alertmanager)
{
    cJSON *state = json_object();

    json_set(state, "groups", json_copy(alertmanager->groups));
    json_set(state, "waiting", courier_state(alertmanager->courier, "alertmanager"));
    json_set(state, "delivered", json_copy(alertmanager->delivered));
    return state;
}
