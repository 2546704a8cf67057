/* group.c - the machine of a group: members begin, end, and what becomes of the rest. */
#include "handlers/group/group.h"

#include "handlers/group/card.h"
#include "handlers/group/members.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <string.h>

#define PIN_DEADLINE_MS (2 * MINUTE_MS)
#define QUOTED_BYTES 300

struct grouping { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct group_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static const char *quote(const struct grouping *g, const char *words)
{
    return words ? card_quote(str_of(words), QUOTED_BYTES, g->view->arena) : NULL;
}

/* ---- members begin ---- */

static const char *fill(const struct grouping *g, const char *word)
{
    const char *digest = g->body->image ? strchr(g->body->image, '@') : NULL;

    if (strcmp(word, "{pinned}") != 0 || !digest)
        return word;
    return arena_printf(g->view->arena, "%s%s", g->body->version, digest);
}

static void ask(struct grouping *g, struct group_member *member)
{
    struct wanted_request request = { .name = member->name, .verb = member->verb };

    for (size_t i = 0; i < member->words_count; i++)
        *ARENA_PUSH(g->view->arena, request.words, request.words_count) = fill(g, member->words[i]);
    member->state = MEMBER_ASKED;
    outcome_request(g->out, request);
}

static size_t under_way(const struct grouping *g)
{
    return members_count(g->body, MEMBER_ASKED) + members_count(g->body, MEMBER_RUNNING);
}

/* ---- it ends ---- */

static void end(struct grouping *g)
{
    size_t done = members_count(g->body, MEMBER_DONE), failed = members_count(g->body, MEMBER_FAILED),
           skipped = members_count(g->body, MEMBER_SKIPPED);

    if (g->body->stopped_by)
        outcome_end(g->out, "aborted", "aborted", "%zu done, %zu failed, %zu not begun: it was aborted", done, failed,
                    skipped); /* by whom is on the card: the summary stands in the journal for good */
    else if (failed > 0 || skipped > 0)
        outcome_end(g->out, "failed", "failed", "%zu done, %zu failed, %zu not begun", done, failed, skipped);
    else
        outcome_end(g->out, "done", "done", "all %zu are done", done);
}

/* After every event: whoever may begin does, and it ends with the last. */
static void go_on(struct grouping *g)
{
    bool is_stopping =
        g->body->stopped_by || (g->body->on_failure == GROUP_STOP && members_count(g->body, MEMBER_FAILED));
    struct group_member *next;

    if (is_stopping)
        members_skip_waiting(g->body, g->body->stopped_by ? "the group was aborted" : "another one failed");
    else
        members_skip_dependents(g->body, g->view->arena);
    while ((int64_t)under_way(g) < g->body->max_parallel && (next = members_next(g->body)) != NULL)
        ask(g, next);
    outcome_move(g->out, is_stopping ? "stopping" : "running", g->body);
    if (under_way(g) == 0)
        end(g);
}

/* ---- what it hears of its members ---- */

static void on_begun(struct grouping *g)
{
    struct group_member *member = members_find(g->body, json_find_string(g->event->body, "name"));

    if (!member || member->state != MEMBER_ASKED)
        return;
    member->state = MEMBER_RUNNING;
    member->operation = json_find_string(g->event->body, "operation");
    go_on(g);
}

static void on_refused(struct grouping *g)
{
    struct group_member *member = members_find(g->body, json_find_string(g->event->body, "name"));

    if (!member || member->state != MEMBER_ASKED)
        return;
    member->state = MEMBER_FAILED;
    member->summary = quote(g, json_find_string(g->event->body, "text"));
    go_on(g);
}

static void on_ended(struct grouping *g)
{
    struct group_member *member = members_find(g->body, json_find_string(g->event->body, "name"));
    const char *result = json_find_string(g->event->body, "result");

    if (!member || (member->state != MEMBER_RUNNING && member->state != MEMBER_ASKED))
        return;
    member->state = result && strcmp(result, "done") == 0 ? MEMBER_DONE : MEMBER_FAILED;
    member->summary = quote(g, json_find_string(g->event->body, "summary"));
    go_on(g);
}

/* ---- pinning ---- */

static void on_digest(struct grouping *g)
{
    const char *image = g->event->end == END_DONE ? json_find_string(g->event->body, "image") : NULL;

    if (!image) {
        outcome_end(g->out, "failed", "failed", "`%s` could not be pinned: %s. Nothing was begun.", g->body->version,
                    g->event->error ? quote(g, g->event->error) : "no answer in time");
        return;
    }
    g->body->image = image;
    go_on(g);
}

/* ---- what people ask of it ---- */

static void journal_abort(const struct grouping *g)
{
    const struct principal *who = &g->event->request->principal;
    cJSON *body = json_object(), *personal = json_object();

    json_set_string(body, "state", g->operation->state);
    json_set_string(personal, "system", who->system);
    json_set_string(personal, "principal", who->id);
    json_set_string(personal, "name", who->name);
    outcome_journal(g->out, "group.aborted", body, personal);
}

static void on_abort(struct grouping *g)
{
    size_t asked = 0;

    if (g->body->stopped_by) {
        outcome_reply(g->out, "%s is being stopped already.", g->operation->id);
        return;
    }
    journal_abort(g);
    g->body->stopped_by = principal_mention(&g->event->request->principal, g->view->arena);
    for (size_t i = 0; i < g->body->members_count; i++) {
        const struct group_member *member = &g->body->members[i];
        const char **words;

        if (member->state != MEMBER_RUNNING)
            continue;
        words = ARENA_NEW(g->view->arena, const char *);
        words[0] = member->operation;
        outcome_request(g->out, (struct wanted_request){
                                    .name = arena_printf(g->view->arena, "abort %s", member->name),
                                    .verb = "abort",
                                    .words = words,
                                    .words_count = 1,
                                });
        asked++;
    }
    outcome_reply(g->out, "*%s*: nothing more begins%s.", g->operation->id,
                  asked ? ", and what runs is being aborted" : "");
    go_on(g);
}

static void on_request(struct grouping *g)
{
    if (strcmp(g->event->name, "abort") == 0)
        on_abort(g);
    else
        outcome_refuse(g->out, "%s is a group: `%s` one of its members, or `abort` the whole.", g->operation->id,
                       g->event->name);
}

static const struct {
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct grouping *g);
} rows[] = {
    { EVENT_READING, "digest", on_digest },
    { EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, on_begun },
    { EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, on_refused },
    { EVENT_MESSAGE, MESSAGE_CHILD_ENDED, on_ended },
    { EVENT_REQUEST, NULL, on_request },
};

static struct group_body *copy_of(const struct group_body *body, struct arena *arena)
{
    struct group_body *copy = ARENA_NEW(arena, struct group_body);
    size_t size = body->members_count * sizeof(body->members[0]);

    *copy = *body;
    copy->members = memcpy(arena_alloc(arena, size), body->members, size);
    return copy;
}

static void on_event(const struct view *view, const struct operation *operation, const void *body,
                     const struct event *event, struct outcome *out)
{
    struct grouping g = { view, operation, copy_of(body, view->arena), event, out };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].kind == event->kind && (!rows[i].name || strcmp(rows[i].name, event->name) == 0)) {
            rows[i].decide(&g);
            return;
        }
}

/* ---- the beginning ---- */

static const char *twice(const struct group_body *body)
{
    for (size_t i = 0; i < body->members_count; i++)
        for (size_t k = i + 1; k < body->members_count; k++)
            if (strcmp(body->members[i].name, body->members[k].name) == 0)
                return body->members[i].name;
    return NULL;
}

static bool can_begin(const struct view *view, const struct group_body *body, struct outcome *out)
{
    const char *circle;

    if (body->members_count == 0 || body->members_count > GROUP_MEMBERS_MAX)
        outcome_refuse(out, "That is a group of %zu: between 1 and %d can be done as one. Nothing was done.",
                       body->members_count, GROUP_MEMBERS_MAX);
    else if (twice(body))
        outcome_refuse(out, "%s is named twice. Nothing was done.", twice(body));
    else if ((circle = members_circle(body, view->arena)) != NULL)
        outcome_refuse(out, "What they need goes round in a circle: %s. Nothing was done.", circle);
    else
        return true;
    return false;
}

void group_begin(const struct view *view, const struct group_body *body, struct outcome *out)
{
    struct group_body *own;
    struct grouping g = { .view = view, .out = out };
    bool is_pinned_first;

    if (!can_begin(view, body, out))
        return;
    own = g.body = copy_of(body, view->arena);
    is_pinned_first = own->tag.image != NULL;
    if (!is_pinned_first)
        own->tag = (struct registry_tag){ .image = "", .tag = "" };
    outcome_begin(out, "group", NULL, is_pinned_first ? "pinning" : "running", own);
    outcome_reply(out, "*%s*: %s: %zu, %lld at once.", out->operation_id, own->title, own->members_count,
                  (long long)own->max_parallel);
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
    if (is_pinned_first)
        outcome_read(out, "digest", READING_DIGEST, shape_to_json(&registry_tag_shape, &own->tag, SHAPE_WHOLE),
                     PIN_DEADLINE_MS);
    else
        go_on(&g);
}

const struct machine machine_group = {
    .kind = "group",
    .schema = 1,
    .body = &group_body_shape,
    .on_event = on_event,
    .card = group_card,
};
