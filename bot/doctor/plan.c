#include "bot/doctor/doctor.h"

#include "bot/base/file.h"
#include "bot/model/armor.h"
#include "bot/model/backup.h"
#include "bot/model/cloud_run.h"
#include "bot/model/database.h"
#include "bot/model/logs.h"
#include "bot/model/membership.h"
#include "integrations/github/doctor.h"
#include "integrations/google/armor.h"
#include "integrations/google/backup.h"
#include "integrations/google/database.h"
#include "integrations/google/doctor.h"
#include "integrations/google/logging.h"
#include "integrations/google/monitoring.h"
#include "integrations/mail/send.h"
#include "integrations/members_doctor.h"
#include "integrations/oidc/doctor.h"
#include "integrations/pagerduty/change_event.h"
#include "integrations/pagerduty/doctor.h"
#include "integrations/prometheus/doctor.h"
#include "integrations/registry/digest.h"
#include "integrations/registry/doctor.h"
#include "integrations/slack/doctor.h"
#include "integrations/statuspage/doctor.h"

#include <string.h>

#define KEY_FILE_MAX_BYTES (64 * 1024)
#define METADATA "metadata"

struct doctor_check *doctor_add(struct doctor *doctor, const char *subject)
{
    struct doctor_check *check = ARENA_PUSH(doctor->arena, doctor->checks, doctor->checks_count);

    *check = (struct doctor_check){ .subject = subject };
    return check;
}

void doctor_add_finding(struct doctor *doctor, struct finding finding)
{
    findings_add(&doctor_add(doctor, finding.subject)->found, doctor->arena, finding);
}

static const struct settings *settings_of(const struct doctor *doctor)
{
    return &doctor->configuration->settings;
}

static const cJSON *keep(const struct doctor *doctor, cJSON *json)
{
    arena_defer(doctor->arena, (void (*)(void *))cJSON_Delete, json);
    return json;
}

static void not_configured(struct doctor *doctor, const char *subject)
{
    doctor_add_finding(doctor, (struct finding){ FINDING_OPEN, subject, "not configured", NULL });
}

static struct doctor_check *add_exchange(struct doctor *doctor, const char *subject, exchange_fn step, cJSON *args)
{
    struct doctor_check *check = doctor_add(doctor, subject);

    check->step = step;
    check->args = keep(doctor, args);
    return check;
}

/* ---- Slack ---- */

static void want_channel(struct doctor *doctor, struct slack_channels_ask *ask, const char *channel)
{
    for (size_t i = 0; channel && i < ask->channels_count; i++)
        if (strcmp(ask->channels[i], channel) == 0)
            return;
    if (channel)
        *ARENA_PUSH(doctor->arena, ask->channels, ask->channels_count) = channel;
}

static void plan_channels(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);
    const struct channels_settings *channels = &settings->slack.channels;
    const char *const all[] = { channels->deployments, channels->incidents, channels->alerts, channels->oncall };
    struct slack_channels_ask ask = { .by_default = doctor->configuration->default_channels,
                                      .by_default_count = doctor->configuration->default_channels_count };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        want_channel(doctor, &ask, all[i]);
    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++)
            want_channel(doctor, &ask, settings->runbooks[i].schedule[k].channel);
    if (ask.channels_count > 0)
        add_exchange(doctor, "Slack channels", slack_doctor_channels,
                     shape_to_json(&slack_channels_ask_shape, &ask, SHAPE_WHOLE))
            ->mend = "with a good token that has all scopes, each channel is looked at";
    else
        doctor_add_finding(doctor, (struct finding){ FINDING_OPEN, "Slack channels",
                                                     "none is named under slack.channels: no cards are shown", NULL });
}

static void plan_slack_door(struct doctor *doctor)
{
    const struct slack_settings *slack = &settings_of(doctor)->slack;
    cJSON *args;

    if (slack->socket_mode) {
        args = json_object();
        json_set_string(args, "app_token", slack->socket_mode->app_token);
        add_exchange(doctor, "Slack Socket Mode", slack_doctor_socket, args)->mend =
            "slack.socket_mode.app_token: Basic Information, App-Level Tokens";
    }
    if (slack->signing_secrets_count > 0)
        doctor_add_finding(doctor, (struct finding){ FINDING_OPEN, "Slack signing secret",
                                                     "Slack does not tell whether it is the right one",
                                                     "type /ops help in Slack. `opsgate sign slack` and curl show that "
                                                     "the door itself is open: docs/connect.md" });
    else if (!slack->socket_mode)
        doctor_add_finding(doctor, (struct finding){ FINDING_BAD, "Slack signing secret", "there is none",
                                                     "set slack.signing_secrets (Basic Information, Signing Secret), "
                                                     "or slack.socket_mode" });
}

static void plan_slack(struct doctor *doctor)
{
    if (!settings_of(doctor)->slack.bot_token) {
        not_configured(doctor, "Slack");
        return;
    }
    add_exchange(doctor, "Slack token", slack_doctor_token, json_object())->mend =
        "slack.bot_token is the Bot User OAuth Token of Install App (xoxb-...)";
    plan_slack_door(doctor);
    plan_channels(doctor);
}

/* ---- GitHub ---- */

static bool starts_workflows(const struct service_settings *service)
{
    for (size_t i = 0; i < service->environments_count; i++)
        if (service->environments[i].driver.github_actions)
            return true;
    return false;
}

/* False: another service before has the same one, and was told of. *ret_needs: of any service that has it. */
static bool is_first_of(const struct settings *settings, size_t at, bool *ret_needs_actions)
{
    const char *repository = settings->services[at].repository;

    *ret_needs_actions = false;
    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        if (!service->repository || strcmp(service->repository, repository) != 0)
            continue;
        if (i < at)
            return false;
        *ret_needs_actions = *ret_needs_actions || starts_workflows(service);
    }
    return true;
}

static void plan_log(struct doctor *doctor, const struct github_doctor_ask *ask)
{
    add_exchange(doctor, "GitHub webhooks", github_doctor_deliveries,
                 shape_to_json(&github_doctor_ask_shape, ask, SHAPE_WHOLE))
        ->mend = "with access to the repository, its webhooks are looked at";
}

static bool has_comments(const struct environment_settings *environment)
{
    return environment->comments && environment->comments->enabled;
}

static bool has_deployments(const struct environment_settings *environment)
{
    return environment->release && environment->release->on == RELEASE_ON_GITHUB_DEPLOYMENT;
}

/* Any place of the repository's services. */
static bool is_any(const struct settings *settings, const char *repository,
                   bool (*is_one)(const struct environment_settings *environment))
{
    for (size_t i = 0; repository && i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++)
            if (service->repository && str_equal_nocase(str_of(service->repository), str_of(repository)) &&
                is_one(&service->environments[k]))
                return true;
    }
    return false;
}

static void plan_repositories(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);
    const struct github_settings *github = settings->github;
    bool is_app = github->app != NULL;
    bool wants_log = github->webhook_secrets_count > 0 && github->hooks_count == 0;

    for (size_t i = 0; i < settings->services_count; i++) {
        struct github_doctor_ask ask = { .repository = settings->services[i].repository,
                                         .is_app = is_app,
                                         .needs_checks = policy_settings_ask_for_checks(&settings->policy) };

        ask.needs_comments = is_any(settings, ask.repository, has_comments);
        ask.needs_deployments = is_any(settings, ask.repository, has_deployments);
        if (!ask.repository || !is_first_of(settings, i, &ask.needs_actions))
            continue;
        add_exchange(doctor, arena_printf(doctor->arena, "GitHub %s", ask.repository), github_doctor_repository,
                     shape_to_json(&github_doctor_ask_shape, &ask, SHAPE_WHOLE))
            ->mend = is_app ? "github.app: the App's id, its private key, and where it is installed"
                            : "github.token: one that may read the repository (Contents: read)";
        if (wants_log)
            plan_log(doctor, &ask);
        wants_log = wants_log && !is_app; /* an App has one log */
    }
    for (size_t i = 0; i < github->hooks_count; i++)
        plan_log(doctor, &(struct github_doctor_ask){ .repository = github->hooks[i].repository,
                                                      .is_app = is_app,
                                                      .hook = github->hooks[i].id,
                                                      .organization = github->hooks[i].organization });
}

static void plan_github(struct doctor *doctor)
{
    const struct github_settings *github = settings_of(doctor)->github;

    if (!github)
        not_configured(doctor, "GitHub");
    else if (github->app || github->token)
        plan_repositories(doctor);
    else
        doctor_add_finding(doctor, (struct finding){ FINDING_OPEN, "GitHub",
                                                     "neither github.app nor github.token: its webhooks are heard, and "
                                                     "nothing can be looked up there",
                                                     NULL });
}

/* ---- PagerDuty, Alertmanager ---- */

#define CHANGES_ASKED_MAX 20 /* keys: more would be asked for long */

static bool is_new(const char *key, const char *keys[CHANGES_ASKED_MAX], size_t *count)
{
    for (size_t i = 0; key && i < *count; i++)
        if (strcmp(keys[i], key) == 0)
            return false;
    if (!key || *count == CHANGES_ASKED_MAX)
        return false;
    keys[(*count)++] = key;
    return true;
}

static void plan_pagerduty(struct doctor *doctor)
{
    const struct pagerduty_settings *pagerduty = settings_of(doctor)->pagerduty;

    if (!pagerduty)
        not_configured(doctor, "PagerDuty");
    else if (!pagerduty->api_token)
        doctor_add_finding(doctor,
                           (struct finding){ FINDING_OPEN, "PagerDuty",
                                             "no pagerduty.api_token: its webhooks are heard, and nothing can be "
                                             "asked",
                                             NULL });
    else
        add_exchange(doctor, "PagerDuty key", pagerduty_doctor, json_object())->mend =
            "pagerduty.api_token: Integrations, API Access Keys; of the same region as pagerduty.api_url";
    if (pagerduty && pagerduty->api_token && pagerduty->from && settings_of(doctor)->incidents)
        add_exchange(doctor, "PagerDuty from", pagerduty_doctor_from, json_object())->mend =
            "with a good key that may see users, pagerduty.from is looked for among them";
}

static void plan_changes_of(struct doctor *doctor, const char *target)
{
    cJSON *args = json_object();

    json_set_string(args, "target", target);
    add_exchange(doctor, "PagerDuty changes", pagerduty_doctor_changes, args)->mend =
        "pagerduty.events_url: https://events.pagerduty.com, or https://events.eu.pagerduty.com";
}

/* What it would be told of: each key once, by the first place that has it. */
static void plan_changes(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);
    const char *keys[CHANGES_ASKED_MAX];
    size_t count = 0;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct environment_settings *environment = &settings->services[i].environments[k];

            if (is_new(environment->pagerduty_integration_key, keys, &count))
                plan_changes_of(doctor, settings_target_name(&settings->services[i], environment, doctor->arena));
        }
    for (size_t i = 0; i < settings->databases_count; i++)
        if (is_new(settings->databases[i].pagerduty_integration_key, keys, &count))
            plan_changes_of(doctor, settings->databases[i].name);
}

static void plan_alertmanager(struct doctor *doctor)
{
    if (!settings_of(doctor)->alertmanager)
        not_configured(doctor, "Alertmanager");
    else
        doctor_add_finding(doctor,
                           (struct finding){ FINDING_OPEN, "Alertmanager", "it tells opsgate, and is never asked",
                                             "to see that it arrives: let an alert fire, then opsgate events list "
                                             "--source alertmanager" });
}

/* Not by sending one: whoever waits for it would take that for opsgate's own. record.c tells when the last one was
 * taken. */
static void plan_heartbeat(struct doctor *doctor)
{
    if (!settings_of(doctor)->heartbeat)
        not_configured(doctor, "Heartbeat");
}

static void plan_mail(struct doctor *doctor)
{
    if (!settings_of(doctor)->smtp)
        not_configured(doctor, "Mail");
    else
        add_exchange(doctor, "Mail", mail_doctor, json_object())->mend =
            "smtp: the server's address, and a user that may send there";
}

static void plan_sign_in(struct doctor *doctor)
{
    if (!settings_of(doctor)->dashboard.oidc)
        not_configured(doctor, "Sign-in");
    else
        add_exchange(doctor, "Sign-in", oidc_doctor, json_object())->mend =
            "dashboard.oidc.issuer: the provider's address, as its own discovery document writes it";
}

static void plan_statuspage(struct doctor *doctor)
{
    if (!settings_of(doctor)->statuspage)
        not_configured(doctor, "Statuspage");
    else
        add_exchange(doctor, "Statuspage key", statuspage_doctor, json_object())->mend =
            "statuspage.api_token and statuspage.page: both stand under \"API info\"";
}

/* ---- Cloud Run, the registry, Prometheus: by services ---- */

/* False: told already. Whether the key is any good, Google says. */
static bool plan_google_key(struct doctor *doctor, const char *path, const char *subject, const char *mend)
{
    AUTO_FREE char *key = NULL;
    struct error err;

    if (!path || strcmp(path, METADATA) == 0)
        return true;
    if (file_read(path, KEY_FILE_MAX_BYTES, &key, &err)) {
        explicit_bzero(key, strlen(key));
        return true;
    }
    doctor_add_finding(doctor,
                       (struct finding){ FINDING_BAD, subject, arena_strdup(doctor->arena, err.message), mend });
    return false;
}

/* Of environments that have their own: what needs it says so once more. */
static void plan_own_google_keys(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct environment_settings *environment = &settings->services[i].environments[k];

            if (environment->google)
                plan_google_key(doctor, environment->google->credentials,
                                arena_printf(doctor->arena, "Google credentials of %s",
                                             settings_target_name(&settings->services[i], environment, doctor->arena)),
                                "its google.credentials: `metadata`, or a service account's key file that opsgate's "
                                "user may read");
        }
}

static bool plan_google_keys(struct doctor *doctor)
{
    plan_own_google_keys(doctor);
    return plan_google_key(doctor, settings_of(doctor)->google.credentials, "Google credentials",
                           "google.credentials: `metadata`, or a service account's key file that opsgate's "
                           "user may read");
}

static void plan_run_service(struct doctor *doctor, const struct cloud_run_driver *driver, const char *region)
{
    const struct run_place place = { .project = driver->project, .region = region, .service = driver->service };

    add_exchange(doctor, arena_printf(doctor->arena, "Cloud Run %s", driver->service), google_doctor_service,
                 shape_to_json(&run_place_shape, &place, SHAPE_WHOLE))
        ->mend = "name a service that is there; opsgate's account needs Cloud Run Developer on it, and to act as the "
                 "service's own account: docs/connect.md";
}

static void plan_backups(struct doctor *doctor, const struct database_settings *database)
{
    const struct database_place place = database_place_of(database);
    const struct backup_look look = {
        .place = place,
        .instance = database->backups->restore_into ? database->backups->restore_into : place.instance,
        .id = BACKUP_LATEST,
    };

    add_exchange(doctor, arena_printf(doctor->arena, "backups of %s", place.instance), backups_doctor,
                 shape_to_json(&backup_look_shape, &look, SHAPE_WHOLE))
        ->mend =
        "give opsgate's account what docs/backups.md lists in its project, and name in `restore_into` an instance "
        "that is there";
}

static void plan_databases(struct doctor *doctor)
{
    for (size_t i = 0; i < settings_of(doctor)->databases_count; i++) {
        const struct database_place place = database_place_of(&settings_of(doctor)->databases[i]);

        if (!place.instance)
            continue;
        add_exchange(doctor, arena_printf(doctor->arena, "database %s", place.instance), database_doctor,
                     shape_to_json(&database_place_shape, &place, SHAPE_WHOLE))
            ->mend = "name an instance that is there; which permissions opsgate's account needs in its "
                     "project: docs/failover.md";
        if (settings_of(doctor)->databases[i].backups)
            plan_backups(doctor, &settings_of(doctor)->databases[i]);
    }
}

static void plan_protections(struct doctor *doctor)
{
    for (size_t i = 0; i < settings_of(doctor)->protections_count; i++) {
        const struct protection_settings *protection = &settings_of(doctor)->protections[i];
        const struct armor_place place = { protection->project, protection->policy };

        add_exchange(doctor, arena_printf(doctor->arena, "protection %s", protection->policy), armor_doctor,
                     shape_to_json(&armor_place_shape, &place, SHAPE_WHOLE))
            ->mend = "name a security policy that is there; which permissions opsgate's account needs in its project: "
                     "docs/protection.md";
    }
}

/* Of each project once: the permission is the project's. */
static void plan_logs_of(struct doctor *doctor, const struct cloud_run_driver *driver, const char ***projects,
                         size_t *count)
{
    const struct logs_look look = { .project = driver->project,
                                    .region = driver->regions_count > 0 ? driver->regions[0] : driver->region,
                                    .service = driver->service };

    for (size_t i = 0; i < *count; i++)
        if (strcmp((*projects)[i], driver->project) == 0)
            return;
    *ARENA_PUSH(doctor->arena, *projects, *count) = driver->project;
    add_exchange(doctor, arena_printf(doctor->arena, "logs of %s", driver->project), logging_doctor,
                 shape_to_json(&logs_look_shape, &look, SHAPE_WHOLE))
        ->mend = "give opsgate's account roles/logging.viewer in the project, or nobody can ask for `logs`";
}

static void plan_logs(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);
    const char **projects = NULL;
    size_t count = 0;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            if (settings->services[i].environments[k].driver.cloud_run)
                plan_logs_of(doctor, settings->services[i].environments[k].driver.cloud_run, &projects, &count);
}

static void plan_image(struct doctor *doctor, const struct service_settings *service)
{
    const struct registry_tag args = { .image = settings_image(service, "latest", doctor->arena),
                                       .tag = "",
                                       .may_be_missing = true };
    struct registry_image image;
    struct error ignored;

    if (!args.image || !registry_image_parse(str_of(args.image), &image, &ignored))
        return;
    add_exchange(doctor, arena_printf(doctor->arena, "Registry " STR_FMT, STR_ARG(image.path)), registry_doctor,
                 shape_to_json(&registry_tag_shape, &args, SHAPE_WHOLE))
        ->mend = "opsgate's account needs Artifact Registry Reader on the repository";
}

static void plan_metrics(struct doctor *doctor, const struct service_settings *service,
                         const struct environment_settings *environment)
{
    struct prometheus_doctor_ask ask = { .names = environment->analysis->metrics,
                                         .block_ms = environment->analysis->block_ms };

    ask.target = settings_target_name(service, environment, doctor->arena);
    add_exchange(doctor, arena_printf(doctor->arena, "Prometheus %s", ask.target), prometheus_doctor,
                 shape_to_json(&prometheus_doctor_ask_shape, &ask, SHAPE_WHOLE))
        ->mend = "correct metrics.prometheus, or the environment's analysis.metrics";
}

static bool is_first_image(const struct settings *settings, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (settings->services[i].artifact &&
            strcmp(settings->services[i].artifact->image, settings->services[at].artifact->image) == 0)
            return false;
    return true;
}

static void plan_cloud_run(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct cloud_run_driver *driver = settings->services[i].environments[k].driver.cloud_run;

            for (size_t r = 0; driver && r < driver->regions_count; r++)
                plan_run_service(doctor, driver, driver->regions[r]);
            if (driver && driver->region)
                plan_run_service(doctor, driver, driver->region);
        }
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings->services[i].artifact && is_first_image(settings, i))
            plan_image(doctor, &settings->services[i]);
}

static void plan_monitoring_of(struct doctor *doctor, const struct cloud_run_driver *driver, const char *region)
{
    const struct run_place place = { driver->project, region, driver->service };

    add_exchange(doctor, arena_printf(doctor->arena, "Cloud Monitoring %s", driver->service), monitoring_doctor,
                 shape_to_json(&run_place_shape, &place, SHAPE_WHOLE))
        ->mend = "opsgate's account needs roles/monitoring.viewer in the service's project";
}

static void plan_monitoring(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct environment_settings *environment = &settings->services[i].environments[k];
            const struct cloud_run_driver *driver = environment->analysis ? environment->driver.cloud_run : NULL;

            for (size_t r = 0; driver && r < driver->regions_count; r++)
                plan_monitoring_of(doctor, driver, driver->regions[r]);
            if (driver && driver->region)
                plan_monitoring_of(doctor, driver, driver->region);
        }
}

static void plan_prometheus(struct doctor *doctor)
{
    const struct settings *settings = settings_of(doctor);

    if (settings->metrics.google_cloud_monitoring) {
        plan_monitoring(doctor);
        return;
    }
    if (!settings->metrics.prometheus) {
        not_configured(doctor, "Prometheus");
        return;
    }
    add_exchange(doctor, "Prometheus", prometheus_doctor,
                 shape_to_json(&prometheus_doctor_ask_shape, &(struct prometheus_doctor_ask){ 0 }, SHAPE_WHOLE))
        ->mend = "metrics.prometheus is its address, up to what comes before /api/v1";
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            if (settings->services[i].environments[k].analysis)
                plan_metrics(doctor, &settings->services[i], &settings->services[i].environments[k]);
}

static void plan_policy(struct doctor *doctor)
{
    if (settings_of(doctor)->policy.rules_count == 0)
        doctor_add_finding(doctor,
                           (struct finding){ FINDING_BAD, "Policy", "no rule allows anything: every request is denied",
                                             "write policy.rules; docs/connect.md, step 1, has three to begin "
                                             "with, and docs/configuration.md all that they can say" });
}

/* ---- groups, teams and schedules ---- */

static const struct {
    const char *reading, *mend;
} sources[] = {
    { READING_SLACK_GROUP,
      "the app needs the scope usergroups:read: OAuth & Permissions, then Install App again; the group's id stands in "
      "its menu under Copy group ID" },
    { READING_GITHUB_TEAM, "the App needs the organisation permission Members: read, a classic token read:org" },
    { READING_PAGERDUTY_SCHEDULE, "the key has to read schedules and users; the schedule's id stands in its address" },
};

static void plan_members(struct doctor *doctor)
{
    size_t count;
    const char **names = membership_sources(settings_of(doctor), doctor->arena, &count);

    for (size_t i = 0; i < count; i++) {
        struct doctor_check *check =
            add_exchange(doctor, arena_printf(doctor->arena, "Members of %s", names[i]), members_doctor,
                         shape_to_json(&membership_ask_shape, &(struct membership_ask){ names[i] }, SHAPE_WHOLE));

        for (size_t k = 0; k < ARRAY_LEN(sources); k++)
            if (strcmp(sources[k].reading, membership_reading(names[i])) == 0)
                check->mend = sources[k].mend;
    }
}

void doctor_plan(struct doctor *doctor)
{
    doctor->secrets.arena = doctor->arena;
    secrets_add_settings(&doctor->secrets, settings_of(doctor));
    doctor_plan_host(doctor);
    doctor_add(doctor, "Store")->is_store = true;
    plan_policy(doctor);
    plan_slack(doctor);
    plan_github(doctor);
    plan_pagerduty(doctor);
    if (settings_of(doctor)->pagerduty)
        plan_changes(doctor);
    plan_alertmanager(doctor);
    plan_mail(doctor);
    plan_statuspage(doctor);
    plan_sign_in(doctor);
    plan_heartbeat(doctor);
    plan_members(doctor);
    if (plan_google_keys(doctor)) {
        plan_cloud_run(doctor);
        plan_databases(doctor);
        plan_protections(doctor);
        plan_logs(doctor);
    }
    plan_prometheus(doctor);
}
