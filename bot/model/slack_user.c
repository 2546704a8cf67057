#include "bot/model/slack_user.h"

static const struct shape_field ask_rows[] = {
    ROW_STRING(slack_user_ask, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
};
const struct shape slack_user_ask_shape = SHAPE("a user of Slack to ask for", slack_user_ask, ask_rows);

static const struct shape_field read_rows[] = {
    ROW_BOOL(slack_user_read, is_deactivated, .flags = SHAPE_REQUIRED),
};
const struct shape slack_user_read_shape = SHAPE("a user of Slack", slack_user_read, read_rows);
