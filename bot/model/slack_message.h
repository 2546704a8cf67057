/* slack_message.h - one message of Slack's: READING_SLACK_MESSAGE, args slack_message_ask, result slack_message_read.
 */
#ifndef OPSGATE_MODEL_SLACK_MESSAGE_H
#define OPSGATE_MODEL_SLACK_MESSAGE_H

#include "bot/base/shape.h"

struct slack_message_ask {
    const char *channel, *ts; /* of its channel, or of a thread there */
    bool with_text;           /* what it says, too, and who wrote it: the bot has to be in the channel */
};
extern const struct shape slack_message_ask_shape;

struct slack_message_read {
    bool is_gone;     /* there is none; all else is NULL */
    const char *link; /* where people open it */
    const char *user; /* with_text: whose it is, "U012AB3CD"; or NULL */
    const char *name; /* with_text: of a program, which has no user then; or NULL */
    const char *text; /* with_text: in plain text, 4 KiB of it at most; NULL: none */
};
extern const struct shape slack_message_read_shape;

#endif
