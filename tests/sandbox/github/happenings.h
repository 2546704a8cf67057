/* happenings.h - what happens on GitHub, told to the hooks that want to hear of it. */
#ifndef SANDBOX_GITHUB_HAPPENINGS_H
#define SANDBOX_GITHUB_HAPPENINGS_H

#include "github/github.h"

/* `was`: the release before, or NULL: which actions that makes is GitHub's rule. */
void told_release(struct github *github, struct repository *repository, const cJSON *was, const cJSON *release,
                  int64_t now_ms);
/* `ref` is whole; before and after: shas, NULL for none. `commits`: of the push, oldest first, borrowed; or NULL. */
void told_push(struct github *github, struct repository *repository, const char *ref, const char *before,
               const char *after, bool is_forced, const cJSON *commits, int64_t now_ms);
void told_run(struct github *github, struct repository *repository, const cJSON *run, const char *action,
              int64_t now_ms);
/* `of`: {id, head_branch, head_sha, status, conclusion, created_at_ms, updated_at_ms}: check_suite.completed. */
void told_suite(struct github *github, struct repository *repository, const cJSON *of, const char *actor, int64_t now_ms);

/* Rows of `world`'s github for what the API here does not make:
 * event {repo?, event, action?, members?} -> any event at all */
bool change_event(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                  struct error *err);

#endif
