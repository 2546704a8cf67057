/* message.h - a reply or a card as Slack's JSON: text, blocks, metadata, within Slack's limits.
 *
 * The marks of bot/model/card.h become mrkdwn; everything else is escaped, so that words from outside can neither
 * mention nor link. What is too long is cut with "…", never in the middle of a character, an entity or a mention.
 * Limits are Slack's characters counted as bytes: never more than it takes. Every tree is the caller's. Pure; any thread.
 * Spec: https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/messaging/message-metadata
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_MESSAGE_H
#define OPSGATE_INTEGRATIONS_SLACK_MESSAGE_H

#include "bot/model/card.h"
#include "bot/model/delivery.h"

#define SLACK_CARD_EVENT "opsgate_card"       /* metadata.event_type of a card */
#define SLACK_MESSAGE_EVENT "opsgate_message" /* of a message */
#define SLACK_CHANNEL_EVENT "opsgate_channel" /* of the first message of a channel that opsgate made */

/* The answer to one person, for the command's own connection and for response_url alike:
 * {response_type: "ephemeral", replace_original: false, text, blocks?}. Long ones get a section per 3000 bytes of
 * lines; buttons stand under them. */
cJSON *slack_message_reply(const struct reply *reply);

/* {text, blocks?, metadata {event_type, event_payload {operation, effect}}}: outside ids, NULL ones left out. */
cJSON *slack_message_post(const struct reply *reply, const char *operation_id, const char *effect_id);
/* Words that come late, those of several effects as one, each with its time; `parts` are `count` at least 1. The metadata has the
 * id of the first, and those of the others in event_payload.also. */
cJSON *slack_message_parts(const struct message_part *parts, size_t count, int64_t more, const char *operation_id);
/* Likewise: it says whose the channel is. */
cJSON *slack_message_greeting(const char *text, const char *operation_id, const char *effect_id);

/* {text, blocks?, user}: shown to one person in a channel. Slack keeps no metadata of such a one. */
cJSON *slack_message_whisper(const struct reply *reply, const char *user);

/* {text, blocks, metadata}: header, status line, fields, steps, table, buttons, footer. `text` is what notifications show. */
cJSON *slack_message_card(const struct card *card, const char *effect_id);

#endif
