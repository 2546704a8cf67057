/* broken.h - the glass that is broken for an operation: which denies of the policy it passes, so that none is passed in
 * silence. Pure.
 *
 * Whoever asks with `--break-glass TEXT` passes what denies it when it begins, as far as each of those rules names a
 * role of theirs in `break_glass`. Each deny that is passed is kept in the operation's record, journalled as
 * KIND.glass_broken, and reviewed by somebody else (review.h), once. It stays passed as long as it says the same and
 * whoever broke it has the role; a deny that comes once the operation has begun is passed by no reason that was given
 * before.
 */
#ifndef OPSGATE_HANDLERS_BROKEN_H
#define OPSGATE_HANDLERS_BROKEN_H

#include "bot/base/shape.h"
#include "bot/model/outcome.h"
#include "bot/model/request.h"
#include "bot/model/view.h"
#include "handlers/review.h"
#include "policy/explain.h"

/* ---- the record ---- */

struct broken_deny {  /* one that somebody passed */
    const char *deny; /* which: policy/identity.h */
    const char *rule; /* where it stood then, for people: "opsgate.yaml:31" */
    struct principal by;
};
extern const struct shape broken_deny_shape;

struct broken {                 /* part of an operation's body */
    const char *reason;         /* why a deny is to be passed, quoted; NULL: nobody asked for that */
    struct broken_deny *denies; /* that were passed: announced, and a review of them was begun */
    size_t denies_count;
};
extern const struct shape broken_shape;

/* Of an option "break-glass": its text, quoted; NULL: it was not given. False: it has no text. */
bool broken_read(const struct typed *typed, struct arena *arena, const char **ret_reason, struct error *err);
/* What `help VERB` says of the option. */
#define BROKEN_DETAIL                                                                                                  \
    "`--break-glass TEXT`: past a rule that denies it, for those whom the rule lets; announced, and reviewed by "      \
    "somebody else"

/* What policy is told: what was passed before, and, but right before an increase, the reason. */
void broken_tell(const struct broken *broken, enum policy_stage stage, struct arena *arena, struct facts *facts);

/* ---- what denies it ---- */

struct denies {
    struct explained_rule *list;
    size_t count;
};
/* Each once, by what it says; not those that `facts` pass. */
void denies_add(const struct view *view, const struct question *question, const struct facts *facts,
                enum policy_stage stage, struct denies *denies);
/* Those that deny it still. `facts`: all but the glass. */
struct denies broken_denies(const struct view *view, const struct question *question, const struct facts *facts,
                            const struct broken *broken, enum policy_stage stage);

/* ---- it is broken ---- */

struct breaking {
    const struct view *view;
    const struct principal *who;
    const char *reason, *request_id;
    const char *kind;          /* of the journal's entry: "failover" */
    struct review_body review; /* what it is broken for; rule and reason are filled in */
    struct outcome *out;
};

/* By the reason with which its requester came; what it is broken for is still to be filled in. */
struct breaking broken_by_requester(const struct view *view, const struct operation *operation,
                                    const struct broken *broken, const char *kind, struct outcome *out);

void broken_keep(const struct denies *denies, const struct principal *by, struct arena *arena, struct broken *broken);
/* Journals it and asks for the review. Gives what they did, for people: "broke the glass, past the rule
 * opsgate.yaml:31: a fire". */
const char *broken_announce(const struct breaking *breaking, const struct denies *denies);

/* Of an operation that policy, by the reason in `broken`, lets begin: what it passes, and was not announced yet, is
 * kept and announced. `question` and `facts`: as policy was asked, all but the glass. What they did, or NULL: nothing
 * was passed. */
const char *broken_pass(const struct breaking *breaking, const struct question *question, const struct facts *facts,
                        struct broken *broken);

/* ---- while it runs: broken_later.c ---- */

/* What policy says to going on, with these that were passed. */
typedef struct decision (*broken_decide_fn)(const void *ctx, const struct broken *broken);

/* It is held, and whoever asks for this goes past `denies`, which are in its way now: from here on passed like what
 * was passed when it began. `breaking`: by whom and why is filled in. *ret_what: what they did, for people; NULL:
 * nothing was in the way. False: not all of that is theirs to pass, the answer says so, and nothing is broken. */
bool broken_break(struct breaking breaking, const struct operation *operation, const struct request *request,
                  const char *reason, struct denies denies, broken_decide_fn decide, const void *ctx,
                  struct broken *broken, const char **ret_what);
/* Who could break all of them with `retry`, each said once: "a lead"; NULL: nothing denies it, or nobody could break
 * one of them. */
const char *broken_who(const struct view *view, const struct operation *operation, const struct denies *denies);

/* ---- who asked is told ---- */

/* The reason, for a card, once a glass was broken by it; NULL before, and where none was needed. */
const char *broken_shown(const struct broken *broken);

#define BROKEN_NEEDLESS                                                                                                \
    "No glass was needed, and none was broken: no rule denies it now. If one does when it begins, it is broken then, " \
    "with your reason."

/* A line of the reply: of a glass that was broken, that it is reviewed; of one that nothing needs, that. Nothing where
 * none was brought. */
void broken_tell_asker(const struct broken *broken, const struct decision *decision, struct outcome *out);
/* Behind a refusal: what is in the way is passed by no glass. */
void broken_tell_refused(const struct broken *broken, const struct decision *decision, struct outcome *out);
const char *broken_allows(const struct decision *decision, struct arena *arena); /* "policy allows it": of a dry run */

#endif
