#include "handlers/status/sight.h"

#include "handlers/deploy/drift.h"
#include "handlers/deploy/ending.h"
#include "handlers/adjust/adjust.h"
#include "handlers/adjust/body.h"
#include "handlers/deploy/split.h"
#include "handlers/figures.h"
#include "handlers/image.h"
#include "handlers/status/record.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 63 /* as long as Cloud Run's names get */
#define IMAGE_BYTES 120
#define WORDS_BYTES 160 /* of a peer's sentence */
#define SHARES_SHOWN 5
#define STRANGERS_SHOWN 3

static const char *clean(const struct view *view, const char *words, size_t max_bytes)
{
    return words ? card_quote(str_of(words), max_bytes, view->arena) : NULL;
}

/* ---- taken ---- */

static void fall_silent(struct status_source *source, const char *why)
{
    source->state = SOURCE_SILENT;
    source->problem = why;
}

void sight_give_up(const struct view *view, struct status_source *source)
{
    fall_silent(source,
                arena_printf(view->arena, "no answer in %s", duration_about(view->now_ms - source->asked_at_ms).text));
}

/* What it said while it was asked again and again; "" when it said nothing. */
static const char *last_words(const struct view *view, const struct event *event)
{
    const struct event wordless = { .kind = EVENT_READING, .end = END_GAVE_UP };
    const char *why = deploy_why(event, view->arena);

    return strcmp(why, deploy_why(&wordless, view->arena)) == 0 ? "" : arena_printf(view->arena, " (%s)", why);
}

/* What `event` brought by `shape`; false: nothing, and the source is silent now. */
static bool take(const struct view *view, const struct event *event, const struct shape *shape, void *value,
                 struct status_source *source)
{
    struct error err;

    if (event->end == END_GAVE_UP) {
        sight_give_up(view, source);
        source->problem = arena_printf(view->arena, "%s%s", source->problem, last_words(view, event));
    } else if (event->end != END_DONE) {
        fall_silent(source, deploy_why(event, view->arena));
    } else if (!shape_from_json(shape, event->body, view->arena, value, &err)) {
        fall_silent(source,
                    arena_printf(view->arena, "its answer cannot be read: %s", clean(view, err.message, WORDS_BYTES)));
    } else {
        source->state = SOURCE_ANSWERED;
        source->at_ms = view->now_ms;
        source->problem = NULL;
    }
    return source->state == SOURCE_ANSWERED;
}

static struct run_share clean_share(const struct view *view, const struct run_share *share)
{
    return (struct run_share){
        .revision = share->revision ? clean(view, share->revision, NAME_BYTES) : "",
        .percent = share->percent < 0     ? 0
                   : share->percent > 100 ? 100
                                          : share->percent,
        .tag = clean(view, share->tag, NAME_BYTES),
    };
}

static void keep_serving(const struct view *view, const struct run_share *shares, size_t count, struct run_share **kept,
                         size_t *kept_count)
{
    for (size_t i = 0; i < count && *kept_count < SIGHT_SHARES_MAX; i++)
        if (shares[i].percent > 0)
            *(struct run_share *)arena_push(view->arena, kept, kept_count, sizeof(**kept)) =
                clean_share(view, &shares[i]);
}

static void keep_tags(const struct view *view, const struct run_service *service, struct status_sight *sight)
{
    int64_t kept = 0;

    for (size_t i = 0; i < service->wanted_count; i++) {
        if (service->wanted[i].percent > 0 || !service->wanted[i].tag)
            continue;
        if (kept++ < SIGHT_TAGS_MAX)
            *ARENA_PUSH(view->arena, sight->asked, sight->asked_count) = clean_share(view, &service->wanted[i]);
        else
            sight->tags_left_out++;
    }
}

void sight_take_template(const struct view *view, const struct event *event, struct status_sight *sight)
{
    const struct deploy_drift *drift;
    struct run_template template;

    if (!take(view, event, &run_template_shape, &template, &sight->template))
        return;
    drift = drift_of(view, &template);
    sight->unserved = drift ? drift_words(view, drift, &sight->place) : NULL;
}

bool sight_take_service(const struct view *view, const struct event *event, struct status_sight *sight)
{
    struct run_service service;
    const char *image;

    if (!take(view, event, &run_service_shape, &service, &sight->run))
        return false;
    sight->is_settled = service.is_settled;
    sight->is_ready = service.is_ready;
    sight->problem = clean(view, service.problem, WORDS_BYTES);
    sight->serving = clean(view, service.serving, NAME_BYTES);
    image = image_short(service.image, view->arena);
    sight->image = clean(view, image ? image : service.image, IMAGE_BYTES);
    sight->version = clean(view, run_annotation(&service, RUN_ANNOTATION_VERSION), NAME_BYTES);
    keep_serving(view, service.wanted, service.wanted_count, &sight->asked, &sight->asked_count);
    keep_tags(view, &service, sight);
    keep_serving(view, service.observed, service.observed_count, &sight->seen, &sight->seen_count);
    return true;
}

struct health_result { /* of READING_HEALTH */
    int64_t status;
    bool is_healthy;
    const char *problem;
};
static const struct shape_field health_rows[] = {
    ROW_INT(health_result, status),
    ROW_BOOL(health_result, is_healthy),
    ROW_STRING(health_result, problem),
};
static const struct shape health_shape = SHAPE("a health check", health_result, health_rows);

void sight_take_health(const struct view *view, const struct event *event, struct status_sight *sight)
{
    struct health_result result;

    if (!take(view, event, &health_shape, &result, &sight->health))
        return;
    sight->is_healthy = result.is_healthy;
    sight->health_status = result.status;
    sight->health_problem = clean(view, result.problem, WORDS_BYTES);
}

void sight_take_metrics(const struct view *view, const struct event *event, struct status_sight *sight)
{
    struct measured measured;

    if (!take(view, event, &measured_shape, &measured, &sight->metrics))
        return;
    sight->numbers =
        (struct measured){ .canary = measured.canary, .baseline = measured.baseline, .at_ms = measured.at_ms };
    if (measured.at_ms > 0 && measured.at_ms < view_unix_ms(view))
        sight->metrics.at_ms = measured.at_ms - view->shift_ms;
}

struct program_answer { /* of READING_PROGRAM_SAYS */
    const char *said;
};
static const struct shape_field answer_rows[] = { ROW_STRING(program_answer, said, .flags = SHAPE_REQUIRED) };
static const struct shape answer_shape = SHAPE("a program's answer", program_answer, answer_rows);

void sight_take_program(const struct view *view, const struct event *event, struct status_sight *sight)
{
    struct program_answer answer;

    if (take(view, event, &answer_shape, &answer, &sight->program))
        sight->said = clean(view, answer.said, NAME_BYTES);
}

/* ---- told: a program's word ---- */

const char *sight_said(const struct view *view, const struct status_sight *sight)
{
    const struct target *target = view->find_target(view->ctx, sight->target);
    const struct target_version *good = record_is_known(target) ? &target->good[target->good_count - 1] : NULL;
    const char *known = good ? clean(view, version_short(good->version, view->arena), NAME_BYTES) : NULL;

    if (!known || record_holder(view, target) || strcmp(known, sight->said) == 0 ||
        strcmp(good->version, sight->said) == 0)
        return arena_printf(view->arena, "`%s` serves, says its program", sight->said);
    return arena_printf(view->arena, "`%s` serves, says its program: not opsgate's doing, for the record has `%s`",
                        sight->said, known);
}

/* ---- told: Cloud Run ---- */

static const char *version_words(const struct view *view, const struct status_sight *sight, const struct target *target)
{
    const char *version = record_version(view, target, sight->serving);

    if (version && strcmp(version, sight->serving) == 0)
        return arena_printf(view->arena, "`%s` serves", sight->serving);
    if (version)
        return arena_printf(view->arena, "`%s` serves, revision `%s`",
                            clean(view, version_short(version, view->arena), NAME_BYTES), sight->serving);
    /* the annotation is the next best thing; but of old it may be, and a rollout under way has written its own there */
    if (sight->version && !(target && target->good_count > 0) && !record_holder(view, target))
        return arena_printf(view->arena, "revision `%s` serves, annotated as `%s`", sight->serving, sight->version);
    return arena_printf(view->arena, "revision `%s` serves, a version that opsgate does not know", sight->serving);
}

static int by_percent(const void *a, const void *b)
{
    const struct run_share *first = a, *second = b;

    if (first->percent != second->percent)
        return first->percent < second->percent ? 1 : -1;
    return strcmp(first->revision, second->revision);
}

/* Each revision once, the largest share first. */
static struct split shared(const struct status_sight *sight, struct arena *arena)
{
    struct run_share *shares = NULL;
    size_t count = 0, k;

    for (size_t i = 0; i < sight->seen_count; i++) {
        for (k = 0; k < count && strcmp(shares[k].revision, sight->seen[i].revision) != 0; k++)
            ;
        if (k < count)
            shares[k].percent += sight->seen[i].percent;
        else
            *ARENA_PUSH(arena, shares, count) =
                (struct run_share){ .revision = sight->seen[i].revision, .percent = sight->seen[i].percent };
    }
    if (count > 0)
        qsort(shares, count, sizeof(*shares), by_percent);
    return (struct split){ shares, count };
}

const char *sight_share(const struct view *view, const struct status_sight *sight, size_t at)
{
    struct split split = shared(sight, view->arena);

    if (split.count == 0)
        return at == 0 ? sight->serving : NULL;
    return at < split.count ? split.shares[at].revision : NULL;
}

bool sight_is_shared(const struct view *view, const struct status_sight *sight)
{
    return sight_share(view, sight, 1);
}

/* Another revision serves, too, and bears that name: settings alone make one. */
static bool is_called_so_twice(const struct view *view, const struct status_sight *sight, const char *revision,
                               const char *version)
{
    const struct target *target = view->find_target(view->ctx, sight->target);
    struct split split = shared(sight, view->arena);

    for (size_t i = 0; i < split.count; i++) {
        const char *other = record_version(view, target, split.shares[i].revision);

        if (other && strcmp(split.shares[i].revision, revision) != 0 && strcmp(other, version) == 0)
            return true;
    }
    return false;
}

const char *sight_called(const struct view *view, const struct status_sight *sight, const char *revision)
{
    const char *version = record_version(view, view->find_target(view->ctx, sight->target), revision);
    const char *name = version ? clean(view, version_short(version, view->arena), NAME_BYTES) : revision;

    return version && is_called_so_twice(view, sight, revision, version)
               ? arena_printf(view->arena, "`%s` (`%s`)", name, revision)
               : arena_printf(view->arena, "`%s`", name);
}

const char *sight_shares(const struct view *view, const struct status_sight *sight)
{
    struct split split = shared(sight, view->arena);
    const char *text = "";

    for (size_t i = 0; i < split.count && i < SHARES_SHOWN; i++)
        text = arena_printf(view->arena, "%s%s%s %" PRId64 " %%", text, i ? ", " : "",
                            sight_called(view, sight, split.shares[i].revision), split.shares[i].percent);
    if (split.count > SHARES_SHOWN)
        text = arena_printf(view->arena, "%s and %zu more", text, split.count - SHARES_SHOWN);
    return text;
}

const char *sight_serving(const struct view *view, const struct status_sight *sight)
{
    if (!sight->serving)
        return "nothing serves";
    if (sight_is_shared(view, sight))
        return sight_shares(view, sight);
    return arena_printf(view->arena, "%s, image `%s`",
                        version_words(view, sight, view->find_target(view->ctx, sight->target)),
                        sight->image ? sight->image : "not known");
}

static const char *share_words(const struct view *view, const struct run_share *share)
{
    if (share->percent == 0)
        return arena_printf(view->arena, "tag `%s` on `%s`", share->tag, share->revision);
    if (!share->tag)
        return arena_printf(view->arena, "`%s` %" PRId64 " %%", share->revision, share->percent);
    return arena_printf(view->arena, "`%s` %" PRId64 " %% (tag `%s`)", share->revision, share->percent, share->tag);
}

static struct split asked_split(const struct status_sight *sight)
{
    size_t count = 0;

    while (count < sight->asked_count && sight->asked[count].percent > 0)
        count++;
    return (struct split){ sight->asked, count };
}

const char *sight_traffic(const struct view *view, const struct status_sight *sight)
{
    struct split asked = asked_split(sight), seen = { sight->seen, sight->seen_count };
    const char *text = "";
    int64_t more = sight->tags_left_out;

    for (size_t i = 0; i < sight->asked_count; i++) {
        if (i >= SHARES_SHOWN)
            more++;
        else
            text = arena_printf(view->arena, "%s%s%s", text, i ? ", " : "", share_words(view, &sight->asked[i]));
    }
    if (more)
        text = arena_printf(view->arena, "%s and %" PRId64 " more", text, more);
    if (sight->asked_count == 0)
        text = "nowhere";
    if (split_equal(asked, seen))
        return text;
    if (seen.count > SHARES_SHOWN)
        return arena_printf(view->arena, "%s; Cloud Run still shows another split", text);
    return arena_printf(view->arena, "%s; Cloud Run still shows %s", text, split_text(seen, view->arena));
}

const char *sight_condition(const struct status_sight *sight, struct arena *arena)
{
    if (!sight->is_settled)
        return "changing just now";
    if (sight->is_ready)
        return "ready";
    return arena_printf(arena, "not ready: %s", sight->problem ? sight->problem : "Cloud Run does not say why");
}

static bool is_ours(const struct target *target, const struct run_share *share)
{
    return strcmp(share->revision, target->good[target->good_count - 1].revision) == 0;
}

static const char *stranger_words(const struct view *view, const struct target *target, const struct run_share *share)
{
    const char *version = record_version(view, target, share->revision);

    if (!version)
        return arena_printf(view->arena, "%" PRId64 " %% on `%s`", share->percent, share->revision);
    return arena_printf(view->arena, "%" PRId64 " %% on `%s` (`%s`)", share->percent, share->revision,
                        clean(view, version_short(version, view->arena), NAME_BYTES));
}

/* The last one that moved it there, if that is what stands there still. */
static const struct operation *find_split_by_hand(const struct view *view, const struct target *target,
                                                  struct split asked)
{
    for (size_t i = target->ends_count; i > 0; i--) {
        const struct target_end *end = &target->ends[i - 1];
        const struct operation *operation;
        struct adjust_body body;
        struct error ignored;

        if (!end->verb || strcmp(end->verb, verb_traffic.name) != 0)
            continue;
        operation = view->find_ended(view->ctx, end->operation);
        return operation && shape_from_json(&adjust_body_shape, operation->body, view->arena, &body, &ignored) &&
                       split_equal(asked, (struct split){ body.wanted, body.wanted_count })
                   ? operation
                   : NULL;
    }
    return NULL;
}

/* Of strangers: whose doing it is, as far as anybody knows. */
static const char *whose_doing(const struct view *view, const struct target *target, struct split asked)
{
    const struct operation *by_hand = find_split_by_hand(view, target, asked);

    return by_hand ? arena_printf(view->arena, "split by hand by %s (%s)",
                                  principal_mention(&by_hand->requester, view->arena), by_hand->id)
                   : "not opsgate's doing";
}

const char *sight_drift(const struct view *view, const struct status_sight *sight)
{
    const struct target *target = view->find_target(view->ctx, sight->target);
    struct split asked = asked_split(sight);
    const char *text = "";
    size_t strangers = 0;

    if (sight->run.state != SOURCE_ANSWERED || !record_is_known(target) || record_holder(view, target) ||
        !target->good[target->good_count - 1].revision)
        return NULL;
    for (size_t i = 0; i < asked.count; i++)
        if (!is_ours(target, &asked.shares[i]) && ++strangers <= STRANGERS_SHOWN)
            text = arena_printf(view->arena, "%s%s%s", text, strangers > 1 ? ", " : "",
                                stranger_words(view, target, &asked.shares[i]));
    if (asked.count == 0)
        return "no traffic anywhere, not opsgate's doing";
    if (strangers > STRANGERS_SHOWN)
        text = arena_printf(view->arena, "%s and %zu more", text, strangers - STRANGERS_SHOWN);
    return strangers ? arena_printf(view->arena, "%s, %s", text, whose_doing(view, target, asked)) : NULL;
}

/* ---- told: health and numbers ---- */

const char *sight_health(const struct status_sight *sight, struct arena *arena)
{
    if (sight->is_healthy)
        return arena_printf(arena, "healthy (%" PRId64 ")", sight->health_status);
    return arena_printf(arena, "not healthy: %s",
                        sight->health_problem ? sight->health_problem : "it does not say why");
}

static bool is_number(struct measure_value value)
{
    return value.is_known && isfinite(value.value) && value.value >= 0;
}

static const char *latency(struct measure_value value, struct arena *arena)
{
    return is_number(value) ? figure_latency(value.value, arena) : "–";
}

const char *sight_numbers(const struct measured_revision *found, struct arena *arena)
{
    const char *errors = "–";

    if (!is_number(found->requests) && !is_number(found->p50_s) && !is_number(found->p95_s))
        return "Prometheus has no data of it";
    if (is_number(found->requests) && is_number(found->errors) && found->requests.value >= 0.5)
        errors = figure_share(found->errors.value, found->requests.value, arena);
    return arena_printf(arena, "%s requests, %s errors, p50 %s, p95 %s",
                        is_number(found->requests) ? figure_about(found->requests.value, arena) : "–", errors,
                        latency(found->p50_s, arena), latency(found->p95_s, arena));
}

/* ---- told: who said it, and when ---- */

static const char *source_words(const struct view *view, const char *name, const struct status_source *source,
                                const char *why_waiting)
{
    switch ((enum status_source_state)source->state) {
    case SOURCE_ANSWERED:
        return arena_printf(view->arena, "%s: %s", name, record_age(view, source->at_ms));
    case SOURCE_SILENT: /* a peer's sentence may name the peer already */
        if (source->problem && str_starts_with(str_of(source->problem), name))
            return source->problem;
        return arena_printf(view->arena, "%s: %s", name, source->problem ? source->problem : "no answer");
    case SOURCE_WAITING:
        return arena_printf(view->arena, "%s: not asked, %s in time", name, why_waiting);
    case SOURCE_ASKED:
    case SOURCE_UNUSED:
        break;
    }
    return NULL;
}

static const char *join(const struct view *view, const char *text, const char *more)
{
    return more ? arena_printf(view->arena, "%s%s%s", text, *text ? "; " : "", more) : text;
}

const char *sight_sources(const struct view *view, const struct status_sight *sight)
{
    const char *text = join(view, "", source_words(view, "Cloud Run", &sight->run, ""));

    text = join(view, text, source_words(view, "its program", &sight->program, "no argv"));
    text = join(view, text, source_words(view, "health", &sight->health, "no address"));
    return join(view, text, source_words(view, "Prometheus", &sight->metrics, "no revision"));
}
