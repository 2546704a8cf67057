#include "tests/simulation/bell.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "tests/simulation/world.h"

#include <string.h>

struct ring_body {
    int64_t wait_ms;
};
static const struct shape_field ring_rows[] = { ROW_INT(ring_body, wait_ms) };
static const struct shape ring_shape = SHAPE("a ring", ring_body, ring_rows);

const struct effect_kind ring_kind = {
    .name = EFFECT_RING,
    .in_doubt = DOUBT_ASK,
    .attempt_ms = 10 * SECOND_MS,
    .give_up_ms = 3 * MINUTE_MS,
    .is_essential = true,
    .why = "nothing can tell whether the bell rang, so it is never rung again",
};

static struct exchange_step ring_step(const struct exchange *exchange)
{
    const struct http_answer *answer = exchange->answers;
    struct http_call call = { .method = "POST", .url = WORLD_BELL_URL, .timeout_ms = 5 * SECOND_MS };
    cJSON *body;

    if (exchange->answer_count == 0) {
        body = json_object();
        json_set_string(body, "effect", exchange->effect_id);
        call.body = str_of(json_print_in(exchange->arena, body));
        cJSON_Delete(body);
        return exchange_call(call);
    }
    return answer->status == 204 ? exchange_done(exchange, NULL) : exchange_refused(exchange, "the bell", answer);
}
const struct exchange_row ring_row = { EFFECT_RING, "the bell", ring_step };

static void post(const struct view *view, const struct operation *operation, const char *text, struct outcome *out)
{
    struct message_delivery delivery = {
        .channel = "C0GENERAL", .reply = { .text = arena_printf(view->arena, "%s %s", out->operation_id, text) }
    };

    (void)operation;
    outcome_effect(out,
                   (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                           .lane = "slack:C0GENERAL",
                                           .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

static void ring_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    if (event->kind == EVENT_TIMER && strcmp(operation->state, "waiting") == 0) {
        outcome_move(out, "ringing", body);
        outcome_effect(out, (struct wanted_effect){ .kind = EFFECT_RING, .lane = "bell", .tag = "ring" });
    } else if (event->kind == EVENT_EFFECT && strcmp(operation->state, "ringing") == 0) {
        post(view, operation, event_end_names[event->end], out);
        outcome_end(out, "over", event->end == END_DONE ? "done" : "failed", "the bell: %s",
                    event_end_names[event->end]);
    }
}

static bool ring_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    (void)view;
    (void)err;
    *ret_question = (struct question){ .principal = request->principal, .verb = "ring", .source = request->source };
    *ret_arguments = NULL;
    return true;
}

static void ring_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    struct ring_body *body = ARENA_NEW(view->arena, struct ring_body);

    (void)question;
    (void)arguments;
    body->wait_ms = 1000 * (int64_t)(request->words_count + 1);
    if (request->words_count > 0 && strcmp(request->words[0], "later") == 0)
        body->wait_ms = 45 * SECOND_MS;
    outcome_begin(out, "ring", NULL, "waiting", body);
    outcome_timer(out, "ring", view->now_ms + body->wait_ms);
    outcome_reply(out, "%s will ring", out->operation_id);
    post(view, NULL, "waits", out);
}

const struct verb verb_ring = {
    .name = "ring", .usage = "ring", .summary = "ring the bell", .asks = ring_asks, .begin = ring_begin
};
const struct machine machine_ring = { .kind = "ring", .schema = 1, .body = &ring_shape, .on_event = ring_on_event };
