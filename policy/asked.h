/* asked.h - one question with its facts, looked up once; and what a rule has to do with it. Only for files in policy/.
 *
 * A rule speaks of a question by what stands in it and never changes (verb, place, labels, source); then its conditions
 * are judged by the facts. Of several conditions one that does not hold settles it, and one that cannot be judged only if
 * all others hold.
 */
#ifndef OPSGATE_POLICY_ASKED_H
#define OPSGATE_POLICY_ASKED_H

#include "policy/decide.h"
#include "policy/who.h"

enum truth { TRUTH_NO, TRUTH_UNKNOWN, TRUTH_YES };

struct asked {
    const struct policy *policy;
    const struct question *question;
    const struct facts *facts;
    enum policy_stage stage;
    struct who who;
    size_t worst;          /* severity of the worst open incident that is known of; NO_SEVERITY: who knows */
    struct rule_walk walk; /* the rules that may speak of it */
};
struct asked asked_of(const struct policy *policy, const struct question *question, const struct facts *facts,
                      enum policy_stage stage);

bool asked_is_from(const struct asked *asked, const struct compiled_rule *rule);  /* its source */
bool asked_is_there(const struct asked *asked, const struct compiled_rule *rule); /* its place */
bool asked_speaks(const struct asked *asked, const struct compiled_rule *rule);   /* place and source; the verb is looked up */
bool asked_is_meant(const struct asked *asked, const struct compiled_rule *rule); /* whoever an allow is for */
/* Whoever an allow could be for, once all that names people is read: with who had its role when that was last read, and, of a
 * role with a source that was never read, anybody. */
bool asked_could_be_meant(const struct asked *asked, const struct compiled_rule *rule);
/* Whoever a deny or requirement is for: without `to` all are; who had its role when that was last read still is, for what
 * withholds something does not fade with its sources, and so is whoever was joined with them by address; and of a role with
 * a source that was never read anybody may be. */
bool asked_is_hit(const struct asked *asked, const struct compiled_rule *rule);
/* Asked for `approve`: a requirement there that names them as an approver, which takes no allow besides; or NULL. Whether
 * their approval counts is judged with what they approve. */
const struct compiled_rule *asked_approvers(const struct asked *asked);
/* Likewise: the first requirement there that names anybody as an approver, whoever asks; or NULL. */
const struct compiled_rule *asked_approval(const struct asked *asked);
/* Does this requirement name them? Where a second door is required, anybody known may say that word: it counts for the
 * requester alone. */
bool asked_is_approver(const struct asked *asked, const struct compiled_rule *rule);
bool asked_can_break(const struct asked *asked, const struct compiled_rule *deny); /* whoever asks, with a reason */
/* It was broken before this was asked, by somebody who may still. */
bool asked_is_broken(const struct asked *asked, const struct compiled_rule *deny);
enum truth asked_conditions(const struct asked *asked, const struct compiled_rule *rule);

/* What conditions and needs are made of. */
enum truth asked_in_window(const struct asked *asked, const struct compiled_windows *windows);
enum truth asked_incident(const struct asked *asked, size_t severity); /* is one this bad, or worse, open? */

#endif
