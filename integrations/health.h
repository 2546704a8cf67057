/* health.h - does it answer as it should? One GET.
 *
 * READING_HEALTH, args health_probe -> {status, is_healthy, problem}. Another status, no answer at all (status 0), or a
 * field of the JSON body that is not what it has to be, is an answer to the question and so DONE: whoever asked decides
 * whether to ask again. A private service is asked with an identity token for the probe's audience; a 401 gets one fresh
 * token, and then it counts like any other answer. Nothing else is sent. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_HEALTH_H
#define OPSGATE_INTEGRATIONS_HEALTH_H

#include "bot/model/exchange.h"

#define HEALTH_BODY_MAX_BYTES (1024 * 1024) /* of a body that is looked into */

struct exchange_step health_read(const struct exchange *exchange);

#endif
