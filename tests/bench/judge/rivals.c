#include "tests/bench/judge/rivals.h"

#include <math.h>
#include <stdio.h>

#define BLOCK_MS 15000
#define SLICES_OF(ms) ((size_t)((ms) / SLICE_MS))
#define FIXED_ALPHA (0.01 / (STEPS * 2))

static struct side canary_of_last(const struct watched *watched, size_t slices)
{
    struct side sum = { 0 };

    for (size_t i = watched->count > slices ? watched->count - slices : 0; i < watched->count; i++) {
        sum.requests += watched->slices[i].canary.requests;
        sum.errors += watched->slices[i].canary.errors;
        sum.slow += watched->slices[i].canary.slow;
    }
    return sum;
}

static int64_t step_ms(const struct watched *watched)
{
    return (int64_t)(watched->count - watched->step_from) * SLICE_MS;
}

static bool is_over(const struct watched *watched, const struct side *sum)
{
    return sum->errors > ERROR_LIMIT * watched->strictness * sum->requests ||
           sum->slow > SLOW_LIMIT * watched->strictness * sum->requests;
}

static void begin_nothing(const struct rival *rival, struct watched *watched)
{
    (void)rival;
    watched->good_checks = 0;
}

/* ---- a bare threshold ---- */

static enum answer look_bare(const struct rival *rival, struct watched *watched)
{
    struct side sum = canary_of_last(watched, SLICES_OF(rival->window_ms));

    if (sum.requests > 0 && is_over(watched, &sum))
        return STOP;
    return step_ms(watched) >= STEP_MS ? STEP_IS_OVER : GO_ON;
}

/* ---- N failures out of M checks ---- */

static enum answer look_flagger(const struct rival *rival, struct watched *watched)
{
    struct side sum = canary_of_last(watched, SLICES_OF(rival->window_ms));

    if (sum.requests == 0 || is_over(watched, &sum)) {
        watched->failed_checks++;
        return watched->failed_checks >= rival->failures_allowed ? STOP : GO_ON;
    }
    watched->good_checks++;
    return watched->good_checks >= STEP_MS / rival->look_ms ? STEP_IS_OVER : GO_ON;
}

static enum answer look_argo(const struct rival *rival, struct watched *watched)
{
    struct side sum = canary_of_last(watched, SLICES_OF(rival->window_ms));

    if (sum.requests == 0 || is_over(watched, &sum))
        watched->failed_checks++;
    if (watched->failed_checks > rival->failures_allowed)
        return STOP;
    return step_ms(watched) >= STEP_MS ? STEP_IS_OVER : GO_ON;
}

/* ---- one test at the step's end ---- */

/* P(X >= x), X binomial. */
static double tail(double x, double n, double p)
{
    double sum = 0;

    if (x <= n * p || p >= 1)
        return 1;
    for (double k = x; k <= n; k++) {
        double term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p));

        sum += term;
        if (term < sum * 1e-12)
            break;
    }
    return sum;
}

static enum answer look_fixed(const struct rival *rival, struct watched *watched)
{
    struct side sum = canary_of_last(watched, watched->count - watched->step_from);

    (void)rival;
    if (step_ms(watched) < STEP_MS)
        return GO_ON;
    if (tail(sum.errors, sum.requests, fmin(1, ERROR_LIMIT * watched->strictness)) < FIXED_ALPHA ||
        tail(sum.slow, sum.requests, fmin(1, SLOW_LIMIT * watched->strictness)) < FIXED_ALPHA)
        return STOP;
    return STEP_IS_OVER;
}

/* ---- opsgate ---- */

static int64_t now_ms(const struct watched *watched)
{
    return (int64_t)watched->count * SLICE_MS;
}

static void begin_opsgate(const struct rival *rival, struct watched *watched)
{
    (void)rival;
    if (watched->step == 0) {
        watched->plan = (struct judge_plan){
            .error_rate = ERROR_LIMIT,
            .slow_share = SLOW_LIMIT,
            .is_traffic_judged = true,
            .bake_ms = STEP_MS,
            .max_bake_ms = STEP_MAX_MS,
        };
        watched->state = (struct judge_state){ .blocks = 0 };
        watched->canary = 0;
    }
    judge_begin_step(&watched->plan, &watched->state, now_ms(watched), watched->share);
}

static struct judge_block block_from(const struct watched *watched, int64_t from_ms)
{
    struct judge_block block = { .from_ms = from_ms, .to_ms = from_ms + BLOCK_MS };

    block.canary.slow_vs = block.baseline.slow_vs = NAN;
    for (size_t i = SLICES_OF(from_ms); i < SLICES_OF(from_ms + BLOCK_MS); i++) {
        const struct slice *slice = &watched->slices[i];

        block.canary.requests += slice->canary.requests;
        block.canary.errors += slice->canary.errors;
        block.canary.slow += slice->canary.slow;
        block.baseline.requests += slice->baseline.requests;
        block.baseline.errors += slice->baseline.errors;
        block.baseline.slow += slice->baseline.slow;
    }
    return block;
}

/* As Prometheus tells it: of a revision of which no request has ended yet there is no series. */
static void add_blocks(struct watched *watched)
{
    struct judge_block blocks[STEP_MAX_MS / BLOCK_MS];
    bool is_none_untold;
    size_t count = 0;

    watched->canary += canary_of_last(watched, SLICES_OF(BLOCK_MS)).requests;
    is_none_untold = watched->canary <= 0;
    for (int64_t at_ms = watched->state.until_ms; at_ms < now_ms(watched); at_ms += BLOCK_MS) {
        blocks[count] = block_from(watched, at_ms);
        if (is_none_untold)
            blocks[count].canary.requests = NAN;
        count++;
    }
    judge_add_blocks(&watched->plan, &watched->state, blocks, count, is_none_untold);
}

static enum answer look_opsgate(const struct rival *rival, struct watched *watched)
{
    (void)rival;
    add_blocks(watched);
    switch (judge_decide(&watched->plan, &watched->state, now_ms(watched), step_ms(watched), OTHERS_NONE).verdict) {
    case JUDGE_FAIL:
        return STOP;
    case JUDGE_PASS:
        return STEP_IS_OVER;
    case JUDGE_INCONCLUSIVE:
        return HOLD;
    default:
        return GO_ON;
    }
}

const struct rival rivals[] = {
    { "opsgate", BLOCK_MS, BLOCK_MS, 0, begin_opsgate, look_opsgate },
    { "threshold, 1 min", 10000, 60000, 0, begin_nothing, look_bare },
    { "threshold, 5 min", 10000, 300000, 0, begin_nothing, look_bare },
    { "flagger, 5 fail", 60000, 60000, 5, begin_nothing, look_flagger },
    { "flagger, default", 60000, 60000, 1, begin_nothing, look_flagger },
    { "argo, example", 300000, 300000, 3, begin_nothing, look_argo },
    { "argo, default", 60000, 60000, 0, begin_nothing, look_argo },
    { "fixed sample", STEP_MS, STEP_MS, 0, begin_nothing, look_fixed },
};
const size_t rivals_count = sizeof(rivals) / sizeof(rivals[0]);

/* ---- their own examples ---- */

static bool says(bool is_so, const char *what)
{
    printf("%s: %s\n", is_so ? "as documented" : "NOT as documented", what);
    return is_so;
}

/* Shares that succeed, one for each look; gives the look that stops, from 1 on, or 0. */
static int plays(const struct rival *rival, const double *successes, int count, double limit)
{
    static struct watched watched;

    watched = (struct watched){ .strictness = limit / ERROR_LIMIT };
    for (int look = 0; look < count; look++) {
        for (size_t i = 0; i < SLICES_OF(rival->look_ms); i++)
            watched.slices[watched.count++] = (struct slice){ .canary = { 1000, 1000 * (1 - successes[look]), 0 } };
        if (rival->look(rival, &watched) == STOP)
            return look + 1;
    }
    return 0;
}

bool rivals_play_examples(void)
{
    static const double all_bad[] = { 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9 },
                        measured[] = { 0.96, 0.94, 0.94, 0.94, 0.94, 0.94 }, well[] = { 0.995, 0.991, 0.99 };
    struct rival flagger = rivals[3], argo = rivals[5], argo_default = rivals[6];
    bool is_good = true;

    is_good &=
        says(plays(&flagger, all_bad, 10, 0.01) == 5 && flagger.look_ms == 60000,
             "flagger: success rate >= 99 %, interval 1m, threshold 5: rolled back after interval * threshold, 5 min");
    is_good &= says(plays(&flagger, well, 3, 0.01) == 0, "flagger: 99 % and above is let through");
    is_good &= says(
        plays(&argo, measured, 6, 0.05) == 5 && argo.look_ms == 300000,
        "argo: interval 5m, result >= 0.95, failureLimit 3: three failed measurements are allowed, the fourth aborts");
    is_good &= says(plays(&argo_default, measured, 6, 0.05) == 2,
                    "argo: failureLimit 0 by default: the first failed one aborts");
    is_good &=
        says(fabs(tail(10, 100, 0.05) - 0.0282) < 0.0001, "fixed sample: P(X >= 10), n = 100, p = 0.05 is 0.0282");
    return is_good;
}
