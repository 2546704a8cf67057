/* pins.add, bookmarks.add, bookmarks.list; files.getUploadURLExternal, files.completeUploadExternal, and where bytes
 * go. */
#include "slack/api.h"
#include "slack/call.h"

#include "random.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define PINS_MAX 100
#define BOOKMARKS_MAX 100
#define TITLE_MAX_CHARS 256
#define LINK_MAX_CHARS 2048
#define FILE_MAX_BYTES (1 << 20)
#define UPLOADS_KEPT 50           /* with all their bytes */
#define PREVIEW_BYTES (64 * 1024) /* Slack's is shorter; nobody can open the file here */

static const char *find_own_channel(const struct call *call, const char *id, cJSON **ret_channel)
{
    cJSON *channel = slack_find_channel(call->slack, id);

    if (!channel || !slack_is_seen(channel))
        return "channel_not_found";
    *ret_channel = channel;
    if (tree_true(channel, "is_archived"))
        return "is_archived";
    return tree_true(channel, "is_member") ? NULL : "not_in_channel";
}

static bool may_change(struct call *call)
{
    call->applied = !call->request->pretend;
    return call->applied;
}

/* ---- pins ---- */

const char *pins_add(struct call *call)
{
    cJSON *channel = NULL, *message = NULL;
    const char *error = find_own_channel(call, call_text(call, "channel"), &channel);
    int pinned = 0;

    if (error)
        return error;
    message = slack_find_message(channel, call_text(call, "timestamp"));
    if (!message)
        return "message_not_found";
    if (tree_get(message, "pinned_to"))
        return "already_pinned";
    if (tree_get(message, "subtype"))
        return "not_pinnable";
    JSON_EACH(other, tree_get(channel, "messages")) {
        pinned += tree_get(other, "pinned_to") != NULL;
    }
    if (pinned >= PINS_MAX)
        return "too_many_pins";
    if (may_change(call))
        json_add_string(json_set(message, "pinned_to", json_array()), tree_text(channel, "id"));
    return NULL;
}

/* ---- bookmarks ---- */

static const char *check_bookmark(const struct call *call, const cJSON *channel)
{
    const char *link = call_text(call, "link"), *emoji = call_text(call, "emoji");

    if (text_chars(call_text(call, "title")) > TITLE_MAX_CHARS)
        return "invalid_arguments";
    if (!text_is(call_text(call, "type"), "link"))
        return "invalid_bookmark_type";
    if (!link || (!text_starts(link, "http://") && !text_starts(link, "https://")) || strlen(link) > LINK_MAX_CHARS)
        return "invalid_link";
    if (emoji && (emoji[0] != ':' || strlen(emoji) < 3 || emoji[strlen(emoji) - 1] != ':'))
        return "invalid_emoji";
    return cJSON_GetArraySize(tree_get(channel, "bookmarks")) >= BOOKMARKS_MAX ? "too_many_bookmarks" : NULL;
}

const char *bookmarks_add(struct call *call)
{
    static const char *const members[] = { "channel_id", "title", "link", "emoji", "type" };
    cJSON *channel = NULL, *bookmark = NULL;
    const char *error = find_own_channel(call, call_text(call, "channel_id"), &channel);

    error = error ? error : check_bookmark(call, channel);
    if (error)
        return error;
    bookmark = json_set(call->out, "bookmark", json_object());
    tree_set_textf(bookmark, "id", "Bk%.10s", random_hex().text);
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(bookmark, call->args, members[i]);
    json_set_int(bookmark, "date_created", call->request->now_ms / SECOND_MS);
    if (may_change(call))
        json_add(tree_get(channel, "bookmarks"), json_copy(bookmark));
    return NULL;
}

const char *bookmarks_list(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = find_own_channel(call, call_text(call, "channel_id"), &channel);

    if (error)
        return error;
    json_set(call->out, "bookmarks", json_copy(tree_get(channel, "bookmarks")));
    return NULL;
}

/* ---- files ---- */

const char *files_get_upload_url(struct call *call)
{
    int64_t length = call_int(call, "length", -1);
    cJSON *file = NULL;

    if (length < 1)
        return "missing_argument";
    if (length > FILE_MAX_BYTES)
        return "file_upload_size_restricted";
    file = json_add(call->slack->uploads, json_object());
    tree_set_textf(file, "id", "F%.10s", random_hex().text);
    for (char *c = tree_get(file, "id")->valuestring; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    json_set_string(file, "token", random_hex().text);
    json_set_string(file, "name", call_text(call, "filename"));
    json_set_int(file, "size", length);
    tree_keep_last(call->slack->uploads, UPLOADS_KEPT);
    tree_set_textf(call->out, "upload_url", "%s/slack/upload/%s", call->slack->own_url, tree_text(file, "token"));
    json_set_string(call->out, "file_id", tree_text(file, "id"));
    call->applied = true;
    return NULL;
}

/* No token: the address is enough, once. */
void slack_serve_upload(struct slack *slack, const struct request *request, struct reply *reply)
{
    cJSON *file = tree_find(slack->uploads, "token", request->path + (*request->path == '/'));
    AUTO_FREE char *content = NULL;

    if (!request_is(request, "POST") || !file || tree_get(file, "content")) {
        reply_text(reply, 404, "text/plain; charset=utf-8", "no such upload\n");
        return;
    }
    if ((int64_t)request->body.len != tree_int(file, "size", 0)) {
        reply_text(reply, 400, "text/plain; charset=utf-8", "another length than was announced\n");
        return;
    }
    content = str_copy(request->body);
    if (!request->pretend)
        json_set_string(file, "content", content);
    reply->applied = !request->pretend;
    reply_text(reply, 200, "text/plain; charset=utf-8", "OK\n");
}

static cJSON *file_shown(const cJSON *file)
{
    const char *content = tree_text(file, "content");
    cJSON *shown = json_object();

    tree_copy(shown, file, "id");
    tree_copy(shown, file, "name");
    tree_copy(shown, file, "title");
    tree_copy(shown, file, "size");
    json_set_string(shown, "mode", "snippet");
    json_set_string(shown, "user", SLACK_BOT_USER);
    tree_set_textf(shown, "preview", "%.*s", PREVIEW_BYTES, content);
    return shown;
}

static void share(struct call *call, cJSON *channel, const cJSON *file)
{
    cJSON *message =
        slack_message_create(call->slack, SLACK_BOT_USER, call_text(call, "initial_comment"), call->request->now_ms);

    json_add(json_set(message, "files", json_array()), file_shown(file));
    tree_copy(message, call->args, "thread_ts");
    slack_post(channel, message);
}

const char *files_complete_upload(struct call *call)
{
    const cJSON *wanted = cJSON_GetArrayItem(tree_get(call->args, "files"), 0);
    cJSON *file = tree_find(call->slack->uploads, "id", tree_text(wanted, "id")), *channel = NULL;
    const char *id = call_text(call, "channel_id"), *error = id ? find_own_channel(call, id, &channel) : NULL;

    if (error)
        return error;
    if (!file || !tree_get(file, "content"))
        return "file_not_found";
    error = channel ? call_check_thread(call, channel) : NULL;
    if (error)
        return error;
    if (may_change(call)) {
        tree_copy(file, wanted, "title");
        if (channel)
            share(call, channel, file);
    }
    json_add(json_set(call->out, "files", json_array()), json_copy(wanted));
    return NULL;
}
