/* query.h - a parsed PromQL expression.
 *
 * The subset: selectors with = != =~ !~, ranges and offset, numbers and strings, unary and binary operators with bool,
 * on() and ignoring(), aggregations with by and without, and the functions of functions.c. What is not here
 * (subqueries, "@", group_left, other functions) is refused, never guessed. query_parse() also checks types, so
 * evaluation cannot meet a wrong one. Everything lives in the arena. Pure; any thread.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/{basics,operators,functions}/
 */
#ifndef SANDBOX_PROMETHEUS_QUERY_H
#define SANDBOX_PROMETHEUS_QUERY_H

#include "prometheus/labels.h"
#include "prometheus/matcher.h"

enum value_type { TYPE_SCALAR, TYPE_STRING, TYPE_VECTOR, TYPE_RANGE };
enum query_kind { QUERY_NUMBER, QUERY_STRING, QUERY_SELECTOR, QUERY_MINUS, QUERY_BINARY, QUERY_AGGREGATE, QUERY_CALL };

struct query;
struct function;   /* functions.h */
struct aggregator; /* aggregate.h */
struct operator;   /* binary.h */

struct grouping {
    bool given;
    bool named; /* by, on: these labels; otherwise without, ignoring: all others */
    const char **names;
    size_t count;
};

struct query {
    enum query_kind kind;
    enum value_type type; /* of its result */
    size_t at;            /* its first byte in the text */
    double number;
    const char *text;
    struct matcher *matchers; /* selectors */
    size_t matchers_count;
    int64_t range_ms, offset_ms; /* range 0: an instant vector */
    const struct function *function;
    const struct aggregator *aggregator;
    const struct operator *operator;
    bool gives_bool;
    struct grouping grouping;
    struct query **parts; /* operands or arguments */
    size_t parts_count;
};

const char *value_type_text(enum value_type type); /* "instant vector" */
struct query *query_parse(struct arena *arena, const char *text, struct error *err); /* NULL: "1:5: parse error: ..." */

#endif
