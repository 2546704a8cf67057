#include "handlers/watch/pagerduty.h"

#include "handlers/incident/incident.h"
#include "handlers/watch/say.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/outside_event.h"
#include "bot/model/settings.h"

#include <string.h>

#define STATE "watching"
#define LOOK_MS (2 * MINUTE_MS)
#define RETRIED_MS (2 * DAY_MS) /* PagerDuty tries again for so long */
#define PRIORITY_BYTES 100
#define INCIDENTS_MAX 1000 /* more are not compared */
#define REREADS_MAX 3      /* because of what was told meanwhile: then it is good enough */
#define ASKED_MAX 50       /* incidents of ours that hear of it in one look */
#define TEXT_BYTES 300

static const struct shape_field watched_rows[] = {
    ROW_STRING(pagerduty_watched, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_watched, trouble, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_watched, since_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(pagerduty_watched, is_refused, .flags = SHAPE_NONZERO),
};
static const struct shape watched_shape = SHAPE("a subscription that is watched", pagerduty_watched, watched_rows);

static const struct shape_field open_rows[] = {
    ROW_STRING(pagerduty_open, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_open, status, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_open, urgency, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_open, service, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_open, priority, .flags = SHAPE_NONZERO),
};
static const struct shape open_shape = SHAPE("an open incident", pagerduty_open, open_rows);

static const struct shape_field rows[] = {
    ROW_OBJECTS(pagerduty_watch, subscriptions, &watched_shape),
    ROW_OBJECTS(pagerduty_watch, incidents, &open_shape),
    ROW_BOOL(pagerduty_watch, has_read),
    ROW_BOOL(pagerduty_watch, is_cut, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_watch, incidents_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(pagerduty_watch, is_gap),
    ROW_BOOL(pagerduty_watch, is_at_work),
    ROW_BOOL(pagerduty_watch, has_failed, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_watch, enabling),
    ROW_BOOL(pagerduty_watch, has_heard),
    ROW_INT(pagerduty_watch, rereads),
    ROW_INT(pagerduty_watch, looked_at_ms),
    ROW_STRING(pagerduty_watch, problem, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_watch_shape = SHAPE("PagerDuty's subscriptions", pagerduty_watch, rows);

struct watching { /* one event's decision */
    const struct view *view;
    const struct operation *operation; /* NULL: it is begun by this decision */
    struct pagerduty_watch *body;      /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static const char *quote(struct watching *w, const char *words)
{
    return card_quote(str_of(words ? words : "no answer"), TEXT_BYTES, w->view->arena);
}

/* ---- a round ---- */

/* Does policy have to know what is open? */
static bool wants_incidents(const struct watching *w)
{
    const struct settings *settings = w->view->settings;

    return settings->pagerduty && settings->pagerduty->api_token && settings->incidents &&
           policy_settings_name_incidents(&settings->policy);
}

/* What is known of a subscription stays known for as long as it is configured. */
static void find_subscriptions(struct watching *w)
{
    const struct pagerduty_settings *pagerduty = w->view->settings->pagerduty;
    struct pagerduty_watch before = *w->body;

    w->body->subscriptions = NULL;
    w->body->subscriptions_count = 0;
    for (size_t i = 0; pagerduty && i < pagerduty->subscriptions_count; i++) {
        struct pagerduty_watched *watched =
            ARENA_PUSH(w->view->arena, w->body->subscriptions, w->body->subscriptions_count);

        *watched = (struct pagerduty_watched){ .id = pagerduty->subscriptions[i] };
        for (size_t k = 0; k < before.subscriptions_count; k++)
            if (text_equal_or_none(before.subscriptions[k].id, watched->id))
                *watched = before.subscriptions[k];
    }
}

static void ask_subscriptions(struct watching *w)
{
    struct pagerduty_subscription_ask ask = { 0 };

    outcome_read(w->out, "subscriptions", READING_PAGERDUTY_SUBSCRIPTIONS,
                 shape_to_json(&pagerduty_subscription_ask_shape, &ask, SHAPE_WHOLE), LOOK_MS);
}

static void end_round(struct watching *w)
{
    const struct pagerduty_settings *pagerduty = w->view->settings->pagerduty;

    w->body->is_at_work = false;
    w->body->enabling = 0;
    outcome_timer(w->out, "look", w->view->now_ms + (pagerduty ? pagerduty->watch_ms : 0));
}

static void end_well(struct watching *w)
{
    if (!w->body->has_failed)
        w->body->problem = NULL;
    end_round(w);
}

static void ask_incidents(struct watching *w)
{
    struct pagerduty_incidents_ask ask = { 0 };

    w->body->has_heard = false;
    outcome_read(w->out, "incidents", READING_PAGERDUTY_INCIDENTS,
                 shape_to_json(&pagerduty_incidents_ask_shape, &ask, SHAPE_WHOLE), LOOK_MS);
}

/* What is silenced is enabled before the incidents are read: nothing falls in between. */
static void read_or_rest(struct watching *w)
{
    if (w->body->enabling > 0)
        return;
    w->body->rereads = 0;
    if (w->body->is_gap || !w->body->has_read || wants_incidents(w))
        ask_incidents(w);
    else
        end_well(w);
}

static void begin_round(struct watching *w)
{
    find_subscriptions(w);
    if (w->body->subscriptions_count == 0 && !wants_incidents(w)) {
        outcome_end(w->out, "done", "done", "PagerDuty is not watched any more: nothing is configured that needs it");
        return;
    }
    w->body->is_at_work = true;
    w->body->has_failed = false;
    outcome_cancel_timer(w->out, "look");
    if (w->body->subscriptions_count > 0)
        ask_subscriptions(w);
    else
        read_or_rest(w);
}

/* Once, however often it fails. */
static void tell_problem(struct watching *w, const char *what)
{
    bool is_new = !w->body->problem;
    cJSON *json;

    w->body->has_failed = true;
    w->body->problem = quote(w, w->event->error);
    if (!is_new)
        return;
    json = json_object();
    json_set_string(json, "error", w->body->problem);
    outcome_journal(w->out, "pagerduty.unseen", json, NULL);
    watch_say(w->view, w->out,
              arena_printf(w->view->arena,
                           "*PagerDuty* does not let opsgate see its %s: %s. Whether it still tells us "
                           "what happens is not known meanwhile.",
                           what, w->body->problem));
}

/* ---- subscriptions ---- */

static const char *trouble_of(const struct pagerduty_subscriptions *found, const char *id)
{
    for (size_t i = 0; i < found->subscriptions_count; i++)
        if (text_equal_or_none(found->subscriptions[i].id, id))
            return !found->subscriptions[i].is_active  ? "switched off"
                   : found->subscriptions[i].is_silent ? "silenced"
                                                       : NULL;
    return "not there";
}

static void journal_subscription(struct watching *w, const char *kind, const struct pagerduty_watched *watched,
                                 const char *trouble)
{
    cJSON *json = json_object();

    json_set_string(json, "subscription", watched->id);
    json_set_string(json, "trouble", trouble);
    if (watched->since_ms)
        json_set_int(json, "since", watched->since_ms);
    outcome_journal(w->out, kind, json, NULL);
}

static void tell_trouble(struct watching *w, const struct pagerduty_watched *watched)
{
    const char *next = text_equal_or_none(watched->trouble, "silenced")
                           ? w->view->is_observing ? "It stays so until `opsgate store confirm`: "
                                                     "opsgate only observes, and enables it then"
                                                   : "It is enabled again now"
                       : text_equal_or_none(watched->trouble, "switched off")
                           ? "Somebody wanted that; switch it on in PagerDuty, "
                             "under Integrations, Generic Webhooks"
                           : "Is `pagerduty.subscriptions` right?";

    journal_subscription(w, "subscription.failed", watched, watched->trouble);
    watch_say(
        w->view, w->out,
        arena_printf(w->view->arena,
                     "*PagerDuty's webhook subscription* `%s` is %s: what happens there is not told to opsgate. %s.",
                     quote(w, watched->id), watched->trouble, next));
}

static void enable(struct watching *w, const struct pagerduty_watched *watched)
{
    struct pagerduty_subscription_ask ask = { .subscription = watched->id };

    w->body->enabling++;
    outcome_effect(
        w->out, (struct wanted_effect){ .kind = EFFECT_PAGERDUTY_ENABLE,
                                        .tag = arena_printf(w->view->arena, "enable:%s", watched->id),
                                        .lane = "pagerduty:subscriptions",
                                        .args = shape_to_json(&pagerduty_subscription_ask_shape, &ask, SHAPE_WHOLE) });
}

static void see(struct watching *w, struct pagerduty_watched *watched, const char *trouble)
{
    bool is_changed = !text_equal_or_none(watched->trouble, trouble);

    if (trouble)
        w->body->is_gap = true;
    if (is_changed && !trouble)
        journal_subscription(w, "subscription.works", watched, NULL);
    if (is_changed) {
        watched->trouble = trouble;
        watched->since_ms = trouble ? view_unix_ms(w->view) : 0;
        watched->is_refused = false;
    }
    if (is_changed && trouble)
        tell_trouble(w, watched);
    if (text_equal_or_none(trouble, "silenced") &&
        !w->view->is_observing) /* once that is over all are looked at again */
        enable(w, watched);
}

static void on_subscriptions(struct watching *w)
{
    struct pagerduty_subscriptions found;
    int64_t now_ms = view_unix_ms(w->view);
    struct error err;

    if (w->event->end != END_DONE ||
        !shape_from_json(&pagerduty_subscriptions_shape, w->event->body, w->view->arena, &found, &err)) {
        tell_problem(w, "webhook subscriptions");
        if (wants_incidents(w))
            read_or_rest(w);
        else
            end_round(w);
        return;
    }
    if (w->body->looked_at_ms && now_ms - w->body->looked_at_ms > RETRIED_MS)
        w->body->is_gap = true;
    w->body->looked_at_ms = now_ms;
    for (size_t i = 0; i < w->body->subscriptions_count; i++)
        see(w, &w->body->subscriptions[i], trouble_of(&found, w->body->subscriptions[i].id));
    read_or_rest(w);
}

/* Once, for as long as it stays in the same trouble. */
static void tell_refused(struct watching *w, struct pagerduty_watched *watched)
{
    if (!watched->is_refused)
        watch_say(w->view, w->out,
                  arena_printf(w->view->arena,
                               "*PagerDuty's webhook subscription* `%s` could not be enabled again: %s.",
                               quote(w, watched->id), quote(w, w->event->error)));
    watched->is_refused = true;
}

static void on_enabled(struct watching *w)
{
    const char *id = w->event->name + strlen("enable:");

    if (w->body->enabling == 0)
        return;
    for (size_t i = 0; i < w->body->subscriptions_count; i++) {
        struct pagerduty_watched *watched = &w->body->subscriptions[i];

        if (!text_equal_or_none(watched->id, id))
            continue;
        if (w->event->end == END_DONE) {
            journal_subscription(w, "subscription.works", watched, NULL);
            watched->trouble = NULL;
            watched->since_ms = 0;
            watched->is_refused = false;
        } else {
            tell_refused(w, watched);
        }
    }
    w->body->enabling--;
    read_or_rest(w);
}

/* ---- incidents ---- */

static struct pagerduty_open *find_open(struct pagerduty_open *list, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].id, id) == 0)
            return &list[i];
    return NULL;
}

static void tell_differs(struct watching *w, const char *id, const char *was, const char *is)
{
    cJSON *json = json_object();

    json_set_string(json, "incident", id);
    json_set_string(json, "was", was);
    json_set_string(json, "is", is);
    outcome_journal(w->out, "incident.differs", json, NULL);
}

/* An incident of ours opens by it, or follows it, as by a webhook. */
static void tell_incident(struct watching *w, const struct pagerduty_incident *incident)
{
    struct wanted_request want;

    if (w->view->is_observing || w->out->requests_count >= ASKED_MAX || !incident_page_asks(w->view, incident, &want))
        return;
    want.request_id = w->operation->request_id;
    outcome_request(w->out, want);
}

static const struct pagerduty_incident *find_found(const struct pagerduty_incidents *found, const char *id)
{
    for (size_t i = 0; i < found->incidents_count; i++)
        if (text_equal_or_none(found->incidents[i].id, id))
            return &found->incidents[i];
    return NULL;
}

/* The first time there is nothing to compare with; what is told by and by need not be told here, too. */
static void compare(struct watching *w, const struct pagerduty_incidents *found, struct pagerduty_open *now,
                    size_t count)
{
    struct pagerduty_watch *body = w->body;
    bool is_news = body->has_read && (body->is_gap || body->subscriptions_count == 0);

    for (size_t i = 0; is_news && i < count; i++) {
        const struct pagerduty_open *before = find_open(body->incidents, body->incidents_count, now[i].id);

        if (before && text_equal_or_none(before->status, now[i].status))
            continue;
        tell_differs(w, now[i].id, before ? before->status : NULL, now[i].status);
        tell_incident(w, find_found(found, now[i].id));
    }
    for (size_t i = 0; is_news && !found->is_cut && i < body->incidents_count; i++) {
        const struct pagerduty_open *before = &body->incidents[i];

        if (find_open(now, count, before->id))
            continue;
        tell_differs(w, before->id, before->status, "resolved");
        tell_incident(w, &(struct pagerduty_incident){ .id = before->id, .status = "resolved" });
    }
}

static bool is_all_well(const struct pagerduty_watch *body)
{
    for (size_t i = 0; i < body->subscriptions_count; i++)
        if (body->subscriptions[i].trouble)
            return false;
    return true;
}

/* What a person typed there stands in each record of it. */
static const char *cut_priority(const struct pagerduty_incident *incident, struct arena *arena)
{
    struct str text = str_of(incident->priority ? incident->priority->summary : NULL);

    if (text.len <= PRIORITY_BYTES)
        return text.len > 0 ? text.at : NULL;
    text.len = PRIORITY_BYTES;
    while (text.len > 0 && ((unsigned char)text.at[text.len] & 0xc0) == 0x80) /* not within a character */
        text.len--;
    return arena_copy(arena, text);
}

static struct pagerduty_open open_of(const struct pagerduty_incident *incident, struct arena *arena)
{
    return (struct pagerduty_open){
        .id = incident->id,
        .status = incident->status,
        .urgency = incident->urgency,
        .service = incident->service ? incident->service->id : NULL,
        .priority = cut_priority(incident, arena),
    };
}

static void on_incidents(struct watching *w)
{
    struct pagerduty_open *now = NULL;
    struct pagerduty_incidents found;
    size_t count = 0;
    struct error err;

    if (w->event->end != END_DONE ||
        !shape_from_json(&pagerduty_incidents_shape, w->event->body, w->view->arena, &found, &err)) {
        tell_problem(w, "open incidents");
        end_round(w);
        return;
    }
    if (w->body->has_heard && w->body->rereads < REREADS_MAX) {
        w->body->rereads++;
        ask_incidents(w); /* what was told meanwhile may be newer */
        return;
    }
    for (size_t i = 0; i < found.incidents_count && count < INCIDENTS_MAX; i++)
        if (found.incidents[i].id)
            *ARENA_PUSH(w->view->arena, now, count) = open_of(&found.incidents[i], w->view->arena);
    found.is_cut = found.is_cut || count < found.incidents_count;
    compare(w, &found, now, count);
    w->body->incidents = now;
    w->body->incidents_count = count;
    w->body->has_read = true;
    w->body->is_cut = found.is_cut;
    w->body->incidents_at_ms = view_unix_ms(w->view);
    w->body->is_gap = !is_all_well(w->body); /* until it delivers again they are read each time */
    end_well(w);
}

bool pagerduty_watch_hears(const struct view *view, const struct operation *operation,
                           const struct outside_event *event)
{
    (void)view;
    return strcmp(operation->kind, machine_pagerduty_watch.kind) == 0 &&
           json_find_string(event->body, "incident.id") != NULL;
}

static void forget(struct pagerduty_watch *body, const struct pagerduty_open *open)
{
    size_t at = (size_t)(open - body->incidents);

    body->incidents[at] = body->incidents[--body->incidents_count];
}

static void on_told(struct watching *w)
{
    const cJSON *told = json_find(w->event->outside->body, "incident");
    struct pagerduty_incident incident;
    struct pagerduty_open *open;
    struct error ignored;

    if (!shape_from_json(&pagerduty_incident_shape, told, w->view->arena, &incident, &ignored) || !incident.id ||
        !incident.status)
        return;
    open = find_open(w->body->incidents, w->body->incidents_count, incident.id);
    w->body->has_heard = true;
    if (strcmp(incident.status, "resolved") == 0) {
        if (open)
            forget(w->body, open);
    } else if (open) {
        *open = open_of(&incident, w->view->arena);
    } else if (w->body->incidents_count < INCIDENTS_MAX) {
        *ARENA_PUSH(w->view->arena, w->body->incidents, w->body->incidents_count) = open_of(&incident, w->view->arena);
    } else {
        w->body->is_cut = true;
    }
}

/* What was on its way under another owner is still: its end comes. */
static void on_due(struct watching *w)
{
    if (!w->body->is_at_work)
        begin_round(w);
}

static const struct move {
    enum event_kind kind;
    const char *name; /* how it begins; NULL: any */
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_TIMER, "look", on_due },
    { EVENT_MESSAGE, MESSAGE_OWNER, on_due },
    { EVENT_READING, "subscriptions", on_subscriptions },
    { EVENT_READING, "incidents", on_incidents },
    { EVENT_EFFECT, "enable:", on_enabled },
    { EVENT_OUTSIDE, NULL, on_told },
};

/* ARENA_PUSH makes room for more only in lists that it made itself: those of the record are copied. */
static struct pagerduty_watch *own_body(const struct view *view, const struct pagerduty_watch *body)
{
    struct pagerduty_watch *own = ARENA_NEW(view->arena, struct pagerduty_watch);

    *own = *body;
    own->subscriptions = NULL;
    own->subscriptions_count = 0;
    for (size_t i = 0; i < body->subscriptions_count; i++)
        *ARENA_PUSH(view->arena, own->subscriptions, own->subscriptions_count) = body->subscriptions[i];
    own->incidents = NULL;
    own->incidents_count = 0;
    for (size_t i = 0; i < body->incidents_count; i++)
        *ARENA_PUSH(view->arena, own->incidents, own->incidents_count) = body->incidents[i];
    return own;
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, operation, own_body(view, value), event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind ||
            (moves[i].name && strncmp(moves[i].name, event->name, strlen(moves[i].name)) != 0))
            continue;
        moves[i].decide(&w);
        outcome_move(out, NULL, w.body);
        return;
    }
}

static void watch_stand(const struct view *view, struct outcome *out)
{
    struct pagerduty_watch none = { 0 };
    struct watching w = { view, NULL, own_body(view, &none), NULL, out };

    find_subscriptions(&w);
    if (w.body->subscriptions_count == 0 && !wants_incidents(&w))
        return;
    outcome_begin(out, machine_pagerduty_watch.kind, NULL, STATE, w.body);
    begin_round(&w);
}

const struct machine machine_pagerduty_watch = {
    .kind = "watch.pagerduty",
    .schema = 1,
    .body = &pagerduty_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
};
