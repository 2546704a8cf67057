/* github_event.h - what GitHub tells: a release, a deployment and its statuses, a workflow's run, a check suite, a push, a
 * comment, a pull request, an installation of the App.
 *
 * `outside_event.body` of the source "github" has the shape that github_event_shape gives for its name. What GitHub left
 * out or sent as null is NULL, 0, false or empty. Ids are GitHub's own digits, for a number of JSON cannot hold all of them:
 * compare them as text, github_id() gives the number. Names that are longer than any of GitHub's are left out, texts of
 * people and lists are cut so that all fits into an inbox item; about.is_cut says so.
 *
 * What is told twice. One release published is up to three events (created, published, released): different facts, so of
 * different `meaning`, about one `subject`, "acme/platform/releases/991". Who acts on releases keeps what it did by subject.
 * The meaning holds what makes the fact one of a kind, the instant among it where the fact can come back: taken back and
 * published again, a release is published anew; a push there and back and there again is three.
 * Spec: https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
#ifndef OPSGATE_MODEL_GITHUB_EVENT_H
#define OPSGATE_MODEL_GITHUB_EVENT_H

#include "bot/base/shape.h"

struct github_about { /* the same in all */
    const char *action;                             /* "published"; NULL: a push has none */
    const char *repository, *repository_id;         /* "acme/platform"; NULL: an installation has none */
    const char *default_branch;
    const char *organization;                       /* its login, or NULL */
    const char *installation_id;                    /* NULL: it came by a hook, not to the App */
    const char *sender, *sender_id, *sender_type;   /* "octocat", "7", "User" | "Bot" | "Organization"; NULL: not told */
    bool is_cut;                                    /* some text or list was longer, or a name left out */
};

struct github_release { /* release.* */
    struct github_about about;
    const char *id, *tag;
    const char *target;          /* a branch or a sha; not reliably the tag's commit: resolve the tag */
    const char *name, *body;     /* body: Markdown, cut */
    const char *previous_tag;    /* of an edited one */
    const char *author, *url;
    bool is_draft, is_prerelease;
    int64_t committed_at_ms;     /* unix; of the commit, whatever GitHub calls it */
    int64_t published_at_ms, updated_at_ms; /* 0: a draft; not told */
};

struct github_deployment_facts {
    const char *id, *sha, *ref, *task;
    const char *environment, *original_environment, *description;
    const char *creator, *creator_id, *creator_type;
    const char *app_id, *app_slug; /* of the App that made it, ours among them; or NULL */
    const cJSON *payload;          /* an object or a text, as it was given; NULL: none, or longer than 16 KiB */
    bool is_transient, is_production;
    int64_t created_at_ms, updated_at_ms;
};
struct github_deployment { /* deployment.created */
    struct github_about about;
    struct github_deployment_facts deployment;
    const char *workflow_run_id; /* NULL: not made by a job of Actions */
};
struct github_deployment_status { /* deployment_status.created; nobody is told of "inactive" */
    struct github_about about;
    const char *id, *state; /* "error", "failure", "pending", "in_progress", "queued", "success" */
    const char *description, *environment, *environment_url, *log_url;
    const char *creator, *creator_id, *creator_type, *app_id, *app_slug; /* of the status */
    int64_t created_at_ms, updated_at_ms;
    struct github_deployment_facts deployment;
    const char *workflow_run_id;
};

struct github_pull_number {
    int64_t number;
};

struct github_workflow_run { /* workflow_run.requested, .in_progress, .completed */
    struct github_about about;
    const char *id;
    int64_t attempt;              /* a re-run keeps its id and counts here, from 1 */
    int64_t number;
    const char *workflow_id, *name, *title, *path; /* path: ".github/workflows/ci.yml" */
    const char *event;            /* what started it: "push", "workflow_dispatch", "pull_request" */
    const char *status;           /* "requested", "queued", "waiting", "pending", "in_progress", "completed" */
    const char *conclusion;       /* "success", "failure", "cancelled", ...; NULL until completed */
    const char *branch, *sha;     /* of the head; the branch may be a fork's */
    const char *head_repository, *head_repository_id;
    bool is_from_fork;            /* the head is in another repository, or it is not told in which */
    const char *actor, *triggering_actor, *check_suite_id, *url;
    int64_t created_at_ms, started_at_ms, updated_at_ms;
    struct github_pull_number *pull_requests;
    size_t pull_requests_count;
};

struct github_check_suite { /* check_suite.completed; to an App also .requested, .rerequested */
    struct github_about about;
    const char *id, *sha;
    const char *branch;             /* NULL: the head is in a fork */
    const char *before, *after, *status, *conclusion;
    const char *app_id, *app_slug; /* whose checks these are */
    int64_t runs;
    int64_t created_at_ms, updated_at_ms;
    struct github_pull_number *pull_requests;
    size_t pull_requests_count;
};

struct github_push { /* push; a deleted branch or tag too */
    struct github_about about;
    const char *ref;            /* "refs/heads/main", "refs/tags/v1.0" */
    const char *before, *after; /* 40 zeros: made, deleted */
    const char *base_ref;
    bool is_created, is_deleted, is_forced;
    const char *compare_url, *pusher;
    const char *head_sha, *head_message, *head_author; /* NULL: deleted */
    int64_t pushed_at_ms;  /* unix; 0: not told */
    int64_t commits;       /* as many as were listed: GitHub stops at 2048 */
    int64_t files;         /* paths told of, with repetitions */
    const char **paths;    /* added, removed or modified by any of the commits, each once */
    size_t paths_count;
    bool are_paths_cut;    /* there may be more (a long push, a forced one, a new branch): not found is not untouched */
};

struct github_issue_comment { /* issue_comment.created: an edit could make a command of an old comment */
    struct github_about about;
    const char *id, *body, *url; /* body: lines may end in \r\n */
    const char *author, *author_id, *author_type;
    const char *association;       /* "MEMBER", "CONTRIBUTOR", ...: says nothing of what somebody may do */
    const char *app_id, *app_slug; /* a program wrote it for them; or NULL */
    int64_t created_at_ms, updated_at_ms;
    int64_t number;                /* of the issue or pull request */
    bool is_pull_request;          /* its head and branch are not told: ask */
    const char *title, *state, *issue_author;
    bool is_locked, is_draft;
};

struct github_label {
    const char *name;
};
struct github_pull_request { /* pull_request.opened, .reopened, .synchronize, .closed, .ready_for_review, .converted_to_draft */
    struct github_about about;
    const char *id, *title, *state, *url, *author, *author_id, *author_type;
    int64_t number;
    bool is_draft, is_merged;
    const char *branch, *sha;    /* of the head */
    const char *head_repository, *head_repository_id; /* NULL: that fork is gone */
    bool is_from_fork;           /* the head is in another repository, or it is not told in which */
    const char *base_branch, *base_sha;
    const char *before, *after;  /* of a synchronize */
    int64_t merged_at_ms, updated_at_ms;
    struct github_label *labels;
    size_t labels_count;
};

struct github_repository_name {
    const char *full_name;
};
struct github_installation { /* installation.created, .deleted, .suspend, .unsuspend, .new_permissions_accepted */
    struct github_about about;
    const char *id, *account, *account_id, *account_type, *app_id, *app_slug;
    const char *repository_selection; /* "all", "selected" */
    int64_t suspended_at_ms, updated_at_ms;
    struct shape_pair *permissions; /* "deployments": "write" */
    size_t permissions_count;
    const char **events;
    size_t events_count;
    struct github_repository_name *repositories; /* a hundred at most */
    size_t repositories_count;
};

extern const struct shape github_about_shape, github_release_shape, github_deployment_facts_shape,
    github_deployment_shape, github_deployment_status_shape, github_workflow_run_shape, github_check_suite_shape,
    github_push_shape, github_issue_comment_shape, github_pull_request_shape, github_installation_shape;

/* Of an outside_event's name, with or without its action: "release.published", "push"; NULL: none that is known here. */
const struct shape *github_event_shape(const char *name);

int64_t github_id(const char *digits); /* the number; 0: NULL, or no id */

#endif
