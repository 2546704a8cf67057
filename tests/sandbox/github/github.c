#include "github/github.h"

#include "github/actions.h"
#include "github/hooks.h"
#include "github/pulls.h"
#include "github/teams.h"

#include "bot/base/time.h"

#define DELIVERIES_SHOWN_MAX 200
#define FIRST_RUN_ID INT64_C(17000000000) /* as large as the real ones: no 32 bits hold it */

/* clang-format off */
static const struct {
    const char *sha, *branch, *from, *author, *message;
    int64_t hours_ago;
    const char *tag, *tag_message, *release; /* of this commit; NULL for none */
    bool prerelease;
} history[] = {
    { "1f0c3a52be70d94c6d1a9b3e57f28c604ab9d711", "main", NULL, "ann", "Begin the platform", 900,
      NULL, NULL, NULL, false },
    { "3b9e7d10c2f64a85907be1d34c58f6a20e7b9c42", "main", NULL, "bob", "Serve the catalogue from the cache", 700,
      "v1.4.0", NULL, "Catalogue cache", false },
    { "5d2a81f7469c0be3d8f57a1246e90cb38d14f7a3", "main", NULL, "ann", "Retry a payment that timed out", 500,
      "v1.4.1", NULL, "Payments retry", false },
    { "70e4b6c9d3158fa2e6b07d94c1a85f3e29d60b14", "main", NULL, "eve", "Say which item is sold out", 300,
      "v1.4.2", NULL, "Sold out, by name", false },
    { "92c7f05e1ab3d846f9e20c5b7d68134fa0b7e5d5", "main", NULL, "bob", "Read prices once per cart", 120,
      NULL, NULL, NULL, false },
    { "a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6", "main", NULL, "ann", "Ship the faster cart", 72,
      "v1.5.0", "Faster cart", "Faster cart", false },
    { "8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7", "main", NULL, "bob", "Begin the wish list", 20,
      "v1.6.0-rc.1", NULL, "Wish list, to try", true },
    { "c83b5e2f71d6094ae3f8b1c72d50a96e4fb3d728", "feature/wish-list", "v1.5.0", "eve", "Draw the wish list", 10,
      NULL, NULL, NULL, false },
};
/* clang-format on */

static const char deploy_workflow[] =
    "{\"file\":\"deploy.yml\",\"name\":\"Deploy\",\"run_name\":\"deploy ${{ inputs.opsgate_effect }}\",\"inputs\":{"
    "\"service\":{},\"environment\":{\"type\":\"choice\",\"options\":[\"staging\",\"production\"],\"default\":"
    "\"staging\"},\"version\":{\"required\":true},\"opsgate_effect\":{}}}";
static const char ci_workflow[] = "{\"file\":\"ci.yml\",\"name\":\"CI\",\"dispatch\":false,\"steps\":[\"Test\"]}";

static void add_workflow(struct github *github, struct repository *repository, const char *text)
{
    AUTO_JSON cJSON *wanted = NULL;
    struct error err;

    if (!json_parse(str_of(text), &wanted, &err) || !workflow_set(github, repository, wanted, &err))
        abort();
}

static void add_history(struct github *github, struct repository *repository, int64_t now_ms)
{
    for (size_t i = 0; i < ARRAY_LEN(history); i++) {
        int64_t at_ms = now_ms - history[i].hours_ago * HOUR_MS;

        repository_commit(repository, &(struct commit_seed){ .sha = history[i].sha,
                                                             .branch = history[i].branch,
                                                             .from = history[i].from,
                                                             .message = history[i].message,
                                                             .author = history[i].author,
                                                             .at_ms = at_ms });
        if (!history[i].tag)
            continue;
        repository_set_tag(repository, history[i].tag, history[i].sha, history[i].tag_message, at_ms);
        repository_release(repository, &(struct release_seed){ .id = ++github->last_release_id,
                                                               .tag = history[i].tag,
                                                               .name = history[i].release,
                                                               .body = history[i].message,
                                                               .target = "main",
                                                               .author = history[i].author,
                                                               .prerelease = history[i].prerelease,
                                                               .published_at_ms = at_ms + HOUR_MS });
    }
}

static void add_engineering(struct github *github)
{
    cJSON *members = tree_get(github_add_team(github, "acme", "engineering"), "members");

    json_add_string(members, "ann");
    json_add_string(members, "bob");
}

struct github *github_create(struct github_app *app, const char *own_url, int64_t now_ms)
{
    struct github *github = xcalloc(1, sizeof *github);
    struct repository *platform = NULL;

    github->app = app;
    github_app_set_lifetime(app, HOUR_MS);
    github_app_set_lag(app, 0);
    github->own_url = text_format("%s/github", own_url);
    github->hooks = json_array();
    github->deliveries = json_array();
    github->hook_faults = json_array();
    github->deployments = json_array();
    github->teams = json_array();
    github->last_team_id = 8;
    add_engineering(github);
    github->hook_timeout_ms = HOOK_TIMEOUT_MS;
    github->last_hook_id = 5550000;
    github->last_repository_id = 41;
    github->last_release_id = 990;
    github->last_workflow_id = 8;
    github->last_run_id = FIRST_RUN_ID;
    github->rate_reset_at_ms = now_ms + HOUR_MS;
    platform = github_add(github, "acme/platform");
    add_history(github, platform, now_ms);
    pulls_seed(platform, 128, "feature/wish-list", "Draw the wish list", "eve", now_ms);
    add_workflow(github, platform, deploy_workflow);
    add_workflow(github, platform, ci_workflow);
    return github;
}

void github_destroy(struct github *github)
{
    if (!github)
        return;
    for (struct repository *repository = github->repositories, *next = NULL; repository; repository = next) {
        next = repository->next;
        repository_destroy(repository);
    }
    cJSON_Delete(github->hooks);
    cJSON_Delete(github->deliveries);
    cJSON_Delete(github->hook_faults);
    cJSON_Delete(github->deployments);
    cJSON_Delete(github->teams);
    free(github->webhook_url);
    free(github->own_url);
    free(github);
}

void github_connect(struct github *github, struct courier *courier, const char *opsgate_url)
{
    github->courier = courier;
    free(github->webhook_url);
    github->webhook_url = text_format("%s/github/webhook", opsgate_url);
}

struct repository *github_add(struct github *github, const char *full_name)
{
    struct repository *repository = repository_create(++github->last_repository_id, full_name);

    repository->next = github->repositories;
    github->repositories = repository;
    return repository;
}

struct repository *github_find(const struct github *github, const char *full_name)
{
    for (struct repository *repository = github->repositories; repository; repository = repository->next) {
        if (text_is(full_name, repository->full_name))
            return repository;
    }
    return NULL;
}

bool github_advance(struct github *github, int64_t now_ms)
{
    bool happened = false;

    for (struct repository *repository = github->repositories; repository; repository = repository->next)
        happened = runs_advance(github, repository, now_ms) || happened;
    return happened;
}

static cJSON *deliveries_shown(const struct github *github)
{
    cJSON *list = json_array();

    JSON_EACH(delivery, github->deliveries) {
        cJSON *shown = json_add(list, json_copy(delivery));

        cJSON_DeleteItemFromObjectCaseSensitive(shown, "body"); /* the log has it; the state is asked for often */
    }
    tree_keep_last(list, DELIVERIES_SHOWN_MAX);
    return list;
}

cJSON *github_state(const struct github *github)
{
    cJSON *state = json_object();
    cJSON *list = json_set(state, "repositories", json_array());

    for (const struct repository *repository = github->repositories; repository; repository = repository->next) {
        cJSON *shown = json_add(list, json_object());

        json_set_string(shown, "full_name", repository->full_name);
        json_set_bool(shown, "installed", !repository->is_not_installed);
        json_set(shown, "commits", json_copy(repository->commits));
        json_set(shown, "branches", json_copy(repository->branches));
        json_set(shown, "tags", json_copy(repository->tags));
        json_set(shown, "releases", json_copy(repository->releases));
        json_set(shown, "workflows", json_copy(repository->workflows));
        json_set(shown, "runs", json_copy(repository->runs));
        json_set(shown, "comments", json_copy(repository->comments));
    }
    json_set(state, "hooks", json_copy(github->hooks));
    json_set(state, "deliveries", deliveries_shown(github));
    json_set(state, "deployments", json_copy(github->deployments));
    json_set(state, "teams", json_copy(github->teams));
    json_set_int(state, "rate_used", github->rate_used);
    return state;
}
