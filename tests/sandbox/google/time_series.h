/* time_series.h - what Cloud Monitoring has of Cloud Run's requests: points out of the minutes that revisions have served.
 *
 * Each revision has a series of its own for each response code. Aligned by ALIGN_DELTA and reduced by REDUCE_SUM: windows of
 * one length that end with the interval, each the sum of the minutes that end in it, in one series for each different set of
 * the labels that they are grouped by. A window without a minute has no point, and a series without a point does not exist.
 */
#ifndef SANDBOX_GOOGLE_TIME_SERIES_H
#define SANDBOX_GOOGLE_TIME_SERIES_H

#include "google/filter.h"
#include "run/run.h"

#define GROUP_FIELDS_MAX 8
#define WINDOWS_MAX 1000

struct metric { /* as Cloud Monitoring describes it */
    const char *type, *value_type, *unit;
    bool is_distribution;
};

struct series_ask {
    const struct metric *metric;
    const struct filter *filter;
    const char *project;
    int64_t end_ms, period_ms;
    size_t windows; /* of period_ms each, the last one ends at end_ms */
    const char *groups[GROUP_FIELDS_MAX];
    size_t groups_count;
    int64_t visible_until_ms; /* a minute that ends later is not known yet */
    const cJSON *dropped;     /* array: {service?, from_ms, until_ms}: minutes that end in it were lost */
};

const struct metric *metric_find(const char *type);   /* NULL: Cloud Run has none that is called so */
bool series_is_label(const char *selector);           /* may be grouped by */
bool series_is_selector(const char *selector);        /* may be filtered by */

/* An array of TimeSeries, each with its points, the newest first. The caller's. */
cJSON *series_collect(const struct run *run, const struct series_ask *ask, struct arena *arena);

#endif
