/* judging.h - from a metrics source's answers to what the judge knows: blocks are added once, in the look's own commit.
 *
 * A step begins by the source's own clock, as its first answer after the split was verified tells it, and one block later
 * than that: what is counted at an edge may have been collected up to one earlier. So nothing of the step before is ever
 * judged as this one's, however clocks differ. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_JUDGING_H
#define OPSGATE_HANDLERS_DEPLOY_JUDGING_H

#include "bot/base/arena.h"
#include "handlers/deploy/body.h"

struct judge_plan judging_plan(const struct deploy_body *body); /* of the step that it is at */

/* What comes more seldom than a block is in none: where the source tells nothing of three blocks in a row, as a step
 * begins, or of the new revision, though it is there, in less than half of six and more (or of the baseline, where it is
 * compared with), they become twice as long, up to JUDGING_BLOCK_MAX_MS, for the rest of the rollout. `known`: or NULL. */
#define JUDGING_BLOCK_MAX_MS (INT64_C(5) * 60 * 1000)
int64_t judging_block_ms(const struct deploy_limits *limits, const struct deploy_judging *known);

/* What is asked at a look, and of how long its numbers are: of the time that was observed, but not of less than a metrics
 * source has something to say of. */
int64_t judging_window_ms(int64_t observed_ms);
struct measure_ask judging_ask(const struct deploy_body *body, int64_t window_ms);

/* The split of a step was verified, or somebody wants it judged anew. What it showed before still counts, unless people
 * went on though it had failed. */
void judging_begin_step(struct deploy_body *body, struct arena *arena);
void judging_begin_anew(struct deploy_body *body, struct arena *arena); /* after a gap: the same step, the same evidence */

/* A look's answer; NULL: there was none. `now_ms`, unix, stands in for the source's time where it tells none. */
void judging_hear(struct deploy_body *body, const struct measured *measured, int64_t now_ms, struct arena *arena);

#endif
