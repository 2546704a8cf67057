/* card.c - how a `block`, an `unblock` or a `ddos` looks. */
#include "handlers/protection/guarding.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <string.h>

static const struct {
    const char *state, *text;
    enum card_tone tone;
} states[] = {
    { "looking", "looking at the policy", CARD_RUNNING },
    { APPROVAL_STATE, "waiting for consent", CARD_WAITING },
    { "changing", "changing the policy", CARD_RUNNING },
    { "verifying", "until Cloud Armor shows it", CARD_RUNNING },
    { "unseen", "nobody can see whether it stands", CARD_BAD },
    { "blocked", "it stands", CARD_RUNNING },
    { "removing", "its rule is taken away", CARD_RUNNING },
    { "leaving", "until its rule is gone", CARD_RUNNING },
    { "overdue", "it is over, and still stands", CARD_BAD },
};

static void show_state(const struct view *view, const struct operation *operation, const struct protection_body *body,
                       struct card *card)
{
    struct arena *arena = view->arena;
    const char *text = operation->state;

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(states[i].state, operation->state) == 0) {
            text = states[i].text;
            card->tone = states[i].tone;
        }
    if (body->lacking)
        text = arena_printf(arena, "waiting for consent: %s", body->lacking);
    else if (strcmp(operation->state, "blocked") == 0)
        text = arena_printf(arena, "%s until %s", body->is_preview ? "a preview that only logs," : "blocked",
                            card_date(body->until_ms + view->shift_ms, arena));
    else if (strcmp(operation->state, "unseen") == 0 && body->problem)
        text = arena_printf(arena, "nobody can see whether it stands: %s; whatever does ends %s", body->problem,
                            card_date(body->until_ms + view->shift_ms, arena));
    else if (strcmp(operation->state, "overdue") == 0 && body->problem)
        text = arena_printf(arena, "it is over, and still stands: %s", body->problem);
    card->status = arena_printf(arena, "%s: %s", operation->id, text);
}

static void show_end(const struct view *view, const struct operation *operation, const struct protection_body *body,
                     struct card *card)
{
    bool is_good = strcmp(operation->result, "done") == 0 && !body->is_still_blocked;
    bool is_bad = strcmp(operation->result, "failed") == 0;

    card->tone = is_good ? CARD_GOOD : is_bad ? CARD_BAD : CARD_WITHOUT_EFFECT;
    card->status = arena_printf(view->arena, "%s: %s", operation->id, operation->summary ? operation->summary : "");
}

static void add_field(struct card *card, struct arena *arena, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

static void add_action(struct card *card, struct arena *arena, struct card_action action)
{
    *ARENA_PUSH(arena, card->actions, card->actions_count) = action;
}

/* The range is the real one's, where a preview stands beside it. */
static const char *end_line(const struct operation *operation, const struct protection_body *body, struct arena *arena)
{
    return body->is_preview ? arena_printf(arena, "unblock %s", operation->id)
                            : arena_printf(arena, "unblock %s %s", body->protection, body->range);
}

static void add_actions(const struct operation *operation, const struct protection_body *body, struct arena *arena,
                        struct card *card)
{
    if (strcmp(operation->state, APPROVAL_STATE) == 0) {
        add_action(card, arena,
                   (struct card_action){ .label = "Approve",
                                         .command = arena_printf(arena, "approve %s", operation->id),
                                         .style = ACTION_PRIMARY,
                                         .confirm = body->becomes });
        add_action(card, arena,
                   (struct card_action){ .label = "Abort", .command = arena_printf(arena, "abort %s", operation->id) });
    } else if (strcmp(operation->state, "blocked") == 0 || strcmp(operation->state, "unseen") == 0 ||
               strcmp(operation->state, "overdue") == 0) {
        add_action(card, arena,
                   (struct card_action){
                       .label = body->is_preview ? "End the preview" : "Unblock",
                       .command = end_line(operation, body, arena),
                       .confirm = arena_printf(
                           arena, body->is_preview ? "the preview of %s ends" : "%s is let in again", body->range) });
    }
}

static const char *title_of(const struct protection_body *body)
{
    const struct guarding_way *way = guarding_way_of(body);

    return way == &guarding_block && body->is_preview ? "Preview of a block" : way->title;
}

/* What only told something, or was refused at once, has been answered: no channel hears of it. */
void guarding_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct protection_body *body = value;
    struct arena *arena = view->arena;
    bool is_early = strcmp(operation->state, "looking") == 0 ||
                    (body->failed_in && strcmp(body->failed_in, "looking") == 0) ||
                    (operation->result && !body->becomes);

    if (body->is_dry_run || !body->becomes || is_early)
        return;
    card->title = arena_printf(arena, "%s %s", title_of(body), body->range ? body->range : body->protection);
    if (operation->is_stuck) {
        card->tone = CARD_BAD;
        card->status = arena_printf(
            arena, "%s: it is stuck: its own event crashed opsgate. `blocks` tells what stands there", operation->id);
    } else if (operation->result) {
        show_end(view, operation, body, card);
    } else {
        show_state(view, operation, body, card);
        add_actions(operation, body, arena, card);
    }
    if (!strstr(card->status, body->becomes)) /* else its end says so */
        add_field(card, arena, "Change", body->becomes);
    add_field(card, arena, "Asked by", principal_mention(&operation->requester, arena));
    add_field(card, arena, "Reason", body->reason);
    add_field(card, arena, "Broken glass", broken_shown(&body->glass));
    add_field(card, arena, "Ended by", body->ended_by);
    add_field(card, arena, "Approved by", approvals_names(&body->approvals, arena));
    card->footer = arena_printf(arena, "asked %s", card_date(operation->created_at_ms + view->shift_ms, arena));
}
