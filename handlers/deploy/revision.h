/* revision.h - what a deploy calls its revision and tag, and which older tags of ours a switch takes away. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_REVISION_H
#define OPSGATE_HANDLERS_DEPLOY_REVISION_H

#include "bot/model/view.h"
#include "handlers/deploy/body.h"

/* "api-service-d1042-0000d7": at most 63 bytes. */
const char *deploy_revision_name(const struct view *view, const struct operation *operation,
                                 const struct deploy_body *body);

const char *deploy_tag(const struct view *view, const struct operation *operation); /* "d1042" */

/* Into the body: the previous revision, the split that the switch will expect, and the tags that it will take away:
 * those of deploys whose revisions serve no more. The previous revision keeps its own, so that it can still be reached;
 * so do people's tags, always. `service` serves something. */
void deploy_remember_split(const struct view *view, struct deploy_body *body, const struct run_service *service);

#endif
