/* actions.h - GitHub Actions: workflows, and their runs in time.
 *
 * A workflow: {id, file, name, dispatch, disabled, inputs: {NAME: {required?, default?, type?, options?}}, run_name?,
 * steps, appear_ms, queue_ms, run_ms, cancel_ms, conclusion}.
 * A run: {id, file, workflow_id, name, display_title, event, status, conclusion?, head_branch, head_sha, actor, inputs,
 * run_number, run_attempt, created_at_ms, appears_at_ms, starts_at_ms, ends_at_ms, updated_at_ms, outcome, steps}. It can
 * be asked for by its id at once, but lists show it only from appears_at_ms on, as the real ones lag. It is queued until
 * starts_at_ms, in progress until ends_at_ms, and then concludes with its `outcome`.
 */
#ifndef SANDBOX_GITHUB_ACTIONS_H
#define SANDBOX_GITHUB_ACTIONS_H

#include "github/github.h"

#define INPUTS_MAX 25
#define INPUTS_MAX_CHARS 65535

struct run_seed {
    const char *event, *ref, *actor; /* `ref`: a branch or a tag */
    const cJSON *inputs;             /* checked already; missing ones take their defaults */
    int64_t now_ms;
};

/* Makes a workflow, or changes the members that `wanted` has; `file` names it. */
bool workflow_set(struct github *github, struct repository *repository, const cJSON *wanted, struct error *err);
cJSON *workflow_find(const struct repository *repository, const char *file_or_id);

/* A dispatch's inputs by the rules of the workflow file; refused in GitHub's words. */
bool workflow_check_inputs(const cJSON *workflow, const cJSON *inputs, struct error *err);

const cJSON *run_start(struct github *github, struct repository *repository, const cJSON *workflow,
                       const struct run_seed *seed);
cJSON *run_find_by_id(const struct repository *repository, const char *id);
void run_cancel(const struct repository *repository, cJSON *run, int64_t now_ms);
void run_again(struct github *github, struct repository *repository, cJSON *run, int64_t now_ms);
bool runs_advance(struct github *github, struct repository *repository, int64_t now_ms); /* did anything happen? */

#endif
