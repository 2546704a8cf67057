/* deploy.c - the machine of a deploy: which event in which state does what. */
#include "handlers/deploy/deploy.h"

#include "handlers/deploy/card.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/forecast.h"
#include "handlers/deploy/drift.h"
#include "handlers/deploy/end_told.h"
#include "handlers/deploy/github_told.h"
#include "handlers/deploy/pagerduty_told.h"
#include "handlers/deploy/program.h"
#include "handlers/deploy/queue.h"
#include "handlers/deploy/shown.h"
#include "handlers/deploy/triggered.h"
#include "handlers/deploy/tune.h"
#include "handlers/hold/hold.h"

#include "bot/model/exchange.h"
#include "bot/model/without_store.h"

#include <string.h>

#define IN_ANY NULL

static const struct move {
    const char *state;
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct deploying *d);
} moves[] = {
    { IN_ANY, EVENT_REQUEST, WITHOUT_STORE_VERB, deploy_on_adopted },
    { IN_ANY, EVENT_REQUEST, "approve", deploy_on_approve },
    { IN_ANY, EVENT_REQUEST, NULL, deploy_on_request },
    { IN_ANY, EVENT_MESSAGE, MESSAGE_YIELD, deploy_on_yield },
    { IN_ANY, EVENT_MESSAGE, MESSAGE_HOLD, deploy_on_hold },
    { IN_ANY, EVENT_MESSAGE, MESSAGE_OVERTAKEN, deploy_on_overtaken },
    { IN_ANY, EVENT_READING, "order", deploy_on_compared },
    { IN_ANY, EVENT_READING, "serving", deploy_on_serving_told },
    { IN_ANY, EVENT_READING, "forecast", forecast_on_read },
    { IN_ANY, EVENT_READING, "template", drift_on_told },
    { IN_ANY, EVENT_READING, "commits", deploy_on_commits_told },
    { IN_ANY, EVENT_EFFECT, "deployment", github_told_on_deployment },

    { "pinning", EVENT_READING, "release", deploy_on_release },
    { "pinning", EVENT_READING, "marker", deploy_on_marker },
    { "pinning", EVENT_READING, "commit", deploy_on_commit },
    { "pinning", EVENT_READING, "digest", deploy_on_digest },
    { "pinning", EVENT_READING, "service", deploy_on_serving },
    { "pinning", EVENT_READING, "tuned", tune_on_told },
    { "awaiting-artifact", EVENT_TIMER, "poll", deploy_on_artifact_poll },
    { "awaiting-artifact", EVENT_READING, "digest", deploy_on_digest },
    { "awaiting-artifact", EVENT_READING, "authors", deploy_on_authors },
    { "awaiting-artifact", EVENT_OUTSIDE, NULL, deploy_on_told_of_build },
    { "pinning", EVENT_READING, "release-again", triggered_on_release_again },
    { "pinning", EVENT_READING, "commit-again", triggered_on_commit_again },
    { "awaiting-artifact", EVENT_READING, "marker", deploy_on_marker },
    { "awaiting-artifact", EVENT_READING, "release-again", triggered_on_release_again },
    { "awaiting-artifact", EVENT_READING, "commit-again", triggered_on_commit_again },
    { "pinning", EVENT_TIMER, "pinned", deploy_on_as_typed },
    { "pinning", EVENT_READING, "authors", deploy_on_authors },
    { "awaiting-checks", EVENT_READING, "checks", deploy_on_checks },
    { "awaiting-checks", EVENT_READING, "authors", deploy_on_authors },
    { "awaiting-checks", EVENT_TIMER, "poll", deploy_on_checks_poll },
    { "awaiting-checks", EVENT_OUTSIDE, NULL, deploy_on_told_of_checks },
    { "awaiting-approval", EVENT_TIMER, "unapproved", deploy_on_unapproved },
    { "awaiting-approval", EVENT_TIMER, "ask", deploy_on_ask_again },
    { "awaiting-approval", EVENT_READING, "release-again", triggered_on_release_again },
    { "awaiting-approval", EVENT_READING, "commit-again", triggered_on_commit_again },
    { "awaiting-approval", EVENT_READING, "way-back", deploy_on_way_back_told },
    { "awaiting-approval", EVENT_READING, "serves", deploy_on_serves_told },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, deploy_on_granted },
    { "queued", EVENT_TIMER, "line", deploy_on_line },
    { "queued", EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, deploy_on_abort_refused },

    { "launching", EVENT_EFFECT, "program", deploy_program_on_launched },
    { "executing", EVENT_READING, "progress", deploy_program_on_progress },
    { "executing", EVENT_TIMER, "follow", deploy_program_on_follow },
    { "executing", EVENT_EFFECT, "posted", deploy_program_on_posted },
    { "stopping", EVENT_READING, "progress", deploy_program_on_progress },
    { "stopping", EVENT_TIMER, "follow", deploy_program_on_follow },
    { "stopping", EVENT_EFFECT, "posted", deploy_program_on_posted },
    { "stopping", EVENT_EFFECT, "stop", deploy_program_on_stop_ended },

    { "queued", EVENT_READING, "checks", deploy_on_checks },
    { "queued", EVENT_READING, "authors", deploy_on_authors },
    { "queued", EVENT_READING, "commit", deploy_on_commit_for_workflow },
    { "dispatching", EVENT_EFFECT, "dispatch", deploy_on_dispatched },
    { "running", EVENT_READING, "run", deploy_on_run },
    { "running", EVENT_TIMER, "poll", deploy_on_run_poll },
    { "running", EVENT_OUTSIDE, NULL, deploy_on_told_of_run },
    { "cancelling", EVENT_EFFECT, "dispatch", deploy_on_dispatched },
    { "cancelling", EVENT_EFFECT, "cancel", deploy_on_cancel_sent },
    { "cancelling", EVENT_READING, "run", deploy_on_run },
    { "cancelling", EVENT_TIMER, "poll", deploy_on_run_poll },
    { "cancelling", EVENT_OUTSIDE, NULL, deploy_on_told_of_run },

    { "looking", EVENT_READING, "service", deploy_on_looked },
    { "looking", EVENT_TIMER, "poll", deploy_on_poll_service },
    { "creating", EVENT_EFFECT, "revision", deploy_on_created },
    { "starting", EVENT_READING, "service", deploy_on_started },
    { "starting", EVENT_TIMER, "poll", deploy_on_poll_service },
    { "checking", EVENT_READING, "health", deploy_on_health },
    { "checking", EVENT_TIMER, "poll", deploy_check_health },

    { "shifting", EVENT_EFFECT, "traffic", deploy_on_shifted },
    { "verifying", EVENT_READING, "service", deploy_on_verified },
    { "verifying", EVENT_TIMER, "poll", deploy_on_poll_service },
    { "baking", EVENT_TIMER, "look", deploy_on_look_timer },
    { "baking", EVENT_READING, "service", deploy_on_seen },
    { "baking", EVENT_READING, "measure", deploy_on_measured },
    { "baking", EVENT_READING, "probes", deploy_on_probed },
    { "baking", EVENT_TIMER, "unanswered", deploy_on_unanswered },
    { "watching", EVENT_TIMER, "look", deploy_on_look_timer },
    { "watching", EVENT_READING, "service", deploy_on_seen },
    { "watching", EVENT_READING, "measure", deploy_on_measured },
    { "watching", EVENT_READING, "probes", deploy_on_probed },
    { "watching", EVENT_TIMER, "unanswered", deploy_on_unanswered },

    { IN_ANY, EVENT_READING, "kept", deploy_on_kept_told },
    { "handing-over", EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, deploy_on_handed_over },
    { "handing-over", EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, deploy_on_handed_over },

    { "returning", EVENT_EFFECT, "traffic", deploy_on_increase_ended },
    { "returning", EVENT_READING, "service", deploy_on_return_look },
    { "returning", EVENT_TIMER, "poll", deploy_on_poll_service },
    { "returning", EVENT_EFFECT, "return", deploy_on_returned },
    { "reverifying", EVENT_READING, "service", deploy_on_reverified },
    { "reverifying", EVENT_TIMER, "poll", deploy_on_poll_service },
};

static bool is_it(const struct move *move, const char *state, const struct event *event)
{
    return move->kind == event->kind && (!move->state || strcmp(move->state, state) == 0) &&
           (!move->name || strcmp(move->name, event->name) == 0);
}

/* Schema 1 called it so, and the name of a state is not in the body. */
static const char *state_today(const char *state)
{
    return strcmp(state, "switching") == 0 ? "shifting" : state;
}

static void deploy_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct deploying d = { view, operation, state_today(operation->state), NULL, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (!is_it(&moves[i], d.state, event))
            continue;
        d.body = ARENA_NEW(view->arena, struct deploy_body);
        *d.body = *(const struct deploy_body *)body;
        moves[i].decide(&d);
        if (out->is_forgotten) /* it only told something, or was refused before anybody saw it */
            return;
        deploy_read_commits_once(&d);
        github_told_follow(&d);
        pagerduty_told_follow(&d);
        end_told(&d);
        deploy_be_remembered(&d);
        out->card_can_wait = shown_can_wait(&d, body);
        return;
    }
}

static bool deploy_may_increase(const struct view *view, const struct operation *operation, const void *body,
                                const struct effect *effect, struct error *err)
{
    (void)effect;
    return deploy_may_raise(view, operation, body, err);
}

static bool looks_for_way_back(const struct operation *operation, const struct awaited *awaited)
{
    return strcmp(operation->state, "returning") == 0 && strcmp(awaited->kind, READING_SERVICE) == 0;
}

/* ---- bodies of older binaries ---- */

/* Schema 1 knew one way: all traffic at once, from exactly the split in `before`. */
static cJSON *add_steps(cJSON *body)
{
    const cJSON *before = json_find(body, "before");
    cJSON *step = json_object();

    json_set_int(step, "percent", 100);
    json_set_int(step, "bake_ms", 0);
    json_add(json_set(body, "steps", json_array()), step);
    if (before)
        json_set(body, "split", json_copy(before));
    return body;
}

/* Schema 2 knew neither `set` nor `restart`. */
static cJSON *as_it_is(cJSON *body)
{
    return body;
}

static const struct upgrade upgrades[] = { { 1, add_steps }, { 2, as_it_is } };

const struct machine machine_deploy = {
    .kind = "deploy",
    .schema = DEPLOY_SCHEMA,
    .body = &deploy_body_shape,
    .upgrades = upgrades,
    .upgrades_count = ARRAY_LEN(upgrades),
    .on_event = deploy_on_event,
    .may_increase = deploy_may_increase,
    .may_go_on_alone = deploy_may_go_on_alone,
    .looks_for_way_back = looks_for_way_back,
    .card = deploy_card,
};
