#include "tests/fuzz/fuzz.h"

#include "integrations/slack/command.h"
#include "integrations/slack/interaction.h"
#include "integrations/slack/response_url.h"

#include <string.h>

#define API_URL "https://slack.com/api/"

/* The owner's side: what the door stored, or anything. */
static void check_request(const char *body, struct arena *arena)
{
    struct inbox_item item = { .source = "slack", .body = body, .request_id = "r" };
    struct request request;
    struct error err;

    if (!slack_interaction_decode(&item, arena, &request, &err)) {
        MUST(err.code == ERR_INVALID);
        return;
    }
    MUST(request.verb && request.verb[0] && utf8_is_valid(str_of(request.text)));
    MUST(request.principal.id && request.principal.team && strcmp(request.principal.system, SLACK_SOURCE) == 0);
    for (size_t i = 0; i < request.words_count; i++)
        MUST(request.words[i] && utf8_is_valid(str_of(request.words[i])));
}

static void check_door(struct str body, struct arena *arena)
{
    struct slack_interaction_door door;
    struct error err;

    if (!slack_interaction_accept(body, "1700000000", API_URL, arena, &door, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE || err.code == ERR_DENIED);
        return;
    }
    MUST(utf8_is_valid(str_of(door.type)) && strlen(door.type) <= 40);
    if (door.is != SLACK_PRESSED)
        return;
    MUST(door.keys_count == 1 && strlen(door.keys[0]) < 300);
    MUST(!door.response_url || slack_response_url_is_allowed(door.response_url, API_URL));
    MUST(utf8_is_valid(str_of(door.body)) && strlen(door.body) < 32 * 1024);
    check_request(door.body, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);

    check_door(body, arena);
    check_door(str_of(arena_printf(arena, "payload=" STR_FMT, STR_ARG(body))), arena); /* past the form, to the JSON */
    check_request(arena_copy(arena, body), arena);
    return 0;
}
