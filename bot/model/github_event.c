#include "bot/model/github_event.h"

#define NEEDED .flags = SHAPE_REQUIRED
#define MAY .flags = SHAPE_NONZERO
#define PERSONS .flags = SHAPE_NONZERO | SHAPE_PERSONAL

static const struct shape_field about_rows[] = {
    ROW_STRING(github_about, action, MAY),        ROW_STRING(github_about, repository, MAY),
    ROW_STRING(github_about, repository_id, MAY), ROW_STRING(github_about, default_branch, MAY),
    ROW_STRING(github_about, organization, MAY),  ROW_STRING(github_about, installation_id, MAY),
    ROW_STRING(github_about, sender, MAY),        ROW_STRING(github_about, sender_id, MAY),
    ROW_STRING(github_about, sender_type, MAY),   ROW_BOOL(github_about, is_cut, MAY),
};
const struct shape github_about_shape = SHAPE("what every event of GitHub tells", github_about, about_rows);

#define ABOUT(T) ROW_OBJECT(T, about, &github_about_shape, NEEDED)

static const struct shape_field release_rows[] = {
    ABOUT(github_release),
    ROW_STRING(github_release, id, NEEDED),
    ROW_STRING(github_release, tag, NEEDED),
    ROW_STRING(github_release, target, MAY),
    ROW_STRING(github_release, name, MAY),
    ROW_STRING(github_release, body, MAY),
    ROW_STRING(github_release, previous_tag, MAY),
    ROW_STRING(github_release, author, MAY),
    ROW_STRING(github_release, url, MAY),
    ROW_BOOL(github_release, is_draft, NEEDED),
    ROW_BOOL(github_release, is_prerelease, NEEDED),
    ROW_INT(github_release, committed_at_ms, MAY),
    ROW_INT(github_release, published_at_ms, MAY),
    ROW_INT(github_release, updated_at_ms, MAY),
};
const struct shape github_release_shape = SHAPE("a release", github_release, release_rows);

static const struct shape_field facts_rows[] = {
    ROW_STRING(github_deployment_facts, id, NEEDED),
    ROW_STRING(github_deployment_facts, sha, NEEDED),
    ROW_STRING(github_deployment_facts, ref, NEEDED),
    ROW_STRING(github_deployment_facts, task, NEEDED),
    ROW_STRING(github_deployment_facts, environment, NEEDED),
    ROW_STRING(github_deployment_facts, original_environment, MAY),
    ROW_STRING(github_deployment_facts, description, MAY),
    ROW_STRING(github_deployment_facts, creator, MAY),
    ROW_STRING(github_deployment_facts, creator_id, MAY),
    ROW_STRING(github_deployment_facts, creator_type, MAY),
    ROW_STRING(github_deployment_facts, app_id, MAY),
    ROW_STRING(github_deployment_facts, app_slug, MAY),
    ROW_JSON(github_deployment_facts, payload, MAY),
    ROW_BOOL(github_deployment_facts, is_transient, MAY),
    ROW_BOOL(github_deployment_facts, is_production, MAY),
    ROW_INT(github_deployment_facts, created_at_ms, MAY),
    ROW_INT(github_deployment_facts, updated_at_ms, MAY),
};
const struct shape github_deployment_facts_shape =
    SHAPE("a deployment of GitHub's", github_deployment_facts, facts_rows);

static const struct shape_field deployment_rows[] = {
    ABOUT(github_deployment),
    ROW_OBJECT(github_deployment, deployment, &github_deployment_facts_shape, NEEDED),
    ROW_STRING(github_deployment, workflow_run_id, MAY),
};
const struct shape github_deployment_shape = SHAPE("a deployment made", github_deployment, deployment_rows);

static const struct shape_field status_rows[] = {
    ABOUT(github_deployment_status),
    ROW_STRING(github_deployment_status, id, NEEDED),
    ROW_STRING(github_deployment_status, state, NEEDED),
    ROW_STRING(github_deployment_status, description, MAY),
    ROW_STRING(github_deployment_status, environment, MAY),
    ROW_STRING(github_deployment_status, environment_url, MAY),
    ROW_STRING(github_deployment_status, log_url, MAY),
    ROW_STRING(github_deployment_status, creator, MAY),
    ROW_STRING(github_deployment_status, creator_id, MAY),
    ROW_STRING(github_deployment_status, creator_type, MAY),
    ROW_STRING(github_deployment_status, app_id, MAY),
    ROW_STRING(github_deployment_status, app_slug, MAY),
    ROW_INT(github_deployment_status, created_at_ms, MAY),
    ROW_INT(github_deployment_status, updated_at_ms, MAY),
    ROW_OBJECT(github_deployment_status, deployment, &github_deployment_facts_shape, NEEDED),
    ROW_STRING(github_deployment_status, workflow_run_id, MAY),
};
const struct shape github_deployment_status_shape =
    SHAPE("a deployment's status", github_deployment_status, status_rows);

static const struct shape_field pull_number_rows[] = { ROW_INT(github_pull_number, number) };
static const struct shape pull_number_shape = SHAPE("a pull request's number", github_pull_number, pull_number_rows);

static const struct shape_field run_rows[] = {
    ABOUT(github_workflow_run),
    ROW_STRING(github_workflow_run, id, NEEDED),
    ROW_INT(github_workflow_run, attempt, NEEDED),
    ROW_INT(github_workflow_run, number, MAY),
    ROW_STRING(github_workflow_run, workflow_id, MAY),
    ROW_STRING(github_workflow_run, name, MAY),
    ROW_STRING(github_workflow_run, title, MAY),
    ROW_STRING(github_workflow_run, path, NEEDED),
    ROW_STRING(github_workflow_run, event, NEEDED),
    ROW_STRING(github_workflow_run, status, NEEDED),
    ROW_STRING(github_workflow_run, conclusion, MAY),
    ROW_STRING(github_workflow_run, branch, MAY),
    ROW_STRING(github_workflow_run, sha, NEEDED),
    ROW_STRING(github_workflow_run, head_repository, MAY),
    ROW_STRING(github_workflow_run, head_repository_id, MAY),
    ROW_BOOL(github_workflow_run, is_from_fork, NEEDED),
    ROW_STRING(github_workflow_run, actor, MAY),
    ROW_STRING(github_workflow_run, triggering_actor, MAY),
    ROW_STRING(github_workflow_run, check_suite_id, MAY),
    ROW_STRING(github_workflow_run, url, MAY),
    ROW_INT(github_workflow_run, created_at_ms, MAY),
    ROW_INT(github_workflow_run, started_at_ms, MAY),
    ROW_INT(github_workflow_run, updated_at_ms, MAY),
    ROW_OBJECTS(github_workflow_run, pull_requests, &pull_number_shape, MAY),
};
const struct shape github_workflow_run_shape = SHAPE("a workflow's run as told", github_workflow_run, run_rows);

static const struct shape_field suite_rows[] = {
    ABOUT(github_check_suite),
    ROW_STRING(github_check_suite, id, NEEDED),
    ROW_STRING(github_check_suite, sha, NEEDED),
    ROW_STRING(github_check_suite, branch, MAY),
    ROW_STRING(github_check_suite, before, MAY),
    ROW_STRING(github_check_suite, after, MAY),
    ROW_STRING(github_check_suite, status, MAY),
    ROW_STRING(github_check_suite, conclusion, MAY),
    ROW_STRING(github_check_suite, app_id, MAY),
    ROW_STRING(github_check_suite, app_slug, MAY),
    ROW_INT(github_check_suite, runs, MAY),
    ROW_INT(github_check_suite, created_at_ms, MAY),
    ROW_INT(github_check_suite, updated_at_ms, MAY),
    ROW_OBJECTS(github_check_suite, pull_requests, &pull_number_shape, MAY),
};
const struct shape github_check_suite_shape = SHAPE("a check suite", github_check_suite, suite_rows);

static const struct shape_field push_rows[] = {
    ABOUT(github_push),
    ROW_STRING(github_push, ref, NEEDED),
    ROW_STRING(github_push, before, NEEDED),
    ROW_STRING(github_push, after, NEEDED),
    ROW_STRING(github_push, base_ref, MAY),
    ROW_BOOL(github_push, is_created, NEEDED),
    ROW_BOOL(github_push, is_deleted, NEEDED),
    ROW_BOOL(github_push, is_forced, NEEDED),
    ROW_STRING(github_push, compare_url, MAY),
    ROW_STRING(github_push, pusher, MAY),
    ROW_STRING(github_push, head_sha, MAY),
    ROW_STRING(github_push, head_message, MAY),
    ROW_STRING(github_push, head_author, PERSONS),
    ROW_INT(github_push, pushed_at_ms, MAY),
    ROW_INT(github_push, commits, MAY),
    ROW_INT(github_push, files, MAY),
    ROW_STRINGS(github_push, paths, MAY),
    ROW_BOOL(github_push, are_paths_cut, MAY),
};
const struct shape github_push_shape = SHAPE("a push", github_push, push_rows);

static const struct shape_field comment_rows[] = {
    ABOUT(github_issue_comment),
    ROW_STRING(github_issue_comment, id, NEEDED),
    ROW_STRING(github_issue_comment, body, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(github_issue_comment, url, MAY),
    ROW_STRING(github_issue_comment, author, MAY),
    ROW_STRING(github_issue_comment, author_id, MAY),
    ROW_STRING(github_issue_comment, author_type, MAY),
    ROW_STRING(github_issue_comment, association, NEEDED),
    ROW_STRING(github_issue_comment, app_id, MAY),
    ROW_STRING(github_issue_comment, app_slug, MAY),
    ROW_INT(github_issue_comment, created_at_ms, MAY),
    ROW_INT(github_issue_comment, updated_at_ms, MAY),
    ROW_INT(github_issue_comment, number, NEEDED),
    ROW_BOOL(github_issue_comment, is_pull_request, MAY),
    ROW_STRING(github_issue_comment, title, MAY),
    ROW_STRING(github_issue_comment, state, MAY),
    ROW_STRING(github_issue_comment, issue_author, MAY),
    ROW_BOOL(github_issue_comment, is_locked, MAY),
    ROW_BOOL(github_issue_comment, is_draft, MAY),
};
const struct shape github_issue_comment_shape = SHAPE("a comment", github_issue_comment, comment_rows);

static const struct shape_field label_rows[] = { ROW_STRING(github_label, name) };
static const struct shape label_shape = SHAPE("a label", github_label, label_rows);

static const struct shape_field pull_rows[] = {
    ABOUT(github_pull_request),
    ROW_STRING(github_pull_request, id, NEEDED),
    ROW_STRING(github_pull_request, title, MAY),
    ROW_STRING(github_pull_request, state, NEEDED),
    ROW_STRING(github_pull_request, url, MAY),
    ROW_STRING(github_pull_request, author, MAY),
    ROW_STRING(github_pull_request, author_id, MAY),
    ROW_STRING(github_pull_request, author_type, MAY),
    ROW_INT(github_pull_request, number, NEEDED),
    ROW_BOOL(github_pull_request, is_draft, MAY),
    ROW_BOOL(github_pull_request, is_merged, MAY),
    ROW_STRING(github_pull_request, branch, NEEDED),
    ROW_STRING(github_pull_request, sha, NEEDED),
    ROW_STRING(github_pull_request, head_repository, MAY),
    ROW_STRING(github_pull_request, head_repository_id, MAY),
    ROW_BOOL(github_pull_request, is_from_fork, NEEDED),
    ROW_STRING(github_pull_request, base_branch, NEEDED),
    ROW_STRING(github_pull_request, base_sha, MAY),
    ROW_STRING(github_pull_request, before, MAY),
    ROW_STRING(github_pull_request, after, MAY),
    ROW_INT(github_pull_request, merged_at_ms, MAY),
    ROW_INT(github_pull_request, updated_at_ms, MAY),
    ROW_OBJECTS(github_pull_request, labels, &label_shape, MAY),
};
const struct shape github_pull_request_shape = SHAPE("a pull request", github_pull_request, pull_rows);

static const struct shape_field repository_rows[] = { ROW_STRING(github_repository_name, full_name) };
static const struct shape repository_shape =
    SHAPE("a repository of an installation", github_repository_name, repository_rows);

static const struct shape_field installation_rows[] = {
    ABOUT(github_installation),
    ROW_STRING(github_installation, id, NEEDED),
    ROW_STRING(github_installation, account, MAY),
    ROW_STRING(github_installation, account_id, MAY),
    ROW_STRING(github_installation, account_type, MAY),
    ROW_STRING(github_installation, app_id, MAY),
    ROW_STRING(github_installation, app_slug, MAY),
    ROW_STRING(github_installation, repository_selection, MAY),
    ROW_INT(github_installation, suspended_at_ms, MAY),
    ROW_INT(github_installation, updated_at_ms, MAY),
    ROW_MAP(github_installation, permissions, MAY),
    ROW_STRINGS(github_installation, events, MAY),
    ROW_OBJECTS(github_installation, repositories, &repository_shape, MAY),
};
const struct shape github_installation_shape = SHAPE("an installation", github_installation, installation_rows);

static const struct {
    const char *name;
    const struct shape *shape;
} events[] = {
    { "release", &github_release_shape },
    { "deployment", &github_deployment_shape },
    { "deployment_status", &github_deployment_status_shape },
    { "workflow_run", &github_workflow_run_shape },
    { "check_suite", &github_check_suite_shape },
    { "push", &github_push_shape },
    { "issue_comment", &github_issue_comment_shape },
    { "pull_request", &github_pull_request_shape },
    { "installation", &github_installation_shape },
};

const struct shape *github_event_shape(const char *name)
{
    struct str rest = str_of(name), event = str_take_until(&rest, '.');

    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (str_is(event, events[i].name))
            return events[i].shape;
    return NULL;
}

int64_t github_id(const char *digits)
{
    struct error ignored;
    int64_t id;

    return parse_int(str_of(digits), 1, INT64_MAX, &id, &ignored) ? id : 0;
}
