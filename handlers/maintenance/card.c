#include "handlers/maintenance/maintaining.h"

#include <string.h>

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

static bool is_in(const struct operation *operation, const char *state)
{
    return strcmp(operation->state, state) == 0;
}

static enum card_tone tone_of(const struct operation *operation, const struct maintenance_body *body)
{
    if (operation->is_stuck || body->worse)
        return CARD_BAD;
    if (!operation->result)
        return maintenance_is_planned(operation) ? CARD_WAITING : CARD_RUNNING;
    return strcmp(operation->result, "done") == 0 ? body->was_worse ? CARD_BAD : CARD_GOOD : CARD_WITHOUT_EFFECT;
}

static const char *status_of(const struct view *view, const struct operation *operation,
                             const struct maintenance_body *body)
{
    struct arena *arena = view->arena;
    const char *id = operation->id;

    if (operation->is_stuck)
        return arena_printf(arena, "%s is stuck: its own event crashed opsgate. It stands until somebody ends it", id);
    if (operation->summary)
        return arena_printf(arena, "%s: %s", id, operation->summary);
    if (is_in(operation, APPROVAL_STATE))
        return arena_printf(arena, "%s waits for consent: %s", id, body->lacking ? body->lacking : "nothing");
    if (is_in(operation, "planned"))
        return arena_printf(arena, "%s: planned, begins %s", id, card_date(body->at_ms, arena));
    if (is_in(operation, "asking"))
        return arena_printf(arena, "%s *asks*: it was due %s; start it?", id, card_date(body->at_ms, arena));
    if (is_in(operation, "running"))
        return arena_printf(arena, "%s: at work until %s; nobody else deploys there%s", id,
                            card_date(body->until_ms, arena), body->reminders > 0 ? "; *over its time*" : "");
    if (is_in(operation, "verifying"))
        return arena_printf(arena, "%s: being ended; its places are looked at", id);
    if (is_in(operation, "watching"))
        return arena_printf(arena, "%s: over, and watched until %s: %s", id,
                            card_time(body->watch_until_ms + view->shift_ms, arena),
                            body->worse       ? body->worse
                            : body->unchecked ? "nothing worse is seen"
                                              : "calm");
    return arena_printf(arena, "%s: over; the status page is being told", id);
}

static const char *work_of(const struct maintenance_body *body, struct arena *arena)
{
    const char *text = "run";

    if (body->work_count == 0)
        return NULL;
    for (size_t i = 0; i < body->work_count; i++)
        text = arena_printf(arena, "%s %s", text, card_quote(str_of(body->work[i]), 100, arena));
    return arena_printf(arena, "`%s`%s%s", text, body->work_told ? ", " : "", body->work_told ? body->work_told : "");
}

static void add_steps(const struct view *view, const struct operation *operation, struct card *card)
{
    static const struct {
        const char *state, *text;
    } steps[] = { { "planned", "told ahead; waits for its time" },
                  { "running", "the work" },
                  { "verifying", "are its places well?" },
                  { "watching", "watched afterwards" } };
    bool is_now = false, is_done = operation->result && strcmp(operation->result, "done") == 0;
    const char *state = is_in(operation, "asking") ? "planned" : operation->state;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        bool is_this = strcmp(state, steps[i].state) == 0;

        *ARENA_PUSH(view->arena, card->steps, card->steps_count) = (struct card_step){ is_this  ? STEP_NOW
                                                                                       : is_now ? STEP_NEXT
                                                                                                : STEP_OK,
                                                                                       steps[i].text };
        is_now = is_now || is_this;
    }
    if (!is_now && !is_done)
        card->steps_count = 0; /* it never began, or how far it is does not matter any more */
}

static void add_actions(const struct view *view, const struct operation *operation, const struct maintenance_body *body,
                        struct card *card)
{
    const char *command = NULL, *label = NULL;

    if (operation->result)
        return;
    if (is_in(operation, "asking"))
        label = "Start", command = "start";
    else if (is_in(operation, "running"))
        label = "End", command = "end";
    if (is_in(operation, APPROVAL_STATE))
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) =
            (struct card_action){ .label = "Approve",
                                  .command = arena_printf(view->arena, "approve %s", operation->id),
                                  .style = ACTION_PRIMARY };
    if (label)
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) =
            (struct card_action){ .label = label,
                                  .command = arena_printf(view->arena, "maintenance %s %s --look %lld", command,
                                                          operation->id, (long long)body->looks),
                                  .style = ACTION_PRIMARY };
}

void maintenance_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct maintenance_body *body = value;
    struct arena *arena = view->arena;

    card->title = arena_printf(arena, "Maintenance of %s", body->where);
    card->tone = tone_of(operation, body);
    card->status = status_of(view, operation, body);
    add_field(view, card, "When", maintenance_when(operation->body, arena));
    add_field(view, card, "Why", body->reason);
    add_field(view, card, "Short notice", body->hurry);
    add_field(view, card, "Planned by", principal_mention(&operation->requester, arena));
    add_field(view, card, "Approved by", approvals_names(&body->approvals, arena));
    add_field(view, card, "Told", maintenance_ahead(body, arena));
    add_field(view, card, "Status page", maintenance_public_text(body, arena));
    add_field(view, card, "Runbook", work_of(body, arena));
    add_field(view, card, "Not checked", body->unchecked);
    add_steps(view, operation, card);
    add_actions(view, operation, body, card);
    card->footer = arena_printf(arena, "asked %s%s%s", card_date(operation->created_at_ms + view->shift_ms, arena),
                                body->acts ? "\n" : "", body->acts ? body->acts : "");
}
