#include "integrations/pagerduty/webhook.h"

#include "bot/base/digest.h"
#include "bot/model/card.h"
#include "integrations/pagerduty/data.h"
#include "integrations/pagerduty/incident.h"

#include <string.h>

#define ID_MAX_BYTES 128
#define SHOWN_BYTES 80

struct told { /* what an item of the typed kind holds: a promise to every later version */
    const char *id, *name;
    int64_t occurred_at_ms;
    struct pagerduty_event event;
};

static const struct shape_field told_rows[] = {
    ROW_STRING(told, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(told, name, .flags = SHAPE_REQUIRED),
    ROW_INT(told, occurred_at_ms, .flags = SHAPE_NONZERO),
    ROW_OBJECT(told, event, &pagerduty_event_shape, .flags = SHAPE_REQUIRED),
};
static const struct shape told_shape = SHAPE("what PagerDuty told", told, told_rows);

/* ---- the envelope ---- */

struct envelope {
    const cJSON *event;
    const char *id, *type;
};

static bool read_envelope(struct str body, struct arena *arena, struct envelope *envelope, struct error *err)
{
    const cJSON *json = json_parse_in(arena, body, err);

    if (!json)
        return false;
    *envelope = (struct envelope){ .event = json_find(json, "event") };
    if (!cJSON_IsObject(envelope->event))
        return error_set(err, ERR_INVALID, "event: expected an object");
    if (!json_get_string(envelope->event, "id", &envelope->id, err) ||
        !json_get_string(envelope->event, "event_type", &envelope->type, err))
        return error_wrap(err, "event");
    return envelope->id[0] || error_set(err, ERR_INVALID, "event: id: empty");
}

/* Ids are opaque; one that would not look well in a key is called by its digest. */
static const char *id_text(const char *id, struct arena *arena)
{
    size_t len = strlen(id);
    bool is_plain = len <= ID_MAX_BYTES;

    for (size_t i = 0; i < len; i++)
        is_plain &= id[i] > ' ' && id[i] <= '~';
    return is_plain ? id : arena_strdup(arena, digest_hex(digest_sha256(str_of(id))).text);
}

/* ---- the event, from what PagerDuty sent ---- */

static void read_agent(struct bounds *bounds, const cJSON *json, struct pagerduty_event *event)
{
    const cJSON *client = json_find(json, "client");

    event->agent = pagerduty_reference_read(bounds, json, "agent");
    event->client = bounds_text(bounds, client, "name");
}

static bool read_told(struct bounds *bounds, const struct envelope *envelope, struct told *told, struct error *err)
{
    *told = (struct told){
        .id = id_text(envelope->id, bounds->arena),
        .name = envelope->type,
        .occurred_at_ms = bounds_time(envelope->event, "occurred_at"),
    };
    read_agent(bounds, envelope->event, &told->event);
    if (!pagerduty_data_read(bounds, envelope->type, json_find(envelope->event, "data"), &told->event, err))
        return false;
    told->event.is_cut = bounds->is_cut;
    return true;
}

/* Within the widest bounds in which it fits into an item: so both ways to store it give the same event. */
static bool fit(const struct envelope *envelope, struct arena *arena, struct told *told, const char **ret_text,
                struct error *err)
{
    struct bounds bounds = BOUNDS(arena);

    do {
        AUTO_JSON cJSON *json = NULL;

        if (!read_told(&bounds, envelope, told, err))
            return false;
        json = shape_to_json(&told_shape, told, SHAPE_WHOLE);
        *ret_text = json_print_in(arena, json);
    } while (strlen(*ret_text) > INBOX_BODY_MAX_BYTES && bounds_narrow(&bounds));
    return true;
}

bool pagerduty_webhook_type(struct str body, struct arena *arena, const char **ret_text, struct error *err)
{
    struct envelope envelope;
    struct told told;
    const char *text;

    if (!read_envelope(body, arena, &envelope, err) || !fit(&envelope, arena, &told, &text, err))
        return error_wrap(err, "PagerDuty's webhook");
    *ret_text = text;
    return true;
}

/* ---- at the door ---- */

const char *pagerduty_webhook_key(struct str body, const struct pagerduty_headers *headers, struct arena *arena)
{
    if (headers->webhook_id && headers->webhook_id[0])
        return arena_printf(arena, "pagerduty:%s", id_text(headers->webhook_id, arena));
    return arena_printf(arena, "pagerduty-body:%s", digest_hex(digest_sha256(body)).text);
}

static bool choose_body(struct str body, const struct envelope *envelope, struct arena *arena,
                        struct pagerduty_door *door, struct error *err)
{
    struct told told;

    door->kind = body.len > INBOX_BODY_MAX_BYTES ? PAGERDUTY_TYPED_KIND : PAGERDUTY_EVENT_KIND;
    if (body.len > INBOX_BODY_MAX_BYTES)
        return fit(envelope, arena, &told, &door->body, err);
    door->body = arena_copy(arena, body);
    return true;
}

bool pagerduty_webhook_accept(struct str body, const struct pagerduty_headers *headers, struct arena *arena,
                              struct pagerduty_door *ret_door, struct error *err)
{
    struct pagerduty_door door = { 0 };
    struct envelope envelope;

    if (body.len > PAGERDUTY_BODY_MAX_BYTES)
        return error_set(err, ERR_TOO_LARGE, "PagerDuty's webhook: larger than any that PagerDuty sends");
    if (!read_envelope(body, arena, &envelope, err))
        return error_wrap(err, "PagerDuty's webhook");
    if (headers->webhook_id && headers->webhook_id[0])
        door.keys[door.keys_count++] = pagerduty_webhook_key(body, headers, arena);
    door.keys[door.keys_count++] = arena_printf(arena, "pagerduty-event:%s", id_text(envelope.id, arena));
    door.event = card_quote(str_of(envelope.id), SHOWN_BYTES, arena);
    door.type = card_quote(str_of(envelope.type), SHOWN_BYTES, arena);
    door.subscription = pagerduty_id_is_valid(headers->subscription) ? headers->subscription : NULL;
    door.is_wanted = pagerduty_data_knows(envelope.type);
    door.is_ping = strcmp(envelope.type, PAGERDUTY_PING) == 0;
    if (door.is_wanted && !choose_body(body, &envelope, arena, &door, err))
        return error_wrap(err, "PagerDuty's webhook");
    *ret_door = door;
    return true;
}

/* ---- for the owner ---- */

static bool read_typed(const char *body, struct arena *arena, struct told *told, struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(body), err);

    return json && shape_from_json(&told_shape, json, arena, told, err) &&
           (pagerduty_data_knows(told->name) || error_set(err, ERR_INVALID, "an event that opsgate does not know")) &&
           ((told->event.about ? told->event.about->id[0] != '\0' : told->event.ping != NULL) ||
            error_set(err, ERR_INVALID, "event.about: missing"));
}

static bool read_item(const struct inbox_item *item, struct arena *arena, struct told *told, struct error *err)
{
    struct envelope envelope;
    const char *ignored;

    if (str_is(str_of(item->kind), PAGERDUTY_TYPED_KIND))
        return read_typed(item->body, arena, told, err);
    return read_envelope(str_of(item->body), arena, &envelope, err) && fit(&envelope, arena, told, &ignored, err);
}

/* Ids are unique by type only: a service that did it is nobody who could have a role here. */
static struct principal principal_of(const struct pagerduty_reference *agent)
{
    bool is_user = agent && (str_is(str_of(agent->type), "user_reference") || str_is(str_of(agent->type), "user"));

    return (struct principal){
        .system = PAGERDUTY_SOURCE,
        .id = is_user ? agent->id : "",
        .name = is_user ? agent->summary : NULL,
    };
}

static void release_json(void *json)
{
    cJSON_Delete(json);
}

bool pagerduty_webhook_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                              struct error *err)
{
    struct told told;
    cJSON *body;

    if (!read_item(item, arena, &told, err))
        return error_wrap(err, "PagerDuty's webhook");
    body = shape_to_json(&pagerduty_event_shape, &told.event, SHAPE_WHOLE);
    arena_defer(arena, release_json, body);
    *ret_event = (struct outside_event){
        .id = told.id,
        .source = PAGERDUTY_SOURCE,
        .name = told.name,
        .subject = told.event.about ? told.event.about->id : "ping",
        .principal = principal_of(told.event.agent),
        .occurred_at_ms = told.occurred_at_ms,
        .received_at_ms = item->received_at,
        .body = body,
    };
    return true;
}
