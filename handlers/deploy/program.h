/* program.h - a deploy whose driver is a program of the user's: it is started once, followed to its end, and that was it.
 *
 * Beside pinning and queued (deploy.h) it is in
 * - launching: the program is to be started; its argv is filled in, and refused here if a value may not stand in it
 * - executing: it is looked at every 2 s; what it writes goes into the thread, slowly and not for ever
 * - stopping: somebody said so; its end is waited for
 * - done: it exited with 0; failed, aborted: what serves now is not known then
 *
 * When nobody can tell how it ended, on_crash decides: a person is asked (it has failed), or it is run once more. What another
 * machine started may still run there: its time limit is waited for first, unless somebody aborts it. The way back
 * is the same machine with another argv and an older version (is_way_back).
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_PROGRAM_H
#define OPSGATE_HANDLERS_DEPLOY_PROGRAM_H

#include "bot/model/verb.h"
#include "handlers/deploy/body.h"
#include "handlers/place.h"

struct deploying;

/* ---- program_argv.c: before it begins ---- */

bool deploy_program_can_carry_out(const struct place *place, struct error *err);
const struct deploy_program *deploy_program_of(const struct place *place, bool is_rollback, struct arena *arena);

/* Its argv with {version}, {image}, {commit}, {environment}, {service} and {operation} filled in. False: a value would stand there
 * that is empty, begins with '-', or holds anything but letters, digits and `._-/:@+`. */
bool deploy_program_argv(const struct deploy_body *body, const char *operation_id, struct arena *arena,
                         const char ***ret_argv, struct error *err);

/* ---- program.c: rows of deploy.c, and what those of all drivers hand over ---- */

void deploy_program_on_granted(struct deploying *d);
void deploy_program_on_launched(struct deploying *d);
void deploy_program_on_follow(struct deploying *d);
void deploy_program_on_progress(struct deploying *d);
void deploy_program_on_posted(struct deploying *d);
void deploy_program_on_stop_ended(struct deploying *d);
/* False: it is not that far yet, and ends like any other deploy before its traffic. */
bool deploy_program_on_request(struct deploying *d);
bool deploy_program_on_yield(struct deploying *d);

/* ---- program_card.c ---- */

void deploy_program_card(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                         struct card *card);

#endif
