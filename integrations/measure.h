/* measure.h - what is measured of a revision, from the one source that the configuration names. Pure. */
#ifndef OPSGATE_INTEGRATIONS_MEASURE_H
#define OPSGATE_INTEGRATIONS_MEASURE_H

#include "bot/model/exchange.h"

/* READING_MEASURE: metrics.google_cloud_monitoring, else metrics.prometheus. */
struct exchange_step measure_read(const struct exchange *exchange);

#endif
