#include "handlers/watch/observed.h"

#include "handlers/place.h"
#include "handlers/status/look.h"
#include "handlers/status/record.h"
#include "handlers/status/sight.h"
#include "handlers/watch/say.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define STATE "watching"
#define READING "service."
#define READING_MS (10 * SECOND_MS)
#define AGAIN_MS MINUTE_MS
#define AT_ONCE_MAX 8    /* places that are asked at the same time */
#define PLACES_MAX 200   /* more are not asked */
#define DIFFERS_SHOWN 10 /* in one message */

static const struct shape_field place_rows[] = {
    ROW_STRING(observed_place, target, .flags = SHAPE_REQUIRED),
    ROW_INT(observed_place, asked_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(observed_place, read_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(observed_place, serves, .flags = SHAPE_NONZERO),
    ROW_STRING(observed_place, differs, .flags = SHAPE_NONZERO),
    ROW_STRING(observed_place, problem, .flags = SHAPE_NONZERO),
};
static const struct shape place_shape = SHAPE("a place that is observed", observed_place, place_rows);

static const struct shape_field rows[] = {
    ROW_INT(observed_watch, adoption),
    ROW_BOOL(observed_watch, is_done),
    ROW_INT(observed_watch, next),
    ROW_OBJECTS(observed_watch, places, &place_shape),
    ROW_INT(observed_watch, not_asked, .flags = SHAPE_NONZERO),
};
const struct shape observed_watch_shape = SHAPE("an adopted store", observed_watch, rows);

struct watching { /* one event's decision */
    const struct view *view;
    struct observed_watch *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- whom to ask ---- */

/* Every place as it is configured now, and how each is asked. */
static struct status_body all_places(const struct view *view, int64_t *ret_not_asked)
{
    struct status_body all = { .is_overview = true };
    size_t places = 0, others = 0;

    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            struct place place = { .service = service, .environment = &service->environments[k] };
            size_t found;

            place.target = settings_target_name(service, place.environment, view->arena);
            found = look_add(view, &place, PLACES_MAX, &all);
            places += found;
            others += found == 0;
        }
    }
    *ret_not_asked = (int64_t)(others + places - all.sights_count);
    return all;
}

/* What was read before stays until it is read again. */
static void find_places(struct watching *w, const struct status_body *all)
{
    struct observed_watch before = *w->body;

    w->body->places = NULL;
    w->body->places_count = 0;
    for (size_t i = 0; i < all->sights_count; i++) {
        struct observed_place *place = ARENA_PUSH(w->view->arena, w->body->places, w->body->places_count);

        *place = (struct observed_place){ .target = all->sights[i].target };
        for (size_t k = 0; k < before.places_count; k++)
            if (strcmp(before.places[k].target, place->target) == 0)
                *place = before.places[k];
        place->asked_at_ms = 0;
    }
}

static const struct run_place *find_how(const struct status_body *all, const char *target)
{
    for (size_t i = 0; i < all->sights_count; i++)
        if (strcmp(all->sights[i].target, target) == 0)
            return &all->sights[i].place;
    return NULL;
}

/* ---- a round ---- */

static size_t asked_count(const struct observed_watch *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->places_count; i++)
        count += body->places[i].asked_at_ms != 0;
    return count;
}

static void ask_more(struct watching *w, const struct status_body *all)
{
    while (w->body->next < (int64_t)w->body->places_count && asked_count(w->body) < AT_ONCE_MAX) {
        struct observed_place *place = &w->body->places[w->body->next];
        const struct run_place *how = find_how(all, place->target);

        if (how) {
            place->asked_at_ms = w->view->now_ms;
            outcome_read(w->out, arena_printf(w->view->arena, READING "%" PRId64, w->body->next), READING_SERVICE,
                         shape_to_json(&run_place_shape, how, SHAPE_WHOLE), READING_MS);
        }
        w->body->next++;
    }
}

static size_t differ_count(const struct observed_watch *body, size_t *ret_unread)
{
    size_t differ = 0;

    *ret_unread = 0;
    for (size_t i = 0; i < body->places_count; i++) {
        differ += body->places[i].differs != NULL;
        *ret_unread += body->places[i].problem != NULL;
    }
    return differ;
}

static const char *found_words(const struct observed_watch *body, struct arena *arena)
{
    size_t unread, differ = differ_count(body, &unread);
    const char *text = differ ? arena_printf(arena, "%zu of %zu places serve something else than the record says",
                                             differ, body->places_count)
                              : arena_printf(arena, "in %zu of %zu places what serves is what the record says",
                                             body->places_count - unread, body->places_count);

    if (unread)
        text = arena_printf(arena, "%s; %zu could not be read", text, unread);
    return body->not_asked ? arena_printf(arena, "%s; %" PRId64 " cannot be asked", text, body->not_asked) : text;
}

/* Once for an adoption. */
static void tell_found(struct watching *w)
{
    struct arena *arena = w->view->arena;
    size_t unread, differ = differ_count(w->body, &unread), shown = 0;
    cJSON *json = json_object();
    const char *text;

    json_set_int(json, "adoption", w->body->adoption);
    json_set_int(json, "places", (int64_t)w->body->places_count);
    json_set_int(json, "differ", (int64_t)differ);
    json_set_int(json, "unread", (int64_t)unread);
    outcome_journal(w->out, "store.read", json, NULL);
    text = arena_printf(arena,
                        "*opsgate's store was adopted*, and opsgate only observes until `opsgate store confirm`: %s.",
                        found_words(w->body, arena));
    for (size_t i = 0; i < w->body->places_count && shown < DIFFERS_SHOWN; i++)
        if (w->body->places[i].differs && ++shown)
            text = arena_printf(arena, "%s\n• `%s`: %s", text, w->body->places[i].target, w->body->places[i].differs);
    if (differ > shown)
        text = arena_printf(arena, "%s\n• and %zu more: `status` tells", text, differ - shown);
    watch_say(w->view, w->out, text);
}

static void end_round(struct watching *w)
{
    bool is_first = !w->body->is_done;

    w->body->is_done = true;
    if (is_first)
        tell_found(w);
    outcome_timer(w->out, "look", w->view->now_ms + AGAIN_MS);
}

static void go_on(struct watching *w)
{
    int64_t not_asked;
    struct status_body all = all_places(w->view, &not_asked);

    ask_more(w, &all);
    if (asked_count(w->body) == 0)
        end_round(w);
}

static void begin_round(struct watching *w)
{
    struct status_body all = all_places(w->view, &w->body->not_asked);

    outcome_cancel_timer(w->out, "look");
    if (w->body->adoption != w->view->adoption)
        *w->body = (struct observed_watch){ .adoption = w->view->adoption, .not_asked = w->body->not_asked };
    find_places(w, &all);
    w->body->next = 0;
    go_on(w);
}

/* ---- what comes ---- */

/* The record may not know of it at all; and who is at it just now is no difference. */
static const char *difference(const struct view *view, const struct status_sight *sight)
{
    const struct target *target = view->find_target(view->ctx, sight->target);
    const char *drift = sight_drift(view, sight);

    if (drift)
        return arena_printf(view->arena, "the record has all of it on `%s`; %s",
                            target->good[target->good_count - 1].revision, drift);
    if (record_is_known(target) || !sight->serving)
        return NULL;
    return arena_printf(view->arena, "the record does not say what should serve; %s", sight_serving(view, sight));
}

static void on_read(struct watching *w)
{
    struct str index = str_of(w->event->name);
    struct status_sight sight = { .target = NULL };
    struct observed_place *place;
    struct error ignored;
    int64_t i;

    if (!str_take_prefix(&index, READING) || w->body->places_count == 0 ||
        !parse_int(index, 0, (int64_t)w->body->places_count - 1, &i, &ignored) || !w->body->places[i].asked_at_ms)
        return;
    place = &w->body->places[i];
    sight.target = place->target;
    sight.run.asked_at_ms = place->asked_at_ms;
    place->asked_at_ms = 0;
    if (sight_take_service(w->view, w->event, &sight)) {
        place->read_at_ms = w->view->now_ms;
        place->serves = sight_serving(w->view, &sight);
        place->differs = difference(w->view, &sight);
        place->problem = NULL;
    } else {
        place->problem = sight.run.problem ? sight.run.problem : "no answer";
    }
    go_on(w);
}

/* Another owner, another adoption, a person's confirmation, or it is time. What an owner before us had asked is asked
 * by whoever owns the store now. */
static void on_due(struct watching *w)
{
    if (!w->view->is_observing)
        outcome_end(w->out, "done", "done", "The store was confirmed");
    else if (asked_count(w->body) == 0 || w->body->adoption != w->view->adoption)
        begin_round(w);
}

static const struct move {
    enum event_kind kind;
    const char *name; /* how it begins */
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_TIMER, "look", on_due },
    { EVENT_MESSAGE, MESSAGE_OWNER, on_due },
    { EVENT_READING, READING, on_read },
};

/* The record's places are not ours to change. */
static struct observed_watch *own_body(const struct view *view, const struct observed_watch *body)
{
    struct observed_watch *own = ARENA_NEW(view->arena, struct observed_watch);

    *own = *body;
    own->places = arena_alloc(view->arena, (body->places_count + 1) * sizeof(*own->places));
    for (size_t i = 0; i < body->places_count; i++)
        own->places[i] = body->places[i];
    return own;
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, own_body(view, value), event, out };

    (void)operation;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || strncmp(moves[i].name, event->name, strlen(moves[i].name)) != 0)
            continue;
        moves[i].decide(&w);
        outcome_move(out, out->state, w.body);
        return;
    }
}

static void watch_stand(const struct view *view, struct outcome *out)
{
    struct observed_watch none = { .adoption = view->adoption };
    struct watching w = { view, own_body(view, &none), NULL, out };

    if (!view->is_observing)
        return;
    outcome_begin(out, machine_observed_watch.kind, NULL, STATE, w.body);
    begin_round(&w);
}

/* ---- for those who look ---- */

static const struct observed_watch *find_watch(const struct view *view)
{
    const struct operation *watch = view_find_standing(view, machine_observed_watch.kind);
    struct observed_watch *body = ARENA_NEW(view->arena, struct observed_watch);
    struct error ignored;

    return watch && shape_from_json(&observed_watch_shape, watch->body, view->arena, body, &ignored) ? body : NULL;
}

const char *observed_words(const struct view *view)
{
    const struct observed_watch *body;

    if (!view->is_observing)
        return NULL;
    body = find_watch(view);
    return arena_printf(
        view->arena,
        "*opsgate only observes*: its store was adopted on %s%s%s, and nothing but the way back is done "
        "until `opsgate store confirm`; %s",
        card_date(view->adopted_at_ms + view->shift_ms, view->arena), view->adopted_by ? " by " : "",
        view->adopted_by ? view->adopted_by : "",
        body && body->is_done ? found_words(body, view->arena) : "what serves is being read");
}

const struct machine machine_observed_watch = {
    .kind = "watch.observed",
    .schema = 1,
    .body = &observed_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
};
