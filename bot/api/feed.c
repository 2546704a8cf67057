#include "bot/api/feed.h"

#include "bot/api/series.h"
#include "bot/engine/engine.h"
#include "bot/model/operation.h"
#include "handlers/deploy/deploy.h"
#include "handlers/history/scope.h"
#include "handlers/incident/incident.h"
#include "handlers/operation_words.h"
#include "handlers/replay.h"
#include "handlers/status/status.h"

#include <inttypes.h>
#include <string.h>

#include <utlist.h>

struct viewer {
    struct feed *feed;
    struct arena *arena;
    struct api_caller caller;
    struct http_stream *stream;
    const struct settings *settings; /* by which they were let in */
    int64_t until_mono;
    struct viewer *prev, *next;
};

struct change {
    const char *what; /* "operation", "target", "inbox", "journal", "all" */
    const char *id;   /* or NULL */
};

struct feed {
    struct api *api;
    struct viewer *viewers;
    size_t viewers_count;
    char epoch[24];      /* of this process: numbers of another mean nothing */
    uint64_t number;     /* of the newest event */
    struct arena *arena; /* of the changes; NULL: there are none */
    struct change *changes;
    size_t changes_count;
    struct loop_timer *flush, *heartbeat;
    struct series *series;
};

/* ---- viewers ---- */

static void forget(struct viewer *viewer)
{
    DL_DELETE(viewer->feed->viewers, viewer);
    viewer->feed->viewers_count--;
    arena_destroy(viewer->arena);
    free(viewer);
}

static void on_gone(void *arg)
{
    forget(arg);
}

static void let_go(struct viewer *viewer)
{
    http_stream_end(viewer->stream);
    forget(viewer);
}

void feed_let_go(struct feed *feed)
{
    struct viewer *viewer, *next;

    DL_FOREACH_SAFE(feed->viewers, viewer, next)
        let_go(viewer);
}

/* May they go on following? */
static bool is_over(const struct viewer *viewer)
{
    const struct api *api = viewer->feed->api;

    return viewer->settings != api->settings || loop_now_ms(api->loop) >= viewer->until_mono || !api->engine ||
           engine_status(api->engine).phase != ENGINE_OWNER;
}

static void on_heartbeat(void *arg)
{
    struct feed *feed = arg;
    struct viewer *viewer, *next;

    feed->heartbeat = NULL;
    DL_FOREACH_SAFE(feed->viewers, viewer, next) {
        if (is_over(viewer))
            let_go(viewer);
        else
            http_stream_write(viewer->stream, STR_LIT(": still here\n\n")); /* who has gone is told by on_gone */
    }
    if (feed->viewers)
        feed->heartbeat = loop_timer_start(feed->api->loop, FEED_HEARTBEAT_MS, on_heartbeat, feed);
}

/* ---- what changed ---- */

static bool is_noted(const struct feed *feed, const struct change *change)
{
    for (size_t i = 0; i < feed->changes_count; i++)
        if (strcmp(feed->changes[i].what, change->what) == 0 &&
            (!change->id || (feed->changes[i].id && strcmp(feed->changes[i].id, change->id) == 0)))
            return true;
    return false;
}

static void on_flush(void *arg);

static void note(struct feed *feed, struct change change)
{
    if (!feed->arena)
        feed->arena = arena_create();
    if (feed->changes_count > FEED_CHANGES_MAX || is_noted(feed, &change))
        return;
    if (feed->changes_count == FEED_CHANGES_MAX)
        change = (struct change){ "all", NULL };
    change.id = arena_strdup(feed->arena, change.id);
    *ARENA_PUSH(feed->arena, feed->changes, feed->changes_count) = change;
    if (!feed->flush)
        feed->flush = loop_timer_start(feed->api->loop, FEED_TOGETHER_MS, on_flush, feed);
}

void feed_note(struct feed *feed, enum store_place place, const char *field)
{
    switch (place) {
    case STORE_OPERATIONS:
    case STORE_ENDED:
        if (!operation_is_look(field))
            note(feed, (struct change){ "operation", field });
        break;
    case STORE_TARGETS:
        note(feed, (struct change){ "target", field });
        break;
    case STORE_DEAD:
    case STORE_INBOX:
    case STORE_INBOX_SAFE:
        note(feed, (struct change){ "inbox", NULL });
        break;
    case STORE_JOURNAL:
        note(feed, (struct change){ "journal", NULL });
        break;
    default:
        break;
    }
}

/* ---- told ---- */

static bool may_hear(const struct api_call *call, const struct change *change, const struct operation *operation)
{
    if (strcmp(change->what, "operation") == 0)
        return operation && api_may_see(call, operation);
    if (strcmp(change->what, "target") == 0)
        return api_may(call, verb_status.name, change->id);
    if (strcmp(change->what, "inbox") == 0)
        return api_may(call, verb_events.name, NULL) || api_may(call, verb_dead.name, NULL);
    return strcmp(change->what, "journal") != 0 || api_may(call, SCOPE_VERB, NULL);
}

static void add_event(struct feed *feed, const struct change *change, const struct operation *operation,
                      struct buf *buf)
{
    bool is_incident = operation && strcmp(operation->kind, machine_incident.kind) == 0;
    AUTO_JSON cJSON *json = json_object();

    json_set_string(json, "what", is_incident ? "incident" : change->what);
    api_set_text(json, "id", change->id);
    buf_addf(buf, "event: changed\nid: %s-%" PRIu64 "\ndata: ", feed->epoch, feed->number);
    json_print_to(buf, json);
    buf_puts(buf, "\n\n");
}

static void tell(struct feed *feed, struct viewer *viewer, const struct api_call *looked)
{
    AUTO_BUF struct buf buf = BUF(FEED_BACKLOG_BYTES);
    struct api_call call = *looked;

    call.caller = viewer->caller;
    for (size_t i = 0; i < feed->changes_count; i++) {
        const struct change *change = &feed->changes[i];
        const struct operation *operation =
            strcmp(change->what, "operation") == 0 ? operation_find(&call.view, change->id) : NULL;

        if (may_hear(&call, change, operation))
            add_event(feed, change, operation, &buf);
    }
    if (buf.len > 0)
        http_stream_write(viewer->stream, buf_str(&buf));
}

static void keep_figures(struct feed *feed, const struct view *view)
{
    for (size_t i = 0; i < feed->changes_count; i++) {
        const struct operation *operation = strcmp(feed->changes[i].what, "operation") == 0
                                                ? view->find_operation(view->ctx, feed->changes[i].id)
                                                : NULL;

        if (operation && strcmp(operation->kind, machine_deploy.kind) == 0)
            series_take(feed->series, operation, view->arena);
    }
}

static void tell_all(struct feed *feed)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct api_call call = { .api = feed->api, .arena = arena };
    struct viewer *viewer, *next;

    if (!feed->api->engine || !engine_view(feed->api->engine, arena, &call.view)) {
        feed_let_go(feed);
        return;
    }
    call.facts = view_facts(&call.view);
    keep_figures(feed, &call.view);
    DL_FOREACH_SAFE(feed->viewers, viewer, next) {
        if (is_over(viewer))
            let_go(viewer);
        else
            tell(feed, viewer, &call);
    }
}

static void on_flush(void *arg)
{
    struct feed *feed = arg;

    feed->flush = NULL;
    feed->number++;
    tell_all(feed);
    arena_destroy(TAKE(feed->arena));
    feed->changes = NULL;
    feed->changes_count = 0;
    api_calls_changed(feed->api);
}

/* ---- one more viewer ---- */

static size_t viewers_of(const struct feed *feed, const struct principal *who)
{
    const struct viewer *viewer;
    size_t count = 0;

    DL_FOREACH(feed->viewers, viewer)
        count += principal_equal(&viewer->caller.who, who);
    return count;
}

static bool has_missed(const struct feed *feed, const char *last)
{
    char now[48];

    snprintf(now, sizeof(now), "%s-%" PRIu64, feed->epoch, feed->number);
    return !last || strcmp(last, now) != 0;
}

/* In memory of the viewer's own: the call's goes. */
static struct viewer *add_viewer(struct feed *feed, const struct api_call *call)
{
    struct viewer *viewer = xcalloc(1, sizeof(*viewer));
    const struct principal *who = &call->caller.who;

    viewer->feed = feed;
    viewer->arena = arena_create();
    viewer->settings = feed->api->settings;
    viewer->until_mono = loop_now_ms(feed->api->loop) + FEED_LASTS_MS;
    viewer->caller.is_session = call->caller.is_session;
    viewer->caller.source = arena_strdup(viewer->arena, call->caller.source);
    viewer->caller.who = (struct principal){ .system = arena_strdup(viewer->arena, who->system),
                                             .id = arena_strdup(viewer->arena, who->id),
                                             .team = arena_strdup(viewer->arena, who->team),
                                             .name = arena_strdup(viewer->arena, who->name) };
    DL_APPEND(feed->viewers, viewer);
    feed->viewers_count++;
    return viewer;
}

void api_events(struct api_call *call)
{
    static const struct http_header headers[] = { { "Cache-Control", "no-store" }, { "X-Accel-Buffering", "no" } };
    struct feed *feed = call->api->feed;
    bool is_missed = has_missed(feed, http_request_header(call->request, "Last-Event-ID"));
    AUTO_BUF struct buf hello = BUF(256);
    struct viewer *viewer;

    if (feed->viewers_count >= FEED_VIEWERS_MAX || viewers_of(feed, &call->caller.who) >= FEED_VIEWERS_OF_ONE_MAX) {
        api_problem(call, 503, "Too many follow already. Ask again later, or read what you need now and then.");
        return;
    }
    viewer = add_viewer(feed, call);
    viewer->stream = api_answer_stream(call, &(struct http_stream_options){ .content_type = "text/event-stream",
                                                                            .headers = headers,
                                                                            .header_count = ARRAY_LEN(headers),
                                                                            .backlog_max_bytes = FEED_BACKLOG_BYTES,
                                                                            .on_gone = on_gone,
                                                                            .arg = viewer });
    if (!viewer->stream) {
        forget(viewer);
        return;
    }
    buf_addf(&hello, "retry: 2000\nevent: hello\nid: %s-%" PRIu64 "\ndata: {\"missed\":%s}\n\n", feed->epoch,
             feed->number, is_missed ? "true" : "false");
    http_stream_write(viewer->stream, buf_str(&hello));
    if (!feed->heartbeat)
        feed->heartbeat = loop_timer_start(feed->api->loop, FEED_HEARTBEAT_MS, on_heartbeat, feed);
}

/* ---- the feed itself ---- */

cJSON *feed_figures(struct feed *feed, const char *operation)
{
    return series_json(feed->series, operation);
}

struct feed *feed_create(struct api *api)
{
    struct feed *feed = xcalloc(1, sizeof(*feed));

    feed->api = api;
    snprintf(feed->epoch, sizeof(feed->epoch), "%" PRIx64, (uint64_t)loop_now_ms(api->loop));
    feed->series = series_create();
    return feed;
}

void feed_destroy(struct feed *feed)
{
    if (!feed)
        return;
    feed_let_go(feed);
    loop_timer_cancel(feed->flush);
    loop_timer_cancel(feed->heartbeat);
    arena_destroy(feed->arena);
    series_destroy(feed->series);
    free(feed);
}
