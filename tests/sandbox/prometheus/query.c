#include "prometheus/query.h"

#include "prometheus/aggregate.h"
#include "prometheus/binary.h"
#include "prometheus/functions.h"
#include "prometheus/lexer.h"
#include "prometheus/matcher.h"
#include "prometheus/types.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define NESTING_MAX 100
#define OPERATORS_MAX 500 /* a chain of them is a deep tree too */

struct parser {
    struct arena *arena;
    struct lexer lexer;
    int nesting, operators;
    struct error *err;
};

static struct query *parse_binary(struct parser *parser, int binds_min);

static bool next(struct parser *parser)
{
    return lexer_next(&parser->lexer, parser->err);
}

static bool is(const struct parser *parser, const char *sign_or_word)
{
    return lexer_is(&parser->lexer, sign_or_word);
}

static bool expect(struct parser *parser, const char *sign, const char *where)
{
    if (!is(parser, sign)) {
        lexer_unexpected(&parser->lexer, where, parser->err);
        return false;
    }
    return next(parser);
}

static struct query *make(struct parser *parser, enum query_kind kind, enum value_type type)
{
    struct query *query = ARENA_NEW(parser->arena, struct query);

    query->kind = kind;
    query->type = type;
    query->at = parser->lexer.token.at;
    return query;
}

static void add_part(struct parser *parser, struct query *query, struct query *part)
{
    *ARENA_PUSH(parser->arena, query->parts, query->parts_count) = part;
}

/* NULL, and the parser's error set, when the types do not fit. */
static struct query *checked(struct parser *parser, struct query *query)
{
    return types_check(query, &parser->lexer, parser->err) ? query : NULL;
}

/* ---- selectors ---- */

static bool parse_matcher(struct parser *parser, struct query *query)
{
    static const char *const signs[] = {
        [MATCH_EQUAL] = "=", [MATCH_NOT_EQUAL] = "!=", [MATCH_REGEX] = "=~", [MATCH_NOT_REGEX] = "!~"
    };
    struct matcher *matcher = ARENA_PUSH(parser->arena, query->matchers, query->matchers_count);
    size_t at = parser->lexer.token.at, kind = 0;

    if (parser->lexer.token.kind != TOKEN_WORD || strchr(parser->lexer.token.text, ':'))
        return lexer_unexpected(&parser->lexer, " in label matching, expected identifier or \"}\"", parser->err);
    matcher->name = parser->lexer.token.text;
    if (!next(parser))
        return false;
    while (kind < ARRAY_LEN(signs) && !is(parser, signs[kind]))
        kind++;
    if (kind == ARRAY_LEN(signs))
        return lexer_unexpected(&parser->lexer, " in label matching, expected label matching operator", parser->err);
    matcher->kind = (enum match_kind)kind;
    if (!next(parser))
        return false;
    if (parser->lexer.token.kind != TOKEN_STRING)
        return lexer_unexpected(&parser->lexer, " in label matching, expected string", parser->err);
    matcher->value = parser->lexer.token.text;
    if (!matcher_compile(matcher, parser->arena))
        return lexer_fail(&parser->lexer, at, parser->err, "error parsing regexp: \"%.60s\"", matcher->value);
    return next(parser);
}

static bool parse_matchers(struct parser *parser, struct query *query)
{
    if (!next(parser)) /* the brace */
        return false;
    while (!is(parser, "}")) {
        if (!parse_matcher(parser, query))
            return false;
        if (!is(parser, ",") && !is(parser, "}"))
            return lexer_unexpected(&parser->lexer, " in label matching, expected \",\" or \"}\"", parser->err);
        if (is(parser, ",") && !next(parser))
            return false;
    }
    return next(parser);
}

/* One that takes everything would read the whole store by accident; Prometheus refuses it too. */
static bool selects_something(struct parser *parser, const struct query *query)
{
    for (size_t i = 0; i < query->matchers_count; i++) {
        if (!matcher_takes(&query->matchers[i], ""))
            return true;
    }
    return lexer_fail(&parser->lexer, query->at, parser->err,
                      "vector selector must contain at least one non-empty matcher");
}

/* What stands at the cursor is '{', or what followed the metric's name. */
static struct query *parse_selector(struct parser *parser, const char *name, size_t at)
{
    struct query *query = make(parser, QUERY_SELECTOR, TYPE_VECTOR);

    query->at = at;
    if (name)
        *ARENA_PUSH(parser->arena, query->matchers, query->matchers_count) =
            (struct matcher){ .kind = MATCH_EQUAL, .name = LABEL_NAME, .value = name };
    if (is(parser, "{") && !parse_matchers(parser, query))
        return NULL;
    return selects_something(parser, query) ? query : NULL;
}

/* ---- ranges and offsets ---- */

static bool take_duration(struct parser *parser, const char *where, int64_t *ret_ms)
{
    if (parser->lexer.token.kind != TOKEN_DURATION)
        return lexer_unexpected(&parser->lexer, where, parser->err);
    *ret_ms = parser->lexer.token.length_ms;
    return next(parser);
}

static bool parse_range(struct parser *parser, struct query *query)
{
    size_t at = parser->lexer.token.at;

    if (query->kind != QUERY_SELECTOR || query->range_ms || query->offset_ms)
        return lexer_fail(&parser->lexer, at, parser->err,
                          "ranges only allowed for vector selectors, before any offset");
    if (!next(parser) || !take_duration(parser, " in range, expected a duration", &query->range_ms))
        return false;
    if (query->range_ms == 0)
        return lexer_fail(&parser->lexer, at, parser->err, "duration must be greater than 0");
    query->type = TYPE_RANGE;
    if (is(parser, ":"))
        return lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err, "subqueries are not supported here");
    return expect(parser, "]", " in range, expected \"]\"");
}

static bool parse_offset(struct parser *parser, struct query *query)
{
    bool back = true;

    if (query->kind != QUERY_SELECTOR || query->offset_ms)
        return lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err,
                          "offset modifier must be preceded by an instant vector selector or range vector selector");
    if (!next(parser))
        return false;
    if (is(parser, "-")) {
        back = false;
        if (!next(parser))
            return false;
    }
    if (!take_duration(parser, " in offset, expected a duration", &query->offset_ms))
        return false;
    query->offset_ms = back ? query->offset_ms : -query->offset_ms;
    return true;
}

static struct query *parse_after(struct parser *parser, struct query *query)
{
    while (query) {
        if (is(parser, "@")) {
            lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err, "the @ modifier is not supported here");
            return NULL;
        }
        if (is(parser, "["))
            query = parse_range(parser, query) ? query : NULL;
        else if (is(parser, "offset"))
            query = parse_offset(parser, query) ? query : NULL;
        else
            return query;
    }
    return NULL;
}

/* ---- calls and aggregations ---- */

static bool parse_names(struct parser *parser, struct grouping *grouping)
{
    if (!next(parser) || !expect(parser, "(", " in grouping opts, expected \"(\""))
        return false;
    while (!is(parser, ")")) {
        if (parser->lexer.token.kind != TOKEN_WORD || strchr(parser->lexer.token.text, ':'))
            return lexer_unexpected(&parser->lexer, " in grouping opts, expected label", parser->err);
        *ARENA_PUSH(parser->arena, grouping->names, grouping->count) = parser->lexer.token.text;
        if (!next(parser))
            return false;
        if (!is(parser, ",") && !is(parser, ")"))
            return lexer_unexpected(&parser->lexer, " in grouping opts, expected \",\" or \")\"", parser->err);
        if (is(parser, ",") && !next(parser))
            return false;
    }
    grouping->given = true;
    return next(parser);
}

static bool parse_grouping(struct parser *parser, const char *named, const char *others, struct grouping *grouping)
{
    if (!is(parser, named) && !is(parser, others))
        return true;
    grouping->named = is(parser, named);
    return parse_names(parser, grouping);
}

static bool parse_arguments(struct parser *parser, struct query *query)
{
    if (!expect(parser, "(", ", expected \"(\""))
        return false;
    while (!is(parser, ")")) {
        struct query *part = parse_binary(parser, BINDS_LOOSEST);

        if (!part)
            return false;
        add_part(parser, query, part);
        if (!is(parser, ",") && !is(parser, ")"))
            return lexer_unexpected(&parser->lexer, ", expected \",\" or \")\"", parser->err);
        if (is(parser, ",") && !next(parser))
            return false;
    }
    return next(parser);
}

static struct query *parse_aggregate(struct parser *parser, const struct aggregator *aggregator, size_t at)
{
    struct query *query = make(parser, QUERY_AGGREGATE, TYPE_VECTOR);

    query->at = at;
    query->aggregator = aggregator;
    if (!parse_grouping(parser, "by", "without", &query->grouping) || !parse_arguments(parser, query))
        return NULL;
    if (!query->grouping.given && !parse_grouping(parser, "by", "without", &query->grouping))
        return NULL;
    return checked(parser, query);
}

static struct query *parse_call(struct parser *parser, const char *name, size_t at)
{
    struct query *query = make(parser, QUERY_CALL, TYPE_VECTOR);

    query->at = at;
    query->function = function_find(name);
    if (!query->function) {
        lexer_fail(&parser->lexer, at, parser->err, "unknown function with name \"%.60s\"", name);
        return NULL;
    }
    query->type = query->function->result;
    return parse_arguments(parser, query) ? checked(parser, query) : NULL;
}

static bool is_number_word(const char *word, double *ret_number)
{
    *ret_number = strcasecmp(word, "nan") == 0 ? NAN : INFINITY;
    return strcasecmp(word, "nan") == 0 || strcasecmp(word, "inf") == 0;
}

static struct query *parse_word(struct parser *parser)
{
    const char *name = parser->lexer.token.text;
    size_t at = parser->lexer.token.at;
    const struct aggregator *aggregator = aggregator_find(name);
    double number = 0;

    if (is_number_word(name, &number)) {
        struct query *query = make(parser, QUERY_NUMBER, TYPE_SCALAR);

        query->number = number;
        return next(parser) ? query : NULL;
    }
    if (!next(parser))
        return NULL;
    if (aggregator && (is(parser, "(") || is(parser, "by") || is(parser, "without")))
        return parse_aggregate(parser, aggregator, at);
    if (is(parser, "("))
        return parse_call(parser, name, at);
    return parse_selector(parser, name, at);
}

/* ---- operators ---- */

static struct query *parse_leaf(struct parser *parser)
{
    const struct token *token = &parser->lexer.token;
    struct query *query = NULL;

    if (token->kind == TOKEN_WORD)
        return parse_word(parser);
    if (is(parser, "{"))
        return parse_selector(parser, NULL, token->at);
    if (is(parser, "(")) {
        query = next(parser) ? parse_binary(parser, BINDS_LOOSEST) : NULL;
        return query && expect(parser, ")", ", expected \")\"") ? query : NULL;
    }
    if (token->kind != TOKEN_NUMBER && token->kind != TOKEN_STRING) {
        lexer_unexpected(&parser->lexer, "", parser->err);
        return NULL;
    }
    query =
        token->kind == TOKEN_NUMBER ? make(parser, QUERY_NUMBER, TYPE_SCALAR) : make(parser, QUERY_STRING, TYPE_STRING);
    query->number = token->number;
    query->text = token->text;
    return next(parser) ? query : NULL;
}

/* A sign binds looser than ^ and tighter than everything else: -2^2 is -4. */
static struct query *parse_operand(struct parser *parser)
{
    bool minus = is(parser, "-");
    struct query *query = NULL;

    if (!minus && !is(parser, "+"))
        return parse_after(parser, parse_leaf(parser));
    query = make(parser, QUERY_MINUS, TYPE_VECTOR);
    if (!next(parser))
        return NULL;
    struct query *operand = parse_binary(parser, BINDS_POWER);

    if (!operand)
        return NULL;
    query->type = operand->type;
    add_part(parser, query, operand);
    if (!checked(parser, query))
        return NULL;
    return minus ? query : operand;
}

/* What may stand between an operator and its right side: bool, on(), ignoring(). */
static bool parse_modifiers(struct parser *parser, struct query *query)
{
    if (is(parser, "bool")) {
        if (query->operator->kind != OPERATOR_COMPARES)
            return lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err,
                              "bool modifier can only be used on comparison operators");
        query->gives_bool = true;
        if (!next(parser))
            return false;
    }
    if (!parse_grouping(parser, "on", "ignoring", &query->grouping))
        return false;
    if (query->grouping.given && (is(parser, "group_left") || is(parser, "group_right")))
        return lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err, "\"%s\" is not supported here",
                          parser->lexer.token.text);
    return true;
}

static struct query *parse_right(struct parser *parser, struct query *left, const struct operator* operator)
{
    struct query *query = make(parser, QUERY_BINARY, TYPE_VECTOR), *right = NULL;

    query->operator= operator;
    query->at = left->at;
    if (++parser->operators > OPERATORS_MAX) {
        lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err, "too many operators");
        return NULL;
    }
    if (!next(parser) || !parse_modifiers(parser, query))
        return NULL;
    right = parse_binary(parser, operator->binds +(operator->from_right ? 0 : 1));
    if (!right)
        return NULL;
    add_part(parser, query, left);
    add_part(parser, query, right);
    if (left->type == TYPE_SCALAR && right->type == TYPE_SCALAR)
        query->type = TYPE_SCALAR;
    return checked(parser, query);
}

/* Precedence climbing: operators that bind at least so tightly. */
static struct query *parse_binary(struct parser *parser, int binds_min)
{
    struct query *left = NULL;
    const struct operator* operator= NULL;

    if (++parser->nesting > NESTING_MAX) {
        lexer_fail(&parser->lexer, parser->lexer.token.at, parser->err, "nested too deeply");
        return NULL;
    }
    left = parse_operand(parser);
    while (left && (operator= operator_find(&parser->lexer)) && operator->binds >= binds_min)
        left = parse_right(parser, left, operator);
    parser->nesting--;
    return left;
}

struct query *query_parse(struct arena *arena, const char *text, struct error *err)
{
    struct parser parser = { .arena = arena, .err = err };
    struct query *query = NULL;

    if (!lexer_start(&parser.lexer, arena, text, err))
        return NULL;
    if (parser.lexer.token.kind == TOKEN_END) {
        error_set(err, ERR_INVALID, "1:1: parse error: no expression found in input");
        return NULL;
    }
    query = parse_binary(&parser, BINDS_LOOSEST);
    if (query && parser.lexer.token.kind != TOKEN_END) {
        lexer_unexpected(&parser.lexer, "", err);
        return NULL;
    }
    return query;
}
