#include "bot/model/replay.h"

static const struct shape_field rows[] = {
    ROW_BOOL(kept_item, is_dead, .flags = SHAPE_NONZERO),
    ROW_STRING(kept_item, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(kept_item, operation, .flags = SHAPE_NONZERO),
};
const struct shape kept_item_shape = SHAPE("a kept item", kept_item, rows);
