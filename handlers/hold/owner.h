/* owner.h - is whoever has a lock still here, and if not, who can do something about it? Pure.
 *
 * Somebody has left when Slack says that the account is deactivated, or when no rule lets them lock or unlock there any
 * more. What holds only for a while, such as a window or a deny, is no leaving, and neither is a group that nobody can read.
 */
#ifndef OPSGATE_HANDLERS_HOLD_OWNER_H
#define OPSGATE_HANDLERS_HOLD_OWNER_H

#include "handlers/hold/hold.h"

/* Why, without a full stop; NULL: they are still here, as far as is known. `is_deactivated`: as Slack said the last time. */
const char *owner_left(const struct view *view, const struct principal *owner, const struct hold_place *place,
                       bool is_deactivated);

/* Who they are in Slack, by `people`: "U012AB3CD"; NULL: not known. */
const char *owner_in_slack(const struct view *view, const struct principal *owner);

/* What policy is asked of a principal and a place, as if they asked it at their own door. */
struct question owner_question(const struct view *view, const struct principal *who, const struct hold_place *place,
                               const char *verb);

/* Who may `unlock` there, in words that name them: those on call, else the widest role, else some by name. */
const char *owner_heirs(const struct view *view, const struct hold_place *place);

#endif
