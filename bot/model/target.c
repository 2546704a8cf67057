#include "bot/model/target.h"

static const struct shape_field version_rows[] = {
    ROW_STRING(target_version, version),   ROW_STRING(target_version, image), ROW_STRING(target_version, revision),
    ROW_STRING(target_version, operation), ROW_INT(target_version, at_ms),
    ROW_STRING(target_version, left, .flags = SHAPE_NONZERO),
    ROW_STRING(target_version, why, .flags = SHAPE_NONZERO),
};
const struct shape target_version_shape = SHAPE("a version", target_version, version_rows);

static const struct shape_field rows[] = {
    ROW_STRING(target, name, .flags = SHAPE_REQUIRED),
    ROW_INT(target, schema),
    ROW_STRING(target, holder, .flags = SHAPE_NONZERO),
    ROW_STRINGS(target, waiting, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(target, good, &target_version_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(target, bad, &target_version_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(target, way_back, .flags = SHAPE_NONZERO),
    ROW_INT(target, way_back_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(target, doubt, .flags = SHAPE_NONZERO),
};
const struct shape target_shape = SHAPE("a target", target, rows);
