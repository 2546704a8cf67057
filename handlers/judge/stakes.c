/* stakes.c - what is bet on: how much worse than it may be the canary is, as a mixture; and what a block makes of it.
 */
#include "handlers/judge/internal.h"

#include <math.h>

#define CASH_SHARE 0.5  /* of what is spread */
#define STEP_SPREAD 0.5 /* so much of the whole is spread anew when a step begins */
#define WEALTH_MAX 1e12 /* more tells nothing */
#define GRID_BITS 44

const double judge_worse[JUDGE_STAKES] = { 1, 1.5, 2, 3, 5, 10, 30, 100, 400 };
const double judge_less[JUDGE_STAKES] = { 1, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01 };

/* JSON keeps 15 decimal digits of a number, which is not all of it: so no stake uses all of its bits, and what was
 * stored and read back is the same again. `to_grid` is floor where something is kept, for less is always allowed. */
static double on_grid(double stake, double (*to_grid)(double))
{
    int exponent;
    double part = frexp(stake, &exponent);

    return ldexp(to_grid(ldexp(part, GRID_BITS)), exponent - GRID_BITS);
}

double stakes_get(const double *stakes, size_t stake)
{
    return on_grid(stakes[stake], rint);
}

double stakes_sum(const double *stakes)
{
    double sum = 0;

    for (size_t i = 0; i < JUDGE_STAKES; i++)
        sum += stakes_get(stakes, i);
    return sum;
}

double stakes_part(size_t stake)
{
    return stake == 0 ? CASH_SHARE : (1 - CASH_SHARE) / (JUDGE_STAKES - 1);
}

void stakes_spread(double *stakes, double share)
{
    double sum = 0;

    for (size_t i = 0; i < JUDGE_STAKES; i++)
        sum += stakes[i];
    if (sum > WEALTH_MAX)
        share = 1; /* below, it is cut to what it may be */
    sum = fmin(sum, WEALTH_MAX);
    for (size_t i = 0; i < JUDGE_STAKES; i++)
        stakes[i] = on_grid((1 - share) * stakes[i] + share * sum * stakes_part(i), floor);
}

void stakes_begin_step(double *stakes)
{
    bool is_first = stakes_sum(stakes) <= 0;

    if (is_first)
        stakes[0] = 1;
    for (size_t i = 0; i < JUDGE_STAKES; i++)
        stakes[i] = stakes_get(stakes, i);
    stakes_spread(stakes, is_first ? 1 : STEP_SPREAD);
}

double stakes_log_limit(double p0, double odds_ratio, double n, double bad)
{
    double q = odds_ratio * p0 / (1 - p0 + odds_ratio * p0);

    return bad * log(q / p0) + (n - bad) * (log1p(-q) - log1p(-p0));
}

double stakes_log_paired(double s, double times, double canary, double baseline)
{
    return canary * log(times) - (canary + baseline) * log1p(s * (times - 1));
}

double stakes_exposure(double times, double canary, double baseline)
{
    return canary > 0 ? times * canary / (times * canary + baseline) : 0;
}
