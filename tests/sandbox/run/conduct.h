/* conduct.h - how what runs behaves: how often it fails, how long it takes, what it says of its health.
 *
 * A rule names whom it is for, {service?, image?, revision?}, and what it sets: {error_rate?, from_percent?, latency_ms?, hangs?, health?};
 * with from_percent it fails only while it is given that share of the traffic, or more.
 * It is applied to every revision there is, and to each new one when it comes: one whose image is that digest, or what
 * that tag means at the time. Later rules win. The world's lock is held.
 */
#ifndef SANDBOX_RUN_CONDUCT_H
#define SANDBOX_RUN_CONDUCT_H

#include "run/run.h"

bool conduct_add_rule(struct run *run, const cJSON *rule, struct error *err); /* copies */
void conduct_settle(const struct run *run, struct service *service);          /* revisions that are new */

#endif
