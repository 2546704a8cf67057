/* world_deployments.c - GitHub's deployments and their statuses: made as often as they are asked for, and late in the
 * lists. From https://docs.github.com/en/rest/deployments, version 2022-11-28. A payload comes back as it was given.
 */
#include "tests/simulation/world_internal.h"

#include <inttypes.h>
#include <string.h>

#define APPEARS_MAX_MS 8000 /* until a new one is in the lists */

struct github_deployment {
    struct world_deployment shown;
    const char *sha, *environment, *task, *payload; /* the last as JSON */
    int64_t appears_ms;
};

static void refuse(struct world_call *call, int status, const char *message)
{
    cJSON *json = json_object();

    json_set_string(json, "message", message);
    world_answer_json(call, status, json);
}

static const char *keep(struct world *world, const char *text)
{
    return arena_strdup(world->arena, text ? text : "");
}

static cJSON *deployment_json(const struct github_deployment *deployment)
{
    cJSON *json = json_object();

    json_set_int(json, "id", deployment->shown.id);
    json_set_string(json, "sha", deployment->sha);
    json_set_string(json, "environment", deployment->environment);
    json_set_string(json, "task", deployment->task);
    json_set(json, "payload", cJSON_CreateRaw(deployment->payload));
    return json;
}

static void make(struct world_call *call, const cJSON *body)
{
    struct world *world = call->world;
    int64_t now_ms = scheduler_now_ms(world->scheduler);
    struct github_deployment *deployment = ARENA_NEW(world->arena, struct github_deployment);
    const cJSON *payload = json_find(body, "payload");

    if (!json_find_string(body, "ref") || !payload) {
        refuse(call, 422, "Invalid request.");
        return;
    }
    if (json_find_bool(body, "auto_merge", true)) {
        refuse(call, 202, "Auto-merged main.");
        return;
    }
    *deployment = (struct github_deployment){
        .shown = { .id = 31337 + (int64_t)world->deployment_count,
                   .operation = keep(world, json_find_string(payload, "opsgate")) },
        .sha = keep(world, json_find_string(body, "ref")),
        .environment = keep(world, json_find_string(body, "environment")),
        .task = keep(world, json_find_string(body, "task")),
        .payload = keep(world, json_print_in(call->arena, payload)),
        .appears_ms = now_ms + dice_between(scheduler_dice(world->scheduler), 200, APPEARS_MAX_MS),
    };
    *ARENA_PUSH(world->arena, world->deployments, world->deployment_count) = deployment;
    call->log->change = "made a deployment";
    world_answer_json(call, 201, deployment_json(deployment));
}

static bool is_asked_for(const struct github_deployment *deployment, struct str query, struct arena *arena)
{
    const char *sha = world_form_value(query, "sha", arena), *task = world_form_value(query, "task", arena),
               *environment = world_form_value(query, "environment", arena);

    return (!sha || strcmp(sha, deployment->sha) == 0) && (!task || strcmp(task, deployment->task) == 0) &&
           (!environment || strcmp(environment, deployment->environment) == 0);
}

/* Newest first, as many as fit: nobody makes more here. */
static void list(struct world_call *call)
{
    struct world *world = call->world;
    struct str query = world_query(call->call.url);
    cJSON *json = json_array();

    for (size_t i = world->deployment_count; i > 0; i--) {
        const struct github_deployment *deployment = world->deployments[i - 1];

        if (deployment->appears_ms <= scheduler_now_ms(world->scheduler) &&
            is_asked_for(deployment, query, call->arena))
            json_add(json, deployment_json(deployment));
    }
    world_answer_json(call, 200, json);
}

static void tell(struct world_call *call, struct github_deployment *deployment, const cJSON *body)
{
    struct world *world = call->world;
    struct world_status *status;
    cJSON *json;

    if (!json_find_string(body, "state")) {
        refuse(call, 422, "Invalid request.");
        return;
    }
    status = ARENA_PUSH(world->arena, deployment->shown.statuses, deployment->shown.statuses_count);
    *status = (struct world_status){ .state = keep(world, json_find_string(body, "state")),
                                     .words = keep(world, json_find_string(body, "description")) };
    call->log->change = "told of a deployment";
    json = json_object();
    json_set_int(json, "id", 91000 + (int64_t)deployment->shown.statuses_count);
    world_answer_json(call, 201, json);
}

static void list_statuses(struct world_call *call, const struct github_deployment *deployment)
{
    cJSON *json = json_array();

    for (size_t i = deployment->shown.statuses_count; i > 0; i--) {
        cJSON *status = json_add(json, json_object());

        json_set_int(status, "id", 91000 + (int64_t)i);
        json_set_string(status, "state", deployment->shown.statuses[i - 1].state);
        json_set_string(status, "description", deployment->shown.statuses[i - 1].words);
    }
    world_answer_json(call, 200, json);
}

static struct github_deployment *find(const struct world *world, struct str number)
{
    struct error ignored;
    int64_t id = 0;

    parse_int(number, 1, INT64_MAX, &id, &ignored);
    for (size_t i = 0; i < world->deployment_count; i++)
        if (world->deployments[i]->shown.id == id)
            return world->deployments[i];
    return NULL;
}

void world_deployments_call(struct world_call *call, struct str rest)
{
    struct str number = { 0 };
    struct github_deployment *deployment = NULL;
    bool is_post = strcmp(call->call.method, "POST") == 0;
    AUTO_JSON cJSON *body = NULL;
    struct error ignored;

    if (str_take_prefix(&rest, "/"))
        number = str_take_until(&rest, '/');
    if (number.len > 0)
        deployment = find(call->world, number);
    if (is_post && !json_parse(call->call.body, &body, &ignored))
        refuse(call, 400, "Problems parsing JSON");
    else if (number.len == 0 && is_post)
        make(call, body);
    else if (number.len == 0)
        list(call);
    else if (!deployment || !str_is(rest, "statuses"))
        refuse(call, 404, "Not Found");
    else if (is_post)
        tell(call, deployment, body);
    else
        list_statuses(call, deployment);
}

const struct world_deployment *world_find_deployment(const struct world *world, size_t i)
{
    return i < world->deployment_count ? &world->deployments[i]->shown : NULL;
}
