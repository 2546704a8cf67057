#include "handlers/deploy/end_told.h"

#include "handlers/approvers.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/evidence.h"
#include "handlers/thread.h"
#include "handlers/deploy/tune.h"

#include <string.h>

/* ---- who ---- */

/* By their names in Slack; who has none is not named. */
static struct approvals concerned(const struct deploying *d)
{
    const struct deploy_trigger *trigger = d->body->trigger;
    const struct approvals *approvals = &d->body->approvals;
    struct approvals people = { 0 };

    approvers_ask_requester(d->view, &d->operation->requester, &people);
    if (trigger && trigger->initiator.id && trigger->initiator.id[0]) {
        const char *login = evidence_as_people_write(d->view->settings, trigger->initiator.id);

        approvers_ask_requester(d->view, &(struct principal){ .system = trigger->initiator.system, .id = login },
                                &people);
    }
    if (trigger && trigger->author) {
        const char *login = evidence_as_people_write(d->view->settings, trigger->author);

        approvers_ask_requester(d->view, &(struct principal){ .system = "github", .id = login }, &people);
    }
    for (size_t i = 0; i < approvals->given_count; i++)
        approvers_ask_requester(d->view, &approvals->given[i].by, &people);
    return people;
}

/* NULL: nobody is left. */
static const char *mentions(const struct deploying *d, const char *but)
{
    struct approvals people = concerned(d), others = { 0 };

    for (size_t i = 0; i < people.asked_count; i++)
        if (!but || strcmp(arena_printf(d->view->arena, "@{%s}", people.asked[i].who), but) != 0)
            *ARENA_PUSH(d->view->arena, others.asked, others.asked_count) = people.asked[i];
    return approvals_asked(&others, 0, d->view->arena);
}

/* Whoever aborted it, or asked for what it gave way to; NULL: nobody knows. */
static const char *stopped_by(const struct deploying *d)
{
    const char *by = json_find_string(d->event->body, "by");
    bool gave_way = d->event->kind == EVENT_MESSAGE && strcmp(d->event->name, MESSAGE_YIELD) == 0;
    const struct operation *other = gave_way && by ? d->view->find_operation(d->view->ctx, by) : NULL;

    if (gave_way)
        return other ? principal_mention(&other->requester, d->view->arena) : NULL;
    for (size_t i = d->body->acts_count; i > 0; i--)
        if (d->body->acts[i - 1].verb && strcmp(d->body->acts[i - 1].verb, "abort") == 0)
            return d->body->acts[i - 1].who;
    return NULL;
}

/* ---- what ---- */

static void say(struct deploying *d, const char *who, const char *how)
{
    const char *version = d->body->tune ? tune_called(d->body->tune)
                          : d->body->keeps_image
                              ? "other settings"
                              : arena_printf(d->view->arena, "`%s`", deploy_quote(d, d->body->version));
    const char *text = arena_printf(d->view->arena, "%s%s*%s* (%s to %s) %s: %s", who ? who : "", who ? ": " : "",
                                    d->operation->id, version, d->operation->target, how, d->out->summary);

    thread_post(d->view, (struct reply){ .text = text }, d->out);
}

void end_told(struct deploying *d)
{
    const char *by, *who;

    if (!d->out->result)
        return;
    if (strcmp(d->out->result, "failed") == 0) {
        say(d, mentions(d, NULL), "failed");
    } else if (strcmp(d->out->result, "aborted") == 0) {
        by = stopped_by(d);
        who = mentions(d, by);
        if (who)
            say(d, who, by ? arena_printf(d->view->arena, "was stopped by %s", by) : "was stopped");
    }
}
