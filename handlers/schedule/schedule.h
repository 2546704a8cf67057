/* schedule.h - what is run by itself: `schedule:` of runbooks, and `schedules`, by which people see and pause that.
 *
 * One operation that stands keeps for each schedule when it is due next and what became of its last runs. A due time is
 * used up by the very commit that asks for its run, and the run is asked for by that time (its request is
 * "nightly@2026-11-24T01:00:00Z"): whatever crashes, no due time is run twice. What it asks for is a request by the
 * principal `schedule:NAME`, with the source `schedule`, that policy, locks and the halt judge like anybody's. Whoever
 * owns the schedule is told what does not go well.
 */
#ifndef OPSGATE_HANDLERS_SCHEDULE_SCHEDULE_H
#define OPSGATE_HANDLERS_SCHEDULE_SCHEDULE_H

#include "bot/model/verb.h"

#define SCHEDULE_SYSTEM "schedule" /* of its principal, and its source: no door gives it */

/* A run's to whoever asked for it, if that is a schedule: a person has to do something before it goes on; body {name}
 */
#define MESSAGE_RUN_WAITS "run.waits"

extern const struct verb verb_schedules;
extern const struct machine machine_schedules;

#endif
