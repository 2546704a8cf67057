/* outcome.h - what a decision wants: a value that handlers fill and the engine commits, all or nothing.
 *
 * A handler never does anything; it says here what should be. Everything lives in the decision's arena; JSON given to
 * these calls becomes the outcome's. One decision changes at most one operation: the one that a request begins, or the one
 * an event came to.
 */
#ifndef OPSGATE_MODEL_OUTCOME_H
#define OPSGATE_MODEL_OUTCOME_H

#include "bot/model/card.h"
#include "bot/model/effect.h"
#include "bot/model/modal.h"
#include "bot/model/operation.h"

struct wanted_effect {
    const char *kind;       /* EFFECT_... */
    const char *lane;       /* NULL: a lane of its own */
    const char *tag;        /* given back in the event when it ends; NULL: nobody wants to know */
    const char *key;        /* latest_wins kinds */
    bool can_wait, goes_first, can_join; /* effect.h */
    cJSON *args;
};
struct wanted_reading {
    const char *name, *kind;
    cJSON *args;
    int64_t deadline_ms; /* from now */
};
struct wanted_timer {
    const char *name;
    int64_t at_ms; /* as the view's now_ms; 0: cancel it */
};
struct wanted_message {
    const char *to, *name;
    cJSON *body;
};
struct wanted_request { /* decided like any other, for whoever it is asked for */
    const char *name;   /* the asking operation's own, given back in MESSAGE_CHILD_... */
    const char *verb;
    const char **words; /* as if typed behind the verb, each a word of its own */
    size_t words_count;
    const struct principal *requester; /* in whose name; NULL: the operation's requester, source and request */
    const char *source, *request_id;   /* of that one */
    const char *why_not; /* a listener asks for nothing after all: for the journal, nothing personal; or NULL */
};
struct wanted_journal {
    const char *kind; /* "deploy.pinned" */
    cJSON *body;      /* nothing personal */
    cJSON *personal;  /* erasable, or NULL */
};

struct outcome {
    struct arena *arena;
    const char *operation_id; /* of the operation; for a request: the id that an operation begun now gets */
    const char *outside_id;

    bool begins;            /* request: there is an operation now */
    const char *kind;       /* begins: its machine */
    const char *target;     /* begins: what it will change, or NULL */
    const char *state;      /* new state, or NULL: as it was */
    const void *body;       /* new body by the machine's shape, or NULL: as it was */
    const char *result, *summary; /* it ended; or NULL */
    bool is_forgotten;            /* ends: not kept among the ended ones (a look that changed nothing) */
    bool card_can_wait;           /* nothing but numbers changes on its card: what others have to show goes first */

    const char *claims;     /* a target: MESSAGE_GRANTED comes once it is ours */
    bool claims_first;      /* claims: before all who wait; who else is after that target gets MESSAGE_YIELD, and a group that
                             * was begun before begins nothing there any more */
    bool claims_ahead;      /* claims: before all who wait but a way back; nobody has to give way to it */
    int64_t turns_away_at_ms; /* MESSAGE_YIELD with `is_over` to who is after `target` and was asked for before that instant;
                               * a group of before begins nothing there any more. 0: nobody has to go */
    bool releases;          /* gives back what it holds or waits for; ending does that too */
    struct target_version *good; /* the target's new good version, or NULL */
    struct target_version *before; /* good: what served until then; recorded below it when nothing else is; or NULL */
    bool is_return;              /* good: one of its stack again, by revision; those above it leave the stack */
    struct target_version *bad;  /* left because it failed or was rolled back; or NULL */
    bool leaves_doubt;           /* it ends badly, and what the target runs now is not known */
    struct target_end *end;      /* it ends: what the target keeps of that; its name the engine adds, and its times where they are 0. NULL: nothing */

    const struct wanted_effect *if_stuck; /* wanted once it is stuck, when no handler of it says anything any more; it stays until
                                           * another one comes; one without a kind takes it back. NULL: as it was */
    const char **cancels; /* tags of effects of this operation: those not in flight end as cancelled, one in flight is not
                           * tried again; or is cut off, if the operation ends by this outcome */
    size_t cancels_count;
    struct wanted_effect *effects;
    size_t effects_count;
    struct wanted_reading *readings;
    size_t readings_count;
    struct wanted_timer *timers;
    size_t timers_count;
    struct wanted_message *messages;
    size_t messages_count;
    struct wanted_request *requests;
    size_t requests_count;
    struct wanted_journal *journal;
    size_t journal_count;
    const char *drops_dead; /* a dead letter that goes, by its id in the store; or NULL */
    bool drops_all_dead;    /* all of them */
    int64_t *erases;        /* numbers of journal entries: what stands beside them goes */
    size_t erases_count;
    struct reply *reply; /* to the person whose request is being decided; or NULL. A request that begins an operation
                          * without a reply is answered by the first outcome of that operation that has one */
    const struct modal *form; /* a request's reply asks for words: this asks better, where it can be opened. Or NULL */
};

void outcome_init(struct outcome *out, struct arena *arena, const char *operation_id, const char *outside_id);
void outcome_begin(struct outcome *out, const char *kind, const char *target, const char *state, const void *body);
void outcome_move(struct outcome *out, const char *state, const void *body); /* NULL: unchanged */
void outcome_end(struct outcome *out, const char *state, const char *result, const char *fmt, ...) PRINTF_LIKE(4, 5);
void outcome_effect(struct outcome *out, struct wanted_effect effect);
void outcome_read(struct outcome *out, const char *name, const char *kind, cJSON *args, int64_t deadline_ms);
void outcome_timer(struct outcome *out, const char *name, int64_t at_ms);
void outcome_cancel_timer(struct outcome *out, const char *name);
void outcome_message(struct outcome *out, const char *to, const char *name, cJSON *body);
void outcome_if_stuck(struct outcome *out, struct wanted_effect effect);
void outcome_request(struct outcome *out, struct wanted_request request);
void outcome_cancel_effects(struct outcome *out, const char *tag);
void outcome_journal(struct outcome *out, const char *kind, cJSON *body, cJSON *personal);
void outcome_reply(struct outcome *out, const char *fmt, ...) PRINTF_LIKE(2, 3);      /* the first line */
void outcome_reply_line(struct outcome *out, const char *fmt, ...) PRINTF_LIKE(2, 3); /* after outcome_reply */
void outcome_reply_action(struct outcome *out, struct card_action action);            /* after outcome_reply */
void outcome_refuse(struct outcome *out, const char *fmt, ...) PRINTF_LIKE(2, 3);     /* a reply that says no */
void outcome_misused(struct outcome *out, const char *fmt, ...) PRINTF_LIKE(2, 3);    /* likewise, to words that make no sense */

#endif
