/* command.h - what Slack sends to an app when a person types a command or presses a button.
 *
 * Prepared from what a tester or the page asks for; delivery.h says what becomes of it. A wrong wish (nobody of that
 * name, no such button) is refused here and nothing is sent.
 * Spec: https://docs.slack.dev/interactivity/implementing-slash-commands,
 * https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 */
#ifndef SANDBOX_SLACK_COMMAND_H
#define SANDBOX_SLACK_COMMAND_H

#include "slack/delivery.h"

/* {user, channel, command, text, escape?, fields?}; `fields` replaces or adds raw form fields, to send what Slack never
 * would. */
bool slack_command_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                           struct error *err);

/* {user, channel, ts, action_id, value?, edits?}: presses a button of a message, or of an ephemeral that this person
 * sees. `value` forges the button's; `edits: 1` presses it as it stood after its first edit, 0 before it, ... */
bool slack_action_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err);

cJSON *slack_command_list(void); /* the installed commands, for the page: [{command, usage, summary}] */

#endif
