/* looking.c - how the places of a maintenance are, as `status` looks; and against how they were before. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/status/look.h"
#include "handlers/status/sight.h"
#include "handlers/status/status.h"

#include <string.h>

#define REQUESTS_MIN 20      /* of fewer an error rate says little */
#define ERRORS_MIN_PPM 10000 /* 1 %, where the configuration has no limit */
#define TIMES_WORSE 2        /* than before */
#define PPM 1000000

void maintaining_look(struct maintaining *m)
{
    const struct settings *settings = m->view->settings;
    struct status_body *look = ARENA_NEW(m->view->arena, struct status_body);

    for (size_t i = 0; i < m->body->targets_count; i++) {
        struct place place = { .target = m->body->targets[i] };

        if (settings_find_target(settings, place.target, &place.service, &place.environment))
            look_add(m->view, &place, STATUS_PLACES_MAX, look);
    }
    look_ask(m->view, MAINTENANCE_LOOK, look, m->out);
    m->body->looking = look;
    outcome_timer(m->out, MAINTENANCE_LOOK_OVER, look_is_over(look) ? m->view->now_ms : look->answer_at_ms);
}

void maintaining_on_look(struct maintaining *m)
{
    if (!m->body->looking)
        return;
    m->body->looking = look_take(m->view, MAINTENANCE_LOOK, m->body->looking, m->event, m->out);
    if (!look_is_over(m->body->looking)) {
        maintaining_move(m, NULL);
        m->out->card_can_wait = true;
        return;
    }
    outcome_cancel_timer(m->out, MAINTENANCE_LOOK_OVER);
    maintaining_looked(m);
}

/* ---- numbers ---- */

static int64_t errors_ppm(const struct status_sight *sight)
{
    const struct measured_revision *found = &sight->numbers.canary;

    if (sight->metrics.state != SOURCE_ANSWERED || !found->requests.is_known || !found->errors.is_known ||
        found->requests.value < REQUESTS_MIN)
        return -1;
    return (int64_t)(found->errors.value / found->requests.value * PPM);
}

static int64_t p95_ms(const struct status_sight *sight)
{
    const struct measured_revision *found = &sight->numbers.canary;

    return sight->metrics.state == SOURCE_ANSWERED && found->p95_s.is_known && found->requests.is_known &&
                   found->requests.value >= REQUESTS_MIN
               ? (int64_t)(found->p95_s.value * 1000)
               : -1;
}

void maintaining_keep_before(struct maintaining *m)
{
    m->body->is_looked_before = true;
    for (size_t i = 0; i < m->body->looking->sights_count; i++) {
        const struct status_sight *sight = &m->body->looking->sights[i];

        *ARENA_PUSH(m->view->arena, m->body->before, m->body->before_count) =
            (struct maintenance_before){ sight->target, errors_ppm(sight), p95_ms(sight) };
    }
}

static struct maintenance_before before_of(const struct maintaining *m, const char *target)
{
    for (size_t i = 0; i < m->body->before_count; i++)
        if (strcmp(m->body->before[i].target, target) == 0)
            return m->body->before[i];
    return (struct maintenance_before){ target, -1, -1 };
}

static const struct analysis_settings *analysis_of(const struct maintaining *m, const char *target)
{
    const struct environment_settings *environment;
    const struct service_settings *service;

    return settings_find_target(m->view->settings, target, &service, &environment) ? environment->analysis : NULL;
}

/* Beyond what the place may have, and much more than it had; where nobody knows what it had, beyond the limit is
 * enough. */
static bool is_more(int64_t now, int64_t before, int64_t limit)
{
    return now > limit && (before < 0 || now > TIMES_WORSE * before);
}

static const char *numbers_worse(const struct maintaining *m, const struct status_sight *sight)
{
    const struct maintenance_before before = before_of(m, sight->target);
    const struct analysis_settings *analysis = analysis_of(m, sight->target);
    int64_t errors = errors_ppm(sight), p95 = p95_ms(sight);
    int64_t errors_limit =
        analysis && analysis->error_rate > 0 ? (int64_t)(analysis->error_rate * PPM) : ERRORS_MIN_PPM;
    bool has_limit = analysis && analysis->latency_p95_ms > 0;
    struct arena *arena = m->view->arena;

    if (errors >= 0 && is_more(errors, before.errors_ppm, errors_limit))
        return arena_printf(arena, "%.2f %% errors%s", (double)errors * 100 / PPM,
                            before.errors_ppm >= 0
                                ? arena_printf(arena, ", before %.2f %%", (double)before.errors_ppm * 100 / PPM)
                                : "");
    if (p95 >= 0 && (has_limit || before.p95_ms >= 0) &&
        is_more(p95, before.p95_ms, has_limit ? analysis->latency_p95_ms : 0))
        return arena_printf(arena, "p95 %lld ms%s", (long long)p95,
                            before.p95_ms >= 0 ? arena_printf(arena, ", before %lld ms", (long long)before.p95_ms)
                                               : "");
    return NULL;
}

/* ---- well, or not ---- */

static const char *add(const struct maintaining *m, const char *text, const char *target, const char *what)
{
    return arena_printf(m->view->arena, "%s%s`%s`: %s", text ? text : "", text ? "; " : "", target, what);
}

/* Silence is not health. */
static const char *problem_of(const struct maintaining *m, const struct status_sight *sight)
{
    if (sight->run.state != SOURCE_ANSWERED)
        return arena_printf(m->view->arena, "Cloud Run: %s", sight->run.problem ? sight->run.problem : "not asked");
    if (!sight->is_settled || !sight->is_ready)
        return sight_condition(sight, m->view->arena);
    if (sight->health.state == SOURCE_ANSWERED && !sight->is_healthy)
        return sight_health(sight, m->view->arena);
    if (sight->health.state != SOURCE_ANSWERED)
        return arena_printf(m->view->arena, "the health check: %s",
                            sight->health.problem ? sight->health.problem : "not asked");
    return NULL;
}

static bool is_looked_at(const struct status_body *look, const char *target)
{
    size_t len = strlen(target);

    for (size_t i = 0; i < look->sights_count; i++)
        if (strncmp(look->sights[i].target, target, len) == 0 &&
            (!look->sights[i].target[len] || look->sights[i].target[len] == '/'))
            return true;
    return false;
}

const char *maintaining_unwell(const struct maintaining *m, bool compares, const char **ret_unchecked)
{
    const struct status_body *look = m->body->looking;
    const char *bad = NULL;

    *ret_unchecked = NULL;
    for (size_t i = 0; i < look->sights_count; i++) {
        const struct status_sight *sight = &look->sights[i];
        const char *problem = problem_of(m, sight);

        if (!problem && compares)
            problem = numbers_worse(m, sight);
        if (problem)
            bad = add(m, bad, sight->target, problem);
        if (compares && errors_ppm(sight) < 0)
            *ret_unchecked = add(m, *ret_unchecked, sight->target, "no numbers");
    }
    for (size_t i = 0; i < m->body->targets_count; i++)
        if (!is_looked_at(look, m->body->targets[i]))
            *ret_unchecked = add(m, *ret_unchecked, m->body->targets[i], "not on Cloud Run, not checked");
    return bad;
}
