/* request.h - something a person or system asks for; policy decides on requests, and on nothing else.
 *
 * A request is decoded from an inbox item by the codec of its source. Strings live in the decision's arena.
 */
#ifndef OPSGATE_MODEL_REQUEST_H
#define OPSGATE_MODEL_REQUEST_H

#include "bot/model/principal.h"

#define REQUEST_WORDS_MAX 64

/* Where the answer goes: first to the connection that waits for it, then to the address that lasts. */
struct reply_address {
    const char *door;       /* "slack", "local": how the text is written */
    const char *instance;   /* the opsgate instance that holds the connection */
    const char *connection; /* its id there */
    const char *url;        /* Slack's response_url: a capability, so secret; NULL when there is none */
    int64_t inline_until_ms; /* store's clock: later the connection has been answered without us */
};
extern const struct shape reply_address_shape;

struct request {
    const char *id;         /* X-Request-Id of what brought it */
    const char *source;     /* "slack", "github", "local", "api" */
    struct principal principal;
    const char *channel;    /* where it was asked, or NULL */
    const char *verb;       /* "deploy": lower case, without the slash */
    const char **words;     /* what follows the verb, quotes resolved */
    size_t words_count;
    const char *text;       /* verb and words as typed, for people */
    int64_t received_at_ms; /* store's clock */
    int64_t not_after_ms;   /* store's clock: void afterwards; 0: never */
    struct reply_address reply_to;
};
extern const struct shape request_shape;

/* Splits a typed line: words by white space, "double" and 'single' quotes, backslash inside double quotes. At most
 * REQUEST_WORDS_MAX. ERR_INVALID: a quote that does not end, too many words. Words live in the arena. */
bool request_split(struct str line, struct arena *arena, const char ***ret_words, size_t *ret_count, struct error *err);

/* The value of `--name value` or `--name=value` among the words, "" for a bare `--name` at the end or before another
 * option, NULL without it. */
const char *request_option(const struct request *request, const char *name);

#endif
