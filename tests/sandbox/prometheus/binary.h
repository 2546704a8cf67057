/* binary.h - operators between two values: arithmetic, comparison, sets.
 *
 * Vectors are matched one to one by their labels without the metric's name; two elements for one partner are an error.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/operators/
 */
#ifndef SANDBOX_PROMETHEUS_BINARY_H
#define SANDBOX_PROMETHEUS_BINARY_H

#include "prometheus/evaluate.h"
#include "prometheus/lexer.h"

enum operator_kind { OPERATOR_ARITHMETIC, OPERATOR_COMPARES, OPERATOR_SET };

struct operator {
    const char *name;
    enum operator_kind kind;
    int binds; /* the more, the tighter */
    bool from_right;
    double (*apply)(double left, double right); /* comparisons: 1 or 0; NULL for sets */
};

#define BINDS_LOOSEST 1
#define BINDS_POWER 6

const struct operator *operator_find(const struct lexer *lexer); /* the one that comes next, or NULL */
bool binary(struct evaluation *evaluation, const struct query *query, const struct value *left,
            const struct value *right, struct value *ret_value, struct error *err);

#endif
