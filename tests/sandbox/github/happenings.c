#include "github/happenings.h"

#include "github/call.h"
#include "github/hooks.h"

#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000"
#define FIRST_COMMENT_ID INT64_C(3300000000)
#define FIRST_DEPLOYMENT_ID INT64_C(31336)
#define FIRST_STATUS_ID INT64_C(91000000)
#define FIRST_SUITE_OFFSET INT64_C(27000000000)

static struct call as_call(struct github *github, struct repository *repository)
{
    return (struct call){ .github = github, .repository = repository };
}

static void tell(struct github *github, struct repository *repository, const char *event, const char *action,
                 const char *sender, cJSON *members, int64_t now_ms)
{
    hooks_tell(github, &(struct told){ .repository = repository, .event = event, .action = action, .sender = sender },
               members, now_ms);
}

/* ---- releases ---- */

static void tell_release(struct github *github, struct repository *repository, const cJSON *release, const char *action,
                         int64_t now_ms)
{
    struct call call = as_call(github, repository);
    cJSON *members = json_object();

    json_set(members, "release", release_shown(&call, release));
    if (text_is(action, "edited"))
        json_set(members, "changes", json_object());
    tell(github, repository, "release", action, tree_text(release, "author"), members, now_ms);
}

void told_release(struct github *github, struct repository *repository, const cJSON *was, const cJSON *release,
                  int64_t now_ms)
{
    bool draft = tree_true(release, "draft"), prerelease = tree_true(release, "prerelease");
    bool was_draft = was && tree_true(was, "draft"), is_published = !draft && (!was || was_draft);

    if (!was)
        tell_release(github, repository, release, "created", now_ms);
    if (was && !was_draft && draft)
        tell_release(github, repository, release, "unpublished", now_ms);
    if (was && was_draft == draft)
        tell_release(github, repository, release, "edited", now_ms);
    if (is_published)
        tell_release(github, repository, release, "published", now_ms);
    if (is_published && prerelease && !was) /* not for the draft of one */
        tell_release(github, repository, release, "prereleased", now_ms);
    if (!draft && !prerelease && (is_published || tree_true(was, "prerelease")))
        tell_release(github, repository, release, "released", now_ms);
}

/* ---- pushes ---- */

static cJSON *pushed_commit(const struct call *call, const cJSON *commit)
{
    static const char *const lists[] = { "added", "removed", "modified" };
    cJSON *shown = json_object(), *author = NULL;
    AUTO_FREE char *page = call_page_url(call, "/commit/%s", tree_text(commit, "sha"));
    const char *login = tree_text_or(commit, "author", "ann");

    json_set_string(shown, "id", tree_text(commit, "sha"));
    json_set_string(shown, "tree_id", tree_text(commit, "sha"));
    json_set_bool(shown, "distinct", true);
    json_set_string(shown, "message", tree_text(commit, "message"));
    set_time(shown, "timestamp", tree_int(commit, "at_ms", 0));
    json_set_string(shown, "url", page);
    author = json_set(shown, "author", json_object());
    json_set_string(author, "name", login);
    tree_set_textf(author, "email", "%s@acme.example", login);
    json_set_string(author, "username", login);
    json_set(shown, "committer", json_copy(author));
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        json_set(shown, lists[i], tree_get(commit, lists[i]) ? json_copy(tree_get(commit, lists[i])) : json_array());
    return shown;
}

static cJSON *pushed_repository(const struct call *call, int64_t now_ms)
{
    cJSON *shown = repository_shown(call);

    json_set_int(shown, "pushed_at", now_ms / 1000); /* a number here, of all places */
    json_set_string(shown, "organization", "acme");
    return shown;
}

void told_push(struct github *github, struct repository *repository, const char *ref, const char *before,
               const char *after, bool is_forced, const cJSON *commits, int64_t now_ms)
{
    struct call call = as_call(github, repository);
    cJSON *members = json_object(), *list = NULL, *pusher = NULL;
    AUTO_FREE char *compare =
        call_page_url(&call, "/compare/%.12s...%.12s", before ? before : ZEROS, after ? after : ZEROS);
    const cJSON *head = after ? repository_resolve(repository, after) : NULL;

    json_set_string(members, "ref", ref);
    json_set_string(members, "before", before ? before : ZEROS);
    json_set_string(members, "after", after ? after : ZEROS);
    json_set(members, "repository", pushed_repository(&call, now_ms));
    pusher = json_set(members, "pusher", json_object());
    json_set_string(pusher, "name", tree_text_or(head, "author", "ann"));
    json_set_bool(members, "created", !before);
    json_set_bool(members, "deleted", !after);
    json_set_bool(members, "forced", is_forced);
    set_null(members, "base_ref");
    json_set_string(members, "compare", compare);
    list = json_set(members, "commits", json_array());
    JSON_EACH(commit, commits) {
        json_add(list, pushed_commit(&call, commit));
    }
    json_set(members, "head_commit", head ? pushed_commit(&call, head) : cJSON_CreateNull());
    tell(github, repository, "push", NULL, tree_text_or(head, "author", "ann"), members, now_ms);
}

/* ---- Actions ---- */

static cJSON *suite_shown(const cJSON *run)
{
    cJSON *suite = json_object(), *app = NULL;

    json_set_int(suite, "id", FIRST_SUITE_OFFSET + tree_int(run, "id", 0));
    tree_copy(suite, run, "head_branch");
    tree_copy(suite, run, "head_sha");
    tree_copy(suite, run, "status");
    tree_copy(suite, run, "conclusion");
    set_null(suite, "before");
    set_null(suite, "after");
    json_set(suite, "pull_requests", json_array());
    app = json_set(suite, "app", json_object());
    json_set_int(app, "id", 15368);
    json_set_string(app, "slug", "github-actions");
    set_time(suite, "created_at", tree_int(run, "created_at_ms", 0));
    set_time(suite, "updated_at", tree_int(run, "updated_at_ms", 0));
    json_set_int(suite, "latest_check_runs_count", 1);
    return suite;
}

void told_suite(struct github *github, struct repository *repository, const cJSON *of, const char *actor,
                int64_t now_ms)
{
    cJSON *members = json_object();

    json_set(members, "check_suite", suite_shown(of));
    tell(github, repository, "check_suite", "completed", actor, members, now_ms);
}

void told_run(struct github *github, struct repository *repository, const cJSON *run, const char *action,
              int64_t now_ms)
{
    struct call call = as_call(github, repository);
    cJSON *members = json_object(), *workflow = NULL;

    json_set(members, "workflow_run", run_shown(&call, run));
    workflow = json_set(members, "workflow", json_object());
    json_set_int(workflow, "id", tree_int(run, "workflow_id", 0));
    tree_copy(workflow, run, "name");
    tree_set_textf(workflow, "path", ".github/workflows/%s", tree_text(run, "file"));
    json_set_string(workflow, "state", "active");
    tell(github, repository, "workflow_run", action, tree_text(run, "actor"), members, now_ms);
    if (text_is(action, "completed"))
        told_suite(github, repository, run, tree_text(run, "actor"), now_ms);
}

/* ---- deployments ---- */

bool change_deployment(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                       struct error *err)
{
    const char *ref = tree_text_or(value, "ref", "main"),
               *environment = tree_text_or(value, "environment", "production");
    const cJSON *commit = repository_resolve(repository, ref), *payload = tree_get(value, "payload");
    cJSON *deployment = NULL, *members = NULL;

    if (!commit)
        return error_set(err, ERR_NOT_FOUND, "no such commit '%.100s'", ref);
    deployment = json_add(github->deployments, json_object());
    json_set_int(deployment, "id", FIRST_DEPLOYMENT_ID + cJSON_GetArraySize(github->deployments));
    json_set_string(deployment, "sha", tree_text(commit, "sha"));
    json_set_string(deployment, "ref", ref);
    json_set_string(deployment, "task", tree_text_or(value, "task", "deploy"));
    json_set(deployment, "payload", payload ? json_copy(payload) : json_string(""));
    json_set_string(deployment, "environment", environment);
    json_set_string(deployment, "original_environment", environment);
    set_null(deployment, "description");
    tree_copy(deployment, value, "description");
    json_set(deployment, "creator", user_shown(tree_text_or(value, "creator", "ann")));
    json_set_bool(deployment, "transient_environment", false);
    json_set_bool(deployment, "production_environment", text_is(environment, "production"));
    set_null(deployment, "performed_via_github_app");
    set_time(deployment, "created_at", now_ms);
    set_time(deployment, "updated_at", now_ms);
    members = json_object();
    json_set(members, "deployment", json_copy(deployment));
    set_null(members, "workflow");
    set_null(members, "workflow_run");
    tell(github, repository, "deployment", "created", tree_text_or(value, "creator", "ann"), members, now_ms);
    return true;
}

static const cJSON *deployment_numbered(const struct github *github, int64_t id)
{
    JSON_EACH(deployment, github->deployments) {
        if (tree_int(deployment, "id", 0) == id)
            return deployment;
    }
    return NULL;
}

bool change_deployment_status(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                              struct error *err)
{
    static const char *const states[] = {
        "error", "failure", "pending", "in_progress", "queued", "success", "inactive"
    };
    const cJSON *deployment = deployment_numbered(github, tree_int(value, "id", 0));
    const char *state = tree_text(value, "state");
    cJSON *status = NULL, *members = NULL;
    bool is_state = false;

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        is_state = is_state || text_is(state, states[i]);
    if (!deployment || !is_state)
        return error_set(err, ERR_INVALID, "'id' is that of a deployment, 'state' one of GitHub's");
    if (text_is(state, "inactive"))
        return true; /* nobody is told */
    members = json_object();
    status = json_set(members, "deployment_status", json_object());
    json_set_int(status, "id", FIRST_STATUS_ID + ++github->last_status_id);
    json_set_string(status, "state", state);
    json_set_string(status, "description", tree_text_or(value, "description", ""));
    json_set_string(status, "environment", tree_text(deployment, "environment"));
    json_set_string(status, "environment_url", tree_text_or(value, "environment_url", ""));
    json_set_string(status, "log_url", tree_text_or(value, "log_url", ""));
    json_set(status, "creator", user_shown(tree_text_or(value, "creator", "ann")));
    set_time(status, "created_at", now_ms);
    set_time(status, "updated_at", now_ms);
    json_set(members, "deployment", json_copy(deployment));
    tell(github, repository, "deployment_status", "created", tree_text_or(value, "creator", "ann"), members, now_ms);
    return true;
}

/* ---- pull requests, comments, anything ---- */

static cJSON *branch_end(const struct call *call, const char *branch, bool is_fork)
{
    cJSON *end = json_object(), *repository = repository_shown(call);

    json_set_string(end, "ref", branch);
    json_set_string(end, "sha", tree_text_or(repository_resolve(call->repository, branch), "sha", ZEROS));
    if (is_fork) {
        json_set_int(repository, "id", 777);
        json_set_string(repository, "full_name", "mallory/platform");
        json_set_bool(repository, "fork", true);
    }
    json_set(end, "repo", repository);
    return end;
}

bool change_pull(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                 struct error *err)
{
    struct call call = as_call(github, repository);
    const char *branch = tree_text_or(value, "branch", "main"), *action = tree_text(value, "action");
    int64_t number = tree_int(value, "number", 128);
    cJSON *members = NULL, *pull = NULL;
    AUTO_FREE char *page = call_page_url(&call, "/pull/%lld", (long long)number);

    if (!action || !repository_resolve(repository, branch))
        return error_set(err, ERR_INVALID, "a pull request needs an 'action', and a 'branch' that exists");
    members = json_object();
    json_set_int(members, "number", number);
    pull = json_set(members, "pull_request", json_object());
    json_set_int(pull, "id", 2200000000 + number);
    json_set_int(pull, "number", number);
    json_set_string(pull, "state", text_is(action, "closed") ? "closed" : "open");
    json_set_string(pull, "title", tree_text_or(value, "title", "Change something"));
    json_set(pull, "user", user_shown(tree_text_or(value, "user", "ann")));
    json_set_string(pull, "html_url", page);
    json_set_bool(pull, "draft", tree_true(value, "draft"));
    json_set_bool(pull, "merged", tree_true(value, "merged"));
    set_time(pull, "merged_at", tree_true(value, "merged") ? now_ms : 0);
    set_time(pull, "updated_at", now_ms);
    json_set(pull, "labels", json_array());
    json_set(pull, "head", branch_end(&call, branch, tree_true(value, "fork")));
    json_set(pull, "base", branch_end(&call, "main", false));
    tell(github, repository, "pull_request", action, tree_text_or(value, "user", "ann"), members, now_ms);
    return true;
}

bool change_comment(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                    struct error *err)
{
    struct call call = as_call(github, repository);
    int64_t number = tree_int(value, "number", 128);
    const char *text = tree_text(value, "body"), *user = tree_text_or(value, "user", "ann");
    cJSON *members = NULL, *issue = NULL, *comment = NULL;
    AUTO_FREE char *url = call_url(&call, "/pulls/%lld", (long long)number);

    if (!text || !*text)
        return error_set(err, ERR_INVALID, "a comment needs a 'body'");
    members = json_object();
    issue = json_set(members, "issue", json_object());
    json_set_int(issue, "id", 2100000000 + number);
    json_set_int(issue, "number", number);
    json_set_string(issue, "title", "Change something");
    json_set_string(issue, "state", "open");
    json_set_bool(issue, "locked", false);
    json_set(issue, "user", user_shown("joe"));
    json_set(issue, "labels", json_array());
    if (!tree_true(value, "issue"))
        json_set_string(json_set(issue, "pull_request", json_object()), "url", url);
    comment = json_set(members, "comment", json_object());
    json_set_int(comment, "id", FIRST_COMMENT_ID + ++github->last_comment_id);
    json_set_string(comment, "body", text);
    json_set(comment, "user", user_shown(user));
    json_set_string(comment, "author_association", tree_text_or(value, "association", "MEMBER"));
    set_time(comment, "created_at", now_ms);
    set_time(comment, "updated_at", now_ms);
    set_null(comment, "performed_via_github_app");
    tell(github, repository, "issue_comment", "created", user, members, now_ms);
    return true;
}

bool change_event(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                  struct error *err)
{
    const cJSON *members = tree_get(value, "members");

    if (!tree_text(value, "event"))
        return error_set(err, ERR_INVALID, "'event' is its name");
    tell(github, repository, tree_text(value, "event"), tree_text(value, "action"),
         tree_text_or(value, "sender", "ann"), members ? json_copy(members) : json_object(), now_ms);
    return true;
}
