/* explain.h - a decision at length: what each rule that names the verb has to do with the question; and who could do it.
 *
 * For people who look, and for lint's neighbour `who-can`: it allocates and is not quick. Both say what policy_decide says,
 * for they ask it. Pure.
 */
#ifndef OPSGATE_POLICY_EXPLAIN_H
#define OPSGATE_POLICY_EXPLAIN_H

#include "policy/decide.h"

enum explain_outcome {
    EXPLAIN_ELSEWHERE, /* it is about another place, or another source */
    EXPLAIN_OTHERS,    /* it is for somebody else */
    EXPLAIN_NOT_NOW,   /* a condition does not hold; of an allow also: cannot be judged */
    EXPLAIN_PASSED,    /* a deny or requirement that the safe direction does not ask, or whose glass was broken */
    EXPLAIN_SETTLED,   /* an increase does not ask it again */
    EXPLAIN_ALLOWS,
    EXPLAIN_DENIES,
    EXPLAIN_MET,   /* a requirement with everything it needs */
    EXPLAIN_NEEDS, /* a requirement that lacks something */
    EXPLAIN_OUTCOMES
};
extern const char *const explain_outcome_names[]; /* by it: "elsewhere", "allows" */

struct explained_rule {
    const char *rule; /* "opsgate.yaml:12" */
    enum rule_kind kind;
    enum explain_outcome outcome;
    const char *sentence; /* without a full stop */
    /* Of a deny. */
    const char *identity; /* the same wherever it stands; else NULL */
    const char *breakers; /* that denies: who may break its glass, "a lead"; NULL: nobody */
    const char **breaker_names; /* the same, one by one: roles, or principals */
    size_t breaker_names_count;
    const char *by_version; /* of a requirement: explain_by_version */
};
const char *explain_any_of(const char **names, size_t count, struct arena *arena); /* "a lead", "manager or oncall" */

struct explanation {
    struct decision decision;
    struct explained_rule *rules; /* that name the verb, in the order of the file */
    size_t rules_count;
    const char *by_version; /* of all of them together, also where another rule decided; or NULL */
};
struct explanation policy_explain(const struct policy *policy, const struct question *question,
                                  const struct facts *facts, enum policy_stage stage, struct arena *arena);

/* What a decision requires that depends on which version it is: "green checks (opsgate.yaml:12), a version like v*
 * (opsgate.yaml:14)"; NULL: nothing. */
const char *explain_by_version(const struct decision *decision, struct arena *arena);
const char *explain_join_by_version(const char *one, const char *other, struct arena *arena); /* either may be NULL */

struct able_person {
    struct principal principal; /* one of theirs: of Slack, if they can with that */
    const char *text;           /* as rules name it: "slack:U1" */
    const char **others;        /* their others by `people`, named so */
    size_t others_count;
    struct decision decision;   /* allowed, or with needs; of who breaks a glass, once it is broken */
};
struct who_can {
    bool is_everyone; /* any member of the workspace, also whom nothing names */
    struct decision everyone; /* then, or by glass: theirs */
    struct able_person *persons; /* whom the policy or a group names; each once */
    size_t persons_count;
    bool is_everyone_by_glass; /* the same of those who could with a reason for breaking the glass, and not without it */
    struct able_person *by_glass; /* and each of these is not among `persons` */
    size_t by_glass_count;
};
/* The question's own principal does not count. Who has something to wait for is among them. */
struct who_can policy_who_can(const struct policy *policy, const struct question *question, const struct facts *facts,
                              struct arena *arena);
/* Could anybody with this role, if need be by a glass? Everybody could: true. It stops at the first, for it is asked with each
 * card. */
bool policy_can_any(const struct policy *policy, const struct question *question, const struct facts *facts,
                    const char *role, struct arena *arena);

#endif
