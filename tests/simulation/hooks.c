/* hooks.c - GitHub tells: webhooks as it sends them, on their way through a door of some instance into its store. From
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads; they are taken and read as in production.
 *
 * Each release is told of twice, as published and as released; some deliveries arrive twice; some tell of days ago;
 * some reach nobody, and stand in the hook's log alone. A run of the workflow is told of while a deploy follows it.
 */
#include "tests/simulation/hooks.h"

#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"
#include "bot/model/inbox.h"
#include "integrations/github/webhook.h"

#include <inttypes.h>
#include <string.h>

#define LATER_MAX_MS 60000 /* another delivery of the same fact */
#define PATIENCE_MS (10 * SECOND_MS)
#define OLD_MS (2 * 24 * HOUR_MS)

struct delivery { /* maybe more than once on its way */
    struct scenario *scenario;
    const char *event, *action; /* static */
    char *guid, *body;
    bool is_lost; /* on its way: nobody hears of it, but in GitHub's log */
    int users;
};

/* ---- payloads ---- */

cJSON *hooks_payload(const char *action, const char *repository, const char *login)
{
    cJSON *json = json_object(), *sender = json_set(json, "sender", json_object());
    cJSON *of = json_set(json, "repository", json_object());

    json_set_string(json, "action", action);
    json_set_string(sender, "login", login);
    json_set_int(sender, "id", 7);
    json_set_string(sender, "type", "User");
    json_set_int(of, "id", 42);
    json_set_string(of, "full_name", repository);
    json_set_string(of, "default_branch", "main");
    return json;
}

static cJSON *release_payload(const char *action, int64_t number, int64_t at_ms)
{
    cJSON *json = hooks_payload(action, "acme/bell", HOOKS_SENDER), *release = json_set(json, "release", json_object());

    json_set_int(release, "id", 9000 + number);
    json_set_string(release, "tag_name", "v1");
    json_set_string(release, "target_commitish", "main");
    json_set_string(release, "name", "Ring it");
    json_set_bool(release, "draft", false);
    json_set_bool(release, "prerelease", false);
    json_set_string(release, "html_url", "https://github.com/acme/bell/releases/tag/v1");
    json_set_string(release, "created_at", time_format(at_ms).text);
    json_set_string(release, "published_at", time_format(at_ms).text);
    return json;
}

static cJSON *run_payload(const struct world_workflow_run *told, int64_t at_ms)
{
    cJSON *json = hooks_payload(told->has_ended ? "completed" : "in_progress", "acme/site", HOOKS_SENDER);
    cJSON *run = json_set(json, "workflow_run", json_object());

    json_set_int(run, "id", told->id);
    json_set_int(run, "run_attempt", 1);
    json_set_int(run, "run_number", told->id);
    json_set_int(run, "workflow_id", 9);
    json_set_string(run, "name", "deploy");
    json_set_string(run, "display_title", told->title);
    json_set_string(run, "path", ".github/workflows/deploy.yml");
    json_set_string(run, "event", "workflow_dispatch");
    json_set_string(run, "status", told->has_ended ? "completed" : "in_progress");
    if (told->has_ended)
        json_set_string(run, "conclusion", "success"); /* a lie at times: whoever believes it is found out */
    json_set_string(run, "head_branch", "main");
    json_set_string(run, "head_sha", "a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6");
    json_set_string(run, "html_url", "https://github.com/acme/site/actions/runs/1");
    json_set_string(run, "created_at", time_format(at_ms).text);
    json_set_string(run, "run_started_at", time_format(at_ms).text);
    json_set_string(run, "updated_at", time_format(at_ms).text);
    return json;
}

/* ---- at a door ---- */

struct answer { /* GitHub waits for it; in the world's arena, as its log */
    struct scenario *scenario;
    struct world_delivery *entry;
};

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t results_count)
{
    struct answer *answer = arg;
    struct scenario *s = answer->scenario;

    if (answer->entry->status < 0)
        answer->entry->status = status != STORE_OK || results_count != 1 || results[0] == ACCEPT_FULL ? 503
                                : results[0] == ACCEPT_NEW                                            ? 202
                                                                                                      : 200;
    story_tell(s->story, "door", "a webhook is %s",
               status != STORE_OK || results_count != 1 ? "not known to be accepted"
               : results[0] == ACCEPT_NEW               ? "accepted"
               : results[0] == ACCEPT_FULL              ? "refused: full"
                                                        : "a duplicate");
}

static void on_patience_over(void *arg)
{
    struct answer *answer = arg;

    if (answer->entry->status < 0)
        answer->entry->status = 0;
}

static void store_hook(struct scenario *s, const struct instance *instance, const struct github_webhook_door *door,
                       struct answer *answer, struct arena *arena)
{
    struct inbox_item item = { .v = INBOX_VERSION,
                               .source = GITHUB_SOURCE,
                               .kind = door->kind,
                               .keys = (const char **)(uintptr_t)door->keys,
                               .keys_count = door->keys_count,
                               .received_at = engine_status(instance->engine).store_unix_ms,
                               .request_id = arena_printf(arena, "h%" PRId64, ++s->hooked),
                               .body = door->body };
    struct store *store = sim_link_store(instance->link);
    struct store_item stored = { .keys = door->keys, .key_count = door->keys_count };
    AUTO_JSON cJSON *json = shape_to_json(&inbox_item_shape, &item, SHAPE_WHOLE);

    stored.bytes = str_of(json_print_in(arena, json));
    story_tell(s->story, "door", "%s is at %s: %s.%s %s", item.request_id, instance->name, door->event,
               door->action ? door->action : "", door->delivery);
    store->accept(store->ctx, &stored, 1, on_accepted, answer);
    scheduler_after(s->scheduler, PATIENCE_MS, 0, on_patience_over, answer, NULL);
}

static void drop_delivery(void *arg)
{
    struct delivery *delivery = arg;

    if (--delivery->users > 0)
        return;
    free(delivery->guid);
    free(delivery->body);
    free(delivery);
}

static struct answer *answer_of(const struct delivery *delivery)
{
    struct world_delivery like = { .guid = delivery->guid,
                                   .event = delivery->event,
                                   .action = delivery->action,
                                   .body = delivery->body,
                                   .status = -1 };
    struct world_delivery *entry = world_add_delivery(delivery->scenario->world, &like);
    struct answer *answer = world_keep(delivery->scenario->world, sizeof(*answer));

    *answer = (struct answer){ delivery->scenario, entry };
    return answer;
}

static void on_delivered(void *arg)
{
    struct delivery *delivery = arg;
    struct scenario *s = delivery->scenario;
    const struct instance *instance = delivery->is_lost ? NULL : door_find(s);
    AUTO(arena) struct arena *arena = arena_create();
    struct answer *answer = answer_of(delivery);
    struct github_webhook webhook = { .event = delivery->event,
                                      .delivery = delivery->guid,
                                      .content_type = "application/json",
                                      .body = str_of(delivery->body) };
    struct github_webhook_door door = { .is = GITHUB_NOT_STORED };
    struct error ignored;
    bool was_taken;

    if (instance && engine_status(instance->engine).store_unix_ms) { /* else GitHub is told "not now" */
        was_taken = github_webhook_accept(&webhook, arena, &door, &ignored) && door.is == GITHUB_WANTED;
        ledger_saw_delivery(s->ledger, true, was_taken, delivery->body);
        if (was_taken)
            store_hook(s, instance, &door, answer, arena);
        else
            answer->entry->status = 202;
    } else {
        answer->entry->status = delivery->is_lost ? 0 : 503;
    }
    drop_delivery(delivery);
}

void hooks_send(struct scenario *s, const char *event, const char *action, cJSON *payload, int64_t after_ms)
{
    struct delivery *delivery = xcalloc(1, sizeof(*delivery));
    AUTO(arena) struct arena *arena = arena_create();

    delivery->scenario = s;
    delivery->event = event;
    delivery->guid = xstrdup(arena_printf(arena, "72d3162e-cc78-11e3-81ab-%012" PRIx64, (uint64_t)++s->hooks));
    delivery->body = json_print(payload);
    delivery->action = action;
    delivery->users = 1;
    if (scenario_draw(s, 0, 4) == 0) {
        scenario_count(s, FAULT_DELIVERY_LOST);
        delivery->is_lost = true;
    }
    cJSON_Delete(payload);
    if (scenario_draw(s, 0, 5) == 0) { /* sent again by hand */
        scenario_count(s, FAULT_DUPLICATE_DELIVERY);
        delivery->users = 2;
        scheduler_after(s->scheduler, after_ms + scenario_draw(s, 0, LATER_MAX_MS), 0, on_delivered, delivery,
                        drop_delivery);
    }
    scheduler_after(s->scheduler, after_ms, 0, on_delivered, delivery, drop_delivery);
}

/* ---- what is told ---- */

static void tell_release(struct scenario *s)
{
    int64_t at_ms = WORLD_EPOCH_MS + scenario_now_ms(s), number = ++s->released;

    if (scenario_draw(s, 0, 3) == 0) {
        scenario_count(s, FAULT_TOLD_LATE);
        at_ms -= OLD_MS;
    }
    hooks_send(s, "release", "published", release_payload("published", number, at_ms), scenario_draw(s, 0, 50));
    scenario_count(s, FAULT_TOLD_TWICE);
    hooks_send(s, "release", "released", release_payload("released", number, at_ms), scenario_draw(s, 0, LATER_MAX_MS));
}

static void tell_run(struct scenario *s)
{
    struct world_workflow_run run;

    if (world_newest_run(s->world, &run))
        hooks_send(s, "workflow_run", run.has_ended ? "completed" : "in_progress",
                   run_payload(&run, WORLD_EPOCH_MS + scenario_now_ms(s)), scenario_draw(s, 0, 50));
}

void hooks_tell(struct scenario *s)
{
    if (scenario_draw(s, 0, 3) == 0)
        tell_release(s);
    tell_run(s);
}

/* Whoever releases the bell has it rung. */
static bool rings(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    const char *repository = json_find_string(event->body, "about.repository");

    (void)view;
    ret_request->verb = "ring";
    return repository && strcmp(repository, "acme/bell") == 0;
}

const struct listener hooks_listeners[2] = {
    { GITHUB_SOURCE, "release.published", .is_told_twice = true, .asks = rings },
    { GITHUB_SOURCE, "release.released", .is_told_twice = true, .asks = rings },
};
