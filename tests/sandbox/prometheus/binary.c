#include "prometheus/binary.h"

#include <math.h>
#include <string.h>

/* ---- the operators ---- */

static double add(double left, double right)
{
    return left + right;
}

static double subtract(double left, double right)
{
    return left - right;
}

static double multiply(double left, double right)
{
    return left * right;
}

static double divide(double left, double right)
{
    return left / right; /* IEEE 754 says it all: x/0 is infinite, 0/0 is NaN */
}

static double equal(double left, double right)
{
    return left <= right && left >= right;
}

static double not_equal(double left, double right)
{
    return !(left <= right && left >= right);
}

static double greater(double left, double right)
{
    return left > right;
}

static double less(double left, double right)
{
    return left < right;
}

static double greater_or_equal(double left, double right)
{
    return left >= right;
}

static double less_or_equal(double left, double right)
{
    return left <= right;
}

/* clang-format off */
static const struct operator operators[] = {
    { "or",     OPERATOR_SET,        BINDS_LOOSEST, false, NULL },
    { "and",    OPERATOR_SET,        2,             false, NULL },
    { "unless", OPERATOR_SET,        2,             false, NULL },
    { "==",     OPERATOR_COMPARES,   3,             false, equal },
    { "!=",     OPERATOR_COMPARES,   3,             false, not_equal },
    { ">=",     OPERATOR_COMPARES,   3,             false, greater_or_equal },
    { "<=",     OPERATOR_COMPARES,   3,             false, less_or_equal },
    { ">",      OPERATOR_COMPARES,   3,             false, greater },
    { "<",      OPERATOR_COMPARES,   3,             false, less },
    { "+",      OPERATOR_ARITHMETIC, 4,             false, add },
    { "-",      OPERATOR_ARITHMETIC, 4,             false, subtract },
    { "*",      OPERATOR_ARITHMETIC, 5,             false, multiply },
    { "/",      OPERATOR_ARITHMETIC, 5,             false, divide },
    { "%",      OPERATOR_ARITHMETIC, 5,             false, fmod },
    { "^",      OPERATOR_ARITHMETIC, BINDS_POWER,   true,  pow },
};
/* clang-format on */

const struct operator* operator_find(const struct lexer *lexer)
{
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (lexer_is(lexer, operators[i].name))
            return &operators[i];
    }
    return NULL;
}

/* ---- numbers and vectors ---- */

static struct labels without_name(struct arena *arena, struct labels labels)
{
    const char *const name[] = { LABEL_NAME };

    return labels_without(arena, labels, name, 1);
}

/* What an operator makes of two values that belong together; a comparison lets `kept` through, or nothing. */
static void add_result(struct evaluation *evaluation, const struct query *query, double left, double right,
                       struct element kept, struct value *value)
{
    double result = query->operator->apply(left, right);

    if (query->operator->kind == OPERATOR_COMPARES && !query->gives_bool) {
        if (result > 0)
            *ARENA_PUSH(evaluation->arena, value->at, value->count) = kept;
        return;
    }
    *ARENA_PUSH(evaluation->arena, value->at, value->count) =
        (struct element){ .labels = without_name(evaluation->arena, kept.labels), .value = result };
}

static void with_number(struct evaluation *evaluation, const struct query *query, const struct value *left,
                        const struct value *right, struct value *value)
{
    const struct value *vector = left->type == TYPE_VECTOR ? left : right;

    for (size_t i = 0; i < vector->count; i++)
        add_result(evaluation, query, left == vector ? vector->at[i].value : left->number,
                   right == vector ? vector->at[i].value : right->number, vector->at[i], value);
}

/* ---- two vectors ---- */

/* What two elements must have in common to belong together. */
static struct labels key_of(struct arena *arena, const struct grouping *grouping, struct labels labels)
{
    if (grouping->given && grouping->named)
        return labels_only(arena, labels, grouping->names, grouping->count);
    return labels_without(arena, without_name(arena, labels), grouping->names, grouping->count);
}

static struct labels *keys_of(struct arena *arena, const struct grouping *grouping, const struct value *vector)
{
    struct labels *keys = arena_alloc(arena, (vector->count + 1) * sizeof *keys);

    for (size_t i = 0; i < vector->count; i++)
        keys[i] = key_of(arena, grouping, vector->at[i].labels);
    return keys;
}

static bool has_key(const struct labels *keys, size_t count, struct labels key)
{
    for (size_t i = 0; i < count; i++) {
        if (labels_equal(keys[i], key))
            return true;
    }
    return false;
}

static void combine_sets(struct evaluation *evaluation, const struct query *query, const struct value *left,
                         const struct value *right, struct value *value)
{
    struct labels *left_keys = keys_of(evaluation->arena, &query->grouping, left);
    struct labels *right_keys = keys_of(evaluation->arena, &query->grouping, right);
    bool is_or = strcmp(query->operator->name, "or") == 0, is_and = strcmp(query->operator->name, "and") == 0;

    for (size_t i = 0; i < left->count; i++) {
        if (is_or || has_key(right_keys, right->count, left_keys[i]) == is_and)
            *ARENA_PUSH(evaluation->arena, value->at, value->count) = left->at[i];
    }
    for (size_t i = 0; is_or && i < right->count; i++) {
        if (!has_key(left_keys, left->count, right_keys[i]))
            *ARENA_PUSH(evaluation->arena, value->at, value->count) = right->at[i];
    }
}

static bool check_side(struct evaluation *evaluation, const struct labels *keys, size_t count, const char *side,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (has_key(keys + i + 1, count - i - 1, keys[i]))
            return error_set(err, ERR_CONFLICT,
                             "found duplicate series for the match group %.80s on the %s hand-side of the operation; "
                             "many-to-many matching not allowed: matching labels must be unique on one side",
                             labels_print(evaluation->arena, keys[i]), side);
    }
    return true;
}

/* on() keeps only what was matched on, ignoring() loses what was ignored. */
static struct labels result_labels(struct arena *arena, const struct grouping *grouping, struct labels labels)
{
    if (!grouping->given)
        return labels;
    return grouping->named ? labels_only(arena, labels, grouping->names, grouping->count)
                           : labels_without(arena, labels, grouping->names, grouping->count);
}

/* Only elements that find a partner count: a left one too many is an error when the right side has its key. */
static bool check_left(struct evaluation *evaluation, const struct labels *keys, size_t index, struct error *err)
{
    return !has_key(keys, index, keys[index]) ||
           error_set(err, ERR_CONFLICT,
                     "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right): "
                     "%.80s",
                     labels_print(evaluation->arena, keys[index]));
}

static bool combine(struct evaluation *evaluation, const struct query *query, const struct value *left,
                    const struct value *right, struct value *value, struct error *err)
{
    struct labels *left_keys = keys_of(evaluation->arena, &query->grouping, left);
    struct labels *right_keys = keys_of(evaluation->arena, &query->grouping, right);

    if (!check_side(evaluation, right_keys, right->count, "right", err))
        return false;
    for (size_t i = 0; i < left->count; i++) {
        for (size_t j = 0; j < right->count; j++) {
            struct element kept = left->at[i];

            if (!labels_equal(left_keys[i], right_keys[j]))
                continue;
            if (!check_left(evaluation, left_keys, i, err))
                return false;
            kept.labels = result_labels(evaluation->arena, &query->grouping, kept.labels);
            add_result(evaluation, query, left->at[i].value, right->at[j].value, kept, value);
        }
    }
    return true;
}

bool binary(struct evaluation *evaluation, const struct query *query, const struct value *left,
            const struct value *right, struct value *ret_value, struct error *err)
{
    if (query->operator->kind == OPERATOR_SET) {
        combine_sets(evaluation, query, left, right, ret_value);
        return true;
    }
    if (left->type == TYPE_VECTOR && right->type == TYPE_VECTOR)
        return combine(evaluation, query, left, right, ret_value, err);
    if (left->type == TYPE_VECTOR || right->type == TYPE_VECTOR)
        with_number(evaluation, query, left, right, ret_value);
    else
        ret_value->number = query->operator->apply(left->number, right->number);
    return true;
}
