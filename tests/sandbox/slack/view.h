/* view.h - modals: opened by the app, filled in and sent by a person, and what becomes of the app's answer.
 * Spec: https://docs.slack.dev/surfaces/modals, https://docs.slack.dev/reference/views/modal-views */
#ifndef SANDBOX_SLACK_VIEW_H
#define SANDBOX_SLACK_VIEW_H

#include "slack/delivery.h"

#define SLACK_TRIGGER_LIFE_MS 3000
#define SLACK_VIEW_MAX_BYTES 250000
#define SLACK_VIEW_STACK_MAX 3

bool slack_view_check(const cJSON *view, struct error *err); /* of type modal */
bool slack_home_check(const cJSON *view, struct error *err); /* of type home */

/* Of an entry of `views` or `homes`: as the app is told of it; the caller's. */
cJSON *slack_view_shown(const cJSON *entry);
/* {BLOCK_ID: {ACTION_ID: ...}} of what is filled in, else of what stood there at first; the caller's. */
cJSON *slack_view_state(const cJSON *view, const cJSON *filled);
cJSON *slack_view_find_open(const struct slack *slack, const char *id, const char *user); /* NULL: they have no such one open */

/* {user, home: true, block, action_id, value?}: presses a button of their Home tab. {user, view, block, value, values?}: chooses that in a
 * field of the modal that they have open, which tells the app if the field says so; `values` as for slack_submit_prepare.
 * view_action.c */
bool slack_view_action_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                               struct error *err);

/* Nothing is to be sent (delivery->path is NULL) when a modal is left that does not ask to be told.
 * {user, view, values?: {BLOCK_ID: text or null; of boxes the value of one}, closed?, cleared?}: sends the modal that this person has open, or leaves
 * it. A field that must be filled in and is not is refused here, as Slack's own client does. */
bool slack_submit_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err);

/* `body` NULL: none, or no JSON. The view then is closed, open still, or another one; `record` says which, or the error. */
void slack_view_answered(struct slack *slack, cJSON *record, const char *error, const char *body);

#endif
