/* card.h - what people are shown: a reply to one, a card in a channel. Plain structures; each door writes them its way.
 *
 * Texts may hold six marks, and nothing else is markup: *bold*, `code`, @{slack:U012AB3CD} for a person,
 * @{slack-group:S0ENG} for a group of them, @{slack-channel:C012AB3CD} for a channel, and an instant, @{time:1795242914748} or @{date:1795242914748}, in unix
 * milliseconds. Whoever puts words from outside into a text passes them through card_quote.
 */
#ifndef OPSGATE_MODEL_CARD_H
#define OPSGATE_MODEL_CARD_H

#include "bot/base/shape.h"

enum action_style { ACTION_PLAIN, ACTION_PRIMARY, ACTION_DANGER };
struct card_action { /* a button. Pressing it is a request like any other: it types `command` */
    const char *label;   /* "Promote to 25 %" */
    const char *command; /* "promote D1042 --step 2": what makes a stale one known is in it */
    int style;           /* enum action_style */
    const char *confirm; /* asked before it counts, or NULL */
};
extern const struct shape card_action_shape;
#define CARD_ACTIONS_MAX 10 /* Slack: 25 elements in a block */

struct reply {
    const char *text;     /* the first line: the answer itself */
    const char **lines;   /* what follows, a line each */
    size_t lines_count;
    struct card_action *actions;
    size_t actions_count;
    bool is_refusal;      /* the answer is no: `opsgate run` exits 1 */
    bool is_misuse;       /* a refusal of words that make no sense, whoever says them: it exits 2 */
    int64_t field;        /* a refusal of what a form brought (modal.h): it stands at this field, from 1; 0: at the first */
    const char *field_text; /* what stands there, in place of text and lines; NULL: those */
    const char *operation; /* that it began, or NULL */
};
extern const struct shape reply_shape;

enum card_tone { CARD_RUNNING, CARD_WAITING, CARD_GOOD, CARD_BAD, CARD_WITHOUT_EFFECT }; /* the last: it ended, and nothing came of it */
enum step_mark { STEP_NEXT, STEP_NOW, STEP_OK, STEP_BAD };

struct card_field {
    const char *name, *value;
};
struct card_step {
    enum step_mark mark;
    const char *text;
};
struct card {
    const char *operation;  /* "D1042" */
    const char *outside_id; /* goes into the message's metadata: how a lost post is found again */
    const char *title;      /* "Deploy api to staging"; NULL: there is nothing to be shown yet */
    enum card_tone tone;
    const char *status;     /* one sentence */
    struct card_field *fields;
    size_t fields_count;
    struct card_step *steps;
    size_t steps_count;
    const char **table; /* lines in a monospaced block: numbers under numbers */
    size_t table_count;
    struct card_action *actions;
    size_t actions_count;
    const char *footer;
    const char *channel;    /* where it is shown first: "#name" or an id; NULL: in the channel for deployments. Not in the shape */
};
extern const struct shape card_shape;

/* Outside words made harmless: marks removed, control characters to spaces, cut at max_bytes on a character. */
const char *card_quote(struct str text, size_t max_bytes, struct arena *arena);

/* The mark of an instant: of today, shown as a time; or of any day, with its date. */
const char *card_time(int64_t unix_ms, struct arena *arena);
const char *card_date(int64_t unix_ms, struct arena *arena);

/* An instant as it is read where nobody's time zone is known: "06:35:14", "2026-11-21 06:35" with `has_date`; UTC. */
struct card_instant {
    int64_t unix_ms;
    bool has_date;
    char text[24];
};
/* Of the mark's inside, "time:1795242914748". False: it is no instant. */
bool card_instant_read(struct str mark, struct card_instant *ret_instant);

#endif
