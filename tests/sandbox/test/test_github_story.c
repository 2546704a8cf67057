/* What happens on the sandbox's GitHub over several requests: logging in, releases, runs from dispatch to end. */
#include "github_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define RUNS GITHUB_REPO "/actions/workflows/deploy.yml/runs"
#define DISPATCH GITHUB_REPO "/actions/workflows/deploy.yml/dispatches"
#define EFFECT "01J-E7"
#define DEPLOY "{\"ref\":\"main\",\"inputs\":{\"version\":\"v1.5.0\",\"opsgate_effect\":\"" EFFECT "\"}}"
#define TRIES_MAX 2400
#define AGAIN_NS 25000000

static const char *program;

struct stage {
    struct sandbox sandbox;
    char *token;
};

static int set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof *stage);

    sandbox_start(&stage->sandbox, program, "http://127.0.0.1:9");
    stage->token = github_token(&stage->sandbox, NULL);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    int status = sandbox_stop(&stage->sandbox);

    free(stage->token);
    free(stage);
    return status;
}

/* ---- asking ---- */

static void change(const struct stage *stage, const char *changes)
{
    AUTO_FREE char *body = text_format("{\"github\":%s}", changes);

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", body));
}

static cJSON *get(const struct stage *stage, const char *path)
{
    return github_read(&stage->sandbox, stage->token, path);
}

static int ask(const struct stage *stage, const char *method, const char *path, const char *body)
{
    AUTO_ANSWER struct answer answer;

    github_ask(&stage->sandbox, stage->token, method, path, body, &answer);
    return answer.status;
}

static void ask_with(const struct stage *stage, const char *path, const char *header, struct answer *answer)
{
    AUTO_FREE char *headers = text_format(GITHUB_AGENT "\n%s", header);
    AUTO_FREE char *full = text_format("/github%s", path);

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET", .path = full, .authorization = stage->token, .header = headers },
                answer);
}

static char *sha_of(const struct stage *stage, const char *ref)
{
    AUTO_FREE char *path = text_format(GITHUB_REPO "/commits/%s", ref);
    AUTO_JSON cJSON *commit = get(stage, path);

    return xstrdup(tree_text(commit, "sha"));
}

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = AGAIN_NS }, NULL);
}

/* The run of that title as a list shows it, once one does; NULL when none ever does. */
static cJSON *wait_listed(const struct stage *stage, const char *query, const char *title)
{
    AUTO_FREE char *path = text_format(RUNS "%s", query);

    for (int i = 0; i < TRIES_MAX; i++, nap()) {
        AUTO_JSON cJSON *list = get(stage, path);
        const cJSON *run = tree_find(tree_get(list, "workflow_runs"), "display_title", title);

        if (run)
            return json_copy(run);
    }
    return NULL;
}

static cJSON *wait_status(const struct stage *stage, int64_t id, const char *status)
{
    AUTO_FREE char *path = text_format(GITHUB_REPO "/actions/runs/%lld", (long long)id);

    for (int i = 0; i < TRIES_MAX; i++, nap()) {
        AUTO_JSON cJSON *run = get(stage, path);

        if (tree_has_text(run, "status", status))
            return TAKE(run);
    }
    fail_msg("the run was never %s", status);
    return NULL;
}

/* Dispatches with return_run_details; the new run's id. */
static int64_t dispatch(const struct stage *stage)
{
    AUTO_ANSWER struct answer answer;

    github_ask(&stage->sandbox, stage->token, "POST", DISPATCH,
               "{\"ref\":\"main\",\"return_run_details\":true,\"inputs\":{\"version\":\"v1.5.0\"}}", &answer);
    assert_int_equal(answer.status, 200);
    return tree_int(answer.json, "workflow_run_id", 0);
}

static int64_t count_runs(const struct stage *stage)
{
    AUTO_JSON cJSON *state = sandbox_get(&stage->sandbox, "state");

    return cJSON_GetArraySize(tree_get(tree_get(tree_get(state, "github"), "repositories")->child, "runs"));
}

/* ---- logging in ---- */

static void the_app_finds_its_installation_and_gets_a_token(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *jwt = github_app_jwt(&stage->sandbox);
    AUTO_JSON cJSON *installation = github_read(&stage->sandbox, jwt, GITHUB_REPO "/installation");
    AUTO_JSON cJSON *repository = get(stage, GITHUB_REPO);

    assert_int_equal(tree_int(installation, "id", 0), 880088);
    assert_string_equal(tree_text(repository, "default_branch"), "main");
    assert_true(strlen(stage->token) > 400); /* nobody's fixed buffer */
    assert_non_null(strchr(strchr(stage->token, '.') + 1, '.'));
}

static void a_token_ends_and_another_one_is_good(void **state)
{
    const struct stage *stage = *state;

    assert_int_equal(ask(stage, "GET", GITHUB_REPO, NULL), 200);
    change(stage, "{\"expire_tokens\":true}");
    assert_int_equal(ask(stage, "GET", GITHUB_REPO, NULL), 401);
    AUTO_FREE char *token = github_token(&stage->sandbox, NULL);
    AUTO_JSON cJSON *repository = github_read(&stage->sandbox, token, GITHUB_REPO);
    assert_string_equal(tree_text(repository, "name"), "platform");
}

static void a_new_token_may_be_unknown_for_a_moment(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer early = { 0 }, late = { 0 };

    change(stage, "{\"token_lag_ms\":60000}");
    AUTO_FREE char *unknown = github_token(&stage->sandbox, NULL);
    github_ask(&stage->sandbox, unknown, "GET", GITHUB_REPO, NULL, &early);
    assert_int_equal(early.status, 401);
    change(stage, "{\"token_lag_ms\":300}");
    AUTO_FREE char *token = github_token(&stage->sandbox, NULL);
    for (int i = 0; i < TRIES_MAX && late.status != 200; i++, nap()) {
        answer_finish(&late);
        github_ask(&stage->sandbox, token, "GET", GITHUB_REPO, NULL, &late);
    }
    assert_int_equal(late.status, 200);
}

static void a_token_does_no_more_than_it_was_made_for(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *reader = github_token(&stage->sandbox, "{\"permissions\":{\"contents\":\"read\"}}");
    AUTO_ANSWER struct answer answer, hidden;

    github_ask(&stage->sandbox, reader, "POST", DISPATCH, DEPLOY, &answer);
    assert_int_equal(answer.status, 403);
    assert_string_equal(tree_text(answer.json, "message"), "Resource not accessible by integration");
    assert_non_null(strstr(answer.headers, "X-Accepted-GitHub-Permissions: actions=write"));
    assert_int_equal(count_runs(stage), 0);

    change(stage, "{\"repository\":[{\"name\":\"acme/web\"},{\"name\":\"acme/secret\",\"installed\":false}]}");
    AUTO_FREE char *web = github_token(&stage->sandbox, "{\"repositories\":[\"web\"]}");
    github_ask(&stage->sandbox, web, "GET", GITHUB_REPO, NULL, &hidden);
    assert_int_equal(hidden.status, 404);
    assert_int_equal(ask(stage, "GET", "/repos/acme/web", NULL), 200);
    assert_int_equal(ask(stage, "GET", "/repos/acme/secret", NULL), 404);
}

static void the_rate_limit_ends_in_403_and_says_until_when(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer answer;

    change(stage, "{\"rate_left\":1}");
    assert_int_equal(ask(stage, "GET", GITHUB_REPO, NULL), 200);
    github_ask(&stage->sandbox, stage->token, "GET", GITHUB_REPO, NULL, &answer);
    assert_int_equal(answer.status, 403);
    assert_non_null(strstr(answer.body, "API rate limit exceeded for installation ID 880088."));
    assert_non_null(strstr(answer.headers, "x-ratelimit-remaining: 0"));
    assert_non_null(strstr(answer.headers, "x-ratelimit-reset: "));
}

/* ---- commits and releases ---- */

static void a_known_answer_is_304_and_costs_nothing(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer first, again, moved;

    change(stage, "{\"rate_left\":10}");
    ask_with(stage, GITHUB_REPO "/commits/v1.5.0", "Accept: application/vnd.github.sha", &first);
    assert_string_equal(first.body, "a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6");
    AUTO_FREE char *known = text_format("Accept: application/vnd.github.sha\nIf-None-Match: \"%s\"", first.body);
    ask_with(stage, GITHUB_REPO "/commits/v1.5.0", known, &again);
    assert_int_equal(again.status, 304);
    assert_string_equal(again.body, "");
    assert_non_null(strstr(again.headers, "x-ratelimit-remaining: 9"));
    change(stage, "{\"tag\":{\"name\":\"v1.5.0\",\"at\":\"main\"}}");
    ask_with(stage, GITHUB_REPO "/commits/v1.5.0", known, &moved);
    assert_int_equal(moved.status, 200);
    assert_string_equal(moved.body, "8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7");
}

static void a_short_sha_that_means_two_commits_means_none(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *before = sha_of(stage, "8c1f2");

    change(stage, "{\"commit\":{\"sha\":\"8c1f2ffffffffffffffffffffffffffffffffff0\",\"message\":\"Fix\"}}");
    assert_int_equal(ask(stage, "GET", GITHUB_REPO "/commits/8c1f2", NULL), 422);
    AUTO_FREE char *after = sha_of(stage, "8c1f2f"), *main_sha = sha_of(stage, "main");
    assert_string_equal(before, "8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7");
    assert_string_equal(after, main_sha);
}

static void check_compare(const struct stage *stage, const char *range, const char *status, int ahead, int behind)
{
    AUTO_FREE char *path = text_format(GITHUB_REPO "/compare/%s", range);
    AUTO_JSON cJSON *compared = get(stage, path);

    assert_string_equal(tree_text(compared, "status"), status);
    assert_int_equal(tree_int(compared, "ahead_by", -1), ahead);
    assert_int_equal(tree_int(compared, "behind_by", -1), behind);
    assert_int_equal(cJSON_GetArraySize(tree_get(compared, "commits")), ahead);
}

static void a_comparison_tells_what_goes_out_and_who_wrote_it(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *compared = get(stage, GITHUB_REPO "/compare/v1.4.2...v1.5.0");
    const cJSON *first = tree_get(compared, "commits")->child;

    assert_string_equal(json_find_string(first, "commit.message"), "Read prices once per cart"); /* oldest first */
    assert_string_equal(json_find_string(first, "author.login"), "bob");
    assert_string_equal(json_find_string(compared, "merge_base_commit.sha"),
                        "70e4b6c9d3158fa2e6b07d94c1a85f3e29d60b14");
    check_compare(stage, "v1.4.2...v1.5.0", "ahead", 2, 0);
    check_compare(stage, "v1.5.0...v1.4.2", "behind", 0, 2);
    check_compare(stage, "v1.5.0...a46d19b8", "identical", 0, 0);
    check_compare(stage, "main...feature/wish-list", "diverged", 1, 1);
}

static void check_file(const cJSON *compared, const char *name, const char *status)
{
    const cJSON *file = tree_find(tree_get(compared, "files"), "filename", name);

    if (status)
        assert_string_equal(tree_text(file, "status"), status);
    else
        assert_null(file);
}

static void a_comparison_tells_each_file_once_and_three_hundred_at_most(void **state)
{
    const struct stage *stage = *state;
    AUTO_BUF struct buf many = BUF(65536);

    change(stage, "{\"commit\":{\"files\":{\"added\":[\"api/a.go\",\"api/b.go\"],\"modified\":[\"go.mod\"]}}}");
    change(stage, "{\"commit\":{\"files\":{\"modified\":[\"api/a.go\"],\"removed\":[\"api/b.go\",\"go.mod\"]}}}");
    AUTO_JSON cJSON *compared = get(stage, GITHUB_REPO "/compare/8c1f2e6b...main?per_page=1");
    AUTO_JSON cJSON *second = get(stage, GITHUB_REPO "/compare/8c1f2e6b...main?per_page=1&page=2");
    assert_int_equal(cJSON_GetArraySize(tree_get(compared, "files")), 2);
    check_file(compared, "api/a.go", "added");
    check_file(compared, "api/b.go", NULL); /* it came and went */
    check_file(compared, "go.mod", "removed");
    assert_int_equal(cJSON_GetArraySize(tree_get(second, "commits")), 1);
    assert_int_equal(cJSON_GetArraySize(tree_get(second, "files")), 0);

    buf_puts(&many, "{\"commit\":{\"files\":{\"added\":[\"n\"");
    for (int i = 0; i < 400; i++)
        buf_addf(&many, ",\"n%d\"", i);
    buf_puts(&many, "]}}}");
    change(stage, buf_text(&many));
    AUTO_JSON cJSON *cut = get(stage, GITHUB_REPO "/compare/8c1f2e6b...main");
    assert_int_equal(cJSON_GetArraySize(tree_get(cut, "files")), 300);
}

static cJSON *find_comment(const struct stage *stage, const char *path, const char *text)
{
    AUTO_JSON cJSON *list = get(stage, path);

    return json_copy(tree_find(list, "body", text));
}

static void a_comment_is_made_found_and_reacted_to_once(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *path = NULL;

    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/issues/128/comments", "{\"body\":\"D12 deploys it.\"}"), 201);
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/issues/128/comments", "{\"body\":\"\"}"), 422);
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/issues/999/comments", "{\"body\":\"D12\"}"), 404);
    AUTO_JSON cJSON *comment = find_comment(stage, GITHUB_REPO "/issues/128/comments", "D12 deploys it.");
    assert_string_equal(json_find_string(comment, "user.login"), "opsgate[bot]");
    assert_int_equal(tree_int(tree_get(comment, "performed_via_github_app"), "id", 0), 12345);
    AUTO_JSON cJSON *later =
        find_comment(stage, GITHUB_REPO "/issues/128/comments?since=2100-01-01T00:00:00Z", "D12 deploys it.");
    assert_null(later);

    path = text_format(GITHUB_REPO "/issues/comments/%lld/reactions", (long long)tree_int(comment, "id", 0));
    assert_int_equal(ask(stage, "POST", path, "{\"content\":\"eyes\"}"), 201);
    assert_int_equal(ask(stage, "POST", path, "{\"content\":\"eyes\"}"), 200);
    assert_int_equal(ask(stage, "POST", path, "{\"content\":\"sad\"}"), 422);
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/issues/comments/1/reactions", "{\"content\":\"eyes\"}"), 404);
}

static void check_last_push(const struct stage *stage, const char *after, const char *type)
{
    AUTO_JSON cJSON *log = get(stage, GITHUB_REPO "/activity?ref=refs%2Fheads%2Ffeature%2Fwish-list&per_page=30");

    assert_string_equal(tree_text(log->child, "after"), after);
    assert_string_equal(tree_text(log->child, "activity_type"), type);
}

static void a_pull_request_follows_its_branch_and_pushes_are_logged(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *pull = get(stage, GITHUB_REPO "/pulls/128");

    assert_string_equal(json_find_string(pull, "head.sha"), "c83b5e2f71d6094ae3f8b1c72d50a96e4fb3d728");
    assert_string_equal(json_find_string(pull, "head.repo.full_name"), "acme/platform");
    assert_true(json_find_bool(pull, "base.repo.private", false));
    assert_int_equal(ask(stage, "GET", GITHUB_REPO "/pulls/999", NULL), 404);
    check_last_push(stage, "c83b5e2f71d6094ae3f8b1c72d50a96e4fb3d728", "branch_creation");

    change(stage, "{\"commit\":{\"branch\":\"feature/wish-list\",\"dated_ms_ago\":86400000},\"pull\":{\"action\":"
                  "\"closed\",\"branch\":\"feature/wish-list\",\"fork\":true}}");
    AUTO_FREE char *head = sha_of(stage, "feature/wish-list");
    AUTO_JSON cJSON *closed = get(stage, GITHUB_REPO "/pulls/128");
    assert_string_equal(json_find_string(closed, "head.sha"), head);
    assert_string_equal(json_find_string(closed, "head.repo.full_name"), "mallory/platform");
    assert_string_equal(tree_text(closed, "state"), "closed");
    check_last_push(stage, head, "push");
}

static const char *last_state(const struct stage *stage, cJSON **list, int64_t id)
{
    AUTO_FREE char *path = text_format(GITHUB_REPO "/deployments/%lld/statuses", (long long)id);

    cJSON_Delete(*list);
    *list = get(stage, path);
    return tree_text(cJSON_GetArrayItem(*list, 0), "state"); /* newest first */
}

static void a_deployment_has_statuses_and_success_ends_those_of_its_environment(void **state)
{
    static const char made[] = "{\"ref\":\"main\",\"environment\":\"staging\",\"payload\":{\"n\":1}}";
    const struct stage *stage = *state;
    AUTO_JSON cJSON *statuses = NULL;

    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments", made), 201);
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments", made), 201);
    AUTO_JSON cJSON *list = get(stage, GITHUB_REPO "/deployments?environment=staging&task=deploy");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_int_equal(tree_int(list->child, "id", 0), 31338);
    assert_null(tree_get(list->child, "statuses"));
    AUTO_JSON cJSON *others = get(stage, GITHUB_REPO "/deployments?environment=production");
    assert_int_equal(cJSON_GetArraySize(others), 0);
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments/31337/statuses", "{\"state\":\"done\"}"), 422);
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments/31337/statuses", "{\"state\":\"success\"}"), 201);
    assert_string_equal(last_state(stage, &statuses, 31337), "success");
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments/31338/statuses",
                         "{\"state\":\"success\",\"auto_inactive\":false}"),
                     201);
    assert_string_equal(last_state(stage, &statuses, 31337), "success");
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments/31338/statuses", "{\"state\":\"success\"}"), 201);
    assert_string_equal(last_state(stage, &statuses, 31337), "inactive");
    assert_string_equal(last_state(stage, &statuses, 31338), "success");
}

static void a_new_deployment_may_be_missing_in_lists_for_a_while(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"list_lag_ms\":60000}");
    assert_int_equal(ask(stage, "POST", GITHUB_REPO "/deployments", "{\"ref\":\"main\"}"), 201);
    AUTO_JSON cJSON *hidden = get(stage, GITHUB_REPO "/deployments");
    AUTO_JSON cJSON *one = get(stage, GITHUB_REPO "/deployments/31337");
    assert_int_equal(cJSON_GetArraySize(hidden), 0);
    assert_int_equal(tree_int(one, "id", 0), 31337);
    change(stage, "{\"list_lag_ms\":0}");
    AUTO_JSON cJSON *shown = get(stage, GITHUB_REPO "/deployments");
    assert_int_equal(cJSON_GetArraySize(shown), 1);
}

static void an_annotated_tag_is_an_object_before_it_is_a_commit(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *ref = get(stage, GITHUB_REPO "/git/ref/tags/v1.5.0");
    AUTO_FREE char *path = text_format(GITHUB_REPO "/git/tags/%s", json_find_string(ref, "object.sha"));
    AUTO_JSON cJSON *tag = get(stage, path);

    assert_string_equal(json_find_string(ref, "object.type"), "tag");
    assert_string_equal(tree_text(tag, "message"), "Faster cart");
    assert_string_equal(json_find_string(tag, "object.sha"), "a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6");
}

static void a_release_is_drafted_published_and_then_the_latest(void **state)
{
    const struct stage *stage = *state;

    change(stage,
           "{\"commit\":{\"message\":\"Finish the wish list\"},\"release\":{\"tag\":\"v1.6.0\",\"draft\":true}}");
    assert_int_equal(ask(stage, "GET", GITHUB_REPO "/releases/tags/v1.6.0", NULL), 404);
    AUTO_JSON cJSON *seen = get(stage, GITHUB_REPO "/releases");
    AUTO_JSON cJSON *pushers = github_read(&stage->sandbox, GITHUB_PERSON, GITHUB_REPO "/releases");
    assert_null(tree_find(seen, "tag_name", "v1.6.0")); /* a draft is for those who may push */
    assert_non_null(tree_find(pushers, "tag_name", "v1.6.0"));
    assert_int_equal(ask(stage, "GET", GITHUB_REPO "/commits/v1.6.0", NULL), 422); /* no tag yet */

    change(stage, "{\"release\":{\"tag\":\"v1.6.0\",\"name\":\"Wish list\"}}");
    AUTO_JSON cJSON *latest = get(stage, GITHUB_REPO "/releases/latest");
    AUTO_FREE char *released = sha_of(stage, "v1.6.0"), *main_sha = sha_of(stage, "main");
    assert_string_equal(tree_text(latest, "tag_name"), "v1.6.0");
    assert_string_equal(tree_text(latest, "target_commitish"), "main");
    assert_string_equal(released, main_sha);
}

static void a_list_is_read_page_by_page_along_its_links(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer first, second;
    char next[256] = "";

    github_ask(&stage->sandbox, stage->token, "GET", GITHUB_REPO "/releases?per_page=3", NULL, &first);
    assert_int_equal(cJSON_GetArraySize(first.json), 3);
    assert_string_equal(tree_text(first.json->child, "tag_name"), "v1.6.0-rc.1"); /* newest first */
    const char *link = strstr(first.headers, "Link: <");
    assert_non_null(link);
    assert_int_equal(sscanf(strstr(link, "/github") + strlen("/github"), "%255[^>]", next), 1);
    assert_non_null(strstr(link, "rel=\"next\""));
    assert_true(text_starts(next, "/repositories/42/releases?")); /* followed, not built */
    github_ask(&stage->sandbox, stage->token, "GET", next, NULL, &second);
    assert_int_equal(cJSON_GetArraySize(second.json), 2);
    assert_string_equal(tree_text(second.json->child, "tag_name"), "v1.4.1");
    assert_null(strstr(second.headers, "rel=\"next\""));
}

/* ---- runs ---- */

static void check_jobs(const struct stage *stage, int64_t id, const char *conclusion)
{
    AUTO_FREE char *path = text_format(GITHUB_REPO "/actions/runs/%lld/jobs", (long long)id);
    AUTO_JSON cJSON *jobs = get(stage, path);

    assert_int_equal(tree_int(jobs, "total_count", 0), 1);
    assert_string_equal(json_find_string(jobs, "jobs.0.conclusion"), conclusion);
    assert_string_equal(json_find_string(jobs, "jobs.0.steps.0.conclusion"), "success");
    assert_string_equal(json_find_string(jobs, "jobs.0.steps.2.name"), "Deploy");
    assert_string_equal(json_find_string(jobs, "jobs.0.steps.2.conclusion"), conclusion);
}

static void a_dispatched_run_is_not_in_the_lists_at_once(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"appear_ms\":3600000}}");
    assert_int_equal(ask(stage, "POST", DISPATCH, DEPLOY), 204);
    AUTO_JSON cJSON *early = get(stage, RUNS "?event=workflow_dispatch&branch=main");
    assert_int_equal(tree_int(early, "total_count", -1), 0);
    assert_int_equal(count_runs(stage), 1);
}

static void a_dispatched_run_appears_works_and_is_found_by_its_title(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"appear_ms\":300,\"queue_ms\":300,\"run_ms\":600000}}");
    assert_int_equal(ask(stage, "POST", DISPATCH, DEPLOY), 204);
    AUTO_JSON cJSON *run =
        wait_listed(stage, "?event=workflow_dispatch&branch=main&created=%3E%3D2020-01-01", "deploy " EFFECT);
    assert_non_null(run);
    int64_t id = tree_int(run, "id", 0);
    assert_true(id > INT64_C(1) << 32);
    assert_string_equal(json_find_string(run, "actor.login"), "opsgate[bot]");
    assert_string_equal(tree_text(run, "head_sha"), "8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7");
    assert_true(cJSON_IsNull(tree_get(run, "conclusion")));
    AUTO_FREE char *page = text_format("https://github.com/acme/platform/actions/runs/%lld", (long long)id);
    assert_string_equal(tree_text(run, "html_url"), page);

    AUTO_JSON cJSON *working = wait_status(stage, id, "in_progress");
    assert_true(cJSON_IsNull(tree_get(working, "conclusion")));
}

static void a_run_ends_well(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"queue_ms\":0,\"run_ms\":100}}");
    int64_t id = dispatch(stage);
    AUTO_JSON cJSON *done = wait_status(stage, id, "completed");
    assert_string_equal(tree_text(done, "conclusion"), "success");
    check_jobs(stage, id, "success");
}

static void either_way_of_asking_for_details_tells_the_run(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer answer;
    int64_t id = dispatch(stage);

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/github" DISPATCH,
                               .type = "application/json",
                               .authorization = GITHUB_PERSON,
                               .header = GITHUB_AGENT "\nX-GitHub-Api-Version: 2026-03-10",
                               .body = DEPLOY },
                &answer);
    assert_int_equal(answer.status, 200);
    int64_t newer = tree_int(answer.json, "workflow_run_id", 0);
    assert_true(newer > id);
    AUTO_FREE char *path = text_format(GITHUB_REPO "/actions/runs/%lld", (long long)newer);
    AUTO_JSON cJSON *run = get(stage, path); /* by its id it is there at once */
    assert_string_equal(json_find_string(run, "actor.login"), "ann");
    assert_string_equal(tree_text(run, "url"), tree_text(answer.json, "run_url"));
}

static void a_run_that_fails_says_at_which_step_and_may_run_again(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"queue_ms\":0,\"run_ms\":100,\"conclusion\":\"failure\"}}");
    int64_t id = dispatch(stage);
    AUTO_JSON cJSON *done = wait_status(stage, id, "completed");
    assert_string_equal(tree_text(done, "conclusion"), "failure");
    check_jobs(stage, id, "failure");

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"run_ms\":600000,\"cancel_ms\":0}}");
    AUTO_FREE char *path = text_format(GITHUB_REPO "/actions/runs/%lld/rerun", (long long)id);
    AUTO_FREE char *cancel = text_format(GITHUB_REPO "/actions/runs/%lld/cancel", (long long)id);
    assert_int_equal(ask(stage, "POST", path, NULL), 201);
    assert_int_equal(ask(stage, "POST", path, NULL), 403); /* it is running already */
    assert_int_equal(ask(stage, "POST", cancel, NULL), 202);
    AUTO_JSON cJSON *again = wait_status(stage, id, "completed");
    assert_int_equal(tree_int(again, "run_attempt", 0), 2);

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"run_ms\":100,\"conclusion\":\"success\"}}");
    assert_int_equal(ask(stage, "POST", path, NULL), 201);
    AUTO_JSON cJSON *last = wait_status(stage, id, "completed");
    assert_string_equal(tree_text(last, "conclusion"), "success");
    assert_int_equal(tree_int(last, "run_attempt", 0), 3);
}

static void a_run_is_cancelled_once_it_runs_but_not_after_its_end(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"queue_ms\":50,\"run_ms\":600000,\"cancel_ms\":500000}}");
    int64_t id = dispatch(stage);
    AUTO_FREE char *path = text_format(GITHUB_REPO "/actions/runs/%lld/cancel", (long long)id);
    AUTO_JSON cJSON *working = wait_status(stage, id, "in_progress");
    assert_int_equal(ask(stage, "POST", path, NULL), 202);
    assert_int_equal(ask(stage, "POST", path, NULL), 202); /* still on its way to the end */
    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"cancel_ms\":100}}");
    assert_int_equal(ask(stage, "POST", path, NULL), 202);
    AUTO_JSON cJSON *done = wait_status(stage, id, "completed");
    assert_string_equal(tree_text(done, "conclusion"), "cancelled");
    assert_int_equal(ask(stage, "POST", path, NULL), 409);
}

static void a_disabled_workflow_is_not_dispatched(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer answer;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"disabled\":true}}");
    github_ask(&stage->sandbox, stage->token, "POST", DISPATCH, DEPLOY, &answer);
    assert_int_equal(answer.status, 422);
    assert_non_null(strstr(answer.body, "disabled workflow"));
    assert_int_equal(count_runs(stage), 0);
}

static int64_t count_listed(const struct stage *stage, const char *query)
{
    AUTO_FREE char *path = text_format(RUNS "%s", query);
    AUTO_JSON cJSON *list = get(stage, path);

    return tree_int(list, "total_count", -1);
}

static void a_list_of_runs_is_filtered(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"workflow\":{\"file\":\"deploy.yml\",\"appear_ms\":0,\"run_ms\":600000},\"run\":["
                  "{\"file\":\"deploy.yml\",\"inputs\":{\"opsgate_effect\":\"other\"}},"
                  "{\"file\":\"deploy.yml\",\"event\":\"push\",\"ref\":\"feature/wish-list\",\"actor\":\"eve\"},"
                  "{\"file\":\"ci.yml\",\"event\":\"push\"}]}");
    assert_int_equal(count_listed(stage, ""), 2); /* of this workflow */
    assert_int_equal(count_listed(stage, "?event=workflow_dispatch"), 1);
    assert_int_equal(count_listed(stage, "?branch=feature/wish-list"), 1);
    assert_int_equal(count_listed(stage, "?actor=eve"), 1);
    assert_int_equal(count_listed(stage, "?status=completed"), 0);
    assert_int_equal(count_listed(stage, "?status=success"), 0);
    assert_int_equal(count_listed(stage, "?head_sha=c83b5e2f71d6094ae3f8b1c72d50a96e4fb3d728"), 1);
    assert_int_equal(count_listed(stage, "?created=%3E%3D2020-01-01T00:00:00Z"), 2);
    assert_int_equal(count_listed(stage, "?created=%3C2020-01-01"), 0);
    assert_int_equal(count_listed(stage, "?created=2020-01-01..*"), 2);
    assert_int_equal(count_listed(stage, "?created=2020-01-01..2020-12-31"), 0);
    AUTO_JSON cJSON *other = wait_listed(stage, "?event=workflow_dispatch", "deploy other");
    assert_non_null(other); /* somebody else's run, with another title */
}

/* ---- faults ---- */

static void plant(const struct stage *stage, const char *fault)
{
    AUTO_FREE char *body = text_format("{\"service\":\"github\",%s}", fault);

    cJSON_Delete(sandbox_post(&stage->sandbox, "faults", body));
}

static void a_dispatch_may_be_lost_before_or_after_it_was_made(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer limited;

    plant(stage, "\"fault\":\"pretend\",\"match\":\"dispatches\"");
    assert_int_equal(ask(stage, "POST", DISPATCH, DEPLOY), 204);
    assert_int_equal(count_runs(stage), 0);
    plant(stage, "\"fault\":\"drop_before\",\"match\":\"dispatches\"");
    assert_int_equal(ask(stage, "POST", DISPATCH, DEPLOY), 0);
    assert_int_equal(count_runs(stage), 0);
    plant(stage, "\"fault\":\"drop_after\",\"match\":\"dispatches\"");
    assert_int_equal(ask(stage, "POST", DISPATCH, DEPLOY), 0);
    assert_int_equal(count_runs(stage), 1);
    plant(stage, "\"fault\":\"status\",\"value\":403,\"retry_after\":7");
    github_ask(&stage->sandbox, stage->token, "GET", GITHUB_REPO, NULL, &limited);
    assert_int_equal(limited.status, 403);
    assert_non_null(strstr(limited.body, "secondary rate limit"));
    assert_non_null(strstr(limited.headers, "Retry-After: 7"));
}

/* ---- a build that follows a release ---- */

static int ask_manifest(const struct stage *stage, const char *reference)
{
    AUTO_FREE char *path = text_format("/registry/v2/acme/images/api/manifests/%s", reference);
    AUTO_FREE char *token = sandbox_token(&stage->sandbox);
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET",
                               .path = path,
                               .authorization = token,
                               .header = "Accept: application/vnd.oci.image.manifest.v1+json" },
                &answer);
    return answer.status;
}

static void an_image_tag_comes_some_time_after_the_release(void **state)
{
    const struct stage *stage = *state;
    int status = 0;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world",
                              "{\"tag\":{\"tag\":\"v1.5.0\",\"version\":\"1.5.0\",\"after_ms\":3600000}}"));
    assert_int_equal(ask_manifest(stage, "v1.5.0"), 404);
    cJSON_Delete(sandbox_post(&stage->sandbox, "world",
                              "{\"tag\":{\"tag\":\"v1.5.0\",\"version\":\"1.5.0\",\"after_ms\":300}}"));
    for (int i = 0; i < TRIES_MAX && status != 200; i++, nap())
        status = ask_manifest(stage, "v1.5.0");
    assert_int_equal(status, 200);
}

static void a_reset_forgets_the_runs_but_not_the_tokens(void **state)
{
    const struct stage *stage = *state;

    (void)dispatch(stage);
    cJSON_Delete(sandbox_post(&stage->sandbox, "reset", "{}"));
    assert_int_equal(count_runs(stage), 0);
    assert_int_equal(ask(stage, "GET", GITHUB_REPO, NULL), 200);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORY(the_app_finds_its_installation_and_gets_a_token),
        STORY(a_token_ends_and_another_one_is_good),
        STORY(a_new_token_may_be_unknown_for_a_moment),
        STORY(a_token_does_no_more_than_it_was_made_for),
        STORY(the_rate_limit_ends_in_403_and_says_until_when),
        STORY(a_known_answer_is_304_and_costs_nothing),
        STORY(a_short_sha_that_means_two_commits_means_none),
        STORY(a_comparison_tells_what_goes_out_and_who_wrote_it),
        STORY(a_comparison_tells_each_file_once_and_three_hundred_at_most),
        STORY(a_comment_is_made_found_and_reacted_to_once),
        STORY(a_pull_request_follows_its_branch_and_pushes_are_logged),
        STORY(a_deployment_has_statuses_and_success_ends_those_of_its_environment),
        STORY(a_new_deployment_may_be_missing_in_lists_for_a_while),
        STORY(an_annotated_tag_is_an_object_before_it_is_a_commit),
        STORY(a_release_is_drafted_published_and_then_the_latest),
        STORY(a_list_is_read_page_by_page_along_its_links),
        STORY(a_dispatched_run_is_not_in_the_lists_at_once),
        STORY(a_dispatched_run_appears_works_and_is_found_by_its_title),
        STORY(a_run_ends_well),
        STORY(either_way_of_asking_for_details_tells_the_run),
        STORY(a_run_that_fails_says_at_which_step_and_may_run_again),
        STORY(a_run_is_cancelled_once_it_runs_but_not_after_its_end),
        STORY(a_disabled_workflow_is_not_dispatched),
        STORY(a_list_of_runs_is_filtered),
        STORY(a_dispatch_may_be_lost_before_or_after_it_was_made),
        STORY(an_image_tag_comes_some_time_after_the_release),
        STORY(a_reset_forgets_the_runs_but_not_the_tokens),
    };

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
