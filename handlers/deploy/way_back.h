/* way_back.h - the way back of an environment that a program or a workflow deploys. Cloud Run's is rollback/. */
#ifndef OPSGATE_HANDLERS_DEPLOY_WAY_BACK_H
#define OPSGATE_HANDLERS_DEPLOY_WAY_BACK_H

#include "bot/model/verb.h"
#include "handlers/place.h"
#include "handlers/rollback/glass.h"

/* `rollback` of such a place: a deploy of the good version before begins, or the answer says why not. `from`: what the
 * button's card showed, or NULL. */
void deploy_way_back_begin(const struct view *view, const struct request *request, const struct place *place,
                           const char *from, const char *reason, const char *break_glass, struct outcome *out);

struct glass deploy_way_back_glass(const struct view *view, const struct place *place); /* what it would take now */

/* What it would leave now, and where it would go. False: it would be refused, or one is on its way. */
bool deploy_foresee_way_back(const struct view *view, const struct place *place, const char *from,
                             struct target_version *ret_left, struct target_version *ret_to);

struct deploying;
/* It ended, and may have changed what runs: what it was to leave is bad, whatever became of it. That is the newest good
 * version, unless it goes back to that one. Only for this folder. */
void deploy_mark_left(struct deploying *d);

#endif
