/* oncall.h - who is on call by a schedule, now. (REST API, version 2)
 *
 * READING_PAGERDUTY_SCHEDULE, as bot/model/membership.h has it; the source is "pagerduty-schedule:PABC123". Needs a key that
 * reads users and schedules (`users.read`, `schedules.read`; `oncalls.read` for the newer ones). Layer-based schedules tell it
 * themselves; one that is not found among them may be a shift-based one, which only the list of who is on call knows: that list
 * repeats people, one entry for each policy and level. E-mail addresses come along. Pure.
 * Spec: https://developer.pagerduty.com/api-reference, "Schedules", "On-Calls"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_ONCALL_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_ONCALL_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_schedule_read(const struct exchange *exchange);

#endif
