/* deploy.c - the machine of a deploy: which event in which state does what. */
#include "handlers/deploy/deploy.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/card.h"
#include "handlers/deploy/ending.h"
#include "handlers/deploy/revision.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"
#include "policy/decide.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define POLL_MS SECOND_MS
#define LOOK_DEADLINE_MS (2 * MINUTE_MS)
#define START_DEADLINE_MS (10 * MINUTE_MS)
#define VERIFY_DEADLINE_MS (5 * MINUTE_MS)
#define NO_DEADLINE_MS 0 /* of a state that asks nothing again: what it waits for always comes */

struct deploying { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct deploy_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- how it ends when it does not end well ---- */

/* Traffic may be on the new revision: to end here leaves open what serves. */
static bool has_switched(const struct deploying *d)
{
    return strcmp(d->operation->state, "verifying") == 0;
}

/* The sentence says what happened and why; ending.c adds the rest. */
static void fail(struct deploying *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(struct deploying *d, const char *fmt, ...)
{
    char sentence[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    d->body->failed_in = d->operation->state;
    outcome_move(d->out, NULL, d->body);
    d->out->leaves_doubt = has_switched(d);
    outcome_end(d->out, "failed", "failed", "%s", deploy_failure(d->view, d->operation, d->body, sentence));
}

static void refuse(struct deploying *d, const struct decision *decision)
{
    d->body->failed_in = d->operation->state;
    outcome_move(d->out, NULL, d->body);
    outcome_end(d->out, "refused", "refused", "%s", deploy_refusal(d->view, d->operation, decision));
}

static const char *quote(const struct deploying *d, const char *words)
{
    return card_quote(str_of(words), DEPLOY_QUOTED_BYTES, d->view->arena);
}

static const char *why(const struct deploying *d)
{
    return deploy_why(d->event, d->view->arena);
}

/* ---- small moves that many states share ---- */

static void move(struct deploying *d, const char *state, int64_t deadline_ms)
{
    d->body->state_deadline_at_ms = d->view->now_ms + deadline_ms;
    outcome_move(d->out, state, d->body);
}

static void read_service(struct deploying *d)
{
    outcome_read(d->out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &d->body->place, SHAPE_WHOLE),
                 30 * SECOND_MS);
}

static void poll_again(struct deploying *d)
{
    outcome_move(d->out, NULL, d->body);
    outcome_timer(d->out, "poll", d->view->now_ms + POLL_MS);
}

static bool is_over_deadline(const struct deploying *d)
{
    return d->view->now_ms >= d->body->state_deadline_at_ms;
}

/* The answer about the service; false when there is none this time: asked again until the state's deadline. Once
 * traffic was switched even a refusal may pass, a token that has run out or a right just taken away, and only Cloud Run
 * can tell what serves. */
static bool got_service(struct deploying *d, struct run_service *service)
{
    struct error err = { .message = "" };

    if (d->event->end == END_DONE && shape_from_json(&run_service_shape, d->event->body, d->view->arena, service, &err))
        return true;
    if ((d->event->end == END_FAILED && !has_switched(d)) || is_over_deadline(d))
        fail(d, "Cloud Run did not tell how %s stands: %s", d->body->place.service,
             d->event->end == END_DONE ? quote(d, err.message) : why(d));
    else
        poll_again(d);
    return false;
}

/* ---- policy ---- */

static struct decision ask_policy(const struct deploying *d)
{
    const struct service_settings *service = settings_find_service(d->view->settings, d->body->service);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, d->body->environment) : NULL;
    struct label_list labels = { 0 };
    struct question question = {
        .principal = d->operation->requester,
        .verb = "deploy",
        .service = d->body->service,
        .environment = d->body->environment,
        .source = d->operation->source,
        .version = d->body->version,
    };

    if (environment)
        labels = settings_labels(service, environment, d->view->arena);
    question.labels = labels.labels;
    question.labels_count = labels.labels_count;
    return policy_decide(d->view->policy, &question, POLICY_WHOLE, d->view->now_ms);
}

/* False: it was refused and has ended. A start has to be allowed with all that it needs. */
static bool may_start(struct deploying *d)
{
    struct decision decision = ask_policy(d);

    if (decision.verdict != VERDICT_ALLOW)
        refuse(d, &decision);
    return decision.verdict == VERDICT_ALLOW;
}

/* False: it was refused and has ended. What it needed was met at the start; a deny counts whenever it comes. */
static bool may_raise_traffic(struct deploying *d)
{
    struct decision decision = ask_policy(d);

    if (decision.verdict == VERDICT_DENY)
        refuse(d, &decision);
    return decision.verdict != VERDICT_DENY;
}

/* ---- pinning, queued ---- */

static void on_digest(struct deploying *d)
{
    const char *image = d->event->end == END_DONE ? json_find_string(d->event->body, "image") : NULL;
    cJSON *body;

    if (!image) {
        fail(d, "`%s` of %s could not be pinned: %s", d->body->version, d->body->repository, why(d));
        return;
    }
    d->body->image = image;
    body = json_object();
    json_set_string(body, "version", d->body->version);
    json_set_string(body, "image", image);
    outcome_journal(d->out, "deploy.pinned", body, NULL);
    if (!may_start(d))
        return;
    move(d, "queued", NO_DEADLINE_MS);
    d->out->claims = d->operation->target;
}

/* It may have waited for long behind others. */
static void on_granted(struct deploying *d)
{
    if (!may_start(d))
        return;
    move(d, "looking", LOOK_DEADLINE_MS);
    read_service(d);
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
    };

    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_NEW_REVISION,
                               .lane = arena_printf(d->view->arena, "target:%s", d->operation->target),
                               .tag = "revision",
                               .args = shape_to_json(&run_new_revision_shape, &args, SHAPE_WHOLE),
                           });
}

static void on_looked(struct deploying *d)
{
    struct run_service service;

    if (!got_service(d, &service))
        return;
    if (!service.is_settled && !is_over_deadline(d)) {
        poll_again(d);
        return;
    }
    if (!service.serving) {
        fail(d, "no revision of %s serves, so there is none to make a new one from: deploy it once by hand",
             d->body->place.service);
        return;
    }
    if (!service.is_settled) {
        fail(d, "%s was being changed by somebody else, and did not settle within %s", d->body->place.service,
             duration_about(LOOK_DEADLINE_MS).text);
        return;
    }
    deploy_remember_split(d->view, d->body, &service);
    d->body->revision = deploy_revision_name(d->view, d->operation, d->body);
    d->body->tag = deploy_tag(d->view, d->operation);
    move(d, "creating", START_DEADLINE_MS);
    create_revision(d);
}

static void on_created(struct deploying *d)
{
    if (d->event->end != END_DONE) {
        fail(d, "revision `%s` could not be made: %s", d->body->revision, why(d));
        return;
    }
    move(d, "starting", START_DEADLINE_MS);
    read_service(d);
}

/* ---- starting, checking ---- */

static const char *tag_uri(const struct deploying *d, const struct run_service *service)
{
    for (size_t i = 0; i < service->observed_count; i++)
        if (service->observed[i].tag && strcmp(service->observed[i].tag, d->body->tag) == 0)
            return service->observed[i].uri;
    return NULL;
}

static const char *health_url(const struct deploying *d)
{
    return arena_printf(d->view->arena, "%s%s", d->body->uri, d->body->health_path ? d->body->health_path : "/");
}

static void check_health(struct deploying *d)
{
    struct health_probe probe = {
        .url = health_url(d),
        .expect_status = d->body->health_status,
        .timeout_ms = d->body->health_timeout_ms,
    };

    d->body->checks++;
    outcome_move(d->out, NULL, d->body);
    outcome_read(d->out, "health", READING_HEALTH, shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE),
                 d->body->health_timeout_ms + 5 * SECOND_MS);
}

static void on_started(struct deploying *d)
{
    struct run_service service;

    if (!got_service(d, &service))
        return;
    if (service.problem) {
        fail(d, "revision `%s` does not start: %s", d->body->revision, quote(d, service.problem));
        return;
    }
    d->body->uri = tag_uri(d, &service);
    if (!service.is_ready || !d->body->uri || !service.latest_ready ||
        strcmp(service.latest_ready, d->body->revision) != 0) {
        if (is_over_deadline(d))
            fail(d, "revision `%s` was not ready within %s", d->body->revision, duration_about(START_DEADLINE_MS).text);
        else
            poll_again(d);
        return;
    }
    move(d, "checking", d->body->health_deadline_ms);
    check_health(d);
}

static void switch_traffic(struct deploying *d)
{
    struct run_share wanted = { .revision = d->body->revision, .percent = 100, .tag = d->body->tag };
    struct run_traffic args = {
        .place = d->body->place,
        .expected = d->body->before,
        .expected_count = d->body->before_count,
        .wanted = &wanted,
        .wanted_count = 1,
        .remove_tags = d->body->remove_tags,
        .remove_tags_count = d->body->remove_tags_count,
        .version = d->body->version,
        .previous = d->body->previous,
    };

    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_TRAFFIC,
                               .lane = arena_printf(d->view->arena, "target:%s", d->operation->target),
                               .tag = "traffic",
                               .args = shape_to_json(&run_traffic_shape, &args, SHAPE_WHOLE),
                           });
}

static void on_health(struct deploying *d)
{
    bool is_healthy = d->event->end == END_DONE && json_find_bool(d->event->body, "is_healthy", false);
    const char *problem = d->event->end == END_DONE ? json_find_string(d->event->body, "problem") : NULL;

    if (is_healthy) {
        if (!may_raise_traffic(d))
            return;
        move(d, "switching", NO_DEADLINE_MS);
        switch_traffic(d);
    } else if (is_over_deadline(d)) {
        fail(d, "revision `%s` is not healthy after %" PRId64 " checks of %s: %s", d->body->revision, d->body->checks,
             quote(d, health_url(d)), problem ? quote(d, problem) : why(d));
    } else {
        poll_again(d);
    }
}

/* ---- switching, verifying ---- */

static void on_switched(struct deploying *d)
{
    bool is_in_doubt = d->event->end == END_GAVE_UP || d->event->end == END_UNKNOWN;

    if (d->event->end != END_DONE && !is_in_doubt) {
        fail(d, "traffic is not on revision `%s`: %s", d->body->revision, why(d));
        return;
    }
    d->body->switched_at_ms = is_in_doubt ? 0 : d->view->now_ms; /* in doubt the service itself tells */
    move(d, "verifying", VERIFY_DEADLINE_MS);
    read_service(d);
}

static bool serves_all(const struct deploying *d, const struct run_service *service)
{
    struct run_share all = { .revision = d->body->revision, .percent = 100 };

    return service->is_settled && run_split_equal(service->observed, service->observed_count, &all, 1);
}

static bool serves_as_before(const struct deploying *d, const struct run_service *service)
{
    return service->is_settled &&
           run_split_equal(service->observed, service->observed_count, d->body->before, d->body->before_count);
}

static void fail_unverified(struct deploying *d, const struct run_service *service)
{
    if (d->body->switched_at_ms == 0) {
        fail(d, "traffic is not on revision `%s`: no try to switch it got through to Cloud Run", d->body->revision);
        d->out->leaves_doubt = !serves_as_before(d, service);
    } else {
        fail(d, "Cloud Run took the switch of traffic to revision `%s`, but does not show it after %s",
             d->body->revision, duration_about(VERIFY_DEADLINE_MS).text);
    }
}

static void on_verified(struct deploying *d)
{
    struct target_version *good = ARENA_NEW(d->view->arena, struct target_version);
    struct run_service service;

    if (!got_service(d, &service))
        return;
    if (!serves_all(d, &service)) {
        if (is_over_deadline(d))
            fail_unverified(d, &service);
        else
            poll_again(d);
        return;
    }
    *good = (struct target_version){
        .version = d->body->version,
        .image = d->body->image,
        .revision = d->body->revision,
        .operation = d->operation->id,
        .at_ms = d->view->now_ms,
    };
    d->out->good = good;
    outcome_move(d->out, NULL, d->body);
    outcome_end(d->out, "done", "done", "`%s` serves all traffic of %s after %s", d->body->version,
                d->operation->target, duration_about(d->view->now_ms - d->operation->created_at_ms).text);
}

/* ---- the rows ---- */

static void on_poll_service(struct deploying *d)
{
    outcome_move(d->out, NULL, d->body);
    read_service(d);
}

static const struct {
    const char *state;
    enum event_kind kind;
    const char *name;
    void (*decide)(struct deploying *d);
} moves[] = {
    { "pinning", EVENT_READING, "digest", on_digest },      { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, on_granted },
    { "looking", EVENT_READING, "service", on_looked },     { "looking", EVENT_TIMER, "poll", on_poll_service },
    { "creating", EVENT_EFFECT, "revision", on_created },   { "starting", EVENT_READING, "service", on_started },
    { "starting", EVENT_TIMER, "poll", on_poll_service },   { "checking", EVENT_READING, "health", on_health },
    { "checking", EVENT_TIMER, "poll", check_health },      { "switching", EVENT_EFFECT, "traffic", on_switched },
    { "verifying", EVENT_READING, "service", on_verified }, { "verifying", EVENT_TIMER, "poll", on_poll_service },
};

static void deploy_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct deploying d = { view, operation, NULL, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || strcmp(moves[i].state, operation->state) != 0 ||
            strcmp(moves[i].name, event->name) != 0)
            continue;
        d.body = ARENA_NEW(view->arena, struct deploy_body);
        *d.body = *(const struct deploy_body *)body;
        moves[i].decide(&d);
        return;
    }
}

const struct machine machine_deploy = {
    .kind = "deploy",
    .schema = DEPLOY_SCHEMA,
    .body = &deploy_body_shape,
    .on_event = deploy_on_event,
    .card = deploy_card,
};
