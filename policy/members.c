#include "policy/members.h"

#include "policy/compiled.h"

#include <string.h>

struct members {
    const struct policy *policy;
    int64_t *read_at_ms;           /* by the policy's sources; 0: never */
    struct grants *persons;        /* by the policy's persons */
    struct principal_table others; /* who is no person of the policy: `person` counts their grants */
    struct grants *grants_of_others;
    size_t others_count;
    struct arena *arena;
};

static struct grants *grants_of(struct members *members, const char *text)
{
    struct member member = member_parse(members->policy, arena_strdup(members->arena, text), members->arena);
    const struct compiled_principal *person;
    struct compiled_principal *slot;

    if (member.system.len == 0 || member.id.len == 0)
        return NULL;
    person = principals_slot(&members->policy->principals, &member);
    if (person->system.at)
        return &members->persons[person->person];
    slot = principals_slot(&members->others, &member);
    if (!slot->system.at)
        *slot = (struct compiled_principal){ member.system, member.id, member.team, members->others_count++ };
    return &members->grants_of_others[slot->person];
}

/* A role by two sources, or by two principals of a person, counts by the source that was read last. */
static void give(struct members *members, struct grants *grants, const struct grant *given)
{
    for (size_t i = 0; i < grants->count; i++) {
        if (grants->list[i].role != given->role)
            continue;
        if (given->read_at_ms > grants->list[i].read_at_ms)
            grants->list[i] = *given;
        return;
    }
    *ARENA_PUSH(members->arena, grants->list, grants->count) = *given;
}

static void take_source(struct members *members, const struct membership *read, size_t source)
{
    const struct compiled_source *gives = &members->policy->sources_of[source];

    for (size_t i = 0; i < read->members_count; i++) {
        struct grants *grants = grants_of(members, read->members[i]);

        for (size_t k = 0; grants && k < gives->roles_count; k++)
            give(members, grants, &(struct grant){ gives->roles[k], source, read->read_at_ms });
    }
}

/* Of each source of the policy the youngest reading; NULL: it was never read. */
static const struct membership **youngest(struct members *members, const struct membership *sources, size_t count)
{
    const struct names *known = &members->policy->sources;
    const struct membership **list = arena_alloc(members->arena, (known->count + 1) * sizeof(*list));

    for (size_t i = 0; i < count; i++) {
        size_t at = names_find(known, sources[i].source);

        if (at != NAMES_NONE && sources[i].read_at_ms > 0 &&
            (!list[at] || sources[i].read_at_ms > list[at]->read_at_ms))
            list[at] = &sources[i];
    }
    return list;
}

struct members *members_compile(const struct policy *policy, const struct membership *sources, size_t count,
                                struct arena *arena)
{
    struct members *members = ARENA_NEW(arena, struct members);
    const struct membership **read;
    size_t max = 0;

    members->policy = policy;
    members->arena = arena;
    read = youngest(members, sources, count);
    for (size_t i = 0; i < policy->sources.count; i++)
        max += read[i] ? read[i]->members_count : 0;
    principals_init(&members->others, max, arena);
    members->grants_of_others = arena_alloc(arena, (max + 1) * sizeof(*members->grants_of_others));
    members->persons = arena_alloc(arena, (policy->persons_count + 1) * sizeof(*members->persons));
    members->read_at_ms = arena_alloc(arena, (policy->sources.count + 1) * sizeof(*members->read_at_ms));
    for (size_t i = 0; i < policy->sources.count; i++) {
        if (!read[i])
            continue;
        members->read_at_ms[i] = read[i]->read_at_ms;
        take_source(members, read[i], i);
    }
    return members;
}

/* Numbers of one policy mean nothing to another: then nobody has anything. */
static bool is_of(const struct members *members, const struct policy *policy)
{
    return members && members->policy == policy;
}

const struct grants *members_grants(const struct members *members, const struct policy *policy,
                                    const struct principal *principal, const struct compiled_person *person)
{
    const struct compiled_principal *slot;
    const struct grants *grants;

    if (!is_of(members, policy))
        return NULL;
    if (person) {
        grants = &members->persons[person - policy->persons];
        return grants->count > 0 ? grants : NULL;
    }
    slot = principals_find(&members->others, principal);
    return slot ? &members->grants_of_others[slot->person] : NULL;
}

int64_t members_read_at(const struct members *members, const struct policy *policy, size_t source)
{
    return is_of(members, policy) ? members->read_at_ms[source] : 0;
}

const struct principal_table *members_others(const struct members *members, const struct policy *policy,
                                             size_t *ret_count)
{
    if (!is_of(members, policy))
        return NULL;
    *ret_count = members->others_count;
    return &members->others;
}
