/* lock_place.h - which place a lock is on: read from the words of a request, and the lock that stands there. Pure. */
#ifndef OPSGATE_HANDLERS_HOLD_LOCK_PLACE_H
#define OPSGATE_HANDLERS_HOLD_LOCK_PLACE_H

#include "handlers/hold/hold.h"
#include "handlers/hold/lock.h"

#define LOCK_EVERYTHING "all" /* as it is typed */

struct hold_place lock_place_of(const struct lock_body *body);

/* SERVICE ENVIRONMENT, ENVIRONMENT, or "all"; *ret_taken: how many of the words it took. The question has what policy
 * needs to know of it. */
bool lock_place_read(const struct view *view, const struct request *request, const struct typed *typed,
                     struct hold_place *ret_place, size_t *ret_taken, struct question *ret_question, struct error *err);

/* The same of the lock with that number, "D1042", which the question names then. The place may have left the configuration
 * since. */
bool lock_place_by_id(const struct view *view, const struct request *request, const char *id,
                      struct hold_place *ret_place, struct question *ret_question, struct error *err);

/* As it is typed: "api production", "production", "all". */
const char *lock_place_typed(const struct hold_place *place, struct arena *arena);

/* Has the configuration such a place? A reload may have taken it away since. */
bool lock_place_is_known(const struct settings *settings, const struct hold_place *place);

const struct operation *lock_find(const struct view *view, const struct hold_place *place); /* or NULL */

#endif
