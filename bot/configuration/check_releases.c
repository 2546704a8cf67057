/* check_releases.c - what rolls out by itself: by which rule, and in whose name. Whether policy lets it:
 * policy/lint_releases.c */
#include "bot/configuration/check.h"

#include "bot/model/paths.h"

#include <string.h>

struct rule_spot { /* one release rule */
    struct walk *walk;
    const struct settings *settings;
    const struct service_settings *service;
    const struct environment_settings *environment;
    const struct release_settings *rule;
};

/* ---- the keys of a rule ---- */

static const char *const on_names[] = { "github-release", "github-push", "github-workflow", "github-deployment" };
#define ON(kind) (1u << (kind))

static const struct {
    const char *key;
    unsigned belongs_to; /* kinds of rule: a bit each */
    unsigned needed_by;
} keys[] = {
    { "tags", ON(RELEASE_ON_GITHUB_RELEASE), 0 },
    { "versions", ON(RELEASE_ON_GITHUB_RELEASE), 0 },
    { "format", ON(RELEASE_ON_GITHUB_RELEASE), 0 },
    { "tag_prefix", ON(RELEASE_ON_GITHUB_RELEASE), 0 },
    { "branch", ON(RELEASE_ON_GITHUB_PUSH) | ON(RELEASE_ON_GITHUB_WORKFLOW) | ON(RELEASE_ON_GITHUB_DEPLOYMENT),
      ON(RELEASE_ON_GITHUB_PUSH) | ON(RELEASE_ON_GITHUB_WORKFLOW) },
    { "workflow", ON(RELEASE_ON_GITHUB_WORKFLOW), ON(RELEASE_ON_GITHUB_WORKFLOW) },
    { "environment", ON(RELEASE_ON_GITHUB_DEPLOYMENT), 0 },
};

static void check_keys(const struct rule_spot *spot)
{
    unsigned on = ON((unsigned)spot->rule->on);

    if (!walk_is_good(spot->walk, spot->rule, "on"))
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        bool is_there = walk_has(spot->walk, spot->rule, keys[i].key);

        if (is_there && !(keys[i].belongs_to & on))
            walk_wrong(spot->walk, spot->rule, keys[i].key, -1, "contradicts on: %s knows no such thing",
                       on_names[spot->rule->on]);
        else if (!is_there && (keys[i].needed_by & on))
            walk_wrong(spot->walk, spot->rule, "on", -1, "%s needs the key %s", on_names[spot->rule->on], keys[i].key);
    }
}

static void check_patterns(const struct rule_spot *spot)
{
    const struct release_settings *rule = spot->rule;

    for (size_t i = 0; i < rule->paths_count; i++)
        if (path_pattern_fault(rule->paths[i]))
            walk_wrong(spot->walk, rule, "paths", (long)i, "matches nothing: %s", path_pattern_fault(rule->paths[i]));
    if (rule->tags && path_pattern_fault(rule->tags))
        walk_wrong(spot->walk, rule, "tags", -1, "matches nothing: %s", path_pattern_fault(rule->tags));
    if (rule->tags && rule->tag_prefix && strncmp(rule->tags, rule->tag_prefix, strlen(rule->tag_prefix)) != 0)
        walk_wrong(spot->walk, rule, "tags", -1, "contradicts tag_prefix: a tag that it takes begins with '%s'",
                   rule->tag_prefix);
}

/* It hears of nothing without GitHub's webhooks, and confirms nothing that it may not ask for. */
static void check_github(const struct rule_spot *spot, const char *key)
{
    const struct github_settings *github = spot->settings->github;

    if (!github)
        return;
    if (github->webhook_secrets_count == 0 && !walk_is_unread(spot->walk, github, "webhook_secrets"))
        walk_wrong(spot->walk, spot->environment, key, -1,
                   "needs github.webhook_secrets: GitHub tells of it by webhooks");
    if (!walk_has(spot->walk, github, "app") && !walk_has(spot->walk, github, "token"))
        walk_wrong(spot->walk, spot->environment, key, -1,
                   "needs github.app or github.token: GitHub is asked whether it is so");
}

/* A run is of the newest commit of its ref, whatever version it is told. */
static void warn_of_workflow(const struct rule_spot *spot)
{
    if (spot->rule->on == RELEASE_ON_GITHUB_DEPLOYMENT && spot->environment->driver.github_actions)
        walk_warn(spot->walk, spot->rule, "on", -1,
                  "the workflow runs at driver.github_actions.ref, not at the deployment's commit: it has to bring "
                  "{version}");
}

static bool has_no_name(const struct rule_spot *spot)
{
    const struct settings *settings = spot->settings;

    return settings->github && !walk_has(spot->walk, settings->github, "app") &&
           !walk_has(spot->walk, &settings->automation, "as") && !walk_is_unread(spot->walk, settings, "automation");
}

static void check_rule(const struct rule_spot *spot)
{
    check_section(spot->walk, spot->settings, spot->environment, "release", -1, "github");
    if (!walk_has(spot->walk, spot->service, "repository"))
        walk_wrong(spot->walk, spot->environment, "release", -1, "needs the service's repository");
    if (has_no_name(spot))
        walk_wrong(spot->walk, spot->environment, "release", -1,
                   "needs automation.as, or github.app: in whose name it rolls out");
    check_github(spot, "release");
    check_keys(spot);
    check_patterns(spot);
    warn_of_workflow(spot);
}

static void check_comments(const struct rule_spot *spot)
{
    const struct comments_settings *comments = spot->environment->comments;

    if (!comments->enabled)
        return;
    check_section(spot->walk, spot->settings, spot->environment, "comments", -1, "github");
    if (!walk_has(spot->walk, spot->service, "repository"))
        walk_wrong(spot->walk, spot->environment, "comments", -1, "needs the service's repository");
    check_github(spot, "comments");
    if (strpbrk(comments->command, " \t\r\n"))
        walk_wrong(spot->walk, comments, "command", -1, "expected one word");
}

/* ---- in whose name ---- */

static void check_as(struct walk *walk, const struct settings *settings)
{
    struct str id = str_of(settings->automation.as), system = str_take_until(&id, ':');
    struct name_list tokens = names_of_tokens(walk, settings);
    struct error ignored;
    int64_t number;

    if (!settings->automation.as)
        return;
    if (str_is(system, "token") && !tokens.is_partial && !name_list_has(&tokens, id.at))
        walk_wrong(walk, &settings->automation, "as", -1, "no such token '%.60s' in api.tokens", id.at);
    else if (str_is(system, "github-app") && !parse_int(id, 1, INT64_MAX, &number, &ignored))
        walk_wrong(walk, &settings->automation, "as", -1, "expected the App's number after 'github-app:'");
    else if (!str_is(system, "token") && !str_is(system, "github-app"))
        walk_wrong(walk, &settings->automation, "as", -1, "expected github-app:ID or token:NAME: a machine's name");
}

void check_releases(struct walk *walk, const struct settings *settings)
{
    check_as(walk, settings);
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct environment_settings *environment = &settings->services[i].environments[k];
            const struct rule_spot spot = { walk, settings, &settings->services[i], environment, environment->release };

            if (environment->comments)
                check_comments(&spot);
            if (environment->release)
                check_rule(&spot);
        }
}
