/* How a test, a --world file or the page changes Alertmanager: {config?, fire?, resolve?}, applied in this order. */
#include "alertmanager/alertmanager.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#define NEVER "0001-01-01T00:00:00Z"
#define MS_MAX (30 * DAY_MS)

/* ---- config ---- */

static bool set_number(const cJSON *value, const char *name, int64_t max, int64_t *number, struct error *err)
{
    int64_t given = tree_int(value, name, *number);

    if (given < 0 || given > max)
        return error_set(err, ERR_INVALID, "%s: a whole number up to %lld", name, (long long)max);
    *number = given;
    return true;
}

static void set_text(const cJSON *value, const char *name, char **text)
{
    if (!tree_text(value, name))
        return;
    free(*text);
    *text = xstrdup(tree_text(value, name));
}

/* {url?, token?, group_by?, group_wait_ms?, group_interval_ms?, repeat_ms?, retry_ms?, twins?, max_alerts?, payload?}:
 * a payload of null is the real one again. */
static bool change_config(struct alertmanager *am, const cJSON *value, struct error *err)
{
    const cJSON *payload = tree_get(value, "payload");

    set_text(value, "url", &am->url);
    set_text(value, "token", &am->token);
    if (cJSON_IsArray(tree_get(value, "group_by"))) {
        cJSON_Delete(am->group_by);
        am->group_by = json_copy(tree_get(value, "group_by"));
    }
    if (payload) {
        cJSON_Delete(am->payload);
        am->payload = cJSON_IsNull(payload) ? NULL : json_copy(payload);
    }
    return set_number(value, "group_wait_ms", MS_MAX, &am->group_wait_ms, err) &&
           set_number(value, "group_interval_ms", MS_MAX, &am->group_interval_ms, err) &&
           set_number(value, "repeat_ms", MS_MAX, &am->repeat_ms, err) &&
           set_number(value, "retry_ms", MS_MAX, &am->retry_ms, err) &&
           set_number(value, "twins", 2, &am->twins, err) &&
           set_number(value, "max_alerts", 10000, &am->max_alerts, err);
}

/* ---- alerts ---- */

static cJSON *group_labels(const struct alertmanager *am, const cJSON *labels)
{
    cJSON *chosen = json_object();

    JSON_EACH(name, am->group_by) {
        if (cJSON_IsString(name))
            json_set_string(chosen, name->valuestring, tree_text(labels, name->valuestring));
    }
    return chosen;
}

/* {}:{alertname="HighErrors", service="api"} */
static char *group_key(const cJSON *labels)
{
    AUTO_BUF struct buf key = BUF(8192);

    buf_puts(&key, "{}:{");
    JSON_EACH(label, labels)
        buf_addf(&key, "%s%s=\"%s\"", label != labels->child ? ", " : "", label->string, label->valuestring);
    buf_putc(&key, '}');
    return buf_take(&key);
}

static cJSON *find_group(struct alertmanager *am, const cJSON *labels, int64_t now_ms)
{
    AUTO_JSON cJSON *chosen = group_labels(am, labels);
    AUTO_FREE char *key = group_key(chosen);
    cJSON *group = tree_find(am->groups, "key", key);

    if (group)
        return group;
    group = json_add(am->groups, json_object());
    json_set_string(group, "key", key);
    json_set(group, "labels", json_copy(chosen));
    json_set(group, "alerts", json_array());
    json_set_int(group, "since_ms", now_ms);
    return group;
}

static void set_fingerprint(cJSON *alert, const cJSON *labels)
{
    AUTO_FREE char *text = json_print(labels);
    struct digest_hex hex = digest_hex(digest_sha256(str_of(text)));

    json_set_str(alert, "fingerprint", (struct str){ hex.text, 16 });
}

static cJSON *find_alert(const cJSON *group, const cJSON *labels)
{
    JSON_EACH(alert, tree_get(group, "alerts")) {
        if (tree_equal(tree_get(alert, "labels"), labels))
            return (cJSON *)(uintptr_t)alert;
    }
    return NULL;
}

/* {labels, annotations?}: fires, if it does not yet. */
static bool change_fire(struct alertmanager *am, const cJSON *value, int64_t now_ms, struct error *err)
{
    const cJSON *labels = tree_get(value, "labels");
    cJSON *group = NULL, *alert = NULL;

    if (!tree_text(labels, "alertname"))
        return error_set(err, ERR_INVALID, "an alert needs 'labels', and 'alertname' among them");
    group = find_group(am, labels, now_ms);
    alert = find_alert(group, labels);
    if (alert && tree_has_text(alert, "status", "firing"))
        return true;
    if (!alert)
        alert = json_add(tree_get(group, "alerts"), json_object());
    json_set_string(alert, "status", "firing");
    json_set(alert, "labels", json_copy(labels));
    json_set(alert, "annotations",
             cJSON_IsObject(tree_get(value, "annotations")) ? json_copy(tree_get(value, "annotations"))
                                                            : json_object());
    json_set_string(alert, "startsAt", time_format(now_ms).text);
    json_set_string(alert, "endsAt", NEVER);
    json_set_string(alert, "generatorURL", "http://prometheus.example.com/graph?g0.expr=up");
    set_fingerprint(alert, labels);
    json_set_bool(group, "changed", true);
    return true;
}

/* {labels}: ends. */
static bool change_resolve(struct alertmanager *am, const cJSON *value, int64_t now_ms, struct error *err)
{
    const cJSON *labels = tree_get(value, "labels");
    cJSON *group = find_group(am, labels, now_ms), *alert = find_alert(group, labels);

    if (!alert || !tree_has_text(alert, "status", "firing"))
        return error_set(err, ERR_NOT_FOUND, "no such alert fires");
    json_set_string(alert, "status", "resolved");
    json_set_string(alert, "endsAt", time_format(now_ms).text);
    json_set_bool(group, "changed", true);
    return true;
}

typedef bool (*change_fn)(struct alertmanager *am, const cJSON *value, int64_t now_ms, struct error *err);

static bool change_each(struct alertmanager *am, const cJSON *value, change_fn change, int64_t now_ms,
                        struct error *err)
{
    if (!cJSON_IsArray(value))
        return !value || change(am, value, now_ms, err);
    JSON_EACH(item, value) {
        if (!change(am, item, now_ms, err))
            return false;
    }
    return true;
}

bool alertmanager_change(struct alertmanager *am, const cJSON *changes, int64_t now_ms, struct error *err)
{
    const cJSON *config = tree_get(changes, "config");

    if (!cJSON_IsObject(changes))
        return error_set(err, ERR_INVALID, "changes of Alertmanager are a JSON object");
    JSON_EACH(change, changes) {
        if (!text_is(change->string, "config") && !text_is(change->string, "fire") &&
            !text_is(change->string, "resolve"))
            return error_set(err, ERR_INVALID, "no such change '%.60s'", change->string);
    }
    if (config && !change_config(am, config, err))
        return false;
    return change_each(am, tree_get(changes, "fire"), change_fire, now_ms, err) &&
           change_each(am, tree_get(changes, "resolve"), change_resolve, now_ms, err);
}
