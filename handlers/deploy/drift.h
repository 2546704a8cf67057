/* drift.h - what somebody else has put into a service's template, and what does not serve: a new revision is made like the
 * one that serves, so a rollout leaves it out, and replaces that template. Who deploys, and who consents, reads so before.
 *
 * It is told and decides nothing. Scaling belongs to the service as a whole, whose minimum follows the traffic: what a
 * template says of it is told with the command that does so, and nobody's scaling is changed here.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_DRIFT_H
#define OPSGATE_HANDLERS_DEPLOY_DRIFT_H

#include "bot/model/cloud_run.h"
#include "bot/model/view.h"
#include "handlers/deploy/body.h"

struct deploying;

void drift_ask(struct deploying *d); /* on Cloud Run; nothing waits for it */
void drift_on_told(struct deploying *d);

/* What there is to tell of a template; NULL: nothing. */
const struct deploy_drift *drift_of(const struct view *view, const struct run_template *template);
/* "its template has settings +A, secrets ~B that do not serve (terraform@acme, 2 h ago)"; the time as it was when it was
 * told. Without a full stop. */
const char *drift_words(const struct view *view, const struct deploy_drift *drift, const struct run_place *place);
/* For cards; NULL: none. */
const char *drift_text(const struct view *view, const struct operation *operation, const struct deploy_body *body);

#endif
