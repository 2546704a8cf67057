/* socket_mode.h - Slack without a public address: a few WebSocket connections, and what comes through them.
 *
 * How many connections there are and when each is replaced is integrations/slack/socket_policy.h; this carries it out,
 * with a call of apps.connections.open for each. An envelope is handed out once and acknowledged only when its owner says
 * so: after what it asks for is durable, and within three seconds. On the connection that brought it; when that has gone,
 * the acknowledgement is dropped and counted, and Slack sends an event again. Loop thread only.
 */
#ifndef OPSGATE_SOCKET_MODE_H
#define OPSGATE_SOCKET_MODE_H

#include "bot/engine/clock.h"
#include "bot/shell/http_out.h"
#include "bot/shell/websocket.h"
#include "integrations/slack/socket.h"

#define SOCKET_MODE_ACKNOWLEDGE_MS 3000 /* Slack waits no longer */
#define SOCKET_MODE_OWED_MAX 1024       /* envelopes out at once; more are left unacknowledged, and counted */

struct socket_envelope { /* the receiver's until it is acknowledged or dropped */
    struct slack_message message; /* EVENT, COMMAND or INTERACTION */
    int64_t received_at_ms;       /* on the clock's mono_ms */
};

struct socket_mode_counts {
    uint64_t asked, refused;          /* apps.connections.open */
    uint64_t opened, hellos, closed;  /* connections */
    uint64_t envelopes, acknowledged; /* acknowledged: handed to an open connection */
    uint64_t late;                    /* of those, after more than three seconds */
    uint64_t orphaned;                /* acknowledgements whose connection had gone, or took no more */
    uint64_t dropped;                 /* by the receiver, on purpose */
    uint64_t overloaded;              /* not handed out: too many were out */
    uint64_t retried;                 /* events that Slack sent again */
    uint64_t malformed, unknown;      /* messages */
    uint64_t alarms;
    size_t good, connections, owed; /* now */
    bool is_alarmed;                /* a person has to mend something, as the last alarm said */
};

struct socket_mode_options {
    struct loop *loop; /* all borrowed */
    struct http_out *http_out;
    struct websockets *websockets;
    const struct clock *clock;
    const char *api_url;   /* slack.api_url */
    const char *app_token; /* slack.socket_mode.app_token: secret */
    int64_t connections;   /* slack.socket_mode.connections */

    void (*on_envelope)(void *arg, struct socket_envelope *envelope);
    void (*on_alarm)(void *arg, const char *why); /* why NULL: it is over. May be NULL; destroys nothing */
    void *arg;
};

/* Begins at once: the first connections are asked for in this turn's calls. Never NULL. */
struct socket_mode;
struct socket_mode *socket_mode_create(const struct socket_mode_options *options);
/* By that token from now on, borrowed as the first was; another one has each connection replaced, one after the other, by its
 * successor. */
void socket_mode_reconfigure(struct socket_mode *socket_mode, const char *app_token);
/* Opens no connection any more, and closes each as soon as nothing is owed there: Slack sends what comes now to another
 * instance. What comes until then is still handed out. */
void socket_mode_leave(struct socket_mode *socket_mode);
/* No callback runs any more; connections are closed politely by the loop. Envelopes that are out stay their receiver's:
 * acknowledging or dropping them lets go of them, and says nothing. Before http_out and websockets. NULL is fine. */
void socket_mode_destroy(struct socket_mode *socket_mode);
AUTO_DEFINE(socket_mode)

/* Lets go of the envelope. payload: what HTTP would carry as the answer's body, an object, copied; NULL: none. It is left
 * out when message.accepts_payload is false. False: its connection has gone, or takes no more. */
bool socket_mode_acknowledge(struct socket_envelope *envelope, const cJSON *payload);
/* Is the connection that brought it still there? */
bool socket_mode_is_waiting(const struct socket_envelope *envelope);
/* Lets go without a word: Slack sends an event again, and shows the user of a command or a button an error. */
void socket_mode_drop(struct socket_envelope *envelope);

const char *socket_mode_alarm(const struct socket_mode *socket_mode); /* what a person has to mend; NULL: nothing */
struct socket_mode_counts socket_mode_counts(const struct socket_mode *socket_mode);

#endif
