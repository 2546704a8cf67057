/* http_conn.h - one connection and its deadlines: http_in's own.
 *
 * libmicrohttpd's timeout starts again with every byte, so a client that drips holds a connection for ever. Here each
 * phase of a request has its end, however busy the connection looks. Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_CONN_H
#define OPSGATE_SHELL_HTTP_CONN_H

#include "bot/shell/http_exchange.h"

enum http_phase {
    HTTP_PHASE_READING, /* from the connection, or the first line, to the last byte of the request */
    HTTP_PHASE_WAITING, /* for the handler */
    HTTP_PHASE_WRITING, /* the answer */
    HTTP_PHASE_STREAMING, /* an answer that goes on: since it was last given something, or took it */
    HTTP_PHASE_IDLE,    /* between two requests */
};

struct http_conn {
    struct http_in *in;
    TAILQ_ENTRY(http_conn) link;
    struct MHD_Connection *mhd;
    struct http_exchange *exchange; /* being read, waited for or written; NULL between requests */
    int fd;                         /* libmicrohttpd's */
    enum http_phase phase;
    int64_t phase_at_ms;
    bool is_cut;       /* shut down by us; libmicrohttpd will notice */
    bool has_leftover; /* closed while the peer may still be sending */
    bool is_local;
    uid_t peer_uid;
    char peer[HTTP_PEER_MAX];
};

struct http_conn *http_conn_create(struct http_in *in, int fd, int64_t now_ms);
void http_conn_destroy(struct http_conn *conn);

void http_conn_enter(struct http_conn *conn, enum http_phase phase, int64_t now_ms);
bool http_conn_is_late(const struct http_conn *conn, const struct http_in_limits *limits, int64_t now_ms);
bool http_conn_has_hung_up(const struct http_conn *conn);
bool http_conn_was_reset(const struct http_conn *conn); /* what was written last met nobody who would read it */

/* Writes a problem straight to the socket, where libmicrohttpd has nothing of its own under way. Best effort. */
void http_conn_say(const struct http_conn *conn, int status, const char *detail);
void http_conn_cut(struct http_conn *conn); /* both directions, now */

#endif
