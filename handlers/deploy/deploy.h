/* deploy.h - `deploy`: a version of a service into an environment, and the machine that takes it there.
 *
 * - pinning: a release becomes its tag, a branch its commit, an image tag a digest: what moves later changes nothing
 * - awaiting-artifact: the image is not there yet: it is looked for until a deadline
 * - awaiting-checks: policy asks for green checks on the pinned commit: GitHub is asked, until a deadline
 * - awaiting-approval: policy says yes to the pinned version if people consent: they are asked, those on call first, until a
 *   deadline
 * - queued: policy said yes to the pinned version; the target is asked for (queue.h: who gives way to whom)
 * - looking: the target is granted, and policy still says yes: what serves now, and how it is split
 * - creating: a new revision like the one that serves, with the new image, no traffic, and a tag
 * - starting: until Cloud Run calls it ready
 * - checking: its health, at the tag's own address, so many times in a row
 * - shifting: unless policy denies it by now: so much traffic to it, from exactly the split that was last verified; with
 *   the last step, tags of older deploys go
 * - verifying: until Cloud Run observes it; from here on only its deadline fails it
 * - baking: the step is looked at until so much time was observed, and judged; then the next step. A look longer than
 *   three looks away from the one before does not count, nor does what was observed until then: the step is judged anew
 * - watching: the same at 100 %, in place of a bake; then the version is good
 * - handing-over: blue-green; an operation of its own (keep.h) begins to keep what served before
 * - returning: traffic goes back to what served before: it failed, nobody answered, or a person said so
 * - reverifying: until Cloud Run observes that
 * - done, failed, refused, aborted, superseded
 *
 * Where a workflow on GitHub changes it (driver github_actions), these come after queued:
 * - dispatching: the workflow is asked to run, once
 * - running: until its run has ended
 * - cancelling: it was aborted, gave way, or took too long: until its run has ended
 *
 * Where a program changes it (driver program): launching, executing, stopping; program.h tells what they are.
 *
 * A step may be held for a person: it failed or could not be judged and the settings say `hold`, it was baked and there is
 * no metrics source to judge it by, or the next increase is not allowed. A split that is not ours stops a deploy wherever it
 * is seen, and is not overwritten. All-at-once is one step with no bake and no watch: done when it is verified, and not
 * taken back by itself. Blue-green is one step with a watch; the old revision stays in reach, by its tag or by one that it
 * gets with the switch, until `keep` after it was good.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_H
#define OPSGATE_HANDLERS_DEPLOY_H

#include "bot/model/verb.h"

extern const struct verb verb_deploy;
extern const struct machine machine_deploy;

struct group_body;
/* What `arguments` of verb_deploy.asks ask for in several services; NULL: one place. */
const struct group_body *deploy_several_services(const void *arguments);

/* As verb_deploy.asks, for who only looks: without a version, where a deploy needs one, it asks for any. */
bool deploy_ask_any_version(const struct view *view, const struct request *request, struct question *ret_question,
                            const void **ret_arguments, struct error *err);
bool deploy_lacks_version(const void *arguments); /* it did */

bool deploy_is_being_aborted(const struct operation *operation); /* it brings nothing any more */

#endif
