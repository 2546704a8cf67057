#include "tests/fuzz/fuzz.h"

#include "bot/model/github_event.h"
#include "integrations/github/webhook.h"
#include "integrations/github/webhook_json.h"

#include <string.h>

#define DELIVERY "72d3162e-cc78-11e3-81ab-4c9367dc0958"

static const char *const names[] = { "release",      "deployment", "deployment_status", "workflow_run",
                                     "check_suite",  "push",       "issue_comment",     "pull_request",
                                     "installation", "ping",       "discussion" };

/* What the door lets pass, the owner's parser can read. */
static void check_syntax(struct str body, struct arena *arena)
{
    struct error err;

    if (webhook_json_check(body, WEBHOOK_JSON_MAX_DEPTH, &err))
        MUST(json_parse_in(arena, body, &err));
    else
        MUST(err.code == ERR_INVALID);
}

/* Stored typed instead of raw, it is the same event; and its body is whole by its shape. */
static void check_event(const struct outside_event *event, const char *name, struct arena *arena)
{
    const struct shape *shape = github_event_shape(event->name);
    const char *body = json_print_in(arena, event->body);
    struct inbox_item typed = {
        .kind = GITHUB_EVENT_KIND,
        .body = arena_printf(arena, "{\"event\":\"%s\",\"delivery\":\"" DELIVERY "\",\"typed\":%s}", name, body)
    };
    struct outside_event again;
    struct error err;

    MUST(shape && event->id && event->subject && event->meaning && event->principal.id);
    MUST(strncmp(event->name, name, strlen(name)) == 0);
    MUST(utf8_is_valid(str_of(event->subject)) && utf8_is_valid(str_of(event->meaning)));
    MUST(strlen(typed.body) <= INBOX_BODY_MAX_BYTES + 512);
    MUST(github_webhook_decode(&typed, arena, &again, &err));
    MUST(strcmp(again.meaning, event->meaning) == 0 && strcmp(again.subject, event->subject) == 0);
    MUST(again.occurred_at_ms == event->occurred_at_ms && strcmp(json_print_in(arena, again.body), body) == 0);
}

/* The owner's side: what the door stored, or anything. */
static void check_owner(const char *kind, const char *body, const char *name, struct arena *arena)
{
    struct inbox_item item = { .kind = kind, .body = body, .received_at = 1 };
    struct outside_event event;
    struct error err;

    if (!github_webhook_decode(&item, arena, &event, &err))
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
    else if (name)
        check_event(&event, name, arena);
}

static void check_door(const char *name, const char *type, struct str body, struct arena *arena)
{
    struct github_webhook webhook = { .event = name, .delivery = DELIVERY, .content_type = type, .body = body };
    struct github_webhook_door door;
    struct error err;

    if (!github_webhook_accept(&webhook, arena, &door, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return;
    }
    MUST((door.is == GITHUB_PING) == (strcmp(name, "ping") == 0));
    if (door.is != GITHUB_WANTED)
        return;
    MUST(door.keys_count == 1 && strcmp(door.keys[0], "github:" DELIVERY) == 0);
    MUST(utf8_is_valid(str_of(door.body)) && strlen(door.body) <= INBOX_BODY_MAX_BYTES);
    check_owner(door.kind, door.body, name, arena);
}

/* The first byte chooses the event. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *name;
    struct str body;

    if (size == 0)
        return 0;
    name = names[data[0] % ARRAY_LEN(names)];
    body = fuzz_input(data + 1, size - 1);
    check_syntax(body, arena);
    check_door(name, "application/json", body, arena);
    check_door(name, "application/x-www-form-urlencoded", body, arena);
    check_owner(GITHUB_WEBHOOK_KIND, arena_copy(arena, body), NULL, arena);
    check_owner(GITHUB_EVENT_KIND, arena_copy(arena, body), NULL, arena);
    return 0;
}
