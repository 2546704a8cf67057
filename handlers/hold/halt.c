#include "handlers/hold/halt.h"

#include "handlers/hold/hold.h"

#include "bot/base/time.h"

#include <string.h>

#define REASON_MAX_BYTES 300

static const struct hold_place everything = { NULL, NULL };

static const struct shape_field rows[] = {
    ROW_STRING(halt_body, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
const struct shape halt_body_shape = SHAPE("a halt", halt_body, rows);

static const struct operation *find_halt(const struct view *view)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->kind, machine_halt.kind) == 0)
            return list[i];
    return NULL;
}

/* ---- halt ---- */

/* Whatever is typed behind it is the reason: at three in the morning nothing of it may be wrong. */
static bool halt_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct halt_body *body = ARENA_NEW(view->arena, struct halt_body);
    const char *reason = NULL;

    (void)err;
    for (size_t i = 0; i < request->words_count; i++)
        if (request->words[i][0] && strcmp(request->words[i], "--reason") != 0)
            reason = reason ? arena_printf(view->arena, "%s %s", reason, request->words[i]) : request->words[i];
    body->reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL;
    *ret_question = (struct question){
        .principal = request->principal, .verb = request->verb, .source = request->source, .is_safe_direction = true
    };
    *ret_arguments = body;
    return true;
}

static size_t count_rollouts(const struct view *view)
{
    size_t count = view->list_operations(view->ctx, NULL, 0), found = 0;
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        found += !operation_has_ended(all[i]) && strcmp(all[i]->kind, "deploy") == 0;
    return found;
}

static void halt_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *body, struct outcome *out)
{
    const struct operation *halt = find_halt(view);
    size_t rollouts = count_rollouts(view);

    (void)request, (void)question;
    if (halt) {
        outcome_reply(out, "It is halted already: %s (%s).", hold_words(view, halt), halt->id);
        return;
    }
    outcome_begin(out, machine_halt.kind, NULL, "halted", body);
    hold_tell_rollouts(view, &everything, out);
    outcome_reply(out, "*%s*: everything is halted. Nothing begins, and nothing gets more traffic, until `unhalt`.",
                  out->operation_id);
    if (rollouts > 0)
        outcome_reply_line(out,
                           "%zu rollout%s at work: each stays where it is. `abort` or `rollback` take traffic "
                           "back, now as ever.",
                           rollouts, rollouts == 1 ? " is" : "s are");
}

const struct verb verb_halt = {
    .name = "halt",
    .usage = "halt [REASON]",
    .summary = "stop everything from getting more traffic, everywhere, at once",
    .is_safe_direction = true,
    .asks = halt_asks,
    .begin = halt_begin,
};

/* ---- unhalt ---- */

static bool unhalt_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    const struct operation *halt = find_halt(view);
    struct typed typed;

    *ret_arguments = NULL;
    *ret_question = (struct question){ .principal = request->principal,
                                       .verb = request->verb,
                                       .source = request->source,
                                       .operation = halt ? halt->id : NULL };
    return request_read(request, NULL, 0, view->arena, &typed, err) &&
           (typed.words_count == 0 || error_set(err, ERR_INVALID, "`unhalt` takes no words. Nothing was done."));
}

static void unhalt_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    (void)view, (void)request, (void)question, (void)arguments;
    outcome_reply(out, "Nothing is halted.");
}

const struct verb verb_unhalt = {
    .name = "unhalt",
    .usage = "unhalt",
    .summary = "end a halt; rollouts that it held go on by `retry`",
    .asks = unhalt_asks,
    .begin = unhalt_begin,
};

/* ---- while it holds ---- */

/* Their next step was asked for while it held, and refused in its words: nothing makes it but somebody. */
static bool was_held_by(const struct view *view, const struct operation *rollout, const struct operation *halt)
{
    const char *held = json_find_string(rollout->body, "held");

    return !operation_has_ended(rollout) && strcmp(rollout->kind, "deploy") == 0 && held &&
           json_find_bool(rollout->body, "is_denied", false) && strstr(held, hold_reason(halt, view->arena));
}

static void tell_held(const struct view *view, const struct operation *halt, struct outcome *out)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    const char *names = NULL;

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (was_held_by(view, all[i], halt))
            names = arena_printf(view->arena, "%s%s`retry %s`", names ? names : "", names ? ", " : "", all[i]->id);
    if (names)
        outcome_reply_line(out, "What it held goes on when somebody says so: %s.", names);
}

static void halt_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    (void)body;
    if (event->kind != EVENT_REQUEST)
        return;
    if (strcmp(event->name, verb_unhalt.name) != 0) {
        outcome_refuse(out, "%s is a halt, and takes no `%s`: `unhalt` ends it. Nothing was done.", operation->id,
                       event->name);
        return;
    }
    outcome_journal(out, "halt.ended", NULL, principal_personal(&event->request->principal));
    hold_tell_rollouts(view, &everything, out);
    outcome_reply(out, "The halt is over, after %s.", duration_about(view->now_ms - operation->created_at_ms).text);
    tell_held(view, operation, out);
    hold_say_others(view, operation, out);
    outcome_end(out, "over", "done", "everything was halted for %s",
                duration_about(view->now_ms - operation->created_at_ms).text);
}

static void halt_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct halt_body *body = value;

    card->title = operation_has_ended(operation) ? "The halt is over" : "Everything is halted";
    card->tone = operation_has_ended(operation) ? CARD_GOOD : CARD_BAD;
    card->status = operation_has_ended(operation) ? operation->summary
                   : operation->is_stuck          ? HOLD_STUCK
                                                  : "nothing begins, and nothing gets more traffic";
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
        (struct card_field){ "By", principal_mention(&operation->requester, view->arena) };
    if (body->reason)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ "Why", body->reason };
    if (!operation_has_ended(operation))
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) =
            (struct card_action){ .label = "End the halt", .command = "unhalt", .confirm = "Let rollouts go on?" };
}

const struct machine machine_halt = {
    .kind = "halt",
    .schema = 1,
    .body = &halt_body_shape,
    .holds_on = HOLD_ON,
    .on_event = halt_on_event,
    .card = halt_card,
};
