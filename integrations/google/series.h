/* series.h - time series out of Cloud Monitoring: what is asked for, and the points minute by minute.
 *
 * A point's end is its time, and lies on a whole minute; points come newest first, over several pages. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_SERIES_H
#define OPSGATE_INTEGRATIONS_GOOGLE_SERIES_H

#include "bot/model/measure.h"
#include "integrations/google/distribution.h"

#define SERIES_CLASSES 6 /* "1xx" to "5xx", and any other text */

/* One revision in one minute. */
struct series_minute {
    bool has_class[SERIES_CLASSES];
    double requests, errors; /* known as soon as it has any class: one that is absent beside others is 0 */
    struct distribution latencies; /* 0 buckets: not known */
};

struct series_span {
    int64_t from_ms; /* on a minute */
    size_t minutes;
};

struct series { /* of the canary, of the baseline */
    struct series_span span;
    const char *revisions[2];
    struct series_minute *minutes[2];
};

struct series series_begin(const struct measure_ask *ask, struct series_span span, struct arena *arena);

/* Everything behind /timeSeries?, but for the page's token. Without a canary: of any revision. */
void series_add_query(struct buf *url, const struct measure_ask *ask, const char *metric, const char *group_by,
                      struct series_span span);

/* One page. ERR_UNAVAILABLE: it is not whole; ERR_INVALID: this is not how Cloud Monitoring answers. */
bool series_take_requests(struct series *series, const cJSON *page, struct arena *arena, struct error *err);
bool series_take_latencies(struct series *series, const cJSON *page, struct arena *arena, struct error *err);

static inline bool series_is_known(const struct series_minute *minute)
{
    for (size_t i = 0; i < SERIES_CLASSES; i++)
        if (minute->has_class[i])
            return true;
    return false;
}

#endif
