/* lint_rules.c - rules that another rule makes pointless, and rules that contradict each other. */
#include "policy/lint_internal.h"

#include "bot/base/time.h"

#include <string.h>

/* ---- is whatever one rule speaks of also spoken of by another one? ---- */

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
        if (!lint_has(wide, wide_count, narrow[i]))
            return false;
    return wide_count == 0 || narrow_count > 0;
}

static bool covers_verbs(const struct rule_settings *wide, const struct rule_settings *narrow)
{
    size_t wide_count, narrow_count;
    const char **wide_verbs = verbs_of(wide, &wide_count), **narrow_verbs = verbs_of(narrow, &narrow_count);

    return lint_has(wide_verbs, wide_count, POLICY_EVERY_VERB) ||
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
           covers_list(wide->runbook, wide->runbook_count, narrow->runbook, narrow->runbook_count) &&
           lint_has_labels(wide, &labels);
}

/* An incident of P1 is one of P2 or worse. */
static bool covers_incident(const struct compiled_rule *wide, const struct compiled_rule *narrow)
{
    return wide->incident == NAMES_NONE ||
           (wide->incident != NO_SEVERITY && narrow->incident != NAMES_NONE && narrow->incident <= wide->incident);
}

static bool covers_conditions(const struct compiled_rule *wide_rule, const struct compiled_rule *narrow_rule,
                              bool without_during)
{
    static const struct rule_when always;
    const struct rule_when *wide = wide_rule->settings->when, *narrow = narrow_rule->settings->when;

    if (!wide)
        return true;
    if (!narrow)
        narrow = &always;
    return covers_list(wide->source, wide->source_count, narrow->source, narrow->source_count) &&
           (without_during || covers_list(wide->during, wide->during_count, narrow->during, narrow->during_count)) &&
           covers_incident(wide_rule, narrow_rule);
}

/* ---- the same, of people ---- */

static bool has_bit(const uint64_t *bits, size_t at)
{
    return bits && (bits[at / 64] >> (at % 64) & 1);
}

static bool is_person_among(const struct policy *policy, const struct compiled_person *person,
                            const struct compiled_names *names)
{
    if (names->has_everyone && person->is_member)
        return true;
    for (size_t i = 0; names->bits && i < policy->role_words; i++)
        if (person->roles[i] & names->bits[i])
            return true;
    return false;
}

/* Whoever has a role by it has one of those by it, for at least as long. */
static bool is_source_among(const struct policy *policy, size_t source, int64_t max_age_ms,
                            const struct compiled_names *names)
{
    for (size_t role = 0; role < policy->roles.count; role++)
        for (size_t i = 0; i < policy->roles_of[role].sources_count; i++)
            if (has_bit(names->bits, role) && policy->roles_of[role].sources[i] == source &&
                policy->roles_of[role].max_age_ms >= max_age_ms)
                return true;
    return false;
}

static bool is_role_among(const struct policy *policy, size_t role, const struct compiled_names *names)
{
    const struct compiled_role *of = &policy->roles_of[role];

    for (size_t i = 0; i < policy->persons_count; i++)
        if (has_bit(policy->persons[i].roles, role) && !is_person_among(policy, &policy->persons[i], names))
            return false;
    for (size_t i = 0; i < of->sources_count; i++)
        if (!is_source_among(policy, of->sources[i], of->max_age_ms, names))
            return false;
    return true;
}

static bool covers_people(const struct policy *policy, const struct compiled_names *wide,
                          const struct compiled_names *narrow)
{
    if (wide->count == 0 || narrow->count == 0)
        return wide->count == 0;
    if (narrow->has_everyone && !wide->has_everyone)
        return false;
    for (size_t i = 0; i < narrow->count; i++) {
        size_t role = names_find(&policy->roles, narrow->names[i]);

        if (role != NAMES_NONE && !has_bit(wide->bits, role) && !is_role_among(policy, role, wide))
            return false;
    }
    return true;
}

bool lint_covers(const struct lint *lint, const struct compiled_rule *wide, const struct compiled_rule *narrow,
                 bool without_during)
{
    return covers_verbs(wide->settings, narrow->settings) && covers_place(wide->settings->on, narrow->settings->on) &&
           covers_conditions(wide, narrow, without_during) &&
           covers_people(lint->policy, &wide->to, &narrow->to); /* last: it may look at everybody */
}

/* ---- times ---- */

/* What comes again, comes again within a year: so do the days on which clocks are changed. */
#define WALK_MS (400 * DAY_MS)
/* At one window, by all pairs of rules: some seconds at most, whatever a file has. What is left cannot be told. */
#define WALK_LOOKS_MAX 2000000

static bool is_open(const struct compiled_windows *windows, int64_t unix_ms)
{
    for (size_t i = 0; i < windows->count; i++)
        if (window_holds(&windows->list[i], unix_ms))
            return true;
    return false;
}

static int64_t next_change(const struct compiled_windows *windows, int64_t unix_ms)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < windows->count; i++) {
        int64_t at_ms = window_changes_at(&windows->list[i], unix_ms);

        next = at_ms < next ? at_ms : next;
    }
    return next;
}

/* Behind the last date of any of them only what comes again is left. */
static int64_t walk_until(const struct compiled_windows *windows, int64_t until_ms)
{
    for (size_t i = 0; i < windows->count; i++) {
        const struct window *window = &windows->list[i];
        int64_t last_ms = window->days == 0 ? (window->last_day + 2) * DAY_MS + WALK_MS : 0;

        until_ms = last_ms > until_ms ? last_ms : until_ms;
    }
    return until_ms;
}

bool lint_can_meet(struct lint *lint, const struct compiled_windows *a, const struct compiled_windows *b,
                   bool is_b_closed)
{
    int64_t at_ms = lint->input->now_ms, until_ms = walk_until(b, walk_until(a, at_ms + WALK_MS));

    if (a->is_broken || b->is_broken || a->count == 0 || b->count == 0)
        return true;
    while (lint->looks < WALK_LOOKS_MAX) {
        int64_t of_a = next_change(a, at_ms), of_b = next_change(b, at_ms);

        lint->looks += (int64_t)(a->count + b->count);

        if (is_open(a, at_ms) && is_open(b, at_ms) != is_b_closed)
            return true;
        at_ms = of_a < of_b ? of_a : of_b;
        if (at_ms > until_ms)
            return false;
    }
    return true;
}

/* ---- pointless ---- */

/* Whoever may pass the wide deny may pass the narrow one. */
static bool is_glass_as_wide(const struct rule_settings *wide, const struct rule_settings *narrow)
{
    for (size_t i = 0; i < wide->break_glass_count; i++)
        if (!lint_has(narrow->break_glass, narrow->break_glass_count, wide->break_glass[i]))
            return false;
    return true;
}

static bool makes_pointless(const struct lint *lint, size_t wide, size_t narrow)
{
    const struct compiled_rule *other = &lint->policy->rules[wide], *rule = &lint->policy->rules[narrow];
    bool is_same_kind = other->kind == rule->kind && rule->kind != RULE_REQUIRE;

    return is_same_kind && lint_covers(lint, other, rule, false) &&
           (rule->kind == RULE_ALLOW || is_glass_as_wide(other->settings, rule->settings)) &&
           (wide < narrow || !lint_covers(lint, rule, other, false) ||
            (rule->kind == RULE_DENY && !is_glass_as_wide(rule->settings, other->settings)));
}

/* ---- contradictory ---- */

/* What may go in the safe direction passes every deny and requirement. */
static bool has_safe_verb(const struct rule_settings *allow)
{
    static const char *const safe[] = { "rollback", "pause", "abort", "halt", "acknowledge", POLICY_EVERY_VERB };

    for (size_t i = 0; i < allow->allow_count; i++)
        if (lint_has(safe, ARRAY_LEN(safe), allow->allow[i]))
            return true;
    return false;
}

/* Why the allow never gives anything because of the other rule; NULL: it may. */
static const char *why_it_allows_nothing(struct lint *lint, const struct compiled_rule *allow,
                                         const struct compiled_rule *other)
{
    int line = other->settings->line;

    if (other->kind == RULE_ALLOW || has_safe_verb(allow->settings) || other->settings->break_glass_count > 0)
        return NULL;
    if (other->kind == RULE_DENY && lint_covers(lint, other, allow, false))
        return arena_printf(lint->arena, "line %d denies all of it", line);
    if (other->kind == RULE_DENY && lint_covers(lint, other, allow, true) &&
        !lint_can_meet(lint, &allow->during, &other->during, true))
        return arena_printf(lint->arena, "line %d denies it whenever one of its windows is open", line);
    if (other->kind == RULE_REQUIRE && lint_covers(lint, other, allow, false) &&
        !lint_can_meet(lint, &allow->during, &other->window, false))
        return arena_printf(lint->arena, "line %d requires a window, and none of that is open when one of its own is",
                            line);
    return NULL;
}

static void look_at_others(struct lint *lint, size_t at)
{
    const struct compiled_rule *rule = &lint->policy->rules[at];

    for (size_t i = 0; i < lint->policy->rules_count; i++) {
        const struct compiled_rule *other = &lint->policy->rules[i];
        const char *why = rule->kind == RULE_ALLOW ? why_it_allows_nothing(lint, rule, other) : NULL;

        if (i == at)
            continue;
        if (makes_pointless(lint, i, at)) {
            lint_found(lint, rule->settings->line, LINT_NOTE, "line %d %s all of this already", other->settings->line,
                       rule->kind == RULE_ALLOW ? "allows" : "denies");
            return;
        }
        if (why) {
            lint_found(lint, rule->settings->line, LINT_WRONG, "this allows nothing: %s", why);
            return;
        }
    }
}

void lint_rules(struct lint *lint)
{
    for (size_t i = 0; i < lint->policy->rules_count; i++)
        look_at_others(lint, i);
}
