/* match.h - does a release rule take what happened, and as which version? Pure. */
#ifndef OPSGATE_HANDLERS_TRIGGER_MATCH_H
#define OPSGATE_HANDLERS_TRIGGER_MATCH_H

#include "bot/model/settings_service.h"
#include "handlers/trigger/trigger.h"

/* False: the rule does not listen to that, and *ret_why is NULL; or it would, but no version is called so, and *ret_why says it.
 * `ret_place` gets the version that is asked for, and what a deploy will call it. */
bool match_takes(const struct release_settings *rule, const struct trigger_body *body, struct arena *arena,
                 struct trigger_place *ret_place, const char **ret_why);

/* "v1.5.0" of "api/v1.5.0"; `prefix` NULL: the tag itself. NULL: it does not begin so, or nothing is left. */
const char *match_version(const char *prefix, const char *tag);

#endif
