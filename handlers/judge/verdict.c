/* verdict.c - what the bets have won by now, what is missing, and what follows from both. */
#include "handlers/judge/internal.h"

#include <math.h>

#define STALE_MIN_MS (2 * 60 * 1000)
#define STALE_BLOCKS 4

/* ---- evidence ---- */

static double mean_wealth(const struct judge_plan *plan, const struct judge_state *state)
{
    double sum = 0, count = judge_tests_count(plan);

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++)
        sum += judge_limit(plan, test) > 0 ? stakes_sum(state->bets[test].stakes) : 0;
    return count > 0 ? sum / count : 0;
}

/* By one test alone (the mean is never more); and by its last block alone: that stops nothing, but nothing passes right
 * after it. What is not made any more cannot lose what it has won, so it makes nobody wait. JUDGE_TESTS: by none. */
static enum judge_test find_suspicious(const struct judge_plan *plan, const struct judge_state *state)
{
    double enough = fmax(JUDGE_SUSPICION / judge_budget(plan), JUDGE_SUSPICION_MIN), most = 0;
    enum judge_test found = JUDGE_TESTS;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        double wealth = stakes_sum(state->bets[test].stakes);

        if (!judge_is_made(plan, state, test) || wealth <= most ||
            !(wealth >= enough || state->bets[test].sum.is_dreadful))
            continue;
        most = wealth;
        found = test;
    }
    return found;
}

static enum judge_test find_worst(const struct judge_plan *plan, const struct judge_state *state)
{
    enum judge_test worst = JUDGE_ERRORS;
    double most = -1;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        double wealth = judge_limit(plan, test) > 0 ? stakes_sum(state->bets[test].stakes) : -1;

        if (wealth <= most)
            continue;
        most = wealth;
        worst = test;
    }
    return worst;
}

/* As unevenly as they came they tell as much as so many blocks that are all of one size (participation ratio). */
static double even_blocks(const struct judge_sum *sum)
{
    double blocks = (double)sum->blocks;

    return sum->squares > 0 ? fmin(blocks, floor(sum->judged * sum->judged / sum->squares * (1 + 1e-9))) : blocks;
}

/* Told where a limit says what is harm: what a comparison would have found depends on the baseline. */
static void find_floors(const struct judge_plan *plan, const struct judge_state *state, struct judge_decision *decision)
{
    double wealth = judge_tests_count(plan) / judge_budget(plan);

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        const struct judge_bet *bet = &state->bets[test];
        const struct judge_bets bets = { .p0 = judge_limit(plan, test),
                                         .blocks = even_blocks(&bet->sum),
                                         .all_blocks = (double)state->blocks,
                                         .block_max = block_max(plan, state->share),
                                         .stake = bet->begun,
                                         .wealth = wealth };

        decision->floors[test] = NAN;
        if (decision->verdict == JUDGE_PASS && decision->is_made[test] && test != JUDGE_TRAFFIC &&
            !judge_rows[test].is_compared)
            decision->floors[test] = judge_floor_of(&bets, bet->sum.judged);
    }
}

/* ---- what stands between this and a pass ---- */

static enum judge_lack find_lack(const struct judge_plan *plan, const struct judge_state *state, enum judge_test test)
{
    const struct judge_sum *sum = &state->bets[test].sum;

    if (sum->until_ms <= 0)
        return LACKS_NUMBERS;
    if (test != JUDGE_TRAFFIC && sum->canary < judge_requests_needed(plan))
        return LACKS_REQUESTS;
    if (test != JUDGE_TRAFFIC && judge_rows[test].needs_baseline && sum->baseline < judge_requests_needed(plan))
        return LACKS_BASELINE; /* few at both are no collapse */
    return LACKS_NOTHING;
}

static int64_t usual_delay_ms(const struct judge_state *state)
{
    int64_t usual_ms = state->blocks > 0 ? STALE_BLOCKS * (state->observed_ms / state->blocks) : 0;

    return usual_ms > STALE_MIN_MS ? usual_ms : STALE_MIN_MS;
}

static int64_t stale_since(const struct judge_plan *plan, const struct judge_state *state, int64_t until_ms,
                           int64_t now_ms)
{
    int64_t late_ms = now_ms - (until_ms > state->step_from_ms ? until_ms : state->step_from_ms) - plan->lag_ms;

    return late_ms > usual_delay_ms(state) ? late_ms : 0;
}

/* One test alone may know nothing any more, while the others do. */
static void find_stale(const struct judge_plan *plan, const struct judge_state *state, int64_t now_ms,
                       struct judge_decision *decision)
{
    decision->stale = JUDGE_TESTS;
    decision->stale_ms = stale_since(plan, state, state->until_ms, now_ms);
    for (enum judge_test test = 0; test < JUDGE_TESTS && decision->stale_ms == 0; test++) {
        if (!decision->is_made[test] || decision->lacks[test] == LACKS_NUMBERS)
            continue; /* that it lacks them says as much */
        decision->stale = test;
        decision->stale_ms = stale_since(plan, state, state->bets[test].sum.until_ms, now_ms);
    }
}

/* But for what is only suspicious. */
static bool find_missing(const struct judge_plan *plan, const struct judge_state *state, int64_t now_ms,
                         struct judge_decision *decision)
{
    bool is_missing = false;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        if (decision->is_made[test])
            decision->lacks[test] = find_lack(plan, state, test);
        is_missing = is_missing || decision->lacks[test] != LACKS_NOTHING;
    }
    if (judge_tests_count(plan) > 0)
        find_stale(plan, state, now_ms, decision);
    return is_missing || decision->stale_ms > 0;
}

/* Time in which every test knew what it counts: a gap in any of them has to be made up for. */
static int64_t find_known_ms(const struct judge_state *state, const struct judge_decision *decision)
{
    int64_t known_ms = state->observed_ms;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++)
        if (decision->is_made[test] && state->bets[test].sum.known_ms < known_ms)
            known_ms = state->bets[test].sum.known_ms;
    return known_ms;
}

/* Both were over the limit, and too few requests came since to know that they are not any more. */
static bool is_just_over(const struct judge_plan *plan, const struct judge_state *state,
                         const struct judge_decision *decision)
{
    bool is_over = false;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        const struct judge_sum *sum = &state->bets[test].sum;

        is_over = is_over || (decision->is_made[test] && sum->canary_since < sum->canary &&
                              sum->canary_since < judge_requests_needed(plan));
    }
    return is_over;
}

static int64_t excused_ms(const struct judge_state *state, const struct judge_decision *decision)
{
    int64_t most_ms = 0;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++)
        if (decision->is_made[test] && state->bets[test].sum.burst_ms > most_ms)
            most_ms = state->bets[test].sum.burst_ms;
    return most_ms;
}

/* What is known trails what was watched: by the blocks that the step begins with, and by one that is not over. Where
 * that alone is missing, or a burst has to be made up for, it comes; the bake is waited for, however short max_bake is.
 */
static int64_t watch_until_ms(const struct judge_plan *plan, const struct judge_state *state,
                              const struct judge_decision *decision, bool is_missing)
{
    int64_t trails_ms = is_missing ? 0 : usual_delay_ms(state) + 2 * excused_ms(state, decision);
    int64_t bake_ms = plan->bake_ms + trails_ms;

    return (plan->max_bake_ms > bake_ms ? plan->max_bake_ms : bake_ms) + plan->lag_ms;
}

struct judge_decision judge_decide(const struct judge_plan *plan, const struct judge_state *state, int64_t now_ms,
                                   int64_t watched_ms, enum judge_others others)
{
    struct judge_decision decision = { .wealth = mean_wealth(plan, state), .worst = find_worst(plan, state) };
    bool has_tests = judge_tests_count(plan) > 0, is_missing, is_early;

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++)
        decision.is_made[test] = judge_is_made(plan, state, test);
    decision.known_ms = has_tests ? find_known_ms(state, &decision) : watched_ms;
    is_missing = find_missing(plan, state, now_ms, &decision) || others == OTHERS_MISSING;
    decision.suspicious = find_suspicious(plan, state);
    decision.is_suspicious = decision.suspicious != JUDGE_TESTS;
    is_early = watched_ms < plan->bake_ms || decision.known_ms < plan->bake_ms ||
               (has_tests && (state->blocks < JUDGE_BLOCKS_MIN || is_just_over(plan, state, &decision)));
    decision.lacks_time = is_early && !is_missing && !decision.is_suspicious;
    decision.verdict = !has_tests && others == OTHERS_NONE                                    ? JUDGE_NONE
                       : others == OTHERS_BROKEN || decision.wealth >= 1 / judge_budget(plan) ? JUDGE_FAIL
                       : !is_missing && !is_early && !decision.is_suspicious                  ? JUDGE_PASS
                       : watched_ms < watch_until_ms(plan, state, &decision, is_missing)      ? JUDGE_WAIT
                                                                                              : JUDGE_INCONCLUSIVE;
    find_floors(plan, state, &decision);
    return decision;
}
