/* incidents.h - incidents as they are now: all that are open, or one. Args and results: bot/model/pagerduty.h.
 *
 * Webhooks are lost for good when PagerDuty has switched the subscription off: after such a gap the open ones are read,
 * and each one that was open before and is not among them by itself.
 * Spec: https://developer.pagerduty.com/api-reference, "Incidents"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_INCIDENTS_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_INCIDENTS_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_incidents_read(const struct exchange *exchange);
struct exchange_step pagerduty_incident_ask(const struct exchange *exchange);

#endif
