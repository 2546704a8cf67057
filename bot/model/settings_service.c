#include "bot/model/settings_service.h"

#include "bot/model/cloud_run.h"
#include "bot/model/probes.h"

#define NAME_MAX_BYTES 63

static const char *const on_crash_names[] = { "ask", "repeat", NULL };
static const char *const simple_strategy_names[] = { "all-at-once", NULL };
static const char *const on_fail_names[] = { "rollback", "hold", NULL };
static const char *const on_inconclusive_names[] = { "rollback", "hold", "promote", NULL };
static const char *const release_on_names[] = { "github-release", "github-push", "github-workflow",
                                               "github-deployment", NULL };
static const char *const release_versions_names[] = { "released", "prereleased", "published", NULL };
static const char *const release_format_names[] = { "semver", "any", NULL };

/* ---- drivers ---- */

static const struct shape_field cloud_run_rows[] = {
    ROW_STRING(cloud_run_driver, project, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
               .about = "Google Cloud project id"),
    ROW_STRING(cloud_run_driver, region, .min = 1, .max = 100, .about = "such as us-central1"),
    ROW_STRINGS(cloud_run_driver, regions, .max = 20,
                .about = "in place of region: several, changed one after the other in this order"),
    ROW_STRING(cloud_run_driver, service, .flags = SHAPE_REQUIRED, .min = 1, .max = NAME_MAX_BYTES,
               .about = "the service's name on Cloud Run"),
    ROW_BOOL(cloud_run_driver, invoker_token,
             .about = "it is private: health checks carry an identity token of opsgate's own account"),
};
static const struct shape cloud_run_shape = SHAPE("a Cloud Run driver", cloud_run_driver, cloud_run_rows);

static const struct shape_field program_rows[] = {
    ROW_STRINGS(program_driver, deploy, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
                .about = "argv that brings {version} of {service} to {environment}; {image}: its artifact by digest, "
                         "{commit}, {operation}"),
    ROW_STRINGS(program_driver, rollback, .max = 100,
                .about = "argv of the way back to {version}; else `deploy` is used"),
    ROW_STRINGS(program_driver, status, .max = 100,
                .about = "argv that prints the version that serves, for `status`, within 3s; {service}, {environment}"),
    ROW_MS(program_driver, timeout, .otherwise = "30m", .min = 1000, .max = 24 * 3600 * 1000,
           .about = "a run that takes longer is stopped and has failed"),
    ROW_ENUM(program_driver, on_crash, on_crash_names, .otherwise = "ask",
             .about = "what to do when its outcome is not known"),
};
static const struct shape program_shape = SHAPE("a program driver", program_driver, program_rows);

static const struct shape_field github_actions_rows[] = {
    ROW_STRING(github_actions_driver, workflow, .flags = SHAPE_REQUIRED, .min = 1, .max = 200,
               .about = "file name of the workflow in the service's repository"),
    ROW_STRING(github_actions_driver, ref, .otherwise = "main", .min = 1, .max = 200,
               .about = "branch the workflow is taken from"),
    ROW_MAP(github_actions_driver, inputs, .max = 10,
            .about = "inputs of the workflow; {version}, {image}, {environment} and {sha} are filled in. Besides, it gets "
                     "`opsgate`, which its run-name has to show: opsgate finds its run by that"),
    ROW_MS(github_actions_driver, timeout, .otherwise = "1h", .min = 1000, .max = 24 * 3600 * 1000,
           .about = "a run that takes longer is cancelled, and has failed"),
};
static const struct shape github_actions_shape =
    SHAPE("a GitHub Actions driver", github_actions_driver, github_actions_rows);

static const struct shape_field driver_rows[] = {
    ROW_OPTION(driver_settings, cloud_run, &cloud_run_shape, .about = "a service on Cloud Run"),
    ROW_OPTION(driver_settings, program, &program_shape, .about = "programs of your own"),
    ROW_OPTION(driver_settings, github_actions, &github_actions_shape, .about = "a workflow on GitHub"),
};
static const struct shape driver_shape = SHAPE("a driver", driver_settings, driver_rows);

/* ---- strategies ---- */

static const struct shape_field canary_step_rows[] = {
    ROW_RATIO(canary_step, traffic, .flags = SHAPE_REQUIRED, .min = 10000, .max = 1000000,
              .about = "share of the new revision, whole percents"),
    ROW_MS(canary_step, bake, .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "time watched at this step; else the canary's"),
};
static const struct shape canary_step_shape = SHAPE_OR_SCALAR("a step", canary_step, canary_step_rows, "traffic");

static const struct shape_field canary_rows[] = {
    ROW_OBJECTS(canary_settings, steps, &canary_step_shape, .flags = SHAPE_REQUIRED, .min = 1, .max = 20,
                .about = "shares of traffic, rising; the last is 100%"),
    ROW_MS(canary_settings, bake, .otherwise = "5m", .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "observed time at each step before it is judged"),
    ROW_MS(canary_settings, watch, .otherwise = "1h", .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "observed time at 100% before the version counts as good"),
};
static const struct shape canary_shape = SHAPE("a canary", canary_settings, canary_rows);

static const struct shape_field blue_green_rows[] = {
    ROW_MS(blue_green_settings, watch, .otherwise = "1h", .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "observed time after the switch before the version counts as good"),
    ROW_MS(blue_green_settings, keep, .otherwise = "24h", .min = 1000, .max = 30 * 24 * 3600 * 1000LL,
           .about = "how long the old revision keeps its tag, and with it the minimum of instances that it was made with"),
    ROW_INT(blue_green_settings, min_instances, .otherwise = "0", .min = 0, .max = 1000,
            .about = "instances that each new revision has of its own at the least: warm from its first day until its "
                     "tag goes; 0: as the revision has that serves"),
};
static const struct shape blue_green_shape = SHAPE("blue-green", blue_green_settings, blue_green_rows);

static const struct shape_field strategy_rows[] = {
    ROW_ENUM(strategy_settings, simple, simple_strategy_names, .otherwise = "all-at-once",
             .about = "what a lone word says: `strategy: all-at-once`"),
    ROW_OPTION(strategy_settings, canary, &canary_shape, .about = "step by step, each judged"),
    ROW_OPTION(strategy_settings, blue_green, &blue_green_shape, .about = "checked without traffic, then switched"),
};
static const struct shape strategy_shape = SHAPE_OR_SCALAR("a strategy", strategy_settings, strategy_rows, "simple");

enum strategy_kind strategy_kind(const struct strategy_settings *strategy)
{
    return strategy->canary ? STRATEGY_CANARY : strategy->blue_green ? STRATEGY_BLUE_GREEN : STRATEGY_ALL_AT_ONCE;
}

/* ---- how a new version is judged ---- */

static const struct shape_field query_rows[] = {
    ROW_STRING(analysis_query, name, .flags = SHAPE_REQUIRED, .min = 1, .max = NAME_MAX_BYTES,
               .about = "as the card calls it"),
    ROW_STRING(analysis_query, query, .flags = SHAPE_REQUIRED, .min = 1, .max = 4096,
               .about = "a query of the metrics source; {revision} is filled in"),
    ROW_RATIO(analysis_query, max, .max = INT64_C(1000000000000000), .about = "more than this fails"),
    ROW_RATIO(analysis_query, min, .min = 1, .max = INT64_C(1000000000000000),
              .about = "less than this fails; beside max, or in its place"),
    ROW_INT(analysis_query, in_a_row, .otherwise = "1", .min = 1, .max = 1000,
            .about = "so many looks one after the other that fail a step"),
};
static const struct shape query_shape = SHAPE("a query", analysis_query, query_rows);

static const struct shape_field probe_rows[] = {
    ROW_BOOL(probe_settings, enabled, .otherwise = "true", .about = "false: none are made"),
    ROW_STRING(probe_settings, path, .min = 1, .max = 500, .about = "asked with GET; else the health check's"),
    ROW_MS(probe_settings, every, .otherwise = "5s", .min = 1000, .max = 60 * 1000,
           .about = "one after the other, so far apart"),
    ROW_INT(probe_settings, expect_status, .otherwise = "200", .min = 100, .max = 599,
            .about = "any other status is a failed probe; so is a redirect, which is not followed"),
    ROW_MS(probe_settings, timeout, .otherwise = "2s", .min = 100, .max = PROBES_TIMEOUT_MAX_MS,
           .about = "an answer that takes longer is a failed probe"),
};
static const struct shape probe_shape = SHAPE_OR_SCALAR("probes", probe_settings, probe_rows, "enabled");

static const struct shape_field analysis_rows[] = {
    ROW_RATIO(analysis_settings, error_rate, .max = 1000000,
              .about = "share of failed requests above which the canary fails"),
    ROW_RATIO(analysis_settings, errors_vs_baseline, .min = 1000000, .max = 100000000,
              .about = "how many times more often than the old revision's its requests may fail; below 0.1% nothing is too often"),
    ROW_MS(analysis_settings, latency_p95, .min = 1, .max = 600000, .about = "95 of 100 requests must be faster"),
    ROW_RATIO(analysis_settings, latency_vs_baseline, .min = 1000000, .max = 100000000,
              .about = "how many times slower than the old revision is too slow"),
    ROW_BOOL(analysis_settings, traffic, .otherwise = "true",
             .about = "requests that come no more, or end no more, fail a step, too; false where clients stay with one revision, "
                      "or where healthy requests (streams, long polls) may take longer than warm_up, or than half of a bake"),
    ROW_RATIO(analysis_settings, budget, .otherwise = "1%", .min = 100, .max = 100000,
              .about = "so many of a hundred healthy rollouts may be stopped, over all steps, looks and limits; queries aside"),
    ROW_RATIO(analysis_settings, detect, .min = 100, .max = 1000000,
              .about = "share of failures that a step should find: before the start the card says whether it can; else "
                       "twice error_rate, and 5% at the least"),
    ROW_MS(analysis_settings, warm_up, .otherwise = "30s", .max = 3600 * 1000,
           .about = "at the begin of a step slow requests and missing ones are not judged for so long, half of its bake at most; "
                    "longer than healthy requests take: they are counted when they end"),
    ROW_MS(analysis_settings, block, .otherwise = "15s", .min = 1000, .max = 300000,
           .about = "requests are counted in pieces of time so long, and a step is stopped after two bad ones at the earliest; "
                    "not shorter than metrics are collected"),
    ROW_MS(analysis_settings, max_bake, .otherwise = "30m", .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "a step that cannot be judged by then is inconclusive"),
    ROW_INT(analysis_settings, min_requests, .otherwise = "0", .max = 1000000000,
            .about = "a step passes only from so many requests on (at least 20); what fails it needs no number of them"),
    ROW_ENUM(analysis_settings, on_fail, on_fail_names, .otherwise = "rollback",
             .about = "what a failed step leads to"),
    ROW_ENUM(analysis_settings, on_inconclusive, on_inconclusive_names, .otherwise = "hold",
             .about = "what a step that cannot be judged leads to"),
    ROW_MS(analysis_settings, unanswered, .otherwise = "15m", .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "a held step that nobody answers is rolled back after this"),
    ROW_OBJECTS(analysis_settings, queries, &query_shape, .max = 20,
                .about = "queries of your own that can fail a step"),
    ROW_OBJECT(analysis_settings, metrics, &measure_names_shape, .about = "how the service's metrics are called"),
    ROW_OPTION(analysis_settings, probes, &probe_shape,
               .about = "true: for a service without traffic: opsgate asks the new revision itself, at its tag's address, and "
                        "judges a step by that, in the place of users' requests"),
};
static const struct shape analysis_shape = SHAPE("an analysis", analysis_settings, analysis_rows);

bool analysis_has_probes(const struct analysis_settings *analysis)
{
    return analysis->probes && analysis->probes->enabled;
}

bool analysis_has_limits(const struct analysis_settings *analysis)
{
    return analysis->error_rate > 0 || analysis->errors_vs_baseline > 0 || analysis->latency_p95_ms > 0 ||
           analysis->latency_vs_baseline > 0 || analysis->queries_count > 0;
}

/* ---- services ---- */

static const struct shape_field release_rows[] = {
    ROW_LINE(release_settings, line),
    ROW_ENUM(release_settings, on, release_on_names, .flags = SHAPE_REQUIRED,
             .about = "what starts a rollout by itself"),
    ROW_STRING(release_settings, tags, .min = 1, .max = 200,
               .about = "github-release: pattern of its tag, such as v*.*.*; without it, every tag"),
    ROW_ENUM(release_settings, versions, release_versions_names, .otherwise = "released",
             .about = "github-release: full ones, prereleased ones, or both as they are published"),
    ROW_ENUM(release_settings, format, release_format_names, .otherwise = "semver",
             .about = "github-release: a tag that is no version by semver.org is said aloud, and not rolled out; any: every tag is one"),
    ROW_STRING(release_settings, tag_prefix, .min = 1, .max = 100,
               .about = "of the tag, before the version: api/ of api/v1.5.0; the image's tag is without it"),
    ROW_STRING(release_settings, branch, .min = 1, .max = 200,
               .about = "github-push, github-workflow: the branch that is pushed to; github-deployment: that has to contain the "
                        "commit, else the repository's default branch"),
    ROW_STRING(release_settings, workflow, .min = 1, .max = 200,
               .about = "github-workflow: file name of the workflow whose success on the branch counts"),
    ROW_STRING(release_settings, environment, .min = 1, .max = 255,
               .about = "github-deployment: as GitHub's deployments call it; else this one's own name"),
    ROW_STRINGS(release_settings, paths, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "only when one of these changed since what serves: packages/api/**"),
    ROW_MS(release_settings, wait, .otherwise = "30m", .max = 24 * 3600 * 1000,
           .about = "for the image that the build makes; the longer of this and artifact.wait counts"),
    ROW_STRING(release_settings, irreversible, .otherwise = "[irreversible]", .min = 3, .max = 100,
               .about = "a release with these words in its text is irreversible: no verdict takes its traffic back, and only "
                        "`rollback --break-glass` leaves it"),
};
static const struct shape release_shape = SHAPE("a release rule", release_settings, release_rows);

static const struct shape_field health_rows[] = {
    ROW_STRING(health_settings, path, .otherwise = "/health", .min = 1, .max = 500, .about = "asked with GET"),
    ROW_INT(health_settings, expect_status, .otherwise = "200", .min = 100, .max = 599,
            .about = "any other status is not healthy"),
    ROW_MS(health_settings, timeout, .min = 100, .max = HEALTH_TIMEOUT_MAX_MS, .about = "of one try; else health_check_timeout"),
    ROW_MS(health_settings, deadline, .otherwise = "5m", .min = 1000, .max = 3600 * 1000,
           .about = "a new revision that is not healthy by then has failed"),
    ROW_INT(health_settings, successes, .otherwise = "1", .min = 1, .max = 100, .about = "healthy answers in a row"),
    ROW_STRING(health_settings, field, .min = 1, .max = 200,
               .about = "of the JSON answer, a dotted path: status, checks.database"),
    ROW_STRING(health_settings, value, .otherwise = "healthy", .min = 1, .max = 200,
               .about = "what the field has to be, when one is named"),
};
static const struct shape health_shape = SHAPE_OR_SCALAR("a health check", health_settings, health_rows, "path");

static const struct shape_field artifact_rows[] = {
    ROW_STRING(artifact_settings, image, .flags = SHAPE_REQUIRED, .min = 1, .max = 500,
               .about = "with {version} for the tag; resolved to a digest before anyone is asked"),
    ROW_STRING(artifact_settings, branch_tag, .otherwise = "{sha}", .min = 1, .max = 128,
               .about = "tag that the build of a commit gives its image, for branch: and sha: versions; {sha} is all 40 "
                        "digits, {short_sha} the first 7"),
    ROW_MS(artifact_settings, wait, .otherwise = "0s", .max = 24 * 3600 * 1000,
           .about = "for an image that is not there yet, as when the build follows the release"),
};
static const struct shape artifact_shape = SHAPE_OR_SCALAR("an artifact", artifact_settings, artifact_rows, "image");

static const struct shape_field environment_google_rows[] = {
    ROW_STRING(environment_google, credentials, .flags = SHAPE_REQUIRED, .min = 1, .max = 500,
               .about = "metadata, or a service account's key file"),
};
static const struct shape environment_google_shape =
    SHAPE("Google for an environment", environment_google, environment_google_rows);

static const struct shape_field comments_rows[] = {
    ROW_BOOL(comments_settings, enabled, .otherwise = "true", .about = "false: nobody asks there by a comment"),
    ROW_STRING(comments_settings, command, .otherwise = ".deploy", .min = 2, .max = 30,
               .about = "the word with which such a comment begins"),
};
static const struct shape comments_shape =
    SHAPE_OR_SCALAR("comments on pull requests", comments_settings, comments_rows, "enabled");

static const struct shape_field scaling_bound_rows[] = {
    ROW_INT(scaling_bound, from, .otherwise = "0", .min = 0, .max = 1000, .about = "the least"),
    ROW_INT(scaling_bound, to, .otherwise = "1000", .min = 1, .max = 1000, .about = "the most"),
};
static const struct shape scaling_bound_shape = SHAPE("a bound of scaling", scaling_bound, scaling_bound_rows);
static const struct shape_field scaling_rows[] = {
    ROW_OPTION(scaling_settings, min, &scaling_bound_shape, .about = "what may be typed as MIN"),
    ROW_OPTION(scaling_settings, max, &scaling_bound_shape,
               .about = "what may be typed as MAX, which has to be typed then"),
};
static const struct shape scaling_shape = SHAPE("bounds of scaling", scaling_settings, scaling_rows);

static const struct shape_field environment_rows[] = {
    ROW_STRING(environment_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = NAME_MAX_BYTES,
               .about = "lower case letters, digits and '-': staging, production"),
    ROW_MAP(environment_settings, labels, .max = 50, .about = "for rules; added to the service's"),
    ROW_OBJECT(environment_settings, driver, &driver_shape, .flags = SHAPE_REQUIRED,
               .about = "how it is changed: exactly one"),
    ROW_OBJECT(environment_settings, strategy, &strategy_shape, .about = "how a new version reaches its users"),
    ROW_STRING(environment_settings, url, .min = 1, .max = 500,
               .about = "where people find it: shown with its deployments on GitHub; else the address that Cloud Run tells"),
    ROW_STRING(environment_settings, default_version, .min = 1, .max = 200,
               .about = "what a deploy without a version takes: tag:NAME, or branch:NAME with GitHub connected; without it, one is proposed"),
    ROW_OPTION(environment_settings, analysis, &analysis_shape, .about = "how each step is judged"),
    ROW_OPTION(environment_settings, release, &release_shape, .about = "what rolls out by itself"),
    ROW_OPTION(environment_settings, comments, &comments_shape,
               .about = "true: a pull request is deployed there by a comment, `.deploy staging`"),
    ROW_OPTION(environment_settings, health, &health_shape, .about = "in place of the service's"),
    ROW_OPTION(environment_settings, google, &environment_google_shape,
               .about = "in place of the common one, for all that is asked about this environment's project"),
    ROW_OPTION(environment_settings, scaling, &scaling_shape,
               .about = "how many instances `scale` may give it: { min: { to: 20 }, max: { from: 2, to: 200 } }"),
    ROW_STRING(environment_settings, pagerduty_integration_key, .flags = SHAPE_SECRET, .min = 1, .max = 100,
               .about = "of the PagerDuty service whose Recent changes show what is changed there: the Integration Key of "
                        "an Events API v2 integration, 32 characters"),
};
static const struct shape environment_shape = SHAPE("an environment", environment_settings, environment_rows);

static const struct shape_field service_rows[] = {
    ROW_STRING(service_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = NAME_MAX_BYTES,
               .about = "lower case letters, digits and '-'; people type it"),
    ROW_STRING(service_settings, about, .max = 200, .about = "one line for status and help"),
    ROW_STRING(service_settings, repository, .min = 3, .max = 200, .about = "on GitHub: acme/platform"),
    ROW_STRING(service_settings, pagerduty_service, .min = 1, .max = 64,
               .about = "PagerDuty's id of it, PSVC001: an incident that it pages for is about this service"),
    ROW_MAP(service_settings, labels, .max = 50, .about = "for rules"),
    ROW_OPTION(service_settings, artifact, &artifact_shape, .about = "what is deployed"),
    ROW_STRINGS(service_settings, needs, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "services and databases it cannot live without: `deploy all` deploys them first"),
    ROW_OBJECT(service_settings, health, &health_shape, .about = "how a revision's health is asked for"),
    ROW_OBJECTS(service_settings, environments, &environment_shape, .flags = SHAPE_REQUIRED, .min = 1, .max = 50,
                .about = "where it runs"),
};
const struct shape service_settings_shape = SHAPE("a service", service_settings, service_rows);

/* ---- databases ---- */

static const struct shape_field cloud_sql_rows[] = {
    ROW_STRING(cloud_sql_settings, project, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
               .about = "Google Cloud project id"),
    ROW_STRING(cloud_sql_settings, instance, .flags = SHAPE_REQUIRED, .min = 1, .max = 100, .about = "the primary"),
    ROW_STRING(cloud_sql_settings, replica, .min = 1, .max = 100, .about = "the one that takes over, when it is named"),
};
static const struct shape cloud_sql_shape = SHAPE("Cloud SQL", cloud_sql_settings, cloud_sql_rows);

static const struct shape_field memorystore_rows[] = {
    ROW_STRING(memorystore_settings, project, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
               .about = "Google Cloud project id"),
    ROW_STRING(memorystore_settings, region, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
               .about = "such as us-central1"),
    ROW_STRING(memorystore_settings, instance, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
               .about = "its name there"),
};
static const struct shape memorystore_shape = SHAPE("Memorystore", memorystore_settings, memorystore_rows);

static const struct shape_field backups_rows[] = {
    ROW_STRING(backups_settings, bucket, .min = 6, .max = 200,
               .about = "gs://BUCKET or gs://BUCKET/FOLDER: exports go there, imports come from that bucket"),
    ROW_STRINGS(backups_settings, databases, .flags = SHAPE_ONE_OR_MANY, .max = 100,
                .about = "in the instance: those that may be exported and imported; without it any that is named"),
    ROW_STRING(backups_settings, restore_into, .min = 1, .max = 100,
               .about = "another instance of the same project and version, overwritten by each restore: it goes there first"),
    ROW_STRING(backups_settings, verify, .min = 1, .max = NAME_MAX_BYTES,
               .about = "a runbook that checks what was restored or imported; its argument `instance` says where"),
};
static const struct shape backups_shape = SHAPE("backups", backups_settings, backups_rows);

static const struct shape_field database_rows[] = {
    ROW_STRING(database_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = NAME_MAX_BYTES,
               .about = "people type it"),
    ROW_STRING(database_settings, about, .max = 200, .about = "one line for status and help"),
    ROW_STRING(database_settings, environment, .min = 1, .max = NAME_MAX_BYTES,
               .about = "which one it belongs to, for rules: one that a service has, where there are services"),
    ROW_MAP(database_settings, labels, .max = 50, .about = "for rules"),
    ROW_OPTION(database_settings, cloud_sql, &cloud_sql_shape, .about = "an instance of Cloud SQL"),
    ROW_STRING(database_settings, pagerduty_integration_key, .flags = SHAPE_SECRET, .min = 1, .max = 100,
               .about = "of the PagerDuty service whose Recent changes show its failovers"),
    ROW_OPTION(database_settings, memorystore, &memorystore_shape, .about = "an instance of Memorystore"),
    ROW_STRING(database_settings, runbook, .min = 1, .max = NAME_MAX_BYTES,
               .about = "any other database: the runbook that fails it over, and changes it as its target"),
    ROW_OPTION(database_settings, backups, &backups_shape,
               .about = "of Cloud SQL: where exports go, and how a restore is proved"),
    ROW_MS(database_settings, recovery_time, .min = 1000, .max = 7 * 24 * 3600 * 1000LL,
           .about = "objective (RTO): a failover is timed against it"),
    ROW_MS(database_settings, recovery_point, .min = 1, .max = 7 * 24 * 3600 * 1000LL,
           .about = "objective (RPO): how much may be lost"),
    ROW_MS(database_settings, max_lag, .min = 1, .max = 7 * 24 * 3600 * 1000LL,
           .about = "a failover that would lose more asks again; without it, one that would lose more than recovery_point, or than 5s"),
    ROW_MS(database_settings, cool_down, .otherwise = "15m", .max = 7 * 24 * 3600 * 1000LL,
           .about = "a failover so soon after another asks again"),
};
const struct shape database_settings_shape = SHAPE("a database", database_settings, database_rows);
