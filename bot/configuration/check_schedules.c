/* check_schedules.c - schedules of runbooks: do their times ever come, and does the runbook take what they give it? */
#include "bot/configuration/check.h"

#include "handlers/runbook/arguments.h"
#include "handlers/schedule/cron.h"

#include <string.h>

struct schedules {
    struct walk *walk;
    struct name_list seen, roles;
};

static void check_times(struct walk *walk, const struct runbook_schedule *schedule)
{
    struct cron cron;
    struct error err;

    if (schedule->zone && walk_is_good(walk, schedule, "zone") &&
        !zones_find(walk->zones, str_of(schedule->zone), &err))
        walk_wrong(walk, schedule, "zone", -1, "%s", err.message);
    if (!schedule->cron || !walk_is_good(walk, schedule, "cron"))
        return;
    if (!cron_parse(str_of(schedule->cron), &cron, &err))
        walk_wrong(walk, schedule, "cron", -1, "%s", err.message);
    else if (cron_next(&cron, &zone_utc, 0) == CRON_NEVER)
        walk_wrong(walk, schedule, "cron", -1, "never comes: there is no such day");
}

static void check_called(struct schedules *all, const struct runbook_settings *runbook,
                         const struct runbook_schedule *schedule)
{
    if (schedule->name)
        check_name(all->walk, schedule, "schedule", schedule->name, &all->seen);
    else if (runbook->schedule_count > 1)
        walk_wrong(all->walk, schedule, "", -1, "needs a name: %s has several", runbook->name);
    else if (runbook->name && name_list_has(&all->seen, runbook->name))
        walk_wrong(all->walk, schedule, "", -1, "a schedule called '%.80s' exists already: give it a name",
                   runbook->name);
    else
        name_list_add(&all->seen, runbook->name, all->walk->arena);
}

static void check_owner(struct schedules *all, const struct runbook_schedule *schedule)
{
    if (!schedule->owner || !strchr(schedule->owner, ':'))
        check_reference(all->walk, schedule, "owner", -1, "role", schedule->owner, &all->roles);
    else if (!check_is_principal(schedule->owner))
        walk_wrong(all->walk, schedule, "owner", -1, "expected a role, or one person such as slack:U012AB3CD");
}

/* What it gives is checked by the rows of the runbook's arguments, as what people type is. */
static void check_args(struct walk *walk, const struct runbook_settings *runbook,
                       const struct runbook_schedule *schedule)
{
    struct name_list known = { .is_partial = walk_is_unread(walk, runbook, "args") }, given = { 0 };
    struct error err;

    if (walk_is_unread(walk, schedule, "args") || known.is_partial)
        return;
    for (size_t i = 0; i < runbook->args_count; i++)
        name_list_add(&known, runbook->args[i].name, walk->arena);
    for (size_t i = 0; i < schedule->args_count; i++) {
        check_reference(walk, schedule, "args", (long)i, "argument", schedule->args[i].key, &known);
        name_list_add(&given, schedule->args[i].key, walk->arena);
        for (size_t k = 0; k < runbook->args_count; k++)
            if (runbook->args[k].name && strcmp(runbook->args[k].name, schedule->args[i].key) == 0 &&
                !runbook_value_check(&runbook->args[k], schedule->args[i].value, walk->arena, &err))
                walk_wrong(walk, schedule, "args", (long)i, "expected %s",
                           runbook_value_expected(&runbook->args[k], walk->arena));
    }
    for (size_t i = 0; i < runbook->args_count; i++)
        if (!runbook->args[i].otherwise && runbook->args[i].name && !name_list_has(&given, runbook->args[i].name))
            walk_wrong(walk, schedule, "args", -1, "the runbook needs '%s', and nobody is there to be asked",
                       runbook->args[i].name);
}

static void check_schedule(struct schedules *all, const struct runbook_settings *runbook,
                           const struct runbook_schedule *schedule)
{
    check_called(all, runbook, schedule);
    check_times(all->walk, schedule);
    check_owner(all, schedule);
    check_args(all->walk, runbook, schedule);
}

static void check_not_destructive(struct walk *walk, const struct settings *settings,
                                  const struct runbook_settings *runbook, const struct runbook_schedule *schedule)
{
    const struct database_settings *database = settings_find_failed_over(settings, runbook);

    if (runbook->destructive)
        walk_wrong(walk, schedule, "", -1,
                   "%s is destructive: a person types the name of what it changes, and no schedule does",
                   runbook->name ? runbook->name : "it");
    else if (database)
        walk_wrong(walk, schedule, "", -1, "%s fails %s over: a person types its name, and no schedule does",
                   runbook->name, database->name);
}

void check_schedules(struct walk *walk, const struct settings *settings)
{
    struct schedules all = { .walk = walk, .roles = names_of_roles(walk, settings) };
    struct name_list rotated = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];

        for (size_t k = 0; k < runbook->schedule_count; k++) {
            check_schedule(&all, runbook, &runbook->schedule[k]);
            check_not_destructive(walk, settings, runbook, &runbook->schedule[k]);
            if (++count == SCHEDULES_MAX + 1)
                walk_wrong(walk, &runbook->schedule[k], "", -1, "opsgate keeps %d schedules, and this is one more",
                           SCHEDULES_MAX);
        }
        if (!runbook->rotates)
            continue;
        if (name_list_has(&rotated, runbook->rotates))
            walk_wrong(walk, runbook, "rotates", -1, "another runbook rotates '%.80s' already", runbook->rotates);
        name_list_add(&rotated, runbook->rotates, walk->arena);
    }
}
