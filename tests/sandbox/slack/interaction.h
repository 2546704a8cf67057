/* interaction.h - what all interactions but buttons have in common, and shortcuts, which are little else. */
#ifndef SANDBOX_SLACK_INTERACTION_H
#define SANDBOX_SLACK_INTERACTION_H

#include "slack/delivery.h"

/* {type, user, team, trigger_id, ...}; the caller's. */
cJSON *slack_interaction_create(struct slack *slack, const char *type, const cJSON *user, int64_t now_ms);
void slack_interaction_deliver(const cJSON *payload, struct slack_delivery *delivery); /* its path and form */

/* {user, callback_id, channel?, ts?}: a shortcut of the menu, or of a message. */
bool slack_shortcut_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                            struct error *err);

#endif
