/* world_sql.c - the Cloud SQL Admin API: instances, what is at work on them, and their backups. From
 * https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1 (instances, operations, backupRuns)
 */
#include "tests/simulation/world_database.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

/* ---- read ---- */

static void set_instant(cJSON *json, const char *name, int64_t at_ms)
{
    if (at_ms)
        json_set_string(json, name, time_format(at_ms).text);
}

static cJSON *work_json(const struct database_work *work)
{
    cJSON *json = json_object(), *error;

    json_set_string(json, "kind", "sql#operation");
    json_set_string(json, "name", work->name);
    json_set_string(json, "operationType", work->type);
    json_set_string(json, "status", work->ended_ms ? "DONE" : "RUNNING");
    json_set_string(json, "targetId", work->database->name);
    json_set_string(json, "user", work->user);
    set_instant(json, "insertTime", work->began_ms);
    set_instant(json, "endTime", work->ended_ms);
    if (work->ended_ms && work->problem) {
        error = json_add(json_set(json_set(json, "error", json_object()), "errors", json_array()), json_object());
        json_set_string(error, "code", "INTERNAL_ERROR");
        json_set_string(error, "message", work->problem);
    }
    return json;
}

static void list_works(struct world_call *call)
{
    struct world *world = call->world;
    const char *instance = world_form_value(world_query(call->call.url), "instance", call->arena);
    struct database *database = database_find(world, str_of(instance));
    cJSON *json = json_object(), *items = json_set(json, "items", json_array());

    for (size_t i = world->work_count; i > 0; i--)
        if (instance && strcmp(world->works[i - 1]->database->name, instance) == 0)
            json_add(items, work_json(world->works[i - 1]));
    world_answer_json(call, 200, json);
    if (database)
        database_looked_at(world, database);
}

static void get_work(struct world_call *call, struct str name)
{
    for (size_t i = 0; i < call->world->work_count; i++)
        if (str_is(name, call->world->works[i]->name)) {
            world_answer_json(call, 200, work_json(call->world->works[i]));
            return;
        }
    database_refuse(call, 404, "The requested operation does not exist.");
}

static bool is_replica_of(const struct database *replica, const struct database *database)
{
    return replica->primary && strcmp(strchr(replica->primary, ':') + 1, database->name) == 0;
}

static void get_instance(struct world_call *call, const struct database *database)
{
    cJSON *json = json_object(), *settings = json_set(json, "settings", json_object());
    bool is_restored = database->running && strcmp(database->running->type, "RESTORE_VOLUME") == 0;

    json_set_string(json, "name", database->name);
    json_set_string(json, "state", is_restored ? "MAINTENANCE" : "RUNNABLE");
    json_set_string(json, "databaseVersion", "POSTGRES_15");
    json_set_string(json, "gceZone", database->zone);
    json_set_string(json, "instanceType", database->primary ? "READ_REPLICA_INSTANCE" : "CLOUD_SQL_INSTANCE");
    json_set_string(json, "masterInstanceName", database->primary);
    for (size_t i = 0; i < call->world->database_count; i++)
        if (is_replica_of(&call->world->databases[i], database))
            json_add_string(json_set(json, "replicaNames", json_array()), call->world->databases[i].name);
    if (database->other)
        json_set_string(json, "secondaryGceZone", database->other);
    json_set_string(settings, "availabilityType", database->kind);
    json_set_string(settings, "activationPolicy", "ALWAYS");
    json_set_string(settings, "settingsVersion", arena_printf(call->arena, "%" PRId64, database->settings_version));
    world_answer_json(call, 200, json);
}

static cJSON *backup_json(const struct database_backup *backup)
{
    cJSON *json = json_object();

    json_set_string(json, "id", backup->id);
    json_set_string(json, "instance", backup->instance);
    json_set_string(json, "status", backup->status);
    json_set_string(json, "type", backup->type);
    json_set_string(json, "description", backup->description);
    json_set_string(json, "databaseVersion", "POSTGRES_15");
    set_instant(json, "startTime", backup->began_ms);
    set_instant(json, "endTime", backup->ended_ms);
    return json;
}

static void list_backups(struct world_call *call, const struct database *database)
{
    struct world *world = call->world;
    cJSON *json = json_object(), *items = json_set(json, "items", json_array());

    for (size_t i = world->backup_count; i > 0; i--)
        if (strcmp(world->backups[i - 1]->instance, database->name) == 0)
            json_add(items, backup_json(world->backups[i - 1]));
    world_answer_json(call, 200, json);
}

static void get_backup(struct world_call *call, const struct database *database, struct str id)
{
    const struct database_backup *backup =
        database_find_backup(call->world, database->name, arena_copy(call->arena, id));

    if (backup)
        world_answer_json(call, 200, backup_json(backup));
    else
        database_refuse(call, 404, "The backup run does not exist.");
}

/* ---- changed ---- */

static void begin(struct world_call *call, struct database *database, const char *type, struct database_backup *backup)
{
    const struct database_work *work = database_begin(call->world, call->log, database, type, backup);

    world_answer_json(call, 200, work_json(work));
}

static void fail_over(struct world_call *call, struct database *database, const cJSON *body)
{
    const char *version = json_find_string(body, "failoverContext.settingsVersion"),
               *known = arena_printf(call->arena, "%" PRId64, database->settings_version);

    if (!version || strcmp(version, known) != 0)
        database_refuse(call, 412, "Condition does not match.");
    else if (strcmp(database->kind, "REGIONAL") != 0)
        database_refuse(call, 400, "Failover is only supported for instances with a standby.");
    else
        begin(call, database, "FAILOVER", NULL);
}

static void promote(struct world_call *call, struct database *database, const cJSON *body)
{
    (void)body;
    if (!database->primary)
        database_refuse(call, 400, "The instance is no read replica.");
    else
        begin(call, database, "PROMOTE_REPLICA", NULL);
}

static void back_up(struct world_call *call, struct database *database, const cJSON *body)
{
    const char *description = json_find_string(body, "description");

    begin(call, database, "BACKUP_VOLUME",
          database_add_backup(call->world, database->name, description ? description : ""));
}

static void restore(struct world_call *call, struct database *database, const cJSON *body)
{
    const char *id = json_find_string(body, "restoreBackupContext.backupRunId"),
               *from = json_find_string(body, "restoreBackupContext.instanceId");
    struct database_backup *backup = id && from ? database_find_backup(call->world, from, id) : NULL;

    if (!backup)
        database_refuse(call, 404, "The backup run does not exist.");
    else if (strcmp(backup->status, "SUCCESSFUL") != 0)
        database_refuse(call, 400, "The backup run is not in a state to be restored.");
    else
        begin(call, database, "RESTORE_VOLUME", backup);
}

static const struct {
    const char *name;
    void (*change)(struct world_call *call, struct database *database, const cJSON *body);
} changes[] = {
    { "failover", fail_over },
    { "promoteReplica", promote },
    { "backupRuns", back_up },
    { "restoreBackup", restore },
};

static void change(struct world_call *call, struct database *database, struct str name)
{
    AUTO_JSON cJSON *body = NULL;
    struct error err;

    if (!json_parse(call->call.body, &body, &err)) {
        database_refuse(call, 400, "Invalid JSON payload received.");
        return;
    }
    if (database_loses(call))
        return;
    if (database->running) {
        world_count(call->world, FAULT_DATABASE_BUSY);
        database_refuse(call, 409, "Operation failed because another operation was already in progress.");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(changes); i++)
        if (str_is(name, changes[i].name)) {
            changes[i].change(call, database, body);
            return;
        }
    database_refuse(call, 404, "Method not found.");
}

static void call_instance(struct world_call *call, struct database *database, struct str rest)
{
    struct str name = str_take_until(&rest, '/');

    if (strcmp(call->call.method, "POST") == 0)
        change(call, database, name);
    else if (str_is_empty(name))
        get_instance(call, database);
    else if (str_is(name, "backupRuns") && str_is_empty(rest))
        list_backups(call, database);
    else if (str_is(name, "backupRuns"))
        get_backup(call, database, rest);
    else
        database_refuse(call, 404, "Method not found.");
}

void world_sql_call(struct world_call *call)
{
    struct database *database;
    struct str rest;

    if (!database_may_call(call, WORLD_SQLADMIN_URL, "/v1/projects/" DATABASE_PROJECT "/", &rest))
        return;
    if (str_is(rest, "operations")) {
        list_works(call);
    } else if (str_take_prefix(&rest, "operations/")) {
        get_work(call, rest);
    } else if (str_take_prefix(&rest, "instances/") &&
               (database = database_find(call->world, str_take_until(&rest, '/'))) != NULL && !database->is_redis) {
        call_instance(call, database, rest);
    } else {
        database_refuse(call, 404, "The Cloud SQL instance does not exist.");
    }
}
