/* program_card.c - the card of a deploy that a program does: what it does now, and what it said last. */
#include "handlers/deploy/program.h"

#include "handlers/deploy/asking.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/showing.h"
#include "handlers/deploy/triggered.h"
#include "handlers/image.h"

#include <inttypes.h>

static const struct stage stages[] = {
    { "Pin the version", "pinning the version", NULL, { "pinning", "awaiting-artifact" } },
    { "Checks green", "waiting for green checks", NULL, { "awaiting-checks", NULL } },
    { "Consent", "waiting for consent", NULL, { "awaiting-approval", NULL } },
    { "Wait for the target", "waiting for the target", NULL, { "queued", NULL } },
    { "Start the program", "starting the program", NULL, { "launching", NULL } },
    { "Run it to its end", "the program runs", NULL, { "executing", "stopping" } },
};

#define STAGE_OF_ITS_START 4 /* until then it may be held */

static void add_steps(const struct showing *s)
{
    size_t now = showing_stage_now(s, stages, ARRAY_LEN(stages));

    for (size_t i = s->body->is_way_back ? 1 : 0; i < ARRAY_LEN(stages); i++)
        if (!showing_leaves_out(stages, i, now))
            showing_step(s, i, now, stages[i].text);
}

static const char *now_text(const struct showing *s)
{
    size_t stage = showing_stage(stages, ARRAY_LEN(stages), s->operation->state);

    if (showing_is_in(s, "awaiting-approval"))
        return showing_lacking(s);
    if (showing_is_in(s, "awaiting-artifact"))
        return deploy_awaiting_text(s->view, s->body);
    if (showing_is_in(s, "awaiting-checks"))
        return deploy_checks_text(s->view, s->body);
    if (s->body->program->stopping)
        return arena_printf(s->arena, "the program is being stopped: %s", s->body->program->stopping);
    return stage < ARRAY_LEN(stages) ? stages[stage].now : s->operation->state;
}

static void add_fields(const struct showing *s)
{
    showing_hold(s, showing_stage(stages, ARRAY_LEN(stages), s->operation->state) <= STAGE_OF_ITS_START);
    showing_line(s);
    showing_field(s, "Version", showing_code(s, s->body->version));
    showing_field(s, "Asked by", triggered_asked_by(s->view, s->operation, s->body->trigger));
    showing_field(s, "Program", showing_code(s, s->body->program->argv[0]));
    showing_field(s, "Image", showing_code(s, image_short(s->body->image, s->arena)));
    showing_field(s, "Before", showing_code(s, s->body->previous));
    showing_field(s, "Reason", s->body->reason);
    showing_field(s, "Broken glass", deploy_broken_shown(s->body));
    showing_approval(s);
}

static void add_actions(const struct showing *s)
{
    struct card_action action = { .style = ACTION_DANGER };

    if (s->operation->is_stuck || showing_has_ended_badly(s) || s->body->program->stopping ||
        (s->operation->result && s->body->is_way_back))
        return;
    if (s->operation->result) {
        action.label = "Roll back";
        action.command = arena_printf(s->arena, "rollback %s %s --from %s", s->body->service, s->body->environment,
                                      s->operation->id); /* several may be called `main` */
        action.confirm = arena_printf(s->arena, "%s goes back to the version before.", s->operation->target);
    } else {
        action.label = "Abort";
        action.command = arena_printf(s->arena, "abort %s --look %" PRId64, s->operation->id, s->body->looks);
        action.confirm = "The program is stopped, wherever it is.";
    }
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = action;
}

void deploy_program_card(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                         struct card *card)
{
    const struct showing s = { view, operation, body, view->arena, card };

    card->title = arena_printf(s.arena, body->is_way_back ? "Roll %s back to %s in %s" : "Deploy %s %s to %s",
                               body->service, version_short(body->version, s.arena), body->environment);
    card->tone = showing_tone(&s);
    card->status = showing_status(&s, now_text(&s), ", and its program may still run");
    add_fields(&s);
    add_steps(&s);
    if (operation->result) { /* while it runs, the thread tells */
        card->table = body->program->feed.tail;
        card->table_count = body->program->feed.tail_count;
    }
    showing_approve(&s);
    add_actions(&s);
    card->footer = showing_footer(&s);
}
