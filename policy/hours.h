/* hours.h - hours of work: how long something takes when only time within them counts. Only for files in policy/;
 * others ask policy_after_hours.
 */
#ifndef OPSGATE_POLICY_HOURS_H
#define OPSGATE_POLICY_HOURS_H

#include "policy/window.h"

struct hours {
    const struct window *open; /* time counts while any of these holds */
    size_t open_count;
    const struct window *closed; /* and none of these: holidays */
    size_t closed_count;
};

/* When `ms` of that time have passed since `from_ms`, unix. Without hours, and where they never come again (a bounded
 * number of openings and closings is looked at), all time counts. Pure; allocates nothing. */
int64_t hours_after(const struct hours *hours, int64_t from_ms, int64_t ms);

#endif
