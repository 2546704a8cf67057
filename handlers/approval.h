/* approval.h - `approve`: people give their consent to an operation that waits for it, or to those of a group that do
 * (group/consent.h).
 *
 * What is approved is the operation itself, whose plan and pinned version are in its record and change no more; so its
 * approvals are in that record, too, and nothing can be approved in the place of something else. Whether one counts is for
 * policy to say, when it is given and once more before it is used: never the requester, whichever of their names they use; of
 * the roles that the requirement names; once each. The verb is a request like any other: the operation hears it as
 * EVENT_REQUEST. Pure.
 */
#ifndef OPSGATE_HANDLERS_APPROVAL_H
#define OPSGATE_HANDLERS_APPROVAL_H

#include "bot/model/verb.h"

#include "policy/decide.h"

#define APPROVAL_STATE "awaiting-approval" /* of every operation that waits for it */

struct approval {
    struct principal by;
    int64_t at_ms; /* steady clock */
};
struct approval_asked { /* who was asked for it */
    const char *who;    /* "slack:U012AB3CD", or a whole group: "slack-group:S0ENG" */
    bool is_on_call;
};
struct approvals { /* of one operation; part of its body */
    struct approval *given;
    size_t given_count;
    struct approval_asked *asked; /* approvers.h */
    size_t asked_count;
    int64_t rounds;        /* how often people were asked; 0: nobody was */
    int64_t since_ms;              /* it waits for people since; 0: it never did */
    int64_t until_ms;              /* nobody gave what it lacks by then: it is refused */
    int64_t used_at_ms;            /* from then on none of them ages any more: they were enough; 0: not yet */
    const char *confirmed_through; /* the source by which the requester confirmed it, another than the first; or NULL */
};
extern const struct shape approvals_shape;

/* One more; the old list may belong to the record, and stays as it is. */
void approvals_add(struct approvals *approvals, const struct principal *by, int64_t at_ms, struct arena *arena);

/* Did they give theirs before? It may be void by now. */
bool approvals_has_given(const struct view *view, const struct approvals *approvals, const struct principal *who);
/* What is given if they give theirs now, in the place of whatever they gave before. */
struct approvals approvals_with(const struct view *view, const struct approvals *approvals, const struct principal *who);

/* What policy is told of them. */
void approvals_tell(const struct view *view, const struct approvals *approvals, struct facts *facts);

/* How long to wait for what the decision lacks: as long as the first approval would count. */
int64_t approvals_wait_ms(const struct decision *decision);

bool approvals_lack(const struct decision *decision, enum need_kind kind); /* is that wanted of people still? */
/* "1 of 2 approvals of release-manager; a word through a second door": what people have yet to give. */
const char *approvals_lacking(const struct decision *decision, struct arena *arena);
/* "@{slack:U1}, @{slack:U2}"; NULL: nobody did. */
const char *approvals_names(const struct approvals *approvals, struct arena *arena);
/* "@{slack:U3} (on call), @{slack-group:S0ENG}", those from `first` on; NULL: nobody was asked. */
const char *approvals_asked(const struct approvals *approvals, size_t first, struct arena *arena);

/* Lines of the answer to whoever asked: what policy will want of people and of GitHub before it begins, as far as that is
 * known by now, and the glass that it breaks. */
void approvals_tell_to_come(const struct view *view, const struct question *question, struct outcome *out);

/* Likewise of who only looks at what it would do, and that policy would refuse it as it stands. */
void approvals_tell_policy(const struct view *view, const struct question *question, struct outcome *out);

/* How much of what was asked of people is there: it grows with an approval that counts. */
int64_t approvals_counted(const struct decision *decision);

extern const struct verb verb_approve;

#endif
