/* protection.c - the machine of a `block`, an `unblock` and a `ddos`: which event in which state does what. */
#include "handlers/protection/protection.h"

#include "handlers/control.h"
#include "handlers/protection/guarding.h"

#include <string.h>

const struct guarding_way *guarding_way_of(const struct protection_body *body)
{
    static const struct guarding_way *const ways[] = { &guarding_block, &guarding_unblock, &guarding_ddos };

    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (strcmp(ways[i]->verb, body->verb) == 0)
            return ways[i];
    return &guarding_block;
}

/* ---- what people ask of it ---- */

static void on_abort(struct guarding *g)
{
    const char *id = g->operation->id;

    if (strcmp(g->operation->state, "looking") != 0 && strcmp(g->operation->state, APPROVAL_STATE) != 0) {
        outcome_refuse(g->out, "*%s* is made, or just being made, and cannot be aborted.%s%s%s Nothing was done.", id,
                       g->body->until_ms ? " `unblock " : "",
                       g->body->until_ms ? guarding_handle(g->operation, g->body) : "",
                       g->body->until_ms ? "` ends it." : "");
        return;
    }
    control_journal_abort(arena_printf(g->view->arena, "%s.aborted", g->body->verb), g->operation, g->event, g->out);
    guarding_end(g, "aborted", "aborted; nothing was changed");
    outcome_reply(g->out, "*%s* is aborted: nothing was changed.", id);
}

static void on_request(struct guarding *g)
{
    outcome_refuse(g->out, "*%s* is one change, without steps: it takes no `%s`. Nothing was done.", g->operation->id,
                   g->event->name);
}

/* ---- the rows ---- */

static const struct move {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct guarding *g);
} moves[] = {
    { NULL, EVENT_REQUEST, "approve", guarding_on_approve },
    { NULL, EVENT_REQUEST, "abort", on_abort },
    { NULL, EVENT_REQUEST, "unblock", guarding_on_unblock },
    { NULL, EVENT_REQUEST, NULL, on_request },
    { "looking", EVENT_READING, "policy", guarding_on_looked },
    { APPROVAL_STATE, EVENT_TIMER, "unapproved", guarding_on_unapproved },
    { "changing", EVENT_EFFECT, "change", guarding_on_changed },
    { "verifying", EVENT_READING, "policy", guarding_on_verified },
    { "verifying", EVENT_TIMER, "poll", guarding_on_poll },
    { "changing", EVENT_TIMER, "over", guarding_on_over },
    { "verifying", EVENT_TIMER, "over", guarding_on_over },
    { "unseen", EVENT_READING, "policy", guarding_on_verified },
    { "unseen", EVENT_TIMER, "poll", guarding_on_poll },
    { "unseen", EVENT_TIMER, "over", guarding_on_over },
    { "unseen", EVENT_MESSAGE, BLOCK_GONE, guarding_on_gone },
    { "overdue", EVENT_MESSAGE, BLOCK_GONE, guarding_on_gone },
    { "blocked", EVENT_MESSAGE, BLOCK_GONE, guarding_on_gone },
    { "blocked", EVENT_TIMER, "over", guarding_on_over },
    { "removing", EVENT_EFFECT, "remove", guarding_on_removed },
    { "leaving", EVENT_READING, "policy", guarding_on_leaving },
    { "leaving", EVENT_TIMER, "poll", guarding_on_poll },
    { "overdue", EVENT_TIMER, "poll", guarding_on_overdue },
};

static void protection_on_event(const struct view *view, const struct operation *operation, const void *body,
                                const struct event *event, struct outcome *out)
{
    struct guarding g = { view, operation, ARENA_NEW(view->arena, struct protection_body), event, out };

    *g.body = *(const struct protection_body *)body;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        moves[i].decide(&g);
        return;
    }
}

const struct machine machine_protection = {
    .kind = "protection",
    .schema = 1,
    .body = &protection_body_shape,
    .on_event = protection_on_event,
    .may_increase = guarding_may_change,
    .card = guarding_card,
};
