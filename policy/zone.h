/* zone.h - a time zone of the tz database, from the bytes of its TZif file (RFC 8536). Pure; safe on any thread.
 *
 * What lies behind the last transition of the file goes by the rule in its footer (RFC 8536 3.3, POSIX TZ).
 */
#ifndef OPSGATE_POLICY_ZONE_H
#define OPSGATE_POLICY_ZONE_H

#include "bot/base/arena.h"
#include "bot/base/str.h"

struct zone;

/* NULL: the bytes are none of a TZif file of version 2 or later; err says what is wrong. */
const struct zone *zone_read(struct str bytes, const char *name, struct arena *arena, struct error *err);
const char *zone_name(const struct zone *zone); /* "Europe/Berlin" */
/* Seconds east of UTC at that instant (unix seconds, also before 1970). */
int64_t zone_offset(const struct zone *zone, int64_t unix_s);
extern const struct zone zone_utc;

/* The time around an instant in which the clocks there are not touched: [from_s, until_s), unix seconds; INT64_MIN and
 * INT64_MAX: since ever, for ever. */
struct zone_span {
    int64_t from_s, until_s, offset_s;
};
struct zone_span zone_span_at(const struct zone *zone, int64_t unix_s);

/* Finds a zone by its name; NULL: there is none. */
struct zones {
    const struct zone *(*find)(const void *ctx, const char *name);
    const void *ctx;
    const char *(*nearest)(const void *ctx, struct str name); /* a name that was meant, or NULL; may be NULL itself */
    const char *problem; /* why hardly any zone can be found: "the tz database is not installed", or NULL */
};
/* UTC, or one by its full name; NULL: there is none, and err names the nearest. Short names are refused, though the tz
 * database has some: "EST" is no New York. */
const struct zone *zones_find(struct zones zones, struct str name, struct error *err);
/* Of these the one called so; NULL: none is. */
const struct zone *zones_named(const struct zone *const *list, size_t count, const char *name);

#endif
