/* judge.h - is the new revision well enough? The verdict of handlers/judge, in words and with its numbers.
 *
 * The limits are of services as their owners wrote them down (more than 0.5 % of requests fail, more than 5 in 100 are
 * slower than 200 ms, slower than twice the baseline's p95). Each is a test of what is *true* of the revision, not of what
 * was counted: a share over the limit by luck stops nothing, and of healthy rollouts no more than the budget are stopped.
 * Queries of the user's own stand beside that: beyond their limit they fail a step at once, or so many looks in a row.
 * Missing data is never a pass: WAIT until max_bake, then INCONCLUSIVE. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_JUDGE_H
#define OPSGATE_HANDLERS_DEPLOY_JUDGE_H

#include "bot/base/arena.h"
#include "handlers/deploy/body.h"

struct judgement {
    enum judge_verdict verdict; /* NONE: the limits ask for nothing, so time alone decides */
    const char *why;   /* a sentence with the numbers that did it: "2.31 % of 1,204 requests failed, over the limit of 0.5 %" */
    int64_t after_ms;  /* WAIT for time alone: so long after the answer all of it is there; 0: for something else */
};

/* `measured`: the look's answer, which the body's judging has heard by now; NULL: there was none, `problem` says why (or
 * NULL). PASS only when the step was watched (observed_ms) and known for its bake, and everything asked for is known, not
 * old, and within its limit; the sentence says then what could have been missed. Texts live in the arena. */
struct judgement judge(const struct deploy_body *body, const struct measured *measured, const char *problem,
                       struct arena *arena);

/* Where probes are made: by these, as of now. */
struct judgement judge_probes(const struct deploy_body *body, int64_t now_ms, struct arena *arena);

/* The baseline's p95 can be compared with: known, of enough requests, and not old. */
bool judge_knows_baseline(const struct deploy_limits *limits, const struct measured *measured);
struct measure_value judge_query_value(const struct measured *measured, size_t query);
bool judge_is_beyond(const struct deploy_limits *limits, size_t query, double value);

/* ---- judge_table.c ---- */

/* Lines for the card's monospaced table: head, new version, old version, the limits that there are, then a line for each
 * query of the user's own. What is not known is "–"; `measured` NULL: nothing is. `window_ms`: of how long the numbers are. */
size_t judge_table(const struct deploy_limits *limits, const struct measured *measured, int64_t window_ms,
                   struct arena *arena, const char ***ret_lines);
/* Likewise, of what the probes of this step found. */
size_t judge_probes_table(const struct deploy_probed *probed, struct arena *arena, const char ***ret_lines);
const char *judge_query_name(const struct deploy_limits *limits, size_t query, struct arena *arena);
bool judge_has_maximum(const struct deploy_limits *limits, size_t query);
double judge_minimum(const struct deploy_limits *limits, size_t query); /* 0: none */

#endif
