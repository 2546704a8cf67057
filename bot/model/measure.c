#include "bot/model/measure.h"

#include <math.h>

static const struct shape_field names_rows[] = {
    ROW_STRING(measure_names, requests, .otherwise = "http_requests_total", .min = 1, .max = 200,
               .about = "counter of requests"),
    ROW_STRING(measure_names, latency, .otherwise = "http_request_duration_seconds", .min = 1, .max = 200,
               .about = "histogram in seconds, named without _bucket"),
    ROW_STRING(measure_names, revision_label, .otherwise = "revision", .min = 1, .max = 100,
               .about = "label that holds the revision's name"),
    ROW_STRING(measure_names, code_label, .otherwise = "code", .min = 1, .max = 100,
               .about = "label of the counter that holds the status"),
    ROW_STRING(measure_names, errors, .otherwise = "5..", .min = 1, .max = 200,
               .about = "statuses that are errors, a regular expression"),
    ROW_MAP(measure_names, match, .max = 20, .about = "labels that every query asks for as well"),
};
const struct shape measure_names_shape = SHAPE("names of metrics", measure_names, names_rows);

static const struct shape_field query_rows[] = {
    ROW_STRING(measure_query, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(measure_query, query, .flags = SHAPE_REQUIRED),
};
const struct shape measure_query_shape = SHAPE("a query", measure_query, query_rows);

static const struct shape_field ask_rows[] = {
    ROW_STRING(measure_ask, canary, .flags = SHAPE_REQUIRED),
    ROW_STRING(measure_ask, baseline, .flags = SHAPE_NONZERO),
    ROW_INT(measure_ask, window_ms, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(measure_ask, names, &measure_names_shape),
    ROW_OBJECTS(measure_ask, queries, &measure_query_shape, .flags = SHAPE_NONZERO),
    ROW_INT(measure_ask, from_ms, .flags = SHAPE_NONZERO),
    ROW_INT(measure_ask, block_ms, .flags = SHAPE_NONZERO),
    ROW_INT(measure_ask, lag_ms, .flags = SHAPE_NONZERO),
    ROW_RATIO(measure_ask, slow_s, .flags = SHAPE_NONZERO),
    ROW_RATIO(measure_ask, slow_vs_s, .flags = SHAPE_NONZERO),
    ROW_OPTION(measure_ask, place, &run_place_shape, .flags = SHAPE_NONZERO),
};
const struct shape measure_ask_shape = SHAPE("what to measure", measure_ask, ask_rows);

static const struct shape_field value_rows[] = {
    ROW_BOOL(measure_value, is_known, .flags = SHAPE_NONZERO),
    ROW_RATIO(measure_value, value, .flags = SHAPE_NONZERO),
};
const struct shape measure_value_shape = SHAPE("a value", measure_value, value_rows);

static const struct shape_field revision_rows[] = {
    ROW_OBJECT(measured_revision, requests, &measure_value_shape),
    ROW_OBJECT(measured_revision, errors, &measure_value_shape),
    ROW_OBJECT(measured_revision, p50_s, &measure_value_shape),
    ROW_OBJECT(measured_revision, p95_s, &measure_value_shape),
    ROW_OBJECT(measured_revision, recent, &measure_value_shape),
    ROW_BOOL(measured_revision, is_there, .flags = SHAPE_NONZERO),
};
const struct shape measured_revision_shape = SHAPE("a revision's numbers", measured_revision, revision_rows);

static const struct shape_field counts_rows[] = {
    ROW_OBJECT(measure_counts, requests, &measure_value_shape),
    ROW_OBJECT(measure_counts, errors, &measure_value_shape),
    ROW_OBJECT(measure_counts, slow, &measure_value_shape),
    ROW_OBJECT(measure_counts, slow_vs, &measure_value_shape),
};
const struct shape measure_counts_shape = SHAPE("what a block counts", measure_counts, counts_rows);

static const struct shape_field block_rows[] = {
    ROW_INT(measure_block, from_ms, .flags = SHAPE_REQUIRED),
    ROW_INT(measure_block, to_ms, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(measure_block, canary, &measure_counts_shape),
    ROW_OBJECT(measure_block, baseline, &measure_counts_shape),
};
const struct shape measure_block_shape = SHAPE("a block", measure_block, block_rows);

static const struct shape_field rows[] = {
    ROW_OBJECT(measured, canary, &measured_revision_shape),
    ROW_OBJECT(measured, baseline, &measured_revision_shape),
    ROW_OBJECTS(measured, queries, &measure_value_shape, .flags = SHAPE_NONZERO),
    ROW_INT(measured, at_ms),
    ROW_OBJECTS(measured, blocks, &measure_block_shape, .flags = SHAPE_NONZERO),
    ROW_RATIO(measured, bound_s, .flags = SHAPE_NONZERO),
    ROW_RATIO(measured, bound_vs_s, .flags = SHAPE_NONZERO),
    ROW_BOOL(measured, is_partial, .flags = SHAPE_NONZERO),
    ROW_STRING(measured, source, .flags = SHAPE_NONZERO),
};
const struct shape measured_shape = SHAPE("what was measured", measured, rows);

struct measure_value measure_slow(double requests, double timed, double slow)
{
    if (timed < requests / 2)
        return (struct measure_value){ .is_known = false };
    return (struct measure_value){ .is_known = true, .value = timed > requests ? floor(slow * (requests / timed)) : slow };
}
