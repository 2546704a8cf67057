/* asking.h - a deploy's question to policy, and what is known for it. Pure. Only for this folder: asking.c asks it,
 * asking_glass.c is about the denies that somebody may pass.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_ASKING_H
#define OPSGATE_HANDLERS_DEPLOY_ASKING_H

#include "handlers/deploy/deploying.h"

struct asking {
    const struct view *view;
    struct question question;
    struct facts facts; /* no glass is broken but those that were announced */
};

struct asking asking_of(const struct view *view, const struct operation *operation, const struct deploy_body *body);

struct broken deploy_broken(const struct deploy_body *body); /* borrowed from it */
const char *deploy_broken_shown(const struct deploy_body *body); /* broken_shown() of it */

/* A reload took it away: no rule can tell any more what it is about, by label or otherwise. */
bool asking_is_unknown(const struct view *view, const struct deploy_body *body);
const struct operation *asking_find_hold(const struct asking *asking, const struct deploy_body *body); /* or NULL */

#endif
