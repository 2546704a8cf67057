/* A canary of which nothing is told beside a baseline that is: its requests hang, or they are only late. */
#include "tests/unit/rows.h"

#include "handlers/judge/judge.h"

#include <math.h>

#define BLOCK_MS 15000
#define MINUTE_MS 60000
#define BAKE_MS 300000
#define MAX_BAKE_MS 1800000
#define UNTOLD NAN
#define BLOCKS_MAX 120

static const struct row {
    const char *name;
    double canary, baseline; /* requests in a block */
    double share;
    int told_from, told_to; /* blocks of which the canary is told all the same */
    int64_t block_ms;       /* 0: as above */
    bool tells_none;        /* the source does: what is not known is not known */
    bool is_not_judged;
    enum judge_verdict verdict; /* when it ends */
    int64_t earliest_ms, latest_ms;
    enum judge_lack errors, traffic; /* then */
} rows[] = {
    { "requests that all hang are found when nothing can come late any more", UNTOLD, 950, 0.05, .verdict = JUDGE_FAIL,
      .earliest_ms = JUDGE_AWAY_MS, .latest_ms = BAKE_MS, .errors = LACKS_NUMBERS },
    { "where points come each minute after a few of them", UNTOLD, 950, 0.05, .block_ms = MINUTE_MS,
      .verdict = JUDGE_FAIL, .earliest_ms = JUDGE_AWAY_BLOCKS * MINUTE_MS, .latest_ms = 8 * MINUTE_MS,
      .errors = LACKS_NUMBERS },
    { "where blocks are very short after as many as an answer has for sure", UNTOLD, 190, 0.05, .block_ms = 1000,
      .verdict = JUDGE_FAIL, .earliest_ms = JUDGE_AWAY_BLOCKS_MAX * 1000, .latest_ms = 2 * MINUTE_MS,
      .errors = LACKS_NUMBERS },
    { "so are those that hang after a while", 50, 950, 0.05, .told_to = 9, .verdict = JUDGE_FAIL,
      .earliest_ms = JUDGE_AWAY_MS, .latest_ms = 8 * MINUTE_MS },
    { "a share that brings few says nothing", UNTOLD, 5, 0.01, .verdict = JUDGE_INCONCLUSIVE,
      .earliest_ms = MAX_BAKE_MS, .latest_ms = MAX_BAKE_MS, .errors = LACKS_NUMBERS },
    { "where a source tells of none what is not known is not known", UNTOLD, 950, 0.05, .tells_none = true,
      .verdict = JUDGE_INCONCLUSIVE, .earliest_ms = MAX_BAKE_MS, .latest_ms = MAX_BAKE_MS, .errors = LACKS_NUMBERS,
      .traffic = LACKS_NUMBERS },
    { "where traffic is not judged it is inconclusive", UNTOLD, 950, 0.05, .is_not_judged = true,
      .verdict = JUDGE_INCONCLUSIVE, .earliest_ms = MAX_BAKE_MS, .latest_ms = MAX_BAKE_MS, .errors = LACKS_NUMBERS },
    { "of neither told is no collapse", UNTOLD, UNTOLD, 0.05, .verdict = JUDGE_INCONCLUSIVE, .earliest_ms = MAX_BAKE_MS,
      .latest_ms = MAX_BAKE_MS, .errors = LACKS_NUMBERS, .traffic = LACKS_NUMBERS },
    { "one that comes late is none", 50, 950, 0.05, .told_from = 11, .told_to = BLOCKS_MAX, .verdict = JUDGE_PASS,
      .earliest_ms = BAKE_MS + 11 * BLOCK_MS, .latest_ms = BAKE_MS + 13 * BLOCK_MS },
    { "nor is one without requests of its own for a while", 50, 950, 0.05, .told_from = 2, .told_to = 12,
      .verdict = JUDGE_FAIL, .earliest_ms = 12 * BLOCK_MS + JUDGE_AWAY_MS, .latest_ms = 8 * MINUTE_MS },
};

static struct judge_block block_of(const struct row *row, int i, int64_t block_ms)
{
    struct judge_block block = {
        i * block_ms, (i + 1) * block_ms, { row->canary, 0, 0, 0 }, { row->baseline, 0, 0, 0 }
    };

    if (i < row->told_from || i >= row->told_to)
        block.canary = (struct judge_counts){ UNTOLD, UNTOLD, UNTOLD, UNTOLD };
    return block;
}

/* As a rollout does it: each look brings all blocks since the last one that was counted. */
static void check_row(void **state_)
{
    const struct row *row = *state_;
    const struct judge_plan plan = { .error_rate = 0.005,
                                     .is_traffic_judged = !row->is_not_judged,
                                     .bake_ms = BAKE_MS,
                                     .max_bake_ms = MAX_BAKE_MS,
                                     .warm_up_ms = 30000 };
    int64_t block_ms = row->block_ms ? row->block_ms : BLOCK_MS, now_ms = 0;
    struct judge_decision decision = { .verdict = JUDGE_WAIT };
    struct judge_state state = { .blocks = 0 };

    judge_begin_step(&plan, &state, 0, row->share);
    for (int i = 0; i < BLOCKS_MAX && decision.verdict == JUDGE_WAIT; i++) {
        struct judge_block blocks[BLOCKS_MAX];
        size_t count = 0;

        for (int k = (int)(state.until_ms / block_ms); k <= i; k++) /* as many as an answer has */
            blocks[count++] = block_of(row, k, block_ms);
        judge_add_blocks(&plan, &state, blocks, count, !row->tells_none);
        now_ms = (i + 1) * block_ms;
        decision = judge_decide(&plan, &state, now_ms, now_ms, OTHERS_NONE);
    }
    assert_int_equal(decision.verdict, row->verdict);
    assert_in_range(now_ms, row->earliest_ms, row->latest_ms);
    assert_int_equal(decision.lacks[JUDGE_ERRORS], row->errors);
    assert_int_equal(decision.lacks[JUDGE_TRAFFIC], row->traffic);
    if (row->verdict == JUDGE_FAIL)
        assert_int_equal(decision.worst, JUDGE_TRAFFIC);
}

/* What stays away before a hole in what is told does not go on behind it: of 13 blocks, more than enough in a row, one
 * is missing. */
static void what_nobody_told_of_is_no_time_away(void **state_)
{
    enum { TOGETHER = JUDGE_AWAY_MS / BLOCK_MS + 1 };
    const struct judge_plan plan = { .error_rate = 0.005, .is_traffic_judged = true, .bake_ms = BAKE_MS };
    const struct row hangs = { .canary = UNTOLD, .baseline = 950 };

    (void)state_;
    for (int hole = 0; hole <= TOGETHER; hole++) {
        struct judge_state state = { .blocks = 0 };
        struct judge_block blocks[TOGETHER];
        bool is_in_a_row = hole == 0 || hole == TOGETHER;

        for (int i = 0; i < TOGETHER; i++)
            blocks[i] = block_of(&hangs, i < hole ? i : i + 1, BLOCK_MS);
        judge_begin_step(&plan, &state, 0, 0.05);
        judge_add_blocks(&plan, &state, blocks, TOGETHER, true);
        assert_int_equal(state.blocks > 0, is_in_a_row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_nobody_told_of_is_no_time_away) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
