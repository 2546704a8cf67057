#include "bot/model/slack_event.h"

#include <string.h>

static const struct shape_field channel_rows[] = {
    ROW_STRING(slack_channel_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_channel_event, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_channel_event, old_channel, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_event, name, .flags = SHAPE_NONZERO),
    ROW_BOOL(slack_channel_event, is_private, .flags = SHAPE_NONZERO),
};
const struct shape slack_channel_event_shape = SHAPE("a channel's event", slack_channel_event, channel_rows);

static const struct shape_field member_rows[] = {
    ROW_STRING(slack_member_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_member_event, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_member_event, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(slack_member_event, inviter, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(slack_member_event, is_bot, .flags = SHAPE_NONZERO),
};
const struct shape slack_member_event_shape = SHAPE("a member's event", slack_member_event, member_rows);

static const struct shape_field home_rows[] = {
    ROW_STRING(slack_home_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_home_event, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(slack_home_event, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_home_event, tab, .flags = SHAPE_NONZERO),
};
const struct shape slack_home_event_shape = SHAPE("an opened Home tab", slack_home_event, home_rows);

static const struct shape_field access_rows[] = {
    ROW_STRING(slack_access_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(slack_access_event, users, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRINGS(slack_access_event, bots, .flags = SHAPE_NONZERO),
};
const struct shape slack_access_event_shape = SHAPE("lost access", slack_access_event, access_rows);

static const struct shape_field group_rows[] = {
    ROW_STRING(slack_group_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_group_event, group, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(slack_group_event, added, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRINGS(slack_group_event, removed, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    { .name = "before_at_ms",
      .type = SHAPE_INT,
      .offset = offsetof(struct slack_group_event, before_at_ms),
      .flags = SHAPE_NONZERO },
    { .name = "updated_at_ms",
      .type = SHAPE_INT,
      .offset = offsetof(struct slack_group_event, updated_at_ms),
      .flags = SHAPE_NONZERO },
    ROW_BOOL(slack_group_event, is_partial, .flags = SHAPE_NONZERO),
};
const struct shape slack_group_event_shape = SHAPE("a user group's event", slack_group_event, group_rows);

static const struct shape_field view_rows[] = {
    ROW_STRING(slack_view_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_view_event, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(slack_view_event, command, .flags = SHAPE_NONZERO),
    ROW_BOOL(slack_view_event, is_cleared, .flags = SHAPE_NONZERO),
};
const struct shape slack_view_event_shape = SHAPE("a closed modal", slack_view_event, view_rows);

static const struct shape_field reaction_rows[] = {
    ROW_STRING(slack_reaction_event, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_reaction_event, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_reaction_event, ts, .flags = SHAPE_REQUIRED),
};
const struct shape slack_reaction_event_shape = SHAPE("a marked message", slack_reaction_event, reaction_rows);

static const struct {
    const char *name;
    const struct shape *shape;
} shapes[] = {
    { SLACK_CHANNEL_ARCHIVED, &slack_channel_event_shape }, { SLACK_CHANNEL_RENAMED, &slack_channel_event_shape },
    { SLACK_CHANNEL_MOVED, &slack_channel_event_shape },    { SLACK_MEMBER_JOINED, &slack_member_event_shape },
    { SLACK_HOME_OPENED, &slack_home_event_shape },         { SLACK_TOKENS_REVOKED, &slack_access_event_shape },
    { SLACK_APP_UNINSTALLED, &slack_access_event_shape },   { SLACK_GROUP_CHANGED, &slack_group_event_shape },
    { SLACK_VIEW_CLOSED, &slack_view_event_shape },         { SLACK_REACTION_ADDED, &slack_reaction_event_shape },
};

const struct shape *slack_event_shape(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        if (strcmp(shapes[i].name, name) == 0)
            return shapes[i].shape;
    return NULL;
}
