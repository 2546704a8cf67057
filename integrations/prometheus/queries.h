/* queries.h - PromQL for what is asked of a canary and its baseline.
 *
 * One query gives many numbers: its parts are joined by `or`, and each sample of the answer carries the label
 * QUERY_PART with its part's name, and the revision's label. Pure.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/{basics,operators,functions}/
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_QUERIES_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_QUERIES_H

#include "integrations/prometheus/selector.h"

#define QUERY_MAX_BYTES (64 * 1024)
#define QUERY_WINDOW_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)
#define QUERY_PART "opsgate_part"
#define QUERY_BOUND "le"

/* What is recent: the last tenth of the window, but two minutes at least (Prometheus computes no rate of a single sample,
 * and often collects one a minute) and ten at most, and four blocks: of a sample in
 * each two of them that holds two; and no more than the window. */
#define QUERY_RECENT_SHARE 10
#define QUERY_RECENT_MIN_MS (INT64_C(2) * 60 * 1000)
#define QUERY_RECENT_BLOCKS 4
#define QUERY_RECENT_MAX_MS (INT64_C(10) * 60 * 1000)

/* A series that was away for no longer than this goes on from where it was; after that its count is taken as new. */
#define QUERY_BACK_MS (INT64_C(15) * 60 * 1000)

enum query_part {
    PART_NOW,      /* 1, always there: its time is the source's now */
    PART_REQUESTS, /* of the window: sum(increase(...)). Of a block: counted */
    PART_RECENT,   /* sum(rate(...)) over what is recent: an increase over the window is one long after the last sample */
    PART_ERRORS,   /* 0 when requests carry the code's label and none of them failed; nothing when none carries it */
    PART_P50,      /* histogram_quantile over the buckets, le kept */
    PART_P95,
    PART_BOUND,    /* for each le of a revision: how many series have it */
    PART_IN_ALL,   /* of a block: what the histogram counted */
    PART_FAST,     /* no slower than the bound */
    PART_FAST_VS,
    PART_THERE, /* of the window: how many series of requests have a sample in it */
    PART_COUNT
};
const char *query_part_text(enum query_part part); /* "requests" */

/* All texts are in the arena; NULL: it would be longer than QUERY_MAX_BYTES. */

/* Of both revisions, over the window, which is rounded up to whole seconds; and the bounds, if they are asked for. */
const char *query_of_window(const struct measure_ask *ask, bool asks_bounds, struct arena *arena);

/* How the source writes a bound: "1", "1.0", or both, when revisions differ. */
struct query_bound {
    const char *const *texts;
    size_t texts_count; /* 0: there is no such bound */
};

/* Of both revisions, one value for each block, told at its end. A histogram without a bound for all of it has no parts. */
const char *query_of_blocks(const struct measure_ask *ask, const struct query_bound *all, const struct query_bound *fast,
                            const struct query_bound *fast_vs, struct arena *arena);

/* All that the metric has of any revision: metric{revision!="",match...}. */
const char *query_of_series(const struct measure_names *names, const char *metric, struct arena *arena);
/* The user's own, with the escaped name in place of every {revision}: it stands inside of a string there. */
const char *query_of_user(const char *query, const char *revision, struct arena *arena);

#endif
