/* told.h - what GitHub tells that a running deploy would otherwise find out by its next poll: it looks at once.
 *
 * Rows of registry.c. What was told is never believed, only taken as a reason to look: what counts is the reading.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_TOLD_H
#define OPSGATE_HANDLERS_DEPLOY_TOLD_H

#include "bot/model/listener.h"

/* The run that it follows: workflow_run, or the deployment_status of a job in it. */
bool deploy_hears_run(const struct view *view, const struct operation *operation, const struct outside_event *event);
/* Something was built or released of the repository whose image it waits for. */
bool deploy_hears_build(const struct view *view, const struct operation *operation, const struct outside_event *event);
/* A check of the commit that it waits for has ended: check_suite.completed, workflow_run.completed, which name it. */
bool deploy_hears_checks(const struct view *view, const struct operation *operation, const struct outside_event *event);

#endif
