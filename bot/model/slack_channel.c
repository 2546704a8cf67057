#include "bot/model/slack_channel.h"

static const struct shape_field make_rows[] = {
    ROW_STRING(slack_channel_make, name, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_channel_make, is_private, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_make, greeting, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_channel_make, is_again, .flags = SHAPE_NONZERO),
};
const struct shape slack_channel_make_shape = SHAPE("a channel to make", slack_channel_make, make_rows);

static const struct shape_field made_rows[] = {
    ROW_STRING(slack_channel_made, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_channel_made, name, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_channel_made, is_private, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_made, greeting_ts, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_made, greeting_error, .flags = SHAPE_NONZERO),
    ROW_BOOL(slack_channel_made, was_found, .flags = SHAPE_NONZERO),
};
const struct shape slack_channel_made_shape = SHAPE("a channel that was made", slack_channel_made, made_rows);

static const struct shape_field text_rows[] = {
    ROW_STRING(slack_channel_text, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_channel_text, text, .flags = SHAPE_REQUIRED),
};
const struct shape slack_channel_text_shape = SHAPE("a channel's topic or purpose", slack_channel_text, text_rows);

static const struct shape_field invite_rows[] = {
    ROW_STRING(slack_invite, channel, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(slack_invite, users, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
};
const struct shape slack_invite_shape = SHAPE("an invitation", slack_invite, invite_rows);

static const struct shape_field not_invited_rows[] = {
    ROW_STRING(slack_not_invited, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(slack_not_invited, error, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_not_invited, why, .flags = SHAPE_REQUIRED),
};
static const struct shape not_invited_shape = SHAPE("who was not invited", slack_not_invited, not_invited_rows);

static const struct shape_field invited_rows[] = {
    ROW_STRINGS(slack_invited, invited, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRINGS(slack_invited, present, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_OBJECTS(slack_invited, refused, &not_invited_shape, .flags = SHAPE_NONZERO),
};
const struct shape slack_invited_shape = SHAPE("who was invited", slack_invited, invited_rows);

static const struct shape_field pin_rows[] = {
    ROW_STRING(slack_pin, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_pin, ts, .flags = SHAPE_NONZERO),
};
const struct shape slack_pin_shape = SHAPE("a message to pin", slack_pin, pin_rows);

static const struct shape_field bookmark_rows[] = {
    ROW_STRING(slack_bookmark, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_bookmark, title, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_bookmark, link, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_bookmark, emoji, .flags = SHAPE_NONZERO),
};
const struct shape slack_bookmark_shape = SHAPE("a bookmark", slack_bookmark, bookmark_rows);

static const struct shape_field bookmarked_rows[] = {
    ROW_STRING(slack_bookmarked, bookmark, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_bookmarked, existed, .flags = SHAPE_NONZERO),
};
const struct shape slack_bookmarked_shape = SHAPE("a bookmark that stands", slack_bookmarked, bookmarked_rows);

static const struct shape_field ask_rows[] = {
    ROW_STRING(slack_channel_ask, channel, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_channel_ask, with_members, .flags = SHAPE_NONZERO),
};
const struct shape slack_channel_ask_shape = SHAPE("a channel of Slack", slack_channel_ask, ask_rows);

static const struct shape_field rename_rows[] = {
    ROW_STRING(slack_channel_rename, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_channel_rename, name, .flags = SHAPE_REQUIRED),
};
const struct shape slack_channel_rename_shape = SHAPE("a channel's new name", slack_channel_rename, rename_rows);

static const struct shape_field upload_rows[] = {
    ROW_STRING(slack_upload, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_upload, thread_ts, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_upload, filename, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_upload, title, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_upload, comment, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_upload, content, .flags = SHAPE_REQUIRED),
};
const struct shape slack_upload_shape = SHAPE("a file to upload", slack_upload, upload_rows);

static const struct shape_field uploaded_rows[] = {
    ROW_STRING(slack_uploaded, file, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_uploaded, existed, .flags = SHAPE_NONZERO),
};
const struct shape slack_uploaded_shape = SHAPE("a file that was uploaded", slack_uploaded, uploaded_rows);

static const struct shape_field read_rows[] = {
    ROW_BOOL(slack_channel_read, exists, .flags = SHAPE_REQUIRED),
    ROW_BOOL(slack_channel_read, is_archived, .flags = SHAPE_NONZERO),
    ROW_BOOL(slack_channel_read, is_private, .flags = SHAPE_NONZERO),
    ROW_BOOL(slack_channel_read, is_member, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_read, name, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_read, topic, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_read, purpose, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_channel_read, creator, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRINGS(slack_channel_read, members, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(slack_channel_read, has_more_members, .flags = SHAPE_NONZERO),
};
const struct shape slack_channel_read_shape = SHAPE("a channel of Slack, as it is", slack_channel_read, read_rows);
