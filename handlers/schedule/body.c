#include "handlers/schedule/body.h"

static const struct shape_field run_rows[] = {
    ROW_INT(schedule_run, due_ms),
    ROW_INT(schedule_run, passed, .flags = SHAPE_NONZERO),
    ROW_STRING(schedule_run, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(schedule_run, result, .flags = SHAPE_NONZERO),
    ROW_STRING(schedule_run, summary, .flags = SHAPE_NONZERO),
    ROW_STRING(schedule_run, waits, .flags = SHAPE_NONZERO),
    ROW_INT(schedule_run, ended_ms, .flags = SHAPE_NONZERO),
};
static const struct shape run_shape = SHAPE("a run of a schedule", schedule_run, run_rows);

static const struct shape_field kept_rows[] = {
    ROW_STRING(schedule_kept, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(schedule_kept, cron, .flags = SHAPE_REQUIRED),
    ROW_STRING(schedule_kept, zone, .flags = SHAPE_REQUIRED),
    ROW_INT(schedule_kept, next_ms),
    ROW_INT(schedule_kept, last_due_ms, .flags = SHAPE_NONZERO),
    ROW_INT(schedule_kept, queued_ms, .flags = SHAPE_NONZERO),
    ROW_INT(schedule_kept, queued_passed, .flags = SHAPE_NONZERO),
    ROW_BOOL(schedule_kept, is_paused, .flags = SHAPE_NONZERO),
    ROW_INT(schedule_kept, paused_until_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(schedule_kept, paused_by, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_OBJECTS(schedule_kept, runs, &run_shape, .flags = SHAPE_NONZERO),
};
static const struct shape kept_shape = SHAPE("a schedule", schedule_kept, kept_rows);

static const struct shape_field rows[] = { ROW_OBJECTS(schedules_body, list, &kept_shape, .flags = SHAPE_NONZERO) };
const struct shape schedules_body_shape = SHAPE("schedules", schedules_body, rows);
