/* limits.h - how much Slack takes: calls of a method in a minute, of the whole workspace; messages a second in a channel.
 *
 * Off by default. A window begins with the first call after the last one is over; what comes beyond the limit is told how
 * long it lasts, and counted at the window that was hit. Who was told so, and calls again while it lasts, hits it twice.
 */
#ifndef SANDBOX_SLACK_LIMITS_H
#define SANDBOX_SLACK_LIMITS_H

#include "tree.h"

struct slack_limits {
    cJSON *per_minute; /* {"chat.update": 50} */
    cJSON *windows;    /* {"chat.update": {began_ms, calls}} as they are now */
    cJSON *hit;        /* array, the oldest first: {limit, channel?, at_ms, until_ms, refused} */
};

void slack_limits_init(struct slack_limits *limits);
void slack_limits_finish(struct slack_limits *limits);

/* {"chat.update": 50}: so many a minute, 0: as many as come. */
bool slack_limits_change(struct slack_limits *limits, const cJSON *value, struct error *err);

/* False: it comes beyond the limit; *ret_after_s is how long that lasts. */
bool slack_limits_take(struct slack_limits *limits, const char *method, int64_t now_ms, int *ret_after_s);
void slack_limits_hit(struct slack_limits *limits, const char *limit, const char *channel, int64_t now_ms,
                      int64_t until_ms); /* `channel` NULL: it is of the workspace */

#endif
