/* control.c - what people ask of a run: pause, resume, promote, retry, abort, approve. */
#include "handlers/runbook/running.h"

#include "handlers/approval.h"
#include "handlers/control.h"
#include "handlers/runbook/plan.h"

#include <string.h>

static const char *step_called(const struct running *r)
{
    return run_step_called(r->body, (size_t)r->body->at, r->view->arena);
}

/* A button carries what its card showed: what is decided by it is decided about that. */
static bool is_stale(struct running *r)
{
    const struct control_arguments *given = r->event->arguments;

    if (given->look == CONTROL_ANY_LOOK || given->look == r->body->looks)
        return false;
    outcome_refuse(r->out, "The card has changed since: *%s* is at step %s now. Nothing was done.", r->operation->id,
                   step_called(r));
    return true;
}

static void refuse(struct running *r, const char *fmt)
{
    outcome_refuse(r->out, fmt, r->operation->id);
}

/* ---- pause, resume ---- */

static void on_pause(struct running *r)
{
    if (r->body->stopping) {
        refuse(r, "%s is being ended: there is nothing to pause. Nothing was done.");
        return;
    }
    if (r->body->is_paused) {
        outcome_reply(r->out, "%s is paused already.", r->operation->id);
        return;
    }
    r->body->is_paused = true;
    run_note(r, "paused", r->event->request);
    if (run_is_in(r, "held"))
        run_move(r, "paused");
    else
        run_keep(r);
    outcome_reply(r->out, "*%s* is paused: %s.", r->operation->id,
                  run_is_in(r, "paused") ? "no step begins before `resume`"
                                         : arena_printf(r->view->arena,
                                                        "step %s goes on to its end, and no other "
                                                        "begins before `resume`",
                                                        step_called(r)));
}

static void reply_onward(struct running *r, const char *how)
{
    if (r->out->result)
        outcome_reply(r->out, "*%s* %s, and has ended: %s", r->operation->id, how, r->out->summary);
    else if (run_is_in(r, "held"))
        outcome_refuse(r->out, "*%s* %s, but step %s may not begin: %s.", r->operation->id, how, step_called(r),
                       r->body->held);
    else
        outcome_reply(r->out, "*%s* %s: step %s.", r->operation->id, how, step_called(r));
}

static void on_resume(struct running *r)
{
    if (!r->body->is_paused) {
        refuse(r, "%s is not paused. Nothing was done.");
        return;
    }
    r->body->is_paused = false;
    run_note(r, "resumed", r->event->request);
    if (!run_is_in(r, "paused")) {
        run_keep(r);
        outcome_reply(r->out, "*%s* is not to be paused any more.", r->operation->id);
        return;
    }
    run_go_on(r);
    reply_onward(r, "goes on");
}

/* ---- promote: it is so ---- */

static void on_promote(struct running *r)
{
    bool is_doubt = run_is_in(r, "doubting");

    if (!is_doubt && !run_is_in(r, "confirming")) {
        outcome_refuse(r->out,
                       "*%s* waits for nobody's word: `promote` confirms a step that a person has to do, or takes one "
                       "as done whose end nobody knows. Nothing was done.",
                       r->operation->id);
        return;
    }
    run_note(r, is_doubt ? "step_taken_as_done" : "step_confirmed", r->event->request);
    run_now(r)->by = principal_mention(&r->event->request->principal, r->view->arena);
    run_step_done(r, is_doubt ? "taken as done" : "confirmed");
    reply_onward(r, is_doubt ? "takes it as done" : "has it confirmed");
}

/* ---- retry: once more ---- */

/* False: a glass was to be broken, and was not; the answer says why. */
static bool is_past_glass(struct running *r, bool *ret_is_needless)
{
    const struct control_arguments *given = r->event->arguments;

    *ret_is_needless = false;
    return !given->break_glass || run_break_later(r, given->break_glass, ret_is_needless);
}

static void retry_doubted(struct running *r)
{
    struct decision decision = run_ask_policy(r->view, r->operation, r->body, POLICY_INCREASE);

    if (decision.verdict != VERDICT_ALLOW) {
        outcome_refuse(r->out, "*%s* may not run step %s again: %s. Nothing was done.", r->operation->id,
                       step_called(r), run_denial(&decision, r->view->arena));
        return;
    }
    run_note(r, "step_repeated", r->event->request);
    outcome_cancel_timer(r->out, "remind");
    r->body->problem = NULL;
    run_launch(r);
    outcome_reply(r->out, "*%s* runs step %s again.", r->operation->id, step_called(r));
}

static void retry_held(struct running *r)
{
    run_go_on(r);
    reply_onward(r, "asked again");
}

static void on_retry(struct running *r)
{
    bool is_doubt = run_is_in(r, "doubting"), is_needless;

    if (!is_doubt && !run_is_in(r, "held")) {
        outcome_refuse(r->out,
                       "*%s* has nothing to try again: no step of it is held, and none has ended as nobody knows how. "
                       "Nothing was done.",
                       r->operation->id);
        return;
    }
    if (!is_past_glass(r, &is_needless))
        return;
    if (is_doubt)
        retry_doubted(r);
    else
        retry_held(r);
    if (is_needless)
        outcome_reply_line(r->out, "No glass was needed, and none was broken: no rule denies it.");
}

/* ---- abort ---- */

static void on_abort(struct running *r)
{
    static const char why[] = "It was aborted"; /* not why: the summary stands in the journal for good */

    if (r->body->is_elsewhere && r->body->run) {
        run_keep_stop(r, "aborted", why, r->event->request);
        run_let_go(r);
        outcome_reply(r->out, "*%s* is aborted. But its program was started on another machine, and may run there.",
                      r->operation->id);
        return;
    }
    if (r->body->stopping) {
        outcome_reply(r->out, "%s is being ended already.", r->operation->id);
        return;
    }
    control_journal_abort("runbook.aborted", r->operation, r->event, r->out);
    run_stop(r, "aborted", why, r->event->request);
    if (r->out->result)
        outcome_reply(r->out, "*%s*: %s.", r->operation->id, r->out->summary);
    else
        outcome_reply(r->out, "*%s* is aborted: step %s is being ended.", r->operation->id, step_called(r));
}

/* ---- whichever it is ---- */

void run_on_request(struct running *r)
{
    static const struct {
        const struct verb *verb;
        void (*decide)(struct running *r);
        bool is_of_a_card; /* it means the step that the card shows */
    } rows[] = {
        { &verb_pause, on_pause, false }, { &verb_resume, on_resume, false }, { &verb_promote, on_promote, true },
        { &verb_retry, on_retry, true },  { &verb_abort, on_abort, false },
    };

    if (strcmp(r->event->name, verb_approve.name) == 0) {
        run_on_approve(r);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].verb->name, r->event->name) == 0) {
            if (!rows[i].is_of_a_card || !is_stale(r))
                rows[i].decide(r);
            return;
        }
    outcome_refuse(r->out, "%s takes no `%s`. Nothing was done.", r->operation->id, r->event->name);
}
