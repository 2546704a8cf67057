#include "handlers/rollback/body.h"

static const struct shape_field act_rows[] = {
    ROW_STRING(rollback_act, name, .flags = SHAPE_NONZERO),     ROW_STRING(rollback_act, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(rollback_act, host, .flags = SHAPE_NONZERO),     ROW_INT(rollback_act, began_at_ms),
    ROW_INT(rollback_act, ended_at_ms, .flags = SHAPE_NONZERO),
};
const struct shape rollback_act_shape = SHAPE("what was done without a store", rollback_act, act_rows);

static const struct shape_field rows[] = {
    ROW_STRING(rollback_body, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(rollback_body, environment, .flags = SHAPE_REQUIRED),
    ROW_STRING(rollback_body, reason, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, expected, .flags = SHAPE_NONZERO),
    ROW_OBJECT(rollback_body, place, &run_place_shape),
    ROW_STRING(rollback_body, aborts, .flags = SHAPE_NONZERO),
    ROW_BOOL(rollback_body, aborts_traffic, .flags = SHAPE_NONZERO),
    ROW_BOOL(rollback_body, stops, .flags = SHAPE_NONZERO),
    ROW_OPTION(rollback_body, stopped, &target_version_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECT(rollback_body, from, &target_version_shape),
    ROW_BOOL(rollback_body, is_certain, .flags = SHAPE_NONZERO),
    ROW_OBJECT(rollback_body, to, &target_version_shape),
    ROW_STRING(rollback_body, version, .flags = SHAPE_NONZERO),
    ROW_BOOL(rollback_body, is_recorded, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, previous, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, below, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, before_rollout, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, further, .flags = SHAPE_NONZERO),
    ROW_STRINGS(rollback_body, skipped, .flags = SHAPE_NONZERO),
    ROW_STRINGS(rollback_body, skips, .flags = SHAPE_NONZERO),
    ROW_BOOL(rollback_body, is_seen, .flags = SHAPE_NONZERO),
    ROW_BOOL(rollback_body, is_compared, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, compared_from, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, compared_to, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(rollback_body, before, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, preflight, .flags = SHAPE_NONZERO),
    ROW_INT(rollback_body, heard_at_ms),
    ROW_STRING(rollback_body, silence, .flags = SHAPE_NONZERO),
    ROW_INT(rollback_body, returned_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(rollback_body, tries, .flags = SHAPE_NONZERO),
    ROW_BOOL(rollback_body, was_tried, .flags = SHAPE_NONZERO),
    ROW_INT(rollback_body, state_deadline_at_ms),
    ROW_STRING(rollback_body, failed_in, .flags = SHAPE_NONZERO),
    ROW_STRING(rollback_body, aborted_by, .flags = SHAPE_NONZERO),
    ROW_INT(rollback_body, aborted_at_ms, .flags = SHAPE_NONZERO),
    ROW_OPTION(rollback_body, act, &rollback_act_shape, .flags = SHAPE_NONZERO),
};
const struct shape rollback_body_shape = SHAPE("a rollback", rollback_body, rows);
