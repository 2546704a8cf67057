#include "bot/model/settings_policy.h"

#define MANY SHAPE_ONE_OR_MANY

static const char *const checks_names[] = { "any", "green", NULL };

const char *const policy_verb_names[] = {
    "abort",  "acknowledge", "approve",     "backup",   "block",  "blocks",  "ddos",     "dead",      "deploy",
    "erase",  "events",  "explain", "failover",    "halt",     "help",   "history", "incident", "list",      "lock",
    "locks",  "logs",        "maintenance", "ops",      "pause",  "promote", "reload",   "restart",   "restore",
    "resume", "retry",       "review",      "rollback", "rotate", "run",     "scale",    "schedules", "set",
    "show",   "status",      "traffic",     "unblock",  "unhalt", "unlock",  NULL,
};
const char *const policy_source_names[] = { "slack",      "github",   "pagerduty", "alertmanager", "local", "api",
                                            "automation", "schedule", "dashboard", NULL };

static const struct shape_field role_rows[] = {
    ROW_LINE(role_settings, line),
    ROW_STRING(role_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "as rules call it"),
    ROW_STRINGS(
        role_settings, members, .flags = SHAPE_REQUIRED | MANY, .min = 1, .max = 10000,
        .about = "slack:U…, github:LOGIN, pagerduty:P…, token:NAME, local:USER, github-app:ID, schedule:NAME; or whole "
                 "groups: "
                 "slack-group:S…, github-team:ORG/TEAM, pagerduty-schedule:P…"),
    ROW_MS(role_settings, max_age, .otherwise = "12h", .min = 1000, .max = 30 * 24 * 3600 * 1000LL,
           .about = "older membership of groups, teams and schedules counts as none"),
};
static const struct shape role_shape = SHAPE("a role", role_settings, role_rows);

static const struct shape_field place_rows[] = {
    ROW_STRINGS(rule_place, service, .flags = MANY, .min = 1, .max = 1000, .about = "any of these services"),
    ROW_STRINGS(rule_place, environment, .flags = MANY, .min = 1, .max = 1000, .about = "any of these environments"),
    ROW_STRINGS(rule_place, database, .flags = MANY, .min = 1, .max = 1000, .about = "any of these databases"),
    ROW_STRINGS(rule_place, runbook, .flags = MANY, .min = 1, .max = 1000, .about = "any of these runbooks"),
    ROW_MAP(rule_place, labels, .max = 50, .about = "all of these labels, of service and environment together"),
};
static const struct shape place_shape = SHAPE("a place", rule_place, place_rows);

static const struct shape_field when_rows[] = {
    ROW_STRINGS(rule_when, source, .flags = MANY, .min = 1, .max = 20,
                .about = "where the request came from: slack, github, local, api..."),
    ROW_STRINGS(rule_when, during, .flags = MANY, .min = 1, .max = 100,
                .about = "windows of time: \"Wed 22:00-24:00 UTC\", \"2026-12-20 - 2027-01-02 Europe/Berlin\""),
    ROW_STRING(rule_when, incident_at_least, .min = 1, .max = 63, .about = "an incident this bad, or worse, is open"),
};
static const struct shape when_shape = SHAPE("a condition", rule_when, when_rows);

static const struct shape_field approvals_rows[] = {
    ROW_INT(require_approvals, count, .otherwise = "1", .min = 1, .max = 20, .about = "how many persons"),
    ROW_STRINGS(require_approvals, from, .flags = SHAPE_REQUIRED | MANY, .min = 1, .max = 50,
                .about = "roles; never the requester"),
    ROW_MS(require_approvals, expires, .otherwise = "4h", .min = 1000, .max = 30 * 24 * 3600 * 1000LL,
           .about = "an approval older than this is void"),
    ROW_BOOL(require_approvals, exclude_authors,
             .about =
                 "nor the authors of the commits that it brings, by GitHub; when they are not known, nobody counts"),
};
static const struct shape approvals_shape = SHAPE("approvals", require_approvals, approvals_rows);

static const struct shape_field healthy_rows[] = {
    ROW_STRING(require_healthy, environment, .flags = SHAPE_REQUIRED, .min = 1, .max = 63,
               .about = "the earlier environment"),
    { .name = "for",
      .type = SHAPE_MS,
      .offset = SHAPE_AT(struct require_healthy, int64_t, for_ms),
      .otherwise = "1h",
      .min = 1,
      .max = 30 * 24 * 3600 * 1000LL,
      .about = "so long, the same version" },
};
static const struct shape healthy_shape = SHAPE("healthy elsewhere", require_healthy, healthy_rows);

static const struct shape_field require_rows[] = {
    ROW_OPTION(require_settings, approvals, &approvals_shape, .about = "of so many persons"),
    ROW_ENUM(require_settings, checks, checks_names,
             .about = "green: GitHub's check runs and statuses on the pinned commit, which are waited for 30m at most"),
    ROW_BOOL(require_settings, reason, .about = "--reason must be given"),
    ROW_STRINGS(require_settings, window, .flags = MANY, .min = 1, .max = 100,
                .about = "only then: \"Mon-Thu 09:00-16:00 Europe/Berlin\""),
    ROW_STRING(require_settings, no_incident_at_least, .min = 1, .max = 63,
               .about = "no incident this bad, or worse, is open"),
    ROW_STRING(require_settings, version, .min = 1, .max = 200, .about = "pattern of the version: v*.*.*"),
    ROW_OPTION(require_settings, healthy_in, &healthy_shape, .about = "the same version was healthy there"),
    ROW_BOOL(require_settings, second_channel, .about = "confirmed through a second door"),
};
static const struct shape require_shape = SHAPE("a requirement", require_settings, require_rows);

static const struct shape_field rule_rows[] = {
    ROW_LINE(rule_settings, line),
    ROW_STRINGS(rule_settings, allow, .flags = MANY, .min = 1, .max = 100,
                .about = "verbs it allows; \"*\" is every verb"),
    ROW_STRINGS(rule_settings, deny, .flags = MANY, .min = 1, .max = 100,
                .about = "verbs it denies; \"*\" is every verb"),
    ROW_OPTION(rule_settings, require, &require_shape, .about = "what must be met besides an allow"),
    ROW_STRINGS_AS(rule_settings, verbs, "for", .flags = MANY, .min = 1, .max = 100,
                   .about = "verbs that a `require` is about; \"*\" is every verb"),
    ROW_STRINGS(rule_settings, to, .flags = MANY, .min = 1, .max = 100,
                .about = "roles, principals such as slack:U…, or everyone (the workspace); an allow must say it"),
    ROW_OPTION(rule_settings, on, &place_shape, .about = "only there"),
    ROW_OPTION(rule_settings, when, &when_shape, .about = "only then"),
    ROW_STRINGS(rule_settings, break_glass, .flags = MANY, .min = 1, .max = 50,
                .about = "roles that may pass a deny with a reason: announced, and reviewed afterwards"),
    ROW_STRING(rule_settings, reason, .min = 1, .max = 160, .about = "told to whoever is refused"),
};
static const struct shape rule_shape = SHAPE("a rule", rule_settings, rule_rows);

static const struct shape_field policy_rows[] = {
    ROW_OBJECTS(policy_settings, roles, &role_shape, .max = 1000, .about = "who is who"),
    ROW_OBJECTS(policy_settings, rules, &rule_shape, .max = 10000,
                .about = "who may do what; nothing allows: denied, any deny: denied"),
    ROW_MS(policy_settings, refresh, .otherwise = "5m", .min = 30 * 1000, .max = 24 * 3600 * 1000LL,
           .about = "how often groups, teams and schedules are read; groups of Slack also as soon as they change"),
    ROW_BOOL(policy_settings, join_by_email, .otherwise = "true",
             .about =
                 "a member of a PagerDuty schedule is also the full member of the workspace who has the same confirmed "
                 "e-mail address, unless `people` says otherwise"),
    ROW_STRINGS(policy_settings, irreversible_glass, .flags = MANY, .max = 50,
                .about =
                    "roles whose `rollback --break-glass` may leave an irreversible release; none: whoever may roll "
                    "back there"),
    ROW_STRINGS(policy_settings, glass_mail_to, .flags = MANY, .max = 20,
                .about = "addresses that get a mail when somebody breaks a glass, and while its review stays open"),
};
const struct shape policy_settings_shape = SHAPE("the policy", policy_settings, policy_rows);

enum rule_kind rule_kind(const struct rule_settings *rule)
{
    return rule->require ? RULE_REQUIRE : rule->deny_count > 0 ? RULE_DENY : RULE_ALLOW;
}

bool policy_settings_name_incidents(const struct policy_settings *policy)
{
    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct rule_settings *rule = &policy->rules[i];

        if ((rule->when && rule->when->incident_at_least) || (rule->require && rule->require->no_incident_at_least))
            return true;
    }
    return false;
}

bool policy_settings_ask_for_checks(const struct policy_settings *policy)
{
    for (size_t i = 0; i < policy->rules_count; i++)
        if (policy->rules[i].require && policy->rules[i].require->checks == CHECKS_GREEN)
            return true;
    return false;
}
