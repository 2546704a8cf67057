/* stream.h - the requests of a rollout that did not happen, five seconds at a time.
 *
 * Every judge is shown the same: what comes in a slice depends on the cell, the run and the slice's number alone, and on
 * which share of it goes to the canary, which is the judge's own doing.
 */
#ifndef OPSGATE_TESTS_BENCH_JUDGE_STREAM_H
#define OPSGATE_TESTS_BENCH_JUDGE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#define SLICE_MS 5000

struct cell {
    const char *name;
    double a_minute;         /* requests of the whole service */
    double canary, baseline; /* true shares that fail */
    double slow;             /* of the canary's requests, slower than the limit; the baseline has 3 % */
    double bursts;           /* an hour: 30 s in which 30 % fail at both, and 40 % are slow */
    double bad_from;         /* the canary is as bad as that only from this share of the traffic on; before: 0.1 % */
    bool hangs;              /* no request of the canary ever ends */
    bool is_healthy;         /* at or within both limits: nobody should stop it */
};

struct side {
    double requests, errors, slow; /* of those that ended */
    double hung;
};
struct slice {
    struct side canary, baseline;
};

/* Slice `number` of run `run`; `share` of it goes to the canary. */
struct slice stream_slice(const struct cell *cell, uint64_t run, uint64_t number, double share);

#endif
