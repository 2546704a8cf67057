#include "bot/model/without_store.h"

static const struct shape_field act_rows[] = {
    ROW_STRING(without_store_act, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(without_store_act, name, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, host, .flags = SHAPE_NONZERO),
    ROW_BOOL(without_store_act, is_locked, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, verb, .flags = SHAPE_REQUIRED),
    ROW_STRING(without_store_act, text),
    ROW_OBJECT(without_store_act, principal, &principal_shape),
    ROW_STRING(without_store_act, target, .flags = SHAPE_REQUIRED),
    ROW_INT(without_store_act, began_at_ms),
    ROW_INT(without_store_act, ended_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, result, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, summary, .flags = SHAPE_NONZERO),
    ROW_BOOL(without_store_act, is_sent, .flags = SHAPE_NONZERO),
    ROW_OPTION(without_store_act, from, &target_version_shape),
    ROW_OPTION(without_store_act, to, &target_version_shape),
    ROW_OPTION(without_store_act, good, &target_version_shape),
    ROW_OPTION(without_store_act, bad, &target_version_shape),
};
const struct shape without_store_act_shape = SHAPE("an act without a store", without_store_act, act_rows);
