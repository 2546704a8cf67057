/* A deny that is another one in all but one thing: what a broken glass must not mix up. */
#include "random.h"

#include "bot/base/mem.h"

static const char **one(struct random *random, const char *name, size_t *ret_count)
{
    const char **list = arena_alloc(random->arena, sizeof(list[0]));

    list[0] = name;
    *ret_count = 1;
    return list;
}

static void widen_place(struct rule_place *on, int64_t which)
{
    size_t *const counts[] = { &on->service_count, &on->environment_count, &on->database_count, &on->labels_count,
                               &on->runbook_count };

    *counts[which] = 0;
}

static void widen_time(struct rule_when *when, int64_t which)
{
    if (which == 0)
        when->source_count = 0;
    else if (which == 1)
        when->during_count = 0;
    else
        when->incident_at_least = NULL;
}

static void change_people(struct random *random, struct rule_settings *rule, int64_t which)
{
    if (which == 0)
        rule->deny = one(random, POLICY_EVERY_VERB, &rule->deny_count);
    else if (which == 1)
        rule->to_count = 0;
    else if (which == 2)
        rule->break_glass = one(random, POLICY_EVERYONE, &rule->break_glass_count);
    else
        rule->reason = "another";
}

static const char **turned(struct random *random, const char **names, size_t count)
{
    const char **list = arena_alloc(random->arena, (count + 1) * sizeof(list[0]));

    for (size_t i = 0; i < count; i++)
        list[i] = names[count - 1 - i];
    return list;
}

struct rule_settings random_like(struct random *random, const struct rule_settings *deny)
{
    struct rule_settings rule = *deny;
    struct rule_place *on = ARENA_NEW(random->arena, struct rule_place);
    struct rule_when *when = ARENA_NEW(random->arena, struct rule_when);
    int64_t kind = random_below(random, 13);

    if (deny->on)
        *on = *deny->on;
    if (deny->when)
        *when = *deny->when;
    if (kind < 4)
        change_people(random, &rule, kind);
    else if (kind < 9)
        widen_place(on, kind - 4);
    else if (kind < 12)
        widen_time(when, kind - 9);
    else /* that makes no other one of it */
        rule.deny = turned(random, rule.deny, rule.deny_count);
    rule.on = on;
    rule.when = when;
    return rule;
}
