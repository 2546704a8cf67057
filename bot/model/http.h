/* http.h - one HTTP call out and its answer, as values: what codecs ask for and shells carry. (RFC 9110)
 *
 * Plain data. Whoever makes it says where it lives; exchanges keep both in the attempt's arena.
 */
#ifndef OPSGATE_MODEL_HTTP_H
#define OPSGATE_MODEL_HTTP_H

#include "bot/base/str.h"

#include <stddef.h>
#include <stdint.h>

#define HTTP_ANSWER_MAX_BYTES (8 * 1024 * 1024)

/* Who signs the call. Codecs name the credential; only the carrier holds it, and it never enters a record or a log. */
enum http_credential {
    HTTP_NO_CREDENTIAL,
    HTTP_SLACK_BOT,      /* Authorization: Bearer xoxb-... */
    HTTP_GOOGLE_ACCESS,  /* Authorization: Bearer ya29....; fetched first when none is at hand */
    HTTP_GOOGLE_REGISTRY, /* Authorization: Basic oauth2accesstoken:ya29.... */
    HTTP_GOOGLE_IDENTITY, /* Authorization: Bearer, an identity token for the call's audience */
    HTTP_GITHUB,          /* Authorization: Bearer, an App's installation token for the call's repository or organisation, or a token */
    HTTP_GITHUB_APP,      /* Authorization: Bearer, the App itself: a JWT of its key */
    HTTP_PAGERDUTY,       /* Authorization: Token token=... */
    HTTP_OIDC_CLIENT,     /* Authorization: Basic, opsgate's own id and secret at dashboard.oidc (RFC 6749, 2.3.1) */
    HTTP_STATUSPAGE,      /* Authorization: OAuth ... */
    HTTP_SMTP             /* no header of HTTP's: "USERNAME PASSWORD", that the mail server is logged in with */
};

struct http_header {
    const char *name, *value;
};

struct http_mail { /* the envelope of a mail (RFC 5321, 2.3.1); addresses as mail_address_is_good has them */
    const char *from;
    const char *const *to;
    size_t to_count; /* 0: no mail goes; only the connection, TLS and the login are tried */
};

#define HTTP_MAIL_NO_TLS "it offers no TLS, without which the password is not sent" /* a failure of such a call */

struct http_call {
    const char *method; /* "GET", "POST", "PATCH", "HEAD"; of a mail "MAIL" */
    const char *url;    /* absolute, http or https; of a mail smtp or smtps, and its path is our own name for EHLO */
    const struct http_mail *mail; /* not NULL: no HTTP at all, but a mail by SMTP; `body` is the message (RFC 5322) */
    const struct http_header *headers;
    size_t header_count;
    struct str body; /* empty: none */
    int64_t timeout_ms;
    int64_t wait_ms;         /* of an exchange: the carrier waits so long before it makes this call */
    size_t answer_max_bytes; /* a larger one is no answer (is_too_large); 0: as much as the shell takes */
    bool drops_body;         /* the answer's status is enough: nothing else of it is kept */
    const char *limit;       /* by which its peer counts such calls, as bot/carrier/looks.h calls it; static, or NULL */
    bool is_untaken_on_5xx;  /* its peer's documents say: whatever it answers with 5xx it did not take, and it is to be
                              * sent again. Else nobody can tell of such an answer whether the call was carried out */
    enum http_credential credential;
    const char *audience; /* HTTP_GOOGLE_IDENTITY: the service's own address; HTTP_GITHUB: "owner/name", or an organisation's name; else NULL */
    const char *project;  /* HTTP_GOOGLE_...: which it is about, as its account is by settings_google_of; or NULL */
    bool wants_fresh_credential; /* the one at hand was refused just now: it is fetched anew */
};

/* status 0: no answer came. `failure` then says why, and `was_sent` whether the peer may have seen the call: only a call
 * that certainly never left has false. */
struct http_answer {
    int status;
    const struct http_header *headers; /* names in lower case */
    size_t header_count;
    struct str body;
    const char *failure; /* NULL when status is not 0 */
    bool was_sent;
    int64_t took_ms;   /* from the start of the call to its end, with its name looked up and its connection made */
    int64_t served_ms; /* of that, from when the request could be sent over its connection; 0: it never could */
    bool is_too_large; /* it did answer, with more than is taken: asked again it will be no less */
    bool is_mail;      /* the status is SMTP's (RFC 5321, 4.2): the worst of all recipients', when none was taken; the body
                        * has its words, or when the mail was taken (250) a line for each recipient that was not */
};

/* Not a considered answer: none, or that the peer itself fails. Whoever hears several in a row leaves the peer alone. */
bool http_answer_is_failure(const struct http_answer *answer);

/* NULL when the answer has no such header; name in lower case. */
const char *http_answer_header(const struct http_answer *answer, const char *name);
/* Retry-After in milliseconds: seconds only (RFC 9110, 10.2.3; no sender of ours uses the date form); 0 without one. */
int64_t http_answer_retry_after_ms(const struct http_answer *answer);
/* Date in unix milliseconds: the peer's own clock, to a second (RFC 9110, 5.6.7: the form that is sent); 0 without one. */
int64_t http_answer_date_ms(const struct http_answer *answer);

#endif
