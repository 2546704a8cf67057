/* evaluate.h - what a parsed query gives at one instant, over the series of a store.
 *
 * Everything that is made lives in the evaluation's arena. Ranges and the lookback are open at their old end, as in
 * Prometheus 3. A query may touch only so many samples; on false, err says why it could not be carried out.
 */
#ifndef SANDBOX_PROMETHEUS_EVALUATE_H
#define SANDBOX_PROMETHEUS_EVALUATE_H

#include "prometheus/query.h"
#include "prometheus/series.h"

#define LOOKBACK_MS (5 * MINUTE_MS)
#define SAMPLES_TOUCHED_MAX (50 * 1000 * 1000)

struct element {
    struct labels labels;
    double value;                 /* of an instant vector */
    const struct sample *samples; /* of a range vector: never empty, no stale marks */
    size_t samples_count;
};

struct value {
    enum value_type type;
    double number;      /* TYPE_SCALAR */
    const char *text;   /* TYPE_STRING */
    struct element *at; /* the vectors' elements */
    size_t count;
    int64_t range_ms, range_end_ms; /* TYPE_RANGE: what was asked for */
};

/* What a selector takes of the store: the same at every instant of a range. */
struct selection {
    const struct query *query;
    const struct series **series; /* in the store's order */
    size_t count;
};

struct selections {
    struct selection *at;
    size_t count;
};

struct evaluation {
    struct selections selections; /* of the whole query, by select_series() */
    struct arena *arena;
    int64_t at_ms;
    size_t touched; /* samples so far */
};

/* Once for each query, before its first instant; as long as `arena` lives, and nothing is appended to the store. */
struct selections select_series(const struct store *store, const struct query *query, struct arena *arena);
bool evaluate(struct evaluation *evaluation, const struct query *query, struct value *ret_value, struct error *err);

#endif
