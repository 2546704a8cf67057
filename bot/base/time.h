/* time.h - instants and durations as numbers and as text; nothing here asks a clock.
 *
 * unix_ms: milliseconds since 1970 in UTC, for what is stored or read by people. mono_ms: how long something took.
 */
#ifndef OPSGATE_BASE_TIME_H
#define OPSGATE_BASE_TIME_H

#include "bot/base/str.h"

#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

struct time_text {
    char text[40];
};

struct time_text time_format(int64_t unix_ms);          /* RFC 3339 in UTC with milliseconds: 2026-11-20T22:00:00.000Z */
struct time_text duration_format(int64_t duration_ms);  /* the shortest exact form: "5m", "1h30m", "1500ms", "0s" */
struct time_text duration_about(int64_t duration_ms);   /* for people: "3 s", "2 min", "4 h", "3 days" */
struct time_text duration_exact(int64_t duration_ms);   /* likewise; and where that would leave something out, "2h30m" */

/* "30s", "5m", "1h30m", "48h", "2d", "250ms": units d h m s ms, largest first, each once. ERR_INVALID otherwise. */
bool duration_parse(struct str text, int64_t *ret_ms, struct error *err);
bool time_parse(struct str text, int64_t *ret_unix_ms, struct error *err); /* RFC 3339, any offset, up to 9 fraction digits */

#endif
