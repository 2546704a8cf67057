#include "bot/model/delivery.h"

static const struct shape_field card_rows[] = {
    ROW_STRING(card_delivery, channel, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(card_delivery, card, &card_shape),
};
const struct shape card_delivery_shape = SHAPE("a card to show", card_delivery, card_rows);

static const struct shape_field part_rows[] = {
    ROW_STRING(message_part, effect, .flags = SHAPE_REQUIRED),
    ROW_INT(message_part, at_ms),
    ROW_STRING(message_part, text, .flags = SHAPE_REQUIRED),
};
const struct shape message_part_shape = SHAPE("a part of a message", message_part, part_rows);

static const struct shape_field message_rows[] = {
    ROW_STRING(message_delivery, channel, .flags = SHAPE_REQUIRED),
    ROW_BOOL(message_delivery, is_in_thread, .flags = SHAPE_NONZERO),
    ROW_OBJECT(message_delivery, reply, &reply_shape),
    ROW_OBJECTS(message_delivery, parts, &message_part_shape, .flags = SHAPE_NONZERO),
    ROW_INT(message_delivery, more, .flags = SHAPE_NONZERO),
};
const struct shape message_delivery_shape = SHAPE("a message to post", message_delivery, message_rows);

static const struct shape_field reply_rows[] = {
    ROW_OBJECT(reply_delivery, address, &reply_address_shape),
    ROW_OPTION(reply_delivery, form, &modal_delivery_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECT(reply_delivery, reply, &reply_shape),
};
const struct shape reply_delivery_shape = SHAPE("a reply to deliver", reply_delivery, reply_rows);
