/* trigger.h - a new incident, found again by its key before it is made once more. Args, results:
 * bot/model/pagerduty_act.h. Pure. Spec: https://developer.pagerduty.com/api-reference, "Create an Incident", "List
 * incidents"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_TRIGGER_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_TRIGGER_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_trigger_make(const struct exchange *exchange);

#endif
