/* rollback.h - `rollback`: all traffic back to the last good version, in one call; and the machine that does it.
 *
 * It works from the target's record and Cloud Run alone: chat, GitHub, metrics and the registry may be down. Only a person's
 * `--to VERSION` is not the safe direction: that is a deploy, and policy is asked for one.
 *
 * Whoever types it while a deploy is on its way that has no traffic yet (it waits, is made, is checked) means that deploy, and
 * not the good version that serves: to stop it is the whole way back then (`stops`). What serves is looked at, and stays if it
 * is good; a first step that was on its way all the same is taken back. `--from` is for going back from what serves.
 *
 * - queued: the target is asked for, before all who wait; a rollout that holds it gives it up
 * - looking: what serves now, and what would change back with it; that second answer is never waited for over 2 s
 * - returning: all traffic to the good revision, from exactly the split that was seen
 * - verifying: until Cloud Run shows it
 * - done; failed; refused: before anything was changed; aborted: before it looked, or while Cloud Run does not answer
 *
 * One that was done while no store answered comes here afterwards (adopted.h): ended already, or verifying, to find out what
 * became of it.
 *
 * While Cloud Run does not answer it is asked again for 10 minutes; and once a rollout was aborted for it, or a return was
 * tried, until it answers or a person aborts: nobody else is on the way back. A split that is not the expected one (an
 * increase that was cut off has landed after all) is looked at anew, a few times. Where the goal serves already, but a
 * rollout was aborted or the target is in doubt, the return is made all the same: it is the fence against a late increase.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_H
#define OPSGATE_HANDLERS_ROLLBACK_H

#include "bot/model/verb.h"
#include "handlers/place.h"

/* To a rollback that waits: what holds the target is irreversible, was found to have traffic, and stays. Body {text}. */
#define MESSAGE_KEPT_WAITING "rollback.kept_waiting"

extern const struct verb verb_rollback;
extern const struct machine machine_rollback;

/* What a request of it, by what its words mean, would take now of them besides an allow; NULL: nothing. For `explain`. */
const char *rollback_needs(const struct view *view, const struct principal *principal, const void *arguments);

/* Is there a way back for this place yet? Its driver decides. The error says what to do instead. */
bool rollback_can_carry_out(const struct place *place, struct error *err);

/* The way back by a program or a workflow; `from`: only if that is what runs there now; or NULL. */
void rollback_begin_program(const struct view *view, const struct request *request, const struct place *place,
                            const char *from, const char *reason, const char *break_glass, struct outcome *out);

/* All regions of the place, at once, as one operation: one that fails keeps none of the others from going back. `from`:
 * each only if that serves there now; or NULL. */
void rollback_begin_regions(const struct view *view, const struct place *place, const char *from, const char *reason,
                            const char *break_glass, struct outcome *out);

#endif
