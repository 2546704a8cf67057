#include "handlers/failover/body.h"

static const struct shape_field rows[] = {
    ROW_OBJECT(failover_body, plan, &failover_plan_shape),
    ROW_OBJECT(failover_body, glass, &broken_shape),
    ROW_OBJECT(failover_body, approvals, &approvals_shape),
    ROW_STRING(failover_body, lacking, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, method, .flags = SHAPE_NONZERO),
    ROW_OBJECT(failover_body, seen, &database_seen_shape),
    ROW_STRING(failover_body, loss, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, backup, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, allowed_by, .flags = SHAPE_NONZERO),
    ROW_INT(failover_body, looks, .flags = SHAPE_NONZERO),
    ROW_INT(failover_body, sent_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(failover_body, sends, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_body, is_in_doubt, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, doubt, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, progress, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, zone, .flags = SHAPE_NONZERO),
    ROW_INT(failover_body, moved_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(failover_body, state_deadline_at_ms),
    ROW_STRING(failover_body, failed_in, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_body, is_aborted, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_body, acts, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_body, is_change_told, .flags = SHAPE_NONZERO),
};
const struct shape failover_body_shape = SHAPE("a failover", failover_body, rows);
