#include "bot/model/slack_message.h"

static const struct shape_field ask_rows[] = {
    ROW_STRING(slack_message_ask, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_message_ask, ts, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_message_ask, with_text, .flags = SHAPE_NONZERO),
};
const struct shape slack_message_ask_shape = SHAPE("a message of Slack", slack_message_ask, ask_rows);

static const struct shape_field read_rows[] = {
    ROW_BOOL(slack_message_read, is_gone, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_message_read, link, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_message_read, user, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(slack_message_read, name, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(slack_message_read, text, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
const struct shape slack_message_read_shape = SHAPE("a message of Slack, as it is", slack_message_read, read_rows);
