#include "bot/model/refused.h"

static const struct shape_field rows[] = {
    ROW_STRING(refused_webhooks, sender, .flags = SHAPE_REQUIRED),
    ROW_INT(refused_webhooks, times, .flags = SHAPE_REQUIRED),
    ROW_INT(refused_webhooks, since_ms, .flags = SHAPE_REQUIRED),
    ROW_STRING(refused_webhooks, why, .flags = SHAPE_REQUIRED),
    ROW_STRING(refused_webhooks, advice, .flags = SHAPE_REQUIRED),
};
const struct shape refused_webhooks_shape = SHAPE("webhooks that were refused", refused_webhooks, rows);

bool refused_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                    struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct refused_webhooks refused;

    if (!json || !shape_from_json(&refused_webhooks_shape, json, arena, &refused, err))
        return error_wrap(err, "what was refused");
    *ret_event = (struct outside_event){ .id = item->request_id ? item->request_id : REFUSED_KIND,
                                         .source = REFUSED_SOURCE,
                                         .name = REFUSED_KIND,
                                         .subject = refused.sender,
                                         .principal = { .system = "local", .id = "" },
                                         .received_at_ms = item->received_at,
                                         .body = json };
    return true;
}
