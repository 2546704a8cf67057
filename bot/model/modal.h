/* modal.h - a form that a person fills in: what it asks, and the request that comes of it.
 *
 * Sending it types `command` and the values behind it, as if that person had typed them: policy judges that line, and the
 * verb reads it as it reads any other. A handler that answers a request by asking for words may ask by a form as well
 * (outcome.form). Slack opens it within three seconds of a request that brought a trigger, or never: so it is tried once, as a
 * part of that answer, and where it cannot be opened the answer's own words are said.
 *
 * Of a form whose fields depend on one another a choice types `draft` and what is filled in so far, each value as an option. It
 * only asks: the verb answers it by the form as it is to be now, which takes the place of the one that is open. Nothing hurries
 * then, and whoever left it meanwhile is told nothing.
 */
#ifndef OPSGATE_MODEL_MODAL_H
#define OPSGATE_MODEL_MODAL_H

#include "bot/model/request.h"

#define MODAL_FIELDS_MAX 20
#define MODAL_CHOICES_MAX 100
#define MODAL_VALUE_MAX_BYTES 150  /* of a choice: it cannot be cut */
#define MODAL_NAME_MAX_BYTES 40    /* of a field */
#define MODAL_COMMAND_MAX_BYTES 1000
#define MODAL_TRIGGER_MS 3000 /* Slack's */

enum modal_field_kind {
    MODAL_TEXT,
    MODAL_LINES,
    MODAL_CHOICE,
    MODAL_PERSON,
    MODAL_CHANNEL,
    MODAL_CHECK, /* a box beside its one choice; checked, it is typed as --NAME */
};

struct modal_choice {
    const char *label, *value;
};
struct modal_field {
    const char *name;        /* "service"; of an option the option's: lower case, digits, '-' */
    const char *label;       /* for people */
    const char *hint;        /* below it, or NULL */
    const char *placeholder; /* in it while it is empty, or NULL */
    const char *initial;     /* value it begins with, or NULL; a choice's value, also of a box that is checked; a person's or
                              * channel's id */
    int kind;                /* enum modal_field_kind */
    bool is_option;          /* typed as --name=VALUE; else as a word of its own, in the order of the fields */
    bool is_optional;        /* left empty, it is not typed */
    bool is_decisive;        /* CHOICE: others depend on it, so what is chosen types the draft */
    const char *depends_on;  /* what it stands for beside its name: of another, nothing of what was filled in is kept. Or NULL */
    int64_t max_chars;       /* TEXT, LINES; 0: as many as there may be */
    struct modal_choice *choices; /* CHOICE: at least one; CHECK: one */
    size_t choices_count;
};

struct modal {
    const char *title;   /* 24 characters at most are shown, as of submit */
    const char *submit;  /* "Deploy" */
    const char *intro;   /* above the fields, or NULL; marks of card.h */
    const char *command; /* "deploy --look 7" */
    const char *draft;   /* "deploy --form", or NULL: no field is decisive */
    const char *channel; /* where it was asked for: the request's, once it is sent; or NULL */
    const char *thread;  /* of that channel, or NULL */
    struct modal_field *fields; /* at least one: what is wrong is said at a field */
    size_t fields_count;
    bool tells_closed;   /* SLACK_VIEW_CLOSED comes when it is left without being sent */
};
extern const struct shape modal_shape;

/* Can it be shown, and sent back? ERR_INVALID says what is wrong; a fault of whoever made it. */
bool modal_check(const struct modal *modal, struct error *err);

struct modal_value { /* one that was filled in; empty ones are left out */
    const char *name;
    bool is_option;
    bool is_flag; /* a box that is checked: whatever its value, it is typed as --NAME alone */
    const char *value;
    int64_t field; /* its number among the modal's fields, from 1; 0: not known */
};
extern const struct shape modal_value_shape;

/* Which field of the form that was sent a sentence speaks of, by the value that it quotes in `marks`: its number; 0: none. */
int64_t modal_field_meant(const struct request *request, const char *sentence);

/* Sets verb, words, quoted_words and text of the request: request_split of its text gives the same words. Untouched when
 * it fails. ERR_INVALID: no verb, more words than there may be, control characters, a name that is none. */
bool modal_read(const char *command, const struct modal_value *values, size_t count, struct arena *arena,
                struct request *request, struct error *err);

/* Likewise of a draft: each value is an option. */
bool modal_read_draft(const char *draft, const struct modal_value *values, size_t count, struct arena *arena,
                      struct request *request, struct error *err);

struct modal_delivery { /* a form on its way to whoever asked: delivery.h */
    const char *trigger; /* opens it; NULL: it takes the place of `open` */
    const char *open; /* Slack's id of a modal, or NULL */
    int64_t until_ms; /* store's clock: Slack does not take the trigger any more */
    struct modal modal;
};
extern const struct shape modal_delivery_shape;

/* In answer to `request`, whose trigger or open form it borrows. False: it brought neither. */
bool modal_deliver(const struct request *request, const struct modal *modal, struct modal_delivery *ret_delivery);

#endif
