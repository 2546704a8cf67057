#include "handlers/runbook/body.h"

#include <string.h>

const char *const run_kind_names[] = { "run", "check", "verb", "manual", "wait", NULL };
const char *const run_mark_names[] = { "to do", "now", "done", "failed", "skipped", NULL };

static const struct shape_field step_rows[] = {
    ROW_ENUM(run_step, kind, run_kind_names),
    ROW_STRING(run_step, name, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(run_step, argv, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    ROW_STRING(run_step, shown, .flags = SHAPE_NONZERO),
    ROW_INT(run_step, timeout_ms, .flags = SHAPE_NONZERO),
    ROW_INT(run_step, every_ms, .flags = SHAPE_NONZERO),
    ROW_INT(run_step, wait_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_step, may_fail, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_step, repeats, .flags = SHAPE_NONZERO),
    ROW_ENUM(run_step, mark, run_mark_names),
    ROW_INT(run_step, began_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(run_step, ended_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(run_step, exit_status, .flags = SHAPE_NONZERO),
    ROW_STRING(run_step, told, .flags = SHAPE_NONZERO),
    ROW_STRING(run_step, by, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(run_step, child, .flags = SHAPE_NONZERO),
    ROW_STRINGS(run_step, tail, .flags = SHAPE_NONZERO),
    ROW_INT(run_step, tries, .flags = SHAPE_NONZERO),
};
static const struct shape step_shape = SHAPE("a step of a run", run_step, step_rows);

static const struct shape_field stop_rows[] = {
    ROW_OBJECT(run_stop, by, &principal_shape),
    ROW_STRING(run_stop, source, .flags = SHAPE_NONZERO),
    ROW_STRING(run_stop, request_id, .flags = SHAPE_NONZERO),
};
static const struct shape stop_shape = SHAPE("who ends a run", run_stop, stop_rows);

static const struct shape_field rows[] = {
    ROW_STRING(runbook_body, runbook, .flags = SHAPE_REQUIRED),
    ROW_STRING(runbook_body, service, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, database, .flags = SHAPE_NONZERO),
    ROW_MAP(runbook_body, args, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(runbook_body, steps, &step_shape),
    ROW_INT(runbook_body, at),
    ROW_STRING(runbook_body, digest, .flags = SHAPE_REQUIRED),
    ROW_INT(runbook_body, timeout_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(runbook_body, again_of, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, day, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_destructive, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_checks_only, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_failover, .flags = SHAPE_NONZERO),
    ROW_INT(runbook_body, recovery_time_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_change_told, .flags = SHAPE_NONZERO),
    ROW_OBJECT(runbook_body, glass, &broken_shape),
    ROW_OBJECT(runbook_body, approvals, &approvals_shape),
    ROW_STRING(runbook_body, lacking, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_paused, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, held, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, stopping, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, stopping_as, .flags = SHAPE_NONZERO),
    ROW_OPTION(runbook_body, stop, &stop_shape),
    ROW_INT(runbook_body, looks, .flags = SHAPE_NONZERO),
    ROW_INT(runbook_body, reminders, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(runbook_body, run, .flags = SHAPE_NONZERO),
    ROW_INT(runbook_body, started_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_elsewhere, .flags = SHAPE_NONZERO),
    ROW_BOOL(runbook_body, is_repeated, .flags = SHAPE_NONZERO),
    PROGRAM_FEED_ROWS(runbook_body),
};
const struct shape runbook_body_shape = SHAPE("a run of a runbook", runbook_body, rows);

const char *run_step_called(const struct runbook_body *body, size_t at, struct arena *arena)
{
    const char *place = arena_printf(arena, "%zu", at + 1);

    return strcmp(body->steps[at].name, place) == 0 ? place
                                                    : arena_printf(arena, "%s (`%s`)", place, body->steps[at].name);
}
