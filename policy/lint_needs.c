/* lint_needs.c - requirements that nobody can meet, whatever they do and however long they wait; and reviews that
 * nobody can close. */
#include "policy/lint_internal.h"
#include "policy/needs.h"

#include <inttypes.h>
#include <string.h>

/* ---- approvals ---- */

/* Only persons that the file names are in one of these, and those are all of them. */
static bool is_literal(const struct policy *policy, const struct compiled_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        size_t role = names_find(&policy->roles, names->names[i]);

        if (role != NAMES_NONE && policy->roles_of[role].sources_count > 0)
            return false;
    }
    return !names->has_everyone;
}

static bool is_among(const struct policy *policy, const struct compiled_person *person,
                     const struct compiled_names *names)
{
    for (size_t i = 0; names->bits && i < policy->role_words; i++)
        if (person->roles[i] & names->bits[i])
            return true;
    return false;
}

static int64_t count_persons(const struct policy *policy, const struct compiled_names *names)
{
    int64_t count = 0;

    for (size_t i = 0; i < policy->persons_count; i++)
        count += is_among(policy, &policy->persons[i], names) ? 1 : 0;
    return count;
}

/* Does this rule allow one of those verbs, wherever? */
static bool allows_one_of(const struct compiled_rule *allow, const struct rule_settings *require)
{
    for (size_t i = 0; i < require->verbs_count && allow->kind == RULE_ALLOW; i++)
        if (rule_names_verb(allow, require->verbs[i]) || strcmp(require->verbs[i], POLICY_EVERY_VERB) == 0)
            return true;
    return false;
}

/* Whoever may ask at all is one of those who would have to approve: and nobody approves what they asked for. */
static bool is_asked_by_approvers_alone(const struct policy *policy, const struct compiled_rule *require)
{
    bool is_allowed = false;

    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct compiled_rule *allow = &policy->rules[i];

        if (!allows_one_of(allow, require->settings))
            continue;
        is_allowed = true;
        if (!is_literal(policy, &allow->to))
            return false;
        for (size_t k = 0; k < policy->persons_count; k++)
            if (is_among(policy, &policy->persons[k], &allow->to) &&
                !is_among(policy, &policy->persons[k], &require->approvers))
                return false;
    }
    return is_allowed;
}

static const char *names_of(const struct require_approvals *approvals, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < approvals->from_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : " or ", approvals->from[i]);
    return text;
}

static void look_at_approvals(struct lint *lint, const struct compiled_rule *rule)
{
    const struct require_approvals *approvals = rule->settings->require->approvals;
    int64_t persons;

    if (!approvals || !is_literal(lint->policy, &rule->approvers))
        return;
    persons = count_persons(lint->policy, &rule->approvers);
    if (persons < approvals->count)
        lint_found(lint, rule->settings->line, LINT_WRONG,
                   "nobody can ever meet this: it takes %" PRId64 " approvals of %s, and that is %" PRId64 " person%s",
                   approvals->count, names_of(approvals, lint->arena), persons, persons == 1 ? "" : "s");
    else if (persons == approvals->count && is_asked_by_approvers_alone(lint->policy, rule))
        lint_found(lint, rule->settings->line, LINT_WRONG,
                   "nobody can ever meet this: whoever may ask is one of the %" PRId64
                   " of %s who would have to approve, and nobody approves what they asked for",
                   persons, names_of(approvals, lint->arena));
}

/* ---- windows ---- */

/* Does the other one say something to everybody to whom this requirement does, and at whatever time? */
static bool goes_with(const struct lint *lint, const struct compiled_rule *other, const struct compiled_rule *rule)
{
    return other != rule && lint_covers(lint, other, rule, false);
}

static void look_at_window(struct lint *lint, const struct compiled_rule *rule)
{
    int line = rule->settings->line;

    for (size_t i = 0; i < lint->policy->rules_count; i++) {
        const struct compiled_rule *other = &lint->policy->rules[i];

        if (other->kind == RULE_REQUIRE && goes_with(lint, other, rule) &&
            (other->settings->line < line || !goes_with(lint, rule, other)) &&
            !lint_can_meet(lint, &rule->window, &other->window, false)) {
            lint_found(lint, line, LINT_WRONG,
                       "nobody can ever meet this: line %d requires a window too, and they are never open together",
                       other->settings->line);
            return;
        }
        if (other->kind == RULE_DENY && other->settings->break_glass_count == 0 &&
            lint_covers(lint, other, rule, true) && !lint_can_meet(lint, &rule->window, &other->during, true)) {
            lint_found(lint, line, LINT_WRONG, "this window is of no use: line %d denies it whenever it is open",
                       other->settings->line);
            return;
        }
    }
}

/* ---- health elsewhere ---- */

static const struct environment_settings *environment_of(const struct service_settings *service, const char *name)
{
    for (size_t i = 0; i < service->environments_count; i++)
        if (strcmp(service->environments[i].name, name) == 0)
            return &service->environments[i];
    return NULL;
}

/* Is the rule about this service, in one of its environments at least? */
static bool is_about(const struct lint *lint, const struct rule_place *on, const struct service_settings *service)
{
    if (!on)
        return true;
    if (on->database_count > 0 || on->runbook_count > 0 || (on->service_count > 0 && !lint_has(on->service, on->service_count, service->name)))
        return false;
    for (size_t i = 0; i < service->environments_count; i++) {
        const struct environment_settings *environment = &service->environments[i];
        struct label_list labels = settings_labels(service, environment, lint->arena);

        if ((on->environment_count == 0 || lint_has(on->environment, on->environment_count, environment->name)) &&
            lint_has_labels(on, &labels))
            return true;
    }
    return false;
}

static void look_at_health(struct lint *lint, const struct compiled_rule *rule)
{
    const struct require_healthy *healthy = rule->settings->require->healthy_in;
    const struct settings *settings = lint->input->settings;

    for (size_t i = 0; healthy && i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        if (!is_about(lint, rule->settings->on, service) || environment_of(service, healthy->environment))
            continue;
        lint_found(lint, rule->settings->line, LINT_WRONG,
                   "nobody can ever meet this for %s: it has no %s to be healthy in", service->name,
                   healthy->environment);
        return;
    }
}

/* ---- what brings no version ---- */

static bool is_of_versions_alone(const struct require_settings *require)
{
    return !require->approvals && !require->reason && require->window_count == 0 && !require->no_incident_at_least &&
           !require->second_channel;
}

/* Whoever wrote it meant to hold that, too; and it holds nothing. */
static void look_at_versions(struct lint *lint, const struct compiled_rule *rule)
{
    const struct require_settings *require = rule->settings->require;
    const char *what = require->checks == CHECKS_GREEN ? "checks"
                       : require->version              ? "version"
                       : require->healthy_in           ? "healthy_in"
                                                       : NULL;

    for (size_t i = 0; what && i < rule->settings->verbs_count; i++) {
        const char *verb = rule->settings->verbs[i];

        if (needs_no_version(verb))
            lint_found(lint, rule->settings->line, LINT_NOTE,
                       "`%s` brings no version, so `%s` asks nothing of it%s", verb, what,
                       is_of_versions_alone(require) ? ": this rule does not hold it" : "");
    }
}

/* ---- reviews ---- */

/* A broken glass leaves a review, which ends when somebody else closes it. Said once: it takes one rule. */
static void look_for_reviewers(struct lint *lint)
{
    const struct compiled_rule *glass = NULL;

    for (size_t i = 0; i < lint->policy->rules_count; i++) {
        const struct compiled_rule *rule = &lint->policy->rules[i];

        if (rule->kind == RULE_ALLOW && rule_names_verb(rule, "review"))
            return;
        if (!glass && rule->break_glass.count > 0)
            glass = rule;
    }
    if (glass)
        lint_found(lint, glass->settings->line, LINT_WRONG,
                   "its glass can be broken, and no rule allows `review` to anybody: the review that it leaves could "
                   "never be closed");
}

void lint_needs(struct lint *lint)
{
    for (size_t i = 0; i < lint->policy->rules_count; i++) {
        const struct compiled_rule *rule = &lint->policy->rules[i];

        if (rule->kind != RULE_REQUIRE)
            continue;
        look_at_approvals(lint, rule);
        look_at_window(lint, rule);
        look_at_health(lint, rule);
        look_at_versions(lint, rule);
    }
    look_for_reviewers(lint);
}
