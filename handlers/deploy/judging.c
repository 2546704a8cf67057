#include "handlers/deploy/judging.h"

#include "handlers/deploy/judge.h"

#include "bot/base/time.h"
#include "bot/model/plant.h"

#include <math.h>
#include <string.h>

#define BLOCK_MS (15 * SECOND_MS) /* of older records */
#define SLOW_SHARE 0.05           /* the rest is within a p95 */
#define WINDOW_MIN_MS MINUTE_MS   /* it looks a few times a minute */
#define BLOCKS_UNTOLD 3           /* of neither revision: they are shorter than what the source collects at */
#define BLOCKS_FEW 6              /* so many are looked at before it is said that too few of them tell of one */

/* ---- the plan ---- */

static bool is_last_step(const struct deploy_body *body)
{
    return body->step + 1 >= (int64_t)body->steps_count;
}

static double share_of(const struct deploy_body *body)
{
    return is_last_step(body) ? 1 : (double)body->steps[body->step].percent / 100;
}

static int64_t bake_of(const struct deploy_body *body)
{
    return is_last_step(body) ? body->watch_ms : body->steps[body->step].bake_ms;
}

int64_t judging_block_ms(const struct deploy_limits *limits, const struct deploy_judging *known)
{
    int64_t block_ms = limits->block_ms > 0 ? limits->block_ms : BLOCK_MS;

    return known && known->block_ms > block_ms ? known->block_ms : block_ms;
}

struct judge_plan judging_plan(const struct deploy_body *body)
{
    const struct deploy_limits *limits = &body->limits;
    int64_t bake_ms = bake_of(body);

    return (struct judge_plan){
        .budget = limits->budget > 0 ? limits->budget : JUDGE_BUDGET,
        .error_rate = limits->error_rate,
        .errors_vs_baseline = limits->errors_vs_baseline,
        .slow_share = limits->latency_p95_ms > 0 ? SLOW_SHARE : 0,
        .slow_vs_share = limits->latency_vs_baseline > 0 ? SLOW_SHARE : 0,
        .is_traffic_judged = limits->is_traffic_judged,
        .min_requests = limits->min_requests,
        .bake_ms = bake_ms,
        .max_bake_ms = limits->max_bake_ms,
        .warm_up_ms = limits->warm_up_ms < bake_ms / 2 ? limits->warm_up_ms : bake_ms / 2,
        .lag_ms = limits->lag_ms,
    };
}

/* ---- asked ---- */

int64_t judging_window_ms(int64_t observed_ms)
{
    return observed_ms > WINDOW_MIN_MS ? observed_ms : WINDOW_MIN_MS;
}

struct measure_ask judging_ask(const struct deploy_body *body, int64_t window_ms)
{
    const struct deploy_limits *limits = &body->limits;

    return (struct measure_ask){
        .canary = body->revision,
        .baseline = is_last_step(body) ? NULL : body->previous,
        .window_ms = window_ms,
        .names = limits->names,
        .queries = limits->queries,
        .queries_count = limits->queries_count,
        .from_ms = body->judging ? body->judging->state.until_ms : 0,
        .block_ms = judging_block_ms(limits, body->judging),
        .lag_ms = limits->lag_ms,
        .slow_s = (double)limits->latency_p95_ms / 1000,
        .slow_vs_s = body->judging ? body->judging->slow_vs_s : 0,
        .place = body->place.service ? &body->place : NULL,
    };
}

/* ---- begun ---- */

static struct deploy_judging *ours_to_change(struct deploy_body *body, struct arena *arena)
{
    struct deploy_judging *judging = ARENA_NEW(arena, struct deploy_judging);

    if (body->judging)
        *judging = *body->judging;
    body->judging = judging;
    return judging;
}

void judging_begin_step(struct deploy_body *body, struct arena *arena)
{
    struct deploy_judging *judging;

    if (!body->limits.is_judged)
        return;
    judging = ours_to_change(body, arena);
    if (body->verdict == JUDGE_FAIL)
        judging->state = (struct judge_state){ .blocks = 0 };
    if (!PLANTED(PREVIOUS_STEP_JUDGED))
        judging->state.until_ms = 0;
    judging->state.step_from_ms = 0; /* until the source tells its time */
    judging->slow_vs_s = 0;
    judging->telling = (struct deploy_telling){ .from_ms = 0 };
    judging->is_told = false;
    judging->queries = NULL;
    judging->queries_count = 0;
}

void judging_begin_anew(struct deploy_body *body, struct arena *arena)
{
    struct judge_plan plan = judging_plan(body);
    struct deploy_judging *judging;

    if (!body->judging || body->judging->state.step_from_ms == 0)
        return;
    judging = ours_to_change(body, arena);
    judging->telling = (struct deploy_telling){ .from_ms = 0 };
    judge_begin_step(&plan, &judging->state, judging->state.until_ms, judging->state.share);
}

static int64_t edge_from(int64_t at_ms, int64_t block_ms)
{
    return (at_ms + block_ms - 1) / block_ms * block_ms;
}

static void begin_at(struct deploy_body *body, struct deploy_judging *judging, int64_t source_ms)
{
    struct judge_plan plan = judging_plan(body);
    int64_t block_ms = judging_block_ms(&body->limits, judging), from_ms = edge_from(source_ms + block_ms, block_ms);

    if (PLANTED(PREVIOUS_STEP_JUDGED) && judging->state.until_ms > 0)
        from_ms = judging->state.until_ms;
    judge_begin_step(&plan, &judging->state, from_ms, share_of(body));
}

/* ---- heard ---- */

/* What is not known is no number. */
static double number(struct measure_value value)
{
    return value.is_known ? value.value : PLANTED(MISSING_IS_PASS) ? 0 : NAN;
}

static struct judge_counts counts_of(const struct measure_counts *counts)
{
    return (struct judge_counts){ counts->requests.is_known ? counts->requests.value : NAN, number(counts->errors),
                                  number(counts->slow), number(counts->slow_vs) };
}

static bool has_points(const struct measured *measured) /* of each minute, where any request ended in it */
{
    return measured->source && strcmp(measured->source, "google") == 0;
}

/* A revision of which no request ever ended has no series, so not a single sample of it came in all the time that was
 * watched (of which a late source knows the less). Where one did, and where it was told of before (the window of a
 * paused step does not reach back to that), its blocks are shorter than what is collected, or it was lost: a healthy
 * one's loss is no evidence, so no bet is made on it. */
static bool is_none_untold(const struct deploy_body *body, const struct measured *measured)
{
    int64_t block_ms = judging_block_ms(&body->limits, body->judging);

    if (has_points(measured) && block_ms <= MINUTE_MS)
        return true;
    return !body->judging->is_told && !measured->is_partial && !measured->canary.is_there &&
           !measured->canary.requests.is_known && body->observed_ms >= judge_away_ms(block_ms) + body->limits.lag_ms;
}

/* Each block once: those that tell of the new revision are not asked for again. */
static void add_told(struct deploy_judging *judging, const struct measured *measured)
{
    struct deploy_telling *telling = &judging->telling;

    for (size_t i = 0; i < measured->blocks_count; i++) {
        const struct measure_block *told = &measured->blocks[i];

        if (!told->canary.requests.is_known || told->from_ms < judging->state.until_ms)
            continue;
        judging->is_told = true;
        if (told->from_ms < telling->from_ms)
            continue;
        telling->from_ms = telling->from_ms > 0 ? telling->from_ms : told->from_ms;
        telling->canary_ms += told->to_ms - told->from_ms;
        telling->baseline_ms += told->baseline.requests.is_known ? told->to_ms - told->from_ms : 0;
    }
}

static void add_blocks(const struct deploy_body *body, struct deploy_judging *judging, const struct measured *measured,
                       struct arena *arena)
{
    struct judge_plan plan = judging_plan(body);
    struct judge_block *blocks = NULL;
    size_t count = 0;

    for (size_t i = 0; i < measured->blocks_count; i++) {
        const struct measure_block *told = &measured->blocks[i];

        *ARENA_PUSH(arena, blocks, count) =
            (struct judge_block){ told->from_ms, told->to_ms, counts_of(&told->canary), counts_of(&told->baseline) };
    }
    judge_add_blocks(&plan, &judging->state, blocks, count, is_none_untold(body, measured));
    if (measured->blocks_count > 0) {
        judging->bound_s = measured->bound_s;
        judging->bound_vs_s = measured->bound_vs_s;
    }
}

/* ---- longer blocks ----
 *
 * The length is chosen by when samples came, never by what they counted, and before any of the longer blocks was seen:
 * a bet on such a block is as fair as on any other, and the budget of false stops is as it was. No request counts
 * twice: a longer block begins where nothing was counted yet, and what it gained is since the last sample before it. */

static bool is_untold(const struct measured *measured)
{
    for (size_t i = 0; i < measured->blocks_count; i++)
        if (measured->blocks[i].canary.requests.is_known)
            return false;
    return true;
}

static bool has_any(const struct measured_revision *revision) /* over the window, of which its blocks tell nothing */
{
    return revision->requests.is_known || revision->is_there;
}

/* None told of the new revision yet. A baseline of many instances, collected at different times, is in every block. */
static bool tells_nothing(const struct deploy_judging *judging, const struct measured *measured, int64_t known_ms,
                          int64_t block_ms)
{
    bool is_baseline_told = measured->blocks_count > 0;
    int64_t enough = is_baseline_told ? BLOCKS_FEW : BLOCKS_UNTOLD; /* its first request may be late */
    int64_t from_ms =
        judging->telling.from_ms > judging->state.until_ms ? judging->telling.from_ms : judging->state.until_ms;

    if (judging->telling.canary_ms > 0 || !is_untold(measured) || known_ms - from_ms < enough * block_ms)
        return false;
    if (judging->is_told) /* where nothing is recent it was lost, and longer blocks bring nothing back */
        return measured->canary.recent.is_known;
    return !is_baseline_told || has_any(&measured->canary);
}

static bool is_few(int64_t told_ms, int64_t of_ms, int64_t block_ms)
{
    return of_ms >= BLOCKS_FEW * block_ms && 2 * told_ms < of_ms;
}

static bool needs_baseline(const struct deploy_body *body)
{
    const struct deploy_limits *limits = &body->limits;

    return !is_last_step(body) &&
           (limits->errors_vs_baseline > 0 || limits->latency_vs_baseline > 0 || limits->is_traffic_judged);
}

/* Where samples come a little more often than every second block, now and then one is told. */
static bool tells_seldom(const struct deploy_body *body, const struct deploy_judging *judging,
                         const struct measured *measured, int64_t known_ms, int64_t block_ms)
{
    const struct deploy_telling *telling = &judging->telling;

    if (telling->canary_ms <= 0)
        return false;
    return (measured->canary.recent.is_known && is_few(telling->canary_ms, known_ms - telling->from_ms, block_ms)) ||
           (needs_baseline(body) && measured->baseline.recent.is_known &&
            is_few(telling->baseline_ms, telling->canary_ms, block_ms));
}

/* A step of which nothing was counted yet begins later by as much as its blocks get longer. */
static void lengthen_blocks(const struct deploy_body *body, struct deploy_judging *judging,
                            const struct measured *measured)
{
    struct judge_state *state = &judging->state;
    int64_t block_ms = judging_block_ms(&body->limits, judging), longer_ms = 2 * block_ms, from_ms = state->until_ms;
    int64_t known_ms = measured->at_ms - body->limits.lag_ms;

    if (has_points(measured) || block_ms >= JUDGING_BLOCK_MAX_MS ||
        (!tells_nothing(judging, measured, known_ms, block_ms) &&
         !tells_seldom(body, judging, measured, known_ms, block_ms)))
        return;
    judging->block_ms = longer_ms < JUDGING_BLOCK_MAX_MS ? longer_ms : JUDGING_BLOCK_MAX_MS;
    judging->telling = (struct deploy_telling){ .from_ms = state->blocks > 0 ? known_ms : 0 };
    if (state->blocks == 0)
        from_ms = state->step_from_ms + judging->block_ms - block_ms;
    from_ms = edge_from(from_ms, judging->block_ms);
    state->until_ms = from_ms > state->until_ms ? from_ms : state->until_ms;
    if (state->blocks == 0)
        state->step_from_ms = state->until_ms;
}

/* Once in a step, and of what was before all that it is applied to: a bet may not choose by what it bets on. */
static void fix_slow_vs(const struct deploy_body *body, struct deploy_judging *judging, const struct measured *measured)
{
    if (body->limits.latency_vs_baseline > 0 && judging->slow_vs_s <= 0 && !is_last_step(body) &&
        judge_knows_baseline(&body->limits, measured))
        judging->slow_vs_s = body->limits.latency_vs_baseline * measured->baseline.p95_s.value;
}

static void hear_queries(const struct deploy_limits *limits, struct deploy_judging *judging,
                         const struct measured *measured, struct arena *arena)
{
    struct deploy_query_seen *seen = NULL;
    size_t count = 0;

    for (size_t i = 0; i < limits->queries_count; i++) {
        int64_t before = i < judging->queries_count ? judging->queries[i].beyond : 0;
        struct measure_value value = judge_query_value(measured, i);

        *ARENA_PUSH(arena, seen, count) =
            (struct deploy_query_seen){ value, !value.is_known                           ? before
                                               : judge_is_beyond(limits, i, value.value) ? before + 1
                                                                                         : 0 };
    }
    judging->queries = seen;
    judging->queries_count = count;
}

void judging_hear(struct deploy_body *body, const struct measured *measured, int64_t now_ms, struct arena *arena)
{
    struct deploy_judging *judging = ours_to_change(body, arena);

    if (!measured)
        return;
    if (judging->state.step_from_ms == 0)
        begin_at(body, judging, measured->at_ms > 0 ? measured->at_ms : now_ms);
    else {
        add_told(judging, measured);
        add_blocks(body, judging, measured, arena);
        lengthen_blocks(body, judging, measured);
    }
    fix_slow_vs(body, judging, measured);
    hear_queries(&body->limits, judging, measured, arena);
}
