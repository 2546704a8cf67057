#include "tests/fuzz/fuzz.h"

#include "integrations/slack/command.h"
#include "integrations/slack/response_url.h"

#include <string.h>

#define API_URL "https://slack.com/api/"

static void check_door(struct str body, struct arena *arena)
{
    struct slack_command_door door;
    struct error err;

    if (!slack_command_accept(body, "1700000000", API_URL, arena, &door, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_DENIED);
        return;
    }
    MUST(!slack_command_is_ssl_check(body));
    MUST(door.keys_count == 1 && strlen(door.keys[0]) < 300);
    MUST(!door.response_url || slack_response_url_is_allowed(door.response_url, API_URL));
}

/* The owner's side: the body went through the inbox as text. */
static void check_request(const char *body, struct arena *arena)
{
    struct inbox_item item = { .source = "slack", .body = body, .request_id = "r" };
    struct request request;
    struct error err;

    if (!slack_command_decode(&item, arena, &request, &err)) {
        MUST(err.code == ERR_INVALID);
        return;
    }
    MUST(request.verb && request.verb[0] && utf8_is_valid(str_of(request.text)));
    for (size_t i = 0; i < request.words_count; i++)
        MUST(request.words[i] && utf8_is_valid(str_of(request.words[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);

    slack_command_is_ssl_check(body);
    check_door(body, arena);
    check_request(arena_copy(arena, body), arena);
    return 0;
}
