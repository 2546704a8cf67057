#include "tests/fuzz/fuzz.h"

#include "integrations/slack/command.h"
#include "integrations/slack/event.h"
#include "integrations/slack/response_url.h"
#include "integrations/slack/shortcut.h"
#include "integrations/slack/view.h"
#include "integrations/slack/view_submission.h"

#include <string.h>

#define API_URL "https://slack.com/api/"

/* The line that journals show says what was done: typed again, it is the same request. */
static void check_line(const struct request *request, struct arena *arena)
{
    struct request again = { 0 };
    struct error err;

    MUST(request_split(str_of(request->text), arena, &again, &err));
    MUST(again.words_count == request->words_count + 1 && again.quoted_words >> 1 == request->quoted_words);
    for (size_t i = 0; i < request->words_count; i++)
        MUST(strcmp(again.words[i + 1], request->words[i]) == 0);
}

typedef bool (*decode_fn)(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                          struct error *err);

static void check_request(decode_fn decode, const char *body, struct arena *arena)
{
    struct inbox_item item = { .body = body, .request_id = "r" };
    struct request request;
    struct error err;

    if (!decode(&item, arena, &request, &err)) {
        MUST(err.code == ERR_INVALID);
        return;
    }
    MUST(request.verb && request.verb[0] && utf8_is_valid(str_of(request.text)));
    MUST(request.principal.id && request.principal.team && strcmp(request.principal.system, SLACK_SOURCE) == 0);
    check_line(&request, arena);
}

static void check_payload(const cJSON *payload, struct arena *arena)
{
    struct slack_interaction_door door;
    struct outside_event event;
    struct inbox_item item = { .request_id = "r" };
    struct error err;

    if (!slack_interaction_accept_payload(payload, "e1", API_URL, arena, &door, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_DENIED);
        return;
    }
    if (door.is == SLACK_NOT_OURS || door.is == SLACK_NOT_BUILT)
        return;
    MUST(door.kind && door.keys_count == 1 && strlen(door.keys[0]) < 300 && utf8_is_valid(str_of(door.body)));
    MUST(!door.response_url || slack_response_url_is_allowed(door.response_url, API_URL));
    item.body = door.body;
    if (door.is == SLACK_CLOSED)
        MUST(slack_event_decode_told(&item, arena, &event, &err) && event.body);
    if (door.is == SLACK_SUBMITTED)
        check_request(slack_view_decode, door.body, arena);
    if (door.is == SLACK_CHOSEN)
        check_request(slack_choice_decode, door.body, arena);
    if (door.is == SLACK_SHORTCUT)
        check_request(slack_shortcut_decode, door.body, arena);
}

/* Whatever is typed into a field is one word, and that word. */
static void check_value(const char *value, struct arena *arena)
{
    struct modal_value values[] = { { "service", false, false, value, 1 }, { "reason", true, false, value, 2 } };
    struct request request = { 0 };
    struct error err;

    if (!modal_read("deploy --look 7", values, ARRAY_LEN(values), arena, &request, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return;
    }
    MUST(request.words_count == (value[0] ? 4 : 2));
    if (!value[0])
        return;
    MUST(strcmp(request.words[2], value) == 0 && strncmp(request.words[3], "--reason=", 9) == 0);
    MUST(strcmp(request.words[3] + 9, value) == 0);
    MUST(strncmp(value, "--", 2) != 0 || (request.quoted_words & 4) != 0);
    check_line(&request, arena);
}

static void check_modal(const cJSON *json, struct arena *arena)
{
    struct modal modal;
    struct error err;

    if (!shape_from_json(&modal_shape, json, arena, &modal, &err))
        return;
    AUTO_JSON cJSON *view = slack_view(&modal, &err);
    AUTO_FREE char *text = view ? json_print(view) : NULL;

    MUST(!text || (strlen(text) <= SLACK_VIEW_MAX_BYTES && utf8_is_valid(str_of(text))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);
    struct error ignored;
    const cJSON *json = json_parse_in(arena, body, &ignored);

    if (json) {
        check_payload(json, arena);
        check_modal(json, arena);
    }
    check_request(slack_view_decode, arena_copy(arena, body), arena);
    check_request(slack_shortcut_decode, arena_copy(arena, body), arena);
    if (utf8_is_valid(body))
        check_value(arena_copy(arena, body), arena);
    return 0;
}
