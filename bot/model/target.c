#include "bot/model/target.h"

static const struct shape_field version_rows[] = {
    ROW_STRING(target_version, version),
    ROW_STRING(target_version, image),
    ROW_STRING(target_version, revision),
    ROW_STRING(target_version, operation),
    ROW_INT(target_version, at_ms),
    ROW_BOOL(target_version, is_irreversible, .flags = SHAPE_NONZERO),
    ROW_STRING(target_version, left, .flags = SHAPE_NONZERO),
    ROW_STRING(target_version, why, .flags = SHAPE_NONZERO),
};
const struct shape target_version_shape = SHAPE("a version", target_version, version_rows);

static const struct shape_field end_rows[] = {
    ROW_STRING(target_end, operation),
    ROW_STRING(target_end, version, .flags = SHAPE_NONZERO),
    ROW_BOOL(target_end, is_way_back, .flags = SHAPE_NONZERO),
    ROW_BOOL(target_end, is_settings, .flags = SHAPE_NONZERO),
    ROW_STRING(target_end, verb, .flags = SHAPE_NONZERO),
    ROW_BOOL(target_end, is_aside, .flags = SHAPE_NONZERO),
    ROW_INT(target_end, how, .flags = SHAPE_NONZERO),
    ROW_INT(target_end, asked_at_ms),
    ROW_INT(target_end, ended_at_ms),
    ROW_INT(target_end, serves_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(target_end, commit_at_unix_ms, .flags = SHAPE_NONZERO),
    ROW_INT(target_end, left_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(target_end, left, .flags = SHAPE_NONZERO),
};
static const struct shape end_shape = SHAPE("an end", target_end, end_rows);

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
    ROW_OBJECTS(target, ends, &end_shape, .flags = SHAPE_NONZERO),
};
const struct shape target_shape = SHAPE("a target", target, rows);
