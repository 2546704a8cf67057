/* memorystore.c - Memorystore for Redis v1: an instance read, failed over to its replica, followed. */
#include "bot/model/settings.h"
#include "integrations/google/database_call.h"
#include "integrations/url.h"

#include <string.h>

#define GET_PERMISSION "redis.instances.get"
#define SHOWN_BYTES 300

static const char *url_of(const struct database_call *call, const char *collection, const char *name, const char *rest)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, call->exchange->settings->google.redis_url);
    buf_puts(&url, "/v1/projects/");
    url_add_encoded(&url, str_of(call->place.project));
    buf_puts(&url, "/locations/");
    url_add_encoded(&url, str_of(call->place.region));
    buf_puts(&url, collection);
    url_add_encoded(&url, str_of(name));
    buf_puts(&url, rest);
    return arena_copy(call->exchange->arena, buf_str(&url));
}

static bool read_instance(struct database_call *call, const cJSON **ret_json)
{
    if (!database_call_get(call, url_of(call, "/instances/", call->place.instance, ""), GET_PERMISSION, ret_json))
        return false;
    return database_text(*ret_json, "state") ||
           database_call_stop(call, exchange_again(call->exchange, "%s: the answer names no state", call->what));
}

struct exchange_step memorystore_read(struct database_call *call)
{
    struct database_seen seen = { .at_ms = call->exchange->unix_ms };
    const cJSON *json;

    if (!read_instance(call, &json))
        return call->dialog.step;
    seen.state = database_text(json, "state");
    seen.version = json_find_string(json, "redisVersion");
    seen.zone = database_text(json, "currentLocationId");
    seen.standby_zone = database_text(json, "alternativeLocationId");
    if (text_equal(seen.zone, seen.standby_zone)) /* it was failed over before */
        seen.standby_zone = database_text(json, "locationId");
    seen.kind = json_find_string(json, "tier");
    seen.has_standby = seen.kind && strcmp(seen.kind, "STANDARD_HA") == 0;
    if (seen.has_standby && !database_call_lag(call, &seen.lag))
        return call->dialog.step;
    return database_call_seen(call, &seen);
}

struct exchange_step memorystore_fail_over(struct database_call *call, const struct database_order *order)
{
    AUTO_JSON cJSON *body = json_object();
    cJSON *result;
    const cJSON *operation;

    json_set_string(body, "dataProtectionMode", order->mode ? order->mode : DATABASE_LIMITED_LOSS);
    if (!database_call_post(call, url_of(call, "/instances/", call->place.instance, ":failover"), body,
                            "redis.instances.failover", &operation))
        return call->dialog.step;
    result = json_object();
    json_set_string(result, "operation", json_find_string(operation, "name"));
    return exchange_done(call->exchange, result);
}

/* Its operations cannot be told apart by kind: that it is at it, or was, the instance shows. */
struct exchange_step memorystore_seek(struct database_call *call, const struct database_sought *sought)
{
    struct database_progress progress = { 0 };
    const cJSON *json;
    const char *zone;

    if (!read_instance(call, &json))
        return call->dialog.step;
    zone = json_find_string(json, "currentLocationId");
    progress.status = json_find_string(json, "state");
    progress.has_moved = strcmp(progress.status, "FAILING_OVER") == 0 ||
                         (zone && sought->from_zone && strcmp(zone, sought->from_zone) != 0);
    return database_call_progress(call, &progress);
}

/* "projects/acme/locations/us-central1/operations/NAME": the last part is enough to ask for it. */
static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

struct exchange_step memorystore_follow(struct database_call *call, const char *operation)
{
    struct database_progress progress = { .operation = operation };
    const cJSON *json, *error;
    const char *message;

    if (!database_call_get(call, url_of(call, "/operations/", last_part(operation), ""), "redis.operations.get", &json))
        return call->dialog.step;
    progress.is_done = json_find_bool(json, "done", false);
    progress.status = progress.is_done ? "done" : "running";
    error = json_find(json, "error");
    message = json_find_string(error, "message");
    if (error)
        progress.error = arena_printf(call->exchange->arena, "code %d: %.*s", (int)json_find_int(error, "code", 0),
                                      SHOWN_BYTES, message ? message : "it says no more");
    progress.is_done = progress.is_done || error;
    return database_call_progress(call, &progress);
}
