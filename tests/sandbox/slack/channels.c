/* conversations.create, .rename, .archive, .unarchive, .setTopic, .setPurpose, .invite, .members; users.conversations.
 */
#include "slack/call.h"

#include "random.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_CHARS 80
#define TOPIC_MAX_CHARS 250
#define INVITED_MAX 100
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-_"

/* True: the change is to be made; a planted lie answers as if. */
static bool may_change(struct call *call)
{
    call->applied = !call->request->pretend;
    return call->applied;
}

/* What Slack itself writes into a channel: "Ann set the channel topic: ...". */
static void tell(struct call *call, cJSON *channel, const char *subtype, const char *user, const char *text)
{
    cJSON *message = slack_message_create(call->slack, user, text, call->request->now_ms);

    cJSON_DeleteItemFromObjectCaseSensitive(message, "bot_id");
    cJSON_DeleteItemFromObjectCaseSensitive(message, "app_id");
    cJSON_DeleteItemFromObjectCaseSensitive(message, "bot_profile");
    json_set_string(message, "subtype", subtype);
    slack_post(channel, message);
}

/* The bot has to be in it, and it must not be archived. */
static const char *find_own_channel(const struct call *call, cJSON **ret_channel)
{
    const char *error = call_find_channel(call, ret_channel);

    if (error)
        return error;
    return tree_true(*ret_channel, "is_member") ? NULL : "not_in_channel";
}

static void answer_channel(struct call *call, const cJSON *channel)
{
    json_set(call->out, "channel", slack_channel_shown(channel));
}

/* ---- names ---- */

static const char *check_name(const struct call *call, const char *name)
{
    if (!*name)
        return "invalid_name_required";
    if (strlen(name) > NAME_MAX_CHARS)
        return "invalid_name_maxlength";
    if (strspn(name, NAME_CHARS) != strlen(name))
        return "invalid_name_specials";
    if (strspn(name, "-_") == strlen(name))
        return "invalid_name_punctuation";
    return slack_find_channel_named(call->slack, name) ? "name_taken" : NULL; /* archived and private ones, too */
}

const char *conversations_create(struct call *call)
{
    const char *name = call_text(call, "name"), *error = check_name(call, name);
    struct random_hex hex = random_hex();
    char id[12] = "C0";
    cJSON *channel = NULL;

    if (error)
        return error;
    for (size_t i = 0; i < 8; i++)
        id[2 + i] = (char)(hex.text[i] >= 'a' ? hex.text[i] - 'a' + 'A' : hex.text[i]);
    channel = slack_add_channel(call->slack, id, name);
    json_set_int(channel, "created", call->request->now_ms / SECOND_MS + call->slack->clock_ahead_s);
    json_set_string(channel, "creator", SLACK_BOT_USER);
    json_set_bool(channel, "is_private", call_flag(call, "is_private"));
    json_set(channel, "members", json_array());
    slack_join(channel, SLACK_BOT_USER);
    answer_channel(call, channel);
    if (may_change(call))
        tell(call, channel, "channel_join", SLACK_BOT_USER, "<@" SLACK_BOT_USER "> has joined the channel");
    else
        cJSON_Delete(cJSON_DetachItemViaPointer(call->slack->channels, channel));
    return NULL;
}

const char *conversations_rename(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = find_own_channel(call, &channel), *name = call_text(call, "name");

    if (!error && !tree_has_text(channel, "creator", SLACK_BOT_USER))
        error = "not_authorized";
    error = error ? error : check_name(call, name);
    if (error)
        return error;
    if (may_change(call)) {
        AUTO_FREE char *text = text_format("<@" SLACK_BOT_USER "> has renamed the channel from \"%s\" to \"%s\"",
                                           tree_text(channel, "name"), name);

        json_add_string(tree_get(channel, "previous_names"), tree_text(channel, "name"));
        json_set_string(channel, "name", name);
        tell(call, channel, "channel_name", SLACK_BOT_USER, text);
    }
    answer_channel(call, channel);
    return NULL;
}

/* ---- archived, and back ---- */

const char *conversations_archive(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = call_find_channel(call, &channel);

    if (text_is(error, "is_archived"))
        return "already_archived";
    if (error)
        return error;
    if (!tree_true(channel, "is_member"))
        return "not_in_channel";
    if (tree_true(channel, "is_general"))
        return "cant_archive_general";
    if (may_change(call)) {
        tell(call, channel, "channel_archive", SLACK_BOT_USER, "<@" SLACK_BOT_USER "> archived the channel");
        json_set_bool(channel, "is_archived", true);
        slack_leave(channel, SLACK_BOT_USER); /* as no person does */
    }
    return NULL;
}

/* A bot is in no archived channel, and so can unarchive none: Slack calls that a bug, and has left it so. */
const char *conversations_unarchive(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = call_find_channel(call, &channel);

    if (!error)
        return "not_archived";
    if (!text_is(error, "is_archived"))
        return error;
    if (!tree_true(channel, "is_member"))
        return "not_in_channel";
    if (may_change(call))
        json_set_bool(channel, "is_archived", false);
    return NULL;
}

/* ---- topic and purpose ---- */

static const char *describe(struct call *call, const char *member, const char *subtype)
{
    cJSON *channel = NULL, *object = NULL;
    const char *error = find_own_channel(call, &channel), *value = call_text(call, member);

    if (!error && text_chars(value) > TOPIC_MAX_CHARS)
        error = "too_long";
    if (error)
        return error;
    if (may_change(call)) {
        AUTO_FREE char *text = text_format("<@" SLACK_BOT_USER "> set the channel %s: %s", member, value);

        object = json_set(channel, member, json_object());
        json_set_string(object, "value", value);
        json_set_string(object, "creator", SLACK_BOT_USER);
        json_set_int(object, "last_set", call->request->now_ms / SECOND_MS);
        tell(call, channel, subtype, SLACK_BOT_USER, text);
    }
    answer_channel(call, channel);
    return NULL;
}

const char *conversations_set_topic(struct call *call)
{
    return describe(call, "topic", "channel_topic");
}

const char *conversations_set_purpose(struct call *call)
{
    return describe(call, "purpose", "channel_purpose");
}

/* ---- people ---- */

static const char *check_guest(const struct call *call, const cJSON *channel, const char *id)
{
    const cJSON *user = slack_find_user(call->slack, id);

    if (!user)
        return "user_not_found";
    if (text_is(id, SLACK_BOT_USER))
        return "cant_invite_self";
    if (slack_is_in(channel, id))
        return "already_in_channel";
    if (tree_true(user, "deleted"))
        return "cant_invite";
    if (tree_true(user, "is_ultra_restricted"))
        return "ura_max_channels";
    return tree_true(user, "is_restricted") ? "user_is_restricted" : NULL;
}

/* Who may come, in an array that is the caller's; those who may not, in call->errors. */
static cJSON *sort_guests(struct call *call, const cJSON *channel, const char **ret_error)
{
    struct str rest = str_of(call_text(call, "users"));
    cJSON *good = json_array(), *bad = call->errors = json_array();

    *ret_error = NULL;
    while (rest.len > 0) {
        AUTO_FREE char *id = str_copy(str_trim(str_take_until(&rest, ',')));
        const char *error = check_guest(call, channel, id);
        cJSON *item = NULL;

        if (!error) {
            json_add_string(good, id);
            continue;
        }
        *ret_error = *ret_error ? *ret_error : error;
        item = json_add(bad, json_object());
        json_set_string(item, "user", id);
        json_set_bool(item, "ok", false);
        json_set_string(item, "error", error);
    }
    return good;
}

/* With `force` those who cannot come are passed over, unless that is all of them; without, nobody comes. */
const char *conversations_invite(struct call *call)
{
    cJSON *channel = NULL;
    const char *error = find_own_channel(call, &channel), *bad = NULL;
    AUTO_JSON cJSON *good = NULL;

    if (error)
        return error;
    good = sort_guests(call, channel, &bad);
    if (cJSON_GetArraySize(good) + cJSON_GetArraySize(call->errors) > INVITED_MAX)
        return "invalid_arguments";
    if (cJSON_GetArraySize(good) == 0)
        return bad ? bad : "no_user";
    if (bad && !call_flag(call, "force"))
        return bad;
    JSON_EACH(id, may_change(call) ? good : NULL) {
        AUTO_FREE char *text = text_format("<@%s> has joined the channel", id->valuestring);

        slack_join(channel, id->valuestring);
        tell(call, channel, "channel_join", id->valuestring, text);
    }
    answer_channel(call, channel);
    return NULL;
}

const char *conversations_members(struct call *call)
{
    cJSON *members = NULL, *metadata = json_set(call->out, "response_metadata", json_object());
    const cJSON *channel = call_find_seen(call);
    int64_t limit = call_int(call, "limit", 100), skip = 0, index = 0;
    const char *cursor = call_text(call, "cursor");
    struct error err;

    if (!channel)
        return "channel_not_found";
    if (cursor && *cursor && (!text_starts(cursor, "user:") || !parse_int(str_of(cursor + 5), 1, 99999, &skip, &err)))
        return "invalid_cursor";
    if (limit < 1 || limit > 1000)
        return "invalid_limit";
    members = json_set(call->out, "members", json_array());
    json_set_string(metadata, "next_cursor", "");
    JSON_EACH(id, tree_get(channel, "members")) {
        if (index++ < skip)
            continue;
        if (cJSON_GetArraySize(members) >= limit) {
            tree_set_textf(metadata, "next_cursor", "user:%lld", (long long)(index - 1));
            break;
        }
        json_add(members, json_copy(id));
    }
    return NULL;
}
