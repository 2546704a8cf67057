/* runbook.c - the machine of a run: which event does what, in which state. */
#include "handlers/runbook/runbook.h"

#include "handlers/change_told.h"
#include "handlers/runbook/running.h"

#include <string.h>

#define ANY NULL

static const struct {
    const char *state;
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct running *r);
} moves[] = {
    { APPROVAL_STATE, EVENT_TIMER, "unapproved", run_on_unapproved },
    { APPROVAL_STATE, EVENT_TIMER, "ask", run_on_ask_again },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, run_on_granted },
    { "launching", EVENT_EFFECT, "program", run_on_launched },
    { "executing", EVENT_TIMER, "follow", run_on_follow },
    { "executing", EVENT_READING, "progress", run_on_progress },
    { "stopping", EVENT_TIMER, "follow", run_on_follow },
    { "stopping", EVENT_READING, "progress", run_on_progress },
    { "stopping", EVENT_EFFECT, "stop", run_on_stop_ended },
    { "again", EVENT_TIMER, "again", run_on_again },
    { ANY, EVENT_EFFECT, PROGRAM_FEED_POSTED, run_on_posted },
    { ANY, EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, run_on_child_begun },
    { ANY, EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, run_on_child_refused },
    { ANY, EVENT_MESSAGE, MESSAGE_CHILD_ENDED, run_on_child_ended },
    { ANY, EVENT_MESSAGE, MESSAGE_CHILD_STANDS, run_on_child_ended },
    { "confirming", EVENT_TIMER, "remind", run_on_remind },
    { "doubting", EVENT_TIMER, "remind", run_on_remind },
    { "confirming", EVENT_TIMER, "step-over", run_on_step_over },
    { "asking", EVENT_TIMER, "step-over", run_on_step_over },
    { "following", EVENT_TIMER, "step-over", run_on_step_over },
    { "waiting", EVENT_TIMER, "waited", run_on_waited },
    { ANY, EVENT_TIMER, "over", run_on_over },
    { ANY, EVENT_MESSAGE, MESSAGE_YIELD, run_on_yield },
    { ANY, EVENT_REQUEST, NULL, run_on_request },
};

static struct runbook_body copy_of(const struct runbook_body *body, struct arena *arena)
{
    struct runbook_body copy = *body;

    copy.steps = memcpy(arena_alloc(arena, body->steps_count * sizeof(*body->steps)), body->steps,
                        body->steps_count * sizeof(*body->steps));
    return copy;
}

/* Of one that fails its database over. A step that only checks is no change yet. */
static void tell_change(struct running *r)
{
    struct runbook_body *body = r->body;
    const struct change_words words = { .doing = "Failing over",
                                        .done = "Failed over",
                                        .what = body->database,
                                        .service = body->database,
                                        .environment = body->environment,
                                        .reason = body->reason };

    if (!body->is_failover || !change_told_wants(r->view, r->operation, r->out, body->is_change_told) ||
        (!body->is_change_told && run_now(r)->kind == RUN_CHECK))
        return;
    body->is_change_told = change_told_follow(r->view, r->operation, &words, body->is_change_told, r->out);
    run_keep(r);
}

static void on_event(const struct view *view, const struct operation *operation, const void *value,
                     const struct event *event, struct outcome *out)
{
    struct runbook_body *body = ARENA_NEW(view->arena, struct runbook_body);
    struct running r = { view, operation, operation->state, body, event, out };

    *body = copy_of(value, view->arena);
    for (size_t i = 0; i < ARRAY_LEN(moves); i++)
        if (moves[i].kind == event->kind && (!moves[i].state || strcmp(moves[i].state, operation->state) == 0) &&
            (!moves[i].name || strcmp(moves[i].name, event->name) == 0)) {
            moves[i].decide(&r);
            tell_change(&r);
            return;
        }
}

bool runbook_can_go_on(const struct operation *operation)
{
    return strcmp(operation->kind, machine_runbook.kind) == 0 && operation_has_ended(operation) && operation->result &&
           strcmp(operation->result, "done") != 0;
}

const struct machine machine_runbook = {
    .kind = "runbook",
    .schema = RUNBOOK_SCHEMA,
    .body = &runbook_body_shape,
    .on_event = on_event,
    .may_increase = run_may_increase,
    .card = run_card,
};
