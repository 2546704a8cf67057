/* card.c - the card of a deploy. */
#include "handlers/deploy/card.h"

#include "handlers/deploy/body.h"
#include "handlers/image.h"

#include "bot/base/time.h"

#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */

static const struct {
    const char *text, *now; /* as a step of the card; while it is under way */
    const char *states[2];  /* in which it is */
} steps[] = {
    { "Pin the image", "pinning the image", { "pinning", NULL } },
    { "Wait for the target", "waiting for the target", { "queued", NULL } },
    { "New revision, no traffic", "new revision, no traffic", { "looking", "creating" } },
    { "Ready on Cloud Run", "waiting until it is ready on Cloud Run", { "starting", NULL } },
    { "Healthy", "waiting until it is healthy", { "checking", NULL } },
    { "Switch all traffic", "switching all traffic", { "switching", NULL } },
    { "Verify", "verifying the traffic", { "verifying", NULL } },
};

static size_t step_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        for (size_t k = 0; k < ARRAY_LEN(steps[i].states); k++)
            if (state && steps[i].states[k] && strcmp(state, steps[i].states[k]) == 0)
                return i;
    return ARRAY_LEN(steps);
}

static void add_steps(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                      struct card *card)
{
    bool has_ended_badly = operation->result && strcmp(operation->result, "done") != 0;
    size_t now = step_of(has_ended_badly ? body->failed_in : operation->state);
    bool is_bad = has_ended_badly || operation->is_stuck;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
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

/* With its id in front: a notification shows title and status alone. */
static const char *status_of(const struct view *view, const struct operation *operation)
{
    size_t now = step_of(operation->state);

    if (operation->is_stuck)
        return arena_printf(
            view->arena,
            "%s is stuck: its own event crashed opsgate; its target was given back. Look at what it has "
            "done before you deploy %s again: `opsgate ops show %s`",
            operation->id, operation->target, operation->id);
    return arena_printf(view->arena, "%s: %s", operation->id,
                        operation->summary       ? operation->summary
                        : now < ARRAY_LEN(steps) ? steps[now].now
                                                 : operation->state);
}

static const char *as_code(const struct view *view, const char *words)
{
    return words ? arena_printf(view->arena, "`%s`", card_quote(str_of(words), SHOWN_BYTES, view->arena)) : NULL;
}

void deploy_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct deploy_body *body = value;

    card->title = arena_printf(view->arena, "Deploy %s %s to %s", body->service,
                               version_short(body->version, view->arena), body->environment);
    card->tone = tone_of(operation);
    card->status = status_of(view, operation);
    add_field(view, card, "Version", as_code(view, body->version));
    add_field(view, card, "Asked by", principal_mention(&operation->requester, view->arena));
    add_field(view, card, "Image", as_code(view, image_short(body->image, view->arena)));
    add_field(view, card, "Before", as_code(view, body->previous));
    add_field(view, card, "Reason", body->reason);
    add_steps(view, operation, body, card);
    card->footer = arena_printf(view->arena, "asked %s", time_format(operation->created_at_ms).text);
}
