/* decide.h - may this principal do this? The answer, the rule that gave it, and what would turn it.
 *
 * Nothing allows: denied. Any deny: denied. Every requirement that matches adds up. A request in the safe direction
 * needs an allow and nothing else. A rule with a condition that cannot be judged leans to the safe side: an allow is
 * absent, a deny denies, a requirement is unmet, and the reason says so. Pure, allocates nothing, takes microseconds.
 */
#ifndef OPSGATE_POLICY_DECIDE_H
#define OPSGATE_POLICY_DECIDE_H

#include "bot/model/question.h"
#include "policy/policy.h"

enum verdict {
    VERDICT_DENY,
    VERDICT_ALLOW,
    VERDICT_NEEDS, /* allowed once `needs` are met; until then it is a no */
};
enum policy_stage {
    POLICY_STATIC, /* a request was just parsed: only what cannot change by pinning it. ALLOW means: go on and ask again
                    */
    /* The artifact is pinned: asked then, when the target is granted, and when a handler wants an increase; not again
     * before each try of that. */
    POLICY_WHOLE,
};

enum need_kind {
    NEED_APPROVALS,
    NEED_CHECKS,
    NEED_REASON,
    NEED_WINDOW,
    NEED_NO_INCIDENT,
    NEED_VERSION,
    NEED_HEALTHY_IN,
    NEED_SECOND_CHANNEL,
    NEED_KINDS
};
struct need {
    enum need_kind kind;
    const char *rule;                       /* "opsgate.yaml:12" */
    const struct require_settings *require; /* with the numbers and names */
    bool is_built;                          /* false: nothing can meet it in this version */
};
#define POLICY_NEEDS_MAX 16

struct decision {
    enum verdict verdict;
    const char *rule; /* the one that decided: "opsgate.yaml:12"; NULL when no rule matched. Borrowed from the policy */
    /* Without a full stop: "only a release-manager may deploy api in production". It names nobody, so it may stand in
     * journals and cards. */
    char reason[240];
    char turn[240]; /* what would turn it: "Ask a release-manager to do it, or have a rule name you."; empty: it is allowed */
    bool can_break_glass; /* denied, and this person may pass with a reason: announced, and reviewed afterwards */
    struct need needs[POLICY_NEEDS_MAX]; /* of VERDICT_NEEDS */
    size_t needs_count;                  /* all that apply, even when more than the array holds */
};

/* question->is_safe_direction skips every deny and requirement. now_ms: unix, for windows. */
struct decision policy_decide(const struct policy *policy, const struct question *question, enum policy_stage stage,
                              int64_t now_ms);

/* May this person use the verb anywhere at all, coming from this source? For help and suggestions, not for decisions.
 */
bool policy_help_for(const struct policy *policy, const struct principal *principal, const char *source,
                     const char *verb);

#endif
