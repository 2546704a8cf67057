/* sentences.h - what a decision is told with: why, and what would turn it. Each sets verdict, rule, reason and turn.
 *
 * They name nobody but roles and whoever the file names, so they may stand in journals and cards. Only for files in
 * policy/.
 */
#ifndef OPSGATE_POLICY_SENTENCES_H
#define OPSGATE_POLICY_SENTENCES_H

#include "policy/asked.h"

/* `stale`: the group that it rests on, when that was read too long ago; else NULL. */
void tell_allowed(const struct asked *asked, const struct compiled_rule *rule, const struct grant *stale,
                  struct decision *decision);
void tell_approvers(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision);
void tell_going_on(const struct asked *asked, struct decision *decision); /* an increase that nothing forbids */
void tell_broken(const struct compiled_rule *rule, struct decision *decision); /* after tell_allowed: the glass was broken */

void tell_not_now(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision); /* a condition */
/* `to`: whom the rule lets: of an allow, or the approvers of a requirement. */
void tell_only_others(const struct asked *asked, const struct compiled_rule *rule, const struct compiled_names *to,
                      struct decision *decision);
void tell_no_rule(const struct asked *asked, struct decision *decision);
void tell_denied(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision);
/* `rule`: the first one that is not met, and decides. */
void tell_needs(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision);

#endif
