#include "integrations/github/webhook.h"

#include "integrations/github/webhook_events.h"
#include "integrations/github/webhook_json.h"
#include "integrations/slack/form.h"

#include <string.h>

#define WORD_MAX_BYTES 64
#define HOOK_ID_MAX_DIGITS 19
#define GUID_BYTES 36

/* ---- headers ---- */

static bool is_word(struct str text) /* "workflow_run", "in_progress": as GitHub names events and actions */
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != '_' && (text.at[i] < 'a' || text.at[i] > 'z'))
            return false;
    return text.len > 0 && text.len <= WORD_MAX_BYTES;
}

static bool is_guid(const char *text) /* 8-4-4-4-12 hex digits */
{
    for (size_t i = 0; i < GUID_BYTES; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    }
    return text[GUID_BYTES] == '\0';
}

static bool is_digits(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= HOOK_ID_MAX_DIGITS && strspn(text, "0123456789") == len;
}

static bool read_headers(const struct github_webhook *webhook, struct arena *arena, struct github_webhook_door *door,
                         struct error *err)
{
    char *guid;

    if (!webhook->event || !is_word(str_of(webhook->event)))
        return error_set(err, ERR_INVALID, "X-GitHub-Event: expected a name such as release");
    if (!webhook->delivery || !is_guid(webhook->delivery))
        return error_set(err, ERR_INVALID,
                         "X-GitHub-Delivery: expected an id such as "
                         "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    if (webhook->hook_id && !is_digits(webhook->hook_id))
        return error_set(err, ERR_INVALID, "X-GitHub-Hook-ID: expected a number");
    guid = arena_strdup(arena, webhook->delivery);
    str_lower(guid);
    door->event = arena_strdup(arena, webhook->event);
    door->delivery = guid;
    door->hook_id = arena_strdup(arena, webhook->hook_id);
    return true;
}

/* ---- the body ---- */

static bool is_type(const char *header, const char *type) /* without its parameters */
{
    struct str rest = str_of(header);

    return str_equal_nocase(str_trim(str_take_until(&rest, ';')), str_of(type));
}

static bool read_form(struct str body, struct arena *arena, struct str *ret_payload, struct error *err)
{
    struct slack_form form;
    const char *payload;

    if (!slack_form_decode(body, arena, &form, err))
        return error_wrap(err, "form");
    payload = slack_form_find(&form, "payload");
    if (!payload)
        return error_set(err, ERR_INVALID, "form: payload is missing");
    *ret_payload = str_of(payload);
    return true;
}

/* The JSON text, checked. */
static bool read_payload(const struct github_webhook *webhook, struct arena *arena, struct str *ret_payload,
                         struct error *err)
{
    struct str payload = webhook->body;

    if (webhook->body.len > GITHUB_WEBHOOK_BODY_MAX_BYTES)
        return error_set(err, ERR_TOO_LARGE, "more than %d bytes", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    if (!webhook->is_caught_up && is_type(webhook->content_type, "application/x-www-form-urlencoded")) {
        if (!read_form(webhook->body, arena, &payload, err))
            return false;
    } else if (!webhook->is_caught_up && !is_type(webhook->content_type, "application/json")) {
        return error_set(err, ERR_INVALID,
                         "Content-Type: expected application/json or application/x-www-form-urlencoded");
    }
    if (!webhook_json_check(payload, WEBHOOK_JSON_MAX_DEPTH, err))
        return false;
    payload = str_trim(payload);
    if (payload.at[0] != '{')
        return error_set(err, ERR_INVALID, "JSON: expected an object");
    *ret_payload = payload;
    return true;
}

/* False: it is none that is wanted, or *err says what is wrong. */
static bool read_action(const struct webhook_event *event, struct str payload, struct arena *arena,
                        struct github_webhook_door *door, struct error *err)
{
    struct str action;

    if (!event->actions)
        return true;
    if (!webhook_json_plain(webhook_json_member(payload, "action"), &action) || !is_word(action))
        return error_set(err, ERR_INVALID, "action: expected a name such as published");
    door->action = arena_copy(arena, action);
    return true;
}

/* ---- what is stored ---- */

static void add_envelope(struct buf *out, const struct github_webhook *webhook, const struct github_webhook_door *door,
                         const char *name, struct str value)
{
    buf_addf(out, "{\"event\":\"%s\",\"delivery\":\"%s\"", door->event, door->delivery);
    if (door->hook_id)
        buf_addf(out, ",\"hook_id\":\"%s\"", door->hook_id);
    if (webhook->is_caught_up)
        buf_puts(out, ",\"is_caught_up\":true");
    buf_addf(out, ",\"%s\":", name);
    buf_add_str(out, value);
    buf_putc(out, '}');
}

static bool store(const struct github_webhook *webhook, const struct webhook_event *event, struct str payload,
                  struct arena *arena, struct github_webhook_door *door, struct error *err)
{
    AUTO_BUF struct buf body = BUF(INBOX_BODY_MAX_BYTES);
    bool is_large = payload.len > GITHUB_WEBHOOK_RAW_MAX_BYTES;

    if (is_large) {
        AUTO(arena) struct arena *pruned = arena_create(); /* much larger than what is left of it */
        const cJSON *typed = webhook_event_type(event, payload, pruned, err);

        if (!typed)
            return false;
        add_envelope(&body, webhook, door, "typed", str_of(json_print_in(pruned, typed)));
    } else {
        add_envelope(&body, webhook, door, "payload", payload);
    }
    if (!buf_check(&body, err))
        return false;
    door->kind = is_large ? GITHUB_EVENT_KIND : GITHUB_WEBHOOK_KIND;
    door->body = arena_copy(arena, buf_str(&body));
    door->keys[0] = arena_printf(arena, "github:%s", door->delivery);
    door->keys_count = 1;
    door->is = GITHUB_WANTED;
    return true;
}

static bool accept_body(const struct github_webhook *webhook, struct arena *arena, struct github_webhook_door *door,
                        struct error *err)
{
    AUTO(arena) struct arena *large = arena_create(); /* a form's payload: gone when its answer waits for the store */
    const struct webhook_event *event = webhook_event_find(door->event);
    bool is_ping = strcmp(door->event, "ping") == 0;
    struct str payload;

    if (!event && !is_ping)
        return true; /* not looked at: new ones come without notice */
    if (!read_payload(webhook, large, &payload, err))
        return false;
    if (is_ping) {
        door->is = GITHUB_PING;
        return true;
    }
    if (!read_action(event, payload, arena, door, err))
        return false;
    if (!webhook_event_wants(event, str_of(door->action)))
        return true;
    return store(webhook, event, payload, arena, door, err);
}

bool github_webhook_accept(const struct github_webhook *webhook, struct arena *arena,
                           struct github_webhook_door *ret_door, struct error *err)
{
    struct github_webhook_door door = { .is = GITHUB_NOT_STORED };

    if (!read_headers(webhook, arena, &door, err) || !accept_body(webhook, arena, &door, err))
        return error_wrap(err, "webhook");
    *ret_door = door;
    return true;
}

/* ---- for the owner ---- */

struct envelope { /* what was stored; raw, from one walk over it */
    struct str event, delivery, is_caught_up, payload, typed;
};

/* Of equal members the first counts. */
static struct envelope walk_envelope(struct str body)
{
    struct envelope envelope = { 0 };
    const struct {
        const char *name;
        struct str *value;
    } members[] = { { "event", &envelope.event },
                    { "delivery", &envelope.delivery },
                    { "is_caught_up", &envelope.is_caught_up },
                    { "payload", &envelope.payload },
                    { "typed", &envelope.typed } };
    struct webhook_walk walk = webhook_walk(body);
    struct str name, value;

    while (walk.is_object && webhook_walk_next(&walk, &name, &value))
        for (size_t i = 0; i < ARRAY_LEN(members); i++)
            if (str_is(name, members[i].name) && !members[i].value->at)
                *members[i].value = value;
    return envelope;
}

static bool read_envelope(const struct inbox_item *item, struct arena *arena, struct envelope *ret_envelope,
                          const struct webhook_event **ret_event, const char **ret_delivery, struct error *err)
{
    struct str body = str_of(item->body), name, delivery;

    if (strcmp(item->kind, GITHUB_WEBHOOK_KIND) != 0 && strcmp(item->kind, GITHUB_EVENT_KIND) != 0)
        return error_set(err, ERR_INVALID, "unknown kind");
    if (!webhook_json_check(body, WEBHOOK_JSON_MAX_DEPTH + 1, err))
        return false;
    *ret_envelope = walk_envelope(body);
    if (!webhook_json_plain(ret_envelope->event, &name) || !webhook_json_plain(ret_envelope->delivery, &delivery))
        return error_set(err, ERR_INVALID, "no event, or no delivery");
    *ret_event = webhook_event_find(arena_copy(arena, name));
    *ret_delivery = arena_copy(arena, delivery);
    return *ret_event || error_set(err, ERR_INVALID, "an event that is not known here");
}

bool github_webhook_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                           struct error *err)
{
    const struct webhook_event *event = NULL;
    struct envelope envelope;
    struct outside_event outside;
    const cJSON *typed;
    const char *delivery = NULL;

    if (!read_envelope(item, arena, &envelope, &event, &delivery, err))
        return error_wrap(err, "webhook");
    if (strcmp(item->kind, GITHUB_EVENT_KIND) == 0)
        typed = json_parse_in(arena, envelope.typed, err);
    else
        typed = webhook_event_take(event, envelope.payload, arena, err);
    if (!typed || !webhook_event_tell(event, typed, arena, &outside, err))
        return error_wrap(err, "webhook");
    outside.id = delivery;
    outside.received_at_ms = item->received_at;
    outside.is_caught_up = str_is(envelope.is_caught_up, "true");
    *ret_event = outside;
    return true;
}
