/* tests.c - each test is a row: what it counts, and against what. */
#include "handlers/judge/internal.h"

#include <math.h>

#define LIMIT_MAX 0.999 /* odds know no certainty; a limit of 100 % is never broken all the same */

static double limit_errors(const struct judge_plan *plan)
{
    return fmin(plan->error_rate, LIMIT_MAX);
}

static double limit_errors_vs(const struct judge_plan *plan)
{
    return plan->errors_vs_baseline > 0 ? JUDGE_ERRORS_FLOOR : 0;
}

static double limit_slow(const struct judge_plan *plan)
{
    return plan->slow_share;
}

static double limit_slow_vs(const struct judge_plan *plan)
{
    return plan->slow_vs_share;
}

static double limit_traffic(const struct judge_plan *plan)
{
    return plan->is_traffic_judged ? JUDGE_COLLAPSE : 0;
}

const struct judge_row judge_rows[JUDGE_TESTS] = {
    [JUDGE_ERRORS] = { limit_errors, offsetof(struct judge_counts, errors) },
    [JUDGE_ERRORS_VS_BASELINE] = { limit_errors_vs, offsetof(struct judge_counts, errors), .needs_baseline = true,
                                   .is_compared = true },
    [JUDGE_SLOW] = { limit_slow, offsetof(struct judge_counts, slow), .after_warm_up = true },
    [JUDGE_SLOW_VS_BASELINE] = { limit_slow_vs, offsetof(struct judge_counts, slow_vs), .needs_baseline = true,
                                 .after_warm_up = true },
    [JUDGE_TRAFFIC] = { limit_traffic, offsetof(struct judge_counts, requests), .needs_baseline = true,
                        .after_warm_up = true },
};

double judge_limit(const struct judge_plan *plan, enum judge_test test)
{
    return judge_rows[test].limit(plan);
}

/* At 100 % there is nothing to compare with; what a test has won before still counts. */
bool judge_is_made(const struct judge_plan *plan, const struct judge_state *state, enum judge_test test)
{
    return judge_limit(plan, test) > 0 && !(judge_rows[test].needs_baseline && state->share >= 1);
}

/* Of the whole rollout: what is not made at 100 % has spent its part of the budget before. */
double judge_tests_count(const struct judge_plan *plan)
{
    double count = 0;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++)
        count += judge_limit(plan, test) > 0;
    return count;
}

double judge_budget(const struct judge_plan *plan)
{
    return plan->budget > 0 ? plan->budget : JUDGE_BUDGET;
}

double judge_requests_needed(const struct judge_plan *plan)
{
    return (double)(plan->min_requests > JUDGE_REQUESTS_MIN ? plan->min_requests : JUDGE_REQUESTS_MIN);
}
