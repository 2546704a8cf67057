/* forecast.c - before the start: what could be found of a canary that gets so many requests. */
#include "handlers/judge/internal.h"

#include <math.h>

#define REQUESTS_MAX 1e12
#define HALVINGS 80

/* Of one that begins: as judge_floor, but with what a block counts for at this share. */
static double floor_of(const struct judge_bets *bets, double n)
{
    return bets->p0 > 0 ? judge_floor_of(bets, n) : 1;
}

static bool finds(const struct judge_bets *bets, double n, double target)
{
    return bets->p0 > 0 ? judge_finds(bets, n, target) : target >= 1;
}

static double requests_that_find(double target, const struct judge_bets *bets)
{
    double low = 1, high = REQUESTS_MAX;

    for (int i = 0; i < HALVINGS && (low <= 1 || floor(high) - floor(low) > 1); i++) { /* whole ones are counted */
        double middle = sqrt(low * high);

        if (finds(bets, middle, target))
            high = middle;
        else
            low = middle;
    }
    return floor(high);
}

struct judge_forecast judge_forecast(const struct judge_plan *plan, double requests_a_minute, double share,
                                     double target, int64_t block_ms)
{
    double minutes = (double)plan->bake_ms / 60000, a_minute = requests_a_minute * share;
    double blocks = fmax(JUDGE_BLOCKS_MIN, floor((double)plan->bake_ms / (double)block_ms));
    const struct judge_bets bets = { plan->error_rate, blocks,
                                     blocks,           block_max(plan, share),
                                     stakes_part(1),   judge_tests_count(plan) / judge_budget(plan) };
    struct judge_forecast f = { .requests = a_minute * minutes };

    f.floor = floor_of(&bets, f.requests);
    f.target_requests = requests_that_find(target, &bets);
    f.enough_ms = a_minute > 0 ? judge_requests_needed(plan) / a_minute * 60000 : INFINITY;
    f.target_ms = a_minute > 0 ? f.target_requests / a_minute * 60000 : INFINITY;
    f.target_share = requests_a_minute > 0 ? f.target_requests / (requests_a_minute * minutes) : INFINITY;
    f.target_probes = fmax(0, ceil((f.target_requests - f.requests) / minutes));
    f.is_judgeable = f.requests >= judge_requests_needed(plan) && f.floor <= target;
    return f;
}
