/* A change that somebody with a token tells: what is taken is stored, read again as the event that was meant, and stays
 * within its bounds; what is not is refused in words that name the field. And no bytes are anybody's token. */
#include "tests/fuzz/fuzz.h"

#include "bot/doors/token.h"
#include "bot/model/change.h"
#include "integrations/api/change.h"

#include <string.h>

#define NOW INT64_C(1795211996000)

static void check_taken(const struct api_change_door *door, struct arena *arena)
{
    const struct inbox_item item = {
        .source = API_SOURCE, .kind = API_CHANGE_KIND, .received_at = NOW, .body = door->body
    };
    struct outside_event event;
    struct change_told told;
    struct error err;

    MUST(utf8_is_valid(str_of(door->body)) && strlen(door->body) < 8192 && strlen(door->key) < 128);
    MUST(api_change_decode(&item, arena, &event, &err));
    MUST(shape_from_json(&change_told_shape, event.body, arena, &told, &err));
    MUST(strcmp(event.id, door->id) == 0 && strcmp(told.id, door->id) == 0 && strcmp(told.token, "ci") == 0);
    MUST(str_ends_with(str_of(door->key), event.meaning));
    MUST(told.title[0] && strlen(told.title) <= API_CHANGE_TITLE_MAX_BYTES);
    MUST(told.at_ms <= NOW && told.at_ms >= NOW - API_CHANGE_AGE_MAX_MS);
    MUST(!told.service || strcmp(told.service, "api") == 0);
    MUST(!told.environment || strcmp(told.environment, "production") == 0);
    MUST(!told.url || str_starts_with(str_of(told.url), "https://"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct environment_settings environments[] = { { .name = "production" } };
    static struct service_settings services[] = {
        { .name = "api", .environments = environments, .environments_count = 1 }
    };
    static struct api_token tokens[] = { { "ci", "a token that nobody guesses" } };
    const struct settings settings = { .services = services, .services_count = 1 };
    const struct api_settings api = { tokens, 1 };
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = arena_copy(arena, fuzz_input(data, size));
    const struct api_change_sent sent = {
        .body = fuzz_input(data, size), .token = "ci", .given_id = "given", .now_ms = NOW
    };
    const struct inbox_item item = { .source = API_SOURCE, .kind = API_CHANGE_KIND, .received_at = NOW, .body = text };
    struct api_change_door door;
    struct outside_event event;
    struct error err;

    if (api_change_accept(&settings, &sent, arena, &door, &err))
        check_taken(&door, arena);
    else
        MUST(err.code == ERR_INVALID && err.message[0]);
    if (api_change_decode(&item, arena, &event, &err)) /* as if it were one of ours */
        MUST(event.id && event.meaning && event.principal.id);
    else
        MUST(err.code == ERR_INVALID);
    MUST(!token_find(&api, text));
    return 0;
}
