/* The block queries of integrations/prometheus over series made by hand: what they give, block by block, as the
 * sandbox's Prometheus evaluates them. A sample every 5 s, blocks of 15 s: three columns are a block. Numbers are
 * worked out on paper. */
#include "prometheus/evaluate.h"

#include "integrations/prometheus/queries.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_MS INT64_C(1795168800000) /* an edge */
#define EVERY_MS (5 * SECOND_MS)
#define PHASE_MS SECOND_MS
#define BLOCK_MS (15 * SECOND_MS)
#define SERIES_OF_ROW_MAX 8

/* samples: a number, "." for none, "x" for the mark of a series that has ended */
struct made {
    const char *revision, *instance, *code, *le; /* of the counter when le is NULL */
    const char *samples;
};

#define C(revision, instance, code, samples)                                                                           \
    {                                                                                                                  \
        revision, instance, code, NULL, samples                                                                        \
    }
#define H(revision, instance, le, samples)                                                                             \
    {                                                                                                                  \
        revision, instance, NULL, le, samples                                                                          \
    }

static const struct row {
    const char *name;
    struct made series[SERIES_OF_ROW_MAX];
    int64_t hole_ms; /* nothing was scraped for so long, after the first block */
    const char *part, *revision;
    const char *gives; /* "?" is not known */
} rows[] = {
    /* clang-format off */
    { "each request is in one block; the first block has nothing before it",
      { C("a", "1", "200", "7 8 9  10 12 14  14 14 14  20 21 22") }, .part = "requests", .revision = "a", .gives = "? 5 0 8" },
    { "a status that never came is 0 where others did",
      { C("a", "1", "200", "7 8 9  10 12 14  14 14 14") }, .part = "errors", .revision = "a", .gives = "? 0 0" },
    { "the first error of an instance counts, and so does the next",
      { C("a", "1", "200", "7 8 9  10 12 14  15 16 17  20 21 22"), C("a", "1", "500", ". . .  . . .  . 1 1  1 3 3") },
      .part = "errors", .revision = "a", .gives = "? 0 1 2" },
    { "requests that carry no status leave errors not known",
      { C("a", "1", NULL, "7 8 9  10 12 14") }, .part = "errors", .revision = "a", .gives = "? ?" },
    { "but are requests", { C("a", "1", NULL, "7 8 9  10 12 14") }, .part = "requests", .revision = "a", .gives = "? 5" },
    { "instances are summed, and one that starts counts from its begin",
      { C("a", "1", "200", "7 8 9  10 12 14  15 16 17  18 19 20"), C("a", "2", "200", ". . .  . . .  . 2 4  6 8 8") },
      .part = "requests", .revision = "a", .gives = "? 5 7 7" },
    { "an instance that goes counts up to its last sample",
      { C("a", "1", "200", "7 8 9  10 12 14  15 16 17  18 19 20"), C("a", "2", "200", "0 0 0  1 x .  . . .  . . .") },
      .part = "requests", .revision = "a", .gives = "? 6 3 3" },
    { "a restart: what fell begins anew",
      { C("a", "1", "200", "7 8 9  10 12 14  2 3 4  6 7 8") }, .part = "requests", .revision = "a", .gives = "? 5 4 4" },
    { "a revision just found does not bring what it had counted before, in its instances neither",
      { C("a", "1", "200", ". . .  . . 900  901 902 903  904 905 906"), C("a", "2", "200", ". . .  . . .  800 801 802  803 804 805") },
      .part = "requests", .revision = "a", .gives = "? ? 3 6" },
    { "a block without a sample is not known, and neither is the one after it, which has the gap's",
      { C("a", "1", "200", "1 2 3  4 5 6  . . .  10 11 12  13 14 15") }, .part = "requests", .revision = "a", .gives = "? 3 ? ? 3" },
    { "a scrape that failed for one instance: it goes on from where it was",
      { C("a", "1", "200", "1 2 3  4 5 6  7 8 9  10 11 12"), C("a", "2", "200", "500 501 502  x . .  . . .  510 511 512") },
      .part = "requests", .revision = "a", .gives = "? 3 3 13" },
    { "what is scraped more seldom than a block is never known",
      { C("a", "1", "200", "1 . .  . . .  7 . .  . . .  13 . .") }, .part = "requests", .revision = "a", .gives = "? ? ? ? ?" },
    { "a source that was away for a while: not known, and nothing twice",
      { C("a", "1", "200", "1 2 3  90 91 92  93 94 95  96 97 98"), C("a", "2", "200", "1 2 3  . . .  80 81 82  83 84 85") },
      .hole_ms = 20 * MINUTE_MS, .part = "requests", .revision = "a", .gives = "? ? 3 6" },
    { "both revisions at once, each its own",
      { C("a", "1", "200", "1 2 3  4 5 6"), C("b", "1", "200", "10 20 30  40 50 60") }, .part = "requests", .revision = "b", .gives = "? 30" },
    { "a name is no expression: b.2 is not b-2",
      { C("b.2", "1", "200", "1 2 3  4 5 6"), C("b-2", "1", "200", "10 20 30  40 50 60") }, .part = "requests", .revision = "b-2", .gives = "? ?" },
    { "a restart in the block after the first one is not known: it may as well be its past",
      { C("a", "1", "200", "7 8 9  2 3 4  5 6 7") }, .part = "requests", .revision = "a", .gives = "? ? 3" },
    { "of no such revision nothing is known", { C("c", "1", "200", "1 2 3  4 5 6") }, .part = "requests", .revision = "a", .gives = "? ?" },

    { "all of a histogram",
      { H("a", "1", "+Inf", "7 8 9  10 12 14"), H("a", "1", "0.25", "7 8 9  9 10 12") }, .part = "all", .revision = "a", .gives = "? 5" },
    { "and what was fast",
      { H("a", "1", "+Inf", "7 8 9  10 12 14"), H("a", "1", "0.25", "7 8 9  9 10 12") }, .part = "fast", .revision = "a", .gives = "? 3" },
    { "a bound that instances write in two ways",
      { H("a", "1", "+Inf", "7 8 9  10 12 14"), H("a", "1", "0.25", "7 8 9  9 10 12"), H("a", "2", "+Inf", "0 0 0  1 2 3"), H("a", "2", "0.250", "0 0 0  1 1 1") },
      .part = "fast", .revision = "a", .gives = "? 4" },
    { "a histogram that restarted, with a bucket that stands higher than before: all of it is new",
      { H("a", "1", "+Inf", "70 80 90  90 95 100  20 30 40"), H("a", "1", "0.25", "0 0 1  1 2 3  10 20 30") },
      .part = "fast", .revision = "a", .gives = "? 2 30" },
    { "its restart counts as one", { H("a", "1", "+Inf", "70 80 90  90 95 100  20 30 40") }, .part = "all", .revision = "a", .gives = "? 10 40" },
    { "one without that bound: not known",
      { H("a", "1", "+Inf", "7 8 9  10 12 14"), H("a", "1", "0.5", "7 8 9  9 10 12") }, .part = "fast", .revision = "a", .gives = "? ?" },
    /* clang-format on */
};

/* ---- series ---- */

static void append(struct store *store, const struct made *made, int64_t at_ms, double value)
{
    struct label labels[5] = { { LABEL_NAME, made->le ? "latency_bucket" : "requests_total" } };
    size_t count = 1;

    if (made->code)
        labels[count++] = (struct label){ "code", made->code };
    labels[count++] = (struct label){ "instance", made->instance };
    if (made->le)
        labels[count++] = (struct label){ "le", made->le };
    labels[count++] = (struct label){ "revision", made->revision };
    assert_true(store_append(store, (struct labels){ labels, count }, at_ms, value));
}

/* Where the block begins that a sample belongs to: after the hole, all are later. */
static int64_t begin_of(const struct row *row, int block)
{
    return START_MS + block * BLOCK_MS + (block > 0 ? row->hole_ms : 0);
}

static int fill(struct store *store, const struct row *row)
{
    int samples = 0;

    for (size_t i = 0; i < SERIES_OF_ROW_MAX && row->series[i].samples; i++) {
        struct str rest = str_of(row->series[i].samples);
        struct str word = str_take_word(&rest);

        for (samples = 0; word.len > 0; samples++, word = str_take_word(&rest)) {
            int64_t at_ms = begin_of(row, samples / 3) + PHASE_MS + samples % 3 * EVERY_MS;

            if (!str_is(word, "."))
                append(store, &row->series[i], at_ms, str_is(word, "x") ? sample_stale() : strtod(word.at, NULL));
        }
    }
    return samples / 3;
}

/* ---- the query ---- */

static const char *ask(struct arena *arena, const struct store *store, const struct row *row, const struct query *query,
                       int64_t at_ms)
{
    struct evaluation evaluation = { .selections = select_series(store, query, arena), .arena = arena, .at_ms = at_ms };
    struct value value;
    struct error err;

    if (!evaluate(&evaluation, query, &value, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < value.count; i++)
        if (strcmp(labels_get(value.at[i].labels, QUERY_PART), row->part) == 0 &&
            strcmp(labels_get(value.at[i].labels, "revision"), row->revision) == 0)
            return arena_printf(arena, "%g", value.at[i].value);
    return "?";
}

static void check_row(void **state)
{
    static const char *const all_texts[] = { "+Inf" }, *const fast_texts[] = { "0.25", "0.250" };
    static const struct query_bound all = { all_texts, 1 }, fast = { fast_texts, 2 }, none = { NULL, 0 };
    const struct row *row = *state;
    const struct measure_ask about = {
        .canary = "a",
        .baseline = strcmp(row->revision, "b-2") == 0 ? "b.2" : "b",
        .block_ms = BLOCK_MS,
        .names = { .requests = "requests_total",
                   .latency = "latency",
                   .revision_label = "revision",
                   .code_label = "code",
                   .errors = "5.." },
    };
    AUTO(arena) struct arena *arena = arena_create();
    struct store store = { 0 };
    struct error err = { 0 };
    const struct query *query = query_parse(arena, query_of_blocks(&about, &all, &fast, &none, arena), &err);
    int blocks = fill(&store, row);
    const char *gives = "";

    if (!query)
        fail_msg("%s", err.message);
    for (int i = 0; i < blocks; i++)
        gives = arena_printf(arena, "%s%s%s", gives, i ? " " : "",
                             ask(arena, &store, row, query, begin_of(row, i) + BLOCK_MS));
    assert_string_equal(gives, row->gives);
    store_finish(&store);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
