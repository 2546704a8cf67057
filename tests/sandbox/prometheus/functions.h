/* functions.h - PromQL's functions, a row each.
 *
 * rate, increase and delta extrapolate to the edges of their range as Prometheus does; counter resets are seen.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/functions/
 */
#ifndef SANDBOX_PROMETHEUS_FUNCTIONS_H
#define SANDBOX_PROMETHEUS_FUNCTIONS_H

#include "prometheus/evaluate.h"

#define FUNCTION_ARGS_MAX 5

struct function_call {
    struct evaluation *evaluation;
    const struct query *query;
    const struct value *args;
    struct error *err; /* set by what cannot be carried out */
};

struct function {
    const char *name;
    enum value_type result;
    size_t args_count;
    enum value_type args[FUNCTION_ARGS_MAX];
    bool (*call)(const struct function_call *call, struct value *value); /* value->type is set already */
};

const struct function *function_find(const char *name);

#endif
