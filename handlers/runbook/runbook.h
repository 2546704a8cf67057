/* runbook.h - `run`: a procedure of the configuration, step by step, as one durable operation.
 *
 * Its states:
 * - awaiting-approval: it waits for people's consent to its plan, which changes no more
 * - queued: it waits for its target; without one it never does
 * - launching: a program is to be started; executing: it runs, and is looked at every 2 s; again: a check was not met,
 * and is made once more
 * - asking: another request was made; following: what that began is waited for
 * - confirming: a person has to do something, and say so
 * - waiting: for time to pass
 * - paused: somebody said so; held: the next step may not begin, by policy, a lock or the halt
 * - doubting: nobody knows how a program ended, and a person is asked
 * - stopping: it ends; what runs for it is ended first
 * - done, failed, aborted, refused
 *
 * A step that is over is over by the same commit that says so: after a crash it is not begun again. A program that runs
 * is found by the effect that started it (bot/model/program.h).
 */
#ifndef OPSGATE_HANDLERS_RUNBOOK_RUNBOOK_H
#define OPSGATE_HANDLERS_RUNBOOK_RUNBOOK_H

#include "bot/model/verb.h"

/* Of a run that ended before it was done: what policy is asked for `retry`, which goes on where it failed, and its
 * beginning. */
bool runbook_ask_again(const struct view *view, const struct request *request, const struct operation *operation,
                       const char *break_glass, struct question *ret_question, const void **ret_arguments,
                       struct error *err);
bool runbook_can_go_on(const struct operation *operation); /* it is such a one */

/* A database that a runbook fails over (handlers/failover): its run, as it would be; its steps as lines of the reply;
 * and its beginning, once the database's name was typed. Policy is asked for `failover` of that database, all along. */
struct database_settings;
struct runbook_body;
bool runbook_plan_failover(const struct view *view, const struct database_settings *database, const char *reason,
                           const char *break_glass, const struct runbook_body **ret_body, struct error *err);
void runbook_tell_steps(const struct view *view, const struct runbook_body *body, struct outcome *out);
void runbook_begin_failover(const struct view *view, const struct request *request, const struct question *question,
                            const struct runbook_body *body, struct outcome *out);

bool runbook_is_asked(const struct question *question); /* run, or rotate: as it is begun */
/* What a person has to do before it goes on, and how, without a full stop; NULL: it waits for nobody. */
const char *runbook_waits_for(const struct operation *operation, struct arena *arena);

extern const struct verb verb_run, verb_rotate;
extern const struct machine machine_runbook;

#endif
