/* measure.h - what the metrics source says of a canary and its baseline: how many requests, how many failed, how slow.
 *
 * READING_MEASURE (args: measure_ask; result: measured). The codec writes the queries and escapes every name that it fills
 * in. What the source does not know is marked so: no data is never zero, and never a pass.
 */
#ifndef OPSGATE_MODEL_MEASURE_H
#define OPSGATE_MODEL_MEASURE_H

#include "bot/base/shape.h"
#include "bot/model/cloud_run.h"

struct measure_names { /* how the service's metrics are called; settings give the defaults */
    const char *requests;       /* counter: "http_requests_total" */
    const char *latency;        /* histogram, seconds, without _bucket: "http_request_duration_seconds" */
    const char *revision_label; /* "revision" */
    const char *code_label;     /* "code" */
    const char *errors;         /* its values that are errors, a regular expression: "5.." */
    struct shape_pair *match;   /* labels that every query asks for as well */
    size_t match_count;
};
extern const struct shape measure_names_shape;

struct measure_query { /* the user's own; {revision} is filled in with the canary's name */
    const char *name, *query;
};
extern const struct shape measure_query_shape;

/* What counts is told in blocks: short pieces of time on even edges (multiples of block_ms), each request counted in one. */
struct measure_ask {
    const char *canary, *baseline; /* revisions; baseline NULL: none serves any more */
    int64_t window_ms;             /* looked back over */
    struct measure_names names;
    struct measure_query *queries;
    size_t queries_count;
    int64_t from_ms;   /* blocks from here on, unix, the source's clock; rounded up to an edge. 0: no blocks are asked for */
    int64_t block_ms;  /* how long each is */
    int64_t lag_ms;    /* the source is so late: no block ends after its now less this */
    double slow_s, slow_vs_s; /* slower than this is slow; 0: not asked. The source answers for a bound of its own */
    const struct run_place *place; /* of the service, for a source that knows it by that; or NULL */
};
extern const struct shape measure_ask_shape;

struct measure_value {
    bool is_known; /* false: the source has no such data, or it is not a number */
    double value;
};
extern const struct shape measure_value_shape;

struct measured_revision {
    struct measure_value requests;    /* in the window, about: it is extrapolated */
    struct measure_value errors;      /* likewise; known and 0 when the requests carry the code label and no error was ever counted */
    struct measure_value p50_s, p95_s; /* seconds */
    struct measure_value recent;      /* requests a second at the window's end; not known or 0: the other numbers are old */
    bool is_there; /* a single sample of its requests in the window is enough for that, where the numbers take two */
};
extern const struct shape measured_revision_shape;

#define MEASURE_BLOCKS_MAX 120 /* in one answer: the newest. Who is further behind, or never hears of any, has a gap */

struct measure_counts { /* in one block; whole numbers */
    struct measure_value requests, errors;
    struct measure_value slow, slow_vs; /* slower than bound_s, bound_vs_s */
};
extern const struct shape measure_counts_shape;

struct measure_block {
    int64_t from_ms, to_ms; /* unix, the source's clock; in order, never overlapping. A gap is not known */
    struct measure_counts canary, baseline;
};
extern const struct shape measure_block_shape;

struct measured {
    struct measured_revision canary, baseline;
    struct measure_value *queries; /* in the order asked */
    size_t queries_count;
    int64_t at_ms;                 /* when the source evaluated it, unix */
    struct measure_block *blocks;  /* as far as they are over */
    size_t blocks_count;
    double bound_s, bound_vs_s;    /* the smallest bound of the histogram that is not below slow_s, slow_vs_s; 0: none is */
    bool is_partial;               /* the source warns that there may be more than it tells */
    const char *source;            /* "prometheus", "google"; NULL: prometheus */
};
extern const struct shape measured_shape;

/* How many of the requests were slow, when `slow` of `timed` were: the two may be counted by two metrics. One that timed
 * more than were counted gives its share; one that timed less than half of them says nothing of them. */
struct measure_value measure_slow(double requests, double timed, double slow);

#endif
