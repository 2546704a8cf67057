/* settings_audit.h - the journal's copy, who signs it, what nobody may erase; and how much of everything is kept.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_AUDIT_H
#define OPSGATE_MODEL_SETTINGS_AUDIT_H

#include "bot/base/shape.h"

struct audit_copy_settings {
    const char *file; /* absolute */
};
struct hold_settings { /* what is under legal hold: of a person, of an operation, or of a time */
    int line;
    const char *person;        /* "slack:U012AB3CD", or a name of people[]; NULL: anybody */
    const char *operation;     /* "D1042"; NULL: any */
    const char *since, *until; /* RFC 3339, or a day; NULL: without a beginning, an end */
    const char *reason;
};
struct audit_settings {
    const struct audit_copy_settings *copy; /* NULL: none is written */
    const char *signing_key;                /* secret; PEM; NULL: nothing is signed */
    int64_t checkpoint_every_ms;
    struct hold_settings *hold;
    size_t hold_count;
};
extern const struct shape audit_settings_shape;

struct retention_settings { /* the newest so many; while a hold stands nothing of the first two goes */
    int64_t journal, operations;
    int64_t dead_letters;
    int64_t deliveries, deliveries_for_ms;
};
extern const struct shape retention_settings_shape;

/* A day, "2026-11-01" (its beginning in UTC), or a time of RFC 3339. */
bool hold_time_parse(const char *text, int64_t *ret_unix_ms, struct error *err);

#endif
