/* world_redis.c - Memorystore for Redis, and what Cloud Monitoring says of a database's replicas: how far they are
 * behind, if it knows. From https://cloud.google.com/memorystore/docs/redis/reference/rest/v1 (instances, operations)
 * and https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
 */
#include "tests/simulation/world_database.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define PREFIX "projects/" DATABASE_PROJECT "/locations/" DATABASE_REGION

/* ---- instances ---- */

static void answer_work(struct world_call *call, const struct database_work *work)
{
    cJSON *json = json_object(), *error;

    json_set_string(json, "name", arena_printf(call->arena, PREFIX "/operations/%s", work->name));
    json_set_bool(json, "done", work->ended_ms != 0);
    if (work->ended_ms && work->problem) {
        error = json_set(json, "error", json_object());
        json_set_int(error, "code", 13);
        json_set_string(error, "message", work->problem);
    }
    world_answer_json(call, 200, json);
}

static void get_work(struct world_call *call, struct str name)
{
    for (size_t i = 0; i < call->world->work_count; i++)
        if (str_is(name, call->world->works[i]->name)) {
            answer_work(call, call->world->works[i]);
            return;
        }
    database_refuse(call, 404, "Requested entity was not found.");
}

static void get_instance(struct world_call *call, struct database *database)
{
    cJSON *json = json_object();

    json_set_string(json, "name", arena_printf(call->arena, PREFIX "/instances/%s", database->name));
    json_set_string(json, "tier", database->kind);
    json_set_string(json, "redisVersion", "REDIS_7_0");
    json_set_string(json, "state", database->running ? "FAILING_OVER" : "READY");
    json_set_string(json, "currentLocationId", database->zone);
    json_set_string(json, "locationId", database->zone);
    json_set_string(json, "alternativeLocationId", database->other);
    world_answer_json(call, 200, json);
    database_looked_at(call->world, database);
}

static void fail_over(struct world_call *call, struct database *database)
{
    if (database_loses(call))
        return;
    if (database->running) {
        world_count(call->world, FAULT_DATABASE_BUSY);
        database_refuse(call, 400, "The instance is not in state READY.");
    } else {
        answer_work(call, database_begin(call->world, call->log, database, "FAILOVER", NULL));
    }
}

void world_redis_call(struct world_call *call)
{
    struct database *database;
    struct str rest, name;

    if (!database_may_call(call, WORLD_REDIS_URL, "/v1/" PREFIX "/", &rest))
        return;
    if (str_take_prefix(&rest, "operations/")) {
        get_work(call, rest);
        return;
    }
    str_take_prefix(&rest, "instances/");
    name = str_take_until(&rest, ':');
    database = database_find(call->world, name);
    if (!database || !database->is_redis)
        database_refuse(call, 404, "Resource was not found.");
    else if (str_is(rest, "failover") && strcmp(call->call.method, "POST") == 0)
        fail_over(call, database);
    else
        get_instance(call, database);
}

/* ---- how far they are behind ---- */

static void add_point(cJSON *json, int64_t at_ms, int64_t behind_ms)
{
    cJSON *series = json_add(json_set(json, "timeSeries", json_array()), json_object()),
          *point = json_add(json_set(series, "points", json_array()), json_object());

    json_set_string(json_set(point, "interval", json_object()), "endTime", time_format(at_ms).text);
    json_set_double(json_set(point, "value", json_object()), "doubleValue", (double)behind_ms / 1000);
}

void world_lag_call(struct world_call *call)
{
    struct dice *dice = scheduler_dice(call->world->scheduler);
    cJSON *json;
    struct str rest;

    if (!database_may_call(call, WORLD_MONITORING_URL, "/v3/projects/" DATABASE_PROJECT "/", &rest))
        return;
    json = json_object();
    if (!dice_hit(dice, 100))
        add_point(json, world_unix_ms(call->world) - dice_between(dice, 0, 90 * SECOND_MS),
                  dice_hit(dice, 800) ? dice_between(dice, 0, 4000) : dice_between(dice, 0, 60000));
    world_answer_json(call, 200, json);
}
