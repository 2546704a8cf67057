/* http_server.h - what http_in.c, http_intake.c and http_door.c share: the server itself. Nobody else includes it.
 *
 * How a request goes through:
 *
 *   http_door: accept -> http_intake: connection, first line, head, body..., end -> suspended, in `ready`
 *   -> http_in, after MHD_run: the handler, in `owed` -> http_in_answer -> resumed -> http_intake: response, completed
 *
 * Nothing calls MHD_run but the pass in http_in.c, once per turn and only when something happened (mark_dirty), and no
 * handler runs inside it. libmicrohttpd in this mode wakes nobody when a connection is resumed: the dirty mark does.
 */
#ifndef OPSGATE_SHELL_HTTP_SERVER_H
#define OPSGATE_SHELL_HTTP_SERVER_H

#include "bot/shell/http_conn.h"
#include "bot/shell/http_exchange.h"
#include "bot/shell/linger.h"

struct http_listener; /* of http_door.c */

struct http_note { /* an on_sent that is due */
    void (*on_sent)(void *arg, bool was_sent);
    void *arg;
    bool was_sent;
    STAILQ_ENTRY(http_note) link;
};

struct http_in {
    struct http_in_options options;
    struct http_in_limits limits;
    struct MHD_Daemon *daemon; /* NULL once stopped */
    uv_poll_t poll;            /* libmicrohttpd's epoll descriptor */
    uv_idle_t pass;            /* runs the pass in the next turn, and keeps that from waiting */
    struct linger_list *lingering;
    TAILQ_HEAD(http_listener_head, http_listener) listeners;
    TAILQ_HEAD(http_conn_head, http_conn) conns;
    TAILQ_HEAD(http_exchange_head, http_exchange) ready, owed;
    STAILQ_HEAD(http_note_head, http_note) notes;
    TAILQ_HEAD(http_stream_head, http_stream) streams;
    struct loop_timer *sweep, *again, *drain, *stopped;
    struct http_conn *arriving; /* from accept to its first callback, inside one call */
    struct http_in_counts counts;
    struct histograms times;
    loop_fn on_stopped;
    void *on_stopped_arg;
    bool is_quiet, is_stopping;
    unsigned handles; /* libuv has not let go of yet */
};

/* http_in.c */
void http_server_mark_dirty(struct http_in *in); /* a pass in the next turn */
void http_server_watch(struct http_in *in);      /* there is a connection: look at the deadlines from now on */
void http_server_enter(struct http_conn *conn, enum http_phase phase);
void http_server_begin_waiting(struct http_exchange *exchange); /* counts it, until its end */
void http_server_end_waiting(struct http_exchange *exchange);
bool http_server_is_full(const struct http_exchange *exchange); /* for one more like this */

/* http_stream.c */
struct http_stream *http_stream_begin(struct http_exchange *exchange, const struct http_stream_options *options);
bool http_stream_is_owed(const struct http_stream *stream);  /* the client has not taken all of it */
void http_stream_stop(struct http_stream *stream);           /* ends after what was written; its writer hears of it */
void http_stream_over(struct http_stream *stream);           /* the connection lets go */
void http_stream_tell_gone(struct http_in *in);              /* the writers of those that are over */
void http_stream_forget_all(struct http_in *in);             /* the server goes */
unsigned http_stream_count(const struct http_in *in);

/* http_intake.c */
struct MHD_Daemon *http_intake_start(struct http_in *in); /* NULL: libmicrohttpd does not start */

/* http_door.c */
bool http_door_open(struct http_in *in, int fd, const char *path,
                    struct error *err); /* takes fd; path: to be removed */
void http_door_close_all(struct http_in *in);
int http_door_port(const struct http_in *in);

#endif
