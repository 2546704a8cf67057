/* settings_policy.h - roles and rules as they stand in the file; policy/ compiles them.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_POLICY_H
#define OPSGATE_MODEL_SETTINGS_POLICY_H

#include "bot/base/shape.h"

#define POLICY_EVERYONE "everyone" /* every member of the workspace */
#define POLICY_EVERY_VERB "*"
#define POLICY_APPROVE "approve" /* whoever a requirement names as its approvers may, too */
#define ROLE_MAX_AGE_MS (12 * 3600 * INT64_C(1000)) /* of a role that says nothing else, and of a group in place of one */

struct role_settings {
    int line;
    const char *name;
    const char **members; /* "slack:U012AB3CD", "local:deploy", "slack-group:S0ENG", "pagerduty-schedule:PABC123"... */
    size_t members_count;
    int64_t max_age_ms; /* older membership from groups, teams and schedules counts as none */
};

struct rule_place { /* every list that is not empty must hold the request's own */
    const char **service;
    size_t service_count;
    const char **environment;
    size_t environment_count;
    const char **database;
    size_t database_count;
    const char **runbook; /* only requests about one have one: `run`, and what is asked of a run */
    size_t runbook_count;
    struct shape_pair *labels; /* all of them */
    size_t labels_count;
};
struct rule_when {
    const char **source; /* "slack", "github", "local", "api", ... */
    size_t source_count;
    const char **during; /* "Wed 22:00-24:00 UTC", "2026-12-20 - 2027-01-02 Europe/Berlin" */
    size_t during_count;
    const char *incident_at_least; /* a severity */
};

struct require_approvals {
    int64_t count;
    const char **from; /* roles */
    size_t from_count;
    int64_t expires_ms;
    bool exclude_authors; /* of the release's commits */
};
struct require_healthy {
    const char *environment;
    int64_t for_ms;
};
enum require_checks { CHECKS_ANY, CHECKS_GREEN };
struct require_settings {
    const struct require_approvals *approvals;
    int checks; /* enum require_checks */
    bool reason;
    const char **window;
    size_t window_count;
    const char *no_incident_at_least;
    const char *version; /* a pattern: "v*.*.*" */
    const struct require_healthy *healthy_in;
    bool second_channel;
};

enum rule_kind { RULE_ALLOW, RULE_DENY, RULE_REQUIRE };
struct rule_settings { /* exactly one of allow, deny, require */
    int line;
    const char **allow; /* verbs */
    size_t allow_count;
    const char **deny; /* verbs */
    size_t deny_count;
    const struct require_settings *require;
    const char **verbs; /* key `for`, of require */
    size_t verbs_count;
    const char **to; /* roles or principals; none: a deny or requirement for all */
    size_t to_count;
    const struct rule_place *on;
    const struct rule_when *when;
    const char **break_glass; /* roles that may pass a deny, announced and reviewed */
    size_t break_glass_count;
    const char *reason; /* told to whoever is refused */
};
enum rule_kind rule_kind(const struct rule_settings *rule);

struct policy_settings {
    struct role_settings *roles;
    size_t roles_count;
    struct rule_settings *rules;
    size_t rules_count;
    int64_t refresh_ms; /* so often groups, teams and schedules are read */
    bool join_by_email; /* who is on call is whoever has that address in Slack */
    const char **irreversible_glass; /* roles that may leave an irreversible release; none: whoever may roll back */
    size_t irreversible_glass_count;
    const char **glass_mail_to; /* addresses */
    size_t glass_mail_to_count;
};
extern const struct shape policy_settings_shape;
bool policy_settings_name_incidents(const struct policy_settings *policy); /* does a rule ask what is open? */
bool policy_settings_ask_for_checks(const struct policy_settings *policy); /* does one require green checks? */

/* Every verb that a rule may name, NULL-terminated. */
extern const char *const policy_verb_names[];
/* Every source that a rule may name, NULL-terminated. */
extern const char *const policy_source_names[];

#endif
