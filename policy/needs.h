/* needs.h - what a require asks for, and how far it is met. Only for files in policy/. */
#ifndef OPSGATE_POLICY_NEEDS_H
#define OPSGATE_POLICY_NEEDS_H

#include "policy/asked.h"

/* What serves stays, in other numbers or settings: nothing that is asked of a version (its checks, its authors, where it was
 * good) can be asked of these verbs. */
bool needs_no_version(const char *verb);

/* Is this kind asked for by the rule, and judged at this stage? */
bool need_applies(const struct asked *asked, const struct compiled_rule *rule, enum need_kind kind);
struct need need_judge(const struct asked *asked, const struct compiled_rule *rule, enum need_kind kind);

const struct health_fact *need_health(const struct asked *asked, const char *environment); /* NULL: not known */
bool is_given(const char *text); /* a reason of white space is none */

#endif
