/* principal.h - who asks: an immutable id in one of the systems we know. Names are for display and never decide. */
#ifndef OPSGATE_MODEL_PRINCIPAL_H
#define OPSGATE_MODEL_PRINCIPAL_H

#include "bot/base/shape.h"

struct principal {
    const char *system; /* "slack", "github", "pagerduty", "token", "local" */
    const char *id;     /* "U012AB3CD", "octocat", "deploy" (a local user's name) */
    const char *team;   /* Slack: the workspace, "T0..."; else NULL */
    const char *name;   /* as people call them, or NULL; personal */
};
extern const struct shape principal_shape;

/* "slack:U012AB3CD", as roles and `people:` write it. */
const char *principal_text(const struct principal *principal, struct arena *arena);
/* How a message names a person: "@{slack:U012AB3CD}"; each door shows it in its own way. */
const char *principal_mention(const struct principal *principal, struct arena *arena);
/* As the journal keeps a person, apart from what can never be erased: {system, principal, name}. The caller's. */
cJSON *principal_personal(const struct principal *principal);
bool principal_equal(const struct principal *a, const struct principal *b); /* team, system and id; never the name */

#endif
