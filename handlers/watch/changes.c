#include "handlers/watch/changes.h"

#include "bot/model/card.h"
#include "bot/model/change.h"
#include "bot/model/outside_event.h"
#include "bot/model/settings.h"

#include <string.h>

#define STATE "watching"
#define TITLE_BYTES 200
#define NAME_BYTES 100
#define URL_BYTES 300

static const struct shape_field change_rows[] = {
    ROW_STRING(change_kept, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_kept, title, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(change_kept, service, .flags = SHAPE_NONZERO),
    ROW_STRING(change_kept, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(change_kept, url, .flags = SHAPE_NONZERO),
    ROW_STRING(change_kept, by, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(change_kept, token, .flags = SHAPE_REQUIRED),
    ROW_INT(change_kept, at_ms),
};
static const struct shape change_shape = SHAPE("a change of others", change_kept, change_rows);

static const struct shape_field rows[] = { ROW_OBJECTS(changes_watch, list, &change_shape, .flags = SHAPE_NONZERO) };
const struct shape changes_watch_shape = SHAPE("changes of others", changes_watch, rows);

/* ---- one of them ---- */

/* Nothing is left of what was nothing but marks. */
static const char *quote(const char *text, size_t max_bytes, const char *otherwise, struct arena *arena)
{
    struct str quoted = str_trim(str_of(text ? card_quote(str_of(text), max_bytes, arena) : NULL));

    return quoted.len > 0 ? arena_copy(arena, quoted) : otherwise;
}

bool changes_read(const struct view *view, const struct outside_event *event, struct change_kept *ret_change)
{
    struct change_told told;
    struct error ignored;

    if (!outside_event_is(event, CHANGE_SOURCE, CHANGE_TOLD) ||
        !shape_from_json(&change_told_shape, event->body, view->arena, &told, &ignored))
        return false;
    *ret_change = (struct change_kept){ .id = quote(told.id, NAME_BYTES, "", view->arena),
                                        .title = quote(told.title, TITLE_BYTES, "a change without words", view->arena),
                                        .service = quote(told.service, NAME_BYTES, NULL, view->arena),
                                        .environment = quote(told.environment, NAME_BYTES, NULL, view->arena),
                                        .url = quote(told.url, URL_BYTES, NULL, view->arena),
                                        .by = quote(told.by, NAME_BYTES, NULL, view->arena),
                                        .token = quote(told.token, NAME_BYTES, "", view->arena),
                                        .at_ms = told.at_ms - view->shift_ms };
    return true;
}

const char *changes_text(const struct change_kept *change, struct arena *arena)
{
    const char *place = change->service ? change->service : change->environment;

    if (change->service && change->environment)
        place = arena_printf(arena, "%s/%s", change->service, change->environment);
    return place ? arena_printf(arena, "%s, %s", change->title, place) : change->title;
}

const char *changes_who(const struct change_kept *change, struct arena *arena)
{
    return change->by ? arena_printf(arena, "%s, told by %s", change->by, change->token) : change->token;
}

/* ---- all of them ---- */

static bool is_same(const struct change_kept *a, const struct change_kept *b)
{
    return strcmp(a->token, b->token) == 0 && strcmp(a->id, b->id) == 0;
}

/* Those of `before` and the new one in their order, without what is too old, too many, or was told anew by hand. */
static struct changes_watch *with(const struct view *view, const struct changes_watch *before,
                                  const struct change_kept *told)
{
    struct changes_watch *next = ARENA_NEW(view->arena, struct changes_watch), all = { .list = NULL };
    bool is_placed = false;

    for (size_t i = 0; i <= before->list_count; i++) {
        if (!is_placed && (i == before->list_count || before->list[i].at_ms > told->at_ms)) {
            *ARENA_PUSH(view->arena, all.list, all.list_count) = *told;
            is_placed = true;
        }
        if (i < before->list_count && !is_same(&before->list[i], told))
            *ARENA_PUSH(view->arena, all.list, all.list_count) = before->list[i];
    }
    for (size_t i = all.list_count > CHANGES_KEPT ? all.list_count - CHANGES_KEPT : 0; i < all.list_count; i++)
        if (all.list[i].at_ms > view->now_ms - CHANGES_KEPT_MS)
            *ARENA_PUSH(view->arena, next->list, next->list_count) = all.list[i];
    return next;
}

const struct change_kept *changes_list(const struct view *view, size_t *ret_count)
{
    const struct operation *operation = view_find_standing(view, machine_changes_watch.kind);
    struct changes_watch watch;
    struct error ignored;

    *ret_count = 0;
    if (!operation || !shape_from_json(&changes_watch_shape, operation->body, view->arena, &watch, &ignored))
        return NULL;
    *ret_count = watch.list_count;
    return watch.list;
}

static bool has_any(const struct view *view, const struct changes_watch *watch)
{
    return watch->list_count > 0 && watch->list[watch->list_count - 1].at_ms > view->now_ms - CHANGES_KEPT_MS;
}

/* ---- what stands ---- */

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    const struct changes_watch *body = value;
    struct change_kept told;

    (void)operation;
    if (event->kind == EVENT_OUTSIDE && changes_read(view, event->outside, &told))
        outcome_move(out, NULL, with(view, body, &told));
    else if (event->kind == EVENT_MESSAGE && strcmp(event->name, MESSAGE_OWNER) == 0 &&
             view->settings->api.tokens_count == 0 && !has_any(view, body)) /* who could tell anything */
        outcome_end(out, "done", "done", "no changes are told any more: no token is configured");
}

static void watch_stand(const struct view *view, struct outcome *out)
{
    if (view->settings->api.tokens_count > 0)
        outcome_begin(out, machine_changes_watch.kind, NULL, STATE, ARENA_NEW(view->arena, struct changes_watch));
}

const struct machine machine_changes_watch = {
    .kind = "watch.changes",
    .schema = 1,
    .body = &changes_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
};

bool changes_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    (void)view, (void)event;
    return strcmp(operation->kind, machine_changes_watch.kind) == 0 && !operation_has_ended(operation);
}
