/* github_told.h - what GitHub is told of a rollout: a deployment of its commit, made when it has its target, and how that goes.
 *
 * Nothing waits for it, and nothing is decided by it. It is told of what has a repository and a commit on record, where GitHub
 * is connected:
 *
 *   it has its target          a deployment
 *   that was made              in_progress
 *   a step was made            in_progress, "at 25 %"
 *   done                       success; what served before becomes inactive
 *   failed, refused, aborted   failure
 *   its outcome is not known   error; also when it is stuck (outcome_if_stuck), if GitHub's number of it was known by then
 *
 * A deployment that somebody made on GitHub, and that began this rollout, is told of in place of one of ours; one that began
 * several is told here only that one of them was replaced, or left (handlers/trigger/deployment.h tells the rest). A way back makes a
 * deployment of its own, of the commit that it goes back to (task "rollback"), and what it left gets failure. The environment is
 * called as it is here. Effects of one repository stand in one lane, so a status never goes before what makes its deployment;
 * and of one deployment only the newest that waits goes at all.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_GITHUB_TOLD_H
#define OPSGATE_HANDLERS_DEPLOY_GITHUB_TOLD_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"

struct deploying;
struct deployment_status_made;
struct deployment_told;
struct target_version;

void github_told_follow(struct deploying *d);          /* after each decision */
void github_told_on_deployment(struct deploying *d);   /* what making it came to */

/* A status by whoever else has something to tell: of a deployment that begins none or several deploys (handlers/trigger/). */
void github_told_say(const struct view *view, const struct deployment_status_made *status, struct outcome *out);
/* The same, once that operation is stuck, and nobody asks its machine for words. */
void github_told_if_stuck(const struct view *view, const struct deployment_status_made *status, struct outcome *out);

/* A rollback of Cloud Run's is over, and `to` serves again; `left`: the operation that brought what was left, or NULL. What it
 * remembers of that, for its body; NULL: GitHub is told nothing. */
const struct deployment_told *github_told_returned(const struct view *view, const struct operation *operation,
                                                   const char *service, const char *environment,
                                                   const struct target_version *to, const char *left,
                                                   struct outcome *out);

#endif
