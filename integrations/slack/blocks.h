/* blocks.h - the few blocks of Slack's that messages, modals and the Home tab are made of, within its limits.
 *
 * Texts hold the marks of bot/model/card.h. What is too long is cut; an empty text, which Slack refuses, becomes a
 * blank. Trees are the caller's, or become `blocks`'s. Pure; any thread. Spec:
 * https://docs.slack.dev/reference/block-kit/blocks
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_BLOCKS_H
#define OPSGATE_INTEGRATIONS_SLACK_BLOCKS_H

#include "bot/base/buf.h"
#include "bot/base/json.h"

#define SLACK_SECTION_MAX_BYTES 3000
#define SLACK_HEADER_MAX_BYTES 150

/* Text objects: without marks; with them; and one that is written already. */
cJSON *slack_plain_text(const char *text, size_t max_bytes);
cJSON *slack_mrkdwn_text(struct str text, size_t max_bytes);
cJSON *slack_verbatim(const struct buf *written);

/* Each appends one. */
cJSON *slack_block(cJSON *blocks, const char *type);
void slack_block_header(cJSON *blocks, const char *title);
void slack_block_section(cJSON *blocks, struct str text);
void slack_block_context(cJSON *blocks, struct str text);

#endif
