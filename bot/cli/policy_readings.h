/* policy_readings.h - who is in groups, teams and schedules, for tools that answer of a file: as the opsgate of that
 * configuration last read them, looked up in its store. Without a store that answers they go on by the file alone, and say so.
 */
#ifndef OPSGATE_CLI_POLICY_READINGS_H
#define OPSGATE_CLI_POLICY_READINGS_H

#include "bot/configuration/configuration.h"
#include "bot/model/facts.h"

struct policy_readings { /* in the configuration's arena */
    const char **sources; /* that the file names; none: there is nothing to look at */
    size_t sources_count;
    const char *why_not;           /* nobody looked, a sentence; NULL: these are the last readings */
    const struct membership *list; /* never NULL then, and only of `sources`: what it does not have was never read */
    size_t list_count;
    const struct principal_join *joins;
    size_t joins_count;
};
/* `is_offline`: the store is not to be asked. */
struct policy_readings policy_readings_load(const struct configuration *configuration, bool is_offline);

/* "Groups as they were last read: slack-group:S0ENG 4 min ago."; NULL: there is nothing to say. */
const char *policy_readings_tell(const struct policy_readings *readings, int64_t now_ms, struct arena *arena);
/* The same as "groups" of an object. */
void policy_readings_add(const struct policy_readings *readings, int64_t now_ms, cJSON *json);

#endif
