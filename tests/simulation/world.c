#include "tests/simulation/world_internal.h"
#include "tests/simulation/world_program.h"

#include "bot/base/digest.h"

#include <string.h>

int64_t world_unix_ms(const struct world *world)
{
    return WORLD_EPOCH_MS + scheduler_now_ms(world->scheduler);
}

void world_count(struct world *world, enum fault fault)
{
    world->weather->counts[fault]++;
}

/* ---- create ---- */

struct world *world_create(struct scheduler *scheduler, struct weather *weather, struct world_watch watch)
{
    struct world *world = xcalloc(1, sizeof(*world));

    world->scheduler = scheduler;
    world->weather = weather;
    world->watch = watch;
    world->arena = arena_create();
    world_channels_begin(world);
    return world;
}

void world_destroy(struct world *world)
{
    if (!world)
        return;
    world_run_finish(world);
    for (size_t i = 0; i < world->message_count; i++)
        cJSON_Delete(world->messages[i].json);
    arena_destroy(world->arena);
    free(world);
}

/* ---- answers ---- */

void world_answer_text(struct world_call *call, int status, const char *text)
{
    call->answer.status = status;
    call->answer.body = str_of(arena_strdup(call->arena, text));
}

void world_answer_json(struct world_call *call, int status, cJSON *json) /* takes it */
{
    call->answer.status = status;
    call->answer.body = str_of(json_print_in(call->arena, json));
    cJSON_Delete(json);
}

void world_add_header(struct world_call *call, const char *name, const char *value)
{
    struct http_header *headers = arena_alloc(call->arena, (call->answer.header_count + 1) * sizeof(*headers));

    if (call->answer.header_count > 0)
        memcpy(headers, call->answer.headers, call->answer.header_count * sizeof(*headers));
    headers[call->answer.header_count] = (struct http_header){ name, arena_strdup(call->arena, value) };
    call->answer.headers = headers;
    call->answer.header_count++;
}

void world_changed(struct world_call *call, const struct world_change *change, const char *words)
{
    struct world *world = call->world;

    call->log->change = arena_strdup(world->arena, words);
    if (world->watch.on_change)
        world->watch.on_change(world->watch.ctx, call->log, change);
}

const char *world_header(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (str_equal_nocase(str_of(call->headers[i].name), str_of(name)))
            return call->headers[i].value;
    return NULL;
}

const char *world_form_value(struct str form, const char *name, struct arena *arena)
{
    while (form.len > 0) {
        struct str value = str_take_until(&form, '&'), key = str_take_until(&value, '=');
        char *text, *to;

        if (!str_is(key, name))
            continue;
        to = text = arena_alloc(arena, value.len + 1);
        for (size_t i = 0; i < value.len; i++) {
            unsigned char byte;

            if (value.at[i] == '%' && i + 2 < value.len && hex_decode((struct str){ value.at + i + 1, 2 }, &byte, 1)) {
                *to++ = (char)byte;
                i += 2;
            } else {
                *to++ = value.at[i] == '+' ? ' ' : value.at[i];
            }
        }
        return text;
    }
    return NULL;
}

struct str world_query(const char *url)
{
    const char *mark = strchr(url, '?');

    return str_of(mark ? mark + 1 : "");
}

struct str world_path(const char *url, const char *base)
{
    struct str rest = str_of(url);

    str_take_prefix(&rest, base);
    return str_take_until(&rest, '?');
}

/* ---- the bell ---- */

static void bell_call(struct world_call *call)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    struct world_change change = { .kind = CHANGE_RING, .place = "the bell" };

    if (!json_parse(call->call.body, &json, &err)) {
        world_answer_text(call, 400, "");
        return;
    }
    change.effect = json_find_string(json, "effect");
    world_answer_text(call, 204, "");
    world_changed(call, &change, "rang the bell");
}

/* ---- the lever ---- */

static void lever_call(struct world_call *call)
{
    world_answer_text(call, 204, "");
}

/* ---- the network ---- */

enum peer { PEER_OTHER, PEER_SLACK, PEER_GOOGLE, PEER_GITHUB, PEER_PAGERDUTY };

static const struct {
    const char *prefix;
    void (*answer)(struct world_call *call);
    enum peer peer;
} hosts[] = {
    { WORLD_RESPONSE_URL, world_response_call, PEER_SLACK },
    { WORLD_ACTION_URL, world_response_call, PEER_SLACK },
    { WORLD_SLACK_URL "/usergroups.", world_group_call, PEER_SLACK },
    { WORLD_SLACK_URL, world_slack_call, PEER_SLACK },
    { WORLD_RUN_URL, world_run_call, PEER_GOOGLE },
    { WORLD_COMPUTE_URL, world_armor_call, PEER_GOOGLE },
    { WORLD_SQLADMIN_URL, world_sql_call, PEER_GOOGLE },
    { WORLD_REDIS_URL, world_redis_call, PEER_GOOGLE },
    { WORLD_MONITORING_URL, world_lag_call, PEER_GOOGLE },
    { WORLD_REGISTRY_URL, world_registry_call, PEER_GOOGLE },
    { WORLD_GITHUB_URL "/orgs/", world_team_call, PEER_GITHUB },
    { WORLD_GITHUB_URL, world_github_call, PEER_GITHUB },
    { WORLD_PAGERDUTY_URL "/schedules/", world_schedule_call, PEER_OTHER },
    { WORLD_PAGERDUTY_URL "/oncalls?schedule_ids", world_schedule_call, PEER_OTHER },
    { WORLD_PAGERDUTY_URL, world_pagerduty_call, PEER_PAGERDUTY },
    { WORLD_METADATA_URL, world_metadata_call, PEER_OTHER },
    { WORLD_METRICS_URL, world_metrics_call, PEER_OTHER },
    { WORLD_BELL_URL, bell_call, PEER_OTHER },
    { WORLD_LEVER_URL, lever_call, PEER_OTHER },
    { "http://", world_app_call, PEER_OTHER },
};

static void drop_call(void *arg)
{
    struct world_call *call = arg;

    if (--call->users > 0)
        return;
    arena_destroy(call->arena);
    free(call);
}

static void on_told(void *arg)
{
    struct world_call *call = arg;

    if (!call->is_over) {
        call->is_over = true;
        call->log->ended_ms = scheduler_now_ms(call->world->scheduler);
        call->answer.took_ms = call->log->ended_ms - call->began_ms;
        if (call->answer.status && call->world->watch.on_told)
            call->world->watch.on_told(call->world->watch.ctx, call->log);
        call->on_answer(call->arg, &call->answer);
    }
    drop_call(call);
}

static void tell_after(struct world_call *call, int64_t delay_ms)
{
    call->users++;
    scheduler_after(call->world->scheduler, delay_ms, call->log->sender.actor, on_told, call, drop_call);
}

static void on_timed_out(void *arg)
{
    struct world_call *call = arg;

    if (!call->is_over) {
        call->answer = (struct http_answer){ .failure = "no answer in time", .was_sent = true };
        on_told(call); /* drops it */
        return;
    }
    drop_call(call);
}

static bool is_down(const struct world *world, enum peer peer)
{
    const int64_t until_ms[] = { [PEER_SLACK] = world->weather->slack_down_until_ms,
                                 [PEER_GOOGLE] = world->weather->google_down_until_ms,
                                 [PEER_GITHUB] = world->weather->github_down_until_ms,
                                 [PEER_PAGERDUTY] = world->weather->pagerduty_down_until_ms };

    return until_ms[peer] > scheduler_now_ms(world->scheduler);
}

static bool is_refused(struct world_call *call, enum peer peer, bool *ret_happens)
{
    struct world *world = call->world;
    struct dice *dice = scheduler_dice(world->scheduler);

    *ret_happens = false;
    if (is_down(world, peer)) {
        world_count(world, FAULT_HTTP_DOWN);
        world_answer_text(call, 503, "upstream connect error");
        return true;
    }
    if (dice_hit(dice, world->weather->http_limited)) {
        world_count(world, FAULT_HTTP_LIMITED);
        world_answer_text(call, 429, "{\"ok\":false,\"error\":\"ratelimited\"}");
        world_add_header(call, "retry-after", dice_hit(dice, 500) ? "1" : "7");
        return true;
    }
    if (dice_hit(dice, world->weather->http_error)) {
        *ret_happens = dice_hit(dice, 300);
        world_count(world, *ret_happens ? FAULT_HTTP_ERROR_HAPPENED : FAULT_HTTP_ERROR);
        return true;
    }
    return false;
}

static void on_arrived(void *arg)
{
    struct world_call *call = arg;
    struct world *world = call->world;
    bool happens;

    call->log->arrived_ms = scheduler_now_ms(world->scheduler);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        if (!str_starts_with(str_of(call->call.url), hosts[i].prefix))
            continue;
        if (is_refused(call, hosts[i].peer, &happens)) {
            if (happens)
                hosts[i].answer(call);
            if (happens || call->answer.status == 0) {
                call->answer = (struct http_answer){ 0 };
                world_answer_text(call, happens ? 500 : 503, "internal error");
            }
        } else if (!world_refuses(call)) {
            hosts[i].answer(call);
        }
        break;
    }
    call->answer.was_sent = true;
    call->log->status = call->answer.status;
    if (!call->is_unheard && !call->is_over)
        tell_after(call, dice_between(scheduler_dice(world->scheduler), 2, 60));
    drop_call(call);
}

static struct logged_call *log_call(struct world *world, const struct world_sender *sender, const char *method,
                                    const char *url)
{
    struct logged_call *log = ARENA_NEW(world->arena, struct logged_call);

    *log = (struct logged_call){ .sender = *sender,
                                 .method = arena_strdup(world->arena, method),
                                 .url = arena_strdup(world->arena, url),
                                 .left_ms = scheduler_now_ms(world->scheduler),
                                 .arrived_ms = -1,
                                 .ended_ms = -1,
                                 .number = (int64_t)world->log_count };
    log->sender.instance = arena_strdup(world->arena, sender->instance);
    log->sender.effect = arena_strdup(world->arena, sender->effect);
    log->sender.kind = arena_strdup(world->arena, sender->kind);
    log->sender.operation = arena_strdup(world->arena, sender->operation);
    *ARENA_PUSH(world->arena, world->log, world->log_count) = log;
    return log;
}

struct logged_call *world_begin_work(struct world *world, const struct world_sender *sender, const char *method,
                                     const char *url)
{
    struct logged_call *log = log_call(world, sender, method, url);

    log->arrived_ms = log->left_ms;
    if (world->watch.on_left)
        world->watch.on_left(world->watch.ctx, log);
    return log;
}

void world_end_work(const struct world *world, struct logged_call *log)
{
    if (log->ended_ms < 0)
        log->ended_ms = scheduler_now_ms(world->scheduler);
}

static void copy_call(struct world_call *to, const struct http_call *from)
{
    struct http_header *headers = arena_alloc(to->arena, from->header_count * sizeof(*headers));

    to->call = *from;
    to->call.method = arena_strdup(to->arena, from->method);
    to->call.url = arena_strdup(to->arena, from->url);
    for (size_t i = 0; i < from->header_count; i++)
        headers[i] = (struct http_header){ arena_strdup(to->arena, from->headers[i].name),
                                           arena_strdup(to->arena, from->headers[i].value) };
    to->call.headers = headers;
    to->call.body = (struct str){ arena_copy(to->arena, from->body), from->body.len };
}

/* Traffic is guarded by an etag: for such calls alone it has to be harmless when they come after their time. */
static bool may_come_late(const struct http_call *call)
{
    return strcmp(call->method, "PATCH") == 0;
}

struct world_call *world_send(struct world *world, const struct world_sender *sender, const struct http_call *http,
                              world_answer_fn on_answer, void *arg)
{
    struct world_call *call = xcalloc(1, sizeof(*call));
    struct weather *weather = world->weather;
    struct dice *dice = scheduler_dice(world->scheduler);
    int64_t fate = dice_between(dice, 0, 999), delay_ms = dice_between(dice, 2, 60), timeout_ms = http->timeout_ms;

    call->world = world;
    call->arena = arena_create();
    copy_call(call, http);
    call->on_answer = on_answer;
    call->arg = arg;
    call->log = log_call(world, sender, http->method, http->url);
    call->began_ms = scheduler_now_ms(world->scheduler);
    call->users = 1; /* the time-out's */
    if (timeout_ms <= 0 || timeout_ms > 60000)
        timeout_ms = 60000;
    if (dice_hit(dice, weather->http_slow)) {
        world_count(world, FAULT_HTTP_SLOW);
        delay_ms = dice_between(dice, 0, timeout_ms - 1);
    }
    scheduler_after(world->scheduler, timeout_ms, sender->actor, on_timed_out, call, drop_call);
    if (fate < weather->http_never_sent) {
        world_count(world, FAULT_HTTP_NEVER_SENT);
        call->answer = (struct http_answer){ .failure = "connection refused", .was_sent = false };
        tell_after(call, delay_ms);
        return call;
    }
    call->log->body = call->call.body;
    if (world->watch.on_left)
        world->watch.on_left(world->watch.ctx, call->log);
    call->log->body = (struct str){ 0 };
    fate -= weather->http_never_sent;
    if (fate < weather->http_lost_request) {
        world_count(world, FAULT_HTTP_LOST_REQUEST);
        return call;
    }
    fate -= weather->http_lost_request;
    if (fate < weather->http_lost_answer) {
        world_count(world, FAULT_HTTP_LOST_ANSWER);
        call->is_unheard = true;
    } else if (fate < weather->http_lost_answer + weather->http_late_request) {
        world_count(world, FAULT_HTTP_LATE_REQUEST);
        call->is_unheard = true;
        delay_ms = may_come_late(http) ? timeout_ms + dice_between(dice, 0, 40000) : timeout_ms - 1;
    }
    call->users++;
    scheduler_after(world->scheduler, delay_ms, 0, on_arrived, call, drop_call);
    return call;
}

void world_cancel(struct world_call *call)
{
    if (!call)
        return;
    call->is_over = true;
    call->log->ended_ms = scheduler_now_ms(call->world->scheduler);
}

size_t world_calls(const struct world *world, const struct logged_call *const **ret_calls)
{
    *ret_calls = world->log;
    return world->log_count;
}
