#include "tests/fuzz/fuzz.h"

#include "bot/model/pagerduty_event.h"
#include "integrations/pagerduty/signature.h"
#include "integrations/pagerduty/webhook.h"

#include <string.h>

/* True: it is an event, and everything that must hold of one does. */
static bool decode(const char *kind, const char *body, struct arena *arena, struct outside_event *event)
{
    struct inbox_item item = { .kind = kind, .body = body };
    struct pagerduty_event typed;
    struct error err;

    if (!pagerduty_webhook_decode(&item, arena, event, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return false;
    }
    MUST(event->id && event->subject && event->subject[0] && event->principal.id);
    MUST(strlen(event->subject) <= 64 || strcmp(kind, PAGERDUTY_TYPED_KIND) == 0);
    MUST(shape_from_json(&pagerduty_event_shape, event->body, arena, &typed, &err));
    MUST(typed.about || strcmp(event->subject, "ping") == 0);
    return true;
}

/* What is stored raw and what is stored typed is the same event. */
static void check_both_ways(struct str body, const struct pagerduty_door *door, struct arena *arena)
{
    struct outside_event raw, typed;
    const char *text;
    struct error err;

    if (!decode(door->kind, door->body, arena, &raw)) {
        MUST(!pagerduty_webhook_type(body, arena, &text, &err));
        return;
    }
    MUST(pagerduty_webhook_type(body, arena, &text, &err));
    MUST(strlen(text) <= INBOX_BODY_MAX_BYTES && utf8_is_valid(str_of(text)));
    MUST(decode(PAGERDUTY_TYPED_KIND, text, arena, &typed));
    MUST(strcmp(raw.id, typed.id) == 0 && strcmp(raw.subject, typed.subject) == 0);
    MUST(strcmp(raw.name, typed.name) == 0 && raw.occurred_at_ms == typed.occurred_at_ms);
    MUST(strcmp(json_print_in(arena, raw.body), json_print_in(arena, typed.body)) == 0);
}

static void check_signature(const char *header, struct str body)
{
    static const char *const secrets[] = { "a secret", "another" };
    const struct pagerduty_secrets ours = { secrets, 2 };
    struct error err;

    MUST(!pagerduty_signature_check(&ours, body, header, &err) && err.code == ERR_DENIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);
    const char *text = arena_copy(arena, body);
    const struct pagerduty_headers headers = { text, text };
    struct pagerduty_door door;
    struct outside_event event;
    struct error err;

    if (pagerduty_webhook_accept(body, &headers, arena, &door, &err)) {
        MUST(door.keys_count >= 1 && strlen(door.keys[door.keys_count - 1]) < 200);
        MUST(utf8_is_valid(str_of(door.event)) && utf8_is_valid(str_of(door.type)));
        MUST(door.is_wanted == (door.body != NULL));
        if (door.is_wanted)
            check_both_ways(body, &door, arena);
    } else {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        MUST(strlen(pagerduty_webhook_key(body, &headers, arena)) < 200);
    }
    decode(PAGERDUTY_TYPED_KIND, text, arena, &event);
    check_signature(text, body);
    return 0;
}
