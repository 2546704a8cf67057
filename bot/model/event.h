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
    EVENT_REQUEST, /* a request that concerns it, allowed by policy: `name` is its verb, `request`, `arguments`; the
                    * outcome's reply goes to who asked */
    EVENT_OUTSIDE, /* something happened outside that concerns it: `name` as its source names it, `outside` */
};

enum event_end {
    END_DONE,      /* it happened; `body` says what */
    END_FAILED,    /* it did not and will not: `error` says why */
    END_GAVE_UP,   /* tried for as long as its kind allows; readings: the deadline passed */
    END_UNKNOWN,   /* nothing can tell whether it happened, and it is not tried again: a person has to look */
    END_CANCELLED, /* never tried */
};
extern const char *const event_end_names[]; /* "done", "failed", "gave-up", "unknown", "cancelled"; NULL-terminated */

struct request;
struct outside_event;

struct event {
    enum event_kind kind;
    const char *name;   /* timer, message, reading: as the handler called it; effect: its tag */
    const char *from;   /* message: the sender's operation id, or "engine" */
    const char *effect; /* effect: its id, "D1042.7" */
    const char *effect_outside_id; /* effect: as the outside knows it; of a program, its run */
    enum event_end end;
    const char *error;  /* a sentence, or NULL */
    bool is_refusal;    /* effect, reading, not done: a person has to mend a credential or what it may do */
    const cJSON *body;  /* or NULL */
    const struct request *request; /* request: who asks, from where */
    const void *arguments;         /* request: what its verb's asks() made of the words */
    const struct outside_event *outside; /* outside */
};

/* Messages that the engine itself sends to an operation about its target. */
#define MESSAGE_GRANTED "target.granted" /* it is yours; body {target} */
#define MESSAGE_YIELD "target.yield"     /* to who holds it, waits for it or has yet to claim it: give it up, increase
                                          * nothing any more; body {target, by: "D1050", version, is_over}. is_over: what
                                          * is told was done long ago, and brings back nothing of yours any more */

/* To what stands (bot/model/verb.h): another owner has begun, so nobody looked for a while; or this one decides by another
 * configuration, or tries again what was refused. Timers that are due may come before it. */
#define MESSAGE_OWNER "owner.began"

/* To who knows who is in which group: somebody was refused because one was never read, or too long ago. At most one a minute;
 * body {source} */
#define MESSAGE_STALE "members.stale"

/* To what stands and hears of refusals (bot/model/verb.h): a peer does not take a credential, or what it may do is too
 * little; body: bot/model/parked.h. And that it is taken again; body {seat}. */
#define MESSAGE_REFUSED "credential.refused"
#define MESSAGE_ACCEPTED "credential.accepted"

/* What a listener found to concern an operation comes to it by a message, and is heard as EVENT_OUTSIDE. */
#define MESSAGE_OUTSIDE "event.outside"

/* Messages that the engine sends to an operation that asked for other requests (outcome_request); `name` in the body is
 * the one given there. */
#define MESSAGE_CHILD_BEGUN "child.begun"     /* body {name, operation} */
#define MESSAGE_CHILD_REFUSED "child.refused" /* body {name, text}: it began nothing */
#define MESSAGE_CHILD_ENDED "child.ended"     /* body {name, operation, result, summary} */
/* By the child itself, with the same body: what was asked for is there, and ends by itself some time. */
#define MESSAGE_CHILD_STANDS "child.stands"

#endif
