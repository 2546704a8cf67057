/* call.h - one call of one Web API method: its arguments, and what becomes its answer.
 *
 * Arguments come from a query, a form or JSON and look the same to a method: text, flag and number are understood in
 * either form. Methods are rows in api.c; each returns NULL, or Slack's error code.
 */
#ifndef SANDBOX_SLACK_CALL_H
#define SANDBOX_SLACK_CALL_H

#include "exchange.h"
#include "slack/workspace.h"

struct call {
    struct slack *slack;
    const struct request *request;
    cJSON *args;
    cJSON *out;        /* the answer when all goes well */
    char detail[300];  /* which argument was wrong: goes to response_metadata.messages */
    const char *needed; /* missing_scope: which one */
    cJSON *errors;      /* of an answer, good or bad: who or what was refused; or NULL. Owned */
    int retry_after_s; /* not 0: the answer is a 429 */
    bool applied;
};

typedef const char *(*slack_method_fn)(struct call *call);

const char *call_text(const struct call *call, const char *name); /* NULL when missing */
bool call_flag(const struct call *call, const char *name);
int64_t call_int(const struct call *call, const char *name, int64_t otherwise); /* -1 when it is no number */

const char *call_check_scope(struct call *call, const char *scope); /* "missing_scope", and which one */

/* Checks shared by everything that posts; they put JSON that came as text in its place. */
const char *call_check_blocks(struct call *call);
const char *call_check_content(struct call *call);                           /* blocks, metadata, attachments */
bool call_has_content(const struct call *call);                              /* text, blocks or attachments */
/* By id, and not archived; *ret_channel is set when it is, too. */
const char *call_find_channel(const struct call *call, cJSON **ret_channel);
cJSON *call_find_seen(const struct call *call); /* by id, archived or not; NULL: it is not there, or private without the bot */
const char *call_check_thread(const struct call *call, const cJSON *channel);

cJSON *call_message(const struct call *call, const char *user);      /* a new message of the arguments */
cJSON *slack_message_shown(const cJSON *message, bool all_metadata); /* without what only the sandbox keeps */

const char *chat_post_message(struct call *call); /* chat.c */
const char *chat_update(struct call *call);
const char *chat_delete(struct call *call);
const char *chat_get_permalink(struct call *call);
const char *chat_post_ephemeral(struct call *call);
const char *conversations_history(struct call *call); /* conversations.c */
const char *conversations_replies(struct call *call);
const char *conversations_info(struct call *call);
const char *conversations_list(struct call *call);
cJSON *slack_channel_shown(const cJSON *channel); /* without what only the sandbox keeps */
const char *users_conversations(struct call *call);
const char *conversations_create(struct call *call); /* channels.c */
const char *conversations_rename(struct call *call);
const char *conversations_archive(struct call *call);
const char *conversations_unarchive(struct call *call);
const char *conversations_set_topic(struct call *call);
const char *conversations_set_purpose(struct call *call);
const char *conversations_invite(struct call *call);
const char *conversations_members(struct call *call);
const char *pins_add(struct call *call); /* keepsakes.c */
const char *bookmarks_add(struct call *call);
const char *bookmarks_list(struct call *call);
const char *files_get_upload_url(struct call *call);
const char *files_complete_upload(struct call *call);
const char *views_open(struct call *call); /* view.c */
const char *views_update(struct call *call);
const char *views_publish(struct call *call);
const char *usergroups_list(struct call *call); /* groups.c */
const char *usergroups_users_list(struct call *call);
const char *users_info(struct call *call);
const char *users_lookup_by_email(struct call *call);

#endif
