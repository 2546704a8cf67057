#include "database/database.h"

#include "bot/base/time.h"

#define TAKE_MS (2 * SECOND_MS)
#define OPERATIONS_KEPT 500
#define BACKUP_AGE_MS (20 * HOUR_MS)

/* ---- what there is at first ---- */

cJSON *database_add_sql(struct databases *databases, const char *project, const char *name, const char *type,
                        const char *region)
{
    cJSON *instance = json_add(databases->sql, json_object()), *settings;

    json_set_string(instance, "kind", "sql#instance");
    json_set_string(instance, "name", name);
    json_set_string(instance, "project", project);
    json_set_string(instance, "region", region);
    json_set_string(instance, "state", "RUNNABLE");
    json_set_string(instance, "databaseVersion", "POSTGRES_15");
    json_set_string(instance, "instanceType", type);
    tree_set_textf(instance, "gceZone", "%s-a", region);
    tree_set_textf(instance, "connectionName", "%s:%s:%s", project, region, name);
    settings = json_set(instance, "settings", json_object());
    json_set_string(settings, "settingsVersion", "12");
    json_set_string(settings, "availabilityType", "ZONAL");
    json_set_string(settings, "activationPolicy", "ALWAYS");
    return instance;
}

void database_add_backup(struct databases *databases, const char *instance, const char *status, int64_t at_ms)
{
    cJSON *backup = json_add(databases->backups, json_object());

    json_set_string(backup, "kind", "sql#backupRun");
    tree_set_textf(backup, "id", "%lld", (long long)(1763000000000 + ++databases->last_n));
    json_set_string(backup, "instance", instance);
    json_set_string(backup, "status", status);
    json_set_string(backup, "type", "AUTOMATED");
    json_set_string(backup, "startTime", time_format(at_ms - 5 * MINUTE_MS).text);
    json_set_string(backup, "endTime", time_format(at_ms).text);
    json_set_string(backup, "databaseVersion", "POSTGRES_15");
    json_set_string(backup, "maxChargeableBytes", "5368709120");
}

void database_add_redis(struct databases *databases, const char *project, const char *id, const char *region)
{
    cJSON *instance = json_add(databases->redis, json_object());

    tree_set_textf(instance, "name", "projects/%s/locations/%s/instances/%s", project, region, id);
    json_set_string(instance, "state", "READY");
    json_set_string(instance, "tier", "STANDARD_HA");
    json_set_string(instance, "redisVersion", "REDIS_7_0");
    tree_set_textf(instance, "locationId", "%s-a", region);
    tree_set_textf(instance, "currentLocationId", "%s-a", region);
    tree_set_textf(instance, "alternativeLocationId", "%s-b", region);
    json_set_string(instance, "host", "10.0.0.3");
    json_set_int(instance, "port", 6379);
}

struct databases *databases_create(int64_t now_ms)
{
    struct databases *databases = xcalloc(1, sizeof *databases);
    AUTO_JSON cJSON *lag = cJSON_CreateNumber(0.4), *bytes = cJSON_CreateNumber(2048);
    cJSON *primary, *replica;

    databases->sql = json_array();
    databases->redis = json_array();
    databases->operations = json_array();
    databases->backups = json_array();
    databases->lags = json_array();
    databases->denied = json_array();
    databases->files = json_array();
    databases->contents = json_object();
    databases->take_ms = TAKE_MS;
    primary = database_add_sql(databases, "acme", "platform-prod-db", "CLOUD_SQL_INSTANCE", "us-central1");
    json_set_string(tree_get(primary, "settings"), "availabilityType", "REGIONAL");
    json_set_string(primary, "secondaryGceZone", "us-central1-c");
    primary = database_add_sql(databases, "acme", "reports-db", "CLOUD_SQL_INSTANCE", "us-central1");
    json_add_string(json_set(primary, "replicaNames", json_array()), "reports-db-replica");
    replica = database_add_sql(databases, "acme", "reports-db-replica", "READ_REPLICA_INSTANCE", "us-east1");
    json_set_string(replica, "masterInstanceName", "acme:reports-db");
    database_add_sql(databases, "acme", "platform-scratch-db", "CLOUD_SQL_INSTANCE", "us-central1");
    database_add_redis(databases, "acme", "session-cache", "us-central1");
    database_add_backup(databases, "platform-prod-db", "SUCCESSFUL", now_ms - BACKUP_AGE_MS);
    database_add_backup(databases, "reports-db", "SUCCESSFUL", now_ms - BACKUP_AGE_MS);
    database_set_lag(databases, "reports-db-replica", lag, 0);
    database_set_lag(databases, "session-cache", bytes, 0);
    return databases;
}

void databases_destroy(struct databases *databases)
{
    if (!databases)
        return;
    cJSON_Delete(databases->sql);
    cJSON_Delete(databases->redis);
    cJSON_Delete(databases->operations);
    cJSON_Delete(databases->backups);
    cJSON_Delete(databases->lags);
    cJSON_Delete(databases->denied);
    cJSON_Delete(databases->files);
    cJSON_Delete(databases->contents);
    cJSON_Delete(databases->failing);
    free(databases);
}

cJSON *databases_state(const struct databases *databases)
{
    cJSON *state = json_object(), *operations = json_set(state, "operations", json_array());

    json_set(state, "sql", json_copy(databases->sql));
    json_set(state, "redis", json_copy(databases->redis));
    json_set(state, "backups", json_copy(databases->backups));
    json_set(state, "files", json_copy(databases->files));
    json_set(state, "contents", json_copy(databases->contents));
    JSON_EACH(operation, databases->operations)
        json_add(operations, json_copy(operation));
    return state;
}

/* ---- operations ---- */

cJSON *database_running(const struct databases *databases, const char *instance)
{
    cJSON *operation = NULL;

    cJSON_ArrayForEach(operation, databases->operations) {
        if (tree_has_text(operation, "instance", instance) && !tree_true(operation, "over"))
            return operation;
    }
    return NULL;
}

cJSON *database_begin(struct databases *databases, const char *what, const char *instance, int64_t take_ms,
                      int64_t now_ms)
{
    cJSON *operation = json_add(databases->operations, json_object());

    json_set(operation, "shown", json_object());
    json_set_string(operation, "what", what);
    json_set_string(operation, "instance", instance);
    json_set_int(operation, "done_at_ms", now_ms + take_ms);
    tree_keep_last(databases->operations, OPERATIONS_KEPT);
    return tree_get(operation, "shown");
}

static void swap(cJSON *instance, const char *a, const char *b)
{
    AUTO_FREE char *one = xstrdup(tree_text_or(instance, a, ""));
    AUTO_FREE char *two = xstrdup(tree_text_or(instance, b, ""));

    tree_set_text(instance, a, two);
    tree_set_text(instance, b, one);
}

cJSON *database_find_redis(const struct databases *databases, const char *id)
{
    AUTO_FREE char *tail = text_format("/instances/%s", id);
    cJSON *instance = NULL;

    cJSON_ArrayForEach(instance, databases->redis) {
        if (str_ends_with(str_of(tree_text_or(instance, "name", "")), tail))
            return instance;
    }
    return NULL;
}

static void apply(struct databases *databases, const char *what, const char *id)
{
    cJSON *sql = tree_find(databases->sql, "name", id), *redis = database_find_redis(databases, id);

    if (text_is(what, "FAILOVER") && sql) {
        swap(sql, "gceZone", "secondaryGceZone");
    } else if (text_is(what, "PROMOTE_REPLICA") && sql) {
        json_set_string(sql, "instanceType", "CLOUD_SQL_INSTANCE");
        tree_set_text(sql, "masterInstanceName", NULL);
    } else if (text_is(what, "REDIS_FAILOVER") && redis) {
        bool was_first = tree_has_text(redis, "currentLocationId", tree_text_or(redis, "locationId", ""));

        json_set_string(redis, "currentLocationId",
                        tree_text_or(redis, was_first ? "alternativeLocationId" : "locationId", ""));
        json_set_string(redis, "state", "READY");
    }
}

static void fail(struct databases *databases, cJSON *shown, bool is_redis)
{
    cJSON *error = json_set(shown, "error", json_object()), *list;

    if (is_redis) {
        json_set_int(error, "code", tree_int(databases->failing, "code", 9));
        json_set_string(error, "message", tree_text_or(databases->failing, "message", "it failed"));
    } else {
        json_set_string(error, "kind", "sql#operationErrors");
        list = json_set(error, "errors", json_array());
        json_add(list, TAKE(databases->failing));
    }
    cJSON_Delete(databases->failing);
    databases->failing = NULL;
}

static void end_errand(struct databases *databases, cJSON *operation, int64_t now_ms)
{
    const char *why = database_errand_fails(databases, operation);
    bool is_good = !why && !databases->failing;

    if (tree_true(operation, "pretended"))
        return;
    if (why && !databases->failing) {
        databases->failing = json_object();
        json_set_string(databases->failing, "code", "ERROR_RDBMS");
        json_set_string(databases->failing, "message", why);
    }
    if (!is_good)
        fail(databases, tree_get(operation, "shown"), false);
    database_end_errand(databases, operation, is_good, now_ms);
}

static void end(struct databases *databases, cJSON *operation, int64_t now_ms)
{
    const char *what = tree_text(operation, "what");
    bool is_redis = text_is(what, "REDIS_FAILOVER");
    cJSON *shown = tree_get(operation, "shown");

    json_set_bool(operation, "over", true);
    if (is_redis)
        json_set_bool(shown, "done", true);
    else
        json_set_string(shown, "status", "DONE");
    json_set_string(is_redis ? tree_get(shown, "metadata") : shown, "endTime", time_format(now_ms).text);
    if (tree_get(operation, "errand")) {
        end_errand(databases, operation, now_ms);
    } else if (databases->failing && (is_redis || text_is(what, "FAILOVER") || text_is(what, "PROMOTE_REPLICA"))) {
        fail(databases, shown, is_redis);
        apply(databases, is_redis ? "READY" : "", tree_text(operation, "instance"));
    } else if (!tree_true(operation, "pretended")) {
        apply(databases, what, tree_text(operation, "instance"));
    }
}

bool database_advance(struct databases *databases, int64_t now_ms)
{
    cJSON *operation = NULL;
    bool any = false;

    cJSON_ArrayForEach(operation, databases->operations) {
        if (tree_true(operation, "over") || tree_int(operation, "done_at_ms", 0) > now_ms)
            continue;
        end(databases, operation, now_ms);
        any = true;
    }
    return any;
}

/* ---- who calls ---- */

bool database_may(const struct databases *databases, const char *permission, struct google_error *err)
{
    JSON_EACH(denied, databases->denied) {
        if (cJSON_IsString(denied) && text_is(denied->valuestring, permission))
            return google_refuse(err, GOOGLE_PERMISSION_DENIED, "The client is not authorized to make this request.");
    }
    return true;
}

const char *database_caller(const struct tokens *tokens, const struct request *request, struct google_error *err)
{
    const char *token = request_bearer(request);
    const char *caller = token ? tokens_account(tokens, token, request->now_ms) : NULL;

    if (!caller)
        google_refuse(err, GOOGLE_UNAUTHENTICATED,
                      "Request had invalid authentication credentials. Expected OAuth 2 "
                      "access token, login cookie or other valid authentication credential.");
    return caller;
}
