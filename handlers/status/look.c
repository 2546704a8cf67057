/* look.c - asks every source as soon as it can be asked, and answers once. */
#include "handlers/status/look.h"

#include "handlers/blanks.h"
#include "handlers/status/answer.h"
#include "handlers/status/record.h"
#include "handlers/status/sight.h"
#include "handlers/status/status.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/program.h"

#include <string.h>

#define SOURCE_LIMIT_MS (3 * SECOND_MS)
#define ANSWER_LIMIT_MS (5 * SECOND_MS) /* health has to wait for Cloud Run to tell the address */
#define OVERVIEW_LIMIT_MS INT64_C(1200) /* within the time that Slack waits: mostly it is the record that is wanted */
#define WINDOW_MS (5 * MINUTE_MS)

struct looking {
    const struct view *view;
    const char *prefix;        /* of the readings' names */
    const struct event *event; /* NULL: it begins */
    struct status_body *body;
    struct outcome *out;
};

struct configured { /* the place, as it is now: a look is over before a reload matters to anybody */
    const struct service_settings *service;
    const struct environment_settings *environment;
};

/* False: it is no more. */
static bool find_place(const struct looking *l, const struct status_sight *sight, struct configured *place)
{
    return settings_find_target(l->view->settings, sight->target, &place->service, &place->environment) &&
           place->environment->driver.cloud_run;
}

/* ---- asking ---- */

static int64_t limit_of(const struct looking *l)
{
    int64_t most_ms = l->body->is_overview ? OVERVIEW_LIMIT_MS : SOURCE_LIMIT_MS;
    int64_t left_ms = l->body->answer_at_ms - l->view->now_ms;

    return left_ms < most_ms ? left_ms : most_ms;
}

/* Too late to be asked: it stays waiting. */
static void ask(struct looking *l, const struct status_sight *sight, const char *name, struct status_source *source,
                const char *kind, const struct shape *shape, const void *args)
{
    int64_t limit_ms = limit_of(l);

    if (limit_ms <= 0)
        return;
    source->state = SOURCE_ASKED;
    source->asked_at_ms = l->view->now_ms;
    outcome_read(l->out, arena_printf(l->view->arena, "%s%s.%zu", l->prefix, name, (size_t)(sight - l->body->sights)),
                 kind, shape_to_json(shape, args, SHAPE_WHOLE), limit_ms);
}

static void ask_service(struct looking *l, struct status_sight *sight)
{
    ask(l, sight, "service", &sight->run, READING_SERVICE, &run_place_shape, &sight->place);
}

static void ask_health(struct looking *l, struct status_sight *sight, const char *uri)
{
    struct configured place;
    struct health_settings health;
    struct health_probe probe;

    if (sight->health.state != SOURCE_WAITING || !uri || !*uri || !find_place(l, sight, &place))
        return;
    health = settings_health(l->view->settings, place.service, place.environment);
    probe = (struct health_probe){
        .url = arena_printf(l->view->arena, "%s%s", uri, health.path ? health.path : "/"),
        .expect_status = health.expect_status,
        .timeout_ms = health.timeout_ms < SOURCE_LIMIT_MS ? health.timeout_ms : SOURCE_LIMIT_MS,
        .json_field = health.field,
        .json_value = health.field ? health.value : NULL,
    };
    if (place.environment->driver.cloud_run->invoker_token) {
        probe.audience = uri;
        probe.project = place.environment->driver.cloud_run->project;
    }
    ask(l, sight, "health", &sight->health, READING_HEALTH, &health_probe_shape, &probe);
}

/* `other`: the second of two that share the traffic, or NULL. */
static void ask_metrics(struct looking *l, struct status_sight *sight, const char *revision, const char *other)
{
    struct measure_ask measure = { .canary = revision, .baseline = other, .window_ms = WINDOW_MS };
    struct configured place;

    if (sight->metrics.state == SOURCE_UNUSED || !revision || !find_place(l, sight, &place) ||
        !place.environment->analysis ||
        (text_equal_or_none(sight->measured, revision) && text_equal_or_none(sight->measured_too, other)))
        return;
    measure.names = place.environment->analysis->metrics;
    measure.place = sight->place.service ? &sight->place : NULL;
    sight->measured = revision;
    sight->measured_too = other;
    sight->metrics.state = SOURCE_WAITING; /* what was asked of another revision is not waited for */
    ask(l, sight, "metrics", &sight->metrics, READING_MEASURE, &measure_ask_shape, &measure);
}

/* By the argv of the file, as it is now. */
static void ask_program(struct looking *l, struct status_sight *sight)
{
    struct program_question question = { .timeout_ms = SOURCE_LIMIT_MS };
    const struct environment_settings *environment;
    const struct service_settings *service;
    struct error err;

    if (!settings_find_target(l->view->settings, sight->target, &service, &environment))
        return;
    const struct blank blanks[] = { { "service", service->name, true }, { "environment", environment->name, true } };
    if (blanks_fill_all(environment->driver.program->status, environment->driver.program->status_count, blanks,
                        ARRAY_LEN(blanks), l->view->arena, &question.argv, &err)) {
        question.argv_count = environment->driver.program->status_count;
        ask(l, sight, "program", &sight->program, READING_PROGRAM_SAYS, &program_question_shape, &question);
    } else {
        sight->program.state = SOURCE_SILENT;
        sight->program.problem = arena_strdup(l->view->arena, err.message);
    }
}

/* Every change of it makes a revision: where the newest one serves there is nothing to tell. */
static void ask_template(struct looking *l, struct status_sight *sight)
{
    const char *created = json_find_string(l->event->body, "latest_created");
    const char *serving = json_find_string(l->event->body, "serving");

    if (!l->body->is_overview && sight->template.state == SOURCE_UNUSED && created && serving &&
        !text_equal_or_none(created, serving))
        ask(l, sight, "template", &sight->template, READING_TEMPLATE, &run_place_shape, &sight->place);
}

/* ---- the end ---- */

static void give_up(struct looking *l, struct status_source *source)
{
    if (source->state == SOURCE_ASKED)
        sight_give_up(l->view, source);
}

static void give_up_all(struct looking *l)
{
    for (size_t i = 0; i < l->body->sights_count; i++) {
        give_up(l, &l->body->sights[i].run);
        give_up(l, &l->body->sights[i].health);
        give_up(l, &l->body->sights[i].metrics);
        give_up(l, &l->body->sights[i].template);
        give_up(l, &l->body->sights[i].program);
    }
}

static void answer(struct looking *l)
{
    give_up_all(l);
    if (l->body->is_overview)
        answer_overview(l->view, l->body, l->out);
    else
        answer_place(l->view, l->body->target, l->body, l->out);
    l->out->is_forgotten = true;
    outcome_end(l->out, "answered", "done", "Told how %s is", l->body->is_overview ? "everything" : l->body->target);
}

static bool is_waited_for(const struct status_body *body)
{
    for (size_t i = 0; i < body->sights_count; i++) {
        const struct status_sight *sight = &body->sights[i];

        if (sight->run.state == SOURCE_ASKED || sight->health.state == SOURCE_ASKED ||
            sight->metrics.state == SOURCE_ASKED || sight->template.state == SOURCE_ASKED ||
            sight->program.state == SOURCE_ASKED)
            return true;
    }
    return false;
}

/* ---- what comes ---- */

static void on_service(struct looking *l, struct status_sight *sight)
{
    if (!sight_take_service(l->view, l->event, sight))
        return;
    ask_template(l, sight);
    ask_health(l, sight, json_find_string(l->event->body, "uri"));
    ask_metrics(l, sight, sight_share(l->view, sight, 0), sight_share(l->view, sight, 1));
}

static void on_health(struct looking *l, struct status_sight *sight)
{
    sight_take_health(l->view, l->event, sight);
}

static void on_metrics(struct looking *l, struct status_sight *sight)
{
    sight_take_metrics(l->view, l->event, sight);
}

static void on_template(struct looking *l, struct status_sight *sight)
{
    sight_take_template(l->view, l->event, sight);
}

static void on_program(struct looking *l, struct status_sight *sight)
{
    sight_take_program(l->view, l->event, sight);
}

static const struct source_row {
    const char *name; /* of the reading: "service.0", by its sight */
    size_t offset;    /* of its source in the sight */
    void (*take)(struct looking *l, struct status_sight *sight);
} source_rows[] = {
    { "service", offsetof(struct status_sight, run), on_service },
    { "health", offsetof(struct status_sight, health), on_health },
    { "metrics", offsetof(struct status_sight, metrics), on_metrics },
    { "template", offsetof(struct status_sight, template), on_template },
    { "program", offsetof(struct status_sight, program), on_program },
};

static const struct source_row *find_source(struct looking *l, struct status_sight **ret_sight)
{
    struct str index = str_of(l->event->name), name;
    struct error ignored;
    int64_t i;

    if (!str_take_prefix(&index, l->prefix))
        return NULL;
    name = str_take_until(&index, '.');
    if (!parse_int(index, 0, (int64_t)l->body->sights_count - 1, &i, &ignored))
        return NULL;
    *ret_sight = &l->body->sights[i];
    for (size_t k = 0; k < ARRAY_LEN(source_rows); k++)
        if (str_is(name, source_rows[k].name))
            return &source_rows[k];
    return NULL;
}

/* False: nobody waits for that any more. */
static bool take(struct looking *l)
{
    struct status_sight *sight;
    const struct source_row *row = find_source(l, &sight);
    const struct status_source *source = row ? (const void *)((const char *)sight + row->offset) : NULL;

    if (!source || source->state != SOURCE_ASKED)
        return false;
    row->take(l, sight);
    return true;
}

static void on_reading(struct looking *l)
{
    if (!take(l))
        return;
    if (is_waited_for(l->body))
        outcome_move(l->out, NULL, l->body);
    else
        answer(l);
}

static struct status_body *copy_body(const struct view *view, const struct status_body *body)
{
    struct status_body *copy = ARENA_NEW(view->arena, struct status_body);

    *copy = *body;
    copy->sights = arena_alloc(view->arena, (body->sights_count + 1) * sizeof(*copy->sights));
    for (size_t i = 0; i < body->sights_count; i++)
        copy->sights[i] = body->sights[i];
    return copy;
}

static void status_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct looking l = { .view = view, .prefix = "", .event = event, .body = copy_body(view, body), .out = out };

    (void)operation;
    if (event->kind == EVENT_READING)
        on_reading(&l);
    else if (event->kind == EVENT_TIMER && strcmp(event->name, "answer") == 0)
        answer(&l);
    else if (event->kind == EVENT_REQUEST)
        outcome_refuse(out, "A look changes nothing, and answers within seconds. Nothing was done.");
}

/* ---- the beginning ---- */

static bool has_metrics(const struct view *view, const struct place *place)
{
    return settings_has_metrics(&view->settings->metrics) && place->environment->analysis;
}

size_t look_add(const struct view *view, const struct place *place, size_t max, struct status_body *body)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;
    size_t regions = !driver ? 0 : driver->regions_count ? driver->regions_count : 1;

    for (size_t i = 0; i < regions && body->sights_count < max; i++) {
        const char *region = driver->regions_count ? driver->regions[i] : NULL;

        *ARENA_PUSH(view->arena, body->sights, body->sights_count) = (struct status_sight){
            .target = region ? arena_printf(view->arena, "%s/%s", place->target, region) : place->target,
            .region = region,
            .place = { driver->project, region ? region : driver->region, driver->service },
            .health.state = body->is_overview ? SOURCE_UNUSED : SOURCE_WAITING,
            .metrics.state = body->is_overview || !has_metrics(view, place) ? SOURCE_UNUSED : SOURCE_WAITING,
        };
    }
    return regions;
}

void look_add_program(const struct view *view, const struct place *place, struct status_body *body)
{
    *ARENA_PUSH(view->arena, body->sights, body->sights_count) =
        (struct status_sight){ .target = place->target, .place = { "", "", "" }, .program.state = SOURCE_WAITING };
}

/* The revision that the record names is most often the one that serves, and then its numbers come as soon as all else.
 */
static const char *recorded_revision(const struct view *view, const struct status_sight *sight)
{
    const struct target *target = view->find_target(view->ctx, sight->target);

    return record_is_known(target) ? target->good[target->good_count - 1].revision : NULL;
}

void look_ask(const struct view *view, const char *prefix, struct status_body *body, struct outcome *out)
{
    struct looking l = { .view = view, .prefix = prefix, .body = body, .out = out };

    body->answer_at_ms = view->now_ms + (body->is_overview ? OVERVIEW_LIMIT_MS : ANSWER_LIMIT_MS);
    for (size_t i = 0; i < body->sights_count; i++) {
        if (body->sights[i].program.state == SOURCE_WAITING) {
            ask_program(&l, &body->sights[i]);
            continue;
        }
        ask_service(&l, &body->sights[i]);
        ask_metrics(&l, &body->sights[i], recorded_revision(view, &body->sights[i]), NULL);
    }
}

void look_begin(const struct view *view, struct status_body *body, struct outcome *out)
{
    look_ask(view, "", body, out);
    outcome_timer(out, "answer", body->answer_at_ms);
    outcome_begin(out, machine_status.kind, NULL, "looking", body);
}

struct status_body *look_take(const struct view *view, const char *prefix, const struct status_body *body,
                              const struct event *event, struct outcome *out)
{
    struct looking l = { .view = view, .prefix = prefix, .event = event, .body = copy_body(view, body), .out = out };

    if (event->kind == EVENT_READING)
        take(&l);
    else
        give_up_all(&l);
    return l.body;
}

bool look_is_over(const struct status_body *body)
{
    return !is_waited_for(body);
}

const struct machine machine_status = {
    .kind = "status",
    .schema = STATUS_SCHEMA,
    .body = &status_body_shape,
    .on_event = status_on_event,
};
