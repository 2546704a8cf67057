/* incident.h - incidents on the public status page: opened, updated, resolved, read. Args, results:
 * bot/model/statuspage.h. Pure. Spec: https://developer.statuspage.io, "Incidents"
 */
#ifndef OPSGATE_INTEGRATIONS_STATUSPAGE_INCIDENT_H
#define OPSGATE_INTEGRATIONS_STATUSPAGE_INCIDENT_H

#include "bot/model/exchange.h"

struct exchange_step statuspage_open(const struct exchange *exchange);
struct exchange_step statuspage_update(const struct exchange *exchange);
struct exchange_step statuspage_read(const struct exchange *exchange);

#endif
