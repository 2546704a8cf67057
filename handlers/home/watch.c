/* watch.c - who has their Home tab open, and when it is published. */
#include "handlers/home/home.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/model/outside_event.h"
#include "bot/model/settings.h"
#include "bot/model/slack_event.h"

#include <string.h>

#define STATE "watching"
#define TIMER "look"
#define TAB "home"

static const struct shape_field viewer_rows[] = {
    ROW_STRING(home_viewer, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(home_viewer, team, .flags = SHAPE_NONZERO),
    ROW_INT(home_viewer, opened_at_ms),
    ROW_INT(home_viewer, looked_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(home_viewer, shown, .flags = SHAPE_NONZERO),
};
static const struct shape viewer_shape = SHAPE("who opened a Home tab", home_viewer, viewer_rows);

static const struct shape_field rows[] = { ROW_OBJECTS(home_watch, viewers, &viewer_shape) };
const struct shape home_watch_shape = SHAPE("open Home tabs", home_watch, rows);

struct watching { /* one event's decision */
    const struct view *view;
    struct home_watch *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- it is published ---- */

static char *digest_of(const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);
    struct digest_hex hex = digest_hex(digest_sha256(str_of(text)));

    hex.text[16] = '\0';
    return xstrdup(hex.text);
}

/* What shows the time of now changes always: so that is no part of what is compared. */
static void publish(struct watching *w, struct home_viewer *viewer, const struct home *home)
{
    struct arena *arena = w->view->arena;
    struct home dated = *home;

    dated.footer = arena_printf(arena, "As of %s", card_time(view_unix_ms(w->view), arena));
    outcome_effect(w->out, (struct wanted_effect){
                               .kind = EFFECT_HOME,
                               .tag = viewer->user,
                               .lane = arena_printf(arena, "slack-home:%s", viewer->user),
                               .key = arena_printf(arena, "home:%s", viewer->user),
                               .args = shape_to_json(&home_shape, &dated, SHAPE_WHOLE),
                           });
}

static void look_at(struct watching *w, const struct home_work *work, struct home_viewer *viewer, bool is_opened)
{
    const struct principal who = { .system = "slack", .id = viewer->user, .team = viewer->team };
    const struct home *home = home_of(w->view, work, &who);
    AUTO_JSON cJSON *json = shape_to_json(&home_shape, home, SHAPE_WHOLE);
    AUTO_FREE char *digest = digest_of(json);

    viewer->looked_at_ms = w->view->now_ms;
    if (!is_opened && viewer->shown && strcmp(viewer->shown, digest) == 0)
        return;
    viewer->shown = arena_strdup(w->view->arena, digest);
    publish(w, viewer, home);
}

/* ---- who has it open ---- */

static struct home_viewer *find(const struct home_watch *body, const char *user)
{
    for (size_t i = 0; i < body->viewers_count; i++)
        if (strcmp(body->viewers[i].user, user) == 0)
            return &body->viewers[i];
    return NULL;
}

static void drop(struct home_watch *body, const struct home_viewer *gone)
{
    size_t i = (size_t)(gone - body->viewers);

    memmove(&body->viewers[i], &body->viewers[i + 1], (body->viewers_count - i - 1) * sizeof(*gone));
    body->viewers_count--;
}

static struct home_viewer *oldest(const struct home_watch *body, bool by_look)
{
    struct home_viewer *found = NULL;

    for (size_t i = 0; i < body->viewers_count; i++) {
        struct home_viewer *one = &body->viewers[i];

        if (!found || (by_look ? one->looked_at_ms < found->looked_at_ms : one->opened_at_ms < found->opened_at_ms))
            found = one;
    }
    return found;
}

static bool read_opened(const struct outside_event *event, struct arena *arena, struct slack_home_event *ret_opened)
{
    struct error ignored;

    return outside_event_is(event, "slack", SLACK_HOME_OPENED) &&
           shape_from_json(&slack_home_event_shape, event->body, arena, ret_opened, &ignored) &&
           (!ret_opened->tab || strcmp(ret_opened->tab, TAB) == 0);
}

static void open_it(struct watching *w, const char *user, const char *team)
{
    struct home_viewer *viewer = find(w->body, user);

    if (!viewer && w->body->viewers_count == HOME_VIEWERS_MAX)
        drop(w->body, oldest(w->body, false));
    if (!viewer)
        viewer = ARENA_PUSH(w->view->arena, w->body->viewers, w->body->viewers_count);
    viewer->user = user;
    viewer->team = team;
    viewer->opened_at_ms = w->view->now_ms;
    look_at(w, home_look(w->view), viewer, true);
}

static void on_opened(struct watching *w)
{
    struct slack_home_event opened;

    if (read_opened(w->event->outside, w->view->arena, &opened))
        open_it(w, opened.user, w->event->outside->principal.team);
}

/* ---- looks ---- */

static void leave_out_the_gone(struct watching *w)
{
    struct home_viewer *gone;

    while ((gone = oldest(w->body, false)) != NULL && w->view->now_ms - gone->opened_at_ms >= HOME_KEPT_MS)
        drop(w->body, gone);
}

static void on_look(struct watching *w)
{
    const struct home_work *work;

    leave_out_the_gone(w);
    if (w->body->viewers_count == 0) {
        outcome_end(w->out, "done", "done", "nobody has their Home tab open");
        w->out->is_forgotten = true;
        return;
    }
    work = home_look(w->view);
    for (size_t i = 0; i < HOME_LOOKS && i < w->body->viewers_count; i++)
        look_at(w, work, oldest(w->body, true), false);
    outcome_timer(w->out, TIMER, w->view->now_ms + HOME_LOOK_MS);
}

/* Slack did not take it: whoever opens it once more gets it then, and nobody is shown what is not there. */
static void on_published(struct watching *w)
{
    struct home_viewer *viewer = find(w->body, w->event->name);

    if (viewer && w->event->end != END_DONE && w->event->end != END_CANCELLED)
        drop(w->body, viewer);
}

static const struct move {
    enum event_kind kind;
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_OUTSIDE, on_opened },
    { EVENT_TIMER, on_look },
    { EVENT_EFFECT, on_published },
};

/* ARENA_PUSH makes room for more only in lists that it made itself: that of the record is copied. */
static struct home_watch *own_body(const struct view *view, const struct home_watch *body)
{
    struct home_watch *own = ARENA_NEW(view->arena, struct home_watch);

    for (size_t i = 0; i < body->viewers_count; i++)
        *ARENA_PUSH(view->arena, own->viewers, own->viewers_count) = body->viewers[i];
    return own;
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, own_body(view, value), event, out };

    (void)operation;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind)
            continue;
        moves[i].decide(&w);
        outcome_move(out, out->state, w.body);
        return;
    }
}

const struct machine machine_home_watch = {
    .kind = "watch.home",
    .schema = 1,
    .body = &home_watch_shape,
    .on_event = watch_on_event,
};

/* ---- the first who opens theirs ---- */

bool home_hears(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    struct slack_home_event opened;

    return strcmp(operation->kind, machine_home_watch.kind) == 0 && !operation_has_ended(operation) &&
           !operation->is_stuck && read_opened(event, view->arena, &opened);
}

bool home_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    struct slack_home_event opened;

    if (!read_opened(event, view->arena, &opened) || view_find_standing(view, machine_home_watch.kind))
        return false;
    *ret_request = (struct wanted_request){ .verb = verb_home_opened.name };
    return true;
}

/* What a person types has somebody who waits for the answer; of an event nobody does. */
static bool opened_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    (void)view;
    if (request->reply_to.door || strcmp(request->source, "slack") != 0 || request->words_count > 0 ||
        strcmp(request->principal.system, "slack") != 0)
        return error_set(err, ERR_INVALID,
                         "Nobody asks for that: Slack tells who opens their Home tab. Nothing was done.");
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = NULL;
    return true;
}

static void opened_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    struct home_watch none = { 0 };
    struct watching w = { view, own_body(view, &none), NULL, out };

    (void)question, (void)arguments;
    open_it(&w, request->principal.id, request->principal.team);
    outcome_begin(out, machine_home_watch.kind, NULL, STATE, w.body);
    outcome_timer(out, TIMER, view->now_ms + HOME_LOOK_MS);
}

const struct verb verb_home_opened = {
    .name = "home-opened",
    .usage = "home-opened",
    .summary = "somebody opened their Home tab",
    .is_internal = true,
    .is_look = true,
    .asks = opened_asks,
    .begin = opened_begin,
};
