#include "slack/interaction.h"

#include "form.h"
#include "slack/call.h"

cJSON *slack_interaction_create(struct slack *slack, const char *type, const cJSON *user, int64_t now_ms)
{
    AUTO_FREE char *trigger = slack_trigger_create(slack, tree_text(user, "id"), now_ms);
    cJSON *payload = json_object(), *person = NULL, *team = NULL;

    json_set_string(payload, "type", type);
    team = json_set(payload, "team", json_object());
    json_set_string(team, "id", SLACK_TEAM);
    json_set_string(team, "domain", "acme");
    person = json_set(payload, "user", json_object());
    json_set_string(person, "id", tree_text(user, "id"));
    json_set_string(person, "name", tree_text(user, "name"));
    json_set_string(person, "team_id", SLACK_TEAM);
    json_set_string(payload, "api_app_id", SLACK_APP);
    json_set_string(payload, "token", SLACK_VERIFICATION_TOKEN);
    json_set_string(payload, "trigger_id", trigger);
    json_set(payload, "enterprise", cJSON_CreateNull());
    json_set_bool(payload, "is_enterprise_install", false);
    return payload;
}

void slack_interaction_deliver(const cJSON *payload, struct slack_delivery *delivery)
{
    AUTO_FREE char *text = json_print(payload);
    AUTO_JSON cJSON *form = json_object();

    json_set_string(form, "payload", text);
    delivery->path = "/slack/interactions";
    delivery->form = form_encode(form);
}

/* Of a message: where it is, and an address for the answer. */
static bool add_message(struct slack *slack, cJSON *payload, const cJSON *wanted, const cJSON *user, int64_t now_ms,
                        struct error *err)
{
    const cJSON *channel = slack_find_channel(slack, tree_text(wanted, "channel"));
    const cJSON *message = slack_find_message(channel, tree_text(wanted, "ts"));
    cJSON *where = NULL;

    if (!message)
        return error_set(err, ERR_NOT_FOUND, "no such message in this channel");
    AUTO_FREE char *url = slack_response_url_create(slack, tree_text(user, "id"), tree_text(channel, "id"),
                                                    tree_text(message, "ts"), now_ms);

    where = json_set(payload, "channel", json_object());
    json_set_string(where, "id", tree_text(channel, "id"));
    json_set_string(where, "name", tree_text(channel, "name"));
    json_set_string(payload, "message_ts", tree_text(message, "ts"));
    json_set(payload, "message", slack_message_shown(message, true));
    json_set_string(payload, "response_url", url);
    return true;
}

bool slack_shortcut_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                            struct error *err)
{
    const cJSON *user = slack_find_user(slack, tree_text(wanted, "user"));
    bool has_message = tree_get(wanted, "ts") != NULL;
    AUTO_JSON cJSON *payload = NULL;

    if (!user || !tree_text(wanted, "callback_id"))
        return error_set(err, ERR_INVALID, "a shortcut needs a known 'user' and a 'callback_id'");
    payload = slack_interaction_create(slack, has_message ? "message_action" : "shortcut", user, now_ms);
    json_set_string(payload, "callback_id", tree_text(wanted, "callback_id"));
    json_set_string(payload, "action_ts", slack_next_ts(slack, now_ms).text);
    if (has_message && !add_message(slack, payload, wanted, user, now_ms, err))
        return false;
    slack_interaction_deliver(payload, delivery);
    delivery->record = json_object();
    json_set_string(delivery->record, "kind", "shortcut");
    json_set_string(delivery->record, "user", tree_text(user, "id"));
    tree_copy(delivery->record, wanted, "callback_id");
    tree_copy(delivery->record, payload, "trigger_id");
    tree_copy(delivery->record, payload, "response_url");
    return true;
}
