/* doctor.h - is PagerDuty's key good, and does it still tell us what happens?
 *
 * An exchange of `opsgate doctor`: reads the webhook subscriptions, and ends with findings (bot/model/finding.h). No args.
 * Pure. Spec: integrations/pagerduty/subscription.h
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_DOCTOR_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step pagerduty_doctor(const struct exchange *exchange);

#endif
