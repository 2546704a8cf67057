/* change_told.h - what PagerDuty is told of an operation that changes what serves: two change events, one as it begins
 * to, one at its end. Pure.
 *
 * Nothing waits for them, and nothing is decided by them. It is told of places with a `pagerduty_integration_key`. An
 * operation that ends before it changed anything is not told of. Events of one place stand in one lane, so the end
 * never goes before the beginning; whatever else becomes of them, see EFFECT_CHANGE_EVENT (bot/model/effect.c).
 */
#ifndef OPSGATE_HANDLERS_CHANGE_TOLD_H
#define OPSGATE_HANDLERS_CHANGE_TOLD_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"

struct change_words {                  /* plain or with the marks of card.h, in the view's arena */
    const char *doing, *done;          /* "Rolling out", "Rolled out" */
    const char *what;                  /* "api v1.4.2 to production" */
    const char *service, *environment; /* a database's name; environment may be NULL */
    const char *version, *before;      /* or NULL */
    const char *reason;                /* whoever asked, in their own words; or NULL */
    const char *returned;              /* why its traffic was given back; NULL: it was not */
};

/* Is there anything to tell of after this decision? `was_told`: of its beginning, as the operation's body remembers. */
bool change_told_wants(const struct view *view, const struct operation *operation, const struct outcome *out,
                       bool was_told);
/* True: by now its beginning was told. Call it once in a decision, if change_told_wants. */
bool change_told_follow(const struct view *view, const struct operation *operation, const struct change_words *words,
                        bool was_told, struct outcome *out);

/* "production", "production/us-east1": of the target "api/production/us-east1" of a service. */
const char *change_told_place(const struct operation *operation);

#endif
