/* filter.h - the filters of Cloud Monitoring: metric.type = "x" AND (resource.labels.a = "b" OR NOT metric.labels.c = "d").
 *
 * Comparisons by = and !=, quoted values or bare words, NOT before OR before AND, parentheses, AND left out. One metric.type
 * is named, by =, and neither NOT nor OR stands around it. Everything lives in the arena. Pure.
 * Spec: https://cloud.google.com/monitoring/api/v3/filters
 */
#ifndef SANDBOX_GOOGLE_FILTER_H
#define SANDBOX_GOOGLE_FILTER_H

#include "google/error.h"

#include "bot/base/arena.h"

struct filter;

/* The value of a selector, such as "resource.labels.location". */
typedef const char *(*filter_lookup_fn)(void *arg, const char *selector);

/* False: INVALID_ARGUMENT, in Google's way of saying so. NULL is an empty text. */
bool filter_parse(const char *text, struct arena *arena, const struct filter **ret_filter, struct google_error *err);
const char *filter_metric_type(const struct filter *filter);
/* The first selector that nothing is known of; NULL: all are known. */
const char *filter_unknown(const struct filter *filter, bool (*is_known)(const char *selector));
bool filter_matches(const struct filter *filter, filter_lookup_fn lookup, void *arg);

#endif
