/* reference.h - what policy means, said once more as naively as can be: loops over the settings, no index, no
 * bits, nothing compiled. Written from docs/policy.md alone, so that what it shares with policy/ is the text and not the
 * mistakes. Only for tests.
 *
 * Windows are understood in the one form "Mon-Thu 09:00-16:00 UTC", for zones are proven elsewhere.
 */
#ifndef OPSGATE_TESTS_POLICY_REFERENCE_H
#define OPSGATE_TESTS_POLICY_REFERENCE_H

#include "bot/model/facts.h"
#include "bot/model/question.h"
#include "bot/model/settings.h"
#include "policy/decide.h"

/* Each turns one operator of the reference around, or ignores one thing: how often that changes an answer is how often
 * the thing decides. RULE: a kind of rule, a condition or a need; has to decide in so many cases of a hundred. */
#define REFERENCE_FLIPS(X)                                                                                             \
    X(ALLOW_IGNORED, 1, "rule: allow")                                                                                 \
    X(DENY_IGNORED, 1, "rule: deny")                                                                                   \
    X(GLASS_IGNORED, 1, "rule: deny with break_glass")                                                                 \
    X(BROKEN_IGNORED, 1, "rule: deny whose glass was broken before")                                                   \
    X(REQUIRE_IGNORED, 1, "rule: require")                                                                             \
    X(TO_IGNORED, 1, "condition: to")                                                                                  \
    X(SERVICE_IGNORED, 1, "condition: on.service")                                                                     \
    X(ENVIRONMENT_IGNORED, 1, "condition: on.environment")                                                             \
    X(DATABASE_IGNORED, 1, "condition: on.database")                                                                   \
    X(RUNBOOK_IGNORED, 1, "condition: on.runbook")                                                                     \
    X(LABELS_IGNORED, 1, "condition: on.labels")                                                                       \
    X(SOURCE_IGNORED, 1, "condition: when.source")                                                                     \
    X(DURING_IGNORED, 1, "condition: when.during")                                                                     \
    X(INCIDENT_IGNORED, 1, "condition: when.incident_at_least")                                                        \
    X(PEOPLE_IGNORED, 1, "people: joins principals")                                                                   \
    X(EVERYONE_IGNORED, 1, "everyone")                                                                                 \
    X(GROUPS_IGNORED, 1, "members of groups, teams and schedules")                                                     \
    X(SAFE_IGNORED, 1, "the safe direction")                                                                           \
    X(APPROVALS_IGNORED, 1, "need: approvals")                                                                         \
    X(CHECKS_IGNORED, 1, "need: checks")                                                                               \
    X(REASON_IGNORED, 1, "need: reason")                                                                               \
    X(WINDOW_IGNORED, 1, "need: window")                                                                               \
    X(LASTING_IGNORED, 1, "need: a window that is open until the last increase")                                       \
    X(NO_INCIDENT_IGNORED, 1, "need: no_incident_at_least")                                                            \
    X(VERSION_IGNORED, 1, "need: version")                                                                             \
    X(HEALTHY_IGNORED, 1, "need: healthy_in")                                                                          \
    X(SECOND_CHANNEL_IGNORED, 1, "need: second_channel")                                                               \
    X(JOINS_IGNORED, 0, "who was joined by their addresses is two persons")                                            \
    X(JOINS_FIRST, 0, "only the first join of a principal counts")                                                     \
    X(JOINED_GO_FREE, 0, "what withholds from one is not for whom they are joined with")                               \
    X(JOINS_GIVE, 0, "a role of one is the other's, too")                                                              \
    X(LOGIN_CASE, 0, "a GitHub login in another case is somebody else")                                                \
    X(VERBS_STAR, 0, "a star is no verb")                                                                              \
    X(LABELS_ANY, 0, "one of the labels is enough")                                                                    \
    X(ABSENT_MATCHES, 0, "a question without a service is about every service")                                        \
    X(ALLOW_UNKNOWN_SOURCE, 0, "an allow matches when the source is not known")                                        \
    X(DENY_UNKNOWN_SOURCE, 0, "a deny does not match when the source is not known")                                    \
    X(REQUIRE_UNKNOWN_SOURCE, 0, "a require does not match when the source is not known")                              \
    X(TO_EMPTY, 0, "a deny without `to` is for nobody")                                                                \
    X(MAX_AGE_EDGE, 0, "members as old as max_age count for nothing")                                                  \
    X(MAX_AGE_IGNORED, 0, "members count however old")                                                                 \
    X(SAFE_MAX_AGE, 0, "old members count for nothing in the safe direction too")                                      \
    X(SAFE_DENIED, 0, "a deny holds in the safe direction")                                                            \
    X(SAFE_NEEDS, 0, "the safe direction needs something")                                                             \
    X(SAFE_UNASKED, 0, "the safe direction needs no allow")                                                            \
    X(FOREIGN_EVERYONE, 0, "somebody of another workspace is everyone")                                                \
    X(LOCAL_NOT_EVERYONE, 0, "a local user is not everyone")                                                           \
    X(FOREIGN_SAME, 0, "the same id in another workspace is the same user")                                            \
    X(DURING_FIRST, 0, "only the first window of when.during counts")                                                  \
    X(DURING_LAST, 0, "only the last window of when.during counts")                                                    \
    X(DURING_ALL, 0, "all windows of when.during have to hold")                                                        \
    X(INCIDENT_EXACT, 0, "only an incident as bad counts, none that is worse")                                         \
    X(INCIDENT_INVERTED, 0, "severities are ordered from the least to the worst")                                      \
    X(ALLOW_ERRS, 0, "an allow that errs counts")                                                                      \
    X(UNREAD_GO_FREE, 0, "a deny for a role with a group that was never read is for nobody of that")                   \
    X(WITHHELD_FADES, 0, "a deny or requirement for a role is over when its source is too old")                        \
    X(APPROVERS_MAY_NOT, 0, "who a requirement names as its approver needs an allow besides")                          \
    X(DENY_ERRS, 0, "a deny that errs does not deny")                                                                  \
    X(REQUIRE_ERRS, 0, "a require that errs does not apply")                                                           \
    X(DENY_LAST_ONLY, 0, "only the last deny counts")                                                                  \
    X(DENY_ALL, 0, "every deny that there is has to match")                                                            \
    X(DENY_DECIDES_LAST, 0, "the last deny is told in place of the first")                                             \
    X(GLASS_FOR_ALL, 0, "anybody breaks the glass")                                                                    \
    X(GLASS_UNASKED, 0, "the glass breaks without a reason")                                                           \
    X(GLASS_ONCE, 0, "a broken glass is for every deny")                                                               \
    X(GLASS_CAN_ANY, 0, "who can pass one deny is told they can pass all")                                             \
    X(BROKEN_ALL, 0, "a glass that was broken before is for every deny")                                               \
    X(BROKEN_BY_NOBODY, 0, "a glass stays broken though whoever broke it has lost the role")                           \
    X(BROKEN_BY_ASKER, 0, "a glass stays broken if whoever asks has the role")                                         \
    X(BROKEN_FIRST, 0, "only the first glass that was broken counts")                                                  \
    X(BROKEN_WHOLE, 0, "a glass that was broken before is whole before it begins")                                     \
    X(REQUIRE_FIRST, 0, "only the first require counts")                                                               \
    X(WINDOW_FIRST, 0, "only the first window of a require counts")                                                    \
    X(WINDOW_LAST, 0, "only the last window of a require counts")                                                      \
    X(LASTING_EDGE, 0, "a window that closes just then is long enough")                                                \
    X(LASTING_ONE, 0, "windows that adjoin are two")                                                                   \
    X(LASTING_ANY, 0, "a window that is open at the last increase is enough")                                          \
    X(LASTING_LATER, 0, "the time that it takes counts only before it begins")                                         \
    X(INCREASE_LASTING, 0, "an increase takes all of the time once more")                                              \
    X(NO_INCIDENT_INVERTED, 0, "a need of no incident has severities the other way round")                             \
    X(NO_INCIDENT_UNKNOWN, 0, "incidents that nobody can tell are none")                                               \
    X(CHECKS_UNKNOWN, 0, "checks that nobody can tell are green")                                                      \
    X(CHECKS_RED, 0, "red checks are pending")                                                                         \
    X(VERSION_UNKNOWN, 0, "a version that is not known matches")                                                       \
    X(VERSION_PREFIX, 0, "a pattern matches the begin of a version")                                                   \
    X(HEALTHY_EDGE, 0, "healthy for exactly so long is not long enough")                                               \
    X(HEALTHY_ELSEWHERE, 0, "healthy in any environment is enough")                                                    \
    X(HEALTHY_SHORT, 0, "healthy for however short is enough")                                                         \
    X(APPROVE_ONESELF, 0, "the requester's approval counts")                                                           \
    X(APPROVE_ONESELF_ELSEWHERE, 0, "the requester approves as another principal of theirs")                           \
    X(APPROVE_TWICE, 0, "two approvals of one person are two")                                                         \
    X(APPROVE_AS_AUTHOR, 0, "exclude_authors is not looked at")                                                        \
    X(APPROVE_AUTHORS_UNKNOWN, 0, "nobody is an author while authors are not known")                                   \
    X(APPROVE_AUTHORS_ALWAYS, 0, "authors are excluded though nothing says so")                                        \
    X(APPROVE_WITHOUT_ROLE, 0, "anybody's approval counts")                                                            \
    X(APPROVE_UNMAPPED, 0, "somebody whom nobody knows approves")                                                      \
    X(EXPIRY_EDGE, 0, "an approval just as old as `expires` is void")                                                  \
    X(EXPIRY_IGNORED, 0, "approvals never expire")                                                                     \
    X(COUNT_MORE, 0, "one approval more is needed")                                                                    \
    X(COUNT_LESS, 0, "one approval less is needed")                                                                    \
    X(STATIC_PASSES, 0, "what comes with pinning counts as met before it")                                                  \
    X(INCREASE_NEEDS_ALLOW, 0, "an increase needs an allow")                                                           \
    X(INCREASE_NEEDS_ALL, 0, "an increase needs everything once more")                                                 \
    X(INCREASE_NO_WINDOW, 0, "an increase does not look at windows")                                                   \
    X(INCREASE_NO_INCIDENT, 0, "an increase does not look at incidents")                                               \
    X(INCREASE_NO_DENY, 0, "an increase does not look at denies")                                                      \
    X(INCREASE_GLASS_WHOLE, 0, "a glass broken at the start is whole again at an increase")

enum reference_flip {
    FLIP_NONE,
#define REFERENCE_FLIP_ENUM(name, share, about) FLIP_##name,
    REFERENCE_FLIPS(REFERENCE_FLIP_ENUM)
#undef REFERENCE_FLIP_ENUM
    FLIP_COUNT
};

struct reference_world {
    const struct settings *settings;
    const char *team; /* our Slack workspace */
    const struct membership *sources;
    size_t sources_count;
    const struct principal_join *joins; /* by their addresses, however long ago */
    size_t joins_count;
    const char **identities; /* of the rules, in their order: facts name by them which deny a glass was broken for */
    enum reference_flip flip;
};

enum reference_state { REFERENCE_MET, REFERENCE_PENDING, REFERENCE_PEOPLE, REFERENCE_UNMET };
struct reference_need {
    int line; /* of its rule */
    enum need_kind kind;
    enum reference_state state;
};
struct reference_decision {
    enum verdict verdict;
    int line; /* of the rule that decided; 0: it is not defined which */
    bool can_break_glass;
    bool is_stale; /* in the safe direction: allowed by members that were read too long ago */
    struct reference_need needs[100];
    size_t needs_count;
};

struct reference_decision reference_decide(const struct reference_world *world, const struct question *question,
                                           const struct facts *facts, enum policy_stage stage);

#endif
