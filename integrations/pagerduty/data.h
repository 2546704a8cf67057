/* data.h - what a webhook's event.data says, by its event_type: one row for each that we know. Pure; any thread.
 * Spec: https://developer.pagerduty.com/docs/webhooks-overview, "Event Types" and "Event Data Types"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_DATA_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_DATA_H

#include "bot/model/pagerduty_event.h"
#include "integrations/bounds.h"

bool pagerduty_data_knows(const char *event_type);

/* Fills `about` and the member that the type tells of. ERR_INVALID: `data` has another shape, or says neither incident nor
 * service. */
bool pagerduty_data_read(struct bounds *bounds, const char *event_type, const cJSON *data,
                         struct pagerduty_event *event, struct error *err);

#endif
