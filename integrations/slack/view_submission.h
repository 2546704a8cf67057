/* view_submission.h - a modal that was sent or left: what the door stores of it, and the request that it is.
 *
 * The door goes by slack_interaction_accept (interaction.h); these are its kinds. Pure; safe on any thread.
 * Spec: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_VIEW_SUBMISSION_H
#define OPSGATE_INTEGRATIONS_SLACK_VIEW_SUBMISSION_H

#include "integrations/slack/interaction.h"

#define SLACK_SUBMITTED_KIND "view" /* inbox_item.kind of a modal that was sent; its source is SLACK_SOURCE */

#define SLACK_CHOSEN_KIND "choice" /* likewise of something that was chosen in one, and on which other fields of it depend */

/* interaction.c only: the payload's type is known. `door` has its type, and stays NOT_BUILT where the view is not ours. */
bool slack_view_accept_submission(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                                  struct slack_interaction_door *door, struct error *err);
bool slack_view_accept_closed(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                              struct slack_interaction_door *door, struct error *err);

/* The request in an item of SLACK_SUBMITTED_KIND: modal_read of its command and values. ERR_INVALID is for the person. */
/* interaction.c only: a block_actions of a view. `door` stays as it is where that is none of ours, or what was chosen is not
 * decisive. */
bool slack_view_accept_choice(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                              struct slack_interaction_door *door, struct error *err);

bool slack_choice_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                         struct error *err);
bool slack_view_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                       struct error *err);

#endif
