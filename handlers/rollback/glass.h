/* glass.h - a rollback that leaves an irreversible release, or goes back past one: older code cannot run on what that has
 * changed (handlers/deploy/irreversible.h). Whoever wants it all the same breaks the glass: that is announced, and somebody
 * else reviews it. Nothing else holds such a rollback, and no other rollback needs it. Pure.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_GLASS_H
#define OPSGATE_HANDLERS_ROLLBACK_GLASS_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"
#include "handlers/rollback/body.h"

struct glass {
    const char *service, *environment;
    const char *target;  /* "api/production/us-east1" */
    const char *version; /* that is irreversible, and left or passed; NULL: none is */
    const char *reason;  /* --break-glass; NULL: it is not broken */
};

/* The version that a rollback leaves or passes so, by the record and what was seen of the service; NULL: none. */
const char *glass_version(const struct target *target, const struct rollback_body *body);
struct glass glass_of(const struct rollback_body *body, const char *target);

/* May they break it, by `policy.irreversible_glass`? Where that names nobody, whoever may roll back may. */
bool glass_may_break(const struct view *view, const struct principal *principal);
/* "That is by a group as it was read 3 hours ago: ..."; NULL: they are in it by what is known now. */
const char *glass_old_reading(const struct view *view, const struct principal *principal);
/* False: it is needed, and not broken by somebody who may; the answer says so. */
bool glass_suffices(const struct view *view, const struct principal *principal, const struct glass *glass,
                     struct outcome *out);
/* Into the journal, and a review is asked for; nothing where none is needed. */
void glass_announce(const struct principal *by, const char *request_id, const struct glass *glass, struct outcome *out);

/* "`rollback api production --break-glass TEXT` by `release-manager`" */
const char *glass_words(const struct view *view, const char *service, const char *environment, const char *target);
/* "`v2` is irreversible: ..., so going back from it takes `rollback ...`". A sentence without its full stop. */
const char *glass_sentence(const struct view *view, const struct glass *glass);

#endif
