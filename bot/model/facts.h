/* facts.h - what policy is told besides the question: the time, who is in which group, what is open, and what is known of
 * the one thing that is asked for. Borrowed, only for one decision.
 */
#ifndef OPSGATE_MODEL_FACTS_H
#define OPSGATE_MODEL_FACTS_H

#include "bot/model/principal.h"

enum known { KNOWN_NOT, KNOWN_NO, KNOWN_YES };

struct membership { /* a group, team or schedule as it was last read */
    const char *source;   /* "slack-group:S0ENG", as roles write it */
    int64_t read_at_ms;   /* unix; 0: never */
    const char **members; /* "slack:U012AB3CD", "github:octocat", "pagerduty:PXPGF42" */
    size_t members_count;
    const char *problem; /* why it could not be read the last time, or NULL */
};
struct principal_join { /* both systems told one address for them, once */
    const char *principal, *is; /* "pagerduty:PXPGF42", "slack:U012AB3CD" */
};

struct approval_fact {
    struct principal by;
    int64_t at_ms; /* unix */
};
struct health_fact {
    const char *environment;
    int64_t since_ms; /* unix: the pinned version has been good there since; 0: it is not */
};

struct broken_glass {  /* announced before this was asked */
    const char *deny;  /* which: an explanation tells (policy/explain.h) */
    struct principal by;
};

struct members; /* policy/members.h */

struct facts {
    int64_t unix_ms;
    const struct members *members; /* NULL: no source was ever read */
    enum known incidents;          /* KNOWN_NOT: nobody could tell; KNOWN_NO: none is open */
    const char *worst_incident;    /* KNOWN_YES: the severity of the worst open one; KNOWN_NOT: one this bad is open at least,
                                    * and nobody can tell whether a worse one is; or NULL */
    /* Of what is asked for. */
    const char *reason;      /* as given, or NULL */
    const char *break_glass; /* the reason with which the requester breaks the glass, or NULL */
    const struct broken_glass *broken; /* what it passes besides, for as long as whoever broke it has the role */
    size_t broken_count;
    enum known checks;       /* green on the pinned commit? */
    const struct health_fact *health;
    size_t health_count;
    const struct approval_fact *approvals;
    size_t approvals_count;
    bool are_authors_known; /* of the commits that it brings */
    const struct principal *authors;
    size_t authors_count;
    bool is_confirmed_elsewhere; /* the requester confirmed it through a second door */
};

#endif
