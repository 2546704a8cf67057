/* judge.h - is the new revision well enough? A plain limit check: its numbers against fixed limits and the baseline's.
 *
 * The limits are of services as their owners wrote them down (error rate above 0.5 %, p95 above 200 ms, latency above twice
 * the baseline's). Missing data is never a pass: WAIT until max_bake, then INCONCLUSIVE. Pure.
 *
 * What a limit check cannot see: it compares what was counted, not what is true of the revision. It looks many times at
 * numbers that swing, so a healthy canary near a limit will cross it by chance sooner or later, and nobody can say how
 * often: it has no stated budget of false alarms. Nor does it know what harm it could have missed with so few requests. A
 * sequential judge, which answers both, has its place here: it looks at the same evidence and gives the same answers.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_JUDGE_H
#define OPSGATE_HANDLERS_DEPLOY_JUDGE_H

#include "bot/base/arena.h"
#include "handlers/deploy/body.h"

#define JUDGE_REQUESTS_MIN 20 /* fewer are never enough, nor fewer than the limits' min_requests */
#define JUDGE_ERRORS_MIN 5    /* so many failed requests are no bad luck, however few requests there were */

enum judge_verdict { JUDGE_NONE, JUDGE_WAIT, JUDGE_PASS, JUDGE_FAIL, JUDGE_INCONCLUSIVE };

struct judgement {
    enum judge_verdict verdict; /* NONE: the limits ask for nothing, so time alone decides */
    const char *why; /* a sentence with the numbers that did it: "2.31 % of about 1,204 requests failed, over the limit of 0.5 %" */
};

/* `measured` NULL: the source did not answer, `problem` says why (or NULL). FAIL as soon as a limit is clearly broken, also
 * before the bake is over; PASS only when observed_ms has reached bake_ms, and everything asked for is known, not old, and
 * within its limit. Texts live in the arena. */
struct judgement judge(const struct deploy_limits *limits, const struct measured *measured, const char *problem,
                       int64_t observed_ms, int64_t bake_ms, struct arena *arena);

/* The limits where no baseline serves any more (all traffic is on the new revision): the same, without the comparison. */
struct deploy_limits judge_limits_alone(const struct deploy_limits *limits);

/* Lines for the card's monospaced table: head, canary, baseline, then a line for each query of the user's own. What is not
 * known is "–"; `measured` NULL: nothing is. */
size_t judge_table(const struct deploy_limits *limits, const struct measured *measured, struct arena *arena,
                   const char ***ret_lines);

#endif
