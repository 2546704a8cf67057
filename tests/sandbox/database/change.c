/* change.c - what happens to databases by other hands. */
#include "database/database.h"

#include "random.h"

#include "bot/base/time.h"

#define TAKE_MAX_MS HOUR_MS

static void set_members(cJSON *instance, const cJSON *value)
{
    JSON_EACH(member, value) {
        if (text_is(member->string, "name") || text_is(member->string, "instance") ||
            text_is(member->string, "project") || text_is(member->string, "region") || text_is(member->string, "type") ||
            text_starts(member->string, "lag_") || text_is(member->string, "pending_bytes"))
            continue;
        if (text_is(member->string, "settings"))
            set_members(tree_get(instance, "settings"), member);
        else
            json_set(instance, member->string, json_copy(member));
    }
}

static bool change_instance(struct databases *databases, const cJSON *value, int64_t now_ms, struct error *err)
{
    cJSON *instance = tree_find(databases->sql, "name", tree_text(value, "name"));

    if (!instance)
        return error_set(err, ERR_NOT_FOUND, "no such instance of Cloud SQL");
    set_members(instance, value);
    if (tree_get(value, "lag_s"))
        database_set_lag(databases, tree_text(value, "name"), tree_get(value, "lag_s"),
                         tree_get(value, "lag_age_ms") ? now_ms - tree_int(value, "lag_age_ms", 0) : 0);
    return true;
}

/* {project, name, region?, type?, settings?, …members}: one more of Cloud SQL. */
static bool make_instance(struct databases *databases, const cJSON *value, struct error *err)
{
    const char *name = tree_text(value, "name"), *project = tree_text(value, "project");

    if (!name || !project || tree_find(databases->sql, "name", name))
        return error_set(err, ERR_CONFLICT, "'project' or 'name' is missing, or there is such an instance already");
    set_members(database_add_sql(databases, project, name, tree_text_or(value, "type", "CLOUD_SQL_INSTANCE"),
                                 tree_text_or(value, "region", "us-central1")),
                value);
    return true;
}

/* {project, instance, region?}: one more of Memorystore, with a replica. */
static bool make_redis(struct databases *databases, const cJSON *value, struct error *err)
{
    const char *id = tree_text(value, "instance"), *project = tree_text(value, "project");

    if (!id || !project || database_find_redis(databases, id))
        return error_set(err, ERR_CONFLICT, "'project' or 'instance' is missing, or there is such an instance already");
    database_add_redis(databases, project, id, tree_text_or(value, "region", "us-central1"));
    return true;
}

static bool change_redis(struct databases *databases, const cJSON *value, struct error *err)
{
    cJSON *instance = database_find_redis(databases, tree_text_or(value, "instance", ""));

    if (!instance)
        return error_set(err, ERR_NOT_FOUND, "no such instance of Memorystore");
    set_members(instance, value);
    if (tree_get(value, "pending_bytes"))
        database_set_lag(databases, tree_text(value, "instance"), tree_get(value, "pending_bytes"), 0);
    return true;
}

static bool change_operation(struct databases *databases, const cJSON *value, int64_t now_ms, struct error *err)
{
    const char *id = tree_text(value, "instance"), *type = tree_text(value, "type");
    cJSON *shown;

    if (!tree_find(databases->sql, "name", id ? id : "") || !type)
        return error_set(err, ERR_INVALID, "'instance' and 'type' name what somebody else does there");
    shown = database_begin(databases, type, id, tree_int(value, "run_ms", 10 * MINUTE_MS), now_ms);
    json_set_string(shown, "kind", "sql#operation");
    json_set_string(shown, "name", random_hex().text);
    json_set_string(shown, "operationType", type);
    json_set_string(shown, "status", "RUNNING");
    json_set_string(shown, "targetId", id);
    json_set_string(shown, "user", "dba@example.com");
    json_set_string(shown, "insertTime", time_format(now_ms).text);
    return true;
}

/* At once, however long it was to take. */
static bool change_finish(struct databases *databases, const cJSON *value, int64_t now_ms, struct error *err)
{
    cJSON *operation = cJSON_IsString(value) ? database_running(databases, value->valuestring) : NULL;

    if (!operation)
        return error_set(err, ERR_NOT_FOUND, "nothing runs there that could be finished");
    json_set_int(operation, "done_at_ms", now_ms);
    return true;
}

static bool change_backup(struct databases *databases, const cJSON *value, int64_t now_ms, struct error *err)
{
    const char *id = tree_text(value, "instance");

    if (!id || !tree_find(databases->sql, "name", id))
        return error_set(err, ERR_NOT_FOUND, "no such instance of Cloud SQL");
    database_add_backup(databases, id, tree_text_or(value, "status", "SUCCESSFUL"),
                        now_ms - tree_int(value, "age_ms", 0));
    return true;
}

static bool change_list(cJSON **list, const cJSON *value, struct error *err)
{
    if (!cJSON_IsArray(value))
        return error_set(err, ERR_INVALID, "'deny' is a list of permissions");
    cJSON_Delete(*list);
    *list = json_copy(value);
    return true;
}

static bool change_failing(struct databases *databases, const cJSON *value, struct error *err)
{
    if (!tree_get(value, "code") || !tree_text(value, "message"))
        return error_set(err, ERR_INVALID, "'fail_next' has a code and a message");
    cJSON_Delete(databases->failing);
    databases->failing = json_copy(value);
    return true;
}

static bool change_take(struct databases *databases, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > TAKE_MAX_MS)
        return error_set(err, ERR_INVALID, "'take_ms' is up to an hour");
    databases->take_ms = (int64_t)value->valuedouble;
    return true;
}

static bool change_member(struct databases *databases, const cJSON *member, int64_t now_ms, struct error *err)
{
    if (text_is(member->string, "take_ms"))
        return change_take(databases, member, err);
    if (text_is(member->string, "deny"))
        return change_list(&databases->denied, member, err);
    if (text_is(member->string, "fail_next"))
        return change_failing(databases, member, err);
    if (text_is(member->string, "make"))
        return make_instance(databases, member, err);
    if (text_is(member->string, "make_redis"))
        return make_redis(databases, member, err);
    if (text_is(member->string, "instance"))
        return change_instance(databases, member, now_ms, err);
    if (text_is(member->string, "redis"))
        return change_redis(databases, member, err);
    if (text_is(member->string, "operation"))
        return change_operation(databases, member, now_ms, err);
    if (text_is(member->string, "finish"))
        return change_finish(databases, member, now_ms, err);
    if (text_is(member->string, "backup"))
        return change_backup(databases, member, now_ms, err);
    if (text_is(member->string, "file") && cJSON_IsString(member)) {
        json_add_string(databases->files, member->valuestring);
        return true;
    }
    return error_set(err, ERR_INVALID, "it has no '%.60s'", member->string);
}

bool databases_change(struct databases *databases, const cJSON *value, int64_t now_ms, struct error *err)
{
    if (!cJSON_IsObject(value) || !value->child)
        return error_set(err, ERR_INVALID, "nothing to change");
    JSON_EACH(member, value) {
        if (!change_member(databases, member, now_ms, err))
            return false;
    }
    return true;
}
