#include "handlers/group/card.h"

#include "handlers/group/image.h"
#include "handlers/group/members.h"
#include "handlers/trigger/trigger.h"

#include <string.h>

static const struct {
    enum step_mark mark;
    const char *text;
} looks[] = {
    [MEMBER_WAITING] = { STEP_NEXT, "waits" },  [MEMBER_ASKED] = { STEP_NOW, "begins" },
    [MEMBER_RUNNING] = { STEP_NOW, "runs" },    [MEMBER_DONE] = { STEP_OK, "done" },
    [MEMBER_FAILED] = { STEP_BAD, "not done" }, [MEMBER_SKIPPED] = { STEP_BAD, "not begun" },
};

static const char *line_of(const struct view *view, const struct group_member *member)
{
    bool is_told = member->summary && (member->state == MEMBER_FAILED || member->state == MEMBER_SKIPPED);
    bool goes_on = member->goes_on && member->state == MEMBER_RUNNING;
    bool waits = member->is_waiting && member->state == MEMBER_RUNNING;

    return arena_printf(view->arena, "%s%s%s: %s%s%s%s%s", member->name, member->operation ? ", " : "",
                        member->operation ? member->operation : "",
                        waits ? "waits for consent" : looks[member->state].text, is_told ? ": " : "",
                        is_told ? member->summary : "", goes_on ? ", not aborted: " : "",
                        goes_on ? member->goes_on : "");
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (operation->is_stuck)
        return CARD_BAD;
    if (!operation->result)
        return CARD_RUNNING;
    return strcmp(operation->result, "done") == 0 ? CARD_GOOD : CARD_BAD;
}

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

void group_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct group_body *body = value;
    size_t done = members_count(body, MEMBER_DONE);

    card->title = body->title;
    card->tone = tone_of(operation);
    card->status = operation->summary
                       ? arena_printf(view->arena, "%s: %s", operation->id, operation->summary)
                       : arena_printf(view->arena, "%s: %zu of %zu done", operation->id, done, body->members_count);
    add_field(view, card, "Asked by", trigger_asked_by(view, operation));
    add_field(view, card, "Image", operation->result ? NULL : image_words(view, body));
    add_field(view, card, "At once", arena_printf(view->arena, "%lld", (long long)body->max_parallel));
    add_field(view, card, "When one fails",
              body->on_failure == GROUP_STOP ? "nothing more begins" : "the others go on");
    add_field(view, card, "Aborted by", body->stop ? principal_mention(&body->stop->by, view->arena) : NULL);
    add_field(view, card, "Reason", body->reason);
    for (size_t i = 0; i < body->members_count; i++)
        *ARENA_PUSH(view->arena, card->steps, card->steps_count) =
            (struct card_step){ looks[body->members[i].state].mark, line_of(view, &body->members[i]) };
    if (!operation->result && !operation->is_stuck && members_wait(body))
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = (struct card_action){
            .label = "Approve all",
            .command = arena_printf(view->arena, "approve %s", operation->id),
            .style = ACTION_PRIMARY,
            .confirm = "Your consent goes to each of them that waits for it.",
        };
    if (!operation->result && !operation->is_stuck && (!body->stop || members_find_kept(body)))
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = (struct card_action){
            .label = "Abort all",
            .command = arena_printf(view->arena, "abort %s", operation->id),
            .style = ACTION_DANGER,
            .confirm = "Nothing more begins, and what runs is aborted: traffic goes back.",
        };
    card->footer =
        arena_printf(view->arena, "asked %s", card_date(operation->created_at_ms + view->shift_ms, view->arena));
}
