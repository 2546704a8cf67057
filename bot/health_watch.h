/* health_watch.h - of GET /health/detailed: how far what GitHub and PagerDuty could not tell is made up for.
 *
 * "catch_up": each of GitHub's logs, {log, watermark, looked_at, caught_up, lost, problem}; "pagerduty": {looked_at, gap,
 * problem, subscriptions: [{subscription, trouble, since}]}; "members": of each group, team and schedule {source, members,
 * read_at, age_s, problem}. Instants are unix milliseconds, 0: not yet. Only the owner knows.
 */
#ifndef OPSGATE_HEALTH_WATCH_H
#define OPSGATE_HEALTH_WATCH_H

#include "bot/engine/engine.h"

void health_watch_add(cJSON *json, const struct engine *engine);

#endif
