/* card.c - how a `scale` or a `traffic` looks: one line of what changes, and how far it is. */
#include "handlers/adjust/adjusting.h"

#include "bot/model/card.h"

#include <string.h>

static const struct {
    const char *state, *text, *now;
} steps[] = {
    { "looking", "Look", "looking how it stands" },
    { "comparing", "Look", "looking at its revisions" },
    { APPROVAL_STATE, "Consent", "waiting for consent" },
    { "queued", "Wait for the target", "waiting for the target" },
    { "changing", "Change it", NULL },
    { "verifying", "Verify", "looking whether it is so" },
};

static const char *now_text(const struct operation *operation, const struct adjust_body *body, struct arena *arena)
{
    if (body->lacking)
        return arena_printf(arena, "waiting for consent: %s", body->lacking);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (strcmp(steps[i].state, operation->state) == 0)
            return steps[i].now ? steps[i].now : adjust_way_of(body)->changing;
    return operation->state;
}

static void add_field(struct card *card, struct arena *arena, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

static void add_actions(const struct operation *operation, const struct adjust_body *body, struct arena *arena,
                        struct card *card)
{
    if (operation->result || operation->is_stuck || strcmp(operation->state, APPROVAL_STATE) != 0)
        return;
    *ARENA_PUSH(arena, card->actions, card->actions_count) =
        (struct card_action){ .label = "Approve",
                              .command = arena_printf(arena, "approve %s", operation->id),
                              .style = ACTION_PRIMARY,
                              .confirm = arena_printf(arena, "%s: %s", operation->target, body->becomes) };
    *ARENA_PUSH(arena, card->actions, card->actions_count) =
        (struct card_action){ .label = "Abort", .command = arena_printf(arena, "abort %s", operation->id) };
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (operation->is_stuck)
        return CARD_BAD;
    if (!operation->result)
        return strcmp(operation->state, APPROVAL_STATE) == 0 || strcmp(operation->state, "queued") == 0 ? CARD_WAITING
                                                                                                        : CARD_RUNNING;
    if (strcmp(operation->result, "done") == 0)
        return CARD_GOOD;
    return strcmp(operation->result, "failed") == 0 ? CARD_BAD : CARD_WITHOUT_EFFECT;
}

/* What only told something, or was refused at once, has been answered: no channel hears of it. */
void adjust_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct adjust_body *body = value;
    struct arena *arena = view->arena;
    bool is_early =
        strcmp(operation->state, "looking") == 0 || strcmp(operation->state, "comparing") == 0 ||
        (body->failed_in && (strcmp(body->failed_in, "looking") == 0 || strcmp(body->failed_in, "comparing") == 0));

    if (!body->becomes || body->only_tells || body->is_dry_run || (is_early && !operation->is_stuck) ||
        (operation->result && !body->failed_in && !body->was_sent))
        return;
    card->title = arena_printf(arena, "%s %s", adjust_way_of(body)->title, operation->target);
    card->tone = tone_of(operation);
    card->status =
        arena_printf(arena, "%s: %s", operation->id,
                     operation->is_stuck  ? "it is stuck: its own event crashed opsgate. Look how the service "
                                            "stands"
                     : operation->summary ? operation->summary
                                          : now_text(operation, body, arena));
    add_field(card, arena, "Change", body->becomes);
    add_field(card, arena, "Asked by", principal_mention(&operation->requester, arena));
    add_field(card, arena, "Reason", body->reason);
    add_field(card, arena, "Broken glass", broken_shown(&body->glass));
    add_field(card, arena, "Approved by", approvals_names(&body->approvals, arena));
    add_actions(operation, body, arena, card);
    card->footer = arena_printf(arena, "asked %s", card_date(operation->created_at_ms + view->shift_ms, arena));
}
