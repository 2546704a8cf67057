#include "bot/model/pagerduty_people.h"

static const struct shape_field oncall_ask_rows[] = {
    ROW_STRING(pagerduty_oncall_ask, service, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_oncall_ask, policy, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_oncall_ask_shape =
    SHAPE("a question who is on call", pagerduty_oncall_ask, oncall_ask_rows);

static const struct shape_field user_rows[] = {
    ROW_STRING(pagerduty_user, id, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_user, name, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_user, url, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_user, email, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
const struct shape pagerduty_user_shape = SHAPE("a user of PagerDuty", pagerduty_user, user_rows);

static const struct shape_field level_rows[] = {
    ROW_INT(pagerduty_oncall_level, level),
    ROW_OBJECTS(pagerduty_oncall_level, people, &pagerduty_user_shape),
};
static const struct shape level_shape = SHAPE("a level of escalation", pagerduty_oncall_level, level_rows);

static const struct shape_field oncall_rows[] = {
    ROW_OPTION(pagerduty_oncall, policy, &pagerduty_reference_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(pagerduty_oncall, levels, &level_shape),
};
const struct shape pagerduty_oncall_shape = SHAPE("who is on call", pagerduty_oncall, oncall_rows);

static const struct shape_field user_ask_rows[] = {
    ROW_STRING(pagerduty_user_ask, email, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_user_ask, id, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_user_ask_shape = SHAPE("a question for a user", pagerduty_user_ask, user_ask_rows);

static const struct shape_field user_read_rows[] = {
    ROW_OPTION(pagerduty_user_read, user, &pagerduty_user_shape, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_user_read_shape = SHAPE("whoever was found", pagerduty_user_read, user_read_rows);
