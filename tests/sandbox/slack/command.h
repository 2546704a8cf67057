/* command.h - what Slack sends to an app when a person types a command or presses a button.
 *
 * A delivery is prepared under the world's lock, signed and sent without it (deliver.h), and its answer is shown to the
 * person under the lock again: an ephemeral or public message, or Slack's own "failed with the error".
 * Spec: https://docs.slack.dev/interactivity/implementing-slash-commands
 */
#ifndef SANDBOX_SLACK_COMMAND_H
#define SANDBOX_SLACK_COMMAND_H

#include "deliver.h"
#include "slack/workspace.h"

/* Prepared from what a tester or the page asks for: {user, channel, command, text, escape?, fields?} or
 * {user, channel, ts, action_id}. `fields` replaces or adds raw form fields, to send what Slack never would. */
struct slack_delivery {
    const char *path; /* at opsgate, a literal */
    char *form;
    cJSON *record; /* for the list of deliveries: who typed what where */
};

bool slack_command_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                           struct error *err);
bool slack_action_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err);
void slack_delivery_answered(struct slack *slack, const struct slack_delivery *delivery,
                             const struct deliver_answer *answer, int64_t now_ms);
void slack_delivery_finish(struct slack_delivery *delivery);

cJSON *slack_command_list(void); /* the installed commands, for the page: [{command, usage, summary}] */

#endif
