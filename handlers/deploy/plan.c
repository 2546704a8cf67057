#include "handlers/deploy/plan.h"

#include "handlers/deploy/program.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40
#define PROBES_ERROR_RATE 0.01 /* may fail, where no limit is set: a lone one in a hundred */

static const char *const strategy_names[] = {
    [STRATEGY_ALL_AT_ONCE] = "all-at-once",
    [STRATEGY_CANARY] = "canary",
    [STRATEGY_BLUE_GREEN] = "blue-green",
};

static struct canary_step usual_steps[] = {
    { .traffic = 0.05 }, { .traffic = 0.25 }, { .traffic = 0.5 }, { .traffic = 1 }
};
static const struct canary_settings usual_canary = {
    .steps = usual_steps, .steps_count = ARRAY_LEN(usual_steps), .bake_ms = 5 * MINUTE_MS, .watch_ms = HOUR_MS
};
static const struct blue_green_settings usual_blue_green = { .watch_ms = HOUR_MS, .keep_ms = DAY_MS };

const char *deploy_strategy_name(enum strategy_kind strategy)
{
    return strategy_names[strategy];
}

const char *deploy_strategy_option(const struct view *view, const char *target, int64_t strategy)
{
    const struct service_settings *service;
    const struct environment_settings *environment;

    if (strategy < STRATEGY_ALL_AT_ONCE || strategy > STRATEGY_BLUE_GREEN || !target ||
        !settings_find_target(view->settings, target, &service, &environment) || environment->driver.program ||
        environment->driver.github_actions || strategy == (int64_t)strategy_kind(&environment->strategy))
        return "";
    return arena_printf(view->arena, " --strategy %s", strategy_names[strategy]);
}

bool deploy_read_strategy(const struct place *place, const char *typed, enum strategy_kind *ret_strategy,
                          struct arena *arena, struct error *err)
{
    if (typed && place->environment->driver.program)
        return error_set(err, ERR_INVALID,
                         "`%s` is deployed by a program, all at once: it takes no `--strategy`. Nothing "
                         "was done.",
                         place->target);
    if (!typed) {
        *ret_strategy = strategy_kind(&place->environment->strategy);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(strategy_names); i++)
        if (strcmp(strategy_names[i], typed) == 0) {
            *ret_strategy = (enum strategy_kind)i;
            return true;
        }
    return error_set(err, ERR_INVALID,
                     "There is no strategy `%s`: it is `canary`, `blue-green` or `all-at-once`. Nothing was done.",
                     card_quote(str_of(typed), QUOTED_BYTES, arena));
}

bool deploy_can_carry_out(const struct place *place, struct error *err)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;

    if (place->environment->driver.program)
        return deploy_program_can_carry_out(place, err);
    if (place->environment->driver.github_actions)
        return true; /* deploy_can_dispatch has more to say */
    if (!driver)
        return error_set(err, ERR_INVALID, "`%s` has no driver. Nothing was done.", place->target);
    return place->service->artifact ||
           error_set(err, ERR_INVALID,
                     "`%s` has no artifact, so opsgate does not know its image. Nothing was done: name it in the "
                     "configuration, as artifact.image of `%s`.",
                     place->service->name, place->service->name);
}

/* ---- the plan ---- */

/* "us-docker.pkg.dev/acme/images/api:v1" -> the part before the tag; a port's colon comes before a slash. */
static const char *repository_of(const char *image, struct arena *arena)
{
    const char *colon = strrchr(image, ':');

    if (!colon || strchr(colon, '/'))
        return image;
    return arena_copy(arena, (struct str){ image, (size_t)(colon - image) });
}

const char *deploy_repository(const struct service_settings *service, struct arena *arena)
{
    return service->artifact ? repository_of(settings_image(service, "pinned", arena), arena) : "";
}

static void add_step(struct deploy_body *body, int64_t percent, int64_t bake_ms, struct arena *arena)
{
    *ARENA_PUSH(arena, body->steps, body->steps_count) = (struct deploy_step){ percent, bake_ms };
}

static void plan_canary(struct deploy_body *body, const struct canary_settings *canary, struct arena *arena)
{
    for (size_t i = 0; i < canary->steps_count; i++) {
        const struct canary_step *step = &canary->steps[i];

        add_step(body, (int64_t)(step->traffic * 100 + 0.5), step->bake_ms ? step->bake_ms : canary->bake_ms, arena);
    }
    body->watch_ms = canary->watch_ms;
}

static void plan_steps(struct deploy_body *body, const struct strategy_settings *settings, struct arena *arena)
{
    const struct blue_green_settings *blue_green = settings->blue_green ? settings->blue_green : &usual_blue_green;

    if (body->strategy == STRATEGY_CANARY) {
        plan_canary(body, settings->canary ? settings->canary : &usual_canary, arena);
        return;
    }
    add_step(body, 100, 0, arena);
    if (body->strategy == STRATEGY_BLUE_GREEN) {
        body->watch_ms = blue_green->watch_ms;
        body->keep_ms = blue_green->keep_ms;
        body->min_instances = blue_green->min_instances;
    }
}

static bool judges_requests(const struct analysis_settings *analysis)
{
    return analysis->error_rate > 0 || analysis->errors_vs_baseline > 0 || analysis->latency_p95_ms > 0 ||
           analysis->latency_vs_baseline > 0;
}

static void plan_queries(struct deploy_limits *limits, const struct analysis_settings *analysis, struct arena *arena)
{
    for (size_t i = 0; i < analysis->queries_count; i++) {
        const struct analysis_query *query = &analysis->queries[i];
        bool has_min_alone = query->min > 0 && query->max <= 0;

        *ARENA_PUSH(arena, limits->queries, limits->queries_count) =
            (struct measure_query){ query->name, query->query };
        *ARENA_PUSH(arena, limits->maxima, limits->maxima_count) =
            (struct measure_value){ .is_known = !has_min_alone, .value = query->max };
        *ARENA_PUSH(arena, limits->query_limits, limits->query_limits_count) =
            (struct deploy_query_limit){ query->min, query->in_a_row };
    }
}

/* Cloud Monitoring knows whole minutes alone. */
static int64_t plan_block_ms(const struct settings *settings, const struct analysis_settings *analysis)
{
    if (!settings->metrics.google_cloud_monitoring)
        return analysis->block_ms;
    return analysis->block_ms > MINUTE_MS ? (analysis->block_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS : MINUTE_MS;
}

static const struct deploy_probes *plan_probes(const struct analysis_settings *analysis,
                                               const struct health_settings *health, struct arena *arena)
{
    struct deploy_probes *probes = ARENA_NEW(arena, struct deploy_probes);

    *probes = (struct deploy_probes){
        .path = analysis->probes->path ? analysis->probes->path : health->path,
        .every_ms = analysis->probes->every_ms,
        .timeout_ms = analysis->probes->timeout_ms,
        .expect_status = analysis->probes->expect_status,
    };
    return probes;
}

/* In the place of users' requests: what only a metrics source knows is not judged. */
static void judge_by_probes(struct deploy_limits *limits, const struct analysis_settings *analysis,
                            const struct health_settings *health, struct arena *arena)
{
    limits->is_judged = true;
    limits->probes = plan_probes(analysis, health, arena);
    limits->error_rate = limits->error_rate > 0 ? limits->error_rate : PROBES_ERROR_RATE;
    limits->latency_vs_baseline = 0; /* nobody asked the one before in the time before the step */
    limits->is_traffic_judged = false;
    limits->block_ms = analysis->block_ms;
    limits->lag_ms = limits->min_requests = 0;
    limits->names = (struct measure_names){ .requests = NULL };
}

static struct deploy_limits plan_limits(const struct settings *settings, const struct analysis_settings *analysis,
                                        const struct health_settings *health, struct arena *arena)
{
    struct deploy_limits limits = {
        .is_judged = settings_has_metrics(&settings->metrics) && analysis_has_limits(analysis),
        .error_rate = analysis->error_rate,
        .errors_vs_baseline = analysis->errors_vs_baseline,
        .latency_p95_ms = analysis->latency_p95_ms,
        .latency_vs_baseline = analysis->latency_vs_baseline,
        .is_traffic_judged = analysis->traffic && judges_requests(analysis),
        .budget = analysis->budget,
        .detect = analysis->detect,
        .warm_up_ms = analysis->warm_up_ms,
        .block_ms = plan_block_ms(settings, analysis),
        .lag_ms = settings_metrics_lag_ms(&settings->metrics),
        .min_requests = analysis->min_requests,
        .max_bake_ms = analysis->max_bake_ms,
        .unanswered_ms = analysis->unanswered_ms,
        .on_fail = analysis->on_fail,
        .on_inconclusive = analysis->on_inconclusive,
        .names = analysis->metrics,
    };

    if (analysis_has_probes(analysis))
        judge_by_probes(&limits, analysis, health, arena);
    else
        plan_queries(&limits, analysis, arena);
    return limits;
}

struct deploy_body deploy_plan(const struct view *view, const struct place *place, enum strategy_kind strategy)
{
    const struct environment_settings *environment = place->environment;
    const struct cloud_run_driver *driver = environment->driver.cloud_run;
    struct health_settings health = settings_health(view->settings, place->service, environment);
    struct deploy_body body = {
        .service = place->service->name,
        .environment = environment->name,
        .repository = deploy_repository(place->service, view->arena),
        .program = environment->driver.program ? deploy_program_of(place, false, view->arena) : NULL,
        .place = driver ? (struct run_place){ driver->project, driver->region, driver->service }
                        : (struct run_place){ "", "", "" },
        .health_path = health.path,
        .health_field = health.field,
        .health_value = health.field ? health.value : NULL,
        .health_is_private = driver && driver->invoker_token,
        .health_status = health.expect_status,
        .health_timeout_ms = health.timeout_ms,
        .health_deadline_ms = health.deadline_ms,
        .health_successes = health.successes,
        .strategy = strategy,
    };

    plan_steps(&body, &environment->strategy, view->arena);
    if (environment->analysis)
        body.limits = plan_limits(view->settings, environment->analysis, &health, view->arena);
    return body;
}

#define BAKES_TOLD 6

/* "3 steps that bake 5 min each need", "bakes of 5 min and 10 min need" */
static const char *needing(const struct deploy_body *body, size_t bakes, struct arena *arena)
{
    const char *words = "bakes of";
    bool are_same = true;

    for (size_t i = 1; i < bakes; i++)
        are_same = are_same && body->steps[i].bake_ms == body->steps[0].bake_ms;
    if (are_same)
        return arena_printf(arena, "%zu step%s bake%s %s%s need%s", bakes, bakes == 1 ? " that" : "s that",
                            bakes == 1 ? "s" : "", duration_exact(body->steps[0].bake_ms).text,
                            bakes == 1 ? "" : " each", bakes == 1 ? "s" : "");
    if (bakes > BAKES_TOLD)
        return arena_printf(arena, "%zu steps that bake need", bakes);
    for (size_t i = 0; i < bakes; i++)
        words = arena_printf(arena, "%s%s %s", words,
                             i == 0          ? ""
                             : i + 1 < bakes ? ","
                                             : " and",
                             duration_exact(body->steps[i].bake_ms).text);
    return arena_printf(arena, "%s need", words);
}

void deploy_tell_needs(const struct deploy_body *body, struct question *question, struct arena *arena)
{
    size_t bakes = body->steps_count > 0 ? body->steps_count - 1 : 0; /* at 100 % nothing more is to come */

    question->needs_ms = 0;
    for (size_t i = 0; i < bakes; i++)
        question->needs_ms += body->steps[i].bake_ms;
    question->needing = question->needs_ms > 0 ? needing(body, bakes, arena) : NULL;
}

const char *deploy_plan_words(const struct deploy_body *body, struct arena *arena)
{
    const char *words = " in steps of";

    if (body->strategy == STRATEGY_ALL_AT_ONCE)
        return "";
    if (body->steps_count == 1)
        return arena_printf(arena, ", all traffic at once, watched for %s; the old one is kept for %s",
                            duration_about(body->watch_ms).text, duration_about(body->keep_ms).text);
    for (size_t i = 0; i < body->steps_count; i++)
        words = arena_printf(arena, "%s%s %" PRId64, words,
                             i == 0                      ? ""
                             : i + 1 < body->steps_count ? ","
                                                         : " and",
                             body->steps[i].percent);
    return arena_printf(arena, "%s %%", words);
}
