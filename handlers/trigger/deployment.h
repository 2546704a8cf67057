/* deployment.h - a deployment that somebody made on GitHub: its commit rolls out here, and GitHub is told how it goes on that very
 * deployment. Pure.
 *
 * Ours come back as events too, and begin nothing: they have our mark in their payload, or were made by our App. GitHub is asked
 * whether it is as it was told, whose it is, and whether it has not ended already; and whether the branch that each place takes
 * contains its commit: GitHub shows those of forks as if they were here.
 *
 * A single deploy tells GitHub of it itself (deploy/github_told.h), once it has its target. What is told here is the rest: that
 * nothing was begun, that it ended before it had its target, and how several deploys went that came of one deployment; that it
 * was found too late, or that the trigger is stuck (outcome_if_stuck).
 */
#ifndef OPSGATE_HANDLERS_TRIGGER_DEPLOYMENT_H
#define OPSGATE_HANDLERS_TRIGGER_DEPLOYMENT_H

#include "handlers/trigger/triggering.h"

/* Made by opsgate: by its App's id in digits, or by whose operation the payload says that it is; each may be NULL. */
bool deployment_is_ours(const struct view *view, const char *app, const char *operation);

void deployment_confirm(struct triggering *t); /* GitHub is asked */
void deployment_on_read(struct triggering *t);
void deployment_on_read_late(struct triggering *t);
void deployment_on_branch(struct triggering *t);    /* its head */
void deployment_on_contained(struct triggering *t); /* how the commit stands to that */

/* Of other triggers all three tell nothing. */
void deployment_told_places(struct triggering *t); /* all that were asked for are answered */
void deployment_told_end(struct triggering *t, const char *operation, const char *result); /* one of what was begun ended */
void deployment_told_awaited(struct triggering *t, bool has_failed); /* something that was to bring it has ended */

#endif
