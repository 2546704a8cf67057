/* running.h - one event's decision about a run, and the moves that several states share. Only for this folder.
 *
 * A function called run_on_... is a row of runbook.c.
 */
#ifndef OPSGATE_HANDLERS_RUNBOOK_RUNNING_H
#define OPSGATE_HANDLERS_RUNBOOK_RUNNING_H

#include "bot/base/time.h"
#include "bot/model/event.h"
#include "bot/model/outcome.h"
#include "bot/model/view.h"
#include "handlers/runbook/body.h"
#include "policy/decide.h"

#define RUN_QUOTED_BYTES 200

struct running {
    const struct view *view;
    const struct operation *operation;
    const char *state;         /* as it will be after this decision */
    struct runbook_body *body; /* ours to change, with its steps */
    const struct event *event; /* NULL: it begins */
    struct outcome *out;
};

/* ---- running.c ---- */

struct run_step *run_now(const struct running *r); /* the step that it is at */
bool run_is_in(const struct running *r, const char *state);
void run_move(struct running *r, const char *state);
void run_keep(struct running *r); /* the body as it is now, in the same state */
const char *run_quote(const struct running *r, const char *words);
const char *run_reason(const struct running *r); /* why the event brought nothing */
void run_note(struct running *r, const char *kind,
              const struct request *request);                             /* into the journal: "runbook.KIND" */
void run_tell_waits(struct running *r); /* a schedule that asked for it: somebody has to do something */
void run_post(struct running *r, const char *fmt, ...) PRINTF_LIKE(2, 3); /* into the thread */

/* It ends, and says what was done and what comes next. The sentence has no full stop. */
void run_end(struct running *r, const char *result, const char *fmt, ...) PRINTF_LIKE(3, 4);
void run_refuse(struct running *r, const struct decision *decision);

/* ---- asking.c ---- */

/* With locks and the halt; `stage` POLICY_INCREASE: before a step that changes something. */
struct decision run_ask_policy(const struct view *view, const struct operation *operation,
                               const struct runbook_body *body, enum policy_stage stage);
/* Of a decision that is followed: what it passes by a broken glass is announced. */
void run_break_glass(struct running *r, const struct decision *decision);
/* A step is held, or in doubt, and whoever asks for this goes past what denies it now. False: not theirs to pass; the
 * answer says so. */
bool run_break_later(struct running *r, const char *reason, bool *ret_is_needless);
/* Of one that is held: who may do so; NULL: no rule holds it, or nobody may. */
const char *run_glass_text(const struct view *view, const struct operation *operation, const struct runbook_body *body);
const char *run_denial(const struct decision *decision, struct arena *arena); /* "REASON (RULE)" */
bool run_may_increase(const struct view *view, const struct operation *operation, const void *body,
                      const struct effect *effect, struct error *err); /* machine.may_increase */

/* ---- consent.c ---- */

void run_await_consent(struct running *r, const struct decision *decision);
void run_on_approve(struct running *r);
void run_on_ask_again(struct running *r);
void run_on_unapproved(struct running *r);

/* ---- steps.c ---- */

void run_start(struct running *r); /* all that people had to give is there: to its target, or to its first step */
void run_on_granted(struct running *r);
void run_go_on(struct running *r);                 /* to the next step, or it is done */
void run_hold(struct running *r, const char *why); /* this step may not begin now */
void run_step_done(struct running *r, const char *told);
void run_step_failed(struct running *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void run_on_over(struct running *r);      /* the time of the whole */
void run_on_step_over(struct running *r); /* that of a step that is no program */
/* It is to end: what runs for this step is ended first. `as`: "aborted", "failed". */
void run_stop(struct running *r, const char *as, const char *why, const struct request *by);
void run_keep_stop(struct running *r, const char *as, const char *why, const struct request *by); /* that alone */
void run_on_yield(struct running *r);

/* ---- programs.c: run and check ---- */

void run_launch(struct running *r);
void run_on_launched(struct running *r);
void run_on_follow(struct running *r);
void run_on_progress(struct running *r);
void run_on_posted(struct running *r);
void run_on_again(struct running *r);
void run_on_stop_ended(struct running *r);
void run_stop_program(struct running *r);
bool run_program_runs(const struct running *r); /* or may */
void run_let_go(struct running *r);             /* of one that runs elsewhere, and cannot be stopped from here */

/* ---- people.c: verb, manual, wait ---- */

void run_ask_request(struct running *r);
void run_on_child_begun(struct running *r);
void run_on_child_refused(struct running *r);
void run_on_child_ended(struct running *r);
void run_abort_child(struct running *r);
void run_ask_person(struct running *r);
void run_on_remind(struct running *r);
void run_wait(struct running *r);
void run_on_waited(struct running *r);

/* ---- control.c ---- */

void run_on_request(struct running *r);

/* ---- card.c ---- */

void run_card(const struct view *view, const struct operation *operation, const void *body, struct card *card);

#endif
