/* deployments.h - deployments and their statuses, by the API or as a test has them happen; hooks hear of both.
 *
 * Each of github->deployments is as it is shown, and has besides: repository, made_at_ms, statuses (oldest first). Lists show it
 * `list_lag_ms` late. An inactive status tells nobody.
 * Spec: https://docs.github.com/en/rest/deployments/deployments, https://docs.github.com/en/rest/deployments/statuses
 */
#ifndef SANDBOX_GITHUB_DEPLOYMENTS_H
#define SANDBOX_GITHUB_DEPLOYMENTS_H

#include "github/github.h"

/* Rows of `world`'s github:
 * deployment {repo?, ref?, environment?, task?, payload?, description?, creator?} -> deployment.created
 * deployment_status {id, state, description?, environment_url?, log_url?, creator?} -> deployment_status.created */
bool change_deployment(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                       struct error *err);
bool change_deployment_status(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                              struct error *err);

#endif
