/* A limit check: what breaks a limit, what is not known well enough, and that missing data is never a pass. */
#include "tests/unit/rows.h"

#include "bot/base/time.h"
#include "handlers/deploy/judge.h"

#include <math.h>
#include <string.h>

#define BAKE (5 * MINUTE_MS)
#define MAX_BAKE (30 * MINUTE_MS)
#define KNOWN(v) { true, (v) }
#define UNKNOWN { false, 0 }
#define FOUND(requests_, errors_, p50_, p95_) { .requests = requests_, .errors = errors_, .p50_s = p50_, .p95_s = p95_ }

enum { NOTHING = 1, NO_ANSWER = 2, QUERY = 4, ALONE = 8, SHORT_ANSWER = 16, NOT_JUDGED = 32, OLD = 64, OLD_BASELINE = 128, IDLE = 256 };

static const struct row {
    const char *name;
    struct measured_revision canary, baseline;
    int64_t observed_ms;
    enum judge_verdict verdict;
    const char *why; /* all of it */
    int64_t min_requests;
    unsigned flags;
    struct measure_value query;
} rows[] = {
    { "well within every limit passes, with its numbers",
      FOUND(KNOWN(1204), KNOWN(1), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      BAKE, JUDGE_PASS, .why = "0.08 % of about 1,204 requests failed; p95 120 ms; p95 0.8 times the baseline's 150 ms" },
    { "old numbers pass nothing, however good they were",
      FOUND(KNOWN(1204), KNOWN(1), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: how many requests the canary got lately is not known: its metrics come too seldom, or no more",
      .flags = OLD },
    { "nor do those of one whose requests come to no end any more",
      FOUND(KNOWN(1204), KNOWN(1), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      MAX_BAKE, JUDGE_INCONCLUSIVE,
      .why = "it cannot be judged after 30 min: the numbers of the canary are old: no request was counted lately",
      .flags = IDLE },
    { "nor those against an old baseline",
      FOUND(KNOWN(1204), KNOWN(1), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: how many requests the baseline got lately is not known: its metrics come too seldom, or no more",
      .flags = OLD_BASELINE },
    { "where there is none any more, it may be as old as it is",
      FOUND(KNOWN(1204), KNOWN(1), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      BAKE, JUDGE_PASS, .why = "0.08 % of about 1,204 requests failed; p95 120 ms", .flags = OLD_BASELINE | ALONE },
    { "but old numbers that are bad fail it",
      FOUND(KNOWN(1204), KNOWN(27.8), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      MINUTE_MS, JUDGE_FAIL, .why = "2.31 % of about 1,204 requests failed, over the limit of 0.5 %",
      .flags = OLD | OLD_BASELINE },
    { "also against an old baseline",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.02), KNOWN(0.135)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.02), KNOWN(0.05)),
      BAKE, JUDGE_FAIL, .why = "p95 2.7 times the baseline's 50 ms, over 2.0", .flags = OLD_BASELINE },
    { "errors over the limit fail, before the bake is over",
      FOUND(KNOWN(1204), KNOWN(27.8), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      MINUTE_MS, JUDGE_FAIL, .why = "2.31 % of about 1,204 requests failed, over the limit of 0.5 %" },
    { "exactly the limit is not over it",
      FOUND(KNOWN(1000), KNOWN(5), KNOWN(0.05), KNOWN(0.2)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_PASS, .why = "0.50 % of about 1,000 requests failed; p95 200 ms; p95 2.0 times the baseline's 100 ms" },
    { "p95 over the limit fails",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.1), KNOWN(0.412)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.1), KNOWN(0.3)),
      BAKE, JUDGE_FAIL, .why = "p95 412 ms, over the limit of 200 ms" },
    { "much slower than the baseline fails, within the limit",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.02), KNOWN(0.135)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.02), KNOWN(0.05)),
      BAKE, JUDGE_FAIL, .why = "p95 2.7 times the baseline's 50 ms, over 2.0" },
    { "everything that is broken is told",
      FOUND(KNOWN(500), KNOWN(50), KNOWN(0.1), KNOWN(12.5)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.1), KNOWN(0.5)),
      BAKE, JUDGE_FAIL,
      .why = "10.00 % of about 500 requests failed, over the limit of 0.5 %; p95 12.5 s, over the limit of 200 ms; "
      "p95 25.0 times the baseline's 500 ms, over 2.0" },
    { "one unlucky request of a few is no failure yet",
      FOUND(KNOWN(12), KNOWN(1), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(100), KNOWN(0), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: the canary got about 12 requests of at least 20; "
      "8 % of about 12 requests failed, over the limit of 0.5 %" },
    { "five failed requests of a few are no bad luck",
      FOUND(KNOWN(12), KNOWN(5), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(100), KNOWN(0), KNOWN(0.05), KNOWN(0.1)),
      0, JUDGE_FAIL, .why = "42 % of about 12 requests failed, over the limit of 0.5 %" },
    { "five failed requests of very many are within the limit",
      FOUND(KNOWN(50000), KNOWN(5), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(100), KNOWN(0), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_PASS, .why = "0.01 % of about 50,000 requests failed; p95 100 ms; p95 1.0 times the baseline's 100 ms" },
    { "a slow p95 of a few requests is no failure yet",
      FOUND(KNOWN(19), KNOWN(0), KNOWN(0.05), KNOWN(3)), FOUND(KNOWN(100), KNOWN(0), KNOWN(0.05), KNOWN(2.9)),
      BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: the canary got about 19 requests of at least 20; p95 3000 ms, over the limit of 200 ms" },
    { "a service may ask for more requests",
      FOUND(KNOWN(99), KNOWN(1), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(1000), KNOWN(0), KNOWN(0.05), KNOWN(0.1)),
      MAX_BAKE, JUDGE_INCONCLUSIVE,
      .why = "it cannot be judged after 30 min: the canary got about 99 requests of at least 100; "
      "1 % of about 99 requests failed, over the limit of 0.5 %", .min_requests = 100 },
    { "before the bake is over nothing passes",
      FOUND(KNOWN(1204), KNOWN(0), KNOWN(0.05), KNOWN(0.12)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      BAKE - 1, JUDGE_WAIT,
      .why = "4m59s of 5m observed: 0.00 % of about 1,204 requests failed; p95 120 ms; p95 0.8 times the baseline's 150 ms" },
    { "no requests at all are never a pass",
      FOUND(KNOWN(0), KNOWN(0), UNKNOWN, UNKNOWN), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.15)),
      BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: the canary got about 0 requests of at least 20; the canary's p95 is not known" },
    { "nothing known is inconclusive in the end, and says what was missing",
      FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MAX_BAKE, JUDGE_INCONCLUSIVE,
      .why = "it cannot be judged after 30 min: how many requests the canary got is not known; the canary's p95 is not known; "
      "the baseline's p95 is not known" },
    { "unknown errors are not no errors",
      FOUND(KNOWN(500), UNKNOWN, KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: how many of the canary's requests failed is not known" },
    { "a baseline of few requests is no baseline",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.05), KNOWN(0.19)), FOUND(KNOWN(3), KNOWN(0), KNOWN(0.01), KNOWN(0.01)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: the baseline got about 3 requests of at least 20" },
    { "a baseline that took no time is no baseline",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(500), KNOWN(0), KNOWN(0), KNOWN(0)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: the baseline's p95 is not known" },
    { "without a baseline the comparison is left out when it is asked to be",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.05), KNOWN(0.1)), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      BAKE, JUDGE_PASS, .why = "0.00 % of about 500 requests failed; p95 100 ms", .flags = ALONE },
    { "a source that does not answer is waited for",
      .observed_ms = BAKE, .verdict = JUDGE_WAIT, .flags = NO_ANSWER,
      .why = "it cannot be judged yet: the metrics source did not answer: it said 'rm -rf'" },
    { "a source that never answers is inconclusive",
      .observed_ms = MAX_BAKE, .verdict = JUDGE_INCONCLUSIVE, .flags = NO_ANSWER,
      .why = "it cannot be judged after 30 min: the metrics source did not answer: it said 'rm -rf'" },
    { "limits that ask for nothing judge nothing",
      FOUND(KNOWN(500), KNOWN(500), KNOWN(9), KNOWN(9)), FOUND(KNOWN(500), KNOWN(0), KNOWN(0.1), KNOWN(0.1)),
      BAKE, JUDGE_NONE, .why = "there is nothing to judge it by: time alone decides", .flags = NOTHING },
    { "without a metrics source nothing is judged",
      FOUND(KNOWN(500), KNOWN(500), KNOWN(9), KNOWN(9)), FOUND(KNOWN(500), KNOWN(0), KNOWN(0.1), KNOWN(0.1)),
      BAKE, JUDGE_NONE, .why = "there is nothing to judge it by: time alone decides", .flags = NOT_JUDGED },
    { "a query of the user's own fails alone, however few requests there were",
      FOUND(KNOWN(1), UNKNOWN, UNKNOWN, UNKNOWN), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      0, JUDGE_FAIL, .why = "queue 'length' 120.5, over the limit of 100", .flags = NOTHING | QUERY, .query = KNOWN(120.5) },
    { "a query of the user's own within its maximum passes; below zero too",
      FOUND(KNOWN(1), UNKNOWN, UNKNOWN, UNKNOWN), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      BAKE, JUDGE_PASS, .why = "queue 'length' -3", .flags = NOTHING | QUERY, .query = KNOWN(-3) },
    { "a query of the user's own that is not known is never a pass",
      FOUND(KNOWN(1), UNKNOWN, UNKNOWN, UNKNOWN), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: queue 'length' is not known", .flags = NOTHING | QUERY, .query = UNKNOWN },
    { "a query whose answer is missing altogether is not known",
      FOUND(KNOWN(1), UNKNOWN, UNKNOWN, UNKNOWN), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: queue 'length' is not known", .flags = NOTHING | QUERY | SHORT_ANSWER },
    { "a query that is not a number is not known, whatever it claims",
      FOUND(KNOWN(1), UNKNOWN, UNKNOWN, UNKNOWN), FOUND(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: queue 'length' is not known", .flags = NOTHING | QUERY,
      .query = KNOWN(NAN) },

    { "hostile: a count below zero is no count",
      FOUND(KNOWN(-1204), KNOWN(0), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: how many requests the canary got is not known" },
    { "hostile: fewer than no errors are not known",
      FOUND(KNOWN(1204), KNOWN(-1), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: how many of the canary's requests failed is not known" },
    { "hostile: more errors than requests are all of them",
      FOUND(KNOWN(100), KNOWN(1e12), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_FAIL, .why = "100.00 % of about 100 requests failed, over the limit of 0.5 %" },
    { "hostile: more requests than there can be are no count",
      FOUND(KNOWN(1e300), KNOWN(0), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: how many requests the canary got is not known" },
    { "hostile: a latency below zero is not fast",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.05), KNOWN(-0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: the canary's p95 is not known" },
    { "hostile: a latency of ages fails, and still fits a line",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.05), KNOWN(1e300)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(1e-9)),
      BAKE, JUDGE_FAIL, .why = "p95 999999.0 s, over the limit of 200 ms; p95 over 1,000 times the baseline's 0.0 ms, over 2.0" },
    { "hostile: what is not a number is not known, whatever it claims",
      FOUND(KNOWN(500), KNOWN(NAN), KNOWN(NAN), KNOWN(INFINITY)), FOUND(KNOWN(NAN), KNOWN(3), KNOWN(0.05), KNOWN(NAN)),
      BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: how many of the canary's requests failed is not known; the canary's p95 is not known; "
      "the baseline's p95 is not known" },
    { "hostile: a part of a request is none",
      FOUND(KNOWN(0.4), KNOWN(0.4), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      BAKE, JUDGE_WAIT, .why = "it cannot be judged yet: the canary got about 0 requests of at least 20" },
    { "time that runs backwards passes nothing",
      FOUND(KNOWN(500), KNOWN(0), KNOWN(0.05), KNOWN(0.1)), FOUND(KNOWN(9000), KNOWN(3), KNOWN(0.05), KNOWN(0.1)),
      -1, JUDGE_WAIT,
      .why = "0s of 5m observed: 0.00 % of about 500 requests failed; p95 100 ms; p95 1.0 times the baseline's 100 ms" },
};

static struct measure_query queries[] = { { "queue `length`", "max(queue_length)" }, { "shown only", "up" } };
static struct measure_value maxima[] = { KNOWN(100), UNKNOWN };

static struct deploy_limits limits_of(const struct row *row)
{
    struct deploy_limits limits = {
        .is_judged = !(row->flags & NOT_JUDGED), .max_bake_ms = MAX_BAKE, .min_requests = row->min_requests
    };

    if (!(row->flags & NOTHING)) {
        limits.error_rate = 0.005;
        limits.latency_p95_ms = 200;
        limits.latency_vs_baseline = 2;
    }
    if (row->flags & QUERY) {
        limits.queries = queries;
        limits.queries_count = ARRAY_LEN(queries);
        limits.maxima = maxima;
        limits.maxima_count = ARRAY_LEN(maxima);
    }
    return row->flags & ALONE ? judge_limits_alone(&limits) : limits;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct measure_value values[] = { row->query, UNKNOWN };
    struct measured measured = { .canary = row->canary,
                                 .baseline = row->baseline,
                                 .queries = values,
                                 .queries_count = row->flags & SHORT_ANSWER ? 0 : ARRAY_LEN(values) };
    struct deploy_limits limits = limits_of(row);
    struct judgement judgement;

    if (!(row->flags & OLD))
        measured.canary.recent = (struct measure_value){ true, row->flags & IDLE ? 0 : 0.1 };
    if (!(row->flags & OLD_BASELINE))
        measured.baseline.recent = (struct measure_value){ true, 30 };
    judgement = judge(&limits, row->flags & NO_ANSWER ? NULL : &measured, "it said `rm -rf`",
                                       row->observed_ms, BAKE, arena);

    assert_string_equal(judgement.why, row->why);
    assert_int_equal(judgement.verdict, row->verdict);
}

static void the_maximum_bake_may_be_shorter_than_the_bake(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_limits limits = { .is_judged = true, .error_rate = 0.005, .max_bake_ms = 1 };

    (void)state;
    assert_int_equal(judge(&limits, NULL, NULL, BAKE - 1, BAKE, arena).verdict, JUDGE_WAIT);
    assert_int_equal(judge(&limits, NULL, NULL, BAKE, BAKE, arena).verdict, JUDGE_INCONCLUSIVE);
}

static void a_step_without_a_bake_passes_at_once(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_limits limits = { .is_judged = true, .error_rate = 0.005, .max_bake_ms = MAX_BAKE };
    struct measured measured = { .canary = { KNOWN(20), KNOWN(0), UNKNOWN, UNKNOWN, KNOWN(0.1) } };

    (void)state;
    assert_int_equal(judge(&limits, &measured, NULL, 0, 0, arena).verdict, JUDGE_PASS);
}

static const char *joined(const char **lines, size_t count, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s\n", text, lines[i]);
    return text;
}

static void the_table_stands_in_columns(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct measure_value values[] = { KNOWN(12.5), UNKNOWN };
    struct measured measured = { .canary = FOUND(KNOWN(1204), KNOWN(27.8), KNOWN(0.0521), KNOWN(0.412)),
                                 .baseline = FOUND(KNOWN(1234567), KNOWN(3), KNOWN(0.005), UNKNOWN),
                                 .queries = values, .queries_count = 2 };
    struct deploy_limits limits = limits_of(&(struct row){ .flags = QUERY });
    const char **lines;
    size_t count;

    (void)state;
    count = judge_table(&limits, &measured, arena, &lines);
    assert_string_equal(joined(lines, count, arena), "           requests    errors       p50       p95\n"
                                                     "canary        1,204    2.31 %     52 ms    412 ms\n"
                                                     "baseline  1,234,567    0.00 %    5.0 ms         –\n"
                                                     "queue 'length': 12.5 (at most 100)\n"
                                                     "shown only: –\n");
}

static void the_table_of_nothing_is_dashes(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_limits limits = { 0 };
    const char **lines;
    size_t count;

    (void)state;
    count = judge_table(&limits, NULL, arena, &lines);
    assert_string_equal(joined(lines, count, arena), "           requests    errors       p50       p95\n"
                                                     "canary            –         –         –         –\n"
                                                     "baseline          –         –         –         –\n");
}

static void the_table_survives_hostile_numbers(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct measured measured = { .canary = FOUND(KNOWN(1e14), KNOWN(1e15), KNOWN(1e300), KNOWN(NAN)),
                                 .baseline = FOUND(KNOWN(-1), KNOWN(3), KNOWN(-0.5), KNOWN(INFINITY)) };
    struct deploy_limits limits = { 0 };
    const char **lines;
    size_t count;

    (void)state;
    count = judge_table(&limits, &measured, arena, &lines);
    assert_string_equal(joined(lines, count, arena), "           requests    errors       p50       p95\n"
                                                     "canary    999,999,999,999  100.00 % 999999.0 s         –\n"
                                                     "baseline          –         –         –         –\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maximum_bake_may_be_shorter_than_the_bake),
        cmocka_unit_test(a_step_without_a_bake_passes_at_once),
        cmocka_unit_test(the_table_stands_in_columns),
        cmocka_unit_test(the_table_of_nothing_is_dashes),
        cmocka_unit_test(the_table_survives_hostile_numbers),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
