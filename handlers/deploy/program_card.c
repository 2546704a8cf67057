/* program_card.c - the card of a deploy that a program does: what it does now, and what it said last. */
#include "handlers/deploy/program.h"

#include "handlers/image.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */

struct showing { /* one card being made */
    const struct view *view;
    const struct operation *operation;
    const struct deploy_body *body;
    struct arena *arena;
    struct card *card;
};

static const struct stage {
    const char *state, *text, *now;
} stages[] = {
    { "pinning", "Pin the version", "pinning the version" },
    { "queued", "Wait for the target", "waiting for the target" },
    { "launching", "Start the program", "starting the program" },
    { "executing", "Run it to its end", "the program runs" },
    { "stopping", "Run it to its end", "the program is being stopped" },
};
#define STAGES_SHOWN 4

static size_t stage_of(const char *state)
{
    for (size_t i = 0; state && i < ARRAY_LEN(stages); i++)
        if (strcmp(stages[i].state, state) == 0)
            return i;
    return ARRAY_LEN(stages);
}

static bool has_ended_badly(const struct showing *s)
{
    return s->operation->is_stuck || (s->operation->result && strcmp(s->operation->result, "done") != 0);
}

static void add_steps(const struct showing *s)
{
    size_t now = stage_of(has_ended_badly(s) && s->body->failed_in ? s->body->failed_in : s->operation->state);
    enum step_mark mark_now = has_ended_badly(s) ? STEP_BAD : STEP_NOW;

    if (now == STAGES_SHOWN)
        now = STAGES_SHOWN - 1; /* being stopped, it is where it was */
    for (size_t i = s->body->is_way_back ? 1 : 0; i < STAGES_SHOWN; i++)
        *ARENA_PUSH(s->arena, s->card->steps, s->card->steps_count) = (struct card_step){ i < now   ? STEP_OK
                                                                                          : i > now ? STEP_NEXT
                                                                                                    : mark_now,
                                                                                          stages[i].text };
}

static const char *now_text(const struct showing *s)
{
    size_t stage = stage_of(s->operation->state);
    const char *text = stage < ARRAY_LEN(stages) ? stages[stage].now : s->operation->state;

    if (s->body->program->stopping)
        text = arena_printf(s->arena, "%s: %s", stages[ARRAY_LEN(stages) - 1].now, s->body->program->stopping);
    return s->body->problem ? arena_printf(s->arena, "%s (%s)", text, s->body->problem) : text;
}

static const char *status_of(const struct showing *s)
{
    const struct operation *operation = s->operation;

    if (operation->is_stuck)
        return arena_printf(
            s->arena,
            "%s is stuck: its own event crashed opsgate; its target was given back, and its program may "
            "still run. Look at what it has done before you deploy %s again: `opsgate ops show %s`",
            operation->id, operation->target, operation->id);
    return arena_printf(s->arena, "%s: %s", operation->id, operation->summary ? operation->summary : now_text(s));
}

static const char *as_code(const struct showing *s, const char *words)
{
    return words ? arena_printf(s->arena, "`%s`", card_quote(str_of(words), SHOWN_BYTES, s->arena)) : NULL;
}

static void add_field(const struct showing *s, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(s->arena, s->card->fields, s->card->fields_count) = (struct card_field){ name, value };
}

static void add_fields(const struct showing *s)
{
    add_field(s, "Version", as_code(s, s->body->version));
    add_field(s, "Asked by", principal_mention(&s->operation->requester, s->arena));
    add_field(s, "Program", as_code(s, s->body->program->argv[0]));
    add_field(s, "Image", as_code(s, image_short(s->body->image, s->arena)));
    add_field(s, "Before", as_code(s, s->body->previous));
    add_field(s, "Reason", s->body->reason);
}

static void add_actions(const struct showing *s)
{
    struct card_action action = { .style = ACTION_DANGER };

    if (has_ended_badly(s) || s->body->program->stopping || (s->operation->result && s->body->is_way_back))
        return;
    if (s->operation->result) {
        action.label = "Roll back";
        action.command = arena_printf(s->arena, "rollback %s %s --from %s", s->body->service, s->body->environment,
                                      s->body->version);
        action.confirm = arena_printf(s->arena, "%s goes back to the version before.", s->operation->target);
    } else {
        action.label = "Abort";
        action.command = arena_printf(s->arena, "abort %s --look %" PRId64, s->operation->id, s->body->looks);
        action.confirm = "The program is stopped, wherever it is.";
    }
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = action;
}

static const char *footer_of(const struct showing *s)
{
    const char *text = arena_printf(s->arena, "asked %s", time_format(s->operation->created_at_ms).text);

    for (size_t i = 0; i < s->body->acts_count; i++)
        text = arena_printf(s->arena, "%s\n%s %s %s", text, time_format(s->body->acts[i].at_ms).text,
                            s->body->acts[i].who, s->body->acts[i].what);
    return text;
}

void deploy_program_card(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                         struct card *card)
{
    const struct showing s = { view, operation, body, view->arena, card };

    card->title = arena_printf(s.arena, body->is_way_back ? "Roll %s back to %s in %s" : "Deploy %s %s to %s",
                               body->service, version_short(body->version, s.arena), body->environment);
    card->tone = has_ended_badly(&s)                       ? CARD_BAD
                 : operation->result                       ? CARD_GOOD
                 : strcmp(operation->state, "queued") == 0 ? CARD_WAITING
                                                           : CARD_RUNNING;
    card->status = status_of(&s);
    add_fields(&s);
    add_steps(&s);
    if (operation->result) { /* while it runs, the thread tells */
        card->table = body->program->tail;
        card->table_count = body->program->tail_count;
    }
    add_actions(&s);
    card->footer = footer_of(&s);
}
