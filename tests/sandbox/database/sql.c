/* sql.c - the Cloud SQL Admin API v1, as far as failovers and backups need it. */
#include "database/sql.h"

#include "random.h"

#include "bot/base/time.h"

/* "/v1/projects/P/instances/ID[/VERB[/SUB]]", "/v1/projects/P/operations[/ID]" */
static bool parse_path(struct call *call)
{
    struct str rest = str_of(call->request->path), collection;

    if (!str_take_prefix(&rest, "/v1/projects/"))
        return false;
    call->project = str_copy(str_take_until(&rest, '/'));
    collection = str_take_until(&rest, '/');
    call->is_operations = str_is(collection, "operations");
    call->id = str_copy(str_take_until(&rest, '/'));
    call->verb = str_copy(str_take_until(&rest, '/'));
    call->sub = str_copy(str_take_until(&rest, '/'));
    return str_is_empty(rest) && (call->is_operations || str_is(collection, "instances"));
}

cJSON *sql_find_instance(const struct call *call, const char *id, struct google_error *err)
{
    cJSON *instance = tree_find(call->databases->sql, "name", id ? id : "");

    if (instance && tree_has_text(instance, "project", call->project))
        return instance;
    google_refuse(err, GOOGLE_NOT_FOUND, "The Cloud SQL instance does not exist.");
    return NULL;
}

/* ---- operations ---- */

static bool get_operation(struct call *call, struct google_error *err)
{
    JSON_EACH(operation, call->databases->operations) {
        if (!tree_has_text(tree_get(operation, "shown"), "name", call->id) ||
            !tree_get(tree_get(operation, "shown"), "operationType"))
            continue;
        reply_json(call->reply, 200, json_copy(tree_get(operation, "shown")));
        return true;
    }
    return google_refuse(err, GOOGLE_NOT_FOUND, "The requested operation does not exist.");
}

static bool list_operations(struct call *call, struct google_error *err)
{
    const char *instance = request_query(call->request, "instance");
    cJSON *answer = json_object(), *items;

    if (instance && !sql_find_instance(call, instance, err)) {
        cJSON_Delete(answer);
        return false;
    }
    json_set_string(answer, "kind", "sql#operationsList");
    items = json_set(answer, "items", json_array());
    JSON_EACH(operation, call->databases->operations) {
        if (tree_get(tree_get(operation, "shown"), "operationType") &&
            (!instance || tree_has_text(operation, "instance", instance)))
            cJSON_InsertItemInArray(items, 0, json_copy(tree_get(operation, "shown")));
    }
    if (!items->child)
        cJSON_DeleteItemFromObjectCaseSensitive(answer, "items");
    reply_json(call->reply, 200, answer);
    return true;
}

/* ---- instances ---- */

static bool get_instance(struct call *call, struct google_error *err)
{
    const cJSON *instance = sql_find_instance(call, call->id, err);

    if (!instance)
        return false;
    reply_json(call->reply, 200, json_copy(instance));
    return true;
}

void sql_begin(struct call *call, const char *type)
{
    struct databases *databases = call->databases;
    int64_t now_ms = call->request->now_ms;
    cJSON *shown = database_begin(databases, type, call->id, databases->take_ms, now_ms);

    json_set_string(shown, "kind", "sql#operation");
    json_set_string(shown, "name", random_hex().text);
    json_set_string(shown, "operationType", type);
    json_set_string(shown, "status", "PENDING");
    json_set_string(shown, "targetId", call->id);
    json_set_string(shown, "targetProject", call->project);
    json_set_string(shown, "user", call->caller);
    json_set_string(shown, "insertTime", time_format(now_ms).text);
    if (call->request->pretend)
        json_set_bool(database_running(databases, call->id), "pretended", true);
    call->reply->applied = !call->request->pretend;
    reply_json(call->reply, 200, json_copy(shown));
}

bool sql_is_idle(const struct call *call, struct google_error *err)
{
    return !database_running(call->databases, call->id) ||
           google_refuse(err, GOOGLE_ABORTED,
                         "Operation failed because another operation was already in progress. Try your request after "
                         "the current operation is complete.");
}

static bool fail_over(struct call *call, struct google_error *err)
{
    const cJSON *instance = sql_find_instance(call, call->id, err), *settings = tree_get(instance, "settings");
    AUTO_JSON cJSON *body = request_json(call->request);
    const char *version = tree_text(tree_get(body, "failoverContext"), "settingsVersion");

    if (!instance)
        return false;
    if (!request_has_type(call->request, "application/json") || !version)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Missing parameter: failoverContext.settingsVersion.");
    if (!tree_has_text(settings, "settingsVersion", version))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "The settings version of the instance does not match: it was changed meanwhile.");
    if (!tree_has_text(settings, "availabilityType", "REGIONAL"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "The instance or operation is not in an appropriate state: it has no standby.");
    if (!sql_is_idle(call, err))
        return false;
    if (!tree_has_text(instance, "state", "RUNNABLE"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "The instance or operation is not in an appropriate state to handle the request.");
    sql_begin(call, "FAILOVER");
    return true;
}

static bool promote(struct call *call, struct google_error *err)
{
    const cJSON *instance = sql_find_instance(call, call->id, err);

    if (!instance)
        return false;
    if (!tree_has_text(instance, "instanceType", "READ_REPLICA_INSTANCE"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "The instance is not a read replica.");
    if (!sql_is_idle(call, err))
        return false;
    sql_begin(call, "PROMOTE_REPLICA");
    return true;
}

/* ---- routes ---- */

/* clang-format off */
static const struct route {
    const char *method;
    bool is_operations, has_id;
    const char *verb;
    bool has_sub;
    const char *permission;
    bool (*run)(struct call *call, struct google_error *err);
} routes[] = {
    { "GET",  false, true,  "",               false, "cloudsql.instances.get",            get_instance },
    { "GET",  false, true,  "backupRuns",     false, "cloudsql.backupRuns.list",          sql_list_backups },
    { "GET",  false, true,  "backupRuns",     true,  "cloudsql.backupRuns.get",           sql_get_backup },
    { "POST", false, true,  "backupRuns",     false, "cloudsql.backupRuns.create",        sql_create_backup },
    { "POST", false, true,  "restoreBackup",  false, "cloudsql.instances.restoreBackup",  sql_restore },
    { "POST", false, true,  "export",         false, "cloudsql.instances.export",         sql_export },
    { "POST", false, true,  "import",         false, "cloudsql.instances.import",         sql_import },
    { "POST", false, true,  "failover",       false, "cloudsql.instances.failover",       fail_over },
    { "POST", false, true,  "promoteReplica", false, "cloudsql.instances.promoteReplica", promote },
    { "GET",  true,  false, "",               false, "cloudsql.instances.get",            list_operations },
    { "GET",  true,  true,  "",               false, "cloudsql.instances.get",            get_operation },
};
/* clang-format on */

static bool serve(struct call *call, const struct tokens *tokens, struct google_error *err)
{
    bool is_path = parse_path(call);

    call->caller = database_caller(tokens, call->request, err);
    if (!call->caller)
        return false;
    for (size_t i = 0; is_path && i < ARRAY_LEN(routes); i++) {
        const struct route *route = &routes[i];

        if (request_is(call->request, route->method) && call->is_operations == route->is_operations &&
            route->has_id == (call->id[0] != 0) && text_is(call->verb, route->verb) &&
            route->has_sub == (call->sub[0] != 0))
            return database_may(call->databases, route->permission, err) && route->run(call, err);
    }
    return google_refuse(err, GOOGLE_NOT_FOUND, "Method not found: %s %.200s", call->request->method,
                         call->request->path);
}

void database_serve_sql(struct databases *databases, const struct tokens *tokens, const struct request *request,
                        struct reply *reply)
{
    struct call call = { .databases = databases, .request = request, .reply = reply };
    struct google_error err;

    database_advance(databases, request->now_ms);
    if (!serve(&call, tokens, &err))
        google_reply_error(reply, &err);
    free(call.project);
    free(call.id);
    free(call.verb);
    free(call.sub);
}
