#include "prometheus/types.h"

#include "prometheus/aggregate.h"
#include "prometheus/binary.h"
#include "prometheus/functions.h"

const char *value_type_text(enum value_type type)
{
    static const char *const texts[] = { [TYPE_SCALAR] = "scalar",
                                         [TYPE_STRING] = "string",
                                         [TYPE_VECTOR] = "instant vector",
                                         [TYPE_RANGE] = "range vector" };

    return texts[type];
}

static bool is_computable(const struct query *part)
{
    return part->type == TYPE_SCALAR || part->type == TYPE_VECTOR;
}

static bool check_binary(const struct query *query, const struct lexer *lexer, struct error *err)
{
    const struct query *left = query->parts[0], *right = query->parts[1];
    bool both_vectors = left->type == TYPE_VECTOR && right->type == TYPE_VECTOR;

    if (!is_computable(left) || !is_computable(right))
        return lexer_fail(lexer, (is_computable(left) ? right : left)->at, err,
                          "binary expression must contain only scalar and instant vector types");
    if (query->operator->kind == OPERATOR_SET && !both_vectors)
        return lexer_fail(lexer, query->at, err, "set operator \"%s\" not allowed in binary scalar expression",
                          query->operator->name);
    if (query->grouping.given && !both_vectors)
        return lexer_fail(lexer, query->at, err, "vector matching only allowed between instant vectors");
    if (query->operator->kind == OPERATOR_COMPARES && query->type == TYPE_SCALAR && !query->gives_bool)
        return lexer_fail(lexer, query->at, err, "comparisons between scalars must use BOOL modifier");
    return true;
}

static bool check_call(const struct query *query, const struct lexer *lexer, struct error *err)
{
    const struct function *function = query->function;

    if (query->parts_count != function->args_count)
        return lexer_fail(lexer, query->at, err, "expected %zu argument(s) in call to \"%s\", got %zu",
                          function->args_count, function->name, query->parts_count);
    for (size_t i = 0; i < query->parts_count; i++) {
        if (query->parts[i]->type != function->args[i])
            return lexer_fail(lexer, query->parts[i]->at, err, "expected type %s in call to function \"%s\", got %s",
                              value_type_text(function->args[i]), function->name,
                              value_type_text(query->parts[i]->type));
    }
    return true;
}

static bool check_aggregate(const struct query *query, const struct lexer *lexer, struct error *err)
{
    if (query->parts_count != 1)
        return lexer_fail(lexer, query->at, err,
                          "wrong number of arguments for aggregate expression provided, expected 1, got %zu",
                          query->parts_count);
    return query->parts[0]->type == TYPE_VECTOR ||
           lexer_fail(lexer, query->parts[0]->at, err, "expected type instant vector in aggregation expression, got %s",
                      value_type_text(query->parts[0]->type));
}

bool types_check(const struct query *query, const struct lexer *lexer, struct error *err)
{
    switch (query->kind) {
    case QUERY_BINARY:
        return check_binary(query, lexer, err);
    case QUERY_CALL:
        return check_call(query, lexer, err);
    case QUERY_AGGREGATE:
        return check_aggregate(query, lexer, err);
    case QUERY_MINUS:
        return is_computable(query->parts[0]) ||
               lexer_fail(lexer, query->at, err,
                          "unary expression only allowed on expressions of type scalar or instant vector, got \"%s\"",
                          value_type_text(query->parts[0]->type));
    case QUERY_NUMBER:
    case QUERY_STRING:
    case QUERY_SELECTOR:
        return true;
    }
    return true;
}
