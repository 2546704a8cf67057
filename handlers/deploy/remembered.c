/* remembered.c - what its target keeps of a deploy that is over: bot/model/target.h, read by `history` and `dora`. */
#include "handlers/deploy/deploying.h"

#include <string.h>

void deploy_note_served(struct deploying *d)
{
    if (d->body->serves_at_ms == 0)
        d->body->serves_at_ms = d->view->now_ms;
}

static bool has_ended(const struct deploying *d, const char *result)
{
    return strcmp(d->out->result, result) == 0;
}

static enum target_end_how how_it_ended(const struct deploying *d)
{
    if (has_ended(d, "done"))
        return ENDED_GOOD;
    if (d->out->leaves_doubt)
        return ENDED_IN_DOUBT;
    return d->body->serves_at_ms ? ENDED_BACK : ENDED_UNTOUCHED;
}

/* The operation that had brought what served until now: a way back by a program or a workflow leaves that. */
static const char *what_it_left(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    return d->out->bad && target && target->good_count > 0 ? target->good[target->good_count - 1].operation : NULL;
}

void deploy_be_remembered(struct deploying *d)
{
    struct target_end *end;

    if (!d->out->result || has_ended(d, "refused") || has_ended(d, "superseded"))
        return;
    end = ARENA_NEW(d->view->arena, struct target_end);
    *end = (struct target_end){
        .version = d->body->version,
        .is_way_back = d->body->is_way_back,
        .is_settings = d->body->keeps_image,
        .verb = d->body->tune ? d->body->tune->verb : NULL,
        .how = how_it_ended(d),
        .serves_at_ms = d->body->serves_at_ms,
        .commit_at_unix_ms = d->body->commit ? d->body->commit->at_ms : 0,
    };
    if (end->how == ENDED_GOOD && end->serves_at_ms == 0) /* by a program, or a workflow */
        end->serves_at_ms = d->view->now_ms;
    if (end->how == ENDED_BACK && deploy_is_in(d, "reverifying")) /* else a rollback is what takes it back */
        end->left_at_ms = d->view->now_ms;
    if (end->how == ENDED_GOOD && end->is_way_back)
        end->left = what_it_left(d);
    d->out->end = end;
}
