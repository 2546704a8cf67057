#include "bot/model/statuspage.h"

static const struct shape_field open_rows[] = {
    ROW_STRING(statuspage_open_wish, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(statuspage_open_wish, status, .flags = SHAPE_NONZERO),
    ROW_STRING(statuspage_open_wish, body, .flags = SHAPE_REQUIRED),
    ROW_STRING(statuspage_open_wish, impact, .flags = SHAPE_NONZERO),
    ROW_MAP(statuspage_open_wish, components, .flags = SHAPE_NONZERO),
    ROW_BOOL(statuspage_open_wish, is_quiet, .flags = SHAPE_NONZERO),
    ROW_BOOL(statuspage_open_wish, is_again, .flags = SHAPE_NONZERO),
    ROW_INT(statuspage_open_wish, scheduled_for_ms, .flags = SHAPE_NONZERO),
    ROW_INT(statuspage_open_wish, scheduled_until_ms, .flags = SHAPE_NONZERO),
};
const struct shape statuspage_open_wish_shape = SHAPE("an incident for the public", statuspage_open_wish, open_rows);

static const struct shape_field update_rows[] = {
    ROW_STRING(statuspage_update_wish, incident, .flags = SHAPE_REQUIRED),
    ROW_STRING(statuspage_update_wish, status, .flags = SHAPE_NONZERO),
    ROW_STRING(statuspage_update_wish, body, .flags = SHAPE_NONZERO),
    ROW_STRING(statuspage_update_wish, impact, .flags = SHAPE_NONZERO),
    ROW_MAP(statuspage_update_wish, components, .flags = SHAPE_NONZERO),
    ROW_BOOL(statuspage_update_wish, is_quiet, .flags = SHAPE_NONZERO),
    ROW_INT(statuspage_update_wish, scheduled_until_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(statuspage_update_wish, reopens, .flags = SHAPE_NONZERO),
    ROW_INT(statuspage_update_wish, asked_at_ms, .flags = SHAPE_REQUIRED),
};
const struct shape statuspage_update_wish_shape =
    SHAPE("an update for the public", statuspage_update_wish, update_rows);

static const struct shape_field ask_rows[] = {
    ROW_STRING(statuspage_ask, incident, .flags = SHAPE_REQUIRED),
};
const struct shape statuspage_ask_shape = SHAPE("an incident on the page", statuspage_ask, ask_rows);

static const struct shape_field told_rows[] = {
    ROW_STRING(statuspage_told, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(statuspage_told, name, .flags = SHAPE_NONZERO),
    ROW_STRING(statuspage_told, status, .flags = SHAPE_NONZERO),
    ROW_STRING(statuspage_told, impact, .flags = SHAPE_NONZERO),
    ROW_STRING(statuspage_told, url, .flags = SHAPE_NONZERO),
    ROW_BOOL(statuspage_told, existed, .flags = SHAPE_NONZERO),
    ROW_BOOL(statuspage_told, is_closed, .flags = SHAPE_NONZERO),
};
const struct shape statuspage_told_shape = SHAPE("what the public was told", statuspage_told, told_rows);
