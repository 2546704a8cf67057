/* github.h - GitHub's REST API, and the repositories behind it.
 *
 * github_serve() is the API below /github: api.c checks what every request must have and looks its route up, commits.c,
 * releases.c, runs.c and installations.c answer. Workflow runs live in time: github_advance() moves them on and must be
 * called now and then. change.h: how a test changes all this. The world's lock covers it.
 * Spec: https://docs.github.com/en/rest
 */
#ifndef SANDBOX_GITHUB_H
#define SANDBOX_GITHUB_H

#include "courier.h"
#include "github/app.h"
#include "github/repository.h"

#define GITHUB_RATE_LIMIT 5000 /* calls an hour */

struct github {
    struct repository *repositories;
    struct github_app *app; /* borrowed */
    char *own_url;          /* "http://127.0.0.1:9080/github" */
    int64_t last_repository_id, last_release_id, last_workflow_id, last_run_id;
    int64_t rate_used, rate_reset_at_ms;

    struct courier *courier; /* borrowed; NULL: nothing is sent */
    char *webhook_url;       /* where hooks go that name no address; or NULL */
    cJSON *hooks, *deliveries, *hook_faults; /* arrays, see hooks.h */
    cJSON *deployments;                      /* array, see deployments.h */
    int64_t list_lag_ms;                     /* of lists of deployments */
    cJSON *teams;                            /* array: {id, organization, slug, members, hidden?}, see teams.h */
    int64_t last_team_id;
    int64_t hook_timeout_ms, last_hook_id, last_delivery_id, last_comment_id, last_status_id;
};

struct github *github_create(struct github_app *app, const char *own_url, int64_t now_ms); /* the default world */
void github_destroy(struct github *github);
AUTO_DEFINE(github)

/* From now on hooks are told: opsgate listens at `opsgate_url`. */
void github_connect(struct github *github, struct courier *courier, const char *opsgate_url);

struct repository *github_add(struct github *github, const char *full_name);
struct repository *github_find(const struct github *github, const char *full_name);
bool github_advance(struct github *github, int64_t now_ms); /* did anything happen? */

void github_serve(struct github *github, const struct request *request, struct reply *reply);
cJSON *github_fault_body(int status); /* the error that a fault on demand answers */
cJSON *github_state(const struct github *github);

#endif
