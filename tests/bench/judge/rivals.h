/* rivals.h - who judges the same rollouts: opsgate's judge, and what others do. Each looks at times of its own.
 *
 * bare threshold  the share that failed in a window of one or of five minutes, against the limit: an alert's rule.
 * flagger         https://docs.flagger.app/usage/how-it-works: every `interval` (60 s by default) the share of the last
 *                 minute is checked; a failed check holds the step for that interval and counts; so many (`threshold`; 1
 *                 when none is set, 5 in its examples) roll back. No numbers are a failed check.
 * argo            https://argo-rollouts.readthedocs.io/en/stable/features/analysis/: a measurement every `interval` (5 min
 *                 in its example; here also 1 min); more than `failureLimit` (0 by default, 3 in the example) failed ones
 *                 abort. The page says "three such measurements"; the field allows three, the fourth one aborts, which is
 *                 what runs. NaN is not >= 0.95: no numbers are a failed measurement.
 * fixed sample    an exact binomial test of each count at each step's end, 1 % shared by all of them.
 *
 * All have the same limits. Whoever lets a step pass goes on to the next share.
 */
#ifndef OPSGATE_TESTS_BENCH_JUDGE_RIVALS_H
#define OPSGATE_TESTS_BENCH_JUDGE_RIVALS_H

#include "handlers/judge/judge.h"
#include "tests/bench/judge/stream.h"

#include <stddef.h>

#define ERROR_LIMIT 0.005
#define SLOW_LIMIT 0.05 /* "95 of 100 must be faster" */
#define STEP_MS (5 * 60 * 1000)
#define STEPS 4
#define STEP_MAX_MS (30 * 60 * 1000) /* who waits longer in one step is called held */
#define SLICES_MAX (STEPS * STEP_MAX_MS / SLICE_MS + 1)

enum answer { GO_ON, STEP_IS_OVER, STOP, HOLD };

struct watched { /* what came so far, newest last */
    struct slice slices[SLICES_MAX];
    size_t count, step_from; /* first slice of the step that runs */
    int step;
    double share;
    double strictness;       /* the limits times this: for the curve of a rival */
    /* what judges keep to themselves */
    int failed_checks, good_checks;
    struct judge_plan plan;
    struct judge_state state;
    double canary; /* its requests so far */
};

struct rival {
    const char *name;
    int64_t look_ms, window_ms;
    int failures_allowed;
    void (*begin_step)(const struct rival *rival, struct watched *watched);
    enum answer (*look)(const struct rival *rival, struct watched *watched);
};

extern const struct rival rivals[]; /* the first is opsgate's */
extern const size_t rivals_count;

/* The documentation's own example of each, played; tells it on stdout. False: one does not do what its page says. */
bool rivals_play_examples(void);

#endif
