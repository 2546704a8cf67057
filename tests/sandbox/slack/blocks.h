/* blocks.h - would Slack take these Block Kit blocks?
 *
 * Checks types, required and unknown fields, lengths (in characters) and counts. On false, err holds ERR_INVALID and a
 * sentence in Slack's own style: "no more than 150 characters allowed [json-pointer:/blocks/0/text/text]". Pure.
 * Spec: https://docs.slack.dev/reference/block-kit/blocks
 */
#ifndef SANDBOX_SLACK_BLOCKS_H
#define SANDBOX_SLACK_BLOCKS_H

#include "tree.h"

#define SLACK_BLOCKS_MAX 50       /* in one message */
#define SLACK_VIEW_BLOCKS_MAX 100 /* in one modal */

bool slack_blocks_check(const cJSON *blocks, struct error *err);
bool slack_view_blocks_check(const cJSON *blocks, struct error *err); /* of a modal: more of them, and inputs */

/* A copy with what the sender may leave out: ids of blocks and actions, `emoji`, `verbatim`. NULL gives NULL. */
cJSON *slack_blocks_kept(const cJSON *blocks); /* blocks_kept.c */

#endif
