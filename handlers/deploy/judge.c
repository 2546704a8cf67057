/* judge.c - each limit is a row; what they find is one of three: broken, not known well enough, or fine. */
#include "handlers/deploy/judge.h"

#include "handlers/figures.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <math.h>

#define COUNT_MAX 1e15      /* of requests: more is no count */
#define ROUNDING (1 + 1e-9) /* a value that is the limit itself is not over it */
#define QUOTED_BYTES 200    /* of the source's words */
#define NAME_BYTES 40       /* of a query */

struct judging {
    const struct deploy_limits *limits;
    const struct measured *measured;
    struct arena *arena;
    const char *broken, *missing, *fine; /* what was found so far, joined; NULL: nothing */
};

static void add(struct judging *j, const char **list, const char *sentence)
{
    *list = *list ? arena_printf(j->arena, "%s; %s", *list, sentence) : sentence;
}

/* ---- what of a measured number can be believed ---- */

static bool is_believable(struct measure_value value, double min, double max)
{
    return value.is_known && isfinite(value.value) && value.value >= min && value.value <= max;
}

static bool is_count(struct measure_value value)
{
    return is_believable(value, 0, COUNT_MAX);
}

static bool is_latency(struct measure_value value)
{
    return is_believable(value, 0, INFINITY);
}

static double whole(struct measure_value count) /* as people are shown it: it is extrapolated anyway */
{
    return floor(count.value + 0.5);
}

static double enough(const struct judging *j)
{
    return (double)(j->limits->min_requests > JUDGE_REQUESTS_MIN ? j->limits->min_requests : JUDGE_REQUESTS_MIN);
}

static bool has_enough(const struct judging *j, const struct measured_revision *revision)
{
    return is_count(revision->requests) && whole(revision->requests) >= enough(j);
}

/* Numbers over a long window stay as they were for long after the last sample. */
static bool is_recent(const struct measured_revision *revision)
{
    return is_count(revision->recent) && revision->recent.value > 0;
}

/* None came, or nobody counts any more: the one is mended by traffic, the other by whoever keeps the metrics. */
static void say_not_recent(struct judging *j, const struct measured_revision *revision, const char *whose)
{
    add(j, &j->missing,
        is_count(revision->recent)
            ? arena_printf(j->arena, "the numbers of %s are old: no request was counted lately", whose)
            : arena_printf(j->arena,
                           "how many requests %s got lately is not known: its metrics come too seldom, or no more",
                           whose));
}

static void say_too_few(struct judging *j, const struct measured_revision *revision, const char *whose)
{
    if (is_count(revision->requests))
        add(j, &j->missing,
            arena_printf(j->arena, "%s got %s requests of at least %s", whose,
                         figure_about(revision->requests.value, j->arena), figure_count(enough(j), j->arena)));
    else
        add(j, &j->missing, arena_printf(j->arena, "how many requests %s got is not known", whose));
}

/* ---- the limits ---- */

static void check_requests(struct judging *j)
{
    const struct deploy_limits *limits = j->limits;
    bool matters = limits->error_rate > 0 || limits->latency_p95_ms > 0 || limits->latency_vs_baseline > 0 ||
                   limits->min_requests > 0;

    if (matters && !has_enough(j, &j->measured->canary))
        say_too_few(j, &j->measured->canary, "the canary");
    else if (matters && !is_recent(&j->measured->canary))
        say_not_recent(j, &j->measured->canary, "the canary");
}

static bool is_no_bad_luck(const struct judging *j)
{
    return has_enough(j, &j->measured->canary) || whole(j->measured->canary.errors) >= JUDGE_ERRORS_MIN;
}

static void check_errors(struct judging *j)
{
    const struct measured_revision *canary = &j->measured->canary;
    const char *found;
    double share;

    if (j->limits->error_rate <= 0 || !is_count(canary->requests) || whole(canary->requests) < 1)
        return; /* check_requests said so */
    if (!is_count(canary->errors)) {
        add(j, &j->missing, "how many of the canary's requests failed is not known");
        return;
    }
    share = canary->errors.value / canary->requests.value;
    found = arena_printf(j->arena, "%s of %s requests failed",
                         figure_share(canary->errors.value, canary->requests.value, j->arena),
                         figure_about(canary->requests.value, j->arena));
    if (share <= j->limits->error_rate * ROUNDING)
        add(j, &j->fine, found);
    else
        add(j, is_no_bad_luck(j) ? &j->broken : &j->missing,
            arena_printf(j->arena, "%s, over the limit of %s", found, figure_limit(j->limits->error_rate, j->arena)));
}

static void check_latency(struct judging *j)
{
    const struct measured_revision *canary = &j->measured->canary;
    double limit_s = (double)j->limits->latency_p95_ms / 1000;
    const char *found;

    if (j->limits->latency_p95_ms <= 0 && j->limits->latency_vs_baseline <= 0)
        return;
    if (!is_latency(canary->p95_s)) {
        add(j, &j->missing, "the canary's p95 is not known");
        return;
    }
    found = arena_printf(j->arena, "p95 %s", figure_latency(canary->p95_s.value, j->arena));
    if (limit_s <= 0 || canary->p95_s.value <= limit_s * ROUNDING)
        add(j, &j->fine, found);
    else
        add(j, has_enough(j, canary) ? &j->broken : &j->missing,
            arena_printf(j->arena, "%s, over the limit of %s", found, figure_latency(limit_s, j->arena)));
}

static void check_against_baseline(struct judging *j)
{
    const struct measured_revision *canary = &j->measured->canary, *baseline = &j->measured->baseline;
    const char *found;
    double times;

    if (j->limits->latency_vs_baseline <= 0)
        return;
    if (!is_latency(baseline->p95_s) || baseline->p95_s.value <= 0) {
        add(j, &j->missing, "the baseline's p95 is not known");
        return;
    }
    if (!has_enough(j, baseline)) {
        say_too_few(j, baseline, "the baseline");
        return;
    }
    if (!is_latency(canary->p95_s))
        return; /* check_latency said so */
    times = canary->p95_s.value / baseline->p95_s.value;
    found = arena_printf(j->arena, "p95 %s times the baseline's %s",
                         times < 1000 ? arena_printf(j->arena, "%.1f", times) : "over 1,000",
                         figure_latency(baseline->p95_s.value, j->arena));
    if (times <= j->limits->latency_vs_baseline * ROUNDING && !is_recent(baseline))
        say_not_recent(j, baseline, "the baseline");
    else if (times <= j->limits->latency_vs_baseline * ROUNDING)
        add(j, &j->fine, found);
    else
        add(j, has_enough(j, canary) ? &j->broken : &j->missing,
            arena_printf(j->arena, "%s, over %.1f", found, j->limits->latency_vs_baseline));
}

static const char *query_name(const struct deploy_limits *limits, size_t i, struct arena *arena)
{
    return card_quote(str_of(limits->queries[i].name), NAME_BYTES, arena);
}

/* A query may have no maximum: then it is only shown. */
static bool has_maximum(const struct deploy_limits *limits, size_t i)
{
    return i < limits->maxima_count && limits->maxima[i].is_known;
}

static struct measure_value query_value(const struct measured *measured, size_t i)
{
    struct measure_value unknown = { .is_known = false };

    return measured && i < measured->queries_count && isfinite(measured->queries[i].value) ? measured->queries[i]
                                                                                           : unknown;
}

static void check_queries(struct judging *j)
{
    for (size_t i = 0; i < j->limits->queries_count; i++) {
        const char *name = query_name(j->limits, i, j->arena);
        struct measure_value value = query_value(j->measured, i);

        if (!has_maximum(j->limits, i))
            continue;
        if (!value.is_known)
            add(j, &j->missing, arena_printf(j->arena, "%s is not known", name));
        else if (value.value > j->limits->maxima[i].value)
            add(j, &j->broken,
                arena_printf(j->arena, "%s %g, over the limit of %g", name, value.value, j->limits->maxima[i].value));
        else
            add(j, &j->fine, arena_printf(j->arena, "%s %g", name, value.value));
    }
}

static void (*const checks[])(struct judging *j) = {
    check_requests, check_errors, check_latency, check_against_baseline, check_queries,
};

/* ---- the verdict ---- */

static bool asks_for_something(const struct deploy_limits *limits)
{
    for (size_t i = 0; i < limits->queries_count; i++)
        if (has_maximum(limits, i))
            return true;
    return limits->error_rate > 0 || limits->latency_p95_ms > 0 || limits->latency_vs_baseline > 0;
}

static struct time_text observed(int64_t ms) /* in whole seconds: "4m59s" */
{
    return duration_format(ms > 0 ? ms / SECOND_MS * SECOND_MS : 0);
}

static struct judgement decide(struct judging *j, int64_t observed_ms, int64_t bake_ms)
{
    const struct deploy_limits *limits = j->limits;
    int64_t until_ms = limits->max_bake_ms > bake_ms ? limits->max_bake_ms : bake_ms;

    if (j->broken)
        return (struct judgement){ JUDGE_FAIL, j->broken };
    if (observed_ms < bake_ms)
        return (struct judgement){ JUDGE_WAIT,
                                   arena_printf(j->arena, "%s of %s observed: %s", observed(observed_ms).text,
                                                duration_format(bake_ms).text, j->missing ? j->missing : j->fine) };
    if (!j->missing)
        return (struct judgement){ JUDGE_PASS, j->fine };
    if (observed_ms < until_ms)
        return (struct judgement){ JUDGE_WAIT, arena_printf(j->arena, "it cannot be judged yet: %s", j->missing) };
    return (struct judgement){ JUDGE_INCONCLUSIVE, arena_printf(j->arena, "it cannot be judged after %s: %s",
                                                                duration_about(observed_ms).text, j->missing) };
}

struct judgement judge(const struct deploy_limits *limits, const struct measured *measured, const char *problem,
                       int64_t observed_ms, int64_t bake_ms, struct arena *arena)
{
    struct judging j = { .limits = limits, .measured = measured, .arena = arena };

    if (!limits->is_judged || !asks_for_something(limits))
        return (struct judgement){ JUDGE_NONE, "there is nothing to judge it by: time alone decides" };
    if (!measured)
        add(&j, &j.missing,
            arena_printf(arena, "the metrics source did not answer%s%s", problem ? ": " : "",
                         problem ? card_quote(str_of(problem), QUOTED_BYTES, arena) : ""));
    for (size_t i = 0; measured && i < ARRAY_LEN(checks); i++)
        checks[i](&j);
    return decide(&j, observed_ms, bake_ms);
}

struct deploy_limits judge_limits_alone(const struct deploy_limits *limits)
{
    struct deploy_limits alone = *limits;

    alone.latency_vs_baseline = 0;
    return alone;
}

/* ---- the table ---- */

#define NAME_COLUMNS 9
#define COLUMNS 10

/* Right-aligned. Columns are counted in characters: a dash is three bytes. */
static const char *cell(struct judging *j, const char *text)
{
    size_t columns = 0;

    for (const char *c = text; *c; c++)
        columns += ((unsigned char)*c & 0xc0) != 0x80;
    return arena_printf(j->arena, "%*s%s", columns < COLUMNS ? (int)(COLUMNS - columns) : 1, "", text);
}

static const char *count_cell(struct judging *j, const struct measured_revision *revision)
{
    return cell(j, is_count(revision->requests) ? figure_count(revision->requests.value, j->arena) : "–");
}

static const char *errors_cell(struct judging *j, const struct measured_revision *revision)
{
    if (!is_count(revision->requests) || !is_count(revision->errors) || whole(revision->requests) < 1)
        return cell(j, "–");
    return cell(j, figure_share(revision->errors.value, revision->requests.value, j->arena));
}

static const char *latency_cell(struct judging *j, struct measure_value value)
{
    return cell(j, is_latency(value) ? figure_latency(value.value, j->arena) : "–");
}

static const char *revision_line(struct judging *j, const char *name, const struct measured_revision *revision)
{
    return arena_printf(j->arena, "%-*s%s%s%s%s", NAME_COLUMNS, name, count_cell(j, revision), errors_cell(j, revision),
                        latency_cell(j, revision->p50_s), latency_cell(j, revision->p95_s));
}

static const char *query_line(struct judging *j, size_t i)
{
    const char *name = query_name(j->limits, i, j->arena);
    struct measure_value value = query_value(j->measured, i);
    const char *found = value.is_known ? arena_printf(j->arena, "%g", value.value) : "–";

    if (!has_maximum(j->limits, i))
        return arena_printf(j->arena, "%s: %s", name, found);
    return arena_printf(j->arena, "%s: %s (at most %g)", name, found, j->limits->maxima[i].value);
}

size_t judge_table(const struct deploy_limits *limits, const struct measured *measured, struct arena *arena,
                   const char ***ret_lines)
{
    static const struct measured unknown;
    struct judging j = { .limits = limits, .measured = measured ? measured : &unknown, .arena = arena };
    const char **lines = NULL;
    size_t count = 0;

    *ARENA_PUSH(arena, lines, count) = arena_printf(arena, "%-*s%s%s%s%s", NAME_COLUMNS, "", cell(&j, "requests"),
                                                    cell(&j, "errors"), cell(&j, "p50"), cell(&j, "p95"));
    *ARENA_PUSH(arena, lines, count) = revision_line(&j, "canary", &j.measured->canary);
    *ARENA_PUSH(arena, lines, count) = revision_line(&j, "baseline", &j.measured->baseline);
    for (size_t i = 0; i < limits->queries_count; i++)
        *ARENA_PUSH(arena, lines, count) = query_line(&j, i);
    *ret_lines = lines;
    return count;
}
