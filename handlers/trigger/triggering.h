/* triggering.h - one event's decision about a trigger, and the moves that several states share. Only for this folder. */
#ifndef OPSGATE_HANDLERS_TRIGGER_TRIGGERING_H
#define OPSGATE_HANDLERS_TRIGGER_TRIGGERING_H

#include "handlers/trigger/trigger.h"

#include "bot/base/time.h"
#include "bot/model/event.h"
#include "bot/model/outcome.h"

struct triggering {
    const struct view *view;
    const struct operation *operation;
    struct trigger_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

#define TRIGGER_READ_MS (2 * MINUTE_MS) /* one try to ask GitHub */
#define TRIGGER_AGAIN_MS (30 * SECOND_MS)

/* ---- trigger.c ---- */

/* How long ago it happened; at least for so long as it is known here, for the clock may have been set back since. */
int64_t trigger_age_ms(const struct triggering *t);
void trigger_keep(struct triggering *t);
/* It ends, and is not kept; the sentence stands in the journal for good, so nobody's name is in it. */
void trigger_end(struct triggering *t, const char *result, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Nothing was begun, and that is said where people read along; then it ends, "refused" or "failed". */
void trigger_end_aloud(struct triggering *t, const char *result, const char *why);
/* It came too late: so it ends, aloud if any of its places is not brought it otherwise; the others are left out. */
void trigger_end_late(struct triggering *t);
const char *trigger_quote(const struct triggering *t, const char *words);
const char *trigger_reason(const struct triggering *t); /* why the event brought no answer */
/* One of our own answers, in which outside words are quoted already: without its marks and its end, in one line. */
const char *trigger_clause(const struct triggering *t, const char *answer);

/* ---- confirm.c: is it still what was told? ---- */

void trigger_confirm(struct triggering *t); /* the first question, of its kind */
void trigger_on_release(struct triggering *t);
void trigger_on_commit(struct triggering *t);
void trigger_on_order(struct triggering *t);
void trigger_on_again(struct triggering *t);
/* A commit or release by its name; and how the body's commit stands to a branch's head. */
void trigger_ask_source(struct triggering *t, const char *name, const char *kind, const char *ref);
void trigger_ask_order(struct triggering *t, const char *name, const char *head);
/* The reading's answer. False: there is none, and it was seen to. */
bool trigger_read_answer(struct triggering *t, const struct shape *shape, void *ret_value);
/* GitHub gave no answer in time: it is asked again, as long as what happened is not too old by then. */
void trigger_ask_again(struct triggering *t);

/* ---- compare.c: what changed since what serves? ---- */

void trigger_compare(struct triggering *t); /* it is confirmed */
void trigger_on_paths(struct triggering *t);

/* ---- spread.c: a deploy for each environment ---- */

void trigger_spread(struct triggering *t);
void trigger_on_begun(struct triggering *t);
void trigger_on_refused(struct triggering *t);
void trigger_on_ended(struct triggering *t);
void trigger_on_look(struct triggering *t); /* after what brings it already */
void trigger_on_member_refused(struct triggering *t); /* of the group that it asked for */

#endif
