/* What holds of any policy, whatever it says. */
#include "subject.h"

#include "policy/explain.h"

#define PROPERTIES_OF 4000 /* policies */

static int rank(const struct decision *decision)
{
    if (decision->verdict == VERDICT_DENY)
        return decision->can_break_glass ? 1 : 0;
    return decision->verdict == VERDICT_NEEDS ? 2 : 3;
}

/* Asks both the same; the second may never give more. */
static void gives_no_more(struct subject *before, const struct subject *after, size_t number, const char *what)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct question question = random_question(&before->random, before->written);
        struct facts facts = random_facts(&before->random, before->written);

        for (size_t k = 0; k < ARRAY_LEN(stages); k++) {
            struct decision first = subject_decide(before, &question, &facts, stages[k]);
            struct decision second = subject_decide(after, &question, &facts, stages[k]);

            if (rank(&second) > rank(&first))
                fail_msg("SEED=%" PRIu64 " policy %zu: %s gave rights: %s, then %s", seed, number, what, first.reason,
                         second.reason);
        }
    }
}

static void copy_rules(struct subject *subject, struct policy_settings *policy)
{
    struct rule_settings *rules =
        arena_alloc(subject->random.arena, (policy->rules_count + 1) * sizeof(policy->rules[0]));

    memcpy(rules, policy->rules, policy->rules_count * sizeof(rules[0]));
    policy->rules = rules;
}

static struct subject copy_of(const struct subject *subject)
{
    struct subject copy = *subject;

    copy.written = ARENA_NEW(subject->random.arena, struct random_policy);
    *copy.written = *subject->written;
    copy_rules(&copy, &copy.written->settings.policy);
    return copy;
}

static void a_deny_more_never_allows_more(void **state)
{
    (void)state;
    for (size_t number = 0; number < policies && number < PROPERTIES_OF; number++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct subject before = subject_begin(number, arena), after = copy_of(&before);
        struct policy_settings *policy = &after.written->settings.policy;
        size_t place = (size_t)random_below(&before.random, (int64_t)policy->rules_count + 1);

        memmove(&policy->rules[place + 1], &policy->rules[place],
                (policy->rules_count - place) * sizeof(policy->rules[0]));
        policy->rules[place] = random_deny(&before.random);
        policy->rules_count++;
        subject_compile(&after);
        gives_no_more(&before, &after, number, "a deny");
    }
}

/* Denies and requirements that are only for some would let go whoever is taken from those: they are for all here. */
static void make_for_all(struct policy_settings *policy)
{
    for (size_t i = 0; i < policy->rules_count; i++)
        if (rule_kind(&policy->rules[i]) != RULE_ALLOW)
            policy->rules[i].to_count = 0;
}

static void remove_somebody(struct subject *subject)
{
    struct random_policy *written = subject->written;
    struct policy_settings *policy = &written->settings.policy;
    struct arena *arena = subject->random.arena;

    if (written->sources_count > 0 && random_chance(&subject->random, 50)) {
        struct membership *source = &written->sources[random_below(&subject->random, (int64_t)written->sources_count)];

        source->members++; /* members are in no order: the first is as good as any */
        source->members_count--;
    } else {
        size_t at = (size_t)random_below(&subject->random, (int64_t)policy->roles_count);
        struct role_settings *roles = arena_alloc(arena, policy->roles_count * sizeof(roles[0]));

        memcpy(roles, policy->roles, policy->roles_count * sizeof(roles[0]));
        roles[at].members++;
        roles[at].members_count--;
        policy->roles = roles;
    }
}

static void nobody_s_removal_gives_rights(void **state)
{
    (void)state;
    for (size_t number = 0; number < policies && number < PROPERTIES_OF; number++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct subject before = subject_begin(number, arena), after;

        make_for_all(&before.written->settings.policy);
        subject_compile(&before);
        after = copy_of(&before);
        remove_somebody(&after);
        subject_compile(&after);
        gives_no_more(&before, &after, number, "removing somebody");
    }
}

/* What the rules say one by one is what is decided. */
static enum verdict verdict_of(const struct explanation *explanation, enum policy_stage stage)
{
    size_t counts[EXPLAIN_OUTCOMES] = { 0 };

    for (size_t i = 0; i < explanation->rules_count; i++)
        counts[explanation->rules[i].outcome]++;
    if (counts[EXPLAIN_DENIES] > 0 || (counts[EXPLAIN_ALLOWS] == 0 && stage != POLICY_INCREASE))
        return VERDICT_DENY;
    return counts[EXPLAIN_NEEDS] > 0 ? VERDICT_NEEDS : VERDICT_ALLOW;
}

static void explain_says_what_is_decided(void **state)
{
    (void)state;
    for (size_t number = 0; number < policies && number < PROPERTIES_OF; number++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct subject subject = subject_begin(number, arena);

        for (size_t i = 0; i < 3 * ARRAY_LEN(stages); i++) {
            enum policy_stage stage = stages[i % ARRAY_LEN(stages)];
            struct question question = random_question(&subject.random, subject.written);
            struct facts facts = random_facts(&subject.random, subject.written);
            struct decision decision = subject_decide(&subject, &question, &facts, stage);
            struct explanation explanation;

            facts.members = subject.members;
            explanation = policy_explain(subject.policy, &question, &facts, stage, arena);
            if (explanation.decision.verdict != decision.verdict || verdict_of(&explanation, stage) != decision.verdict)
                fail_msg("SEED=%" PRIu64 " policy %zu: decided %s, explained %s: %s", seed, number,
                         verdict_names[decision.verdict], verdict_names[verdict_of(&explanation, stage)],
                         decision.reason);
            for (size_t k = 0; k < explanation.rules_count; k++)
                assert_true(explanation.rules[k].sentence[0] != '\0');
        }
    }
}

/* How somebody stands with a question: at all, and by breaking a glass. */
enum ability { UNABLE, BY_GLASS, ABLE };
static const char *const ability_names[] = { "cannot", "could by breaking a glass", "can" };

static enum ability explained(const struct subject *subject, const struct question *question, const struct facts *facts)
{
    struct facts breaking = *facts;

    breaking.break_glass = "a reason";
    if (policy_explain(subject->policy, question, facts, POLICY_STATIC, subject->random.arena).decision.verdict !=
        VERDICT_DENY)
        return ABLE;
    return policy_explain(subject->policy, question, &breaking, POLICY_STATIC, subject->random.arena)
                       .decision.verdict != VERDICT_DENY
               ? BY_GLASS
               : UNABLE;
}

static bool is_among(const struct subject *subject, const struct able_person *persons, size_t count,
                     const struct principal *principal)
{
    for (size_t i = 0; i < count; i++)
        if (policy_is_same_person(subject->policy, NULL, &persons[i].principal, principal))
            return true;
    return false;
}

/* The best that the lists say of the person; of a member whom nothing names, what they say of everyone. */
static enum ability listed(const struct subject *subject, const struct who_can *who, const struct principal *principal)
{
    bool is_everyone =
        strcmp(principal->system, "local") == 0 || (principal->team && strcmp(principal->team, RANDOM_TEAM) == 0);

    if (is_among(subject, who->persons, who->persons_count, principal) || (is_everyone && who->is_everyone))
        return ABLE;
    if (is_among(subject, who->by_glass, who->by_glass_count, principal) || (is_everyone && who->is_everyone_by_glass))
        return BY_GLASS;
    return UNABLE;
}

static void check_persons(struct subject *subject, size_t number, const struct able_person *persons, size_t count,
                          struct question question, const struct facts *facts, enum ability wanted)
{
    for (size_t i = 0; i < count; i++) {
        enum ability is;

        question.principal = persons[i].principal;
        is = explained(subject, &question, facts);
        if (is != wanted)
            fail_msg("SEED=%" PRIu64 " policy %zu: %s is listed as one who %s, and %s", seed, number, persons[i].text,
                     ability_names[wanted], ability_names[is]);
    }
}

static void who_can_agrees_with_explain(void **state)
{
    size_t by_glass = 0, looked_at = 0;

    (void)state;
    for (size_t number = 0; number < policies && number < PROPERTIES_OF; number++, looked_at++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct subject subject = subject_begin(number, arena);
        struct question question = random_question(&subject.random, subject.written);
        struct facts facts = random_facts(&subject.random, subject.written);
        struct who_can who;

        facts.members = subject.members;
        who = policy_who_can(subject.policy, &question, &facts, arena);
        by_glass += who.by_glass_count;
        check_persons(&subject, number, who.persons, who.persons_count, question, &facts, ABLE);
        check_persons(&subject, number, who.by_glass, who.by_glass_count, question, &facts, BY_GLASS);
        for (size_t i = 0; i < 3 * QUESTIONS; i++) {
            enum ability is;

            question.principal = random_principal(&subject.random);
            is = explained(&subject, &question, &facts);
            if (is > listed(&subject, &who, &question.principal))
                fail_msg("SEED=%" PRIu64 " policy %zu: %s:%s %s, and is not listed so", seed, number,
                         question.principal.system, question.principal.id, ability_names[is]);
        }
    }
    if (by_glass < looked_at / 20)
        fail_msg("SEED=%" PRIu64 ": only %zu could by breaking a glass, in %zu policies", seed, by_glass, looked_at);
}

int test_properties(void)
{
    static const struct CMUnitTest properties[] = {
        cmocka_unit_test(a_deny_more_never_allows_more),
        cmocka_unit_test(nobody_s_removal_gives_rights),
        cmocka_unit_test(explain_says_what_is_decided),
        cmocka_unit_test(who_can_agrees_with_explain),
    };

    return cmocka_run_group_tests(properties, NULL, NULL);
}
