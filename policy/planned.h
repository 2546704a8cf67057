/* planned.h - when something is planned for: an instant as people type it, and whether maintenance may be then. Pure.
 *
 * "Wed 22:00 UTC" is the next such, "2026-11-25 22:00 Europe/Berlin", "today 22:00", "tomorrow 22:00", "in 2h", "now".
 * Without a zone the first of maintenance.zones is meant, else UTC; another zone than one of these, UTC or that of a
 * window is not known.
 */
#ifndef OPSGATE_POLICY_PLANNED_H
#define OPSGATE_POLICY_PLANNED_H

#include "policy/policy.h"

#define PLANNED_AHEAD_MAX_MS (400 * INT64_C(24) * 3600 * 1000) /* what is further away is a slip */

/* ERR_INVALID says how it is written, which zones are known, or that it is past or not there on that day's clock. */
bool planned_read(const struct policy *policy, struct str text, int64_t now_unix_ms, struct arena *arena,
                  int64_t *ret_unix_ms, struct error *err);

/* Is all of it within maintenance.windows? Always, without any. *ret_next_ms: else the next time that has so much room;
 * 0: none is known. */
bool planned_fits(const struct policy *policy, int64_t at_unix_ms, int64_t for_ms, int64_t *ret_next_ms);

#endif
