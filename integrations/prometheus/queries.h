/* queries.h - PromQL for what is asked of a revision.
 *
 * Names of metrics and labels are checked, values are escaped: nothing that stands in a configuration or comes from
 * Cloud Run can end its string and go on as a query. Pure.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/{basics,functions}/
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_QUERIES_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_QUERIES_H

#include "bot/model/measure.h"

#define QUERY_MAX_BYTES (16 * 1024)
#define QUERY_WINDOW_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)

/* What is recent: the last tenth of the window, but two minutes at least (Prometheus computes no rate of a single sample,
 * and often collects one a minute) and ten at most; and no more than the window. */
#define QUERY_RECENT_SHARE 10
#define QUERY_RECENT_MIN_MS (INT64_C(2) * 60 * 1000)
#define QUERY_RECENT_MAX_MS (INT64_C(10) * 60 * 1000)

enum query_about {
    QUERY_REQUESTS, /* sum(increase(...)) */
    QUERY_RECENT,   /* sum(rate(...)) over what is recent: an increase over the window is one long after the last sample */
    QUERY_ERRORS,   /* 0 when requests carry the code's label and none of them failed; nothing when none carries it */
    QUERY_P50,      /* histogram_quantile over the buckets, le kept */
    QUERY_P95,
    QUERY_ABOUT_COUNT
};
const char *query_about_text(enum query_about about); /* "requests", "recent requests", "errors", "p50", "p95" */

bool query_is_metric_name(const char *name); /* [a-zA-Z_:][a-zA-Z0-9_:]* */
bool query_is_label_name(const char *name);  /* [a-zA-Z_][a-zA-Z0-9_]* */
/* Those that a query would be made of. ERR_INVALID: "latency: 'x y' is not the name of a metric". */
bool query_check_names(const struct measure_names *names, struct error *err);

/* In the arena; the names are those that query_check_names found good. The window is rounded up to whole seconds. NULL:
 * it would be longer than QUERY_MAX_BYTES. */
const char *query_of_revision(enum query_about about, const struct measure_names *names, const char *revision,
                              int64_t window_ms, struct arena *arena);
/* All that the metric has of any revision: metric{revision!="",match...}. */
const char *query_of_series(const struct measure_names *names, const char *metric, struct arena *arena);
/* The user's own, with the escaped name in place of every {revision}: it stands inside of a string there. */
const char *query_of_user(const char *query, const char *revision, struct arena *arena);

#endif
