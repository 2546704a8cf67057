#include "handlers/watch/github.h"

#include "handlers/watch/say.h"

#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define STATE "watching"
#define LOOK_MS (2 * MINUTE_MS)
#define TEXT_BYTES 300
#define FAILURES_MAX 3 /* each takes minutes: then it is GitHub or the store, and the rest waits */
#define IDS_MAX 500    /* more are not remembered: they are handed in again, which does no harm */

static const struct shape_field watched_rows[] = {
    ROW_OBJECT(github_watched, log, &github_log_shape),
    ROW_OBJECT(github_watched, known, &github_deliveries_known_shape),
    ROW_INT(github_watched, looked_at_ms),
    ROW_INT(github_watched, caught_up),
    ROW_INT(github_watched, lost),
    ROW_INT(github_watched, unread, .flags = SHAPE_NONZERO),
    ROW_INT(github_watched, gap_ms, .flags = SHAPE_NONZERO),
    ROW_STRINGS(github_watched, put_off, .flags = SHAPE_NONZERO),
    ROW_STRINGS(github_watched, settled, .flags = SHAPE_NONZERO),
    ROW_STRING(github_watched, problem, .flags = SHAPE_NONZERO),
};
static const struct shape watched_shape = SHAPE("a log that is watched", github_watched, watched_rows);

static const struct shape_field rows[] = {
    ROW_OBJECTS(github_watch, logs, &watched_shape),
    ROW_INT(github_watch, at),
    ROW_INT(github_watch, round),
    ROW_STRINGS(github_watch, missed, .flags = SHAPE_NONZERO),
    ROW_OBJECT(github_watch, known, &github_deliveries_known_shape),
    ROW_STRING(github_watch, cursor, .flags = SHAPE_NONZERO),
    ROW_INT(github_watch, failures, .flags = SHAPE_NONZERO),
    ROW_BOOL(github_watch, is_behind, .flags = SHAPE_NONZERO),
};
const struct shape github_watch_shape = SHAPE("GitHub's logs", github_watch, rows);

struct watching { /* one event's decision */
    const struct view *view;
    struct github_watch *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- whose logs ---- */

/* What is known of a log stays known for as long as it is configured. */
static void add_log(struct github_watch *body, const struct github_watch *before, struct github_log log,
                    struct arena *arena)
{
    struct github_watched *watched = ARENA_PUSH(arena, body->logs, body->logs_count);

    *watched = (struct github_watched){ .log = log };
    for (size_t i = 0; before && i < before->logs_count; i++)
        if (text_equal_or_none(before->logs[i].log.hook_id, log.hook_id) &&
            text_equal_or_none(before->logs[i].log.organization, log.organization) &&
            (!log.hook_id || log.organization || text_equal_or_none(before->logs[i].log.repository, log.repository))) {
            *watched = before->logs[i];
            watched->log = log;
        }
}

/* What came before the store was adopted was acted on in the history that is lost, or by people meanwhile: it is not
 * handed in once more. */
static void forget_before(struct github_watched *watched, int64_t unix_ms)
{
    if (watched->known.since_ms >= unix_ms)
        return;
    watched->known = (struct github_deliveries_known){ .since_ms = unix_ms, .watermark_ms = unix_ms };
    watched->put_off_count = watched->settled_count = 0;
}

static void find_logs(const struct view *view, const struct github_watch *before, struct github_watch *body)
{
    const struct github_settings *github = view->settings->github;

    body->logs = NULL;
    body->logs_count = 0;
    if (!github || github->webhook_secrets_count == 0)
        return;
    for (size_t i = 0; i < github->hooks_count; i++)
        add_log(body, before,
                (struct github_log){ .repository = github->hooks[i].repository,
                                     .organization = github->hooks[i].organization,
                                     .hook_id = arena_printf(view->arena, "%" PRId64, github->hooks[i].id) },
                view->arena);
    if (github->hooks_count == 0 && github->app)
        add_log(body, before, (struct github_log){ 0 }, view->arena);
    for (size_t i = 0; view->adoption && i < body->logs_count; i++)
        forget_before(&body->logs[i], view->adopted_at_ms + view->shift_ms);
}

const char *github_watch_name(const struct github_log *log, struct arena *arena)
{
    if (!log->hook_id)
        return "the App";
    return arena_printf(arena, "hook %s of %s", log->hook_id, log->organization ? log->organization : log->repository);
}

/* ---- what is told ---- */

static void journal(struct watching *w, const char *kind, const char *error)
{
    const struct github_watched *log = &w->body->logs[w->body->at];
    cJSON *json = json_object();

    json_set_string(json, "log", github_watch_name(&log->log, w->view->arena));
    json_set_string(json, "error", error);
    outcome_journal(w->out, kind, json, NULL);
}

static const char *quote(struct watching *w, const char *words)
{
    return card_quote(str_of(words ? words : "no answer"), TEXT_BYTES, w->view->arena);
}

/* Once, however often it fails for the same reason or another. */
static void tell_problem(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];
    bool is_new = !log->problem;

    log->problem = quote(w, w->event->error);
    if (!is_new)
        return;
    journal(w, "catch_up.failed", log->problem);
    watch_say(w->view, w->out,
              arena_printf(w->view->arena,
                           "*GitHub's log of deliveries* of %s cannot be read: %s. What GitHub could not deliver "
                           "stays unknown meanwhile; it keeps three days of it.",
                           github_watch_name(&log->log, w->view->arena), log->problem));
}

static void tell_works(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];

    if (log->problem)
        journal(w, "catch_up.works", NULL);
    log->problem = NULL;
}

/* Once: while a delivery is put off the watermark stays where it is. */
static void tell_gap(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];
    cJSON *json;

    if (log->gap_ms == log->known.watermark_ms)
        return;
    log->gap_ms = log->known.watermark_ms;
    json = json_object();
    json_set_string(json, "log", github_watch_name(&log->log, w->view->arena));
    json_set_int(json, "since", log->known.watermark_ms);
    outcome_journal(w->out, "catch_up.gap", json, NULL);
    watch_say(
        w->view, w->out,
        arena_printf(w->view->arena,
                     "*GitHub's log of deliveries* of %s was last read on %s, and GitHub keeps three days: what it "
                     "could not deliver in between cannot be had any more.",
                     github_watch_name(&log->log, w->view->arena), card_date(log->known.watermark_ms, w->view->arena)));
}

static void tell_lost(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];
    cJSON *json = json_object();
    const char *why = quote(w, w->event->error);

    log->lost++;
    json_set_string(json, "log", github_watch_name(&log->log, w->view->arena));
    json_set_string(json, "delivery", w->body->missed[0]);
    json_set_string(json, "error", why);
    outcome_journal(w->out, "catch_up.lost", json, NULL);
    watch_say(w->view, w->out,
              arena_printf(w->view->arena,
                           "*A delivery of GitHub's* (%s of %s) did not come, and cannot be had: %s. Look at it in the "
                           "hook's settings, under Recent Deliveries.",
                           w->body->missed[0], github_watch_name(&log->log, w->view->arena), why));
}

/* They stand in the log for days: once is enough. */
static void take_unread(struct watching *w, int64_t unread)
{
    struct github_watched *log = &w->body->logs[w->body->at];
    bool is_new = unread > 0 && log->unread == 0;
    cJSON *json;

    log->unread = w->body->cursor ? log->unread + unread : unread;
    if (!is_new)
        return;
    json = json_object();
    json_set_string(json, "log", github_watch_name(&log->log, w->view->arena));
    json_set_int(json, "entries", unread);
    outcome_journal(w->out, "catch_up.unread", json, NULL);
    watch_say(w->view, w->out,
              arena_printf(w->view->arena,
                           "*GitHub's log of deliveries* of %s has entries that make no sense (%" PRId64 "), which are "
                           "passed over: whether they came is not known.",
                           github_watch_name(&log->log, w->view->arena), unread));
}

/* ---- its moves ---- */

static bool is_idle(const struct github_watch *body)
{
    return body->at >= (int64_t)body->logs_count;
}

static void look(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];
    struct github_deliveries_ask ask = { .log = log->log,
                                         .known = w->body->cursor ? w->body->known : log->known,
                                         .cursor = w->body->cursor };

    outcome_read(w->out, "deliveries", READING_GITHUB_DELIVERIES,
                 shape_to_json(&github_deliveries_ask_shape, &ask, SHAPE_WHOLE), LOOK_MS);
}

/* Without GitHub in the settings the round that ends it all comes at once. */
static int64_t pause_ms(const struct watching *w)
{
    return w->view->settings->github ? w->view->settings->github->catch_up_ms : 0;
}

static void look_at_next(struct watching *w)
{
    w->body->missed_count = 0;
    w->body->known = (struct github_deliveries_known){ 0 };
    w->body->cursor = NULL;
    w->body->failures = 0;
    w->body->is_behind = false;
    w->body->at++;
    if (is_idle(w->body))
        outcome_timer(w->out, "look", w->view->now_ms + pause_ms(w));
    else
        look(w);
}

static void begin_round(struct watching *w)
{
    struct github_watch before = *w->body;

    find_logs(w->view, &before, w->body);
    if (w->body->logs_count == 0) {
        outcome_end(w->out, "done", "done", "GitHub's logs are not read any more: none is configured");
        return;
    }
    w->body->round++;
    w->body->at = -1;
    outcome_cancel_timer(w->out, "look");
    look_at_next(w);
}

/* One at a time, as GitHub wants it. */
static void go_on(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];
    struct github_delivery_ask ask = { .log = log->log };

    if (w->body->missed_count > 0) {
        ask.id = w->body->missed[0];
        outcome_effect(w->out,
                       (struct wanted_effect){ .kind = EFFECT_CATCH_UP,
                                               .tag = "delivery",
                                               .lane = "github:deliveries",
                                               .args = shape_to_json(&github_delivery_ask_shape, &ask, SHAPE_WHOLE) });
        return;
    }
    if (!w->body->is_behind)
        log->known = w->body->known;
    if (w->body->cursor) {
        look(w);
        return;
    }
    log->looked_at_ms = view_unix_ms(w->view);
    if (!w->body->is_behind) {
        log->put_off_count = log->settled_count = 0;
        tell_works(w);
    }
    look_at_next(w);
}

static bool is_among(const char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

/* The record's list is not ours to change. */
static void add_id(struct watching *w, const char ***ids, size_t *count, const char *id)
{
    const char **longer = arena_alloc(w->view->arena, (*count + 1) * sizeof(*longer));

    if (*count == IDS_MAX || is_among(*ids, *count, id))
        return;
    for (size_t i = 0; i < *count; i++)
        longer[i] = (*ids)[i];
    longer[(*count)++] = id;
    *ids = longer;
}

/* What was put off before comes last, so that it holds up nothing else. */
static void take_missed(struct watching *w, const struct github_deliveries_found *found)
{
    const struct github_watched *log = &w->body->logs[w->body->at];

    w->body->missed = NULL;
    w->body->missed_count = 0;
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; i < found->missed_count; i++) {
            const char *id = found->missed[i].id;

            if (!is_among(log->settled, log->settled_count, id) &&
                is_among(log->put_off, log->put_off_count, id) == again)
                *ARENA_PUSH(w->view->arena, w->body->missed, w->body->missed_count) = id;
        }
    w->body->failures = 0;
}

static void on_looked(struct watching *w)
{
    struct github_deliveries_found found;
    struct error err;

    if (w->event->end != END_DONE ||
        !shape_from_json(&github_deliveries_found_shape, w->event->body, w->view->arena, &found, &err)) {
        tell_problem(w);
        look_at_next(w);
        return;
    }
    if (found.is_gap && !w->body->cursor)
        tell_gap(w);
    take_unread(w, found.unread);
    take_missed(w, &found);
    w->body->known = found.known;
    w->body->cursor = found.cursor;
    go_on(w);
}

static void put_off(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];

    tell_problem(w);
    w->body->is_behind = true;
    w->body->failures++;
    add_id(w, &log->put_off, &log->put_off_count, w->body->missed[0]);
}

/* What GitHub refuses for good is lost; what was only not to be had now is looked for again by the next round, and what
 * stands behind it does not wait for that. */
static void on_handed_in(struct watching *w)
{
    struct github_watched *log = &w->body->logs[w->body->at];

    if (w->body->missed_count == 0)
        return;
    if (w->event->end == END_DONE)
        log->caught_up += json_find_bool(w->event->body, "is_new", false);
    else if (w->event->end == END_FAILED)
        tell_lost(w);
    else
        put_off(w);
    if (w->event->end == END_DONE || w->event->end == END_FAILED)
        add_id(w, &log->settled, &log->settled_count, w->body->missed[0]);
    w->body->missed++;
    w->body->missed_count =
        PLANTED(CAUGHT_UP_IN_PART) || w->body->failures == FAILURES_MAX ? 0 : w->body->missed_count - 1;
    go_on(w);
}

/* What the look under way has found is of before the adoption. */
static bool is_of_before(const struct watching *w)
{
    return w->view->adoption && w->body->logs[w->body->at].known.since_ms < w->view->adopted_at_ms + w->view->shift_ms;
}

/* What was on its way under another owner is still: its end comes. */
static void on_due(struct watching *w)
{
    bool is_at_work = !is_idle(w->body);

    if (is_at_work && !is_of_before(w))
        return;
    if (is_at_work)
        outcome_cancel_effects(w->out, "delivery");
    begin_round(w);
}

static const struct move {
    enum event_kind kind;
    const char *name;
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_TIMER, "look", on_due },
    { EVENT_MESSAGE, MESSAGE_OWNER, on_due },
    { EVENT_READING, "deliveries", on_looked },
    { EVENT_EFFECT, "delivery", on_handed_in },
};

/* The record's are not ours to change. */
static struct github_watched *own_logs(const struct view *view, const struct github_watch *body)
{
    struct github_watched *logs = arena_alloc(view->arena, (body->logs_count + 1) * sizeof(*logs));

    for (size_t i = 0; i < body->logs_count; i++)
        logs[i] = body->logs[i];
    return logs;
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, ARENA_NEW(view->arena, struct github_watch), event, out };

    (void)operation;
    *w.body = *(const struct github_watch *)value;
    w.body->logs = own_logs(view, value);
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
    struct watching w = { view, ARENA_NEW(view->arena, struct github_watch), NULL, out };

    find_logs(view, NULL, w.body);
    if (w.body->logs_count == 0)
        return;
    outcome_begin(out, machine_github_watch.kind, NULL, STATE, w.body);
    begin_round(&w);
}

const struct machine machine_github_watch = {
    .kind = "watch.github",
    .schema = 1,
    .body = &github_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
};
