#include "integrations/slack/socket.h"

#include "bot/model/card.h"
#include "integrations/slack/response_url.h"
#include "integrations/url.h"

#include <string.h>

#define SHOWN_BYTES 60
#define ADDRESS_MAX_BYTES 4096

static const struct {
    const char *type;
    enum slack_message_kind kind;
} kinds[] = {
    { "hello", SLACK_HELLO },
    { "disconnect", SLACK_DISCONNECT },
    { "events_api", SLACK_EVENT },
    { "slash_commands", SLACK_COMMAND },
    { "interactive", SLACK_INTERACTION },
};

static const struct {
    const char *text;
    enum slack_disconnect reason;
} reasons[] = {
    { "warning", SLACK_WARNING },
    { "refresh_requested", SLACK_REFRESH },
    { "link_disabled", SLACK_LINK_DISABLED },
    { "too_many_websockets", SLACK_TOO_MANY },
};

static enum slack_message_kind kind_of(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].kind;
    return SLACK_UNKNOWN;
}

static enum slack_disconnect reason_of(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons) && text; i++)
        if (strcmp(reasons[i].text, text) == 0)
            return reasons[i].reason;
    return SLACK_OTHER;
}

static const char *shown(const char *text, struct arena *arena)
{
    return text ? card_quote(str_of(text), SHOWN_BYTES, arena) : NULL;
}

static bool read_envelope(const cJSON *json, struct slack_message *message, struct error *err)
{
    message->id = json_find_string(json, "envelope_id");
    message->payload = json_find(json, "payload");
    message->accepts_payload = json_find_bool(json, "accepts_response_payload", false);
    message->retry_attempt = json_find_int(json, "retry_attempt", 0);
    message->retry_reason = json_find_string(json, "retry_reason");
    if (message->id && (!message->id[0] || strlen(message->id) > SLACK_ENVELOPE_ID_MAX_BYTES))
        return error_set(err, ERR_INVALID, "envelope_id: expected 1 to %d bytes", SLACK_ENVELOPE_ID_MAX_BYTES);
    if (message->kind == SLACK_UNKNOWN)
        return true;
    if (!message->id)
        return error_set(err, ERR_INVALID, "envelope_id is missing");
    return cJSON_IsObject(message->payload) || error_set(err, ERR_INVALID, "payload: expected an object");
}

bool slack_message_decode(struct str text, struct arena *arena, struct slack_message *ret_message, struct error *err)
{
    struct slack_message message = { .reason = SLACK_OTHER };
    const cJSON *json = json_parse_in(arena, text, err);
    const char *type;

    if (!json || !json_get_string(json, "type", &type, err))
        return error_wrap(err, "Slack's message");
    message.kind = kind_of(type);
    message.type = shown(type, arena);
    if (message.kind == SLACK_HELLO) {
        message.connections = json_find_int(json, "num_connections", 0);
    } else if (message.kind == SLACK_DISCONNECT) {
        const char *reason = json_find_string(json, "reason");

        message.reason = reason_of(reason);
        message.reason_text = shown(reason, arena);
    } else if (!read_envelope(json, &message, err)) {
        return error_wrap(err, "Slack's envelope");
    }
    *ret_message = message;
    return true;
}

char *slack_acknowledgement(const char *id, const cJSON *payload)
{
    AUTO_JSON cJSON *json = json_object();

    json_set_string(json, "envelope_id", id);
    if (payload)
        json_set(json, "payload", json_copy(payload));
    return json_print(json);
}

/* As the address of HTTP that it would be: its host is judged as every address of Slack's is. */
static bool is_good_url(const char *url, const char *api_url, struct arena *arena)
{
    struct str rest = str_of(url);
    bool is_tls = str_take_prefix(&rest, "wss://");
    const char *twin;
    struct str origin;

    if (rest.len > ADDRESS_MAX_BYTES || (!is_tls && !str_take_prefix(&rest, "ws://")))
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.at[i] <= ' ' || rest.at[i] > '~')
            return false;
    twin = arena_printf(arena, "http%s://" STR_FMT, is_tls ? "s" : "", STR_ARG(rest));
    origin = url_origin(twin);
    if (url_host(twin).len == 0)
        return false;
    if (str_equal(url_host(twin), url_host(api_url)) && (is_tls || str_starts_with(str_of(api_url), "http://")))
        return true;
    return slack_response_url_is_allowed(arena_printf(arena, STR_FMT "/", STR_ARG(origin)), api_url);
}

const char *slack_socket_url(struct str answer, const char *api_url, struct arena *arena, const char **ret_error,
                             struct error *err)
{
    const cJSON *json = json_parse_in(arena, answer, err);
    const char *url;

    *ret_error = NULL;
    if (!json) {
        error_wrap(err, "apps.connections.open");
        return NULL;
    }
    url = json_find_string(json, "url");
    if (json_find_bool(json, "ok", false) && url && is_good_url(url, api_url, arena))
        return url;
    *ret_error = shown(json_find_string(json, "error"), arena);
    error_set(err, ERR_UNAVAILABLE, "apps.connections.open: %s", *ret_error ? *ret_error : "no address in its answer");
    return NULL;
}
