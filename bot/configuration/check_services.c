#include "bot/configuration/check.h"

#include "bot/base/time.h"
#include "bot/model/change_event.h"

#include "integrations/github/api.h"
#include "integrations/prometheus/queries.h"

#include <math.h>
#include <string.h>

/* ---- two targets that are the same outside thing ---- */

struct outside {       /* what a target is, out there */
    const char *thing; /* "run acme/us-central1/api" */
    const char *target;
    const struct outside *next;
};
struct services {
    struct walk *walk;
    const struct settings *settings;
    const struct outside *taken;
};

static void take_outside(struct services *all, const void *owner, const char *key, const char *thing,
                         const char *target)
{
    struct outside *mine = ARENA_NEW(all->walk->arena, struct outside);

    for (const struct outside *other = all->taken; other; other = other->next)
        if (strcmp(other->thing, thing) == 0)
            walk_wrong(all->walk, owner, key, -1,
                       "is the same outside thing as '%s': two targets must not change one thing", other->target);
    *mine = (struct outside){ thing, target, all->taken };
    all->taken = mine;
}

/* `deploy all staging`, `lock all`: where a name stands. */
static void check_not_all(struct walk *walk, const void *owner, const char *name)
{
    if (name && strcmp(name, "all") == 0)
        walk_wrong(walk, owner, "name", -1, "'all' is what people type for every one of them");
}

/* ---- environments ---- */

struct spot { /* the environment that is looked at, and its service */
    struct services *all;
    const struct service_settings *service;
    const struct environment_settings *environment;
};

/* One region, or the only one that stands there, or each of several. */
static void take_region(const struct spot *spot, const char *region)
{
    const struct cloud_run_driver *run = spot->environment->driver.cloud_run;
    struct arena *arena = spot->all->walk->arena;

    if (run->project && run->service && spot->service->name && spot->environment->name)
        take_outside(spot->all, run, "service", arena_printf(arena, "run %s/%s/%s", run->project, region, run->service),
                     settings_target_name(spot->service, spot->environment, arena));
}

static bool is_named_before(const struct cloud_run_driver *run, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(run->regions[i], run->regions[index]) == 0)
            return true;
    return false;
}

static void check_regions(const struct spot *spot)
{
    const struct cloud_run_driver *run = spot->environment->driver.cloud_run;
    struct walk *walk = spot->all->walk;
    bool has_one = walk_has(walk, run, "region"), has_several = walk_has(walk, run, "regions");

    if (has_one == has_several || (run->regions_count == 0 && has_several && walk_is_good(walk, run, "regions")))
        walk_wrong(walk, run, has_several ? "regions" : "", -1, "expected exactly one of region, regions");
    if (run->region)
        take_region(spot, run->region);
    for (size_t i = 0; i < run->regions_count; i++) {
        if (is_named_before(run, i))
            walk_wrong(walk, run, "regions", (long)i, "is named twice");
        else
            take_region(spot, run->regions[i]);
    }
}

static void check_cloud_run(const struct spot *spot)
{
    if (!spot->environment->driver.cloud_run)
        return;
    check_regions(spot);
    if (!walk_has(spot->all->walk, spot->service, "artifact"))
        walk_wrong(spot->all->walk, &spot->environment->driver, "cloud_run", -1,
                   "needs the service's artifact: which image is deployed");
}

static void check_driver(const struct spot *spot)
{
    const struct driver_settings *driver = &spot->environment->driver;
    struct walk *walk = spot->all->walk;
    int count = (int)walk_has(walk, driver, "cloud_run") + (int)walk_has(walk, driver, "program") +
                (int)walk_has(walk, driver, "github_actions");

    if (count != 1 && walk_has(walk, spot->environment, "driver"))
        walk_wrong(walk, spot->environment, "driver", -1, "expected exactly one of cloud_run, program, github_actions");
    check_cloud_run(spot);
    if (driver->github_actions && !walk_has(walk, spot->service, "repository"))
        walk_wrong(walk, driver, "github_actions", -1, "needs the service's repository");
    if (driver->github_actions)
        check_section(walk, spot->all->settings, driver, "github_actions", -1, "github");
}

static void check_steps(struct walk *walk, const struct canary_settings *canary)
{
    double before = 0;

    for (size_t i = 0; i < canary->steps_count; i++) {
        double percent = canary->steps[i].traffic * 100;

        if (fabs(percent - round(percent)) > 1e-9)
            walk_wrong(walk, &canary->steps[i], "traffic", -1, "Cloud Run splits traffic in whole percents");
        if (percent <= before && percent > 0)
            walk_wrong(walk, &canary->steps[i], "traffic", -1, "each step must be larger than the one before");
        before = walk_is_unread(walk, &canary->steps[i], "traffic") ? 0 : percent;
    }
    if (canary->steps_count > 0 && before < 100 && before > 0)
        walk_wrong(walk, &canary->steps[canary->steps_count - 1], "traffic", -1, "the last step must be 100%%");
}

static void check_queries(struct walk *walk, const struct analysis_settings *analysis)
{
    for (size_t i = 0; i < analysis->queries_count; i++) {
        const struct analysis_query *query = &analysis->queries[i];
        bool has_max = walk_has(walk, query, "max"), has_min = walk_has(walk, query, "min");

        if (!has_max && !has_min)
            walk_wrong(walk, query, "max", -1, "is missing: more than what fails a step? Or min: less than what");
        else if (query->max < query->min && walk_is_good(walk, query, "max") && walk_is_good(walk, query, "min"))
            walk_wrong(walk, query, "max", -1, "%g is less than min, %g: nothing could pass", query->max, query->min);
    }
}

static void check_metric_names(struct walk *walk, const struct measure_names *names)
{
    const struct {
        const char *key, *name;
        bool is_good;
    } rows[] = {
        { "requests", names->requests, query_is_metric_name(names->requests) },
        { "latency", names->latency, query_is_metric_name(names->latency) },
        { "revision_label", names->revision_label, query_is_label_name(names->revision_label) },
        { "code_label", names->code_label, query_is_label_name(names->code_label) },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].name && !rows[i].is_good)
            walk_wrong(walk, names, rows[i].key, -1, "expected a name as Prometheus has them: letters, digits and '_'");
    if (str_ends_with(str_of(names->latency), "_bucket"))
        walk_wrong(walk, names, "latency", -1, "names a histogram without _bucket");
    for (size_t i = 0; i < names->match_count; i++)
        if (!query_is_label_name(names->match[i].key))
            walk_wrong(walk, names, "match", -1, "expected labels as Prometheus has them: letters, digits and '_'");
}

/* Neither of them is what was meant when it could not be read: the other one contradicts nothing. */
static bool is_longer_than_max(struct walk *walk, const void *owner, int64_t bake_ms,
                               const struct analysis_settings *analysis)
{
    if (bake_ms <= analysis->max_bake_ms || analysis->max_bake_ms <= 0)
        return false;
    return !walk_is_unread(walk, owner, "bake") && !walk_is_unread(walk, analysis, "max_bake");
}

static void check_bakes(struct walk *walk, const struct canary_settings *canary,
                        const struct analysis_settings *analysis)
{
    if (is_longer_than_max(walk, canary, canary->bake_ms, analysis))
        walk_wrong(walk, analysis, "max_bake", -1, "%s is shorter than the canary's bake of %s",
                   duration_format(analysis->max_bake_ms).text, duration_format(canary->bake_ms).text);
    for (size_t i = 0; i < canary->steps_count; i++)
        if (is_longer_than_max(walk, &canary->steps[i], canary->steps[i].bake_ms, analysis))
            walk_wrong(walk, &canary->steps[i], "bake", -1, "%s is longer than analysis.max_bake, %s",
                       duration_format(canary->steps[i].bake_ms).text, duration_format(analysis->max_bake_ms).text);
}

static void check_detect(struct walk *walk, const struct analysis_settings *analysis)
{
    bool is_meant = walk_is_good(walk, analysis, "error_rate") && walk_has(walk, analysis, "detect") &&
                    walk_is_good(walk, analysis, "detect");

    if (is_meant && analysis->error_rate > 0 && analysis->detect <= analysis->error_rate)
        walk_warn(
            walk, analysis, "detect", -1,
            "%g %% is not above error_rate, %g %%: so few failing are no fault, and no number of requests finds them",
            100 * analysis->detect, 100 * analysis->error_rate);
}

#define MONITORING_MINUTES 3 /* of a step: the one that it begins in, and two blocks */

/* Cloud Monitoring knows Cloud Run's own numbers, minutes later, and speaks no PromQL here. */
static void check_monitoring(const struct spot *spot)
{
    const struct environment_settings *environment = spot->environment;
    const struct canary_settings *canary = environment->strategy.canary;
    const struct metrics_settings *metrics = &spot->all->settings->metrics;
    struct walk *walk = spot->all->walk;

    if (!metrics->google_cloud_monitoring || analysis_has_probes(environment->analysis))
        return;
    if (environment->analysis->queries_count > 0)
        walk_wrong(walk, environment->analysis, "queries", -1,
                   "contradicts metrics.google_cloud_monitoring: queries are asked of metrics.prometheus");
    if (canary && walk_is_good(walk, canary, "bake") && canary->bake_ms <= settings_metrics_lag_ms(metrics))
        walk_warn(
            walk, environment, "analysis", -1,
            "Cloud Monitoring tells a minute only %s later: each step takes %s at least, however short its bake of %s",
            duration_format(settings_metrics_lag_ms(metrics)).text,
            duration_format(settings_metrics_lag_ms(metrics) + MONITORING_MINUTES * MINUTE_MS).text,
            duration_format(canary->bake_ms).text);
}

static void check_analysis(const struct spot *spot)
{
    const struct analysis_settings *analysis = spot->environment->analysis;
    const struct strategy_settings *strategy = &spot->environment->strategy;
    const struct metrics_settings *metrics = &spot->all->settings->metrics;
    struct walk *walk = spot->all->walk;

    if (!analysis)
        return;
    if (strategy_kind(strategy) == STRATEGY_ALL_AT_ONCE && !walk_is_unread(walk, spot->environment, "strategy"))
        walk_wrong(walk, spot->environment, "analysis", -1,
                   "contradicts the strategy: all-at-once has no steps to judge");
    if (analysis_has_limits(analysis) && !settings_has_metrics(metrics) && !analysis_has_probes(analysis))
        walk_warn(
            walk, spot->environment, "analysis", -1,
            "nothing can be judged without metrics.prometheus, metrics.google_cloud_monitoring or probes: steps will wait for people");
    check_metric_names(walk, &analysis->metrics);
    check_queries(walk, analysis);
    check_monitoring(spot);
    check_detect(walk, analysis);
    if (analysis_has_probes(analysis))
        check_probes(walk, spot->environment);
    if (strategy->canary)
        check_bakes(walk, strategy->canary, analysis);
}

static void check_strategy(const struct spot *spot)
{
    const struct strategy_settings *strategy = &spot->environment->strategy;
    struct walk *walk = spot->all->walk;
    bool says_simple = walk_has(walk, strategy, "simple");
    bool says_nothing = !says_simple && !strategy->canary && !strategy->blue_green;

    if (says_nothing && walk_is_good(walk, spot->environment, "strategy"))
        walk_wrong(walk, spot->environment, "strategy", -1, "expected one of all-at-once, canary, blue_green");
    if ((strategy->canary && strategy->blue_green) || (says_simple && strategy_kind(strategy) != STRATEGY_ALL_AT_ONCE))
        walk_wrong(walk, spot->environment, "strategy", -1, "expected one strategy, found several");
    if (strategy->canary)
        check_steps(walk, strategy->canary);
    if (strategy->canary && !spot->environment->driver.cloud_run && walk_is_good(walk, spot->environment, "driver"))
        walk_wrong(walk, strategy, "canary", -1, "contradicts the driver: only cloud_run can split traffic");
}

static void check_default_version(const struct spot *spot)
{
    struct str version = str_of(spot->environment->default_version);
    struct walk *walk = spot->all->walk;
    bool is_branch = str_take_prefix(&version, "branch:");

    if (!spot->environment->default_version)
        return;
    if ((!is_branch && !str_take_prefix(&version, "tag:")) || version.len == 0)
        walk_wrong(walk, spot->environment, "default_version", -1, "expected tag:NAME or branch:NAME");
    else if (is_branch &&
             (!walk_has(walk, spot->all->settings, "github") || !walk_has(walk, spot->service, "repository")))
        walk_wrong(walk, spot->environment, "default_version", -1,
                   "branch: needs the section github and the service's repository");
}

static bool is_dotted_path(struct str path)
{
    bool has_more = true;

    while (has_more) {
        size_t before = path.len;
        struct str name = str_take_until(&path, '.');

        if (name.len == 0)
            return false;
        has_more = name.len < before; /* a dot followed it */
    }
    return true;
}

static void check_health(struct walk *walk, const struct health_settings *health)
{
    check_url_path(walk, health, health->path);
    if (health->field && !is_dotted_path(str_of(health->field)))
        walk_wrong(walk, health, "field", -1, "expected a path such as status or checks.database");
    if (health->field && !walk_is_unread(walk, health, "expect_status") &&
        (health->expect_status == 204 || health->expect_status == 304 || health->expect_status < 200))
        walk_wrong(walk, health, "field", -1, "contradicts expect_status: such an answer has no JSON to look into");
    if (!walk_has(walk, health, "field") && walk_has(walk, health, "value"))
        walk_wrong(walk, health, "value", -1, "needs the key field: which part of the JSON answer it is");
}

/* Of a place whose changes PagerDuty is told of. */
static void check_integration_key(struct services *all, const void *owner, const char *key)
{
    static const char name[] = "pagerduty_integration_key";
    const char *objection = key ? change_event_key_objection(key) : NULL;

    if (!key)
        return;
    if (objection)
        walk_wrong(all->walk, owner, name, -1, "%s", objection);
    check_section(all->walk, all->settings, owner, name, -1, "pagerduty");
}

static void check_environment(struct services *all, const struct service_settings *service,
                              const struct environment_settings *environment, struct name_list *seen)
{
    const struct spot spot = { all, service, environment };

    check_name(all->walk, environment, "environment", environment->name, seen);
    check_not_all(all->walk, environment, environment->name);
    check_driver(&spot);
    check_strategy(&spot);
    check_analysis(&spot);
    check_default_version(&spot);
    if (environment->health)
        check_health(all->walk, environment->health);
    if (environment->url && !github_page(environment->url))
        walk_wrong(all->walk, environment, "url", -1, "expected an address such as https://api.example.com");
    check_integration_key(all, environment, environment->pagerduty_integration_key);
}

/* ---- services and databases ---- */

static void check_image(struct walk *walk, const struct artifact_settings *artifact)
{
    const char *image = artifact->image, *slash = image ? strchr(image, '/') : NULL;

    if (!image)
        return;
    if (!slash || (!memchr(image, '.', (size_t)(slash - image)) && !memchr(image, ':', (size_t)(slash - image))))
        walk_wrong(walk, artifact, "image", -1, "expected HOST/PATH:{version} with the registry's host in front");
    else if (!str_ends_with(str_of(image), ":{version}") || strstr(image, "{version}") != image + strlen(image) - 9)
        walk_wrong(walk, artifact, "image", -1, "expected \":{version}\" at the end, once: the tag is filled in there");
}

static void check_repository(struct walk *walk, const struct service_settings *service)
{
    struct str rest = str_of(service->repository), owner = str_take_until(&rest, '/');

    if (service->repository && (owner.len == 0 || rest.len == 0 || memchr(rest.at, '/', rest.len)))
        walk_wrong(walk, service, "repository", -1, "expected OWNER/NAME such as acme/platform");
}

static void check_needs(struct walk *walk, const struct service_settings *service, const struct name_list *known)
{
    for (size_t i = 0; i < service->needs_count; i++) {
        if (service->name && strcmp(service->needs[i], service->name) == 0)
            walk_wrong(walk, service, "needs", (long)i, "a service cannot need itself");
        check_reference(walk, service, "needs", (long)i, "service or database", service->needs[i], known);
    }
}

static void check_service(struct services *all, const struct service_settings *service, struct name_list *seen,
                          const struct name_list *known)
{
    struct name_list environments = { 0 };

    check_name(all->walk, service, "service or database", service->name, seen);
    check_not_all(all->walk, service, service->name);
    check_repository(all->walk, service);
    if (service->artifact)
        check_image(all->walk, service->artifact);
    if (service->artifact && !strstr(service->artifact->branch_tag, "{sha}") &&
        !strstr(service->artifact->branch_tag, "{short_sha}"))
        walk_wrong(all->walk, service->artifact, "branch_tag", -1,
                   "expected {sha} or {short_sha} in it: else every commit has the same image");
    check_needs(all->walk, service, known);
    check_health(all->walk, &service->health);
    for (size_t i = 0; i < service->environments_count; i++)
        check_environment(all, service, &service->environments[i], &environments);
}

static size_t kinds_of(const struct walk *walk, const struct database_settings *database)
{
    return (size_t)walk_has(walk, database, "cloud_sql") + (size_t)walk_has(walk, database, "memorystore") +
           (size_t)walk_has(walk, database, "runbook");
}

/* Rules go by it: one that no service has is a slip, and a rule that denies there would not. Without services it is any. */
static void check_database_environment(const struct services *all, const struct database_settings *database)
{
    const struct name_list environments = names_of_service_environments(all->walk, all->settings);

    if (environments.count > 0)
        check_reference(all->walk, database, "environment", -1, "environment of a service", database->environment,
                        &environments);
}

static void check_database(struct services *all, const struct database_settings *database, struct name_list *seen)
{
    const struct cloud_sql_settings *sql = database->cloud_sql;
    const struct memorystore_settings *redis = database->memorystore;
    struct arena *arena = all->walk->arena;

    check_name(all->walk, database, "service or database", database->name, seen);
    check_database_environment(all, database);
    check_integration_key(all, database, database->pagerduty_integration_key);
    if (kinds_of(all->walk, database) != 1)
        walk_wrong(all->walk, database, "", -1, "expected exactly one of cloud_sql, memorystore, runbook");
    if (database->runbook)
        check_failover_runbook(all->walk, all->settings, database);
    if (sql && sql->project && sql->instance && database->name)
        take_outside(all, sql, "instance", arena_printf(arena, "sql %s/%s", sql->project, sql->instance),
                     database->name);
    if (sql && sql->project && sql->replica && database->name)
        take_outside(all, sql, "replica", arena_printf(arena, "sql %s/%s", sql->project, sql->replica), database->name);
    if (sql && sql->project && database->backups && database->backups->restore_into && database->name)
        take_outside(all, database->backups, "restore_into",
                     arena_printf(arena, "sql %s/%s", sql->project, database->backups->restore_into), database->name);
    if (database->backups)
        check_backups(all->walk, all->settings, database);
    if (redis && redis->project && redis->region && redis->instance && database->name)
        take_outside(all, redis, "instance",
                     arena_printf(arena, "redis %s/%s/%s", redis->project, redis->region, redis->instance),
                     database->name);
}

void check_services(struct walk *walk, const struct settings *settings)
{
    struct services all = { walk, settings, NULL };
    struct name_list seen = { 0 }, known = names_of_services(walk, settings);

    known.is_partial = known.is_partial || names_of_databases(walk, settings).is_partial;
    for (size_t i = 0; i < settings->databases_count; i++)
        name_list_add(&known, settings->databases[i].name, walk->arena);
    for (size_t i = 0; i < settings->services_count; i++)
        check_service(&all, &settings->services[i], &seen, &known);
    for (size_t i = 0; i < settings->databases_count; i++)
        check_database(&all, &settings->databases[i], &seen);
}
