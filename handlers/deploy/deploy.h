/* deploy.h - `deploy`: a version of a service into an environment, and the machine that takes it there.
 *
 * - pinning: the image tag becomes a digest: a tag that moves later changes nothing
 * - queued: policy said yes to the pinned version; the target is asked for
 * - looking: the target is granted, and policy still says yes: what serves now, and how it is split
 * - creating: a new revision like the one that serves, with the new image, no traffic, and a tag
 * - starting: until Cloud Run calls it ready
 * - checking: its health, at the tag's own address
 * - switching: unless policy denies it by now: all traffic to it, from exactly the split that was seen; tags of older
 *   deploys go
 * - verifying: until Cloud Run observes it; from here on only its deadline fails it
 * - done, failed, refused
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_H
#define OPSGATE_HANDLERS_DEPLOY_H

#include "bot/model/verb.h"

extern const struct verb verb_deploy;
extern const struct machine machine_deploy;

#endif
