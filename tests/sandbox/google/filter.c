#include "google/filter.h"

#include <ctype.h>
#include <string.h>

#define DEPTH_MAX 50

enum filter_kind { FILTER_IS, FILTER_IS_NOT, FILTER_NOT, FILTER_AND, FILTER_OR };

struct filter {
    enum filter_kind kind;
    const char *selector, *value;      /* of a comparison */
    const struct filter *left, *right; /* NOT has a left one alone */
};

struct parser {
    struct arena *arena;
    const char *text, *at;
    int depth;
    const char *wrong; /* NULL: nothing yet */
};

/* ---- words ---- */

static const struct filter *fail(struct parser *p, const char *wrong)
{
    p->wrong = p->wrong ? p->wrong : wrong;
    return NULL;
}

static void skip_space(struct parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool is_word_byte(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("._-/", byte));
}

static struct str word_next(struct parser *p)
{
    size_t len = 0;

    skip_space(p);
    while (is_word_byte(p->at[len]))
        len++;
    return (struct str){ p->at, len };
}

static bool take(struct parser *p, const char *word_or_sign)
{
    size_t len = strlen(word_or_sign);

    skip_space(p);
    if (is_word_byte(*word_or_sign) ? !str_is(word_next(p), word_or_sign) : strncmp(p->at, word_or_sign, len) != 0)
        return false;
    p->at += len;
    return true;
}

static const char *take_quoted(struct parser *p)
{
    AUTO_BUF struct buf value = BUF(4096);

    for (p->at++; *p->at != '"'; p->at++) {
        if (*p->at == '\\')
            p->at++;
        if (!*p->at) {
            fail(p, "a text without an end");
            return NULL;
        }
        buf_putc(&value, *p->at);
    }
    p->at++;
    return arena_copy(p->arena, buf_str(&value));
}

static const char *take_value(struct parser *p)
{
    struct str word;

    skip_space(p);
    if (*p->at == '"')
        return take_quoted(p);
    word = word_next(p);
    if (word.len == 0) {
        fail(p, "a value is missing");
        return NULL;
    }
    p->at += word.len;
    return arena_copy(p->arena, word);
}

/* ---- the tree ---- */

static const struct filter *parse_all(struct parser *p);

static const struct filter *make(struct parser *p, struct filter filter)
{
    struct filter *made = ARENA_NEW(p->arena, struct filter);

    *made = filter;
    return made;
}

static const struct filter *parse_comparison(struct parser *p)
{
    struct str word = word_next(p);
    struct filter filter = { .kind = FILTER_IS };

    if (word.len == 0)
        return fail(p, "a selector is missing");
    filter.selector = arena_copy(p->arena, word);
    p->at += word.len;
    if (take(p, "!="))
        filter.kind = FILTER_IS_NOT;
    else if (!take(p, "="))
        return fail(p, "= or != is missing: the sandbox knows no other comparison");
    filter.value = take_value(p);
    return filter.value ? make(p, filter) : NULL;
}

static const struct filter *parse_one(struct parser *p)
{
    const struct filter *inner = NULL;

    if (++p->depth > DEPTH_MAX)
        return fail(p, "it is nested too deeply");
    if (take(p, "NOT")) {
        inner = parse_one(p);
        inner = inner ? make(p, (struct filter){ .kind = FILTER_NOT, .left = inner }) : NULL;
    } else if (take(p, "(")) {
        inner = parse_all(p);
        if (inner && !take(p, ")"))
            inner = fail(p, "a parenthesis is not closed");
    } else {
        inner = parse_comparison(p);
    }
    p->depth--;
    return inner;
}

static const struct filter *parse_any(struct parser *p)
{
    const struct filter *left = parse_one(p), *right = NULL;

    while (left && take(p, "OR")) {
        right = parse_one(p);
        left = right ? make(p, (struct filter){ .kind = FILTER_OR, .left = left, .right = right }) : NULL;
    }
    return left;
}

static bool is_at_end(struct parser *p)
{
    skip_space(p);
    return !*p->at || *p->at == ')';
}

static const struct filter *parse_all(struct parser *p)
{
    const struct filter *left = parse_any(p), *right = NULL;

    while (left && (take(p, "AND") || !is_at_end(p))) {
        right = parse_any(p);
        left = right ? make(p, (struct filter){ .kind = FILTER_AND, .left = left, .right = right }) : NULL;
    }
    return left;
}

/* ---- the metric ---- */

static bool is_metric_type(const struct filter *filter)
{
    return text_is(filter->selector, "metric.type");
}

/* How often it stands anywhere, and how often where all of it must hold. */
static int count_metric_types(const struct filter *filter, bool only_certain)
{
    if (!filter)
        return 0;
    if (filter->selector)
        return is_metric_type(filter) && (!only_certain || filter->kind == FILTER_IS);
    if (only_certain && filter->kind != FILTER_AND)
        return 0;
    return count_metric_types(filter->left, only_certain) + count_metric_types(filter->right, only_certain);
}

const char *filter_metric_type(const struct filter *filter)
{
    const char *found = NULL;

    if (!filter || filter->selector)
        return filter && is_metric_type(filter) ? filter->value : NULL;
    found = filter_metric_type(filter->left);
    return found ? found : filter_metric_type(filter->right);
}

bool filter_parse(const char *text, struct arena *arena, const struct filter **ret_filter, struct google_error *err)
{
    struct parser parser = { .arena = arena, .text = text ? text : "", .at = text ? text : "" };
    const struct filter *filter = parse_all(&parser);

    if (filter && *parser.at)
        filter = fail(&parser, "a parenthesis closes nothing");
    if (!filter && *parser.text)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Field filter had an invalid value of \"%.200s\": %s at byte %d.", parser.text,
                             parser.wrong, (int)(parser.at - parser.text));
    if (count_metric_types(filter, true) != 1 || count_metric_types(filter, false) != 1)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Field filter had an invalid value of \"%.200s\": must specify a restriction on "
                             "\"metric.type\" in the filter; see \"https://cloud.google.com/monitoring/api/resources\" "
                             "for a list of available resource types.",
                             parser.text);
    *ret_filter = filter;
    return true;
}

/* ---- what it says ---- */

const char *filter_unknown(const struct filter *filter, bool (*is_known)(const char *selector))
{
    const char *found = NULL;

    if (!filter)
        return NULL;
    if (filter->selector)
        return is_known(filter->selector) ? NULL : filter->selector;
    found = filter_unknown(filter->left, is_known);
    return found ? found : filter_unknown(filter->right, is_known);
}

bool filter_matches(const struct filter *filter, filter_lookup_fn lookup, void *arg)
{
    switch (filter->kind) {
    case FILTER_IS:
        return text_is(lookup(arg, filter->selector), filter->value);
    case FILTER_IS_NOT:
        return !text_is(lookup(arg, filter->selector), filter->value);
    case FILTER_NOT:
        return !filter_matches(filter->left, lookup, arg);
    case FILTER_AND:
        return filter_matches(filter->left, lookup, arg) && filter_matches(filter->right, lookup, arg);
    case FILTER_OR:
        break;
    }
    return filter_matches(filter->left, lookup, arg) || filter_matches(filter->right, lookup, arg);
}
