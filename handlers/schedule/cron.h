/* cron.h - the five fields of crontab(5), and when they come next in a time zone. Pure; safe on any thread.
 *
 * "MINUTE HOUR DAY-OF-MONTH MONTH DAY-OF-WEEK": numbers, lists, ranges, steps, and the English names of months and days
 * by their first three letters, in any case; Sunday is 0 and 7. Where both days are given (neither begins with a star)
 * one of them is enough, as in crontab(5).
 *
 * Where clocks are put forward, what would come in the hour that is left out comes at its end; where they are put back,
 * what would come twice comes the first time. What is meant for every hour goes on evenly, through the hour that comes
 * twice as well.
 */
#ifndef OPSGATE_HANDLERS_SCHEDULE_CRON_H
#define OPSGATE_HANDLERS_SCHEDULE_CRON_H

#include "policy/zone.h"

#define CRON_NEVER ((INT64_C(1) << 53) - 1) /* as a record can keep it */

struct cron { /* a bit for each value */
    uint64_t minutes;
    uint32_t hours, days, months, weekdays; /* days and months from 1; Sunday is weekday 0 */
    bool is_any_day, is_any_weekday;        /* began with a star */
    bool is_every_hour;
};

/* ERR_INVALID names the field, and what is expected there. */
bool cron_parse(struct str text, struct cron *ret, struct error *err);
/* The first time behind that instant, unix ms; CRON_NEVER: never, such as the 31st of February. */
int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms);
/* The last one from `from_ms` to `until_ms`, both included; CRON_NEVER: there is none. */
int64_t cron_last(const struct cron *cron, const struct zone *zone, int64_t from_ms, int64_t until_ms);
/* How many there are from `from_ms` to `until_ms`, both included; no more than `max` are counted. */
int64_t cron_count(const struct cron *cron, const struct zone *zone, int64_t from_ms, int64_t until_ms, int64_t max);

/* "Tue 24 Nov 2026 02:00 Europe/Berlin": an instant on the wall there. */
const char *cron_wall(int64_t unix_ms, const struct zone *zone, struct arena *arena);

#endif
