/* decide.h - may this principal do this? The answer, the rule that gave it, and what would turn it.
 *
 * Nothing allows: denied. Any deny: denied, unless its glass was broken. Every requirement that matches adds up. A request
 * in the safe direction needs an allow and nothing else, and for that alone groups count as they were last read, however
 * long ago. A rule with a condition that cannot be judged leans to the safe side: an allow is absent, a deny denies, a
 * requirement applies; the reason says so. Pure, allocates nothing, takes microseconds.
 */
#ifndef OPSGATE_POLICY_DECIDE_H
#define OPSGATE_POLICY_DECIDE_H

#include "policy/policy.h"

enum verdict {
    VERDICT_DENY,
    VERDICT_ALLOW,
    VERDICT_NEEDS, /* allowed once `needs` are met; until then it is a no */
};
enum policy_stage {
    POLICY_STATIC,   /* a request was just parsed: what comes with its artifact is pending; all else is judged at once */
    POLICY_WHOLE,    /* the artifact is pinned, and before it begins: everything */
    POLICY_INCREASE, /* right before each increase of traffic: denies, windows and open incidents. Who may, and all else that
                      * was required, was settled when it began */
};

struct window; /* policy/window.h */

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
enum need_state {
    NEED_MET,
    NEED_PENDING, /* at the static stage: judged once the artifact is pinned */
    NEED_PEOPLE,  /* people can meet it: by approving, or by confirming elsewhere */
    NEED_UNMET,   /* nobody can, but time, or another request */
    NEED_STATES
};
struct need {
    enum need_kind kind;
    enum need_state state;
    const char *rule;                       /* "opsgate.yaml:12" */
    const struct require_settings *require; /* with the numbers and names */
    int64_t counted;                        /* approvals: persons that count, of require->approvals->count */
    int64_t turns_at_ms;                    /* window, healthy_in: when time alone will have met it, unix; 0: not known */
    const struct window *opens;             /* window: the one that does so then, or NULL */
    const struct window *closes;            /* window: one is open, but not long enough: this one ends it; or NULL */
    int64_t closes_at_ms;
    bool is_too_long;                       /* window: none that comes is open so long */
    int64_t looked_until_ms;                /* window: none until then; 0: none ever */
};
#define POLICY_NEEDS_MAX 16

struct decision {
    enum verdict verdict;
    const char *rule; /* the one that decided: "opsgate.yaml:12"; NULL when no rule matched. Borrowed from the policy */
    /* The allow that lets them, or the requirement whose approvers they are: also when another rule decided. NULL: none does,
     * or an increase, where that was settled. Its words tell which it was when its line has moved. Borrowed likewise. */
    const char *allowed_by, *allowed_words;
    /* Without a full stop: "only a release-manager may deploy api in production". It names nobody, so it may stand in
     * journals and cards. */
    char reason[400];
    char turn[400]; /* what would turn it: "Ask a release-manager to do it, or have a rule name you."; empty: it is allowed */
    bool can_break_glass; /* denied, and this person may pass with a reason: announced, and reviewed afterwards */
    bool is_held;         /* denied, and by no rule: by a lock or the halt, which no glass passes */
    const char *denied_by; /* the deny that decided, as identity.h has it: several may stand on one line; else NULL */
    const char *broken;   /* the first deny that is passed because the glass was broken, "opsgate.yaml:31"; else NULL */
    /* Safe direction: allowed by a group that was read too long ago, "slack-group:S0ENG", and when it was; else NULL. */
    const char *stale_source;
    int64_t stale_read_at_ms;
    const char *empty_source; /* denied: the group in `reason` that was never read, or too long ago; else NULL */
    struct need needs[POLICY_NEEDS_MAX]; /* all that apply, met or not; when there are more, those that are not met first */
    size_t needs_count;                  /* all that apply, even when more than the array holds */
    size_t counts[NEED_STATES];          /* of all that apply */
};

/* `facts` as far as they are known: { .unix_ms = now } knows nothing else. */
struct decision policy_decide(const struct policy *policy, const struct question *question, const struct facts *facts,
                              enum policy_stage stage);

/* It is refused, whatever pinning or people bring: denied, or a need that neither can meet. At the static stage all else
 * goes on and asks again. */
bool decision_refuses(const struct decision *decision);
/* All that it lacks, people can give: approvals, a word through a second door. */
bool decision_waits_for_people(const struct decision *decision);

/* May this person use the verb anywhere and at any time, coming from this source? For help and suggestions, not for
 * decisions. */
bool policy_help_for(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                     const char *source, const char *verb);

/* Could no rule ever let them use the verb, coming from this source? Only who is a stranger for sure is one: whoever had a role
 * when it was last read is none, nor is anybody while a group that an allow names was never read. */
bool policy_is_stranger(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                        const char *source, const char *verb);

#endif
