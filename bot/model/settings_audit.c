#include "bot/model/settings_audit.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define KEY_MAX 20000

static const struct shape_field copy_rows[] = {
    ROW_STRING(audit_copy_settings, file, .flags = SHAPE_REQUIRED, .min = 2, .max = 400,
               .about =
                   "whoever owns the store appends each entry, a line each; each instance needs a file of its own"),
};
static const struct shape copy_shape = SHAPE_OR_SCALAR("a copy", audit_copy_settings, copy_rows, "file");

static const struct shape_field hold_rows[] = {
    ROW_LINE(hold_settings, line),
    ROW_STRING(hold_settings, person, .min = 1, .max = 200, .about = "slack:U012AB3CD, or a name of `people`"),
    ROW_STRING(hold_settings, operation, .min = 2, .max = 30, .about = "D1042"),
    ROW_STRING(hold_settings, since, .min = 10, .max = 40, .about = "a day, as 2026-11-01, or a time of RFC 3339"),
    ROW_STRING(hold_settings, until, .min = 10, .max = 40, .about = "likewise; a day is held until it begins"),
    ROW_STRING(hold_settings, reason, .flags = SHAPE_REQUIRED, .min = 1, .max = 300,
               .about = "whoever wants to erase it is told"),
};
static const struct shape hold_shape = SHAPE("a hold", hold_settings, hold_rows);

static const struct shape_field rows[] = {
    ROW_OPTION(audit_settings, copy, &copy_shape, .about = "the journal off the machine: any collector can follow it"),
    ROW_STRING(audit_settings, signing_key, .flags = SHAPE_SECRET, .min = 1, .max = KEY_MAX,
               .about = "PEM of `opsgate audit keygen`: checkpoints in the copy are signed with it"),
    ROW_MS(audit_settings, checkpoint_every, .otherwise = "1h", .min = 1000, .max = 24 * 3600 * INT64_C(1000),
           .about = "how often; besides every 1000 entries, and at each stop"),
    ROW_OBJECTS(audit_settings, hold, &hold_shape, .max = 1000,
                .about = "legal holds: nothing of it is erased, or dropped for its age"),
};
const struct shape audit_settings_shape = SHAPE("audit", audit_settings, rows);

static const struct shape_field retention_rows[] = {
    ROW_INT(retention_settings, journal, .otherwise = "100000", .min = 1000, .max = 10000000,
            .about = "entries of the journal, and what stands beside them; the copy has all"),
    ROW_INT(retention_settings, operations, .otherwise = "1000", .min = 1000, .max = 50000,
            .about = "operations that have ended, incidents among them: to be looked at, counted and told in assessments. They are "
                     "held in memory, too"),
    ROW_INT(retention_settings, dead_letters, .otherwise = "10000", .min = 10, .max = 100000,
            .about = "of them, and 16 MiB: the older half goes"),
    ROW_INT(retention_settings, deliveries, .otherwise = "500", .min = 10, .max = 10000,
            .about = "deliveries that were decided, for `events replay`; 8 MiB of them at most"),
    ROW_MS(retention_settings, deliveries_for, .otherwise = "24h", .min = 60000, .max = 30 * 24 * 3600 * INT64_C(1000),
           .about = "and no older than this"),
};
const struct shape retention_settings_shape = SHAPE("retention", retention_settings, retention_rows);

bool hold_time_parse(const char *text, int64_t *ret_unix_ms, struct error *err)
{
    char day[40];

    if (strlen(text) != strlen("2026-11-01"))
        return time_parse(str_of(text), ret_unix_ms, err);
    snprintf(day, sizeof(day), "%sT00:00:00Z", text);
    return time_parse(str_of(day), ret_unix_ms, err);
}
