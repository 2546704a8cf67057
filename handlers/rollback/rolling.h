/* rolling.h - one event's decision about a rollback, and the moves that several states share. Only for this folder.
 *
 * looking.c holds the state of that name, rollback.c the others and the rows.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_ROLLING_H
#define OPSGATE_HANDLERS_ROLLBACK_ROLLING_H

#include "bot/model/verb.h"
#include "handlers/rollback/body.h"

#define ROLLBACK_TRIES_MAX 5 /* returns that found another split than the one expected */

struct rolling {
    const struct view *view;
    const struct operation *operation;
    struct rollback_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- rolling.c: how it ends ---- */

/* The sentence says what happened and why; what was touched, and the command to type by hand, are added. */
void rollback_fail(struct rolling *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void rollback_refuse(struct rolling *r, const char *fmt, ...) PRINTF_LIKE(2, 3); /* nothing was changed */
void rollback_end_aborted(struct rolling *r, const char *sentence);
void rollback_give_up(struct rolling *r); /* a person said so, while Cloud Run does not answer */
void rollback_end_done(struct rolling *r);
/* What was to be left has no traffic any more, and somebody else has decided what has it: that stays. */
void rollback_end_left_alone(struct rolling *r);

/* ---- stopping.c: what had no traffic only has to be stopped ---- */

/* To whoever asked for that. `is_in_doubt`: the record does not tell what serves. */
void rollback_answer_stopping(const struct view *view, const struct rollback_body *body, bool is_in_doubt,
                              struct outcome *out);
void rollback_end_kept(struct rolling *r);
bool rollback_has_traffic(const struct rollback_body *body); /* else a program or a workflow is the driver */
void rollback_learn_stopped(struct rolling *r); /* before it looks: what became of the deploy that had no traffic */
/* It was irreversible and went on, so nobody stopped it: true: it is good now, and this broke no glass, so it has ended. */
bool rollback_ends_gone_on(struct rolling *r);
/* "D7, web of D8": whom it aborts, but for what did not give way to it; NULL: nobody. */
const char *rollback_aborted_names(const struct rollback_body *body, struct arena *arena);
bool rollback_keeps(const struct rolling *r); /* that had no traffic, and nothing else is left */
const char *rollback_stopped_text(const struct rollback_body *body, struct arena *arena); /* "D7 was stopped before ..." */
/* " To go back from `v4` to `v3`: ...", what to type; or "": there is none below. */
const char *rollback_further_text(const struct rollback_body *body, const char *target, struct arena *arena);

/* ---- remembered.c: what its target keeps of it ---- */

/* After each decision; nothing, as long as it runs. */
void rollback_be_remembered(const struct view *view, const struct rollback_body *body, struct outcome *out);

/* ---- telling.c: what PagerDuty is told of it ---- */

void rollback_tell_change(struct rolling *r); /* after each decision */

/* ---- rolling.c: small moves ---- */

void rollback_move(struct rolling *r, const char *state, int64_t deadline_ms); /* 0: none of its own */
void rollback_read_service(struct rolling *r);
void rollback_poll_again(struct rolling *r);
/* The answer about the service; false when there is none this time: it is asked again, or it has failed. That ends nothing
 * any more once traffic may be elsewhere because of us: then it is asked until it answers, or a person has enough. */
bool rollback_sees(struct rolling *r, struct run_service *ret_service);
/* All of it on `to`, or as it was before the rollout. */
bool rollback_is_goal(const struct rolling *r, const struct run_share *shares, size_t count);
const char *rollback_quote(const struct rolling *r, const char *words);
const char *rollback_left_name(const struct rolling *r); /* of what is left, and of where it goes: goal.h, quoted */
const char *rollback_goal_name(const struct rolling *r);
const char *rollback_why(const struct rolling *r); /* the event brought nothing */

/* ---- looking.c ---- */

void rollback_look(struct rolling *r); /* into that state */
void rollback_look_soon(struct rolling *r); /* likewise, but it is asked after a moment */
void rollback_on_seen(struct rolling *r);
void rollback_on_compared(struct rolling *r);

/* ---- giving_back.c: without the glass that it takes ---- */

/* True: a rollout that has traffic is left, and from here on that goes back to what served beside it. */
bool rollback_gives_back(struct rolling *r);
void rollback_aim_back(struct rolling *r); /* there, whatever was chosen anew */
void rollback_end_given_back(struct rolling *r);

/* ---- adopted.c: one that was done without a store ---- */

void rollback_adopted_on_seen(struct rolling *r, const struct run_service *service);
void rollback_adopted_on_request(struct rolling *r);

/* ---- rollback.c ---- */

void rollback_return(struct rolling *r); /* from body->before to body->to */
void rollback_verify(struct rolling *r);
void rollback_note_abort(struct rolling *r); /* who said so: into the body, and the journal */

#endif
