#include "integrations/slack/interaction.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"
#include "integrations/slack/buttons.h"
#include "integrations/slack/command.h"
#include "integrations/slack/form.h"
#include "integrations/slack/identity.h"
#include "integrations/slack/line.h"
#include "integrations/slack/payload.h"
#include "integrations/slack/response_url.h"
#include "integrations/slack/shortcut.h"
#include "integrations/slack/view_submission.h"

#include <string.h>

#define TYPE_SHOWN_BYTES 40

struct pressed { /* what is stored: a promise to every later version */
    const char *team, *user;
    const char *name;    /* or NULL */
    const char *channel; /* or NULL */
    const char *command;
    const char *trigger; /* or NULL */
};

static const struct shape_field pressed_rows[] = {
    ROW_STRING(pressed, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(pressed, user, .flags = SHAPE_REQUIRED),
    ROW_STRING(pressed, name, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pressed, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(pressed, command, .flags = SHAPE_REQUIRED),
    ROW_STRING(pressed, trigger, .flags = SHAPE_NONZERO | SHAPE_SECRET),
};
static const struct shape pressed_shape = SHAPE("a pressed button", pressed, pressed_rows);

/* ---- at the door ---- */

static bool read_payload(struct str body, struct arena *arena, const cJSON **ret_payload, const char **ret_type,
                         struct error *err)
{
    struct slack_form form;
    const char *text;
    cJSON *payload;

    if (!slack_form_decode(body, arena, &form, err))
        return false;
    text = slack_form_find(&form, "payload");
    if (!text || !text[0])
        return error_set(err, ERR_INVALID, "payload is missing");
    if (strlen(text) > SLACK_INTERACTION_PAYLOAD_MAX_BYTES)
        return error_set(err, ERR_TOO_LARGE, "payload is larger than %d bytes", SLACK_INTERACTION_PAYLOAD_MAX_BYTES);
    payload = json_parse_in(arena, str_of(text), err);
    if (!payload)
        return error_wrap(err, "payload");
    *ret_payload = payload;
    return json_get_string(payload, "type", ret_type, err);
}

static bool is_ours(const cJSON *action)
{
    const char *type = json_find_string(action, "type"), *id = json_find_string(action, "action_id");
    const char *value = json_find_string(action, "value");

    return type && strcmp(type, "button") == 0 && id &&
           (str_starts_with(str_of(id), SLACK_ACTION_ID_PREFIX) || PLANTED(CLICK_OF_OTHERS)) && value && value[0];
}

/* *ret_action is NULL when none is ours. A click is one action: of two it could not be said which was meant. */
static bool find_action(const cJSON *payload, const cJSON **ret_action, struct error *err)
{
    const cJSON *actions = json_find(payload, "actions");

    *ret_action = NULL;
    if (!cJSON_IsArray(actions))
        return error_set(err, ERR_INVALID, "actions: expected a list");
    JSON_EACH(action, actions) {
        if (!is_ours(action))
            continue;
        if (*ret_action && PLANTED(CLICK_OF_TWO))
            continue;
        if (*ret_action)
            return error_set(err, ERR_INVALID, "actions: two commands at once");
        *ret_action = action;
    }
    return true;
}

static bool read_channel(const cJSON *payload, const char **ret_channel, struct error *err)
{
    static const char *const paths[] = { "channel.id", "container.channel_id" };

    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (json_find(payload, paths[i]))
            return slack_payload_get_id(payload, paths[i], ret_channel, err);
    return true; /* pressed in a modal or on a Home tab */
}

static bool read_pressed(const cJSON *payload, const cJSON *action, struct pressed *pressed, struct error *err)
{
    *pressed = (struct pressed){ .name = slack_payload_name(payload),
                                 .command = json_find_string(action, "value"),
                                 .trigger = slack_payload_trigger(payload) };
    if (strlen(pressed->command) > SLACK_ACTION_VALUE_MAX_BYTES)
        return error_set(err, ERR_INVALID, "the button's value is longer than any of ours");
    return slack_payload_get_id(payload, "user.id", &pressed->user, err) &&
           slack_payload_get_team(payload, &pressed->team, err) && read_channel(payload, &pressed->channel, err);
}

static bool read_response_url(const cJSON *payload, const char *api_url, const char **ret_url, struct error *err)
{
    const char *url = json_find_string(payload, "response_url");

    *ret_url = url && url[0] ? url : NULL;
    return !*ret_url || slack_response_url_is_allowed(url, api_url) ||
           error_set(err, ERR_DENIED, "response_url is neither Slack's nor on slack.api_url's host");
}

static const char *print_pressed(const struct pressed *pressed, struct arena *arena)
{
    AUTO_JSON cJSON *json = shape_to_json(&pressed_shape, pressed, SHAPE_WHOLE);

    return json_print_in(arena, json);
}

/* Without response_url, as from a modal: to where it was pressed, or to that person directly. */
static struct reply_address reply_to(const struct pressed *pressed)
{
    return (struct reply_address){
        .door = SLACK_SOURCE, .channel = pressed->channel, .user = pressed->user, .is_for_one = true
    };
}

static bool accept_action(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                          struct slack_interaction_door *door, struct error *err)
{
    const cJSON *action;
    struct pressed pressed;

    if (!find_action(payload, &action, err))
        return false;
    if (!action) {
        door->is = SLACK_NOT_OURS;
        return slack_view_accept_choice(payload, of, arena, door, err);
    }
    if (!read_pressed(payload, action, &pressed, err))
        return false;
    door->is = SLACK_PRESSED;
    door->kind = SLACK_ACTION_KIND;
    door->keys[door->keys_count++] =
        arena_printf(arena, "slack:%s:action:%s", pressed.team,
                     PLANTED(CLICK_KEY_OF_THE_HOUR) ? of->timestamp
                                                    : slack_identity(json_find_string(payload, "trigger_id"),
                                                                     of->response_url, of->body, of->timestamp, arena));
    door->response_url = of->response_url;
    door->team = pressed.team;
    door->user = pressed.user;
    door->reply_to = reply_to(&pressed);
    door->body = print_pressed(&pressed, arena);
    return true;
}

/* A kind that is not here is counted, and answered with an empty 200. */
static const struct {
    const char *type;
    bool (*accept)(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                   struct slack_interaction_door *door, struct error *err);
} kinds[] = {
    { "block_actions", accept_action },          { "view_submission", slack_view_accept_submission },
    { "view_closed", slack_view_accept_closed }, { "shortcut", slack_shortcut_accept },
    { "message_action", slack_shortcut_accept },
};

static bool accept(const cJSON *payload, const char *type, struct slack_delivery_of of, const char *api_url,
                   struct arena *arena, struct slack_interaction_door *ret_door, struct error *err)
{
    struct slack_interaction_door door = { .is = SLACK_NOT_BUILT };

    door.type = card_quote(str_of(type), TYPE_SHOWN_BYTES, arena);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(type, kinds[i].type) == 0 && (!read_response_url(payload, api_url, &of.response_url, err) ||
                                                 !kinds[i].accept(payload, &of, arena, &door, err)))
            return error_wrap(err, "interaction");
    *ret_door = door;
    return true;
}

bool slack_interaction_accept(struct str body, const char *timestamp, const char *api_url, struct arena *arena,
                              struct slack_interaction_door *ret_door, struct error *err)
{
    const struct slack_delivery_of of = { .body = body, .timestamp = timestamp };
    const cJSON *payload = NULL;
    const char *type;

    if (!read_payload(body, arena, &payload, &type, err))
        return error_wrap(err, "interaction");
    return accept(payload, type, of, api_url, arena, ret_door, err);
}

bool slack_interaction_accept_payload(const cJSON *payload, const char *envelope_id, const char *api_url,
                                      struct arena *arena, struct slack_interaction_door *ret_door, struct error *err)
{
    const struct slack_delivery_of of = { .body = str_of(envelope_id), .timestamp = "" };
    const char *type;

    if (!json_get_string(payload, "type", &type, err))
        return error_wrap(err, "interaction");
    return accept(payload, type, of, api_url, arena, ret_door, err);
}

/* ---- for the owner ---- */

static bool has_control_characters(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

bool slack_interaction_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                              struct error *err)
{
    struct request request = request_from_item(item);
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct pressed pressed;

    if (!json || !shape_from_json(&pressed_shape, json, arena, &pressed, err))
        return error_wrap(err, "the button");
    if (has_control_characters(pressed.command))
        return error_set(err, ERR_INVALID, "the button's command holds control characters");
    if (!slack_line_read(str_trim(str_of(pressed.command)), arena, &request, err))
        return error_wrap(err, "the button's command");
    request.principal =
        (struct principal){ .system = SLACK_SOURCE, .id = pressed.user, .team = pressed.team, .name = pressed.name };
    request.channel = pressed.channel;
    request.trigger = pressed.trigger;
    *ret_request = request;
    return true;
}
