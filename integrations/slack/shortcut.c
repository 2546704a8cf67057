#include "integrations/slack/shortcut.h"

#include "integrations/slack/command.h"
#include "integrations/slack/identity.h"
#include "integrations/slack/line.h"
#include "integrations/slack/payload.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define CALLBACK_MAX_BYTES 255

struct used { /* what is stored: a promise to every later version */
    const char *team, *user;
    const char *name; /* or NULL */
    const char *command;
    const char *trigger;                 /* or NULL */
    const struct request_message *about; /* or NULL */
};

static const struct shape_field used_rows[] = {
    ROW_STRING(used, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(used, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(used, name, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(used, command, .flags = SHAPE_REQUIRED),
    ROW_STRING(used, trigger, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    ROW_OPTION(used, about, &request_message_shape, .flags = SHAPE_NONZERO),
};
static const struct shape used_shape = SHAPE("a used shortcut", used, used_rows);

/* ---- at the door ---- */

/* "opsgate.incident.declare" -> "incident declare"; NULL: not ours. */
static const char *command_of(const cJSON *payload, struct arena *arena)
{
    const char *callback = json_find_string(payload, "callback_id"), *words;
    char *line;

    if (!callback || !str_starts_with(str_of(callback), SLACK_SHORTCUT_PREFIX) || strlen(callback) > CALLBACK_MAX_BYTES)
        return NULL;
    words = callback + strlen(SLACK_SHORTCUT_PREFIX);
    if (!words[0] || words[0] == '.' || words[0] == '-' ||
        strspn(words, "abcdefghijklmnopqrstuvwxyz0123456789-.") != strlen(words))
        return NULL;
    line = arena_strdup(arena, words);
    for (char *c = line; *c; c++)
        if (*c == '.')
            *c = ' ';
    return line;
}

/* On a character. */
static const char *cut(const char *text, struct arena *arena)
{
    size_t len = strlen(text);

    if (len > SLACK_SHORTCUT_TEXT_MAX_BYTES)
        for (len = SLACK_SHORTCUT_TEXT_MAX_BYTES; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
            ;
    return arena_copy(arena, (struct str){ text, len });
}

static bool read_message(const cJSON *payload, struct arena *arena, struct request_message *about, struct error *err)
{
    const char *text = json_find_string(payload, "message.text");

    about->ts = json_find_string(payload, "message_ts");
    about->ts = about->ts ? about->ts : json_find_string(payload, "message.ts");
    about->thread = json_find_string(payload, "message.thread_ts");
    if (!slack_ts_is_valid(about->ts) || (about->thread && !slack_ts_is_valid(about->thread)))
        return error_set(err, ERR_INVALID, "message_ts is no time of Slack's");
    about->text = text ? cut(text, arena) : NULL;
    return slack_payload_get_id(payload, "channel.id", &about->channel, err) &&
           slack_payload_find_id(payload, "message.user", &about->user, err);
}

/* A message's is answered there; one of the menu stands nowhere, so by a direct message. */
static struct reply_address reply_to(const struct slack_interaction_door *door, const struct request_message *about)
{
    return (struct reply_address){ .door = SLACK_SOURCE,
                                   .channel = about ? about->channel : NULL,
                                   .thread = about ? about->thread : NULL,
                                   .user = door->user,
                                   .is_for_one = true };
}

bool slack_shortcut_accept(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                           struct slack_interaction_door *door, struct error *err)
{
    struct used used = { .name = slack_payload_name(payload), .trigger = slack_payload_trigger(payload) };
    bool has_message = strcmp(door->type, "message_action") == 0;
    struct request_message about = { 0 };
    AUTO_JSON cJSON *json = NULL;

    used.command = command_of(payload, arena);
    if (!used.command)
        return true;
    if (!slack_payload_get_id(payload, "user.id", &used.user, err) ||
        !slack_payload_get_team(payload, &used.team, err) ||
        (has_message && !read_message(payload, arena, &about, err)))
        return false;
    used.about = has_message ? &about : NULL;
    json = shape_to_json(&used_shape, &used, SHAPE_WHOLE);
    door->is = SLACK_SHORTCUT;
    door->kind = SLACK_SHORTCUT_KIND;
    door->keys[door->keys_count++] =
        arena_printf(arena, "slack:%s:shortcut:%s", used.team,
                     slack_identity(used.trigger, of->response_url, of->body, of->timestamp, arena));
    door->response_url = of->response_url;
    door->team = used.team;
    door->user = used.user;
    door->reply_to = reply_to(door, used.about);
    door->body = json_print_in(arena, json);
    return true;
}

/* ---- for the owner ---- */

static const struct request_message *in_plain_text(const struct request_message *about, struct arena *arena)
{
    struct request_message *plain = ARENA_NEW(arena, struct request_message);

    *plain = *about;
    if (about->text)
        plain->text = slack_typed_text(str_of(about->text), arena).at;
    return plain;
}

bool slack_shortcut_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                           struct error *err)
{
    struct request request = {
        .id = item->request_id,
        .source = SLACK_SOURCE,
        .received_at_ms = item->received_at,
        .not_after_ms = item->not_after,
        .reply_to = item->reply_to,
    };
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct used used;

    if (!json || !shape_from_json(&used_shape, json, arena, &used, err))
        return error_wrap(err, "the shortcut");
    if (!slack_line_read(str_of(used.command), arena, &request, err))
        return error_wrap(err, "the shortcut's command");
    request.principal =
        (struct principal){ .system = SLACK_SOURCE, .id = used.user, .team = used.team, .name = used.name };
    request.channel = used.about ? used.about->channel : NULL;
    request.about = used.about ? in_plain_text(used.about, arena) : NULL;
    request.trigger = used.trigger;
    *ret_request = request;
    return true;
}
