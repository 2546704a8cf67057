/* consent.h - `approve` of a group: the consent goes to each member that waits for it, in the person's own name.
 *
 * Policy judges it for each of them, by that member's place; the group itself has none. What a member would answer is asked of
 * its own machine, without anything coming of it: so the reply to whoever consents has a line for each of them, at once. The
 * requests that follow are decided like any other. Pure.
 */
#ifndef OPSGATE_HANDLERS_GROUP_CONSENT_H
#define OPSGATE_HANDLERS_GROUP_CONSENT_H

#include "bot/model/outcome.h"
#include "bot/model/question.h"
#include "bot/model/view.h"
#include "handlers/group/group.h"

/* What policy is asked for an `approve` of this group: about one of those that wait in it, one for which this person's is
 * allowed, if there is any. False: none waits. */
bool consent_ask_about(const struct view *view, const struct request *request, const struct operation *group,
                       struct question *ret_question, struct error *err);

/* To each that takes it; and the reply. */
void consent_give(const struct view *view, const struct request *request, const struct operation *group,
                  const struct group_body *body, struct outcome *out);

#endif
