/* probing.h - opsgate asks the new revision itself, in the place of its users: for a service that has none.
 *
 * While a step bakes or is watched, a few probes are asked for at a time, one asking after the other. They go to the
 * address of the new revision's tag, whatever its share of the traffic; and while the one before has a tag of ours, to that
 * one as well, to compare with. What they find is judged as users' requests are, in blocks; those are not counted then.
 *
 * What was not made is unknown: no time is known by it. Times are of the steady clock. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_PROBING_H
#define OPSGATE_HANDLERS_DEPLOY_PROBING_H

#include "bot/base/arena.h"
#include "bot/model/probes.h"
#include "handlers/deploy/body.h"

bool probing_has_baseline(const struct deploy_body *body); /* in the step that it is at */
double probing_share(const struct deploy_body *body);      /* likewise: of the probes that is the new revision's; 1: all */

struct judge_plan probing_plan(const struct deploy_body *body);
int64_t probing_every_ms(const struct deploy_body *body); /* seldomer than asked for where a block would be more than one asking */
struct probes_ask probing_ask(const struct deploy_body *body, struct arena *arena);
int64_t probing_deadline_ms(const struct probes_ask *ask); /* by then an answer is there */

/* As judging.h has them. */
void probing_begin_step(struct deploy_body *body, int64_t now_ms, struct arena *arena);
void probing_begin_anew(struct deploy_body *body, struct arena *arena);

/* `made` NULL: there was no answer, and `problem` says why. */
void probing_hear(struct deploy_body *body, const struct probes_made *made, const char *problem, int64_t now_ms,
                  struct arena *arena);

const char *probing_lack(const struct deploy_probing *probing, struct arena *arena); /* why nothing passes by them; NULL */
/* What is asked, and what was wrong last; NULL: none was asked for. For cards, beside the numbers: judge_probes_table. */
const char *probing_text(const struct deploy_body *body, const struct deploy_probed *probed, struct arena *arena);

#endif
