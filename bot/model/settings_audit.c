#include "bot/model/settings_audit.h"

#define KEY_MAX 20000

static const struct shape_field copy_rows[] = {
    ROW_STRING(audit_copy_settings, file, .flags = SHAPE_REQUIRED, .min = 2, .max = 400,
               .about =
                   "whoever owns the store appends each entry, a line each; each instance needs a file of its own"),
};
static const struct shape copy_shape = SHAPE_OR_SCALAR("a copy", audit_copy_settings, copy_rows, "file");

static const struct shape_field rows[] = {
    ROW_OPTION(audit_settings, copy, &copy_shape, .about = "the journal off the machine: any collector can follow it"),
    ROW_STRING(audit_settings, signing_key, .flags = SHAPE_SECRET, .min = 1, .max = KEY_MAX,
               .about = "PEM of `opsgate audit keygen`: checkpoints in the copy are signed with it"),
    ROW_MS(audit_settings, checkpoint_every, .otherwise = "1h", .min = 1000, .max = 24 * 3600 * INT64_C(1000),
           .about = "how often; besides every 1000 entries, and at each stop"),
};
const struct shape audit_settings_shape = SHAPE("audit", audit_settings, rows);
