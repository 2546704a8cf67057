/* metrics.h - what opsgate counts of itself while it works, for GET /metrics.
 *
 * The engine tells of decisions, journal entries and timers (engine_observer); the store's Redis is looked at now and
 * then. All counts are of this process, since its start. Loop thread only.
 */
#ifndef OPSGATE_METRICS_H
#define OPSGATE_METRICS_H

#include "bot/base/histogram.h"
#include "bot/engine/engine.h"
#include "bot/metrics/counters.h"
#include "bot/shell/loop.h"
#include "bot/shell/store_redis.h"

#define METRICS_LOOK_MS (15 * 1000) /* how often Redis is asked how it does: as often as Prometheus comes */

struct metrics {
    struct histograms decisions, timers; /* one each, ""; timers: how late they were */
    int64_t deciding_since_ns;
    struct counters entries;    /* of the journal: kind */
    struct counters requests;   /* decision, verb */
    struct counters effects;    /* kind, end */
    struct counters operations; /* kind, result */
    struct counters steps;      /* verdict */

    struct store_redis *store; /* borrowed; NULL: not there yet, or no more */
    struct store_probe redis;  /* as it told last; without a version: never */
    struct loop_timer *look;
    struct loop *loop;
};

void metrics_finish(struct metrics *metrics); /* behind the store */
struct engine_observer metrics_observer(struct metrics *metrics);

/* Looks at it from now on, until metrics_leave_store. */
void metrics_watch_store(struct metrics *metrics, struct loop *loop, struct store_redis *store);
void metrics_leave_store(struct metrics *metrics);

struct health;
/* All of it, in Prometheus' text. The engine and the rest of `health` are there. */
void metrics_write(struct health *health, struct buf *buf);

#endif
