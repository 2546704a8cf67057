#include "policy/explain.h"

#include "policy/needs.h"
#include "policy/rights_words.h"
#include "policy/sentences.h"
#include "policy/words.h"

#include <stdlib.h>
#include <string.h>

const char *const explain_outcome_names[] = {
    [EXPLAIN_ELSEWHERE] = "elsewhere", [EXPLAIN_OTHERS] = "others",   [EXPLAIN_NOT_NOW] = "not now",
    [EXPLAIN_PASSED] = "passed",       [EXPLAIN_SETTLED] = "settled", [EXPLAIN_ALLOWS] = "allows",
    [EXPLAIN_DENIES] = "denies",       [EXPLAIN_MET] = "met",         [EXPLAIN_NEEDS] = "needs",
};

struct explaining {
    struct asked asked;
    struct arena *arena;
};

/* ---- what a rule is about ---- */

static void say_list(struct sentence *sentence, const char *what, const char **names, size_t count)
{
    if (count == 0)
        return;
    say(sentence, " %s ", what);
    say_names(sentence, names, count);
}

static const char *about_elsewhere(const struct explaining *e, const struct compiled_rule *rule)
{
    static const struct rule_place everywhere;
    const struct rule_place *on = rule->settings->on ? rule->settings->on : &everywhere;
    char text[400] = "";
    struct sentence sentence = SENTENCE(text);

    if (!asked_is_from(&e->asked, rule)) {
        say(&sentence, "it speaks of requests from ");
        say_names(&sentence, rule->settings->when->source, rule->settings->when->source_count);
        return arena_strdup(e->arena, text);
    }
    say(&sentence, "it speaks of");
    say_list(&sentence, "service", on->service, on->service_count);
    say_list(&sentence, "environment", on->environment, on->environment_count);
    say_list(&sentence, "database", on->database, on->database_count);
    say_list(&sentence, "runbook", on->runbook, on->runbook_count);
    for (size_t i = 0; i < on->labels_count; i++)
        say(&sentence, "%s %s=%s", i == 0 ? " label" : ",", on->labels[i].key, on->labels[i].value);
    return arena_strdup(e->arena, text);
}

static const char *for_others(const struct explaining *e, const struct compiled_rule *rule)
{
    char text[400] = "";
    struct sentence sentence = SENTENCE(text);

    say(&sentence, "it is for ");
    say_names(&sentence, rule->to.names, rule->to.count);
    return arena_strdup(e->arena, text);
}

/* ---- what depends on the version ---- */

static bool is_by_version(const struct need *need)
{
    return need->kind == NEED_CHECKS || need->kind == NEED_VERSION || need->kind == NEED_HEALTHY_IN ||
           (need->kind == NEED_APPROVALS && need->require->approvals->exclude_authors);
}

const char *explain_join_by_version(const char *one, const char *other, struct arena *arena)
{
    if (!one || !other || strstr(one, other))
        return one ? one : other;
    return arena_printf(arena, "%s, %s", one, other);
}

const char *explain_by_version(const struct decision *decision, struct arena *arena)
{
    const char *words = NULL;

    for (size_t i = 0; i < decision->needs_count && i < POLICY_NEEDS_MAX; i++) {
        const struct need *need = &decision->needs[i];

        if (is_by_version(need))
            words = explain_join_by_version(
                words, arena_printf(arena, "%s (%s)", rights_need_word(need, arena), need->rule), arena);
    }
    return words;
}

/* ---- what it does ---- */

static struct explained_rule explained(const struct explaining *e, const struct compiled_rule *rule,
                                       enum explain_outcome outcome, const char *sentence)
{
    return (struct explained_rule){ .rule = rule->text,
                                    .kind = rule->kind,
                                    .outcome = outcome,
                                    .sentence = arena_strdup(e->arena, sentence),
                                    .identity = rule->identity };
}

static struct explained_rule explain_allow(const struct explaining *e, const struct compiled_rule *rule)
{
    const struct asked *asked = &e->asked;
    const struct grant *stale = NULL;
    struct decision told;

    memset(&told, 0, sizeof(told));
    if (!asked_is_meant(asked, rule)) {
        stale = asked->question->is_safe_direction ? who_was_among(&asked->who, &rule->to) : NULL;
        if (!stale) {
            tell_only_others(asked, rule, &rule->to, &told);
            return explained(e, rule, EXPLAIN_OTHERS, told.reason);
        }
    }
    if (asked_conditions(asked, rule) != TRUTH_YES) {
        tell_not_now(asked, rule, &told);
        return explained(e, rule, EXPLAIN_NOT_NOW, told.reason);
    }
    if (asked->stage == POLICY_INCREASE)
        return explained(e, rule, EXPLAIN_SETTLED, "who may was settled when it began");
    tell_allowed(asked, rule, stale, &told);
    return explained(e, rule, EXPLAIN_ALLOWS, told.reason);
}

const char *explain_any_of(const char **names, size_t count, struct arena *arena)
{
    char text[200] = "";
    struct sentence sentence = SENTENCE(text);

    say_any_of(&sentence, names, count);
    return arena_strdup(arena, text);
}

static const char *breakers(const struct explaining *e, const struct compiled_rule *deny)
{
    const struct compiled_names *names = &deny->break_glass;

    if (names->count == 0 || e->asked.question->takes_no_glass)
        return NULL;
    return explain_any_of(names->names, names->count, e->arena);
}

static struct explained_rule explain_deny(const struct explaining *e, const struct compiled_rule *rule)
{
    const struct asked *asked = &e->asked;
    struct explained_rule out;
    struct decision told;

    memset(&told, 0, sizeof(told));
    if (asked_is_broken(asked, rule) || (is_given(asked->facts->break_glass) && asked_can_break(asked, rule)))
        return explained(e, rule, EXPLAIN_PASSED, "its glass was broken");
    tell_denied(asked, rule, &told);
    out = explained(e, rule, EXPLAIN_DENIES, told.reason);
    out.breakers = breakers(e, rule);
    out.breaker_names = rule->break_glass.names;
    out.breaker_names_count = rule->break_glass.count;
    return out;
}

static struct explained_rule explain_require(const struct explaining *e, const struct compiled_rule *rule)
{
    struct explained_rule out;
    struct decision told;
    bool is_met = true;

    memset(&told, 0, sizeof(told));
    for (int kind = 0; kind < NEED_KINDS; kind++) {
        if (!need_applies(&e->asked, rule, (enum need_kind)kind))
            continue;
        told.needs[told.needs_count] = need_judge(&e->asked, rule, (enum need_kind)kind);
        is_met = is_met && told.needs[told.needs_count].state == NEED_MET;
        told.counts[told.needs[told.needs_count++].state]++;
    }
    if (told.needs_count == 0)
        return explained(e, rule, EXPLAIN_SETTLED, "what it asks for was settled when it began");
    if (!is_met)
        tell_needs(&e->asked, rule, &told);
    out = explained(e, rule, is_met ? EXPLAIN_MET : EXPLAIN_NEEDS,
                    is_met ? "everything it asks for is there" : told.reason);
    out.by_version = explain_by_version(&told, e->arena);
    return out;
}

static struct explained_rule explain_rule(const struct explaining *e, const struct compiled_rule *rule)
{
    if (!asked_speaks(&e->asked, rule))
        return explained(e, rule, EXPLAIN_ELSEWHERE, about_elsewhere(e, rule));
    if (rule->kind == RULE_ALLOW)
        return explain_allow(e, rule);
    if (!asked_is_hit(&e->asked, rule))
        return explained(e, rule, EXPLAIN_OTHERS, for_others(e, rule));
    if (asked_conditions(&e->asked, rule) == TRUTH_NO)
        return explained(e, rule, EXPLAIN_NOT_NOW, "its conditions do not hold now");
    if (e->asked.question->is_safe_direction)
        return explained(e, rule, EXPLAIN_PASSED, "the safe direction is not asked");
    return rule->kind == RULE_DENY ? explain_deny(e, rule) : explain_require(e, rule);
}

struct explanation policy_explain(const struct policy *policy, const struct question *question,
                                  const struct facts *facts, enum policy_stage stage, struct arena *arena)
{
    struct explanation out = { .decision = policy_decide(policy, question, facts, stage) };
    const struct explaining e = { asked_of(policy, question, facts, stage), arena };
    const struct compiled_rule *approvers;

    for (size_t i = 0; i < policy->rules_count; i++)
        if (rule_names_verb(&policy->rules[i], question->verb)) {
            *ARENA_PUSH(arena, out.rules, out.rules_count) = explain_rule(&e, &policy->rules[i]);
            out.by_version = explain_join_by_version(out.by_version, out.rules[out.rules_count - 1].by_version, arena);
        }
    approvers = asked_approvers(&e.asked);
    if (approvers && stage != POLICY_INCREASE) {
        struct decision told;

        tell_approvers(&e.asked, approvers, &told);
        *ARENA_PUSH(arena, out.rules, out.rules_count) = explained(&e, approvers, EXPLAIN_ALLOWS, told.reason);
    }
    return out;
}

/* ---- who can ---- */

struct able_list {
    struct able_person **persons;
    size_t *count;
};
struct asking {
    const struct policy *policy;
    const struct question *question;
    struct facts facts;
    struct arena *arena;
    struct able_list list;
};

static bool ask(const struct asking *a, const struct principal *principal, struct decision *ret)
{
    struct question question = *a->question;

    question.principal = *principal;
    *ret = policy_decide(a->policy, &question, &a->facts, POLICY_STATIC);
    return ret->verdict != VERDICT_DENY;
}

static struct principal principal_in(const struct asking *a, const struct compiled_principal *slot)
{
    struct principal principal = { .system = arena_copy(a->arena, slot->system),
                                   .id = arena_copy(a->arena, slot->id),
                                   .team = slot->team };

    if (strcmp(principal.system, "slack") == 0 && !principal.team)
        principal.team = a->policy->team;
    return principal;
}

static bool add_if_able(const struct asking *a, const struct compiled_principal *slot)
{
    struct able_person person = { .principal = principal_in(a, slot) };

    if (!ask(a, &person.principal, &person.decision))
        return false;
    person.text = policy_name_of(a->policy, &person.principal, a->arena);
    *ARENA_PUSH(a->arena, *a->list.persons, *a->list.count) = person;
    return true;
}

/* Where in a list a person is, by one of their principals. */
struct found {
    struct able_person **persons; /* the list; NULL: not yet */
    size_t at;
};

static bool is_slack(const struct compiled_principal *slot)
{
    return str_is(slot->system, "slack");
}

static void ask_table(const struct asking *a, const struct principal_table *table, bool of_slack, struct found *found)
{
    for (size_t i = 0; i < table->room; i++) {
        const struct compiled_principal *slot = &table->slots[i];

        if (slot->system.at && is_slack(slot) == of_slack && !found[slot->person].persons && add_if_able(a, slot))
            found[slot->person] = (struct found){ a->list.persons, *a->list.count - 1 };
    }
}

static void add_other_name(const struct asking *a, const struct compiled_principal *slot, struct able_person *person)
{
    struct principal principal = principal_in(a, slot);
    const char *text = policy_name_of(a->policy, &principal, a->arena);

    if (strcmp(text, person->text) != 0)
        *ARENA_PUSH(a->arena, person->others, person->others_count) = text;
}

static void add_other_names(const struct asking *a, const struct principal_table *table, const struct found *found)
{
    for (size_t i = 0; i < table->room; i++) {
        const struct compiled_principal *slot = &table->slots[i];
        const struct found *where = &found[slot->person];

        if (slot->system.at && where->persons)
            add_other_name(a, slot, &(*where->persons)[where->at]);
    }
}

/* Each person once, by a principal with which they can: a local user is everyone, and the same person's login is not.
 * By the one of Slack, if they can with that: as from there it is asked. Without breaking anything first: who can with
 * one of their principals is not told to break a glass with another. */
static void ask_both(const struct asking *plain, const struct asking *breaking, const struct principal_table *table,
                     size_t persons_count)
{
    struct found *found = arena_alloc(plain->arena, (persons_count + 1) * sizeof(*found));

    ask_table(plain, table, true, found);
    ask_table(plain, table, false, found);
    ask_table(breaking, table, true, found);
    ask_table(breaking, table, false, found);
    add_other_names(plain, table, found);
}

static int compare_persons(const void *a, const void *b)
{
    return strcmp(((const struct able_person *)a)->text, ((const struct able_person *)b)->text);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct able_person *persons, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (persons[i].others_count > 1)
            qsort(persons[i].others, persons[i].others_count, sizeof(persons[i].others[0]), compare_texts);
    if (count > 0)
        qsort(persons, count, sizeof(persons[0]), compare_persons);
}

struct who_can policy_who_can(const struct policy *policy, const struct question *question, const struct facts *facts,
                              struct arena *arena)
{
    struct who_can who = { .is_everyone = false };
    const struct asking plain = { policy, question, *facts, arena, { &who.persons, &who.persons_count } };
    struct asking breaking = { policy, question, *facts, arena, { &who.by_glass, &who.by_glass_count } };
    /* No user has such an id: it is a member that nothing names. */
    const struct principal anybody = { .system = "slack", .id = "", .team = policy->team };
    const struct principal_table *others;
    size_t others_count;

    breaking.facts.break_glass = "a reason";
    who.is_everyone = policy->team && ask(&plain, &anybody, &who.everyone);
    who.is_everyone_by_glass = policy->team && !who.is_everyone && ask(&breaking, &anybody, &who.everyone);
    ask_both(&plain, &breaking, &policy->principals, policy->persons_count);
    others = members_others(facts->members, policy, &others_count);
    if (others)
        ask_both(&plain, &breaking, others, others_count);
    sort(who.persons, who.persons_count);
    sort(who.by_glass, who.by_glass_count);
    return who;
}

static bool has_one_able(const struct asking *a, const struct principal_table *table, const char *role)
{
    struct decision ignored;

    for (size_t i = 0; i < table->room; i++) {
        struct principal principal;

        if (!table->slots[i].system.at)
            continue;
        principal = principal_in(a, &table->slots[i]);
        if (policy_has_role(a->policy, &a->facts, &principal, role) && ask(a, &principal, &ignored))
            return true;
    }
    return false;
}

bool policy_can_any(const struct policy *policy, const struct question *question, const struct facts *facts,
                    const char *role, struct arena *arena)
{
    struct asking breaking = { policy, question, *facts, arena, { NULL, NULL } };
    const struct principal anybody = { .system = "slack", .id = "", .team = policy->team };
    const struct principal_table *others;
    struct decision ignored;
    size_t count;

    breaking.facts.break_glass = "a reason";
    if ((policy->team && ask(&breaking, &anybody, &ignored)) || has_one_able(&breaking, &policy->principals, role))
        return true;
    others = members_others(facts->members, policy, &count);
    return others && has_one_able(&breaking, others, role);
}
