/* measure.h - what Prometheus says of a canary, its baseline and the user's own queries.
 *
 * READING_MEASURE, args measure_ask -> measured. One instant query for the numbers of the window, of both revisions; one
 * over a range for the blocks, if they are asked for; and one for each query of the user's, at the first one's instant:
 * many rollouts look at once. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_MEASURE_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_MEASURE_H

#include "bot/model/exchange.h"

#define MEASURE_QUERIES_MAX 40 /* of the user's own */

struct exchange_step prometheus_measure(const struct exchange *exchange);

#endif
