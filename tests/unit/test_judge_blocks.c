/* What stories of blocks lead to: what stops a canary, what does not, and that what is not known never passes. */
#include "tests/unit/rows.h"

#include "handlers/judge/judge.h"

#include <math.h>

#define BLOCK_MS 10000
#define BAKE_MS 300000
#define MAX_BAKE_MS 1800000
#define NEVER NAN
#define A_NIGHT .n = 20, .baseline_n = 380, .share = 0.05 /* 5 % of 2,400 requests a minute */

static const struct row {
    const char *name;
    int blocks;
    double n, errors, slow; /* the canary's in each block; a part of one is made whole over blocks */
    double baseline_n, baseline_errors, baseline_slow;
    int burst_blocks; /* in the first so many half of all fails, on both sides */
    double share;
    int64_t late_ms; /* now, after the last block */
    int64_t bake_ms, max_bake_ms, warm_up_ms; /* 0: as above */
    int first_without_errors, last_without_errors; /* blocks in which errors are not known */
    double vs, budget;
    enum judge_verdict verdict;
    enum judge_test worst; /* of a FAIL */
    bool is_stale, is_suspicious;
    enum judge_lack lack; /* of JUDGE_ERRORS */
} rows[] = {
    { "well within every limit passes", 30, A_NIGHT, .verdict = JUDGE_PASS },
    { "before the bake is over nothing passes", 29, A_NIGHT, .verdict = JUDGE_WAIT },
    { "many failures stop it long before the bake is over", 6, A_NIGHT, .errors = 2, .verdict = JUDGE_FAIL },
    { "one unlucky request stops nothing", 30, A_NIGHT, .errors = 1.0 / 30, .verdict = JUDGE_PASS },
    { "one bad block stops nothing, however bad", 1, .n = 5000, .errors = 5000, .baseline_n = 95000, .share = 0.05,
      .verdict = JUDGE_WAIT, .is_suspicious = true },
    { "two do", 2, .n = 5000, .errors = 5000, .baseline_n = 95000, .share = 0.05, .verdict = JUDGE_FAIL },
    { "a burst that hits both stops nothing", 36, .n = 200, .baseline_n = 3800, .share = 0.05, .burst_blocks = 6,
      .verdict = JUDGE_PASS },
    { "but its time has to be made up for", 35, .n = 200, .baseline_n = 3800, .share = 0.05, .burst_blocks = 6,
      .verdict = JUDGE_WAIT },
    { "where all fail at both no excuse helps to a pass", 18, .n = 400, .errors = 400, .baseline_n = 7600,
      .baseline_errors = 7600, .share = 0.05, .bake_ms = 180000, .verdict = JUDGE_WAIT, .is_suspicious = true },
    { "and when it is over it fails", 21, .n = 400, .errors = 400, .baseline_n = 7600, .baseline_errors = 7600,
      .share = 0.05, .bake_ms = 180000, .verdict = JUDGE_FAIL },
    { "what fails at the baseline alone is no time that is missing", 30, .n = 200, .baseline_n = 3800,
      .baseline_errors = 190, .share = 0.05, .verdict = JUDGE_PASS },
    { "a burst is made up for, however short the maximum", 35, .n = 200, .baseline_n = 3800, .share = 0.05,
      .burst_blocks = 6, .max_bake_ms = 300000, .verdict = JUDGE_WAIT },
    { "both over the limit for long: the limit is the limit", 40, .n = 200, .errors = 10, .baseline_n = 3800,
      .baseline_errors = 190, .share = 0.05, .verdict = JUDGE_FAIL },
    { "but not within three minutes", 17, .n = 200, .errors = 10, .baseline_n = 3800, .baseline_errors = 190,
      .share = 0.05, .verdict = JUDGE_WAIT, .is_suspicious = true },
    { "much worse than a baseline that is over the limit itself", 12, .n = 200, .errors = 40, .baseline_n = 3800,
      .baseline_errors = 38, .share = 0.05, .verdict = JUDGE_FAIL },
    { "slow ones stop it", 12, A_NIGHT, .slow = 8, .baseline_slow = 3, .verdict = JUDGE_FAIL, .worst = JUDGE_SLOW },
    { "as slow as the baseline is not slower", 17, A_NIGHT, .slow = 8, .baseline_slow = 152, .verdict = JUDGE_WAIT,
      .is_suspicious = true },
    { "ten times the baseline, within the limit, where nobody asked for that", 30, .n = 1000, .errors = 4,
      .baseline_n = 1000, .baseline_errors = 0.4, .share = 0.5, .verdict = JUDGE_PASS },
    { "ten times the baseline, where that is asked for", 30, .n = 1000, .errors = 4, .baseline_n = 1000,
      .baseline_errors = 0.4, .share = 0.5, .vs = 2, .verdict = JUDGE_FAIL, .worst = JUDGE_ERRORS_VS_BASELINE },
    { "ten times next to nothing harms nobody", 30, .n = 1000, .errors = 0.5, .baseline_n = 1000, .share = 0.5,
      .vs = 2, .verdict = JUDGE_PASS },
    { "requests that come no more are no success", 12, .n = 1, .baseline_n = 380, .share = 0.25, .verdict = JUDGE_FAIL,
      .worst = JUDGE_TRAFFIC, .lack = LACKS_REQUESTS },
    { "a quiet night at both is no collapse", 30, .n = 2, .baseline_n = 6, .share = 0.25, .verdict = JUDGE_PASS },
    { "too few requests wait", 30, .n = 0.5, .baseline_n = 9.5, .share = 0.05, .verdict = JUDGE_WAIT,
      .lack = LACKS_REQUESTS },
    { "and are inconclusive in the end", 36, .n = 0.5, .baseline_n = 9.5, .share = 0.05, .max_bake_ms = 360000,
      .verdict = JUDGE_INCONCLUSIVE, .lack = LACKS_REQUESTS },
    { "unknown errors are not no errors", 40, A_NIGHT, .errors = NEVER, .verdict = JUDGE_WAIT, .lack = LACKS_NUMBERS },
    { "errors that are not known for a while have to be made up for", 30, A_NIGHT, .first_without_errors = 10,
      .last_without_errors = 14, .verdict = JUDGE_WAIT },
    { "and can be", 35, A_NIGHT, .first_without_errors = 10, .last_without_errors = 14, .verdict = JUDGE_PASS },
    { "errors that are not known any more pass nothing, though slow ones are", 60, A_NIGHT, .first_without_errors = 30,
      .last_without_errors = 59, .verdict = JUDGE_WAIT, .is_stale = true },
    { "errors that are known again stop it, whatever was not known before", 20, A_NIGHT, .errors = 10,
      .first_without_errors = 0, .last_without_errors = 9, .verdict = JUDGE_FAIL },
    { "an unknown baseline is no comparison", 40, .n = 20, .baseline_n = NEVER, .baseline_errors = NEVER,
      .baseline_slow = NEVER, .share = 0.05, .verdict = JUDGE_WAIT },
    { "without one the limits count all the same", 12, .n = 20, .errors = 5, .baseline_n = NEVER,
      .baseline_errors = NEVER, .baseline_slow = NEVER, .share = 0.05, .verdict = JUDGE_FAIL },
    { "old numbers pass nothing", 30, A_NIGHT, .late_ms = 300000, .verdict = JUDGE_WAIT, .is_stale = true },
    { "where no baseline serves the limits alone count", 30, .n = 400, .baseline_n = NEVER, .baseline_errors = NEVER,
      .baseline_slow = NEVER, .share = 1, .verdict = JUDGE_PASS },
    { "there half a minute of somebody else's trouble stops nothing", 3, .n = 400, .errors = 400, .baseline_n = NEVER,
      .share = 1, .verdict = JUDGE_WAIT, .is_suspicious = true },
    { "a minute of it does", 7, .n = 400, .errors = 400, .baseline_n = NEVER, .share = 1, .verdict = JUDGE_FAIL },
    { "slow ones while it warms up count for nothing", 3, A_NIGHT, .slow = 20, .warm_up_ms = 30000,
      .verdict = JUDGE_WAIT },
    { "failed ones do", 3, A_NIGHT, .errors = 20, .warm_up_ms = 30000, .verdict = JUDGE_FAIL },
    { "slow ones afterwards, too", 8, A_NIGHT, .slow = 20, .warm_up_ms = 30000, .verdict = JUDGE_FAIL,
      .worst = JUDGE_SLOW },
    { "a tenth of the budget needs more", 5, A_NIGHT, .errors = 1, .budget = 0.001, .verdict = JUDGE_WAIT,
      .is_suspicious = true },
    { "than ten times of it", 5, A_NIGHT, .errors = 1, .budget = 0.1, .verdict = JUDGE_FAIL },
    { "hostile: more errors than requests are all of them", 4, .n = 100, .errors = 500, .baseline_n = 380,
      .share = 0.05, .verdict = JUDGE_FAIL },
    { "hostile: a count below zero is no count", 40, .n = -5, .baseline_n = 380, .share = 0.05, .verdict = JUDGE_WAIT,
      .is_stale = true, .lack = LACKS_NUMBERS },
    { "hostile: infinitely many are none", 40, .n = INFINITY, .baseline_n = 380, .share = 0.05, .verdict = JUDGE_WAIT,
      .is_stale = true, .lack = LACKS_NUMBERS },
    { "hostile: very many overflow nothing", 40, .n = 1e14, .errors = 1e13, .baseline_n = 1e15, .share = 0.05,
      .verdict = JUDGE_FAIL },
};

static double whole(double rate, int i) /* of a part of one a block gets one now and then, the first one never */
{
    return isfinite(rate) && rate > 0 ? floor(rate * (i + 1) + 1e-9) - floor(rate * i + 1e-9) : rate;
}

static struct judge_block block_of(const struct row *row, int i)
{
    bool is_burst = i < row->burst_blocks;
    bool is_unknown = row->last_without_errors > 0 && i >= row->first_without_errors && i <= row->last_without_errors;
    struct judge_counts canary = { whole(row->n, i), whole(row->errors, i), row->slow, row->slow };
    struct judge_counts baseline = { whole(row->baseline_n, i), whole(row->baseline_errors, i), row->baseline_slow,
                                     row->baseline_slow };

    if (is_burst) {
        canary.errors = row->n / 2;
        baseline.errors = row->baseline_n / 2;
    }
    if (is_unknown)
        canary.errors = NAN;
    return (struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, canary, baseline };
}

static void check_row(void **state_)
{
    const struct row *row = *state_;
    const struct judge_plan plan = { .budget = row->budget,
                                     .error_rate = 0.005,
                                     .errors_vs_baseline = row->vs,
                                     .slow_share = 0.05,
                                     .is_traffic_judged = true,
                                     .bake_ms = row->bake_ms ? row->bake_ms : BAKE_MS,
                                     .max_bake_ms = row->max_bake_ms ? row->max_bake_ms : MAX_BAKE_MS,
                                     .warm_up_ms = row->warm_up_ms };
    struct judge_state state = { .blocks = 0 };
    struct judge_decision decision = { .verdict = JUDGE_NONE };

    judge_begin_step(&plan, &state, 0, row->share);
    for (int i = 0; i < row->blocks && decision.verdict != JUDGE_FAIL; i++) {
        struct judge_block block = block_of(row, i);
        int64_t now_ms = block.to_ms + (i + 1 == row->blocks ? row->late_ms : 0);

        judge_add_block(&plan, &state, &block);
        decision = judge_decide(&plan, &state, now_ms, now_ms, OTHERS_NONE);
    }
    assert_int_equal(decision.verdict, row->verdict);
    assert_int_equal(decision.lacks[JUDGE_ERRORS], row->lack);
    assert_int_equal(decision.stale_ms > 0, row->is_stale);
    if (row->verdict == JUDGE_FAIL)
        assert_int_equal(decision.worst, row->worst);
    else
        assert_int_equal(decision.is_suspicious, row->is_suspicious);
}

/* ---- what is judged besides the tests ---- */

static struct judge_decision after(int blocks, enum judge_others others, bool has_tests, int64_t watched_ms)
{
    const struct judge_plan plan = { .error_rate = has_tests ? 0.005 : 0, .bake_ms = BAKE_MS,
                                     .max_bake_ms = MAX_BAKE_MS };
    struct judge_state state = { .blocks = 0 };

    judge_begin_step(&plan, &state, 0, 0.05);
    for (int i = 0; i < blocks; i++)
        judge_add_block(&plan, &state,
                        &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, { 20, 0, 0, 0 }, { 380, 0, 0, 0 } });
    return judge_decide(&plan, &state, blocks * BLOCK_MS, watched_ms, others);
}

static void others_count_beside_the_tests_and_without_them(void **state)
{
    (void)state;
    assert_int_equal(after(30, OTHERS_FINE, true, BAKE_MS).verdict, JUDGE_PASS);
    assert_int_equal(after(30, OTHERS_MISSING, true, BAKE_MS).verdict, JUDGE_WAIT);
    assert_int_equal(after(30, OTHERS_MISSING, true, MAX_BAKE_MS).verdict, JUDGE_INCONCLUSIVE);
    assert_int_equal(after(1, OTHERS_BROKEN, true, 1).verdict, JUDGE_FAIL);
    assert_int_equal(after(0, OTHERS_FINE, false, BAKE_MS - 1).verdict, JUDGE_WAIT);
    assert_int_equal(after(0, OTHERS_FINE, false, BAKE_MS).verdict, JUDGE_PASS);
    assert_int_equal(after(0, OTHERS_BROKEN, false, 0).verdict, JUDGE_FAIL);
    assert_int_equal(after(0, OTHERS_NONE, false, BAKE_MS).verdict, JUDGE_NONE);
}

static void what_nobody_watched_passes_nothing(void **state)
{
    (void)state;
    assert_int_equal(after(30, OTHERS_NONE, true, BAKE_MS - 1).verdict, JUDGE_WAIT);
    assert_true(after(30, OTHERS_NONE, true, BAKE_MS - 1).lacks_time);
    assert_false(after(30, OTHERS_MISSING, true, BAKE_MS - 1).lacks_time);
    assert_int_equal(after(29, OTHERS_NONE, true, BAKE_MS).verdict, JUDGE_WAIT);
    assert_int_equal(after(29, OTHERS_NONE, true, BAKE_MS).known_ms, 290000);
}

static void a_step_without_a_bake_needs_two_blocks_all_the_same(void **state)
{
    const struct judge_plan plan = { .error_rate = 0.005 };
    struct judge_state of = { .blocks = 0 };

    (void)state;
    judge_begin_step(&plan, &of, 0, 0.05);
    judge_add_block(&plan, &of, &(struct judge_block){ 0, 1000, { 100, 0, 0, 0 }, { 100, 0, 0, 0 } });
    assert_int_not_equal(judge_decide(&plan, &of, 1000, 0, OTHERS_NONE).verdict, JUDGE_PASS);
    judge_add_block(&plan, &of, &(struct judge_block){ 1000, 2000, { 100, 0, 0, 0 }, { 100, 0, 0, 0 } });
    assert_int_equal(judge_decide(&plan, &of, 2000, 0, OTHERS_NONE).verdict, JUDGE_PASS);
}

/* Five tests share the mean, so that one of them says little in it. */
static void nothing_passes_right_after_a_dreadful_block(void **state)
{
    const struct judge_plan plan = { .error_rate = 0.005, .errors_vs_baseline = 2, .slow_share = 0.05,
                                     .slow_vs_share = 0.05, .is_traffic_judged = true, .bake_ms = BAKE_MS,
                                     .max_bake_ms = MAX_BAKE_MS };
    struct judge_state of = { .blocks = 0 };

    (void)state;
    judge_begin_step(&plan, &of, 0, 0.05);
    for (int i = 0; i < 29; i++)
        judge_add_block(&plan, &of, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, { 200, 0, 0, 0 },
                                                           { 3800, 0, 0, 0 } });
    judge_add_block(&plan, &of, &(struct judge_block){ 29 * BLOCK_MS, BAKE_MS, { 200, 200, 0, 0 }, { 3800, 0, 0, 0 } });
    assert_int_equal(judge_decide(&plan, &of, BAKE_MS, BAKE_MS, OTHERS_NONE).verdict, JUDGE_WAIT);
    for (int i = 30; i < 40; i++)
        judge_add_block(&plan, &of, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, { 200, 0, 0, 0 },
                                                           { 3800, 0, 0, 0 } });
    assert_int_equal(judge_decide(&plan, &of, 40 * BLOCK_MS, 40 * BLOCK_MS, OTHERS_NONE).verdict, JUDGE_PASS);
}

static bool add_of(const struct judge_plan *plan, struct judge_state *of, int i, double errors)
{
    return judge_add_block(plan, of, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, { 400, errors, 0, 0 },
                                                            { 7600, errors > 0 ? 7600 : 0, 0, 0 } });
}

static void nor_after_one_that_was_excused(void **state)
{
    const struct judge_plan plan = { .error_rate = 0.005, .bake_ms = BAKE_MS, .max_bake_ms = MAX_BAKE_MS };
    struct judge_state of = { .blocks = 0 };

    (void)state;
    judge_begin_step(&plan, &of, 0, 0.05);
    for (int i = 0; i < 31; i++)
        assert_true(add_of(&plan, &of, i, i == 30 ? 400 : 0));
    assert_int_equal(judge_decide(&plan, &of, 31 * BLOCK_MS, 31 * BLOCK_MS, OTHERS_NONE).verdict, JUDGE_WAIT);
    assert_true(judge_decide(&plan, &of, 31 * BLOCK_MS, 31 * BLOCK_MS, OTHERS_NONE).is_suspicious);
    add_of(&plan, &of, 31, 0);
    assert_int_equal(judge_decide(&plan, &of, 32 * BLOCK_MS, 32 * BLOCK_MS, OTHERS_NONE).verdict, JUDGE_PASS);
}

/* A bake that is short beside the excuse, and few requests: once nothing is excused any more the bets, which lost
 * meanwhile, are slow to say so. */
static void what_is_excused_no_more_passes_by_no_short_bake(void **state)
{
    static const struct {
        double n, errors, baseline_n, baseline_errors;
    } loads[] = { { 2, 0.4, 38, 7.6 }, { 5, 1, 20, 4 }, { 0.5, 0.1, 9.5, 1.9 } };
    const struct judge_plan plan = { .error_rate = 0.02, .bake_ms = 6000, .max_bake_ms = MAX_BAKE_MS };

    (void)state;
    for (size_t load = 0; load < ARRAY_LEN(loads); load++) {
        struct judge_state of = { .blocks = 0 };
        enum judge_verdict verdict = JUDGE_WAIT;

        judge_begin_step(&plan, &of, 0, 0.05);
        for (int i = 0; i < 600 && verdict != JUDGE_FAIL; i++) {
            judge_add_block(&plan, &of,
                            &(struct judge_block){
                                i * 1000,
                                (i + 1) * 1000,
                                { whole(loads[load].n, i), whole(loads[load].errors, i), 0, 0 },
                                { whole(loads[load].baseline_n, i), whole(loads[load].baseline_errors, i), 0, 0 } });
            verdict = judge_decide(&plan, &of, (i + 1) * 1000, (i + 1) * 1000, OTHERS_NONE).verdict;
            assert_int_not_equal(verdict, JUDGE_PASS);
        }
        assert_int_equal(verdict, JUDGE_FAIL);
    }
}

/* Nearly the whole bake was good before both broke, a little at a time. */
static void what_was_good_before_helps_no_canary_that_broke_with_the_baseline(void **state)
{
    const struct judge_plan plan = { .error_rate = 0.02, .bake_ms = 20000, .max_bake_ms = MAX_BAKE_MS };
    struct judge_state of = { .blocks = 0 };
    enum judge_verdict verdict = JUDGE_WAIT;

    (void)state;
    judge_begin_step(&plan, &of, 0, 0.1);
    for (int i = 0; i < 200 && verdict == JUDGE_WAIT; i++) {
        bool is_broken = i >= 9;

        judge_add_block(&plan, &of,
                        &(struct judge_block){ i * 2000, (i + 1) * 2000,
                                               { 12, is_broken ? 2 + i % 2 : 0, 0, 0 },
                                               { 108, is_broken ? 22 : 0, 0, 0 } });
        verdict = judge_decide(&plan, &of, (i + 1) * 2000, (i + 1) * 2000, OTHERS_NONE).verdict;
        assert_int_not_equal(verdict, JUDGE_PASS);
    }
    assert_int_equal(verdict, JUDGE_FAIL);
}

/* At 100 % nobody compares any more: what a comparison had won until then can be lost by nothing that comes. */
static void what_is_not_asked_any_more_makes_nobody_wait(void **state)
{
    const struct judge_plan plan = { .error_rate = 0.005, .errors_vs_baseline = 2, .slow_share = 0.05,
                                     .slow_vs_share = 0.05, .is_traffic_judged = true, .bake_ms = BAKE_MS,
                                     .max_bake_ms = MAX_BAKE_MS };
    struct judge_state of = { .blocks = 0 };

    (void)state;
    judge_begin_step(&plan, &of, 0, 0.5);
    judge_add_block(&plan, &of, &(struct judge_block){ 0, BLOCK_MS, { 10000, 45, 0, 0 }, { 10000, 2, 0, 0 } });
    assert_int_equal(judge_decide(&plan, &of, BLOCK_MS, BLOCK_MS, OTHERS_NONE).suspicious, JUDGE_ERRORS_VS_BASELINE);
    judge_begin_step(&plan, &of, BLOCK_MS, 1); /* somebody went on with it */
    for (int i = 1; i < 31; i++)
        judge_add_block(&plan, &of, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, { 400, 0, 0, 0 },
                                                           { NAN, NAN, NAN, NAN } });
    assert_int_equal(judge_decide(&plan, &of, 31 * BLOCK_MS, BAKE_MS, OTHERS_NONE).verdict, JUDGE_PASS);
}

static double floor_after(int blocks, int every, double n)
{
    const struct judge_plan plan = { .error_rate = 0.005, .bake_ms = BAKE_MS };
    struct judge_state of = { .blocks = 0 };

    judge_begin_step(&plan, &of, 0, 0.05);
    for (int i = 0; i < blocks; i++)
        judge_add_block(&plan, &of, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS,
                                                           { i % every == 0 ? n : 0, 0, 0, 0 }, { 380, 0, 0, 0 } });
    return judge_decide(&plan, &of, blocks * BLOCK_MS, BAKE_MS, OTHERS_NONE).floors[JUDGE_ERRORS];
}

static void requests_in_one_block_find_nothing(void **state)
{
    (void)state;
    assert_true(floor_after(30, 1, 20) < 0.05);
    assert_true(floor_after(30, 30, 600) >= 1); /* in one block: that stops nothing */
}

static void the_largest_budget_lets_healthy_ones_pass(void **state)
{
    const struct judge_plan plan = { .budget = 0.1, .error_rate = 0.005, .slow_share = 0.05, .slow_vs_share = 0.05,
                                     .is_traffic_judged = true, .bake_ms = BAKE_MS, .max_bake_ms = MAX_BAKE_MS };
    struct judge_state of = { .blocks = 0 };

    (void)state;
    judge_begin_step(&plan, &of, 0, 1);
    for (int i = 0; i < 30; i++)
        judge_add_block(&plan, &of, &(struct judge_block){ i * BLOCK_MS, (i + 1) * BLOCK_MS, { 20, 0, 0, NAN },
                                                           { NAN, NAN, NAN, NAN } });
    assert_int_equal(judge_decide(&plan, &of, BAKE_MS, BAKE_MS, OTHERS_NONE).verdict, JUDGE_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_count_beside_the_tests_and_without_them),
        cmocka_unit_test(what_nobody_watched_passes_nothing),
        cmocka_unit_test(nothing_passes_right_after_a_dreadful_block),
        cmocka_unit_test(nor_after_one_that_was_excused),
        cmocka_unit_test(what_is_excused_no_more_passes_by_no_short_bake),
        cmocka_unit_test(what_was_good_before_helps_no_canary_that_broke_with_the_baseline),
        cmocka_unit_test(what_is_not_asked_any_more_makes_nobody_wait),
        cmocka_unit_test(requests_in_one_block_find_nothing),
        cmocka_unit_test(the_largest_budget_lets_healthy_ones_pass),
        cmocka_unit_test(a_step_without_a_bake_needs_two_blocks_all_the_same),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
