#include "bot/model/change.h"

static const struct shape_field rows[] = {
    ROW_STRING(change_told, token, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_told, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_told, title, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(change_told, service, .flags = SHAPE_NONZERO),
    ROW_STRING(change_told, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(change_told, url, .flags = SHAPE_NONZERO),
    ROW_STRING(change_told, by, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(change_told, at_ms, .flags = SHAPE_NONZERO),
};
const struct shape change_told_shape = SHAPE("a change that was told", change_told, rows);
