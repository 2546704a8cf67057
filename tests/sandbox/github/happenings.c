#include "github/happenings.h"

#include "github/call.h"
#include "github/hooks.h"
#include "github/pulls.h"

#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000"
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

    pulls_note_push(repository, ref, before, after, is_forced, tree_text_or(head, "author", "ann"), now_ms);
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

/* ---- anything ---- */

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
