/* change.h - what an incident is called, how bad it is, and who is called for it. Args, results:
 * bot/model/pagerduty_act.h. Pure. Spec: https://developer.pagerduty.com/api-reference, "Update an incident"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_CHANGE_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_CHANGE_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_change_make(const struct exchange *exchange);
struct exchange_step pagerduty_assign_make(const struct exchange *exchange);

#endif
