/* pulls.h - pull requests, what is said on them, and GitHub's log of who pushed what where.
 *
 * A pull request: {number, branch, title, user, draft?, merged?, fork?, state, updated_at_ms}; its head is wherever its
 * branch is. A comment: {id, number, body, user, app?, association, at_ms, reactions: [{user, content}]}. A push: {ref,
 * before?, after?, actor, forced?, at_ms}.
 */
#ifndef SANDBOX_GITHUB_PULLS_H
#define SANDBOX_GITHUB_PULLS_H

#include "github/github.h"

void pulls_note_push(struct repository *repository, const char *ref, const char *before, const char *after,
                     bool is_forced, const char *actor, int64_t now_ms);
void pulls_seed(struct repository *repository, int64_t number, const char *branch, const char *title, const char *user,
                int64_t now_ms);

/* Rows of `world`'s github:
 * pull {repo?, number?, action, branch?, title?, user?, draft?, merged?, fork?} -> pull_request
 * comment {repo?, number?, body, user?, association?, issue?, ago_ms?} -> issue_comment.created (issue: true, of no pull
 * request; ago_ms: it was written so long ago, and is told of now)
 * comment_edit {repo?, body}: the last of all comments is another by now; nobody is told */
bool change_pull(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                 struct error *err);
bool change_comment(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                    struct error *err);
bool change_comment_edit(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                         struct error *err);

#endif
