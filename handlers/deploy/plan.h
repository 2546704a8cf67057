/* plan.h - from settings to the plan of a deploy, which stands in its body from then on. Pure.
 *
 * - all-at-once: one step of 100 %, nothing baked, nothing watched
 * - canary: its steps, each baked; at 100 % it is watched instead
 * - blue-green: one step of 100 %, watched
 * A step is judged when opsgate asks the new revision itself (analysis.probes), by that alone; or when there is a metrics
 * source and the environment's analysis has something to judge by. Else a baked step waits for a person.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_PLAN_H
#define OPSGATE_HANDLERS_DEPLOY_PLAN_H

#include "bot/model/view.h"
#include "handlers/deploy/body.h"
#include "handlers/place.h"

/* `typed`: "canary", "blue-green", "all-at-once", or NULL: the environment's own. */
const char *deploy_strategy_name(enum strategy_kind strategy); /* as it is typed */
/* " --strategy canary"; "": it is the environment's own, as that is now, or none that it could have. */
const char *deploy_strategy_option(const struct view *view, const char *target, int64_t strategy);
bool deploy_read_strategy(const struct place *place, const char *typed, enum strategy_kind *ret_strategy,
                          struct arena *arena, struct error *err);

bool deploy_can_carry_out(const struct place *place, struct error *err); /* err: what is not built, or missing */

/* Everything but the version and what only a request knows. A strategy that the environment does not have comes with
 * steps of 5, 25, 50 and 100 %, 5 min each, and an hour's watch. */
struct deploy_body deploy_plan(const struct view *view, const struct place *place, enum strategy_kind strategy);

/* For policy: how long its steps take at least until the last one is made, whatever they are baked for. A program, a workflow
 * and a single step need none. */
void deploy_tell_needs(const struct deploy_body *body, struct question *question, struct arena *arena);

/* The image's repository, "us-docker.pkg.dev/acme/images/api"; "": the service has no artifact. */
const char *deploy_repository(const struct service_settings *service, struct arena *arena);

/* " in steps of 5, 25 and 100 %"; empty for all-at-once. */
const char *deploy_plan_words(const struct deploy_body *body, struct arena *arena);

#endif
