/* deploy.c - the machine of a deploy: which event in which state does what. */
#include "handlers/deploy.h"

#include "handlers/deploy_body.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"
#include "policy/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define POLL_MS SECOND_MS
#define LOOK_DEADLINE_MS (2 * MINUTE_MS)
#define START_DEADLINE_MS (10 * MINUTE_MS)
#define VERIFY_DEADLINE_MS (5 * MINUTE_MS)
#define REVISION_MAX 63

struct deploying { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct deploy_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- small moves that many states share ---- */

static void move(struct deploying *d, const char *state, int64_t deadline_ms)
{
    d->body->state_deadline_at_ms = d->view->now_ms + deadline_ms;
    outcome_move(d->out, state, d->body);
}

static void fail(struct deploying *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(struct deploying *d, const char *fmt, ...)
{
    char sentence[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    d->body->failed_in = d->operation->state;
    outcome_move(d->out, NULL, d->body);
    outcome_end(d->out, "failed", "failed", "%s", sentence);
}

static const char *why(const struct event *event)
{
    return event->error ? event->error : event_end_names[event->end];
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

/* The answer about the service; false when there is none this time: asked again until the state's deadline. */
static bool got_service(struct deploying *d, struct run_service *service)
{
    struct error err = { .message = "" };

    if (d->event->end == END_DONE && shape_from_json(&run_service_shape, d->event->body, d->view->arena, service, &err))
        return true;
    if (d->event->end == END_FAILED || is_over_deadline(d))
        fail(d, "Cloud Run did not tell how %s stands: %s", d->body->place.service,
             d->event->end == END_DONE ? err.message : why(d->event));
    else
        poll_again(d);
    return false;
}

/* ---- pinning, queued ---- */

static void ask_policy_again(struct deploying *d)
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
    struct decision decision;

    if (environment)
        labels = settings_labels(service, environment, d->view->arena);
    question.labels = labels.labels;
    question.labels_count = labels.labels_count;
    decision = policy_decide(d->view->policy, &question, POLICY_WHOLE, d->view->now_ms);
    if (decision.verdict != VERDICT_ALLOW) {
        d->body->failed_in = d->operation->state;
        outcome_move(d->out, NULL, d->body);
        outcome_end(d->out, "refused", "refused", "%s%s%s", decision.reason, decision.turn[0] ? ". " : "", decision.turn);
        return;
    }
    move(d, "queued", 0);
    d->out->claims = d->operation->target;
}

static void on_digest(struct deploying *d)
{
    const char *image = d->event->end == END_DONE ? json_find_string(d->event->body, "image") : NULL;
    cJSON *body;

    if (!image) {
        fail(d, "`%s` could not be pinned: %s", d->body->version, why(d->event));
        return;
    }
    d->body->image = image;
    body = json_object();
    json_set_string(body, "version", d->body->version);
    json_set_string(body, "image", image);
    outcome_journal(d->out, "deploy.pinned", body, NULL);
    ask_policy_again(d);
}

static void on_granted(struct deploying *d)
{
    move(d, "looking", LOOK_DEADLINE_MS);
    read_service(d);
}

/* ---- looking, creating ---- */

/* The operation's id makes it unique for people, six digits of the outside id make it unique for good. */
static const char *revision_name(const struct deploying *d)
{
    const char *id = d->operation->outside_id, *digits = id + (strlen(id) > 6 ? strlen(id) - 6 : 0);
    char short_id[16];
    size_t len = strlen(d->operation->id) < sizeof(short_id) - 1 ? strlen(d->operation->id) : sizeof(short_id) - 1;
    int room;

    for (size_t i = 0; i < len; i++)
        short_id[i] = (char)(d->operation->id[i] | 0x20); /* "D1042" -> "d1042": digits stay digits */
    short_id[len] = '\0';
    room = REVISION_MAX - (int)len - 8;
    return arena_printf(d->view->arena, "%.*s-%s-%s", room, d->body->place.service, short_id, digits);
}

static void create_revision(struct deploying *d)
{
    struct run_new_revision args = {
        .place = d->body->place, .image = d->body->image, .revision = d->body->revision, .tag = d->body->tag,
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
    if (!service.is_settled || !service.serving) {
        fail(d, "%s", service.serving ? "Cloud Run has been changing the service for too long; nothing was changed"
                                      : "no revision serves, so there is none to make a new one from");
        return;
    }
    d->body->previous = service.serving;
    d->body->before = service.wanted;
    d->body->before_count = service.wanted_count;
    d->body->revision = revision_name(d);
    d->body->tag = arena_printf(d->view->arena, "d%s", d->operation->id + 1);
    move(d, "creating", START_DEADLINE_MS);
    create_revision(d);
}

static void on_created(struct deploying *d)
{
    if (d->event->end != END_DONE) {
        fail(d, "the new revision could not be made: %s", why(d->event));
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

static void check_health(struct deploying *d)
{
    struct health_probe probe = {
        .url = arena_printf(d->view->arena, "%s%s", d->body->uri, d->body->health_path ? d->body->health_path : "/"),
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
        fail(d, "the new revision does not start: %s. Traffic was not touched.",
             card_quote(str_of(service.problem), 200, d->view->arena));
        return;
    }
    d->body->uri = tag_uri(d, &service);
    if (!service.is_ready || !d->body->uri || !service.latest_ready || strcmp(service.latest_ready, d->body->revision) != 0) {
        if (is_over_deadline(d))
            fail(d, "the new revision was not ready in time. Traffic was not touched.");
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
    const char *problem = d->event->end == END_DONE ? json_find_string(d->event->body, "problem") : why(d->event);

    if (is_healthy) {
        move(d, "switching", 0);
        switch_traffic(d);
    } else if (is_over_deadline(d)) {
        fail(d, "the new revision is not healthy after %lld checks: %s. Traffic was not touched.",
             (long long)d->body->checks, card_quote(str_of(problem), 160, d->view->arena));
    } else {
        poll_again(d);
    }
}

/* ---- switching, verifying ---- */

static void on_switched(struct deploying *d)
{
    bool is_in_doubt = d->event->end == END_GAVE_UP || d->event->end == END_UNKNOWN;

    if (d->event->end != END_DONE && !is_in_doubt) {
        fail(d, "traffic is not on the new revision: %s", why(d->event));
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

static void on_verified(struct deploying *d)
{
    struct target_version *good = ARENA_NEW(d->view->arena, struct target_version);
    struct run_service service;

    if (!got_service(d, &service))
        return;
    if (!serves_all(d, &service)) {
        if (is_over_deadline(d) && d->body->switched_at_ms == 0)
            fail(d, "traffic is not on the new revision: no try got through to Cloud Run");
        else if (is_over_deadline(d))
            fail(d, "Cloud Run took the change of traffic, but does not serve it after %s",
                 duration_about(VERIFY_DEADLINE_MS).text);
        else
            poll_again(d);
        return;
    }
    *good = (struct target_version){
        .version = d->body->version, .image = d->body->image, .revision = d->body->revision,
        .operation = d->operation->id, .at_ms = d->view->now_ms,
    };
    d->out->good = good;
    outcome_move(d->out, NULL, d->body);
    outcome_end(d->out, "done", "done", "`%s` serves all traffic of %s after %s", d->body->version, d->operation->target,
                duration_about(d->view->now_ms - d->operation->created_at_ms).text);
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
    { "pinning", EVENT_READING, "digest", on_digest },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, on_granted },
    { "looking", EVENT_READING, "service", on_looked },
    { "looking", EVENT_TIMER, "poll", on_poll_service },
    { "creating", EVENT_EFFECT, "revision", on_created },
    { "starting", EVENT_READING, "service", on_started },
    { "starting", EVENT_TIMER, "poll", on_poll_service },
    { "checking", EVENT_READING, "health", on_health },
    { "checking", EVENT_TIMER, "poll", check_health },
    { "switching", EVENT_EFFECT, "traffic", on_switched },
    { "verifying", EVENT_READING, "service", on_verified },
    { "verifying", EVENT_TIMER, "poll", on_poll_service },
};

static void deploy_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct deploy_body copy = *(const struct deploy_body *)body;
    struct deploying d = { view, operation, &copy, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || strcmp(moves[i].state, operation->state) != 0 ||
            strcmp(moves[i].name, event->name) != 0)
            continue;
        d.body = ARENA_NEW(view->arena, struct deploy_body);
        *d.body = copy;
        moves[i].decide(&d);
        return;
    }
}

/* ---- the card ---- */

static const struct {
    const char *text;
    const char *states[2]; /* in which the step is what happens now */
} steps[] = {
    { "Pin the image", { "pinning", NULL } },
    { "Wait for the target", { "queued", NULL } },
    { "New revision, no traffic", { "looking", "creating" } },
    { "Ready on Cloud Run", { "starting", NULL } },
    { "Healthy", { "checking", NULL } },
    { "Switch all traffic", { "switching", NULL } },
    { "Verify", { "verifying", NULL } },
};

static size_t step_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        for (size_t k = 0; k < ARRAY_LEN(steps[i].states); k++)
            if (state && steps[i].states[k] && strcmp(state, steps[i].states[k]) == 0)
                return i;
    return ARRAY_LEN(steps);
}

static void add_steps(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                      struct card *card)
{
    bool has_failed = operation->result && strcmp(operation->result, "done") != 0;
    size_t now = step_of(has_failed ? body->failed_in : operation->state);

    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        *ARENA_PUSH(view->arena, card->steps, card->steps_count) = (struct card_step){
            i < now ? STEP_OK : i > now ? STEP_NEXT : has_failed ? STEP_BAD : STEP_NOW, steps[i].text };
}

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

/* "api@sha256:1a2b3c4d5e6f": enough to tell two apart. */
static const char *short_image(const struct view *view, const char *image)
{
    const char *slash = image ? strrchr(image, '/') : NULL, *digest = image ? strstr(image, "sha256:") : NULL;

    if (!digest)
        return NULL;
    slash = slash ? slash + 1 : image;
    return arena_printf(view->arena, "`%.*s%.12s`", (int)(digest + 7 - slash), slash, digest + 7);
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (operation->is_stuck)
        return CARD_BAD;
    if (!operation->result)
        return strcmp(operation->state, "queued") == 0 ? CARD_WAITING : CARD_RUNNING;
    return strcmp(operation->result, "done") == 0 ? CARD_GOOD : CARD_BAD;
}

static void deploy_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct deploy_body *body = value;

    card->title = arena_printf(view->arena, "Deploy %s to %s", body->service, body->environment);
    card->tone = tone_of(operation);
    card->status = operation->summary ? operation->summary
                                      : arena_printf(view->arena, "%s is %s", operation->id, operation->state);
    add_field(view, card, "Version", arena_printf(view->arena, "`%s`", body->version));
    add_field(view, card, "Asked by", principal_mention(&operation->requester, view->arena));
    add_field(view, card, "Image", short_image(view, body->image));
    add_field(view, card, "Before", body->previous ? arena_printf(view->arena, "`%s`", body->previous) : NULL);
    add_field(view, card, "Reason", body->reason);
    add_steps(view, operation, body, card);
    card->footer = arena_printf(view->arena, "asked %s", time_format(operation->created_at_ms).text);
}

const struct machine machine_deploy = {
    .kind = "deploy",
    .schema = DEPLOY_SCHEMA,
    .body = &deploy_body_shape,
    .on_event = deploy_on_event,
    .card = deploy_card,
};
