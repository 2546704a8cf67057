#include "bot/cli/check.h"

#include "bot/base/time.h"
#include "bot/cli/policy.h"
#include "bot/configuration/reference.h"
#include "bot/shell/clock.h"
#include "handlers/registry.h"
#include "handlers/runbook/asked.h"
#include "handlers/schedule/cron.h"

#include <inttypes.h>
#include <string.h>

/* ---- for people ---- */

static const char *driver_name(const struct driver_settings *driver)
{
    return driver->cloud_run        ? "cloud_run"
           : driver->program        ? "program"
           : driver->github_actions ? "github_actions"
                                    : "none";
}

static void print_strategy(const struct strategy_settings *strategy, struct buf *out)
{
    static const char *const names[] = { "all-at-once", "canary", "blue-green" };

    buf_puts(out, names[strategy_kind(strategy)]);
    for (size_t i = 0; strategy->canary && i < strategy->canary->steps_count; i++)
        buf_addf(out, " %.0f%%", strategy->canary->steps[i].traffic * 100);
}

#define TIMES_SHOWN 3

/* The next ones, unix ms; gives how many there are. */
static size_t next_times(const struct configuration *configuration, const struct runbook_schedule *schedule,
                         int64_t after_ms, int64_t ret_ms[TIMES_SHOWN])
{
    struct error ignored;
    const struct zone *zone = zones_find(configuration->zones, str_of(schedule->zone), &ignored);
    size_t count = 0;
    struct cron cron;

    if (!zone || !cron_parse(str_of(schedule->cron), &cron, &ignored))
        return 0;
    while (count < TIMES_SHOWN && (after_ms = cron_next(&cron, zone, after_ms)) != CRON_NEVER)
        ret_ms[count++] = after_ms;
    return count;
}

static void print_services(const struct settings *settings, struct buf *out)
{
    buf_addf(out, "\nservices: %zu\n", settings->services_count);
    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            const struct environment_settings *environment = &service->environments[k];

            buf_addf(out, "  %s/%s: %s, ", service->name, environment->name, driver_name(&environment->driver));
            print_strategy(&environment->strategy, out);
            buf_puts(out, "\n");
        }
    }
}

static void print_databases(const struct settings *settings, struct buf *out)
{
    for (size_t i = 0; i < settings->databases_count; i++) {
        const struct database_settings *database = &settings->databases[i];

        buf_addf(out, "%s  %s: %s%s%s\n", i == 0 ? "\ndatabases\n" : "", database->name,
                 database->cloud_sql     ? "cloud_sql"
                 : database->memorystore ? "memorystore"
                                         : "runbook",
                 database->environment ? ", " : "", database->environment ? database->environment : "");
    }
    for (size_t i = 0; i < settings->protections_count; i++) {
        const struct protection_settings *protection = &settings->protections[i];

        buf_addf(out, "%s  %s: %s of %s%s%s\n", i == 0 ? "\nprotections\n" : "", protection->name, protection->policy,
                 protection->project, protection->environment ? ", " : "",
                 protection->environment ? protection->environment : "");
    }
}

static void print_runbooks(const struct settings *settings, struct buf *out)
{
    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];

        buf_addf(out, "%s  %s: %zu %s%s%s%s%s%s\n", i == 0 ? "\nrunbooks\n" : "", runbook->name, runbook->steps_count,
                 runbook->steps_count == 1 ? "step" : "steps", runbook->target ? ", changes " : "",
                 runbook->target ? runbook->target : "", runbook->destructive ? ", destructive" : "",
                 runbook->rotates ? ", rotates " : "", runbook->rotates ? runbook->rotates : "");
    }
}

static void print_maintenance(const struct maintenance_settings *maintenance, struct buf *out)
{
    buf_addf(out, "\nmaintenance\n  planned at least %s ahead, watched for %s\n", duration_format(maintenance->least_ms).text,
             duration_format(maintenance->watch_ms).text);
    for (size_t i = 0; i < maintenance->windows_count; i++)
        buf_addf(out, "%s%s%s", i == 0 ? "  only " : ", ", maintenance->windows[i],
                 i + 1 == maintenance->windows_count ? "\n" : "");
    for (size_t i = 0; i < maintenance->places_count; i++) {
        buf_addf(out, "  %s:", maintenance->places[i].name);
        for (size_t k = 0; k < maintenance->places[i].of_count; k++)
            buf_addf(out, " %s", maintenance->places[i].of[k]);
        buf_puts(out, "\n");
    }
}

static void print_schedule(const struct configuration *configuration, const char *name,
                           const struct runbook_schedule *schedule, struct buf *out)
{
    const struct clock clock = clock_system();
    struct error ignored;
    const struct zone *zone = zones_find(configuration->zones, str_of(schedule->zone), &ignored);
    int64_t next_ms[TIMES_SHOWN];
    size_t count = next_times(configuration, schedule, clock.unix_ms(clock.ctx), next_ms);

    buf_addf(out, "  %s:", name);
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s %s", i ? "," : "", cron_wall(next_ms[i], zone, configuration->arena));
    buf_puts(out, "\n");
}

static void print_schedules(const struct configuration *configuration, struct buf *out)
{
    const struct settings *settings = &configuration->settings;
    bool is_first = true;

    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++) {
            const struct runbook_schedule *schedule = &settings->runbooks[i].schedule[k];

            buf_puts(out, is_first ? "\nschedules, and when they are due next\n" : "");
            print_schedule(configuration, schedule_name(&settings->runbooks[i], schedule), schedule, out);
            is_first = false;
        }
}

static size_t count_rules(const struct policy_settings *policy, enum rule_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->rules_count; i++)
        count += rule_kind(&policy->rules[i]) == kind ? 1 : 0;
    return count;
}

static void print_policy(const struct settings *settings, struct buf *out)
{
    const struct policy_settings *policy = &settings->policy;

    buf_addf(out, "\nroles: %zu\n", policy->roles_count);
    for (size_t i = 0; i < policy->roles_count; i++) {
        const struct role_settings *role = &policy->roles[i];

        buf_addf(out, "  %s:", role->name);
        for (size_t k = 0; k < role->members_count; k++)
            buf_addf(out, " %s", role->members[k]);
        buf_puts(out, "\n");
    }
    buf_addf(out, "\nrules: %zu allow, %zu deny, %zu require\n", count_rules(policy, RULE_ALLOW),
             count_rules(policy, RULE_DENY), count_rules(policy, RULE_REQUIRE));
}

static void print_lines(const char *title, const char **lines, size_t count, struct buf *out)
{
    if (count > 0)
        buf_addf(out, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "  %s\n", lines[i]);
}

struct findings { /* of lint */
    const struct lint_finding *list;
    size_t count;
};

/* Of the file alone: who is in a group now, `policy lint` knows where there is a store. */
static struct findings findings_of(const struct configuration *configuration)
{
    const struct clock clock = clock_system();
    const struct lint_input input = { .settings = &configuration->settings,
                                      .step_asks = runbook_step_asks,
                                      .verbs = verbs,
                                      .zones = configuration->zones,
                                      .now_ms = clock.unix_ms(clock.ctx) };
    struct findings findings;

    findings.list = policy_lint(&input, configuration->arena, &findings.count);
    return findings;
}

/* What cannot be meant in full; what merely does nothing, counted. */
static void print_findings(const struct configuration *configuration, struct buf *out)
{
    const struct findings findings = findings_of(configuration);
    const char **lines = arena_alloc(configuration->arena, (findings.count + 1) * sizeof(*lines));
    size_t wrong = 0, notes;

    for (size_t i = 0; i < findings.count; i++)
        if (findings.list[i].severity == LINT_WRONG)
            lines[wrong++] = policy_finding_line(&findings.list[i], configuration->arena);
    notes = findings.count - wrong;
    print_lines("the policy, by `opsgate policy lint`", lines, wrong, out);
    if (notes > 0)
        buf_addf(out, "%s`opsgate policy lint` shows %zu %s%s.\n", wrong > 0 ? "  " : "\n", notes,
                 wrong > 0 ? "more " : "", notes == 1 ? "note about the policy" : "notes about the policy");
}

static void print_summary(const struct configuration *configuration, struct buf *out)
{
    const struct settings *settings = &configuration->settings;

    buf_addf(out, "%s is good.\n\nlistens on %s, keeps its data in %s, store %s\n", configuration->path,
             settings->listen, settings->data_dir, settings->store.url);
    print_services(settings, out);
    print_databases(settings, out);
    print_runbooks(settings, out);
    print_schedules(configuration, out);
    print_maintenance(&settings->maintenance, out);
    print_policy(settings, out);
    print_lines("warnings", configuration->warnings, configuration->warnings_count, out);
    print_findings(configuration, out);
    buf_addf(out, "\ndigest %s\n", configuration->digest.text);
}

static void print_problems(const struct configuration_errors *errors, struct buf *out)
{
    size_t count = errors->count + errors->left_out;

    configuration_errors_print(errors, out);
    buf_addf(out, "%zu %s; nothing was started or changed.\n", count, count == 1 ? "problem" : "problems");
}

/* ---- for programs ---- */

static cJSON *strings_to_json(const char **lines, size_t count)
{
    cJSON *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_add_string(array, lines[i]);
    return array;
}

static cJSON *targets_to_json(const struct settings *settings, struct arena *arena)
{
    cJSON *array = json_array();

    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++)
            json_add_string(array, settings_target_name(service, &service->environments[k], arena));
    }
    for (size_t i = 0; i < settings->databases_count; i++)
        json_add_string(array, settings->databases[i].name);
    return array;
}

static cJSON *roles_to_json(const struct policy_settings *policy)
{
    cJSON *array = json_array();

    for (size_t i = 0; i < policy->roles_count; i++)
        json_add_string(array, policy->roles[i].name);
    return array;
}

static cJSON *protections_to_json(const struct settings *settings)
{
    cJSON *array = json_array();

    for (size_t i = 0; i < settings->protections_count; i++)
        json_add_string(array, settings->protections[i].name);
    return array;
}

static cJSON *runbooks_to_json(const struct settings *settings)
{
    cJSON *array = json_array();

    for (size_t i = 0; i < settings->runbooks_count; i++)
        json_add_string(array, settings->runbooks[i].name);
    return array;
}

static cJSON *schedules_to_json(const struct configuration *configuration)
{
    const struct settings *settings = &configuration->settings;
    const struct clock clock = clock_system();
    cJSON *array = json_array();

    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++) {
            const struct runbook_schedule *schedule = &settings->runbooks[i].schedule[k];
            int64_t next_ms[TIMES_SHOWN];
            size_t count = next_times(configuration, schedule, clock.unix_ms(clock.ctx), next_ms);
            cJSON *json = json_object(), *next = json_array();

            json_set_string(json, "name", schedule_name(&settings->runbooks[i], schedule));
            json_set_string(json, "runbook", settings->runbooks[i].name);
            for (size_t n = 0; n < count; n++)
                json_add_string(next, time_format(next_ms[n]).text);
            json_set(json, "next", next);
            json_add(array, json);
        }
    return array;
}

static cJSON *good_to_json(const struct configuration *configuration)
{
    const struct findings findings = findings_of(configuration);
    cJSON *json = json_object();

    json_set_bool(json, "good", true);
    json_set_string(json, "file", configuration->path);
    json_set_string(json, "digest", configuration->digest.text);
    json_set(json, "targets", targets_to_json(&configuration->settings, configuration->arena));
    json_set(json, "protections", protections_to_json(&configuration->settings));
    json_set(json, "runbooks", runbooks_to_json(&configuration->settings));
    json_set(json, "schedules", schedules_to_json(configuration));
    json_set(json, "roles", roles_to_json(&configuration->settings.policy));
    json_set_int(json, "rules", (int64_t)configuration->settings.policy.rules_count);
    json_set(json, "warnings", strings_to_json(configuration->warnings, configuration->warnings_count));
    json_set(json, "findings", policy_findings_json(findings.list, findings.count));
    return json;
}

static cJSON *error_to_json(const struct configuration_error *error)
{
    cJSON *json = json_object();

    json_set_int(json, "line", error->line);
    json_set_int(json, "column", error->column);
    json_set_string(json, "path", error->path);
    json_set_string(json, "message", error->message);
    return json;
}

static cJSON *bad_to_json(const struct configuration_errors *errors)
{
    cJSON *json = json_object(), *array = json_array();

    json_set_bool(json, "good", false);
    json_set_string(json, "file", errors->file);
    for (size_t i = 0; i < errors->count; i++)
        json_add(array, error_to_json(&errors->items[i]));
    json_set(json, "errors", array);
    json_set_int(json, "left_out", (int64_t)errors->left_out);
    return json;
}

static void print_json(cJSON *json, struct buf *out)
{
    json_print_to(out, json);
    buf_puts(out, "\n");
    cJSON_Delete(json);
}

/* ---- the command ---- */

static enum cli_exit check_file(const struct check_options *options, struct configuration_errors *errors,
                                struct buf *out)
{
    AUTO(configuration) struct configuration *configuration = NULL;

    if (!configuration_load(options->path, &configuration, errors)) {
        if (options->is_json)
            print_json(bad_to_json(errors), out);
        else
            print_problems(errors, out);
        return CLI_USAGE;
    }
    if (options->is_json)
        print_json(good_to_json(configuration), out);
    else
        print_summary(configuration, out);
    return CLI_OK;
}

enum cli_exit check_run(const struct check_options *options, struct buf *out)
{
    struct configuration_errors errors = { 0 };
    enum cli_exit status;

    if (options->is_reference) {
        reference_print(out);
        return CLI_OK;
    }
    status = check_file(options, &errors, out);
    configuration_errors_finish(&errors);
    return status;
}
