/* control.c - what people ask of a maintenance: start, extend, note, end, cancel. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/control.h"
#include "handlers/thread.h"

#include "bot/base/time.h"
#include "policy/planned.h"

#include <string.h>

static const char *id(const struct maintaining *m)
{
    return m->operation->id;
}

static const struct maintenance_arguments *given(const struct maintaining *m)
{
    return m->event->arguments;
}

static bool is_before(const struct maintaining *m)
{
    return maintenance_is_planned(m->operation);
}

/* A button carries what its card showed. */
static bool is_stale(struct maintaining *m)
{
    if (given(m)->look == MAINTENANCE_ANY_LOOK || given(m)->look == m->body->looks)
        return false;
    outcome_refuse(m->out, "The card has changed since: *%s* is %s now. Nothing was done.", id(m), m->operation->state);
    return true;
}

/* ---- start ---- */

static void on_start(struct maintaining *m)
{
    int64_t ahead_ms = m->body->at_ms - view_unix_ms(m->view);

    if (maintenance_holds(m->operation))
        outcome_reply(m->out, "*%s* is at work already.", id(m));
    else if (maintaining_is_in(m, "planned"))
        outcome_refuse(m->out,
                       "*%s* is planned for %s, in %s, and everybody was told so: it cannot begin sooner. Nothing was "
                       "done.",
                       id(m), card_date(m->body->at_ms, m->view->arena),
                       duration_about(ahead_ms > 0 ? ahead_ms : 0).text);
    else if (!is_before(m))
        outcome_refuse(m->out, "*%s* is over. Nothing was done.", id(m));
    else if (!is_stale(m)) {
        maintaining_start(m, m->event->request);
        outcome_reply(m->out, "*%s* has begun: nobody but %s deploys to `%s`, until `maintenance end %s`.", id(m),
                      principal_mention(&m->operation->requester, m->view->arena), m->body->where, id(m));
    }
}

/* ---- extend ---- */

static bool can_last(struct maintaining *m, int64_t until_ms)
{
    struct maintenance_body longer = *m->body;
    const struct operation *other;
    int64_t ignored_ms;

    longer.until_ms = until_ms;
    other = maintenance_overlapping(m->view, &longer, id(m));
    if (until_ms - m->body->at_ms > MAINTENANCE_FOR_MAX_MS)
        outcome_refuse(m->out, "Longer than 3 days in all is no maintenance. Nothing was done.");
    else if (until_ms <= view_unix_ms(m->view))
        outcome_refuse(m->out, "By then, %s, it is past already. Nothing was done.",
                       card_date(until_ms, m->view->arena));
    else if (is_before(m) && !planned_fits(m->view->policy, m->body->at_ms, until_ms - m->body->at_ms, &ignored_ms))
        outcome_refuse(m->out, "So long does not fit into `maintenance.windows`. Nothing was done.");
    else if (other)
        outcome_refuse(m->out, "Then it would overlap with %s (*%s*). Nothing was done.",
                       maintenance_words(m->view, other), other->id);
    else
        return true;
    return false;
}

/* Somebody was about to end it, and somebody needs longer. */
static void call_off_the_end(struct maintaining *m)
{
    m->body->looking = NULL;
    outcome_cancel_timer(m->out, MAINTENANCE_LOOK_OVER);
    maintaining_move(m, "running");
    outcome_reply_line(m->out, "It was being ended, which is called off: `maintenance end %s` looks again.", id(m));
}

static void on_extend(struct maintaining *m)
{
    int64_t until_ms = m->body->until_ms + given(m)->for_ms;
    struct arena *arena = m->view->arena;

    if (!is_before(m) && !maintenance_holds(m->operation)) {
        outcome_refuse(m->out, "*%s* is over. Nothing was done.", id(m));
        return;
    }
    if (!can_last(m, until_ms))
        return;
    m->body->until_ms = until_ms;
    m->body->reminders = 0;
    maintaining_note(
        m, "extended",
        arena_printf(arena, "extended it by %s: %s", duration_exact(given(m)->for_ms).text, given(m)->text),
        m->event->request);
    if (maintaining_is_in(m, "asking"))
        outcome_timer(m->out, "missed", maintaining_steady(m, until_ms));
    else if (!is_before(m))
        outcome_timer(m->out, "over", maintaining_steady(m, until_ms));
    maintaining_say(m, arena_printf(arena, "*Maintenance* of `%s` takes longer, until %s: %s (*%s*).", m->body->where,
                                    card_date(until_ms, arena), given(m)->text, id(m)));
    maintaining_mail(m, "takes longer", NULL);
    maintaining_public(m, is_before(m) ? SAYS_PLANNED : SAYS_LONGER);
    maintaining_tell_rollouts(m);
    outcome_reply(m->out, "*%s* is planned until %s now.", id(m), card_date(until_ms, arena));
    if (maintaining_is_in(m, "verifying"))
        call_off_the_end(m);
    else
        maintaining_move(m, NULL);
}

/* ---- note ---- */

static void on_note(struct maintaining *m)
{
    maintaining_note(m, "noted", arena_printf(m->view->arena, "noted: %s", given(m)->text), m->event->request);
    thread_post(m->view,
                (struct reply){ .text = arena_printf(m->view->arena, "%s on *%s*: %s",
                                                     principal_mention(&m->event->request->principal, m->view->arena),
                                                     id(m), given(m)->text) },
                m->out);
    maintaining_move(m, NULL);
    outcome_reply(m->out, "Noted on *%s*.", id(m));
}

/* ---- end ---- */

static void end_anyway(struct maintaining *m)
{
    m->body->unchecked = NULL;
    maintaining_note(m, "ended_anyway",
                     given(m)->text ? arena_printf(m->view->arena, "ended it as it is: %s", given(m)->text)
                                    : "ended it as it is, for it is stuck",
                     m->event->request);
    maintaining_release(m, m->event->request);
    outcome_reply(m->out, "*%s* is over: `%s` is free again, and was not looked at before.", id(m), m->body->where);
}

/* Of one that is stuck no reading and no timer comes any more. */
static void end_stuck(struct maintaining *m)
{
    m->page = NULL;
    maintaining_tell_rollouts(m);
    outcome_reply(m->out, "*%s* was stuck, and has ended: `%s` is free again. What was still to be told of it is not.",
                  id(m), m->body->where);
    maintaining_end(
        m, maintenance_holds(m->operation) ? "done" : "aborted",
        arena_printf(m->view->arena, "The maintenance of %s was stuck, and somebody ended it", m->body->where));
}

/* Who deploys there now meets half of it. */
static bool is_being_worked_on(struct maintaining *m)
{
    const char *work = m->body->work_id;
    const struct operation *run = work ? m->view->find_operation(m->view->ctx, work) : NULL;

    if (!run || operation_has_ended(run))
        return false;
    outcome_refuse(m->out,
                   "*%s* is not ended: its runbook `%s` (*%s*) is still at work. `status %s` tells of it, `abort %s` "
                   "ends it; `maintenance end %s --anyway \"why\"` ends the maintenance alone. Nothing was done.",
                   id(m), m->body->work[0], work, work, work, id(m));
    return true;
}

static void on_end(struct maintaining *m)
{
    if (m->operation->is_stuck)
        end_stuck(m);
    else if (is_before(m))
        outcome_refuse(m->out, "*%s* has not begun: `maintenance cancel %s \"why\"`. Nothing was done.", id(m), id(m));
    else if (!maintenance_holds(m->operation))
        outcome_reply(m->out, "*%s* is over already.", id(m));
    else if (given(m)->text)
        end_anyway(m);
    else if (maintaining_is_in(m, "verifying"))
        outcome_reply(m->out, "*%s* is being ended: its places are looked at.", id(m));
    else if (!is_stale(m) && !is_being_worked_on(m)) {
        maintaining_note(m, "ending", "ends it", m->event->request);
        maintaining_verify(m);
        outcome_reply(m->out,
                      "*%s*: `%s` is looked at. If it is well it is free again in a moment; if not, you are told.",
                      id(m), m->body->where);
    }
}

/* ---- cancel ---- */

/* Nobody was told of it. */
static void cancel_unapproved(struct maintaining *m)
{
    m->page = NULL;
    outcome_reply(m->out, "*%s* is cancelled.", id(m));
    maintaining_end(
        m, "aborted",
        arena_printf(m->view->arena, "The maintenance of %s was cancelled before anybody consented", m->body->where));
}

static void cancel(struct maintaining *m, const char *why)
{
    struct arena *arena = m->view->arena;

    if (maintaining_is_in(m, APPROVAL_STATE)) {
        cancel_unapproved(m);
        return;
    }
    if (!is_before(m)) {
        outcome_refuse(m->out, "*%s* has begun: `maintenance end %s`. Nothing was done.", id(m), id(m));
        return;
    }
    maintaining_note(m, "cancelled", arena_printf(arena, "cancelled it: %s", why), m->event->request);
    maintaining_say(m, arena_printf(arena, "*Maintenance* of `%s`, planned for %s, is *cancelled*: %s (*%s*).",
                                    m->body->where, maintaining_when(m), why, id(m)));
    maintaining_mail(m, "cancelled", why);
    maintaining_public(m, SAYS_CANCELLED);
    outcome_reply(m->out, "*%s* is cancelled; all who were told of it are told.", id(m));
    maintaining_end(m, "aborted",
                    arena_printf(arena, "The maintenance of %s was cancelled before it began", m->body->where));
}

static void on_cancel(struct maintaining *m)
{
    if (m->operation->is_stuck)
        end_stuck(m);
    else
        cancel(m, given(m)->text);
}

/* ---- whichever it is ---- */

/* `abort` may not free what `maintenance end` looks at first. */
static void on_abort(struct maintaining *m)
{
    const struct control_arguments *aborts = m->event->arguments;

    cancel(m, aborts->reason ? aborts->reason : "it was aborted");
}

void maintaining_on_request(struct maintaining *m)
{
    static void (*const deeds[])(struct maintaining * m) = {
        [MAINTENANCE_START] = on_start, [MAINTENANCE_EXTEND] = on_extend, [MAINTENANCE_NOTE] = on_note,
        [MAINTENANCE_END] = on_end,     [MAINTENANCE_CANCEL] = on_cancel,
    };

    if (strcmp(m->event->name, verb_abort.name) == 0)
        on_abort(m);
    else if (strcmp(m->event->name, verb_maintenance.name) != 0)
        outcome_refuse(m->out, "%s is a maintenance, and takes no `%s`. Nothing was done.", id(m), m->event->name);
    else if (maintaining_is_in(m, APPROVAL_STATE) && given(m)->deed != MAINTENANCE_CANCEL &&
             given(m)->deed != MAINTENANCE_NOTE)
        outcome_refuse(m->out, "*%s* waits for consent: %s. Nothing was done.", id(m), m->body->lacking);
    else if (maintaining_is_in(m, "closing"))
        outcome_refuse(m->out, "*%s* is over. Nothing was done.", id(m));
    else
        deeds[given(m)->deed](m);
}
