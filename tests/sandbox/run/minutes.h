/* minutes.h - what Cloud Run itself counts of a revision, minute by minute: each request that an instance has answered.
 *
 * Unlike the app's own counters (traffic.h) these know nothing of restarts, and a minute without a request leaves nothing.
 * Cloud Monitoring tells them (google/monitoring.h). A minute ends on a whole one and has what came after the one before.
 * The world's lock is held.
 */
#ifndef SANDBOX_RUN_MINUTES_H
#define SANDBOX_RUN_MINUTES_H

#include "run/service.h"

#define MINUTES_KEPT 120

/* Of latencies, in milliseconds: below the first bound, between two of them, and over the last. */
#define MINUTE_BOUND_FIRST 1.0
#define MINUTE_BOUND_GROWTH 1.4
#define MINUTE_BOUNDS 40

struct minute_count { /* of one code */
    int64_t requests;
    double sum_ms, squares_ms;
    uint32_t latencies[MINUTE_BOUNDS + 1];
};

struct minute {
    struct minute *older;
    int64_t end_ms;
    struct minute_count codes[TRAFFIC_CODES];
};

void minutes_count(struct revision *revision, int64_t at_ms, size_t code, double seconds);
void minutes_destroy(struct minute *newest);

#endif
