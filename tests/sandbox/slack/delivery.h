/* delivery.h - one thing that Slack sends to an app, and what becomes of the answer.
 *
 * Prepared under the world's lock (command.c, action.c), signed and sent without it (deliver.h); then the answer is
 * shown to the person under the lock again: an ephemeral or public message, or Slack's own "failed with the error".
 */
#ifndef SANDBOX_SLACK_DELIVERY_H
#define SANDBOX_SLACK_DELIVERY_H

#include "deliver.h"
#include "slack/workspace.h"

#define SLACK_VERIFICATION_TOKEN "sandbox-verification-token" /* deprecated, and still sent */

struct slack_delivery {
    const char *path; /* at opsgate, a literal */
    char *form;       /* the body */
    const char *type; /* its Content-Type, a literal; NULL: a form's */
    cJSON *record; /* for the list of deliveries: who typed or pressed what where */
};

struct slack_place { /* who acts where; borrowed from the workspace */
    const cJSON *user, *channel;
};

/* Of {user, channel}, each by id or by name. */
bool slack_place_find(const struct slack *slack, const cJSON *wanted, struct slack_place *place, struct error *err);
char *slack_trigger_create(struct slack *slack, const char *user, int64_t now_ms); /* a new trigger_id; the caller frees */
cJSON *slack_record_create(const char *kind, const struct slack_place *place, int64_t now_ms);

void slack_delivery_answered(struct slack *slack, const struct slack_delivery *delivery,
                             const struct deliver_answer *answer, int64_t now_ms);
void slack_delivery_finish(struct slack_delivery *delivery);

#endif
