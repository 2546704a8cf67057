/* call.h - one request to GitHub's API after its route was found, and what every answer has in common. */
#ifndef SANDBOX_GITHUB_CALL_H
#define SANDBOX_GITHUB_CALL_H

#include "github/github.h"

#define CALL_PARAMS_MAX 4
#define PER_PAGE 30
#define PER_PAGE_MAX 100

struct call {
    struct github *github;
    const struct request *request;
    struct reply *reply;
    struct repository *repository; /* that the path names; NULL where it names none */
    char *params[CALL_PARAMS_MAX]; /* what stood for the route's stars, after the repository's */
    struct caller caller;
    bool is_2026;     /* X-GitHub-Api-Version: 2026-03-10 */
    const char *docs; /* where the answer's documentation_url points */
};

typedef void (*call_fn)(struct call *call);

/* The routes' endpoints. */
void app_get(struct call *call);
void app_mint_token(struct call *call);
void installation_get(struct call *call);
void repository_get(struct call *call);
void commit_get(struct call *call);
void compare_get(struct call *call);
void ref_get(struct call *call);
void tag_object_get(struct call *call);
void release_list(struct call *call);
void release_latest(struct call *call);
void release_by_tag(struct call *call);
void release_get(struct call *call);
void workflow_dispatch(struct call *call);
void run_list(struct call *call);
void run_get(struct call *call);
void run_jobs(struct call *call);
void run_cancel_post(struct call *call);
void run_again_post(struct call *call);
void hook_list(struct call *call);
void hook_create(struct call *call);
void hook_get(struct call *call);
void hook_ping_post(struct call *call);
void delivery_list(struct call *call);
void delivery_get(struct call *call);
void delivery_again_post(struct call *call);
void check_run_list(struct call *call);
void status_get(struct call *call);
void pull_get(struct call *call);
void comment_list(struct call *call);
void comment_get(struct call *call);
void comment_post(struct call *call);
void reaction_post(struct call *call);
void activity_list(struct call *call);
void deployment_list(struct call *call);
void deployment_make_post(struct call *call);
void deployment_get(struct call *call);
void deployment_status_list(struct call *call);
void deployment_status_post(struct call *call);
void team_members(struct call *call);
void organization_installation_get(struct call *call);

void call_refuse(struct call *call, int status, const char *message);
void call_not_found(struct call *call);
cJSON *call_error_body(int status, const char *message, const char *docs);

/* The body as an object, the caller's; NULL when it is none, which is then answered. No body is an empty object. */
cJSON *call_body(struct call *call);

struct page {
    int64_t number, size;
};
struct page call_page(const struct call *call);
cJSON *call_cut(struct call *call, cJSON *all); /* one page of a list, and the Link header; takes the list over */

/* ---- common shapes ---- */

char *call_url(const struct call *call, const char *fmt, ...) PRINTF_LIKE(2, 3);  /* below the repository's API URL */
char *call_page_url(const struct call *call, const char *fmt, ...) PRINTF_LIKE(2, 3); /* of the page people look at */
void set_time(cJSON *object, const char *name, int64_t unix_ms); /* "2026-11-20T10:00:00Z"; null for 0 */
void set_null(cJSON *object, const char *name);
cJSON *user_shown(const char *login);
cJSON *organization_shown(const char *login);
cJSON *repository_shown(const struct call *call);
cJSON *release_shown(const struct call *call, const cJSON *release);
cJSON *run_shown(const struct call *call, const cJSON *run);
cJSON *hook_shown(const cJSON *hook);

#endif
