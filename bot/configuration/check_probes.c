/* check_probes.c - can a step pass by the probes that are asked for, and what else of an analysis do they not know? */
#include "bot/configuration/check.h"

#include "bot/base/time.h"
#include "handlers/judge/judge.h"
#include "integrations/url.h"

void check_url_path(struct walk *walk, const void *owner, const char *path)
{
    if (path && (path[0] != '/' || !url_is_address(arena_printf(walk->arena, "https://host%s", path))))
        walk_wrong(walk, owner, "path", -1, "expected a path such as /health");
}

/* Nothing passes by fewer, so a bake that has not so many takes longer; but no longer than max_bake. */
static void check_number(struct walk *walk, const struct environment_settings *environment)
{
    const struct analysis_settings *analysis = environment->analysis;
    const struct canary_settings *canary = environment->strategy.canary;
    int64_t needed_ms = JUDGE_REQUESTS_MIN * analysis->probes->every_ms;

    if (!canary || canary->bake_ms >= needed_ms || walk_is_unread(walk, canary, "bake") ||
        walk_is_unread(walk, analysis, "max_bake") || walk_is_unread(walk, analysis->probes, "every"))
        return;
    if (analysis->max_bake_ms < needed_ms)
        walk_wrong(walk, analysis->probes, "every", -1,
                   "a step needs %d probes, which take %s: longer than max_bake, %s", JUDGE_REQUESTS_MIN,
                   duration_format(needed_ms).text, duration_format(analysis->max_bake_ms).text);
    else
        walk_warn(walk, analysis->probes, "every", -1, "a step needs %d probes, so each bake of %s will take %s",
                  JUDGE_REQUESTS_MIN, duration_format(canary->bake_ms).text, duration_format(needed_ms).text);
}

/* What is written down and has no effect. */
static void check_unused(struct walk *walk, const struct analysis_settings *analysis)
{
    static const char *const keys[] = { "latency_vs_baseline", "traffic", "min_requests", "metrics" };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (walk_has(walk, analysis, keys[i]))
            walk_warn(walk, analysis, keys[i], -1,
                      "has no effect beside probes: they are judged in the place of users' requests");
}

void check_probes(struct walk *walk, const struct environment_settings *environment)
{
    const struct analysis_settings *analysis = environment->analysis;

    if (!environment->driver.cloud_run && walk_is_good(walk, environment, "driver"))
        walk_wrong(walk, analysis, "probes", -1,
                   "contradicts the driver: only on cloud_run has a new revision an address of its own");
    if (analysis->queries_count > 0)
        walk_wrong(walk, analysis, "queries", -1,
                   "contradicts probes: a step is judged by these, and no metrics source is asked");
    check_url_path(walk, analysis->probes, analysis->probes->path);
    check_unused(walk, analysis);
    check_number(walk, environment);
}
