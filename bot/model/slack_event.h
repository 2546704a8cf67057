/* slack_event.h - what Slack tells of channels, their members, groups and the app itself: bodies of outside events.
 *
 * `outside_event.body` of the source "slack" has the shape that slack_event_shape gives for its name. Ids are Slack's, a
 * channel's or person's of `team`: the workspace that was told, which in a shared channel need not be the person's own.
 * Spec: https://docs.slack.dev/reference/events, https://docs.slack.dev/reference/interaction-payloads
 */
#ifndef OPSGATE_MODEL_SLACK_EVENT_H
#define OPSGATE_MODEL_SLACK_EVENT_H

#include "bot/base/shape.h"

#define SLACK_CHANNEL_ARCHIVED "channel_archive" /* of private channels too, which Slack calls group_archive */
#define SLACK_CHANNEL_RENAMED "channel_rename"
#define SLACK_CHANNEL_MOVED "channel_id_changed"
#define SLACK_MEMBER_JOINED "member_joined_channel"
#define SLACK_HOME_OPENED "app_home_opened"
#define SLACK_TOKENS_REVOKED "tokens_revoked"
#define SLACK_APP_UNINSTALLED "app_uninstalled"
#define SLACK_GROUP_CHANGED "subteam_members_changed"
#define SLACK_VIEW_CLOSED "view_closed"
#define SLACK_REACTION_ADDED "reaction_added" /* of a message, and SLACK_MARK alone: others are not taken */

#define SLACK_MARK "pushpin"

struct slack_channel_event { /* CHANNEL_... */
    const char *team;
    const char *channel;     /* its id now */
    const char *old_channel; /* MOVED: its id until now; else NULL */
    const char *name;        /* RENAMED: its name now, without the #; else NULL */
    bool is_private;         /* ARCHIVED: it was a private one */
};
struct slack_member_event { /* MEMBER_JOINED */
    const char *team;
    const char *channel, *user;
    const char *inviter; /* or NULL */
    bool is_bot;         /* the one who joined is our own bot */
};
struct slack_home_event { /* HOME_OPENED */
    const char *team;
    const char *user;
    const char *channel; /* the direct messages with that person, or NULL */
    const char *tab;     /* "home", "messages" */
};
struct slack_access_event { /* TOKENS_REVOKED, APP_UNINSTALLED */
    const char *team;
    const char **users; /* whose own tokens went: ids, never the tokens */
    size_t users_count;
    const char **bots; /* bot users whose tokens went: ours among them means that nothing can be posted any more */
    size_t bots_count;
};
struct slack_group_event { /* GROUP_CHANGED: who came and went, and not who is in it */
    const char *team;
    const char *group; /* "S0ENG" */
    const char **added;
    size_t added_count;
    const char **removed;
    size_t removed_count;
    int64_t before_at_ms, updated_at_ms; /* unix: of the change before this one, and of this one. 0: not told */
    bool is_partial;                     /* more came or went than are listed: the group has to be read */
};
struct slack_view_event { /* VIEW_CLOSED: a modal was left without being sent */
    const char *team;
    const char *user;
    const char *command; /* what sending it would have asked for (modal.h), or NULL */
    bool is_cleared;     /* with all those below it */
};
struct slack_reaction_event { /* REACTION_ADDED: by whom, the event says */
    const char *team;
    const char *channel, *ts; /* of the message */
};
extern const struct shape slack_channel_event_shape, slack_member_event_shape, slack_home_event_shape,
    slack_access_event_shape, slack_group_event_shape, slack_view_event_shape, slack_reaction_event_shape;

const struct shape *slack_event_shape(const char *name); /* NULL: no such event comes */

#endif
