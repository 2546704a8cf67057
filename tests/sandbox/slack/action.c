/* A pressed button as Slack tells the app of it: a block_actions payload. */
#include "slack/command.h"

#include "form.h"
#include "slack/call.h"
#include "slack/view.h"

struct pressed {
    struct slack_place place;
    const cJSON *message; /* of the channel, or what only this person sees */
    bool is_ephemeral;
    const cJSON *block, *button;
};

static bool find_message(const struct slack *slack, const char *ts, struct pressed *pressed, struct error *err)
{
    const char *channel = tree_text(pressed->place.channel, "id");

    pressed->message = slack_find_message(pressed->place.channel, ts);
    if (pressed->message)
        return true;
    pressed->message = slack_find_whisper(slack, channel, ts);
    pressed->is_ephemeral = true;
    if (!pressed->message)
        return error_set(err, ERR_NOT_FOUND, "no such message in this channel");
    if (!tree_has_text(pressed->message, "for", tree_text(pressed->place.user, "id")))
        return error_set(err, ERR_DENIED, "that message is only visible to %.60s", tree_text(pressed->message, "for"));
    return true;
}

/* The message as it stands, or as it stood after so many edits: a person may press before the new one is drawn. */
static const cJSON *rendition(const cJSON *message, const cJSON *wanted)
{
    const cJSON *edits = tree_get(message, "edits");
    int64_t count = cJSON_GetArraySize(edits), seen = tree_int(wanted, "edits", count);

    if (seen == count)
        return message;
    return seen >= 0 && seen < count ? cJSON_GetArrayItem(edits, (int)seen) : NULL;
}

static bool find_button(const cJSON *message, const char *action_id, struct pressed *pressed)
{
    JSON_EACH(block, tree_get(message, "blocks")) {
        const cJSON *button = tree_find(tree_get(block, "elements"), "action_id", action_id);
        const cJSON *accessory = tree_get(block, "accessory");

        if (!button && tree_has_text(accessory, "action_id", action_id))
            button = accessory;
        if (button && tree_has_text(button, "type", "button")) {
            pressed->block = block;
            pressed->button = button;
            return true;
        }
    }
    return false;
}

static bool find_pressed(const struct slack *slack, const cJSON *wanted, struct pressed *pressed, struct error *err)
{
    if (!slack_place_find(slack, wanted, &pressed->place, err) ||
        !find_message(slack, tree_text(wanted, "ts"), pressed, err))
        return false;
    if (tree_get(wanted, "value") && !tree_text(wanted, "value"))
        return error_set(err, ERR_INVALID, "'value' is a text");
    if (!find_button(rendition(pressed->message, wanted), tree_text(wanted, "action_id"), pressed))
        return error_set(err, ERR_NOT_FOUND, "no such button on that message");
    return true;
}

static void add_person(cJSON *payload, const cJSON *person)
{
    cJSON *user = json_set(payload, "user", json_object());

    json_set_string(user, "id", tree_text(person, "id"));
    json_set_string(user, "username", tree_text(person, "name"));
    json_set_string(user, "name", tree_text(person, "name"));
    json_set_string(user, "team_id", SLACK_TEAM);
}

static void add_container(cJSON *payload, const struct pressed *pressed)
{
    cJSON *container = json_set(payload, "container", json_object());

    json_set_string(container, "type", "message");
    json_set_string(container, "message_ts", tree_text(pressed->message, "ts"));
    json_set_string(container, "channel_id", tree_text(pressed->place.channel, "id"));
    json_set_bool(container, "is_ephemeral", pressed->is_ephemeral);
    tree_copy(container, pressed->message, "thread_ts");
}

static void add_team(cJSON *payload)
{
    cJSON *team = json_set(payload, "team", json_object());

    json_set_string(team, "id", SLACK_TEAM);
    json_set_string(team, "domain", "acme");
    json_set(payload, "enterprise", cJSON_CreateNull());
    json_set_bool(payload, "is_enterprise_install", false);
}

/* The channel, and the message in it: an ephemeral one is not shown to the app. */
static void add_where(cJSON *payload, const struct pressed *pressed)
{
    cJSON *channel = json_set(payload, "channel", json_object());

    json_set_string(channel, "id", tree_text(pressed->place.channel, "id"));
    json_set_string(channel, "name", tree_text(pressed->place.channel, "name"));
    if (!pressed->is_ephemeral)
        json_set(payload, "message", slack_message_shown(pressed->message, true));
    json_set(json_set(payload, "state", json_object()), "values", json_object());
}

static void add_action(cJSON *payload, const struct pressed *pressed, const char *forged_value, const char *action_ts)
{
    static const char *const shown[] = { "text", "value", "url", "style", "type" };
    cJSON *action = json_add(json_set(payload, "actions", json_array()), json_object());

    json_set_string(action, "action_id", tree_text(pressed->button, "action_id"));
    json_set_string(action, "block_id", tree_text(pressed->block, "block_id"));
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        tree_copy(action, pressed->button, shown[i]);
    if (forged_value)
        json_set_string(action, "value", forged_value);
    json_set_string(action, "action_ts", action_ts);
}

static cJSON *payload_create(struct slack *slack, const struct pressed *pressed, const char *forged_value,
                             int64_t now_ms)
{
    cJSON *payload = json_object();
    AUTO_FREE char *trigger = slack_trigger_create(slack, tree_text(pressed->place.user, "id"), now_ms);
    AUTO_FREE char *response_url =
        slack_response_url_create(slack, tree_text(pressed->place.user, "id"), tree_text(pressed->place.channel, "id"),
                                  tree_text(pressed->message, "ts"), now_ms);

    json_set_string(payload, "type", "block_actions");
    add_person(payload, pressed->place.user);
    json_set_string(payload, "api_app_id", SLACK_APP);
    json_set_string(payload, "token", SLACK_VERIFICATION_TOKEN);
    add_container(payload, pressed);
    json_set_string(payload, "trigger_id", trigger);
    add_team(payload);
    add_where(payload, pressed);
    json_set_string(payload, "response_url", response_url);
    add_action(payload, pressed, forged_value, slack_next_ts(slack, now_ms).text);
    return payload;
}

bool slack_action_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err)
{
    struct pressed pressed = { 0 };

    if (tree_get(wanted, "home") || tree_get(wanted, "view"))
        return slack_view_action_prepare(slack, wanted, now_ms, delivery, err);
    if (!find_pressed(slack, wanted, &pressed, err))
        return false;
    AUTO_JSON cJSON *payload = payload_create(slack, &pressed, tree_text(wanted, "value"), now_ms);
    AUTO_JSON cJSON *form = json_object();
    AUTO_FREE char *text = json_print(payload);
    cJSON *record = delivery->record = slack_record_create("action", &pressed.place, now_ms);

    json_set_string(form, "payload", text);
    delivery->path = "/slack/interactions";
    delivery->form = form_encode(form);
    tree_copy(record, wanted, "action_id");
    tree_copy(record, tree_get(payload, "actions")->child, "value");
    json_set_string(record, "button", tree_text(tree_get(pressed.button, "text"), "text"));
    json_set_string(record, "ts", tree_text(pressed.message, "ts"));
    tree_copy(record, payload, "trigger_id");
    tree_copy(record, payload, "response_url");
    return true;
}
