/* world_github.c - GitHub Actions: a workflow that is dispatched, its runs, how they end and are cancelled.
 * From https://docs.github.com/en/rest/actions/workflows and /rest/actions/workflow-runs, version 2022-11-28. The
 * workflow writes its input `opsgate` into the title of its run.
 */
#include "tests/simulation/world_internal.h"
#include "tests/simulation/world_releases.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define REPOSITORY "acme/site"
#define WORKFLOW "deploy.yml"
#define PAGE_RUNS 10
#define PAGE_DELIVERIES 20
#define APPEARS_MAX_MS 8000 /* until a new run is in the lists */

struct github_run {
    struct world *world;
    int64_t id, created_ms, appears_ms, ends_ms;
    const char *title, *effect; /* effect: the input `opsgate`; NULL: a stranger's */
    const char *conclusion;     /* that it is on its way to */
    bool has_ended, is_cancelled;
};

static void refuse(struct world_call *call, int status, const char *message)
{
    cJSON *json = json_object();

    json_set_string(json, "message", message);
    world_answer_json(call, status, json);
}

static void tell(const struct github_run *run)
{
    struct world_program told = { .run = run->effect,
                                  .machine = "GitHub",
                                  .has_ended = run->has_ended,
                                  .is_good = run->has_ended && strcmp(run->conclusion, "success") == 0 };

    if (run->effect && run->world->watch.on_program)
        run->world->watch.on_program(run->world->watch.ctx, &told);
}

static void on_end(void *arg)
{
    struct github_run *run = arg;

    if (run->has_ended || run->ends_ms > scheduler_now_ms(run->world->scheduler))
        return; /* its end has moved since */
    run->has_ended = true;
    tell(run);
}

static void end_after(struct github_run *run, int64_t delay_ms, const char *conclusion)
{
    run->conclusion = conclusion;
    run->ends_ms = scheduler_now_ms(run->world->scheduler) + delay_ms;
    scheduler_after(run->world->scheduler, delay_ms, 0, on_end, run, NULL);
}

static struct github_run *add_run(struct world *world, const char *version, const char *effect)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    int64_t now_ms = scheduler_now_ms(world->scheduler);
    struct github_run *run = ARENA_NEW(world->arena, struct github_run);

    *run = (struct github_run){
        .world = world,
        .id = 70001 + (int64_t)world->run_count,
        .created_ms = now_ms,
        .appears_ms = now_ms + dice_between(dice, 200, APPEARS_MAX_MS),
        .effect = arena_strdup(world->arena, effect),
        .title = effect ? arena_printf(world->arena, "deploy %s %s", version, effect) : "deploy by hand",
    };
    *ARENA_PUSH(world->arena, world->runs, world->run_count) = run;
    tell(run);
    end_after(run, dice_hit(dice, 850) ? dice_between(dice, 3000, 35000) : dice_between(dice, 20000, 120000),
              dice_hit(dice, 720)   ? "success"
              : dice_hit(dice, 800) ? "failure"
                                    : "startup_failure");
    return run;
}

void world_dispatch_by_hand(struct world *world)
{
    world_count(world, FAULT_RUN_BY_HAND);
    add_run(world, "", NULL);
}

/* ---- answers ---- */

/* The date of its answers: its own clock. */
static void add_date(struct world_call *call)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct time_text now = time_format(WORLD_EPOCH_MS + scheduler_now_ms(call->world->scheduler));
    int month = (now.text[5] - '0') * 10 + now.text[6] - '0';

    world_add_header(call, "date",
                     arena_printf(call->arena, "Sat, %.2s %s %.4s %.8s GMT", now.text + 8, months[month - 1], now.text,
                                  now.text + 11));
}

static cJSON *run_json(const struct github_run *run, struct arena *arena)
{
    int64_t now_ms = scheduler_now_ms(run->world->scheduler);
    cJSON *json = json_object();

    json_set_int(json, "id", run->id);
    json_set_string(json, "name", "Deploy");
    json_set_string(json, "display_title", run->title);
    json_set_string(json, "event", "workflow_dispatch");
    json_set_string(json, "status",
                    run->has_ended                    ? "completed"
                    : now_ms - run->created_ms < 2000 ? "queued"
                                                      : "in_progress");
    json_set(json, "conclusion", run->has_ended ? cJSON_CreateString(run->conclusion) : cJSON_CreateNull());
    json_set_string(json, "html_url", arena_printf(arena, "https://github.sim/" REPOSITORY "/runs/%" PRId64, run->id));
    json_set_string(json, "created_at", time_format(WORLD_EPOCH_MS + run->created_ms).text);
    return json;
}

static void dispatch(struct world_call *call)
{
    AUTO_JSON cJSON *body = NULL;
    const char *effect, *version;
    struct error ignored;
    cJSON *json;
    struct github_run *run;

    if (!json_parse(call->call.body, &body, &ignored) || !json_find_string(body, "ref")) {
        refuse(call, 422, "Invalid request.");
        return;
    }
    effect = json_find_string(body, "inputs.opsgate");
    version = json_find_string(body, "inputs.version");
    run = add_run(call->world, version ? version : "", effect);
    call->log->change = "dispatched a workflow";
    if (!json_find_bool(body, "return_run_details", false) || dice_hit(scheduler_dice(call->world->scheduler), 300)) {
        world_answer_text(call, 204, ""); /* as servers answer that do not know of it */
        return;
    }
    json = json_object();
    json_set_int(json, "workflow_run_id", run->id);
    json_set_string(json, "html_url", "https://github.sim/");
    world_answer_json(call, 200, json);
}

/* Newest first, in pages. */
static void list_runs(struct world_call *call)
{
    struct world *world = call->world;
    struct str query = world_query(call->call.url);
    int64_t page = 1, shown = 0, passed = 0;
    const char *number = world_form_value(query, "page", call->arena);
    cJSON *json = json_object(), *list = json_set(json, "workflow_runs", json_array());
    struct error ignored;
    bool has_more = false;

    if (number)
        parse_int(str_of(number), 1, 1000, &page, &ignored);
    for (size_t i = world->run_count; i > 0 && !has_more; i--) {
        const struct github_run *run = world->runs[i - 1];

        if (run->appears_ms > scheduler_now_ms(world->scheduler) || passed++ < (page - 1) * PAGE_RUNS)
            continue;
        has_more = shown == PAGE_RUNS;
        if (!has_more) {
            json_add(list, run_json(run, call->arena));
            shown++;
        }
    }
    json_set_int(json, "total_count", (int64_t)world->run_count);
    if (has_more)
        world_add_header(call, "link",
                         arena_printf(call->arena, "<" STR_FMT "?page=%" PRId64 "&" STR_FMT ">; rel=\"next\"",
                                      STR_ARG(world_path(call->call.url, "")), page + 1, STR_ARG(query)));
    world_answer_json(call, 200, json);
}

static void cancel_run(struct world_call *call, struct github_run *run)
{
    struct dice *dice = scheduler_dice(call->world->scheduler);

    if (run->has_ended) {
        refuse(call, 409, "Cannot cancel a workflow run that is completed.");
        return;
    }
    call->log->change = "cancelled a run";
    if (!run->is_cancelled && dice_hit(dice, 800)) /* else it ends before that is noticed */
        end_after(run, dice_between(dice, 200, 6000), "cancelled");
    run->is_cancelled = true;
    world_answer_json(call, 202, json_object());
}

static void answer_jobs(struct world_call *call, const struct github_run *run)
{
    cJSON *json = json_object(), *job = json_add(json_set(json, "jobs", json_array()), json_object());

    json_set_string(job, "name", "deploy");
    json_set_string(job, "status", run->has_ended ? "completed" : "in_progress");
    json_set(job, "conclusion", run->has_ended ? cJSON_CreateString(run->conclusion) : cJSON_CreateNull());
    json_set(job, "steps", json_array());
    world_answer_json(call, 200, json);
}

static void answer_run(struct world_call *call, struct str rest)
{
    struct str number = str_take_until(&rest, '/');
    struct error ignored;
    int64_t id = 0;

    parse_int(number, 1, INT64_MAX, &id, &ignored);
    for (size_t i = 0; i < call->world->run_count; i++) {
        struct github_run *run = call->world->runs[i];

        if (run->id != id)
            continue;
        if (str_is(rest, "cancel"))
            cancel_run(call, run);
        else if (str_starts_with(rest, "jobs"))
            answer_jobs(call, run);
        else
            world_answer_json(call, 200, run_json(run, call->arena));
        return;
    }
    refuse(call, 404, "Not Found");
}

static void answer_commit(struct world_call *call)
{
    cJSON *json = json_object(), *commit = json_set(json, "commit", json_object());

    json_set_string(json, "sha", "a46d19b8e05f0123456789a46d19b8e05f012345");
    json_set_string(commit, "message", "Ship it");
    json_set(json, "parents", json_array());
    world_answer_json(call, 200, json);
}

/* ---- the hook's log ---- */

void *world_keep(struct world *world, size_t bytes)
{
    return arena_alloc(world->arena, bytes);
}

struct world_delivery *world_add_delivery(struct world *world, const struct world_delivery *like)
{
    struct world_delivery *delivery = ARENA_NEW(world->arena, struct world_delivery);

    *delivery = (struct world_delivery){ .id = 1700 + 3 * (int64_t)world->delivery_count,
                                         .guid = arena_strdup(world->arena, like->guid),
                                         .event = arena_strdup(world->arena, like->event),
                                         .action = arena_strdup(world->arena, like->action),
                                         .body = arena_strdup(world->arena, like->body),
                                         .at_ms = scheduler_now_ms(world->scheduler),
                                         .status = like->status };
    *ARENA_PUSH(world->arena, world->deliveries, world->delivery_count) = delivery;
    return delivery;
}

size_t world_deliveries(const struct world *world, struct world_delivery *const **ret_list)
{
    *ret_list = world->deliveries;
    return world->delivery_count;
}

static cJSON *delivery_json(const struct world_delivery *delivery)
{
    cJSON *json = json_object();

    json_set_int(json, "id", delivery->id);
    json_set_string(json, "guid", delivery->guid);
    json_set_string(json, "delivered_at", time_format(WORLD_EPOCH_MS + delivery->at_ms).text);
    json_set_int(json, "status_code", delivery->status);
    json_set_string(json, "event", delivery->event);
    json_set_string(json, "action", delivery->action);
    return json;
}

/* Newest first, in pages, by a cursor. */
static void list_deliveries(struct world_call *call)
{
    struct world *world = call->world;
    const char *cursor = world_form_value(world_query(call->call.url), "cursor", call->arena);
    int64_t before = INT64_MAX, shown = 0, last = 0;
    struct error ignored;
    cJSON *list;

    if (cursor && !parse_int(str_of(cursor + strlen("v1_")), 1, INT64_MAX, &before, &ignored)) {
        refuse(call, 422, "Invalid cursor");
        return;
    }
    list = json_array();
    for (size_t i = world->delivery_count; i > 0; i--) {
        const struct world_delivery *delivery = world->deliveries[i - 1];

        if (delivery->status < 0 || delivery->id >= before)
            continue;
        if (shown++ == PAGE_DELIVERIES) {
            world_add_header(
                call, "link",
                arena_printf(call->arena, "<https://github.sim/x?cursor=v1_%" PRId64 ">; rel=\"next\"", last));
            break;
        }
        json_add(list, delivery_json(delivery));
        last = delivery->id;
    }
    world_answer_json(call, 200, list);
}

static void answer_delivery(struct world_call *call, struct str number)
{
    struct error ignored;
    int64_t id = 0;

    parse_int(number, 1, INT64_MAX, &id, &ignored);
    for (size_t i = 0; i < call->world->delivery_count; i++) {
        const struct world_delivery *delivery = call->world->deliveries[i];
        cJSON *json, *request;

        if (delivery->id != id)
            continue;
        json = delivery_json(delivery);
        request = json_set(json, "request", json_object());
        json_set_string(json_set(request, "headers", json_object()), "X-GitHub-Event", delivery->event);
        json_set(request, "payload", cJSON_CreateRaw(delivery->body));
        world_answer_json(call, 200, json);
        return;
    }
    refuse(call, 404, "Not Found");
}

void world_github_call(struct world_call *call)
{
    struct str path = world_path(call->call.url, WORLD_GITHUB_URL "/repos/" REPOSITORY), other = path;
    const char *authorization = world_header(&call->call, "Authorization");

    add_date(call);
    if (!authorization || strcmp(authorization, "Bearer " WORLD_GITHUB_TOKEN) != 0)
        refuse(call, 401, "Bad credentials");
    else if (str_take_prefix(&other, WORLD_GITHUB_URL "/repos/" WORLD_RELEASES))
        world_releases_call(call, other);
    else if (str_is(path, "/actions/workflows/" WORKFLOW "/dispatches") && strcmp(call->call.method, "POST") == 0)
        dispatch(call);
    else if (str_is(path, "/actions/workflows/" WORKFLOW "/runs"))
        list_runs(call);
    else if (str_take_prefix(&path, "/actions/runs/"))
        answer_run(call, path);
    else if (str_is(path, "/hooks/5/deliveries"))
        list_deliveries(call);
    else if (str_take_prefix(&path, "/hooks/5/deliveries/"))
        answer_delivery(call, path);
    else if (str_take_prefix(&path, "/deployments"))
        world_deployments_call(call, path);
    else if (str_starts_with(path, "/commits/"))
        answer_commit(call);
    else
        refuse(call, 404, "Not Found");
}

bool world_newest_run(const struct world *world, struct world_workflow_run *ret_run)
{
    const struct github_run *run = world->run_count > 0 ? world->runs[world->run_count - 1] : NULL;

    if (run)
        *ret_run = (struct world_workflow_run){ run->id, run->title, run->has_ended };
    return run != NULL;
}
