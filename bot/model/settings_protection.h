/* settings_protection.h - Cloud Armor's policies that people may block addresses in. */
#ifndef OPSGATE_MODEL_SETTINGS_PROTECTION_H
#define OPSGATE_MODEL_SETTINGS_PROTECTION_H

#include "bot/base/shape.h"

struct priority_range { /* of rules; the smaller is asked first */
    int64_t from, to;
};
struct protection_settings {
    const char *name, *about;
    const char *environment; /* what rules of policy call the place it is in; or NULL */
    const char *project, *policy;
    struct priority_range priorities; /* ours: a rule of each block */
    int64_t max_for_ms;
    int64_t widest, widest_v6; /* as lengths of prefixes: 16 is 65,536 addresses */
    const char **never;        /* addresses and ranges */
    size_t never_count;
};
extern const struct shape protection_settings_shape;

#endif
