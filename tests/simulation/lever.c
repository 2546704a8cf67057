#include "tests/simulation/lever.h"

#include "bot/base/time.h"
#include "tests/simulation/world.h"

#include <string.h>

struct pull_body {
    int64_t wait_ms;
};
static const struct shape_field pull_rows[] = { ROW_INT(pull_body, wait_ms) };
static const struct shape pull_shape = SHAPE("a pull", pull_body, pull_rows);

const struct effect_kind lever_kinds[2] = {
    { .name = EFFECT_LEVER_UP,
      .in_doubt = DOUBT_REPEAT,
      .attempt_ms = 10 * SECOND_MS,
      .give_up_ms = MINUTE_MS,
      .is_essential = true,
      .is_increase = true,
      .why = "a lever that is up stays up" },
    { .name = EFFECT_LEVER_DOWN,
      .in_doubt = DOUBT_REPEAT,
      .attempt_ms = 10 * SECOND_MS,
      .give_up_ms = 10 * MINUTE_MS,
      .is_essential = true,
      .is_decrease = true,
      .why = "a lever that is down stays down" },
};

/* It is looked at first, as production does: two calls, and time between them. */
static struct exchange_step lever_step(const struct exchange *exchange)
{
    struct http_call call = { .method = exchange->answer_count == 0 ? "GET" : "POST",
                              .url = WORLD_LEVER_URL,
                              .timeout_ms = 5 * SECOND_MS };
    const struct http_answer *last;

    if (exchange->answer_count == 0)
        return exchange_call(call);
    last = &exchange->answers[exchange->answer_count - 1];
    if (last->status != 204)
        return exchange_refused(exchange, "the lever", last);
    return exchange->answer_count == 1 ? exchange_call(call) : exchange_done(exchange, NULL);
}
const struct exchange_row lever_rows[2] = { { EFFECT_LEVER_UP, "the lever", lever_step },
                                            { EFFECT_LEVER_DOWN, "the lever", lever_step } };

static void move_lever(const char *kind, const char *tag, struct outcome *out)
{
    outcome_effect(out, (struct wanted_effect){ .kind = kind, .lane = "lever", .tag = tag });
}

static void pull_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    (void)view;
    if (event->kind == EVENT_TIMER && strcmp(operation->state, "up") == 0) {
        outcome_move(out, "down", body);
        move_lever(EFFECT_LEVER_DOWN, "down", out);
    } else if (event->kind == EVENT_EFFECT && strcmp(event->name, "down") == 0) {
        outcome_end(out, "over", event->end == END_DONE ? "done" : "failed", "the lever: %s",
                    event_end_names[event->end]);
    }
}

static bool pull_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    (void)view;
    (void)err;
    *ret_question = (struct question){ .principal = request->principal, .verb = "pull", .source = request->source };
    *ret_arguments = NULL;
    return true;
}

static void pull_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    struct pull_body *body = ARENA_NEW(view->arena, struct pull_body);

    (void)question;
    (void)arguments;
    body->wait_ms = 70 * (int64_t)(request->words_count + 1);
    outcome_begin(out, "pull", NULL, "up", body);
    move_lever(EFFECT_LEVER_UP, "up", out);
    outcome_timer(out, "lower", view->now_ms + body->wait_ms);
    outcome_reply(out, "%s will pull", out->operation_id);
}

const struct verb verb_pull = {
    .name = "pull", .usage = "pull", .summary = "raise the lever, and lower it", .asks = pull_asks, .begin = pull_begin
};
const struct machine machine_pull = { .kind = "pull", .schema = 1, .body = &pull_shape, .on_event = pull_on_event };
