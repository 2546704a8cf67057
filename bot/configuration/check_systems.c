#include "bot/configuration/check.h"

#include "bot/base/network.h"
#include "bot/model/mail.h"
#include "bot/shell/http_in.h"
#include "integrations/github/api.h"
#include "integrations/github/webhook.h"

#include <inttypes.h>
#include <string.h>

/* ---- addresses ---- */

static bool is_url(const char *url, const char *const *schemes)
{
    for (size_t i = 0; schemes[i]; i++) {
        struct str rest = str_of(url);

        if (!str_take_prefix(&rest, schemes[i]))
            continue;
        for (size_t k = 0; k < rest.len; k++)
            if ((unsigned char)rest.at[k] <= ' ' || strchr("@?#\"<>\\", rest.at[k]))
                return false;
        return rest.len > 0 && rest.at[0] != '/' && rest.at[0] != ':';
    }
    return false;
}

void check_url(struct walk *walk, const void *owner, const char *key, const char *url)
{
    static const char *const schemes[] = { "https://", "http://", NULL };

    if (url && !is_url(url, schemes))
        walk_wrong(walk, owner, key, -1,
                   "expected an address such as https://host/path, without user, password, '?' or '#'");
}

static void check_links(struct walk *walk, const struct links_settings *links)
{
    if (links->operation && (!github_page(links->operation) || !strstr(links->operation, "{operation}")))
        walk_wrong(walk, links, "operation", -1,
                   "expected an address such as https://logs.example/opsgate?q={operation}, with {operation} in it");
}

static void check_google(struct walk *walk, const struct google_settings *google)
{
    const struct {
        const char *key, *url;
    } rows[] = {
        { "run_url", google->run_url },
        { "sqladmin_url", google->sqladmin_url },
        { "redis_url", google->redis_url },
        { "compute_url", google->compute_url },
        { "monitoring_url", google->monitoring_url },
        { "logging_url", google->logging_url },
        { "token_url", google->token_url },
        { "metadata_url", google->metadata_url },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_url(walk, google, rows[i].key, rows[i].url);
}

static void check_credentials(struct walk *walk, const void *owner, const char *credentials)
{
    if (credentials && strcmp(credentials, "metadata") != 0 && credentials[0] != '/')
        walk_wrong(walk, owner, "credentials", -1,
                   "expected metadata, or the absolute path of a service account's key file");
}

/* Whose calls are signed with what is known by their project: one has one account. */
static void check_project_account(struct walk *walk, const struct settings *settings,
                                  const struct environment_settings *environment)
{
    const char *project = environment->driver.cloud_run ? environment->driver.cloud_run->project : NULL;
    const char *first = settings_google_of(settings, project),
               *own = environment->google ? environment->google->credentials : NULL;

    if (project && first && own && strcmp(first, own) != 0)
        walk_wrong(walk, environment->google, "credentials", -1,
                   "another environment of the same project has other credentials (%s): one project, one account",
                   first);
    else if (project && first && !environment->google)
        walk_warn(walk, environment->driver.cloud_run, "project", -1,
                  "another environment of this project has credentials of its own, which are taken here, too: %s",
                  first);
}

static void check_own_credentials(struct walk *walk, const struct settings *settings,
                                  const struct environment_settings *environment)
{
    const struct environment_google *own = environment->google;

    if (own && !environment->driver.cloud_run)
        walk_wrong(walk, environment, "google", -1,
                   "only an environment with the driver cloud_run has a project of Google's");
    else if (own)
        check_credentials(walk, own, own->credentials);
    check_project_account(walk, settings, environment);
}

static void check_all_credentials(struct walk *walk, const struct settings *settings)
{
    check_credentials(walk, &settings->google, settings->google.credentials);
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            check_own_credentials(walk, settings, &settings->services[i].environments[k]);
}

static void check_smtp(struct walk *walk, const struct smtp_settings *smtp)
{
    static const char *const schemes[] = { "smtps://", "smtp://", NULL };

    if (smtp->url && !is_url(smtp->url, schemes))
        walk_wrong(walk, smtp, "url", -1, "expected an address such as smtp://host:587, without user or password");
    if (smtp->from && !mail_address_is_good(smtp->from))
        walk_wrong(walk, smtp, "from", -1, "expected an e-mail address such as opsgate@example.com, without a name");
    if (smtp->username && strpbrk(smtp->username, " \t\r\n"))
        walk_wrong(walk, smtp, "username", -1, "expected a name without spaces");
    if (smtp->password && strpbrk(smtp->password, "\r\n"))
        walk_wrong(walk, smtp, "password", -1, "expected one line");
    if (walk_has(walk, smtp, "username") != walk_has(walk, smtp, "password"))
        walk_wrong(walk, smtp, smtp->username ? "username" : "password", -1,
                   "username and password go together: the other one is missing");
}

static bool has_glass(const struct policy_settings *policy)
{
    for (size_t i = 0; i < policy->rules_count; i++)
        if (policy->rules[i].break_glass_count > 0)
            return true;
    return false;
}

static void check_glass_mail(struct walk *walk, const struct settings *settings)
{
    const struct policy_settings *policy = &settings->policy;

    if (policy->glass_mail_to_count > 0)
        check_section(walk, settings, policy, "glass_mail_to", -1, "smtp");
    for (size_t i = 0; i < policy->glass_mail_to_count; i++)
        if (policy->glass_mail_to[i] && !mail_address_is_good(policy->glass_mail_to[i]))
            walk_wrong(walk, policy, "glass_mail_to", (long)i, "expected an e-mail address such as ops@example.com");
    if (settings->smtp && policy->glass_mail_to_count == 0 && has_glass(policy))
        walk_warn(walk, settings, "smtp", -1,
                  "a rule has break_glass, and nobody gets a mail when it is broken: policy.glass_mail_to");
}

static void check_recovery(struct walk *walk, const struct settings *settings)
{
    const struct recovery_settings *recovery = &settings->recovery;

    if (recovery->mail_to_count > 0)
        check_section(walk, settings, recovery, "mail_to", -1, "smtp");
    for (size_t i = 0; i < recovery->mail_to_count; i++)
        if (recovery->mail_to[i] && !mail_address_is_good(recovery->mail_to[i]))
            walk_wrong(walk, recovery, "mail_to", (long)i, "expected an e-mail address such as ops@example.com");
}

static void check_metrics(struct walk *walk, const struct metrics_settings *metrics)
{
    check_url(walk, metrics, "prometheus", metrics->prometheus);
    if (metrics->prometheus && metrics->google_cloud_monitoring)
        walk_wrong(walk, metrics, "google_cloud_monitoring", -1,
                   "contradicts metrics.prometheus: rollouts are judged from one source");
}

static void check_networks(struct walk *walk, const void *owner, const char *key, const char **networks, size_t count)
{
    struct network network;
    struct error err;

    for (size_t i = 0; i < count; i++)
        if (networks[i] && !network_parse(str_of(networks[i]), &network, &err))
            walk_wrong(walk, owner, key, (int)i, "%s", err.message);
}

static void check_senders(struct walk *walk, const struct settings *settings)
{
    const struct github_settings *github = settings->github;
    const struct pagerduty_settings *pagerduty = settings->pagerduty;
    const struct alertmanager_settings *alertmanager = settings->alertmanager;

    check_networks(walk, settings, "trusted_proxies", settings->trusted_proxies, settings->trusted_proxies_count);
    if (github)
        check_networks(walk, github, "allow_from", github->allow_from, github->allow_from_count);
    if (pagerduty)
        check_networks(walk, pagerduty, "allow_from", pagerduty->allow_from, pagerduty->allow_from_count);
    if (alertmanager)
        check_networks(walk, alertmanager, "allow_from", alertmanager->allow_from, alertmanager->allow_from_count);
}

static void check_hooks(struct walk *walk, const struct github_settings *github)
{
    for (size_t i = 0; i < github->hooks_count; i++) {
        const struct github_hook *hook = &github->hooks[i];

        if (hook->repository && !github_repository_is_valid(str_of(hook->repository)))
            walk_wrong(walk, hook, "repository", -1, "expected OWNER/NAME such as acme/platform");
        if (!walk_has(walk, github, "app") && !walk_has(walk, github, "token"))
            walk_wrong(walk, hook, "id", -1, "its log is read with github.app or github.token: neither is there");
    }
}

static void check_addresses(struct walk *walk, const struct settings *settings)
{
    check_url(walk, &settings->slack, "api_url", settings->slack.api_url);
    if (settings->github) {
        check_url(walk, settings->github, "api_url", settings->github->api_url);
        check_hooks(walk, settings->github);
    }
    if (settings->pagerduty) {
        check_url(walk, settings->pagerduty, "api_url", settings->pagerduty->api_url);
        check_url(walk, settings->pagerduty, "events_url", settings->pagerduty->events_url);
    }
    check_google(walk, &settings->google);
    check_links(walk, &settings->links);
    check_url(walk, &settings->registry, "url", settings->registry.url);
    check_metrics(walk, &settings->metrics);
    if (settings->statuspage)
        check_url(walk, settings->statuspage, "api_url", settings->statuspage->api_url);
    if (settings->smtp)
        check_smtp(walk, settings->smtp);
    check_glass_mail(walk, settings);
    check_recovery(walk, settings);
    if (settings->heartbeat)
        check_url(walk, settings->heartbeat, "url", settings->heartbeat->url);
}

static void check_listen(struct walk *walk, const struct settings *settings)
{
    const char *colon = settings->listen ? strrchr(settings->listen, ':') : NULL;
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    int64_t port;
    struct error ignored;

    if (!settings->listen || settings->listen[0] == '/')
        return;
    if (digits > 0 && !colon[1 + digits] && !parse_int(str_of(colon + 1), 0, 65535, &port, &ignored))
        walk_wrong(walk, settings, "listen", -1, "expected a port from 0 to 65535, found %s", colon + 1);
    else if (!colon || !parse_int(str_of(colon + 1), 0, 65535, &port, &ignored) ||
             (settings->listen[0] == '[') != (colon > settings->listen && colon[-1] == ']') ||
             (settings->listen[0] != '[' && strchr(settings->listen, ':') != colon))
        walk_wrong(walk, settings, "listen", -1,
                   "expected HOST:PORT such as 0.0.0.0:8080, [V6]:PORT, or an absolute path");
}

/* ---- the store ---- */

static void check_store_url(struct walk *walk, const struct store_settings *store)
{
    static const char *const schemes[] = { "redis://", "sentinel://", NULL };
    const char *url = store->url;

    if (!url || strcmp(url, "embedded") == 0)
        return;
    if (strncmp(url, "rediss://", 9) == 0)
        walk_wrong(walk, store, "url", -1,
                   "rediss:// is not possible: hiredis 0.14 has no TLS; use a private network or a TLS proxy");
    else if (strchr(url, '@'))
        walk_wrong(walk, store, "url", -1,
                   "an address must not hold a password: it belongs in store.username and store.password");
    else if (strncmp(url, "unix://", 7) == 0 ? url[7] != '/' : !is_url(url, schemes))
        walk_wrong(walk, store, "url", -1,
                   "expected embedded, redis://HOST:PORT/DB, unix:///PATH or sentinel://H1,H2/MASTER");
    else if (strncmp(url, "sentinel://", 11) == 0 && !strchr(url + 11, '/'))
        walk_wrong(walk, store, "url", -1, "expected the master's name after the sentinels: sentinel://H1,H2/MASTER");
    else if (strncmp(url, "sentinel://", 11) == 0 && store->replicas == 0 && !walk_is_unread(walk, store, "replicas"))
        walk_wrong(
            walk, store, "replicas", -1,
            "sentinels need store.replicas: with the master more than half of the nodes, else a failover loses what was "
            "acknowledged");
}

/* What nobody would ever use is a mistake, and mostly one about whose password it is. */
static void check_sentinels(struct walk *walk, const struct store_settings *store)
{
    bool has_sentinels = store->url && strncmp(store->url, "sentinel://", 11) == 0;

    if (store->sentinel_password && !has_sentinels && !walk_is_unread(walk, store, "url"))
        walk_wrong(walk, store, "sentinel_password", -1,
                   "only sentinels are asked with it, and store.url names none; that of Redis is store.password");
    if (store->sentinel_username && !walk_has(walk, store, "sentinel_password"))
        walk_wrong(walk, store, "sentinel_username", -1, "a user needs store.sentinel_password, too");
}

static void check_store(struct walk *walk, const struct store_settings *store)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    bool is_embedded = store->url && strcmp(store->url, "embedded") == 0 && !walk_is_unread(walk, store, "url");

    check_store_url(walk, store);
    check_sentinels(walk, store);
    if (store->name && strspn(store->name, letters) != strlen(store->name))
        walk_wrong(walk, store, "name", -1, "expected letters, digits, '-' and '_'");
    if (is_embedded && store->replicas > 0)
        walk_wrong(walk, store, "replicas", -1, "contradicts store.url: the embedded store has no replicas");
    if (is_embedded && (store->password || store->username))
        walk_wrong(walk, store, store->password ? "password" : "username", -1,
                   "contradicts store.url: the embedded store is private and has no users");
}

/* ---- Slack, tokens ---- */

static bool is_id(const char *text, const char *first)
{
    return text[0] && strchr(first, text[0]) && text[1] &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
}

void check_channel(struct walk *walk, const void *owner, const char *key, const char *channel)
{
    if (channel && channel[0] != '#' && !is_id(channel, "CG"))
        walk_wrong(walk, owner, key, -1, "expected a channel such as \"#deployments\" (in quotes), or its id C...");
}

static void check_slack(struct walk *walk, const struct slack_settings *slack)
{
    check_channel(walk, &slack->channels, "deployments", slack->channels.deployments);
    check_channel(walk, &slack->channels, "incidents", slack->channels.incidents);
    check_channel(walk, &slack->channels, "alerts", slack->channels.alerts);
    check_channel(walk, &slack->channels, "oncall", slack->channels.oncall);
    if (walk_has(walk, slack, "") && !walk_has(walk, slack, "signing_secrets") && !walk_has(walk, slack, "socket_mode"))
        walk_wrong(walk, slack, "", -1,
                   "missing key 'signing_secrets' or 'socket_mode': one of them says how Slack reaches opsgate");
    if (slack->team && !is_id(slack->team, "TE"))
        walk_wrong(walk, slack, "team", -1, "expected the id of a workspace, T...");
}

/* Whoever sends a secret that two tokens have counts as the first of them. */
static void warn_of_shared_secret(struct walk *walk, const struct api_settings *api, const struct api_token *token)
{
    for (const struct api_token *other = api->tokens; token->secret && other < token; other++)
        if (other->name && other->secret && strcmp(other->secret, token->secret) == 0) {
            walk_warn(walk, token, "secret", -1,
                      "it is that of token '%.63s', too: whoever sends it counts as '%.63s'. Each needs its own",
                      other->name, other->name);
            return;
        }
}

static void check_tokens(struct walk *walk, const struct api_settings *api)
{
    struct name_list seen = { 0 };

    for (size_t i = 0; i < api->tokens_count; i++) {
        check_name(walk, &api->tokens[i], "token", api->tokens[i].name, &seen);
        warn_of_shared_secret(walk, api, &api->tokens[i]);
    }
}

static void check_paths(struct walk *walk, const struct settings *settings)
{
    if (settings->data_dir && settings->data_dir[0] != '/')
        walk_wrong(walk, settings, "data_dir", -1, "expected an absolute path");
    if (settings->local_socket && settings->local_socket[0] != '/')
        walk_wrong(walk, settings, "local_socket", -1, "expected an absolute path");
}

/* As http_intake.c has it: a part of all bodies is kept for small ones, and one that does not fit beside them never
 * will. */
static void check_limits(struct walk *walk, const struct settings *settings)
{
    int64_t large = settings->limits.bodies_max_bytes - settings->limits.bodies_max_bytes / HTTP_SMALL_SHARE;

    if (settings->github && settings->github->webhook_secrets_count > 0 && large < GITHUB_WEBHOOK_BODY_MAX_BYTES)
        walk_warn(walk, &settings->limits, "bodies_max", -1,
                  "GitHub may send %d MiB at once, and there is room for %" PRId64
                  " KiB of large bodies: such a delivery would always get 503; 34MiB are enough",
                  GITHUB_WEBHOOK_BODY_MAX_BYTES >> 20, large >> 10);
}

void check_systems(struct walk *walk, const struct settings *settings)
{
    check_listen(walk, settings);
    check_paths(walk, settings);
    check_addresses(walk, settings);
    check_senders(walk, settings);
    check_limits(walk, settings);
    check_all_credentials(walk, settings);
    check_store(walk, &settings->store);
    check_slack(walk, &settings->slack);
    check_tokens(walk, &settings->api);
}
