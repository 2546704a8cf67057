/* series.h - time series: labels, and the newest samples of each.
 *
 * Bounded twice: a series keeps what is younger than SERIES_KEPT_MS and never more than SERIES_SAMPLES_MAX samples, and
 * the store holds at most SERIES_MAX series; one more is not taken, as with Prometheus' sample_limit. A series that
 * ended is marked stale, and forgotten when its last sample is too old. Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_PROMETHEUS_SERIES_H
#define SANDBOX_PROMETHEUS_SERIES_H

#include "prometheus/labels.h"

#include "bot/base/time.h"

#define SERIES_KEPT_MS (2 * HOUR_MS)
#define SERIES_SAMPLES_MAX 7200
#define SERIES_MAX 12000 /* two hundred services, and their revisions of two hours */
#define SERIES_BUCKETS 4096

struct sample {
    int64_t at_ms;
    double value;
};

struct series {
    uint32_t hash; /* of the labels */
    uint64_t marks; /* label_mark() of each of them */
    struct series *next, *next_in_bucket;
    struct labels labels;
    struct arena *names;    /* what the labels point to */
    struct sample *samples; /* oldest first, from `first` on */
    size_t first, count, room;
    int64_t seen_at_ms; /* of the last scrape that had it */
};

struct store {
    struct series *series, **end; /* in the order of their coming; `end` is where the next one goes */
    struct series *last;          /* the one appended to last: scrapes come in the same order, so the next is near */
    struct series *buckets[SERIES_BUCKETS]; /* by hash */
    size_t count;
};

void store_finish(struct store *store);

/* Copies the labels. False when the store is full, or the sample not newer than the series' last one. */
bool store_append(struct store *store, struct labels labels, int64_t at_ms, double value);
/* Marks every series stale that has no sample of `at_ms`, and forgets what is too old. */
void store_end_scrape(struct store *store, int64_t at_ms);

/* One bit of 64, the same for the same label: a series that lacks it lacks the label, and need not be looked at. */
uint64_t label_mark(const char *name, const char *value);

/* The samples in (after_ms, until_ms], stale marks among them; borrowed until the next append. */
const struct sample *series_between(const struct series *series, int64_t after_ms, int64_t until_ms, size_t *ret_count);

double sample_stale(void); /* Prometheus' own mark: one certain NaN, told from all others */
bool sample_is_stale(double value);

#endif
