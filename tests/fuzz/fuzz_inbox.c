/* A record of the inbox as an owner meets it: read, written again, and read the same. */
#include "tests/fuzz/fuzz.h"

#include "bot/model/inbox.h"
#include "integrations/slack/command.h"

#include <string.h>

static void check_item(const struct inbox_item *item, struct arena *arena)
{
    AUTO_JSON cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE), *again = NULL;
    AUTO_JSON cJSON *masked = shape_to_json(&inbox_item_shape, item, SHAPE_MASKED);
    struct inbox_item same;
    struct request request;
    struct error err;

    MUST(shape_from_json(&inbox_item_shape, json, arena, &same, &err));
    again = shape_to_json(&inbox_item_shape, &same, SHAPE_WHOLE);
    MUST(cJSON_Compare(json, again, true));
    MUST(!item->body || !item->body[0] || strcmp(json_find_string(masked, "body"), "***") == 0);
    slack_command_decode(item, arena, &request, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item;
    struct error err;
    const cJSON *json = json_parse_in(arena, fuzz_input(data, size), &err);

    if (json && shape_from_json(&inbox_item_shape, json, arena, &item, &err))
        check_item(&item, arena);
    return 0;
}
