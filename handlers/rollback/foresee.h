/* foresee.h - what a rollback would do now, by the record alone: for whoever offers one. Pure.
 *
 * Nothing is asked of anybody, and nothing is promised: the rollback itself looks first at what serves.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_FORESEE_H
#define OPSGATE_HANDLERS_ROLLBACK_FORESEE_H

#include "bot/model/view.h"

struct rollback_prospect {
    const char *from, *to; /* versions, short and quoted; NULL: not known */
    const char *further;   /* "goes further back: ...", as rollback_choice has it; or NULL */
    const char *aborts;    /* "D7, web of D8": whom it stops; NULL: nobody */
    const char *glass;     /* what it takes, which no button has: a sentence without its full stop; NULL: nothing */
};

/* `target`: "api/production", "api/production/us-east1". `from`: only if that is what serves; or NULL. False: there is
 * nothing to go back to, as far as is known; something else serves than `from`; or the place is not configured any
 * more. */
bool rollback_foresee(const struct view *view, const char *target, const char *from, struct rollback_prospect *ret);

#endif
