#include "handlers/maintenance/body.h"

static const struct shape_field page_rows[] = {
    ROW_STRING(maintenance_page, id, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_page, url, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_page, wanted, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_page, text, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_page, wants, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_page, sent, .flags = SHAPE_NONZERO),
    ROW_BOOL(maintenance_page, is_busy, .flags = SHAPE_NONZERO),
    ROW_BOOL(maintenance_page, is_unclear, .flags = SHAPE_NONZERO),
    ROW_BOOL(maintenance_page, is_left, .flags = SHAPE_NONZERO),
    ROW_BOOL(maintenance_page, is_set_back, .flags = SHAPE_NONZERO),
};
static const struct shape page_shape = SHAPE("what the public is told", maintenance_page, page_rows);

static const struct shape_field before_rows[] = {
    ROW_STRING(maintenance_before, target, .flags = SHAPE_REQUIRED),
    ROW_INT(maintenance_before, errors_ppm),
    ROW_INT(maintenance_before, p95_ms),
};
static const struct shape before_shape = SHAPE("a place before", maintenance_before, before_rows);

static const struct shape_field rows[] = {
    ROW_STRINGS(maintenance_body, targets, .flags = SHAPE_REQUIRED),
    ROW_STRING(maintenance_body, where, .flags = SHAPE_REQUIRED),
    ROW_STRING(maintenance_body, reason, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(maintenance_body, hurry, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(maintenance_body, at_ms, .flags = SHAPE_REQUIRED),
    ROW_INT(maintenance_body, until_ms, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(maintenance_body, announce, .flags = SHAPE_NONZERO),
    ROW_OBJECT(maintenance_body, approvals, &approvals_shape),
    ROW_STRING(maintenance_body, lacking, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, announced_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, channel, .flags = SHAPE_NONZERO),
    ROW_STRINGS(maintenance_body, mail_to, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(maintenance_body, starts_itself, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, watch_ms),
    ROW_STRINGS(maintenance_body, work, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, work_id, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, work_told, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, started_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, ended_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, watch_until_ms, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, reminders, .flags = SHAPE_NONZERO),
    ROW_OPTION(maintenance_body, page, &page_shape),
    ROW_OPTION(maintenance_body, looking, &status_body_shape),
    ROW_OBJECTS(maintenance_body, before, &before_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(maintenance_body, is_looked_before, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, bad_looks, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, worse, .flags = SHAPE_NONZERO),
    ROW_BOOL(maintenance_body, was_worse, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, unchecked, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, result, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, summary, .flags = SHAPE_NONZERO),
    ROW_INT(maintenance_body, looks, .flags = SHAPE_NONZERO),
    ROW_STRING(maintenance_body, acts, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
const struct shape maintenance_body_shape = SHAPE("a maintenance", maintenance_body, rows);
