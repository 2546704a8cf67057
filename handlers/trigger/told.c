#include "handlers/trigger/told.h"

#include "handlers/group/group.h"
#include "handlers/trigger/comment.h"
#include "handlers/trigger/places.h"

#include "bot/model/card.h"
#include "bot/model/delivery.h"
#include "bot/model/settings.h"

#include <string.h>

#define LINES_MAX 20

struct telling {
    struct triggering *t;
    struct message_delivery message;
};

static void add_line(struct telling *telling, const char *line)
{
    struct reply *reply = &telling->message.reply;

    if (reply->lines_count < LINES_MAX)
        *ARENA_PUSH(telling->t->view->arena, reply->lines, reply->lines_count) = line;
}

static void send(const struct telling *telling)
{
    const char *channel = telling->t->view->settings->slack.channels.deployments;
    struct message_delivery message = telling->message;

    message.channel = channel;
    if (channel)
        outcome_effect(telling->t->out,
                       (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                               .lane = arena_printf(telling->t->view->arena, "slack:%s", channel),
                                               .args = shape_to_json(&message_delivery_shape, &message, SHAPE_WHOLE) });
}

/* ---- words ---- */

static const char *subject_of(const struct triggering *t)
{
    const char *who = trigger_person(&t->body->initiator, t->view->arena);

    return arena_printf(t->view->arena, "*The %s*%s%s", trigger_words(t->body, t->view->arena), who[0] ? ", by " : "",
                        who);
}

static const char *turn_of(const struct triggering *t, const struct trigger_place *place)
{
    return arena_printf(t->view->arena, "Whoever may asks for it: `deploy %s %s %s`.", place->service,
                        place->environment,
                        place->version ? card_quote(str_of(place->version), 200, t->view->arena) : "VERSION");
}

static void add_not_begun(struct telling *telling, const struct trigger_place *place)
{
    const struct triggering *t = telling->t;

    add_line(telling, arena_printf(t->view->arena, "*%s/%s*: %s. %s", place->service, place->environment,
                                   place->text ? place->text : "it was not begun", turn_of(t, place)));
}

/* ---- what is said ---- */

void told_nothing(struct triggering *t, const char *why)
{
    struct telling telling = { t, { 0 } };

    if (t->body->kind == TRIGGER_COMMENT) {
        comment_told_nothing(t, why);
        return;
    }
    telling.message.reply.text = arena_printf(t->view->arena, "%s does not roll out: %s.", subject_of(t), why);
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].state != PLACE_LEFT_OUT)
            add_line(&telling, arena_printf(t->view->arena, "*%s/%s*: %s", t->body->places[i].service,
                                            t->body->places[i].environment, turn_of(t, &t->body->places[i])));
    send(&telling);
}

/* Once: it is asked for again and again. A comment is answered when there is an answer. */
void told_waiting(struct triggering *t)
{
    struct telling telling = { t, { 0 } };

    if (t->body->kind == TRIGGER_COMMENT)
        return;
    telling.message.reply.text = arena_printf(
        t->view->arena, "%s waits: GitHub has not confirmed it yet (%s), and is asked again until it is %s old.",
        subject_of(t), trigger_reason(t), duration_exact(t->view->settings->automation.max_event_age_ms).text);
    send(&telling);
}

/* "*D12* brings it to production (api, web)": places that share an operation are one line. */
static void add_begun(struct telling *telling, size_t first)
{
    const struct trigger_body *body = telling->t->body;
    const struct trigger_place *place = &body->places[first];
    struct arena *arena = telling->t->view->arena;
    const char *services = place->service;

    for (size_t i = 0; i < first; i++)
        if (body->places[i].operation && strcmp(body->places[i].operation, place->operation) == 0)
            return;
    for (size_t i = first + 1; i < body->places_count; i++)
        if (body->places[i].operation && strcmp(body->places[i].operation, place->operation) == 0)
            services = arena_printf(arena, "%s, %s", services, body->places[i].service);
    add_line(telling,
             arena_printf(arena, "*%s* brings it to *%s* (%s).", place->operation, place->environment, services));
}

static size_t operations_count(const struct trigger_body *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->places_count; i++) {
        bool is_new = body->places[i].operation != NULL;

        for (size_t k = 0; k < i && is_new; k++)
            is_new = !body->places[k].operation || strcmp(body->places[k].operation, body->places[i].operation) != 0;
        count += is_new;
    }
    return count;
}

/* A single deploy tells everything on its own card. */
void told_places(struct triggering *t)
{
    struct telling telling = { t, { 0 } };
    size_t begun = operations_count(t->body), refused = places_count(t->body, PLACE_REFUSED);

    if (t->body->kind == TRIGGER_COMMENT) {
        comment_told_places(t);
        return;
    }
    if (refused == 0 && begun < 2 && !t->body->is_cut)
        return;
    telling.message.reply.text = arena_printf(t->view->arena, "%s %s.", subject_of(t),
                                              refused == 0 && !t->body->is_cut ? "rolls out"
                                              : begun == 0                     ? "does not roll out"
                                                                               : "does not roll out everywhere");
    if (t->body->is_cut)
        add_line(&telling, arena_printf(t->view->arena, "More than %d places take it: the rest was not begun.",
                                        TRIGGER_PLACES_MAX));
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].operation)
            add_begun(&telling, i);
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].state == PLACE_REFUSED)
            add_not_begun(&telling, &t->body->places[i]);
    send(&telling);
}

/* "Not begun: web, cart." One that was refused when its turn came was said then. */
static void add_skipped(struct telling *telling, const char *id)
{
    const struct view *view = telling->t->view;
    const struct operation *group = view->find_ended(view->ctx, id);
    const cJSON *members, *member;
    const char *names = NULL;

    group = group ? group : view->find_operation(view->ctx, id);
    members = group ? json_find(group->body, "members") : NULL;
    cJSON_ArrayForEach(member, members) {
        const char *name = json_find_string(member, "name");

        if (name && json_find_int(member, "state", MEMBER_WAITING) == MEMBER_SKIPPED)
            names = names ? arena_printf(view->arena, "%s, %s", names, name) : name;
    }
    if (names)
        add_line(telling, arena_printf(view->arena, "Not begun: %s.", names));
}

void told_group_end(struct triggering *t, const struct trigger_place *place)
{
    struct telling telling = { t, { 0 } };

    telling.message.reply.text = arena_printf(t->view->arena, "%s is not all rolled out: *%s*, to *%s*, ended: %s.",
                                              subject_of(t), place->operation, place->environment, place->text);
    add_skipped(&telling, place->operation);
    send(&telling);
}

void told_refused(struct triggering *t, const struct trigger_place *place)
{
    struct telling telling = { t, { 0 } };

    telling.message.reply.text = arena_printf(t->view->arena, "%s does not roll out to *%s/%s*.", subject_of(t),
                                              place->service, place->environment);
    add_not_begun(&telling, place);
    send(&telling);
}
