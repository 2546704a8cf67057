/* preflight.h - in one line, what changes back with a rollback: version, settings, secrets, scaling, warm instances. Pure.
 *
 * Names only: no value of a setting is ever known here.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_PREFLIGHT_H
#define OPSGATE_HANDLERS_ROLLBACK_PREFLIGHT_H

#include "bot/base/arena.h"
#include "bot/model/cloud_run.h"

const struct run_revision *rollback_find_revision(const struct run_revisions *revisions, const char *name); /* or NULL */

/* "settings +A −B ~C; secrets ~DB_URL; scaling min 2→1; ", what `to` has otherwise; "": nothing. */
const char *preflight_differences(const struct run_revision *from, const struct run_revision *to, struct arena *arena);

/* "settings +A −B ~C; secrets ~DB_URL; scaling min 2→1; warm: yes (ready, min instances 1)". `from` NULL: what serves now
 * could not be read, so only `to` is told. */
const char *rollback_preflight(const struct run_revision *from, const struct run_revision *to, struct arena *arena);

#endif
