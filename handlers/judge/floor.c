/* floor.c - what could have been missed: the smallest rate that so many requests would have found. */
#include "handlers/judge/internal.h"

#include <math.h>

#define TERMS_MAX 500
#define HALVINGS 60
#define BLOCKS_MANY 8      /* in fewer it counts in which of them the bad ones come: one's excess is cut off */
#define POWER_OF_MANY 0.97 /* in so many it hardly does: that costs the rest of JUDGE_POWER at most */
#define REQUESTS_MAX 1e7   /* more find less, but hardly; and the fraction's terms suffice for so many */

/* ---- P(X >= x), X binomial: the incomplete beta function, by its continued fraction (Lentz) ---- */

static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1), h;

    d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
    h = d;
    for (int m = 1; m < TERMS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), step;

        d = 1 / (1 + even * d);
        c = 1 + even / c;
        h *= d * c;
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        step = d * c;
        h *= step;
        if (fabs(step - 1) < 1e-12)
            break;
    }
    return h;
}

static double log_gamma(double x) /* lgamma writes its sign where every thread sees it */
{
    int sign;

    return lgamma_r(x, &sign);
}

static double beta_share(double a, double b, double x) /* I_x(a, b) */
{
    double front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x);

    return x < (a + 1) / (a + b + 2) ? exp(front) * beta_fraction(a, b, x) / a
                                     : 1 - exp(front) * beta_fraction(b, a, 1 - x) / b;
}

static double at_least(double bad, double n, double p)
{
    if (bad <= 0)
        return 1;
    return p >= 1 ? 1 : beta_share(bad, n - bad + 1, p);
}

/* ---- how many bad ones stop it, and how bad it has to be for that ---- */

struct odds { /* of each stake, what it takes the logarithm of once, however many counts are asked about */
    double of_bad[JUDGE_STAKES], of_good[JUDGE_STAKES], of_spread[JUDGE_STAKES], block_max;
};

static struct odds odds_of(const struct judge_bets *bets)
{
    struct odds odds = { .block_max = log(bets->block_max) };

    for (size_t i = 1; i < JUDGE_STAKES; i++) {
        odds.of_bad[i] = stakes_log_limit(bets->p0, judge_worse[i], 1, 1);
        odds.of_good[i] = stakes_log_limit(bets->p0, judge_worse[i], 1, 0);
        odds.of_spread[i] = bets->all_blocks * log1p(-BLOCK_SPREAD * (1 - stakes_part(i)));
    }
    return odds;
}

static double wealth_of(const struct judge_bets *bets, const struct odds *odds, double n, double bad)
{
    double sum = 0;

    for (size_t i = 1; i < JUDGE_STAKES; i++) {
        double a_block = fmin((bad * odds->of_bad[i] + (n - bad) * odds->of_good[i]) / bets->blocks, odds->block_max);

        sum += bets->stake * exp(bets->blocks * a_block + odds->of_spread[i]);
    }
    return sum;
}

static double bad_needed(const struct judge_bets *bets, double n) /* INFINITY: never enough */
{
    const struct odds odds = odds_of(bets);
    double low = 0, high = n;

    if (!(n >= 1) || bets->blocks < 1 || wealth_of(bets, &odds, n, n) < bets->wealth)
        return INFINITY;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);

        if (wealth_of(bets, &odds, n, middle) >= bets->wealth)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* So many bad ones in all; or in each block its part of them. */
static bool is_found(const struct judge_bets *bets, double n, double bad, double rate)
{
    double each = ceil(bad / bets->blocks), of = floor(n / bets->blocks);

    if (bets->blocks >= BLOCKS_MANY)
        return at_least(bad, n, rate) >= POWER_OF_MANY;
    return each <= of && pow(at_least(each, of, rate), bets->blocks) >= JUDGE_POWER;
}

static double whole_of(double n)
{
    return n > 0 ? floor(fmin(n, REQUESTS_MAX)) : 0;
}

double judge_floor_of(const struct judge_bets *bets, double n)
{
    double whole = whole_of(n), bad = bad_needed(bets, whole), low = bets->p0, high = 1;

    if (isinf(bad))
        return 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;

        if (is_found(bets, whole, bad, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* What is found at one rate is found at every worse one; so whether the floor is low enough takes no search for it. */
bool judge_finds(const struct judge_bets *bets, double n, double rate)
{
    double whole = whole_of(n), bad = bad_needed(bets, whole);

    return rate >= 1 || (rate > bets->p0 && !isinf(bad) && is_found(bets, whole, bad, rate));
}

double judge_floor(double p0, double n, double blocks, double tests, double budget)
{
    const struct judge_bets bets = { p0, blocks, blocks, JUDGE_BLOCK_MAX, stakes_part(1), tests / budget };

    return p0 > 0 ? judge_floor_of(&bets, n) : 1;
}
