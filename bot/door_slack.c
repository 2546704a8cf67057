/* door_slack.c - POST /slack/commands: signed by Slack, answered within its three seconds. */
#include "bot/doors.h"

#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/message.h"
#include "integrations/slack/signature.h"

static char *write_reply(const struct reply *reply)
{
    cJSON *json = slack_message_reply(reply);
    char *text = json_print(json);

    cJSON_Delete(json);
    return text;
}

/* People in Slack cannot start a Redis, and no other door leads around it. */
static const char *store_is_down(const char *why, struct arena *arena)
{
    (void)why, (void)arena;
    return "*NOT accepted*: opsgate's store is down. Nothing was done and nothing will be. Ask again when it is back; "
           "what cannot wait, change by hand, and say so here.";
}

#define SLACK_DOOR                                                                                                     \
    .name = "slack", .content_type = "application/json; charset=utf-8", .write = write_reply, .late_status = 200,      \
    .refused_status = 200, .too_large_status = 200, .in_doubt = REPLY_IN_DOUBT("/ops status"),                         \
    .store_is_down = store_is_down

static const struct reply_door door_slack = { SLACK_DOOR };
const struct reply_door door_slack_button = { SLACK_DOOR, .is_silent = true };

static void answer_empty(struct http_request *request)
{
    struct http_reply reply = { .status = 200 };

    http_in_answer(request, &reply);
}

bool door_slack_knows(struct door *door, struct http_request *request)
{
    const struct slack_settings *slack = &door->settings->slack;
    struct slack_secrets secrets = { slack->signing_secrets, slack->signing_secrets_count, slack->request_max_age_ms };
    struct error err;

    if (slack_signature_check(&secrets, request->body, http_request_header(request, "X-Slack-Request-Timestamp"),
                              http_request_header(request, "X-Slack-Signature"), door->unix_ms(door->ctx), &err))
        return true;
    door->counts->forged++;
    log_warn("slack.refused", LOG_STR("request", request->id), LOG_STR("why", err.message));
    http_in_problem(request, 401, NULL,
                    err.code == ERR_STALE ? "The request is too old, or a clock is wrong."
                                          : "The signature is missing or not right.");
    return false;
}

void door_slack_command(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_command_door command;
    struct error err;

    if (slack_command_is_ssl_check(request->body)) {
        answer_empty(request);
        return;
    }
    if (!door_slack_knows(door, request))
        return;
    if (!slack_command_accept(request->body, http_request_header(request, "X-Slack-Request-Timestamp"),
                              door->settings->slack.api_url, arena, &command, &err)) {
        door->counts->malformed++;
        log_warn("slack.malformed", LOG_STR("request", request->id), LOG_STR("why", err.message));
        http_in_problem(request, 400, NULL, err.message);
        return;
    }
    door_accept(door, request, &door_slack,
                &(struct arrival){ .source = SLACK_SOURCE,
                                   .kind = SLACK_COMMAND_KIND,
                                   .keys = command.keys,
                                   .keys_count = command.keys_count,
                                   .url = command.response_url,
                                   .body = arena_copy(arena, request->body),
                                   .wait_ms = INLINE_REPLY_MS });
}
