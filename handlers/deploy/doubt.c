#include "handlers/deploy/doubt.h"

#include "handlers/deploy/deploy.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/queue.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"
#include "handlers/thread.h"

#include "bot/model/card.h"

#include <string.h>

/* ---- who ended so ---- */

/* Of a program, a workflow nobody knows it before their end. */
static bool may_serve(const struct deploy_body *body)
{
    return body->serves_at_ms > 0 || deploy_percent(body) > 0 || body->program || body->workflow;
}

static bool read_deploy(const struct operation *operation, struct arena *arena, struct doubt *ret)
{
    struct deploy_body body;
    struct error ignored;

    if (!shape_from_json(&deploy_body_shape, operation->body, arena, &body, &ignored))
        return false;
    *ret = (struct doubt){ .operation = operation, .is_way_back = body.is_way_back, .begun_over = body.begun_over };
    ret->version = body.is_way_back ? body.irreversible_left : body.is_irreversible ? body.version : NULL;
    ret->revision = body.is_way_back ? NULL : body.revision;
    ret->may_serve = may_serve(&body);
    return true;
}

static bool read_rollback(const struct operation *operation, struct arena *arena, struct doubt *ret)
{
    struct rollback_body body;
    struct error ignored;

    if (!shape_from_json(&rollback_body_shape, operation->body, arena, &body, &ignored))
        return false;
    *ret =
        (struct doubt){ .operation = operation, .is_way_back = true, .may_serve = true, .begun_over = body.begun_over };
    if (body.from.is_irreversible) {
        ret->version = body.from.version ? body.from.version : body.from.revision;
        ret->revision = body.from.revision;
    }
    return true;
}

static const struct {
    const struct machine *machine;
    bool (*read)(const struct operation *operation, struct arena *arena, struct doubt *ret);
} kinds[] = {
    { &machine_deploy, read_deploy },
    { &machine_rollback, read_rollback },
};

static bool read_one(const struct view *view, const char *id, struct doubt *ret)
{
    const struct operation *operation = id ? view->find_operation(view->ctx, id) : NULL;

    if (id && !operation)
        operation = view->find_ended(view->ctx, id);
    for (size_t i = 0; operation && i < ARRAY_LEN(kinds); i++)
        if (strcmp(operation->kind, kinds[i].machine->kind) == 0)
            return kinds[i].read(operation, view->arena, ret);
    return false;
}

bool doubt_find(const struct view *view, const char *id, struct doubt *ret)
{
    for (; read_one(view, id, ret); id = ret->begun_over)
        if (ret->version)
            return true;
    return false;
}

bool doubt_find_serving(const struct view *view, const char *target, struct doubt *ret)
{
    const struct target *record = view->find_target(view->ctx, target);
    const char *id = record ? record->doubt : NULL;

    for (; doubt_find(view, id, ret); id = ret->begun_over)
        if (ret->may_serve)
            return true;
    return false;
}

const char *doubt_begins_over(const struct view *view, const char *target)
{
    struct doubt doubt;

    return doubt_find_serving(view, target, &doubt) ? doubt.operation->id : NULL;
}

/* ---- words ---- */

static const char *text_of(const struct view *view, const struct doubt *doubt)
{
    const char *version = card_quote(str_of(doubt->version), DEPLOY_QUOTED_BYTES, view->arena);

    if (doubt->is_way_back)
        return arena_printf(view->arena,
                            "*%s* was to go back from `%s` and left open what serves in %s: that is irreversible, so "
                            "older code cannot run on what it has changed",
                            doubt->operation->id, version, doubt->operation->target);
    return arena_printf(view->arena,
                        "*%s* (`%s`) ended and left open what serves in %s: it is irreversible, so older code cannot "
                        "run on what it has changed",
                        doubt->operation->id, version, doubt->operation->target);
}

void doubt_tell(const struct view *view, const char *target, struct outcome *out)
{
    struct doubt doubt;

    if (doubt_find_serving(view, target, &doubt))
        outcome_reply_line(out, "%s. Look there first: this takes its place.", text_of(view, &doubt));
}

/* ---- a deploy comes after it ---- */

bool doubt_may_be_left(struct deploying *d)
{
    struct doubt doubt;

    if (d->body->is_way_back || d->body->is_now || !doubt_find_serving(d->view, d->operation->target, &doubt) ||
        queue_asked_with(d->view, d->operation)->created_at_ms > doubt.operation->ended_at_ms)
        return true;
    deploy_end_refused(d,
                       "%s. This was asked for before that, and does not take its place unasked. Look there first: "
                       "`status %s %s`; back leads %s",
                       text_of(d->view, &doubt), d->body->service, d->body->environment,
                       irreversible_glass(d->view, d->operation->target, d->body));
    thread_post(d->view,
                (struct reply){ .text = arena_printf(d->view->arena, "%s: *%s* does not begin. %s",
                                                     principal_mention(&d->operation->requester, d->view->arena),
                                                     d->operation->id, d->out->summary) },
                d->out);
    return false;
}

void doubt_note_left(struct deploying *d)
{
    struct doubt doubt;

    if (!doubt_find_serving(d->view, d->operation->target, &doubt))
        return;
    d->body->begun_over = doubt.operation->id;
    if (!d->body->is_way_back)
        deploy_note(d, "begun_in_doubt", "began over what is irreversible, and may serve", NULL,
                    text_of(d->view, &doubt));
}
