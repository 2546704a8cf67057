#include "integrations/slack/event.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "integrations/slack/event_envelope.h"
#include "integrations/slack/payload.h"

#include <string.h>

#define TYPE_SHOWN_BYTES 60
#define CHALLENGE_MAX_BYTES 1024

/* ---- what is no event ---- */

/* It is sent back, so it must be nothing that a browser could take for a page. */
static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("<>\"'&", text[i]))
            return false;
    return len > 0 && len <= CHALLENGE_MAX_BYTES;
}

static bool accept_challenge(const cJSON *payload, struct slack_event_door *door, struct error *err)
{
    const char *challenge;

    if (!json_get_string(payload, "challenge", &challenge, err))
        return false;
    if (!is_plain(challenge))
        return error_set(err, ERR_INVALID, "challenge is nothing that Slack would send");
    door->is = SLACK_EVENT_CHALLENGE;
    door->challenge = challenge;
    return true;
}

static bool accept_limit(const cJSON *payload, struct slack_event_door *door, struct error *err)
{
    int64_t minute_s = json_find_int(payload, "minute_rate_limited", 0);

    door->is = SLACK_EVENT_LIMITED;
    door->limited_at_ms = minute_s > 0 && minute_s < INT64_MAX / SECOND_MS ? minute_s * SECOND_MS : 0;
    return slack_payload_get_id(payload, "team_id", &door->team, err);
}

/* ---- an event ---- */

/* Seconds; some of Slack's own examples have microseconds. */
static int64_t event_at_ms(const cJSON *payload)
{
    int64_t at = json_find_int(payload, "event_time", 0);

    if (at <= 0)
        return 0;
    return at < INT64_C(100000000000) ? at * SECOND_MS : at < INT64_C(100000000000000) ? at : at / 1000;
}

/* One installation that sees the event: of our app's bot, it says who we are. */
static const char *own_user(const cJSON *payload)
{
    JSON_EACH(authorization, json_find(payload, "authorizations")) {
        const char *user = NULL;
        struct error ignored;

        if (json_find_bool(authorization, "is_bot", false) &&
            slack_payload_get_id(authorization, "user_id", &user, &ignored))
            return user;
    }
    return NULL;
}

static bool read_envelope(const cJSON *payload, const char *bot_user, struct slack_envelope *envelope,
                          struct error *err)
{
    *envelope = (struct slack_envelope){
        .event = json_find(payload, "event"),
        .bot_user = bot_user ? bot_user : own_user(payload),
        .is_shared = json_find_bool(payload, "is_ext_shared_channel", false),
        .event_at_ms = event_at_ms(payload),
    };
    if (!cJSON_IsObject(envelope->event))
        return error_set(err, ERR_INVALID, "event: expected an object");
    return slack_payload_get_id(payload, "team_id", &envelope->team, err) &&
           slack_payload_get_id(payload, "event_id", &envelope->id, err) &&
           json_get_string(envelope->event, "type", &envelope->type, err);
}

static bool is_message(const char *type)
{
    return strcmp(type, "message") == 0 || strcmp(type, "app_mention") == 0;
}

static bool accept_event(const cJSON *payload, const char *bot_user, struct arena *arena, struct slack_event_door *door,
                         struct error *err)
{
    struct slack_envelope envelope;

    if (!read_envelope(payload, bot_user, &envelope, err))
        return false;
    door->type = card_quote(str_of(envelope.type), TYPE_SHOWN_BYTES, arena);
    door->team = envelope.team;
    if (is_message(envelope.type) ? !slack_event_accept_message(&envelope, arena, door, err)
                                  : !slack_event_accept_fact(&envelope, arena, door, err))
        return error_wrap(err, "%s", door->type);
    if (door->is == SLACK_EVENT_IGNORED)
        return true;
    door->kind = door->is == SLACK_EVENT_ASKED ? SLACK_ASKED_KIND : SLACK_TOLD_KIND;
    door->keys[door->keys_count++] = arena_printf(arena, "slack-event:%s:%s", envelope.team, envelope.id);
    return true;
}

bool slack_event_accept_payload(const cJSON *payload, const char *bot_user, struct arena *arena,
                                struct slack_event_door *ret_door, struct error *err)
{
    struct slack_event_door door = { .is = SLACK_EVENT_IGNORED, .why = "of a type that nothing here wants" };
    const char *type;
    bool is_good = true;

    if (!json_get_string(payload, "type", &type, err))
        return error_wrap(err, "event");
    door.type = card_quote(str_of(type), TYPE_SHOWN_BYTES, arena);
    if (strcmp(type, "url_verification") == 0)
        is_good = accept_challenge(payload, &door, err);
    else if (strcmp(type, "app_rate_limited") == 0)
        is_good = accept_limit(payload, &door, err);
    else if (strcmp(type, "event_callback") == 0)
        is_good = accept_event(payload, bot_user, arena, &door, err);
    if (!is_good)
        return error_wrap(err, "event");
    if (door.is != SLACK_EVENT_IGNORED)
        door.why = NULL;
    *ret_door = door;
    return true;
}

bool slack_event_accept(struct str body, const char *bot_user, struct arena *arena, struct slack_event_door *ret_door,
                        struct error *err)
{
    const cJSON *payload;

    if (body.len > SLACK_EVENT_BODY_MAX_BYTES)
        return error_set(err, ERR_INVALID, "event: larger than %d bytes", SLACK_EVENT_BODY_MAX_BYTES);
    payload = json_parse_in(arena, body, err);
    if (!payload)
        return error_wrap(err, "event");
    return slack_event_accept_payload(payload, bot_user, arena, ret_door, err);
}
