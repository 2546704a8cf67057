/* settings_audit.h - the journal's copy, who signs it, and what nobody may erase.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_AUDIT_H
#define OPSGATE_MODEL_SETTINGS_AUDIT_H

#include "bot/base/shape.h"

struct audit_copy_settings {
    const char *file; /* absolute */
};
struct audit_settings {
    const struct audit_copy_settings *copy; /* NULL: none is written */
    const char *signing_key;                /* secret; PEM; NULL: nothing is signed */
    int64_t checkpoint_every_ms;
};
extern const struct shape audit_settings_shape;

#endif
