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
    ROW_STRING(without_store_act, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, operation_outside_id, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, effect, .flags = SHAPE_NONZERO),
    ROW_JSON(without_store_act, args, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, why, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, irreversible, .flags = SHAPE_NONZERO),
    ROW_STRING(without_store_act, break_glass, .flags = SHAPE_NONZERO),
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

const char *without_store_way_back(const char *operation_outside_id, struct arena *arena)
{
    return arena_printf(arena, "%s-back", operation_outside_id);
}

const char *without_store_key(const struct without_store_act *act, struct arena *arena)
{
    return arena_printf(arena, "without-store:%s", act->id);
}

const char *without_store_item(const struct without_store_act *act, int64_t now_ms, struct arena *arena)
{
    const char *keys[] = { without_store_key(act, arena) };
    AUTO_JSON cJSON *body = shape_to_json(&without_store_act_shape, act, SHAPE_WHOLE), *json = NULL;
    struct inbox_item item = { .v = INBOX_VERSION,
                               .source = WITHOUT_STORE_SOURCE,
                               .kind = WITHOUT_STORE_KIND,
                               .keys = keys,
                               .keys_count = ARRAY_LEN(keys),
                               .received_at = now_ms,
                               .request_id = act->id,
                               .body = json_print_in(arena, body) };

    json = shape_to_json(&inbox_item_shape, &item, SHAPE_WHOLE);
    return json_print_in(arena, json);
}

bool without_store_request(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                           struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    const char **words = ARENA_NEW(arena, const char *);
    struct without_store_act act;

    if (!json || !shape_from_json(&without_store_act_shape, json, arena, &act, err))
        return false;
    words[0] = arena_strdup(arena, item->body);
    *ret_request = (struct request){ .id = item->request_id,
                                     .source = item->source,
                                     .principal = act.principal,
                                     .verb = WITHOUT_STORE_VERB,
                                     .words = words,
                                     .words_count = 1,
                                     .text = act.text ? act.text : act.verb,
                                     .received_at_ms = item->received_at };
    return true;
}
