/* aggregate.h - sum, avg, min, max and count over the elements of a vector, in groups. */
#ifndef SANDBOX_PROMETHEUS_AGGREGATE_H
#define SANDBOX_PROMETHEUS_AGGREGATE_H

#include "prometheus/evaluate.h"

const struct aggregator *aggregator_find(const char *name); /* in any case */
void aggregate(struct evaluation *evaluation, const struct query *query, const struct value *vector,
               struct value *value);

#endif
