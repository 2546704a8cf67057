/* http_out_call.h - one call out, as curl is told of it: http_out's own.
 *
 * http_out.c owns the calls and drives curl; http_out_call.c checks a call, says to curl what it shall send and how,
 * and takes what comes back; http_out_mail.c does that for one that is a mail. Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_OUT_CALL_H
#define OPSGATE_SHELL_HTTP_OUT_CALL_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"
#include "bot/shell/http_out.h"

#include <curl/curl.h>
#include <sys/queue.h>

TAILQ_HEAD(http_out_calls, http_out_call);

struct http_out {
    struct http_out_options options;
    char *unix_path, *proxy, *ca_file;
    CURLM *multi;
    uv_timer_t timer;                                /* curl's */
    LIST_HEAD(http_out_sockets, out_socket) sockets; /* of http_out.c */
    struct http_out_calls calls, finished;           /* finished: taken from curl, to be told */
};

struct http_out_call {
    struct http_out *out;
    TAILQ_ENTRY(http_out_call) link;
    struct http_out_calls *home; /* the list it is in */
    bool is_with_curl;
    CURL *easy;
    struct curl_slist *headers, *addresses;
    char *host, *port; /* of the server, or the proxy: what has to be resolved */
    struct str body;   /* in the arena; what of it was given to curl is body_at */
    size_t body_at;
    int64_t timeout_ms, started_mono;
    int64_t ready_mono; /* its connection stood; 0: not yet */
    size_t answer_max_bytes;
    bool drops_body;
    struct loop_timer *deadline;
    struct resolve_query *query;

    struct arena *arena; /* the copied call */
    struct arena *answer_arena;
    struct http_header *answer_headers;
    size_t answer_header_count, answer_header_bytes, dropped_bytes;
    struct buf answer_body;
    char failure[CURL_ERROR_SIZE]; /* curl writes it; ours win */
    const char *our_failure;
    bool is_too_large;
    bool (*may_send)(void *arg); /* NULL: nobody asked to be asked */
    void *may_send_arg;
    http_out_done_fn on_done;
    void *arg;
    struct http_out_mail *mail; /* NULL: HTTP */
};

bool http_out_call_check(const struct http_call *from, struct error *err); /* can it be sent at all? */

/* Tells the owner; the call is gone then. failure NULL: an answer came. */
void http_out_end_call(struct http_out_call *call, const char *failure);

/* Host and port of an http or https url, or of an smtp or smtps one; curl_free both. Its own text stays out of messages: it
 * may be a secret. */
bool http_out_split_url(const char *url, bool is_mail, char **ret_host, char **ret_port, struct error *err);

void http_out_call_prepare(struct http_out_call *call, const struct http_call *from); /* copies, and makes `easy` */
void http_out_call_too_large(struct http_out_call *call); /* its answer is, or says so by its length */
void http_out_call_set_addresses(struct http_out_call *call, const struct resolve_addresses *addresses);

#endif
