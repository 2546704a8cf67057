/* slack_user.h - is somebody still in the workspace? READING_SLACK_USER: args slack_user_ask, result slack_user_read. */
#ifndef OPSGATE_MODEL_SLACK_USER_H
#define OPSGATE_MODEL_SLACK_USER_H

#include "bot/base/shape.h"

struct slack_user_ask {
    const char *user; /* "U012AB3CD" */
};
extern const struct shape slack_user_ask_shape;

struct slack_user_read {
    bool is_deactivated; /* the account was switched off; it can be switched on again */
};
extern const struct shape slack_user_read_shape;

#endif
