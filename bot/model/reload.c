#include "bot/model/reload.h"

static const struct shape_field rows[] = {
    ROW_STRINGS(reloaded, errors, .flags = SHAPE_NONZERO),
    ROW_STRING(reloaded, key_problem, .flags = SHAPE_NONZERO),
    ROW_BOOL(reloaded, is_same, .flags = SHAPE_NONZERO),
    ROW_STRINGS(reloaded, rights, .flags = SHAPE_NONZERO),
    ROW_STRINGS(reloaded, people, .flags = SHAPE_NONZERO),
    ROW_BOOL(reloaded, are_rights_unknown, .flags = SHAPE_NONZERO),
    ROW_STRINGS(reloaded, at_next_start, .flags = SHAPE_NONZERO),
};
const struct shape reloaded_shape = SHAPE("a reload", reloaded, rows);
