/* rollout.c - from the granted target to a healthy revision without traffic: looking, creating, starting, checking. */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/doubt.h"
#include "handlers/deploy/drift.h"
#include "handlers/deploy/forecast.h"
#include "handlers/deploy/program.h"
#include "handlers/deploy/revision.h"
#include "handlers/deploy/tune.h"

#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_DEADLINE_MS (2 * MINUTE_MS)
#define START_DEADLINE_MS (10 * MINUTE_MS)

/* Before any traffic a refusal is final, and no answer is asked for again until the state's deadline. */
static bool must_see(struct deploying *d, struct run_service *service)
{
    const char *why;

    if (deploy_sees(d, service, &why))
        return true;
    if (d->event->end == END_FAILED || deploy_is_late(d))
        deploy_fail(d, "Cloud Run did not tell how %s stands: %s", d->body->place.service, why);
    else
        deploy_poll_again(d);
    return false;
}

/* ---- queued ---- */

/* It may have waited for long behind others, and what policy knew of it then may be so no more. */
void deploy_on_granted(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    outcome_cancel_timer(d->out, "line");
    if (!doubt_may_be_left(d) || !deploy_goes_forward(d) || deploy_finds_out(d, &decision))
        return;
    if (d->body->program) {
        deploy_program_on_granted(d);
        return;
    }
    if (!deploy_may_start(d))
        return;
    doubt_note_left(d);
    if (d->body->workflow) {
        deploy_dispatch(d);
        return;
    }
    deploy_move(d, "looking", LOOK_DEADLINE_MS);
    deploy_read_service(d);
    drift_ask(d);
}

void deploy_on_poll_service(struct deploying *d)
{
    deploy_keep(d);
    deploy_read_service(d);
}

/* ---- looking, creating ---- */

static void create_revision(struct deploying *d)
{
    struct run_new_revision args = {
        .place = d->body->place,
        .image = d->body->image,
        .revision = d->body->revision,
        .tag = d->body->tag,
        .version = d->body->version,
        .env = d->body->env,
        .env_count = d->body->env_count,
        .min_instances = d->body->min_instances,
        .is_irreversible = d->body->is_irreversible,
    };

    if (d->body->tune)
        tune_revision(d->body->tune, &args);
    outcome_effect(d->out, (struct wanted_effect){
                               .kind = d->body->tune ? EFFECT_CHANGED_REVISION : EFFECT_NEW_REVISION,
                               .lane = deploy_lane(d),
                               .tag = "revision",
                               .args = shape_to_json(&run_new_revision_shape, &args, SHAPE_WHOLE),
                           });
}

static const char *bad_share_text(const struct deploying *d, const struct target_version *bad, int64_t percent)
{
    return arena_printf(d->view->arena, "%" PRId64 " %% of the traffic of %s is on `%s`, which %s left as bad%s%s",
                        percent, d->body->place.service, bad->revision,
                        bad->operation ? bad->operation : "another operation", bad->why ? ": " : "",
                        bad->why ? deploy_quote(d, bad->why) : "");
}

/* Its way back would give that share to the bad revision again. One that has all the traffic is no reason: nothing ends
 * worse than it is, and where no good version could serve, a new one is the way out. */
static bool shares_with_bad(struct deploying *d, const struct run_service *service)
{
    int64_t percent;
    const struct target_version *bad = deploy_find_bad_share(d->view, d->operation->target, service, &percent);

    if (!bad || percent == 100)
        return false;
    deploy_fail(
        d,
        "%s. `rollback %s %s%s` gives all of it to the last good version; where none could serve, give all of it "
        "to one revision by hand",
        bad_share_text(d, bad, percent), d->body->service, d->body->environment,
        place_region_option(d->operation->target, d->view->arena));
    return true;
}

static void tell_of_bad(struct deploying *d, const struct run_service *service)
{
    int64_t percent;
    const struct target_version *bad = deploy_find_bad_share(d->view, d->operation->target, service, &percent);

    if (bad)
        deploy_note(d, "begun_on_bad", "began on a bad version, to which its way back goes too", NULL,
                    bad_share_text(d, bad, percent));
}

void deploy_on_looked(struct deploying *d)
{
    struct run_service service;

    if (!must_see(d, &service))
        return;
    if (!service.is_settled && !deploy_is_late(d)) {
        deploy_poll_again(d);
        return;
    }
    if (!service.serving) {
        deploy_fail(d, "no revision of %s serves, so there is none to make a new one from: deploy it once by hand",
                    d->body->place.service);
        return;
    }
    if (!service.is_settled) {
        deploy_fail(d, "%s was being changed by somebody else, and did not settle within %s", d->body->place.service,
                    duration_about(LOOK_DEADLINE_MS).text);
        return;
    }
    if (shares_with_bad(d, &service))
        return;
    if (d->body->keeps_image && !deploy_keep_serving_image(d, &service))
        return;
    if (!deploy_goes_forward_from(d, &service))
        return;
    deploy_remember_split(d->view, d->operation->target, d->body, &service);
    d->body->revision = deploy_revision_name(d->view, d->operation, d->body);
    d->body->tag = deploy_tag(d->view, d->operation);
    deploy_begin_keeping(d, &service);
    forecast_read(d);
    tell_of_bad(d, &service);
    deploy_move(d, "creating", START_DEADLINE_MS);
    create_revision(d);
}

void deploy_on_created(struct deploying *d)
{
    if (d->event->end != END_DONE) {
        deploy_fail(d, "revision `%s` could not be made: %s", d->body->revision, deploy_reason(d));
        return;
    }
    deploy_move(d, "starting", START_DEADLINE_MS);
    deploy_read_service(d);
}

/* ---- starting, checking ---- */

static const char *tag_uri(const struct run_service *service, const char *tag)
{
    for (size_t i = 0; tag && i < service->observed_count; i++)
        if (service->observed[i].tag && strcmp(service->observed[i].tag, tag) == 0)
            return service->observed[i].uri;
    return NULL;
}

/* By a tag of ours alone: nobody moves it to another revision. The service's own address is of both revisions. */
static const char *previous_uri(const struct deploying *d, const struct run_service *service)
{
    return d->body->previous ? tag_uri(service, deploy_find_tag(service, d->body->previous, d->view->arena)) : NULL;
}

static const char *health_url(const struct deploying *d)
{
    return arena_printf(d->view->arena, "%s%s", d->body->uri, d->body->health_path ? d->body->health_path : "/");
}

void deploy_check_health(struct deploying *d)
{
    struct health_probe probe = {
        .url = health_url(d),
        .expect_status = d->body->health_status,
        .timeout_ms = d->body->health_timeout_ms,
        .json_field = d->body->health_field,
        .json_value = d->body->health_value,
        .audience = d->body->health_is_private ? d->body->service_uri : NULL,
        .project = d->body->health_is_private ? d->body->place.project : NULL,
    };

    d->body->checks++;
    deploy_keep(d);
    outcome_read(d->out, "health", READING_HEALTH, shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE),
                 d->body->health_timeout_ms + 5 * SECOND_MS);
}

static bool is_ours(const struct deploying *d, const char *revision)
{
    return revision && strcmp(revision, d->body->revision) == 0;
}

/* Right after it was made, the service may still tell of an older one that failed. */
void deploy_on_started(struct deploying *d)
{
    struct run_service service;

    if (!must_see(d, &service))
        return;
    if (service.problem && is_ours(d, service.latest_created)) {
        deploy_fail(d, "revision `%s` does not start: %s", d->body->revision, deploy_quote(d, service.problem));
        return;
    }
    d->body->uri = tag_uri(&service, d->body->tag);
    d->body->previous_uri = previous_uri(d, &service);
    d->body->service_uri = service.uri;
    if (!service.is_ready || !d->body->uri || !is_ours(d, service.latest_ready)) {
        if (deploy_is_late(d))
            deploy_fail(d, "revision `%s` was not ready within %s", d->body->revision,
                        duration_about(START_DEADLINE_MS).text);
        else
            deploy_poll_again(d);
        return;
    }
    deploy_move(d, "checking", d->body->health_deadline_ms);
    deploy_check_health(d);
}

static void fail_unhealthy(struct deploying *d)
{
    const char *problem = d->event->end == END_DONE ? json_find_string(d->event->body, "problem") : NULL;

    deploy_fail(d, "revision `%s` is not healthy after %" PRId64 " checks of %s: %s", d->body->revision,
                d->body->checks, deploy_quote(d, health_url(d)), problem ? deploy_quote(d, problem) : deploy_reason(d));
}

void deploy_on_health(struct deploying *d)
{
    bool is_healthy = d->event->end == END_DONE && json_find_bool(d->event->body, "is_healthy", false);

    d->body->healthy_in_a_row = is_healthy ? d->body->healthy_in_a_row + 1 : 0;
    if (is_healthy && d->body->healthy_in_a_row >= d->body->health_successes)
        deploy_raise(d);
    else if (!is_healthy && deploy_is_late(d))
        fail_unhealthy(d);
    else
        deploy_poll_again(d);
}
