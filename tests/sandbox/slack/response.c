/* Response URLs: a capability of five uses and thirty minutes, no token. */
#include "slack/api.h"
#include "slack/call.h"

#include <string.h>

static void refuse_response(struct reply *reply, int status, const char *why)
{
    reply_text(reply, status, "text/plain; charset=utf-8", why);
}

static const char *check_response_body(struct call *call)
{
    const char *type = call_text(call, "response_type");
    const char *error = call_check_blocks(call);

    if (type && !text_is(type, "ephemeral") && !text_is(type, "in_channel"))
        error = "invalid_arguments";
    if (!error && !call_has_content(call))
        error = "no_text";
    return error;
}

static void store_response(struct call *call, cJSON *url)
{
    cJSON *message = call_message(call, SLACK_BOT_USER);
    const char *channel = tree_text(url, "channel");

    json_set_int(url, "uses", tree_int(url, "uses", 0) + 1);
    if (call_text(call, "thread_ts"))
        tree_copy(message, call->args, "thread_ts");
    if (text_is(call_text(call, "response_type"), "in_channel"))
        slack_post(slack_find_channel(call->slack, channel), message);
    else
        slack_whisper(call->slack, tree_text(url, "user"), channel, "response_url", message);
}

void slack_serve_response(struct slack *slack, const struct request *request, struct reply *reply)
{
    struct call call = { .slack = slack, .request = request };
    cJSON *url = tree_find(slack->response_urls, "token", request->path + (*request->path == '/'));
    AUTO_JSON cJSON *args = NULL;
    const char *error = NULL;

    if (!url)
        return refuse_response(reply, 404, "no_such_url");
    if (tree_int(url, "expires_at_ms", 0) <= request->now_ms)
        return refuse_response(reply, 404, "expired_url");
    if (tree_int(url, "uses", 0) >= SLACK_RESPONSE_USES)
        return refuse_response(reply, 404, "used_url");
    if (!request_is(request, "POST"))
        return refuse_response(reply, 405, "method_not_allowed");
    if (!request_has_type(request, "application/json"))
        return refuse_response(reply, 400, "invalid_payload");
    args = call.args = request_json(request);
    if (!cJSON_IsObject(args))
        return refuse_response(reply, 400, "invalid_payload");
    error = check_response_body(&call);
    if (error)
        return refuse_response(reply, 400, error);
    if (!request->pretend)
        store_response(&call, url);
    reply->applied = !request->pretend;
    reply_text(reply, 200, "text/plain; charset=utf-8", "ok");
}
