#include "slack/call.h"

#include "slack/blocks.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES 40000     /* postMessage cuts there */
#define METADATA_MAX_BYTES 10000 /* not documented; far more than anyone should send */

const char *call_text(const struct call *call, const char *name)
{
    return tree_text(call->args, name);
}

bool call_flag(const struct call *call, const char *name)
{
    const char *text = call_text(call, name);

    return tree_true(call->args, name) || text_is(text, "true") || text_is(text, "1");
}

int64_t call_int(const struct call *call, const char *name, int64_t otherwise)
{
    const char *text = call_text(call, name);
    int64_t value = 0;
    struct error err;

    if (!text)
        return tree_int(call->args, name, otherwise);
    return parse_int(str_of(text), 0, INT32_MAX, &value, &err) ? value : -1;
}

/* In a form, nested arguments are JSON text: put the tree in its place. False when that text is no JSON. */
static bool call_unfold(const struct call *call, const char *name)
{
    const char *text = call_text(call, name);
    cJSON *tree = NULL;
    struct error err;

    if (!text)
        return true;
    if (!json_parse(str_of(text), &tree, &err))
        return false;
    json_set(call->args, name, tree);
    return true;
}

const char *call_check_blocks(struct call *call)
{
    const cJSON *blocks = NULL;
    struct error err;

    if (!call_unfold(call, "blocks"))
        return "invalid_blocks_format";
    blocks = tree_get(call->args, "blocks");
    if (!blocks || slack_blocks_check(blocks, &err))
        return NULL;
    (void)snprintf(call->detail, sizeof call->detail, "[ERROR] %s", err.message);
    return "invalid_blocks";
}

static const char *check_metadata(struct call *call)
{
    const cJSON *metadata = NULL;

    if (!call_unfold(call, "metadata"))
        return "invalid_metadata_format";
    metadata = tree_get(call->args, "metadata");
    if (!metadata || (cJSON_IsObject(metadata) && !metadata->child))
        return NULL;
    if (!tree_text(metadata, "event_type") || !cJSON_IsObject(tree_get(metadata, "event_payload")))
        return "invalid_metadata_format";
    AUTO_FREE char *text = json_print(metadata);
    return strlen(text) > METADATA_MAX_BYTES ? "metadata_too_large" : NULL;
}

bool call_has_content(const struct call *call)
{
    const char *text = call_text(call, "text");

    return (text && *text) || cJSON_GetArraySize(tree_get(call->args, "blocks")) > 0 ||
           cJSON_GetArraySize(tree_get(call->args, "attachments")) > 0;
}

const char *call_check_content(struct call *call)
{
    const char *error = call_check_blocks(call);

    error = error ? error : check_metadata(call);
    if (!error && !call_unfold(call, "attachments"))
        error = "invalid_attachments";
    return error;
}

const char *call_find_channel(const struct call *call, cJSON **ret_channel)
{
    cJSON *channel = call_find_seen(call);

    if (!channel)
        return "channel_not_found";
    *ret_channel = channel;
    return tree_true(channel, "is_archived") ? "is_archived" : NULL;
}

cJSON *call_find_seen(const struct call *call)
{
    cJSON *channel = slack_find_channel(call->slack, call_text(call, "channel"));

    return channel && slack_is_seen(channel) ? channel : NULL;
}

const char *call_check_thread(const struct call *call, const cJSON *channel)
{
    const char *thread = call_text(call, "thread_ts");
    const cJSON *parent = thread ? slack_find_message(channel, thread) : NULL;

    if (!thread)
        return NULL;
    if (!parent)
        return "thread_not_found";
    return tree_get(parent, "thread_ts") && !tree_has_text(parent, "thread_ts", thread) ? "cannot_reply_to_message"
                                                                                        : NULL;
}

cJSON *call_message(const struct call *call, const char *user)
{
    cJSON *message = slack_message_create(call->slack, user, call_text(call, "text"), call->request->now_ms);
    const char *text = tree_text(message, "text");

    if (strlen(text) > TEXT_MAX_BYTES) {
        int cut = TEXT_MAX_BYTES;

        while (((unsigned char)text[cut] & 0xC0) == 0x80) /* never inside a character */
            cut--;
        tree_set_textf(message, "text", "%.*s", cut, text);
    }
    if (cJSON_GetArraySize(tree_get(call->args, "blocks")) > 0)
        json_set(message, "blocks", slack_blocks_kept(tree_get(call->args, "blocks")));
    tree_copy(message, call->args, "attachments");
    return message;
}

/* What Slack shows of a message: all of it but what only the sandbox keeps. */
cJSON *slack_message_shown(const cJSON *message, bool all_metadata)
{
    cJSON *shown = json_copy(message);
    cJSON *metadata = tree_get(shown, "metadata");

    cJSON_DeleteItemFromObjectCaseSensitive(shown, "edits");
    if (metadata && !all_metadata)
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, "event_payload");
    return shown;
}

const char *call_check_scope(struct call *call, const char *scope)
{
    struct str rest = str_of(call->slack->scopes);

    while (!str_is_empty(rest)) {
        if (str_is(str_take_until(&rest, ','), scope))
            return NULL;
    }
    call->needed = scope;
    return "missing_scope";
}
