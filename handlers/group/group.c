/* group.c - the machine of a group: members begin, end, and what becomes of the rest. */
#include "handlers/group/group.h"

#include "handlers/approval.h"
#include "handlers/control.h"
#include "handlers/group/card.h"
#include "handlers/group/consent.h"
#include "handlers/group/image.h"
#include "handlers/group/members.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "policy/decide.h"

#include <string.h>

#define QUOTED_BYTES 300
#define DENIALS_TOLD 10
#define ABORT_NAME "abort " /* and the member's: what its abort is called */

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

/* The value that belongs to "--set-env=NAME={kept}"; NULL: that word is another one. */
static const char *kept_value(const struct group_body *body, const char *word)
{
    struct str rest = str_of(word);

    if (!str_equal(str_take_until(&rest, '='), str_of("--set-env")))
        return NULL;
    for (size_t i = 0; i < body->env_count; i++) {
        struct str value = rest;

        if (str_equal(str_take_until(&value, '='), str_of(body->env[i].key)) && str_equal(value, str_of("{kept}")))
            return body->env[i].value;
    }
    return NULL;
}

static const char *fill(const struct grouping *g, const char *word)
{
    const char *digest = g->body->image ? strchr(g->body->image, '@') : NULL, *value = kept_value(g->body, word);

    if (value)
        return arena_printf(g->view->arena, "%.*s%s", (int)(strlen(word) - strlen("{kept}")), word, value);
    if (strcmp(word, "{pinned}") != 0 || !digest)
        return word;
    if (PLANTED(REGIONS_APART))
        return g->body->version;
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

/* For whoever aborted the group, and not for whoever began it. */
static void ask_abort(struct grouping *g, struct group_member *member)
{
    const struct group_stop *stop = g->body->stop;
    const char **words = ARENA_NEW(g->view->arena, const char *);

    words[0] = member->operation;
    member->goes_on = NULL;
    outcome_request(g->out,
                    (struct wanted_request){ .name = arena_printf(g->view->arena, ABORT_NAME "%s", member->name),
                                             .verb = verb_abort.name,
                                             .words = words,
                                             .words_count = 1,
                                             .requester = &stop->by,
                                             .source = stop->source,
                                             .request_id = stop->request_id });
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
    const char *why = members_shortfall(g->body, g->view->arena); /* "": an older record, which does not know */

    if (g->body->stop)
        outcome_end(g->out, "aborted", "aborted", "%zu done, %zu failed, %zu not begun: it was aborted", done, failed,
                    skipped); /* not by whom: the summary stands in the journal for good */
    else if (failed > 0 || skipped > 0)
        outcome_end(g->out, "failed", "failed", "%zu done, %zu failed, %zu not begun%s%s", done, failed, skipped,
                    why[0] ? ": " : "", why);
    else
        outcome_end(g->out, "done", "done", "all %zu are done", done);
    g->body->stop = NULL; /* the card has told it while that mattered, and the journal keeps what can be erased */
}

/* After every event: whoever may begin does, and it ends with the last. */
static void go_on(struct grouping *g)
{
    bool is_stopping = g->body->stop || (g->body->on_failure == GROUP_STOP && members_count(g->body, MEMBER_FAILED) &&
                                         !PLANTED(GROUP_GOES_ON));
    struct group_member *next;

    if (is_stopping)
        members_skip_waiting(g->body,
                             g->body->stop ? "the group was aborted" : "nothing more begins once one has failed");
    else
        members_skip_dependents(g->body, g->view->arena);
    while (((int64_t)under_way(g) < g->body->max_parallel || PLANTED(GROUP_CROWDED)) &&
           (next = members_next(g->body)) != NULL)
        ask(g, next);
    outcome_move(g->out, is_stopping ? "stopping" : "running", g->body);
    if (under_way(g) == 0 || (PLANTED(GROUP_LEAVES) && members_count(g->body, MEMBER_WAITING) == 0))
        end(g);
}

/* ---- what it hears of its members ---- */

/* Nobody sees a group's card change that nobody typed for. */
static void tell_refused(struct grouping *g, const char *member, const char *text)
{
    cJSON *body;

    if (!g->operation->parent)
        return;
    body = json_object();
    json_set_string(body, "name", g->operation->parent_name);
    json_set_string(body, "member", member);
    json_set_string(body, "text", text);
    outcome_message(g->out, g->operation->parent, MESSAGE_MEMBER_REFUSED, body);
}

/* A region of one of its members: the member is refused, as far as anybody else knows. */
static void on_member_refused(struct grouping *g)
{
    tell_refused(g, json_find_string(g->event->body, "name"), json_find_string(g->event->body, "text"));
}

static void on_begun(struct grouping *g)
{
    struct group_member *member = members_find(g->body, json_find_string(g->event->body, "name"));

    if (!member || member->state != MEMBER_ASKED)
        return;
    if (PLANTED(GROUP_ASKS_TWICE))
        ask(g, member);
    member->state = MEMBER_RUNNING;
    member->operation = json_find_string(g->event->body, "operation");
    if (g->body->stop) /* it was asked for before that, and began only now */
        ask_abort(g, member);
    go_on(g);
}

/* It may be another's to stop. It goes on then, and the card says why. */
static void on_abort_refused(struct grouping *g, const char *name)
{
    struct group_member *member = members_find(g->body, name);
    const char *text = json_find_string(g->event->body, "text");
    struct str rest = str_of(text ? text : "no reason was given");

    if (!member || member->state != MEMBER_RUNNING)
        return;
    member->goes_on = card_quote(str_take_until(&rest, '\n'), QUOTED_BYTES, g->view->arena);
    outcome_move(g->out, NULL, g->body);
}

static void on_refused(struct grouping *g)
{
    const char *name = json_find_string(g->event->body, "name");
    struct group_member *member = members_find(g->body, name);
    struct str rest = str_of(name ? name : "");

    if (!member && str_take_prefix(&rest, ABORT_NAME))
        on_abort_refused(g, rest.at);
    if (!member || member->state != MEMBER_ASKED)
        return;
    member->state = MEMBER_FAILED;
    member->summary = quote(g, json_find_string(g->event->body, "text"));
    tell_refused(g, name, json_find_string(g->event->body, "text"));
    go_on(g);
}

static void on_ended(struct grouping *g)
{
    struct group_member *member = members_find(g->body, json_find_string(g->event->body, "name"));
    const char *result = json_find_string(g->event->body, "result");

    if (!member || (member->state != MEMBER_RUNNING && member->state != MEMBER_ASKED))
        return;
    member->state =
        result && (strcmp(result, "done") == 0 || PLANTED(GROUP_GLOSSES_OVER)) ? MEMBER_DONE : MEMBER_FAILED;
    member->summary = quote(g, json_find_string(g->event->body, "summary"));
    member->result = member->state == MEMBER_FAILED ? result : NULL;
    if (result && strcmp(result, "refused") == 0)
        tell_refused(g, member->name, json_find_string(g->event->body, "summary"));
    go_on(g);
}

/* ---- pinning ---- */

static void on_digest(struct grouping *g)
{
    if (!g->body->image && image_take(g->view, g->event, g->body, g->out))
        go_on(g);
}

static void on_poll(struct grouping *g)
{
    if (!g->body->image)
        image_ask(g->body, g->view->now_ms, g->out);
}

/* ---- what people ask of it ---- */

/* The first time all that run; then those alone whose abort was refused: somebody else may be allowed to. */
static bool is_to_abort(const struct group_member *member, bool is_again)
{
    return member->state == MEMBER_RUNNING && (!is_again || member->goes_on) && !PLANTED(GROUP_ABORT_KEPT);
}

/* What policy says now to aborting it, for the reply; its own request is what decides. NULL: it is allowed. */
static const char *denial_of(const struct grouping *g, const struct group_member *member)
{
    const struct operation *operation = g->view->find_operation(g->view->ctx, member->operation);
    const struct facts facts = view_facts(g->view);
    struct question question;
    struct decision decision;
    struct error ignored;

    if (!operation || !control_ask_about(g->view, g->event->request, operation, true, &question, &ignored))
        return NULL;
    decision = policy_decide(g->view->policy, &question, &facts, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW)
        return NULL;
    return arena_printf(g->view->arena, "%s, %s, goes on: %s%s%s%s.", member->name, operation->id, decision.reason,
                        decision.rule ? " (" : "", decision.rule ? decision.rule : "", decision.rule ? ")" : "");
}

static void abort_members(struct grouping *g, bool is_again)
{
    const char *denials[GROUP_MEMBERS_MAX] = { NULL };
    size_t asked = 0, denied = 0;

    for (size_t i = 0; i < g->body->members_count; i++) {
        struct group_member *member = &g->body->members[i];

        if (!is_to_abort(member, is_again))
            continue;
        ask_abort(g, member);
        asked++;
        if ((denials[denied] = denial_of(g, member)) != NULL)
            denied++;
    }
    outcome_reply(g->out, "*%s*: nothing more begins%s.", g->operation->id,
                  asked == denied ? ""
                  : denied > 0    ? ", and of what runs the rest is being aborted"
                                  : ", and what runs is being aborted");
    for (size_t i = 0; i < denied && i < DENIALS_TOLD; i++)
        outcome_reply_line(g->out, "%s", denials[i]);
    if (denied > DENIALS_TOLD)
        outcome_reply_line(g->out, "and so do %zu more: the card names them", denied - DENIALS_TOLD);
}

static void on_abort(struct grouping *g)
{
    const struct request *request = g->event->request;
    struct group_stop *stop = ARENA_NEW(g->view->arena, struct group_stop);
    bool is_again = g->body->stop != NULL;

    if (is_again && !members_find_kept(g->body)) {
        outcome_reply(g->out, "%s is being stopped already.", g->operation->id);
        return;
    }
    control_journal_abort("group.aborted", g->operation, g->event, g->out);
    *stop = (struct group_stop){ request->principal, request->source, request->id };
    g->body->stop = stop;
    abort_members(g, is_again);
    go_on(g);
}

/* ---- consent ---- */

void group_tell_waiting(const struct operation *member, bool is_waiting, struct outcome *out)
{
    cJSON *body;

    if (!member->parent)
        return;
    body = json_object();
    json_set_string(body, "name", member->parent_name);
    json_set_bool(body, "is_waiting", is_waiting);
    outcome_message(out, member->parent, MESSAGE_MEMBER_WAITS, body);
}

/* For the card; a group of groups hears it of each that has one. */
static void on_member_waits(struct grouping *g)
{
    struct group_member *member = members_find(g->body, json_find_string(g->event->body, "name"));
    bool did_wait = members_wait(g->body);

    if (!member)
        return;
    member->is_waiting = json_find_bool(g->event->body, "is_waiting", false);
    if (members_wait(g->body) != did_wait)
        group_tell_waiting(g->operation, !did_wait, g->out);
    outcome_move(g->out, NULL, g->body);
}

static void on_request(struct grouping *g)
{
    if (strcmp(g->event->name, "abort") == 0)
        on_abort(g);
    else if (strcmp(g->event->name, verb_approve.name) == 0)
        consent_give(g->view, g->event->request, g->operation, g->body, g->out);
    else
        outcome_refuse(g->out, "%s is a group: `%s` one of its members, or `abort` or `approve` the whole.",
                       g->operation->id, g->event->name);
}

static const struct {
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct grouping *g);
} rows[] = {
    { EVENT_READING, "digest", on_digest },
    { EVENT_TIMER, "poll", on_poll },
    { EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, on_begun },
    { EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, on_refused },
    { EVENT_MESSAGE, MESSAGE_CHILD_ENDED, on_ended },
    { EVENT_MESSAGE, MESSAGE_MEMBER_WAITS, on_member_waits },
    { EVENT_MESSAGE, MESSAGE_MEMBER_REFUSED, on_member_refused },
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

/* "1 deploy", "3 deploys, one after the other", "3 deploys, at most 2 at once". */
static const char *how_many(const struct group_body *body, struct arena *arena)
{
    const char *verb = body->members[0].verb;
    int64_t at_once = body->max_parallel;

    if (body->members_count == 1)
        return arena_printf(arena, "1 %s", verb);
    if (at_once == 1)
        return arena_printf(arena, "%zu %ss, one after the other", body->members_count, verb);
    return arena_printf(arena, "%zu %ss, at most %lld at once", body->members_count, verb, (long long)at_once);
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
    outcome_reply(out, "*%s*: %s: %s.", out->operation_id, own->title, how_many(own, view->arena));
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
    if (is_pinned_first)
        image_ask(own, view->now_ms, out);
    else
        go_on(&g);
}

/* ---- bodies of older binaries ---- */

/* Schema 1 kept a mention of who aborted it, "@{slack:U1}". Without it the group would go on as if nobody had. */
static cJSON *name_who_stopped(cJSON *body)
{
    struct str mention = str_of(json_find_string(body, "stopped_by")), system;
    cJSON *stop, *by;

    if (!str_take_prefix(&mention, "@{"))
        return body;
    system = str_take_until(&mention, ':');
    stop = json_set(body, "stop", json_object());
    json_set_str(stop, "source", system);
    by = json_set(stop, "by", json_object());
    json_set_str(by, "system", system);
    json_set_str(by, "id", str_take_until(&mention, '}'));
    return body;
}

static const struct upgrade upgrades[] = { { 1, name_who_stopped } };

const struct machine machine_group = {
    .kind = "group",
    .schema = 2,
    .body = &group_body_shape,
    .upgrades = upgrades,
    .upgrades_count = ARRAY_LEN(upgrades),
    .on_event = on_event,
    .card = group_card,
};
