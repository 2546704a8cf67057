#include "policy/asked.h"

#include "bot/model/plant.h"

#include <string.h>

struct asked asked_of(const struct policy *policy, const struct question *question, const struct facts *facts,
                      enum policy_stage stage)
{
    struct asked asked = {
        .policy = policy,
        .question = question,
        .facts = facts,
        .stage = stage,
        .who = who_find(policy, facts, &question->principal),
        .worst = NO_SEVERITY,
    };

    if (facts->incidents != KNOWN_NO && facts->worst_incident)
        asked.worst = severity_find(policy->settings, facts->worst_incident);
    rules_look_up(policy, question, &asked.walk);
    return asked;
}

/* ---- what never changes ---- */

static bool is_listed(const char *name, const char **names, size_t count) /* an empty list holds for all */
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count == 0;
}

static bool has_label(const struct question *question, const struct shape_pair *wanted)
{
    for (size_t i = 0; i < question->labels_count; i++)
        if (strcmp(question->labels[i].key, wanted->key) == 0 && strcmp(question->labels[i].value, wanted->value) == 0)
            return true;
    return false;
}

bool asked_is_there(const struct asked *asked, const struct compiled_rule *rule)
{
    const struct question *question = asked->question;
    const struct rule_place *on = rule->settings->on;

    if (!on)
        return true;
    for (size_t i = 0; i < on->labels_count; i++)
        if (!has_label(question, &on->labels[i]))
            return false;
    return is_listed(question->environment, on->environment, on->environment_count) &&
           is_listed(question->service, on->service, on->service_count) &&
           is_listed(question->database, on->database, on->database_count) &&
           is_listed(question->runbook, on->runbook, on->runbook_count);
}

/* A source that is not known is none that an allow names, and may be any that a deny names. */
bool asked_is_from(const struct asked *asked, const struct compiled_rule *rule)
{
    const struct rule_when *when = rule->settings->when;

    if (!when || (!asked->question->source && rule->kind != RULE_ALLOW))
        return true;
    return is_listed(asked->question->source, when->source, when->source_count);
}

bool asked_speaks(const struct asked *asked, const struct compiled_rule *rule)
{
    return asked_is_there(asked, rule) && asked_is_from(asked, rule);
}

bool asked_is_meant(const struct asked *asked, const struct compiled_rule *rule)
{
    return who_is_among(asked->policy, asked->facts, &asked->who, &rule->to);
}

static bool is_joined_hit(const struct asked *asked, const struct compiled_rule *rule)
{
    const struct joined *joined = members_joined(asked->facts->members, asked->policy, &asked->question->principal);

    for (size_t i = 0; joined && i < joined->with_count; i++) {
        const struct who other = { joined->with[i]->person, joined->with[i]->grants, joined->with[i]->is_everyone };

        if (who_is_among(asked->policy, asked->facts, &other, &rule->to) || who_was_among(&other, &rule->to))
            return true;
    }
    return false;
}

static bool was_never_read(const struct asked *asked, const struct compiled_role *role)
{
    for (size_t i = 0; i < role->sources_count; i++)
        if (members_read_at(asked->facts->members, asked->policy, role->sources[i]) == 0)
            return true;
    return false;
}

/* Nobody can tell who is in a role with a group that was never read, nor who is of a workspace that is not known. */
static bool may_be_hit(const struct asked *asked, const struct compiled_rule *rule)
{
    const struct policy *policy = asked->policy;

    if (rule->to.has_everyone && !policy->team && asked->question->principal.system &&
        strcmp(asked->question->principal.system, "slack") == 0)
        return true;
    for (size_t word = 0; rule->to.bits && word < policy->role_words; word++)
        for (uint64_t bits = rule->to.bits[word]; bits; bits &= bits - 1)
            if (was_never_read(asked, &policy->roles_of[word * 64 + (size_t)__builtin_ctzll(bits)]))
                return true;
    return false;
}

bool asked_could_be_meant(const struct asked *asked, const struct compiled_rule *rule)
{
    return asked_is_meant(asked, rule) || who_was_among(&asked->who, &rule->to) || may_be_hit(asked, rule);
}

bool asked_is_hit(const struct asked *asked, const struct compiled_rule *rule)
{
    return rule->to.count == 0 || asked_could_be_meant(asked, rule) || is_joined_hit(asked, rule);
}

bool asked_is_approver(const struct asked *asked, const struct compiled_rule *rule)
{
    const struct require_settings *require = rule->settings->require;

    return who_is_among(asked->policy, asked->facts, &asked->who, &rule->approvers) ||
           (require && require->second_channel && who_is_known(asked->policy, &asked->who));
}

static bool is_to_approve(const struct asked *asked)
{
    return asked->question->verb && strcmp(asked->question->verb, POLICY_APPROVE) == 0;
}

const struct compiled_rule *asked_approvers(const struct asked *asked)
{
    const struct policy *policy = asked->policy;
    const struct compiled_rule *first = NULL;

    for (size_t i = 0; i < policy->rules_count && is_to_approve(asked); i++) {
        const struct compiled_rule *rule = &policy->rules[i];

        if (!asked_is_there(asked, rule) || !asked_is_approver(asked, rule))
            continue;
        first = first ? first : rule;
        if (!rule->settings->when || rule->settings->when->source_count == 0)
            return rule; /* whatever asked for what waits; of the others nobody knows here */
    }
    return first;
}

const struct compiled_rule *asked_approval(const struct asked *asked)
{
    const struct policy *policy = asked->policy;

    for (size_t i = 0; i < policy->rules_count && is_to_approve(asked); i++)
        if (policy->rules[i].approvers.count > 0 && asked_is_there(asked, &policy->rules[i]))
            return &policy->rules[i];
    return NULL;
}

/* ---- the glass ---- */

bool asked_can_break(const struct asked *asked, const struct compiled_rule *deny)
{
    return !asked->question->takes_no_glass &&
           who_is_among(asked->policy, asked->facts, &asked->who, &deny->break_glass);
}

bool asked_is_broken(const struct asked *asked, const struct compiled_rule *deny)
{
    for (size_t i = 0; i < asked->facts->broken_count; i++) {
        const struct broken_glass *broken = &asked->facts->broken[i];
        struct who by;

        if (strcmp(broken->deny, deny->identity) != 0)
            continue;
        by = who_find(asked->policy, asked->facts, &broken->by);
        if (who_is_among(asked->policy, asked->facts, &by, &deny->break_glass))
            return true;
    }
    return false;
}

/* ---- conditions ---- */

enum truth asked_in_window(const struct asked *asked, const struct compiled_windows *windows)
{
    for (size_t i = 0; i < windows->count; i++)
        if (window_holds(&windows->list[i], asked->facts->unix_ms))
            return TRUTH_YES;
    return windows->is_broken ? TRUTH_UNKNOWN : TRUTH_NO;
}

/* An open one whose severity is in no configuration any more is as bad as nobody knows. */
enum truth asked_incident(const struct asked *asked, size_t severity)
{
    if (asked->facts->incidents == KNOWN_NO)
        return TRUTH_NO;
    if (asked->worst == NO_SEVERITY || severity == NO_SEVERITY)
        return TRUTH_UNKNOWN;
    if (asked->worst <= severity)
        return TRUTH_YES;
    return asked->facts->incidents == KNOWN_YES ? TRUTH_NO : TRUTH_UNKNOWN;
}

enum truth asked_conditions(const struct asked *asked, const struct compiled_rule *rule)
{
    enum truth window = TRUTH_YES, incident = TRUTH_YES;

    if (PLANTED(WINDOW_NOT_ASKED) && rule->during.count > 0 && asked->stage == POLICY_INCREASE)
        return TRUTH_NO;
    if (rule->during.count > 0 || rule->during.is_broken)
        window = asked_in_window(asked, &rule->during);
    if (window != TRUTH_NO && rule->incident != NAMES_NONE)
        incident = asked_incident(asked, rule->incident);
    return window < incident ? window : incident;
}
