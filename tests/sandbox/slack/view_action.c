/* What is pressed on a Home tab, or chosen in a modal, as Slack tells the app of it: a block_actions payload of a view. */
#include "slack/view.h"

#include "slack/call.h"
#include "slack/interaction.h"

static void add_view(cJSON *payload, const cJSON *entry, const cJSON *filled)
{
    cJSON *container = json_set(payload, "container", json_object());
    cJSON *view = slack_view_shown(entry), *state = slack_view_state(view, filled);

    json_set_string(container, "type", "view");
    json_set_string(container, "view_id", tree_text(entry, "id"));
    json_set(json_set(view, "state", json_object()), "values", state);
    json_set(payload, "view", view);
}

static cJSON *add_action(cJSON *payload, const cJSON *block, const cJSON *element, const char *action_ts)
{
    cJSON *action = json_add(json_set(payload, "actions", json_array()), json_object());

    tree_copy(action, element, "type");
    tree_copy(action, element, "action_id");
    tree_copy(action, block, "block_id");
    json_set_string(action, "action_ts", action_ts);
    return action;
}

static bool add_press(struct slack *slack, cJSON *payload, const cJSON *entry, const cJSON *wanted, int64_t now_ms,
                      struct error *err)
{
    const cJSON *block = tree_find(tree_get(tree_get(entry, "view"), "blocks"), "block_id", tree_text(wanted, "block"));
    const cJSON *button = tree_find(tree_get(block, "elements"), "action_id", tree_text(wanted, "action_id"));
    cJSON *action = NULL;

    if (!tree_has_text(button, "type", "button"))
        return error_set(err, ERR_NOT_FOUND, "no such button on that person's Home tab");
    action = add_action(payload, block, button, slack_next_ts(slack, now_ms).text);
    tree_copy(action, button, "text");
    tree_copy(action, tree_get(wanted, "value") ? wanted : button, "value");
    add_view(payload, entry, NULL);
    return true;
}

static bool add_choice(struct slack *slack, cJSON *payload, const cJSON *entry, const cJSON *wanted, int64_t now_ms,
                       struct error *err)
{
    const cJSON *block = tree_find(tree_get(tree_get(entry, "view"), "blocks"), "block_id", tree_text(wanted, "block"));
    const cJSON *element = tree_get(block, "element");
    const cJSON *option = tree_find(tree_get(element, "options"), "value", tree_text(wanted, "value"));
    AUTO_JSON cJSON *filled = tree_get(wanted, "values") ? json_copy(tree_get(wanted, "values")) : json_object();

    if (!tree_true(block, "dispatch_action") || !option)
        return error_set(err, ERR_NOT_FOUND, "no such choice in that modal, or one that tells nobody");
    json_set_string(filled, tree_text(wanted, "block"), tree_text(wanted, "value"));
    json_set(add_action(payload, block, element, slack_next_ts(slack, now_ms).text), "selected_option",
             json_copy(option));
    add_view(payload, entry, filled);
    return true;
}

bool slack_view_action_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                               struct error *err)
{
    const cJSON *user = slack_find_user(slack, tree_text(wanted, "user"));
    bool is_home = tree_true(wanted, "home");
    const cJSON *entry = !user     ? NULL
                         : is_home ? tree_find(slack->homes, "user", tree_text(user, "id"))
                                   : slack_view_find_open(slack, tree_text(wanted, "view"), tree_text(user, "id"));
    AUTO_JSON cJSON *payload = NULL;

    if (!entry)
        return error_set(err, ERR_NOT_FOUND, "that person has no such view");
    payload = slack_interaction_create(slack, "block_actions", user, now_ms);
    if (!(is_home ? add_press : add_choice)(slack, payload, entry, wanted, now_ms, err))
        return false;
    slack_interaction_deliver(payload, delivery);
    delivery->record = json_object();
    json_set_string(delivery->record, "kind", "view_action");
    json_set_string(delivery->record, "user", tree_text(user, "id"));
    tree_copy(delivery->record, tree_get(payload, "actions")->child, "value");
    tree_copy(delivery->record, payload, "trigger_id");
    return true;
}
