/* monitoring.h - what Cloud Monitoring says of a canary and its baseline: Cloud Run's own metrics, without a Prometheus.
 *
 * READING_MEASURE, args measure_ask -> measured. Requests by class of status, then latencies; each minute is a point, and
 * a point is seen up to three minutes after it. So blocks are whole minutes, and none ends later than now less
 * metrics.lag; the window ends there as well, and is MEASURE_BLOCKS_MAX minutes long at most. Errors are the class 5xx. What never reached an instance (429, what still hangs) is no request here. Queries of the user's
 * own are Prometheus': they are not known. Pure.
 * Spec: google.monitoring.v3.MetricService.ListTimeSeries; metrics run.googleapis.com/request_count, request_latencies
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_MONITORING_H
#define OPSGATE_INTEGRATIONS_GOOGLE_MONITORING_H

#include "bot/model/exchange.h"

#define MONITORING_POINT_MS (INT64_C(60) * 1000)
#define MONITORING_PAGES_MAX 5

struct exchange_step monitoring_measure(const struct exchange *exchange);

/* Of `opsgate doctor`, args run_place: may its time series be read? Ends with findings (bot/model/finding.h). */
struct exchange_step monitoring_doctor(const struct exchange *exchange);

#endif
