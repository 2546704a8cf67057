/* policy.h - roles and rules of the configuration, made ready to be asked. decide.h asks.
 *
 * Compiled once per configuration into an arena, and never changed afterwards: who is in which role and which rules
 * speak about which verb and place is looked up, not searched. What the file says has been checked by then
 * (bot/configuration/configuration.h); a name that is unknown nevertheless holds for nobody, and a window that cannot be read is a
 * condition that cannot be judged. Pure; safe on any thread once compiled.
 */
#ifndef OPSGATE_POLICY_POLICY_H
#define OPSGATE_POLICY_POLICY_H

#include "bot/model/facts.h"
#include "bot/model/question.h"
#include "bot/model/settings.h"
#include "policy/zone.h"

struct policy;

/* `settings` must outlive the policy: rules keep their words there; `zones` is asked now, and what it finds is kept.
 * `team` is the Slack workspace whose members are `everyone`; NULL takes slack.team, and without that no Slack user
 * counts as everyone (it fails closed). */
struct policy *policy_compile(const struct settings *settings, const char *team, struct zones zones, struct arena *arena);

/* Does the role hold now for this principal, or for another principal of the same person (`people:`)? "everyone" and a
 * principal in place of a role are fine too. Groups count while they are young enough for the role. */
bool policy_has_role(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                     const char *role);

/* Likewise in the safe direction: there the last reading of a group counts, too, however old it is. `ret_age_ms` says how
 * old; 0: it is not by an old one. */
bool policy_had_role(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                     const char *role, int64_t *ret_age_ms);

/* When `ms` have passed since `from_ms`, unix, of which only the time within incidents.hours and outside of incidents.holidays
 * counts. */
int64_t policy_after_hours(const struct policy *policy, int64_t from_ms, int64_t ms);

/* The zone that the file names so, of a schedule; any other, and one that cannot be found, is UTC. */
const struct zone *policy_zone(const struct policy *policy, const char *name);

/* Are they one person? Principals that no person of the policy has are persons of their own. Who is to be kept from
 * something asks with `members`: then whoever was ever joined by their addresses is one, too. Who is to be given something
 * asks with NULL: addresses can be changed, so they give nothing. */
bool policy_is_same_person(const struct policy *policy, const struct members *members, const struct principal *a,
                           const struct principal *b);
/* Is it known who that is: does `people:`, a role, a source or a rule that gives something name them? */
bool policy_is_known(const struct policy *policy, const struct facts *facts, const struct principal *principal);

/* Their workspace, when it is another one than ours; else NULL, and also while ours is not known. */
const char *policy_foreign_team(const struct policy *policy, const struct principal *principal);

/* As rules have to name this principal: "slack:U1" of our workspace, "slack:T0OTHER/U1" of another one, "local:ann". */
const char *policy_name_of(const struct policy *policy, const struct principal *principal, struct arena *arena);
/* The other way round. False: it is no principal, such as a group, or nothing that one is called. */
bool policy_read_principal(const struct policy *policy, const char *text, struct arena *arena,
                           struct principal *ret_principal);
/* "developer, oncall", as they hold now; NULL: they have none. */
const char *policy_roles_of(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                            struct arena *arena);

#endif
