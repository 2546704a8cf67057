#include "integrations/google/backup.h"

#include "bot/base/time.h"
#include "bot/model/backup.h"
#include "bot/model/finding.h"
#include "integrations/google/database_call.h"

#include <stdlib.h>
#include <string.h>

#define STRING_OF(number) STRING_OF_IT(number)
#define STRING_OF_IT(number) #number
#define LIST_QUERY "/backupRuns?maxResults=" STRING_OF(BACKUPS_READ)
#define SLACK_MS (5 * MINUTE_MS) /* between Google's clock and the store's */
#define GET_PERMISSION "cloudsql.instances.get"
#define LIST_PERMISSION "cloudsql.backupRuns.list"

/* ---- the four changes ---- */

static cJSON *restore_body(const struct backup_errand *errand)
{
    cJSON *body = json_object(), *context = json_set(body, "restoreBackupContext", json_object());

    json_set_string(context, "kind", "sql#restoreBackupContext");
    json_set_string(context, "backupRunId", errand->id);
    json_set_string(context, "instanceId", errand->place.instance);
    json_set_string(context, "project", errand->place.project);
    return body;
}

static cJSON *create_body(const struct backup_errand *errand)
{
    cJSON *body = json_object();

    json_set_string(body, "description", errand->description);
    return body;
}

static cJSON *file_context(cJSON *body, const char *name, const char *kind, const struct backup_errand *errand)
{
    cJSON *context = json_set(body, name, json_object());

    json_set_string(context, "kind", kind);
    json_set_string(context, "fileType", "SQL");
    json_set_string(context, "uri", errand->file);
    return context;
}

static cJSON *export_body(const struct backup_errand *errand)
{
    cJSON *body = json_object(), *context = file_context(body, "exportContext", "sql#exportContext", errand);

    json_add_string(json_set(context, "databases", json_array()), errand->database);
    return body;
}

static cJSON *import_body(const struct backup_errand *errand)
{
    cJSON *body = json_object(), *context = file_context(body, "importContext", "sql#importContext", errand);

    json_set_string(context, "database", errand->database);
    return body;
}

static bool has_description(const struct backup_errand *errand)
{
    return errand->description != NULL;
}

static bool is_id(const char *id)
{
    return id && id[0] && strspn(id, "0123456789") == strlen(id);
}

static bool has_id(const struct backup_errand *errand)
{
    return is_id(errand->id);
}

static bool has_file(const struct backup_errand *errand)
{
    return errand->file && errand->database;
}

static const struct change {
    const char *kind, *rest, *permission;
    const char *type; /* of Google's operation */
    const char *file; /* where that names the file; NULL: it names none */
    bool (*is_whole)(const struct backup_errand *errand);
    cJSON *(*body)(const struct backup_errand *errand);
} changes[] = {
    { BACKUP_CREATE, "/backupRuns", "cloudsql.backupRuns.create", "BACKUP_VOLUME", NULL, has_description, create_body },
    { BACKUP_RESTORE, "/restoreBackup", "cloudsql.instances.restoreBackup", "RESTORE_VOLUME", NULL, has_id,
      restore_body },
    { BACKUP_EXPORT, "/export", "cloudsql.instances.export", "EXPORT", "exportContext.uri", has_file, export_body },
    { BACKUP_IMPORT, "/import", "cloudsql.instances.import", "IMPORT", "importContext.uri", has_file, import_body },
};

static const struct change *find_change(const char *kind)
{
    for (size_t i = 0; kind && i < ARRAY_LEN(changes); i++)
        if (strcmp(changes[i].kind, kind) == 0)
            return &changes[i];
    return NULL;
}

static struct exchange_step wrong(const struct exchange *exchange, const char *why)
{
    return exchange_never(exchange, "backups: %s", why);
}

/* ---- read ---- */

static struct backup_run run_of(const cJSON *json)
{
    return (struct backup_run){
        .id = database_text(json, "id"),
        .status = database_text(json, "status"),
        .type = database_text(json, "type"),
        .description = database_text(json, "description"),
        .error = database_text(json, "error.message"),
        .version = database_text(json, "databaseVersion"),
        .began_at_ms = cloud_sql_instant(json, "startTime"),
        .ended_at_ms = cloud_sql_instant(json, "endTime"),
        .bytes = json_find_int(json, "maxChargeableBytes", 0),
    };
}

static bool is_run(const struct backup_run *run)
{
    return is_id(run->id) && run->status;
}

/* The instance has to be known, and what runs on it. */
static bool read_instance(struct database_call *call, const struct backup_look *look, struct backups_seen *seen)
{
    const cJSON *json;

    if (!database_call_get(call, cloud_sql_instance_url(call, look->instance, ""), GET_PERMISSION, &json))
        return false;
    seen->state = database_text(json, "state");
    seen->version = database_text(json, "databaseVersion");
    seen->is_stopped = database_is_text(json, "settings.activationPolicy", "NEVER");
    JSON_EACH(name, json_find(json, "replicaNames")) {
        if (cJSON_IsString(name))
            *ARENA_PUSH(call->exchange->arena, seen->replicas, seen->replicas_count) = name->valuestring;
    }
    return seen->state ||
           database_call_stop(call, exchange_again(call->exchange, "%s: the answer names no state", call->what));
}

static bool read_operations(struct database_call *call, const struct backup_look *look, struct backups_seen *seen)
{
    const struct change *change = find_change(look->kind);
    const cJSON *list;

    if (!database_call_get(call, cloud_sql_operations_url(call, look->instance), GET_PERMISSION, &list))
        return false;
    JSON_EACH(json, json_find(list, "items")) {
        const struct database_operation *operation = cloud_sql_operation(call, json);

        if (operation && !database_is_text(json, "status", "DONE"))
            seen->running = operation;
        if (operation && change && strcmp(operation->type, change->type) == 0 &&
            (!seen->last || operation->began_at_ms > seen->last->began_at_ms))
            seen->last = operation;
    }
    return true;
}

static bool is_wanted(const struct backup_look *look, const struct backup_run *run)
{
    if (look->description)
        return run->description && strcmp(run->description, look->description) == 0;
    if (!look->id)
        return false;
    return strcmp(look->id, BACKUP_LATEST) == 0 ? strcmp(run->status, BACKUP_GOOD) == 0
                                                : strcmp(run->id, look->id) == 0;
}

static int64_t instant_of(const struct backup_run *run)
{
    return run->ended_at_ms ? run->ended_at_ms : run->began_at_ms;
}

static int newer_first(const void *a, const void *b)
{
    int64_t one = instant_of(a), other = instant_of(b);

    return one < other ? 1 : one > other ? -1 : 0;
}

static bool read_runs(struct database_call *call, const struct backup_look *look, struct backups_seen *seen)
{
    struct backup_run *runs = NULL;
    const cJSON *list;

    if (!database_call_get(call, cloud_sql_instance_url(call, look->place.instance, LIST_QUERY), LIST_PERMISSION,
                           &list))
        return false;
    JSON_EACH(json, json_find(list, "items")) {
        struct backup_run run = run_of(json);

        if (is_run(&run) && seen->runs_count < BACKUPS_READ)
            *ARENA_PUSH(call->exchange->arena, runs, seen->runs_count) = run;
    }
    if (runs)
        qsort(runs, seen->runs_count, sizeof(*runs), newer_first);
    seen->runs = runs;
    for (size_t i = 0; i < seen->runs_count && !seen->wanted; i++)
        if (is_wanted(look, &runs[i]))
            seen->wanted = &runs[i];
    return true;
}

/* One that is older than what the list has. */
static bool read_run(struct database_call *call, const struct backup_look *look, struct backups_seen *seen)
{
    const char *rest = arena_printf(call->exchange->arena, "/backupRuns/%s", look->id);
    struct backup_run *run;
    const cJSON *json;

    if (!database_call_try(call, cloud_sql_instance_url(call, look->place.instance, rest), "cloudsql.backupRuns.get",
                           &json, &seen->why))
        return false;
    if (!json)
        return true;
    run = ARENA_NEW(call->exchange->arena, struct backup_run);
    *run = run_of(json);
    if (is_run(run) && strcmp(run->id, look->id) == 0)
        seen->wanted = run;
    else
        seen->why = "the answer is of no such backup";
    return true;
}

static bool read_all(struct database_call *call, const struct backup_look *look, struct backups_seen *seen)
{
    return read_instance(call, look, seen) && read_operations(call, look, seen) && read_runs(call, look, seen) &&
           (seen->wanted || !is_id(look->id) || read_run(call, look, seen));
}

/* What `begin` needs of the args, and the call itself. False: ret_step ends it. */
static bool begin(const struct exchange *exchange, const struct database_place *place, const char *instance,
                  struct database_call *call, struct exchange_step *ret_step)
{
    if (place->region) {
        *ret_step = wrong(exchange, "Memorystore has none that could be read");
        return false;
    }
    if (!database_call_begin(call, exchange, place)) {
        *ret_step = call->dialog.step;
        return false;
    }
    if (database_is_name(instance))
        return true;
    *ret_step = wrong(exchange, "an instance must be a name as Google writes it");
    return false;
}

struct exchange_step backups_read(const struct exchange *exchange)
{
    struct backups_seen seen = { 0 };
    struct database_call call;
    struct exchange_step step;
    struct backup_look look;
    struct error err;

    if (!shape_from_json(&backup_look_shape, exchange->args, exchange->arena, &look, &err))
        return wrong(exchange, err.message);
    if (!begin(exchange, &look.place, look.instance, &call, &step))
        return step;
    if (!read_all(&call, &look, &seen))
        return call.dialog.step;
    return exchange_done(exchange, shape_to_json(&backups_seen_shape, &seen, SHAPE_WHOLE));
}

/* ---- change ---- */

struct exchange_step backups_change(const struct exchange *exchange)
{
    const struct change *change;
    struct backup_errand errand;
    struct database_call call;
    struct exchange_step step;
    const cJSON *operation;
    AUTO_JSON cJSON *body = NULL;
    struct error err;

    if (!shape_from_json(&backup_errand_shape, exchange->args, exchange->arena, &errand, &err))
        return wrong(exchange, err.message);
    change = find_change(errand.kind);
    if (!change || !change->is_whole(&errand))
        return wrong(exchange, "the change lacks what it would need");
    if (!begin(exchange, &errand.place, errand.into, &call, &step))
        return step;
    body = change->body(&errand);
    if (!database_call_post(&call, cloud_sql_instance_url(&call, errand.into, change->rest), body, change->permission,
                            &operation))
        return call.dialog.step;
    return cloud_sql_began(&call, operation);
}

/* ---- did it begin? ---- */

/* opsgate is a service account, and whoever restores by hand is none: what they took is not what was asked for here. */
static bool is_persons(const cJSON *operation)
{
    const char *user = database_text(operation, "user");

    return user && !str_ends_with(str_of(user), ".gserviceaccount.com");
}

static bool is_sought(const struct backup_sought *sought, const struct change *change, const cJSON *json)
{
    if (!database_is_text(json, "operationType", change->type) || is_persons(json) ||
        (sought->known && database_is_text(json, "name", sought->known)) ||
        cloud_sql_instant(json, "insertTime") < (sought->known ? sought->known_at_ms : sought->since_ms - SLACK_MS))
        return false;
    return !change->file || database_is_text(json, change->file, sought->errand.file);
}

static struct exchange_step seek_operation(struct database_call *call, const struct backup_sought *sought,
                                           const struct change *change)
{
    struct database_progress progress = { 0 };
    const cJSON *list;

    if (!database_call_get(call, cloud_sql_operations_url(call, sought->errand.into), GET_PERMISSION, &list))
        return call->dialog.step;
    JSON_EACH(json, json_find(list, "items")) {
        if (progress.operation || !is_sought(sought, change, json))
            continue;
        progress.operation = json_find_string(json, "name");
        progress.user = database_text(json, "user");
        progress.status = database_text(json, "status");
    }
    return database_call_progress(call, &progress);
}

/* Its operation names no description, but the backup does; and that one begins others, too, by schedule. */
static struct exchange_step seek_run(struct database_call *call, const struct backup_sought *sought)
{
    struct database_progress progress = { 0 };
    const cJSON *list;

    if (!database_call_get(call, cloud_sql_instance_url(call, sought->errand.place.instance, LIST_QUERY),
                           LIST_PERMISSION, &list))
        return call->dialog.step;
    JSON_EACH(json, json_find(list, "items")) {
        if (sought->errand.description && database_is_text(json, "description", sought->errand.description))
            progress.has_moved = true;
    }
    return database_call_progress(call, &progress);
}

struct exchange_step backups_seek(const struct exchange *exchange)
{
    const struct change *change;
    struct backup_sought sought;
    struct database_call call;
    struct exchange_step step;
    struct error err;

    if (!shape_from_json(&backup_sought_shape, exchange->args, exchange->arena, &sought, &err))
        return wrong(exchange, err.message);
    change = find_change(sought.errand.kind);
    if (!change)
        return wrong(exchange, "there is no such change");
    if (!begin(exchange, &sought.errand.place, sought.errand.into, &call, &step))
        return step;
    return strcmp(change->kind, BACKUP_CREATE) == 0 ? seek_run(&call, &sought) : seek_operation(&call, &sought, change);
}

/* ---- doctor ---- */

static struct finding finding_of(const struct exchange *exchange, const struct backup_look *look,
                                 const struct backups_seen *seen)
{
    int64_t age_ms = seen->wanted ? exchange->unix_ms - instant_of(seen->wanted) : 0;
    struct finding finding = {
        .mark = FINDING_GOOD,
        .subject = arena_printf(exchange->arena, "backups of %.100s", look->place.instance),
    };

    if (!seen->wanted) {
        finding.mark = FINDING_BAD;
        finding.text = "none of the newest has succeeded";
        finding.mend = "make one: `backup create`; and look at its automated backups in the console";
    } else if (age_ms > DAY_MS) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "the newest good one is %s old", duration_about(age_ms).text);
        finding.mend = "make one: `backup create`; and look at its automated backups in the console";
    } else if (strcmp(look->instance, look->place.instance) != 0 && seen->version && seen->wanted->version &&
               strcmp(seen->version, seen->wanted->version) != 0) {
        finding.mark = FINDING_BAD;
        finding.text =
            arena_printf(exchange->arena, "%.100s is %.60s, and they are of %.60s: none can be restored there",
                         look->instance, seen->version, seen->wanted->version);
        finding.mend = "give `restore_into` an instance of the same version";
    } else {
        finding.text = arena_printf(exchange->arena, "the newest good one is %s old", duration_about(age_ms).text);
    }
    return finding;
}

struct exchange_step backups_doctor(const struct exchange *exchange)
{
    struct exchange_step step = backups_read(exchange);
    struct findings found = { 0 };
    struct backups_seen seen;
    struct backup_look look;
    struct error err;

    if (step.next != NEXT_DONE)
        return step;
    if (!shape_from_json(&backup_look_shape, exchange->args, exchange->arena, &look, &err) ||
        !shape_from_json(&backups_seen_shape, step.result, exchange->arena, &seen, &err))
        return wrong(exchange, err.message);
    findings_add(&found, exchange->arena, finding_of(exchange, &look, &seen));
    return findings_done(exchange, &found);
}
