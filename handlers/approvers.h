/* approvers.h - who could give the consent that is lacking, and who of them is asked: first whoever is on call now.
 *
 * Candidates are the members of the roles that the lacking requirements name, as the configuration has them and as their
 * sources were last read. Whether the consent of one would count, policy itself says: never that of the requester, of an
 * author where they are excluded, of somebody by a source that is too old. Whoever is asked is asked in Slack, so it takes a
 * Slack id: their own, the one that `people` has beside another, or the one that a schedule's member was joined with. Pure.
 */
#ifndef OPSGATE_HANDLERS_APPROVERS_H
#define OPSGATE_HANDLERS_APPROVERS_H

#include "bot/model/view.h"
#include "handlers/approval.h"

#define APPROVERS_ASKED_MAX 5 /* persons, each time */

struct approvers {
    const struct view *view;
    const struct approvals *approvals; /* as given until now */
    struct decision decision;          /* by those: what is lacking */
    struct decision (*decide)(const void *ctx, const struct approvals *approvals); /* the same, by others; NULL: nobody's
                                                                                    * consent is wanted, and anybody counts */
    const void *ctx;
    size_t tried; /* candidates so far; zeroed */
};

/* Is more of what is lacking there with those? */
bool approvers_help(const struct approvers *approvers, const struct approvals *with);
/* Somebody gives theirs to `operation`. Whoever asked for it gives none, but may confirm it through a second door. False: it
 * does not count; else *ret_given is what is given by then. */
bool approvers_take(const struct approvers *approvers, const struct operation *operation, const struct request *request,
                    struct approvals *ret_given);

/* Both add to `asked`, who is not there yet, APPROVERS_ASKED_MAX persons at most; `asked` may belong to the record, and stays
 * as it is. */
void approvers_ask_on_call(struct approvers *approvers, struct approvals *asked); /* by any schedule that the policy names */
void approvers_ask_others(struct approvers *approvers, struct approvals *asked);  /* and whole groups of Slack */
/* Whoever asked for it, by their name in Slack, if they have one: for what only they can confirm. */
void approvers_ask_requester(const struct view *view, const struct principal *requester, struct approvals *asked);

/* Whoever has the role, for what gives nobody a right, such as being called to an incident: there old sources count, too, for
 * who was called in vain is better than nobody. In Slack, each once. */
struct approvers_called {
    const struct principal *people;
    size_t count;       /* APPROVERS_CALLED_MAX at most */
    size_t left_out;    /* beyond them */
    const char *unread; /* a source that was never read, so nobody of it is known; or NULL */
    const char *stale;  /* "slack-group:S0 was last read 13 h ago", older than the role takes; or NULL */
};
#define APPROVERS_CALLED_MAX 20
struct approvers_called approvers_call(const struct view *view, const char *role);

struct approvers_gap {
    const char *why;    /* "role lead is empty, slack-group:S0 was last read 13 h ago": nobody is known who could give all that is
                         * lacking, and no reading will tell of more. NULL: somebody is, or may be */
    const char *unread; /* a source that was never read, so nobody of it is known; or NULL */
    const char *stale;  /* a source that was read too long ago for its role; or NULL */
};
struct approvers_gap approvers_gap(struct approvers *approvers);
/* Of gap.stale: whoever reads it looks at once, so that the next try finds it fresh. */
void approvers_tell_stale(const struct view *view, const char *source, struct outcome *out);

#endif
