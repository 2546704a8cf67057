#include "tests/fuzz/fuzz.h"

#include "integrations/slack/socket.h"

#include <string.h>

#define API_URL "https://slack.com/api"

static void check_acknowledgement(const struct slack_message *message, struct arena *arena)
{
    AUTO_FREE char *text = slack_acknowledgement(message->id, message->payload);
    struct error err;
    const cJSON *json = json_parse_in(arena, str_of(text), &err);

    MUST(json && strcmp(json_find_string(json, "envelope_id"), message->id) == 0);
}

static void check_message(struct str text, struct arena *arena)
{
    struct slack_message message;
    struct error err;

    if (!slack_message_decode(text, arena, &message, &err)) {
        MUST(err.code == ERR_INVALID && err.message[0]);
        return;
    }
    MUST(message.type && utf8_is_valid(str_of(message.type)) && strlen(message.type) <= 64);
    MUST(!message.id || (message.id[0] && strlen(message.id) <= SLACK_ENVELOPE_ID_MAX_BYTES));
    if (message.kind == SLACK_EVENT || message.kind == SLACK_COMMAND || message.kind == SLACK_INTERACTION)
        MUST(message.id && cJSON_IsObject(message.payload));
    if (message.id)
        check_acknowledgement(&message, arena);
}

static void check_answer(struct str text, struct arena *arena)
{
    struct error err = { 0 };
    const char *error, *url = slack_socket_url(text, API_URL, arena, &error, &err);

    if (!url)
        MUST(err.message[0]);
    else
        MUST(str_starts_with(str_of(url), "wss://") && strlen(url) < 5000 && !strpbrk(url, " \r\n\t"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();

    check_message(fuzz_input(data, size), arena);
    check_answer(fuzz_input(data, size), arena);
    return 0;
}
