/* event.h - a fact: a timer fired, a message came from another operation, an effect ended, a reading was answered.
 *
 * Requests and events are the engine's inputs. Strings and JSON live in the decision's arena.
 */
#ifndef OPSGATE_MODEL_EVENT_H
#define OPSGATE_MODEL_EVENT_H

#include "bot/base/json.h"

enum event_kind {
    EVENT_TIMER,   /* `name` is due */
    EVENT_MESSAGE, /* `name` from operation `from`, with `body` */
    EVENT_EFFECT,  /* the effect with tag `name` ended: `end`, `body` is its result or NULL */
    EVENT_READING, /* the reading `name` was answered, failed or missed its deadline: `end`, `body` */
};

enum event_end {
    END_DONE,      /* it happened; `body` says what */
    END_FAILED,    /* it did not and will not: `error` says why */
    END_GAVE_UP,   /* tried for as long as its kind allows; readings: the deadline passed */
    END_UNKNOWN,   /* nothing can tell whether it happened, and it is not tried again: a person has to look */
    END_CANCELLED, /* never tried */
};
extern const char *const event_end_names[]; /* "done", "failed", "gave-up", "unknown", "cancelled"; NULL-terminated */

struct event {
    enum event_kind kind;
    const char *name;   /* timer, message, reading: as the handler called it; effect: its tag */
    const char *from;   /* message: the sender's operation id, or "engine" */
    const char *effect; /* effect: its id, "D1042.7" */
    enum event_end end;
    const char *error;  /* a sentence, or NULL */
    const cJSON *body;  /* or NULL */
};

/* Messages that the engine itself sends to an operation that claimed a target. */
#define MESSAGE_GRANTED "target.granted" /* it is yours; body {target} */

#endif
