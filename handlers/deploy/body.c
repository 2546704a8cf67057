#include "handlers/deploy/body.h"

static const struct shape_field rows[] = {
    ROW_STRING(deploy_body, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, environment, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, version, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, image, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, reason, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_body, place, &run_place_shape),
    ROW_STRING(deploy_body, health_path, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, health_status),
    ROW_INT(deploy_body, health_timeout_ms),
    ROW_INT(deploy_body, health_deadline_ms),
    ROW_STRING(deploy_body, revision, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, tag, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, previous, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_body, before, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_STRINGS(deploy_body, remove_tags, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, uri, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, state_deadline_at_ms),
    ROW_INT(deploy_body, checks),
    ROW_STRING(deploy_body, failed_in, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, switched_at_ms),
};
const struct shape deploy_body_shape = SHAPE("a deploy", deploy_body, rows);
