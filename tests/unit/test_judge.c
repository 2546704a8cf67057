/* A verdict in words: what broke a limit, what is not known well enough, what a pass may have missed. What stops a canary
 * at all is in test_judge_blocks.c. */
#include "tests/unit/page.h"

#include "bot/base/time.h"
#include "handlers/deploy/judge.h"
#include "handlers/deploy/judging.h"

#include <math.h>
#include <string.h>

#define BAKE (5 * MINUTE_MS)
#define MAX_BAKE (30 * MINUTE_MS)
#define BLOCK_MS (10 * SECOND_MS)
#define MISSED_OF_MANY "could have missed up to 2.3 % failing"
#define MISSED_OF_30 "26 %"
#define BEGUN_MS INT64_C(1795212000000)
#define KNOWN(v) { true, (v) }
#define UNKNOWN { false, 0 }
#define FOUND(requests_, errors_, p50_, p95_) { .requests = requests_, .errors = errors_, .p50_s = p50_, .p95_s = p95_ }
#define COUNTED(requests_, errors_, slow_, slow_vs_) { .requests = requests_, .errors = errors_, .slow = slow_, .slow_vs = slow_vs_ }
#define GOOD COUNTED(KNOWN(40), KNOWN(0), KNOWN(0), KNOWN(0))
#define MANY COUNTED(KNOWN(400), KNOWN(0), KNOWN(2), KNOWN(2))

enum { NOTHING = 1, NO_ANSWER = 2, QUERY = 4, ALONE = 8, SHORT_ANSWER = 16, NOT_JUDGED = 32, OLD = 64, OLD_BASELINE = 128,
       IDLE = 256, TRAFFIC = 512, NO_BOUND = 1024, IN_A_ROW = 2048, ERRORS_ALONE = 4096, VS = 8192, SOURCE_IS_LATE = 16384,
       NO_P95 = 32768, MINIMUM = 65536, LATE = 131072 };

static const struct row {
    const char *name;
    struct measure_counts canary, baseline; /* in each block */
    int blocks;
    int64_t observed_ms;
    enum judge_verdict verdict;
    const char *why; /* all of it */
    int64_t min_requests;
    unsigned flags;
    struct measure_value query;
    int looks; /* that the query was seen so; 0: 1 */
    struct measure_value p95;
} rows[] = {
    { "well within every limit passes, with its numbers and what so many could have hidden", GOOD, MANY, 30, BAKE, JUDGE_PASS,
      .why = "0.00 % of 1,200 requests failed; 0.00 % of 1,200 requests were slower than 250 ms; "
      "0.00 % of 1,200 requests were slower than 500 ms, beside the old version; " MISSED_OF_MANY ", or up to 9.4 % slow" },
    { "a share that is over the limit by luck stops nothing", COUNTED(KNOWN(4), KNOWN(0.04), KNOWN(0), KNOWN(0)), MANY, 30, BAKE,
      JUDGE_PASS, .flags = ERRORS_ALONE, .why = "0.83 % of 120 requests failed; could have missed up to 9.2 % failing" },
    { "a few requests hide much", COUNTED(KNOWN(1), KNOWN(0), KNOWN(0), KNOWN(0)), MANY, 30, BAKE, JUDGE_PASS,
      .flags = ERRORS_ALONE, .why = "0 % of 30 requests failed; could have missed up to " MISSED_OF_30 " failing" },
    { "errors over the limit fail, long before the bake is over", COUNTED(KNOWN(40), KNOWN(4), KNOWN(0), KNOWN(0)), MANY, 6,
      MINUTE_MS, JUDGE_FAIL, .why = "10.00 % of 240 requests failed, over the limit of 0.5 %" },
    { "as often as the baseline times two is not over that", COUNTED(KNOWN(400), KNOWN(2), KNOWN(0), KNOWN(0)),
      COUNTED(KNOWN(400), KNOWN(1), KNOWN(0), KNOWN(0)), 30, BAKE, JUDGE_PASS, .flags = ERRORS_ALONE | VS,
      .why = "0.50 % of 12,000 requests failed; could have missed up to 0.95 % failing" },
    { "ten times the baseline is", COUNTED(KNOWN(4000), KNOWN(16), KNOWN(0), KNOWN(0)),
      COUNTED(KNOWN(4000), KNOWN(1.6), KNOWN(0), KNOWN(0)), 30, BAKE, JUDGE_FAIL, .flags = ERRORS_ALONE | VS,
      .why = "0.40 % of 120,000 requests failed, over 2 times the old version's 0.04 %" },
    { "slow ones fail, with the p95 that people know", COUNTED(KNOWN(40), KNOWN(0), KNOWN(16), KNOWN(0)), MANY, 6, MINUTE_MS,
      JUDGE_FAIL, .p95 = KNOWN(0.412),
      .why = "p95 412 ms, over the limit of 200 ms: 40.00 % of 240 requests were slower than 250 ms, where 5 % may be" },
    { "and without it", COUNTED(KNOWN(40), KNOWN(0), KNOWN(16), KNOWN(0)), MANY, 6, MINUTE_MS, JUDGE_FAIL,
      .why = "40.00 % of 240 requests were slower than 250 ms, where 5 % may be" },
    { "much slower than the baseline fails, within the limit", COUNTED(KNOWN(40), KNOWN(0), KNOWN(0), KNOWN(16)), MANY, 6,
      MINUTE_MS, JUDGE_FAIL,
      .why = "40.00 % of 240 requests were slower than 500 ms, where 5 % may be: 2 times the p95 that the old version had before" },
    { "requests that come no more fail", COUNTED(KNOWN(1), KNOWN(0), KNOWN(0), KNOWN(0)), MANY, 12, 2 * MINUTE_MS, JUDGE_FAIL,
      .flags = TRAFFIC | ERRORS_ALONE,
      .why = "12 requests came, and 4,800 to the old version: less than half of what 5 % of the traffic brings" },
    { "what looks bad and is not sure is no pass", COUNTED(KNOWN(400), KNOWN(400), KNOWN(0), KNOWN(0)), MANY, 1, BAKE, JUDGE_WAIT,
      .flags = ERRORS_ALONE,
      .why = "it cannot be judged yet: it looks worse than it may be, but not surely: 100.00 % of 400 requests failed, over the limit of 0.5 %" },
    { "before the bake is over nothing passes", GOOD, MANY, 29, BAKE - 1, JUDGE_WAIT, .flags = ERRORS_ALONE,
      .why = "4m50s of 5m observed: 0.00 % of 1,160 requests failed" },
    { "nor when nobody watched so long", GOOD, MANY, 30, BAKE - 1, JUDGE_WAIT, .flags = ERRORS_ALONE,
      .why = "4m59s of 5m observed: 0.00 % of 1,200 requests failed" },
    { "nor when less is known", GOOD, MANY, 29, MAX_BAKE, JUDGE_INCONCLUSIVE, .flags = ERRORS_ALONE,
      .why = "it cannot be judged after 30 min: only 4m50s of 5m are known" },
    { "too few requests wait", COUNTED(KNOWN(0), KNOWN(0), KNOWN(0), KNOWN(0)), MANY, 30, BAKE, JUDGE_WAIT, .flags = ERRORS_ALONE,
      .why = "it cannot be judged yet: the new version got 0 requests of at least 20" },
    { "and are inconclusive in the end", COUNTED(KNOWN(3), KNOWN(0), KNOWN(0), KNOWN(0)), MANY, 30, MAX_BAKE,
      JUDGE_INCONCLUSIVE, .flags = ERRORS_ALONE, .min_requests = 100,
      .why = "it cannot be judged after 30 min: the new version got 90 requests of at least 100" },
    { "a baseline of few requests is no baseline", GOOD, COUNTED(KNOWN(0.1), KNOWN(0), KNOWN(0), KNOWN(0)), 30, BAKE,
      JUDGE_WAIT, .why = "it cannot be judged yet: the old version got 3 requests of at least 20" },
    { "unknown errors are not no errors", COUNTED(KNOWN(40), UNKNOWN, KNOWN(0), KNOWN(0)), MANY, 30, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: how many of the new version's requests failed is not known" },
    { "slow ones that nobody counts are not fast", COUNTED(KNOWN(40), KNOWN(0), UNKNOWN, UNKNOWN), MANY, 30, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: how many of the new version's requests were slow is not known; "
      "how many requests were slow beside the old version is not known" },
    { "where the source has no bound for it, that is said", COUNTED(KNOWN(40), KNOWN(0), UNKNOWN, KNOWN(0)), MANY, 30, BAKE,
      JUDGE_WAIT, .flags = NO_BOUND,
      .why = "it cannot be judged yet: how many of the new version's requests were slow is not known: its histogram has no bound at 200 ms or above" },
    { "no p95 of the baseline before is nothing to compare with", COUNTED(KNOWN(40), KNOWN(0), KNOWN(0), UNKNOWN), MANY, 30, BAKE,
      JUDGE_WAIT, .flags = NO_P95, .why = "it cannot be judged yet: the old version's p95 is not known" },
    { "blocks that say nothing are none", COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY, 30, MAX_BAKE, JUDGE_INCONCLUSIVE,
      .why = "it cannot be judged after 30 min: how many requests the new version got is not known yet; nothing is known of the last 4 min" },
    { "without a block nothing recent is known either", COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY, 0, BAKE, JUDGE_WAIT,
      .flags = ERRORS_ALONE | OLD, .why = "it cannot be judged yet: how many requests the new version got lately is not known: its "
      "metrics come too seldom, or no more; how many requests the new version got is not known yet" },
    { "which is no wonder of metrics that are late", COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY, 0, BAKE, JUDGE_WAIT,
      .flags = ERRORS_ALONE | OLD | LATE, .why = "it cannot be judged yet: how many requests the new version got is not known yet" },
    { "no blocks are no zeros", COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY, 0, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: how many requests the new version got is not known yet" },
    { "an unknown number at the baseline is no comparison of traffic", GOOD, COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), 30, BAKE,
      JUDGE_WAIT, .flags = TRAFFIC | ERRORS_ALONE, .why = "it cannot be judged yet: how many requests the old version got is not known; "
      "counted in blocks of 20 s, for its metrics come more seldom than every 10 s" },
    { "where none serves any more the limits alone count", GOOD, COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), 30, BAKE,
      JUDGE_PASS, .flags = ALONE | OLD_BASELINE | ERRORS_ALONE | TRAFFIC,
      .why = "0.00 % of 1,200 requests failed; " MISSED_OF_MANY },
    { "old numbers pass nothing, however good they were", GOOD, MANY, 30, BAKE, JUDGE_WAIT, .flags = OLD,
      .why = "it cannot be judged yet: how many requests the new version got lately is not known: its metrics come too seldom, or no more" },
    { "nor do those of one whose requests come to no end any more", GOOD, MANY, 30, MAX_BAKE, JUDGE_INCONCLUSIVE, .flags = IDLE,
      .why = "it cannot be judged after 30 min: the numbers of the new version are old: no request was counted lately" },
    { "nor those against an old baseline", GOOD, MANY, 30, BAKE, JUDGE_WAIT, .flags = OLD_BASELINE,
      .why = "it cannot be judged yet: how many requests the old version got lately is not known: its metrics come too seldom, or no more" },
    { "but old numbers that are bad fail it", COUNTED(KNOWN(40), KNOWN(4), KNOWN(0), KNOWN(0)), MANY, 6, MINUTE_MS, JUDGE_FAIL,
      .flags = OLD | OLD_BASELINE, .why = "10.00 % of 240 requests failed, over the limit of 0.5 %" },
    { "blocks that come no more, while the source answers, pass nothing", GOOD, MANY, 30, BAKE, JUDGE_WAIT,
      .flags = SOURCE_IS_LATE | ERRORS_ALONE, .why = "it cannot be judged yet: nothing is known of the last 3 min" },
    { "a source that does not answer is waited for", GOOD, MANY, 0, BAKE, JUDGE_WAIT, .flags = NO_ANSWER,
      .why = "it cannot be judged yet: the metrics source did not answer: it said 'rm -rf'" },
    { "a source that never answers is inconclusive", GOOD, MANY, 0, MAX_BAKE, JUDGE_INCONCLUSIVE, .flags = NO_ANSWER,
      .why = "it cannot be judged after 30 min: the metrics source did not answer: it said 'rm -rf'" },
    { "limits that ask for nothing judge nothing", COUNTED(KNOWN(40), KNOWN(40), KNOWN(40), KNOWN(40)), MANY, 30, BAKE,
      JUDGE_NONE, .why = "there is nothing to judge it by: time alone decides", .flags = NOTHING },
    { "without a metrics source nothing is judged", COUNTED(KNOWN(40), KNOWN(40), KNOWN(40), KNOWN(40)), MANY, 30, BAKE,
      JUDGE_NONE, .why = "there is nothing to judge it by: time alone decides", .flags = NOT_JUDGED },

    { "a query of the user's own fails alone, however few requests there were", COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY,
      1, 0, JUDGE_FAIL, .why = "queue 'length' 120.5, over the limit of 100", .flags = NOTHING | QUERY, .query = KNOWN(120.5) },
    { "within its maximum it passes; below zero too", GOOD, MANY, 1, BAKE, JUDGE_PASS, .why = "queue 'length' -3",
      .flags = NOTHING | QUERY, .query = KNOWN(-3) },
    { "one that has to be beyond it three times in a row", GOOD, MANY, 2, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: queue 'length' 120.5, over the limit of 100 (look 2 of 3)", .looks = 2,
      .flags = NOTHING | QUERY | IN_A_ROW, .query = KNOWN(120.5) },
    { "and was", GOOD, MANY, 3, 0, JUDGE_FAIL, .why = "queue 'length' 120.5, over the limit of 100", .looks = 3,
      .flags = NOTHING | QUERY | IN_A_ROW, .query = KNOWN(120.5) },
    { "below its minimum it fails", GOOD, MANY, 1, 0, JUDGE_FAIL, .why = "queue 'length' 2, below the limit of 5",
      .flags = NOTHING | QUERY | MINIMUM, .query = KNOWN(2) },
    { "that is not known it is never a pass", GOOD, MANY, 1, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: queue 'length' is not known", .flags = NOTHING | QUERY, .query = UNKNOWN },
    { "whose answer is missing altogether neither", GOOD, MANY, 1, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: queue 'length' is not known", .flags = NOTHING | QUERY | SHORT_ANSWER },
    { "that is not a number neither, whatever it claims", GOOD, MANY, 1, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: queue 'length' is not known", .flags = NOTHING | QUERY, .query = KNOWN(NAN) },
    { "beside limits both have to be known", GOOD, MANY, 30, BAKE, JUDGE_WAIT,
      .why = "it cannot be judged yet: queue 'length' is not known", .flags = ERRORS_ALONE | QUERY, .query = UNKNOWN },

    { "hostile: a count below zero is no count", COUNTED(KNOWN(-40), KNOWN(0), KNOWN(0), KNOWN(0)), MANY, 6, BAKE, JUDGE_WAIT,
      .flags = ERRORS_ALONE, .why = "it cannot be judged yet: how many requests the new version got is not known yet" },
    { "hostile: fewer than no errors are not known", COUNTED(KNOWN(40), KNOWN(-1), KNOWN(0), KNOWN(0)), MANY, 6, BAKE, JUDGE_WAIT,
      .flags = ERRORS_ALONE | TRAFFIC, .why = "it cannot be judged yet: how many of the new version's requests failed is not known" },
    { "hostile: more errors than requests are all of them", COUNTED(KNOWN(40), KNOWN(1e12), KNOWN(0), KNOWN(0)), MANY, 6, BAKE,
      JUDGE_FAIL, .flags = ERRORS_ALONE, .why = "100.00 % of 240 requests failed, over the limit of 0.5 %" },
    { "hostile: what is not a number is not known, whatever it claims", COUNTED(KNOWN(40), KNOWN(NAN), KNOWN(INFINITY), KNOWN(0)),
      MANY, 6, BAKE, JUDGE_WAIT, .flags = TRAFFIC,
      .why = "it cannot be judged yet: how many of the new version's requests failed is not known; "
      "how many of the new version's requests were slow is not known" },
    { "time that runs backwards passes nothing", GOOD, MANY, 30, -1, JUDGE_WAIT, .flags = ERRORS_ALONE,
      .why = "0s of 5m observed: 0.00 % of 1,200 requests failed" },
};

static struct measure_query queries[] = { { "queue `length`", "max(queue_length)" }, { "shown only", "up" } };
static struct measure_value maxima[] = { KNOWN(100), UNKNOWN };
static struct deploy_query_limit query_limits[] = { { 0, 3 }, { 0, 0 } }, minima[] = { { 5, 1 }, { 0, 0 } };

static struct deploy_limits limits_of(unsigned flags)
{
    struct deploy_limits limits = { .is_judged = !(flags & NOT_JUDGED), .max_bake_ms = MAX_BAKE, .block_ms = BLOCK_MS };

    if (!(flags & NOTHING))
        limits.error_rate = 0.005;
    if (!(flags & (NOTHING | ERRORS_ALONE))) {
        limits.latency_p95_ms = 200;
        limits.latency_vs_baseline = 2;
    }
    limits.errors_vs_baseline = flags & VS ? 2 : 0;
    limits.lag_ms = flags & LATE ? 4 * MINUTE_MS : 0;
    limits.is_traffic_judged = flags & TRAFFIC;
    if (flags & QUERY) {
        limits.queries = queries;
        limits.queries_count = ARRAY_LEN(queries);
        limits.maxima = maxima;
        limits.maxima_count = ARRAY_LEN(maxima);
        limits.query_limits = flags & MINIMUM ? minima : query_limits;
        limits.query_limits_count = flags & (IN_A_ROW | MINIMUM) ? ARRAY_LEN(minima) : 0;
    }
    return limits;
}

static struct deploy_step steps[] = { { 5, BAKE }, { 100, BAKE } };

static struct deploy_body body_of(const struct row *row)
{
    struct deploy_limits limits = limits_of(row->flags);

    limits.min_requests = row->min_requests;
    return (struct deploy_body){ .limits = limits,
                                 .revision = "new",
                                 .previous = "old",
                                 .steps = steps,
                                 .steps_count = 2,
                                 .step = row->flags & ALONE ? 1 : 0,
                                 .watch_ms = BAKE,
                                 .observed_ms = row->observed_ms };
}

static double so_far(double each, int block) /* parts of one become whole ones */
{
    return isfinite(each) && each > 0 && each < 1e9 ? floor(each * (block + 1) + 1e-9) - floor(each * block + 1e-9) : each;
}

static struct measure_counts counts_of(const struct measure_counts *counts, int block)
{
    struct measure_counts whole = *counts;

    whole.requests.value = so_far(whole.requests.value, block);
    whole.errors.value = so_far(whole.errors.value, block);
    return whole;
}

static struct measured answer_of(const struct row *row, struct measure_block *blocks)
{
    static struct measure_value values[2];
    struct measured measured = { .canary = FOUND(KNOWN(1000), KNOWN(0), KNOWN(0.05), row->p95),
                                 .baseline = FOUND(KNOWN(9000), KNOWN(0), KNOWN(0.05), KNOWN(0.2)),
                                 .queries = values,
                                 .queries_count = row->flags & SHORT_ANSWER ? 0 : 2,
                                 .at_ms = BEGUN_MS,
                                 .bound_s = row->flags & NO_BOUND ? 0 : 0.25,
                                 .bound_vs_s = 0.5 };

    values[0] = row->query;
    if (row->flags & NO_P95)
        measured.baseline.p95_s.is_known = false;
    if (!(row->flags & OLD))
        measured.canary.recent = (struct measure_value){ true, row->flags & IDLE ? 0 : 0.1 };
    if (!(row->flags & OLD_BASELINE))
        measured.baseline.recent = (struct measure_value){ true, 30 };
    measured.blocks = blocks;
    return measured;
}

static void hear_first(struct deploy_body *body, struct measured measured, struct arena *arena)
{
    measured.queries_count = 0;
    measured.blocks_count = 0;
    judging_hear(body, &measured, 0, arena);
}

/* The first answer tells the source's time, the second one all blocks since. */
static struct measured hear(const struct row *row, struct deploy_body *body, struct arena *arena)
{
    struct measure_block *blocks = arena_alloc(arena, 64 * sizeof(*blocks));
    struct measured measured = answer_of(row, blocks);
    int64_t from_ms;

    judging_begin_step(body, arena);
    hear_first(body, measured, arena);
    from_ms = body->judging->state.until_ms;
    for (int i = 0; i < row->blocks; i++)
        blocks[i] = (struct measure_block){ from_ms + i * BLOCK_MS, from_ms + (i + 1) * BLOCK_MS,
                                            counts_of(&row->canary, i), counts_of(&row->baseline, i) };
    measured.blocks_count = (size_t)row->blocks;
    measured.at_ms = from_ms + row->blocks * BLOCK_MS + (row->flags & SOURCE_IS_LATE ? 3 * MINUTE_MS : 0);
    for (int i = 0; i < (row->looks ? row->looks : 1); i++)
        judging_hear(body, row->flags & NO_ANSWER ? NULL : &measured, 0, arena);
    return measured;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body body = body_of(row);
    struct measured measured = { .at_ms = 0 };
    struct judgement judgement;

    if (!(row->flags & NOT_JUDGED))
        measured = hear(row, &body, arena);
    judgement = judge(&body, row->flags & NO_ANSWER ? NULL : &measured, "it said `rm -rf`", arena);
    assert_string_equal(judgement.why, row->why);
    assert_int_equal(judgement.verdict, row->verdict);
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
    struct deploy_limits limits = limits_of(QUERY);
    const char **lines;
    size_t count;

    (void)state;
    count = judge_table(&limits, &measured, 60000, arena, &lines);
    assert_string_equal(joined(lines, count, arena), "last 60 s    requests    errors       p50       p95\n"
                                                     "new version     1,204    2.31 %     52 ms    412 ms\n"
                                                     "old version 1,234,567    0.00 %    5.0 ms         –\n"
                                                     "limit               –     0.5 %         –    200 ms\n"
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
    count = judge_table(&limits, NULL, 0, arena, &lines);
    assert_string_equal(joined(lines, count, arena), "             requests    errors       p50       p95\n"
                                                     "new version         –         –         –         –\n"
                                                     "old version         –         –         –         –\n");
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
    count = judge_table(&limits, &measured, 7200000, arena, &lines);
    assert_string_equal(joined(lines, count, arena), "last 2 h     requests    errors       p50       p95\n"
                                                     "new version 999,999,999,999  100.00 % 999999.0 s         –\n"
                                                     "old version         –         –         –         –\n");
}

/* ---- steps ---- */

static struct measured answer_with(struct measure_block *blocks, size_t count, int64_t at_ms)
{
    return (struct measured){ .canary = { .recent = KNOWN(1) }, .baseline = { .recent = KNOWN(1) }, .at_ms = at_ms,
                              .blocks = blocks, .blocks_count = count };
}

static const struct row plain = { .flags = ERRORS_ALONE, .observed_ms = BAKE };

static void a_step_begins_by_the_sources_clock_one_block_after_it_was_verified(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body body = body_of(&plain);
    struct measured first = answer_with(NULL, 0, BEGUN_MS + 1), none = answer_with(NULL, 0, 0);

    (void)state;
    judging_begin_step(&body, arena);
    assert_int_equal(judging_ask(&body, 1).from_ms, 0); /* no blocks yet */
    judging_hear(&body, NULL, BEGUN_MS - HOUR_MS, arena);
    assert_int_equal(judging_ask(&body, 1).from_ms, 0);
    judging_hear(&body, &first, BEGUN_MS - HOUR_MS, arena);
    assert_int_equal(judging_ask(&body, 1).from_ms, BEGUN_MS + 2 * BLOCK_MS);
    assert_int_equal(judging_ask(&body, 1).block_ms, BLOCK_MS);
    judging_begin_step(&body, arena);
    judging_hear(&body, &none, BEGUN_MS, arena); /* it tells no time: ours has to do */
    assert_int_equal(judging_ask(&body, 1).from_ms, BEGUN_MS + BLOCK_MS);
}

static void blocks_of_the_step_before_are_never_counted(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body body = body_of(&plain);
    struct measure_block before[] = { { BEGUN_MS, BEGUN_MS + BLOCK_MS, COUNTED(KNOWN(100), KNOWN(100), UNKNOWN, UNKNOWN), GOOD } };
    struct measured first = answer_with(before, 1, BEGUN_MS), second = answer_with(before, 1, BEGUN_MS + BLOCK_MS);

    (void)state;
    judging_begin_step(&body, arena);
    judging_hear(&body, &first, 0, arena);
    judging_hear(&body, &second, 0, arena);
    assert_int_equal(body.judging->state.blocks, 0);
}

static void after_a_gap_sums_are_over_and_evidence_is_not(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body body = body_of(&plain);
    int64_t from_ms = BEGUN_MS + BLOCK_MS;
    struct measure_block bad[] = { { from_ms, from_ms + BLOCK_MS, COUNTED(KNOWN(100), KNOWN(20), UNKNOWN, UNKNOWN), GOOD },
                                   { from_ms + BLOCK_MS, from_ms + 2 * BLOCK_MS, COUNTED(KNOWN(100), KNOWN(20), UNKNOWN, UNKNOWN), GOOD } };
    struct measured first = answer_with(NULL, 0, BEGUN_MS), one = answer_with(bad, 1, from_ms + BLOCK_MS),
                    both = answer_with(bad, 2, from_ms + 2 * BLOCK_MS);

    (void)state;
    judging_begin_step(&body, arena);
    judging_hear(&body, &first, 0, arena);
    judging_hear(&body, &one, 0, arena);
    assert_int_equal(judge(&body, &one, NULL, arena).verdict, JUDGE_WAIT);
    judging_begin_anew(&body, arena);
    assert_int_equal(body.judging->state.blocks, 0);
    assert_int_equal(judging_ask(&body, 1).from_ms, from_ms + BLOCK_MS); /* what came meanwhile is still there */
    judging_hear(&body, &both, 0, arena);
    assert_int_equal(judge(&body, &both, NULL, arena).verdict, JUDGE_FAIL);
}

/* Whoever goes on with what has failed takes that upon himself: it is judged by what it shows from now on. */
static void what_people_went_on_with_begins_anew(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body body = body_of(&plain);
    struct row ill = { .canary = COUNTED(KNOWN(100), KNOWN(50), UNKNOWN, UNKNOWN), .baseline = GOOD, .blocks = 4,
                       .flags = ERRORS_ALONE };
    struct measured measured = hear(&ill, &body, arena);

    (void)state;
    assert_int_equal(judge(&body, &measured, NULL, arena).verdict, JUDGE_FAIL);
    judging_begin_step(&body, arena);
    judging_hear(&body, &measured, 0, arena);
    measured.blocks_count = 0;
    assert_int_equal(judge(&body, &measured, NULL, arena).verdict, JUDGE_FAIL); /* the verdict was not told to the body */
    body.verdict = JUDGE_FAIL;
    judging_begin_step(&body, arena);
    judging_hear(&body, &measured, 0, arena);
    assert_int_equal(judge(&body, &measured, NULL, arena).verdict, JUDGE_WAIT);
}

static void a_record_of_before_is_judged_from_its_next_look_on(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct row good = { .canary = GOOD, .baseline = MANY, .observed_ms = BAKE, .flags = ERRORS_ALONE };
    struct deploy_body body = body_of(&good);
    struct measured first = answer_with(NULL, 0, BEGUN_MS);

    (void)state;
    body.limits.block_ms = 0; /* nor that */
    assert_int_equal(judging_ask(&body, 1).from_ms, 0);
    assert_int_equal(judging_ask(&body, 1).block_ms, 15 * SECOND_MS);
    judging_hear(&body, &first, 0, arena);
    assert_int_equal(judging_ask(&body, 1).from_ms, BEGUN_MS + 15 * SECOND_MS);
    assert_int_equal(judge(&body, &first, NULL, arena).verdict, JUDGE_WAIT);
}

static void what_is_slow_beside_the_baseline_is_fixed_when_the_step_begins(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct row good = { .canary = GOOD, .baseline = MANY, .blocks = 3 };
    struct deploy_body body = body_of(&good);
    struct measured measured = hear(&good, &body, arena);

    (void)state;
    assert_true(fabs(judging_ask(&body, 1).slow_vs_s - 0.4) < 1e-9);
    measured.baseline.p95_s.value = 7;
    judging_hear(&body, &measured, 0, arena);
    assert_true(fabs(judging_ask(&body, 1).slow_vs_s - 0.4) < 1e-9);
    judging_begin_step(&body, arena);
    assert_true(judging_ask(&body, 1).slow_vs_s <= 0);
    judging_hear(&body, &measured, 0, arena);
    assert_true(fabs(judging_ask(&body, 1).slow_vs_s - 14) < 1e-9);
}

static void where_time_alone_is_missing_it_says_how_much(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct row good = { .canary = GOOD, .baseline = MANY, .blocks = 28, .observed_ms = BAKE - 25 * SECOND_MS,
                        .flags = ERRORS_ALONE };
    struct deploy_body body = body_of(&good);
    struct measured measured = hear(&good, &body, arena);

    (void)state;
    assert_int_equal(judge(&body, &measured, NULL, arena).after_ms, 25 * SECOND_MS); /* watched */
    body.observed_ms = BAKE;
    assert_int_equal(judge(&body, &measured, NULL, arena).after_ms, 2 * BLOCK_MS); /* known */
    measured.at_ms += 3 * SECOND_MS;
    assert_int_equal(judge(&body, &measured, NULL, arena).after_ms, 2 * BLOCK_MS - 3 * SECOND_MS);
    measured.canary.recent.is_known = false;
    assert_int_equal(judge(&body, &measured, NULL, arena).after_ms, 0); /* time brings no numbers */
}

/* As a rollout does it: a look each ten seconds, told of what is over; metrics come each `sample_ms`. Ends with what is no
 * WAIT, and when that was. */
static struct judgement run_step(struct deploy_body *body, int64_t sample_ms, double errors, struct arena *arena)
{
    struct judgement judgement = { .verdict = JUDGE_NONE };

    judging_begin_step(body, arena);
    for (body->observed_ms = 0; body->observed_ms < 3 * HOUR_MS; body->observed_ms += 10 * SECOND_MS) {
        struct measure_ask ask = judging_ask(body, MINUTE_MS);
        struct measure_block *blocks = NULL;
        size_t count = 0;
        int64_t at_ms = BEGUN_MS + 7 * SECOND_MS + body->observed_ms;
        struct measured measured;

        for (int64_t from_ms = (ask.from_ms + ask.block_ms - 1) / ask.block_ms * ask.block_ms;
             ask.from_ms > 0 && ask.block_ms >= sample_ms && from_ms + ask.block_ms <= at_ms; from_ms += ask.block_ms)
            *ARENA_PUSH(arena, blocks, count) =
                (struct measure_block){ from_ms, from_ms + ask.block_ms, COUNTED(KNOWN(400), KNOWN(errors), UNKNOWN, UNKNOWN), MANY };
        measured = answer_with(blocks, count, at_ms);
        judging_hear(body, &measured, 0, arena);
        judgement = judge(body, &measured, NULL, arena);
        if (judgement.verdict != JUDGE_WAIT)
            break;
    }
    return judgement;
}

static void a_watch_longer_than_the_maximum_bake_ends_well(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct row alone = { .flags = ERRORS_ALONE | ALONE };
    struct deploy_body body = body_of(&alone);

    (void)state;
    body.watch_ms = HOUR_MS;
    assert_int_equal(run_step(&body, 0, 0, arena).verdict, JUDGE_PASS);
    assert_in_range(body.observed_ms, HOUR_MS, HOUR_MS + MINUTE_MS);
    body.watch_ms = body.limits.max_bake_ms; /* the very same */
    assert_int_equal(run_step(&body, 0, 0, arena).verdict, JUDGE_PASS);
}

static void metrics_that_come_each_minute_are_judged_in_longer_blocks(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body well = body_of(&plain), ill = body_of(&plain), never = body_of(&plain);
    struct judgement waits;
    struct measured nothing = answer_with(NULL, 0, BEGUN_MS + 10 * MINUTE_MS);

    (void)state;
    assert_int_equal(run_step(&well, MINUTE_MS, 0, arena).verdict, JUDGE_PASS);
    assert_in_range(well.judging->block_ms, MINUTE_MS, 2 * MINUTE_MS - 1);
    assert_in_range(well.observed_ms, BAKE, 3 * BAKE);
    assert_int_equal(run_step(&ill, MINUTE_MS, 200, arena).verdict, JUDGE_FAIL);
    assert_true(ill.observed_ms < 2 * BAKE);
    assert_int_equal(run_step(&never, DAY_MS, 200, arena).verdict, JUDGE_INCONCLUSIVE);
    assert_int_equal(never.judging->block_ms, JUDGING_BLOCK_MAX_MS);
    never.observed_ms = BAKE;
    waits = judge(&never, &nothing, NULL, arena);
    assert_non_null(strstr(waits.why, "; counted in blocks of 5 min, for its metrics come more seldom than every 10 s"));
}

/* A baseline that is counted in each block, and a canary of which none is told. */
static struct judgement look_at_nothing(struct deploy_body *body, struct measured answer, int64_t block_ms,
                                        struct arena *arena)
{
    struct judgement judgement = { .verdict = JUDGE_NONE };

    judging_begin_step(body, arena);
    for (body->observed_ms = 0; body->observed_ms < MAX_BAKE; body->observed_ms += 10 * SECOND_MS) {
        int64_t from_ms = judging_ask(body, MINUTE_MS).from_ms;

        answer.blocks = NULL;
        answer.blocks_count = 0;
        answer.at_ms = BEGUN_MS + body->observed_ms;
        for (; from_ms > 0 && from_ms + block_ms <= answer.at_ms; from_ms += block_ms)
            *ARENA_PUSH(arena, answer.blocks, answer.blocks_count) =
                (struct measure_block){ from_ms, from_ms + block_ms, COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY };
        judging_hear(body, &answer, 0, arena);
        judgement = judge(body, &answer, NULL, arena);
        if (judgement.verdict != JUDGE_WAIT)
            break;
    }
    return judgement;
}

static void a_canary_of_which_no_request_ends_is_found(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct row judged = { .flags = ERRORS_ALONE | TRAFFIC };
    struct deploy_body hangs = body_of(&judged), seldom = body_of(&judged), by_minutes = body_of(&judged),
                       coarse = body_of(&judged);
    struct measured answer = answer_with(NULL, 0, 0), points = answer_with(NULL, 0, 0);
    struct judgement judgement;

    (void)state;
    judgement = look_at_nothing(&hangs, answer, BLOCK_MS, arena);
    assert_int_equal(judgement.verdict, JUDGE_FAIL);
    assert_non_null(strstr(judgement.why, "none of its requests was counted, and "));
    assert_in_range(hangs.observed_ms, 3 * MINUTE_MS, 5 * MINUTE_MS);

    answer.canary.requests = (struct measure_value)KNOWN(40); /* it has a series: only its blocks are too short */
    assert_int_equal(look_at_nothing(&seldom, answer, BLOCK_MS, arena).verdict, JUDGE_WAIT);
    assert_true(seldom.judging->block_ms > BLOCK_MS);

    points.source = "google"; /* a minute without a point had no request, whatever came before */
    points.canary.requests = (struct measure_value)KNOWN(40);
    by_minutes.limits.block_ms = coarse.limits.block_ms = MINUTE_MS;
    assert_int_equal(look_at_nothing(&by_minutes, points, MINUTE_MS, arena).verdict, JUDGE_FAIL);
    assert_in_range(by_minutes.observed_ms, 5 * MINUTE_MS, 12 * MINUTE_MS);
    coarse.limits.block_ms = 2 * MINUTE_MS; /* some of its minutes may have had one */
    assert_int_equal(look_at_nothing(&coarse, points, 2 * MINUTE_MS, arena).verdict, JUDGE_WAIT);
}

/* Over a short window one whose metrics come each minute has no number either. */
static void nothing_is_none_before_it_was_watched_for_long(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct row judged = { .flags = ERRORS_ALONE | TRAFFIC, .observed_ms = MINUTE_MS };
    struct deploy_body body = body_of(&judged);
    struct measured first = answer_with(NULL, 0, BEGUN_MS), answer = answer_with(NULL, 0, BEGUN_MS + 11 * MINUTE_MS);

    (void)state;
    judging_begin_step(&body, arena);
    judging_hear(&body, &first, 0, arena);
    for (int64_t from_ms = judging_ask(&body, MINUTE_MS).from_ms; from_ms < BEGUN_MS + 10 * MINUTE_MS; from_ms += BLOCK_MS)
        *ARENA_PUSH(arena, answer.blocks, answer.blocks_count) =
            (struct measure_block){ from_ms, from_ms + BLOCK_MS, COUNTED(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN), MANY };
    judging_hear(&body, &answer, 0, arena);
    assert_int_equal(body.judging->state.blocks, 0);
    body.observed_ms = 10 * MINUTE_MS;
    judging_hear(&body, &answer, 0, arena);
    assert_true(body.judging->state.blocks > 0);
}

static void the_maximum_bake_may_be_shorter_than_the_bake(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct row none = { .canary = GOOD, .baseline = MANY, .flags = ERRORS_ALONE, .observed_ms = BAKE - 1 };
    struct deploy_body body = body_of(&none);

    (void)state;
    body.limits.max_bake_ms = 1;
    assert_int_equal(judge(&body, NULL, NULL, arena).verdict, JUDGE_WAIT);
    body.observed_ms = BAKE;
    assert_int_equal(judge(&body, NULL, NULL, arena).verdict, JUDGE_INCONCLUSIVE);
}

static void the_page_says_what_a_pass_may_have_missed(void **state)
{
    (void)state;
    page_assert_says("docs/rollouts.md", "\"" MISSED_OF_MANY "\"");
    page_assert_says("docs/rollouts.md", "With 30 requests it may be " MISSED_OF_30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_begins_by_the_sources_clock_one_block_after_it_was_verified),
        cmocka_unit_test(blocks_of_the_step_before_are_never_counted),
        cmocka_unit_test(after_a_gap_sums_are_over_and_evidence_is_not),
        cmocka_unit_test(what_people_went_on_with_begins_anew),
        cmocka_unit_test(a_record_of_before_is_judged_from_its_next_look_on),
        cmocka_unit_test(what_is_slow_beside_the_baseline_is_fixed_when_the_step_begins),
        cmocka_unit_test(where_time_alone_is_missing_it_says_how_much),
        cmocka_unit_test(a_watch_longer_than_the_maximum_bake_ends_well),
        cmocka_unit_test(metrics_that_come_each_minute_are_judged_in_longer_blocks),
        cmocka_unit_test(a_canary_of_which_no_request_ends_is_found),
        cmocka_unit_test(nothing_is_none_before_it_was_watched_for_long),
        cmocka_unit_test(the_maximum_bake_may_be_shorter_than_the_bake),
        cmocka_unit_test(the_table_stands_in_columns),
        cmocka_unit_test(the_table_of_nothing_is_dashes),
        cmocka_unit_test(the_table_survives_hostile_numbers),
        cmocka_unit_test(the_page_says_what_a_pass_may_have_missed),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
