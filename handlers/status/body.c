#include "handlers/status/body.h"

static const struct shape_field source_rows[] = {
    ROW_INT(status_source, state),
    ROW_INT(status_source, asked_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(status_source, at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(status_source, problem, .flags = SHAPE_NONZERO),
};
static const struct shape source_shape = SHAPE("a source", status_source, source_rows);

static const struct shape_field sight_rows[] = {
    ROW_STRING(status_sight, target, .flags = SHAPE_REQUIRED),
    ROW_STRING(status_sight, region, .flags = SHAPE_NONZERO),
    ROW_OBJECT(status_sight, place, &run_place_shape),
    ROW_OBJECT(status_sight, run, &source_shape),
    ROW_OBJECT(status_sight, health, &source_shape),
    ROW_OBJECT(status_sight, metrics, &source_shape),
    ROW_OBJECT(status_sight, template, &source_shape),
    ROW_OBJECT(status_sight, program, &source_shape),
    ROW_STRING(status_sight, said, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, unserved, .flags = SHAPE_NONZERO),
    ROW_BOOL(status_sight, is_settled, .flags = SHAPE_NONZERO),
    ROW_BOOL(status_sight, is_ready, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, serving, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, image, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, version, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(status_sight, asked, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_INT(status_sight, tags_left_out, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(status_sight, seen, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(status_sight, is_healthy, .flags = SHAPE_NONZERO),
    ROW_INT(status_sight, health_status, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, health_problem, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, measured, .flags = SHAPE_NONZERO),
    ROW_STRING(status_sight, measured_too, .flags = SHAPE_NONZERO),
    ROW_OBJECT(status_sight, numbers, &measured_shape),
};
static const struct shape sight_shape = SHAPE("a place looked at", status_sight, sight_rows);

static const struct shape_field rows[] = {
    ROW_BOOL(status_body, is_overview, .flags = SHAPE_NONZERO),
    ROW_STRING(status_body, target, .flags = SHAPE_NONZERO),
    ROW_STRING(status_body, about, .flags = SHAPE_NONZERO),
    ROW_STRINGS(status_body, only, .flags = SHAPE_NONZERO),
    ROW_INT(status_body, hidden, .flags = SHAPE_NONZERO),
    ROW_STRINGS(status_body, incidents, .flags = SHAPE_NONZERO),
    ROW_INT(status_body, answer_at_ms),
    ROW_OBJECTS(status_body, sights, &sight_shape, .flags = SHAPE_NONZERO),
    ROW_INT(status_body, left_out, .flags = SHAPE_NONZERO),
};
const struct shape status_body_shape = SHAPE("a look", status_body, rows);
