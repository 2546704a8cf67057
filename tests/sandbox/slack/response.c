/* Response URLs: a capability of five uses and thirty minutes, no token. */
#include "slack/api.h"
#include "slack/call.h"

#include <string.h>

static void refuse_response(struct reply *reply, int status, const char *why)
{
    reply_text(reply, status, "text/plain; charset=utf-8", why);
}

/* Where the URL came from a button, the message with that button; NULL when it is gone, and for commands. */
static cJSON *find_source(const struct slack *slack, const cJSON *url)
{
    const char *channel = tree_text(url, "channel"), *ts = tree_text(url, "source_ts");
    cJSON *message = ts ? slack_find_message(slack_find_channel(slack, channel), ts) : NULL;

    return message || !ts ? message : slack_find_whisper(slack, channel, ts);
}

static bool only_deletes(const struct call *call)
{
    return call_flag(call, "delete_original") && !call_has_content(call);
}

static const char *check_response(struct call *call, const cJSON *url)
{
    const char *type = call_text(call, "response_type");
    const char *error = call_check_blocks(call);
    bool about_source = call_flag(call, "replace_original") || call_flag(call, "delete_original");

    if (type && !text_is(type, "ephemeral") && !text_is(type, "in_channel"))
        error = "invalid_arguments";
    error = error ? error : call_check_thread(call, slack_find_channel(call->slack, tree_text(url, "channel")));
    if (!error && !call_has_content(call) && !(only_deletes(call) && tree_text(url, "source_ts")))
        error = "no_text";
    if (!error && about_source && tree_text(url, "source_ts") && !find_source(call->slack, url))
        error = "message_not_found";
    return error;
}

static void post_response(struct call *call, const cJSON *url)
{
    cJSON *message = call_message(call, SLACK_BOT_USER);
    const char *channel = tree_text(url, "channel");

    tree_copy(message, call->args, "thread_ts");
    if (text_is(call_text(call, "response_type"), "in_channel"))
        slack_post(slack_find_channel(call->slack, channel), message);
    else
        slack_whisper(call->slack, tree_text(url, "user"), channel, "response_url", message);
}

/* A replaced message keeps who sees it, whatever response_type says. Without a source there is only posting. */
static void store_response(struct call *call, cJSON *url)
{
    cJSON *source = find_source(call->slack, url);

    json_set_int(url, "uses", tree_int(url, "uses", 0) + 1);
    if (source && call_flag(call, "delete_original")) {
        slack_message_remove(call->slack, tree_text(url, "channel"), tree_text(source, "ts"));
        if (call_has_content(call))
            post_response(call, url);
    } else if (source && call_flag(call, "replace_original")) {
        const char *text = call_text(call, "text");

        slack_edit(source, text ? text : "", tree_get(call->args, "blocks"), NULL, call->request->now_ms);
    } else {
        post_response(call, url);
    }
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
    error = check_response(&call, url);
    if (error)
        return refuse_response(reply, 400, error);
    if (!request->pretend)
        store_response(&call, url);
    reply->applied = !request->pretend;
    reply_text(reply, 200, "text/plain; charset=utf-8", "ok");
}
