#include "tests/fuzz/fuzz.h"

#include "bot/model/slack_event.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"

#include <string.h>

#define BOT_USER "U0BOTUSER1"

static struct inbox_item item_of(const char *body)
{
    return (struct inbox_item){ .body = body, .request_id = "r", .received_at = INT64_C(1700000001000) };
}

/* The owner's side: what the door stored, or anything. */
static bool check_asked(const char *body, struct arena *arena)
{
    struct inbox_item item = item_of(body);
    struct request request;
    struct error err;

    if (!slack_event_decode_asked(&item, arena, &request, &err)) {
        /* no command; or the door marked it as too late, or as asked too often */
        MUST(err.code == ERR_INVALID || err.code == ERR_STALE || err.code == ERR_UNAVAILABLE);
        return false;
    }
    MUST(request.verb && request.verb[0] && utf8_is_valid(str_of(request.text)));
    MUST(request.principal.id && request.principal.team && strcmp(request.principal.system, SLACK_SOURCE) == 0);
    for (const char *c = request.text; *c; c++)
        MUST((unsigned char)*c >= ' ' && *c != 0x7f);
    for (size_t i = 0; i < request.words_count; i++)
        MUST(request.words[i] && utf8_is_valid(str_of(request.words[i])));
    return true;
}

static bool check_told(const char *body, struct arena *arena)
{
    struct inbox_item item = item_of(body);
    struct outside_event event;
    struct error err;

    if (!slack_event_decode_told(&item, arena, &event, &err)) {
        MUST(err.code == ERR_INVALID);
        return false;
    }
    MUST(event.id && event.subject && event.body && slack_event_shape(event.name));
    MUST(event.principal.id && event.principal.team);
    return true;
}

/* What machines say is never a command, however it is dressed. */
static void check_person(const cJSON *payload)
{
    static const char *const marks[] = { "event.bot_id", "event.app_id", "event.bot_profile", "event.edited" };
    const char *user = json_find_string(payload, "event.user");

    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        MUST(!json_find(payload, marks[i]));
    MUST(user && strcmp(user, BOT_USER) != 0 && strcmp(user, "USLACKBOT") != 0);
}

static void check_door(struct str body, struct arena *arena)
{
    struct slack_event_door door, tree;
    const cJSON *payload;
    struct error err;

    if (!slack_event_accept(body, BOT_USER, arena, &door, &err)) {
        MUST(err.code == ERR_INVALID);
        return;
    }
    payload = json_parse_in(arena, body, &err);
    MUST(payload && slack_event_accept_payload(payload, BOT_USER, arena, &tree, &err) && tree.is == door.is);
    MUST(utf8_is_valid(str_of(door.type)) && (door.is == SLACK_EVENT_IGNORED) == (door.why != NULL));
    if (door.is != SLACK_EVENT_ASKED && door.is != SLACK_EVENT_TOLD)
        return;
    for (size_t i = 0; i < door.keys_count; i++)
        MUST(strlen(door.keys[i]) < 300 && strcmp(door.keys[i], tree.keys[i]) == 0);
    MUST(strcmp(door.body, tree.body) == 0 && strlen(door.body) < INBOX_BODY_MAX_BYTES);
    if (door.is == SLACK_EVENT_TOLD) {
        MUST(door.keys_count == 1 && check_told(door.body, arena));
        return;
    }
    check_person(payload);
    MUST(door.keys_count == 2 && door.reply_to.channel && door.reply_to.user);
    (void)check_asked(door.body, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);

    check_door(body, arena);
    (void)check_asked(arena_copy(arena, body), arena);
    (void)check_told(arena_copy(arena, body), arena);
    return 0;
}
