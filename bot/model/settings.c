#include "bot/model/settings.h"

#include "bot/model/cloud_run.h"

#include <string.h>

#define DAYS_MS(n) ((n)*24 * 3600 * INT64_C(1000))
#define MIB (INT64_C(1024) * 1024)
#define GIB (1024 * MIB)
#define URL_MAX 500
#define SECRET_MAX 20000

/* ---- opsgate itself ---- */

static const char *const log_level_names[] = { "debug", "info", "warn", "error", NULL };
static const char *const ephemeral_names[] = { "refused", "accepted", NULL };

static const struct shape_field store_rows[] = {
    ROW_STRING(store_settings, url, .otherwise = "embedded", .min = 1, .max = URL_MAX,
               .about = "embedded, redis://HOST:PORT/DB, unix:///PATH or sentinel://H1:PORT,H2:PORT/MASTER"),
    ROW_STRING(store_settings, name, .otherwise = "default", .min = 1, .max = 63,
               .about = "keys begin with og:{NAME}:"),
    ROW_STRING(store_settings, username, .min = 1, .max = 200, .about = "of Redis, when it has users"),
    ROW_STRING(store_settings, password, .flags = SHAPE_SECRET, .min = 1, .max = SECRET_MAX, .about = "of Redis"),
    ROW_STRING(store_settings, sentinel_username, .min = 1, .max = 100, .about = "of the sentinels, when they have users"),
    ROW_STRING(store_settings, sentinel_password, .flags = SHAPE_SECRET, .min = 1, .max = 255,
               .about = "of the sentinels (their `requirepass`): they have one of their own, not that of Redis"),
    ROW_INT(store_settings, replicas, .otherwise = "0", .max = 10,
            .about = "what is accepted is on so many replicas first; with sentinels: with the master more than half of the nodes"),
    ROW_ENUM(
        store_settings, ephemeral, ephemeral_names, .otherwise = "refused",
        .about =
            "accepted: an embedded store may live on tmpfs or overlay, and a Redis of yours may keep no append-only file"),
    ROW_BYTES(store_settings, memory, .otherwise = "256MiB", .min = 16 * MIB, .max = 64 * GIB,
              .about = "of the embedded server"),
};
static const struct shape store_shape = SHAPE("the store", store_settings, store_rows);

static const struct shape_field limits_rows[] = {
    ROW_BYTES(limits_settings, bodies_max, .otherwise = "64MiB", .min = MIB, .max = 4 * GIB,
              .about = "bodies held at once; then 503. A quarter of it is for bodies up to 64 KiB: one of GitHub's "
                       "largest, 25 MiB, wants 34 MiB. How large one may be, its sender says: more get 413. Resident memory "
                       "stays below this, 32 MiB, and four times the one large webhook that is being read, together"),
    ROW_BYTES(limits_settings, header_max, .otherwise = "16KiB", .min = 1024, .max = MIB,
              .about = "larger headers get 431"),
    ROW_INT(limits_settings, connections_max, .otherwise = "1024", .min = 1, .max = 100000,
            .about = "further ones are closed"),
    ROW_INT(limits_settings, requests_in_flight, .otherwise = "512", .min = 1, .max = 100000,
            .about = "further ones get 503. Webhooks and Slack's events leave an eighth of it, at least 4 and at most half, to "
                     "people: Slack's commands and buttons, and the local socket"),
    ROW_INT(limits_settings, inbox_max, .otherwise = "10000", .min = 10, .max = 10000000,
            .about = "items that wait; the safe direction has its own reserve"),
    ROW_MS(limits_settings, request_timeout, .otherwise = "10s", .min = 100, .max = 600000,
           .about = "to send a whole request"),
    ROW_MS(limits_settings, answer_timeout, .otherwise = "30s", .min = 100, .max = 600000, .about = "to be answered"),
    ROW_MS(limits_settings, idle_timeout, .otherwise = "75s", .min = 1000, .max = 3600000,
           .about = "between two requests of a connection"),
    ROW_INT(limits_settings, requests_per_hour, .otherwise = "0", .max = 1000000,
            .about = "of one person, or of one token at /api/v1/, at each instance; never of verified senders or in the safe "
                     "direction; 0: no limit"),
};
static const struct shape limits_shape = SHAPE("limits", limits_settings, limits_rows);

static const struct shape_field automation_rows[] = {
    ROW_MS(automation_settings, max_event_age, .otherwise = "1h", .min = 1000, .max = DAYS_MS(30),
           .about = "automation never acts on an older event"),
    ROW_STRING(automation_settings, as, .min = 3, .max = 120,
               .about = "in whose name releases roll out, for policy: github-app:ID or token:NAME; without it, the App's"),
};
static const struct shape automation_shape = SHAPE("automation", automation_settings, automation_rows);

static const struct shape_field api_token_rows[] = {
    ROW_STRING(api_token, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "token:NAME in roles"),
    ROW_STRING(api_token, secret, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 16, .max = SECRET_MAX,
               .about = "the bearer token"),
};
static const struct shape api_token_shape = SHAPE("a token", api_token, api_token_rows);

static const struct shape_field api_rows[] = {
    ROW_OBJECTS(api_settings, tokens, &api_token_shape, .max = 1000,
                .about = "programs that use /api/v1 (docs/api.md), as token:NAME in rules; and read /health/detailed"),
};
static const struct shape api_shape = SHAPE("the API", api_settings, api_rows);

/* ---- systems around it ---- */

static const struct shape_field socket_mode_rows[] = {
    ROW_STRING(socket_mode_settings, app_token, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "xapp token with connections:write"),
    ROW_INT(socket_mode_settings, connections, .otherwise = "2", .min = 1, .max = 10,
            .about = "kept open at once; Slack sends each payload to one of them"),
};
static const struct shape socket_mode_shape = SHAPE("Socket Mode", socket_mode_settings, socket_mode_rows);

static const struct shape_field channels_rows[] = {
    ROW_STRING(channels_settings, deployments, .otherwise = "#deployments", .min = 2, .max = 81,
               .about = "cards of rollouts"),
    ROW_STRING(channels_settings, incidents, .otherwise = "#incidents", .min = 2, .max = 81,
               .about = "cards of incidents"),
    ROW_STRING(channels_settings, alerts, .otherwise = "#alerts", .min = 2, .max = 81, .about = "what needs a look"),
    ROW_STRING(channels_settings, oncall, .otherwise = "#oncall-alerts", .min = 2, .max = 81,
               .about = "what pages somebody"),
};
static const struct shape channels_shape = SHAPE("channels", channels_settings, channels_rows);

static const struct shape_field slack_rows[] = {
    ROW_STRING(slack_settings, api_url, .otherwise = "https://slack.com/api", .min = 1, .max = URL_MAX,
               .about = "Slack's Web API"),
    ROW_STRING(slack_settings, bot_token, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "xoxb token the bot speaks with"),
    ROW_STRINGS(slack_settings, signing_secrets, .flags = SHAPE_SECRET | SHAPE_ONE_OR_MANY, .min = 1, .max = 5,
                .about = "several while one is replaced; not needed with socket_mode"),
    ROW_MS(slack_settings, request_max_age, .otherwise = "5m", .min = 1000, .max = 3600000,
           .about = "older signed requests are refused"),
    ROW_STRING(slack_settings, team, .min = 2, .max = 30,
               .about = "id of the workspace, T...: its members are `everyone`"),
    ROW_OPTION(slack_settings, socket_mode, &socket_mode_shape,
               .about = "Slack's events, commands and buttons by connections of our own: no public address needed"),
    ROW_OBJECT(slack_settings, channels, &channels_shape, .about = "#name or id"),
};
static const struct shape slack_shape = SHAPE("Slack", slack_settings, slack_rows);

static const struct shape_field github_app_rows[] = {
    ROW_INT(github_app, id, .flags = SHAPE_REQUIRED, .min = 1, .max = INT64_C(1) << 53,
            .about = "id of the GitHub App"),
    ROW_STRING(github_app, private_key, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "PEM"),
};
static const struct shape github_app_shape = SHAPE("a GitHub App", github_app, github_app_rows);

static const struct shape_field github_hook_rows[] = {
    ROW_LINE(github_hook, line),
    ROW_STRING(github_hook, repository, .flags = SHAPE_REQUIRED, .min = 3, .max = 140,
               .about = "OWNER/NAME; of an organisation's hook, one that opsgate may see"),
    ROW_STRING(github_hook, organization, .min = 1, .max = 39, .about = "whose hook it is, when it is no repository's"),
    ROW_INT(github_hook, id, .flags = SHAPE_REQUIRED, .min = 1, .max = INT64_C(1) << 53,
            .about = "the number at the end of the address of the hook's settings"),
};
static const struct shape github_hook_shape = SHAPE("a hook", github_hook, github_hook_rows);

static const struct shape_field github_rows[] = {
    ROW_STRING(github_settings, api_url, .otherwise = "https://api.github.com", .min = 1, .max = URL_MAX,
               .about = "or GitHub Enterprise"),
    ROW_STRINGS(github_settings, webhook_secrets, .flags = SHAPE_SECRET | SHAPE_ONE_OR_MANY, .max = 5,
                .about = "several while one is replaced; without one no webhook is taken"),
    ROW_STRINGS(github_settings, allow_from, .flags = SHAPE_ONE_OR_MANY, .max = 100,
                .about = "addresses that its webhooks may come from, such as 192.30.252.0/22; without one, any"),
    ROW_OPTION(github_settings, app, &github_app_shape, .about = "who opsgate is on GitHub"),
    ROW_STRING(github_settings, token, .flags = SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "a personal access token, in place of an App"),
    ROW_OBJECTS(github_settings, hooks, &github_hook_shape, .max = 20,
                .about = "whose logs tell what did not come; without one, the App's own"),
    ROW_MS(github_settings, catch_up, .otherwise = "5m", .min = 1000, .max = DAYS_MS(1),
           .about = "how often those logs are read"),
};
static const struct shape github_shape = SHAPE("GitHub", github_settings, github_rows);

static const struct shape_field pagerduty_rows[] = {
    ROW_STRING(pagerduty_settings, api_url, .otherwise = "https://api.pagerduty.com", .min = 1,
               .max = URL_MAX, .about = "REST API"),
    ROW_STRING(pagerduty_settings, events_url, .flags = SHAPE_LATER, .otherwise = "https://events.pagerduty.com", .min = 1,
               .max = URL_MAX, .about = "Events API"),
    ROW_STRINGS(pagerduty_settings, webhook_secrets, .flags = SHAPE_REQUIRED | SHAPE_SECRET | SHAPE_ONE_OR_MANY,
                .min = 1, .max = 10, .about = "one of each subscription, and several while one is replaced"),
    ROW_STRINGS(pagerduty_settings, allow_from, .flags = SHAPE_ONE_OR_MANY, .max = 100,
                .about = "addresses that its webhooks may come from, such as 192.0.2.0/24; without one, any"),
    ROW_STRING(pagerduty_settings, api_token, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "REST API key"),
    ROW_STRING(pagerduty_settings, from, .flags = SHAPE_REQUIRED, .min = 3, .max = 254,
               .about = "e-mail of the user changes are made as"),
    ROW_STRINGS(pagerduty_settings, subscriptions, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "ids of the webhook subscriptions that lead here: one that PagerDuty silenced is enabled again"),
    ROW_MS(pagerduty_settings, watch, .otherwise = "5m", .min = 1000, .max = DAYS_MS(1),
           .about = "how often they are looked at"),
};
static const struct shape pagerduty_shape = SHAPE("PagerDuty", pagerduty_settings, pagerduty_rows);

static const struct shape_field alertmanager_rows[] = {
    ROW_STRINGS(alertmanager_settings, tokens, .flags = SHAPE_REQUIRED | SHAPE_SECRET | SHAPE_ONE_OR_MANY, .min = 1,
                .max = 5, .about = "bearer tokens its webhook may come with"),
    ROW_STRINGS(alertmanager_settings, allow_from, .flags = SHAPE_ONE_OR_MANY, .max = 100,
                .about = "addresses that its webhooks may come from, such as 10.0.0.0/8; without one, any"),
};
static const struct shape alertmanager_shape = SHAPE("Alertmanager", alertmanager_settings, alertmanager_rows);

static const struct shape_field google_rows[] = {
    ROW_STRING(google_settings, credentials, .otherwise = "metadata", .min = 1, .max = URL_MAX,
               .about = "metadata (of the machine it runs on), or the path of a service account's key file"),
    ROW_STRING(google_settings, run_url, .otherwise = "https://run.googleapis.com", .min = 1, .max = URL_MAX,
               .about = "Cloud Run"),
    ROW_STRING(google_settings, sqladmin_url, .otherwise = "https://sqladmin.googleapis.com",
               .min = 1, .max = URL_MAX, .about = "Cloud SQL"),
    ROW_STRING(google_settings, redis_url, .otherwise = "https://redis.googleapis.com", .min = 1,
               .max = URL_MAX, .about = "Memorystore"),
    ROW_STRING(google_settings, compute_url, .otherwise = "https://compute.googleapis.com",
               .min = 1, .max = URL_MAX, .about = "Compute Engine, for Cloud Armor"),
    ROW_STRING(google_settings, monitoring_url, .otherwise = "https://monitoring.googleapis.com",
               .min = 1, .max = URL_MAX, .about = "Cloud Monitoring"),
    ROW_STRING(google_settings, logging_url, .otherwise = "https://logging.googleapis.com",
               .min = 1, .max = URL_MAX, .about = "Cloud Logging"),
    ROW_STRING(google_settings, token_url, .otherwise = "https://oauth2.googleapis.com/token", .min = 1, .max = URL_MAX,
               .about = "where a service account gets its access tokens"),
    ROW_STRING(google_settings, metadata_url, .otherwise = "http://metadata.google.internal", .min = 1, .max = URL_MAX,
               .about = "the metadata server"),
};
static const struct shape google_shape = SHAPE("Google Cloud", google_settings, google_rows);

static const struct shape_field registry_rows[] = {
    ROW_STRING(registry_settings, url, .min = 1, .max = URL_MAX, .about = "in place of https and the image's own host"),
};
static const struct shape registry_shape = SHAPE("the registry", registry_settings, registry_rows);

static const struct shape_field metrics_rows[] = {
    ROW_BOOL(metrics_settings, enabled, .otherwise = "true", .about = "opsgate's own, at /metrics"),
    ROW_STRING(metrics_settings, prometheus, .min = 1, .max = URL_MAX, .about = "rollouts are judged from it"),
    ROW_BOOL(metrics_settings, google_cloud_monitoring,
             .about = "rollouts are judged from Cloud Monitoring instead: Cloud Run's own requests and latencies, by the minute"),
    ROW_MS(metrics_settings, lag, .max = 3600 * 1000,
           .about = "so late the source knows what happened; what is later is not asked for. Left out: 4m for Cloud Monitoring, else none"),
};
static const struct shape metrics_shape = SHAPE("metrics", metrics_settings, metrics_rows);

static const struct shape_field links_rows[] = {
    ROW_STRING(links_settings, operation, .min = 1, .max = URL_MAX,
               .about = "of an operation's log, with {operation} for its id, such as D1042: where GitHub's deployments lead; "
                        "else to its run on GitHub, or the channel in Slack"),
};
static const struct shape links_shape = SHAPE("links", links_settings, links_rows);

const char *const statuspage_component_statuses[] = { "degraded_performance", "partial_outage", "major_outage", NULL };

static const struct shape_field statuspage_rows[] = {
    ROW_STRING(statuspage_settings, api_url, .otherwise = "https://api.statuspage.io", .min = 1, .max = URL_MAX,
               .about = "Statuspage's API"),
    ROW_STRING(statuspage_settings, page, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "id of the page"),
    ROW_STRING(statuspage_settings, api_token, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "its API key"),
    ROW_MAP(statuspage_settings, components, .max = 200,
            .about = "service, service/environment or database: id of its component"),
    ROW_ENUM(statuspage_settings, component_status, statuspage_component_statuses, .otherwise = "degraded_performance",
             .about = "what a component is as long as an incident affects it"),
    ROW_STRING(statuspage_settings, title, .otherwise = "Service disruption", .min = 1, .max = 255,
               .about = "what the public reads as the title of any incident"),
    ROW_STRING(statuspage_settings, opening, .min = 1, .max = 1500,
               .about = "what it reads once one is open; without it, nothing until somebody says it"),
    ROW_STRING(statuspage_settings, resolved, .otherwise = "This is resolved.", .min = 1, .max = 1500,
               .about = "what it reads when one is resolved"),
    ROW_STRING(statuspage_settings, reopened, .otherwise = "The problem is back. We are investigating.", .min = 1,
               .max = 1500, .about = "what it reads when one is open again"),
};
static const struct shape statuspage_shape = SHAPE("Statuspage", statuspage_settings, statuspage_rows);

static const struct shape_field smtp_rows[] = {
    ROW_STRING(smtp_settings, url, .flags = SHAPE_REQUIRED, .min = 1, .max = URL_MAX,
               .about = "smtp://HOST:587, with STARTTLS; or smtps://HOST:465, TLS at once"),
    ROW_STRING(smtp_settings, from, .flags = SHAPE_REQUIRED, .min = 3, .max = 254, .about = "sender's address"),
    ROW_STRING(smtp_settings, username, .min = 1, .max = 254, .about = "when the server asks for it"),
    ROW_STRING(smtp_settings, password, .flags = SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "of that user; it is sent inside TLS only, but to this machine itself"),
};
static const struct shape smtp_shape = SHAPE("mail", smtp_settings, smtp_rows);

static const struct shape_field heartbeat_rows[] = {
    ROW_STRING(heartbeat_settings, url, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = URL_MAX,
               .about = "called with an empty POST as long as opsgate decides: of a service that pages you when it is missed"),
    ROW_MS(heartbeat_settings, every, .otherwise = "1m", .min = 10000, .max = 3600000,
           .about = "between two of them; that service should wait for three or more"),
};
static const struct shape heartbeat_shape = SHAPE("the heartbeat", heartbeat_settings, heartbeat_rows);

static const struct shape_field recovery_rows[] = {
    ROW_MS(recovery_settings, self_test, .otherwise = "1h", .min = 60000, .max = DAYS_MS(1),
           .about = "so often each credential is tried; one that is bad twice in a row is told, and pages"),
    ROW_STRINGS(recovery_settings, mail_to, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "addresses that are paged by mail as well as in slack.channels.oncall: it may be Slack that is lost"),
};
static const struct shape recovery_shape = SHAPE("recovery", recovery_settings, recovery_rows);

static const struct shape_field person_rows[] = {
    ROW_LINE(person_settings, line),
    ROW_STRING(person_settings, name, .min = 1, .max = 100, .about = "for people; decides nothing"),
    ROW_STRING(person_settings, slack, .min = 2, .max = 30, .about = "user id, U..."),
    ROW_STRING(person_settings, github, .min = 1, .max = 39, .about = "login"),
    ROW_STRING(person_settings, pagerduty, .min = 2, .max = 30, .about = "user id, P..."),
    ROW_STRING(person_settings, local, .min = 1, .max = 32, .about = "user on the machine, for opsgate run"),
    ROW_STRING(person_settings, email, .min = 3, .max = 254,
               .about = "whoever PagerDuty tells with this address is them, when an incident calls who is on call"),
};
static const struct shape person_shape = SHAPE("a person", person_settings, person_rows);

/* ---- all of it ---- */

static const struct shape_field rows[] = {
    ROW_STRING(settings, listen, .otherwise = "127.0.0.1:8080", .min = 2, .max = 200,
               .about = "HOST:PORT, [V6]:PORT or a path; HOST empty: all addresses. PORT overrides the port"),
    ROW_STRINGS(settings, trusted_proxies, .flags = SHAPE_ONE_OR_MANY, .max = 100,
                .about = "addresses of proxies before opsgate, such as 10.0.0.0/8: their X-Forwarded-For is believed"),
    ROW_STRING(settings, local_socket, .min = 2, .max = 100,
               .about = "path of the socket of `opsgate run`; else opsgate.sock in data_dir"),
    ROW_STRING(settings, local_socket_group, .min = 1, .max = 32,
               .about = "its members may use `opsgate run`; else only opsgate's own user and root"),
    ROW_STRING(settings, data_dir, .otherwise = "/var/lib/opsgate", .min = 1, .max = 200,
               .about = "what opsgate keeps on this machine"),
    ROW_ENUM(settings, log_level, log_level_names, .otherwise = "info", .about = "LOG_LEVEL overrides it"),
    ROW_MS(settings, health_check_timeout, .otherwise = "5s", .min = 100, .max = HEALTH_TIMEOUT_MAX_MS,
           .about = "of one health check. HEALTH_CHECK_TIMEOUT (seconds) overrides it"),
    ROW_MS(settings, graceful_shutdown_timeout, .otherwise = "8s", .min = 0, .max = 3600000,
           .about = "to end in order: Cloud Run kills after 10 s. GRACEFUL_SHUTDOWN_TIMEOUT (seconds) overrides it"),
    ROW_OBJECT(settings, store, &store_shape, .about = "where everything is kept"),
    ROW_OBJECT(settings, limits, &limits_shape, .about = "what is refused when too much comes"),
    ROW_OBJECT(settings, slack, &slack_shape, .flags = SHAPE_REQUIRED, .about = "the workspace"),
    ROW_OPTION(settings, github, &github_shape, .about = "commits, releases, workflows"),
    ROW_OPTION(settings, pagerduty, &pagerduty_shape, .about = "incidents and who is on call"),
    ROW_OPTION(settings, alertmanager, &alertmanager_shape, .about = "alerts"),
    ROW_OBJECT(settings, google, &google_shape, .about = "Google Cloud"),
    ROW_OBJECT(settings, registry, &registry_shape, .about = "where tags are resolved to digests"),
    ROW_OBJECT(settings, metrics, &metrics_shape, .about = "opsgate's own, and those that rollouts are judged by"),
    ROW_OBJECT(settings, links, &links_shape, .about = "addresses for people"),
    ROW_OPTION(settings, statuspage, &statuspage_shape, .about = "the public status page"),
    ROW_OPTION(settings, smtp, &smtp_shape, .about = "mail"),
    ROW_OPTION(settings, heartbeat, &heartbeat_shape, .about = "so that a dead opsgate is noticed"),
    ROW_OBJECT(settings, recovery, &recovery_shape, .about = "how a loss that only a person can mend is noticed"),
    ROW_OBJECT(settings, api, &api_shape, .about = "programs that ask"),
    ROW_OBJECT(settings, dashboard, &dashboard_settings_shape, .about = "the page at /, and who signs in there"),
    ROW_OBJECT(settings, automation, &automation_shape, .about = "what happens without being asked"),
    ROW_OBJECTS(settings, people, &person_shape, .max = 10000, .about = "who is who across the systems"),
    ROW_OBJECTS(settings, services, &service_settings_shape, .max = 1000, .about = "what is deployed"),
    ROW_OBJECTS(settings, databases, &database_settings_shape, .max = 1000,
                .about = "what fails over"),
    ROW_OBJECTS(settings, protections, &protection_settings_shape, .max = 100,
                .about = "where addresses are blocked"),
    ROW_OBJECT(settings, policy, &policy_settings_shape, .about = "who may do what"),
    ROW_OPTION(settings, incidents, &incidents_settings_shape, .about = "severities and what opens them"),
    ROW_OBJECTS(settings, runbooks, &runbook_settings_shape, .max = 1000,
                .about = "other procedures"),
    ROW_OBJECT(settings, maintenance, &maintenance_settings_shape, .about = "planned maintenance"),
    ROW_OBJECT(settings, audit, &audit_settings_shape, .about = "the journal's copy, and what proves it"),
    ROW_OBJECT(settings, retention, &retention_settings_shape, .about = "how much is kept, and how long"),
};
const struct shape settings_shape = SHAPE("the configuration", settings, rows);

/* ---- finders ---- */

#define FIND_BY_NAME(list, count, wanted)                                                                              \
    do {                                                                                                               \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            if (text_equal((list)[i_].name, (wanted)))                                                                 \
                return &(list)[i_];                                                                                    \
        return NULL;                                                                                                   \
    } while (0)

const struct service_settings *settings_find_service(const struct settings *settings, const char *name)
{
    FIND_BY_NAME(settings->services, settings->services_count, name);
}

const struct environment_settings *settings_find_environment(const struct service_settings *service, const char *name)
{
    FIND_BY_NAME(service->environments, service->environments_count, name);
}

const struct database_settings *settings_find_database(const struct settings *settings, const char *name)
{
    FIND_BY_NAME(settings->databases, settings->databases_count, name);
}

const struct protection_settings *settings_find_protection(const struct settings *settings, const char *name)
{
    FIND_BY_NAME(settings->protections, settings->protections_count, name);
}

const struct role_settings *settings_find_role(const struct settings *settings, const char *name)
{
    FIND_BY_NAME(settings->policy.roles, settings->policy.roles_count, name);
}

const struct severity_settings *settings_find_severity(const struct settings *settings, const char *name)
{
    const struct incidents_settings *incidents = settings->incidents;

    if (!incidents)
        return NULL;
    FIND_BY_NAME(incidents->severities, incidents->severities_count, name);
}

const struct runbook_settings *settings_find_runbook(const struct settings *settings, const char *name)
{
    FIND_BY_NAME(settings->runbooks, settings->runbooks_count, name);
}

const struct runbook_settings *settings_find_rotating(const struct settings *settings, const char *secret)
{
    for (size_t i = 0; i < settings->runbooks_count; i++)
        if (settings->runbooks[i].rotates && strcmp(settings->runbooks[i].rotates, secret) == 0)
            return &settings->runbooks[i];
    return NULL;
}

const struct database_settings *settings_find_failed_over(const struct settings *settings,
                                                          const struct runbook_settings *runbook)
{
    const struct database_settings *database =
        runbook->target ? settings_find_database(settings, runbook->target) : NULL;
    bool is_its = database && text_equal(runbook->name, database->runbook);

    return is_its ? database : NULL;
}

/* ---- what follows from it ---- */

const char *settings_target_name(const struct service_settings *service, const struct environment_settings *environment,
                                 struct arena *arena)
{
    return arena_printf(arena, "%s/%s", service->name, environment->name);
}

/* "us-east1" of an environment in several regions; nothing of any. */
static bool is_region_of(const struct environment_settings *environment, struct str region)
{
    const struct cloud_run_driver *driver = environment->driver.cloud_run;

    for (size_t i = 0; driver && region.len > 0 && i < driver->regions_count; i++)
        if (str_is(region, driver->regions[i]))
            return true;
    return region.len == 0;
}

bool settings_find_target(const struct settings *settings, const char *target,
                          const struct service_settings **ret_service,
                          const struct environment_settings **ret_environment)
{
    struct str rest = str_of(target), name = str_take_until(&rest, '/'), environment = str_take_until(&rest, '/');
    bool is_well_formed = rest.len > 0 || !str_ends_with(str_of(target), "/");

    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        if (!str_is(name, service->name))
            continue;
        for (size_t k = 0; k < service->environments_count; k++) {
            if (is_well_formed && str_is(environment, service->environments[k].name) && is_region_of(&service->environments[k], rest)) {
                *ret_service = service;
                *ret_environment = &service->environments[k];
                return true;
            }
        }
    }
    return false;
}

static void label_put(struct label_list *list, const struct shape_pair *label, struct arena *arena)
{
    for (size_t i = 0; i < list->labels_count; i++) {
        if (text_equal(list->labels[i].key, label->key)) {
            list->labels[i].value = label->value;
            return;
        }
    }
    *ARENA_PUSH(arena, list->labels, list->labels_count) = *label;
}

struct label_list settings_labels(const struct service_settings *service,
                                  const struct environment_settings *environment, struct arena *arena)
{
    struct label_list list = { NULL, 0 };

    for (size_t i = 0; i < service->labels_count; i++)
        label_put(&list, &service->labels[i], arena);
    for (size_t i = 0; environment && i < environment->labels_count; i++)
        label_put(&list, &environment->labels[i], arena);
    return list;
}

const char *settings_google_of(const struct settings *settings, const char *project)
{
    for (size_t i = 0; project && i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct environment_settings *environment = &settings->services[i].environments[k];
            const struct cloud_run_driver *driver = environment->driver.cloud_run;

            if (environment->google && driver && strcmp(driver->project, project) == 0)
                return environment->google->credentials;
        }
    return NULL;
}

struct health_settings settings_health(const struct settings *settings, const struct service_settings *service,
                                       const struct environment_settings *environment)
{
    struct health_settings health = environment && environment->health ? *environment->health : service->health;

    if (health.timeout_ms == 0)
        health.timeout_ms = settings->health_check_timeout_ms;
    return health;
}

const char *settings_image(const struct service_settings *service, const char *version, struct arena *arena)
{
    static const char placeholder[] = "{version}";
    const char *image = service->artifact ? service->artifact->image : NULL;
    const char *at = image ? strstr(image, placeholder) : NULL;

    if (!image)
        return NULL;
    if (!at)
        return arena_printf(arena, "%s:%s", image, version);
    return arena_printf(arena, "%.*s%s%s", (int)(at - image), image, version, at + sizeof(placeholder) - 1);
}

const char *settings_local_socket(const struct settings *settings, struct arena *arena)
{
    return settings->local_socket ? arena_strdup(arena, settings->local_socket)
                                  : arena_printf(arena, "%s/opsgate.sock", settings->data_dir);
}

#define MONITORING_LAG_MS (4 * 60 * 1000) /* a point of a minute, and what it takes to be seen */

bool settings_has_metrics(const struct metrics_settings *metrics)
{
    return metrics->prometheus || metrics->google_cloud_monitoring;
}

int64_t settings_metrics_lag_ms(const struct metrics_settings *metrics)
{
    if (metrics->lag_ms > 0)
        return metrics->lag_ms;
    return metrics->google_cloud_monitoring ? MONITORING_LAG_MS : 0;
}
