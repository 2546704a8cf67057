/* conversations.history, .replies, .info, .list; users.conversations. */
#include "slack/call.h"

#include "bot/base/digest.h"

#include <string.h>

#define HISTORY_LIMIT 999

static bool ts_is_valid(const char *ts)
{
    return !ts || (strspn(ts, "0123456789.") == strlen(ts) && *ts);
}

/* Equal widths before the dot make text order time order, until the year 2286. */
static bool ts_is_within(const struct call *call, const char *ts)
{
    const char *oldest = call_text(call, "oldest"), *latest = call_text(call, "latest");
    bool inclusive = call_flag(call, "inclusive");

    if (oldest && strtod(ts, NULL) <= strtod(oldest, NULL) && !(inclusive && strcmp(ts, oldest) == 0))
        return false;
    return !latest || strtod(ts, NULL) < strtod(latest, NULL) || (inclusive && strcmp(ts, latest) == 0);
}

static void add_cursor(struct call *call, const char *next_ts)
{
    AUTO_BUF struct buf plain = BUF(64), cursor = BUF(128);
    cJSON *metadata = json_set(call->out, "response_metadata", json_object());

    buf_addf(&plain, "next_ts:%s", next_ts);
    base64_add(&cursor, buf_str(&plain));
    json_set_string(metadata, "next_cursor", buf_text(&cursor));
}

/* A cursor is the base64 of "next_ts:<ts>" of the first message of the next page. */
static bool is_at_cursor(const char *cursor, const char *ts)
{
    AUTO_BUF struct buf plain = BUF(64), encoded = BUF(128);

    buf_addf(&plain, "next_ts:%s", ts);
    base64_add(&encoded, buf_str(&plain));
    return text_is(cursor, buf_text(&encoded));
}

/* The page of messages `wanted` (newest or oldest first) that the arguments ask for. */
static const char *add_page(struct call *call, const cJSON *wanted, int64_t limit)
{
    const char *cursor = call_text(call, "cursor");
    bool started = !cursor || !*cursor;
    cJSON *page = json_set(call->out, "messages", json_array());
    bool more = false;

    JSON_EACH(message, wanted) {
        const char *ts = tree_text(message, "ts");

        started = started || is_at_cursor(cursor, ts);
        if (!started)
            continue;
        if (cJSON_GetArraySize(page) >= limit) {
            more = true;
            add_cursor(call, ts);
            break;
        }
        json_add(page, slack_message_shown(message, call_flag(call, "include_all_metadata")));
    }
    json_set_bool(call->out, "has_more", more);
    return started || !wanted->child ? NULL : "invalid_cursor";
}

static const char *check_reading(const struct call *call, cJSON **ret_channel)
{
    cJSON *channel = call_find_seen(call);

    if (!channel)
        return "channel_not_found";
    if (!tree_true(channel, "is_member"))
        return "not_in_channel";
    if (!ts_is_valid(call_text(call, "oldest")))
        return "invalid_ts_oldest";
    if (!ts_is_valid(call_text(call, "latest")))
        return "invalid_ts_latest";
    *ret_channel = channel;
    return NULL;
}

static int64_t page_limit(const struct call *call, int64_t max)
{
    int64_t limit = call_int(call, "limit", 100);

    return limit < 1 ? 100 : limit > max ? max : limit;
}

const char *conversations_history(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = check_reading(call, &channel);
    AUTO_JSON cJSON *wanted = json_array();

    if (error)
        return error;
    JSON_EACH(message, tree_get(channel, "messages")) {
        const char *thread = tree_text(message, "thread_ts");

        if ((!thread || tree_has_text(message, "ts", thread)) && ts_is_within(call, tree_text(message, "ts")))
            cJSON_InsertItemInArray(wanted, 0, json_copy(message)); /* newest first */
    }
    return add_page(call, wanted, page_limit(call, HISTORY_LIMIT));
}

const char *conversations_replies(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = check_reading(call, &channel);
    const char *parent = call_text(call, "ts");
    AUTO_JSON cJSON *wanted = json_array();

    if (error)
        return error;
    if (!slack_find_message(channel, parent))
        return "thread_not_found";
    JSON_EACH(message, tree_get(channel, "messages")) {
        bool is_parent = tree_has_text(message, "ts", parent);

        if (is_parent || (tree_has_text(message, "thread_ts", parent) && ts_is_within(call, tree_text(message, "ts"))))
            json_add(wanted, json_copy(message));
    }
    return add_page(call, wanted, page_limit(call, HISTORY_LIMIT + 1));
}

cJSON *slack_channel_shown(const cJSON *channel)
{
    static const char *const kept[] = { "messages", "next_post_due_ms", "members", "bookmarks", "absent" };
    cJSON *shown = json_copy(channel);

    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(shown, kept[i]);
    return shown;
}

const char *conversations_info(struct call *call)
{
    const cJSON *channel = call_find_seen(call);

    if (!channel)
        return "channel_not_found";
    json_set(call->out, "channel", slack_channel_shown(channel));
    return NULL;
}

/* Each type wants a scope of its own. */
static const char *check_types(struct call *call, const char *types, bool *ret_has_public, bool *ret_has_private)
{
    static const struct {
        const char *type, *scope;
    } known[] = { { "public_channel", "channels:read" },
                  { "private_channel", "groups:read" },
                  { "mpim", "mpim:read" },
                  { "im", "im:read" } };
    struct str rest = str_of(types ? types : "public_channel");

    *ret_has_public = *ret_has_private = false;
    while (!str_is_empty(rest)) {
        struct str type = str_trim(str_take_until(&rest, ','));
        size_t i = 0;

        while (i < ARRAY_LEN(known) && !str_is(type, known[i].type))
            i++;
        if (i == ARRAY_LEN(known))
            return "invalid_types";
        if (call_check_scope(call, known[i].scope))
            return "missing_scope";
        *ret_has_public = *ret_has_public || i == 0;
        *ret_has_private = *ret_has_private || i == 1;
    }
    return NULL;
}

static const char *list(struct call *call, bool of_bot)
{
    cJSON *page = json_set(call->out, "channels", json_array());
    cJSON *metadata = json_set(call->out, "response_metadata", json_object());
    int64_t limit = page_limit(call, 999), skip = 0, index = 0;
    const char *cursor = call_text(call, "cursor");
    struct error err;
    bool has_public = false, has_private = false;
    const char *error = check_types(call, call_text(call, "types"), &has_public, &has_private);

    if (error)
        return error;
    if (cursor && *cursor && (!text_starts(cursor, "page:") || !parse_int(str_of(cursor + 5), 1, 9999, &skip, &err)))
        return "invalid_cursor";
    json_set_string(metadata, "next_cursor", "");
    JSON_EACH(channel, call->slack->channels) {
        if (tree_true(channel, "is_im") || (tree_true(channel, "is_archived") && call_flag(call, "exclude_archived")) ||
            !slack_is_seen(channel) || (of_bot && !tree_true(channel, "is_member")) ||
            !(tree_true(channel, "is_private") ? has_private : has_public))
            continue;
        if (index++ < skip)
            continue;
        if (cJSON_GetArraySize(page) >= limit) {
            tree_set_textf(metadata, "next_cursor", "page:%lld", (long long)(index - 1));
            break;
        }
        json_add(page, slack_channel_shown(channel));
    }
    return NULL;
}

const char *conversations_list(struct call *call)
{
    return list(call, false);
}

/* Those that the bot is in; who is in them, and that it is, Slack does not tell here. */
const char *users_conversations(struct call *call)
{
    const char *error = list(call, true);

    JSON_EACH(channel, error ? NULL : tree_get(call->out, "channels")) {
        cJSON *shown = (cJSON *)(uintptr_t)channel;

        cJSON_DeleteItemFromObjectCaseSensitive(shown, "num_members");
        cJSON_DeleteItemFromObjectCaseSensitive(shown, "is_member");
    }
    return error;
}
