#include "tests/fuzz/fuzz.h"

#include "bot/model/alert.h"
#include "integrations/alertmanager/group.h"
#include "integrations/alertmanager/token.h"

#include <string.h>

/* True: it is an event, and everything that must hold of one does. */
static bool decode(const char *kind, const char *body, struct arena *arena, struct outside_event *event)
{
    struct inbox_item item = { .kind = kind, .body = body };
    struct alert_group group;
    struct error err;

    if (!alertmanager_group_decode(&item, arena, event, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return false;
    }
    MUST(event->id && event->meaning && event->subject);
    MUST(shape_from_json(&alert_group_shape, event->body, arena, &group, &err));
    MUST(strcmp(event->name, group.is_firing ? ALERTMANAGER_FIRING : ALERTMANAGER_RESOLVED) == 0);
    MUST(strcmp(event->subject, group.key) == 0);
    for (size_t i = 0; i < group.alerts_count; i++)
        MUST(group.alerts[i].fingerprint &&
             (!group.alerts[i].is_firing || !group.alerts[i].ends_at_ms || strcmp(kind, ALERTMANAGER_TYPED_KIND) == 0));
    return true;
}

/* What is stored raw and what is stored typed is the same event, under the key that the door made. */
static void check_both_ways(struct str body, const struct alertmanager_door *door, struct arena *arena)
{
    struct outside_event raw, typed;
    const char *text;
    struct error err;

    MUST(decode(door->kind, door->body, arena, &raw));
    MUST(alertmanager_group_type(body, arena, &text, &err));
    MUST(strlen(text) <= INBOX_BODY_MAX_BYTES && utf8_is_valid(str_of(text)));
    MUST(decode(ALERTMANAGER_TYPED_KIND, text, arena, &typed));
    MUST(strcmp(raw.id, typed.id) == 0 && strcmp(raw.subject, typed.subject) == 0);
    MUST(raw.occurred_at_ms == typed.occurred_at_ms);
    MUST(strcmp(json_print_in(arena, raw.body), json_print_in(arena, typed.body)) == 0);
    MUST(str_ends_with(str_of(door->keys[0]), raw.id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tokens[] = { "a token that nobody guesses" };
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);
    const char *text = arena_copy(arena, body);
    struct alertmanager_door door;
    struct outside_event event;
    struct error err;

    if (alertmanager_group_accept(body, arena, &door, &err)) {
        MUST(door.keys_count == 1 && utf8_is_valid(str_of(door.group)));
        check_both_ways(body, &door, arena);
    } else {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
    }
    decode(ALERTMANAGER_TYPED_KIND, text, arena, &event);
    MUST(!alertmanager_token_check(tokens, 1, text, &err));
    return 0;
}
