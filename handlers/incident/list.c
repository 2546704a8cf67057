/* list.c - which incidents are open, and how long they took. */
#include "handlers/incident/internal.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define ENDED_KEPT 1000 /* view.h: list_ended */
#define NAMED_MAX 10

struct listed {
    const struct operation *operation;
    struct incident_body body;
    size_t rank; /* of its severity */
};
struct found {
    const struct view *view;
    const struct request *request; /* who asks: private ones are for those who are in them */
    struct listed *list;
    size_t count;
    size_t ended;           /* operations of any kind that were looked through */
    int64_t ended_since_ms; /* of those the oldest ended then */
};

/* ---- which there are ---- */

static void add(struct found *f, const struct operation *operation)
{
    const struct incidents_settings *incidents = f->view->settings->incidents;
    struct listed listed = { .operation = operation };
    struct error ignored;

    if (strcmp(operation->kind, machine_incident.kind) != 0 || !operation->body ||
        !incident_is_seen(f->view, operation, f->request) ||
        !shape_from_json(&incident_body_shape, operation->body, f->view->arena, &listed.body, &ignored))
        return;
    listed.rank = incidents ? incident_rank(incidents, listed.body.severity) : 0;
    *ARENA_PUSH(f->view->arena, f->list, f->count) = listed;
}

static void add_live(struct found *f)
{
    size_t count = f->view->list_operations(f->view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(f->view->arena, (count + 1) * sizeof(*all));

    count = f->view->list_operations(f->view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (!operation_has_ended(all[i]))
            add(f, all[i]);
}

static void add_ended(struct found *f)
{
    const struct operation **all;

    f->ended = f->view->list_ended(f->view->ctx, NULL, 0);
    all = arena_alloc(f->view->arena, (f->ended + 1) * sizeof(*all));
    f->ended = f->view->list_ended(f->view->ctx, all, f->ended);
    for (size_t i = 0; i < f->ended; i++)
        add(f, all[i]);
    f->ended_since_ms = f->ended > 0 ? all[f->ended - 1]->ended_at_ms : f->view->now_ms;
}

/* The worst first; of those the oldest. */
static int compare(const void *a, const void *b)
{
    const struct listed *left = a, *right = b;
    int names;

    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    names = strcmp(left->body.severity, right->body.severity); /* that the file has no more */
    if (names != 0)
        return names;
    return (left->body.opened_at_ms > right->body.opened_at_ms) - (left->body.opened_at_ms < right->body.opened_at_ms);
}

static void sort(struct found *f)
{
    if (f->count > 0)
        qsort(f->list, f->count, sizeof(f->list[0]), compare);
}

/* ---- words ---- */

static const char *date(const struct view *view, int64_t ms)
{
    return card_date(ms + view->shift_ms, view->arena);
}

static const char *about(const struct view *view, int64_t ms)
{
    return arena_strdup(view->arena, duration_about(ms > 0 ? ms : 0).text);
}

static const char *plural(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static bool is_resolved(const struct listed *listed)
{
    return listed->body.resolved_at_ms > 0;
}

/* ---- the list ---- */

static const char *state_text(const struct view *view, const struct listed *listed)
{
    if (listed->operation->is_stuck)
        return "stuck";
    if (is_resolved(listed))
        return arena_printf(view->arena, "resolved %s, and not closed", date(view, listed->body.resolved_at_ms));
    if (strcmp(listed->operation->state, INCIDENT_OPEN) == 0)
        return arena_printf(view->arena, "open since %s", date(view, listed->body.opened_at_ms));
    return arena_printf(view->arena, "%s, opened %s", listed->operation->state, date(view, listed->body.opened_at_ms));
}

static const char *line(const struct view *view, const struct listed *listed)
{
    const struct incident_body *body = &listed->body;
    const char *lead = body->lead ? arena_printf(view->arena, "%s leads", body->lead) : "nobody leads";
    const char *channel = body->channel_name ? arena_printf(view->arena, " · #%s", body->channel_name) : "";
    const char *private = body->is_private ? " · private" : "";

    return arena_printf(view->arena, "*%s* %s · %s · %s · %s%s%s", listed->operation->id, body->severity, body->title,
                        state_text(view, listed), lead, channel, private);
}

static void tell_last(const struct view *view, const struct request *request, struct outcome *out)
{
    struct found ended = { .view = view, .request = request };
    const struct listed *last;

    add_ended(&ended);
    if (ended.count == 0)
        return;
    last = &ended.list[0]; /* newest first */
    outcome_reply_line(out, "The last one was *%s*, %s: %s, closed %s.", last->operation->id, last->body.severity,
                       last->body.title, date(view, last->operation->ended_at_ms));
}

void incident_list(const struct view *view, const struct request *request, struct outcome *out)
{
    struct found live = { .view = view, .request = request };
    size_t resolved = 0;

    add_live(&live);
    sort(&live);
    for (size_t i = 0; i < live.count; i++)
        resolved += is_resolved(&live.list[i]);
    if (resolved == live.count)
        outcome_reply(out, "No incident is open. `incident declare` opens one.");
    else
        outcome_reply(out, "%zu %s open%s.", live.count - resolved,
                      plural(live.count - resolved, "incident is", "incidents are"),
                      resolved > 0 ? arena_printf(view->arena, ", %zu %s resolved and not closed", resolved,
                                                  plural(resolved, "is", "are"))
                                   : "");
    for (size_t i = 0; i < live.count; i++)
        outcome_reply_line(out, "%s", line(view, &live.list[i]));
    if (live.count == 0)
        tell_last(view, request, out);
}

/* ---- for others: those that are not resolved ---- */

static bool concerns_any(const struct found *f, const struct listed *listed, const char *const *targets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (incident_concerns(f->view, &listed->body, targets[i]))
            return true;
    return !targets;
}

void incident_list_open(const struct view *view, const struct request *request, const char *const *targets,
                        size_t targets_count, const char ***ret_ids, size_t *ret_count)
{
    struct found live = { .view = view, .request = request };

    *ret_ids = NULL;
    *ret_count = 0;
    add_live(&live);
    sort(&live);
    for (size_t i = 0; i < live.count; i++)
        if (!is_resolved(&live.list[i]) && concerns_any(&live, &live.list[i], targets, targets_count))
            *ARENA_PUSH(view->arena, *ret_ids, *ret_count) = live.list[i].operation->id;
}

const char *incident_line(const struct view *view, const char *id)
{
    const struct operation *operation = view->find_operation(view->ctx, id);
    struct listed listed = { .operation = operation };
    struct error ignored;

    if (!operation || operation_has_ended(operation) ||
        !shape_from_json(&incident_body_shape, operation->body, view->arena, &listed.body, &ignored))
        return NULL;
    return line(view, &listed);
}

/* ---- how long they took ---- */

static int64_t since_opened_ms(const struct incident_body *body, int64_t at_ms)
{
    return at_ms > body->opened_at_ms ? at_ms - body->opened_at_ms : 0;
}

int64_t incident_answered_after_ms(const struct view *view, const struct incident_body *body)
{
    if (body->acknowledged_at_ms > 0 && body->reopened_at_ms == 0)
        return since_opened_ms(body, body->acknowledged_at_ms);
    for (size_t i = 0; i < body->timeline_count; i++)
        if (strcmp(body->timeline[i].kind, INCIDENT_ACKNOWLEDGED) == 0)
            return since_opened_ms(body, body->timeline[i].at_ms - view->shift_ms);
    return body->acknowledged_at_ms > 0 ? since_opened_ms(body, body->acknowledged_at_ms) : -1;
}

size_t incident_reopened_count(const struct incident_body *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->timeline_count; i++)
        count += strcmp(body->timeline[i].kind, "reopened") == 0;
    return count;
}

struct times {
    int64_t *ms;
    size_t count;
};

static int compare_ms(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static void add_time(const struct view *view, struct times *times, int64_t ms)
{
    *ARENA_PUSH(view->arena, times->ms, times->count) = ms;
}

/* Of an even number the median is the mean of the two in the middle. */
static const char *times_text(const struct view *view, struct times *times)
{
    int64_t sum_ms = 0, low_ms, high_ms;

    if (times->count == 0)
        return "not known";
    if (times->count == 1)
        return arena_printf(view->arena, "%s, of 1", about(view, times->ms[0]));
    qsort(times->ms, times->count, sizeof(times->ms[0]), compare_ms);
    for (size_t i = 0; i < times->count; i++)
        sum_ms += times->ms[i];
    low_ms = times->ms[(times->count - 1) / 2];
    high_ms = times->ms[times->count / 2];
    return arena_printf(view->arena, "mean %s, median %s, of %zu", about(view, sum_ms / (int64_t)times->count),
                        about(view, low_ms + (high_ms - low_ms) / 2), times->count);
}

struct named { /* those that a number leaves out */
    const char *ids;
    size_t count;
};

static void name(const struct view *view, struct named *named, const char *id)
{
    if (named->count++ < NAMED_MAX)
        named->ids = named->ids ? arena_printf(view->arena, "%s, %s", named->ids, id) : id;
}

static const char *names(const struct view *view, const struct named *named)
{
    return named->count <= NAMED_MAX
               ? named->ids
               : arena_printf(view->arena, "%s and %zu more", named->ids, named->count - NAMED_MAX);
}

/* "; not resolved: D1, D2": nothing, where a number leaves none out. */
static const char *left_out(const struct view *view, const char *what, const struct named *named)
{
    return named->count > 0 ? arena_printf(view->arena, "; %s: %s", what, names(view, named)) : "";
}

/* "P1: 2, P3: 1": the list is sorted by them. */
static const char *severities_text(const struct found *f)
{
    const char *text = NULL;
    size_t of_it;

    for (size_t i = 0; i < f->count; i += of_it) {
        const char *severity = f->list[i].body.severity;

        for (of_it = 1; i + of_it < f->count && strcmp(f->list[i + of_it].body.severity, severity) == 0;)
            of_it++;
        text = arena_printf(f->view->arena, "%s%s%s: %zu", text ? text : "", text ? ", " : "", severity, of_it);
    }
    return text;
}

static void tell_times(const struct found *f, struct outcome *out)
{
    const struct view *view = f->view;
    struct times answer = { .ms = NULL }, mitigation = { .ms = NULL }, repair = { .ms = NULL };
    struct named unanswered = { .ids = NULL }, open = { .ids = NULL }, reopened = { .ids = NULL };

    for (size_t i = 0; i < f->count; i++) {
        const struct incident_body *body = &f->list[i].body;
        int64_t answered_ms = incident_answered_after_ms(view, body);
        const struct operation *way_back = incident_mitigation(view, body);
        const char *id = f->list[i].operation->id;

        if (way_back)
            add_time(view, &mitigation, since_opened_ms(body, way_back->ended_at_ms));
        if (answered_ms >= 0)
            add_time(view, &answer, answered_ms);
        else
            name(view, &unanswered, id);
        if (body->resolved_at_ms > 0)
            add_time(view, &repair, since_opened_ms(body, body->resolved_at_ms));
        else
            name(view, &open, id);
        if (incident_reopened_count(body) > 0)
            name(view, &reopened, id);
    }
    outcome_reply_line(out, "Time to acknowledge: %s%s", times_text(view, &answer),
                       left_out(view, "not acknowledged", &unanswered));
    if (mitigation.count > 0) /* of the others nobody knows what mended them */
        outcome_reply_line(out, "Time to mitigate, by taking a version back: %s", times_text(view, &mitigation));
    outcome_reply_line(out, "Time to resolve: %s%s", times_text(view, &repair), left_out(view, "not resolved", &open));
    if (reopened.count > 0)
        outcome_reply_line(out, "Reopened: %s; the time until %s resolved for the last time counts.",
                           names(view, &reopened), plural(reopened.count, "it was", "they were"));
}

/* What ended before the last thousand is not on record: then the window begins later than it was asked for. */
static const char *since_text(const struct found *f, int64_t days, int64_t from_ms)
{
    const struct view *view = f->view;

    if (f->ended >= ENDED_KEPT && f->ended_since_ms > from_ms)
        return arena_printf(view->arena,
                            "since %s: of what had ended before, nothing is kept, for opsgate keeps the last %d "
                            "operations that have ended",
                            date(view, f->ended_since_ms), ENDED_KEPT);
    if (days == 1)
        return "in the last day";
    return arena_printf(view->arena, "in the last %" PRId64 " days", days);
}

void incident_stats(const struct view *view, const struct request *request, int64_t days, struct outcome *out)
{
    struct found all = { .view = view, .request = request }, opened = { .view = view };
    int64_t from_ms = view->now_ms - days * DAY_MS;
    const char *since;

    add_live(&all);
    add_ended(&all);
    for (size_t i = 0; i < all.count; i++)
        if (all.list[i].body.opened_at_ms >= from_ms)
            *ARENA_PUSH(view->arena, opened.list, opened.count) = all.list[i];
    sort(&opened);
    since = since_text(&all, days, from_ms);
    if (opened.count == 0) {
        outcome_reply(out, "No incident was opened %s.", since);
        return;
    }
    outcome_reply(out, "%zu %s opened %s.", opened.count, plural(opened.count, "incident was", "incidents were"),
                  since);
    outcome_reply_line(out, "By severity: %s", severities_text(&opened));
    tell_times(&opened, out);
}
