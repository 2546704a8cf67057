#include "handlers/deploy/forecast.h"

#include "handlers/deploy/judging.h"
#include "handlers/deploy/probing.h"
#include "handlers/figures.h"

#include "bot/model/exchange.h"
#include "bot/model/measure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define WINDOW_MS (10 * MINUTE_MS)
#define BLOCK_MIN_MS (30 * SECOND_MS) /* shorter ones are not known where the source looks more seldom */
#define DEADLINE_MS (30 * SECOND_MS)
#define DETECT_MIN 0.05 /* where nobody said, */
#define DETECT_TIMES 2  /* and of the limit */
#define UNKNOWN (-1)

static bool is_asked(const struct deploy_body *body)
{
    return body->limits.is_judged && !body->limits.probes && body->limits.error_rate > 0 && body->steps_count > 1 &&
           body->previous;
}

/* For so long it has had all traffic, as far as the target's record knows. */
static int64_t window_ms(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const struct target_version *good = target && target->good_count ? &target->good[target->good_count - 1] : NULL;
    int64_t served_ms = good ? d->view->now_ms - good->at_ms : WINDOW_MS;

    if (!good || !good->revision || strcmp(good->revision, d->body->previous) != 0 || served_ms > WINDOW_MS)
        return WINDOW_MS;
    return served_ms < MINUTE_MS ? MINUTE_MS : served_ms;
}

void forecast_read(struct deploying *d)
{
    int64_t block_ms = judging_block_ms(&d->body->limits, NULL);
    struct measure_ask ask = { .canary = d->body->previous,
                               .window_ms = WINDOW_MS,
                               .from_ms = view_unix_ms(d->view) - window_ms(d),
                               .block_ms = block_ms < BLOCK_MIN_MS ? BLOCK_MIN_MS : block_ms,
                               .names = d->body->limits.names,
                               .lag_ms = d->body->limits.lag_ms,
                               .place = d->body->place.service ? &d->body->place : NULL };

    if (is_asked(d->body))
        outcome_read(d->out, "forecast", READING_MEASURE, shape_to_json(&measure_ask_shape, &ask, SHAPE_WHOLE),
                     DEADLINE_MS);
}

static bool is_number(struct measure_value value)
{
    return value.is_known && isfinite(value.value) && value.value >= 0;
}

/* By the time for which the source has numbers: the revision, or what is known of it, may be younger than the window.
 */
static double requests_a_minute(const struct deploying *d, const struct measured *measured)
{
    double requests = 0, counted_ms = 0;

    for (size_t i = 0; i < measured->blocks_count; i++) {
        const struct measure_block *block = &measured->blocks[i];

        if (!is_number(block->canary.requests) || block->to_ms <= block->from_ms)
            continue;
        requests += block->canary.requests.value;
        counted_ms += (double)(block->to_ms - block->from_ms);
    }
    if (counted_ms > 0)
        return requests * MINUTE_MS / counted_ms;
    if (is_number(measured->canary.requests))
        return measured->canary.requests.value * MINUTE_MS / (double)window_ms(d);
    return UNKNOWN;
}

void forecast_on_read(struct deploying *d)
{
    struct deploy_forecast *forecast = ARENA_NEW(d->view->arena, struct deploy_forecast);
    struct measured measured;
    struct error ignored;

    if (d->event->end != END_DONE ||
        !shape_from_json(&measured_shape, d->event->body, d->view->arena, &measured, &ignored))
        return; /* nobody waits for it */
    forecast->requests_a_minute = requests_a_minute(d, &measured);
    d->body->forecast = forecast;
    deploy_keep(d);
}

/* ---- in words ---- */

static double detect_of(const struct deploy_limits *limits)
{
    return limits->detect > 0 ? limits->detect : fmin(1, fmax(DETECT_MIN, DETECT_TIMES * limits->error_rate));
}

/* A later step of the plan that gives enough; 0: none does. */
static int64_t share_enough(const struct deploy_body *body, double share)
{
    for (size_t i = 1; i + 1 < body->steps_count; i++)
        if ((double)body->steps[i].percent / 100 >= share)
            return body->steps[i].percent;
    return 0;
}

static const char *way_out(const struct deploy_body *body, const struct judge_forecast *f, double detect,
                           struct arena *arena)
{
    int64_t percent = share_enough(body, f->target_share);
    const char *text = arena_printf(arena, "To find %s failing it takes %s requests:", figure_limit(detect, arena),
                                    figure_count(f->target_requests, arena));

    if (percent > 0)
        text = arena_printf(arena, "%s the step to %" PRId64 " %% gets them,", text, percent);
    if (f->target_ms < (double)(7 * DAY_MS))
        text =
            arena_printf(arena, "%s a bake of %s would bring them,", text, duration_about((int64_t)f->target_ms).text);
    return arena_printf(arena, "%s or time alone decides", text);
}

static const char *requests_text(const struct deploy_body *body, const struct judge_forecast *f, struct arena *arena)
{
    return arena_printf(arena, "%" PRId64 " %% gets %s requests in %s", body->steps[0].percent,
                        figure_about(f->requests, arena), duration_about(body->steps[0].bake_ms).text);
}

/* How often it would have to be asked, and for how long else. */
static const char *way_out_by_probes(const struct judge_forecast *f, double a_minute, double detect,
                                     struct arena *arena)
{
    double every_ms = MINUTE_MS / (a_minute + f->target_probes);
    const char *text = arena_printf(arena, "To find %s failing it takes %s:", figure_limit(detect, arena),
                                    figure_count(f->target_requests, arena));

    if (every_ms >= SECOND_MS)
        text = arena_printf(arena, "%s one every %s makes them,", text, figure_latency(every_ms / 1000, arena));
    if (f->target_ms < (double)(7 * DAY_MS))
        text =
            arena_printf(arena, "%s a bake of %s would bring them,", text, duration_about((int64_t)f->target_ms).text);
    return arena_printf(arena, "%s or only what fails more often is found", text);
}

static const char *probes_text(const struct deploy_body *body, double detect, struct arena *arena)
{
    struct deploy_body first = *body;
    struct judge_forecast f;
    struct judge_plan plan;
    const char *text;
    double share, a_minute = (double)MINUTE_MS / (double)probing_every_ms(body);

    first.step = 0;
    plan = probing_plan(&first);
    share = probing_share(&first);
    f = judge_forecast(&plan, a_minute / share, share, detect, judging_block_ms(&body->limits, NULL));
    text = arena_printf(arena, "%s probes in %s", figure_count(f.requests, arena), duration_about(plan.bake_ms).text);
    if (f.is_judgeable)
        return arena_printf(arena, "%s: enough to find %s failing", text, figure_limit(detect, arena));
    if (f.requests < judge_requests_needed(&plan))
        return arena_printf(arena, "%s: too few to be judged by, so it takes longer. %s", text,
                            way_out_by_probes(&f, a_minute, detect, arena));
    return arena_printf(arena, "%s, which could hide up to %.2g %% failing. %s", text, f.floor * 100,
                        way_out_by_probes(&f, a_minute, detect, arena));
}

const char *forecast_text(const struct operation *operation, const struct deploy_body *body, struct arena *arena)
{
    double detect = detect_of(&body->limits);
    struct deploy_body first = *body;
    struct judge_forecast f;
    struct judge_plan plan;

    if (operation->result || body->returning || body->step > 0)
        return NULL;
    if (body->limits.probes && body->steps_count > 1 && body->revision)
        return probes_text(body, detect, arena);
    if (!body->forecast || !is_asked(body))
        return NULL;
    if (body->forecast->requests_a_minute < 0)
        return arena_printf(arena, "the metrics source knows of no requests to `%s`: no step can be judged so",
                            body->previous);
    first.step = 0;
    plan = judging_plan(&first);
    f = judge_forecast(&plan, body->forecast->requests_a_minute, (double)body->steps[0].percent / 100, detect,
                       judging_block_ms(&body->limits, NULL));
    if (f.is_judgeable)
        return arena_printf(arena, "%s: enough to find %s failing", requests_text(body, &f, arena),
                            figure_limit(detect, arena));
    if (f.requests < judge_requests_needed(&plan))
        return arena_printf(arena, "%s: too few to be judged. %s", requests_text(body, &f, arena),
                            way_out(body, &f, detect, arena));
    return arena_printf(arena, "%s, which could hide up to %.2g %% failing. %s", requests_text(body, &f, arena),
                        f.floor * 100, way_out(body, &f, detect, arena));
}
