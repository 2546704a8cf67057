#include "handlers/status/answer.h"

#include "handlers/figures.h"
#include "handlers/hold/hold.h"
#include "handlers/incident/incident.h"
#include "handlers/maintenance/maintenance.h"
#include "handlers/status/record.h"
#include "handlers/status/sight.h"
#include "handlers/status/status.h"
#include "handlers/watch/credentials.h"
#include "handlers/watch/observed.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define INCIDENTS_SHOWN 10

/* What the record says may be old. */
static void tell_observing(const struct view *view, struct outcome *out)
{
    const char *words = observed_words(view);

    if (words)
        outcome_reply_line(out, "%s", words);
}

static void tell_refused(const struct view *view, struct outcome *out)
{
    const char **lines;
    size_t count;

    credentials_words(view, &lines, &count);
    for (size_t i = 0; i < count; i++)
        outcome_reply_line(out, "%s", lines[i]);
}

static void tell_incidents(const struct view *view, const struct status_body *body, struct outcome *out)
{
    size_t shown = 0, more = 0;

    for (size_t i = 0; i < body->incidents_count; i++) {
        const char *line = incident_line(view, body->incidents[i]);

        if (line && shown++ < INCIDENTS_SHOWN)
            outcome_reply_line(out, "incident %s", line);
        else
            more += line != NULL;
    }
    if (more > 0)
        outcome_reply_line(out, "and %zu more incident%s: `incident list` has them all", more, more == 1 ? "" : "s");
}

/* ---- one place ---- */

static bool is_found(const struct status_sight *sight)
{
    return sight->run.state == SOURCE_ANSWERED;
}

static const char *in_region(const struct view *view, const struct status_sight *sight)
{
    return sight->region ? arena_printf(view->arena, " in %s", sight->region) : "";
}

static void tell_drift(const struct view *view, const struct status_sight *sight, struct outcome *out)
{
    const char *drift = sight_drift(view, sight);
    const struct target *target = view->find_target(view->ctx, sight->target);

    if (drift)
        outcome_reply_line(out, "*drift*%s: %s; the record has all of it on `%s`", in_region(view, sight), drift,
                           target->good[target->good_count - 1].revision);
    if (sight->unserved)
        outcome_reply_line(out, "*drift*%s: %s: a deploy leaves that out", in_region(view, sight), sight->unserved);
}

/* Whose numbers these are, where two revisions share the traffic. */
static const char *whose(const struct view *view, const struct status_sight *sight, const char *revision)
{
    const struct operation *holder = record_holder(view, view->find_target(view->ctx, sight->target));
    const char *theirs = holder ? json_find_string(holder->body, "revision") : NULL;

    if (!theirs || !sight->measured_too)
        return sight_called(view, sight, revision);
    return arena_printf(view->arena, "the %s version %s", strcmp(theirs, revision) == 0 ? "new" : "old",
                        sight_called(view, sight, revision));
}

/* What a rollout there may not exceed. */
static void tell_limits(const struct view *view, const char *name, struct outcome *out)
{
    const struct environment_settings *environment;
    const struct service_settings *service;
    const struct analysis_settings *analysis = NULL;
    const char *errors = "", *p95 = "";

    if (settings_find_target(view->settings, name, &service, &environment))
        analysis = environment->analysis;
    if (analysis && analysis->error_rate > 0)
        errors = arena_printf(view->arena, "%s errors", figure_limit(analysis->error_rate, view->arena));
    if (analysis && analysis->latency_p95_ms > 0)
        p95 = arena_printf(view->arena, "p95 %s", figure_latency((double)analysis->latency_p95_ms / 1000, view->arena));
    if (*errors || *p95)
        outcome_reply_line(out, "limits of a rollout: %s%s%s", errors, *errors && *p95 ? ", " : "", p95);
}

static void tell_measured(const struct view *view, const struct status_sight *sight, struct outcome *out)
{
    if (sight->health.state == SOURCE_ANSWERED)
        outcome_reply_line(out, "health: %s", sight_health(sight, view->arena));
    if (sight->metrics.state != SOURCE_ANSWERED)
        return;
    outcome_reply_line(out, "last 5 min of %s: %s", whose(view, sight, sight->measured),
                       sight_numbers(&sight->numbers.canary, view->arena));
    if (sight->measured_too)
        outcome_reply_line(out, "last 5 min of %s: %s", whose(view, sight, sight->measured_too),
                           sight_numbers(&sight->numbers.baseline, view->arena));
    tell_limits(view, sight->target, out);
}

static void tell_only_sight(const struct view *view, const struct status_sight *sight, const struct target *target,
                            struct outcome *out)
{
    if (sight->program.state == SOURCE_ANSWERED) {
        outcome_reply(out, "*%s*: %s", sight->target, sight_said(view, sight));
        outcome_reply_line(out, "record: %s", record_sentence(view, target));
        return;
    }
    if (!is_found(sight)) {
        outcome_reply(out, "*%s*: %s", sight->target, record_sentence(view, target));
        tell_measured(view, sight, out);
        return;
    }
    outcome_reply(out, "*%s*: %s", sight->target, sight_serving(view, sight));
    outcome_reply_line(out, "traffic: %s", sight_traffic(view, sight));
    outcome_reply_line(out, "Cloud Run calls it %s", sight_condition(sight, view->arena));
    tell_drift(view, sight, out);
    tell_measured(view, sight, out);
    outcome_reply_line(out, "record: %s", record_sentence(view, target));
}

static const char *region_words(const struct view *view, const struct status_sight *sight)
{
    const char *health = "", *numbers = "";

    if (!is_found(sight))
        return "not known";
    if (sight->health.state == SOURCE_ANSWERED)
        health = arena_printf(view->arena, "; %s", sight_health(sight, view->arena));
    if (sight->metrics.state == SOURCE_ANSWERED)
        numbers = arena_printf(view->arena, "; in 5 min %s%s%s",
                               sight->measured_too ? whose(view, sight, sight->measured) : "",
                               sight->measured_too ? ": " : "", sight_numbers(&sight->numbers.canary, view->arena));
    if (sight->metrics.state == SOURCE_ANSWERED && sight->measured_too)
        numbers = arena_printf(view->arena, "%s; %s: %s", numbers, whose(view, sight, sight->measured_too),
                               sight_numbers(&sight->numbers.baseline, view->arena));
    return arena_printf(view->arena, "%s; traffic: %s; %s%s%s", sight_serving(view, sight), sight_traffic(view, sight),
                        sight_condition(sight, view->arena), health, numbers);
}

static void tell_region(const struct view *view, const struct status_sight *sight, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, sight->target);

    outcome_reply_line(out, "*%s*: %s", sight->region, region_words(view, sight));
    tell_drift(view, sight, out);
    outcome_reply_line(out, "record: %s", record_sentence(view, target));
    record_list_bad(view, target, out);
    outcome_reply_line(out, "sources: %s; opsgate's record: %s", sight_sources(view, sight),
                       record_age_of(view, sight->target, target));
}

static void tell_holds(const struct view *view, const char *name, struct outcome *out)
{
    const struct environment_settings *environment;
    const struct service_settings *service;

    if (!settings_find_target(view->settings, name, &service, &environment))
        return;
    hold_say(view, service->name, environment->name, out);
    maintenance_say_planned(view, service->name, environment->name, out);
}

static void tell_regions(const struct view *view, const struct status_body *body, struct outcome *out)
{
    outcome_reply(out, "*%s*, in %" PRId64 " regions:", body->target, (int64_t)body->sights_count + body->left_out);
    tell_observing(view, out);
    tell_refused(view, out);
    tell_incidents(view, body, out);
    for (size_t i = 0; i < body->sights_count; i++)
        tell_region(view, &body->sights[i], out);
    if (body->left_out)
        outcome_reply_line(out, "and %" PRId64 " more, which were not asked: these are enough for one look",
                           body->left_out);
    tell_limits(view, body->target, out);
    tell_holds(view, body->target, out);
    record_list_running(view, body->target, out);
    record_list_ended(view, body->target, out);
}

static const char *not_asked(const struct view *view, const char *name, const struct status_body *body)
{
    const struct environment_settings *environment;
    const struct service_settings *service;

    if (!settings_find_target(view->settings, name, &service, &environment) || environment->driver.cloud_run ||
        body->sights_count > 0)
        return "";
    return arena_printf(view->arena, "; `%s`, which deploys it, is not asked",
                        environment->driver.program          ? "program"
                        : environment->driver.github_actions ? "github_actions"
                                                             : "no driver");
}

void answer_place(const struct view *view, const char *name, const struct status_body *body, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, name);
    const char *others = "";

    if (body->sights_count > 0 && body->sights[0].region) {
        tell_regions(view, body, out);
        return;
    }
    if (body->sights_count > 0) {
        tell_only_sight(view, body->sights, target, out);
        others = arena_printf(view->arena, "%s; ", sight_sources(view, body->sights));
    } else {
        outcome_reply(out, "*%s*: %s", name, record_sentence(view, target));
    }
    tell_observing(view, out);
    tell_refused(view, out);
    tell_incidents(view, body, out);
    tell_holds(view, name, out);
    record_list_versions(view, target, out);
    record_list_bad(view, target, out);
    record_list_running(view, name, out);
    record_list_ended(view, name, out);
    outcome_reply_line(out, "sources: %sopsgate's record: %s%s", others, record_age_of(view, name, target),
                       not_asked(view, name, body));
}

/* ---- all of them ---- */

static bool is_shown(const struct status_body *body, const char *name)
{
    for (size_t i = 0; i < body->only_count; i++)
        if (strcmp(body->only[i], name) == 0)
            return true;
    return !body->about;
}

bool answer_shows_any(const struct status_body *body, const char *target)
{
    for (size_t i = 0; i < body->only_count; i++) {
        struct str rest = str_of(body->only[i]);

        if (str_take_prefix(&rest, target) && (rest.len == 0 || rest.at[0] == '/'))
            return true;
    }
    return !body->about;
}

static bool is_held_there(const struct view *view, const struct status_body *body, const struct operation *hold)
{
    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++)
            if (answer_shows_any(body, settings_target_name(service, &service->environments[k], view->arena)) &&
                hold_covers(hold, service->name, service->environments[k].name))
                return true;
    }
    return !body->about;
}

static void tell_planned(const struct view *view, const struct status_body *body, struct outcome *out)
{
    size_t count;
    const struct operation **list = maintenance_planned(view, &count);

    for (size_t i = 0; i < count; i++)
        if (is_held_there(view, body, list[i]))
            outcome_reply_line(out, "*%s*: %s", list[i]->id, maintenance_words(view, list[i]));
}

static void tell_all_holds(const struct view *view, const struct status_body *body, struct outcome *out)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++)
        if (is_held_there(view, body, list[i]))
            outcome_reply_line(out, "*%s*: %s", list[i]->id, hold_words(view, list[i]));
}

/* Only what the record does not say. */
static const char *found_words(const struct view *view, const struct status_sight *sight)
{
    const char *drift = sight_drift(view, sight);

    if (!is_found(sight))
        return arena_printf(view->arena, "; %s", sight_sources(view, sight)); /* it is the only one asked */
    if (sight->is_settled && !sight->is_ready)
        return arena_printf(view->arena, "; %s%s%s", sight_condition(sight, view->arena), drift ? "; drift: " : "",
                            drift ? drift : "");
    if (drift)
        return arena_printf(view->arena, "; drift: %s", drift);
    if (sight->serving && !record_is_known(view->find_target(view->ctx, sight->target)))
        return arena_printf(view->arena, "; %s", sight_serving(view, sight));
    return sight_is_shared(view, sight) ? arena_printf(view->arena, "; traffic: %s", sight_shares(view, sight)) : "";
}

static void tell_target(const struct view *view, const char *name, const struct status_body *body, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, name);
    const char *found = "";

    if (!is_shown(body, name))
        return;
    for (size_t i = 0; i < body->sights_count; i++)
        if (strcmp(body->sights[i].target, name) == 0)
            found = arena_printf(view->arena, "%s%s", found, found_words(view, &body->sights[i]));
    outcome_reply_line(out, "*%s*: %s%s%s", name, record_last(view, target), record_moves(view, name, target), found);
}

static void tell_all_sources(const struct status_body *body, struct outcome *out)
{
    size_t answered = 0;

    if (body->sights_count == 0) {
        outcome_reply_line(out, "sources: opsgate's record alone; `status SERVICE ENVIRONMENT` asks around");
        return;
    }
    for (size_t i = 0; i < body->sights_count; i++)
        answered += is_found(&body->sights[i]);
    if (answered == body->sights_count)
        outcome_reply_line(out, "sources: opsgate's record; Cloud Run: now");
    else if (answered == 0)
        outcome_reply_line(out, "sources: opsgate's record alone; Cloud Run told nothing");
    else
        outcome_reply_line(out, "sources: opsgate's record; Cloud Run: now, but it told of %zu places of %zu", answered,
                           body->sights_count);
}

static void tell_environment(const struct view *view, const struct service_settings *service,
                             const struct environment_settings *environment, const struct status_body *body,
                             struct outcome *out)
{
    const struct cloud_run_driver *driver = environment->driver.cloud_run;
    const char *name = settings_target_name(service, environment, view->arena);

    for (size_t i = 0; driver && i < driver->regions_count; i++)
        tell_target(view, arena_printf(view->arena, "%s/%s", name, driver->regions[i]), body, out);
    if (!driver || driver->regions_count == 0)
        tell_target(view, name, body, out);
}

void answer_overview(const struct view *view, const struct status_body *body, struct outcome *out)
{
    outcome_reply(out, "*What opsgate last deployed%s*%s, at %s", body->about ? "" : " where",
                  body->about ? arena_printf(view->arena, ": %s", body->about) : "",
                  card_time(view_unix_ms(view), view->arena));
    tell_observing(view, out);
    tell_refused(view, out);
    tell_incidents(view, body, out);
    tell_all_holds(view, body, out);
    tell_planned(view, body, out);
    for (size_t i = 0; i < view->settings->services_count; i++)
        for (size_t k = 0; k < view->settings->services[i].environments_count; k++)
            tell_environment(view, &view->settings->services[i], &view->settings->services[i].environments[k], body,
                             out);
    if (body->hidden)
        outcome_reply_line(out, "and %" PRId64 " more that policy does not show to you", body->hidden);
    if (body->about)
        outcome_reply_line(out, "more of one: `status SERVICE ENVIRONMENT`");
    tell_all_sources(body, out);
}
