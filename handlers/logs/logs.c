#include "handlers/logs/logs.h"

#include "handlers/deploy/ending.h"
#include "handlers/logs/looking.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/event.h"
#include "bot/model/exchange.h"

#include <string.h>

#define CARD_DEADLINE_MS (15 * SECOND_MS)
#define CARD_POLL_MS 100
#define POST "post"
#define POSTED "posted"

static const struct shape_field rows[] = {
    ROW_STRING(logs_body, target, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(logs_body, look, &logs_look_shape),
    ROW_INT(logs_body, since_ms),
    ROW_STRING(logs_body, channel, .flags = SHAPE_NONZERO),
    ROW_OPTION(logs_body, found, &logs_found_shape, .flags = SHAPE_NONZERO),
    ROW_INT(logs_body, give_up_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(logs_body, posts, .flags = SHAPE_NONZERO),
};
const struct shape logs_body_shape = SHAPE("a look at logs, and its answer", logs_body, rows);

struct logs {
    const struct view *view;
    const struct operation *operation;
    struct logs_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static void end(struct logs *l, const char *result, const char *summary)
{
    outcome_move(l->out, NULL, l->body);
    outcome_end(l->out, result, result, "%s", summary);
    l->out->is_forgotten = true;
}

/* ---- whoever asked is answered ---- */

static void answer_with(struct logs *l, const struct logs_found *found, const char *mind)
{
    struct reply *reply = ARENA_NEW(l->view->arena, struct reply);

    reply->text = arena_printf(l->view->arena, "%s.%s", logs_head(l->body, found, l->view->arena), mind);
    logs_tell_lines(found, 0, found->lines_count, l->view->arena, reply);
    logs_tell_rest(found, l->view->arena, reply);
    l->out->reply = reply;
    end(l, "done", "told");
}

/* ---- or a thread ---- */

static void post(struct logs *l, struct reply reply)
{
    struct message_delivery delivery = { .channel = l->body->channel, .is_in_thread = true, .reply = reply };

    l->body->posts++;
    outcome_effect(l->out, (struct wanted_effect){
                               .kind = EFFECT_MESSAGE,
                               .lane = arena_printf(l->view->arena, "slack:%s", l->body->channel), /* behind its card */
                               .tag = POSTED,
                               .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                           });
}

/* The message that they stand under comes first. */
static void begin_thread(struct logs *l, const struct logs_found *found)
{
    l->body->found = found;
    l->body->give_up_at_ms = l->view->now_ms + CARD_DEADLINE_MS;
    outcome_move(l->out, "posting", l->body);
    outcome_timer(l->out, POST, l->view->now_ms);
}

static void post_all(struct logs *l, const struct logs_found *found)
{
    struct arena *arena = l->view->arena;

    for (size_t i = 0; i < found->lines_count; i += LOGS_MESSAGE_LINES) {
        size_t to = i + LOGS_MESSAGE_LINES < found->lines_count ? i + LOGS_MESSAGE_LINES : found->lines_count;
        struct reply reply = { .text = arena_printf(arena, "%zu to %zu of %zu:", i + 1, to, found->lines_count) };

        logs_tell_lines(found, i, to, arena, &reply);
        if (to == found->lines_count)
            logs_tell_rest(found, arena, &reply);
        post(l, reply);
    }
    outcome_move(l->out, NULL, l->body);
}

/* A message that goes before its card is known stands beside it, and not under it. */
static void on_post(struct logs *l)
{
    if (l->operation->card_ts) {
        post_all(l, l->body->found);
    } else if (l->view->now_ms >= l->body->give_up_at_ms) {
        answer_with(l, l->body->found, " The channel did not take a message in time.");
    } else {
        outcome_move(l->out, NULL, l->body);
        outcome_timer(l->out, POST, l->view->now_ms + CARD_POLL_MS);
    }
}

/* What did not come there is told to whoever asked. */
static void on_posted(struct logs *l)
{
    if (l->event->end != END_DONE) {
        answer_with(
            l, l->body->found,
            arena_printf(l->view->arena, " The thread did not take them: %s", deploy_why(l->event, l->view->arena)));
        return;
    }
    if (--l->body->posts > 0) {
        outcome_move(l->out, NULL, l->body);
        return;
    }
    outcome_reply(l->out, "%s: they stand in the thread here.", logs_head(l->body, l->body->found, l->view->arena));
    end(l, "done", "told in a thread");
}

/* ---- what was found ---- */

static void on_found(struct logs *l)
{
    struct logs_found *found = ARENA_NEW(l->view->arena, struct logs_found);
    struct error err;

    if (l->event->end != END_DONE) {
        outcome_refuse(l->out, "The logs of %s could not be read: %s", l->body->target,
                       deploy_why(l->event, l->view->arena));
        end(l, "failed", "not read");
    } else if (!shape_from_json(&logs_found_shape, l->event->body, l->view->arena, found, &err)) {
        outcome_refuse(l->out, "The logs of %s could not be read: %s", l->body->target,
                       card_quote(str_of(err.message), sizeof(err.message), l->view->arena));
        end(l, "failed", "not read");
    } else if (l->body->channel && found->lines_count > 0) {
        begin_thread(l, found);
    } else {
        answer_with(l, found, "");
    }
}

static void logs_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    struct logs l = { view, operation, ARENA_NEW(view->arena, struct logs_body), event, out };

    *l.body = *(const struct logs_body *)body;
    if (event->kind == EVENT_READING && strcmp(operation->state, "reading") == 0)
        on_found(&l);
    else if (event->kind == EVENT_TIMER && strcmp(event->name, POST) == 0)
        on_post(&l);
    else if (event->kind == EVENT_EFFECT && strcmp(event->name, POSTED) == 0)
        on_posted(&l);
    else if (event->kind == EVENT_REQUEST)
        outcome_refuse(out, "A look changes nothing, and answers within seconds. Nothing was done.");
}

/* The same before and after its end: it is forgotten then, and shown no more. */
static void logs_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct logs_body *body = value;

    if (!body->channel || !body->found)
        return;
    card->title = arena_printf(view->arena, "Logs of %s", body->target);
    card->tone = CARD_WITHOUT_EFFECT;
    card->status = logs_head(body, body->found, view->arena);
    card->footer = arena_printf(view->arena, "asked by %s %s; in the thread",
                                principal_mention(&operation->requester, view->arena),
                                card_date(operation->created_at_ms + view->shift_ms, view->arena));
}

const struct machine machine_logs = {
    .kind = "logs",
    .schema = 1,
    .body = &logs_body_shape,
    .on_event = logs_on_event,
    .card = logs_card,
};
