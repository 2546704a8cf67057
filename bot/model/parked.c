#include "bot/model/parked.h"

static const struct shape_field rows[] = {
    ROW_STRING(parked, seat, .flags = SHAPE_REQUIRED),
    ROW_STRING(parked, why, .flags = SHAPE_NONZERO),
    ROW_INT(parked, since_ms, .flags = SHAPE_NONZERO),
    ROW_INT(parked, effects, .flags = SHAPE_NONZERO),
    ROW_BOOL(parked, is_way_back, .flags = SHAPE_NONZERO),
    ROW_BOOL(parked, is_courtesy, .flags = SHAPE_NONZERO),
};
const struct shape parked_shape = SHAPE("a credential that is refused", parked, rows);
