/* view.h - modals: opened by the app, filled in and sent by a person, and what becomes of the app's answer.
 * Spec: https://docs.slack.dev/surfaces/modals, https://docs.slack.dev/reference/views/modal-views */
#ifndef SANDBOX_SLACK_VIEW_H
#define SANDBOX_SLACK_VIEW_H

#include "slack/delivery.h"

#define SLACK_TRIGGER_LIFE_MS 3000
#define SLACK_VIEW_MAX_BYTES 250000
#define SLACK_VIEW_STACK_MAX 3

bool slack_view_check(const cJSON *view, struct error *err); /* of type modal */

/* Nothing is to be sent (delivery->path is NULL) when a modal is left that does not ask to be told.
 * {user, view, values?: {BLOCK_ID: text or null; of boxes the value of one}, closed?, cleared?}: sends the modal that this person has open, or leaves
 * it. A field that must be filled in and is not is refused here, as Slack's own client does. */
bool slack_submit_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err);

/* `body` NULL: none, or no JSON. The view then is closed, open still, or another one; `record` says which, or the error. */
void slack_view_answered(struct slack *slack, cJSON *record, const char *error, const char *body);

#endif
