/* What so many requests could have found, and what is told before the start. */
#include "tests/unit/rows.h"

#include "handlers/judge/judge.h"

#include <math.h>

static const struct row {
    const char *name;
    double limit, requests, blocks;
    double least, most; /* the floor */
} rows[] = {
    { "no requests find nothing", 0.005, 0, 0, 1, 1 },
    { "nor does a single block", 0.005, 100, 1, 1, 1 },
    { "a few requests find only much", 0.005, 20, 30, 0.2, 0.6 },
    { "more find less", 0.005, 300, 30, 0.03, 0.06 },
    { "many find what is twice over the limit", 0.005, 6000, 30, 0.009, 0.014 },
    { "very many find what is hardly over it", 0.005, 60000, 30, 0.006, 0.008 },
    { "a limit of nothing is no test", 0, 1000, 30, 1, 1 },
    { "hostile: fewer than none", 0.005, -5, 30, 1, 1 },
    { "hostile: more than there can be", 0.005, 1e300, 30, 0.005, 0.0065 }, /* the smallest odds are bet on at 1.5 */
    { "hostile: not a number", 0.005, NAN, 30, 1, 1 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    double floor_ = judge_floor(row->limit, row->requests, row->blocks, 3, 0.01);

    assert_true(floor_ >= row->least);
    assert_true(floor_ <= row->most);
}

static void a_floor_falls_as_requests_come(void **state)
{
    double before = 1;

    (void)state;
    for (double n = 20; n < 1e6; n *= 2) {
        double now = judge_floor(0.005, n, 30, 3, 0.01);

        assert_true(now <= before && now > 0.005);
        before = now;
    }
}

static const struct judge_plan plan = { .error_rate = 0.005, .slow_share = 0.05, .is_traffic_judged = true,
                                        .bake_ms = 300000 };

static void of_few_requests_nothing_can_be_said(void **state)
{
    struct judge_forecast few = judge_forecast(&plan, 6, 0.05, 0.05, 10000);

    (void)state;
    assert_false(few.is_judgeable);
    assert_true(fabs(few.requests - 1.5) < 1e-9);
    assert_true(few.floor >= 1);
    assert_true(few.target_requests > 200 && few.target_requests < 400);
    assert_true(few.target_share > 1); /* no share reaches it */
    assert_true(few.target_probes > 40 && few.target_probes < 80);
    assert_true(few.target_ms > 12 * 3600e3 && few.target_ms < 24 * 3600e3);
}

static void of_many_what_is_asked_for(void **state)
{
    struct judge_forecast many = judge_forecast(&plan, 5000, 0.05, 0.05, 10000);

    (void)state;
    assert_true(many.is_judgeable);
    assert_true(many.target_share < 0.05 && many.target_probes <= 0);
    assert_true(many.enough_ms < 60000);
}

static void of_none_never(void **state)
{
    struct judge_forecast none = judge_forecast(&plan, 0, 0.05, 0.05, 10000);

    (void)state;
    assert_false(none.is_judgeable);
    assert_true(isinf(none.target_ms) && isinf(none.enough_ms) && isinf(none.target_share));
}

/* ---- what is stated is found ---- */

#define RUNS 1000
#define FOUND_MIN 929 /* three standard deviations below 95 % of them */
#define BLOCKS 20
#define BLOCK_MS 15000

static const struct stream {
    const char *name;
    double requests[BLOCKS]; /* in each block */
    bool finds_something;
} streams[] = {
    { "evenly", { 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20 }, true },
    { "evenly, a few", { 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 }, true },
    { "in two blocks", { [0] = 500, [12] = 500 }, true },
    { "in two blocks, very many", { [0] = 10000, [12] = 10000 }, true },
    { "in three blocks", { [2] = 60, [3] = 60, [19] = 60 }, true },
    { "in five blocks", { [2] = 60, [3] = 60, [9] = 60, [11] = 60, [19] = 60 }, true },
    { "in two blocks, and a few elsewhere",
      { 5, 5, 900, 5, 5, 5, 5, 5, 5, 900, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 }, true },
    { "half of them in the last block", { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 95 }, true },
    { "fewer and fewer", { 1000, 500, 250, 125, 62, 31, 15, 7, 3, 1 }, true },
    { "nearly all in one block", { 5, 5, 5, 900, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 }, false },
};

static double uniform(uint64_t *dice) /* xorshift (Marsaglia 2003) */
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    return (double)(*dice >> 11) / 9007199254740992.0;
}

static double draw(double n, double rate, uint64_t *dice) /* from one that fails to the next */
{
    double count = 0;

    for (double at = floor(log(1 - uniform(dice)) / log1p(-rate)); rate > 0 && at < n;
         at += 1 + floor(log(1 - uniform(dice)) / log1p(-rate)))
        count++;
    return count;
}

static struct judge_decision play(const struct judge_plan *of, const struct stream *stream, double rate, uint64_t *dice)
{
    struct judge_decision decision = { .verdict = JUDGE_NONE };
    struct judge_state state = { .blocks = 0 };

    judge_begin_step(of, &state, 0, 0.05);
    for (int i = 0; i < BLOCKS && decision.verdict != JUDGE_FAIL; i++) {
        double n = stream->requests[i];

        judge_add_block(of, &state, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS,
                                                            { n, draw(n, rate, dice), 0, 0 }, { 19 * n, 0, 0, 0 } });
        decision = judge_decide(of, &state, (i + 1) * BLOCK_MS, (i + 1) * BLOCK_MS, OTHERS_NONE);
    }
    return decision;
}

static void what_is_stated_is_found(void **state)
{
    static const struct judge_plan plans[] = { { .error_rate = 0.005, .bake_ms = BLOCKS * BLOCK_MS },
                                               { .error_rate = 0.005, .slow_share = 0.05, .is_traffic_judged = true,
                                                 .bake_ms = BLOCKS * BLOCK_MS } };
    const struct stream *stream = *state;
    uint64_t dice = 88172645463325252;

    for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++) {
        double floor_ = play(&plans[p], stream, 0, &dice).floors[JUDGE_ERRORS];
        int found = 0;

        assert_int_equal(floor_ < 1, stream->finds_something);
        for (int run = 0; run < RUNS && floor_ < 1; run++)
            found += play(&plans[p], stream, floor_, &dice).verdict == JUDGE_FAIL;
        if (floor_ < 1)
            assert_in_range(found, FOUND_MIN, RUNS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_floor_falls_as_requests_come),
        cmocka_unit_test(of_few_requests_nothing_can_be_said),
        cmocka_unit_test(of_many_what_is_asked_for),
        cmocka_unit_test(of_none_never),
    };

    return ROWS(rows, check_row) + ROWS(streams, what_is_stated_is_found) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
