/* subscription.h - the webhook subscriptions: read, enabled again, and tested. Args and results: bot/model/pagerduty.h.
 * Spec: https://developer.pagerduty.com/api-reference, "Webhooks"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_SUBSCRIPTION_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_SUBSCRIPTION_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_subscriptions_read(const struct exchange *exchange);
struct exchange_step pagerduty_subscription_enable(const struct exchange *exchange);
struct exchange_step pagerduty_subscription_ping(const struct exchange *exchange);

#endif
