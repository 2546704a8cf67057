#include "handlers/watch/members.h"

#include "handlers/watch/members_told.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/outside_event.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "bot/model/slack_event.h"

#include <string.h>

#define STATE "watching"
#define READ "read:" /* name of a source's reading */
#define PEOPLE "people"
#define LOOK_MS (2 * MINUTE_MS)
#define ALL_MAX_BYTES (288 * 1024) /* of all members together: they fit into one record, beside JOINS_MAX_BYTES */
#define QUOTES_BYTES 3             /* what stands around each in it */
#define PAIR_BYTES 25              /* likewise around two that are one person */
#define JOINED_BYTES 32            /* of whoever somebody on call is in Slack, once that is known */

static const struct shape_field joins_rows[] = {
    ROW_OBJECTS(members_joins, list, &members_join_shape),
    ROW_OBJECTS(members_joins, ever, &principal_join_shape, .flags = SHAPE_NONZERO),
};
static const struct shape joins_shape = SHAPE("people joined by their addresses", members_joins, joins_rows);

static const struct shape_field rows[] = {
    ROW_OBJECTS(members_watch, sources, &membership_shape),
    ROW_OBJECT(members_watch, joins, &joins_shape),
    ROW_STRING(members_watch, unjoined, .flags = SHAPE_NONZERO),
    ROW_STRINGS(members_watch, asked, .flags = SHAPE_NONZERO),
    ROW_STRINGS(members_watch, heard, .flags = SHAPE_NONZERO),
};
const struct shape members_watch_shape = SHAPE("members of groups, teams and schedules", members_watch, rows);

struct watching { /* one event's decision */
    const struct view *view;
    struct members_watch *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
    struct members_told told;
};

/* ---- lists of sources ---- */

struct name_list {
    const char ***names;
    size_t *count;
};

static bool has(struct name_list list, const char *name)
{
    for (size_t i = 0; i < *list.count; i++)
        if (strcmp((*list.names)[i], name) == 0)
            return true;
    return false;
}

static void add(const struct watching *w, struct name_list list, const char *name)
{
    if (!has(list, name))
        *(const char **)arena_push(w->view->arena, list.names, list.count, sizeof(**list.names)) = name;
}

static void drop(struct name_list list, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < *list.count; i++)
        if (strcmp((*list.names)[i], name) != 0)
            (*list.names)[kept++] = (*list.names)[i];
    *list.count = kept;
}

static struct name_list asked(const struct watching *w)
{
    return (struct name_list){ &w->body->asked, &w->body->asked_count };
}

static struct name_list heard(const struct watching *w)
{
    return (struct name_list){ &w->body->heard, &w->body->heard_count };
}

static struct membership *find_source(const struct watching *w, const char *name)
{
    for (size_t i = 0; i < w->body->sources_count; i++)
        if (strcmp(w->body->sources[i].source, name) == 0)
            return &w->body->sources[i];
    return NULL;
}

/* ---- asking ---- */

/* What is known of a source stays known for as long as it is named. */
static void find_sources(struct watching *w)
{
    size_t count;
    const char **names = membership_sources(w->view->settings, w->view->arena, &count);
    struct membership *sources = arena_alloc(w->view->arena, count * sizeof(*sources));

    for (size_t i = 0; i < count; i++) {
        const struct membership *known = find_source(w, names[i]);

        sources[i] = known ? *known : (struct membership){ .source = names[i] };
    }
    w->body->sources = sources;
    w->body->sources_count = count;
}

/* Before it is asked once more. */
static int64_t deadline_ms(const struct watching *w)
{
    int64_t refresh_ms = w->view->settings->policy.refresh_ms;

    return refresh_ms < LOOK_MS ? refresh_ms : LOOK_MS;
}

static void ask(struct watching *w, const char *source)
{
    struct membership_ask args = { .source = source };

    add(w, asked(w), source);
    drop(heard(w), source);
    outcome_read(w->out, arena_printf(w->view->arena, READ "%s", source), membership_reading(source),
                 shape_to_json(&membership_ask_shape, &args, SHAPE_WHOLE), deadline_ms(w));
}

static void begin_round(struct watching *w)
{
    find_sources(w);
    if (w->body->sources_count == 0) {
        outcome_end(w->out, "done", "done", "No role names a group, a team or a schedule any more");
        return;
    }
    w->body->asked_count = w->body->heard_count = 0;
    for (size_t i = 0; i < w->body->sources_count; i++)
        ask(w, w->body->sources[i].source);
    outcome_timer(w->out, "look", w->view->now_ms + w->view->settings->policy.refresh_ms);
}

/* ---- an answer ---- */

static bool is_schedule(const struct membership *source)
{
    return strcmp(membership_reading(source->source), READING_PAGERDUTY_SCHEDULE) == 0;
}

static size_t bytes_of(const char **members, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += strlen(members[i]) + QUOTES_BYTES;
    return bytes;
}

static size_t bytes_of_pairs(const struct members_joins *joins)
{
    size_t bytes = 0;

    for (size_t i = 0; i < joins->ever_count; i++)
        bytes += strlen(joins->ever[i].principal) + strlen(joins->ever[i].is) + PAIR_BYTES;
    return bytes;
}

static bool has_room(const struct watching *w, const struct membership *source, const struct membership_read *now)
{
    size_t bytes = bytes_of(now->members, now->members_count) + bytes_of_pairs(&w->body->joins);

    if (is_schedule(source))
        bytes += now->members_count * JOINED_BYTES;
    for (size_t i = 0; i < w->body->sources_count; i++) {
        const struct membership *other = &w->body->sources[i];

        if (other == source)
            continue;
        bytes += bytes_of(other->members, other->members_count);
        if (is_schedule(other)) /* some of them are not known yet in Slack */
            bytes += other->members_count * JOINED_BYTES;
    }
    return bytes <= ALL_MAX_BYTES;
}

/* ---- who they are in Slack ---- */

static void join(struct watching *w, struct membership_read *found)
{
    joins_take(&w->body->joins, found, w->view->arena);
    joins_apply(&w->body->joins, found, view_unix_ms(w->view), w->view->arena);
}

static void join_again(struct watching *w, const struct membership_read *told)
{
    joins_learn(&w->body->joins, w->view->settings, told, view_unix_ms(w->view), w->view->arena);
    for (size_t i = 0; i < w->body->sources_count; i++) {
        struct membership *source = &w->body->sources[i];
        struct membership_read found = { source->members, source->members_count, NULL, 0 };

        if (!is_schedule(source) || source->read_at_ms == 0)
            continue;
        joins_apply(&w->body->joins, &found, view_unix_ms(w->view), w->view->arena);
        members_tell_change(&w->told, source, &found);
        source->members = found.members;
        source->members_count = found.members_count;
    }
}

static void ask_people(struct watching *w)
{
    struct people_ask args = { 0 };

    joins_keep(&w->body->joins, w->body->sources, w->body->sources_count);
    args.emails = joins_wanted(&w->body->joins, w->view->settings, w->view->arena, &args.emails_count);
    if (args.emails_count > 0)
        outcome_read(w->out, PEOPLE, READING_SLACK_PEOPLE, shape_to_json(&people_ask_shape, &args, SHAPE_WHOLE),
                     deadline_ms(w));
    else
        join_again(w, &(struct membership_read){ 0 }); /* nobody is to be joined, or not any more */
}

static void on_people(struct watching *w)
{
    struct membership_read told;
    struct error err;

    if (w->event->end != END_DONE) {
        members_tell_unjoined(&w->told, &w->body->unjoined, w->event->error);
        return;
    }
    if (!shape_from_json(&membership_read_shape, w->event->body, w->view->arena, &told, &err)) {
        members_tell_unjoined(&w->told, &w->body->unjoined, err.message);
        return;
    }
    if (joins_are_full(&w->body->joins))
        members_tell_unjoined(&w->told, &w->body->unjoined, "more are on call than opsgate joins by their addresses");
    else
        w->body->unjoined = NULL;
    join_again(w, &told);
}

static void take(struct watching *w, struct membership *source)
{
    struct membership_read found;
    struct error err;

    if (w->event->end != END_DONE) {
        members_tell_problem(&w->told, source, w->event->error);
        return;
    }
    if (!shape_from_json(&membership_read_shape, w->event->body, w->view->arena, &found, &err)) {
        members_tell_problem(&w->told, source, err.message);
        return;
    }
    membership_sort(found.members, &found.members_count);
    if (PLANTED(REMOVED_STAY) && found.members_count < source->members_count) {
        found.members = source->members;
        found.members_count = source->members_count;
    }
    if (!has_room(w, source, &found)) {
        members_tell_problem(&w->told, source,
                             arena_printf(w->view->arena,
                                          "with its %zu, all groups together have more members than opsgate "
                                          "keeps: name smaller ones",
                                          found.members_count));
        return;
    }
    if (is_schedule(source))
        join(w, &found);
    members_tell_change(&w->told, source, &found);
    source->members = found.members;
    source->members_count = found.members_count;
    source->read_at_ms = view_unix_ms(w->view);
    members_tell_seen(&w->told, source);
    if (is_schedule(source))
        ask_people(w);
}

static void on_read(struct watching *w)
{
    struct membership *source = find_source(w, w->event->name + strlen(READ));

    if (!source || !has(asked(w), source->source))
        return;
    drop(asked(w), source->source);
    take(w, source);
    if (has(heard(w), source->source))
        ask(w, source->source);
}

/* ---- what is heard ---- */

static const char *group_of(const struct outside_event *event, struct arena *arena)
{
    const char *group = json_find_string(event->body, "group");

    return group ? arena_printf(arena, "slack-group:%s", group) : NULL;
}

bool members_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    const char *group = group_of(event, view->arena);
    const char **names;
    size_t count;

    if (strcmp(operation->kind, machine_members_watch.kind) != 0 || !group)
        return false;
    names = membership_sources(view->settings, view->arena, &count);
    return has((struct name_list){ &names, &count }, group);
}

/* A reason to look: what was told may be late, or not all of it. */
static void on_told(struct watching *w)
{
    const char *group = group_of(w->event->outside, w->view->arena);
    const struct membership *source = group ? find_source(w, group) : NULL;

    if (!source)
        return;
    if (has(asked(w), source->source))
        add(w, heard(w), source->source);
    else
        ask(w, source->source);
}

/* Whoever was refused will try again: so the next round is not waited for. */
static void on_stale(struct watching *w)
{
    const char *name = json_find_string(w->event->body, "source");
    const struct membership *source = name ? find_source(w, name) : NULL;

    if (source && !has(asked(w), source->source))
        ask(w, source->source);
}

static const struct move {
    enum event_kind kind;
    const char *name; /* how it begins; NULL: any */
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_TIMER, "look", begin_round },       { EVENT_MESSAGE, MESSAGE_OWNER, begin_round },
    { EVENT_MESSAGE, MESSAGE_STALE, on_stale }, { EVENT_READING, READ, on_read },
    { EVENT_READING, PEOPLE, on_people },       { EVENT_OUTSIDE, NULL, on_told },
};

/* ARENA_PUSH makes room for more only in lists that it made itself: those of the record are copied. */
static struct members_watch *own_body(const struct view *view, const struct members_watch *body)
{
    struct members_watch *own = ARENA_NEW(view->arena, struct members_watch);

    for (size_t i = 0; i < body->sources_count; i++)
        *ARENA_PUSH(view->arena, own->sources, own->sources_count) = body->sources[i];
    for (size_t i = 0; i < body->joins.list_count; i++)
        *ARENA_PUSH(view->arena, own->joins.list, own->joins.list_count) = body->joins.list[i];
    for (size_t i = 0; i < body->joins.ever_count; i++)
        *ARENA_PUSH(view->arena, own->joins.ever, own->joins.ever_count) = body->joins.ever[i];
    own->unjoined = body->unjoined;
    for (size_t i = 0; i < body->asked_count; i++)
        *ARENA_PUSH(view->arena, own->asked, own->asked_count) = body->asked[i];
    for (size_t i = 0; i < body->heard_count; i++)
        *ARENA_PUSH(view->arena, own->heard, own->heard_count) = body->heard[i];
    return own;
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, own_body(view, value), event, out, { view, out } };

    (void)operation;
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
    struct members_watch none = { 0 };
    struct watching w = { view, own_body(view, &none), NULL, out, { view, out } };

    find_sources(&w);
    if (w.body->sources_count == 0)
        return;
    outcome_begin(out, machine_members_watch.kind, NULL, STATE, w.body);
    begin_round(&w);
}

static const struct membership *watch_memberships(const void *value, size_t *ret_count)
{
    const struct members_watch *body = value;

    *ret_count = body->sources_count;
    return body->sources;
}

static const struct principal_join *watch_joins(const void *value, size_t *ret_count)
{
    const struct members_watch *body = value;

    *ret_count = body->joins.ever_count;
    return body->joins.ever;
}

const struct machine machine_members_watch = {
    .kind = "watch.members",
    .schema = 1,
    .body = &members_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
    .memberships = watch_memberships,
    .joins = watch_joins,
};
