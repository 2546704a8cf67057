#include "reference_internal.h"

/* ---- does a rule match, without its conditions? ---- */

static bool has(const char **list, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (reference_same(list[i], what))
            return true;
    return false;
}

static bool is_about_verb(const struct reference_world *world, const struct rule_settings *rule, const char *verb)
{
    return has(rule->allow, rule->allow_count, verb) || has(rule->deny, rule->deny_count, verb) ||
           has(rule->verbs, rule->verbs_count, verb) ||
           (!FLIPPED(VERBS_STAR) &&
            (has(rule->allow, rule->allow_count, "*") || has(rule->deny, rule->deny_count, "*") ||
             has(rule->verbs, rule->verbs_count, "*")));
}

static bool is_label_there(const struct question *question, const struct shape_pair *label)
{
    for (size_t i = 0; i < question->labels_count; i++)
        if (reference_same(question->labels[i].key, label->key) &&
            reference_same(question->labels[i].value, label->value))
            return true;
    return false;
}

static bool are_labels_there(const struct reference_world *world, const struct rule_place *on,
                             const struct question *question)
{
    size_t found = 0;

    for (size_t i = 0; i < on->labels_count; i++)
        found += is_label_there(question, &on->labels[i]);
    if (on->labels_count > 0 && FLIPPED(LABELS_ANY))
        return found > 0;
    return found == on->labels_count || FLIPPED(LABELS_IGNORED);
}

static bool is_in_list(const struct reference_world *world, const char **list, size_t count, const char *own)
{
    if (count == 0)
        return true;
    if (!own)
        return FLIPPED(ABSENT_MATCHES);
    return has(list, count, own);
}

static bool is_there(const struct reference_world *world, const struct rule_place *on, const struct question *question)
{
    if (!on)
        return true;
    if (!is_in_list(world, on->service, on->service_count, question->service) && !FLIPPED(SERVICE_IGNORED))
        return false;
    if (!is_in_list(world, on->environment, on->environment_count, question->environment) &&
        !FLIPPED(ENVIRONMENT_IGNORED))
        return false;
    if (!is_in_list(world, on->database, on->database_count, question->database) && !FLIPPED(DATABASE_IGNORED))
        return false;
    if (!is_in_list(world, on->runbook, on->runbook_count, question->runbook) && !FLIPPED(RUNBOOK_IGNORED))
        return false;
    return are_labels_there(world, on, question);
}

static bool is_from_source(const struct reference_world *world, const struct rule_settings *rule,
                           const struct question *question)
{
    if (!rule->when || rule->when->source_count == 0 || FLIPPED(SOURCE_IGNORED))
        return true;
    if (!question->source) {
        if (rule_kind(rule) == RULE_ALLOW)
            return FLIPPED(ALLOW_UNKNOWN_SOURCE);
        return rule_kind(rule) == RULE_DENY ? !FLIPPED(DENY_UNKNOWN_SOURCE) : !FLIPPED(REQUIRE_UNKNOWN_SOURCE);
    }
    return has(rule->when->source, rule->when->source_count, question->source);
}

/* Of those with whom they were joined by their addresses. */
static bool is_any_joined_among(const struct reference_world *world, const struct rule_settings *rule,
                                const struct principal *principal, int64_t now_ms)
{
    struct principal joined;

    for (size_t at = 0; reference_next_joined(world, principal, &at, &joined);)
        if (reference_holds_any_role(world, rule->to, rule->to_count, &joined, true, now_ms))
            return true;
    return false;
}

/* What withholds something does not fade with its sources; what gives does, but in the safe direction. */
static bool is_to(const struct reference_world *world, const struct rule_settings *rule,
                  const struct question *question, int64_t now_ms)
{
    bool however_old = question->is_safe_direction && !FLIPPED(SAFE_IGNORED) && !FLIPPED(SAFE_MAX_AGE);

    if (rule->to_count == 0)
        return rule_kind(rule) != RULE_ALLOW && !FLIPPED(TO_EMPTY);
    if (rule_kind(rule) != RULE_ALLOW) {
        however_old = !FLIPPED(WITHHELD_FADES);
        if (!FLIPPED(JOINED_GO_FREE) && is_any_joined_among(world, rule, &question->principal, now_ms))
            return true;
        for (size_t i = 0; i < rule->to_count && !FLIPPED(UNREAD_GO_FREE); i++)
            if (reference_has_unread_source(world, rule->to[i]))
                return true;
    }
    return FLIPPED(TO_IGNORED) ||
           reference_holds_any_role(world, rule->to, rule->to_count, &question->principal, however_old, now_ms);
}

static bool matches(const struct reference_world *world, const struct rule_settings *rule,
                    const struct question *question, int64_t now_ms)
{
    return is_about_verb(world, rule, question->verb) && is_there(world, rule->on, question) &&
           is_from_source(world, rule, question) && is_to(world, rule, question, now_ms);
}

/* ---- conditions ---- */

static enum judged judge_conditions(const struct reference_world *world, const struct rule_when *when,
                                    const struct facts *facts)
{
    enum judged incident = HOLDS;

    if (!when)
        return HOLDS;
    if (when->during_count > 0 && !FLIPPED(DURING_IGNORED)) {
        if (!reference_is_any_window_now(when->during, when->during_count, facts->unix_ms, FLIPPED(DURING_FIRST),
                                         FLIPPED(DURING_LAST)))
            return HOLDS_NOT;
        if (FLIPPED(DURING_ALL) && !reference_are_all_windows_now(when->during, when->during_count, facts->unix_ms))
            return HOLDS_NOT;
    }
    if (when->incident_at_least && !FLIPPED(INCIDENT_IGNORED))
        incident = reference_is_incident_so_bad(world, when->incident_at_least, facts, FLIPPED(INCIDENT_INVERTED));
    return incident;
}

/* Matches, and its conditions hold or err in the way of its kind. */
static bool applies(const struct reference_world *world, const struct rule_settings *rule,
                    const struct question *question, const struct facts *facts)
{
    enum judged judged;

    if (!matches(world, rule, question, facts->unix_ms))
        return false;
    judged = judge_conditions(world, rule->when, facts);
    if (judged != ERRS)
        return judged == HOLDS;
    if (rule_kind(rule) == RULE_ALLOW)
        return FLIPPED(ALLOW_ERRS);
    return rule_kind(rule) == RULE_DENY ? !FLIPPED(DENY_ERRS) : !FLIPPED(REQUIRE_ERRS);
}

/* ---- the four steps ---- */

/* The line of the first allow; 0: nothing allows. */
static int find_first_allow(const struct reference_world *world, const struct question *question,
                            const struct facts *facts)
{
    for (size_t i = 0; i < world->settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &world->settings->policy.rules[i];

        if (rule_kind(rule) == RULE_ALLOW && !FLIPPED(ALLOW_IGNORED) && applies(world, rule, question, facts))
            return rule->line;
    }
    return 0;
}

static bool is_approver(const struct reference_world *world, const struct rule_settings *rule,
                        const struct question *question, const struct facts *facts)
{
    const struct require_approvals *approvals = rule->require->approvals;

    if (approvals && reference_holds_any_role(world, approvals->from, approvals->from_count, &question->principal,
                                              false, facts->unix_ms))
        return true;
    return rule->require->second_channel && reference_is_known_person(world, &question->principal);
}

/* The line of the first requirement there whose approvers they are among; 0: none. */
static int find_approvers(const struct reference_world *world, const struct question *question,
                          const struct facts *facts, bool is_for_any_source)
{
    for (size_t i = 0; i < world->settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &world->settings->policy.rules[i];

        if (rule_kind(rule) == RULE_REQUIRE && is_there(world, rule->on, question) &&
            is_approver(world, rule, question, facts) &&
            is_for_any_source == (!rule->when || rule->when->source_count == 0))
            return rule->line;
    }
    return 0;
}

/* In the safe direction one that rests on members as they were last read counts too, if there is no other. */
static int find_allow(const struct reference_world *world, const struct question *question, const struct facts *facts,
                      bool *ret_is_stale)
{
    struct question with_young_members = *question;
    int line;

    with_young_members.is_safe_direction = false;
    line = find_first_allow(world, &with_young_members, facts);
    *ret_is_stale = false;
    if (line == 0 && reference_same(question->verb, "approve") && !FLIPPED(APPROVERS_MAY_NOT)) {
        line = find_approvers(world, question, facts, true);
        line = line ? line : find_approvers(world, question, facts, false);
    }
    if (line == 0 && question->is_safe_direction) {
        line = find_first_allow(world, question, facts);
        *ret_is_stale = line != 0;
    }
    return line;
}

static bool may_break(const struct reference_world *world, const struct rule_settings *deny,
                      const struct question *question, const struct facts *facts)
{
    return deny->break_glass_count > 0 && !FLIPPED(GLASS_IGNORED) &&
           (FLIPPED(GLASS_FOR_ALL) || reference_holds_any_role(world, deny->break_glass, deny->break_glass_count,
                                                               &question->principal, false, facts->unix_ms));
}

/* Of which rule it is, the very text tells: what stands in it is not looked at. */
static bool is_glass_of(const struct reference_world *world, const char *broken, const struct rule_settings *deny)
{
    for (size_t i = 0; i < world->settings->policy.rules_count; i++)
        if (world->identities[i] == broken)
            return reference_is_same_deny(&world->settings->policy.rules[i], deny);
    return false;
}

/* Whether this deny's glass was broken before, by somebody who could break it today. */
static bool was_broken(const struct reference_world *world, size_t rule, const struct question *question,
                       const struct facts *facts, enum policy_stage stage)
{
    const struct rule_settings *deny = &world->settings->policy.rules[rule];

    if (FLIPPED(BROKEN_IGNORED) || (FLIPPED(BROKEN_WHOLE) && stage != POLICY_INCREASE))
        return false;
    for (size_t i = 0; i < facts->broken_count && (i == 0 || !FLIPPED(BROKEN_FIRST)); i++) {
        const struct principal *by = FLIPPED(BROKEN_BY_ASKER) ? &question->principal : &facts->broken[i].by;

        if (!is_glass_of(world, facts->broken[i].deny, deny) && !FLIPPED(BROKEN_ALL))
            continue;
        if (FLIPPED(BROKEN_BY_NOBODY) ||
            (deny->break_glass_count > 0 &&
             reference_holds_any_role(world, deny->break_glass, deny->break_glass_count, by, false, facts->unix_ms)))
            return true;
    }
    return false;
}

static void judge_denies(const struct reference_world *world, const struct question *question,
                         const struct facts *facts, enum policy_stage stage, struct reference_decision *decision)
{
    bool has_reason = facts->break_glass || FLIPPED(GLASS_UNASKED), broken = false;
    bool all_pass = true, any_passes = false, passes;
    size_t denies = 0, in_the_way = 0;

    if (stage == POLICY_INCREASE && FLIPPED(INCREASE_GLASS_WHOLE))
        has_reason = false;
    for (size_t i = 0; i < world->settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &world->settings->policy.rules[i];

        if (rule_kind(rule) != RULE_DENY || FLIPPED(DENY_IGNORED))
            continue;
        denies++;
        if (FLIPPED(DENY_LAST_ONLY)) {
            decision->verdict = VERDICT_ALLOW;
            in_the_way = 0;
        }
        if (!applies(world, rule, question, facts) || was_broken(world, i, question, facts, stage))
            continue;
        if (has_reason && (may_break(world, rule, question, facts) || (broken && FLIPPED(GLASS_ONCE)))) {
            broken = true;
            continue;
        }
        passes = may_break(world, rule, question, facts);
        if (in_the_way++ == 0 || FLIPPED(DENY_DECIDES_LAST) || (all_pass && !passes))
            decision->line = rule->line; /* the first of those that nothing passes, else the first */
        decision->verdict = VERDICT_DENY;
        any_passes = any_passes || passes;
        all_pass = all_pass && passes;
    }
    if (FLIPPED(DENY_ALL) && in_the_way < denies)
        decision->verdict = VERDICT_ALLOW;
    decision->can_break_glass = decision->verdict == VERDICT_DENY && (FLIPPED(GLASS_CAN_ANY) ? any_passes : all_pass);
}

static void judge_requires(const struct reference_world *world, const struct question *question,
                           const struct facts *facts, enum policy_stage stage, struct reference_decision *decision)
{
    for (size_t i = 0; i < world->settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &world->settings->policy.rules[i];
        size_t before = decision->needs_count;

        if (rule_kind(rule) != RULE_REQUIRE || FLIPPED(REQUIRE_IGNORED) || !applies(world, rule, question, facts))
            continue;
        reference_add_lasting_needs(world, rule, question, facts, stage, decision);
        if (stage != POLICY_INCREASE || FLIPPED(INCREASE_NEEDS_ALL))
            reference_add_needs(world, rule, question, facts, stage == POLICY_STATIC, decision);
        for (size_t k = before; k < decision->needs_count; k++) {
            enum reference_state state = decision->needs[k].state;

            if (state == REFERENCE_MET || (state == REFERENCE_PENDING && FLIPPED(STATIC_PASSES)))
                continue;
            decision->verdict = VERDICT_NEEDS;
            decision->line = 0;
        }
        if (FLIPPED(REQUIRE_FIRST))
            return;
    }
}

struct reference_decision reference_decide(const struct reference_world *world, const struct question *question,
                                           const struct facts *facts, enum policy_stage stage)
{
    struct reference_decision decision = { .verdict = VERDICT_ALLOW };
    bool is_safe = question->is_safe_direction && !FLIPPED(SAFE_IGNORED);
    bool is_stale;
    int allow = find_allow(world, question, facts, &is_stale);

    if (allow == 0 && (stage != POLICY_INCREASE || FLIPPED(INCREASE_NEEDS_ALLOW)) &&
        !(is_safe && FLIPPED(SAFE_UNASKED))) {
        decision.verdict = VERDICT_DENY;
        return decision;
    }
    if (stage != POLICY_INCREASE) {
        decision.line = allow;
        decision.is_stale = is_stale;
    }
    if (!is_safe || FLIPPED(SAFE_DENIED))
        if (stage != POLICY_INCREASE || !FLIPPED(INCREASE_NO_DENY))
            judge_denies(world, question, facts, stage, &decision);
    if (decision.verdict == VERDICT_ALLOW && (!is_safe || FLIPPED(SAFE_NEEDS)))
        judge_requires(world, question, facts, stage, &decision);
    return decision;
}
