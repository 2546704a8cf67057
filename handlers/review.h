/* review.h - `review`: somebody broke the glass, and somebody else has to look at that afterwards.
 *
 * The operation that passed a deny so asks for it, in its first moment; it is an operation of its own: open, with a card and
 * a reminder each day, until another person than the one who broke the glass closes it and says what was found; then closed.
 */
#ifndef OPSGATE_HANDLERS_REVIEW_H
#define OPSGATE_HANDLERS_REVIEW_H

#include "bot/model/verb.h"

#define REVIEW_RULE_IRREVERSIBLE "irreversible release" /* no rule of the policy: of a rollback, by its record */

struct review_body {
    const char *service, *environment;
    const char *database; /* in place of a service; or NULL */
    const char *version;   /* "v1.5.1"; NULL: not known, or written by an older version of ours */
    const char *broken_by; /* the operation, "D1042"; who did it is this one's requester */
    const char *rule;      /* "opsgate.yaml:31" */
    const char *reason;    /* as given with it */
    const char *found;     /* what was found; NULL: it is open */
    const char *closed_by; /* a mention; NULL: it is open, or an older version of ours closed it */
    int64_t reminders;
};
extern const struct shape review_body_shape;

/* Asks for one of whoever broke the glass by that request. */
void review_ask(const struct principal *by, const char *request_id, const struct review_body *body,
                struct outcome *out);

/* What it went past, as people are told: "the rule opsgate.yaml:31". */
const char *review_past(const struct review_body *body, struct arena *arena);
/* Where: "api in production", with " in " between; "main", where nothing else is known; NULL: it has no place. */
const char *review_place(const struct review_body *body, const char *between, struct arena *arena);
bool review_is_of_policy(const struct review_body *body); /* a deny of it was passed; else it is that the version is irreversible */

extern const struct verb verb_review, verb_review_opened;
extern const struct machine machine_review;

#endif
