#include "slack/workspace.h"

#include "random.h"
#include "slack/blocks.h"
#include "slack/groups.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define KEPT_MAX 20000 /* messages of a channel, whispers, deliveries */

static const struct {
    const char *id, *name, *real_name, *title;
    bool guest;
} people[] = {
    { "U012AB3CD", "ann", "Ann Fisher", "release manager", false },
    { "U0456EFGH", "bob", "Bob Tanaka", "developer", false },
    { "U0789GUEST", "eve", "Eve Laurent", "guest", true },
};

static const struct {
    const char *id, *name, *topic;
} rooms[] = {
    { "C0GENERAL", "general", "Company-wide announcements" },
    { "C0DEPLOYS", "deployments", "What ships, when, and who asked for it" },
    { "C0INCIDENTS", "incidents", "Declared incidents and their rooms" },
    { "C0ALERTS", "alerts", "What the monitors say" },
    { "C0ONCALL", "oncall-alerts", "For whoever carries the pager" },
};

static cJSON *user_create(const char *id, const char *name, const char *real_name, const char *title, bool guest)
{
    cJSON *user = json_object();
    cJSON *profile = json_object();

    json_set_string(user, "id", id);
    json_set_string(user, "team_id", SLACK_TEAM);
    json_set_string(user, "name", name);
    json_set_string(user, "real_name", real_name);
    json_set_bool(user, "deleted", false);
    json_set_bool(user, "is_bot", text_is(id, SLACK_BOT_USER));
    json_set_bool(user, "is_restricted", guest);
    json_set_bool(user, "is_ultra_restricted", false);
    json_set_string(user, "tz", "Europe/Berlin");
    json_set_int(user, "tz_offset", 3600);
    json_set_string(profile, "display_name", name);
    json_set_string(profile, "real_name", real_name);
    json_set_string(profile, "title", title);
    tree_set_textf(profile, "email", "%s@acme.example", name);
    json_set_bool(user, "is_email_confirmed", true);
    json_set(user, "profile", profile);
    return user;
}

/* Everybody is in it who is there from the start, and the bot. */
static cJSON *channel_create(const char *id, const char *name, const char *topic)
{
    cJSON *channel = json_object();
    cJSON *topic_object = json_object();
    cJSON *members = json_array();

    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        json_add_string(members, people[i].id);
    json_add_string(members, SLACK_BOT_USER);

    json_set_string(channel, "id", id);
    json_set_string(channel, "name", name);
    json_set_bool(channel, "is_channel", true);
    json_set_bool(channel, "is_private", false);
    json_set_bool(channel, "is_archived", false);
    json_set_bool(channel, "is_member", true);
    json_set_bool(channel, "is_general", text_is(name, "general"));
    json_set_bool(channel, "is_ext_shared", false);
    json_set_string(channel, "creator", people[0].id);
    json_set_string(topic_object, "value", topic);
    json_set(channel, "topic", topic_object);
    json_set(channel, "purpose", json_copy(topic_object));
    json_set_int(channel, "created", 1700000000);
    json_set_int(channel, "num_members", (int64_t)ARRAY_LEN(people) + 1);
    json_set(channel, "members", members);
    json_set(channel, "previous_names", json_array());
    json_set(channel, "bookmarks", json_array());
    json_set(channel, "messages", json_array());
    return channel;
}

static void add_engineering(struct slack *slack)
{
    cJSON *users = tree_get(slack_add_group(slack, "S0ENG", "eng", "Engineering"), "users");

    json_add_string(users, people[0].id);
    json_add_string(users, people[1].id);
}

struct slack *slack_create(const char *bot_token, const char *app_token, const char *own_url)
{
    struct slack *slack = xcalloc(1, sizeof *slack);

    slack->bot_token = xstrdup(bot_token);
    slack->app_token = xstrdup(app_token);
    slack->own_url = xstrdup(own_url);
    slack->scopes = xstrdup(SLACK_SCOPES);
    slack->users = json_array();
    slack->groups = json_array();
    slack->channels = json_array();
    slack->ephemerals = json_array();
    slack->uploads = json_array();
    slack->deliveries = json_array();
    slack->response_urls = json_array();
    slack->triggers = json_array();
    slack->views = json_array();
    slack->homes = json_array();
    slack_limits_init(&slack->limits);
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        json_add(slack->users,
                 user_create(people[i].id, people[i].name, people[i].real_name, people[i].title, people[i].guest));
    json_add(slack->users, user_create(SLACK_BOT_USER, "opsgate", "opsgate", "app", false));
    add_engineering(slack);
    for (size_t i = 0; i < ARRAY_LEN(rooms); i++)
        json_add(slack->channels, channel_create(rooms[i].id, rooms[i].name, rooms[i].topic));
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        slack_direct(slack, people[i].id);
    return slack;
}

void slack_destroy(struct slack *slack)
{
    if (!slack)
        return;
    free(slack->bot_token);
    free(slack->app_token);
    free(slack->own_url);
    free(slack->scopes);
    cJSON_Delete(slack->users);
    cJSON_Delete(slack->groups);
    cJSON_Delete(slack->channels);
    cJSON_Delete(slack->ephemerals);
    cJSON_Delete(slack->uploads);
    cJSON_Delete(slack->deliveries);
    cJSON_Delete(slack->response_urls);
    cJSON_Delete(slack->triggers);
    cJSON_Delete(slack->views);
    cJSON_Delete(slack->homes);
    slack_limits_finish(&slack->limits);
    free(slack);
}

cJSON *slack_add_channel(struct slack *slack, const char *id, const char *name)
{
    return json_add(slack->channels, channel_create(id, name, ""));
}

cJSON *slack_add_user(struct slack *slack, const char *id, const char *name)
{
    cJSON *user = json_add(slack->users, user_create(id, name, name, "", false));

    slack_direct(slack, id);
    return user;
}

cJSON *slack_find_channel(const struct slack *slack, const char *id)
{
    return tree_find(slack->channels, "id", id);
}

cJSON *slack_find_channel_named(const struct slack *slack, const char *name)
{
    return name ? tree_find(slack->channels, "name", name + (*name == '#')) : NULL;
}

static int find_in(const cJSON *list, const char *text)
{
    int at = 0;

    JSON_EACH(item, list) {
        if (text_is(cJSON_GetStringValue(item), text))
            return at;
        at++;
    }
    return -1;
}

bool slack_is_in(const cJSON *channel, const char *user)
{
    return find_in(tree_get(channel, "members"), user) >= 0 && find_in(tree_get(channel, "absent"), user) < 0;
}

static void count_members(cJSON *channel)
{
    json_set_bool(channel, "is_member", slack_is_in(channel, SLACK_BOT_USER));
    json_set_int(channel, "num_members", cJSON_GetArraySize(tree_get(channel, "members")));
}

void slack_join(cJSON *channel, const char *user)
{
    if (!slack_is_in(channel, user))
        json_add_string(tree_get(channel, "members"), user);
    count_members(channel);
}

void slack_leave(cJSON *channel, const char *user)
{
    int at = find_in(tree_get(channel, "members"), user);

    if (at >= 0)
        cJSON_DeleteItemFromArray(tree_get(channel, "members"), at);
    count_members(channel);
}

bool slack_is_seen(const cJSON *channel)
{
    return !tree_true(channel, "is_private") || tree_true(channel, "is_member");
}

cJSON *slack_find_user(const struct slack *slack, const char *id)
{
    return tree_find(slack->users, "id", id);
}

cJSON *slack_direct(struct slack *slack, const char *user)
{
    AUTO_FREE char *id = text_format("D%s", user + 1);
    cJSON *channel = slack_find_channel(slack, id);

    if (channel)
        return channel;
    channel = slack_add_channel(slack, id, id);
    json_set_bool(channel, "is_channel", false);
    json_set_bool(channel, "is_im", true);
    json_set_string(channel, "user", user);
    return channel;
}

cJSON *slack_find_message(const cJSON *channel, const char *ts)
{
    return tree_find(tree_get(channel, "messages"), "ts", ts);
}

cJSON *slack_find_whisper(const struct slack *slack, const char *channel, const char *ts)
{
    cJSON *whisper = tree_find(slack->ephemerals, "ts", ts);

    return tree_has_text(whisper, "channel", channel) ? whisper : NULL;
}

struct slack_ts slack_next_ts(struct slack *slack, int64_t now_ms)
{
    struct slack_ts ts;
    int64_t now_us = now_ms * 1000;

    slack->last_ts_us = now_us > slack->last_ts_us ? now_us : slack->last_ts_us + 1;
    (void)snprintf(ts.text, sizeof ts.text, "%lld.%06lld", (long long)(slack->last_ts_us / 1000000),
                   (long long)(slack->last_ts_us % 1000000));
    return ts;
}

cJSON *slack_message_create(struct slack *slack, const char *user, const char *text, int64_t now_ms)
{
    cJSON *message = json_object();

    json_set_string(message, "type", "message");
    json_set_string(message, "user", user);
    if (text_is(user, SLACK_BOT_USER)) {
        cJSON *profile = json_set(message, "bot_profile", json_object());

        json_set_string(message, "bot_id", SLACK_BOT);
        json_set_string(message, "app_id", SLACK_APP);
        json_set_string(profile, "id", SLACK_BOT);
        json_set_string(profile, "app_id", SLACK_APP);
        json_set_string(profile, "name", "opsgate");
        json_set_string(profile, "team_id", SLACK_TEAM);
    }
    json_set_string(message, "team", SLACK_TEAM);
    json_set_string(message, "ts", slack_next_ts(slack, now_ms).text);
    json_set_string(message, "text", text ? text : "");
    return message;
}

/* A thread is as long as its replies, and begins where the first one was. */
static void count_replies(const cJSON *channel, const char *thread_ts)
{
    cJSON *parent = slack_find_message(channel, thread_ts);
    const char *latest = NULL;
    int64_t count = 0;

    JSON_EACH(message, tree_get(channel, "messages")) {
        if (message == parent || !tree_has_text(message, "thread_ts", thread_ts))
            continue;
        latest = tree_text(message, "ts");
        count++;
    }
    if (!parent)
        return;
    json_set_string(parent, "thread_ts", thread_ts);
    json_set_int(parent, "reply_count", count);
    if (latest)
        json_set_string(parent, "latest_reply", latest);
    else
        cJSON_DeleteItemFromObjectCaseSensitive(parent, "latest_reply");
}

void slack_post(cJSON *channel, cJSON *message)
{
    json_set(message, "edits", json_array());
    json_add(tree_get(channel, "messages"), message);
    if (tree_text(message, "thread_ts"))
        count_replies(channel, tree_text(message, "thread_ts"));
    tree_keep_last(tree_get(channel, "messages"), KEPT_MAX);
}

void slack_message_remove(struct slack *slack, const char *channel, const char *ts)
{
    const cJSON *room = slack_find_channel(slack, channel);
    cJSON *message = slack_find_message(room, ts);
    AUTO_JSON cJSON *gone = message ? cJSON_DetachItemViaPointer(tree_get(room, "messages"), message) : NULL;

    if (tree_text(gone, "thread_ts"))
        count_replies(room, tree_text(gone, "thread_ts"));
    if (!gone)
        gone = cJSON_DetachItemViaPointer(slack->ephemerals, slack_find_whisper(slack, channel, ts));
}

/* What stood there before goes to `edits`. NULL keeps that part, except that new text without blocks removes blocks. */
void slack_edit(cJSON *message, const char *text, const cJSON *blocks, const cJSON *metadata, int64_t now_ms)
{
    cJSON *before = json_object();

    json_set_int(before, "until_ms", now_ms);
    tree_copy(before, message, "text");
    tree_copy(before, message, "blocks");
    json_add(tree_get(message, "edits"), before);
    if (text)
        json_set(message, "text", cJSON_CreateString(text));
    if (blocks && cJSON_GetArraySize(blocks) > 0)
        json_set(message, "blocks", slack_blocks_kept(blocks));
    else if (text || blocks)
        cJSON_DeleteItemFromObjectCaseSensitive(message, "blocks");
    if (metadata && metadata->child)
        json_set(message, "metadata", json_copy(metadata));
    else if (metadata)
        cJSON_DeleteItemFromObjectCaseSensitive(message, "metadata");
}

void slack_whisper(struct slack *slack, const char *user, const char *channel, const char *source, cJSON *message)
{
    cJSON *whisper = json_object();

    json_set_string(whisper, "for", user);
    json_set_string(whisper, "channel", channel);
    json_set_string(whisper, "source", source);
    JSON_EACH(field, message) {
        json_set(whisper, field->string, json_copy(field));
    }
    json_set(whisper, "edits", json_array());
    cJSON_Delete(message);
    json_add(slack->ephemerals, whisper);
    tree_keep_last(slack->ephemerals, KEPT_MAX);
}

char *slack_response_url_create(struct slack *slack, const char *user, const char *channel, const char *source_ts,
                                int64_t now_ms)
{
    cJSON *entry = json_object();
    struct random_hex token = random_hex();

    json_set_string(entry, "token", token.text);
    json_set_string(entry, "user", user);
    json_set_string(entry, "channel", channel);
    json_set_string(entry, "source_ts", source_ts);
    json_set_int(entry, "uses", 0);
    json_set_int(entry, "expires_at_ms", now_ms + SLACK_RESPONSE_LIFE_MS);
    json_add(slack->response_urls, entry);
    tree_keep_last(slack->response_urls, KEPT_MAX);
    return text_format("%s/slack/response/%s", slack->own_url, token.text);
}

static cJSON *channel_state(const cJSON *channel, int messages_max)
{
    cJSON *state = json_object();
    const cJSON *messages = tree_get(channel, "messages");
    int skip = cJSON_GetArraySize(messages) - messages_max;
    cJSON *shown = NULL;

    JSON_EACH(field, channel) {
        if (field != messages)
            json_set(state, field->string, json_copy(field));
    }
    shown = json_set(state, "messages", json_array());
    JSON_EACH(message, messages) {
        if (skip-- > 0)
            continue;
        cJSON *copy = json_add(shown, json_copy(message));

        json_set_int(copy, "edit_count", cJSON_GetArraySize(tree_get(copy, "edits")));
    }
    return state;
}

cJSON *slack_state(const struct slack *slack, int messages_max)
{
    cJSON *state = json_object();
    cJSON *team = json_set(state, "team", json_object());
    cJSON *channels = NULL;

    json_set_string(team, "id", SLACK_TEAM);
    json_set_string(team, "name", "Acme");
    json_set(state, "users", json_copy(slack->users));
    json_set(state, "groups", json_copy(slack->groups));
    json_set(state, "limits_hit", json_copy(slack->limits.hit));
    channels = json_set(state, "channels", json_array());
    JSON_EACH(channel, slack->channels) {
        json_add(channels, channel_state(channel, messages_max));
    }
    tree_keep_last(json_set(state, "ephemerals", json_copy(slack->ephemerals)), messages_max);
    tree_keep_last(json_set(state, "deliveries", json_copy(slack->deliveries)), messages_max);
    tree_keep_last(json_set(state, "views", json_copy(slack->views)), messages_max);
    json_set(state, "homes", json_copy(slack->homes));
    tree_keep_last(json_set(state, "response_urls", json_copy(slack->response_urls)), messages_max);
    return state;
}
