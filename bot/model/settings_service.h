/* settings_service.h - services, where they run, and how a new version reaches their users; databases.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_SERVICE_H
#define OPSGATE_MODEL_SETTINGS_SERVICE_H

#include "bot/base/shape.h"
#include "bot/model/measure.h"

/* ---- drivers: exactly one of them is set ---- */

struct cloud_run_driver {
    const char *project, *region, *service;
    const char **regions; /* of more than one, in the order of their waves; then region is NULL */
    size_t regions_count;
    bool invoker_token;   /* private: health checks carry an identity token */
};
struct program_driver { /* argv each, never a shell; {version}, {image} and {environment} are filled in */
    const char **deploy;
    size_t deploy_count;
    const char **rollback;
    size_t rollback_count;
    const char **status; /* prints the version that serves */
    size_t status_count;
    int64_t timeout_ms;
    int on_crash; /* enum on_crash */
};
struct github_actions_driver {
    const char *workflow; /* "deploy-production.yml" */
    const char *ref;
    struct shape_pair *inputs;
    size_t inputs_count;
    int64_t timeout_ms;
};
struct driver_settings {
    const struct cloud_run_driver *cloud_run;
    const struct program_driver *program;
    const struct github_actions_driver *github_actions;
};
enum on_crash { ON_CRASH_ASK, ON_CRASH_REPEAT }; /* opsgate died while it ran: ask a person, or run it again */

/* ---- strategies ---- */

enum strategy_kind { STRATEGY_ALL_AT_ONCE, STRATEGY_CANARY, STRATEGY_BLUE_GREEN };
struct canary_step {
    double traffic;  /* 0.05 is 5 % */
    int64_t bake_ms; /* 0: the canary's */
};
struct canary_settings {
    struct canary_step *steps; /* rising, the last is 1 */
    size_t steps_count;
    int64_t bake_ms, watch_ms;
};
struct blue_green_settings {
    int64_t watch_ms, keep_ms, min_instances;
};
struct strategy_settings {
    int simple; /* enum: only STRATEGY_ALL_AT_ONCE; what `strategy: all-at-once` sets */
    const struct canary_settings *canary;
    const struct blue_green_settings *blue_green;
};
enum strategy_kind strategy_kind(const struct strategy_settings *strategy);

/* ---- how a new version is judged ---- */

enum on_fail { ON_FAIL_ROLLBACK, ON_FAIL_HOLD };
enum on_inconclusive { ON_INCONCLUSIVE_ROLLBACK, ON_INCONCLUSIVE_HOLD, ON_INCONCLUSIVE_PROMOTE };
struct analysis_query { /* the user's own */
    const char *name, *query;
    double max, min;   /* min 0: there is none. With a min alone max is 0, and none either */
    int64_t in_a_row;  /* looks beyond them that fail a step */
};
struct probe_settings { /* opsgate's own requests to the new revision, at its tag's address */
    bool enabled;
    const char *path; /* NULL: that of the health check */
    int64_t every_ms, timeout_ms;
    int64_t expect_status;
};
struct analysis_settings {
    double error_rate;          /* 0.005 is 0.5 %; 0: not judged */
    double errors_vs_baseline;  /* 2 is twice as often as the old revision; 0: not judged */
    int64_t latency_p95_ms;     /* 0: not judged */
    double latency_vs_baseline; /* 2 is twice the old revision's; 0: not judged */
    bool traffic;               /* requests that do not come, or do not end, are judged, too */
    double budget;              /* of healthy rollouts, stopped at most */
    double detect;              /* the share of failures that a step should find: the forecast is about it; 0: as usual */
    int64_t warm_up_ms, block_ms;
    int64_t max_bake_ms, unanswered_ms;
    int64_t min_requests;
    int on_fail, on_inconclusive; /* enums above */
    struct analysis_query *queries;
    size_t queries_count;
    struct measure_names metrics;
    const struct probe_settings *probes; /* NULL: none are made */
};
bool analysis_has_probes(const struct analysis_settings *analysis);
/* It asks for something that a metrics source knows: requests of users, or queries. */
bool analysis_has_limits(const struct analysis_settings *analysis);

/* ---- services ---- */

enum release_on {
    RELEASE_ON_GITHUB_RELEASE,
    RELEASE_ON_GITHUB_PUSH,
    RELEASE_ON_GITHUB_WORKFLOW,
    RELEASE_ON_GITHUB_DEPLOYMENT,
};
enum release_versions { VERSIONS_RELEASED, VERSIONS_PRERELEASED, VERSIONS_PUBLISHED };
enum release_format { FORMAT_SEMVER, FORMAT_ANY };
struct release_settings { /* what rolls out by itself */
    int line;
    int on;               /* enum release_on */
    const char *tags;     /* "v*.*.*"; for releases; NULL: all of them */
    int versions;         /* enum release_versions; for releases */
    int format;           /* enum release_format; likewise */
    const char *tag_prefix; /* "api/": of the tag, and no part of the version; or NULL */
    const char *branch;     /* for pushes and workflows; for deployments that has to contain the commit, or NULL: the default one */
    const char *workflow;   /* "ci.yml" */
    const char *environment; /* for deployments: as GitHub calls it; NULL: as it is called here */
    const char **paths;     /* patterns (paths.h): only when one of them changed since what serves; none: always */
    size_t paths_count;
    int64_t wait_ms;        /* for the image that the build makes; the longer of this and artifact.wait counts */
    const char *irreversible; /* words in a release's text that say so: deploy/irreversible.h */
};
struct health_settings { /* one GET that tells whether a revision is well */
    const char *path;
    int64_t expect_status;
    int64_t timeout_ms;  /* 0: settings.health_check_timeout_ms */
    int64_t deadline_ms; /* a new revision that is not well by then has failed */
    int64_t successes;   /* so many in a row */
    const char *field, *value; /* of the JSON body: dotted path, and what it has to be; or NULL */
};
struct artifact_settings {
    const char *image; /* "us-docker.pkg.dev/acme/images/api:{version}" */
    const char *branch_tag; /* tag of the image that a build of a commit makes: "{sha}", "main-{short_sha}" */
    int64_t wait_ms;   /* for an image that is not there yet */
};
struct environment_google {
    const char *credentials;
};

struct comments_settings { /* on pull requests */
    bool enabled;
    const char *command; /* ".deploy" */
};

struct scaling_bound {
    int64_t from, to;
};
struct scaling_settings { /* what `scale` takes; NULL: anything */
    const struct scaling_bound *min, *max;
};

struct environment_settings {
    const char *name; /* "production" */
    struct shape_pair *labels;
    size_t labels_count;
    struct driver_settings driver;
    struct strategy_settings strategy;
    const char *url;             /* where people find it; or NULL */
    const char *default_version; /* "tag:main", "branch:main", or NULL */
    const struct analysis_settings *analysis;
    const struct release_settings *release;
    const struct comments_settings *comments; /* NULL: nobody asks there on a pull request */
    const struct health_settings *health;    /* NULL: the service's */
    const struct environment_google *google; /* NULL: the common one */
    const struct scaling_settings *scaling;  /* NULL: `scale` takes any range */
    const char *pagerduty_integration_key;   /* secret; NULL: PagerDuty is told of no change there */
};
struct service_settings {
    const char *name, *about;
    const char *repository; /* "acme/platform" */
    const char *pagerduty_service; /* "PSVC001": whose pages are about it; or NULL */
    struct shape_pair *labels;
    size_t labels_count;
    const struct artifact_settings *artifact; /* NULL: no image is deployed here, only programs or workflows */
    const char **needs;                       /* services and databases it cannot live without */
    size_t needs_count;
    struct health_settings health;
    struct environment_settings *environments;
    size_t environments_count;
};
extern const struct shape service_settings_shape;

/* ---- databases ---- */

struct cloud_sql_settings {
    const char *project, *instance, *replica;
};
struct memorystore_settings {
    const char *project, *region, *instance;
};
struct backups_settings {
    const char *bucket; /* "gs://acme-backups/main": exports go below it, imports come from its bucket; NULL: none */
    const char **databases; /* in the instance: which may be exported and imported; none: any */
    size_t databases_count;
    const char *restore_into; /* another instance, which a backup is restored into first; or NULL */
    const char *verify;       /* a runbook that checks what was restored or imported; or NULL */
};
struct database_settings {
    const char *name, *about;
    const char *environment; /* what rules of policy call the place it is in */
    struct shape_pair *labels;
    size_t labels_count;
    const char *pagerduty_integration_key; /* secret; NULL: PagerDuty is told of no failover */
    const struct cloud_sql_settings *cloud_sql;
    const struct memorystore_settings *memorystore;
    const char *runbook;                         /* what fails it over, in the place of those two; or NULL */
    const struct backups_settings *backups;      /* of Cloud SQL; NULL: with none of these */
    int64_t recovery_time_ms, recovery_point_ms; /* RTO and RPO; 0: none named */
    int64_t max_lag_ms;                          /* a failover that would lose more than this asks again */
    int64_t cool_down_ms;                        /* likewise one that comes so soon after another */
};
extern const struct shape database_settings_shape;

#endif
