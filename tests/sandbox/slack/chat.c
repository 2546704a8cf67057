/* chat.postMessage, chat.update, chat.delete, chat.postEphemeral. */
#include "slack/call.h"

#include "bot/base/time.h"

#define UPDATE_TEXT_MAX_CHARS 4000    /* refused beyond */
#define POST_INTERVAL_MS SECOND_MS    /* about one message a second and channel... */
#define POST_BURST_MS (3 * SECOND_MS) /* ...with a little credit */

/* The limit is real life's: about one post a second and channel, counted by when the next one would be due. */
static bool is_too_fast(struct call *call, cJSON *channel)
{
    int64_t now_ms = call->request->now_ms;
    int64_t due_ms = tree_int(channel, "next_post_due_ms", 0);

    due_ms = (due_ms > now_ms ? due_ms : now_ms) + POST_INTERVAL_MS;
    if (!call->slack->limit_posts)
        return false;
    if (due_ms - now_ms > POST_BURST_MS + POST_INTERVAL_MS) {
        call->retry_after_s = 1;
        slack_limits_hit(&call->slack->limits, "chat.postMessage", tree_text(channel, "id"), now_ms,
                         now_ms + SECOND_MS);
        return true;
    }
    json_set_int(channel, "next_post_due_ms", due_ms);
    return false;
}

static const char *find_post_channel(const struct call *call, cJSON **ret_channel)
{
    const char *name = call_text(call, "channel");
    cJSON *channel = slack_find_channel(call->slack, name);

    channel =
        channel ? channel : slack_find_channel_named(call->slack, name); /* names: only chat.postMessage takes them */
    if (channel && !slack_is_seen(channel))
        channel = NULL;
    if (!channel && slack_find_user(call->slack, name))
        channel = slack_direct(call->slack, name); /* and people */
    if (!channel)
        return "channel_not_found";
    *ret_channel = channel;
    return tree_true(channel, "is_archived") ? "is_archived" : NULL;
}

const char *chat_post_message(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = find_post_channel(call, &channel);

    error = error ? error : call_check_content(call);
    error = error ? error : call_check_thread(call, channel);
    if (!error && !call_has_content(call))
        error = "no_text";
    if (!error && is_too_fast(call, channel))
        error = "ratelimited";
    if (error)
        return error;
    cJSON *message = call_message(call, SLACK_BOT_USER);

    tree_copy(message, call->args, "thread_ts");
    if (tree_get(tree_get(call->args, "metadata"), "event_type"))
        tree_copy(message, call->args, "metadata");
    json_set_string(call->out, "channel", tree_text(channel, "id"));
    json_set_string(call->out, "ts", tree_text(message, "ts"));
    json_set(call->out, "message", slack_message_shown(message, true));
    if (call->request->pretend)
        cJSON_Delete(message);
    else
        slack_post(channel, message);
    call->applied = !call->request->pretend;
    return NULL;
}

static const char *find_own_message(const struct call *call, cJSON **ret_channel, cJSON **ret_message,
                                    const char *not_ours)
{
    const char *error = call_find_channel(call, ret_channel);

    if (error)
        return error;
    *ret_message = slack_find_message(*ret_channel, call_text(call, "ts"));
    if (!*ret_message)
        return "message_not_found";
    return tree_has_text(*ret_message, "user", SLACK_BOT_USER) ? NULL : not_ours;
}

const char *chat_update(struct call *call)
{
    cJSON *channel = NULL, *message = NULL;
    const char *error = find_own_message(call, &channel, &message, "cant_update_message");
    const char *text = call_text(call, "text");

    error = error ? error : call_check_content(call);
    if (!error && text && text_chars(text) > UPDATE_TEXT_MAX_CHARS)
        error = "msg_too_long";
    if (!error && !text && !tree_get(call->args, "blocks") && !tree_get(call->args, "attachments"))
        error = "no_text";
    if (error)
        return error;
    json_set_string(call->out, "channel", tree_text(channel, "id"));
    json_set_string(call->out, "ts", tree_text(message, "ts"));
    json_set_string(call->out, "text", text ? text : tree_text(message, "text"));
    if (!call->request->pretend)
        slack_edit(message, text, tree_get(call->args, "blocks"), tree_get(call->args, "metadata"),
                   call->request->now_ms);
    call->applied = !call->request->pretend;
    json_set(call->out, "message", slack_message_shown(message, true));
    return NULL;
}

const char *chat_delete(struct call *call)
{
    cJSON *channel = NULL, *message = NULL;
    const char *error = find_own_message(call, &channel, &message, "cant_delete_message");

    if (error)
        return error;
    json_set_string(call->out, "channel", tree_text(channel, "id"));
    json_set_string(call->out, "ts", tree_text(message, "ts"));
    if (!call->request->pretend)
        slack_message_remove(call->slack, tree_text(channel, "id"), tree_text(message, "ts"));
    call->applied = !call->request->pretend;
    return NULL;
}

/* Of a reply, Slack names its thread as well. */
const char *chat_get_permalink(struct call *call)
{
    const cJSON *channel = call_find_seen(call);
    const cJSON *message = slack_find_message(channel, call_text(call, "message_ts"));
    const char *id = tree_text_or(channel, "id", ""), *ts = tree_text_or(message, "ts", ""),
               *thread = tree_text(message, "thread_ts");
    struct str rest = str_of(ts), seconds = str_take_until(&rest, '.');

    if (!channel)
        return "channel_not_found";
    if (!message)
        return "message_not_found";
    if (text_is(thread, ts)) /* of what stands above it */
        thread = NULL;
    json_set_string(call->out, "channel", id);
    tree_set_textf(call->out, "permalink", "https://acme.slack.com/archives/%s/p" STR_FMT STR_FMT "%s%s%s%s", id,
                   STR_ARG(seconds), STR_ARG(rest), thread ? "?thread_ts=" : "", thread ? thread : "",
                   thread ? "&cid=" : "", thread ? id : "");
    return NULL;
}

const char *chat_post_ephemeral(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = call_find_channel(call, &channel);
    const char *user = call_text(call, "user");

    if (!error && !tree_true(channel, "is_member"))
        error = "not_in_channel";
    if (!error && (!slack_find_user(call->slack, user) || !slack_is_in(channel, user)))
        error = "user_not_in_channel";
    error = error ? error : call_check_content(call);
    error = error ? error : call_check_thread(call, channel);
    if (!error && !call_has_content(call))
        error = "no_text";
    if (error)
        return error;
    cJSON *message = call_message(call, SLACK_BOT_USER);

    tree_copy(message, call->args, "thread_ts");
    json_set_string(call->out, "message_ts", tree_text(message, "ts"));
    if (call->request->pretend)
        cJSON_Delete(message);
    else
        slack_whisper(call->slack, user, tree_text(channel, "id"), "chat.postEphemeral", message);
    call->applied = !call->request->pretend;
    return NULL;
}
