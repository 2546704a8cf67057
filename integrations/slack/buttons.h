/* buttons.h - buttons as Slack's JSON: one block of them under a card or a reply. Pure; any thread.
 *
 * Behind each stands the line that it types; interaction.h reads it when it is pressed. A command that does not fit into a
 * button is left out, not cut: half of a command is another one.
 * Spec: https://docs.slack.dev/reference/block-kit/block-elements/button-element
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_BUTTONS_H
#define OPSGATE_INTEGRATIONS_SLACK_BUTTONS_H

#include "bot/model/card.h"

#define SLACK_ACTION_ID_PREFIX "opsgate." /* of every button's action_id: "opsgate.1.promote", unique in its message */
#define SLACK_ACTION_VALUE_MAX_BYTES 2000
#define SLACK_BUTTONS_MAX 25 /* in a block; further ones are left out */

/* Appends a block of type `actions`, or nothing when there is no button that can be shown. */
void slack_buttons_add(cJSON *blocks, const struct card_action *actions, size_t count);

#endif
