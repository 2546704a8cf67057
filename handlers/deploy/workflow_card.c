/* workflow_card.c - the card of a deploy that a workflow on GitHub carries out: its run, linked, and the step it is at.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/image.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_BYTES 150

static const struct stage {
    const char *text, *now;
    const char *states[2];
} stages[] = {
    { "Pin the image", "pinning the image", { "pinning", "awaiting-artifact" } },
    { "Wait for the target", "waiting for the target", { "queued", NULL } },
    { "Dispatch the workflow", "dispatching the workflow", { "dispatching", NULL } },
    { "Run", "the workflow runs", { "running", "cancelling" } },
};

static size_t stage_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        for (size_t k = 0; k < ARRAY_LEN(stages[i].states); k++)
            if (state && stages[i].states[k] && strcmp(state, stages[i].states[k]) == 0)
                return i;
    return ARRAY_LEN(stages);
}

static bool has_ended_badly(const struct operation *operation)
{
    return operation->is_stuck || (operation->result && strcmp(operation->result, "done") != 0);
}

static const char *now_text(const struct view *view, const struct operation *operation, const struct deploy_body *body)
{
    const struct deploy_workflow *workflow = body->workflow;
    size_t stage = stage_of(operation->state);

    if (strcmp(operation->state, "awaiting-artifact") == 0)
        return deploy_awaiting_text(body, view->arena);
    if (workflow->cancelled)
        return arena_printf(view->arena, "%s: its run is being cancelled%s%s", workflow->cancelled,
                            body->problem ? "; " : "", body->problem ? body->problem : "");
    if (strcmp(operation->state, "running") != 0)
        return stage < ARRAY_LEN(stages) ? stages[stage].now : operation->state;
    if (!workflow->status)
        return "its run is looked for on GitHub";
    return arena_printf(view->arena, "the workflow is %s%s%s",
                        strcmp(workflow->status, "in_progress") == 0 ? "running" : workflow->status,
                        workflow->step ? ", at " : "", workflow->step ? workflow->step : "");
}

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

static const char *code(const struct view *view, const char *text)
{
    return text ? arena_printf(view->arena, "`%s`", card_quote(str_of(text), SHOWN_BYTES, view->arena)) : NULL;
}

static void add_fields(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                       struct card *card)
{
    const struct deploy_workflow *workflow = body->workflow;

    add_field(view, card, "Version", code(view, body->version));
    add_field(view, card, "Asked by", principal_mention(&operation->requester, view->arena));
    add_field(view, card, "Image", code(view, image_short(body->image, view->arena)));
    add_field(view, card, "Commit", deploy_commit_text(body, view->arena));
    if (workflow->run)
        add_field(view, card, "Run",
                  workflow->url ? workflow->url : arena_printf(view->arena, "%" PRId64, workflow->run));
    add_field(view, card, "Workflow",
              arena_printf(view->arena, "`%s` in %s", workflow->workflow, workflow->repository));
    add_field(view, card, "Reason", body->reason);
}

static void add_steps(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                      struct card *card)
{
    bool is_bad = has_ended_badly(operation);
    size_t now = stage_of(is_bad ? body->failed_in : operation->state);

    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        *ARENA_PUSH(view->arena, card->steps, card->steps_count) = (struct card_step){ i < now   ? STEP_OK
                                                                                       : i > now ? STEP_NEXT
                                                                                       : is_bad  ? STEP_BAD
                                                                                                 : STEP_NOW,
                                                                                       stages[i].text };
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (has_ended_badly(operation))
        return CARD_BAD;
    if (operation->result)
        return CARD_GOOD;
    return strcmp(operation->state, "queued") == 0 || strcmp(operation->state, "awaiting-artifact") == 0 ? CARD_WAITING
                                                                                                         : CARD_RUNNING;
}

void deploy_card_workflow(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                          struct card *card)
{
    card->title = arena_printf(view->arena, "%s %s %s to %s", body->is_way_back ? "Roll back" : "Deploy", body->service,
                               version_short(body->version, view->arena), body->environment);
    card->tone = tone_of(operation);
    card->status = arena_printf(view->arena, "%s: %s", operation->id,
                                operation->is_stuck  ? "it is stuck: its own event crashed opsgate"
                                : operation->summary ? operation->summary
                                                     : now_text(view, operation, body));
    add_fields(view, operation, body, card);
    add_steps(view, operation, body, card);
    if (!operation->result && !operation->is_stuck && strcmp(operation->state, "cancelling") != 0)
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = (struct card_action){
            .label = "Abort",
            .command = arena_printf(view->arena, "abort %s --look %" PRId64, operation->id, body->looks),
            .style = ACTION_DANGER,
            .confirm = body->workflow->effect ? "Its run on GitHub is cancelled where it is." : NULL,
        };
    card->footer = arena_printf(view->arena, "asked %s", time_format(operation->created_at_ms).text);
    for (size_t i = 0; i < body->acts_count; i++)
        card->footer = arena_printf(view->arena, "%s\n%s %s %s", card->footer, time_format(body->acts[i].at_ms).text,
                                    body->acts[i].who, body->acts[i].what);
}
