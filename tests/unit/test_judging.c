/* Metrics that come seldom, late, or not at all for a while: a Prometheus with samples of its own rhythm, and a rollout
 * that looks at it. A healthy version passes whatever the rhythm is; one whose requests all hang is found all the same.
 */
#include "tests/unit/rows.h"

#include "handlers/deploy/judge.h"
#include "handlers/deploy/judging.h"

#include "bot/base/time.h"

#define BEGUN_MS INT64_C(1795168800123)
#define BAKE_MS (5 * MINUTE_MS)
#define MAX_BAKE_MS (30 * MINUTE_MS)
#define END_MS (2 * HOUR_MS)
#define LOOK_MS (10 * SECOND_MS)
#define BLOCK_MS (15 * SECOND_MS)
#define PHASES 40 /* each row runs with so many, of its samples against its blocks */
#define SAMPLES_MAX 1000
#define BACK_MS (15 * MINUTE_MS)

struct rhythm {
    int64_t first_ms, every_ms; /* after the step began; every_ms 0: none ever */
    int64_t differs_ms;         /* each comes so much later or sooner */
    int64_t lost_ms, back_ms;   /* none between these */
};

#define EACH(ms, ...) { .every_ms = (ms), ##__VA_ARGS__ }
#define NEVER { .every_ms = 0 }

/* clang-format off */
static const struct row {
    const char *name;
    struct rhythm canary, baseline;
    int64_t lag_ms;
    int64_t paused_ms, resumed_ms;
    bool is_partial;
    enum judge_verdict verdict;
    int64_t latest_ms;
    int64_t block_max_ms; /* then */
} rows[] = {
    { "samples in each block", EACH(15000), EACH(5000), .verdict = JUDGE_PASS, .latest_ms = 7 * MINUTE_MS,
      .block_max_ms = BLOCK_MS },
    { "of both seldom, and one block told by luck", EACH(30000, .differs_ms = 2000), EACH(30000, .differs_ms = 2000),
      .verdict = JUDGE_PASS, .latest_ms = 15 * MINUTE_MS, .block_max_ms = 4 * BLOCK_MS },
    { "of the canary alone", EACH(30000, .differs_ms = 2000), EACH(5000), .verdict = JUDGE_PASS,
      .latest_ms = 15 * MINUTE_MS, .block_max_ms = 4 * BLOCK_MS },
    { "of the baseline alone", EACH(15000), EACH(30000, .differs_ms = 2000), .verdict = JUDGE_PASS,
      .latest_ms = 15 * MINUTE_MS, .block_max_ms = 4 * BLOCK_MS },
    { "of the baseline in no block at all", EACH(15000), EACH(40000), .verdict = JUDGE_PASS, .latest_ms = 15 * MINUTE_MS,
      .block_max_ms = 4 * BLOCK_MS },
    { "a little more often than every second block", EACH(26000, .differs_ms = 1000), EACH(26000, .differs_ms = 1000),
      .verdict = JUDGE_PASS, .latest_ms = 15 * MINUTE_MS, .block_max_ms = 4 * BLOCK_MS },
    { "each two minutes, the first after 160 s", EACH(120000, .first_ms = 160000), EACH(5000), .verdict = JUDGE_PASS,
      .latest_ms = 30 * MINUTE_MS, .block_max_ms = JUDGING_BLOCK_MAX_MS },
    { "lost for minutes while it is paused", EACH(15000, .lost_ms = 3 * MINUTE_MS, .back_ms = 12 * MINUTE_MS), EACH(5000),
      .paused_ms = 190000, .resumed_ms = 20 * MINUTE_MS, .verdict = JUDGE_PASS, .latest_ms = 30 * MINUTE_MS,
      .block_max_ms = 4 * BLOCK_MS },
    { "from a source that is late, paused", EACH(15000), EACH(5000), .lag_ms = 4 * MINUTE_MS, .paused_ms = 190000,
      .resumed_ms = 12 * MINUTE_MS, .verdict = JUDGE_PASS, .latest_ms = 20 * MINUTE_MS, .block_max_ms = BLOCK_MS },
    { "from a source that is late", EACH(15000), EACH(5000), .lag_ms = 4 * MINUTE_MS, .verdict = JUDGE_PASS,
      .latest_ms = 12 * MINUTE_MS, .block_max_ms = BLOCK_MS },
    { "of a canary whose requests all hang there are none", NEVER, EACH(5000), .verdict = JUDGE_FAIL,
      .latest_ms = 5 * MINUTE_MS, .block_max_ms = BLOCK_MS },
    { "nor from a source that is late", NEVER, EACH(5000), .lag_ms = 4 * MINUTE_MS, .verdict = JUDGE_FAIL,
      .latest_ms = 9 * MINUTE_MS, .block_max_ms = BLOCK_MS },
    { "but where it warns that it did not reach all, who knows", NEVER, EACH(5000), .is_partial = true,
      .verdict = JUDGE_INCONCLUSIVE, .latest_ms = MAX_BAKE_MS + MINUTE_MS, .block_max_ms = BLOCK_MS },
};
/* clang-format on */

struct source {
    int64_t at_ms[SAMPLES_MAX];
    size_t count;
    double a_second; /* requests */
};

static void scrape(struct source *source, const struct rhythm *rhythm, bool was_there, int phase, double a_second)
{
    int64_t each_ms = rhythm->every_ms > 0 ? rhythm->every_ms : END_MS, way_ms = 0;
    int64_t at_ms = rhythm->first_ms + phase * each_ms / PHASES / 2 - (was_there ? 10 * each_ms : 0);

    *source = (struct source){ .a_second = a_second };
    for (; rhythm->every_ms > 0 && at_ms < END_MS && source->count < SAMPLES_MAX; at_ms += each_ms + way_ms) {
        way_ms = rhythm->differs_ms
                     ? (at_ms / SECOND_MS * 7919 + phase * 104729) % (2 * rhythm->differs_ms) - rhythm->differs_ms
                     : 0;
        if (at_ms < rhythm->lost_ms || at_ms >= rhythm->back_ms)
            source->at_ms[source->count++] = BEGUN_MS + at_ms;
    }
}

/* How many there are after `from_ms`, up to `to_ms`; the last one's time. */
static size_t samples(const struct source *source, int64_t from_ms, int64_t to_ms, int64_t *ret_last_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < source->count; i++)
        if (source->at_ms[i] > from_ms && source->at_ms[i] <= to_ms) {
            *ret_last_ms = source->at_ms[i];
            count++;
        }
    return count;
}

static struct measured_revision window_of(const struct source *source, const struct measure_ask *ask, int64_t now_ms)
{
    int64_t known_ms = now_ms - ask->lag_ms, last_ms = 0,
            recent_ms = 4 * ask->block_ms > 2 * MINUTE_MS ? 4 * ask->block_ms : 2 * MINUTE_MS;
    struct measured_revision revision = { .is_there =
                                              samples(source, known_ms - ask->window_ms, known_ms, &last_ms) > 0 };

    recent_ms = recent_ms < ask->window_ms ? recent_ms : ask->window_ms;
    if (samples(source, known_ms - ask->window_ms, known_ms, &last_ms) < 2)
        return revision;
    revision.requests = (struct measure_value){ true, source->a_second * (double)ask->window_ms / 1000 };
    revision.errors = (struct measure_value){ true, 0 };
    if (samples(source, known_ms - recent_ms, known_ms, &last_ms) >= 2)
        revision.recent = (struct measure_value){ true, source->a_second };
    return revision;
}

static struct measure_counts counts_of(const struct source *source, int64_t from_ms, int64_t to_ms)
{
    int64_t last_ms = 0, before_ms = 0;

    if (samples(source, from_ms, to_ms, &last_ms) == 0 ||
        samples(source, 2 * from_ms - to_ms, from_ms, &before_ms) == 0)
        return (struct measure_counts){ .requests.is_known = false };
    return (struct measure_counts){ .requests = { true, (double)(int64_t)(source->a_second *
                                                                          (double)(last_ms - before_ms) / 1000) },
                                    .errors = { true, 0 } };
}

static struct measured answer(const struct row *row, const struct source *canary, const struct source *baseline,
                              const struct measure_ask *ask, int64_t now_ms, struct arena *arena)
{
    struct measured measured = { .canary = window_of(canary, ask, now_ms),
                                 .baseline = window_of(baseline, ask, now_ms),
                                 .at_ms = now_ms,
                                 .is_partial = row->is_partial,
                                 .source = "prometheus" };
    int64_t block_ms = ask->block_ms, until_ms = (now_ms - ask->lag_ms) / block_ms * block_ms,
            from_ms = (ask->from_ms + block_ms - 1) / block_ms * block_ms;

    from_ms = from_ms < until_ms - MEASURE_BLOCKS_MAX * block_ms ? until_ms - MEASURE_BLOCKS_MAX * block_ms : from_ms;
    for (; ask->from_ms > 0 && from_ms + block_ms <= until_ms; from_ms += block_ms) {
        struct measure_block block = { from_ms, from_ms + block_ms, counts_of(canary, from_ms, from_ms + block_ms),
                                       counts_of(baseline, from_ms, from_ms + block_ms) };

        if (block.canary.requests.is_known || block.baseline.requests.is_known)
            *ARENA_PUSH(arena, measured.blocks, measured.blocks_count) = block;
    }
    return measured;
}

static void check_phase(const struct row *row, int phase)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct source *canary = ARENA_NEW(arena, struct source), *baseline = ARENA_NEW(arena, struct source);
    struct deploy_step steps[] = { { 5, BAKE_MS }, { 100, BAKE_MS } };
    struct deploy_body body = {
        .limits = { .is_judged = true,
                    .error_rate = 0.005,
                    .errors_vs_baseline = 2,
                    .is_traffic_judged = true,
                    .warm_up_ms = 30 * SECOND_MS,
                    .block_ms = BLOCK_MS,
                    .max_bake_ms = MAX_BAKE_MS,
                    .lag_ms = row->lag_ms },
        .revision = "new",
        .previous = "old",
        .steps = steps,
        .steps_count = 2,
        .watch_ms = BAKE_MS,
    };
    struct judgement judgement = { .verdict = JUDGE_WAIT };
    int64_t at_ms = 0;

    scrape(canary, &row->canary, false, phase, 5);
    scrape(baseline, &row->baseline, true, phase, 95);
    judging_begin_step(&body, arena);
    for (; at_ms < END_MS; at_ms += LOOK_MS) {
        bool is_paused = at_ms >= row->paused_ms && at_ms < row->resumed_ms;
        struct measure_ask ask = judging_ask(&body, body.observed_ms > MINUTE_MS ? body.observed_ms : MINUTE_MS);
        struct measured measured = answer(row, canary, baseline, &ask, BEGUN_MS + at_ms, arena);

        judging_hear(&body, &measured, BEGUN_MS + at_ms, arena);
        judgement = judge(&body, &measured, NULL, arena);
        if (judgement.verdict == JUDGE_FAIL || (judgement.verdict != JUDGE_WAIT && !is_paused))
            break;
        body.observed_ms += is_paused ? 0 : LOOK_MS;
    }
    if (judgement.verdict != row->verdict || at_ms > row->latest_ms ||
        judging_block_ms(&body.limits, body.judging) > row->block_max_ms)
        fail_msg("phase %d: verdict %d after %lld s, blocks of %lld s: %s", phase, (int)judgement.verdict,
                 (long long)at_ms / 1000, (long long)judging_block_ms(&body.limits, body.judging) / 1000,
                 judgement.why);
}

static void check_row(void **state)
{
    for (int phase = 0; phase < PHASES; phase++)
        check_phase(*state, phase);
}

int main(void)
{
    return ROWS(rows, check_row);
}
