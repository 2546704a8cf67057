/* slack_channel.h - what is done to a channel of Slack, as args and results: made, described, filled with people, put away.
 *
 * `channel` is always an id, C012AB3CD, as slack_channel_made tells it; never a name. Each effect but the first goes in
 * the lane "slack:CHANNEL", with the cards and messages of that channel: so it comes after what was wanted before it.
 * Topic, purpose, bookmark and who is called by its opening need nothing of that, and may have a lane of their own. How
 * each is carried out, and why a second try does no harm: integrations/slack/{channel,channel_change,invite,upload}.h.
 * What a handler is told when one fails is a sentence with the next step; none is essential, so no failure ends an
 * operation by itself.
 */
#ifndef OPSGATE_MODEL_SLACK_CHANNEL_H
#define OPSGATE_MODEL_SLACK_CHANNEL_H

#include "bot/base/shape.h"

/* All channels of the workspace are made in this lane, one after the other. */
#define SLACK_CHANNELS_LANE "slack:channels"

#define SLACK_TOPIC_MAX 250 /* characters, of a purpose too */
#define SLACK_INVITE_MAX 1000
#define SLACK_MEMBERS_TOLD_MAX 1000
#define SLACK_UPLOAD_MAX_BYTES (64 * 1024) /* the record of the effect holds it */

/* EFFECT_CHANNEL, lane SLACK_CHANNELS_LANE. An operation has one such channel: a further effect of the same operation finds
 * the one that the first has made, if it has is_again. */
struct slack_channel_make {
    const char *name;     /* as bot/model/channel_name.h makes one; where it is taken, name-2 and so on */
    bool is_private;
    const char *greeting; /* its first message, with the marks of card.h; its metadata say whose channel it is */
    bool is_again;        /* an earlier effect of the operation, of the same name and as private, ended without a word of whether
                           * it was made: it is looked for first */
};
extern const struct shape slack_channel_make_shape;

struct slack_channel_made {
    const char *channel, *name; /* its id; its name now */
    bool is_private;
    const char *greeting_ts;    /* NULL: Slack takes no message there; then */
    const char *greeting_error; /* this says why. It is good all the same */
    bool was_found;             /* an earlier try had made it */
};
extern const struct shape slack_channel_made_shape;

/* EFFECT_TOPIC, EFFECT_PURPOSE; key "topic:CHANNEL", "purpose:CHANNEL": a newer one replaces one that waits. Result
 * slack_channel_ask. Marks of card.h are left out, and what is longer than SLACK_TOPIC_MAX is cut with "…". */
struct slack_channel_text {
    const char *channel, *text;
};
extern const struct shape slack_channel_text_shape;

/* EFFECT_INVITE. Whoever is there already is none the worse; whoever cannot be invited is named, and is no failure of the
 * effect. People are ids, U012AB3CD; each counts once. */
struct slack_invite {
    const char *channel;
    const char **users;
    size_t users_count; /* SLACK_INVITE_MAX at most */
};
extern const struct shape slack_invite_shape;

struct slack_not_invited {
    const char *user, *error, *why; /* "ura_max_channels"; "a guest of one channel who is in another one" */
};
struct slack_invited {
    const char **invited; /* by this try */
    size_t invited_count;
    const char **present; /* were there before, by an earlier try too; the bot itself */
    size_t present_count;
    struct slack_not_invited *refused;
    size_t refused_count;
};
extern const struct shape slack_invited_shape;

/* EFFECT_PIN. Result slack_pin, as it was pinned. */
struct slack_pin {
    const char *channel, *ts; /* both left out: the operation's card, which has to stand by then */
};
extern const struct shape slack_pin_shape;

/* EFFECT_BOOKMARK: a channel has one of each title. Result slack_bookmarked. */
struct slack_bookmark {
    const char *channel;
    const char *title; /* 256 characters at most */
    const char *link;  /* http or https, 2048 at most */
    const char *emoji; /* ":memo:", or NULL */
};
extern const struct shape slack_bookmark_shape;

struct slack_bookmarked {
    const char *bookmark; /* its id, Bk... */
    bool existed;         /* with whatever link it had */
};
extern const struct shape slack_bookmarked_shape;

/* EFFECT_ARCHIVE, EFFECT_UNARCHIVE: result the same. READING_SLACK_CHANNEL: result slack_channel_read. */
struct slack_channel_ask {
    const char *channel;
    bool with_members; /* the reading: who is in it, too */
};
extern const struct shape slack_channel_ask_shape;

/* EFFECT_RENAME: to the name, or name-2 and so on where it is taken. Result the same, with the name that it has. */
struct slack_channel_rename {
    const char *channel, *name;
};
extern const struct shape slack_channel_rename_shape;

/* EFFECT_UPLOAD. Result slack_uploaded. */
struct slack_upload {
    const char *channel;
    const char *thread_ts; /* NULL: into the channel itself */
    const char *filename;  /* "post-mortem-D1042-1.md": what an earlier try has uploaded is known by it, so a file with other
                            * contents has another name */
    const char *title;
    const char *comment;   /* the message that it comes with, with the marks of card.h; or NULL */
    const char *content;   /* text, 1 to SLACK_UPLOAD_MAX_BYTES */
};
extern const struct shape slack_upload_shape;

struct slack_uploaded {
    const char *file; /* F... */
    bool existed;
};
extern const struct shape slack_uploaded_shape;

/* Nothing of it when it does not exist, or is a private one without the bot: Slack tells the two alike. */
struct slack_channel_read {
    bool exists, is_archived, is_private;
    bool is_member; /* the bot */
    const char *name, *topic, *purpose, *creator;
    const char **members; /* with_members: ids, SLACK_MEMBERS_TOLD_MAX at most; none of an archived one without the bot */
    size_t members_count;
    bool has_more_members;
};
extern const struct shape slack_channel_read_shape;

#endif
