/* doctor.h - is PagerDuty's key good, does it still tell us what happens, and may we change incidents there?
 *
 * Exchanges of `opsgate doctor`: they read, and end with findings (bot/model/finding.h). No args. pagerduty_doctor
 * looks at the webhook subscriptions; pagerduty_doctor_from asks whether pagerduty.from is a user, as whom incidents
 * are changed. Whether the key may write nothing tells but a write. Pure. Spec: integrations/pagerduty/subscription.h,
 * people.h
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_DOCTOR_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step pagerduty_doctor(const struct exchange *exchange);
struct exchange_step pagerduty_doctor_from(const struct exchange *exchange);

#endif
