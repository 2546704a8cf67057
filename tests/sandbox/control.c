#include "control.h"

#include "events.h"
#include "slack/command.h"
#include "slack/event.h"
#include "slack/interaction.h"
#include "slack/socket_delivery.h"
#include "slack/view.h"

#include <limits.h>

#define CALLS_MAX 20000
#define REPEAT_MAX 100

static void refuse(struct reply *reply, int status, const char *why)
{
    cJSON *body = json_object();

    json_set_bool(body, "ok", false);
    json_set_string(body, "error", why);
    reply_json(reply, status, body);
}

static void agree(struct reply *reply)
{
    cJSON *body = json_object();

    json_set_bool(body, "ok", true);
    reply_json(reply, 200, body);
}

static int64_t query_int(const struct request *request, const char *name, int64_t otherwise)
{
    int64_t value = otherwise;
    struct error err;

    (void)parse_int(str_of(request_query(request, name)), 0, INT_MAX, &value, &err);
    return value;
}

static void get_state(struct world *world, const struct request *request, struct reply *reply)
{
    cJSON *state = NULL;

    world_lock(world);
    world_tick(world);
    state = world_state(world, (int)query_int(request, "messages", INT_MAX));
    world_unlock(world);
    reply_json(reply, 200, state);
}

static void get_calls(struct world *world, const struct request *request, struct reply *reply)
{
    cJSON *calls = NULL;

    world_lock(world);
    calls = calls_since(&world->calls, query_int(request, "since", 0), query_int(request, "limit", CALLS_MAX));
    world_unlock(world);
    reply_json(reply, 200, calls);
}

/* ---- sending to opsgate ---- */

typedef bool (*prepare_fn)(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                           struct error *err);

static cJSON *answer_shown(const struct deliver_answer *answer)
{
    cJSON *shown = json_object();

    json_set_int(shown, "status", answer->status);
    json_set_string(shown, "body", answer->body ? answer->body : "");
    json_set_int(shown, "took_ms", answer->took_ms);
    if (answer->timed_out)
        json_set_string(shown, "error", "operation_timeout");
    else if (!answer->status)
        json_set_string(shown, "error", answer->error);
    return shown;
}

static void post_to_opsgate(struct world *world, const cJSON *wanted, const struct slack_delivery *delivery,
                            int64_t retry_num, struct deliver_answer *answer)
{
    AUTO_FREE char *url = text_format("%s%s", world->options.opsgate_url, delivery->path);

    deliver_post(&(struct deliver_options){ .url = url,
                                            .signing_secret = world->options.signing_secret,
                                            .form = delivery->form,
                                            .type = delivery->type,
                                            .retry_num = retry_num,
                                            .retry_reason = tree_text_or(wanted, "retry_reason", "http_error"),
                                            .now_s = world_now_ms() / 1000 + tree_int(wanted, "skew_s", 0),
                                            .bad_signature = tree_true(wanted, "bad_signature"),
                                            .no_signature = tree_true(wanted, "no_signature") },
                 answer);
}

/* Sends it once, shows what came back in Slack, and logs it as a call that the world made. An app of Socket Mode gets
 * nothing by HTTP. */
static cJSON *send_once(struct world *world, const cJSON *wanted, const struct slack_delivery *delivery,
                        int64_t retry_num)
{
    struct deliver_answer answer;
    struct request outgoing = { .method = "POST", .path = delivery->path, .now_ms = world_now_ms() };
    int64_t n = 0;
    cJSON *shown = NULL;

    world_lock(world);
    n = calls_begin(&world->calls, "opsgate", &outgoing);
    calls_body(&world->calls, n, delivery->record);
    world_unlock(world);
    if (slack_socket_is_on(world->slack_socket))
        slack_socket_deliver(world->slack_socket, delivery, retry_num, "http_error", &answer);
    else
        post_to_opsgate(world, wanted, delivery, retry_num, &answer);
    world_lock(world);
    calls_end(&world->calls, n,
              &(struct call_end){ .status = answer.status, .applied = answer.status == 200, .now_ms = world_now_ms() });
    slack_delivery_answered(world->slack, delivery, &answer, world_now_ms());
    world_touch(world);
    world_unlock(world);
    shown = answer_shown(&answer);
    deliver_answer_finish(&answer);
    return shown;
}

/* With `retries`, what was not taken is sent again, so often and after `retry_ms` each time: what Slack does with
 * events, but faster. The last answer. */
static cJSON *send_until_taken(struct world *world, const cJSON *wanted, const struct slack_delivery *delivery)
{
    int64_t num = tree_int(wanted, "retry_num", 0), last = num + tree_int(wanted, "retries", 0);
    cJSON *answer = send_once(world, wanted, delivery, num);

    while (tree_int(answer, "status", 0) != 200 && num < last) {
        world_lock(world);
        world_sleep(world, world_now_ms() + tree_int(wanted, "retry_ms", 200));
        world_unlock(world);
        cJSON_Delete(answer);
        answer = send_once(world, wanted, delivery, ++num);
        json_set_int(answer, "retry_num", num);
    }
    return answer;
}

/* The first answer, and with `repeat` all of them as "answers". */
static cJSON *send_all(struct world *world, const cJSON *wanted, const struct slack_delivery *delivery)
{
    int64_t repeat = tree_int(wanted, "repeat", 1);
    AUTO_JSON cJSON *answers = json_array();
    cJSON *first = NULL;

    for (int64_t i = 0; i < (repeat < 1 ? 1 : repeat > REPEAT_MAX ? REPEAT_MAX : repeat); i++)
        json_add(answers, send_until_taken(world, wanted, delivery));
    first = json_copy(answers->child);
    if (repeat > 1)
        json_set(first, "answers", TAKE(answers));
    tree_copy(first, delivery->record, "trigger_id");
    tree_copy(first, delivery->record, "response_url");
    tree_copy(first, delivery->record, "event_id");
    tree_copy(first, delivery->record, "challenge");
    return first;
}

static void post_delivery(struct world *world, const struct request *request, struct reply *reply, prepare_fn prepare)
{
    AUTO_JSON cJSON *wanted = request_json(request);
    struct slack_delivery delivery = { 0 };
    struct error err;
    bool good = false;

    world_lock(world);
    good = prepare(world->slack, wanted, world_now_ms(), &delivery, &err);
    world_unlock(world);
    if (!good)
        refuse(reply, 400, err.message);
    else
        reply_json(reply, 200, delivery.path ? send_all(world, wanted, &delivery) : json_object());
    slack_delivery_finish(&delivery);
}

static void post_command(struct world *world, const struct request *request, struct reply *reply)
{
    post_delivery(world, request, reply, slack_command_prepare);
}

static void post_action(struct world *world, const struct request *request, struct reply *reply)
{
    post_delivery(world, request, reply, slack_action_prepare);
}

static void post_event(struct world *world, const struct request *request, struct reply *reply)
{
    post_delivery(world, request, reply, slack_event_prepare);
}

static void post_submit(struct world *world, const struct request *request, struct reply *reply)
{
    post_delivery(world, request, reply, slack_submit_prepare);
}

static void post_shortcut(struct world *world, const struct request *request, struct reply *reply)
{
    post_delivery(world, request, reply, slack_shortcut_prepare);
}

/* A person says something, and the app is told of it: {ts, channel, answers: [one for each event]}. */
static void post_say(struct world *world, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *wanted = request_json(request);
    struct slack_delivery deliveries[SLACK_SAID_EVENTS_MAX] = { { 0 } };
    cJSON *body = NULL, *answers = NULL;
    size_t count = 0;
    struct error err;
    bool good = false;

    world_lock(world);
    good = slack_say_prepare(world->slack, wanted, world_now_ms(), deliveries, &count, &err);
    world_touch(world);
    world_unlock(world);
    if (!good) {
        refuse(reply, 400, err.message);
        return;
    }
    body = json_object();
    answers = json_set(body, "answers", json_array());
    for (size_t i = 0; i < count; i++) {
        cJSON *answer = json_add(answers, send_all(world, wanted, &deliveries[i]));

        tree_copy(answer, deliveries[i].record, "type");
        tree_copy(body, deliveries[i].record, "ts");
        tree_copy(body, deliveries[i].record, "channel");
        slack_delivery_finish(&deliveries[i]);
    }
    reply_json(reply, 200, body);
}

/* A person says something in a channel; no app is told. */
static void post_message(struct world *world, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *wanted = request_json(request);
    const char *user = tree_text(wanted, "user"), *text = tree_text(wanted, "text");
    cJSON *channel = NULL;

    world_lock(world);
    channel = slack_find_channel(world->slack, tree_text(wanted, "channel"));
    if (channel && text && slack_find_user(world->slack, user)) {
        slack_post(channel, slack_message_create(world->slack, user, text, world_now_ms()));
        world_touch(world);
        agree(reply);
    } else {
        refuse(reply, 400, "a message needs a known 'user' and 'channel', and a 'text'");
    }
    world_unlock(world);
}

/* ---- faults and changes ---- */

static void post_faults(struct world *world, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *wanted = request_json(request);
    struct error err;

    world_lock(world);
    if (faults_add(&world->faults, wanted, &err))
        agree(reply);
    else
        refuse(reply, 400, err.message);
    world_touch(world);
    world_unlock(world);
}

static void delete_faults(struct world *world, const struct request *request, struct reply *reply)
{
    (void)request;
    world_lock(world);
    faults_clear(&world->faults);
    world_touch(world);
    world_unlock(world);
    agree(reply);
}

static void post_world(struct world *world, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *changes = request_json(request);
    struct error err;

    world_lock(world);
    if (world_change(world, changes, &err))
        agree(reply);
    else
        refuse(reply, 400, err.message);
    world_unlock(world);
}

static void post_reset(struct world *world, const struct request *request, struct reply *reply)
{
    struct error err;

    (void)request;
    world_lock(world);
    if (world_reset(world, &err))
        agree(reply);
    else
        refuse(reply, 500, err.message);
    world_unlock(world);
}

static void get_events(struct world *world, const struct request *request, struct reply *reply)
{
    (void)request;
    events_serve(world, reply);
}

static void get_health(struct world *world, const struct request *request, struct reply *reply)
{
    (void)world;
    (void)request;
    agree(reply);
}

static void get_key_file(struct world *world, const struct request *request, struct reply *reply)
{
    (void)request;
    reply_json(reply, 200, oauth_key_file(world->oauth));
}

static void get_app_key(struct world *world, const struct request *request, struct reply *reply)
{
    AUTO_FREE char *pem = NULL;

    (void)request;
    world_lock(world); /* the first to ask makes the key */
    pem = github_app_pem(world->github_app);
    world_unlock(world);
    reply_text(reply, 200, "application/x-pem-file", pem);
}

static const struct {
    const char *method, *path;
    void (*serve)(struct world *world, const struct request *request, struct reply *reply);
} routes[] = {
    { "GET", "/state", get_state },
    { "GET", "/calls", get_calls },
    { "GET", "/events", get_events },
    { "GET", "/healthz", get_health },
    { "GET", "/service-account.json", get_key_file },
    { "GET", "/github-app.pem", get_app_key },
    { "POST", "/slack/command", post_command },
    { "POST", "/slack/action", post_action },
    { "POST", "/slack/message", post_message },
    { "POST", "/slack/say", post_say },
    { "POST", "/slack/event", post_event },
    { "POST", "/slack/submit", post_submit },
    { "POST", "/slack/shortcut", post_shortcut },
    { "POST", "/faults", post_faults },
    { "DELETE", "/faults", delete_faults },
    { "POST", "/world", post_world },
    { "POST", "/reset", post_reset },
};

void control_serve(struct world *world, const struct request *request, struct reply *reply)
{
    bool path_known = false;

    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (!text_is(request->path, routes[i].path))
            continue;
        path_known = true;
        if (request_is(request, routes[i].method))
            return routes[i].serve(world, request, reply);
    }
    refuse(reply, path_known ? 405 : 404, path_known ? "another method, please" : "no such thing below /_sandbox");
}
