/* workflow_card.c - the card of a deploy that a workflow on GitHub carries out: its run, linked, and the step it is at.
 */
#include "handlers/deploy/asking.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/showing.h"
#include "handlers/deploy/triggered.h"
#include "handlers/image.h"

#include <inttypes.h>
#include <string.h>

static const struct stage stages[] = {
    { "Pin the image", "pinning the image", NULL, { "pinning", "awaiting-artifact" } },
    { "Checks green", "waiting for green checks", NULL, { "awaiting-checks", NULL } },
    { "Consent", "waiting for consent", NULL, { "awaiting-approval", NULL } },
    { "Wait for the target", "waiting for the target", NULL, { "queued", NULL } },
    { "Dispatch the workflow", "dispatching the workflow", NULL, { "dispatching", NULL } },
    { "Run", "the workflow runs", NULL, { "running", "cancelling" } },
};

#define STAGE_OF_ITS_START 4 /* until then it may be held */

static const char *now_text(const struct showing *s)
{
    const struct deploy_workflow *workflow = s->body->workflow;
    size_t stage = showing_stage(stages, ARRAY_LEN(stages), s->operation->state);

    if (showing_is_in(s, "awaiting-approval"))
        return showing_lacking(s);
    if (showing_is_in(s, "awaiting-artifact"))
        return deploy_awaiting_text(s->view, s->body);
    if (showing_is_in(s, "awaiting-checks"))
        return deploy_checks_text(s->view, s->body);
    if (workflow->cancelled)
        return arena_printf(s->arena, "%s: its run is being cancelled", workflow->cancelled);
    if (!showing_is_in(s, "running"))
        return stage < ARRAY_LEN(stages) ? stages[stage].now : s->operation->state;
    if (!workflow->status)
        return "its run is looked for on GitHub";
    return arena_printf(s->arena, "the workflow is %s%s%s",
                        strcmp(workflow->status, "in_progress") == 0 ? "running" : workflow->status,
                        workflow->step ? ", at " : "", workflow->step ? workflow->step : "");
}

static const char *run_text(const struct showing *s)
{
    const struct deploy_workflow *workflow = s->body->workflow;

    if (!workflow->run)
        return NULL;
    return workflow->url ? workflow->url : arena_printf(s->arena, "%" PRId64, workflow->run);
}

static void add_fields(const struct showing *s)
{
    const struct deploy_workflow *workflow = s->body->workflow;

    showing_hold(s, showing_stage(stages, ARRAY_LEN(stages), s->operation->state) <= STAGE_OF_ITS_START);
    showing_line(s);
    showing_field(s, "Version", showing_code(s, s->body->version));
    showing_field(s, "Asked by", triggered_asked_by(s->view, s->operation, s->body->trigger));
    showing_field(s, "Image", showing_code(s, image_short(s->body->image, s->arena)));
    showing_field(s, "Commit", deploy_commit_text(s->body, s->arena));
    showing_field(s, "Run", run_text(s));
    showing_field(s, "Workflow", arena_printf(s->arena, "`%s` in %s", workflow->workflow, workflow->repository));
    showing_field(s, "Reason", s->body->reason);
    showing_field(s, "Broken glass", deploy_broken_shown(s->body));
    showing_approval(s);
}

static void add_steps(const struct showing *s)
{
    size_t now = showing_stage_now(s, stages, ARRAY_LEN(stages));

    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        if (!showing_leaves_out(stages, i, now))
            showing_step(s, i, now, stages[i].text);
}

static void add_abort(const struct showing *s)
{
    if (s->operation->result || s->operation->is_stuck || showing_is_in(s, "cancelling"))
        return;
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = "Abort",
        .command = arena_printf(s->arena, "abort %s --look %" PRId64, s->operation->id, s->body->looks),
        .style = ACTION_DANGER,
        .confirm = s->body->workflow->effect ? "Its run on GitHub is cancelled where it is." : NULL,
    };
}

void deploy_card_workflow(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                          struct card *card)
{
    const struct showing s = { view, operation, body, view->arena, card };

    card->title = arena_printf(s.arena, "%s %s %s to %s", body->is_way_back ? "Roll back" : "Deploy", body->service,
                               version_short(body->version, s.arena), body->environment);
    card->tone = showing_tone(&s);
    card->status = showing_status(&s, now_text(&s), ", and its run on GitHub may go on");
    add_fields(&s);
    add_steps(&s);
    showing_approve(&s);
    add_abort(&s);
    card->footer = showing_footer(&s);
}
