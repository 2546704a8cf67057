/* operation.h - one durable piece of work with a beginning and exactly one end; and the small records around it.
 *
 * The records are JSON documents written from these shapes: {kind, schema, state, target, body} and what every operation
 * has. The body belongs to the operation's machine (bot/model/verb.h), which reads it by its own shape.
 */
#ifndef OPSGATE_MODEL_OPERATION_H
#define OPSGATE_MODEL_OPERATION_H

#include "bot/model/request.h"

/* A question to the outside world that an operation waits for. It is in the operation's record, so that a takeover asks
 * again; an answer to another generation is dropped. */
struct awaited {
    const char *name;     /* the handler's: "digest", "service" */
    const char *kind;     /* "registry.digest", "run.service": which exchange asks */
    int64_t generation;
    int64_t deadline_at_ms; /* steady clock */
    const cJSON *args;
};

struct operation {
    const char *id;         /* "D1042": people type it; "L7": its verb only looks (verb.h), and nobody is told of it */
    const char *outside_id; /* "{birth}-{16 hex}" */
    const char *kind;       /* "deploy": its machine */
    int64_t schema;         /* of the body */
    const char *state;      /* of its machine */
    const char *target;     /* "api/production", or NULL */
    const char *request_id; /* what began it */
    const char *source;
    struct principal requester;
    struct reply_address reply_to; /* who asked has no answer yet; door NULL: answered, or nobody waits */
    const char *parent, *parent_name; /* the operation that asked for it, and what that one calls it; or NULL */
    int64_t created_at_ms, changed_at_ms, ended_at_ms; /* steady clock; ended 0 while it runs */
    int64_t shift_ms;       /* it was created when the store's clock said created_at_ms + shift_ms */
    int64_t adoption;       /* a way back, begun while the store was only observed by its adoption of this number; 0: not so */
    const char *result;     /* "done", "failed", "refused", "aborted", "superseded", "stuck"; NULL while it runs */
    const char *summary;    /* how it ended, a sentence; NULL while it runs */
    bool is_stuck;          /* its own event crashed the owner again and again: it was ended without its handler, or
                             * stands as it was (machine.holds_on) */
    bool is_forgotten;      /* ended, and not kept among the ended ones */
    int64_t effects_made;   /* D1042.1, D1042.2, ... */
    int64_t generation;     /* of the next reading */
    struct awaited *awaited;
    size_t awaited_count;
    const char *card_channel, *card_ts; /* where its card stands; NULL before the first show */
    const char *card_shown;             /* digest of the card last recorded as an effect */
    const cJSON *if_stuck;              /* outcome_if_stuck: {kind, lane, key, args}; NULL: nothing */
    const cJSON *body;                  /* by its machine's shape */
};
extern const struct shape operation_shape;

struct timer {
    const char *operation, *name; /* one of a name each; setting it again moves it */
    int64_t at_ms;                /* steady clock */
};
extern const struct shape timer_shape;

struct message {
    const char *id;       /* "M12" */
    int64_t order;        /* grows: messages are delivered in it */
    const char *from, *to; /* operations, or "engine" */
    const char *name;
    const cJSON *body;
};
extern const struct shape message_shape;

bool operation_has_ended(const struct operation *operation);

/* Two counters, so that looking uses up none of the numbers that people type. */
const char *operation_id(int64_t number, struct arena *arena); /* "D1042" */
const char *look_id(int64_t number, struct arena *arena);      /* "L7" */
bool operation_is_id(const char *word);                        /* "D1042", of one that people can ask about and act on */
const char *operation_id_read(const char *word, struct arena *arena); /* the same, also of "d1042"; NULL: it is none */
bool operation_is_look(const char *id);                        /* "L7" */
/* Whose member it is; NULL: nobody's. What only a look asked for, such as a trigger, stands alone: looks have numbers of
 * their own, which people are not shown, and which say nothing about what was asked for later. */
const char *operation_group(const struct operation *operation);

#endif
