/* attempt.h - one attempt at a Cloud Run service: what is read of it, and the one PATCH that changes it.
 *
 * A dialog with what every exchange of cloud_run.c needs. Functions that give a bool give false when attempt->dialog.step
 * is what the exchange returns: a call that has to be made, or how it ended. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_ATTEMPT_H
#define OPSGATE_INTEGRATIONS_GOOGLE_ATTEMPT_H

#include "bot/model/cloud_run.h"
#include "integrations/dialog.h"

struct attempt {
    struct dialog dialog;
    const struct exchange *exchange;
    struct run_place place;
    const char *what;  /* "Cloud Run, api-service in acme/us-central1": begins every sentence */
    const cJSON *json; /* the Service as read */
    struct run_service service;
};

bool attempt_begin(struct attempt *attempt, const struct exchange *exchange, const struct run_place *place);
bool attempt_stop(struct attempt *attempt, struct exchange_step step); /* always false */

bool attempt_read_service(struct attempt *attempt);
/* *ret_revision is NULL when there is no such revision. */
bool attempt_read_revision(struct attempt *attempt, const char *revision, const cJSON **ret_revision);
/* True when Cloud Run took it. Takes body, and adds the etag of what was read, which guards it. */
bool attempt_patch(struct attempt *attempt, const char *mask, cJSON *body);

/* Can it stand in an address? Ours come from the configuration, revisions' from Cloud Run. */
bool attempt_is_name(const char *text);

#endif
