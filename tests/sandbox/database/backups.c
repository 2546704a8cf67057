/* backups.c - backups of Cloud SQL, and files: made, restored, exported, imported, and read. Routes of sql.c. */
#include "database/sql.h"

#include "random.h"

#include "bot/base/time.h"

#define BACKUP_BYTES 5368709120LL

/* ---- read ---- */

bool sql_list_backups(struct call *call, struct google_error *err)
{
    cJSON *answer = json_object(), *items;

    if (!sql_find_instance(call, call->id, err)) {
        cJSON_Delete(answer);
        return false;
    }
    json_set_string(answer, "kind", "sql#backupRunsList");
    items = json_set(answer, "items", json_array());
    JSON_EACH(backup, call->databases->backups) {
        if (tree_has_text(backup, "instance", call->id))
            cJSON_InsertItemInArray(items, 0, json_copy(backup));
    }
    if (!items->child)
        cJSON_DeleteItemFromObjectCaseSensitive(answer, "items");
    reply_json(call->reply, 200, answer);
    return true;
}

static cJSON *find_backup(const struct call *call, const char *instance, const char *id, struct google_error *err)
{
    cJSON *backup = NULL;

    cJSON_ArrayForEach(backup, call->databases->backups) {
        if (tree_has_text(backup, "instance", instance) && tree_has_text(backup, "id", id))
            return backup;
    }
    google_refuse(err, GOOGLE_NOT_FOUND, "The backup run does not exist.");
    return NULL;
}

bool sql_get_backup(struct call *call, struct google_error *err)
{
    const cJSON *backup = sql_find_instance(call, call->id, err) ? find_backup(call, call->id, call->sub, err) : NULL;

    if (!backup)
        return false;
    reply_json(call->reply, 200, json_copy(backup));
    return true;
}

/* ---- changed ---- */

/* Of every change: it is there, nothing else runs on it, and it serves. */
static const cJSON *ready(struct call *call, struct google_error *err)
{
    const cJSON *instance = sql_find_instance(call, call->id, err);

    if (!instance || !sql_is_idle(call, err))
        return NULL;
    if (!request_has_type(call->request, "application/json")) {
        google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid JSON payload received.");
        return NULL;
    }
    if (!tree_has_text(instance, "state", "RUNNABLE")) {
        google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                      "The instance or operation is not in an appropriate state to handle the request.");
        return NULL;
    }
    return instance;
}

/* What its end does: {backup?, file?}. */
static cJSON *begin(struct call *call, const char *type)
{
    sql_begin(call, type);
    return json_set(database_running(call->databases, call->id), "errand", json_object());
}

bool sql_create_backup(struct call *call, struct google_error *err)
{
    AUTO_JSON cJSON *body = request_json(call->request);
    struct databases *databases = call->databases;
    int64_t now_ms = call->request->now_ms;
    cJSON *errand, *backup;

    if (!ready(call, err))
        return false;
    errand = begin(call, "BACKUP_VOLUME");
    if (call->request->pretend)
        return true;
    database_add_backup(databases, call->id, "RUNNING", now_ms);
    backup = cJSON_GetArrayItem(databases->backups, cJSON_GetArraySize(databases->backups) - 1);
    json_set_string(backup, "type", "ON_DEMAND");
    json_set_string(backup, "startTime", time_format(now_ms).text);
    tree_set_text(backup, "endTime", NULL);
    tree_set_text(backup, "maxChargeableBytes", NULL);
    tree_set_text(backup, "description", tree_text(body, "description"));
    json_set_string(errand, "backup", tree_text(backup, "id"));
    return true;
}

bool sql_restore(struct call *call, struct google_error *err)
{
    AUTO_JSON cJSON *body = request_json(call->request);
    const cJSON *context = tree_get(body, "restoreBackupContext"), *instance = ready(call, err), *backup;
    const char *id = tree_text(context, "backupRunId"), *from = tree_text_or(context, "instanceId", call->id);

    if (!instance)
        return false;
    if (!id)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Missing parameter: restoreBackupContext.backupRunId.");
    backup = find_backup(call, from, id, err);
    if (!backup)
        return false;
    if (!tree_has_text(backup, "status", "SUCCESSFUL"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "The backup run is not in a state to be restored.");
    if (tree_get(instance, "replicaNames") && tree_get(instance, "replicaNames")->child)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "The instance has read replicas: delete them before it is restored.");
    if (!tree_has_text(instance, "databaseVersion", tree_text_or(backup, "databaseVersion", "")))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "The database version of the backup does not match that of the target instance.");
    json_set_string(begin(call, "RESTORE_VOLUME"), "backup", id);
    return true;
}

static bool is_file(const char *uri)
{
    struct str rest = str_of(uri ? uri : ""), bucket;

    if (!str_take_prefix(&rest, "gs://"))
        return false;
    bucket = str_take_until(&rest, '/');
    return !str_is_empty(bucket) && !str_is_empty(rest);
}

static bool change_by_file(struct call *call, const char *type, const char *name, struct google_error *err)
{
    AUTO_JSON cJSON *body = request_json(call->request);
    const cJSON *context = tree_get(body, name);
    const char *uri = tree_text(context, "uri");

    if (!ready(call, err))
        return false;
    if (!is_file(uri) || !tree_has_text(context, "fileType", "SQL"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value for: %s.uri, %s.fileType", name, name);
    json_set_string(begin(call, type), "file", uri);
    json_set(tree_get(database_running(call->databases, call->id), "shown"), name, json_copy(context));
    return true;
}

bool sql_export(struct call *call, struct google_error *err)
{
    return change_by_file(call, "EXPORT", "exportContext", err);
}

bool sql_import(struct call *call, struct google_error *err)
{
    return change_by_file(call, "IMPORT", "importContext", err);
}

/* ---- and its end ---- */

static bool has_file(const struct databases *databases, const char *uri)
{
    JSON_EACH(file, databases->files) {
        if (text_is(file->valuestring, uri))
            return true;
    }
    return false;
}

const char *database_errand_fails(const struct databases *databases, const cJSON *operation)
{
    const char *file = tree_text(tree_get(operation, "errand"), "file");

    if (!file || has_file(databases, file) == tree_has_text(operation, "what", "IMPORT"))
        return NULL;
    return tree_has_text(operation, "what", "IMPORT") ? "The file does not exist in the bucket."
                                                      : "The file exists already in the bucket.";
}

void database_end_errand(struct databases *databases, const cJSON *operation, bool is_good, int64_t now_ms)
{
    const cJSON *errand = tree_get(operation, "errand");
    cJSON *backup = tree_find(databases->backups, "id", tree_text_or(errand, "backup", "")),
          *instance = tree_find(databases->sql, "name", tree_text_or(operation, "instance", ""));

    if (tree_has_text(operation, "what", "BACKUP_VOLUME") && backup) {
        json_set_string(backup, "status", is_good ? "SUCCESSFUL" : "FAILED");
        json_set_string(backup, "endTime", time_format(now_ms).text);
        tree_set_textf(backup, "maxChargeableBytes", "%lld", BACKUP_BYTES);
    } else if (tree_has_text(operation, "what", "RESTORE_VOLUME") && is_good && instance) {
        json_set_string(databases->contents, tree_text(instance, "name"), tree_text(errand, "backup"));
    } else if (tree_has_text(operation, "what", "IMPORT") && is_good && instance) {
        json_set_string(databases->contents, tree_text(instance, "name"), tree_text(errand, "file"));
    } else if (tree_has_text(operation, "what", "EXPORT") && is_good) {
        json_add_string(databases->files, tree_text(errand, "file"));
    }
}
