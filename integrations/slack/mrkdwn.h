/* mrkdwn.h - our texts in Slack's own markup, within a limit. The marks are those of bot/model/card.h.
 *
 * What is too long is cut with "…", never inside a character, an entity or a mention, and open marks are closed. Pure.
 * Spec: https://docs.slack.dev/messaging/formatting-message-text
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_MRKDWN_H
#define OPSGATE_INTEGRATIONS_SLACK_MRKDWN_H

#include "bot/base/buf.h"

#define SLACK_MRKDWN_MIN_BYTES 16 /* the smallest limit */

/* Marks become Slack's, the rest is escaped. */
void slack_mrkdwn_add(struct buf *buf, struct str text, size_t max_bytes);
/* For plain_text: marks are left out. */
void slack_plain_add(struct buf *buf, struct str text, size_t max_bytes);
/* Lines in a monospaced block, its fences (8 bytes) within the limit. Nothing in them is a mark. */
void slack_block_add(struct buf *buf, struct str text, size_t max_bytes);

#endif
