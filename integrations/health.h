/* health.h - does it answer as it should? One GET.
 *
 * READING_HEALTH, args health_probe -> {status, is_healthy, problem}. Another status, or no answer at all (status 0),
 * is an answer to the question and so DONE: whoever asked decides whether to ask again. No credential is sent. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_HEALTH_H
#define OPSGATE_INTEGRATIONS_HEALTH_H

#include "bot/model/exchange.h"

struct exchange_step health_read(const struct exchange *exchange);

#endif
