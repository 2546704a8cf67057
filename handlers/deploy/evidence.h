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

/* The commit of the version that serves the target, by the operation that brought it; NULL: not known. */
const char *evidence_serving_commit(const struct view *view, const char *service, const char *target);

/* The pinned version's own: as GitHub told it of the name by which the image was found; or, of an image named by its digest,
 * as it was when the very same image was deployed before. NULL: not known. */
const char *evidence_commit(const struct view *view, const struct deploy_body *body);

#endif
