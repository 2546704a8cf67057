#include "handlers/adjust/body.h"

static const struct shape_field range_rows[] = {
    ROW_INT(adjust_range, min),
    ROW_INT(adjust_range, max),
};
static const struct shape range_shape = SHAPE("a range of instances", adjust_range, range_rows);

static const struct shape_field rows[] = {
    ROW_STRING(adjust_body, verb, .flags = SHAPE_REQUIRED),
    ROW_STRING(adjust_body, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(adjust_body, environment, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(adjust_body, place, &run_place_shape),
    ROW_STRING(adjust_body, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(adjust_body, only_tells, .flags = SHAPE_NONZERO),
    ROW_BOOL(adjust_body, is_dry_run, .flags = SHAPE_NONZERO),
    ROW_OBJECT(adjust_body, range, &range_shape),
    ROW_OBJECT(adjust_body, range_before, &range_shape),
    ROW_OBJECTS(adjust_body, wanted, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(adjust_body, before, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, serving, .flags = SHAPE_NONZERO),
    ROW_STRINGS(adjust_body, confirmed, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, version, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, previous, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, becomes, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, back, .flags = SHAPE_NONZERO),
    ROW_OBJECT(adjust_body, glass, &broken_shape),
    ROW_OBJECT(adjust_body, approvals, &approvals_shape),
    ROW_STRING(adjust_body, lacking, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, failed_in, .flags = SHAPE_NONZERO),
    ROW_STRING(adjust_body, yields_to, .flags = SHAPE_NONZERO),
    ROW_BOOL(adjust_body, was_sent, .flags = SHAPE_NONZERO),
    ROW_BOOL(adjust_body, is_change_told, .flags = SHAPE_NONZERO),
    ROW_INT(adjust_body, state_deadline_at_ms, .flags = SHAPE_NONZERO),
};
const struct shape adjust_body_shape = SHAPE("an adjustment", adjust_body, rows);
