/* judge_words.c - each test in words: when it failed, when it did not, and what of it is not known. */
#include "handlers/deploy/judge_words.h"

#include "handlers/figures.h"

const struct judge_sum *judge_sum_of(const struct judge_words *w, enum judge_test test)
{
    return &w->known.state.bets[test].sum;
}

static const char *percent_bad(const struct judge_words *w, enum judge_test test)
{
    const struct judge_sum *sum = judge_sum_of(w, test);

    return arena_printf(w->arena, "%s of %s %s",
                        sum->canary > 0 ? figure_share(sum->canary_bad, sum->canary, w->arena) : "0 %",
                        figure_count(sum->canary, w->arena), w->what);
}

/* ---- each test, when it failed and when it did not ---- */

static const char *limit_text(const struct judge_words *w)
{
    return arena_printf(w->arena, "over the limit of %s", figure_limit(w->limits->error_rate, w->arena));
}

static const char *slower_than(const struct judge_words *w, double bound_s, double limit_s)
{
    return arena_printf(w->arena, "slower than %s", figure_latency(bound_s > 0 ? bound_s : limit_s, w->arena));
}

static const char *slow_text(const struct judge_words *w)
{
    return slower_than(w, w->known.bound_s, (double)w->limits->latency_p95_ms / 1000);
}

static const char *slow_vs_text(const struct judge_words *w)
{
    return slower_than(w, w->known.bound_vs_s, w->known.slow_vs_s);
}

static const char *p95_text(const struct judge_words *w)
{
    double limit_s = (double)w->limits->latency_p95_ms / 1000;
    struct measure_value p95 = w->measured ? w->measured->canary.p95_s : (struct measure_value){ .is_known = false };

    if (!p95.is_known || !(p95.value > limit_s))
        return "";
    return arena_printf(w->arena, "p95 %s, over the limit of %s: ", figure_latency(p95.value, w->arena),
                        figure_latency(limit_s, w->arena));
}

static const char *traffic_text(const struct judge_words *w)
{
    const struct judge_sum *sum = judge_sum_of(w, JUDGE_TRAFFIC);

    if (sum->canary <= 0)
        return arena_printf(
            w->arena,
            "none of its requests was counted, and %s of the old version: they do not come, do not end, or "
            "their metrics are lost",
            figure_count(sum->baseline, w->arena));
    return arena_printf(
        w->arena, "%s requests came, and %s to the old version: less than half of what %g %% of the traffic brings",
        figure_count(sum->canary, w->arena), figure_count(sum->baseline, w->arena), 100 * w->known.state.share);
}

const char *judge_broken_text(const struct judge_words *w, enum judge_test test)
{
    const struct judge_sum *sum = judge_sum_of(w, test);
    struct arena *arena = w->arena;

    switch (test) {
    case JUDGE_ERRORS:
        return arena_printf(arena, "%s failed, %s", percent_bad(w, test), limit_text(w));
    case JUDGE_ERRORS_VS_BASELINE:
        return arena_printf(arena, "%s failed, over %g times the old version's %s", percent_bad(w, test),
                            w->limits->errors_vs_baseline,
                            sum->baseline > 0 ? figure_share(sum->baseline_bad, sum->baseline, arena) : "0 %");
    case JUDGE_SLOW:
        return arena_printf(arena, "%s%s were %s, where 5 %% may be", p95_text(w), percent_bad(w, test), slow_text(w));
    case JUDGE_SLOW_VS_BASELINE:
        return arena_printf(arena, "%s were %s, where 5 %% may be: %g times the p95 that the old version had before",
                            percent_bad(w, test), slow_vs_text(w), w->limits->latency_vs_baseline);
    case JUDGE_TRAFFIC:
    case JUDGE_TESTS:
        break;
    }
    return traffic_text(w);
}

const char *judge_fine_text(const struct judge_words *w, enum judge_test test)
{
    switch (test) {
    case JUDGE_ERRORS:
        return arena_printf(w->arena, "%s failed", percent_bad(w, test));
    case JUDGE_SLOW:
        return arena_printf(w->arena, "%s were %s", percent_bad(w, test), slow_text(w));
    case JUDGE_SLOW_VS_BASELINE:
        return arena_printf(w->arena, "%s were %s, beside the old version", percent_bad(w, test), slow_vs_text(w));
    case JUDGE_ERRORS_VS_BASELINE:
        return w->limits->error_rate > 0 ? NULL : arena_printf(w->arena, "%s failed", percent_bad(w, test));
    case JUDGE_TRAFFIC:
    case JUDGE_TESTS:
        break;
    }
    return NULL;
}

/* ---- what is not known ---- */

static const char *no_bound_text(const struct judge_words *w, double bound_s, double limit_s)
{
    if (bound_s > 0 || w->known.state.blocks == 0)
        return "";
    return arena_printf(w->arena, ": its histogram has no bound at %s or above", figure_latency(limit_s, w->arena));
}

const char *judge_unknown_text(const struct judge_words *w, enum judge_test test)
{
    switch (test) {
    case JUDGE_ERRORS:
        return arena_printf(w->arena, "how many of the new version's %s failed is not known", w->what);
    case JUDGE_ERRORS_VS_BASELINE:
        return arena_printf(w->arena, "how many %s of the new version and of the old version failed is not known",
                            w->what);
    case JUDGE_SLOW:
        return arena_printf(w->arena, "how many of the new version's %s were slow is not known%s", w->what,
                            no_bound_text(w, w->known.bound_s, (double)w->limits->latency_p95_ms / 1000));
    case JUDGE_SLOW_VS_BASELINE:
        if (w->known.slow_vs_s <= 0)
            return "the old version's p95 is not known";
        return arena_printf(w->arena, "how many requests were slow beside the old version is not known%s",
                            no_bound_text(w, w->known.bound_vs_s, w->known.slow_vs_s));
    case JUDGE_TRAFFIC:
    case JUDGE_TESTS:
        break;
    }
    return "how many requests the old version got is not known";
}

const char *judge_too_few_text(const struct judge_words *w, double requests, const char *whose)
{
    return arena_printf(w->arena, "%s got %s %s of at least %s", whose, figure_count(requests, w->arena), w->what,
                        figure_count(judge_requests_needed(&w->plan), w->arena));
}
