/* failover.c - the machine of a failover: which event in which state does what. */
#include "handlers/failover/failing.h"

#include "handlers/change_told.h"

#include <string.h>

static const struct {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* its first letters; NULL: any */
    void (*decide)(struct failing *f);
} moves[] = {
    { NULL, EVENT_REQUEST, "approve", failing_on_approve },
    { NULL, EVENT_REQUEST, NULL, failing_on_request },
    { "looking", EVENT_READING, "seen", failing_on_looked },
    { APPROVAL_STATE, EVENT_TIMER, "unapproved", failing_on_unapproved },
    { APPROVAL_STATE, EVENT_TIMER, "ask", failing_on_ask_again },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, failing_on_granted },
    { "queued", EVENT_MESSAGE, MESSAGE_YIELD, failing_on_yield },
    { "checking", EVENT_READING, "seen", failing_on_checked },
    { "sending", EVENT_EFFECT, "failover", failing_on_sent },
    { "seeking", EVENT_READING, "sought", failing_on_sought },
    { "seeking", EVENT_TIMER, "poll", failing_on_poll },
    { "asking", EVENT_READING, "sought", failing_on_sought },
    { "asking", EVENT_TIMER, "poll", failing_on_poll },
    { "following", EVENT_READING, "progress", failing_on_progress },
    { "following", EVENT_TIMER, "poll", failing_on_poll },
    { "verifying", EVENT_READING, "seen", failing_on_verified },
    { "verifying", EVENT_TIMER, "poll", failing_on_verify_poll },
    { "verifying", EVENT_READING, NEEDS_SERVICE, failing_on_need },
    { "verifying", EVENT_READING, NEEDS_HEALTH, failing_on_need },
};

static void tell_change(struct failing *f)
{
    const struct failover_plan *plan = &f->body->plan;
    const struct change_words words = { .doing = "Failing over",
                                        .done = "Failed over",
                                        .what = plan->database,
                                        .service = plan->database,
                                        .environment = plan->environment,
                                        .reason = plan->reason };

    if (!change_told_wants(f->view, f->operation, f->out, f->body->is_change_told))
        return;
    f->body->is_change_told = change_told_follow(f->view, f->operation, &words, f->body->is_change_told, f->out);
    failing_keep(f);
}

static void failover_on_event(const struct view *view, const struct operation *operation, const void *body,
                              const struct event *event, struct outcome *out)
{
    struct failing f = { view, operation, NULL, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && !str_starts_with(str_of(event->name), moves[i].name)))
            continue;
        f.body = ARENA_NEW(view->arena, struct failover_body);
        *f.body = *(const struct failover_body *)body;
        moves[i].decide(&f);
        tell_change(&f);
        return;
    }
}

const struct machine machine_failover = {
    .kind = "failover",
    .schema = 1,
    .body = &failover_body_shape,
    .on_event = failover_on_event,
    .may_increase = failing_may_send,
    .card = failing_card,
};
