#include "policy/members.h"

#include "policy/compiled.h"

struct members {
    const struct policy *policy;
    int64_t *read_at_ms;           /* by the policy's sources; 0: never */
    struct grants *persons;        /* by the policy's persons */
    struct principal_table others; /* who is no person of the policy: `person` counts their grants */
    struct grants *grants_of_others;
    size_t others_count;
    struct joined *joined;                /* those of the policy's persons, then the others; NULL: nobody was joined */
    struct principal_table joined_others; /* who is no person of the policy: `person` counts on from those */
    size_t joined_count;
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

/* ---- joined by their addresses ---- */

static const struct grants *find_grants(const struct members *members, const struct member *member)
{
    const struct compiled_principal *slot = principals_slot(&members->others, member);

    return slot->system.at ? &members->grants_of_others[slot->person] : NULL;
}

static bool is_here(const struct members *members, const struct member *member)
{
    const char *team = members->policy->team;

    if (str_is(member->system, "local"))
        return true;
    return str_is(member->system, "slack") && text_equal(team, member->team);
}

static struct joined *joined_of(struct members *members, const char *text)
{
    const struct policy *policy = members->policy;
    struct member member = member_parse(policy, arena_strdup(members->arena, text), members->arena);
    struct compiled_principal *slot;
    struct joined *joined;

    if (member.system.len == 0 || member.id.len == 0)
        return NULL;
    slot = principals_slot(&policy->principals, &member);
    if (slot->system.at) {
        joined = &members->joined[slot->person];
        joined->person = &policy->persons[slot->person];
        joined->grants = &members->persons[slot->person];
    } else {
        slot = principals_slot(&members->joined_others, &member);
        if (!slot->system.at)
            *slot = (struct compiled_principal){ member.system, member.id, member.team, members->joined_count++ };
        joined = &members->joined[slot->person];
        joined->grants = find_grants(members, &member);
    }
    joined->is_everyone =
        joined->is_everyone || is_here(members, &member) || (joined->person && joined->person->is_member);
    return joined;
}

static bool is_with(const struct joined *joined, const struct joined *other)
{
    for (size_t i = 0; i < joined->with_count; i++)
        if (joined->with[i] == other)
            return true;
    return false;
}

void members_join(struct members *members, const struct principal_join *joins, size_t count)
{
    if (count == 0)
        return;
    principals_init(&members->joined_others, 2 * count, members->arena);
    members->joined_count = members->policy->persons_count;
    members->joined = arena_alloc(members->arena, (members->joined_count + 2 * count) * sizeof(*members->joined));
    for (size_t i = 0; i < count; i++) {
        struct joined *one = joined_of(members, joins[i].principal), *other = joined_of(members, joins[i].is);

        if (!one || !other || one == other || is_with(one, other))
            continue;
        *ARENA_PUSH(members->arena, one->with, one->with_count) = other;
        *ARENA_PUSH(members->arena, other->with, other->with_count) = one;
    }
}

const struct joined *members_joined(const struct members *members, const struct policy *policy,
                                    const struct principal *principal)
{
    const struct compiled_principal *slot;

    if (!is_of(members, policy) || !members->joined)
        return NULL;
    slot = principals_find(&policy->principals, principal);
    if (!slot)
        slot = principals_find(&members->joined_others, principal);
    return slot ? &members->joined[slot->person] : NULL;
}

bool members_are_joined(const struct members *members, const struct policy *policy, const struct principal *a,
                        const struct principal *b)
{
    const struct joined *one = members_joined(members, policy, a), *other = members_joined(members, policy, b);

    return one && other && is_with(one, other);
}
