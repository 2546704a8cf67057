/* What somebody asks for over HTTP: what is taken is stored, read again as a request within its bounds, whose principal
 * no bytes can say; what is not is refused in words. */
#include "tests/fuzz/fuzz.h"

#include "integrations/api/change.h"
#include "integrations/api/request.h"

#include <string.h>

#define NOW INT64_C(1795211996000)

static void check_taken(const struct api_request_door *door, struct arena *arena)
{
    const struct inbox_item item = {
        .source = API_SOURCE, .kind = API_REQUEST_KIND, .request_id = door->id, .received_at = NOW, .body = door->body
    };
    struct request request;
    struct error err;

    MUST(utf8_is_valid(str_of(door->body)) && strlen(door->keys[0]) < 128 && strlen(door->keys[1]) < 128);
    MUST(door->not_after_ms == 0 || door->is_over == (door->not_after_ms <= NOW));
    MUST(door->not_after_ms <= NOW + API_REQUEST_AHEAD_MAX_MS);
    MUST(api_request_decode(&item, arena, &request, &err));
    MUST(strcmp(request.principal.id, "ci") == 0 && strcmp(request.principal.system, "token") == 0);
    MUST(strcmp(request.source, "api") == 0 && request.verb[0] && request.text);
    MUST(request.words_count <= REQUEST_WORDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct principal ci = { .system = "token", .id = "ci" };
    AUTO(arena) struct arena *arena = arena_create();
    const struct api_request_sent sent = {
        .body = fuzz_input(data, size), .who = &ci, .source = "api", .key = "k", .id = "r1", .fresh = "f", .now_ms = NOW
    };
    const struct inbox_item item = { .source = API_SOURCE,
                                     .kind = API_REQUEST_KIND,
                                     .body = arena_copy(arena, fuzz_input(data, size)) };
    struct api_request_door door;
    struct request request;
    struct error err;

    if (api_request_accept(&sent, arena, &door, &err))
        check_taken(&door, arena);
    else
        MUST(err.code == ERR_INVALID && err.message[0]);
    if (api_request_decode(&item, arena, &request, &err)) /* as if it were one of ours */
        MUST(request.verb[0] && request.principal.id && request.principal.system);
    else
        MUST(err.code == ERR_INVALID);
    return 0;
}
