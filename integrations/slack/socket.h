/* socket.h - what Slack says over a Socket Mode connection, and how it is acknowledged. Pure; safe on any thread.
 *
 * Every message is one JSON object: "hello" first, "disconnect" before an end, and envelopes around what would have come
 * by HTTP. An envelope is acknowledged by its id, within three seconds, on the connection that brought it.
 * Spec: https://docs.slack.dev/apis/events-api/using-socket-mode
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_SOCKET_H
#define OPSGATE_INTEGRATIONS_SLACK_SOCKET_H

#include "bot/base/json.h"

#define SLACK_ENVELOPE_ID_MAX_BYTES 200

enum slack_message_kind {
    SLACK_HELLO,       /* only now is the connection good */
    SLACK_DISCONNECT,  /* it ends soon */
    SLACK_EVENT,       /* events_api: payload is the outer event */
    SLACK_COMMAND,     /* slash_commands: payload is an object of the form's fields */
    SLACK_INTERACTION, /* interactive: payload is the object that HTTP carries as text */
    SLACK_UNKNOWN,     /* a type of message that we do not know; `id` says whether it can be acknowledged */
};

enum slack_disconnect {
    SLACK_WARNING,       /* about ten seconds before the end */
    SLACK_REFRESH,       /* Slack renews it, as every few hours */
    SLACK_LINK_DISABLED, /* Socket Mode was switched off for the app */
    SLACK_TOO_MANY,      /* more than ten connections */
    SLACK_OTHER,         /* a reason that we do not know: it ends, so it is renewed */
};

struct slack_message {
    enum slack_message_kind kind;
    const char *type; /* as Slack wrote it, cut and harmless: for the log */
    /* EVENT, COMMAND, INTERACTION; UNKNOWN may have them */
    const char *id;           /* NULL: none */
    const cJSON *payload;     /* an object; NULL: none */
    bool accepts_payload;     /* an answer may ride on the acknowledgement */
    int64_t retry_attempt;    /* EVENT: 0 the first time */
    const char *retry_reason; /* or NULL */
    /* HELLO */
    int64_t connections; /* of the app, this one included; 0: not said */
    /* DISCONNECT */
    enum slack_disconnect reason;
    const char *reason_text; /* or NULL; harmless */
};

/* What it gives lives in the arena. ERR_INVALID says what is malformed or missing. */
bool slack_message_decode(struct str text, struct arena *arena, struct slack_message *ret_message, struct error *err);

/* {"envelope_id":...} with the payload when there is one: copied, an object. The caller frees the text. */
char *slack_acknowledgement(const char *id, const cJSON *payload);

/* The address in the answer of apps.connections.open; NULL with err when it is none. It must be Slack's own (wss), or on the
 * host of `api_url`, which is slack.api_url. *ret_error is Slack's own word for why not ("invalid_auth"), or NULL when the
 * answer makes no sense. All live in the arena. The address is secret. */
const char *slack_socket_url(struct str answer, const char *api_url, struct arena *arena, const char **ret_error,
                             struct error *err);

#endif
