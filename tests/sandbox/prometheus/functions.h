/* functions.h - PromQL's functions, a row each.
 *
 * rate, increase and delta extrapolate to the edges of their range as Prometheus does; counter resets are seen.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/functions/
 */
#ifndef SANDBOX_PROMETHEUS_FUNCTIONS_H
#define SANDBOX_PROMETHEUS_FUNCTIONS_H

#include "prometheus/evaluate.h"

struct function_call {
    struct evaluation *evaluation;
    const struct query *query;
    const struct value *args;
};

struct function {
    const char *name;
    enum value_type result;
    size_t args_count;
    enum value_type args[2];
    void (*call)(const struct function_call *call, struct value *value); /* value->type is set already */
};

const struct function *function_find(const char *name);

#endif
