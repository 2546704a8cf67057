/* health_watch.h - of GET /health/detailed: how far what GitHub and PagerDuty could not tell is made up for.
 *
 * "catch_up": each of GitHub's logs, {log, watermark, looked_at, caught_up, lost, problem}; "pagerduty": {looked_at, gap,
 * problem, subscriptions: [{subscription, trouble, since}]}; "members": of each group, team and schedule {source, members,
 * read_at, age_s, problem}; "heartbeat": {taken_at, failures in a row, problem};
 * "parked": credentials that are refused (bot/model/parked.h); "credentials": {subject, problem, times} that the self-test finds
 * bad. Instants are unix milliseconds, 0: not yet. Only the owner knows.
 */
#ifndef OPSGATE_HEALTH_WATCH_H
#define OPSGATE_HEALTH_WATCH_H

#include "bot/engine/engine.h"

struct settings;

void health_watch_add(cJSON *json, const struct engine *engine);
/* What of it an alert asks for: /metrics. */
void health_watch_add_metrics(struct buf *buf, const struct engine *engine, const struct settings *settings);

#endif
