#include "handlers/rollback/card.h"

#include "handlers/rollback/goal.h"
#include "handlers/rollback/rolling.h"

#include "bot/base/time.h"

#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */
#define QUOTED_BYTES 300

static const struct {
    const char *text, *now; /* as a step of the card; while it is under way */
    const char *state;
} steps[] = {
    { "Take the target", "taking the target", "queued" },
    { "Look at what serves", "looking at what serves", "looking" },
    { "Return all traffic", "returning all traffic", "returning" },
    { "Verify", "verifying the traffic", "verifying" },
};

static size_t step_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (state && strcmp(state, steps[i].state) == 0)
            return i;
    return ARRAY_LEN(steps);
}

static void add_steps(const struct view *view, const struct operation *operation, const struct rollback_body *body,
                      struct card *card)
{
    bool has_ended_badly = operation->result && strcmp(operation->result, "done") != 0;
    bool is_bad = has_ended_badly || operation->is_stuck;
    size_t now = step_of(has_ended_badly && body->failed_in ? body->failed_in : operation->state);

    for (size_t i = 0; i < (body->stops && !rollback_has_traffic(body) ? 1 : ARRAY_LEN(steps)); i++)
        *ARENA_PUSH(view->arena, card->steps, card->steps_count) = (struct card_step){ i < now   ? STEP_OK
                                                                                       : i > now ? STEP_NEXT
                                                                                       : is_bad  ? STEP_BAD
                                                                                                 : STEP_NOW,
                                                                                       steps[i].text };
}

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (operation->is_stuck)
        return CARD_BAD;
    if (!operation->result)
        return strcmp(operation->state, "queued") == 0 ? CARD_WAITING : CARD_RUNNING;
    return strcmp(operation->result, "done") == 0 ? CARD_GOOD : CARD_BAD;
}

static const char *quote(const struct view *view, const char *words, size_t max_bytes)
{
    return card_quote(str_of(words), max_bytes, view->arena);
}

/* Since when, and not for how long: the same words are not shown again and again. */
static const char *silence(const struct view *view, const struct rollback_body *body)
{
    if (!body->silence)
        return "";
    return arena_printf(view->arena, "; Cloud Run has not answered since %s (%s), so it is tried again and again",
                        card_time(body->heard_at_ms + view->shift_ms, view->arena),
                        quote(view, body->silence, QUOTED_BYTES));
}

/* With its id in front: a notification shows title and status alone. */
static const char *status_of(const struct view *view, const struct operation *operation,
                             const struct rollback_body *body)
{
    size_t now = step_of(operation->state);

    if (operation->is_stuck)
        return arena_printf(view->arena,
                            "%s is stuck: its own event crashed opsgate; its target was given back. Look where the "
                            "traffic of %s goes: `opsgate ops show %s`",
                            operation->id, operation->target, operation->id);
    if (operation->summary)
        return arena_printf(view->arena, "%s: %s", operation->id, operation->summary);
    if (body->kept_waiting)
        return arena_printf(view->arena, "%s waits: %s", operation->id, body->kept_waiting);
    return arena_printf(view->arena, "%s: %s%s", operation->id,
                        now < ARRAY_LEN(steps) ? steps[now].now : operation->state, silence(view, body));
}

static const char *as_code(const struct view *view, const char *words)
{
    return words ? arena_printf(view->arena, "`%s`", quote(view, words, SHOWN_BYTES)) : NULL;
}

static const char *joined(const struct view *view, const char *const *lines, size_t count)
{
    const char *text = NULL;

    for (size_t i = 0; i < count; i++)
        text = text ? arena_printf(view->arena, "%s; %s", text, lines[i]) : lines[i];
    return text;
}

/* Half-way it cannot be stopped; but somebody may have enough of waiting. */
static void add_actions(const struct view *view, const struct operation *operation, const struct rollback_body *body,
                        struct card *card)
{
    if (operation->result || operation->is_stuck || !body->silence)
        return;
    *ARENA_PUSH(view->arena, card->actions, card->actions_count) = (struct card_action){
        .label = "Stop trying",
        .command = arena_printf(view->arena, "abort %s", operation->id),
        .style = ACTION_DANGER,
        .confirm = arena_printf(view->arena, "Nothing more is tried, and the traffic of %s stays wherever it is.",
                                operation->target),
    };
}

static const char *title(const struct view *view, const struct rollback_body *body, bool stops)
{
    const char *to = rollback_name(&body->to, &body->from, view->arena);

    if (!to)
        return arena_printf(view->arena, "Roll back %s %s", body->service, body->environment);
    if (stops)
        return arena_printf(view->arena, "Keep %s in %s %s", quote(view, to, SHOWN_BYTES), body->service,
                            body->environment);
    return arena_printf(view->arena, "Roll back %s %s to %s", body->service, body->environment,
                        quote(view, to, SHOWN_BYTES));
}

static const char *footer(const struct view *view, const struct operation *operation, const struct rollback_body *body)
{
    const char *asked =
        arena_printf(view->arena, "asked %s", card_date(operation->created_at_ms + view->shift_ms, view->arena));

    if (!body->aborted_by)
        return asked;
    return arena_printf(view->arena, "%s\n%s %s aborted it", asked,
                        card_date(body->aborted_at_ms + view->shift_ms, view->arena), body->aborted_by);
}

void rollback_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct rollback_body *body = value;
    const char *to = rollback_name(&body->to, &body->from, view->arena);
    bool stops = body->stops && !body->from.revision; /* and that is all */

    card->title = title(view, body, stops);
    card->tone = tone_of(operation);
    card->status = status_of(view, operation, body);
    add_field(view, card, "From", as_code(view, rollback_name(&body->from, &body->to, view->arena)));
    add_field(view, card, "To", as_code(view, to));
    add_field(view, card, "Asked by", principal_mention(&operation->requester, view->arena));
    add_field(view, card, stops ? "Stops" : "Aborts", rollback_aborted_names(body, view->arena));
    add_field(view, card, "Preflight", body->preflight);
    add_field(view, card, "Note", body->further);
    add_field(view, card, "Irreversible", as_code(view, body->irreversible));
    add_field(view, card, "Broken glass", body->break_glass);
    add_field(view, card, "Passed over", joined(view, body->skips, body->skips_count));
    add_field(view, card, "Reason", body->reason);
    add_steps(view, operation, body, card);
    add_actions(view, operation, body, card);
    card->footer = footer(view, operation, body);
}
