/* distribution.h - latencies as Cloud Monitoring counts them: how many fell into which bucket.
 *
 * Buckets are exponential, linear or explicit; the first takes all below, the last all above, and counts of zero at the
 * end are left out. Milliseconds. Pure. Spec: google.api.Distribution
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_DISTRIBUTION_H
#define OPSGATE_INTEGRATIONS_GOOGLE_DISTRIBUTION_H

#include "bot/base/json.h"

#define DISTRIBUTION_BUCKETS_MAX 1000

struct distribution {
    size_t buckets;       /* 0: nothing was counted */
    const double *uppers; /* of every bucket but the last; rising */
    double *counts;
};

/* ERR_INVALID: it is none. In the arena. */
bool distribution_decode(const cJSON *json, struct arena *arena, struct distribution *ret_distribution,
                         struct error *err);

/* The smallest upper bound that is not below the limit; 0: none is. */
double distribution_bound(const struct distribution *distribution, double limit);
double distribution_above(const struct distribution *distribution, double bound); /* how many */
double distribution_total(const struct distribution *distribution);

/* Adds the counts; false: their buckets differ. The sum may be empty at first. */
bool distribution_add(struct distribution *sum, const struct distribution *more, struct arena *arena);
/* Linear within its bucket, the last finite bound above that. False: there is nothing. */
bool distribution_quantile(const struct distribution *distribution, double quantile, double *ret_value);

#endif
