/* incident.h - an incident as PagerDuty writes it, in webhooks and in the REST API, which differ: number and
 * incident_number, assignees[] and assignments[].assignee, a priority's summary and name. Pure; any thread.
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_INCIDENT_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_INCIDENT_H

#include "bot/model/pagerduty_event.h"
#include "integrations/bounds.h"

#define PAGERDUTY_ID_MAX_BYTES 64

bool pagerduty_id_is_valid(const char *id); /* letters, digits, - and _: fit for a path. NULL is none */

/* What is read lives in the bounds' arena or in the JSON. NULL: missing, null, or without an id that is one. */
const struct pagerduty_reference *pagerduty_reference_read(struct bounds *bounds, const cJSON *json, const char *path);
/* Of each element that member; `member` "" is the element itself. What is no reference is left out. */
struct pagerduty_reference *pagerduty_references_read(struct bounds *bounds, const cJSON *json, const char *path,
                                                      const char *member, size_t *ret_count);

/* ERR_INVALID: no object, or without an id. Everything else may be missing or null. */
bool pagerduty_incident_read(struct bounds *bounds, const cJSON *json, struct pagerduty_incident *ret_incident,
                             struct error *err);

#endif
