/* check_failover.c - a database that a runbook fails over: can it be begun by the database's name alone? */
#include "bot/configuration/check.h"

#include "bot/model/settings.h"

#include <string.h>

void check_failover_runbook(struct walk *walk, const struct settings *settings,
                            const struct database_settings *database)
{
    const struct runbook_settings *runbook = settings_find_runbook(settings, database->runbook);
    struct name_list runbooks = names_of_runbooks(walk, settings);

    check_reference(walk, database, "runbook", -1, "runbook", database->runbook, &runbooks);
    if (!runbook)
        return;
    if (database->name && (!runbook->target || strcmp(runbook->target, database->name) != 0) &&
        !walk_is_unread(walk, runbook, "target"))
        walk_wrong(walk, database, "runbook", -1, "the runbook has to hold what it changes: give it `target: %.100s`",
                   database->name);
    for (size_t i = 0; i < runbook->args_count; i++)
        if (runbook->args[i].name && !runbook->args[i].otherwise)
            walk_wrong(walk, database, "runbook", -1,
                       "nobody gives the runbook its argument '%.60s' in a failover: give it a default",
                       runbook->args[i].name);
    if (walk_has(walk, database, "max_lag") || walk_has(walk, database, "cool_down"))
        walk_wrong(walk, database, walk_has(walk, database, "max_lag") ? "max_lag" : "cool_down", -1,
                   "is not for a database with a runbook: let that check it");
}
