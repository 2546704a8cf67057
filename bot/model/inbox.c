#include "bot/model/inbox.h"

static const struct shape_field rows[] = {
    ROW_INT(inbox_item, v, .flags = SHAPE_REQUIRED),
    ROW_STRING(inbox_item, source, .flags = SHAPE_REQUIRED),
    ROW_STRING(inbox_item, kind, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(inbox_item, keys),
    ROW_INT(inbox_item, received_at),
    ROW_INT(inbox_item, not_after),
    ROW_STRING(inbox_item, request_id),
    ROW_OBJECT(inbox_item, reply_to, &reply_address_shape),
    ROW_STRING(inbox_item, replayed_by, .flags = SHAPE_NONZERO),
    ROW_STRING(inbox_item, body, .flags = SHAPE_SECRET), /* a command's body carries its response_url */
};
const struct shape inbox_item_shape = SHAPE("an inbox item", inbox_item, rows);

struct request request_from_item(const struct inbox_item *item)
{
    return (struct request){
        .id = item->request_id,
        .source = item->source,
        .principal = { .system = item->source, .id = "" },
        .verb = "",
        .text = "",
        .received_at_ms = item->received_at,
        .not_after_ms = item->not_after,
        .reply_to = item->reply_to,
    };
}
