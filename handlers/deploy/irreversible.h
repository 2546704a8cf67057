/* irreversible.h - a version that no older code can follow: it has changed what that would need, such as a schema.
 *
 * Whoever deploys it says so (`--irreversible`), the text of its release does (release.irreversible), or it was said when
 * the same image was deployed there before. Before its first traffic it is like any other version. From then on nobody
 * takes its traffic back but a rollback with a broken glass: a verdict, silence and a failed step hold it where it is, and
 * `abort` and `--now` are refused. A deploy of another version is a deploy, also of an older one; but where such a version
 * has ended in doubt, only one that was asked for with that known (doubt.h). Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_IRREVERSIBLE_H
#define OPSGATE_HANDLERS_DEPLOY_IRREVERSIBLE_H

#include "bot/model/view.h"
#include "handlers/deploy/body.h"

struct deploying;

/* Has it traffic, or is a step on its way that gives it some? And none of it goes back already. */
bool irreversible_is_kept(const struct operation *operation, const struct deploy_body *body);

/* "*D7* (`v2`, at 25 %) is irreversible: ... only `rollback api production --break-glass TEXT` by `release-manager` ..." */
const char *irreversible_text(const struct view *view, const struct operation *operation,
                              const struct deploy_body *body);
/* For cards, from the first moment to the last; NULL: it is not irreversible. */
const char *irreversible_field(const struct view *view, const struct operation *operation,
                               const struct deploy_body *body);
/* "`rollback api production --break-glass TEXT` by `release-manager`"; where no role is named, by whoever may roll back. */
const char *irreversible_glass(const struct view *view, const char *target, const struct deploy_body *body);

/* ---- only for this folder ---- */

/* What else would give its traffic back: true: it is kept, and held until a person decides, without a deadline. */
bool irreversible_holds(struct deploying *d, const char *why);
/* It has no deadline any more: whoever is on call is told, with the reason and what to type. */
void irreversible_page(struct deploying *d, const char *why);
/* Likewise of a step that was not made: it stays at the one before. */
bool irreversible_holds_unmade(struct deploying *d, const char *why);
/* Of a rollback that takes its place: true: it broke no glass for that, so this one stays, and takes no further step. */
bool irreversible_stays(struct deploying *d, const char *by);
struct place;
struct version;

/* Which words say so where it goes, and whose text is looked at for them. `version` NULL: none was named. */
void irreversible_plan(const struct view *view, const struct place *place, const struct version *version,
                       struct deploy_body *body);
/* For cards while GitHub is asked for its release: for what, and what goes on without; or NULL. */
const char *irreversible_asked_text(const struct view *view, const struct operation *operation,
                                    const struct deploy_body *body);
/* Was a version of that name there before, by an image? And this very image? */
bool irreversible_is_on_record(const struct view *view, const char *target, const char *version);
bool irreversible_is_image_on_record(const struct deploying *d);
/* It is pinned: was it said of its image before? */
void irreversible_learn(struct deploying *d);

#endif
