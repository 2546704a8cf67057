/* approving.h - what approving.c and approving_asked.c share. Only for the two. */
#ifndef OPSGATE_HANDLERS_DEPLOY_APPROVING_H
#define OPSGATE_HANDLERS_DEPLOY_APPROVING_H

#include "handlers/deploy/deploying.h"

/* ---- approving_asked.c ---- */

void approving_ask_first(struct deploying *d, const struct decision *decision);
void approving_ask_round(struct deploying *d, const struct decision *decision); /* who has not answered, once more */
void approving_ask_later(struct deploying *d);                                  /* it would be in vain now */

/* Somebody gives theirs. False: it does not count. */
bool approving_take(const struct deploying *d, const struct decision *decision, const struct request *request);

#endif
