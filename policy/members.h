/* members.h - who has which role by a group, a team or a schedule, as those were last read.
 *
 * Compiled once per reading into an arena, for one policy: whoever has another policy gets another one. Each role keeps
 * when the source was read that gives it, since roles differ in how old that may be. A source that was never read gives
 * nothing. Nothing of `sources` is kept. Pure; safe on any thread once compiled.
 */
#ifndef OPSGATE_POLICY_MEMBERS_H
#define OPSGATE_POLICY_MEMBERS_H

#include "bot/model/facts.h"
#include "policy/policy.h"

/* Sources that no role names, members that are no principals and readings that were never done are passed over; of two
 * readings of one source the younger counts. */
struct members *members_compile(const struct policy *policy, const struct membership *sources, size_t count,
                                struct arena *arena);

/* Before they are used for the first time, and once: who was ever joined. However long ago, and whatever was told since, they
 * are one person for what keeps somebody from something (policy_is_same_person; denies and requirements that are for some).
 * A join gives nobody a role: that is the sources' to say. Joins are of two principals each: who was joined with two is each
 * of them, and those two are not one by that. */
void members_join(struct members *members, const struct principal_join *joins, size_t count);

#endif
