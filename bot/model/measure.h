/* measure.h - what the metrics source says of a canary and its baseline: how many requests, how many failed, how slow.
 *
 * READING_MEASURE (args: measure_ask; result: measured). The codec writes the queries and escapes every name that it fills
 * in. What the source does not know is marked so: no data is never zero, and never a pass.
 */
#ifndef OPSGATE_MODEL_MEASURE_H
#define OPSGATE_MODEL_MEASURE_H

#include "bot/base/shape.h"

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

struct measure_ask {
    const char *canary, *baseline; /* revisions; baseline NULL: none serves any more */
    int64_t window_ms;             /* looked back over */
    struct measure_names names;
    struct measure_query *queries;
    size_t queries_count;
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
};
extern const struct shape measured_revision_shape;

struct measured {
    struct measured_revision canary, baseline;
    struct measure_value *queries; /* in the order asked */
    size_t queries_count;
    int64_t at_ms;                 /* when the source evaluated it, unix */
};
extern const struct shape measured_shape;

#endif
