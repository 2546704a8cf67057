/* The theory, by exact sums: no healthy block is worth more than 1 in the mean. And what a state has to keep. */
#include "tests/unit/rows.h"

#include "bot/base/time.h"
#include "handlers/judge/record.h"

#include <math.h>
#include <string.h>

#define EPSILON 1e-9

static double likely(double n, double k, double p) /* P(X = k) */
{
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p));
}

static double wealth_of(const struct judge_plan *plan, const struct judge_state *state)
{
    return judge_decide(plan, state, state->until_ms, 0, OTHERS_NONE).wealth;
}

static double wealth_after(const struct judge_plan *plan, double share, struct judge_block block)
{
    struct judge_state state = { .blocks = 0 };

    judge_begin_step(plan, &state, 0, share);
    judge_add_block(plan, &state, &block);
    return wealth_of(plan, &state);
}

/* ---- each bet is fair, or worse ---- */

struct limit_row {
    const char *name;
    double limit, rate, n, share; /* rate: the true one, at or below the limit */
    int64_t block_ms;
};
static const struct limit_row limit_rows[] = {
    { "far below the limit", 0.005, 0.0005, 40, 1, 10000 },
    { "below it", 0.005, 0.003, 40, 1, 10000 },
    { "at it", 0.005, 0.005, 40, 1, 10000 },
    { "at it, many requests", 0.005, 0.005, 400, 0.05, 15000 },
    { "at a limit of 5 %", 0.05, 0.05, 200, 0.05, 1000 },
    { "at a limit of one half", 0.5, 0.5, 60, 0.5, 10000 },
    { "at a limit of 100 %", 1, 0.9, 30, 0.5, 10000 },
};

static void a_bet_against_a_limit(void **state)
{
    const struct limit_row *row = *state;
    const struct judge_plan plan = { .error_rate = row->limit };
    double mean = 0;

    for (double x = 0; x <= row->n; x++)
        mean += likely(row->n, x, row->rate) *
                wealth_after(&plan, row->share,
                             (struct judge_block){ 0, row->block_ms, { row->n, x, 0, 0 }, { 1000, 0, 0, 0 } });
    assert_true(mean <= 1 + EPSILON);
    assert_true(mean > 0.4); /* and no swindle either: half of it is cash */
}

struct pair_row {
    const char *name;
    double rate, canary, baseline;
};
static const struct pair_row pair_rows[] = {
    { "where the baseline hardly fails", 0.001, 12, 25 },  { "where it fails at times", 0.05, 12, 25 },
    { "where it fails often", 0.3, 12, 25 },               { "where it fails as often as not", 0.49, 12, 25 },
    { "where the canary has more than it", 0.1, 30, 8 },
};

static void a_bet_against_the_baseline_whatever_its_rate(void **state)
{
    const struct pair_row *row = *state;
    const struct judge_plan plan = { .errors_vs_baseline = 2 };
    double mean = 0;

    for (double x = 0; x <= row->canary; x++)
        for (double y = 0; y <= row->baseline; y++)
            mean += likely(row->canary, x, 2 * row->rate) * likely(row->baseline, y, row->rate) *
                    wealth_after(
                        &plan, 0.3,
                        (struct judge_block){ 0, 10000, { row->canary, x, 0, 0 }, { row->baseline, y, 0, 0 } });
    assert_true(mean <= 1 + EPSILON);
}

static void a_bet_against_the_traffic(void **state)
{
    const struct judge_plan plan = { .is_traffic_judged = true };
    double s = JUDGE_COLLAPSE * 0.25 / (JUDGE_COLLAPSE * 0.25 + 0.75), mean = 0;

    (void)state;
    for (double x = 0; x <= 60; x++)
        mean += likely(60, x, s) *
                wealth_after(&plan, 0.25, (struct judge_block){ 0, 10000, { x, 0, 0, 0 }, { 60 - x, 0, 0, 0 } });
    assert_true(mean <= 1 + EPSILON);
}

/* ---- blocks ---- */

static const struct judge_plan plan_of_one = { .error_rate = 0.005, .bake_ms = 300000 };

static struct judge_block block_at(int64_t from_ms, int64_t to_ms, double n, double bad)
{
    return (struct judge_block){ from_ms, to_ms, { n, bad, 0, 0 }, { 1000, 0, 0, 0 } };
}

static bool add(struct judge_state *state, struct judge_block block)
{
    return judge_add_block(&plan_of_one, state, &block);
}

static void what_is_no_part_of_the_step_is_never_counted(void **ignored)
{
    struct judge_state state = { .blocks = 0 };

    (void)ignored;
    judge_begin_step(&plan_of_one, &state, 5000, 0.05);
    assert_false(add(&state, block_at(0, 10000, 100, 100))); /* it began before */
    assert_true(add(&state, block_at(10000, 20000, 100, 100)));
    assert_false(add(&state, block_at(10000, 20000, 100, 100))); /* twice */
    assert_false(add(&state, block_at(15000, 25000, 100, 100))); /* overlapping */
    assert_false(add(&state, block_at(30000, 30000, 100, 100))); /* of no time */
    assert_false(add(&state, block_at(40000, 30000, 100, 100))); /* backwards */
    assert_true(add(&state, block_at(50000, 60000, 100, 100)));  /* after a gap */
    assert_false(add(&state, block_at(30000, 40000, 100, 100))); /* late */
    assert_int_equal(state.blocks, 2);
    assert_int_equal(state.observed_ms, 20000);
}

static void evidence_of_the_step_before_counts_its_sums_do_not(void **ignored)
{
    struct judge_state state = { .blocks = 0 };
    double before;

    (void)ignored;
    judge_begin_step(&plan_of_one, &state, 1000, 0.05);
    add(&state, block_at(1000, 11000, 60, 2));
    before = wealth_of(&plan_of_one, &state);
    judge_begin_step(&plan_of_one, &state, 11000, 0.25);
    assert_true(before > 2 && fabs(wealth_of(&plan_of_one, &state) - before) < EPSILON);
    assert_true(state.bets[JUDGE_ERRORS].sum.canary <= 0);
}

/* With one stake alone it would be the very same; spreading and the cap take a little away. */
static void a_block_in_two_halves_says_the_same_but_for_the_cap(void **ignored)
{
    struct judge_state whole = { .blocks = 0 }, halves = { .blocks = 0 };
    double one, two;

    (void)ignored;
    judge_begin_step(&plan_of_one, &whole, 0, 0.05);
    judge_begin_step(&plan_of_one, &halves, 0, 0.05);
    add(&whole, block_at(0, 20000, 400, 3));
    add(&halves, block_at(0, 10000, 200, 2));
    add(&halves, block_at(10000, 20000, 200, 1));
    one = wealth_of(&plan_of_one, &whole);
    two = wealth_of(&plan_of_one, &halves);
    assert_true(fabs(log(one / two)) < 0.02);
}

static void long_health_hides_nothing_that_comes_late(void **ignored)
{
    struct judge_state state = { .blocks = 0 };
    int blocks = 0;

    (void)ignored;
    judge_begin_step(&plan_of_one, &state, 0, 0.5);
    for (int64_t i = 0; i < 360; i++) /* an hour */
        add(&state, block_at(i * 10000, (i + 1) * 10000, 1000, 1));
    for (int64_t i = 360; wealth_of(&plan_of_one, &state) < 100 && blocks < 10; i++, blocks++)
        add(&state, block_at(i * 10000, (i + 1) * 10000, 1000, 200));
    assert_in_range(blocks, 2, 4);
}

/* ---- stored and read back ---- */

static struct judge_state read_back(const struct judge_state *state, struct arena *arena)
{
    AUTO_JSON cJSON *json = shape_to_json(&judge_state_shape, state, SHAPE_WHOLE), *again = NULL;
    AUTO_FREE char *text = cJSON_PrintUnformatted(json);
    struct judge_state read;
    struct error err;

    assert_true(json_parse(str_of(text), &again, &err));
    assert_true(shape_from_json(&judge_state_shape, again, arena, &read, &err));
    assert_true(strlen(text) < 4000);
    return read;
}

static void assert_same_decision(struct judge_decision one, struct judge_decision other)
{
    assert_int_equal(one.verdict, other.verdict);
    assert_int_equal(one.is_suspicious, other.is_suspicious);
    assert_int_equal(one.suspicious, other.suspicious);
    assert_int_equal(one.stale, other.stale);
    assert_int_equal(one.stale_ms, other.stale_ms);
    assert_int_equal(one.known_ms, other.known_ms);
    assert_memory_equal(one.lacks, other.lacks, sizeof(one.lacks));
}

static void what_is_stored_after_each_block_goes_on_the_same_to_the_bit(void **ignored)
{
    const struct judge_plan plan = { .error_rate = 0.005, .errors_vs_baseline = 2, .slow_share = 0.05,
                                     .slow_vs_share = 0.05, .is_traffic_judged = true, .bake_ms = 300000 };
    AUTO(arena) struct arena *arena = arena_create();
    struct judge_state kept = { .blocks = 0 }, stored = { .blocks = 0 };

    (void)ignored;
    judge_begin_step(&plan, &kept, 0, 0.07);
    judge_begin_step(&plan, &stored, 0, 0.07);
    for (int64_t i = 0; i < 500; i++) {
        double n = (double)(i * 7919 % 997), bad = (double)(i * 31 % 11);
        struct judge_block block = { i * 15000, (i + 1) * 15000, { n, bad, 3 * bad, bad }, { 3 * n, bad, bad, bad } };
        double wealth;

        if (i % 100 == 99) {
            judge_begin_step(&plan, &kept, i * 15000, (double)(7 + i / 10) / 100);
            judge_begin_step(&plan, &stored, i * 15000, (double)(7 + i / 10) / 100);
        }
        judge_add_block(&plan, &kept, &block);
        judge_add_block(&plan, &stored, &block);
        stored = read_back(&stored, arena);
        wealth = wealth_of(&plan, &kept);
        assert_memory_equal(&wealth, &(double){ wealth_of(&plan, &stored) }, sizeof(wealth));
        assert_same_decision(judge_decide(&plan, &kept, block.to_ms + MINUTE_MS, 0, OTHERS_NONE),
                             judge_decide(&plan, &stored, block.to_ms + MINUTE_MS, 0, OTHERS_NONE));
    }
    judge_begin_step(&plan, &kept, 7500000, 0.5); /* all that is on the grid is brought back onto it */
    judge_begin_step(&plan, &stored, 7500000, 0.5);
    assert_memory_equal(&kept, &stored, sizeof(kept));
}

static void so_is_what_a_pass_may_have_missed(void **ignored)
{
    const struct judge_plan plan = { .error_rate = 0.005, .bake_ms = 300000 };
    AUTO(arena) struct arena *arena = arena_create();
    struct judge_state kept = { .blocks = 0 }, stored = { .blocks = 0 };
    double floors[2];

    (void)ignored;
    judge_begin_step(&plan, &kept, 0, 0.07);
    judge_begin_step(&plan, &stored, 0, 0.07);
    for (int64_t i = 0; i < 20; i++) {
        struct judge_block block = { i * 15000, (i + 1) * 15000, { i % 5 == 0 ? 600 : 3, 0, 0, 0 }, { 3000, 0, 0, 0 } };

        judge_add_block(&plan, &kept, &block);
        judge_add_block(&plan, &stored, &block);
        stored = read_back(&stored, arena);
    }
    floors[0] = judge_decide(&plan, &kept, 300000, 300000, OTHERS_NONE).floors[JUDGE_ERRORS];
    floors[1] = judge_decide(&plan, &stored, 300000, 300000, OTHERS_NONE).floors[JUDGE_ERRORS];
    assert_true(floors[0] > 0 && floors[0] < 1);
    assert_memory_equal(&floors[0], &floors[1], sizeof(floors[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bet_against_the_traffic),
        cmocka_unit_test(what_is_no_part_of_the_step_is_never_counted),
        cmocka_unit_test(evidence_of_the_step_before_counts_its_sums_do_not),
        cmocka_unit_test(a_block_in_two_halves_says_the_same_but_for_the_cap),
        cmocka_unit_test(long_health_hides_nothing_that_comes_late),
        cmocka_unit_test(what_is_stored_after_each_block_goes_on_the_same_to_the_bit),
        cmocka_unit_test(so_is_what_a_pass_may_have_missed),
    };

    return ROWS(limit_rows, a_bet_against_a_limit) + ROWS(pair_rows, a_bet_against_the_baseline_whatever_its_rate) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
