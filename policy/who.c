#include "policy/who.h"

#include "bot/model/plant.h"

int64_t age_ms(int64_t now_ms, int64_t at_ms)
{
    int64_t age;

    return at_ms <= 0 || __builtin_sub_overflow(now_ms, at_ms, &age) ? INT64_MAX : age;
}

struct who who_find(const struct policy *policy, const struct facts *facts, const struct principal *principal)
{
    struct who who = { .person = policy_find_person(policy, principal) };

    who.grants = members_grants(facts->members, policy, principal, who.person);
    who.is_everyone = policy_is_everyone(policy, principal, who.person);
    return who;
}

static bool has_bit(const uint64_t *bits, size_t role)
{
    return bits && (bits[role / 64] >> (role % 64) & 1);
}

bool who_is_known(const struct policy *policy, const struct who *who)
{
    if (who->person && who->person->is_listed)
        return true;
    for (size_t i = 0; who->person && i < policy->role_words; i++)
        if (who->person->roles[i] & policy->giving[i])
            return true;
    for (size_t i = 0; who->grants && i < who->grants->count; i++)
        if (has_bit(policy->giving, who->grants->list[i].role))
            return true;
    return false;
}

static bool is_fresh(const struct policy *policy, const struct facts *facts, const struct grant *grant)
{
    return age_ms(facts->unix_ms, grant->read_at_ms) <= policy->roles_of[grant->role].max_age_ms ||
           PLANTED(STALE_GROUP_COUNTS);
}

bool who_has_role(const struct policy *policy, const struct facts *facts, const struct who *who, size_t role)
{
    if (who->person && has_bit(who->person->roles, role))
        return true;
    for (size_t i = 0; who->grants && i < who->grants->count; i++)
        if (who->grants->list[i].role == role)
            return is_fresh(policy, facts, &who->grants->list[i]);
    return false;
}

const struct grant *who_had_role(const struct who *who, size_t role)
{
    const struct grant *youngest = NULL;

    for (size_t i = 0; who->grants && i < who->grants->count; i++) {
        const struct grant *grant = &who->grants->list[i];

        if (grant->role == role && (!youngest || grant->read_at_ms > youngest->read_at_ms))
            youngest = grant;
    }
    return youngest;
}

bool who_is_among(const struct policy *policy, const struct facts *facts, const struct who *who,
                  const struct compiled_names *names)
{
    if (names->has_everyone && who->is_everyone)
        return true;
    for (size_t i = 0; who->person && names->bits && i < policy->role_words; i++)
        if (who->person->roles[i] & names->bits[i])
            return true;
    for (size_t i = 0; who->grants && i < who->grants->count; i++)
        if (has_bit(names->bits, who->grants->list[i].role) && is_fresh(policy, facts, &who->grants->list[i]))
            return true;
    return false;
}

const struct grant *who_was_among(const struct who *who, const struct compiled_names *names)
{
    const struct grant *youngest = NULL;

    for (size_t i = 0; who->grants && i < who->grants->count; i++) {
        const struct grant *grant = &who->grants->list[i];

        if (has_bit(names->bits, grant->role) && (!youngest || grant->read_at_ms > youngest->read_at_ms))
            youngest = grant;
    }
    return youngest;
}
