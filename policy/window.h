/* window.h - windows of time as people write them: "Wed 22:00-24:00 UTC", "Mon-Thu 09:00-16:00 Europe/Berlin",
 * "Sat,Sun UTC", "2026-12-20 - 2027-01-02 Europe/Berlin", "Fri 22:00-02:00 UTC".
 *
 * Days, or dates from - to (both included), then hours if not the whole day, then the zone by its name of the tz
 * database. Hours that end before they begin go on into the next day. Days and hours are those of the clock on the wall
 * there: an hour that is skipped in spring is not there, one that comes twice in autumn is there twice. Compiled once;
 * judging allocates nothing. Pure; safe on any thread.
 */
#ifndef OPSGATE_POLICY_WINDOW_H
#define OPSGATE_POLICY_WINDOW_H

#include "policy/zone.h"

struct window {
    const char *text; /* as written */
    const struct zone *zone;
    unsigned days;                /* bit 0: Monday; 0: by dates */
    int64_t first_day, last_day;  /* by dates: days since 1970-01-01 */
    int from_minute, to_minute;   /* of a day; to <= from: until the next day. The whole day: 0, 1440 */
};

/* ERR_INVALID says what is wrong and how it is written; an unknown zone is wrong, with the nearest name where there is one. */
bool window_parse(struct str text, struct zones zones, struct arena *arena, struct window *ret, struct error *err);
bool window_holds(const struct window *window, int64_t unix_ms);
/* When it ends that holds now, or begins that does not: unix ms; INT64_MAX: never (within ten years). */
int64_t window_changes_at(const struct window *window, int64_t unix_ms);

#endif
