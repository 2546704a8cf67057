/* revision.h - what a deploy calls its revision and tag, and what it makes of what it finds: the split that it starts from,
 * and which older tags of ours the last step takes away. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_REVISION_H
#define OPSGATE_HANDLERS_DEPLOY_REVISION_H

#include "bot/model/view.h"
#include "handlers/deploy/body.h"

/* "api-service-d1042-0000d7": at most 63 bytes. */
const char *deploy_revision_name(const struct view *view, const struct operation *operation,
                                 const struct deploy_body *body);

const char *deploy_tag(const struct view *view, const struct operation *operation); /* "d1042" */

/* Of a revision that stays in reach and has no tag of ours: "d1042-old". Nobody else calls one so. */
const char *deploy_given_tag(const struct view *view, const struct operation *operation);

const char *deploy_find_tag(const struct run_service *service, const char *revision, struct arena *arena); /* ours on it; or NULL */

/* What the record knows as bad and yet serves, when that is nobody's decision: a part of the traffic, or all of it while
 * the target is in doubt. All of it otherwise was given by hand, and is what serves. NULL: there is none. */
const struct target_version *deploy_find_bad_share(const struct view *view, const char *target,
                                                   const struct run_service *service, int64_t *ret_percent);

/* It is known as bad, and the target is in doubt: that it served all was nobody's decision. */
bool deploy_is_bad_in_doubt(const struct view *view, const char *target, const char *revision);

/* Into the body: the previous revision, the split that the first step will expect, and the tags that the last step will
 * take away: those of deploys whose revisions serve no more. The previous revision keeps its own, so that it can still be
 * reached; so does one that was left less than keep_ms ago, as far as the target's good versions tell; so do people's tags,
 * always; so does one that an operation keeps (keep.h). `service` serves something. */
void deploy_remember_split(const struct view *view, const char *target, struct deploy_body *body,
                           const struct run_service *service);

#endif
