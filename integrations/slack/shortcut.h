/* shortcut.h - a shortcut, of the lightning menu or of a message: what the door stores of it, and the request that it is.
 *
 * Its callback_id, as the app's manifest has it, says what it types: "opsgate.incident.declare" is `incident declare`. The
 * request brings a trigger, so its verb may open a modal; a message's brings that message. The door goes by
 * slack_interaction_accept (interaction.h). Pure; safe on any thread.
 * Spec: https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_SHORTCUT_H
#define OPSGATE_INTEGRATIONS_SLACK_SHORTCUT_H

#include "integrations/slack/interaction.h"

#define SLACK_SHORTCUT_KIND "shortcut"      /* inbox_item.kind; its source is SLACK_SOURCE */
#define SLACK_SHORTCUT_PREFIX "opsgate."    /* of our callback_ids */
#define SLACK_SHORTCUT_TEXT_MAX_BYTES 3000  /* of the message that is kept */

/* interaction.c only: of either type. `door` stays NOT_BUILT where the shortcut is not ours. `url`: checked, or NULL. */
bool slack_shortcut_accept(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                           struct slack_interaction_door *door, struct error *err);

bool slack_shortcut_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                           struct error *err);

#endif
