/* websocket.h - WebSocket connections to the outside: text messages both ways, and honest ends. (RFC 6455; client only;
 * libwebsockets on the loop, one context for all connections of it)
 *
 * The address comes from our resolver; the name goes along for SNI, the certificate check and the Host header. TLS is
 * verified; no redirects, no proxy of the environment, no extensions. Messages arrive whole, however they were
 * fragmented; they are not checked for UTF-8. Binary ones are ignored. A peer is alive while it sends anything or
 * answers our pings; its own pings are answered. Loop thread only. One struct websockets at a time in a process: the
 * library's own globals do not bear a second.
 */
#ifndef OPSGATE_SHELL_WEBSOCKET_H
#define OPSGATE_SHELL_WEBSOCKET_H

#include "bot/base/str.h"
#include "bot/shell/loop.h"
#include "bot/shell/resolve.h"

#define WEBSOCKETS_MAX 16
#define WEBSOCKET_MESSAGE_MAX_BYTES (4 * 1024 * 1024)
#define WEBSOCKET_QUEUE_MAX_BYTES (1024 * 1024)
#define WEBSOCKET_PATH_MAX_BYTES 4096
#define WEBSOCKET_CLOSE_MS 2000 /* for a close frame to leave and be answered, before the connection is cut */

/* Close codes. The last two are never sent: they say what did not come. */
#define WEBSOCKET_NORMAL 1000
#define WEBSOCKET_GOING_AWAY 1001
#define WEBSOCKET_TOO_LARGE 1009
#define WEBSOCKET_NO_CODE 1005  /* the peer's close frame names none */
#define WEBSOCKET_NO_CLOSE 1006 /* no close frame came */

struct websockets_options {
    struct loop *loop;       /* borrowed */
    struct resolve *resolve; /* borrowed; may be NULL when only literal addresses are called */
    const char *ca_file;     /* instead of the system's authorities; NULL: those */
    /* What libwebsockets complains about, a line at a time; NULL: nothing is passed on. */
    void (*on_log)(void *arg, const char *line);
    void *arg;
};

/* ERR_INTERNAL names what is missing: libwebsockets finds its libuv half only at run time, as a plugin. ERR_CONFLICT: there
 * is one already, or its end has not run through the loop yet. */
struct websockets;
struct websockets *websockets_create(const struct websockets_options *options, struct error *err);
/* Silent: no callback runs any more. Open connections get their close frame; all that happens on the loop, later, and
 * loop_destroy waits for it. Before the resolver's end. NULL is fine. */
void websockets_destroy(struct websockets *websockets);
AUTO_DEFINE(websockets)

struct websocket_end {
    bool was_open;
    int code;        /* of the first close frame, the peer's or ours; otherwise WEBSOCKET_NO_CLOSE */
    const char *why; /* for the log; never NULL, borrowed */
};

struct websocket_options {
    const char *url;          /* ws:// or wss://; secret: it may hold a ticket, so no error names more than its host */
    int64_t connect_ms;       /* 0: 10 s for name, connection and TLS */
    int64_t handshake_ms;     /* 0: 10 s more for the answer to the upgrade */
    int64_t ping_ms;          /* 0: 5 s between our pings */
    int64_t hangup_ms;        /* 0: 30 s without a sign of life end it; more than ping_ms */
    size_t message_max_bytes; /* 0: WEBSOCKET_MESSAGE_MAX_BYTES; a larger one closes with WEBSOCKET_TOO_LARGE */
    size_t queue_max_bytes;   /* 0: WEBSOCKET_QUEUE_MAX_BYTES that wait to be sent */
    void (*on_open)(void *arg);
    void (*on_text)(void *arg, struct str message);                   /* borrowed until the callback returns */
    void (*on_closed)(void *arg, const struct websocket_end *end); /* once, last; the handle is gone as it begins */
    void *arg;
};

/* NULL with err and then no callback ever: ERR_INVALID, the url; ERR_UNAVAILABLE, too many at once. */
struct websocket;
struct websocket *websocket_start(struct websockets *websockets, const struct websocket_options *options,
                                  struct error *err);
/* Copies the text. false: not open (any more), or too much waits already. True is no promise that it arrives. */
bool websocket_send(struct websocket *websocket, struct str text);
/* What waits is sent, then a close frame; on_closed comes when the peer has answered it, or WEBSOCKET_CLOSE_MS later. No
 * message is handed out any more. Not open yet: ended at once, on_closed comes all the same. A second call does nothing. */
void websocket_close(struct websocket *websocket, int code);
/* The same, but silent: no callback runs any more. NULL is fine. */
void websocket_cancel(struct websocket *websocket);

#endif
