/* websocket_inner.h - what the parts of websocket.h share: one connection, and the context of all. For them only. */
#ifndef OPSGATE_SHELL_WEBSOCKET_INNER_H
#define OPSGATE_SHELL_WEBSOCKET_INNER_H

#include "bot/base/buf.h"
#include "bot/shell/websocket.h"

#include <libwebsockets.h>
#include <sys/queue.h>

#define WEBSOCKET_HOST_MAX_BYTES 120 /* the library cuts a longer one, and would check the certificate of another name */

enum phase {
    RESOLVING,
    CONNECTING, /* TCP and TLS */
    UPGRADING,
    OPEN,
    FLUSHING, /* what waits is sent before the close frame */
    CLOSING   /* the close frame is the library's now */
};

struct outgoing {
    TAILQ_ENTRY(outgoing) link;
    size_t len;
    unsigned char bytes[]; /* LWS_PRE for the library's header, then the text */
};
TAILQ_HEAD(outgoing_list, outgoing);

struct websocket {
    struct websockets *home;
    struct websocket_options options; /* its texts are not ours; on_closed NULL: nobody is told */
    char *scheme, *host, *path;       /* of the url; path with its query */
    int port;
    enum phase phase;
    struct resolve_query *query;
    struct lws *wsi;
    struct loop_timer *deadline; /* of the phase; while OPEN, the next ping */
    struct loop_timer *soon;     /* what may not be done inside the library's callbacks */

    struct buf message;
    struct outgoing_list queue;
    size_t queue_bytes;
    bool wants_ping, is_ignoring;      /* is_ignoring: the rest of a binary message */
    int64_t heard_at_ms, pinged_at_ms; /* pinged_at_ms: the oldest ping that nothing came after; 0: none */

    bool is_calling, has_failed; /* the library is beginning the connection just now, and may fail inside */
    bool was_open;
    int code;
    char why[160];
    TAILQ_ENTRY(websocket) link;
};

struct websockets {
    struct websockets_options options;
    struct lws_context *context;
    TAILQ_HEAD(, websocket) all;
    size_t count, attempts;
    struct loop_timer *end; /* is_ending: when the last connections are cut */
    uv_timer_t turn;        /* closed again and again: passes turns of the loop */
    int turns_left;
    int bell; /* the library's descriptor for wake-ups; -1: not found */
    bool is_ending, is_finishing;
};

/* websocket.c */
int websocket_on_library(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
/* Ends without a word to the peer; outside the library's callbacks only. `websocket` is gone afterwards. */
void websocket_cut(struct websocket *websocket, const char *why);

/* websocket_url.c: scheme, host, port and path; ERR_INVALID. */
bool websocket_read_url(struct websocket *websocket, const char *url, struct error *err);

/* websocket_context.c: a connection has ended; the last one of all may end the whole, later. */
void websockets_finish_if_over(struct websockets *websockets);

#endif
