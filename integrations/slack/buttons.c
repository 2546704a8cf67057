#include "integrations/slack/buttons.h"

#include "integrations/slack/blocks.h"

#include <string.h>

#define LABEL_MAX_BYTES 75
#define CONFIRM_TITLE_MAX_BYTES 100
#define CONFIRM_TEXT_MAX_BYTES 300
#define CONFIRM_BUTTON_MAX_BYTES 30
#define VERB_MAX_BYTES 40

static const char *style_name(int style)
{
    return style == ACTION_PRIMARY ? "primary" : style == ACTION_DANGER ? "danger" : NULL;
}

/* "Promote to 25 %?" ... [Promote to 25 %] [Not now]. Slack wants all four texts. */
static cJSON *confirmation(const struct card_action *action)
{
    AUTO_BUF struct buf title = BUF(strlen(action->label) + 1);
    cJSON *object = json_object();

    buf_addf(&title, "%s?", action->label);
    json_set(object, "title", slack_plain_text(buf_text(&title), CONFIRM_TITLE_MAX_BYTES));
    json_set(object, "text", slack_plain_text(action->confirm, CONFIRM_TEXT_MAX_BYTES));
    json_set(object, "confirm", slack_plain_text(action->label, CONFIRM_BUTTON_MAX_BYTES));
    json_set(object, "deny", slack_plain_text("Not now", CONFIRM_BUTTON_MAX_BYTES));
    json_set_string(object, "style", action->style == ACTION_DANGER ? "danger" : "primary");
    return object;
}

/* "opsgate.1.promote": the verb is for those who read logs. */
static void set_action_id(cJSON *button, size_t number, const char *command)
{
    size_t verb = strspn(command, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    AUTO_BUF struct buf id = BUF(100);

    buf_addf(&id, SLACK_ACTION_ID_PREFIX "%zu.%.*s", number, (int)(verb < VERB_MAX_BYTES ? verb : VERB_MAX_BYTES),
             command);
    json_set_string(button, "action_id", buf_text(&id));
}

static cJSON *button_of(const struct card_action *action, size_t number)
{
    cJSON *button = json_object();

    json_set_string(button, "type", "button");
    set_action_id(button, number, action->command);
    json_set(button, "text", slack_plain_text(action->label, LABEL_MAX_BYTES));
    json_set_string(button, "value", action->command);
    json_set_string(button, "style", style_name(action->style));
    if (action->confirm && action->confirm[0])
        json_set(button, "confirm", confirmation(action));
    return button;
}

static bool can_be_shown(const struct card_action *action)
{
    return action->label && action->label[0] && action->command && action->command[0] &&
           strlen(action->command) <= SLACK_ACTION_VALUE_MAX_BYTES;
}

void slack_buttons_add(cJSON *blocks, const struct card_action *actions, size_t count)
{
    cJSON *elements = json_array();
    size_t number = 0;

    for (size_t i = 0; i < count && number < SLACK_BUTTONS_MAX; i++)
        if (can_be_shown(&actions[i]))
            json_add(elements, button_of(&actions[i], ++number));
    if (number == 0) {
        cJSON_Delete(elements);
        return;
    }
    cJSON *block = json_add(blocks, json_object());

    json_set_string(block, "type", "actions");
    json_set(block, "elements", elements);
}
