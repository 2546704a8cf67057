/* ask.c - POST /api/v1/requests: somebody asks for something, by the very door and policy of everybody else; the
 * request is durable before anybody is answered.
 *
 * The answer is a program's: 202 with the operation it began; 403 where policy says no, 400 where the words make no
 * sense, and 429, 413, 503 where it was not taken. Where no answer came in time, and of a request that was sent before,
 * what has come of it is looked up, as GET /requests/ID does; the same key with another body is 409.
 */
#include "bot/api/internal.h"

#include "bot/doors/doors.h"
#include "bot/doors/token.h"
#include "bot/shell/clock.h"
#include "integrations/api/change.h"
#include "integrations/api/request.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MS 5000   /* for its answer; a decision takes milliseconds */
#define UNANSWERED 202 /* by replies.c, with nothing in it */

struct asking { /* waits at the door; in the call's arena */
    struct api_call *call;
    struct api_request_door sent;
    struct http_reply told; /* its on_sent alone: the connection's answer counts */
};

/* ---- answers ---- */

static cJSON *texts(const struct api_call *call, const cJSON *list)
{
    cJSON *json = json_array();

    JSON_EACH(one, list)
        if (cJSON_IsString(one))
            json_add_string(json, api_plain(call, one->valuestring));
    return json;
}

static cJSON *buttons(const struct api_call *call, const cJSON *list)
{
    cJSON *json = json_array();

    JSON_EACH(one, list) {
        cJSON *action = json_add(json, json_object());

        api_set_plain(call, action, "label", json_find_string(one, "label"));
        api_set_text(action, "text", json_find_string(one, "command"));
        api_set_plain(call, action, "confirm", json_find_string(one, "confirm"));
    }
    return json;
}

static const char *whole_text(const struct api_call *call, const cJSON *reply)
{
    const char *text = json_find_string(reply, "text");

    text = text ? text : "";
    JSON_EACH(line, json_find(reply, "lines"))
        if (cJSON_IsString(line))
            text = arena_printf(call->arena, "%s\n%s", text, line->valuestring);
    return api_plain(call, text);
}

static void refuse(struct asking *asking, int status, const cJSON *reply)
{
    struct api_call *call = asking->call;
    cJSON *json = json_object();

    json_set_string(json, "type", "about:blank");
    json_set_string(json, "title", status == 403 ? "Forbidden" : status == 400 ? "Bad Request" : "Not accepted");
    json_set_int(json, "status", status);
    json_set_string(json, "detail", whole_text(call, reply));
    json_set_string(json, "request_id", call->request->id);
    json_set_string(json, "request", asking->sent.id);
    api_answer_whole(call,
                     &(struct api_answer_options){ .status = status,
                                                   .content_type = "application/problem+json",
                                                   .on_sent = asking->told.on_sent,
                                                   .arg = asking->told.arg },
                     json);
}

static void tell_accepted(struct asking *asking, const cJSON *reply)
{
    struct api_call *call = asking->call;
    cJSON *json = json_object();

    json_set_string(json, "request", asking->sent.id);
    json_set_string(json, "state", "accepted");
    api_set_text(json, "operation", json_find_string(reply, "operation"));
    api_set_plain(call, json, "reply", json_find_string(reply, "text"));
    json_set(json, "lines", texts(call, json_find(reply, "lines")));
    json_set(json, "actions", buttons(call, json_find(reply, "actions")));
    api_answer_whole(call,
                     &(struct api_answer_options){ .status = 202,
                                                   .content_type = "application/json",
                                                   .on_sent = asking->told.on_sent,
                                                   .arg = asking->told.arg },
                     json);
}

/* ---- nothing was said: late, or it was sent before ---- */

/* It is durable: where this instance cannot tell what came of it, that is all there is to say. */
static void look_up(struct asking *asking)
{
    const struct api *api = asking->call->api;
    bool can_tell = api->store && api->engine && engine_status(api->engine).phase == ENGINE_OWNER;

    if (!can_tell)
        api_request_pending(asking->call, asking->sent.id);
    else if (api_look(asking->call))
        api_request_find_own(asking->call, asking->sent.id);
}

static void on_seen(void *arg, int64_t is_seen)
{
    struct asking *asking = arg;

    if (is_seen < 0)
        api_store_is_away(asking->call);
    else if (is_seen == 0 && asking->sent.is_over)
        api_problem(asking->call, 400,
                    "not_after: it is over, and nothing like it came with this Idempotency-Key before.");
    else if (is_seen == 0)
        api_problem(
            asking->call, 409,
            "Another request came with this Idempotency-Key before: the same key is for the same request alone.");
    else
        look_up(asking);
}

static void on_unanswered(struct asking *asking)
{
    struct api_call *call = asking->call;

    if (call->api->store && asking->sent.keys_count == 2)
        store_redis_seen(call->api->store, asking->sent.keys[1], on_seen, asking);
    else if (asking->sent.is_over)
        api_store_is_away(call);
    else
        look_up(asking);
}

/* ---- at the door ---- */

/* As replies.c has written it: a reply in JSON, which says what it is. */
static void answer(void *arg, const struct http_reply *told)
{
    struct asking *asking = arg;
    struct error ignored;
    const cJSON *reply = told->body.len ? json_parse_in(asking->call->arena, told->body, &ignored) : NULL;

    asking->call->is_at_door = false;
    asking->told = *told;
    if (!reply && told->status == UNANSWERED)
        on_unanswered(asking);
    else if (!reply)
        api_problem(asking->call, told->status, NULL);
    else if (told->status != 200)
        refuse(asking, told->status, reply);
    else if (json_find_bool(reply, "is_misuse", false))
        refuse(asking, 400, reply);
    else if (json_find_bool(reply, "is_refusal", false))
        refuse(asking, 403, reply);
    else
        tell_accepted(asking, reply);
}

static bool is_waiting(const void *arg)
{
    const struct asking *asking = arg;

    return http_in_is_waiting(asking->call->request);
}

static char *write_reply(const struct reply *reply)
{
    cJSON *json = shape_to_json(&reply_shape, reply, SHAPE_WHOLE);
    char *text = json_print(json);

    cJSON_Delete(json);
    return text;
}

static const char *store_is_down(const char *why, struct arena *arena)
{
    return arena_printf(arena, "*NOT accepted*: the store is down (%s). Nothing was done; ask again.", why);
}

static const struct reply_door door_api = {
    .name = API_SOURCE,
    .content_type = "application/json",
    .write = write_reply,
    .late_status = UNANSWERED,
    .refused_status = 503,
    .too_large_status = 413,
    .in_doubt = REPLY_IN_DOUBT("GET /api/v1/requests"),
    .store_is_down = store_is_down,
};

static const char *fresh_id(struct arena *arena)
{
    struct clock clock = clock_system();
    unsigned char dice[16];
    char *text = arena_alloc(arena, 2 * sizeof(dice) + 1);

    clock.random(clock.ctx, dice, sizeof(dice));
    for (size_t i = 0; i < sizeof(dice); i++)
        snprintf(text + 2 * i, 3, "%02x", dice[i]);
    return text;
}

static void offer(struct api_call *call, const struct api_request_door *sent)
{
    struct asking *asking = ARENA_NEW(call->arena, struct asking);
    struct sender sender = { .id = sent->id,
                             .received_at_ms = call->request->received_at_ms,
                             .answer = answer,
                             .is_waiting = is_waiting,
                             .arg = asking };

    *asking = (struct asking){ .call = call, .sent = *sent };
    if (sent->is_over) {
        on_unanswered(asking);
        return;
    }
    call->is_at_door = true;
    door_accept_from(ingress_door(call->api->ingress), &sender, &door_api,
                     &(struct arrival){ .source = API_SOURCE,
                                        .kind = API_REQUEST_KIND,
                                        .keys = sent->keys,
                                        .keys_count = sent->keys_count,
                                        .not_after_ms = sent->not_after_ms,
                                        .body = sent->body,
                                        .wait_ms = WAIT_MS });
}

void api_ask(struct api_call *call)
{
    struct clock clock = clock_system();
    const struct api_request_sent sent = { .body = call->request->body,
                                           .who = &call->caller.who,
                                           .source = call->caller.source,
                                           .key = http_request_header(call->request, "Idempotency-Key"),
                                           .id = call->request->id,
                                           .fresh = fresh_id(call->arena),
                                           .now_ms = clock.unix_ms(clock.ctx) };
    struct api_request_door door;
    struct error err;

    call->view.settings = call->api->settings; /* for names of people; the record is not looked at */
    if (api_request_accept(&sent, call->arena, &door, &err))
        offer(call, &door);
    else
        api_problem(call, 400, err.message);
}
