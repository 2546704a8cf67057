#include "handlers/backup/plan.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"

#include <string.h>

#define QUOTED_BYTES 120
#define GB (1000.0 * 1000 * 1000)
#define INSTANCE_ARG "instance"

static const struct shape_field rows[] = {
    ROW_STRING(backup_plan, action, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_plan, database, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_plan, environment, .flags = SHAPE_NONZERO),
    ROW_OBJECT(backup_plan, place, &database_place_shape),
    ROW_STRING(backup_plan, trial, .flags = SHAPE_NONZERO),
    ROW_BOOL(backup_plan, is_trial_alone, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_plan, id, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_plan, file, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_plan, name, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_plan, verify, .flags = SHAPE_NONZERO),
    ROW_BOOL(backup_plan, tells_instance, .flags = SHAPE_NONZERO),
    ROW_BOOL(backup_plan, is_unsaved, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_plan, why, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(backup_plan, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(backup_plan, break_glass, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_OBJECTS(backup_plan, needs, &service_need_shape, .flags = SHAPE_NONZERO),
};
const struct shape backup_plan_shape = SHAPE("what is to be done with backups", backup_plan, rows);

static bool takes_instance(const struct runbook_settings *runbook)
{
    for (size_t i = 0; runbook && i < runbook->args_count; i++)
        if (text_equal(runbook->args[i].name, INSTANCE_ARG))
            return true;
    return false;
}

struct backup_plan backup_plan_of(const struct view *view, const struct database_settings *database, const char *action)
{
    const struct backups_settings *backups = database->backups;
    struct backup_plan plan = {
        .action = action,
        .database = database->name,
        .environment = database->environment,
        .place = database_place_of(database),
    };

    if (text_equal(action, BACKUP_RESTORE) || text_equal(action, BACKUP_IMPORT)) {
        plan.verify = backups ? backups->verify : NULL;
        plan.tells_instance = plan.verify && takes_instance(settings_find_runbook(view->settings, plan.verify));
        plan.needs = needs_of_database(view, database->name, database->environment, &plan.needs_count);
    }
    if (text_equal(action, BACKUP_RESTORE) && backups)
        plan.trial = backups->restore_into;
    return plan;
}

/* ---- policy ---- */

bool backup_overwrites(const struct backup_plan *plan)
{
    return !plan->is_trial_alone &&
           (text_equal(plan->action, BACKUP_RESTORE) || text_equal(plan->action, BACKUP_IMPORT));
}

const char *backup_verb(const struct backup_plan *plan)
{
    return backup_overwrites(plan) ? "restore" : "backup";
}

struct question backup_question(const struct view *view, const struct backup_plan *plan,
                                const struct principal *principal, const char *source)
{
    const struct database_settings *database = settings_find_database(view->settings, plan->database);

    return (struct question){
        .principal = *principal,
        .verb = backup_verb(plan),
        .database = plan->database,
        .environment = plan->environment,
        .source = source,
        .labels = database ? database->labels : NULL,
        .labels_count = database ? database->labels_count : 0,
        .reason = plan->reason,
        .break_glass = plan->break_glass,
    };
}

/* ---- its stages ---- */

static const char *after_trial(const struct backup_plan *plan)
{
    return backup_overwrites(plan) && !plan->is_unsaved && !PLANTED(RESTORE_UNSAVED) ? BACKUP_SAFETY : BACKUP_REAL;
}

const char *backup_first_stage(const struct backup_plan *plan)
{
    return plan->trial ? BACKUP_TRIAL : after_trial(plan);
}

const char *backup_next_stage(const struct backup_plan *plan, const char *stage)
{
    if (text_equal(stage, BACKUP_TRIAL))
        return plan->is_trial_alone ? NULL : after_trial(plan);
    return text_equal(stage, BACKUP_SAFETY) ? BACKUP_REAL : NULL;
}

const char *backup_kind(const struct backup_plan *plan, const char *stage)
{
    return text_equal(stage, BACKUP_SAFETY) ? BACKUP_CREATE : plan->action;
}

const char *backup_instance(const struct backup_plan *plan, const char *stage)
{
    return text_equal(stage, BACKUP_TRIAL) ? plan->trial : plan->place.instance;
}

/* ---- in words ---- */

const char *backup_words(const struct backup_plan *plan, struct arena *arena)
{
    if (text_equal(plan->action, BACKUP_CREATE))
        return arena_printf(arena, "back `%s` up", plan->database);
    if (text_equal(plan->action, BACKUP_EXPORT))
        return arena_printf(arena, "export `%s` of `%s` to `%s`", plan->name, plan->database, plan->file);
    if (text_equal(plan->action, BACKUP_IMPORT))
        return arena_printf(arena, "import `%s` into `%s` of `%s`", plan->file, plan->name, plan->database);
    if (plan->is_trial_alone)
        return arena_printf(arena, "restore backup `%s` of `%s` into `%s`", plan->id, plan->database, plan->trial);
    return arena_printf(arena, "restore backup `%s` over `%s`", plan->id, plan->database);
}

const char *backup_line(const struct backup_plan *plan, struct arena *arena)
{
    const char *what = text_equal(plan->action, BACKUP_RESTORE) ? plan->id
                       : plan->file                             ? arena_printf(arena, "%s %s", plan->name, plan->file)
                                                                : "";
    const char *how = plan->is_trial_alone      ? arena_printf(arena, " --into %s", plan->trial)
                      : backup_overwrites(plan) ? arena_printf(arena, " --confirm %s", plan->database)
                                                : "";

    return arena_printf(arena, "backup %s %s%s%s%s%s%s%s", plan->action, plan->database, what[0] ? " " : "", what,
                        how, plan->is_unsaved ? " --no-safety-backup" : "", plan->reason ? " --reason ..." : "",
                        plan->break_glass ? " --break-glass ..." : "");
}

const char *backup_age(const struct view *view, const struct backup_run *run)
{
    int64_t at_ms = run->ended_at_ms ? run->ended_at_ms : run->began_at_ms, age_ms = view_unix_ms(view) - at_ms;

    if (!at_ms)
        return "at an unknown time";
    return arena_printf(view->arena, "%s ago", duration_about(age_ms > 0 ? age_ms : 0).text);
}

/* Of the mark by which a backup is found again, people need the operation alone: "before v2 (opsgate D7)". */
static const char *without_mark(const char *description, struct arena *arena)
{
    const char *mark = strstr(description, " (" BACKUP_MARK), *comma = mark ? strchr(mark, ',') : NULL;

    return comma ? arena_printf(arena, "%.*s)", (int)(comma - description), description) : description;
}

static const char *run_text(const struct view *view, const struct backup_run *run, const char *when)
{
    struct arena *arena = view->arena;
    const char *size = run->bytes > 0 ? arena_printf(arena, ", at most %.1f GB", (double)run->bytes / GB) : "";
    const char *what = run->error         ? run->error
                       : run->description ? without_mark(run->description, arena)
                                          : NULL;

    return arena_printf(arena, "`%s` (%s%s%s, %s%s)%s%s", card_quote(str_of(run->id), QUOTED_BYTES, arena),
                        run->type ? card_quote(str_of(run->type), QUOTED_BYTES, arena) : "", run->type ? ", " : "",
                        card_quote(str_of(run->status), QUOTED_BYTES, arena), when, size,
                        what ? ": " : "", what ? card_quote(str_of(what), QUOTED_BYTES, arena) : "");
}

const char *backup_run_text(const struct view *view, const struct backup_run *run)
{
    return run_text(view, run, backup_age(view, run));
}

const char *backup_run_dated(const struct view *view, const struct backup_run *run)
{
    int64_t at_ms = run->ended_at_ms ? run->ended_at_ms : run->began_at_ms;

    return run_text(view, run, at_ms ? card_date(at_ms, view->arena) : "at an unknown time");
}

const char *backup_last_text(const struct view *view, const struct backups_seen *seen)
{
    for (size_t i = 0; i < seen->runs_count; i++)
        if (text_equal(seen->runs[i].status, BACKUP_GOOD))
            return arena_printf(view->arena, "%s (%s)", backup_age(view, &seen->runs[i]),
                                card_date(seen->runs[i].ended_at_ms, view->arena));
    return "*there is none that is good*";
}
