/* http_in.h - HTTP requests from outside, each handed to a handler once and answered once. (RFC 9110, 9112, 9457)
 *
 * libmicrohttpd on the loop. A handler gets whole requests only: too large, too slow, malformed, unknown or too many
 * are answered here. The connection waits until http_in_answer, which may come at once or much later; a client that
 * left meanwhile changes nothing for the handler. Every answer carries X-Request-Id. Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_IN_H
#define OPSGATE_SHELL_HTTP_IN_H

#include "bot/base/buf.h"
#include "bot/base/histogram.h"
#include "bot/model/http.h"
#include "bot/shell/loop.h"

#include <sys/types.h>

#define HTTP_REQUEST_ID_MAX 64
#define HTTP_SMALL_BODY_MAX_BYTES ((size_t)65536) /* larger bodies never shut these out: */
#define HTTP_SMALL_SHARE 4 /* one of so many parts of body_total_max_bytes is kept for them */
#define HTTP_PEOPLE_SHARE 8 /* one of so many parts of requests_max is never taken by machines, */
#define HTTP_PEOPLE_MIN 4   /* and not less than so many; but at most half */

struct http_in;

/* Belongs to http_in. A handler reads it until it answers; everything it points to goes then. */
struct http_request {
    const char *method;
    const char *path; /* decoded, without NUL bytes; always begins with '/' */
    struct str query; /* raw, after the '?'; empty: none */
    struct str body;  /* the exact bytes, as signatures need them */
    const char *id;   /* from X-Request-Id when it is 1 to 64 of [A-Za-z0-9._-], else made here */
    const char *peer; /* "127.0.0.1:4711", "[::1]:4711", or "unix:PID" */
    bool is_local;    /* came over a unix socket; then peer_uid is its user, told by the kernel */
    uid_t peer_uid;
    int64_t received_at_ms; /* mono_ms of the last byte */
};

/* Value of a header, name in any case; of a repeated one the first. NULL when missing, and once nobody waits. */
const char *http_request_header(const struct http_request *request, const char *name);
/* All its values, of a repeated one in their order, with commas between them. (RFC 9110, 5.3) */
void http_request_header_all(const struct http_request *request, const char *name, struct buf *ret_values);
/* Value of one query parameter, decoded, in ret_value; false when missing or malformed. The caller frees it. */
bool http_request_query(const struct http_request *request, const char *name, char **ret_value);

/* The handler owes the request exactly one http_in_answer (or http_in_problem), now or later. It runs on the loop. */
typedef void (*http_handler_fn)(void *arg, struct http_request *request);

/* What is said in place of handing a request on. */
struct http_refusal {
    int status;         /* 0: nothing, it goes on */
    const char *detail; /* static */
};

/* What a row knows of its senders. Both run in the middle of a request: they look, count and log, and answer nothing.
 * Neither runs once intake has stopped. */
struct http_gate {
    /* Runs when the head is there and nothing of the body was taken: only the body is missing from the request. */
    struct http_refusal (*refuses_head)(void *arg, const struct http_request *request);
    /* For senders that never send again what is answered 4xx. NULL: http_in answers 408, 413 and 431 as anywhere. Else it
     * answers 503 in their place, to whom refuses_head let pass, and tells so here. */
    void (*on_put_off)(void *arg, const struct http_request *request, const char *why);
};

enum http_route_flags {
    HTTP_ROUTE_PREFIX = 1,  /* `path` is the beginning: "/api/v1/" */
    HTTP_ROUTE_LOCAL = 2,   /* only over a unix socket; elsewhere 404 */
    HTTP_ROUTE_VITAL = 4,   /* answered whatever the load, and while stopping: probes */
    HTTP_ROUTE_MACHINE = 8, /* machines send there, as many as they like: they leave HTTP_PEOPLE_SHARE to people */
};

struct http_route {
    const char *method; /* a GET row answers HEAD too */
    const char *path;
    size_t body_max_bytes;    /* 0: a body is refused with 413 */
    const char *content_type; /* NULL: any; else 415 unless it is this, whatever its parameters */
    http_handler_fn handle;
    unsigned flags;
    const struct http_gate *gate; /* NULL: whoever comes may send its body */
};

/* A module's rows and what its handlers get as arg. Of several matching rows the first wins. */
struct http_routes {
    const struct http_route *rows;
    size_t count;
    void *arg;
};

struct http_in_limits {          /* 0 takes the default */
    size_t header_max_bytes;     /* 16 KiB of request line and headers: 431 */
    size_t body_total_max_bytes; /* 64 MiB of bodies held at once, over all requests: 503. See HTTP_SMALL_SHARE */
    unsigned connections_max;    /* 1024: further ones get 503 and are closed */
    unsigned requests_max;       /* 512 waiting for their answer: 503. See HTTP_PEOPLE_SHARE */
    int64_t request_ms;          /* 10 s to send a whole request, and to take a whole answer: 408, then cut */
    int64_t answer_ms;           /* 30 s for a handler to answer, then 503 goes out in its place */
    int64_t keepalive_ms;        /* 75 s between two requests */
};

struct http_in_options {
    struct loop *loop;                /* borrowed; must outlive it */
    const struct http_routes *routes; /* borrowed, with their rows */
    size_t routes_count;
    loop_fn on_turn; /* after each pass that handed out requests: send what they gathered as one batch. NULL: none */
    void *on_turn_arg;
    struct http_in_limits limits;
};

struct http_in *http_in_create(const struct http_in_options *options, struct error *err);
/* At once: cuts every connection, calls nobody back. http_in_answer of requests still owed stays allowed, and frees. */
void http_in_destroy(struct http_in *in);
AUTO_DEFINE(http_in)

bool http_in_listen(struct http_in *in, const char *address, struct error *err); /* see listen.h; several are fine */
bool http_in_listen_fd(struct http_in *in, int fd, struct error *err);           /* takes fd, even on failure */
int http_in_port(const struct http_in *in); /* of the first TCP socket; 0: none. For addresses with port 0 */

/* Stops intake: listening sockets are closed, further requests on open connections get 503. Vital rows go on, and so do
 * those of machines, until http_in_stop. */
void http_in_quiesce(struct http_in *in);
/* Quiesces, answers 503 to every request that waits, lets connections finish for at most drain_ms, cuts the rest, then
 * calls on_stopped once, later. Call once; destroy instead of waiting is fine and silences on_stopped. */
void http_in_stop(struct http_in *in, int64_t drain_ms, loop_fn on_stopped, void *arg);

struct http_in_counts {
    unsigned connections, requests; /* open now; waiting for their answer now */
    unsigned streams;               /* that go on now */
    unsigned machines;              /* of those that wait, on HTTP_ROUTE_MACHINE rows */
    size_t body_bytes;              /* held now */
    uint64_t answered, refused;     /* since the start: by handlers; by http_in itself, or a gate */
    uint64_t unanswered;            /* of the refused ones: no handler answered in time */
    uint64_t accept_failures;       /* no descriptor was left for a client */
};
struct http_in_counts http_in_counts(const struct http_in *in);
/* How long requests took, from their first line to their handler's answer, by the path of their row. Borrowed. */
const struct histograms *http_in_times(const struct http_in *in);

/* All borrowed for the call. on_sent (may be NULL) runs once, later: true when the whole answer was handed to the
 * kernel for a client still there, false when it never will be. It stays silent after http_in_destroy. */
struct http_reply {
    int status;
    const char *content_type; /* NULL: none */
    const struct http_header *headers;
    size_t header_count;
    struct str body;
    void (*on_sent)(void *arg, bool was_sent);
    void *arg;
};

/* The end of the request for the handler: it may not touch it afterwards. Harmless when the client has gone. */
void http_in_answer(struct http_request *request, const struct http_reply *reply);
/* application/problem+json with the request's id. title NULL: the status' own name; detail NULL: none. */
void http_in_problem(struct http_request *request, int status, const char *title, const char *detail);
/* Likewise a 429, with Retry-After: in so many milliseconds it may come again. */
void http_in_too_often(struct http_request *request, const char *detail, int64_t again_ms);
/* An answer that goes on: 200, its head at once, then whatever is written, until http_stream_end or the client has gone. HTTP_ROUTE_...
 * and limits.requests_max see it as answered; it counts as a connection. While opsgate stops, http_in ends it. */
struct http_stream_options {
    const char *content_type;
    const struct http_header *headers; /* borrowed for the call */
    size_t header_count;
    size_t backlog_max_bytes;  /* that a client has not taken: with more it is cut, and after request_ms without taking any */
    void (*on_gone)(void *arg); /* once, later: the stream is no more, whoever ended it but http_stream_end; it may not be touched
                                 * any more. Silent after http_in_destroy: then http_stream_end frees what is left */
    void *arg;
};
struct http_stream;
/* The end of the request for the handler, as http_in_answer. NULL: the client has gone already, and on_gone never runs. */
struct http_stream *http_in_stream(struct http_request *request, const struct http_stream_options *options);
bool http_stream_write(struct http_stream *stream, struct str bytes); /* copies; false: it is cut, on_gone follows */
void http_stream_end(struct http_stream *stream); /* after what was written; the writer's last word. NULL is fine */

/* Does somebody still wait? false when the client hung up or the time to answer is over. A hint: it may leave now. */
bool http_in_is_waiting(const struct http_request *request);

#endif
