#include "integrations/github/webhook_events.h"

#include "integrations/github/webhook_tell.h"

/* ---- what is taken of each ---- */

/* clang-format off */
static const struct webhook_take about_takes[] = {
    { "action",                    "about.action",          TAKE_NAME },
    { "repository.full_name",      "about.repository",      TAKE_NAME },
    { "repository.id",             "about.repository_id",   TAKE_ID },
    { "repository.default_branch", "about.default_branch",  TAKE_NAME },
    { "organization.login",        "about.organization",    TAKE_NAME },
    { "installation.id",           "about.installation_id", TAKE_ID },
    { "sender.login",              "about.sender",          TAKE_NAME },
    { "sender.id",                 "about.sender_id",       TAKE_ID },
    { "sender.type",               "about.sender_type",     TAKE_NAME },
};

static const struct webhook_take release_takes[] = {
    { "release.id",               "id",              TAKE_ID },
    { "release.tag_name",         "tag",             TAKE_NAME },
    { "release.target_commitish", "target",          TAKE_NAME },
    { "release.name",             "name",            TAKE_TEXT },
    { "release.body",             "body",            TAKE_BODY },
    { "release.author.login",     "author",          TAKE_NAME },
    { "release.html_url",         "url",             TAKE_PAGE },
    { "release.draft",            "is_draft",        TAKE_BOOL },
    { "release.prerelease",       "is_prerelease",   TAKE_BOOL },
    { "release.created_at",       "committed_at_ms", TAKE_TIME },
    { "release.published_at",     "published_at_ms", TAKE_TIME },
    { "release.updated_at",       "updated_at_ms",   TAKE_TIME },
    { "changes.tag_name.from",    "previous_tag",    TAKE_NAME },
};

#define DEPLOYMENT_TAKES                                                                   \
    { "deployment.id",                   "deployment.id",                   TAKE_ID },     \
    { "deployment.sha",                  "deployment.sha",                  TAKE_SHA },   \
    { "deployment.ref",                  "deployment.ref",                  TAKE_NAME },   \
    { "deployment.task",                 "deployment.task",                 TAKE_NAME },   \
    { "deployment.environment",          "deployment.environment",          TAKE_NAME },   \
    { "deployment.original_environment", "deployment.original_environment", TAKE_NAME },   \
    { "deployment.description",          "deployment.description",          TAKE_TEXT },   \
    { "deployment.creator.login",        "deployment.creator",              TAKE_NAME },   \
    { "deployment.creator.id",           "deployment.creator_id",           TAKE_ID },     \
    { "deployment.creator.type",         "deployment.creator_type",         TAKE_NAME },   \
    { "deployment.performed_via_github_app.id",   "deployment.app_id",      TAKE_ID },     \
    { "deployment.performed_via_github_app.slug", "deployment.app_slug",    TAKE_NAME },   \
    { "deployment.payload",                "deployment.payload",            TAKE_JSON },   \
    { "deployment.transient_environment",  "deployment.is_transient",       TAKE_BOOL },   \
    { "deployment.production_environment", "deployment.is_production",      TAKE_BOOL },   \
    { "deployment.created_at",           "deployment.created_at_ms",        TAKE_TIME },   \
    { "deployment.updated_at",           "deployment.updated_at_ms",        TAKE_TIME },   \
    { "workflow_run.id",                 "workflow_run_id",                 TAKE_ID }

static const struct webhook_take deployment_takes[] = { DEPLOYMENT_TAKES };

static const struct webhook_take status_takes[] = {
    DEPLOYMENT_TAKES,
    { "deployment_status.id",              "id",              TAKE_ID },
    { "deployment_status.state",           "state",           TAKE_NAME },
    { "deployment_status.description",     "description",     TAKE_TEXT },
    { "deployment_status.environment",     "environment",     TAKE_NAME },
    { "deployment_status.environment_url", "environment_url", TAKE_PAGE },
    { "deployment_status.log_url",         "log_url",         TAKE_PAGE },
    { "deployment_status.creator.login",   "creator",         TAKE_NAME },
    { "deployment_status.creator.id",      "creator_id",      TAKE_ID },
    { "deployment_status.creator.type",    "creator_type",    TAKE_NAME },
    { "deployment_status.performed_via_github_app.id",   "app_id",   TAKE_ID },
    { "deployment_status.performed_via_github_app.slug", "app_slug", TAKE_NAME },
    { "deployment_status.created_at",      "created_at_ms",   TAKE_TIME },
    { "deployment_status.updated_at",      "updated_at_ms",   TAKE_TIME },
};

static const struct webhook_take run_takes[] = {
    { "workflow_run.id",                        "id",                 TAKE_ID },
    { "workflow_run.run_attempt",               "attempt",            TAKE_INT },
    { "workflow_run.run_number",                "number",             TAKE_INT },
    { "workflow_run.workflow_id",               "workflow_id",        TAKE_ID },
    { "workflow_run.name",                      "name",               TAKE_TEXT },
    { "workflow_run.display_title",             "title",              TAKE_TEXT },
    { "workflow_run.path",                      "path",               TAKE_NAME },
    { "workflow_run.event",                     "event",              TAKE_NAME },
    { "workflow_run.status",                    "status",             TAKE_NAME },
    { "workflow_run.conclusion",                "conclusion",         TAKE_NAME },
    { "workflow_run.head_branch",               "branch",             TAKE_NAME },
    { "workflow_run.head_sha",                  "sha",                TAKE_SHA },
    { "workflow_run.head_repository.full_name", "head_repository",    TAKE_NAME },
    { "workflow_run.head_repository.id",        "head_repository_id", TAKE_ID },
    { "workflow_run.actor.login",               "actor",              TAKE_NAME },
    { "workflow_run.triggering_actor.login",    "triggering_actor",   TAKE_NAME },
    { "workflow_run.check_suite_id",            "check_suite_id",     TAKE_ID },
    { "workflow_run.html_url",                  "url",                TAKE_PAGE },
    { "workflow_run.created_at",                "created_at_ms",      TAKE_TIME },
    { "workflow_run.run_started_at",            "started_at_ms",      TAKE_TIME },
    { "workflow_run.updated_at",                "updated_at_ms",      TAKE_TIME },
    { "workflow_run.pull_requests.number",      "pull_requests",      TAKE_LIST },
};

static const struct webhook_take suite_takes[] = {
    { "check_suite.id",                      "id",            TAKE_ID },
    { "check_suite.head_sha",                "sha",           TAKE_SHA },
    { "check_suite.head_branch",             "branch",        TAKE_NAME },
    { "check_suite.before",                  "before",        TAKE_SHA },
    { "check_suite.after",                   "after",         TAKE_SHA },
    { "check_suite.status",                  "status",        TAKE_NAME },
    { "check_suite.conclusion",              "conclusion",    TAKE_NAME },
    { "check_suite.app.id",                  "app_id",        TAKE_ID },
    { "check_suite.app.slug",                "app_slug",      TAKE_NAME },
    { "check_suite.latest_check_runs_count", "runs",          TAKE_INT },
    { "check_suite.created_at",              "created_at_ms", TAKE_TIME },
    { "check_suite.updated_at",              "updated_at_ms", TAKE_TIME },
    { "check_suite.pull_requests.number",    "pull_requests", TAKE_LIST },
};

static const struct webhook_take push_takes[] = {
    { "ref",                     "ref",          TAKE_NAME },
    { "before",                  "before",       TAKE_SHA },
    { "after",                   "after",        TAKE_SHA },
    { "base_ref",                "base_ref",     TAKE_NAME },
    { "created",                 "is_created",   TAKE_BOOL },
    { "deleted",                 "is_deleted",   TAKE_BOOL },
    { "forced",                  "is_forced",    TAKE_BOOL },
    { "compare",                 "compare_url",  TAKE_PAGE },
    { "pusher.name",             "pusher",       TAKE_NAME },
    { "head_commit.id",          "head_sha",     TAKE_SHA },
    { "head_commit.message",     "head_message", TAKE_TEXT },
    { "head_commit.author.name", "head_author",  TAKE_TEXT },
    { "repository.pushed_at",    "pushed_at_ms", TAKE_TIME },
};

static const struct webhook_take comment_takes[] = {
    { "comment.id",                            "id",              TAKE_ID },
    { "comment.body",                          "body",            TAKE_BODY },
    { "comment.html_url",                      "url",             TAKE_PAGE },
    { "comment.user.login",                    "author",          TAKE_NAME },
    { "comment.user.id",                       "author_id",       TAKE_ID },
    { "comment.user.type",                     "author_type",     TAKE_NAME },
    { "comment.author_association",            "association",     TAKE_NAME },
    { "comment.performed_via_github_app.id",   "app_id",          TAKE_ID },
    { "comment.performed_via_github_app.slug", "app_slug",        TAKE_NAME },
    { "comment.created_at",                    "created_at_ms",   TAKE_TIME },
    { "comment.updated_at",                    "updated_at_ms",   TAKE_TIME },
    { "issue.number",                          "number",          TAKE_INT },
    { "issue.pull_request",                    "is_pull_request", TAKE_IS_IN },
    { "issue.title",                           "title",           TAKE_TEXT },
    { "issue.state",                           "state",           TAKE_NAME },
    { "issue.user.login",                      "issue_author",    TAKE_NAME },
    { "issue.locked",                          "is_locked",       TAKE_BOOL },
    { "issue.draft",                           "is_draft",        TAKE_BOOL },
};

static const struct webhook_take pull_takes[] = {
    { "pull_request.id",                  "id",                 TAKE_ID },
    { "pull_request.number",              "number",             TAKE_INT },
    { "pull_request.title",               "title",              TAKE_TEXT },
    { "pull_request.state",               "state",              TAKE_NAME },
    { "pull_request.html_url",            "url",                TAKE_PAGE },
    { "pull_request.user.login",          "author",             TAKE_NAME },
    { "pull_request.user.id",             "author_id",          TAKE_ID },
    { "pull_request.user.type",           "author_type",        TAKE_NAME },
    { "pull_request.draft",               "is_draft",           TAKE_BOOL },
    { "pull_request.merged",              "is_merged",          TAKE_BOOL },
    { "pull_request.merged_at",           "merged_at_ms",       TAKE_TIME },
    { "pull_request.updated_at",          "updated_at_ms",      TAKE_TIME },
    { "pull_request.head.ref",            "branch",             TAKE_NAME },
    { "pull_request.head.sha",            "sha",                TAKE_SHA },
    { "pull_request.head.repo.full_name", "head_repository",    TAKE_NAME },
    { "pull_request.head.repo.id",        "head_repository_id", TAKE_ID },
    { "pull_request.base.ref",            "base_branch",        TAKE_NAME },
    { "pull_request.base.sha",            "base_sha",           TAKE_SHA },
    { "pull_request.labels.name",         "labels",             TAKE_LIST },
    { "before",                           "before",             TAKE_SHA },
    { "after",                            "after",              TAKE_SHA },
};

static const struct webhook_take installation_takes[] = {
    { "installation.id",                   "id",                   TAKE_ID },
    { "installation.account.login",        "account",              TAKE_NAME },
    { "installation.account.id",           "account_id",           TAKE_ID },
    { "installation.account.type",         "account_type",         TAKE_NAME },
    { "installation.app_id",               "app_id",               TAKE_ID },
    { "installation.app_slug",             "app_slug",             TAKE_NAME },
    { "installation.repository_selection", "repository_selection", TAKE_NAME },
    { "installation.suspended_at",         "suspended_at_ms",      TAKE_TIME },
    { "installation.updated_at",           "updated_at_ms",        TAKE_TIME },
    { "installation.permissions",          "permissions",          TAKE_JSON },
    { "installation.events",               "events",               TAKE_JSON },
    { "repositories.full_name",            "repositories",         TAKE_LIST },
};

static const char *const release_actions[] = { "published", "released", "prereleased", "edited", "unpublished",
                                               "deleted", NULL };
static const char *const created[] = { "created", NULL };
static const char *const run_actions[] = { "requested", "in_progress", "completed", NULL };
static const char *const suite_actions[] = { "completed", "requested", "rerequested", NULL };
static const char *const pull_actions[] = { "opened", "reopened", "synchronize", "closed", "ready_for_review",
                                            "converted_to_draft", NULL };
static const char *const installation_actions[] = { "created", "deleted", "suspend", "unsuspend",
                                                    "new_permissions_accepted", NULL };

#define TAKES(rows) .takes = (rows), .takes_count = ARRAY_LEN(rows)

/* A release's "created" tells of a draft that was saved, or comes along with "published": nobody acts on it. */
static const struct webhook_event events[] = {
    { "release",           release_actions, TAKES(release_takes),      true,  NULL,             webhook_tell_release },
    { "deployment",        created,         TAKES(deployment_takes),   true,  NULL,             webhook_tell_deployment },
    { "deployment_status", created,         TAKES(status_takes),       true,  NULL,             webhook_tell_status },
    { "workflow_run",      run_actions,     TAKES(run_takes),          true,  webhook_add_fork,  webhook_tell_run },
    { "check_suite",       suite_actions,   TAKES(suite_takes),        true,  NULL,             webhook_tell_suite },
    { "push",              NULL,            TAKES(push_takes),         true,  webhook_add_paths, webhook_tell_push },
    { "issue_comment",     created,         TAKES(comment_takes),      true,  NULL,             webhook_tell_comment },
    { "pull_request",      pull_actions,    TAKES(pull_takes),         true,  webhook_add_fork, webhook_tell_pull },
    { "installation",      installation_actions, TAKES(installation_takes), false, NULL, webhook_tell_installation },
};
/* clang-format on */

const struct webhook_event *webhook_event_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (str_is(str_of(name), events[i].name))
            return &events[i];
    return NULL;
}

bool webhook_event_wants(const struct webhook_event *event, struct str action)
{
    if (!event->actions)
        return true;
    for (size_t i = 0; event->actions[i]; i++)
        if (str_is(action, event->actions[i]))
            return true;
    return false;
}

size_t webhook_event_takes(const struct webhook_event *event, struct webhook_take *ret_takes)
{
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(about_takes); i++)
        ret_takes[count++] = about_takes[i];
    for (size_t i = 0; i < event->takes_count; i++)
        ret_takes[count++] = event->takes[i];
    return count;
}
