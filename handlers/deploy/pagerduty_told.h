/* pagerduty_told.h - a rollout, in the words in which PagerDuty is told that it begins, and how it ended
 * (handlers/change_told.h). */
#ifndef OPSGATE_HANDLERS_DEPLOY_PAGERDUTY_TOLD_H
#define OPSGATE_HANDLERS_DEPLOY_PAGERDUTY_TOLD_H

struct deploying;

void pagerduty_told_follow(struct deploying *d); /* after each decision */

#endif
