/* block.c - a step begins; one block of it is counted, and the bets go on by it. */
#include "handlers/judge/internal.h"

#include <math.h>
#include <string.h>

struct seen {                        /* of one test in one block */
    double n, bad;                   /* the canary's */
    double baseline_n, baseline_bad; /* NAN: not known */
};

static bool is_count(double value)
{
    return isfinite(value) && value >= 0 && value <= COUNT_MAX;
}

static double counted(const struct judge_counts *counts, enum judge_test test)
{
    double value;

    memcpy(&value, (const char *)counts + judge_rows[test].counted, sizeof(value));
    return is_count(value) && is_count(counts->requests) ? fmin(value, counts->requests) : NAN;
}

static bool is_seen(const struct judge_state *state, const struct judge_block *block, enum judge_test test,
                    struct seen *ret_seen)
{
    struct seen seen = { block->canary.requests, counted(&block->canary, test), NAN, NAN };

    if (state->share < 1) {
        seen.baseline_bad = counted(&block->baseline, test);
        seen.baseline_n = isnan(seen.baseline_bad) ? NAN : block->baseline.requests;
    }
    if (isnan(seen.bad) || (judge_rows[test].needs_baseline && isnan(seen.baseline_n)))
        return false;
    *ret_seen = seen;
    return true;
}

/* A dependency that fails both says nothing of the canary, for a while. */
static bool is_burst(const struct judge_plan *plan, enum judge_test test, const struct seen *seen)
{
    return test != JUDGE_TRAFFIC && !judge_rows[test].is_compared &&
           seen->baseline_bad > judge_limit(plan, test) * seen->baseline_n;
}

static bool is_over_limit(const struct judge_plan *plan, enum judge_test test, const struct seen *seen)
{
    return seen->bad > judge_limit(plan, test) * seen->n;
}

static double log_factor(const struct judge_plan *plan, const struct judge_state *state, enum judge_test test,
                         const struct seen *seen, bool is_excused, size_t stake)
{
    double limit = judge_limit(plan, test), times = judge_worse[stake], may_be, value;

    if (test == JUDGE_TRAFFIC)
        return stakes_log_paired(stakes_exposure(limit, state->share, 1 - state->share), judge_less[stake], seen->n,
                                 seen->baseline_n);
    value = stakes_log_limit(limit, times, seen->n, seen->bad);
    if (!judge_rows[test].is_compared && !is_excused)
        return value;
    may_be = test == JUDGE_ERRORS_VS_BASELINE ? plan->errors_vs_baseline : 1;
    return fmin(value, stakes_log_paired(stakes_exposure(may_be, seen->n, seen->baseline_n), times, seen->bad,
                                         seen->baseline_bad));
}

/* Alone, nothing tells what hits everybody from what the canary does. So whatever touches JUDGE_ALONE_BLOCKS blocks and
 * no more multiplies a stake by the whole of the budget at the most. */
double block_max(const struct judge_plan *plan, double share)
{
    return share < 1 ? JUDGE_BLOCK_MAX : fmin(JUDGE_BLOCK_MAX, pow(1 / judge_budget(plan), 1.0 / JUDGE_ALONE_BLOCKS));
}

static void bet(const struct judge_plan *plan, struct judge_state *state, enum judge_test test, const struct seen *seen,
                int64_t block_ms)
{
    struct judge_sum *sum = &state->bets[test].sum;
    double *stakes = state->bets[test].stakes, most = log(block_max(plan, state->share)), fresh = 0;
    bool is_bursting = is_burst(plan, test, seen), is_of_both = is_bursting && is_over_limit(plan, test, seen);
    bool may_excuse = sum->burst_ms < JUDGE_BURST_MAX_MS, is_excused = is_of_both && may_excuse;

    stakes[0] = stakes_get(stakes, 0);
    for (size_t i = 1; i < JUDGE_STAKES; i++) {
        double counted_in_full = fmin(log_factor(plan, state, test, seen, false, i), most);

        stakes[i] = stakes_get(stakes, i) * exp(fmin(log_factor(plan, state, test, seen, is_excused, i), most));
        fresh += stakes_part(i) * exp(counted_in_full);
    }
    stakes_spread(stakes, BLOCK_SPREAD);
    sum->canary += seen->n;
    sum->canary_bad += seen->bad;
    sum->canary_since = is_of_both ? 0 : sum->canary_since + seen->n;
    sum->baseline += isnan(seen->baseline_n) ? 0 : seen->baseline_n;
    sum->baseline_bad += isnan(seen->baseline_bad) ? 0 : seen->baseline_bad;
    sum->known_ms += is_of_both ? -block_ms : block_ms; /* excused or not it takes back as much as it lasts: else a
                                                         * canary that broke with the baseline passes by what it was
                                                         * before, or because its bets were lost while it was excused */
    sum->known_ms = sum->known_ms < 0 ? 0 : sum->known_ms;
    sum->judged += is_excused ? 0 : seen->n;
    sum->blocks += !is_excused && seen->n > 0;
    sum->squares += is_excused ? 0 : seen->n * seen->n;
    sum->burst_ms += is_bursting && may_excuse ? block_ms : 0;
    sum->is_dreadful = fresh >= fmin(JUDGE_DREADFUL, exp(most) / 4);
}

static double least(const double *stakes)
{
    double value = stakes[1];

    for (size_t i = 2; i < JUDGE_STAKES; i++)
        value = fmin(value, stakes[i]);
    return value;
}

void judge_begin_step(const struct judge_plan *plan, struct judge_state *state, int64_t from_ms, double share)
{
    (void)plan;
    for (size_t i = 0; i < JUDGE_TESTS; i++) {
        struct judge_bet *of = &state->bets[i];

        stakes_begin_step(of->stakes);
        of->begun = least(of->stakes);
        of->sum = (struct judge_sum){ .known_ms = 0 };
    }
    state->step_from_ms = state->until_ms = from_ms;
    state->observed_ms = state->blocks = 0;
    state->share = share;
}

/* What began before the step is of another split: never counted for this one. */
bool judge_add_block(const struct judge_plan *plan, struct judge_state *state, const struct judge_block *block)
{
    int64_t block_ms = block->to_ms - block->from_ms;
    bool is_any = false;

    if (block_ms <= 0 || block->from_ms < state->until_ms || !is_count(block->canary.requests))
        return false;
    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        bool is_warm = !judge_rows[test].after_warm_up || block->from_ms >= state->step_from_ms + plan->warm_up_ms;
        struct seen seen;

        if (!judge_is_made(plan, state, test) || !is_seen(state, block, test, &seen))
            continue;
        is_any = true;
        state->bets[test].sum.until_ms = block->to_ms;
        if (is_warm)
            bet(plan, state, test, &seen, block_ms);
        else
            state->bets[test].sum.known_ms += block_ms;
    }
    state->until_ms = block->to_ms;
    state->observed_ms += is_any ? block_ms : 0;
    state->blocks += is_any;
    return is_any;
}

/* ---- a canary that is not told of ---- */

static bool is_away(const struct judge_block *block)
{
    return !is_count(block->canary.requests) && is_count(block->baseline.requests);
}

int64_t judge_away_ms(int64_t block_ms)
{
    int64_t most_ms = JUDGE_AWAY_BLOCKS_MAX * block_ms, least_ms = JUDGE_AWAY_BLOCKS * block_ms,
            away_ms = most_ms < JUDGE_AWAY_MS ? most_ms : JUDGE_AWAY_MS;

    return away_ms > least_ms ? away_ms : least_ms;
}

static bool goes_on(const struct judge_block *block) /* a block of which nothing at all was told says nothing of it */
{
    return is_away(block) && block->from_ms == block[-1].to_ms;
}

/* From the first of them on, for so long that it does not come late. */
static bool stays_away(const struct judge_block *blocks, size_t count)
{
    int64_t enough_ms = judge_away_ms(blocks->to_ms - blocks->from_ms), away_ms = 0;

    if (!is_away(blocks))
        return false;
    for (size_t i = 1; i < count && away_ms < enough_ms && goes_on(&blocks[i]); i++)
        away_ms += blocks[i].to_ms - blocks[i].from_ms;
    return away_ms >= enough_ms;
}

void judge_add_blocks(const struct judge_plan *plan, struct judge_state *state, const struct judge_block *blocks,
                      size_t count, bool is_none_untold)
{
    for (size_t i = 0; i < count; i++) {
        struct judge_block block = blocks[i];

        if (is_none_untold && stays_away(&blocks[i], count - i))
            block.canary = (struct judge_counts){ 0, NAN, NAN, NAN };
        judge_add_block(plan, state, &block);
    }
}
