/* triggered.h - a deploy that something on GitHub began: its link to that, and what follows from it. Only for this folder. */
#ifndef OPSGATE_HANDLERS_DEPLOY_TRIGGERED_H
#define OPSGATE_HANDLERS_DEPLOY_TRIGGERED_H

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/version.h"

#include "bot/model/source.h"

/* `by`: the value of `--by`, or NULL: *ret is NULL then. False: err says why it is not believed, and nothing begins without
 * its link. */
bool triggered_read(const struct view *view, const struct request *request, const char *by,
                    const struct deploy_trigger **ret, struct error *err);

/* What stands in front of the version in the tags of the place's releases; or NULL. And a tag without it. */
const char *triggered_prefix(const struct place *place);
const char *triggered_strip(const char *prefix, const char *tag);

/* The tag of the release that began it; NULL: something else did. */
const char *triggered_release(const struct deploy_body *body);

/* Its image was pinned by its name for all regions at once: of which commit it is, is known by what began it. */
void triggered_plan(const struct version *version, struct deploy_body *body);

/* False: its name leads to another commit by now, or the release is another, and the deploy has failed. */
bool triggered_is_told(struct deploying *d);
bool triggered_release_is_told(struct deploying *d, const struct source_release *release);

/* True: it has waited, for its image or for people, so GitHub is asked first whether the release and its tag are as they
 * were. */
bool triggered_looks_again(struct deploying *d);
void triggered_on_release_again(struct deploying *d);
void triggered_on_commit_again(struct deploying *d);

/* Is it theirs, by whichever of their names policy knows? Then their consent does not count. */
bool triggered_by(const struct view *view, const struct deploy_body *body, const struct principal *who);
void triggered_leave_out_own(const struct view *view, const struct deploy_body *body, struct facts *facts);

/* For cards: "the release `v1.5.0` of acme/platform, by @{github:mia}"; of a person's own, who they are. */
const char *triggered_asked_by(const struct view *view, const struct operation *operation,
                               const struct deploy_trigger *trigger);

#endif
