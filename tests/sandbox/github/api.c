/* What every request to GitHub must have, and where it goes. */
#include "github/call.h"
#include "github/teams.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define VERSION_2022 "2022-11-28"
#define VERSION_2026 "2026-03-10"

enum login { LOGIN_JWT, LOGIN_TOKEN };

/* A star stands for one segment of the path, two for all that is left; after /repos the first two name a repository. */
/* clang-format off */
static const struct route {
    const char *method, *path;
    enum login login;
    const char *needs; /* the permission of an installation; NULL for none */
    const char *docs;
    call_fn serve;
} routes[] = {
    { "GET",  "/app", LOGIN_JWT, NULL, "apps/apps#get-the-authenticated-app", app_get },
    { "POST", "/app/installations/*/access_tokens", LOGIN_JWT, NULL,
      "apps/apps#create-an-installation-access-token-for-an-app", app_mint_token },
    { "GET",  "/repos/*/*/installation", LOGIN_JWT, NULL,
      "apps/apps#get-a-repository-installation-for-the-authenticated-app", installation_get },
    { "GET",  "/repos/*/*", LOGIN_TOKEN, "metadata=read", "repos/repos#get-a-repository", repository_get },
    { "GET",  "/repos/*/*/commits/*/check-runs", LOGIN_TOKEN, "checks=read",
      "checks/runs#list-check-runs-for-a-git-reference", check_run_list },
    { "GET",  "/repos/*/*/commits/*/status", LOGIN_TOKEN, "statuses=read",
      "commits/statuses#get-the-combined-status-for-a-specific-reference", status_get },
    { "GET",  "/repos/*/*/commits/**", LOGIN_TOKEN, "contents=read", "commits/commits#get-a-commit", commit_get },
    { "GET",  "/repos/*/*/compare/**", LOGIN_TOKEN, "contents=read", "commits/commits#compare-two-commits",
      compare_get },
    { "GET",  "/repos/*/*/git/ref/**", LOGIN_TOKEN, "contents=read", "git/refs#get-a-reference", ref_get },
    { "GET",  "/repos/*/*/git/tags/*", LOGIN_TOKEN, "contents=read", "git/tags#get-a-tag", tag_object_get },
    { "GET",  "/repos/*/*/releases", LOGIN_TOKEN, "contents=read", "releases/releases#list-releases", release_list },
    { "GET",  "/repos/*/*/releases/latest", LOGIN_TOKEN, "contents=read",
      "releases/releases#get-the-latest-release", release_latest },
    { "GET",  "/repos/*/*/releases/tags/**", LOGIN_TOKEN, "contents=read",
      "releases/releases#get-a-release-by-tag-name", release_by_tag },
    { "GET",  "/repos/*/*/releases/*", LOGIN_TOKEN, "contents=read", "releases/releases#get-a-release", release_get },
    { "POST", "/repos/*/*/actions/workflows/*/dispatches", LOGIN_TOKEN, "actions=write",
      "actions/workflows#create-a-workflow-dispatch-event", workflow_dispatch },
    { "GET",  "/repos/*/*/actions/workflows/*/runs", LOGIN_TOKEN, "actions=read",
      "actions/workflow-runs#list-workflow-runs-for-a-workflow", run_list },
    { "GET",  "/repos/*/*/actions/runs", LOGIN_TOKEN, "actions=read",
      "actions/workflow-runs#list-workflow-runs-for-a-repository", run_list },
    { "GET",  "/repos/*/*/actions/runs/*", LOGIN_TOKEN, "actions=read",
      "actions/workflow-runs#get-a-workflow-run", run_get },
    { "GET",  "/repos/*/*/actions/runs/*/jobs", LOGIN_TOKEN, "actions=read",
      "actions/workflow-jobs#list-jobs-for-a-workflow-run", run_jobs },
    { "POST", "/repos/*/*/actions/runs/*/cancel", LOGIN_TOKEN, "actions=write",
      "actions/workflow-runs#cancel-a-workflow-run", run_cancel_post },
    { "POST", "/repos/*/*/actions/runs/*/rerun", LOGIN_TOKEN, "actions=write",
      "actions/workflow-runs#re-run-a-workflow", run_again_post },
    { "GET",  "/repos/*/*/deployments", LOGIN_TOKEN, "deployments=read", "deployments/deployments#list-deployments",
      deployment_list },
    { "POST", "/repos/*/*/deployments", LOGIN_TOKEN, "deployments=write", "deployments/deployments#create-a-deployment",
      deployment_make_post },
    { "GET",  "/repos/*/*/deployments/*", LOGIN_TOKEN, "deployments=read", "deployments/deployments#get-a-deployment",
      deployment_get },
    { "GET",  "/repos/*/*/deployments/*/statuses", LOGIN_TOKEN, "deployments=read",
      "deployments/statuses#list-deployment-statuses", deployment_status_list },
    { "POST", "/repos/*/*/deployments/*/statuses", LOGIN_TOKEN, "deployments=write",
      "deployments/statuses#create-a-deployment-status", deployment_status_post },
    { "GET",  "/repos/*/*/hooks", LOGIN_TOKEN, "repository_hooks=read", "repos/webhooks#list-repository-webhooks",
      hook_list },
    { "POST", "/repos/*/*/hooks", LOGIN_TOKEN, "repository_hooks=write", "repos/webhooks#create-a-repository-webhook",
      hook_create },
    { "GET",  "/repos/*/*/hooks/*", LOGIN_TOKEN, "repository_hooks=read", "repos/webhooks#get-a-repository-webhook",
      hook_get },
    { "POST", "/repos/*/*/hooks/*/pings", LOGIN_TOKEN, "repository_hooks=read",
      "repos/webhooks#ping-a-repository-webhook", hook_ping_post },
    { "GET",  "/repos/*/*/hooks/*/deliveries", LOGIN_TOKEN, "repository_hooks=read",
      "repos/webhooks#list-deliveries-for-a-repository-webhook", delivery_list },
    { "GET",  "/repos/*/*/hooks/*/deliveries/*", LOGIN_TOKEN, "repository_hooks=read",
      "repos/webhooks#get-a-delivery-for-a-repository-webhook", delivery_get },
    { "POST", "/repos/*/*/hooks/*/deliveries/*/attempts", LOGIN_TOKEN, "repository_hooks=write",
      "repos/webhooks#redeliver-a-delivery-for-a-repository-webhook", delivery_again_post },
    { "GET",  "/repos/*/*/activity", LOGIN_TOKEN, "contents=read", "repos/repos#list-repository-activities",
      activity_list },
    { "GET",  "/repos/*/*/pulls/*", LOGIN_TOKEN, "pull_requests=read", "pulls/pulls#get-a-pull-request", pull_get },
    { "GET",  "/repos/*/*/issues/*/comments", LOGIN_TOKEN, "issues=read", "issues/comments#list-issue-comments",
      comment_list },
    { "POST", "/repos/*/*/issues/*/comments", LOGIN_TOKEN, "issues=write", "issues/comments#create-an-issue-comment",
      comment_post },
    { "GET",  "/repos/*/*/issues/comments/*", LOGIN_TOKEN, "issues=read", "issues/comments#get-an-issue-comment",
      comment_get },
    { "POST", "/repos/*/*/issues/comments/*/reactions", LOGIN_TOKEN, "issues=write",
      "reactions/reactions#create-reaction-for-an-issue-comment", reaction_post },
    { "GET",  "/orgs/*/installation", LOGIN_JWT, NULL,
      "apps/apps#get-an-organization-installation-for-the-authenticated-app", organization_installation_get },
    { "GET",  "/orgs/*/teams/*/members", LOGIN_TOKEN, "members=read", "teams/members#list-team-members",
      team_members },
    { "GET",  "/orgs/*/hooks/*/deliveries", LOGIN_TOKEN, "organization_hooks=read",
      "orgs/webhooks#list-deliveries-for-an-organization-webhook", delivery_list },
    { "GET",  "/orgs/*/hooks/*/deliveries/*", LOGIN_TOKEN, "organization_hooks=read",
      "orgs/webhooks#get-a-webhook-delivery-for-an-organization-webhook", delivery_get },
    { "GET",  "/app/hook/deliveries", LOGIN_JWT, NULL, "apps/webhooks#list-deliveries-for-an-app-webhook",
      delivery_list },
    { "GET",  "/app/hook/deliveries/*", LOGIN_JWT, NULL, "apps/webhooks#get-a-delivery-for-an-app-webhook",
      delivery_get },
    { "POST", "/app/hook/deliveries/*/attempts", LOGIN_JWT, NULL,
      "apps/webhooks#redeliver-a-delivery-for-an-app-webhook", delivery_again_post },
};
/* clang-format on */

/* ---- routes ---- */

struct matched {
    char *params[2 + CALL_PARAMS_MAX];
    size_t count;
};

static void matched_finish(struct matched *matched)
{
    for (size_t i = 0; i < matched->count; i++)
        free(matched->params[i]);
    *matched = (struct matched){ 0 };
}

/* Segment by segment; an empty one, as after a slash at the end, is never right. */
static bool match(const char *pattern, const char *path, struct matched *matched)
{
    struct str wanted = str_of(pattern), given = str_of(path);

    while (!str_is_empty(wanted) && !str_is_empty(given)) {
        bool rest = str_is(wanted, "/**");
        struct str star = { 0 }, segment = { 0 };

        if (!str_take_prefix(&wanted, "/") || !str_take_prefix(&given, "/"))
            return false;
        star = (struct str){ wanted.at, str_is_empty(wanted) ? 0 : strcspn(wanted.at, "/") };
        segment = (struct str){ given.at, rest ? given.len : strcspn(given.at, "/") };
        wanted = (struct str){ wanted.at + star.len, wanted.len - star.len };
        given = (struct str){ given.at + segment.len, given.len - segment.len };
        if (str_is_empty(segment) || (star.at[0] != '*' && !str_equal(star, segment)))
            return false;
        if (star.at[0] == '*')
            matched->params[matched->count++] = str_copy(segment);
    }
    return str_is_empty(wanted) && str_is_empty(given);
}

static bool is_method(const struct request *request, const char *method)
{
    return request_is(request, method) || (request_is(request, "HEAD") && text_is(method, "GET"));
}

static const struct route *find_route(const struct request *request, const char *path, struct matched *ret_matched)
{
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (is_method(request, routes[i].method) && match(routes[i].path, path, ret_matched))
            return &routes[i];
        matched_finish(ret_matched);
    }
    return NULL;
}

/* "/repositories/42/..." is the same as "/repos/acme/platform/..."; the caller frees. */
static char *path_by_name(const struct github *github, const char *path)
{
    struct str rest = str_of(path);
    const char *tail = NULL;
    int64_t id = 0;
    struct error err;

    if (!str_take_prefix(&rest, "/repositories/") || !parse_int(str_take_until(&rest, '/'), 1, INT64_MAX, &id, &err))
        return xstrdup(path);
    tail = strchr(path + strlen("/repositories/"), '/');
    for (const struct repository *repository = github->repositories; repository; repository = repository->next) {
        if (repository->id == id)
            return text_format("/repos/%s%s", repository->full_name, tail ? tail : "");
    }
    return xstrdup(path);
}

/* ---- what every request must have ---- */

static bool check_accept(struct call *call)
{
    struct str rest = str_of(request_header(call->request, "Accept"));

    if (str_is_empty(rest))
        return true;
    while (!str_is_empty(rest)) {
        struct str entry = str_take_until(&rest, ',');
        struct str type = str_trim(str_take_until(&entry, ';'));

        if (str_is(type, "*/*") || str_is(type, "application/*") || str_is(type, "application/json") ||
            str_starts_with(type, "application/vnd.github"))
            return true;
    }
    call_refuse(call, 415, "Unsupported 'Accept' header. Must accept 'application/json'.");
    return false;
}

static bool check_version(struct call *call)
{
    const char *version = request_header(call->request, "X-GitHub-Api-Version");

    call->is_2026 = text_is(version, VERSION_2026);
    if (version && !call->is_2026 && !text_is(version, VERSION_2022)) {
        call_refuse(call, 400, "The version in the X-GitHub-Api-Version header is not supported.");
        return false;
    }
    reply_header(call->reply, "X-GitHub-Api-Version-Selected", call->is_2026 ? VERSION_2026 : VERSION_2022);
    return true;
}

static bool check_agent(struct call *call)
{
    const char *agent = request_header(call->request, "User-Agent");

    if (agent && *agent)
        return true;
    reply_text(call->reply, 403, "text/plain; charset=utf-8",
               "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
               "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check "
               "https://developer.github.com for other possible causes.\n");
    return false;
}

static bool log_in(struct call *call, const struct route *route)
{
    struct refusal refusal;
    bool good = route->login == LOGIN_JWT
                    ? github_app_login_jwt(call->github->app, call->request, &call->caller, &refusal)
                    : github_app_login(call->github->app, call->request, &call->caller, &refusal);

    if (!good) {
        call->docs = NULL;
        call_refuse(call, refusal.status, refusal.message);
    }
    return good;
}

/* ---- what one may see ---- */

static bool sees(const struct caller *caller, const struct repository *repository)
{
    if (caller->kind == CALLER_PERSON)
        return true;
    if (repository->is_not_installed)
        return false;
    JSON_EACH(id, caller->repositories) {
        if ((int64_t)id->valuedouble == repository->id)
            return true;
    }
    return !caller->repositories;
}

static bool find_repository(struct call *call, const char *owner, const char *name)
{
    AUTO_FREE char *full_name = text_format("%s/%s", owner, name);
    struct repository *repository = github_find(call->github, full_name);

    if (!repository || !sees(&call->caller, repository)) {
        call_not_found(call); /* that it exists is nobody's business */
        return false;
    }
    call->repository = repository;
    return true;
}

static bool check_permission(struct call *call, const struct route *route)
{
    if (!route->needs || call->caller.kind != CALLER_INSTALLATION)
        return true;
    reply_header(call->reply, "X-Accepted-GitHub-Permissions", route->needs);
    if (permissions_allow(call->caller.permissions, route->needs))
        return true;
    call_refuse(call, 403, "Resource not accessible by integration");
    return false;
}

/* ---- the rate limit ---- */

static bool count_call(struct call *call)
{
    struct github *github = call->github;

    if (call->request->now_ms >= github->rate_reset_at_ms) {
        github->rate_used = 0;
        github->rate_reset_at_ms = call->request->now_ms + HOUR_MS;
    }
    if (github->rate_used < GITHUB_RATE_LIMIT) {
        github->rate_used++;
        return true;
    }
    AUTO_FREE char *message = text_format("API rate limit exceeded for installation ID %d.", APP_INSTALLATION);
    call->docs = "overview/rate-limits-for-the-rest-api";
    call_refuse(call, 403, message);
    return false;
}

static void add_number(struct reply *reply, const char *name, int64_t value)
{
    AUTO_FREE char *text = text_format("%lld", (long long)value);

    reply_header(reply, name, text);
}

static void add_rate(const struct call *call)
{
    const struct github *github = call->github;

    add_number(call->reply, "x-ratelimit-limit", GITHUB_RATE_LIMIT);
    add_number(call->reply, "x-ratelimit-remaining", GITHUB_RATE_LIMIT - github->rate_used);
    add_number(call->reply, "x-ratelimit-used", github->rate_used);
    add_number(call->reply, "x-ratelimit-reset", github->rate_reset_at_ms / SECOND_MS);
    reply_header(call->reply, "x-ratelimit-resource", "core");
}

/* An answer that the caller has already is not sent again, and not counted. */
static void add_etag(const struct call *call)
{
    struct reply *reply = call->reply;
    const char *known = request_header(call->request, "If-None-Match");
    AUTO_FREE char *etag = NULL;

    if (reply->status != 200 || request_is(call->request, "POST"))
        return;
    if (strstr(reply->type, "github.sha"))
        etag = text_format("\"%s\"", reply->body);
    else
        etag = text_format("W/\"%s\"", digest_hex(digest_sha256(str_of(reply->body))).text);
    reply_header(reply, "ETag", etag);
    if (!text_is(known, etag))
        return;
    reply_text(reply, 304, NULL, "");
    call->github->rate_used--;
}

/* ---- the whole way ---- */

static void serve_route(struct call *call, const struct route *route, const struct matched *matched)
{
    bool names_repository = text_starts(route->path, "/repos/");
    size_t skipped = names_repository ? 2 : 0;

    for (size_t i = skipped; i < matched->count; i++)
        call->params[i - skipped] = matched->params[i];
    call->docs = route->docs;
    if (!check_accept(call) || !log_in(call, route))
        return;
    if (route->login == LOGIN_TOKEN && !count_call(call))
        return;
    if ((!names_repository || find_repository(call, matched->params[0], matched->params[1])) &&
        check_permission(call, route))
        route->serve(call);
    if (route->login == LOGIN_TOKEN)
        add_etag(call);
}

void github_serve(struct github *github, const struct request *request, struct reply *reply)
{
    struct call call = { .github = github, .request = request, .reply = reply };
    AUTO_FREE char *team_path = github_team_path(github, request->path);
    AUTO_FREE char *path = team_path ? TAKE(team_path) : path_by_name(github, request->path);
    struct matched matched = { 0 };
    const struct route *route = NULL;

    github_advance(github, request->now_ms);
    if (!check_agent(&call) || !check_version(&call))
        return;
    reply_header(reply, "X-GitHub-Media-Type", "github.v3; format=json");
    route = find_route(request, path, &matched);
    if (route)
        serve_route(&call, route, &matched);
    else
        call_not_found(&call); /* a known path with another method, too */
    add_rate(&call);
    matched_finish(&matched);
}

/* 403 and 429 are what GitHub says to those who ask too much at once. */
cJSON *github_fault_body(int status)
{
    if (status == 403 || status == 429)
        return call_error_body(status,
                               "You have exceeded a secondary rate limit. Please wait a few minutes before you try "
                               "again.",
                               "overview/rate-limits-for-the-rest-api");
    return call_error_body(status, "A fault on demand.", NULL);
}
