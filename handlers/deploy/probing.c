#include "handlers/deploy/probing.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/judging.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <math.h>

#define ASKING_MS (30 * SECOND_MS) /* so long one asking is, and what is written down of it */
#define ASKINGS_IN_A_BAKE 10
#define SLACK_MS (15 * SECOND_MS) /* for a token, and the way */
#define BASELINE_SHARE 0.5        /* as many probes go to each */

/* ---- the plan ---- */

bool probing_has_baseline(const struct deploy_body *body)
{
    return body->previous_uri && !deploy_is_last_step(body);
}

double probing_share(const struct deploy_body *body)
{
    return probing_has_baseline(body) ? BASELINE_SHARE : 1;
}

struct judge_plan probing_plan(const struct deploy_body *body)
{
    struct judge_plan plan = judging_plan(body);

    if (!body->previous_uri)
        plan.errors_vs_baseline = 0;
    return plan;
}

/* ---- asked ---- */

static int64_t at_least(int64_t value, int64_t min)
{
    return value > min ? value : min;
}

/* Not more than the bake still lacks; but a block, for shorter ones would make more of one moment than it is. */
static int64_t asking_ms(const struct deploy_body *body)
{
    struct judge_plan plan = probing_plan(body);
    int64_t lacking_ms = plan.bake_ms - (body->probing ? body->probing->state.observed_ms : 0);
    int64_t span_ms = plan.bake_ms / ASKINGS_IN_A_BAKE;

    span_ms = span_ms < ASKING_MS ? span_ms : ASKING_MS;
    if (lacking_ms > 0 && lacking_ms < span_ms)
        span_ms = lacking_ms;
    return at_least(span_ms, body->limits.block_ms);
}

static const char *path_of(const struct deploy_probes *probes)
{
    return probes->path ? probes->path : "/";
}

int64_t probing_every_ms(const struct deploy_body *body)
{
    return at_least(body->limits.probes->every_ms, (body->limits.block_ms + PROBES_ROUNDS_MAX - 1) / PROBES_ROUNDS_MAX);
}

struct probes_ask probing_ask(const struct deploy_body *body, struct arena *arena)
{
    const struct deploy_probes *probes = body->limits.probes;
    const char *path = path_of(probes);
    int64_t every_ms = probing_every_ms(body);
    int64_t rounds = (asking_ms(body) + every_ms - 1) / every_ms;

    return (struct probes_ask){
        .url = arena_printf(arena, "%s%s", body->uri, path),
        .baseline_url = probing_has_baseline(body) ? arena_printf(arena, "%s%s", body->previous_uri, path) : NULL,
        .rounds = rounds > PROBES_ROUNDS_MAX ? PROBES_ROUNDS_MAX : at_least(rounds, 1),
        .every_ms = every_ms,
        .expect_status = probes->expect_status,
        .timeout_ms = probes->timeout_ms,
        .audience = body->health_is_private ? body->service_uri : NULL,
        .project = body->health_is_private ? body->place.project : NULL,
    };
}

int64_t probing_deadline_ms(const struct probes_ask *ask)
{
    int64_t last_round_ms = (ask->baseline_url ? 3 : 2) * ask->timeout_ms; /* one is made again, with a fresh token */

    return ask->rounds * ask->every_ms + last_round_ms + SLACK_MS;
}

/* ---- begun ---- */

static struct deploy_probing *ours_to_change(struct deploy_body *body, struct arena *arena)
{
    struct deploy_probing *probing = ARENA_NEW(arena, struct deploy_probing);

    if (body->probing)
        *probing = *body->probing;
    body->probing = probing;
    return probing;
}

void probing_begin_step(struct deploy_body *body, int64_t now_ms, struct arena *arena)
{
    struct judge_plan plan = probing_plan(body);
    struct deploy_probing *probing, begun = { .probed = { .is_blind = false } };

    if (!body->limits.probes)
        return;
    if (body->probing && body->verdict != JUDGE_FAIL) /* people went on though it had failed: a new budget */
        begun.state = body->probing->state;
    probing = ours_to_change(body, arena);
    *probing = begun;
    judge_begin_step(&plan, &probing->state, now_ms, probing_share(body));
}

void probing_begin_anew(struct deploy_body *body, struct arena *arena)
{
    struct judge_plan plan = probing_plan(body);
    struct deploy_probing *probing;

    if (!body->limits.probes || !body->probing)
        return;
    probing = ours_to_change(body, arena);
    judge_begin_step(&plan, &probing->state, probing->state.until_ms, probing->state.share);
}

/* ---- heard ---- */

static void count_probe(struct deploy_probe_counts *counts, const struct probe *probe)
{
    counts->unknown += !probe->is_known;
    counts->made += probe->is_known;
    counts->failed += probe->is_known && !probe->is_good;
    if (probe->is_known && probe->is_good)
        counts->slowest_ms = at_least(probe->took_ms, counts->slowest_ms);
}

static void count_round(struct deploy_probed *probed, const struct probe_round *round, bool has_baseline)
{
    count_probe(&probed->canary, &round->canary);
    if (has_baseline)
        count_probe(&probed->baseline, &round->baseline);
}

static void add_probe(struct judge_counts *counts, const struct probe *probe, int64_t slow_ms)
{
    if (!probe->is_known)
        return;
    counts->requests++;
    counts->errors += !probe->is_good;
    counts->slow += slow_ms > 0 && probe->took_ms > slow_ms;
}

struct group { /* of rounds that are one block */
    const struct probe_round *rounds;
    size_t count;
    int64_t from_ms, to_ms; /* the steady clock */
};

/* A probe stands for the time since the one before it. Where one was not made, that time is not known. */
static void add_block(const struct deploy_body *body, struct deploy_probing *probing, const struct group *group,
                      int64_t began_ms, bool has_baseline)
{
    struct judge_plan plan = probing_plan(body);
    struct judge_block block = { .from_ms = group->from_ms, .to_ms = group->to_ms };
    int64_t before_ms = group->from_ms;

    for (size_t i = 0; i < group->count; i++) {
        const struct probe_round *round = &group->rounds[i];

        add_probe(&block.canary, &round->canary, body->limits.latency_p95_ms);
        add_probe(&block.baseline, &round->baseline, body->limits.latency_p95_ms);
        block.from_ms += round->canary.is_known ? 0 : began_ms + round->to_ms - before_ms;
        before_ms = began_ms + round->to_ms;
    }
    if (!has_baseline || block.baseline.requests <= 0)
        block.baseline = (struct judge_counts){ NAN, NAN, NAN, NAN };
    if (block.canary.requests > 0)
        judge_add_block(&plan, &probing->state, &block);
}

/* The way from one asking to the next is shorter than the time between two probes: it is no gap. */
static int64_t first_from(const struct deploy_body *body, const struct judge_state *state, int64_t began_ms)
{
    int64_t gap_ms = began_ms - state->until_ms;

    return gap_ms < body->limits.probes->every_ms ? state->until_ms : began_ms;
}

static void add_blocks(const struct deploy_body *body, struct deploy_probing *probing, const struct probes_made *made,
                       int64_t now_ms)
{
    const struct probe_round *rounds = made->rounds;
    int64_t block_ms = body->limits.block_ms - body->limits.probes->every_ms / 2; /* about */
    int64_t length_ms = rounds[made->rounds_count - 1].to_ms, began_ms = now_ms - length_ms;
    int64_t from_ms = first_from(body, &probing->state, began_ms), before_ms = 0;
    bool has_baseline = probing->state.share < 1;
    size_t first = 0;

    for (size_t i = 0; i < made->rounds_count; i++) {
        bool is_last = i + 1 == made->rounds_count;
        const struct group group = { &rounds[first], i + 1 - first, from_ms, began_ms + rounds[i].to_ms };

        count_round(&probing->probed, &rounds[i], has_baseline);
        if (!is_last && (rounds[i].to_ms - before_ms < block_ms || length_ms - rounds[i].to_ms < block_ms))
            continue;
        add_block(body, probing, &group, began_ms, has_baseline);
        from_ms = group.to_ms;
        before_ms = rounds[i].to_ms;
        first = i + 1;
    }
}

void probing_hear(struct deploy_body *body, const struct probes_made *made, const char *problem, int64_t now_ms,
                  struct arena *arena)
{
    struct deploy_probing *probing;
    int64_t made_before;

    if (!body->limits.probes || !body->probing || body->probing->state.step_from_ms == 0)
        return;
    probing = ours_to_change(body, arena);
    made_before = probing->probed.canary.made;
    if (made && made->rounds_count > 0)
        add_blocks(body, probing, made, now_ms);
    probing->probed.is_blind = probing->probed.canary.made == made_before;
    if (problem || (made && made->problem))
        probing->probed.problem = problem ? problem : made->problem;
}

/* ---- in words ---- */

const char *probing_lack(const struct deploy_probing *probing, struct arena *arena)
{
    const struct deploy_probed *probed = &probing->probed;

    if (probed->is_blind && probed->problem)
        return arena_printf(arena, "the last probes could not be made: %s",
                            card_quote(str_of(probed->problem), DEPLOY_QUOTED_BYTES, arena));
    if (probed->is_blind)
        return "the last probes could not be made";
    return probing->state.blocks == 0 ? "no probe was made yet" : NULL;
}

const char *probing_text(const struct deploy_body *body, const struct deploy_probed *probed, struct arena *arena)
{
    const struct deploy_probes *probes = body->limits.probes;
    const char *text;

    if (!probes || !probed)
        return NULL;
    text = arena_printf(arena, "opsgate asks %s every %s; users' requests are not counted",
                        card_quote(str_of(path_of(probes)), DEPLOY_QUOTED_BYTES, arena),
                        duration_format(probing_every_ms(body)).text);
    if (!probed->problem || (!probed->is_blind && probed->canary.failed + probed->canary.unknown == 0))
        return text;
    return arena_printf(arena, "%s; last: %s", text, card_quote(str_of(probed->problem), DEPLOY_QUOTED_BYTES, arena));
}
