/* measure.h - what Prometheus says of a canary, its baseline and the user's own queries.
 *
 * READING_MEASURE, args measure_ask -> measured. One instant query for each number, one after the other; from the first
 * that finds something on, all of them at its instant. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_MEASURE_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_MEASURE_H

#include "bot/model/exchange.h"

#define MEASURE_QUERIES_MAX 40 /* of the user's own */

struct exchange_step prometheus_measure(const struct exchange *exchange);

#endif
