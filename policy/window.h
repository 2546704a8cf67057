/* window.h - windows of time as people write them: "Wed 22:00-24:00 UTC", "Mon-Thu 09:00-16:00 Europe/Berlin",
 * "Sat,Sun UTC", "2026-12-20 - 2027-01-02 Europe/Berlin".
 *
 * Days, or dates from - to (both included), then hours if not the whole day, then the zone by its name of the tz
 * database. So far they are only checked: no condition on time is judged yet. Pure; safe on any thread.
 */
#ifndef OPSGATE_POLICY_WINDOW_H
#define OPSGATE_POLICY_WINDOW_H

#include "bot/base/str.h"

/* ERR_INVALID says what is wrong and how it is written. Zones are checked for their form only. */
bool window_check(struct str text, struct error *err);

#endif
