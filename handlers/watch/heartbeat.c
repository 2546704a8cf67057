#include "handlers/watch/heartbeat.h"

#include "handlers/watch/credentials.h"
#include "handlers/watch/page.h"
#include "handlers/watch/say.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define STATE "watching"
#define READING "beat"
#define TIMER "look"
#define BEAT_MS (10 * SECOND_MS) /* to be answered */
#define FAILURES_TOLD 3
#define TEXT_BYTES 300

static const struct shape_field rows[] = {
    ROW_BOOL(heartbeat_watch, is_out),
    ROW_INT(heartbeat_watch, taken_at_ms),
    ROW_INT(heartbeat_watch, failures, .flags = SHAPE_NONZERO),
    ROW_INT(heartbeat_watch, failures_ever, .flags = SHAPE_NONZERO),
    ROW_STRING(heartbeat_watch, problem, .flags = SHAPE_NONZERO),
    ROW_BOOL(heartbeat_watch, is_withheld, .flags = SHAPE_NONZERO),
};
const struct shape heartbeat_watch_shape = SHAPE("the heartbeat", heartbeat_watch, rows);

struct watching { /* one event's decision */
    const struct view *view;
    struct heartbeat_watch *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static void beat(struct watching *w)
{
    outcome_cancel_timer(w->out, TIMER);
    w->body->is_out = true;
    w->body->is_withheld = false;
    outcome_read(w->out, READING, READING_HEARTBEAT, NULL, BEAT_MS);
}

/* Neither Slack nor mail takes what opsgate says: then whoever misses the heartbeat has to wake somebody. */
static bool can_tell_nobody(const struct view *view)
{
    return !watch_slack_takes_pages(view, view->parked, view->parked_count) &&
           (!watch_pages_by_mail(view->settings) || !watch_mail_takes_pages(view->parked, view->parked_count) ||
            credentials_mail_is_lost(view));
}

static void withhold(struct watching *w)
{
    cJSON *json;

    outcome_timer(w->out, TIMER, w->view->now_ms + w->view->settings->heartbeat->every_ms);
    if (w->body->is_withheld)
        return;
    w->body->is_withheld = true;
    json = json_object();
    json_set_string(json, "why", "neither Slack nor mail takes what opsgate has to say");
    outcome_journal(w->out, "heartbeat.withheld", json, NULL);
}

/* What an owner before us had sent is sent again by whoever owns the store now: the reading is in the record. */
static void on_due(struct watching *w)
{
    if (!w->view->settings->heartbeat)
        outcome_end(w->out, "done", "done", "no heartbeat is sent any more: none is configured");
    else if (can_tell_nobody(w->view))
        withhold(w);
    else if (!w->body->is_out)
        beat(w);
}

static void journal(struct watching *w, const char *kind)
{
    cJSON *json = json_object();

    json_set_int(json, "failures", w->body->failures);
    json_set_string(json, "error", w->body->problem);
    outcome_journal(w->out, kind, json, NULL);
}

static void on_taken(struct watching *w)
{
    if (w->body->failures > 0)
        journal(w, "heartbeat.works");
    if (w->body->failures >= FAILURES_TOLD)
        watch_say(w->view, w->out, "*The heartbeat* is answered again.");
    w->body->failures = 0;
    w->body->problem = NULL;
    w->body->taken_at_ms = view_unix_ms(w->view);
}

static void on_lost(struct watching *w)
{
    const char *why = w->event->error ? w->event->error : "no answer";

    w->body->failures++;
    w->body->failures_ever++;
    w->body->problem = card_quote(str_of(why), TEXT_BYTES, w->view->arena);
    if (w->body->failures == 1)
        journal(w, "heartbeat.failed");
    if (w->body->failures == FAILURES_TOLD)
        watch_say(w->view, w->out,
                  arena_printf(w->view->arena,
                               "*The heartbeat* did not arrive %d times in a row: %s. Whoever waits for it will take "
                               "opsgate for dead; is `heartbeat.url` right, and may opsgate call it?",
                               FAILURES_TOLD, w->body->problem));
}

static void on_answered(struct watching *w)
{
    const struct heartbeat_settings *settings = w->view->settings->heartbeat;

    w->body->is_out = false;
    if (!settings) {
        on_due(w);
        return;
    }
    if (w->event->end == END_DONE)
        on_taken(w);
    else
        on_lost(w);
    outcome_timer(w->out, TIMER, w->view->now_ms + settings->every_ms);
}

static const struct move {
    enum event_kind kind;
    const char *name;
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_TIMER, TIMER, on_due },
    { EVENT_MESSAGE, MESSAGE_OWNER, on_due },
    { EVENT_READING, READING, on_answered },
};

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, ARENA_NEW(view->arena, struct heartbeat_watch), event, out };

    (void)operation;
    *w.body = *(const struct heartbeat_watch *)value;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || strcmp(moves[i].name, event->name) != 0)
            continue;
        moves[i].decide(&w);
        outcome_move(out, out->state, w.body);
        return;
    }
}

static void watch_stand(const struct view *view, struct outcome *out)
{
    struct watching w = { view, ARENA_NEW(view->arena, struct heartbeat_watch), NULL, out };

    if (!view->settings->heartbeat)
        return;
    outcome_begin(out, machine_heartbeat_watch.kind, NULL, STATE, w.body);
    beat(&w);
}

const struct machine machine_heartbeat_watch = {
    .kind = "watch.heartbeat",
    .schema = 1,
    .body = &heartbeat_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
};
