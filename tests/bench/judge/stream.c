#include "tests/bench/judge/stream.h"

#include <math.h>

#define BURST_MS 30000
#define HOUR_SLICES (3600000 / SLICE_MS)
#define BASELINE_SLOW 0.03
#define FEW 40 /* below it counts are drawn exactly, above it by the normal distribution */

struct dice {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014): any seed is a good one, so each slice can have its own. */
static uint64_t next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct dice dice_of(uint64_t run, uint64_t number, uint64_t what)
{
    struct dice dice = { run * 0x2545f4914f6cdd1du + number * 8 + what };

    dice.state = next(&dice);
    return dice;
}

static double uniform(struct dice *dice)
{
    return (double)(next(dice) >> 11) / 9007199254740992.0;
}

static double normal(struct dice *dice)
{
    return sqrt(-2 * log(1 - uniform(dice))) * cos(2 * acos(-1) * uniform(dice));
}

static double poisson(struct dice *dice, double mean)
{
    double limit = exp(-mean), product = uniform(dice), count = 0;

    if (mean > FEW)
        return fmax(0, floor(mean + sqrt(mean) * normal(dice) + 0.5));
    for (; product > limit; product *= uniform(dice))
        count++;
    return count;
}

static double binomial(struct dice *dice, double n, double p)
{
    double count = 0;

    if (p <= 0 || n <= 0)
        return 0;
    if (p >= 1)
        return n;
    if (n * p > FEW && n * (1 - p) > FEW)
        return fmin(n, fmax(0, floor(n * p + sqrt(n * p * (1 - p)) * normal(dice) + 0.5)));
    /* from one that counts to the next */
    for (double at = floor(log(1 - uniform(dice)) / log1p(-p)); at < n;
         at += 1 + floor(log(1 - uniform(dice)) / log1p(-p)))
        count++;
    return count;
}

/* One may begin in each slice, and lasts for some. */
static bool is_in_burst(const struct cell *cell, uint64_t run, uint64_t number)
{
    for (uint64_t back = 0; back < BURST_MS / SLICE_MS && back <= number; back++) {
        struct dice dice = dice_of(run, number - back, 1);

        if (uniform(&dice) < cell->bursts / HOUR_SLICES)
            return true;
    }
    return false;
}

struct slice stream_slice(const struct cell *cell, uint64_t run, uint64_t number, double share)
{
    struct dice dice = dice_of(run, number, 0);
    bool is_bad = share >= cell->bad_from, is_burst = is_in_burst(cell, run, number);
    double all = poisson(&dice, cell->a_minute * SLICE_MS / 60000), fails = is_bad ? cell->canary : 0.001,
           slow = is_bad ? cell->slow : BASELINE_SLOW;
    struct slice slice = { .canary.requests = binomial(&dice, all, share) };

    slice.baseline.requests = all - slice.canary.requests;
    slice.canary.errors = binomial(&dice, slice.canary.requests, is_burst ? 0.3 : fails);
    slice.baseline.errors = binomial(&dice, slice.baseline.requests, is_burst ? 0.3 : cell->baseline);
    slice.canary.slow = binomial(&dice, slice.canary.requests, is_burst ? 0.4 : slow);
    slice.baseline.slow = binomial(&dice, slice.baseline.requests, is_burst ? 0.4 : BASELINE_SLOW);
    if (cell->hangs)
        slice.canary = (struct side){ .hung = slice.canary.requests };
    return slice;
}
