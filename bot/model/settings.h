/* settings.h - what a person has written down about their world: the whole configuration, typed.
 *
 * One row per key (settings*.c): the row is the check, the default and the reference page. bot/configuration/configuration.h reads a
 * file into it. Everything is borrowed from the configuration's arena, and nothing changes after it was read: a reload
 * makes new settings. A NULL section was not configured.
 */
#ifndef OPSGATE_MODEL_SETTINGS_H
#define OPSGATE_MODEL_SETTINGS_H

#include "bot/model/settings_audit.h"
#include "bot/model/settings_dashboard.h"
#include "bot/model/settings_incident.h"
#include "bot/model/settings_maintenance.h"
#include "bot/model/settings_policy.h"
#include "bot/model/settings_protection.h"
#include "bot/model/settings_service.h"

/* ---- opsgate itself ---- */

enum settings_log_level { SETTINGS_LOG_DEBUG, SETTINGS_LOG_INFO, SETTINGS_LOG_WARN, SETTINGS_LOG_ERROR };
enum ephemeral { EPHEMERAL_REFUSED, EPHEMERAL_ACCEPTED };

struct store_settings {
    const char *url;  /* "embedded", "redis://host:6379/0", "unix:///run/redis.sock", "sentinel://h1,h2/master" */
    const char *name; /* keys are og:{NAME}:... */
    const char *username, *password; /* secret */
    const char *sentinel_username, *sentinel_password; /* secret; of the sentinels, which have users of their own */
    int64_t replicas;                /* each accept and commit waits for so many */
    int ephemeral;                   /* enum: is a file system that forgets good enough? */
    int64_t memory_bytes;            /* of the embedded server */
};
struct limits_settings {
    int64_t bodies_max_bytes; /* all bodies held at once */
    int64_t header_max_bytes;
    int64_t connections_max;
    int64_t requests_in_flight;
    int64_t inbox_max; /* high water: further items are refused; the safe direction has its own reserve */
    int64_t request_timeout_ms, answer_timeout_ms, idle_timeout_ms;
    int64_t requests_per_hour; /* of a person or an API token; 0: no limit */
};
struct automation_settings {
    int64_t max_event_age_ms; /* automation never acts on an older event */
    const char *as; /* in whose name it asks: "github-app:12345", "token:releases"; NULL: the App's */
};
struct api_token {
    const char *name;   /* "token:NAME" in roles */
    const char *secret; /* secret */
};
struct api_settings {
    struct api_token *tokens;
    size_t tokens_count;
};

/* ---- systems around it ---- */

struct socket_mode_settings {
    const char *app_token; /* secret */
    int64_t connections;   /* 1 to 10 */
};
struct channels_settings {
    const char *deployments, *incidents, *alerts, *oncall; /* "#name" or an id */
};
struct slack_settings {
    const char *api_url;          /* "https://slack.com/api" */
    const char *bot_token;        /* secret */
    const char **signing_secrets; /* secret; any of them is good */
    size_t signing_secrets_count;
    int64_t request_max_age_ms;
    const char *team; /* "T012AB3CD"; NULL: not named */
    const struct socket_mode_settings *socket_mode;
    struct channels_settings channels;
};
struct github_app {
    int64_t id;
    const char *private_key; /* secret, PEM */
};
struct github_hook { /* one of a repository, or of an organisation */
    int line;
    const char *repository;   /* "acme/platform": its hook; of an organisation's, one that opsgate may see */
    const char *organization; /* "acme"; NULL: it is a repository's */
    int64_t id;
};
struct github_settings {
    const char *api_url;
    const char **webhook_secrets; /* secret */
    size_t webhook_secrets_count;
    const char **allow_from; /* ranges of addresses; none: anybody's */
    size_t allow_from_count;
    const struct github_app *app;
    const char *token; /* secret; in place of an App */
    struct github_hook *hooks; /* whose logs are read; none: the App's own */
    size_t hooks_count;
    int64_t catch_up_ms; /* so often */
};
struct pagerduty_settings {
    const char *api_url, *events_url;
    const char **webhook_secrets; /* secret */
    size_t webhook_secrets_count;
    const char **allow_from; /* ranges of addresses; none: anybody's */
    size_t allow_from_count;
    const char *api_token; /* secret */
    const char *from;      /* the e-mail that changes are made as */
    const char **subscriptions; /* ids of the webhook subscriptions that lead here */
    size_t subscriptions_count;
    int64_t watch_ms; /* so often they are looked at */
};
struct alertmanager_settings {
    const char **tokens; /* secret; bearer tokens it may come with */
    size_t tokens_count;
    const char **allow_from; /* ranges of addresses; none: anybody's */
    size_t allow_from_count;
};
struct google_settings {
    const char *credentials; /* "metadata", or the path of a service account's key file */
    const char *run_url, *sqladmin_url, *redis_url, *compute_url, *monitoring_url, *logging_url, *token_url,
        *metadata_url;
};
struct registry_settings {
    const char *url; /* NULL: https and the image's own host */
};
struct metrics_settings {
    bool enabled;           /* of opsgate itself: GET /metrics */
    const char *prometheus; /* where rollouts are judged from, or NULL */
    bool google_cloud_monitoring;
    int64_t lag_ms; /* 0: settings_metrics_lag_ms says */
};
bool settings_has_metrics(const struct metrics_settings *metrics);       /* is there a source to judge from? */
int64_t settings_metrics_lag_ms(const struct metrics_settings *metrics); /* how late it is */
struct links_settings { /* addresses for people */
    const char *operation; /* {operation} is filled in: "https://logs.example/opsgate?q={operation}"; or NULL */
};
struct statuspage_settings {
    const char *api_url, *page;
    const char *api_token;         /* secret */
    struct shape_pair *components; /* service or service/environment -> component id */
    size_t components_count;
    const char *title, *opening, *resolved, *reopened; /* what the public reads; no opening: nothing until a person says it */
    int component_status;                              /* of statuspage_component_statuses */
};
extern const char *const statuspage_component_statuses[];
struct smtp_settings {
    const char *url, *from, *username;
    const char *password; /* secret */
};
struct heartbeat_settings {
    const char *url; /* secret: whoever knows it can pretend that opsgate lives */
    int64_t every_ms;
};
struct recovery_settings {
    int64_t self_test_ms;  /* so often the credentials are tried; 0: never, which no file can say */
    const char **mail_to;  /* who is paged by mail as well */
    size_t mail_to_count;
};
struct person_settings { /* one person in all systems; whichever are known */
    int line;
    const char *name, *slack, *github, *pagerduty, *local, *email;
};

/* ---- all of it ---- */

struct settings {
    const char *file; /* the file's name for people: rules are told as "opsgate.yaml:12"; set by who read it */
    const char *listen;
    const char **trusted_proxies; /* ranges of addresses */
    size_t trusted_proxies_count;
    const char *local_socket; /* of `opsgate run`; NULL: opsgate.sock in data_dir */
    const char *local_socket_group; /* whose members may connect to it; NULL: only our own user and root */
    const char *data_dir;
    int log_level; /* enum settings_log_level */
    int64_t health_check_timeout_ms, graceful_shutdown_timeout_ms;
    struct store_settings store;
    struct limits_settings limits;
    struct slack_settings slack;
    const struct github_settings *github;
    const struct pagerduty_settings *pagerduty;
    const struct alertmanager_settings *alertmanager;
    struct google_settings google;
    struct registry_settings registry;
    struct metrics_settings metrics;
    struct links_settings links;
    const struct statuspage_settings *statuspage;
    const struct smtp_settings *smtp;
    const struct heartbeat_settings *heartbeat;
    struct recovery_settings recovery;
    struct api_settings api;
    struct dashboard_settings dashboard;
    struct automation_settings automation;
    struct person_settings *people;
    size_t people_count;
    struct service_settings *services;
    size_t services_count;
    struct database_settings *databases;
    size_t databases_count;
    struct protection_settings *protections;
    size_t protections_count;
    struct policy_settings policy;
    const struct incidents_settings *incidents;
    struct runbook_settings *runbooks;
    size_t runbooks_count;
    struct maintenance_settings maintenance;
    struct audit_settings audit;
    struct retention_settings retention;
};
extern const struct shape settings_shape;

/* All NULL when there is no such thing; names are exact. */
const struct service_settings *settings_find_service(const struct settings *settings, const char *name);
const struct environment_settings *settings_find_environment(const struct service_settings *service, const char *name);
const struct database_settings *settings_find_database(const struct settings *settings, const char *name);
/* With which PagerDuty is told of a change of that target ("api/production", its region, a database): secret. NULL: it is not. */
const char *settings_change_event_key(const struct settings *settings, const char *target);
const struct protection_settings *settings_find_protection(const struct settings *settings, const char *name);
const struct role_settings *settings_find_role(const struct settings *settings, const char *name);
const struct severity_settings *settings_find_severity(const struct settings *settings, const char *name);
const struct runbook_settings *settings_find_runbook(const struct settings *settings, const char *name);
const struct runbook_settings *settings_find_rotating(const struct settings *settings, const char *secret);
/* The database that this runbook fails over; or NULL. */
const struct database_settings *settings_find_failed_over(const struct settings *settings,
                                                          const struct runbook_settings *runbook);

/* "api/production", as targets are called ("api/production/us-east1" for a region of several); and back: both NULL and false when no target is called so. */
const char *settings_target_name(const struct service_settings *service, const struct environment_settings *environment,
                                 struct arena *arena);
bool settings_find_target(const struct settings *settings, const char *target,
                          const struct service_settings **ret_service,
                          const struct environment_settings **ret_environment);

/* The service's labels and the environment's together, the latter winning; `environment` may be NULL. */
struct label_list {
    struct shape_pair *labels;
    size_t labels_count;
};
struct label_list settings_labels(const struct service_settings *service,
                                  const struct environment_settings *environment, struct arena *arena);

/* How a revision's health is asked for there, with every default filled in. */
struct health_settings settings_health(const struct settings *settings, const struct service_settings *service,
                                       const struct environment_settings *environment);

/* "metadata", or the key file that an environment in this project of Google's has of its own; NULL: the common one. */
const char *settings_google_of(const struct settings *settings, const char *project);

/* "us-docker.pkg.dev/acme/images/api:v1.4.2" out of the artifact's pattern; NULL when the service has no artifact. */
const char *settings_image(const struct service_settings *service, const char *version, struct arena *arena);

/* The path of `opsgate run`'s socket. */
const char *settings_local_socket(const struct settings *settings, struct arena *arena);

#endif
