#include "github/change.h"

#include "github/actions.h"
#include "github/checks.h"
#include "github/deployments.h"
#include "github/happenings.h"
#include "github/hooks.h"
#include "github/pulls.h"
#include "github/teams.h"

#include "bot/base/time.h"

#include <string.h>

struct change {
    struct github *github;
    const cJSON *value;
    int64_t now_ms;
};

/* "repo" says which; acme/platform when it says nothing. */
static struct repository *find_repository(const struct change *change, struct error *err)
{
    const char *name = tree_text_or(change->value, "repo", "acme/platform");
    struct repository *repository = github_find(change->github, name);

    if (!repository)
        error_set(err, ERR_NOT_FOUND, "no such repository '%.100s'", name);
    return repository;
}

/* The commit that "sha" or "at" (any ref) names; the head of main when there is neither. */
static const char *find_sha(const struct repository *repository, const cJSON *value, struct error *err)
{
    const char *ref = tree_text_or(value, "sha", tree_text_or(value, "at", "main"));
    const cJSON *commit = repository_resolve(repository, ref);

    if (!commit)
        error_set(err, ERR_NOT_FOUND, "no such commit '%.100s'", ref);
    return tree_text(commit, "sha");
}

/* {name, installed?, public?}: a repository like "acme/web", empty at first; or whether the App may see it. */
static bool change_repository(const struct change *change, struct error *err)
{
    const char *name = tree_text(change->value, "name");
    const char *slash = name ? strchr(name, '/') : NULL;
    struct repository *repository = github_find(change->github, name);

    if (!slash || slash == name || !slash[1] || strchr(slash + 1, '/'))
        return error_set(err, ERR_INVALID, "'name' is an owner and a name, such as acme/web");
    repository = repository ? repository : github_add(change->github, name);
    repository->is_not_installed = cJSON_IsFalse(tree_get(change->value, "installed"));
    repository->is_public = tree_true(change->value, "public");
    return true;
}

/* Hooks hear of a new head; `files` may say which files the commit added, removed and modified. */
static void push_commit(const struct change *change, struct repository *repository, const char *branch,
                        const char *before)
{
    static const char *const lists[] = { "added", "removed", "modified" };
    AUTO_FREE char *ref = text_format("refs/heads/%s", branch);
    cJSON *commit = cJSON_GetArrayItem(repository->commits, cJSON_GetArraySize(repository->commits) - 1);
    AUTO_JSON cJSON *commits = json_array();

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        tree_copy(commit, tree_get(change->value, "files"), lists[i]);
    json_add(commits, json_copy(commit));
    told_push(change->github, repository, ref, before, tree_text(commit, "sha"), false, commits, change->now_ms);
}

/* {repo?, branch?, from?, message?, author?, sha?, files?, no_account?, dated_ms_ago?}: one more commit on a branch; a
 * new branch leaves at `from`. Its date is its author's word: so long before it is pushed.
 */
static bool change_commit(const struct change *change, struct error *err)
{
    struct repository *repository = find_repository(change, err);
    const char *sha = tree_text(change->value, "sha"), *from = tree_text(change->value, "from");
    const char *branch = tree_text_or(change->value, "branch", "main");
    AUTO_FREE char *before = NULL;

    if (!repository)
        return false;
    if (tree_get(change->value, "sha") && (!is_sha(sha) || tree_find(repository->commits, "sha", sha)))
        return error_set(err, ERR_INVALID, "'sha' is 40 hex digits that no other commit has");
    if (from && !repository_resolve(repository, from))
        return error_set(err, ERR_NOT_FOUND, "no such commit '%.100s'", from);
    before = xstrdup(tree_text(repository_branch(repository, branch), "sha"));
    repository_commit(repository,
                      &(struct commit_seed){ .sha = sha,
                                             .branch = branch,
                                             .from = from,
                                             .message = tree_text_or(change->value, "message", "Change something"),
                                             .author = tree_text_or(change->value, "author", "ann"),
                                             .at_ms = change->now_ms - tree_int(change->value, "dated_ms_ago", 0) });
    tree_copy(cJSON_GetArrayItem(repository->commits, cJSON_GetArraySize(repository->commits) - 1), change->value,
              "no_account");
    push_commit(change, repository, branch, before);
    return true;
}

static void push_name(const struct change *change, struct repository *repository, const char *kind, const char *before,
                      const char *sha)
{
    AUTO_FREE char *ref = text_format("refs/%s/%s", kind, tree_text(change->value, "name"));

    told_push(change->github, repository, ref, before, sha, before != NULL, NULL, change->now_ms);
}

/* {repo?, name, sha | at}: makes a branch, or moves it by force. */
static bool change_branch(const struct change *change, struct error *err)
{
    struct repository *repository = find_repository(change, err);
    const char *sha = repository ? find_sha(repository, change->value, err) : NULL;
    AUTO_FREE char *before = NULL;

    if (!sha)
        return false;
    if (!tree_text(change->value, "name"))
        return error_set(err, ERR_INVALID, "'name' is missing");
    before = xstrdup(tree_text(repository_branch(repository, tree_text(change->value, "name")), "sha"));
    repository_set_branch(repository, tree_text(change->value, "name"), sha);
    push_name(change, repository, "heads", before, sha);
    return true;
}

/* {repo?, name, sha | at, message?}: makes a tag, or moves it; with a message it is an annotated one. */
static bool change_tag(const struct change *change, struct error *err)
{
    struct repository *repository = find_repository(change, err);
    const char *sha = repository ? find_sha(repository, change->value, err) : NULL;
    AUTO_FREE char *before = NULL;

    if (!sha)
        return false;
    if (!tree_text(change->value, "name"))
        return error_set(err, ERR_INVALID, "'name' is missing");
    before = xstrdup(tree_text(repository_tag(repository, tree_text(change->value, "name")), "sha"));
    repository_set_tag(repository, tree_text(change->value, "name"), sha, tree_text(change->value, "message"),
                       change->now_ms);
    push_name(change, repository, "tags", before, sha);
    return true;
}

/* {repo?, tag, name?, body?, target?, author?, draft?, prerelease?}: makes a release or replaces it; publishing makes
 * the tag at `target` when there is none. */
static bool change_release(const struct change *change, struct error *err)
{
    struct repository *repository = find_repository(change, err);
    const char *tag = tree_text(change->value, "tag"), *target = tree_text_or(change->value, "target", "main");
    const cJSON *commit = repository ? repository_resolve(repository, target) : NULL;
    bool draft = tree_true(change->value, "draft");
    AUTO_JSON cJSON *was = repository && tag ? json_copy(repository_find_release(repository, tag)) : NULL;

    if (!repository)
        return false;
    if (!tag || !commit)
        return error_set(err, ERR_INVALID, "a release needs a 'tag', and a 'target' that exists");
    if (!draft && !repository_tag(repository, tag)) {
        AUTO_FREE char *ref = text_format("refs/tags/%s", tag);

        repository_set_tag(repository, tag, tree_text(commit, "sha"), NULL, change->now_ms);
        told_push(change->github, repository, ref, NULL, tree_text(commit, "sha"), false, NULL, change->now_ms);
    }
    repository_release(repository, &(struct release_seed){ .id = ++change->github->last_release_id,
                                                           .tag = tag,
                                                           .name = tree_text_or(change->value, "name", tag),
                                                           .body = tree_text_or(change->value, "body", ""),
                                                           .target = target,
                                                           .author = tree_text_or(change->value, "author", "ann"),
                                                           .draft = draft,
                                                           .prerelease = tree_true(change->value, "prerelease"),
                                                           .published_at_ms = draft ? 0 : change->now_ms });
    told_release(change->github, repository, was, repository_find_release(repository, tag), change->now_ms);
    return true;
}

/* {repo?, file, ...}: makes a workflow, or changes what is given of it; the members are in actions.h. */
static bool change_workflow(const struct change *change, struct error *err)
{
    struct repository *repository = find_repository(change, err);

    return repository && workflow_set(change->github, repository, change->value, err);
}

/* {repo?, file, ref?, event?, actor?, inputs?}: somebody else starts a workflow. */
static bool change_run(const struct change *change, struct error *err)
{
    struct repository *repository = find_repository(change, err);
    const char *file = tree_text(change->value, "file"), *ref = tree_text_or(change->value, "ref", "main");
    const cJSON *workflow = repository && file ? workflow_find(repository, file) : NULL;

    if (!repository)
        return false;
    if (!workflow || !repository_resolve(repository, ref))
        return error_set(err, ERR_NOT_FOUND, "a run needs the 'file' of a workflow, and a 'ref' that exists");
    run_start(change->github, repository, workflow,
              &(struct run_seed){ .event = tree_text_or(change->value, "event", "workflow_dispatch"),
                                  .ref = ref,
                                  .actor = tree_text_or(change->value, "actor", "bob"),
                                  .inputs = tree_get(change->value, "inputs"),
                                  .now_ms = change->now_ms });
    return true;
}

static bool get_number(const cJSON *value, int64_t max, int64_t *ret_number, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > (double)max)
        return error_set(err, ERR_INVALID, "a number up to %lld", (long long)max);
    *ret_number = (int64_t)value->valuedouble;
    return true;
}

static bool change_expire_tokens(const struct change *change, struct error *err)
{
    if (!cJSON_IsTrue(change->value))
        return error_set(err, ERR_INVALID, "only true makes sense");
    github_app_expire_tokens(change->github->app);
    return true;
}

static bool change_token_lifetime(const struct change *change, struct error *err)
{
    int64_t seconds = 0;

    if (!get_number(change->value, 3600, &seconds, err))
        return false;
    github_app_set_lifetime(change->github->app, seconds * SECOND_MS);
    return true;
}

/* A token is not known on every machine at once: for so long it is answered 401. */
static bool change_token_lag(const struct change *change, struct error *err)
{
    int64_t lag_ms = 0;

    if (!get_number(change->value, 60000, &lag_ms, err))
        return false;
    github_app_set_lag(change->github->app, lag_ms);
    return true;
}

/* A number: so long after it was made a deployment is not in the lists yet. */
static bool change_list_lag(const struct change *change, struct error *err)
{
    return get_number(change->value, 60000, &change->github->list_lag_ms, err);
}

static bool change_rate_left(const struct change *change, struct error *err)
{
    int64_t left = 0;

    if (!get_number(change->value, GITHUB_RATE_LIMIT, &left, err))
        return false;
    change->github->rate_used = GITHUB_RATE_LIMIT - left;
    return true;
}

/* {kind?, owner?, url?, secret?, content_type?, events?}: a hook, which is pinged; see hooks.h. */
static bool change_hook(const struct change *change, struct error *err)
{
    return hooks_add(change->github, change->value, change->now_ms, err) != NULL;
}

/* {event?, action?, fault, value?, count?}: lost, late, twice, bad_signature, no_signature. */
static bool change_hook_fault(const struct change *change, struct error *err)
{
    return hooks_add_fault(change->github, change->value, err);
}

static bool change_hook_timeout(const struct change *change, struct error *err)
{
    return get_number(change->value, 60000, &change->github->hook_timeout_ms, err);
}

static bool change_of_commit(const struct change *change,
                             bool (*apply)(struct github *github, struct repository *repository, const char *sha,
                                           const cJSON *value, int64_t now_ms, struct error *err),
                             struct error *err)
{
    struct repository *repository = find_repository(change, err);
    const char *sha = repository ? find_sha(repository, change->value, err) : NULL;

    return sha && apply(change->github, repository, sha, change->value, change->now_ms, err);
}

/* See checks.h. */
static bool change_a_check(const struct change *change, struct error *err)
{
    return change_of_commit(change, change_check, err);
}

static bool change_a_status(const struct change *change, struct error *err)
{
    return change_of_commit(change, change_status, err);
}

/* {slug, organization?, members?, add?, remove?, hidden?}: see teams.h. */
static bool change_team(const struct change *change, struct error *err)
{
    return github_team_change(change->github, change->value, err);
}

/* Rows that happenings.h and deployments.h have: each is about one repository. */
#define HAPPENING(name)                                                                                                \
    static bool in_repository_##name(const struct change *change, struct error *err)                                   \
    {                                                                                                                  \
        struct repository *repository = find_repository(change, err);                                                  \
                                                                                                                       \
        return repository && change_##name(change->github, repository, change->value, change->now_ms, err);            \
    }
HAPPENING(deployment)
HAPPENING(deployment_status)
HAPPENING(pull)
HAPPENING(comment)
HAPPENING(comment_edit)
HAPPENING(event)

/* In this order. */
static const struct {
    const char *name;
    bool (*apply)(const struct change *change, struct error *err);
} rows[] = {
    { "repository", change_repository },
    { "hook", change_hook },
    { "hook_fault", change_hook_fault },
    { "hook_timeout_ms", change_hook_timeout },
    { "commit", change_commit },
    { "branch", change_branch },
    { "tag", change_tag },
    { "release", change_release },
    { "status", change_a_status },
    { "check", change_a_check },
    { "workflow", change_workflow },
    { "run", change_run },
    { "deployment", in_repository_deployment },
    { "deployment_status", in_repository_deployment_status },
    { "pull", in_repository_pull },
    { "comment", in_repository_comment },
    { "comment_edit", in_repository_comment_edit },
    { "event", in_repository_event },
    { "team", change_team },
    { "expire_tokens", change_expire_tokens },
    { "token_lifetime_s", change_token_lifetime },
    { "token_lag_ms", change_token_lag },
    { "rate_left", change_rate_left },
    { "list_lag_ms", change_list_lag },
};

/* One value, or a list of them. */
static bool apply(struct change *change, const cJSON *value, size_t row, struct error *err)
{
    const cJSON *first = cJSON_IsArray(value) ? value->child : value;

    for (const cJSON *item = first; item; item = cJSON_IsArray(value) ? item->next : NULL) {
        change->value = item;
        if (!rows[row].apply(change, err))
            return error_wrap(err, "%s", rows[row].name);
    }
    return true;
}

static bool is_row(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (text_is(name, rows[i].name))
            return true;
    }
    return false;
}

bool github_change(struct github *github, const cJSON *changes, int64_t now_ms, struct error *err)
{
    struct change change = { .github = github, .now_ms = now_ms };

    if (!cJSON_IsObject(changes))
        return error_set(err, ERR_INVALID, "changes are a JSON object");
    JSON_EACH(wanted, changes) {
        if (!is_row(wanted->string))
            return error_set(err, ERR_INVALID, "no such change '%.60s'", wanted->string);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!apply(&change, tree_get(changes, rows[i].name), i, err))
            return false;
    }
    return true;
}
