/* Check runs and commit statuses: as GitHub lists them, and as a test changes them. */
#include "github/checks.h"

#include "github/call.h"
#include "github/happenings.h"

#define FIRST_CHECK_ID INT64_C(2200000000)
#define ACTIONS_APP 15368

/* ---- what a test changes ---- */

/* The newest of that name there; a new one, when there is none. */
static cJSON *find_or_add(cJSON *list, const char *sha, const char *key, const char *name)
{
    cJSON *entry;

    JSON_EACH(item, list) {
        if (tree_has_text(item, "sha", sha) && tree_has_text(item, key, name))
            return (cJSON *)(uintptr_t)item;
    }
    entry = json_add(list, json_object());
    json_set_int(entry, "id", FIRST_CHECK_ID + cJSON_GetArraySize(list));
    json_set_string(entry, "sha", sha);
    json_set_string(entry, key, name);
    return entry;
}

static void tell_suite(struct github *github, struct repository *repository, const cJSON *check, int64_t now_ms)
{
    AUTO_JSON cJSON *suite = json_object();

    tree_copy(suite, check, "id");
    json_set_string(suite, "head_branch", "main");
    json_set_string(suite, "head_sha", tree_text(check, "sha"));
    tree_copy(suite, check, "status");
    tree_copy(suite, check, "conclusion");
    json_set_int(suite, "created_at_ms", now_ms);
    json_set_int(suite, "updated_at_ms", now_ms);
    told_suite(github, repository, suite, "ann", now_ms);
}

bool change_check(struct github *github, struct repository *repository, const char *sha, const cJSON *value,
                  int64_t now_ms, struct error *err)
{
    const char *name = tree_text(value, "name"), *status = tree_text_or(value, "status", "completed");
    cJSON *check;

    if (!name)
        return error_set(err, ERR_INVALID, "'name' is missing");
    check = find_or_add(repository->check_runs, sha, "name", name);
    json_set_string(check, "status", status);
    json_set_int(check, "app", tree_int(value, "app", ACTIONS_APP));
    json_set_int(check, "at_ms", now_ms);
    cJSON_DeleteItemFromObject(check, "conclusion");
    if (!text_is(status, "completed"))
        return true;
    json_set_string(check, "conclusion", tree_text_or(value, "conclusion", "success"));
    tell_suite(github, repository, check, now_ms);
    return true;
}

bool change_status(struct github *github, struct repository *repository, const char *sha, const cJSON *value,
                   int64_t now_ms, struct error *err)
{
    const char *context = tree_text(value, "context");
    cJSON *status;

    (void)github;
    if (!context)
        return error_set(err, ERR_INVALID, "'context' is missing");
    status = find_or_add(repository->statuses, sha, "context", context);
    json_set_string(status, "state", tree_text_or(value, "state", "success"));
    json_set_int(status, "at_ms", now_ms);
    return true;
}

/* ---- the API ---- */

static cJSON *check_shown(const struct call *call, const cJSON *check)
{
    cJSON *shown = json_object(), *app, *output;
    AUTO_FREE char *url = call_url(call, "/check-runs/%lld", (long long)tree_int(check, "id", 0));

    tree_copy(shown, check, "id");
    tree_copy(shown, check, "name");
    json_set_string(shown, "head_sha", tree_text(check, "sha"));
    json_set_string(shown, "url", url);
    json_set_string(shown, "external_id", "");
    tree_copy(shown, check, "status");
    set_null(shown, "conclusion");
    tree_copy(shown, check, "conclusion");
    set_time(shown, "started_at", tree_int(check, "at_ms", 0));
    set_time(shown, "completed_at", tree_get(check, "conclusion") ? tree_int(check, "at_ms", 0) : 0);
    output = json_set(shown, "output", json_object());
    set_null(output, "title");
    set_null(output, "summary");
    json_set_int(output, "annotations_count", 0);
    app = json_set(shown, "app", json_object());
    json_set_int(app, "id", tree_int(check, "app", 0));
    json_set_string(app, "slug", tree_int(check, "app", 0) == ACTIONS_APP ? "github-actions" : "another-app");
    json_set(shown, "pull_requests", json_array());
    return shown;
}

static cJSON *status_shown(const struct call *call, const cJSON *status)
{
    cJSON *shown = json_object();
    AUTO_FREE char *url = call_url(call, "/statuses/%s", tree_text(status, "sha"));

    tree_copy(shown, status, "id");
    json_set_string(shown, "url", url);
    tree_copy(shown, status, "state");
    tree_copy(shown, status, "context");
    set_null(shown, "description");
    set_null(shown, "target_url");
    set_time(shown, "created_at", tree_int(status, "at_ms", 0));
    set_time(shown, "updated_at", tree_int(status, "at_ms", 0));
    return shown;
}

static cJSON *shown_of(struct call *call, const cJSON *list, const char *sha,
                       cJSON *(*show)(const struct call *call, const cJSON *entry))
{
    cJSON *all = json_array();

    JSON_EACH(entry, list) {
        if (tree_has_text(entry, "sha", sha))
            json_add(all, show(call, entry));
    }
    return all;
}

/* The sha that the path's ref means; NULL: there is none, which is then answered. */
static const char *find_sha(struct call *call)
{
    const cJSON *commit = repository_resolve(call->repository, call->params[0]);

    if (!commit) {
        AUTO_FREE char *message = text_format("No commit found for SHA: %s", call->params[0]);
        call_refuse(call, 422, message);
    }
    return tree_text(commit, "sha");
}

void check_run_list(struct call *call)
{
    const char *sha = find_sha(call);
    cJSON *all, *shown;

    if (!sha)
        return;
    all = shown_of(call, call->repository->check_runs, sha, check_shown);
    shown = json_object();
    json_set_int(shown, "total_count", cJSON_GetArraySize(all));
    json_set(shown, "check_runs", call_cut(call, all));
    reply_json(call->reply, 200, shown);
}

/* Without any it is pending, of all things. */
static const char *combined(const cJSON *statuses)
{
    const char *state = statuses->child ? "success" : "pending";

    JSON_EACH(status, statuses) {
        if (tree_has_text(status, "state", "failure") || tree_has_text(status, "state", "error"))
            return "failure";
        if (tree_has_text(status, "state", "pending"))
            state = "pending";
    }
    return state;
}

void status_get(struct call *call)
{
    const char *sha = find_sha(call);
    cJSON *all, *shown;

    if (!sha)
        return;
    all = shown_of(call, call->repository->statuses, sha, status_shown);
    shown = json_object();
    json_set_string(shown, "state", combined(all));
    json_set_string(shown, "sha", sha);
    json_set_int(shown, "total_count", cJSON_GetArraySize(all));
    json_set(shown, "statuses", call_cut(call, all));
    json_set(shown, "repository", repository_shown(call));
    reply_json(call->reply, 200, shown);
}
