/* checks.h - check runs and commit statuses, which know nothing of each other. No commit has any at first.
 * Spec: https://docs.github.com/en/rest/checks/runs, https://docs.github.com/en/rest/commits/statuses
 */
#ifndef SANDBOX_GITHUB_CHECKS_H
#define SANDBOX_GITHUB_CHECKS_H

#include "github/github.h"

/* Rows of `world`'s github:
 * check {repo?, sha | at?, name, status?, conclusion?, app?} - the newest run of that name, completed as success unless it
 *   says otherwise; `app` is the number of its App (GitHub Actions). One that completes ends its suite: check_suite.completed
 * status {repo?, sha | at?, context, state?} - success unless it says otherwise */
bool change_check(struct github *github, struct repository *repository, const char *sha, const cJSON *value,
                  int64_t now_ms, struct error *err);
bool change_status(struct github *github, struct repository *repository, const char *sha, const cJSON *value,
                   int64_t now_ms, struct error *err);

#endif
