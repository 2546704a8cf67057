/* judge.c - the tests' verdict, and what stands beside them, as one sentence: broken, not known well enough, or fine.
 */
#include "handlers/deploy/judge.h"

#include "handlers/deploy/judge_words.h"
#include "handlers/deploy/judging.h"
#include "handlers/deploy/probing.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <math.h>

#define QUOTED_BYTES 200 /* of the source's words */
#define COUNT_MAX 1e15   /* of requests: more is no count */

struct judging {
    struct judge_words words;
    int64_t now_ms; /* of the source's clock; 0: it did not answer */
    struct judge_decision decision;
    const char *broken, *missing, *fine; /* what was found so far, joined; NULL: nothing */
};

static void add(struct judging *j, const char **list, const char *sentence)
{
    *list = *list ? arena_printf(j->words.arena, "%s; %s", *list, sentence) : sentence;
}

static bool judges_requests(const struct deploy_limits *limits)
{
    return limits->error_rate > 0 || limits->errors_vs_baseline > 0 || limits->latency_p95_ms > 0 ||
           limits->latency_vs_baseline > 0;
}

static void say_lacks(struct judging *j)
{
    const struct judge_decision *decision = &j->decision;
    bool is_said[LACKS_BASELINE + 1] = { false };

    for (enum judge_test test = 0; test < JUDGE_TESTS; test++) {
        enum judge_lack lack = decision->lacks[test];

        if (lack == LACKS_NUMBERS)
            add(j, &j->missing, judge_unknown_text(&j->words, test));
        else if (lack == LACKS_REQUESTS && !is_said[lack])
            add(j, &j->missing,
                judge_too_few_text(&j->words, judge_sum_of(&j->words, test)->canary, "the new version"));
        else if (lack == LACKS_BASELINE && !is_said[lack])
            add(j, &j->missing,
                judge_too_few_text(&j->words, judge_sum_of(&j->words, test)->baseline, "the old version"));
        is_said[lack] = true;
    }
}

static void say_stale(struct judging *j)
{
    const struct judge_decision *decision = &j->decision;
    struct time_text since = duration_about(decision->stale_ms);

    add(j, &j->missing,
        decision->stale == JUDGE_TESTS ? arena_printf(j->words.arena, "nothing is known of the last %s", since.text)
                                       : arena_printf(j->words.arena, "of the last %s, %s", since.text,
                                                      judge_unknown_text(&j->words, decision->stale)));
}

static void say_missing(struct judging *j)
{
    const struct judge_decision *decision = &j->decision;

    if (j->words.known.state.blocks > 0)
        say_lacks(j);
    else if (j->words.measured && judges_requests(j->words.limits))
        add(j, &j->missing, "how many requests the new version got is not known yet");
    if (decision->stale_ms > 0)
        say_stale(j);
    if (decision->is_suspicious &&
        decision->wealth < 1 / (j->words.plan.budget > 0 ? j->words.plan.budget : JUDGE_BUDGET))
        add(j, &j->missing,
            arena_printf(j->words.arena, "it looks worse than it may be, but not surely: %s",
                         judge_broken_text(&j->words, decision->suspicious)));
}

/* ---- besides the tests ---- */

static bool is_count(struct measure_value value)
{
    return value.is_known && isfinite(value.value) && value.value >= 0 && value.value <= COUNT_MAX;
}

/* Numbers over a long window stay as they were for long after the last sample. */
static bool is_recent(const struct measured_revision *revision)
{
    return is_count(revision->recent) && revision->recent.value > 0;
}

/* None came, or nobody counts any more: the one is mended by traffic, the other by whoever keeps the metrics. */
static void say_not_recent(struct judging *j, const struct measured_revision *revision, const char *whose)
{
    if (!is_count(revision->recent) && j->words.plan.lag_ms > 0 && j->words.known.state.blocks == 0)
        return; /* it cannot have told anything of this step yet: nothing is known, and the tests say so */
    add(j, &j->missing,
        is_count(revision->recent)
            ? arena_printf(j->words.arena, "the numbers of %s are old: no request was counted lately", whose)
            : arena_printf(j->words.arena,
                           "how many requests %s got lately is not known: its metrics come too seldom, or no more",
                           whose));
}

bool judge_knows_baseline(const struct deploy_limits *limits, const struct measured *measured)
{
    const struct judge_plan plan = { .min_requests = limits->min_requests };
    const struct measured_revision *baseline = &measured->baseline;

    return baseline->p95_s.is_known && isfinite(baseline->p95_s.value) && baseline->p95_s.value > 0 &&
           is_count(baseline->requests) && baseline->requests.value + 0.5 >= judge_requests_needed(&plan) &&
           is_recent(baseline);
}

static void check_recent(struct judging *j)
{
    bool is_compared = j->words.limits->latency_vs_baseline > 0 || j->words.limits->errors_vs_baseline > 0;

    if (!judges_requests(j->words.limits))
        return;
    if (!is_recent(&j->words.measured->canary))
        say_not_recent(j, &j->words.measured->canary, "the new version");
    if (is_compared && j->words.known.state.share < 1 && !is_recent(&j->words.measured->baseline))
        say_not_recent(j, &j->words.measured->baseline, "the old version");
}

static bool is_below(const struct deploy_limits *limits, size_t query, double value)
{
    return judge_minimum(limits, query) > 0 && value < judge_minimum(limits, query);
}

bool judge_is_beyond(const struct deploy_limits *limits, size_t query, double value)
{
    return (judge_has_maximum(limits, query) && value > limits->maxima[query].value) || is_below(limits, query, value);
}

static bool has_limit(const struct deploy_limits *limits, size_t query)
{
    return judge_has_maximum(limits, query) || judge_minimum(limits, query) > 0;
}

static const char *beyond_text(const struct judging *j, size_t i, double value)
{
    const char *name = judge_query_name(j->words.limits, i, j->words.arena);

    if (is_below(j->words.limits, i, value))
        return arena_printf(j->words.arena, "%s %g, below the limit of %g", name, value,
                            judge_minimum(j->words.limits, i));
    return arena_printf(j->words.arena, "%s %g, over the limit of %g", name, value, j->words.limits->maxima[i].value);
}

static int64_t looks_needed(const struct judging *j, size_t query)
{
    int64_t in_a_row = query < j->words.limits->query_limits_count ? j->words.limits->query_limits[query].in_a_row : 1;

    return in_a_row > 1 ? in_a_row : 1;
}

static void check_query(struct judging *j, size_t i)
{
    struct deploy_query_seen seen = { .beyond = 0 };
    int64_t needed = looks_needed(j, i);

    if (i < j->words.known.queries_count)
        seen = j->words.known.queries[i];
    if (!seen.value.is_known)
        add(j, &j->missing,
            arena_printf(j->words.arena, "%s is not known", judge_query_name(j->words.limits, i, j->words.arena)));
    else if (seen.beyond >= needed)
        add(j, &j->broken, beyond_text(j, i, seen.value.value));
    else if (seen.beyond > 0)
        add(j, &j->missing,
            arena_printf(j->words.arena, "%s (look %" PRId64 " of %" PRId64 ")", beyond_text(j, i, seen.value.value),
                         seen.beyond, needed));
    else
        add(j, &j->fine,
            arena_printf(j->words.arena, "%s %g", judge_query_name(j->words.limits, i, j->words.arena),
                         seen.value.value));
}

static enum judge_others check_others(struct judging *j)
{
    bool is_any = false;

    for (size_t i = 0; i < j->words.limits->queries_count; i++) {
        is_any = is_any || has_limit(j->words.limits, i);
        if (has_limit(j->words.limits, i) && j->words.measured)
            check_query(j, i);
    }
    if (j->words.measured)
        check_recent(j);
    return j->broken ? OTHERS_BROKEN : j->missing ? OTHERS_MISSING : is_any ? OTHERS_FINE : OTHERS_NONE;
}

/* ---- the verdict ---- */

static bool asks_for_something(const struct deploy_limits *limits)
{
    for (size_t i = 0; i < limits->queries_count; i++)
        if (has_limit(limits, i))
            return true;
    return judges_requests(limits);
}

static struct time_text observed(int64_t ms) /* in whole seconds: "4m59s" */
{
    return duration_format(ms > 0 ? ms / SECOND_MS * SECOND_MS : 0);
}

static bool is_over(const struct judging *j, enum judge_test test)
{
    const struct judge_sum *sum = judge_sum_of(&j->words, test);

    return test == JUDGE_TRAFFIC || sum->canary_bad > judge_limit(&j->words.plan, test) * sum->canary;
}

/* A step may end by what the revision showed in those before it, too: then its own numbers alone would not tell. */
static void say_broken(struct judging *j)
{
    enum judge_test worst = j->decision.worst;

    if (j->decision.wealth < 1 / (j->words.plan.budget > 0 ? j->words.plan.budget : JUDGE_BUDGET))
        return; /* a query did it */
    add(j, &j->broken,
        is_over(j, worst) ? judge_broken_text(&j->words, worst)
                          : arena_printf(j->words.arena, "with what it showed in the steps before: %s",
                                         judge_broken_text(&j->words, worst)));
}

static void say_fine(struct judging *j)
{
    const char *queries = j->fine;

    j->fine = NULL;
    for (enum judge_test test = 0; test < JUDGE_TESTS; test++)
        if (j->decision.is_made[test] && judge_fine_text(&j->words, test))
            add(j, &j->fine, judge_fine_text(&j->words, test));
    if (queries)
        add(j, &j->fine, queries);
}

/* What so few requests could have hidden. */
static void say_floors(struct judging *j)
{
    static const struct {
        enum judge_test test;
        const char *what;
    } told[] = { { JUDGE_ERRORS, "failing" }, { JUDGE_SLOW, "slow" } };
    const char *text = NULL;

    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        double floor_ = j->decision.floors[told[i].test];

        if (!j->decision.is_made[told[i].test])
            continue;
        text = arena_printf(j->words.arena, "%s%s%s %s", text ? text : "", text ? ", or " : "",
                            floor_ >= 1 ? "anything" : arena_printf(j->words.arena, "up to %.2g %%", floor_ * 100),
                            told[i].what);
    }
    if (text)
        add(j, &j->fine, arena_printf(j->words.arena, "could have missed %s", text));
}

/* For time alone: until it was watched so long, and until the last block that is needed is over. */
static int64_t time_lacking(const struct judging *j, int64_t watched_ms)
{
    int64_t watch_ms = j->words.plan.bake_ms - watched_ms, known_ms = j->words.plan.bake_ms - j->decision.known_ms;
    int64_t block_ms = judging_block_ms(j->words.limits, &j->words.known);
    int64_t until_ms =
        j->words.known.state.until_ms + (known_ms + block_ms - 1) / block_ms * block_ms + j->words.plan.lag_ms;
    int64_t blocks_ms = known_ms > 0 && j->now_ms > 0 ? until_ms - j->now_ms : 0;

    return j->decision.lacks_time ? (watch_ms > blocks_ms ? watch_ms : blocks_ms) : 0;
}

static const char *coarse_text(const struct judging *j)
{
    int64_t asked_ms = judging_block_ms(j->words.limits, NULL),
            block_ms = judging_block_ms(j->words.limits, &j->words.known);

    return block_ms <= asked_ms
               ? ""
               : arena_printf(j->words.arena,
                              "; counted in blocks of %s, for its metrics come more seldom than every %s",
                              duration_about(block_ms).text, duration_about(asked_ms).text);
}

static struct judgement decide(struct judging *j, int64_t watched_ms)
{
    int64_t known_ms = watched_ms < j->decision.known_ms ? watched_ms : j->decision.known_ms;

    switch (j->decision.verdict) {
    case JUDGE_FAIL:
        say_broken(j);
        return (struct judgement){ JUDGE_FAIL, j->broken, 0 };
    case JUDGE_PASS:
        say_fine(j);
        say_floors(j);
        return (struct judgement){ JUDGE_PASS, j->fine ? j->fine : "nothing was found", 0 };
    case JUDGE_INCONCLUSIVE:
        return (struct judgement){ JUDGE_INCONCLUSIVE,
                                   arena_printf(j->words.arena, "it cannot be judged after %s: %s",
                                                duration_about(watched_ms).text,
                                                j->missing ? j->missing
                                                           : arena_printf(j->words.arena, "only %s of %s are known",
                                                                          observed(j->decision.known_ms).text,
                                                                          duration_format(j->words.plan.bake_ms).text)),
                                   0 };
    case JUDGE_WAIT:
    case JUDGE_NONE:
        break;
    }
    say_fine(j);
    if (j->missing && watched_ms >= j->words.plan.bake_ms)
        return (struct judgement){
            JUDGE_WAIT, arena_printf(j->words.arena, "it cannot be judged yet: %s%s", j->missing, coarse_text(j)), 0
        };
    return (struct judgement){ JUDGE_WAIT,
                               arena_printf(j->words.arena, "%s of %s observed: %s%s", observed(known_ms).text,
                                            duration_format(j->words.plan.bake_ms).text,
                                            j->missing ? j->missing : j->fine, coarse_text(j)),
                               time_lacking(j, watched_ms) };
}

struct judgement judge(const struct deploy_body *body, const struct measured *measured, const char *problem,
                       struct arena *arena)
{
    struct judging j = {
        .words = { .limits = &body->limits,
                   .measured = measured,
                   .plan = judging_plan(body),
                   .what = "requests",
                   .arena = arena },
        .now_ms = measured ? measured->at_ms : 0,
    };
    enum judge_others others;

    if (!body->limits.is_judged || !asks_for_something(&body->limits))
        return (struct judgement){ JUDGE_NONE, "there is nothing to judge it by: time alone decides", 0 };
    if (body->judging)
        j.words.known = *body->judging;
    if (!measured)
        add(&j, &j.missing,
            arena_printf(arena, "the metrics source did not answer%s%s", problem ? ": " : "",
                         problem ? card_quote(str_of(problem), QUOTED_BYTES, arena) : ""));
    others = check_others(&j);
    j.decision = judge_decide(&j.words.plan, &j.words.known.state, j.now_ms, body->observed_ms, others);
    say_missing(&j);
    return decide(&j, body->observed_ms);
}

struct judgement judge_probes(const struct deploy_body *body, int64_t now_ms, struct arena *arena)
{
    struct judge_words words = {
        .limits = &body->limits, .plan = probing_plan(body), .what = "probes", .arena = arena
    };
    struct judging j = { .words = words };

    if (!body->probing)
        return (struct judgement){ JUDGE_WAIT, "no probe was asked for yet", 0 };
    j.words.known.state = body->probing->state;
    j.missing = probing_lack(body->probing, arena);
    j.decision = judge_decide(&j.words.plan, &j.words.known.state, now_ms, body->observed_ms,
                              j.missing ? OTHERS_MISSING : OTHERS_NONE);
    say_missing(&j);
    return decide(&j, body->observed_ms);
}
