/* selector.h - which series of a metric are asked for: those of one or two revisions, and of what else must match.
 *
 * Names of metrics and labels are checked, values are escaped: nothing that stands in a configuration or comes from
 * Cloud Run can end its string and go on as a query. Pure.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/basics/, https://github.com/google/re2/wiki/Syntax
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_SELECTOR_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_SELECTOR_H

#include "bot/model/measure.h"

bool query_is_metric_name(const char *name); /* [a-zA-Z_:][a-zA-Z0-9_:]* */
bool query_is_label_name(const char *name);  /* [a-zA-Z_][a-zA-Z0-9_]* */
/* Those that a query would be made of. ERR_INVALID: "latency: 'x y' is not the name of a metric". */
bool query_check_names(const struct measure_names *names, struct error *err);

struct selector {
    const struct measure_names *names;      /* found good */
    const char *revisions[2];               /* NULL: not that one; neither: any that has a name */
    const char *label, *sign, *value;       /* one label more; NULL: none */
    const char *const *texts;               /* its values instead, each as it is: label="1", or label=~"1|1\\.0" */
    size_t texts_count;
};

/* metric{revision="...",label...,match...} */
void selector_add(struct buf *out, const struct selector *selector, const char *metric);

/* As it may stand inside of a string in double quotes. */
void selector_escape(struct buf *out, const char *value);

#endif
