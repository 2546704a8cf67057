/* world_database.c - instances of Cloud SQL and Memorystore: what is at work on them ends after a while, well or not,
 * and shows in them soon before or after that.
 */
#include "tests/simulation/world_database.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define WORK_MAX_MS 40000
#define SHOWN_LATE_MAX_MS 6000
#define FAILS_PER_MILLE 120

static const struct database made[] = {
    { .name = "ledger-db", .kind = "REGIONAL", .zone = "us-central1-a", .other = "us-central1-c" },
    { .name = "ledger-trial", .kind = "ZONAL", .zone = "us-central1-a" },
    { .name = "stock-db", .kind = "ZONAL", .zone = "us-central1-a" },
    { .name = "orders-db", .kind = "ZONAL", .zone = "us-central1-a" },
    { .name = "orders-replica", .kind = "ZONAL", .zone = "us-east1-b", .primary = "acme:orders-db" },
    { .name = "cache-db", .kind = "STANDARD_HA", .zone = "us-central1-b", .other = "us-central1-f", .is_redis = true },
};

/* Of each instance of Cloud SQL there is one of this night. */
static void add_old_backup(struct world *world, const struct database *database)
{
    struct database_backup *backup = database_add_backup(world, database->name, NULL);

    backup->status = "SUCCESSFUL";
    backup->began_ms -= 4 * HOUR_MS;
    backup->ended_ms = backup->began_ms + MINUTE_MS;
}

static void make_all(struct world *world)
{
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        struct database *database = ARENA_PUSH(world->arena, world->databases, world->database_count);

        *database = made[i];
        database->settings_version = 7;
        if (!database->is_redis)
            add_old_backup(world, database);
    }
}

struct database *database_find(struct world *world, struct str name)
{
    if (!world->databases)
        make_all(world);
    for (size_t i = 0; i < world->database_count; i++)
        if (str_is(name, world->databases[i].name))
            return &world->databases[i];
    return NULL;
}

struct database_meeting {
    struct world *world;
    struct database *database;
};

/* ---- backups ---- */

struct database_backup *database_find_backup(struct world *world, const char *instance, const char *id)
{
    for (size_t i = 0; i < world->backup_count; i++)
        if (strcmp(world->backups[i]->id, id) == 0 && strcmp(world->backups[i]->instance, instance) == 0)
            return world->backups[i];
    return NULL;
}

struct database_backup *database_add_backup(struct world *world, const char *instance, const char *description)
{
    struct database_backup *backup = ARENA_NEW(world->arena, struct database_backup);

    *backup = (struct database_backup){
        .id = arena_printf(world->arena, "%zu", 1700000000000 + world->backup_count),
        .instance = instance,
        .type = description ? "ON_DEMAND" : "AUTOMATED",
        .status = "RUNNING",
        .description = arena_strdup(world->arena, description),
        .began_ms = world_unix_ms(world),
    };
    *ARENA_PUSH(world->arena, world->backups, world->backup_count) = backup;
    return backup;
}

const char *world_draw_backup(struct world *world, const char *instance, struct dice *dice)
{
    const char *found = NULL;
    int64_t count = 0;

    database_find(world, STR_LIT("")); /* they are there */
    for (size_t i = 0; i < world->backup_count; i++) {
        const struct database_backup *backup = world->backups[i];

        if (strcmp(backup->instance, instance) == 0 && strcmp(backup->status, "SUCCESSFUL") == 0 &&
            dice_between(dice, 0, count++) == 0)
            found = backup->id;
    }
    return found;
}

/* ---- what is at work ---- */

static void tell(const struct database_work *work, enum world_work_phase phase)
{
    struct world_work told = {
        .phase = phase,
        .log = work->log,
        .name = work->name,
        .type = work->type,
        .instance = work->database->name,
        .backup = work->backup ? work->backup->id : NULL,
        .is_good = work->problem == NULL,
    };

    if (work->world->watch.on_work)
        work->world->watch.on_work(work->world->watch.ctx, &told);
}

static bool is_type(const struct database_work *work, const char *type)
{
    return strcmp(work->type, type) == 0;
}

static void on_shown(void *arg)
{
    struct database_work *work = arg;
    struct database *database = work->database;
    const char *zone = database->zone;

    if (is_type(work, "FAILOVER")) {
        database->zone = database->other;
        database->other = zone;
    } else if (is_type(work, "PROMOTE_REPLICA")) {
        database->primary = NULL;
    } else if (is_type(work, "BACKUP_VOLUME")) {
        work->backup->status = "SUCCESSFUL";
        work->backup->ended_ms = world_unix_ms(work->world);
    }
    tell(work, WORK_SHOWN);
}

static void on_ended(void *arg)
{
    struct database_work *work = arg;

    work->ended_ms = world_unix_ms(work->world);
    work->database->running = NULL;
    if (work->problem) {
        world_count(work->world, FAULT_DATABASE_FAILED);
        if (is_type(work, "BACKUP_VOLUME"))
            work->backup->status = "FAILED";
    }
    tell(work, WORK_ENDED);
}

struct database_work *database_begin(struct world *world, struct logged_call *log, struct database *database,
                                     const char *type, struct database_backup *backup)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    struct database_work *work = ARENA_NEW(world->arena, struct database_work);
    int64_t takes_ms = dice_between(dice, 100, WORK_MAX_MS), late_ms = dice_between(dice, -100, SHOWN_LATE_MAX_MS);

    *ARENA_PUSH(world->arena, world->works, world->work_count) = work;
    *work = (struct database_work){
        .world = world,
        .log = log,
        .database = database,
        .backup = backup,
        .name = arena_printf(world->arena, "operation-%zu", world->work_count),
        .type = type,
        .user = log ? DATABASE_ACCOUNT : DATABASE_PERSON,
        .problem = dice_hit(dice, FAILS_PER_MILLE) ? "a simulated problem" : NULL,
        .began_ms = world_unix_ms(world),
    };
    database->running = work;
    if (log)
        log->change = type;
    tell(work, WORK_TAKEN);
    scheduler_after(world->scheduler, takes_ms, 0, on_ended, work, NULL);
    if (!work->problem)
        scheduler_after(world->scheduler, takes_ms + (dice_hit(dice, 600) ? 0 : late_ms), 0, on_shown, work, NULL);
    return work;
}

/* ---- by hand ---- */

static void on_met(void *arg)
{
    struct database_meeting *meeting = arg;

    if (meeting->database->running)
        return;
    world_count(meeting->world, FAULT_DATABASE_BY_HAND);
    meeting->database->settings_version++;
    database_begin(meeting->world, NULL, meeting->database, meeting->database->is_redis ? "FAILOVER" : "UPDATE", NULL);
}

void database_looked_at(struct world *world, struct database *database)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    struct database_meeting *meeting;

    if (!dice_hit(dice, world->weather->work_meets))
        return;
    meeting = ARENA_NEW(world->arena, struct database_meeting);
    *meeting = (struct database_meeting){ world, database };
    scheduler_after(world->scheduler, dice_between(dice, 0, 150), 0, on_met, meeting, NULL);
}

void world_touch_database(struct world *world, size_t what)
{
    struct database *database;

    database_find(world, STR_LIT(""));
    database = &world->databases[what % world->database_count];
    what /= world->database_count;
    if (database->running)
        return;
    world_count(world, FAULT_DATABASE_BY_HAND);
    database->settings_version++;
    if (what % 4 == 0 && database->other)
        database_begin(world, NULL, database, "FAILOVER", NULL);
    else if (what % 4 == 1 && !database->is_redis)
        database_begin(world, NULL, database, "BACKUP_VOLUME", database_add_backup(world, database->name, NULL));
    else if (what % 4 == 2 && !database->is_redis)
        database_begin(world, NULL, database, "UPDATE", NULL);
}

/* ---- calls ---- */

bool database_loses(struct world_call *call)
{
    struct world *world = call->world;
    struct dice *dice = scheduler_dice(world->scheduler);
    bool is_lost;

    if (!dice_hit(dice, world->weather->work_in_doubt))
        return false;
    is_lost = dice_hit(dice, 500);
    world_count(world, is_lost ? FAULT_HTTP_LOST_REQUEST : FAULT_HTTP_LOST_ANSWER);
    call->is_unheard = true;
    return is_lost;
}

void database_refuse(struct world_call *call, int status, const char *message)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_int(error, "code", status);
    json_set_string(error, "message", message);
    world_answer_json(call, status, json);
}

bool database_may_call(struct world_call *call, const char *base, const char *prefix, struct str *ret_rest)
{
    *ret_rest = world_path(call->call.url, base);
    if (!world_token_is_good(call, "Bearer ", world_token_text(call->world, call->arena)))
        database_refuse(call, 401, "Request had invalid authentication credentials.");
    else if (!str_take_prefix(ret_rest, prefix))
        database_refuse(call, 404, "Requested entity was not found.");
    else
        return true;
    return false;
}
