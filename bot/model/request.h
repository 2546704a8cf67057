/* request.h - something a person or system asks for; policy decides on requests, and on nothing else.
 *
 * A request is decoded from an inbox item by the codec of its source. Strings live in the decision's arena.
 */
#ifndef OPSGATE_MODEL_REQUEST_H
#define OPSGATE_MODEL_REQUEST_H

#include "bot/model/principal.h"

#define REQUEST_WORDS_MAX 64
#define REQUEST_OPTIONS_MAX 20 /* of one verb */

/* Where the answer goes: first to the connection that waits for it, then to the address that lasts. */
struct reply_address {
    const char *door;       /* "slack", "local": how the text is written */
    const char *instance;   /* the opsgate instance that holds the connection */
    const char *connection; /* its id there */
    const char *url;        /* Slack's response_url: a capability, so secret; NULL when there is none */
    int64_t inline_until_ms; /* store's clock: later the connection has been answered without us */
    /* Who asked by a message, a modal or a shortcut has no url. Answers go to where they asked; a refusal is shown there to
     * them alone. Without a channel it is a direct message to them. */
    const char *channel; /* Slack: an id; or NULL */
    const char *thread;  /* ts of its first message; NULL: in the channel itself */
    const char *user;    /* Slack: an id; or NULL */
    bool is_for_one;     /* every answer is shown to `user` alone: strangers read along there */
};
extern const struct shape reply_address_shape;

struct request_message { /* one that a request is about: whose shortcut was used */
    const char *channel, *ts;
    const char *thread; /* it stands in, or NULL */
    const char *user;   /* who wrote it, or NULL */
    const char *text;   /* as it was typed, in plain text, cut; or NULL */
};
extern const struct shape request_message_shape;

struct modal_value;

struct request {
    const char *id;         /* X-Request-Id of what brought it */
    const char *source;     /* "slack", "github", "local", "api" */
    struct principal principal;
    const char *channel;    /* where it was asked, or NULL */
    const char *verb;       /* "deploy": lower case, without the slash */
    const char **words;     /* what follows the verb, quotes resolved */
    size_t words_count;
    uint64_t quoted_words;  /* a bit for each word that began with a quote: such a one is no option, whatever it looks like */
    const char *text;       /* verb and words as typed, for people */
    int64_t received_at_ms; /* store's clock */
    int64_t not_after_ms;   /* store's clock: void afterwards; 0: never */
    struct reply_address reply_to;
    const char *trigger;    /* Slack's trigger_id: opens one modal, once, within 3 s of received_at_ms; NULL: none; secret */
    const struct request_message *about; /* or NULL */
    const struct modal_value *values;    /* of a form that was sent, or a draft: what was filled in (modal.h); else NULL */
    size_t values_count;
    const char *form;                    /* a draft: Slack's id of the modal in which something was chosen (modal.h); else NULL */
};

/* Splits a typed line into the request's words: by white space, "double" and 'single' quotes, backslash inside double
 * quotes; but the one in `it's` is an apostrophe. At most REQUEST_WORDS_MAX. ERR_INVALID: a quote that does not end, too many words. Words live in the arena. */
bool request_split(struct str line, struct arena *arena, struct request *request, struct error *err);

/* Whoever asks how a verb is used, asks for nothing else: `deploy --help`, `deploy api -h` and `deploy help` become `help
 * deploy`, and `--help` alone becomes `help`. Quoted words stay words; any other request stays as it is. */
void request_turn_to_help(struct request *request, struct arena *arena);

struct verb_option { /* a row of a verb's table */
    const char *name; /* "reason": typed as --reason */
    bool takes_value;
    bool is_repeatable; /* takes a value, and may stand there several times: typed_list has them all */
    bool is_secret;     /* takes NAME=VALUE, and the values are nobody's business: request_text_shown leaves them out */
    bool is_internal;   /* opsgate's own buttons carry it: taken from everybody, and shown to nobody */
};

struct typed { /* a request's words, sorted into those of the verb and its options; borrows the request's and the rows */
    const char *verb;
    const char *words[REQUEST_WORDS_MAX];
    size_t words_count;
    const struct verb_option *options;
    size_t options_count;
    const char *values[REQUEST_OPTIONS_MAX]; /* by the rows of options; "" where none is taken, NULL: not given. The last one
                                              * of those that may be repeated */
    const char **lists[REQUEST_OPTIONS_MAX]; /* repeatable ones: all values, in the order typed */
    size_t lists_count[REQUEST_OPTIONS_MAX];
};

/* How every verb reads what was typed behind it: `--name value`, `--name=value`, `--name`; a value that begins with --
 * is given by `=` or in quotes. Words come before the first value. ERR_INVALID says what is wrong, with the nearest
 * option when one is not known: an option passed over might have been what made the request safe. */
bool request_read(const struct request *request, const struct verb_option *options, size_t options_count,
                  struct arena *arena, struct typed *ret_typed, struct error *err);

const char *typed_option(const struct typed *typed, const char *name); /* its value; NULL: not given */
size_t typed_list(const struct typed *typed, const char *name, const char *const **ret_values); /* of a repeatable one */

/* The request's text without the values of secret options: "deploy api staging --set-env TOKEN=***". */
const char *request_text_shown(const struct request *request, const struct verb_option *options, size_t options_count,
                               struct arena *arena);

/* Likewise, and without what follows NAME= in upper case, or is no number: "set api production cpu=2 TOKEN=*** pass=***".
 * For verbs that say so, and for what is no verb: it may be a slip of one. */
const char *request_text_without_values(const struct request *request, const struct verb_option *options,
                                        size_t options_count, struct arena *arena);

#endif
