#include "logging/query.h"

#include "bot/base/time.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX_BYTES 1024
#define DEPTH_MAX 20

struct query {
    struct str rest;
    const cJSON *entry;
    int depth;
    struct error *err;
    bool has_failed;
};

static bool any_of(struct query *q);

static bool fail(struct query *q, const char *what)
{
    if (!q->has_failed)
        error_set(q->err, ERR_INVALID, "Unparseable filter: %s", what);
    q->has_failed = true;
    return false;
}

/* ---- words ---- */

static void skip_blanks(struct query *q)
{
    while (q->rest.len > 0 && isspace((unsigned char)q->rest.at[0]))
        str_take_prefix(&q->rest, (char[]){ q->rest.at[0], '\0' });
}

static bool take(struct query *q, const char *mark)
{
    skip_blanks(q);
    return str_take_prefix(&q->rest, mark);
}

static bool take_word(struct query *q, const char *word)
{
    struct str before = q->rest;

    if (take(q, word) && (q->rest.len == 0 || !isalnum((unsigned char)q->rest.at[0])))
        return true;
    q->rest = before;
    return false;
}

static char front(const struct query *q)
{
    return q->rest.len > 0 ? q->rest.at[0] : '\0';
}

static bool take_quoted(struct query *q, char text[static WORD_MAX_BYTES])
{
    size_t len = 0, i = 1;

    for (; i < q->rest.len && q->rest.at[i] != '"' && len + 1 < WORD_MAX_BYTES; i++) {
        if (q->rest.at[i] == '\\' && ++i == q->rest.len)
            break;
        text[len++] = q->rest.at[i];
    }
    text[len] = '\0';
    if (i >= q->rest.len || q->rest.at[i] != '"')
        return fail(q, "a quoted text does not end");
    q->rest = (struct str){ q->rest.at + i + 1, q->rest.len - i - 1 };
    return true;
}

static bool take_plain(struct query *q, char text[static WORD_MAX_BYTES])
{
    size_t len = 0;

    while (len < q->rest.len && len + 1 < WORD_MAX_BYTES &&
           (isalnum((unsigned char)q->rest.at[len]) || strchr("_.-/", q->rest.at[len])))
        len++;
    memcpy(text, q->rest.at, len);
    text[len] = '\0';
    q->rest = (struct str){ q->rest.at + len, q->rest.len - len };
    return len > 0 || fail(q, "a word is missing");
}

static bool take_value(struct query *q, char text[static WORD_MAX_BYTES])
{
    skip_blanks(q);
    return front(q) == '"' ? take_quoted(q, text) : take_plain(q, text);
}

/* ---- comparisons ---- */

static int rank_of(const char *severity)
{
    static const char *const names[] = { "DEFAULT", "DEBUG",    "INFO",  "NOTICE",   "WARNING",
                                         "ERROR",   "CRITICAL", "ALERT", "EMERGENCY" };

    for (size_t i = 0; severity && i < ARRAY_LEN(names); i++)
        if (str_equal_nocase(str_of(severity), str_of(names[i])))
            return (int)i;
    return 0;
}

static int compare(const char *field, const char *is, const char *wanted)
{
    int64_t a = 0, b = 0;
    struct error ignored;

    if (strcmp(field, "severity") == 0)
        return rank_of(is) - rank_of(wanted);
    if (strcmp(field, "timestamp") == 0 && time_parse(str_of(is), &a, &ignored) &&
        time_parse(str_of(wanted), &b, &ignored))
        return a < b ? -1 : a > b;
    return strcmp(is, wanted);
}

static bool holds(const char *field, const char *op, const char *is, const char *wanted)
{
    int order = is ? compare(field, is, wanted) : 0;

    if (strcmp(op, ":") == 0)
        return is && strcasestr(is, wanted);
    if (strcmp(op, "!=") == 0)
        return !is || order != 0;
    return is && ((strchr(op, '=') && order == 0) || (op[0] == '>' && order > 0) || (op[0] == '<' && order < 0));
}

static bool compares(struct query *q, const char *field)
{
    static const char *const ops[] = { ">=", "<=", "!=", "=", ":", ">", "<" };
    char wanted[WORD_MAX_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        const cJSON *is;

        if (!take(q, ops[i]))
            continue;
        if (!take_value(q, wanted))
            return false;
        is = json_find(q->entry, field);
        if (!q->entry)
            return false;
        if (cJSON_IsNumber(is)) {
            AUTO_FREE char *number = text_format("%lld", (long long)is->valuedouble);

            return holds(field, ops[i], number, wanted);
        }
        return holds(field, ops[i], strcmp(field, "severity") == 0 && !is ? "DEFAULT" : cJSON_GetStringValue(is),
                     wanted);
    }
    return fail(q, "a comparison is missing");
}

static bool stands_anywhere(const struct query *q, const char *text)
{
    AUTO_FREE char *whole = q->entry ? json_print(q->entry) : NULL;

    return whole && strcasestr(whole, text);
}

/* ---- and, or, not ---- */

static bool one_of(struct query *q)
{
    char word[WORD_MAX_BYTES];
    bool fits;

    if (take_word(q, "NOT") || take(q, "-"))
        return !one_of(q);
    if (take(q, "(")) {
        if (++q->depth > DEPTH_MAX)
            return fail(q, "too many parentheses");
        fits = any_of(q);
        q->depth--;
        return take(q, ")") ? fits : fail(q, "a parenthesis does not end");
    }
    skip_blanks(q);
    if (front(q) == '"')
        return take_quoted(q, word) && stands_anywhere(q, word);
    return take_plain(q, word) && compares(q, word);
}

static bool all_of(struct query *q)
{
    bool fits = one_of(q);

    for (;;) {
        struct str before;

        skip_blanks(q);
        before = q->rest;
        if (q->has_failed || q->rest.len == 0 || front(q) == ')' || take_word(q, "OR")) {
            q->rest = before;
            return fits;
        }
        take_word(q, "AND");
        fits = one_of(q) && fits;
    }
}

static bool any_of(struct query *q)
{
    bool fits = all_of(q);

    while (!q->has_failed && take_word(q, "OR"))
        fits = all_of(q) || fits;
    return fits;
}

bool query_fits(const char *query, const cJSON *entry, bool *ret_fits, struct error *err)
{
    struct query q = { .rest = str_of(query), .entry = entry, .err = err };

    *ret_fits = str_is_empty(str_trim(q.rest)) || any_of(&q);
    skip_blanks(&q);
    if (!q.has_failed && q.rest.len > 0)
        fail(&q, "something stands behind its end");
    return !q.has_failed;
}
