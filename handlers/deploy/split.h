/* split.h - how traffic is shared between the new revision and those that served before. Pure.
 *
 * Shares are whole percents and sum to 100. What these functions make has no tags but ours: tags of others stay where they
 * are, whatever the traffic.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_SPLIT_H
#define OPSGATE_HANDLERS_DEPLOY_SPLIT_H

#include "handlers/deploy/body.h"

struct split { /* lives in the arena, or is borrowed */
    struct run_share *shares;
    size_t count;
};

/* Ours at `percent` with its tag; the rest goes to the revisions of `before` in proportion to what they had, by largest
 * remainder, the earlier one first among equals. At 100 ours alone. */
struct split split_with(const struct deploy_body *body, int64_t percent, struct arena *arena);

struct split split_before(const struct deploy_body *body, struct arena *arena); /* as it was found */

/* What a service is asked to serve: its shares above 0 %. */
struct split split_asked(const struct run_service *service, struct arena *arena);

bool split_equal(struct split a, struct split b);
/* Only our revision and those of `before` have traffic, these in the ratio that they had (to a percent): whoever made it, to
 * go back takes nothing from anybody. */
bool split_is_between(struct split split, const struct deploy_body *body);
int64_t split_percent(struct split split, const char *revision);
const char *split_text(struct split split, struct arena *arena); /* "`api-old` 75 %, `api-d7-1` 25 %", quoted */

#endif
