/* evidence.h - what policy is told of a pinned version: where it is good, what GitHub says of its commit, who wrote it.
 *
 * Pure look-ups in the record: what GitHub has to be asked for is asked by checks.c, and stands in the body then.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_EVIDENCE_H
#define OPSGATE_HANDLERS_DEPLOY_EVIDENCE_H

#include "bot/model/facts.h"
#include "bot/model/view.h"
#include "handlers/deploy/body.h"

/* `state`: of the operation. Before it is pinned nothing is told. */
void evidence_tell(const struct view *view, const char *state, const struct deploy_body *body, struct facts *facts);

/* Of one of a target's versions, by the operation that brought it or another one with its image; NULL: not known. */
const char *evidence_version_commit(const struct view *view, const char *service, const struct target_version *version);

/* The commit of the version that serves the target, by the operation that brought it; NULL: not known. */
const char *evidence_serving_commit(const struct view *view, const char *service, const char *target);

/* Nothing that opsgate deployed was ever good there: so no commit that it knows serves. */
bool evidence_is_first(const struct view *view, const char *target);

/* Of the authors whom GitHub named one who is nobody that policy knows, so that it might be anybody: their login; or NULL. */
const char *evidence_unknown_author(const struct view *view, const struct deploy_body *body);

/* The pinned version's own: as GitHub told it of the name by which the image was found; or, of an image named by its digest,
 * as it was when the very same image was deployed before. NULL: not known. */
const char *evidence_commit(const struct view *view, const struct deploy_body *body);

/* GitHub takes a login in upper and lower case alike, policy only as `people` write it. */
const char *evidence_as_people_write(const struct settings *settings, const char *login);

#endif
