#include "bot/model/logs.h"

static const struct shape_field look_rows[] = {
    ROW_STRING(logs_look, project, .flags = SHAPE_REQUIRED),
    ROW_STRING(logs_look, region, .flags = SHAPE_REQUIRED),
    ROW_STRING(logs_look, service, .flags = SHAPE_REQUIRED),
    ROW_BOOL(logs_look, is_errors, .flags = SHAPE_NONZERO),
    ROW_INT(logs_look, since_ms),
    ROW_STRING(logs_look, request, .flags = SHAPE_NONZERO),
    ROW_STRING(logs_look, grep, .flags = SHAPE_NONZERO),
    ROW_INT(logs_look, max),
};
const struct shape logs_look_shape = SHAPE("a look at logs", logs_look, look_rows);

static const struct shape_field line_rows[] = {
    ROW_INT(logs_line, at_ms),
    ROW_STRING(logs_line, severity, .flags = SHAPE_NONZERO),
    ROW_STRING(logs_line, revision, .flags = SHAPE_NONZERO),
    ROW_STRING(logs_line, text, .flags = SHAPE_REQUIRED),
};
const struct shape logs_line_shape = SHAPE("a line of a log", logs_line, line_rows);

static const struct shape_field found_rows[] = {
    ROW_OBJECTS(logs_found, lines, &logs_line_shape, .flags = SHAPE_NONZERO),
    ROW_INT(logs_found, left_out, .flags = SHAPE_NONZERO),
    ROW_BOOL(logs_found, has_more, .flags = SHAPE_NONZERO),
    ROW_STRING(logs_found, link, .flags = SHAPE_NONZERO),
};
const struct shape logs_found_shape = SHAPE("logs", logs_found, found_rows);
