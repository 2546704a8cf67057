/* http_exchange.h - one request and its answer, from the first line read to the last byte written: http_in's own.
 *
 * An exchange has two holders: its connection, until the answer is written or the client is gone, and the handler,
 * until it has answered. Whoever lets go last frees it. Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_EXCHANGE_H
#define OPSGATE_SHELL_HTTP_EXCHANGE_H

#include "bot/base/buf.h"
#include "bot/shell/http_head.h"
#include "bot/shell/http_in.h"
#include "bot/shell/http_problem.h"
#include "bot/shell/http_routes.h"

#include <microhttpd.h>
#include <sys/queue.h>

struct http_conn;
#define HTTP_PEER_MAX 64

struct http_exchange {
    struct http_request request; /* what the handler sees */
    struct http_in *in;          /* NULL once that is destroyed */
    struct http_conn *conn;      /* NULL once the connection has let go */
    struct http_match match;
    struct http_head head;
    TAILQ_ENTRY(http_exchange) link; /* in->ready, then in->owed */

    char *target;        /* as it came */
    int64_t started_ns;  /* when its first line was read; clock_mono_ns */
    const char *came_at; /* where libmicrohttpd keeps it; only compared, never read */
    char *method, *path;
    char peer[HTTP_PEER_MAX];
    char id[HTTP_REQUEST_ID_MAX + 1];
    struct buf body;
    size_t dropped_bytes; /* of the body of a refused request */

    int refusal; /* the status of our own answer; 0: none */
    const char *refusal_detail;
    struct http_stream *stream; /* the answer goes on; or NULL */
    bool has_head, is_whole, is_suspended, is_owed, was_queued;

    struct MHD_Response *response; /* made, and not yet handed to libmicrohttpd */
    int status;
    void (*on_sent)(void *arg, bool was_sent);
    void *on_sent_arg;
};

void http_exchange_make_id(char id[HTTP_REQUEST_ID_MAX + 1]);

struct http_exchange *http_exchange_create(struct http_in *in, struct http_conn *conn, const char *target);
void http_exchange_destroy(struct http_exchange *exchange); /* when nobody holds it any more */

/* Fills the request from the head. On false the exchange has its refusal. */
bool http_exchange_take_head(struct http_exchange *exchange, struct MHD_Connection *connection, const char *method,
                             const char *version);

void http_exchange_refuse(struct http_exchange *exchange, int status, const char *detail); /* the first one counts */
/* The same for what is the sender's own fault: 408, 413, 431. A row may put it off, which makes it 503. */
void http_exchange_blame(struct http_exchange *exchange, int status, const char *detail);

/* Makes the response; is_last closes the connection behind it. A 503 problem says when to come again. */
void http_exchange_set_reply(struct http_exchange *exchange, const struct http_reply *reply, bool is_last);
void http_exchange_set_problem(struct http_exchange *exchange, const struct http_problem *problem, bool is_last);
enum MHD_Result http_exchange_queue(struct http_exchange *exchange); /* the response goes to libmicrohttpd */

void http_exchange_note_sent(struct http_exchange *exchange, bool was_sent); /* on_sent is told after the pass, once */
void http_exchange_release_body(struct http_exchange *exchange);
void http_exchange_detach(struct http_exchange *exchange); /* the connection lets go */
void http_exchange_free_unheld(struct http_exchange *exchange);

#endif
