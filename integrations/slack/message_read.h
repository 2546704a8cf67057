/* message_read.h - one message: its link, what it says, who wrote it. (chat.getPermalink, conversations.history,
 * .replies)
 *
 * READING_SLACK_MESSAGE (bot/model/slack_message.h). What stands in a thread is not in the channel's history: it is
 * looked for there next. Needs the scopes channels:history and groups:history, and the bot in the channel; the link
 * alone needs none. Pure. Spec: https://docs.slack.dev/messaging/retrieving-messages
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_MESSAGE_READ_H
#define OPSGATE_INTEGRATIONS_SLACK_MESSAGE_READ_H

#include "bot/model/exchange.h"

struct exchange_step slack_message_read(const struct exchange *exchange);

#endif
