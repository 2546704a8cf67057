#include "policy/decide.h"

#include "policy/needs.h"
#include "policy/sentences.h"

#include <string.h>

/* ---- allow ---- */

struct search { /* the first allow that holds, and the first of those that nearly did */
    const struct compiled_rule *holds, *too_old, *not_now;
    const struct compiled_rule *for_others, *for_others_now; /* whatever its conditions; one whose hold */
    const struct compiled_rule *holds_by_stale; /* in the safe direction */
    const struct grant *stale;
};

static void keep_first(const struct compiled_rule **first, const struct compiled_rule *rule)
{
    *first = *first ? *first : rule;
}

/* It is for somebody else, as far as anybody knows. In the safe direction the last that was known will do. */
static void search_stale(const struct asked *asked, const struct compiled_rule *rule, struct search *search)
{
    const struct grant *stale = who_was_among(&asked->who, &rule->to);

    if (!stale) {
        keep_first(&search->for_others, rule);
        if (asked_conditions(asked, rule) == TRUTH_YES)
            keep_first(&search->for_others_now, rule);
    } else if (!asked->question->is_safe_direction) {
        keep_first(&search->too_old, rule);
    } else if (asked_conditions(asked, rule) != TRUTH_YES) {
        keep_first(&search->not_now, rule);
    } else if (!search->holds_by_stale) {
        search->holds_by_stale = rule;
        search->stale = stale;
    }
}

static struct search search_allow(struct asked *asked)
{
    struct search search = { 0 };
    const struct compiled_rule *rule;

    rules_begin(&asked->walk, RULE_ALLOW);
    while (!search.holds && (rule = rules_next(&asked->walk)) != NULL) {
        if (!asked_speaks(asked, rule))
            continue;
        if (!asked_is_meant(asked, rule))
            search_stale(asked, rule, &search);
        else if (asked_conditions(asked, rule) != TRUTH_YES)
            keep_first(&search.not_now, rule);
        else
            search.holds = rule;
    }
    return search;
}

#define OTHERS_MAX 64 /* names; a sentence shows fewer */

static void add_names(const struct compiled_names *to, struct compiled_names *others)
{
    for (size_t i = 0; i < to->count && others->count < OTHERS_MAX; i++) {
        bool is_there = false;

        for (size_t k = 0; k < others->count && !is_there; k++)
            is_there = strcmp(others->names[k], to->names[i]) == 0;
        if (!is_there)
            others->names[others->count++] = to->names[i];
    }
}

/* Each of them could do it now, whichever rule lets them; if none could, the first rule says who may at other times. */
static void tell_others(struct asked *asked, const struct search *search, struct decision *decision)
{
    const char *names[OTHERS_MAX];
    struct compiled_names others = { .names = names };
    const struct compiled_rule *rule;

    if (!search->for_others_now) {
        tell_only_others(asked, search->for_others, &search->for_others->to, decision);
        return;
    }
    rules_begin(&asked->walk, RULE_ALLOW);
    while ((rule = rules_next(&asked->walk)) != NULL) /* none of them is for whoever asks */
        if (asked_speaks(asked, rule) && asked_conditions(asked, rule) == TRUTH_YES)
            add_names(&rule->to, &others);
    tell_only_others(asked, search->for_others_now, &others, decision);
}

/* False: nothing allows it, and the decision says why: of several rules that nearly did the one that it takes least to
 * turn. */
static bool is_allowed(struct asked *asked, struct decision *decision)
{
    struct search search = search_allow(asked);
    const struct compiled_rule *approvers = search.holds ? NULL : asked_approvers(asked);
    const struct compiled_rule *approval = asked_approval(asked);

    if (approvers) {
        tell_approvers(asked, approvers, decision);
        return true;
    }
    if (search.holds)
        tell_allowed(asked, search.holds, NULL, decision);
    else if (search.holds_by_stale)
        tell_allowed(asked, search.holds_by_stale, search.stale, decision);
    else if (search.too_old)
        tell_only_others(asked, search.too_old, &search.too_old->to, decision);
    else if (search.not_now)
        tell_not_now(asked, search.not_now, decision);
    else if (approval)
        tell_only_others(asked, approval, &approval->approvers, decision);
    else if (search.for_others)
        tell_others(asked, &search, decision);
    else
        tell_no_rule(asked, decision);
    return search.holds || search.holds_by_stale;
}

/* ---- deny ---- */

struct denial {
    const struct compiled_rule *denies; /* the first one that this person cannot pass, else the first; or NULL */
    const struct compiled_rule *broken; /* the first one that they passed */
    bool can_break_glass;               /* every one that denies */
};

static struct denial search_deny(struct asked *asked)
{
    bool is_broken = is_given(asked->facts->break_glass);
    struct denial denial = { NULL, NULL, false };
    const struct compiled_rule *rule;

    rules_begin(&asked->walk, RULE_DENY);
    while ((rule = rules_next(&asked->walk)) != NULL) {
        bool can_break;

        if (!asked_speaks(asked, rule) || !asked_is_hit(asked, rule) || asked_conditions(asked, rule) == TRUTH_NO)
            continue;
        if (asked_is_broken(asked, rule)) {
            keep_first(&denial.broken, rule);
            continue;
        }
        can_break = asked_can_break(asked, rule);
        if (!can_break) {
            denial.denies = rule;
            denial.can_break_glass = false;
            break;
        }
        if (is_broken) {
            keep_first(&denial.broken, rule);
        } else {
            keep_first(&denial.denies, rule);
            denial.can_break_glass = true;
        }
    }
    return denial;
}

static bool is_denied(struct asked *asked, struct decision *decision)
{
    struct denial denial = search_deny(asked);

    if (denial.denies) {
        decision->can_break_glass = denial.can_break_glass;
        tell_denied(asked, denial.denies, decision);
    } else if (denial.broken) {
        tell_broken(denial.broken, decision);
    }
    return denial.denies != NULL;
}

/* ---- require ---- */

/* Where a need is kept: behind the others, or, when there is no room, in place of one that is met. */
static struct need *room_for(struct decision *decision, const struct need *need)
{
    if (decision->needs_count < POLICY_NEEDS_MAX)
        return &decision->needs[decision->needs_count];
    for (size_t i = 0; i < POLICY_NEEDS_MAX && need->state != NEED_MET; i++)
        if (decision->needs[i].state == NEED_MET)
            return &decision->needs[i];
    return NULL;
}

struct unmet { /* by state: the first rule of which something is not met */
    const struct compiled_rule *rules[NEED_STATES];
};

static void add_needs(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision,
                      struct unmet *unmet)
{
    for (int kind = 0; kind < NEED_KINDS; kind++) {
        struct need need;
        struct need *room;

        if (!need_applies(asked, rule, (enum need_kind)kind))
            continue;
        need = need_judge(asked, rule, (enum need_kind)kind);
        room = room_for(decision, &need);
        if (room)
            *room = need;
        decision->needs_count++;
        decision->counts[need.state]++;
        keep_first(&unmet->rules[need.state], rule);
    }
}

/* The rule to talk about is one that nobody can help with, before one that waits for people, before what is pending. */
static void require(struct asked *asked, struct decision *decision)
{
    struct unmet unmet = { { NULL } };
    const struct compiled_rule *rule;

    rules_begin(&asked->walk, RULE_REQUIRE);
    while ((rule = rules_next(&asked->walk)) != NULL)
        if (asked_speaks(asked, rule) && asked_is_hit(asked, rule) && asked_conditions(asked, rule) != TRUTH_NO)
            add_needs(asked, rule, decision, &unmet);
    for (int state = NEED_UNMET; state > NEED_MET; state--) {
        if (!unmet.rules[state])
            continue;
        tell_needs(asked, unmet.rules[state], decision);
        return;
    }
}

/* ---- the question ---- */

struct decision policy_decide(const struct policy *policy, const struct question *question, const struct facts *facts,
                              enum policy_stage stage)
{
    struct asked asked = asked_of(policy, question, facts, stage);
    struct decision decision;

    memset(&decision, 0, sizeof(decision));
    if (stage == POLICY_INCREASE)
        tell_going_on(&asked, &decision);
    else if (!is_allowed(&asked, &decision))
        return decision;
    if (question->is_safe_direction || is_denied(&asked, &decision))
        return decision;
    require(&asked, &decision);
    return decision;
}

bool decision_refuses(const struct decision *decision)
{
    return decision->verdict == VERDICT_DENY ||
           (decision->verdict == VERDICT_NEEDS && decision->counts[NEED_UNMET] > 0);
}

bool decision_waits_for_people(const struct decision *decision)
{
    return decision->verdict == VERDICT_NEEDS && decision->counts[NEED_PEOPLE] > 0 &&
           decision->counts[NEED_UNMET] == 0 && decision->counts[NEED_PENDING] == 0;
}

/* ---- help ---- */

/* Whatever the time is, and wherever. */
static bool is_always_denied(const struct asked *asked, const struct compiled_rule *rule, const char *verb)
{
    bool is_always =
        !rule->settings->on && rule->during.count == 0 && !rule->during.is_broken && rule->incident == NAMES_NONE;

    return rule->kind == RULE_DENY && is_always && rule_names_verb(rule, verb) && asked_is_from(asked, rule);
}

/* A rule speaks of a place that help does not ask about: so every rule of the verb is looked at. */
bool policy_help_for(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                     const char *source, const char *verb)
{
    const struct question question = { .principal = *principal, .verb = verb, .source = source };
    struct asked asked = asked_of(policy, &question, facts, POLICY_STATIC);
    bool may = false;

    for (size_t i = 0; i < policy->rules_count && !may; i++) {
        const struct compiled_rule *rule = &policy->rules[i];

        may = rule->kind == RULE_ALLOW
                  ? rule_names_verb(rule, verb) && asked_is_from(&asked, rule) && asked_is_meant(&asked, rule)
                  : strcmp(verb, POLICY_APPROVE) == 0 && asked_is_approver(&asked, rule);
    }
    for (size_t i = 0; i < policy->rules_count && may; i++)
        may = !is_always_denied(&asked, &policy->rules[i], verb) || !asked_is_hit(&asked, &policy->rules[i]);
    return may;
}

bool policy_is_stranger(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                        const char *source, const char *verb)
{
    const struct question question = { .principal = *principal, .verb = verb, .source = source };
    struct asked asked = asked_of(policy, &question, facts, POLICY_STATIC);
    bool could = false;

    for (size_t i = 0; i < policy->rules_count && !could; i++) {
        const struct compiled_rule *rule = &policy->rules[i];

        could = rule->kind == RULE_ALLOW && rule_names_verb(rule, verb) && asked_is_from(&asked, rule) &&
                asked_could_be_meant(&asked, rule);
    }
    for (size_t i = 0; i < policy->rules_count && could; i++) {
        const struct compiled_rule *rule = &policy->rules[i];
        bool is_hit = rule->to.count == 0 || asked_is_meant(&asked, rule); /* for sure */

        could = !is_hit || !is_always_denied(&asked, rule, verb);
    }
    return !could;
}
