/* heartbeat.h - one empty POST to whoever waits for it, and pages somebody when it does not come.
 *
 * READING_HEARTBEAT: its address is settings->heartbeat->url, a secret, which neither args nor errors have: nor is anything
 * quoted of the answer, which may repeat it. Any 2xx is good, and a redirect is not followed. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_HEARTBEAT_H
#define OPSGATE_INTEGRATIONS_HEARTBEAT_H

#include "bot/model/exchange.h"

struct exchange_step heartbeat_send(const struct exchange *exchange);

#endif
