/* status.h - acknowledge, resolve, reopen; and sleep for a while. Args, results: bot/model/pagerduty_act.h. Pure.
 * Spec: https://developer.pagerduty.com/api-reference, "Update an incident", "Snooze an incident"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_STATUS_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_STATUS_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_status_set(const struct exchange *exchange);
struct exchange_step pagerduty_snooze_set(const struct exchange *exchange);

#endif
