/* workspace.h - the simulated Slack workspace: who is in it, and what stands in its channels.
 *
 * One team ("Acme"), its people, its channels and one installed app, opsgate's. Users, channels and messages are kept
 * in the shape of Slack's API plus what only the sandbox knows: a message's `edits`, a channel's `messages`. Nothing
 * here checks rights or shapes; that is the Web API's work (api.c). Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_SLACK_WORKSPACE_H
#define SANDBOX_SLACK_WORKSPACE_H

#include "slack/limits.h"
#include "tree.h"

#define SLACK_TEAM "T0SANDBOX"
#define SLACK_APP "A0OPSGATE"
#define SLACK_BOT "B0OPSGATE"
#define SLACK_BOT_USER "U0OPSGATE"
/* Those of deploy/slack/manifest.yaml, and some that an app may have beside them. */
#define SLACK_SCOPES                                                                                                   \
    "app_mentions:read,channels:history,channels:read,chat:write,commands,groups:history,groups:read,im:history,"      \
    "chat:write.public,usergroups:read,users:read,users:read.email,bookmarks:read,bookmarks:write,channels:manage,"    \
    "files:write,groups:write,pins:write,reactions:read"
#define SLACK_RESPONSE_USES 5
#define SLACK_RESPONSE_LIFE_MS (30 * MINUTE_MS)

struct slack {
    char *bot_token;      /* the only token that works */
    char *app_token;      /* and the only one of the app, for Socket Mode */
    struct slack_socket *socket; /* borrowed: it outlives a reset */
    char *scopes;         /* that the bot token has, with commas */
    int64_t clock_ahead_s; /* of Slack's clock */
    int64_t patience_ms;  /* how long it waits for the app's answer, and a trigger lives; 0: as in real life, three seconds */
    char *own_url;        /* where response URLs live: "http://127.0.0.1:9080" */
    bool limit_posts;     /* about one post a second and channel, as in real life */
    struct slack_limits limits;
    cJSON *users;         /* array of Slack's user objects */
    cJSON *groups;        /* array of Slack's user group objects, see groups.h */
    cJSON *channels;      /* array of Slack's channel objects, each with `messages` */
    cJSON *ephemerals;    /* array: {for, channel, source, ts, text, blocks, edits} "only visible to you" */
    cJSON *uploads;       /* array: {id, token, name, size, title?, content?}, files and what is to become one */
    cJSON *deliveries;    /* array: what was sent to opsgate and how it went */
    cJSON *response_urls; /* array: {token, user, channel, source_ts?, uses, expires_at_ms} */
    cJSON *triggers;      /* array: {id, user, at_ms, used} what may open a modal */
    cJSON *views;         /* array: {id, hash, user, is_open, view} modals as the app sent them */
    cJSON *homes;         /* array: {id, hash, user, times, view} Home tabs as they were published last, and how often */
    bool home_is_off;     /* the app has none */
    int64_t last_ts_us;
};

struct slack_ts {
    char text[32];
};

struct slack *slack_create(const char *bot_token, const char *app_token, const char *own_url);
void slack_destroy(struct slack *slack);
AUTO_DEFINE(slack)

cJSON *slack_add_channel(struct slack *slack, const char *id, const char *name); /* borrowed */
cJSON *slack_add_user(struct slack *slack, const char *id, const char *name); /* a full member; borrowed */
cJSON *slack_find_channel(const struct slack *slack, const char *id);
cJSON *slack_find_channel_named(const struct slack *slack, const char *name); /* with or without '#' */
/* `members` are ids; is_member and num_members follow them. `absent` are not in it whatever `members` says. */
bool slack_is_in(const cJSON *channel, const char *user);
void slack_join(cJSON *channel, const char *user);
void slack_leave(cJSON *channel, const char *user);
bool slack_is_seen(const cJSON *channel); /* by the bot: public, or it is in it */
cJSON *slack_find_user(const struct slack *slack, const char *id);
cJSON *slack_direct(struct slack *slack, const char *user); /* the app's direct messages with them; made when wanted */
cJSON *slack_find_message(const cJSON *channel, const char *ts);
cJSON *slack_find_whisper(const struct slack *slack, const char *channel, const char *ts); /* an ephemeral message */

struct slack_ts slack_next_ts(struct slack *slack, int64_t now_ms); /* unique, growing */

/* Messages are taken over; the message must have its ts. A reply is counted at the message above it. */
void slack_post(cJSON *channel, cJSON *message);
void slack_edit(cJSON *message, const char *text, const cJSON *blocks, const cJSON *metadata, int64_t now_ms);
void slack_whisper(struct slack *slack, const char *user, const char *channel, const char *source, cJSON *message);
cJSON *slack_message_create(struct slack *slack, const char *user, const char *text, int64_t now_ms);

void slack_message_remove(struct slack *slack, const char *channel, const char *ts); /* ephemeral or not */

/* `source_ts` is the message whose button was pressed; NULL for commands. The caller frees. */
char *slack_response_url_create(struct slack *slack, const char *user, const char *channel, const char *source_ts,
                                int64_t now_ms);

cJSON *slack_state(const struct slack *slack,
                   int messages_max); /* for /_sandbox/state: last messages of each channel */

#endif
