/* The sandbox's GitHub refuses what the real one refuses, in its words. Every row is one request to a fresh world. */
#include "github_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define JSON "application/json"
#define REPO "/github" GITHUB_REPO
#define DISPATCH REPO "/actions/workflows/deploy.yml/dispatches"
#define DEPLOYMENTS REPO "/deployments"
#define FIFTY "01234567890123456789012345678901234567890123456789"
#define MINT "/github/app/installations/880088/access_tokens"
#define PERSON GITHUB_PERSON
#define TOKEN "token" /* stands for a good installation token */
#define JWT "jwt"     /* stands for a good JWT of the App */
#define WITH(header) GITHUB_AGENT "\n" header
#define VERSION_2026 WITH("X-GitHub-Api-Version: 2026-03-10")
#define FIVE(k) "\"" k "1\":\"\",\"" k "2\":\"\",\"" k "3\":\"\",\"" k "4\":\"\",\"" k "5\":\"\""

/* clang-format off */
static const struct row {
    const char *name;
    struct ask ask; /* method, path, type, authorization, header (NULL: a User-Agent), body */
    int status;
    const char *says, *says_too; /* must stand in the answer's body or headers; NULL for nothing more */
} rows[] = {
    /* what every request must have */
    { "a call without a User-Agent",
      { "GET", REPO, NULL, PERSON, "X-Other: x", NULL }, 403, "User-Agent header", NULL },
    { "a call without a login",
      { "GET", REPO, NULL, NULL, NULL, NULL }, 401, "Requires authentication", "\"status\":\"401\"" },
    { "a call with a token nobody gave out",
      { "GET", REPO, NULL, "Bearer ghs_forged", NULL, NULL }, 401, "Bad credentials", "documentation_url" },
    { "a login by password",
      { "GET", REPO, NULL, "Basic YTpi", NULL, NULL }, 401, "Bad credentials", NULL },
    { "a token in the old way of writing",
      { "GET", REPO, NULL, "token ghp_sandbox", NULL, NULL }, 200, "\"full_name\":\"acme/platform\"", NULL },
    { "another type in Accept",
      { "GET", REPO, NULL, PERSON, WITH("Accept: text/html"), NULL }, 415, "Unsupported 'Accept' header", NULL },
    { "GitHub's type in Accept",
      { "GET", REPO, NULL, PERSON, WITH("Accept: application/vnd.github+json"), NULL }, 200, "\"id\":42", NULL },
    { "a version that does not exist",
      { "GET", REPO, NULL, PERSON, WITH("X-GitHub-Api-Version: 2020-01-01"), NULL }, 400, "not supported", NULL },
    { "the newest version",
      { "GET", REPO, NULL, PERSON, VERSION_2026, NULL }, 200, "X-GitHub-Api-Version-Selected: 2026-03-10", NULL },
    { "no version means the older one",
      { "GET", REPO, NULL, PERSON, NULL, NULL }, 200, "X-GitHub-Api-Version-Selected: 2022-11-28", NULL },
    { "every answer tells the rate limit",
      { "GET", REPO, NULL, PERSON, NULL, NULL }, 200, "x-ratelimit-limit: 5000", "x-ratelimit-remaining: 4999" },
    { "no such path", { "GET", "/github/teams", NULL, PERSON, NULL, NULL }, 404, "\"message\":\"Not Found\"", NULL },
    { "another method", { "PUT", DISPATCH, JSON, PERSON, NULL, "{}" }, 404, "Not Found", NULL },
    { "a slash at the end", { "GET", REPO "/", NULL, PERSON, NULL, NULL }, 404, "Not Found", NULL },
    { "no such repository", { "GET", "/github/repos/acme/nope", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "a repository by its number and nothing after it",
      { "GET", "/github/repositories/42", NULL, TOKEN, NULL, NULL }, 200, "\"full_name\":\"acme/platform\"", NULL },
    { "a repository by its number",
      { "GET", "/github/repositories/42/releases/latest", NULL, TOKEN, NULL, NULL }, 200, "v1.5.0", NULL },

    /* the App */
    { "the App by an installation token",
      { "GET", "/github/app", NULL, TOKEN, NULL, NULL }, 401, "A JSON web token could not be decoded", NULL },
    { "the App without a login",
      { "GET", "/github/app", NULL, NULL, NULL, NULL }, 401, "A JSON web token could not be decoded", NULL },
    { "the App by its JWT", { "GET", "/github/app", NULL, JWT, NULL, NULL }, 200, "\"id\":12345", "opsgate" },
    { "a repository by a JWT", { "GET", REPO, NULL, JWT, NULL, NULL }, 401, "Bad credentials", NULL },
    { "the installation of a repository",
      { "GET", REPO "/installation", NULL, JWT, NULL, NULL }, 200, "\"id\":880088", "\"app_id\":12345" },
    { "the installation of no repository",
      { "GET", "/github/repos/acme/nope/installation", NULL, JWT, NULL, NULL }, 404, "Not Found", NULL },
    { "the installation of an organisation",
      { "GET", "/github/orgs/acme/installation", NULL, JWT, NULL, NULL }, 200, "\"id\":880088", NULL },
    { "the installation of another one",
      { "GET", "/github/orgs/other/installation", NULL, JWT, NULL, NULL }, 404, "Not Found", NULL },
    { "a team's members",
      { "GET", "/github/orgs/acme/teams/engineering/members", NULL, TOKEN, NULL, NULL }, 200, "\"login\":\"bob\"", NULL },
    { "a page of them, and where it goes on",
      { "GET", "/github/orgs/acme/teams/engineering/members?per_page=1", NULL, TOKEN, NULL, NULL },
      200, "rel=\"next\"", "/github/organizations/77/team/9/members?per_page=1&page=2" },
    { "the page behind it",
      { "GET", "/github/organizations/77/team/9/members?per_page=1&page=2", NULL, TOKEN, NULL, NULL },
      200, "\"login\":\"bob\"", NULL },
    { "a team that is not there",
      { "GET", "/github/orgs/acme/teams/nope/members", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "a commit without check runs",
      { "GET", REPO "/commits/v1.4.2/check-runs", NULL, TOKEN, NULL, NULL }, 200, "\"total_count\":0",
      "\"check_runs\":[]" },
    { "without statuses it is pending",
      { "GET", REPO "/commits/v1.4.2/status", NULL, TOKEN, NULL, NULL }, 200, "\"state\":\"pending\"",
      "\"statuses\":[]" },
    { "check runs of no commit",
      { "GET", REPO "/commits/nope/check-runs", NULL, TOKEN, NULL, NULL }, 422, "No commit found", NULL },
    { "a token of no such installation",
      { "POST", "/github/app/installations/1/access_tokens", NULL, JWT, NULL, NULL }, 404, "Not Found", NULL },
    { "a token of an installation without a body",
      { "POST", MINT, NULL, JWT, NULL, NULL }, 201, "\"token\":\"ghs_12345_", "\"expires_at\"" },
    { "a token for a repository that is not there",
      { "POST", MINT, JSON, JWT, NULL, "{\"repositories\":[\"nope\"]}" }, 422, "does not exist", NULL },
    { "a token that may do more than was granted",
      { "POST", MINT, JSON, JWT, NULL, "{\"permissions\":{\"contents\":\"write\"}}" }, 422, "not granted", NULL },
    { "a token with a permission that is no text",
      { "POST", MINT, JSON, JWT, NULL, "{\"permissions\":{\"contents\":1}}" }, 422, "not granted", NULL },
    { "a token by a broken body",
      { "POST", MINT, JSON, JWT, NULL, "{" }, 400, "Problems parsing JSON", NULL },

    /* commits and names */
    { "a commit by a branch",
      { "GET", REPO "/commits/main", NULL, TOKEN, NULL, NULL },
      200, "\"sha\":\"8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7\"", "Begin the wish list" },
    { "a commit by a tag with its folder",
      { "GET", REPO "/commits/tags%2Fv1.4.2", NULL, TOKEN, NULL, NULL }, 200, "70e4b6c9", "\"login\":\"eve\"" },
    { "a commit by a branch with a slash",
      { "GET", REPO "/commits/feature/wish-list", NULL, TOKEN, NULL, NULL }, 200, "c83b5e2f", NULL },
    { "a commit by a short sha", { "GET", REPO "/commits/a46d19b", NULL, TOKEN, NULL, NULL }, 200, "a46d19b8e0", NULL },
    { "a commit by too short a sha",
      { "GET", REPO "/commits/a46", NULL, TOKEN, NULL, NULL }, 422, "No commit found for SHA: a46", NULL },
    { "a commit by no such name",
      { "GET", REPO "/commits/v9.9.9", NULL, TOKEN, NULL, NULL }, 422, "No commit found for SHA: v9.9.9",
      "commits/commits#get-a-commit" },
    { "a commit of no such repository",
      { "GET", "/github/repos/acme/nope/commits/main", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "no such tag", { "GET", REPO "/git/ref/tags/v9", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "half a tag's name", { "GET", REPO "/git/ref/tags/v1.4", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "a name that is neither a branch nor a tag",
      { "GET", REPO "/git/ref/8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7", NULL, TOKEN, NULL, NULL },
      404, "Not Found", NULL },
    { "a light tag points at its commit",
      { "GET", REPO "/git/ref/tags/v1.4.2", NULL, TOKEN, NULL, NULL }, 200, "\"type\":\"commit\"", "70e4b6c9" },
    { "a branch points at its commit",
      { "GET", REPO "/git/ref/heads/main", NULL, TOKEN, NULL, NULL }, 200, "\"ref\":\"refs/heads/main\"", "8c1f2e6b" },
    { "a comparison with no such name",
      { "GET", REPO "/compare/v9...main", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "a comparison with two dots",
      { "GET", REPO "/compare/v1.4.2..main", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },

    /* releases */
    { "the latest release is no pre-release",
      { "GET", REPO "/releases/latest", NULL, TOKEN, NULL, NULL }, 200, "\"tag_name\":\"v1.5.0\"", NULL },
    { "a pre-release by its tag",
      { "GET", REPO "/releases/tags/v1.6.0-rc.1", NULL, TOKEN, NULL, NULL }, 200, "\"prerelease\":true", NULL },
    { "no such release", { "GET", REPO "/releases/tags/v9", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "a release by a word", { "GET", REPO "/releases/v1.5.0", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },

    /* dispatches */
    { "a dispatch without a login",
      { "POST", DISPATCH, JSON, NULL, NULL, "{\"ref\":\"main\"}" }, 401, "Requires authentication", NULL },
    { "a dispatch of no such workflow",
      { "POST", REPO "/actions/workflows/nope.yml/dispatches", JSON, TOKEN, NULL, "{\"ref\":\"main\"}" },
      404, "Not Found", NULL },
    { "a dispatch in no such repository",
      { "POST", "/github/repos/acme/nope/actions/workflows/deploy.yml/dispatches", JSON, TOKEN, NULL, "{}" },
      404, "Not Found", NULL },
    { "a dispatch that is no JSON",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "ref=main" }, 400, "Problems parsing JSON", NULL },
    { "a dispatch that is no object",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "[]" }, 400, "should be a JSON object", NULL },
    { "a dispatch without a ref",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "{\"inputs\":{\"version\":\"v1\"}}" }, 422, "wasn't supplied", NULL },
    { "a dispatch on no such ref",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "{\"ref\":\"v9\",\"inputs\":{\"version\":\"v1\"}}" },
      422, "No ref found for: v9", NULL },
    { "a dispatch on a sha",
      { "POST", DISPATCH, JSON, TOKEN, NULL,
        "{\"ref\":\"8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7\",\"inputs\":{\"version\":\"v1\"}}" },
      422, "No ref found for", NULL },
    { "a dispatch of a workflow that has no such trigger",
      { "POST", REPO "/actions/workflows/ci.yml/dispatches", JSON, TOKEN, NULL, "{\"ref\":\"main\"}" },
      422, "Workflow does not have 'workflow_dispatch' trigger", NULL },
    { "a dispatch with inputs the workflow does not know",
      { "POST", DISPATCH, JSON, TOKEN, NULL,
        "{\"ref\":\"main\",\"inputs\":{\"version\":\"v1\",\"colour\":\"red\",\"size\":\"2\"}}" },
      422, "Unexpected inputs provided: [\\\"colour\\\",\\\"size\\\"]", NULL },
    { "a dispatch without a required input",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "{\"ref\":\"main\"}" },
      422, "Required input 'version' not provided", NULL },
    { "a dispatch with a choice that is none",
      { "POST", DISPATCH, JSON, TOKEN, NULL,
        "{\"ref\":\"main\",\"inputs\":{\"version\":\"v1\",\"environment\":\"moon\"}}" },
      422, "not in the list of allowed values", "moon" },
    { "a dispatch with an input that is no text",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "{\"ref\":\"main\",\"inputs\":{\"version\":1}}" },
      422, "is not a string", NULL },
    { "a dispatch with inputs that are no object",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "{\"ref\":\"main\",\"inputs\":[\"v1\"]}" }, 422, "not an object", NULL },
    { "a dispatch with 26 inputs",
      { "POST", DISPATCH, JSON, TOKEN, NULL,
        "{\"ref\":\"main\",\"inputs\":{\"version\":\"v1\"," FIVE("a") "," FIVE("b") "," FIVE("c") "," FIVE("d") ","
        FIVE("e") "}}" },
      422, "more than 25", NULL },
    { "a dispatch with a member that does not belong there",
      { "POST", DISPATCH, JSON, TOKEN, NULL, "{\"ref\":\"main\",\"sha\":\"x\",\"inputs\":{\"version\":\"v1\"}}" },
      422, "\\\"sha\\\" is not a permitted key", NULL },
    { "return_run_details is gone in the newest version",
      { "POST", DISPATCH, JSON, TOKEN, VERSION_2026,
        "{\"ref\":\"main\",\"return_run_details\":true,\"inputs\":{\"version\":\"v1\"}}" },
      422, "not a permitted key", NULL },

    /* runs */
    { "runs of no such workflow",
      { "GET", REPO "/actions/workflows/nope.yml/runs", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "runs since a word",
      { "GET", REPO "/actions/runs?created=%3E%3Dyesterday", NULL, TOKEN, NULL, NULL }, 422, "created", NULL },
    { "no runs yet",
      { "GET", REPO "/actions/workflows/deploy.yml/runs", NULL, TOKEN, NULL, NULL }, 200, "\"total_count\":0", NULL },
    { "no such run", { "GET", REPO "/actions/runs/1", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "jobs of no such run", { "GET", REPO "/actions/runs/1/jobs", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "a run by a word", { "GET", REPO "/actions/runs/last", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "cancelling no such run",
      { "POST", REPO "/actions/runs/1/cancel", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },

    /* the rows that change it */
    { "control: an unknown change",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"github\":{\"weather\":\"rain\"}}" }, 400, "weather", NULL },
    { "control: a commit after no such commit",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"github\":{\"commit\":{\"branch\":\"b\",\"from\":\"v9\"}}}" },
      400, "v9", NULL },
    { "control: a workflow that ends in no way GitHub has",
      { "POST", "/_sandbox/world", JSON, NULL, NULL,
        "{\"github\":{\"workflow\":{\"file\":\"a.yml\",\"conclusion\":\"great\"}}}" },
      400, "conclusion", NULL },
    { "control: an image tag that comes before it was asked for",
      { "POST", "/_sandbox/world", JSON, NULL, NULL,
        "{\"tag\":{\"tag\":\"v1.5.0\",\"version\":\"1.5.0\",\"after_ms\":-1}}" },
      400, "after_ms", NULL },

    /* deployments */
    { "a deployment of what lacks nothing of the default branch",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"main\"}" }, 201, "\"environment\":\"production\"",
      "\"production_environment\":true" },
    { "a deployment of what is behind is a merge instead",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"v1.4.1\"}" }, 202, "Auto-merged main into v1.4.1", NULL },
    { "unless that is not wanted",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL,
        "{\"ref\":\"v1.4.1\",\"auto_merge\":false,\"payload\":{\"a\":1},\"environment\":\"staging\"}" },
      201, "\"payload\":{\"a\":1}", "\"production_environment\":false" },
    { "a deployment by the App says so",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"main\"}" }, 201, "\"performed_via_github_app\":{\"id\":12345",
      "\"login\":\"opsgate[bot]\"" },
    { "a deployment of nothing",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"environment\":\"x\"}" }, 422, "wasn't supplied", NULL },
    { "a deployment of no commit",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"nope\"}" }, 422, "No ref found for: nope", NULL },
    { "a context that nobody reported",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"main\",\"required_contexts\":[\"ci\"]}" }, 409,
      "Commit status checks failed", NULL },
    { "a description that is too long",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL,
        "{\"ref\":\"main\",\"description\":\"" FIFTY FIFTY "01234567890123456789012345678901234567890\"}" }, 422,
      "maximum is 140", NULL },
    { "a flag that is a text",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"main\",\"auto_merge\":\"false\"}" }, 422, "not a boolean",
      NULL },
    { "a payload that is a number",
      { "POST", DEPLOYMENTS, JSON, TOKEN, NULL, "{\"ref\":\"main\",\"payload\":7}" }, 422, "/payload", NULL },
    { "no deployments at first",
      { "GET", DEPLOYMENTS "?environment=production", NULL, TOKEN, NULL, NULL }, 200, "[]", NULL },
    { "a deployment that is not there", { "GET", DEPLOYMENTS "/31337", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "nor its statuses", { "GET", DEPLOYMENTS "/31337/statuses", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
    { "nor can one be told",
      { "POST", DEPLOYMENTS "/31337/statuses", JSON, TOKEN, NULL, "{\"state\":\"success\"}" }, 404, "Not Found", NULL },
    { "a number that is none", { "GET", DEPLOYMENTS "/x", NULL, TOKEN, NULL, NULL }, 404, "Not Found", NULL },
};

static const struct jwt_row {
    const char *name;
    struct jwt_wanted wanted;
    int status;
    const char *says;
} jwt_rows[] = {
    { "a JWT by the App's number", { NULL, "12345", -60, 540, false }, 200, "opsgate" },
    { "a JWT by the client id", { NULL, "\"Iv23liSandboxOpsgate\"", -60, 540, false }, 200, "opsgate" },
    { "a JWT for the whole ten minutes", { NULL, "\"12345\"", -60, 600, false }, 200, "opsgate" },
    { "a JWT of somebody else's key", { NULL, "\"12345\"", -60, 540, true }, 401, "could not be decoded" },
    { "a JWT with another algorithm", { "HS256", "\"12345\"", -60, 540, false }, 401, "could not be decoded" },
    { "a JWT without an issuer", { NULL, NULL, -60, 540, false }, 401, "Missing 'issuer' claim" },
    { "a JWT of another App", { NULL, "\"999\"", -60, 540, false }, 404, "Integration not found" },
    { "a JWT for an hour", { NULL, "\"12345\"", -60, 3600, false }, 401, "too far in the future" },
    { "a JWT that is over", { NULL, "\"12345\"", -600, -10, false }, 401, "'Expiration time' claim ('exp') must be" },
    { "a JWT of tomorrow", { NULL, "\"12345\"", 60, 540, false }, 401, "'Issued at' claim ('iat')" },
};
/* clang-format on */

static struct sandbox sandbox;
static const char *program;
static char *app_jwt; /* keys outlive a reset */

static void judge(const struct answer *answer, int status, const char *says, const char *says_too)
{
    AUTO_FREE char *all = text_format("%s%s", answer->headers, answer->body);

    if (answer->status != status || (says && !strstr(all, says)) || (says_too && !strstr(all, says_too)))
        fail_msg("answered %d: %s", answer->status, all);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_JSON cJSON *reset = sandbox_post(&sandbox, "reset", "{}");
    AUTO_FREE char *token = NULL;
    AUTO_ANSWER struct answer answer;
    struct ask ask = row->ask;

    if (text_is(ask.authorization, TOKEN))
        ask.authorization = token = github_token(&sandbox, NULL);
    if (text_is(ask.authorization, JWT))
        ask.authorization = app_jwt;
    if (!ask.header)
        ask.header = GITHUB_AGENT;
    sandbox_ask(&sandbox, &ask, &answer);
    judge(&answer, row->status, row->says, row->says_too);
}

static void check_jwt(void **state)
{
    const struct jwt_row *row = *state;
    AUTO_FREE char *jwt = github_jwt(&sandbox, &row->wanted);
    AUTO_ANSWER struct answer answer;

    github_ask(&sandbox, jwt, "GET", "/app", NULL, &answer);
    judge(&answer, row->status, row->says, NULL);
}

static int start(void **state)
{
    (void)state;
    sandbox_start(&sandbox, program, "http://127.0.0.1:9");
    app_jwt = github_app_jwt(&sandbox);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(app_jwt);
    return sandbox_stop(&sandbox);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(jwt_rows)];

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(intptr_t)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(jwt_rows); i++)
        tests[ARRAY_LEN(rows) + i] = (struct CMUnitTest){ .name = jwt_rows[i].name,
                                                          .test_func = check_jwt,
                                                          .initial_state = (void *)(intptr_t)&jwt_rows[i] };
    return cmocka_run_group_tests(tests, start, stop);
}
