/* PromQL over series made by hand. A row is a query and what it gives; the expected numbers are worked out on paper
 * from Prometheus' documentation and its extrapolation rule, never copied from a run. */
#include "prometheus/evaluate.h"
#include "prometheus/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_MS INT64_C(1795168800000)
#define EVERY_MS (10 * SECOND_MS)
#define NOW_MS (START_MS + 5 * MINUTE_MS)
#define SAMPLES 31 /* from START to NOW */

/* ---- the series ---- */

struct made {
    const char *labels[5][2]; /* in the order of their names */
    double from, step;        /* the i-th sample is from + i * step */
    int first, last;          /* the samples it has, of SAMPLES; 0 for last: all */
    int reset_at;             /* from this sample on it counts from 0 again */
    bool ended;               /* marked stale at NOW */
};

#define REQUESTS                                                                                                       \
    {                                                                                                                  \
        "__name__", "http_requests_total"                                                                              \
    }
#define LATENCY(bound)                                                                                                 \
    {                                                                                                                  \
        { "__name__", "latency_bucket" }, { "le", bound },                                                             \
        {                                                                                                              \
            "service", "api"                                                                                           \
        }                                                                                                              \
    }

/* clang-format off */
static const struct made series[] = {
    { .labels = { REQUESTS, { "code", "200" }, { "revision", "r1" }, { "service", "api" } }, .step = 10 },
    { .labels = { REQUESTS, { "code", "500" }, { "revision", "r1" }, { "service", "api" } }, .step = 1 },
    { .labels = { REQUESTS, { "code", "503" }, { "revision", "r1" }, { "service", "api" } }, .step = 1 },
    { .labels = { REQUESTS, { "code", "200" }, { "revision", "r2" }, { "service", "api" } }, .step = 2 },
    { .labels = { { "__name__", "restarted" } }, .step = 10, .reset_at = 16 },
    { .labels = { { "__name__", "young" } }, .from = 100, .step = 10, .first = 28 },
    { .labels = { { "__name__", "newborn" } }, .first = 30 },
    { .labels = { { "__name__", "silent" } }, .from = 7, .last = 1 },
    { .labels = { { "__name__", "ended" } }, .from = 7, .ended = true },
    { .labels = { { "__name__", "flat" } }, .from = 5 },
    { .labels = { { "__name__", "falling" } }, .from = 300, .step = -10 },
    { .labels = { { "__name__", "strange" }, { "path", "a\"b\\c" } }, .from = 1 },
    { .labels = { { "__name__", "undefined" } }, .from = NAN },
    { .labels = { { "__name__", "infinite" } }, .from = INFINITY },
    { .labels = LATENCY("0.1"), .step = 50 },
    { .labels = LATENCY("0.2"), .step = 90 },
    { .labels = LATENCY("0.4"), .step = 98 },
    { .labels = LATENCY("+Inf"), .step = 100 },
    { .labels = { { "__name__", "open_bucket" }, { "le", "0.1" } }, .step = 50 },
    { .labels = { { "__name__", "open_bucket" }, { "le", "0.2" } }, .step = 90 },
    { .labels = { { "__name__", "idle_bucket" }, { "le", "0.1" } } },
    { .labels = { { "__name__", "idle_bucket" }, { "le", "+Inf" } } },
    { .labels = { { "__name__", "left" }, { "a", "1" }, { "b", "x" } }, .from = 6 },
    { .labels = { { "__name__", "left" }, { "a", "2" }, { "b", "x" } }, .from = 8 },
    { .labels = { { "__name__", "right" }, { "a", "1" }, { "c", "y" } }, .from = 2 },
    { .labels = { { "__name__", "right" }, { "a", "3" }, { "c", "y" } }, .from = 4 },
};
/* clang-format on */

static void append(struct store *store, const struct made *made, int64_t at_ms, double value)
{
    struct label labels[5];
    size_t count = 0;

    for (; count < ARRAY_LEN(labels) && made->labels[count][0]; count++)
        labels[count] = (struct label){ made->labels[count][0], made->labels[count][1] };
    assert_true(store_append(store, (struct labels){ labels, count }, at_ms, value));
}

static void fill(struct store *store)
{
    for (size_t s = 0; s < ARRAY_LEN(series); s++) {
        const struct made *made = &series[s];

        for (int i = made->first; i < (made->last ? made->last : SAMPLES); i++) {
            int since = made->reset_at && i >= made->reset_at ? i - made->reset_at : i;
            bool stale = made->ended && i == SAMPLES - 1;

            append(store, made, START_MS + i * EVERY_MS, stale ? sample_stale() : made->from + since * made->step);
        }
    }
}

/* ---- the rows ---- */

/* clang-format off */
static const struct row {
    const char *name, *query;
    const char *gives; /* elements in the order of their labels; "" for an empty result */
} rows[] = {
    { "a number", "1.5", "1.5" },
    { "numbers of every shape", "0x10 + 1e2 + .5", "116.5" },
    { "a string", "\"a\\\"b\\n\"", "a\"b\n" },
    { "precedence", "2 + 3 * 4 ^ 2 / 8 - 1", "7" },
    { "a power binds from the right, and tighter than a sign", "-2 ^ 3 ^ 2 + 2 ^ -1", "-511.5" },
    { "division by zero", "1 / 0", "+Inf" },
    { "nothing divided by nothing", "0 / 0", "NaN" },
    { "infinity has a sign", "-Inf", "-Inf" },
    { "a remainder", "-7 % 3", "-1" },
    { "comparing numbers gives a number", "2 > bool 1", "1" },
    { "NaN equals nothing", "NaN == bool NaN", "0" },
    { "time is the evaluation's", "time()", "1795169100" },

    { "a selector by name", "flat", "flat{} 5" },
    { "a name that nobody has", "flatt", "" },
    { "a label that nobody has", "flat{service=\"api\"}", "" },
    { "a label that must be missing", "flat{service=\"\"}", "flat{} 5" },
    { "equal and not equal", "http_requests_total{revision=\"r1\",code!=\"200\"}",
      "http_requests_total{code=\"500\", revision=\"r1\", service=\"api\"} 30; "
      "http_requests_total{code=\"503\", revision=\"r1\", service=\"api\"} 30" },
    { "a regular expression is anchored", "http_requests_total{code=~\"5|0\"}", "" },
    { "a regular expression", "count(http_requests_total{code=~\"5..\"})", "{} 2" },
    { "not a regular expression", "count by (code) (http_requests_total{code!~\"5..\"})", "{code=\"200\"} 2" },
    { "the name by its label", "{__name__=~\"fl.t\"}", "flat{} 5" },
    { "an escaped label value", "strange{path=\"a\\\"b\\\\c\"}", "strange{path=\"a\"b\\c\"} 1" },
    { "a value that tries to break out", "flat{x=\"\\\"} or flat{y=\\\"\"}", "" },
    { "comments and blanks", "flat # five\n + 1", "{} 6" },

    { "nothing in the lookback", "silent", "" },
    { "a series that has ended is gone at once", "ended", "" },
    { "but was there before", "ended offset 10s", "ended{} 7" },
    { "its range has no stale mark in it", "count_over_time(ended[1m])", "{} 5" },
    { "offset", "falling offset 1m", "falling{} 60" },
    { "an offset into the future", "falling offset -1m", "falling{} 0" },
    { "a range is open at its old end", "count_over_time(flat[1m])", "{} 6" },

    { "rate", "rate(http_requests_total{revision=\"r2\"}[5m])",
      "{code=\"200\", revision=\"r2\", service=\"api\"} 0.2" },
    { "increase reaches to the edge of the range", "increase(http_requests_total{revision=\"r2\"}[5m])",
      "{code=\"200\", revision=\"r2\", service=\"api\"} 60" },
    { "increase sees a restart", "increase(restarted[5m])", "{} 289.655172" }, /* 280 * 300 / 290 */
    { "increase never goes below zero's time", "increase(young[5m])", "{} 25" }, /* 20 in 20 s, and half an interval */
    { "rate needs two samples", "rate(newborn[5m])", "" },
    { "rate of a series without samples there", "rate(silent[1m])", "" },
    { "rate of what stands still", "rate(flat[5m])", "{} 0" },
    { "a fall is a restart to rate, and a fall to delta", "delta(falling[5m])", "{} -300" },
    { "irate", "irate(restarted[5m])", "{} 1" },
    { "rate of an infinite counter", "rate(infinite[5m])", "{} NaN" },
    { "over time", "min_over_time(falling[1m]) + max_over_time(falling[1m]) + avg_over_time(falling[1m])", "{} 75" },
    { "sum over time", "sum_over_time(flat[1m])", "{} 30" },
    { "the last over time keeps the name", "last_over_time(falling[1m])", "falling{} 0" },
    { "the last over time of what has ended", "last_over_time(ended[1m])", "ended{} 7" },
    { "the last over time of a range without samples", "last_over_time(silent[1m])", "" },
    { "the last over time, as it was", "last_over_time(restarted[9999ms] offset 140s)", "restarted{} 0" },
    { "what a series gained, and one that began anew",
      "restarted - restarted offset 30s >= 0 or restarted", "{} 30" },
    { "what fell is all of it", "restarted offset 2m - restarted offset 150s >= 0 or restarted offset 2m",
      "restarted{} 20" },
    { "a new one is all of it", "young offset 20s - young offset 30s >= 0 or young offset 20s", "young{} 380" },
    { "of which nothing was known before", "young and on (service) young offset 1m", "" },

    { "a label from nothing", "label_replace(flat, \"part\", \"a$$b\", \"\", \"\")", "flat{part=\"a$b\"} 5" },
    { "a label from another's parts", "label_replace(left{a=\"1\"}, \"c\", \"$2-${1}$3\", \"b\", \"(x)(y?)\")",
      "left{a=\"1\", b=\"x\", c=\"-x\"} 6" },
    { "a label is not replaced where the expression takes nothing", "label_replace(left, \"b\", \"z\", \"a\", \"1\")",
      "left{a=\"1\", b=\"z\"} 6; left{a=\"2\", b=\"x\"} 8" },
    { "an empty label goes", "label_replace(left{a=\"1\"}, \"b\", \"\", \"b\", \".*\")", "left{a=\"1\"} 6" },
    { "parts told apart", "label_replace(flat, \"part\", \"x\", \"\", \"\") or label_replace(flat, \"part\", \"y\", \"\", \"\")",
      "flat{part=\"x\"} 5; flat{part=\"y\"} 5" },

    { "sum", "sum(http_requests_total)", "{} 420" },
    { "sum by", "sum by (revision) (http_requests_total)", "{revision=\"r1\"} 360; {revision=\"r2\"} 60" },
    { "sum by, written behind", "sum(http_requests_total) by (revision)",
      "{revision=\"r1\"} 360; {revision=\"r2\"} 60" },
    { "sum without", "sum without (code, service) (http_requests_total)",
      "{revision=\"r1\"} 360; {revision=\"r2\"} 60" },
    { "sum by a label nobody has", "sum by (zone) (flat)", "{} 5" },
    { "sum of nothing is nothing", "sum(nothing)", "" },
    { "average, least, most", "avg(left) + min(left) * max(left)", "{} 55" },
    { "most ignores NaN", "max({__name__=~\"undefined|flat\"})", "{} 5" },
    { "sum does not", "sum({__name__=~\"undefined|flat\"})", "{} NaN" },

    { "the error ratio of a revision",
      "(sum(rate(http_requests_total{revision=\"r1\",code=~\"5..\"}[5m])) or vector(0)) / "
      "sum(rate(http_requests_total{revision=\"r1\"}[5m]))", "{} 0.166666667" },
    { "the error ratio of one that never failed",
      "(sum(rate(http_requests_total{revision=\"r2\",code=~\"5..\"}[5m])) or vector(0)) / "
      "sum(rate(http_requests_total{revision=\"r2\"}[5m]))", "{} 0" },
    { "the error ratio of one that is not there",
      "(sum(rate(http_requests_total{revision=\"r3\",code=~\"5..\"}[5m])) or vector(0)) / "
      "sum(rate(http_requests_total{revision=\"r3\"}[5m]))", "" },
    { "the error ratio by revision leaves out who never failed",
      "sum by (revision) (rate(http_requests_total{code=~\"5..\"}[5m])) / "
      "sum by (revision) (rate(http_requests_total[5m]))", "{revision=\"r1\"} 0.166666667" },
    { "is there enough to judge", "sum(increase(http_requests_total{revision=\"r2\"}[5m])) >= 50", "{} 60" },
    { "there is not", "sum(increase(http_requests_total{revision=\"r2\"}[5m])) >= 61", "" },

    { "vector and number", "2 * left{a=\"1\"}", "{a=\"1\", b=\"x\"} 12" },
    { "a filter keeps name and value", "7 < left", "left{a=\"2\", b=\"x\"} 8" },
    { "bool drops the name", "left > bool 7", "{a=\"1\", b=\"x\"} 0; {a=\"2\", b=\"x\"} 1" },
    { "other labels do not match", "left / right", "" },
    { "on", "left / on(a) right", "{a=\"1\"} 3" },
    { "ignoring", "left - ignoring(b, c) right", "{a=\"1\"} 4" },
    { "a filter between vectors", "left > on(a) right", "{a=\"1\"} 6" },
    { "or", "left{a=\"2\"} or right", "left{a=\"2\", b=\"x\"} 8; right{a=\"1\", c=\"y\"} 2; right{a=\"3\", c=\"y\"} 4" },
    { "and", "left and on(a) right", "left{a=\"1\", b=\"x\"} 6" },
    { "unless", "left unless on(a) right", "left{a=\"2\", b=\"x\"} 8" },
    { "or binds loosest", "sum(nothing) or vector(1) > 2 or vector(3)", "{} 3" },
    { "a sign drops the name", "-flat", "{} -5" },
    { "abs", "abs(-flat)", "{} 5" },
    { "a vector of one as a number", "scalar(flat) + 1", "6" },
    { "a vector of two is none", "scalar(left)", "NaN" },
    { "absent says what it missed", "absent(up{job=\"shop\",zone=~\"a.*\"})", "{job=\"shop\"} 1" },
    { "absent of a comparison", "absent(flat == 1)", "{} 1" },
    { "absent when it is there", "absent(flat)", "" },
    { "NaN is a value", "undefined", "undefined{} NaN" },

    { "p95: 45 % into the bucket up to 0.4", "histogram_quantile(0.95, rate(latency_bucket[5m]))",
      "{service=\"api\"} 0.325" }, /* 0.2 + 0.2 * (95 - 90) / 8 */
    { "p50 is the first bucket's bound", "histogram_quantile(0.5, sum by (le) (rate(latency_bucket[5m])))", "{} 0.1" },
    { "p99 falls into +Inf: the highest finite bound", "histogram_quantile(0.99, latency_bucket)",
      "{service=\"api\"} 0.4" },
    { "a quantile over 1", "histogram_quantile(1.1, latency_bucket)", "{service=\"api\"} +Inf" },
    { "a quantile without le", "histogram_quantile(0.95, sum(latency_bucket))", "" },
    { "a quantile without +Inf", "histogram_quantile(0.95, open_bucket)", "{} NaN" },
    { "a quantile of nobody's requests", "histogram_quantile(0.95, rate(idle_bucket[5m]))", "{} NaN" },
    { "a quantile of no series", "histogram_quantile(0.95, rate(no_bucket[5m]))", "" },

    /* refused while parsing: with the place */
    { "nothing", "", "! 1:1: parse error: no expression found in input" },
    { "half a selector", "flat{", "! 1:6: parse error: unexpected end of input in label matching, "
      "expected identifier or \"}\"" },
    { "a label without an operator", "flat{a}", "! 1:7: parse error: unexpected character \"}\" in label matching, "
      "expected label matching operator" },
    { "a label without quotes", "flat{a=b}", "! 1:8: parse error: unexpected identifier \"b\" in label matching, "
      "expected string" },
    { "an open string", "flat{a=\"b}", "! 1:8: parse error: unterminated quoted string" },
    { "a bad escape", "\"\\q\"", "! 1:1: parse error: unknown escape sequence '\\q'" },
    { "a bad regular expression", "flat{a=~\"(\"}", "! 1:6: parse error: error parsing regexp: \"(\"" },
    { "a regular expression that would take all memory", "flat{a=~\"((a{1000}){1000}){1000}\"}",
      "! 1:6: parse error: error parsing regexp: \"((a{1000}){1000}){1000}\"" },
    { "an unknown function", "1 + rat(flat[5m])", "! 1:5: parse error: unknown function with name \"rat\"" },
    { "rate of an instant vector", "rate(flat)",
      "! 1:6: parse error: expected type range vector in call to function \"rate\", got instant vector" },
    { "sum of a range", "sum(flat[5m])",
      "! 1:5: parse error: expected type instant vector in aggregation expression, got range vector" },
    { "an argument too few", "histogram_quantile(0.9)",
      "! 1:1: parse error: expected 2 argument(s) in call to \"histogram_quantile\", got 1" },
    { "arithmetic with a range", "flat[5m] + 1",
      "! 1:1: parse error: binary expression must contain only scalar and instant vector types" },
    { "comparing numbers without bool", "1 > 2",
      "! 1:1: parse error: comparisons between scalars must use BOOL modifier" },
    { "bool where nothing is compared", "1 + bool 2",
      "! 1:5: parse error: bool modifier can only be used on comparison operators" },
    { "a set of numbers", "1 or 2", "! 1:1: parse error: set operator \"or\" not allowed in binary scalar expression" },
    { "an unbalanced bracket", "(flat", "! 1:6: parse error: unexpected end of input, expected \")\"" },
    { "one bracket too many", "flat)", "! 1:5: parse error: unexpected character \")\"" },
    { "two values side by side", "flat flat", "! 1:6: parse error: unexpected identifier \"flat\"" },
    { "a range of nothing", "flat[]", "! 1:6: parse error: unexpected character \"]\" in range, expected a duration" },
    { "a range without a unit", "flat[5]", "! 1:6: parse error: unexpected number \"5\" in range, expected a duration" },
    { "a range of zero", "flat[0s]", "! 1:5: parse error: duration must be greater than 0" },
    { "units in the wrong order", "flat[5m1h]", "! 1:6: parse error: bad number or duration syntax: \"5m1h\"" },
    { "a range of a sum", "sum(flat)[5m]",
      "! 1:10: parse error: ranges only allowed for vector selectors, before any offset" },
    { "an offset of a sum", "sum(flat) offset 5m",
      "! 1:11: parse error: offset modifier must be preceded by an instant vector selector or range vector selector" },
    { "a selector that takes everything", "{a=~\".*\"}",
      "! 1:1: parse error: vector selector must contain at least one non-empty matcher" },
    { "a sign that is none", "flat $ 1", "! 1:6: parse error: unexpected character: '$'" },
    { "the second line", "flat +\n  )", "! 2:3: parse error: unexpected character \")\"" },
    { "a subquery", "flat[5m:1m]", "! 1:8: parse error: subqueries are not supported here" },
    { "a moment", "flat @ 0", "! 1:6: parse error: the @ modifier is not supported here" },
    { "many to one", "left * on(b) group_left right",
      "! 1:14: parse error: \"group_left\" is not supported here" },

    /* refused while evaluating */
    { "two on the right for one", "vector(1) * on(c) right",
      "! found duplicate series for the match group {c=\"y\"} on the right hand-side of the operation; many-to-many "
      "matching not allowed: matching labels must be unique on one side" },
    { "two on the left for one", "left * on(b) (left{a=\"1\"})",
      "! multiple matches for labels: many-to-one matching must be explicit (group_left/group_right): {b=\"x\"}" },
    { "a label that is none", "label_replace(flat, \"a-b\", \"\", \"\", \"\")",
      "! invalid destination label name in label_replace(): a-b" },
    { "a label from no expression", "label_replace(flat, \"a\", \"\", \"\", \"(\")",
      "! invalid regular expression in label_replace(): (" },
    { "labels that make two one", "label_replace(left, \"a\", \"1\", \"a\", \".*\")",
      "! vector cannot contain metrics with the same labelset" },
    { "a label that is a number", "label_replace(flat, 1, \"\", \"\", \"\")",
      "! 1:21: parse error: expected type string in call to function \"label_replace\", got scalar" },
    { "two that could not be told apart", "rate({__name__=~\"flat|restarted\"}[5m])",
      "! vector cannot contain metrics with the same labelset" },
};
/* clang-format on */

/* ---- the check ---- */

static int by_labels(const void *a, const void *b)
{
    const struct element *left = a, *right = b;

    return labels_compare(left->labels, right->labels);
}

/* To nine digits: sums of fractions differ in the last ones. */
static const char *rounded(struct arena *arena, double number)
{
    double near = isfinite(number) ? strtod(arena_printf(arena, "%.9g", number), NULL) : number;

    return arena_strdup(arena, promql_number(near).text);
}

static const char *print(struct arena *arena, struct value *value)
{
    const char *const name[] = { LABEL_NAME };
    const char *all = "";

    if (value->type == TYPE_SCALAR)
        return rounded(arena, value->number);
    if (value->type == TYPE_STRING)
        return value->text;
    if (value->count > 0)
        qsort(value->at, value->count, sizeof *value->at, by_labels);
    for (size_t i = 0; i < value->count; i++)
        all = arena_printf(arena, "%s%s%s%s %s", all, i > 0 ? "; " : "", labels_get(value->at[i].labels, LABEL_NAME),
                           labels_print(arena, labels_without(arena, value->at[i].labels, name, 1)),
                           rounded(arena, value->at[i].value));
    return all;
}

static const char *ask(struct arena *arena, const struct store *store, const char *text, int64_t at_ms)
{
    struct evaluation evaluation = { .arena = arena, .at_ms = at_ms };
    const struct query *query = NULL;
    struct value value;
    struct error err;

    query = query_parse(arena, text, &err);
    if (query)
        evaluation.selections = select_series(store, query, arena);
    if (!query || !evaluate(&evaluation, query, &value, &err))
        return arena_printf(arena, "! %s", err.message);
    return print(arena, &value);
}

static struct store store;

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(ask(arena, &store, row->query, NOW_MS), row->gives);
}

/* ---- what no row can say ---- */

static void deep_and_long_queries_are_refused(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf deep = BUF(1 << 20), chain = BUF(1 << 20), signs = BUF(1 << 20);

    (void)state;
    for (int i = 0; i < 50000; i++) {
        buf_puts(&deep, "(");
        buf_puts(&chain, "1+");
        buf_puts(&signs, "-");
    }
    assert_non_null(strstr(ask(arena, &store, buf_text(&deep), NOW_MS), "nested too deeply"));
    assert_non_null(strstr(ask(arena, &store, buf_text(&chain), NOW_MS), "too many operators"));
    assert_non_null(strstr(ask(arena, &store, buf_text(&signs), NOW_MS), "nested too deeply"));
}

static void a_store_is_bounded(void **state)
{
    struct store full = { 0 };
    const struct made counter = { .labels = { { "__name__", "counter" } } };
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 3 * SERIES_SAMPLES_MAX; i++)
        append(&full, &counter, START_MS + i * 100, i);
    (void)series_between(full.series, 0, INT64_MAX, &count);
    assert_int_equal(count, SERIES_SAMPLES_MAX);
    assert_true(full.series->room <= SERIES_SAMPLES_MAX + SERIES_SAMPLES_MAX / 8);
    for (int i = 0; i < SERIES_MAX + 100; i++) {
        AUTO_FREE char *name = text_format("n%d", i);
        const struct label label = { LABEL_NAME, name };

        assert_int_equal(store_append(&full, (struct labels){ &label, 1 }, START_MS, 1), i < SERIES_MAX - 1);
    }
    assert_int_equal(full.count, SERIES_MAX);
    store_end_scrape(&full, START_MS + DAY_MS); /* all of them ended: a mark each, and a day later nothing else */
    store_end_scrape(&full, START_MS + DAY_MS + SERIES_KEPT_MS);
    assert_int_equal(full.count, 0);
    store_finish(&full);
}

static void samples_come_in_order_or_not_at_all(void **state)
{
    struct store ordered = { 0 };
    const struct label label = { LABEL_NAME, "a" };
    struct labels labels = { &label, 1 };
    size_t count = 0;

    (void)state;
    assert_true(store_append(&ordered, labels, START_MS, 1));
    assert_false(store_append(&ordered, labels, START_MS, 2));
    assert_false(store_append(&ordered, labels, START_MS - 1, 2));
    assert_true(store_append(&ordered, labels, START_MS + 1, 2));
    assert_float_equal(series_between(ordered.series, START_MS, START_MS + 1, &count)->value, 2, 0);
    assert_int_equal(count, 1);
    store_finish(&ordered);
}

static void a_lookback_ends(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    assert_string_equal(ask(arena, &store, "flat", NOW_MS + LOOKBACK_MS - 1), "flat{} 5");
    assert_string_equal(ask(arena, &store, "flat", NOW_MS + LOOKBACK_MS), "");
    assert_string_equal(ask(arena, &store, "flat", START_MS - 1), "");
}

static void numbers_are_written_as_go_does(void **state)
{
    static const struct {
        double number;
        const char *text;
    } numbers[] = {
        { 0, "0" },
        { 0.1, "0.1" },
        { 1.0 / 3, "0.3333333333333333" },
        { 1e20, "100000000000000000000" },
        { 1e21, "1e+21" },
        { 1e-7, "0.0000001" },
        { 1e-9, "1e-09" },
        { -123456789.5, "-123456789.5" },
        { 100, "100" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        assert_string_equal(promql_number(numbers[i].number).text, numbers[i].text);
}

static int start(void **state)
{
    (void)state;
    fill(&store);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    store_finish(&store);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(deep_and_long_queries_are_refused),   cmocka_unit_test(a_store_is_bounded),
        cmocka_unit_test(samples_come_in_order_or_not_at_all), cmocka_unit_test(a_lookback_ends),
        cmocka_unit_test(numbers_are_written_as_go_does),
    };
    static struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(intptr_t)&rows[i] };
    memcpy(tests + ARRAY_LEN(rows), others, sizeof others);
    return cmocka_run_group_tests(tests, start, stop);
}
