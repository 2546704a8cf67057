/* slack.c - slash commands: POST /slack/commands, signed by Slack, or an envelope of Socket Mode; answered within
 * Slack's three seconds. */
#include "bot/doors/doors.h"

#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/message.h"
#include "integrations/slack/signature.h"
#include "integrations/slack/view.h"

static char *write_reply(const struct reply *reply)
{
    cJSON *json = slack_message_reply(reply);
    char *text = json_print(json);

    cJSON_Delete(json);
    return text;
}

/* People in Slack cannot start a Redis, and what leads around it stands on opsgate's host alone. */
static const char *store_is_down(const char *why, struct arena *arena)
{
    (void)why, (void)arena;
    return "*NOT accepted*: opsgate's store is down. Nothing was done and nothing will be. Ask again when it is back; "
           "what cannot wait, on opsgate's host: `opsgate run rollback SERVICE ENVIRONMENT --without-store`.";
}

static char *write_view_answer(const struct reply *reply)
{
    cJSON *json = slack_view_answer(reply);
    char *text = json_print(json);

    cJSON_Delete(json);
    return text;
}

/* clang-format off */
#define SLACK_DOOR(how_it_writes)                                                                                     \
    .name = "slack", .content_type = SLACK_JSON, .write = how_it_writes, .late_status = 200, .refused_status = 200,    \
    .too_large_status = 200, .in_doubt = REPLY_IN_DOUBT("/ops status"), .store_is_down = store_is_down
/* clang-format on */

const struct reply_door door_slack = { SLACK_DOOR(write_reply) };
const struct reply_door door_slack_silent = { SLACK_DOOR(write_reply), .is_silent = true };
const struct reply_door door_slack_view = { SLACK_DOOR(write_view_answer) };

static struct http_refusal refuse_forged(struct door *door, const struct http_request *request, const struct error *err)
{
    uint64_t times;

    door->counts->forged++;
    if (alarm_sound(&door->slack_forged, loop_now_ms(door->options->loop), &times))
        log_warn("slack.refused", LOG_STR("request", request->id), LOG_STR("peer", request->peer),
                 LOG_STR("why", err->message), LOG_INT("times", times));
    return (struct http_refusal){ 401, err->code == ERR_STALE ? "The request is too old, or a clock is wrong."
                                                              : "The signature is missing or not right." };
}

struct slack_proof door_slack_proof(const struct door *door, const struct http_request *request)
{
    return (struct slack_proof){ .timestamp = http_request_header(request, "X-Slack-Request-Timestamp"),
                                 .signature = http_request_header(request, "X-Slack-Signature"),
                                 .now_ms = door->unix_ms(door->ctx) };
}

bool door_slack_is_genuine(const struct settings *settings, const struct slack_proof *proof, struct str body,
                           struct error *err)
{
    const struct slack_settings *slack = &settings->slack;
    struct slack_secrets secrets = { slack->signing_secrets, slack->signing_secrets_count, slack->request_max_age_ms };

    return slack_signature_check(&secrets, body, proof->timestamp, proof->signature, proof->now_ms, err);
}

void door_slack_refuse(struct door *door, struct http_request *request, const struct error *err)
{
    struct http_refusal refusal = refuse_forged(door, request, err);

    http_in_problem(request, refusal.status, NULL, refusal.detail);
}

bool door_slack_knows(struct door *door, struct http_request *request)
{
    struct slack_proof proof = door_slack_proof(door, request);
    struct error err;

    if (door_slack_is_genuine(door->settings, &proof, request->body, &err))
        return true;
    door_slack_refuse(door, request, &err);
    return false;
}

/* Only whoever signs may send what is large. */
static struct http_refusal refuses_unsigned(void *arg, const struct http_request *request)
{
    struct error err;

    if (http_request_header(request, "X-Slack-Signature"))
        return (struct http_refusal){ .status = 0 };
    error_set(&err, ERR_DENIED, "X-Slack-Signature is missing");
    return refuse_forged(arg, request, &err);
}

const struct http_gate door_slack_gate = { .refuses_head = refuses_unsigned };

void door_slack_malformed(struct door *door, const char *request_id, const struct error *err)
{
    door->counts->malformed++;
    log_warn("slack.malformed", LOG_STR("request", request_id), LOG_STR("why", err->message));
}

static void take(struct door *door, const struct sender *sender, const struct slack_command_door *command)
{
    door_accept_from(door, sender, &door_slack,
                     &(struct arrival){ .source = SLACK_SOURCE,
                                        .kind = SLACK_COMMAND_KIND,
                                        .keys = command->keys,
                                        .keys_count = command->keys_count,
                                        .url = command->response_url,
                                        .body = command->body,
                                        .wait_ms = INLINE_REPLY_MS });
}

void door_slack_command(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct sender sender = sender_http(request);
    struct slack_command_door command;
    struct error err;

    if (slack_command_is_ssl_check(request->body)) {
        sender_status(&sender, 200);
        return;
    }
    if (!door_slack_knows(door, request))
        return;
    if (slack_command_accept(request->body, http_request_header(request, "X-Slack-Request-Timestamp"),
                             door->settings->slack.api_url, arena, &command, &err)) {
        take(door, &sender, &command);
        return;
    }
    door_slack_malformed(door, request->id, &err);
    http_in_problem(request, 400, NULL, err.message);
}

void door_slack_command_envelope(struct door *door, const struct sender *sender, const cJSON *payload)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_command_door command;
    struct error err;

    if (slack_command_accept_payload(payload, sender->id, door->settings->slack.api_url, arena, &command, &err)) {
        take(door, sender, &command);
        return;
    }
    door_slack_malformed(door, sender->id, &err);
    sender_status(sender, 400);
}
