/* socket.h - Slack's side of Socket Mode: a WebSocket server on a port of its own, and envelopes through it. (RFC 6455)
 *
 * Each payload goes to one connection, any of them, and waits there for its acknowledgement. Conduct says what goes wrong.
 * A thread for the port and one for each connection; every call is safe on any thread and none needs the world's lock
 * (slack_socket_send blocks: never call it with that lock).
 */
#ifndef SANDBOX_SLACK_SOCKET_H
#define SANDBOX_SLACK_SOCKET_H

#include "tree.h"

#define SLACK_SOCKETS_MAX 10 /* Slack's own limit: an eleventh is told too_many_websockets and closed */

struct slack_socket_conduct {
    bool is_disabled;      /* Socket Mode is switched off: nobody gets an address */
    bool is_silent;        /* the handshake is never answered */
    bool has_no_hello;     /* answered, and then nothing */
    bool loses_answers;    /* acknowledgements are not seen */
    size_t fragment_bytes; /* messages are cut into frames of so many; 0: not */
};

struct slack_socket;
struct slack_socket *slack_socket_create(struct error *err); /* listens on 127.0.0.1, a free port */
void slack_socket_destroy(struct slack_socket *home);      /* cuts every connection; waits for its threads */
AUTO_DEFINE(slack_socket)

void slack_socket_conduct(struct slack_socket *home, const struct slack_socket_conduct *conduct);

/* What apps.connections.open answers: an address that is good for one connection; NULL: disabled. The caller frees. The app
 * is one of Socket Mode from then on, until slack_socket_switch_off: nothing comes to it by HTTP. */
char *slack_socket_open(struct slack_socket *home);
bool slack_socket_is_on(struct slack_socket *home);
void slack_socket_switch_off(struct slack_socket *home);

struct slack_socket_envelope {
    const char *type; /* "slash_commands", "interactive", "events_api" */
    const cJSON *payload;
    bool accepts_payload;
    int64_t retry_attempt; /* of an event; its reason NULL the first time */
    const char *retry_reason;
};
enum slack_socket_fate { SLACK_SOCKET_NOBODY, SLACK_SOCKET_UNANSWERED, SLACK_SOCKET_ACKNOWLEDGED };
/* Waits at most so long. *ret_payload: of the acknowledgement, the caller's; NULL when it has none, or may not have one. */
enum slack_socket_fate slack_socket_send(struct slack_socket *home, const struct slack_socket_envelope *envelope,
                                         int64_t timeout_ms, cJSON **ret_payload);

/* Says disconnect to all, or to the one that said hello first ("warning", "refresh_requested", ...); `and_closes`: with a
 * close frame behind it. Returns how many heard it. */
size_t slack_socket_disconnect(struct slack_socket *home, const char *reason, bool is_for_all, bool and_closes);

void slack_socket_cut(struct slack_socket *home); /* every connection, without a word */

size_t slack_socket_count(struct slack_socket *home);   /* connections that were greeted and are open */
cJSON *slack_socket_state(struct slack_socket *home); /* {is_on, connections, strays} */
int64_t slack_socket_strays(struct slack_socket *home); /* acknowledgements of nothing that waits */

#endif
