#include "handlers/deploy/plan.h"

#include "handlers/deploy/program.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40

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

static bool has_something_to_judge_by(const struct analysis_settings *analysis)
{
    return analysis->error_rate > 0 || analysis->latency_p95_ms > 0 || analysis->latency_vs_baseline > 0 ||
           analysis->queries_count > 0;
}

static struct deploy_limits plan_limits(const struct settings *settings, const struct analysis_settings *analysis,
                                        struct arena *arena)
{
    struct deploy_limits limits = {
        .is_judged = settings->metrics.prometheus && has_something_to_judge_by(analysis),
        .error_rate = analysis->error_rate,
        .latency_p95_ms = analysis->latency_p95_ms,
        .latency_vs_baseline = analysis->latency_vs_baseline,
        .min_requests = analysis->min_requests,
        .max_bake_ms = analysis->max_bake_ms,
        .unanswered_ms = analysis->unanswered_ms,
        .on_fail = analysis->on_fail,
        .on_inconclusive = analysis->on_inconclusive,
        .names = analysis->metrics,
    };

    for (size_t i = 0; i < analysis->queries_count; i++) {
        *ARENA_PUSH(arena, limits.queries, limits.queries_count) =
            (struct measure_query){ analysis->queries[i].name, analysis->queries[i].query };
        *ARENA_PUSH(arena, limits.maxima, limits.maxima_count) =
            (struct measure_value){ .is_known = true, .value = analysis->queries[i].max };
    }
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
        body.limits = plan_limits(view->settings, environment->analysis, view->arena);
    return body;
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
