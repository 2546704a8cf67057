/* http_out.h - calls to the outside, one answer each: HTTP, and mails by SMTP. (curl's multi interface on the loop; HTTP/1.1)
 *
 * Carries a struct http_call as it is: no redirects, no proxy of the environment, no cookies, no second try (curl would
 * repeat a call on a connection that died under it; here only GET and HEAD may be). TLS is verified. The caller has put
 * the credential into the headers; `credential` is not looked at. Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_OUT_H
#define OPSGATE_SHELL_HTTP_OUT_H

#include "bot/model/http.h"
#include "bot/shell/loop.h"
#include "bot/shell/resolve.h"

struct http_out;
struct http_out_call;

/* `answer` is borrowed until the callback returns. answer->status 0: none came, and answer->failure says why. */
typedef void (*http_out_done_fn)(void *arg, const struct http_answer *answer);

struct http_out_options {
    struct loop *loop;       /* borrowed */
    struct resolve *resolve; /* borrowed; may be NULL when unix_path is given or only literal addresses are called */
    const char *unix_path;   /* every call goes to this socket; NULL: to the url's host */
    const char *proxy;       /* "http://proxy:3128"; NULL: none, whatever the environment says */
    const char *ca_file;     /* NULL: the system's */
    int64_t connect_ms;      /* 0: 5 s to connect, TLS included */
    size_t answer_max_bytes; /* 0: HTTP_ANSWER_MAX_BYTES */
    long host_max;           /* 0: 8 connections per host; further calls wait, their timeout running */
};

struct http_out *http_out_create(const struct http_out_options *options, struct error *err);
void http_out_destroy(struct http_out *out); /* cancels every call; not from inside an on_done */
AUTO_DEFINE(http_out)

/* Copies the call. NULL with ERR_INVALID when it can never be sent: its url, method or a header is malformed.
 * Otherwise on_done runs once, later, within call->timeout_ms, and the handle is gone as it begins. */
struct http_out_call *http_out_start(struct http_out *out, const struct http_call *call, http_out_done_fn on_done,
                                     void *arg, struct error *err);
/* Right after the start: `may_send` is asked when the connection stands, just before the request would leave, however
 * long that took. When it says no, nothing leaves: the answer has HTTP_OUT_HELD_BACK as its failure, and was_sent false.
 * It may not touch http_out. */
#define HTTP_OUT_HELD_BACK "this instance may not send any more"
void http_out_ask_first(struct http_out_call *call, bool (*may_send)(void *arg), void *arg);
void http_out_cancel(struct http_out_call *call); /* NULL is fine; the peer may have seen it nevertheless */

#endif
