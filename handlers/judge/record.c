#include "handlers/judge/record.h"

static const struct shape_field sum_rows[] = {
    ROW_RATIO(judge_sum, canary, .flags = SHAPE_NONZERO),
    ROW_RATIO(judge_sum, canary_bad, .flags = SHAPE_NONZERO),
    ROW_RATIO(judge_sum, baseline, .flags = SHAPE_NONZERO),
    ROW_RATIO(judge_sum, baseline_bad, .flags = SHAPE_NONZERO),
    ROW_RATIO(judge_sum, canary_since, .flags = SHAPE_NONZERO),
    ROW_INT(judge_sum, known_ms, .flags = SHAPE_NONZERO),
    ROW_INT(judge_sum, until_ms, .flags = SHAPE_NONZERO),
    ROW_RATIO(judge_sum, judged, .flags = SHAPE_NONZERO),
    ROW_INT(judge_sum, blocks, .flags = SHAPE_NONZERO),
    ROW_RATIO(judge_sum, squares, .flags = SHAPE_NONZERO),
    ROW_INT(judge_sum, burst_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(judge_sum, is_dreadful, .flags = SHAPE_NONZERO),
};
static const struct shape sum_shape = SHAPE("what a test counted", judge_sum, sum_rows);

#define ROW_STAKE(key, i)                                                                                              \
    {                                                                                                                  \
        .name = (key), .type = SHAPE_RATIO, .offset = offsetof(struct judge_bet, stakes[i]), .flags = SHAPE_NONZERO    \
    }

static const struct shape_field bet_rows[] = {
    ROW_STAKE("cash", 0),
    ROW_STAKE("stake1", 1),
    ROW_STAKE("stake2", 2),
    ROW_STAKE("stake3", 3),
    ROW_STAKE("stake4", 4),
    ROW_STAKE("stake5", 5),
    ROW_STAKE("stake6", 6),
    ROW_STAKE("stake7", 7),
    ROW_STAKE("stake8", 8),
    ROW_RATIO(judge_bet, begun, .flags = SHAPE_NONZERO),
    ROW_OBJECT(judge_bet, sum, &sum_shape),
};
static const struct shape bet_shape = SHAPE("a test's bet", judge_bet, bet_rows);

#define ROW_BET(key, test)                                                                                             \
    {                                                                                                                  \
        .name = (key), .type = SHAPE_OBJECT, .offset = offsetof(struct judge_state, bets[test]), .of = &bet_shape      \
    }

static const struct shape_field state_rows[] = {
    ROW_BET("errors", JUDGE_ERRORS),   ROW_BET("errors_vs_baseline", JUDGE_ERRORS_VS_BASELINE),
    ROW_BET("slow", JUDGE_SLOW),       ROW_BET("slow_vs_baseline", JUDGE_SLOW_VS_BASELINE),
    ROW_BET("traffic", JUDGE_TRAFFIC), ROW_INT(judge_state, step_from_ms),
    ROW_INT(judge_state, until_ms),    ROW_RATIO(judge_state, share),
    ROW_INT(judge_state, blocks),      ROW_INT(judge_state, observed_ms),
};
const struct shape judge_state_shape = SHAPE("what is known of a canary", judge_state, state_rows);
