/* judge.h - is the new revision worse than it may be? Sequential tests, with one stated budget of false stops.
 *
 * What is known comes as blocks: a short piece of time, and what canary and baseline counted in it: requests, failed,
 * slow. Each test is a bet against "the canary is healthy", begun with 1: no strategy of betting makes money against
 * what is true, so a healthy canary's wealth ever reaches 1 / budget with probability `budget` at most (Ville 1939),
 * however often one looks, however long it runs, whatever made the step end. That is all of the theory. What follows
 * from it:
 *
 *   looks     cost nothing: wealth is a supermartingale, the bound is on its highest value.
 *   steps     share one wealth: what a revision showed at 5 % counts at 25 %. Each step begins a fresh part of the bet.
 *   metrics   the mean of their wealths is one e-process, whatever their dependence (Vovk, Wang 2021). It is reached
 *             whenever Bonferroni's would be. So the budget is of the rollout: 1 % of healthy ones are stopped at most.
 *
 * Against a limit p0 (of failed, of slow): a block of x bad ones in n multiplies the stake on odds r times those of p0
 * by the likelihood ratio (q/p0)^x ((1-q)/(1-p0))^(n-x); its mean is at most 1 for each rate at or below p0, also one
 * that moves. Stakes lie on eight odds ratios (a mixture, as Robbins 1970), and a part is kept as cash. After each
 * block a small part of the whole is spread anew (fixed share: Herbster, Warmuth 1998), so what turns bad late is found
 * about as soon.
 *
 * Against the baseline, at most R times as bad in the same block: with s = R nc / (R nc + nb) the stake is multiplied
 * by r^xc (1 + s (r - 1))^-(xc + xb), which is the conditional binomial's ratio. For independent requests its mean is
 * at most 1 whatever the baseline's rate is in that block (1 + y <= e^y): so what hits both hits neither.
 *
 * Requests of one moment are not independent. So no block multiplies by more than JUDGE_BLOCK_MAX: one bad moment stops
 * nothing; and where both were over the limit, the limit's factor is no more than the comparison's, for
 * JUDGE_BURST_MAX_MS of a step. Longer than that it is no burst, and the limit is the limit. Taking away only lowers
 * wealth. An excuse keeps from a fail and helps to no pass: time in which both are over the limit is no known time, and
 * takes back as much, also once it is excused no more: the bets have lost by then, and a short bake would be over before
 * they have won anew. And nothing passes until as many requests came since as a step needs to pass at all.
 *
 * A canary whose requests all hang is not told of. Where it stays so beside a baseline that is, the traffic test counts
 * none for it, and no other test counts anything. Where none is true, that is less than the whole truth bets: of blocks
 * without requests, each good for a stake on fewer, some are left out.
 *
 * Not covered by the budget: queries of the user's own (nothing is known of how they swing), requests that fail
 * together for longer than a block at the canary alone (that is what the limits are for), and a healthy canary whose
 * metrics alone are lost.
 *
 * Johari, Koomen, Pekelis, Walsh: Always valid inference, Operations Research 70 (2022). Ramdas, Grünwald, Vovk,
 * Shafer: Game-theoretic statistics and safe anytime-valid inference, Statistical Science 38 (2023). Waudby-Smith,
 * Ramdas: Estimating means of bounded random variables by betting, JRSS B 86 (2024). Lindon, Sanden, Shirikian: Rapid
 * regression detection in software deployments through sequential testing, KDD 2022. Turner, Ly, Grünwald: Generic
 * E-variables for exact sequential k-sample tests (2021). Shin, Ramdas, Rinaldo: E-detectors (2022). Wald 1945, Robbins
 * 1970.
 *
 * Pure: no clock, no allocation; safe on any thread. A state is plain numbers.
 */
#ifndef OPSGATE_HANDLERS_JUDGE_JUDGE_H
#define OPSGATE_HANDLERS_JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JUDGE_BUDGET 0.01         /* of healthy rollouts, stopped at most */
#define JUDGE_STAKES 9            /* the first is cash */
#define JUDGE_REQUESTS_MIN 20     /* fewer pass nothing, nor fewer than the plan's min_requests */
#define JUDGE_BLOCKS_MIN 2        /* of a step that passes: one could have stopped nothing */
#define JUDGE_BLOCK_MAX 70.0      /* one block multiplies a stake by no more: two are needed to stop */
#define JUDGE_ALONE_BLOCKS 3      /* where no baseline serves, so many stop nothing: the fourth may */
#define JUDGE_BURST_MAX_MS (3 * 60 * 1000)
#define JUDGE_SUSPICION 0.1      /* of what fails it, by the mean or by any one test: no pass, wait for more; */
#define JUDGE_SUSPICION_MIN 3.0  /* but so much at the least: each begins with 1 */
#define JUDGE_DREADFUL 10.0      /* what a single block makes of 1 that was bet on it alone: nothing passes right after it */
#define JUDGE_POWER 0.95         /* the detection floor is what was found with this probability */
#define JUDGE_ERRORS_FLOOR 0.001 /* twice as bad as a baseline that hardly ever fails harms nobody below this */
#define JUDGE_COLLAPSE 0.5       /* less than half of the requests that the share promises */
#define JUDGE_AWAY_MS (3 * 60 * 1000) /* a canary that is not told of for so long more got nothing that may come late; */
#define JUDGE_AWAY_BLOCKS 4      /* and for so many blocks; */
#define JUDGE_AWAY_BLOCKS_MAX 60 /* or for so many, where they are that short: an answer has no more than twice as many */

enum judge_verdict { JUDGE_NONE, JUDGE_WAIT, JUDGE_PASS, JUDGE_FAIL, JUDGE_INCONCLUSIVE };

enum judge_test {
    JUDGE_ERRORS,             /* more requests fail than may */
    JUDGE_ERRORS_VS_BASELINE, /* more than so many times the baseline's */
    JUDGE_SLOW,               /* more than 5 in 100 are slower than the limit */
    JUDGE_SLOW_VS_BASELINE,   /* more than 5 in 100 slower than so many times the p95 that the baseline had before */
    JUDGE_TRAFFIC,            /* requests do not come, or do not end */
    JUDGE_TESTS
};

struct judge_plan {                   /* 0 in a limit: that test is not made */
    double budget;                    /* 0: JUDGE_BUDGET */
    double error_rate;                /* share */
    double errors_vs_baseline;        /* times */
    double slow_share, slow_vs_share; /* 0.05 for a p95 */
    bool is_traffic_judged;
    int64_t min_requests, bake_ms, max_bake_ms;
    int64_t warm_up_ms; /* of a step, in which slow ones and traffic are not counted */
    int64_t lag_ms;     /* the source is so late */
};

struct judge_counts { /* in one block; NAN: not known. Whole numbers */
    double requests, errors;
    double slow, slow_vs; /* slower than the bound for the limit; than the one for the comparison */
};

struct judge_block {
    int64_t from_ms, to_ms; /* the source's clock; blocks come in order and never overlap */
    struct judge_counts canary, baseline;
};

struct judge_sum { /* of a test in a step */
    double canary, canary_bad, baseline, baseline_bad;
    double canary_since; /* of them since both were over the limit last: those have to be enough for a pass */
    int64_t known_ms; /* that all of it was known, and counted in full */
    int64_t until_ms; /* the end of what was known last; 0: nothing was */
    double judged;    /* of the canary's those that were counted in full, */
    int64_t blocks;   /* the blocks that they came in, */
    double squares;   /* and their squares, block by block: the more unevenly they came, the larger */
    int64_t burst_ms; /* that the baseline was over the limit: where the canary was as well it is excused so far */
    bool is_dreadful; /* its last block alone looks worse than may be: nothing passes right after it */
};

struct judge_bet {
    double stakes[JUDGE_STAKES]; /* their sum is the test's wealth. On a grid of 44 bits: 15 decimal digits keep them */
    double begun;                /* the smallest of them but cash when the step began */
    struct judge_sum sum;
};

struct judge_state { /* of a revision's rollout; zeroed before its first step */
    struct judge_bet bets[JUDGE_TESTS];
    int64_t step_from_ms, until_ms; /* of the step: its begin, its last block's end */
    double share;                   /* of the traffic that the step gives to the canary; 1: no baseline serves */
    int64_t blocks, observed_ms;    /* of the step */
};

/* A step begins, or is judged anew: its sums start over, the wealth stays. */
void judge_begin_step(const struct judge_plan *plan, struct judge_state *state, int64_t from_ms, double share);

/* False: the block was not counted, for it begins before the step, overlaps what was counted, or says nothing. */
bool judge_add_block(const struct judge_plan *plan, struct judge_state *state, const struct judge_block *block);

/* All that is told from state->until_ms on, in order. What was not counted is to be told again: it may come late.
 * `is_none_untold`: the source tells nothing of a canary that got nothing. */
void judge_add_blocks(const struct judge_plan *plan, struct judge_state *state, const struct judge_block *blocks,
                      size_t count, bool is_none_untold);
int64_t judge_away_ms(int64_t block_ms); /* so long it takes until nothing comes late any more */

enum judge_others { OTHERS_NONE, OTHERS_FINE, OTHERS_MISSING, OTHERS_BROKEN }; /* what is judged besides the tests */

enum judge_lack { LACKS_NOTHING, LACKS_NUMBERS, LACKS_REQUESTS, LACKS_BASELINE };

struct judge_decision {
    enum judge_verdict verdict;
    double wealth;                     /* the mean; FAIL at 1 / budget */
    enum judge_test worst;             /* whose wealth is the highest */
    bool is_made[JUDGE_TESTS];         /* in this step */
    enum judge_lack lacks[JUDGE_TESTS];
    double floors[JUDGE_TESTS];        /* of a PASS: would have been found in this step with JUDGE_POWER, if it was so all the time; 1: nothing; NAN: not told */
    bool is_suspicious;
    enum judge_test suspicious;        /* the test that it is by */
    int64_t stale_ms;                  /* of so long something is not known; 0: that is no longer than usual */
    enum judge_test stale;             /* the test that it is of; JUDGE_TESTS: all of them */
    int64_t known_ms;                  /* of the step, by every test */
    bool lacks_time;                   /* WAIT, and only for that */
};

/* `now_ms`: the source's clock; `watched_ms`: so long somebody looked at this step, without gaps and pauses. */
struct judge_decision judge_decide(const struct judge_plan *plan, const struct judge_state *state, int64_t now_ms,
                                   int64_t watched_ms, enum judge_others others);

double judge_limit(const struct judge_plan *plan, enum judge_test test); /* the share that may be bad; 0: not made */
double judge_requests_needed(const struct judge_plan *plan);

/* The smallest true rate that a test against the limit p0 finds in n requests, with JUDGE_POWER; 1: none. `tests` share
 * the budget; `blocks` is how many pieces n comes in. A bound from above: stopping earlier only helps. */
double judge_floor(double p0, double n, double blocks, double tests, double budget);

struct judge_forecast {
    double requests;        /* that the canary gets in the bake */
    double floor;           /* of the error rate, by then; 1: none */
    double enough_ms;       /* until the step can pass at all: min_requests */
    double target_requests; /* until `target` would be found */
    double target_ms;       /* the same as time at this share: the longer bake; INFINITY: never */
    double target_share;    /* the share that gives it within the bake; above 1: none does */
    double target_probes;   /* probes a minute that give it within the bake, at the tag's address */
    bool is_judgeable; /* enough and target within the bake; else: larger share, longer bake, probes, or time alone */
};
struct judge_forecast judge_forecast(const struct judge_plan *plan, double requests_a_minute, double share,
                                     double target, int64_t block_ms);

#endif
