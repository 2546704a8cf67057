#include "bot/model/github_deliveries.h"

static const struct shape_field log_rows[] = {
    ROW_STRING(github_log, repository, .flags = SHAPE_NONZERO),
    ROW_STRING(github_log, organization, .flags = SHAPE_NONZERO),
    ROW_STRING(github_log, hook_id, .flags = SHAPE_NONZERO),
};
const struct shape github_log_shape = SHAPE("a log of deliveries", github_log, log_rows);

static const struct shape_field fetched_rows[] = {
    ROW_STRING(github_delivery_fetched, guid, .flags = SHAPE_REQUIRED),
    ROW_INT(github_delivery_fetched, at_ms),
};
static const struct shape fetched_shape = SHAPE("a fetched delivery", github_delivery_fetched, fetched_rows);

static const struct shape_field known_rows[] = {
    ROW_INT(github_deliveries_known, since_ms),
    ROW_INT(github_deliveries_known, watermark_ms),
    ROW_INT(github_deliveries_known, reach_ms, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(github_deliveries_known, fetched, &fetched_shape, .flags = SHAPE_NONZERO),
};
const struct shape github_deliveries_known_shape =
    SHAPE("what is known of a log of deliveries", github_deliveries_known, known_rows);

static const struct shape_field delivery_rows[] = {
    ROW_STRING(github_delivery, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_delivery, guid, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_delivery, event, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_delivery, action, .flags = SHAPE_NONZERO),
    ROW_INT(github_delivery, at_ms),
    ROW_INT(github_delivery, status),
};
const struct shape github_delivery_shape = SHAPE("a delivery", github_delivery, delivery_rows);

static const struct shape_field ask_rows[] = {
    ROW_OBJECT(github_deliveries_ask, log, &github_log_shape, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(github_deliveries_ask, known, &github_deliveries_known_shape),
    ROW_STRING(github_deliveries_ask, cursor, .flags = SHAPE_NONZERO),
};
const struct shape github_deliveries_ask_shape = SHAPE("a look at deliveries", github_deliveries_ask, ask_rows);

static const struct shape_field found_rows[] = {
    ROW_OBJECTS(github_deliveries_found, missed, &github_delivery_shape),
    ROW_OBJECT(github_deliveries_found, known, &github_deliveries_known_shape, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_deliveries_found, cursor, .flags = SHAPE_NONZERO),
    ROW_INT(github_deliveries_found, unread, .flags = SHAPE_NONZERO),
    ROW_BOOL(github_deliveries_found, is_gap),
};
const struct shape github_deliveries_found_shape = SHAPE("missed deliveries", github_deliveries_found, found_rows);

static const struct shape_field read_rows[] = {
    ROW_OBJECT(github_delivery_ask, log, &github_log_shape, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_delivery_ask, id, .flags = SHAPE_REQUIRED),
};
const struct shape github_delivery_ask_shape = SHAPE("a delivery to read", github_delivery_ask, read_rows);

static const struct shape_field item_rows[] = {
    ROW_BOOL(github_delivery_item, is_wanted),
    ROW_STRING(github_delivery_item, delivery, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_delivery_item, event, .flags = SHAPE_REQUIRED),
    ROW_STRING(github_delivery_item, action, .flags = SHAPE_NONZERO),
    ROW_STRING(github_delivery_item, kind, .flags = SHAPE_NONZERO),
    ROW_STRING(github_delivery_item, key, .flags = SHAPE_NONZERO),
    ROW_STRING(github_delivery_item, body, .flags = SHAPE_NONZERO),
};
const struct shape github_delivery_item_shape = SHAPE("a delivery read", github_delivery_item, item_rows);
