#include "subject.h"

#include "policy/identity.h"
#include "policy/members.h"

uint64_t seed;
size_t policies;
const enum policy_stage stages[3] = { POLICY_STATIC, POLICY_WHOLE, POLICY_INCREASE };
const char *const stage_names[3] = { "static", "whole", "increase" };
const char *const verdict_names[3] = { [VERDICT_DENY] = "deny", [VERDICT_ALLOW] = "allow", [VERDICT_NEEDS] = "needs" };

void subject_compile(struct subject *subject)
{
    struct random_policy *written = subject->written;
    struct arena *arena = subject->random.arena;
    struct members *members;

    written->identities =
        arena_alloc(arena, (written->settings.policy.rules_count + 1) * sizeof(written->identities[0]));
    for (size_t i = 0; i < written->settings.policy.rules_count; i++)
        if (rule_kind(&written->settings.policy.rules[i]) == RULE_DENY)
            written->identities[i] = deny_identity(&written->settings.policy.rules[i], arena);
    subject->policy = policy_compile(&written->settings, RANDOM_TEAM, (struct zones){ 0 }, arena);
    subject->members = members = members_compile(subject->policy, written->sources, written->sources_count, arena);
    members_join(members, written->joins, written->joins_count);
    subject->world = (struct reference_world){ .settings = &written->settings,
                                               .team = RANDOM_TEAM,
                                               .sources = written->sources,
                                               .sources_count = written->sources_count,
                                               .joins = written->joins,
                                               .joins_count = written->joins_count,
                                               .identities = written->identities };
}

struct subject subject_begin(size_t number, struct arena *arena)
{
    struct subject subject = { .random = random_begin(seed * UINT64_C(1000003) + number, arena) };

    subject.written = ARENA_NEW(arena, struct random_policy);
    random_policy(&subject.random, subject.written);
    subject_compile(&subject);
    return subject;
}

struct decision subject_decide(const struct subject *subject, const struct question *question,
                               const struct facts *facts, enum policy_stage stage)
{
    struct facts with_members = *facts;

    with_members.members = subject->members;
    return policy_decide(subject->policy, question, &with_members, stage);
}
