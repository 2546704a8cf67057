/* judge.h - is the new revision well enough? A plain limit check: its numbers against fixed limits and the baseline's.
 *
 * This is the place of the sequential judge too: it will look at the same evidence and give the same answers. Pure.
 * The limits are of services as their owners wrote them down (error rate above 0.5 %, p95 above 200 ms, latency above twice
 * the baseline's). Missing data is never a pass: WAIT until max_bake, then INCONCLUSIVE.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_JUDGE_H
#define OPSGATE_HANDLERS_DEPLOY_JUDGE_H

#include "bot/base/arena.h"
#include "handlers/deploy/body.h"

enum judge_verdict { JUDGE_NONE, JUDGE_WAIT, JUDGE_PASS, JUDGE_FAIL, JUDGE_INCONCLUSIVE };

struct judgement {
    enum judge_verdict verdict;
    const char *why; /* a sentence with the numbers that did it: "2.31 % of 1,204 requests failed, over the limit of 0.5 %" */
};

/* `measured` NULL: the source did not answer, `problem` says why (or NULL). FAIL as soon as a limit is clearly broken, also
 * before the bake is over; PASS only when observed_ms has reached bake_ms. Texts live in the arena. */
struct judgement judge(const struct deploy_limits *limits, const struct measured *measured, const char *problem,
                       int64_t observed_ms, int64_t bake_ms, struct arena *arena);

/* Lines for the card's monospaced table: head, canary, baseline, then a line for each query of the user's own. */
size_t judge_table(const struct deploy_limits *limits, const struct measured *measured, struct arena *arena,
                   const char ***ret_lines);

#endif
