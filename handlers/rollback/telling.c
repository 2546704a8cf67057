/* telling.c - a rollback, in the words in which PagerDuty is told that it begins, and how it ended. */
#include "handlers/change_told.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/rolling.h"

void rollback_tell_change(struct rolling *r)
{
    struct rollback_body *body = r->body;
    struct arena *arena = r->view->arena;
    struct change_words words = {
        .doing = "Rolling back",
        .done = "Rolled back",
        .service = body->service,
        .environment = body->environment,
        .before = rollback_name(&body->from, &body->to, arena),
        .version = rollback_name(&body->to, &body->from, arena),
        .reason = body->reason,
    };

    if (!change_told_wants(r->view, r->operation, r->out, body->is_change_told))
        return;
    words.what = arena_printf(arena, "%s in %s to %s", body->service, change_told_place(r->operation),
                              words.version ? words.version : "what served before");
    body->is_change_told = change_told_follow(r->view, r->operation, &words, body->is_change_told, r->out);
    outcome_move(r->out, NULL, body);
}
