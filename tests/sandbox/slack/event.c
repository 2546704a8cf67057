#include "slack/event.h"

#include "random.h"
#include "slack/groups.h"

#include "bot/base/time.h"

#include <string.h>

#define EVENT_TYPE "application/json"
#define TEXT_MAX_BYTES 200000

static void put_all(cJSON *into, const cJSON *fields)
{
    JSON_EACH(field, fields) {
        json_set(into, field->string, json_copy(field));
    }
}

static void deliver(cJSON *payload, const char *type, struct slack_delivery *delivery)
{
    delivery->path = "/slack/events";
    delivery->type = EVENT_TYPE;
    delivery->form = json_print(payload);
    delivery->record = json_object();
    json_set_string(delivery->record, "kind", "event");
    json_set_string(delivery->record, "type", type);
    tree_copy(delivery->record, payload, "event_id");
}

/* Takes `event`. The caller's. */
static cJSON *envelope(const cJSON *wanted, cJSON *event, int64_t now_ms)
{
    cJSON *payload = json_object(), *authorization = NULL;

    json_set_string(payload, "token", SLACK_VERIFICATION_TOKEN);
    json_set_string(payload, "team_id", SLACK_TEAM);
    json_set_string(payload, "api_app_id", SLACK_APP);
    json_set(payload, "event", event);
    json_set_string(payload, "type", "event_callback");
    tree_set_textf(payload, "event_id", "Ev0%.10s", random_hex().text);
    tree_copy(payload, wanted, "event_id");
    json_set_int(payload, "event_time", now_ms / SECOND_MS);
    authorization = json_add(json_set(payload, "authorizations", json_array()), json_object());
    json_set(authorization, "enterprise_id", cJSON_CreateNull());
    json_set_string(authorization, "team_id", SLACK_TEAM);
    json_set_string(authorization, "user_id", SLACK_BOT_USER);
    json_set_bool(authorization, "is_bot", true);
    json_set_bool(authorization, "is_enterprise_install", false);
    json_set_bool(payload, "is_ext_shared_channel", false);
    json_set_string(payload, "event_context", "4-sandbox");
    put_all(payload, tree_get(wanted, "outer"));
    return payload;
}

/* ---- what people say ---- */

static void add_entity(struct buf *out, char c)
{
    if (c == '&')
        buf_puts(out, "&amp;");
    else if (c == '<')
        buf_puts(out, "&lt;");
    else if (c == '>')
        buf_puts(out, "&gt;");
    else
        buf_putc(out, c);
}

/* As Slack keeps it: "@opsgate" is <@U0OPSGATE>. The caller frees. */
static char *written(const struct slack *slack, const char *text)
{
    AUTO_BUF struct buf out = BUF(TEXT_MAX_BYTES);

    buf_puts(&out, "");
    while (*text) {
        size_t len = *text == '@' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789") : 0;
        AUTO_FREE char *name = str_copy((struct str){ text + 1, len });
        const cJSON *user = len > 0 ? tree_find(slack->users, "name", name) : NULL;

        if (user)
            buf_addf(&out, "<@%s>", tree_text(user, "id"));
        else
            add_entity(&out, *text);
        text += user ? 1 + len : 1;
    }
    return buf_take(&out);
}

static cJSON *said_event(const cJSON *wanted, const cJSON *channel, const cJSON *message, const char *type)
{
    static const char *const told[] = { "user", "bot_id", "app_id", "text", "ts", "team", "thread_ts", "edited" };
    cJSON *event = json_object();

    json_set_string(event, "type", type);
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        tree_copy(event, message, told[i]);
    json_set_string(event, "channel", tree_text(channel, "id"));
    json_set_string(event, "event_ts", tree_text(message, "ts"));
    if (text_is(type, "message"))
        json_set_string(event, "channel_type",
                        tree_true(channel, "is_im")        ? "im"
                        : tree_true(channel, "is_private") ? "group"
                                                           : "channel");
    put_all(event, tree_get(wanted, "fields"));
    return event;
}

static void deliver_said(const cJSON *wanted, const cJSON *channel, const cJSON *message, const char *type,
                         int64_t now_ms, struct slack_delivery *delivery)
{
    AUTO_JSON cJSON *payload = envelope(wanted, said_event(wanted, channel, message, type), now_ms);

    deliver(payload, type, delivery);
    tree_copy(delivery->record, message, "ts");
    json_set_string(delivery->record, "channel", tree_text(channel, "id"));
}

static cJSON *say(struct slack *slack, const cJSON *wanted, cJSON *channel, const char *user, int64_t now_ms)
{
    AUTO_FREE char *text = written(slack, tree_text_or(wanted, "text", ""));
    cJSON *message = slack_message_create(slack, user, text, now_ms), *edited = NULL;

    tree_copy(message, wanted, "thread_ts");
    if (tree_true(wanted, "bot"))
        json_set_string(message, "bot_id", "B0OTHERBOT");
    if (tree_true(wanted, "edited")) {
        edited = json_set(message, "edited", json_object());
        json_set_string(edited, "user", user);
        json_set_string(edited, "ts", slack_next_ts(slack, now_ms).text);
    }
    slack_post(channel, message);
    return message;
}

bool slack_say_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *deliveries,
                       size_t *ret_count, struct error *err)
{
    const char *user = tree_text(wanted, "user"), *only = tree_text(wanted, "only");
    const char *types[SLACK_SAID_EVENTS_MAX] = { "app_mention", "message" };
    cJSON *channel = NULL;
    bool is_mention = false;
    size_t count = 0;

    if (slack_find_user(slack, user))
        channel = tree_true(wanted, "direct") ? slack_direct(slack, user)
                                              : slack_find_channel(slack, tree_text(wanted, "channel"));
    if (!channel || !tree_text(wanted, "text"))
        return error_set(err, ERR_INVALID, "it needs a known 'user', a 'channel' or 'direct', and a 'text'");
    const cJSON *message = say(slack, wanted, channel, user, now_ms);

    is_mention = !tree_true(channel, "is_im") && strstr(tree_text(message, "text"), "<@" SLACK_BOT_USER ">");
    if (tree_has_text(wanted, "first", "message"))
        types[0] = "message", types[1] = "app_mention";
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if ((is_mention || text_is(types[i], "message")) && (!only || text_is(types[i], only)))
            deliver_said(wanted, channel, message, types[i], now_ms, &deliveries[count++]);
    *ret_count = count;
    return true;
}

/* ---- what happens ---- */

static void change_channel(cJSON *channel, const char *type, const cJSON *fields, cJSON *event)
{
    cJSON *renamed = NULL;

    if (text_is(type, "channel_archive") || text_is(type, "group_archive"))
        json_set_bool(channel, "is_archived", true);
    if (!text_is(type, "channel_rename"))
        return;
    tree_copy(channel, fields, "name");
    renamed = json_set(event, "channel", json_object());
    json_set_string(renamed, "id", tree_text(channel, "id"));
    json_set_string(renamed, "name", tree_text(channel, "name"));
    json_set_int(renamed, "created", 1700000000);
}

/* Who came and who went, as the event tells it. */
static void change_group(struct slack *slack, const cJSON *fields)
{
    cJSON *group = slack_find_group(slack, tree_text(fields, "subteam_id"));

    if (group)
        slack_group_change_users(group, tree_get(fields, "added_users"), tree_get(fields, "removed_users"));
}

/* Who reacted with what, as people see it below the message. */
static void react(struct slack *slack, const cJSON *wanted)
{
    const cJSON *fields = tree_get(wanted, "fields"), *item = tree_get(fields, "item");
    cJSON *message = slack_find_message(slack_find_channel(slack, tree_text(item, "channel")), tree_text(item, "ts"));
    cJSON *reactions = tree_get(message, "reactions"), *reaction = NULL;
    const char *name = tree_text_or(fields, "reaction", ""), *user = tree_text_or(wanted, "user", "");

    if (!message)
        return;
    reactions = reactions ? reactions : json_set(message, "reactions", json_array());
    reaction = tree_find(reactions, "name", name);
    if (!reaction) {
        reaction = json_add(reactions, json_object());
        json_set_string(reaction, "name", name);
        json_set(reaction, "users", json_array());
    }
    JSON_EACH(one, tree_get(reaction, "users")) {
        if (text_is(cJSON_GetStringValue(one), user))
            return;
    }
    json_add_string(tree_get(reaction, "users"), user);
    json_set_int(reaction, "count", cJSON_GetArraySize(tree_get(reaction, "users")));
}

static bool prepare_happened(struct slack *slack, const cJSON *wanted, const char *type, int64_t now_ms,
                             struct slack_delivery *delivery, struct error *err)
{
    cJSON *channel = slack_find_channel(slack, tree_text(wanted, "channel")), *event = NULL;

    if (tree_get(wanted, "channel") && !channel)
        return error_set(err, ERR_NOT_FOUND, "no such channel");
    event = json_object();
    json_set_string(event, "type", type);
    tree_copy(event, wanted, "user");
    tree_copy(event, wanted, "channel");
    json_set_string(event, "event_ts", slack_next_ts(slack, now_ms).text);
    if (channel)
        change_channel(channel, type, tree_get(wanted, "fields"), event);
    if (text_is(type, "subteam_members_changed"))
        change_group(slack, tree_get(wanted, "fields"));
    if (text_is(type, "reaction_added"))
        react(slack, wanted);
    if (!text_is(type, "channel_rename"))
        put_all(event, tree_get(wanted, "fields"));
    AUTO_JSON cJSON *payload = envelope(wanted, event, now_ms);

    deliver(payload, type, delivery);
    return true;
}

static cJSON *without_event(const char *type, const cJSON *wanted, int64_t now_ms)
{
    cJSON *payload = json_object();

    json_set_string(payload, "token", SLACK_VERIFICATION_TOKEN);
    json_set_string(payload, "type", type);
    if (text_is(type, "url_verification")) {
        tree_set_textf(payload, "challenge", "%s", random_hex().text);
    } else {
        json_set_string(payload, "team_id", SLACK_TEAM);
        json_set_int(payload, "minute_rate_limited", now_ms / MINUTE_MS * (MINUTE_MS / SECOND_MS));
        json_set_string(payload, "api_app_id", SLACK_APP);
    }
    put_all(payload, tree_get(wanted, "outer"));
    return payload;
}

bool slack_event_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                         struct error *err)
{
    const char *type = tree_text(wanted, "type");

    if (!type)
        return error_set(err, ERR_INVALID, "'type' is missing");
    if (!text_is(type, "url_verification") && !text_is(type, "app_rate_limited"))
        return prepare_happened(slack, wanted, type, now_ms, delivery, err);
    AUTO_JSON cJSON *payload = without_event(type, wanted, now_ms);

    deliver(payload, type, delivery);
    tree_copy(delivery->record, payload, "challenge");
    return true;
}
