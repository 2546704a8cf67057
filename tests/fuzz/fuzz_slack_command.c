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

/* Socket Mode's way: what is stored of an object is a form that says the same. */
static void check_object(struct str body, struct arena *arena)
{
    struct slack_command_door door, again;
    struct error err;
    const cJSON *payload = json_parse_in(arena, body, &err);

    if (!payload || !slack_command_accept_payload(payload, "e1", API_URL, arena, &door, &err))
        return;
    MUST(slack_command_accept(str_of(door.body), "1700000000", API_URL, arena, &again, &err));
    MUST(strcmp(door.team, again.team) == 0 && strcmp(door.user, again.user) == 0 &&
         strcmp(door.command, again.command) == 0);
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
    check_object(body, arena);
    check_request(arena_copy(arena, body), arena);
    return 0;
}
