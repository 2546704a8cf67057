/* internal.h - tests as rows, and their stakes. Only for this folder. */
#ifndef OPSGATE_HANDLERS_JUDGE_INTERNAL_H
#define OPSGATE_HANDLERS_JUDGE_INTERNAL_H

#include "handlers/judge/judge.h"

#define BLOCK_SPREAD (1.0 / 128) /* of the whole, spread anew after each block */
#define COUNT_MAX 1e15

/* ---- tests.c ---- */

struct judge_row {
    double (*limit)(const struct judge_plan *plan); /* 0: not made */
    size_t counted;                                 /* offset of what is bad in judge_counts */
    bool needs_baseline;                            /* not made where none serves */
    bool is_compared;                               /* always with the baseline, not in bursts alone */
    bool after_warm_up;
};
extern const struct judge_row judge_rows[JUDGE_TESTS];

bool judge_is_made(const struct judge_plan *plan, const struct judge_state *state, enum judge_test test);
double judge_tests_count(const struct judge_plan *plan); /* that share the budget */
double judge_budget(const struct judge_plan *plan);

/* ---- stakes.c ---- */

extern const double judge_worse[JUDGE_STAKES]; /* odds against a limit, times against a baseline; the first is cash */
extern const double judge_less[JUDGE_STAKES];  /* of the traffic that should come, so much does */

double stakes_part(size_t stake); /* of what is spread */
double stakes_sum(const double *stakes);
double stakes_get(const double *stakes, size_t stake); /* as it was kept: on the grid */
void stakes_spread(double *stakes, double share);      /* of the whole, anew; what comes of it is kept on the grid */
void stakes_begin_step(double *stakes);                /* zeroed: the first one */

/* The log of what multiplies a stake. `s`: what part of all that is bad (or that comes) is the canary's, if it is just as
 * bad as it may be. */
double stakes_log_limit(double p0, double odds_ratio, double n, double bad);
double stakes_log_paired(double s, double times, double canary, double baseline);
double stakes_exposure(double times, double canary, double baseline); /* that `s` */

/* ---- block.c ---- */

double block_max(const struct judge_plan *plan, double share); /* what one multiplies by at the most */

/* ---- floor.c ---- */

struct judge_bets { /* that a floor is asked of */
    double p0;
    double blocks;     /* all of one size, that the requests come in, */
    double all_blocks; /* and those without any: after each of them the whole is spread anew */
    double block_max, stake, wealth;
};
double judge_floor_of(const struct judge_bets *bets, double n);
bool judge_finds(const struct judge_bets *bets, double n, double rate); /* is that floor no more than `rate`? */

#endif
