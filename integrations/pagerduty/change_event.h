/* change_event.h - a change event, sent; and whether PagerDuty would take one, without sending any. (Events API v2)
 * Pure.
 *
 * Another API than api.h's, on another host: its key stands in the body. 202 is done; 400 is never taken; what 429 and
 * 5xx answer was not taken, and is sent again, after Retry-After. Args: bot/model/change_event.h. Spec:
 * https://developer.pagerduty.com/docs/send-change-event
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_CHANGE_EVENT_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_CHANGE_EVENT_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_change_event_send(const struct exchange *exchange);

/* For `opsgate doctor`: an event without a summary, which is refused. Args {target}; ends with findings
 * (bot/model/finding.h). */
struct exchange_step pagerduty_doctor_changes(const struct exchange *exchange);

#endif
