/* control.c - what people ask of it meanwhile: abort, retry, promote. */
#include "handlers/control.h"

#include "handlers/backup/working.h"

#include <string.h>

static bool is_before_call(const struct working *w)
{
    static const char *const states[] = { "looking", APPROVAL_STATE, "queued", "checking", "proved" };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (backup_is_in(w, states[i]))
            return true;
    return false;
}

/* Of one call nobody knows whether it began, and no other is out. */
static bool is_left_open(const struct working *w)
{
    return w->body->is_in_doubt && (backup_is_in(w, "asking") || backup_is_in(w, "checking"));
}

static void abort_it(struct working *w)
{
    const char *id = w->operation->id;

    if (is_left_open(w)) {
        control_journal_abort("backup.aborted", w->operation, w->event, w->out);
        backup_fail(w, "It was left at that: nobody knows whether the last call on `%s` began (%s)", backup_here(w),
                    w->body->doubt ? w->body->doubt : "no answer");
        outcome_reply(w->out, "*%s* is left: nothing more is done.", id);
    } else if (backup_is_in(w, "proving")) {
        control_journal_abort("backup.aborted", w->operation, w->event, w->out);
        backup_stop_child(w);
        outcome_reply(w->out, "*%s* ends once the run that verifies it has.", id);
    } else if (is_before_call(w)) {
        control_journal_abort("backup.aborted", w->operation, w->event, w->out);
        backup_abort(w, "It was aborted.");
        outcome_reply(w->out, "*%s* is aborted. %s", id, w->out->summary);
    } else {
        outcome_refuse(w->out,
                       "*%s* cannot be aborted just now: its call is with Google, and is followed to its end. "
                       "Nothing was done.",
                       id);
    }
}

static bool is_of_this_look(struct working *w)
{
    const struct control_arguments *given = w->event->arguments;

    if (given->look == CONTROL_ANY_LOOK || given->look == w->body->looks)
        return true;
    outcome_refuse(w->out, "The card has changed. Nothing was done.");
    return false;
}

/* What holds it now may be over soon: what was done so far is not thrown away for that. */
static bool may_go_on(struct working *w)
{
    const struct control_arguments *given = w->event->arguments;
    struct decision decision;

    if (given->break_glass)
        return backup_break_later(w, given->break_glass);
    decision = backup_ask_policy(w->view, w->operation, w->body, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW)
        return true;
    outcome_refuse(w->out, "*%s* cannot go on now: %s. Nothing was done; it still waits.", w->operation->id,
                   backup_denial(&decision, w->view->arena));
    return false;
}

static void retry_it(struct working *w)
{
    const char *id = w->operation->id;

    if (!backup_is_in(w, "asking")) {
        outcome_refuse(w->out, "*%s* asks nothing: there is nothing to `retry`. Nothing was done.", id);
    } else if (is_of_this_look(w) && may_go_on(w)) {
        backup_note(w, "again", "has it sent once more", w->event->request);
        outcome_cancel_timer(w->out, "poll");
        w->body->looks++;
        backup_check(w);
        outcome_reply(w->out, "*%s*: `%s` is read once more, and if it is as it was, the call is sent again.", id,
                      backup_here(w));
    }
}

static void promote_it(struct working *w)
{
    const char *id = w->operation->id;

    if (!backup_is_in(w, "proved")) {
        outcome_refuse(w->out, "*%s* does not wait to be promoted. Nothing was done.", id);
    } else if (is_of_this_look(w) && may_go_on(w)) {
        backup_note(w, "promoted", arena_printf(w->view->arena, "has it restored over `%s`", w->body->plan.database),
                    w->event->request);
        outcome_cancel_timer(w->out, "remind");
        w->body->looks++;
        backup_next_errand(w);
        backup_go(w);
        outcome_reply(w->out, "*%s*: backup `%s` is restored over `%s`%s.", id, w->body->plan.id,
                      w->body->plan.database, w->body->plan.is_unsaved ? "" : ", once what is there is backed up");
        if (w->body->from)
            outcome_reply_line(w->out,
                               "Everything that was written to `%s` since the backup is lost by it: it is of %s.",
                               w->body->plan.database, backup_age(w->view, w->body->from));
    }
}

void backup_on_request(struct working *w)
{
    if (strcmp(w->event->name, "abort") == 0)
        abort_it(w);
    else if (strcmp(w->event->name, "retry") == 0)
        retry_it(w);
    else if (strcmp(w->event->name, "promote") == 0)
        promote_it(w);
    else
        outcome_refuse(w->out, "*%s* takes no `%s`. Nothing was done.", w->operation->id,
                       backup_quote(w, w->event->name));
}
