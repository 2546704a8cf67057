/* maintenance.h - `maintenance`: planned, told ahead, begun, held, ended and watched, as one durable operation.
 *
 * Its states:
 * - awaiting-approval: people have to consent first, and nobody is told of it before
 * - planned: told at once and again at each announced time
 * - asking: its time has come, and whoever planned it is asked to start it; nobody does within its time: it is
 * cancelled
 * - running: nothing but theirs is deployed there (hold.h asks this record itself, so nothing is left locked)
 * - verifying: somebody ended it, and its places are looked at; not well: it runs on, and says so
 * - watching: all may deploy again, and its places are compared with before, each minute
 * - closing: it is over, and the status page hears of that yet
 * - done, cancelled
 *
 * Its beginning and end are dates, which people typed: they go by the store's clock. What it tells is wanted by the
 * same commit that took the timer, and nothing of it is told twice. Its parts that look are those of `status` (look.h).
 */
#ifndef OPSGATE_HANDLERS_MAINTENANCE_H
#define OPSGATE_HANDLERS_MAINTENANCE_H

#include "bot/model/verb.h"

extern const struct verb verb_maintenance;
extern const struct machine machine_maintenance;

/* ---- for others ---- */

bool maintenance_is(const struct operation *operation);
bool maintenance_holds(const struct operation *operation);      /* its places, now */
bool maintenance_is_planned(const struct operation *operation); /* it has not begun */
bool maintenance_covers(const struct operation *operation, const char *service, const char *environment);
const char *maintenance_places(const struct operation *operation);       /* "api/production, web/production" */
const char *maintenance_first_target(const struct operation *operation); /* NULL: it is none */
/* When, why, by whom: a line for people. */
const char *maintenance_words(const struct view *view, const struct operation *operation);
/* Those that have not begun, oldest first. */
const struct operation **maintenance_planned(const struct view *view, size_t *ret_count);
/* A line of the reply for each of them there. */
void maintenance_say_planned(const struct view *view, const char *service, const char *environment,
                             struct outcome *out);

#endif
