#include "policy/lint.h"

#include "policy/window.h"

#include <string.h>

struct lint {
    const struct lint_input *input;
    struct arena *arena;
    struct lint_finding *findings;
    size_t count;
};

static void found(struct lint *lint, int line, enum lint_severity severity, const char *sentence)
{
    const char *file = lint->input->settings->file ? lint->input->settings->file : "policy";

    *ARENA_PUSH(lint->arena, lint->findings, lint->count) = (struct lint_finding){
        .rule = line > 0 ? arena_printf(lint->arena, "%s:%d", file, line) : file,
        .severity = severity,
        .sentence = sentence,
    };
}

static bool has(const char *const *list, size_t count, const char *name)
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

/* Each of its sources was read, and nobody was there. */
static bool is_role_empty(const struct lint *lint, const struct role_settings *role)
{
    if (has_literal_member(role))
        return false;
    for (size_t i = 0; i < role->members_count; i++) {
        const struct membership *source = find_source(lint, role->members[i]);

        if (!source || source->read_at_ms == 0 || source->members_count > 0)
            return false;
    }
    return true;
}

static bool is_role_named(const struct policy_settings *policy, const char *name)
{
    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct rule_settings *rule = &policy->rules[i];
        const struct require_approvals *approvals = rule->require ? rule->require->approvals : NULL;

        if (has(rule->to, rule->to_count, name) || has(rule->break_glass, rule->break_glass_count, name) ||
            (approvals && has(approvals->from, approvals->from_count, name)))
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

        if (is_role_empty(lint, role))
            found(
                lint, role->line, LINT_WRONG,
                arena_printf(lint->arena, "nobody is in the role %s: its groups were read, and are empty", role->name));
        if (!is_role_named(&settings->policy, role->name) && !is_escalated_to(settings, role->name))
            found(lint, role->line, LINT_NOTE, arena_printf(lint->arena, "no rule names the role %s", role->name));
    }
}

/* ---- rules that never apply ---- */

/* Is any of the windows open now, or will it be within ten years? */
static bool will_hold(const struct lint *lint, const char **windows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct window window;
        struct error ignored;

        if (!window_parse(str_of(windows[i]), lint->input->zones, lint->arena, &window, &ignored) ||
            window_holds(&window, lint->input->now_ms) || window_changes_at(&window, lint->input->now_ms) != INT64_MAX)
            return true; /* what cannot be read is told elsewhere */
    }
    return count == 0;
}

static bool has_labels(const struct rule_place *on, const struct label_list *there)
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
    return (on->service_count == 0 || (service && has(on->service, on->service_count, service))) &&
           (on->environment_count == 0 || (environment && has(on->environment, on->environment_count, environment))) &&
           (on->database_count == 0 || (database && has(on->database, on->database_count, database))) &&
           has_labels(on, labels);
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

/* Is there anything at all that the rule is about? */
static bool is_anywhere(const struct lint *lint, const struct rule_place *on)
{
    const struct settings *settings = lint->input->settings;

    if (!on)
        return true;
    for (size_t i = 0; i < settings->services_count; i++)
        if (is_at_service(lint, on, &settings->services[i]))
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

static void look_whether_it_applies(struct lint *lint, const struct rule_settings *rule)
{
    const struct require_settings *require = rule->require;

    if (!is_anywhere(lint, rule->on))
        found(lint, rule->line, LINT_WRONG, "this rule never applies: nothing is what its `on` describes");
    if (rule->when && !will_hold(lint, rule->when->during, rule->when->during_count))
        found(lint, rule->line, LINT_WRONG, "this rule never applies: no window of its `during` comes again");
    if (is_for_nobody(lint, rule))
        found(lint, rule->line, LINT_WRONG, "this rule never applies: nobody is in the roles it is for");
    if (require && !will_hold(lint, require->window, require->window_count))
        found(lint, rule->line, LINT_WRONG, "nobody can ever meet this: no window of it comes again");
}

/* ---- rules that another rule makes pointless ---- */

static const char **verbs_of(const struct rule_settings *rule, size_t *ret_count)
{
    *ret_count = rule->allow_count > 0  ? rule->allow_count
                 : rule->deny_count > 0 ? rule->deny_count
                                        : rule->verbs_count;
    return rule->allow_count > 0 ? rule->allow : rule->deny_count > 0 ? rule->deny : rule->verbs;
}

/* Whatever a list of the narrow rule takes, the same list of the wide one takes. An empty list takes everything. */
static bool covers_list(const char **wide, size_t wide_count, const char **narrow, size_t narrow_count)
{
    for (size_t i = 0; i < narrow_count && wide_count > 0; i++)
        if (!has(wide, wide_count, narrow[i]))
            return false;
    return wide_count == 0 || narrow_count > 0;
}

static bool covers_verbs(const struct rule_settings *wide, const struct rule_settings *narrow)
{
    size_t wide_count, narrow_count;
    const char **wide_verbs = verbs_of(wide, &wide_count), **narrow_verbs = verbs_of(narrow, &narrow_count);

    return has(wide_verbs, wide_count, POLICY_EVERY_VERB) ||
           covers_list(wide_verbs, wide_count, narrow_verbs, narrow_count);
}

static bool covers_place(const struct rule_place *wide, const struct rule_place *narrow)
{
    static const struct rule_place everywhere;
    struct label_list labels;

    if (!wide)
        return true;
    if (!narrow)
        narrow = &everywhere;
    labels = (struct label_list){ narrow->labels, narrow->labels_count };
    return covers_list(wide->service, wide->service_count, narrow->service, narrow->service_count) &&
           covers_list(wide->environment, wide->environment_count, narrow->environment, narrow->environment_count) &&
           covers_list(wide->database, wide->database_count, narrow->database, narrow->database_count) &&
           has_labels(wide, &labels);
}

static bool covers_conditions(const struct rule_when *wide, const struct rule_when *narrow)
{
    static const struct rule_when always;

    if (!wide)
        return true;
    if (!narrow)
        narrow = &always;
    return covers_list(wide->source, wide->source_count, narrow->source, narrow->source_count) &&
           covers_list(wide->during, wide->during_count, narrow->during, narrow->during_count) &&
           (!wide->incident_at_least ||
            (narrow->incident_at_least && strcmp(wide->incident_at_least, narrow->incident_at_least) == 0));
}

/* Sure only when it says yes: it compares what is written, not what is meant. */
static bool covers(const struct rule_settings *wide, const struct rule_settings *narrow)
{
    return covers_verbs(wide, narrow) && covers_list(wide->to, wide->to_count, narrow->to, narrow->to_count) &&
           covers_place(wide->on, narrow->on) && covers_conditions(wide->when, narrow->when);
}

/* What may go in the safe direction passes every deny. */
static bool is_always_denied(const struct rule_settings *deny, const struct rule_settings *allow)
{
    static const char *const safe[] = { "rollback", "pause", "abort", "halt", "acknowledge", POLICY_EVERY_VERB };

    for (size_t i = 0; i < allow->allow_count; i++)
        if (has(safe, ARRAY_LEN(safe), allow->allow[i]))
            return false;
    return deny->break_glass_count == 0 && covers(deny, allow);
}

static void look_at_others(struct lint *lint, size_t at)
{
    const struct policy_settings *policy = &lint->input->settings->policy;
    const struct rule_settings *allow = &policy->rules[at];

    for (size_t i = 0; i < policy->rules_count && rule_kind(allow) == RULE_ALLOW; i++) {
        const struct rule_settings *other = &policy->rules[i];

        if (i == at)
            continue;
        if (rule_kind(other) == RULE_ALLOW && covers(other, allow) && (i < at || !covers(allow, other))) {
            found(lint, allow->line, LINT_NOTE,
                  arena_printf(lint->arena, "line %d allows all of this already", other->line));
            return;
        }
        if (rule_kind(other) == RULE_DENY && is_always_denied(other, allow)) {
            found(lint, allow->line, LINT_WRONG,
                  arena_printf(lint->arena, "this allows nothing: line %d denies all of it", other->line));
            return;
        }
    }
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

/* In whatever windows and incidents there are. */
static bool is_reachable(const struct lint *lint, const char *verb, const struct service_settings *service,
                         const struct environment_settings *environment)
{
    const struct settings *settings = lint->input->settings;
    const struct label_list labels = settings_labels(service, environment, lint->arena);

    for (size_t i = 0; i < settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &settings->policy.rules[i];

        if (rule_kind(rule) == RULE_ALLOW &&
            (has(rule->allow, rule->allow_count, verb) || has(rule->allow, rule->allow_count, POLICY_EVERY_VERB)) &&
            (!rule->when || (rule->when->during_count == 0 && !rule->when->incident_at_least)) &&
            (!rule->on || is_at(rule->on, service->name, environment->name, NULL, &labels)) &&
            names_somebody(settings, rule))
            return true;
    }
    return false;
}

static void look_for_the_way_out(struct lint *lint, const struct service_settings *service,
                                 const struct environment_settings *environment)
{
    static const char *const verbs[] = { "rollback", "pause", "abort" };
    const char *missing = NULL;

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (!is_reachable(lint, verbs[i], service, environment))
            missing = missing ? arena_printf(lint->arena, "%s, %s", missing, verbs[i]) : verbs[i];
    if (missing)
        found(lint, 0, LINT_WRONG,
              arena_printf(lint->arena,
                           "%s of %s in %s: no rule always allows it to somebody who is named literally, so nobody may "
                           "until groups, teams and schedules were read once",
                           missing, service->name, environment->name));
}

struct lint_finding *policy_lint(const struct lint_input *input, struct arena *arena, size_t *ret_count)
{
    struct lint lint = { .input = input, .arena = arena };
    const struct settings *settings = input->settings;

    look_at_roles(&lint);
    for (size_t i = 0; i < settings->policy.rules_count; i++) {
        look_whether_it_applies(&lint, &settings->policy.rules[i]);
        look_at_others(&lint, i);
    }
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            look_for_the_way_out(&lint, &settings->services[i], &settings->services[i].environments[k]);
    *ret_count = lint.count;
    return lint.findings;
}
