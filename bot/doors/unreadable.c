#include "bot/doors/unreadable.h"

#include "bot/base/digest.h"
#include "bot/engine/store.h"

#define HEAD_MAX_BYTES 4096
#define FRAME_MAX_BYTES 4096 /* of an item, around its body */

bool unreadable_fits(struct str body)
{
    size_t quoted = body.len;

    for (size_t i = 0; i < body.len; i++)
        quoted += (unsigned char)body.at[i] < ' ' ? 5 : body.at[i] == '"' || body.at[i] == '\\' ? 1 : 0;
    return body.len <= INBOX_BODY_MAX_BYTES && quoted <= STORE_ITEM_MAX_BYTES - FRAME_MAX_BYTES && utf8_is_valid(body);
}

const char *unreadable_rest(struct str body, const char *why, struct arena *arena)
{
    AUTO_JSON cJSON *json = json_object();
    AUTO_FREE char *head = utf8_repair((struct str){ body.at, body.len < HEAD_MAX_BYTES ? body.len : HEAD_MAX_BYTES });

    json_set_string(json, "why", why);
    json_set_int(json, "bytes", (int64_t)body.len);
    json_set_string(json, "sha256", digest_hex(digest_sha256(body)).text);
    json_set_string(json, "head", head);
    return json_print_in(arena, json);
}

bool unreadable_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                       struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    const char *why;

    (void)ret_event;
    return json && json_get_string(json, "why", &why, err) && error_set(err, ERR_INVALID, "%s", why);
}
