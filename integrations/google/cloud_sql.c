/* cloud_sql.c - Cloud SQL Admin API v1: an instance read, failed over to its standby or left for its replica, followed.
 */
#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/google/database_call.h"
#include "integrations/url.h"

#include <string.h>

#define OPERATIONS_READ "20" /* newest first */
#define BACKUPS_READ "10"
#define SLACK_MS (5 * MINUTE_MS) /* between Google's clock and the store's */
#define GET_PERMISSION "cloudsql.instances.get"
#define SHOWN_BYTES 300

/* ---- addresses ---- */

/* "/instances/NAME" with what follows; or "/operations..." */
static const char *url_of(const struct database_call *call, const char *collection, const char *name, const char *rest)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, call->exchange->settings->google.sqladmin_url);
    buf_puts(&url, "/v1/projects/");
    url_add_encoded(&url, str_of(call->place.project));
    buf_puts(&url, collection);
    url_add_encoded(&url, str_of(name));
    buf_puts(&url, rest);
    return arena_copy(call->exchange->arena, buf_str(&url));
}

const char *cloud_sql_instance_url(const struct database_call *call, const char *instance, const char *rest)
{
    return url_of(call, "/instances/", instance, rest);
}

const char *cloud_sql_operations_url(const struct database_call *call, const char *instance)
{
    return url_of(call, "/operations?instance=", instance, "&maxResults=" OPERATIONS_READ);
}

/* ---- what is answered ---- */

int64_t cloud_sql_instant(const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);
    struct error ignored;
    int64_t at_ms;

    return text && time_parse(str_of(text), &at_ms, &ignored) ? at_ms : 0;
}

bool database_is_text(const cJSON *json, const char *path, const char *wanted)
{
    const char *text = json_find_string(json, path);

    return text && strcmp(text, wanted) == 0;
}

static bool is_failover(const cJSON *operation)
{
    return database_is_text(operation, "operationType", "FAILOVER") ||
           database_is_text(operation, "operationType", "PROMOTE_REPLICA");
}

const struct database_operation *cloud_sql_operation(const struct database_call *call, const cJSON *json)
{
    struct database_operation *operation = ARENA_NEW(call->exchange->arena, struct database_operation);
    const char *type = database_text(json, "operationType");

    *operation = (struct database_operation){
        .name = json_find_string(json, "name"),
        .type = type ? type : "UNKNOWN",
        .user = database_text(json, "user"),
        .began_at_ms = cloud_sql_instant(json, "insertTime"),
        .ended_at_ms = database_is_text(json, "status", "DONE") ? cloud_sql_instant(json, "endTime") : 0,
    };
    return operation->name ? operation : NULL;
}

static bool is_newer(const struct database_operation *operation, const struct database_operation *than)
{
    return operation && (!than || operation->began_at_ms > than->began_at_ms);
}

/* Of whichever instance: what runs there, and the newest failover, however that ended. */
static bool read_operations(struct database_call *call, const char *instance,
                            const struct database_operation **ret_running, struct database_seen *seen)
{
    const cJSON *list;

    if (!database_call_get(call, cloud_sql_operations_url(call, instance), GET_PERMISSION, &list))
        return false;
    JSON_EACH(json, json_find(list, "items")) {
        const struct database_operation *operation = cloud_sql_operation(call, json);

        if (operation && !database_is_text(json, "status", "DONE"))
            *ret_running = operation;
        if (operation && is_failover(json) && is_newer(operation, seen->last_failover))
            seen->last_failover = operation;
    }
    return true;
}

static bool read_backups(struct database_call *call, struct database_seen *seen)
{
    const cJSON *list;

    if (!database_call_try(call,
                           cloud_sql_instance_url(call, call->place.instance, "/backupRuns?maxResults=" BACKUPS_READ),
                           "cloudsql.backupRuns.list", &list, &seen->backup_why))
        return false;
    seen->is_backup_known = list != NULL;
    JSON_EACH(run, json_find(list, "items")) {
        int64_t at_ms = database_is_text(run, "status", "SUCCESSFUL") ? cloud_sql_instant(run, "endTime") : 0;

        seen->backup_at_ms = at_ms > seen->backup_at_ms ? at_ms : seen->backup_at_ms;
    }
    return true;
}

static void take_instance(const cJSON *json, struct database_seen *seen)
{
    seen->state = database_text(json, "state");
    seen->version = database_text(json, "databaseVersion");
    seen->zone = database_text(json, "gceZone");
    seen->standby_zone = database_text(json, "secondaryGceZone");
    seen->kind = database_text(json, "settings.availabilityType");
    seen->has_standby = seen->kind && strcmp(seen->kind, "REGIONAL") == 0;
    seen->is_stopped = database_is_text(json, "settings.activationPolicy", "NEVER");
    seen->settings_version = database_text(json, "settings.settingsVersion");
}

/* A primary that is out of reach is what a replica is for: then its own words are kept, and the replica is read. */
static bool read_instance(struct database_call *call, struct database_seen *seen)
{
    const char *url = cloud_sql_instance_url(call, call->place.instance, "");
    const cJSON *json;

    if (!call->place.replica && !database_call_get(call, url, GET_PERMISSION, &json))
        return false;
    if (call->place.replica && !database_call_try(call, url, GET_PERMISSION, &json, &seen->problem))
        return false;
    if (json && !database_text(json, "state"))
        return database_call_stop(call, exchange_again(call->exchange, "%s: the answer names no state", call->what));
    if (json)
        take_instance(json, seen);
    return true;
}

static bool read_replica(struct database_call *call, struct database_seen *seen)
{
    struct database_replica *replica = ARENA_NEW(call->exchange->arena, struct database_replica);
    const cJSON *json;

    if (!database_call_get(call, cloud_sql_instance_url(call, call->place.replica, ""), GET_PERMISSION, &json))
        return false;
    *replica = (struct database_replica){
        .name = call->place.replica,
        .state = database_text(json, "state"),
        .zone = database_text(json, "gceZone"),
        .type = database_text(json, "instanceType"),
        .primary = database_text(json, "masterInstanceName"),
    };
    seen->replica = replica;
    if (!replica->state || !replica->type)
        return database_call_stop(call,
                                  exchange_again(call->exchange, "%s: of its replica %s the answer names no state",
                                                 call->what, call->place.replica));
    return read_operations(call, call->place.replica, &replica->running, seen);
}

struct exchange_step cloud_sql_read(struct database_call *call)
{
    struct database_seen seen = { .at_ms = call->exchange->unix_ms };

    if (!read_instance(call, &seen))
        return call->dialog.step;
    if (seen.state &&
        (!read_operations(call, call->place.instance, &seen.running, &seen) || !read_backups(call, &seen)))
        return call->dialog.step;
    if (!seen.state)
        seen.backup_why = seen.problem;
    if (call->place.replica && (!read_replica(call, &seen) || !database_call_lag(call, &seen.lag)))
        return call->dialog.step;
    return database_call_seen(call, &seen);
}

/* ---- the failover ---- */

struct exchange_step cloud_sql_began(struct database_call *call, const cJSON *operation)
{
    cJSON *result = json_object();

    json_set_string(result, "operation", json_find_string(operation, "name"));
    return exchange_done(call->exchange, result);
}

static struct exchange_step promote(struct database_call *call)
{
    const cJSON *operation;

    if (!call->place.replica)
        return exchange_never(call->exchange, "%s: it has no replica to promote", call->what);
    if (!database_call_post(call, cloud_sql_instance_url(call, call->place.replica, "/promoteReplica"), NULL,
                            "cloudsql.instances.promoteReplica", &operation))
        return call->dialog.step;
    return cloud_sql_began(call, operation);
}

/* settingsVersion guards it: Cloud SQL refuses a failover of an instance that was changed since it was judged. */
struct exchange_step cloud_sql_fail_over(struct database_call *call, const struct database_order *order)
{
    const cJSON *operation;
    cJSON *body, *context;
    AUTO_JSON cJSON *owned = NULL;

    if (strcmp(order->method, DATABASE_PROMOTION) == 0)
        return promote(call);
    if (!order->settings_version)
        return exchange_never(call->exchange, "%s: its settingsVersion is not known", call->what);
    body = owned = json_object();
    context = json_set(body, "failoverContext", json_object());
    json_set_string(context, "kind", "sql#failoverContext");
    json_set_string(context, "settingsVersion", order->settings_version);
    if (!database_call_post(call, cloud_sql_instance_url(call, call->place.instance, "/failover"), body,
                            "cloudsql.instances.failover", &operation))
        return call->dialog.step;
    return cloud_sql_began(call, operation);
}

/* ---- did it begin? ---- */

static bool is_sought(const struct database_sought *sought, const cJSON *json)
{
    bool is_promotion = strcmp(sought->method, DATABASE_PROMOTION) == 0;

    return database_is_text(json, "operationType", is_promotion ? "PROMOTE_REPLICA" : "FAILOVER") &&
           !(sought->known && database_is_text(json, "name", sought->known)) &&
           cloud_sql_instant(json, "insertTime") >= (sought->known ? sought->known_at_ms : sought->since_ms - SLACK_MS);
}

static bool has_moved(const struct database_sought *sought, const cJSON *instance)
{
    const char *zone = database_text(instance, "gceZone");

    if (strcmp(sought->method, DATABASE_PROMOTION) == 0)
        return database_is_text(instance, "instanceType", "CLOUD_SQL_INSTANCE");
    return zone && sought->from_zone && strcmp(zone, sought->from_zone) != 0;
}

struct exchange_step cloud_sql_seek(struct database_call *call, const struct database_sought *sought)
{
    bool is_promotion = strcmp(sought->method, DATABASE_PROMOTION) == 0;
    const char *instance = is_promotion && call->place.replica ? call->place.replica : call->place.instance;
    struct database_progress progress = { 0 };
    const cJSON *list, *json;

    if (!database_call_get(call, cloud_sql_operations_url(call, instance), GET_PERMISSION, &list))
        return call->dialog.step;
    JSON_EACH(operation, json_find(list, "items")) {
        if (!is_sought(sought, operation) || progress.operation)
            continue;
        progress.operation = json_find_string(operation, "name");
        progress.user = database_text(operation, "user");
        progress.status = database_text(operation, "status");
    }
    if (!progress.operation) {
        if (!database_call_get(call, cloud_sql_instance_url(call, instance, ""), GET_PERMISSION, &json))
            return call->dialog.step;
        progress.has_moved = has_moved(sought, json);
    }
    return database_call_progress(call, &progress);
}

/* ---- how it goes ---- */

/* DONE is said of what failed, too. */
static const char *failure_of(const struct database_call *call, const cJSON *operation)
{
    const cJSON *error = json_find(operation, "error");
    const cJSON *first = cJSON_GetArrayItem(json_find(error, "errors"), 0);
    const char *code = json_find_string(first, "code"), *message = json_find_string(first, "message");

    if (!error)
        return NULL;
    return arena_printf(call->exchange->arena, "%s: %.*s", code ? code : "an unknown error", SHOWN_BYTES,
                        message ? message : "it says no more");
}

struct exchange_step cloud_sql_follow(struct database_call *call, const char *operation)
{
    struct database_progress progress = { .operation = operation };
    const cJSON *json;

    if (!database_call_get(call, url_of(call, "/operations/", operation, ""), GET_PERMISSION, &json))
        return call->dialog.step;
    progress.user = database_text(json, "user");
    progress.status = database_text(json, "status");
    if (!progress.status)
        return exchange_again(call->exchange, "%s: the operation names no status", call->what);
    progress.is_done = strcmp(progress.status, "DONE") == 0;
    progress.error = progress.is_done ? failure_of(call, json) : NULL;
    return database_call_progress(call, &progress);
}
