/* hold.h - what holds a place back: locks, which people put on places, maintenance at work there, which holds as a lock on
 * deploys does, and the halt, which is on everything. Pure.
 *
 * Each is an operation that lives as long as it holds, so it is durable, journalled, has a number and a card, and one look
 * at the live operations tells all that hold. What holds, holds increases: no rollout begins and none gets more traffic;
 * what takes traffic back is never held.
 */
#ifndef OPSGATE_HANDLERS_HOLD_HOLD_H
#define OPSGATE_HANDLERS_HOLD_HOLD_H

#include "bot/model/outcome.h"
#include "bot/model/question.h"
#include "bot/model/view.h"

#include "policy/decide.h"

struct hold_place { /* of a lock */
    const char *service;     /* or a database; NULL: all of them */
    const char *environment; /* NULL, and then no service either: everything */
};

/* What people are told of one whose own event crashed its owner: machine.holds_on. */
#define HOLD_ON "It holds on as it was: nothing reminds of it, and no time ends it."
#define HOLD_STUCK "stuck: its own event crashed opsgate. It holds on until somebody ends it" /* on its card */

/* To live rollouts where something begins or ceases to hold: their cards tell it. To so many that it always fits into a
 * commit; it holds the others none the less. */
#define MESSAGE_HOLD "hold.changed"
void hold_tell_rollouts(const struct view *view, const struct hold_place *place, struct outcome *out);

/* The halt, else the widest lock, that holds back `verb` for the requester there; NULL: nothing does. A lock on deploys
 * does not hold its owner back, nor one on a database alone, which holds its failovers and restores. */
const struct operation *hold_find(const struct view *view, const char *service, const char *environment,
                                  const char *verb, const struct principal *requester);

/* Whose it is now: whoever asked for it, or to whom it was handed over. Borrowed from the record. */
struct principal hold_owner(const struct operation *hold);

/* "`api/production`", "`production`", "everything" */
const char *hold_place_text(const struct hold_place *place, struct arena *arena);
/* Of a lock or halt, as a decision words it, without names: "api/production is locked (D7)", "everything is halted (D7)". */
const char *hold_reason(const struct operation *hold, struct arena *arena);
/* Who, since when, why, until when, and what is wrong with it: for people alone. "@{slack:U1} locked `production` 3 h ago:
 * db migration" */
const char *hold_words(const struct view *view, const struct operation *hold);
/* The same with the date: for a page that is published anew when its words change. */
const char *hold_words_that_stay(const struct view *view, const struct operation *hold);
/* What would turn it: "It can go on after `unlock production`." */
const char *hold_turn(const struct operation *hold, struct arena *arena);

/* As policy denies: what holds is a deny that people made, by a number in place of a rule. */
void hold_deny(const struct operation *hold, struct arena *arena, struct decision *decision);

bool hold_is_halt(const struct operation *hold);
bool hold_covers(const struct operation *hold, const char *service, const char *environment); /* it holds that place, too */

/* A line of the reply for each that holds something there; without a service, everywhere. */
void hold_say(const struct view *view, const char *service, const char *environment, struct outcome *out);

/* When this one ends: a line of the reply for each that holds all of its place besides. */
void hold_say_others(const struct view *view, const struct operation *hold, struct outcome *out);

/* All that hold, oldest first; returns how many there are. */
size_t hold_list(const struct view *view, const struct operation **list, size_t max);

#endif
