/* buckets.h - a quantile out of a histogram's cumulative buckets, as histogram_quantile() finds it.
 *
 * Linear inside the bucket where the rank falls, from 0 in the first one; a rank in the +Inf bucket gives the highest
 * finite bound. Without a +Inf bucket, without observations, or with fewer than two buckets: NaN.
 */
#ifndef SANDBOX_PROMETHEUS_BUCKETS_H
#define SANDBOX_PROMETHEUS_BUCKETS_H

#include "prometheus/evaluate.h"

/* Adds one element to `value` for every set of labels that is the same but for "le". */
void buckets_quantiles(struct evaluation *evaluation, double quantile, const struct value *vector, struct value *value);

#endif
