#include "policy/lint_internal.h"

#include "bot/base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 600

void lint_found(struct lint *lint, int line, enum lint_severity severity, const char *fmt, ...)
{
    const char *file = lint->input->settings->file ? lint->input->settings->file : "policy";
    char sentence[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    *ARENA_PUSH(lint->arena, lint->findings, lint->count) = (struct lint_finding){
        .rule = line > 0 ? arena_printf(lint->arena, "%s:%d", file, line) : file,
        .severity = severity,
        .sentence = arena_strdup(lint->arena, sentence),
    };
}

bool lint_has(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

/* ---- roles ---- */

static bool is_source(const char *member)
{
    const struct str text = str_of(member);

    return str_starts_with(text, "slack-group:") || str_starts_with(text, "github-team:") ||
           str_starts_with(text, "pagerduty-schedule:");
}

static bool has_literal_member(const struct role_settings *role)
{
    for (size_t i = 0; i < role->members_count; i++)
        if (!is_source(role->members[i]))
            return true;
    return false;
}

static const struct membership *find_source(const struct lint *lint, const char *name)
{
    for (size_t i = 0; i < lint->input->sources_count; i++)
        if (strcmp(lint->input->sources[i].source, name) == 0)
            return &lint->input->sources[i];
    return NULL;
}

static bool is_schedule(const char *source)
{
    return str_starts_with(str_of(source), "pagerduty-schedule:");
}

/* Each of its sources was read, and nobody was there. A gap in a schedule is none of the file's. */
static bool is_role_empty(const struct lint *lint, const struct role_settings *role)
{
    for (size_t i = 0; i < role->members_count; i++) {
        const struct membership *source = find_source(lint, role->members[i]);

        if (!is_source(role->members[i]) || is_schedule(role->members[i]) || !source || source->read_at_ms == 0 ||
            source->members_count > 0)
            return false;
    }
    return true;
}

/* Does this one give the role to somebody now? If not, and it is not just empty, why. */
static bool gives_role(const struct lint *lint, const struct role_settings *role, const char *name,
                       const char **ret_why)
{
    const struct membership *source = find_source(lint, name);
    int64_t age_ms = source ? lint->input->now_ms - source->read_at_ms : 0;

    *ret_why = NULL;
    if (!source || source->read_at_ms == 0)
        *ret_why = arena_printf(lint->arena, "%s was never read", name);
    else if (age_ms > role->max_age_ms)
        *ret_why = arena_printf(lint->arena, "%s was last read %s ago, and counts as empty after %s", name,
                                duration_about(age_ms).text, duration_format(role->max_age_ms).text);
    return !*ret_why && source->members_count > 0;
}

/* Empty as far as anybody knows now, which may be otherwise in an hour. */
static void look_whether_somebody_is_in(struct lint *lint, const struct role_settings *role)
{
    const char *whys = "";

    for (size_t i = 0; i < role->members_count; i++) {
        const char *why;

        if (gives_role(lint, role, role->members[i], &why))
            return;
        if (!why)
            why = arena_printf(lint->arena, is_schedule(role->members[i]) ? "nobody is on call by %s" : "%s is empty",
                               role->members[i]);
        whys = arena_printf(lint->arena, "%s%s%s", whys, i == 0 ? "" : "; ", why);
    }
    lint_found(lint, role->line, LINT_NOTE, "nobody is in the role %s now: %s", role->name, whys);
}

static void look_at_members(struct lint *lint, const struct role_settings *role)
{
    if (role->members_count == 0)
        lint_found(lint, role->line, LINT_WRONG, "nobody is in the role %s: it has no members", role->name);
    else if (has_literal_member(role) || !lint->input->sources)
        return;
    else if (is_role_empty(lint, role))
        lint_found(lint, role->line, LINT_WRONG, "nobody is in the role %s: its groups were read, and are empty",
                   role->name);
    else
        look_whether_somebody_is_in(lint, role);
}

static bool is_role_named(const struct policy_settings *policy, const char *name)
{
    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct rule_settings *rule = &policy->rules[i];
        const struct require_approvals *approvals = rule->require ? rule->require->approvals : NULL;

        if (lint_has(rule->to, rule->to_count, name) || lint_has(rule->break_glass, rule->break_glass_count, name) ||
            (approvals && lint_has(approvals->from, approvals->from_count, name)))
            return true;
    }
    return false;
}

static bool is_escalated_to(const struct settings *settings, const char *name)
{
    for (size_t i = 0; settings->incidents && i < settings->incidents->severities_count; i++)
        for (size_t k = 0; k < settings->incidents->severities[i].escalate_count; k++)
            if (strcmp(settings->incidents->severities[i].escalate[k].to, name) == 0)
                return true;
    return false;
}

static void look_at_roles(struct lint *lint)
{
    const struct settings *settings = lint->input->settings;

    for (size_t i = 0; i < settings->policy.roles_count; i++) {
        const struct role_settings *role = &settings->policy.roles[i];

        look_at_members(lint, role);
        if (!is_role_named(&settings->policy, role->name) && !is_escalated_to(settings, role->name))
            lint_found(lint, role->line, LINT_NOTE, "no rule names the role %s", role->name);
    }
}

/* ---- rules that never apply ---- */

/* Is any of the windows open now, or will it be? What cannot be read is told elsewhere. */
static bool will_hold(const struct lint *lint, const struct compiled_windows *windows)
{
    for (size_t i = 0; i < windows->count; i++)
        if (windows->list[i].last_day * DAY_MS > lint->input->now_ms ||
            window_holds(&windows->list[i], lint->input->now_ms) ||
            window_changes_at(&windows->list[i], lint->input->now_ms) != INT64_MAX)
            return true;
    return windows->count == 0 || windows->is_broken;
}

/* "2026-01-02": only dates come to an end. */
static const char *last_day(const struct lint *lint, const struct compiled_windows *windows)
{
    int64_t last = INT64_MIN;

    for (size_t i = 0; i < windows->count; i++)
        last = windows->list[i].last_day > last ? windows->list[i].last_day : last;
    return arena_printf(lint->arena, "%.10s", time_format(last * DAY_MS).text);
}

bool lint_has_labels(const struct rule_place *on, const struct label_list *there)
{
    for (size_t i = 0; i < on->labels_count; i++) {
        size_t k = 0;

        while (k < there->labels_count && (strcmp(there->labels[k].key, on->labels[i].key) != 0 ||
                                           strcmp(there->labels[k].value, on->labels[i].value) != 0))
            k++;
        if (k == there->labels_count)
            return false;
    }
    return true;
}

static bool is_at(const struct rule_place *on, const char *service, const char *environment, const char *database,
                  const struct label_list *labels)
{
    return on->runbook_count == 0 &&
           (on->service_count == 0 || (service && lint_has(on->service, on->service_count, service))) &&
           (on->environment_count == 0 ||
            (environment && lint_has(on->environment, on->environment_count, environment))) &&
           (on->database_count == 0 || (database && lint_has(on->database, on->database_count, database))) &&
           lint_has_labels(on, labels);
}

static bool is_at_service(const struct lint *lint, const struct rule_place *on, const struct service_settings *service)
{
    struct label_list labels = settings_labels(service, NULL, lint->arena);

    if (is_at(on, service->name, NULL, NULL, &labels))
        return true;
    for (size_t i = 0; i < service->environments_count; i++) {
        labels = settings_labels(service, &service->environments[i], lint->arena);
        if (is_at(on, service->name, service->environments[i].name, NULL, &labels))
            return true;
    }
    return false;
}

/* A runbook is asked about at the place that it changes. */
static bool is_at_runbook(const struct lint *lint, const struct rule_place *on, const struct runbook_settings *runbook)
{
    const struct database_settings *database = NULL;
    const struct environment_settings *environment;
    const struct service_settings *service;
    struct label_list labels = { NULL, 0 };
    struct rule_place rest = *on;

    if (on->runbook_count > 0 && !lint_has(on->runbook, on->runbook_count, runbook->name))
        return false;
    rest.runbook_count = 0;
    if (runbook->target &&
        settings_find_target(lint->input->settings, runbook->target, &service, &environment)) {
        labels = settings_labels(service, environment, lint->arena);
        return is_at(&rest, service->name, environment->name, NULL, &labels);
    }
    if (runbook->target)
        database = settings_find_database(lint->input->settings, runbook->target);
    if (database)
        labels = (struct label_list){ database->labels, database->labels_count };
    return is_at(&rest, NULL, database ? database->environment : NULL, database ? database->name : NULL, &labels);
}

/* Is there anything at all that the rule is about? */
static bool is_anywhere(const struct lint *lint, const struct rule_place *on)
{
    const struct settings *settings = lint->input->settings;

    if (!on)
        return true;
    for (size_t i = 0; i < settings->services_count; i++)
        if (is_at_service(lint, on, &settings->services[i]))
            return true;
    for (size_t i = 0; i < settings->runbooks_count; i++)
        if (is_at_runbook(lint, on, &settings->runbooks[i]))
            return true;
    for (size_t i = 0; i < settings->databases_count; i++) {
        const struct database_settings *database = &settings->databases[i];
        const struct label_list labels = { database->labels, database->labels_count };

        if (is_at(on, NULL, database->environment, database->name, &labels))
            return true;
    }
    return false;
}

static bool is_for_nobody(const struct lint *lint, const struct rule_settings *rule)
{
    for (size_t i = 0; i < rule->to_count; i++) {
        const struct role_settings *role = settings_find_role(lint->input->settings, rule->to[i]);

        if (!role || !is_role_empty(lint, role))
            return false; /* everyone, somebody, or a role with somebody in it */
    }
    return rule->to_count > 0;
}

/* Somebody may declare any. */
static bool can_be_declared(const struct lint *lint)
{
    for (size_t i = 0; i < lint->policy->rules_count; i++)
        if (lint->policy->rules[i].kind == RULE_ALLOW && rule_names_verb(&lint->policy->rules[i], "incident"))
            return true;
    return false;
}

/* Does a row open an incident this bad, or worse, or may somebody? */
static bool can_be_open(const struct lint *lint, size_t severity)
{
    const struct incidents_settings *incidents = lint->input->settings->incidents;

    for (size_t i = 0; incidents && i < incidents->open_on_count; i++)
        if (severity_find(lint->input->settings, incidents->open_on[i].severity) <= severity)
            return true;
    return severity == NAMES_NONE || can_be_declared(lint);
}

static void look_at_incident(struct lint *lint, int line, size_t severity, const char *what)
{
    if (!can_be_open(lint, severity))
        lint_found(lint, line, LINT_NOTE,
                   "%s: no row of `incidents.open_on` opens an incident so bad, and no rule lets anybody declare one",
                   what);
}

static void look_whether_it_applies(struct lint *lint, const struct compiled_rule *compiled)
{
    const struct rule_settings *rule = compiled->settings;

    if (!is_anywhere(lint, rule->on))
        lint_found(lint, rule->line, LINT_WRONG, "this rule never applies: nothing is what its `on` describes");
    if (!will_hold(lint, &compiled->during))
        lint_found(lint, rule->line, LINT_NOTE, "its time was over on %s: it can go",
                   last_day(lint, &compiled->during));
    look_at_incident(lint, rule->line, compiled->incident, "this rule does not apply");
    look_at_incident(lint, rule->line, compiled->no_incident, "this asks for nothing");
    if (is_for_nobody(lint, rule))
        lint_found(lint, rule->line, LINT_WRONG, "this rule never applies: nobody is in the roles it is for");
    if (!will_hold(lint, &compiled->window))
        lint_found(lint, rule->line, LINT_WRONG, "nobody can ever meet this: its window was over on %s",
                   last_day(lint, &compiled->window));
}

/* ---- the way out when nothing can be read ---- */

static bool names_somebody(const struct settings *settings, const struct rule_settings *allow)
{
    for (size_t i = 0; i < allow->to_count; i++) {
        const struct role_settings *role = settings_find_role(settings, allow->to[i]);

        if (role ? has_literal_member(role) : !is_source(allow->to[i]))
            return true;
    }
    return false;
}

enum reach {
    REACH_NOBODY,    /* no rule allows it */
    REACH_SOMETIMES, /* one does, to groups, or at times, or in incidents */
    REACH_ALWAYS,
};

/* Without a place: of what has none. */
static enum reach reach_of(const struct lint *lint, const char *verb, const struct service_settings *service,
                           const struct environment_settings *environment)
{
    const struct settings *settings = lint->input->settings;
    const struct label_list labels =
        service ? settings_labels(service, environment, lint->arena) : (struct label_list){ NULL, 0 };
    enum reach reach = REACH_NOBODY;

    for (size_t i = 0; i < settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &settings->policy.rules[i];

        if (rule_kind(rule) != RULE_ALLOW || !rule_names_verb(&lint->policy->rules[i], verb) ||
            (rule->on &&
             !is_at(rule->on, service ? service->name : NULL, environment ? environment->name : NULL, NULL, &labels)))
            continue;
        if ((!rule->when || (rule->when->during_count == 0 && !rule->when->incident_at_least)) &&
            names_somebody(settings, rule))
            return REACH_ALWAYS;
        reach = REACH_SOMETIMES;
    }
    return reach;
}

static const char *const reach_words[] = {
    [REACH_NOBODY] = "no rule allows it to anybody",
    [REACH_SOMETIMES] =
        "no rule always allows it to somebody who is named literally, so nobody may until groups, teams and schedules "
        "were read once",
};

static void look_for_the_way_out(struct lint *lint, const struct service_settings *service,
                                 const struct environment_settings *environment)
{
    static const char *const verbs[] = { "rollback", "pause", "abort" };

    for (enum reach reach = REACH_NOBODY; reach < REACH_ALWAYS; reach++) {
        const char *missing = NULL;

        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
            if (reach_of(lint, verbs[i], service, environment) == reach)
                missing = missing ? arena_printf(lint->arena, "%s, %s", missing, verbs[i]) : verbs[i];
        if (missing)
            lint_found(lint, 0, LINT_WRONG, "%s of %s in %s: %s", missing, service->name, environment->name,
                       reach_words[reach]);
    }
}

/* Whoever has no use for it names it in no rule. */
static void look_for_halt(struct lint *lint)
{
    const struct policy_settings *policy = &lint->input->settings->policy;
    bool is_named = false;
    enum reach reach = reach_of(lint, "halt", NULL, NULL);

    for (size_t i = 0; i < policy->rules_count; i++)
        is_named = is_named || lint_has(policy->rules[i].allow, policy->rules[i].allow_count, "halt");
    if (is_named && reach != REACH_ALWAYS)
        lint_found(lint, 0, LINT_WRONG, "halt: %s", reach_words[reach]);
}

struct lint_finding *policy_lint(const struct lint_input *input, struct arena *arena, size_t *ret_count)
{
    const struct settings *settings = input->settings;
    struct lint lint = { .input = input,
                         .policy = policy_compile(settings, NULL, input->zones, arena),
                         .arena = arena };

    look_at_roles(&lint);
    for (size_t i = 0; i < lint.policy->rules_count; i++)
        look_whether_it_applies(&lint, &lint.policy->rules[i]);
    lint_rules(&lint);
    lint_needs(&lint);
    lint_glass(&lint);
    lint_releases(&lint);
    lint_schedules(&lint);
    look_for_halt(&lint);
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            look_for_the_way_out(&lint, &settings->services[i], &settings->services[i].environments[k]);
    *ret_count = lint.count;
    return lint.findings;
}
