#include "bot/model/session_told.h"

static const struct shape_field rows[] = {
    ROW_STRING(session_told, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(session_told, by, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(session_told, who, &principal_shape, .flags = SHAPE_REQUIRED),
};
const struct shape session_told_shape = SHAPE("a session", session_told, rows);

bool session_told_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                         struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct session_told told;

    if (!json || !shape_from_json(&session_told_shape, json, arena, &told, err))
        return error_wrap(err, "a session");
    *ret_event = (struct outside_event){ .id = item->request_id ? item->request_id : SESSION_KIND,
                                         .source = SESSION_SOURCE,
                                         .name = told.name,
                                         .subject = told.by,
                                         .principal = told.who,
                                         .occurred_at_ms = item->received_at,
                                         .received_at_ms = item->received_at,
                                         .body = json };
    return true;
}
