#include "policy/compiled.h"

#include <string.h>

struct compiler {
    struct policy *policy;
    const struct settings *settings;
    struct arena *arena;
};

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static uint64_t hash_of(struct str text, uint64_t seed) /* FNV-1a; the file is trusted, so nobody aims at it */
{
    uint64_t hash = seed;

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(1099511628211);
    return hash;
}

static size_t room_for(size_t count)
{
    size_t room = 16;

    while (room < count * 2)
        room *= 2;
    return room;
}

/* ---- principals ---- */

struct member { /* "slack:T012/U012AB3CD", taken apart */
    struct str system, id;
    const char *team;
};

static bool is_slack(struct str system)
{
    return str_is(system, "slack");
}

static struct member member_parse(const struct compiler *compiler, const char *text)
{
    struct member member = { .id = str_of(text), .team = NULL };
    struct str team;

    member.system = str_take_until(&member.id, ':');
    if (!is_slack(member.system))
        return member;
    member.team = compiler->policy->team;
    if (member.id.len > 0 && memchr(member.id.at, '/', member.id.len)) {
        team = str_take_until(&member.id, '/');
        member.team = arena_copy(compiler->arena, team);
    }
    return member;
}

static uint64_t principal_hash(struct str system, struct str id)
{
    return hash_of(id, hash_of(system, UINT64_C(14695981039346656037)));
}

static bool is_team_equal(const char *a, const char *b)
{
    return (!a && !b) || is_same(a, b);
}

/* The slot of this member, or the free one where it belongs. */
static struct compiled_principal *slot_of(const struct policy *policy, const struct member *member)
{
    size_t at = principal_hash(member->system, member->id) & (policy->principals_room - 1);

    for (;; at = (at + 1) & (policy->principals_room - 1)) {
        struct compiled_principal *slot = &policy->principals[at];

        if (!slot->system.at || (str_equal(slot->id, member->id) && str_equal(slot->system, member->system) &&
                                 is_team_equal(slot->team, member->team)))
            return slot;
    }
}

static bool is_here(const struct compiled_principal *slot, const char *team)
{
    return !is_slack(slot->system) || !slot->team || is_same(slot->team, team);
}

const struct compiled_person *policy_find_person(const struct policy *policy, const struct principal *principal)
{
    struct str system = str_of(principal->system), id = str_of(principal->id);
    size_t at = principal_hash(system, id) & (policy->principals_room - 1);

    for (; policy->principals[at].system.at; at = (at + 1) & (policy->principals_room - 1)) {
        const struct compiled_principal *slot = &policy->principals[at];

        if (str_equal(slot->id, id) && str_equal(slot->system, system) && is_here(slot, principal->team))
            return &policy->persons[slot->person];
    }
    return NULL;
}

/* ---- persons ---- */

static size_t count_principals(const struct settings *settings)
{
    size_t count = settings->people_count * 4;

    for (size_t i = 0; i < settings->policy.roles_count; i++)
        count += settings->policy.roles[i].members_count;
    for (size_t i = 0; i < settings->policy.rules_count; i++)
        count += settings->policy.rules[i].to_count + settings->policy.rules[i].break_glass_count;
    return count;
}

static size_t person_add(const struct compiler *compiler)
{
    struct policy *policy = compiler->policy;

    policy->persons[policy->persons_count].roles = arena_alloc(compiler->arena, policy->role_words * sizeof(uint64_t));
    return policy->persons_count++;
}

static void person_take(const struct compiler *compiler, size_t person, const char *system, const char *id)
{
    struct member member;
    struct compiled_principal *slot;

    if (!id)
        return;
    member = member_parse(compiler, arena_printf(compiler->arena, "%s:%s", system, id));
    slot = slot_of(compiler->policy, &member);
    if (slot->system.at)
        return; /* somebody else already: the file was refused for it */
    *slot = (struct compiled_principal){ member.system, member.id, member.team, person };
    if (is_slack(member.system) && member.team && is_same(member.team, compiler->policy->team))
        compiler->policy->persons[person].is_member = true;
}

static void compile_people(const struct compiler *compiler)
{
    for (size_t i = 0; i < compiler->settings->people_count; i++) {
        const struct person_settings *row = &compiler->settings->people[i];
        size_t person = person_add(compiler);

        person_take(compiler, person, "slack", row->slack);
        person_take(compiler, person, "github", row->github);
        person_take(compiler, person, "pagerduty", row->pagerduty);
        person_take(compiler, person, "local", row->local);
    }
}

static void give_role(const struct compiler *compiler, const char *member_text, size_t role)
{
    struct member member = member_parse(compiler, member_text);
    struct compiled_principal *slot = slot_of(compiler->policy, &member);

    if (member.system.len == 0 || member.id.len == 0)
        return;
    if (!slot->system.at)
        *slot = (struct compiled_principal){ member.system, member.id, member.team, person_add(compiler) };
    compiler->policy->persons[slot->person].roles[role / 64] |= UINT64_C(1) << (role % 64);
}

bool policy_is_everyone(const struct policy *policy, const struct principal *principal,
                        const struct compiled_person *person)
{
    if (is_same(principal->system, "local"))
        return true;
    if (is_same(principal->system, "slack"))
        return policy->team && is_same(principal->team, policy->team);
    return person && person->is_member;
}

/* ---- roles ---- */

static size_t find_role(const struct policy *policy, const char *name) /* roles_count when there is none */
{
    size_t i = 0;

    while (i < policy->roles_count && !is_same(policy->roles[i], name))
        i++;
    return i;
}

/* Principals in place of roles become roles of one member. */
static void add_principal_roles(const struct compiler *compiler, const char **names, size_t count)
{
    struct policy *policy = compiler->policy;

    for (size_t i = 0; i < count; i++)
        if (strchr(names[i], ':') && find_role(policy, names[i]) == policy->roles_count)
            *ARENA_PUSH(compiler->arena, policy->roles, policy->roles_count) = names[i];
}

static void name_roles(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct policy *policy = compiler->policy;

    for (size_t i = 0; i < rows->roles_count; i++)
        *ARENA_PUSH(compiler->arena, policy->roles, policy->roles_count) = rows->roles[i].name;
    for (size_t i = 0; i < rows->rules_count; i++) {
        add_principal_roles(compiler, rows->rules[i].to, rows->rules[i].to_count);
        add_principal_roles(compiler, rows->rules[i].break_glass, rows->rules[i].break_glass_count);
    }
    policy->role_words = (policy->roles_count + 63) / 64;
}

static void compile_roles(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;

    for (size_t i = 0; i < rows->roles_count; i++)
        for (size_t k = 0; k < rows->roles[i].members_count; k++)
            give_role(compiler, rows->roles[i].members[k], i);
    for (size_t i = rows->roles_count; i < compiler->policy->roles_count; i++)
        give_role(compiler, compiler->policy->roles[i], i);
}

static uint64_t *role_bits(const struct compiler *compiler, const char **names, size_t count)
{
    uint64_t *bits;

    if (count == 0)
        return NULL;
    bits = arena_alloc(compiler->arena, compiler->policy->role_words * sizeof(*bits));
    for (size_t i = 0; i < count; i++) {
        size_t role = find_role(compiler->policy, names[i]);

        if (role < compiler->policy->roles_count)
            bits[role / 64] |= UINT64_C(1) << (role % 64);
    }
    return bits;
}

/* ---- rules and verbs ---- */

static bool has_everyone(const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_same(names[i], POLICY_EVERYONE))
            return true;
    return false;
}

static bool has_unbuilt_condition(const struct rule_settings *rule)
{
    return (rule->on && rule->on->database_count > 0) ||
           (rule->when && (rule->when->during_count > 0 || rule->when->incident_at_least));
}

static struct compiled_rule compile_rule(const struct compiler *compiler, const struct rule_settings *rule)
{
    const char *file = compiler->settings->file ? compiler->settings->file : "configuration";

    return (struct compiled_rule){
        .settings = rule,
        .text = arena_printf(compiler->arena, "%s:%d", file, rule->line),
        .to = role_bits(compiler, rule->to, rule->to_count),
        .break_glass = role_bits(compiler, rule->break_glass, rule->break_glass_count),
        .to_everyone = has_everyone(rule->to, rule->to_count),
        .has_unbuilt_condition = has_unbuilt_condition(rule),
    };
}

struct verb_list {
    const char **verbs;
    size_t count;
};

static struct verb_list verbs_of(const struct rule_settings *rule)
{
    switch (rule_kind(rule)) {
    case RULE_ALLOW:
        return (struct verb_list){ rule->allow, rule->allow_count };
    case RULE_DENY:
        return (struct verb_list){ rule->deny, rule->deny_count };
    default:
        return (struct verb_list){ rule->verbs, rule->verbs_count };
    }
}

static struct compiled_verb *verb_slot(const struct policy *policy, const char *name)
{
    size_t at = hash_of(str_of(name), UINT64_C(14695981039346656037)) & (policy->verbs_room - 1);

    while (policy->verbs[at].name && strcmp(policy->verbs[at].name, name) != 0)
        at = (at + 1) & (policy->verbs_room - 1);
    return &policy->verbs[at];
}

const struct compiled_verb *policy_find_verb(const struct policy *policy, const char *verb)
{
    const struct compiled_verb *slot = verb_slot(policy, verb ? verb : "");

    return slot->name ? slot : &policy->other;
}

static bool names_verb(const struct verb_list *list, const char *verb) /* verb NULL: only "*" will do */
{
    for (size_t i = 0; i < list->count; i++)
        if (is_same(list->verbs[i], POLICY_EVERY_VERB) || is_same(list->verbs[i], verb))
            return true;
    return false;
}

static void fill_verb(const struct compiler *compiler, struct compiled_verb *verb)
{
    const struct policy *policy = compiler->policy;

    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct compiled_rule *rule = &policy->rules[i];
        struct verb_list list = verbs_of(rule->settings);
        enum rule_kind kind = rule_kind(rule->settings);

        if (names_verb(&list, verb->name))
            *ARENA_PUSH(compiler->arena, verb->rules[kind], verb->counts[kind]) = rule;
    }
}

static void name_verbs(const struct compiler *compiler)
{
    for (size_t i = 0; i < compiler->policy->rules_count; i++) {
        struct verb_list list = verbs_of(compiler->policy->rules[i].settings);

        for (size_t k = 0; k < list.count; k++)
            verb_slot(compiler->policy, list.verbs[k])->name = list.verbs[k];
    }
}

static size_t count_verbs(const struct settings *settings)
{
    size_t count = 0;

    for (size_t i = 0; i < settings->policy.rules_count; i++)
        count += verbs_of(&settings->policy.rules[i]).count;
    return count;
}

static void compile_rules(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct policy *policy = compiler->policy;

    policy->rules_count = rows->rules_count;
    policy->rules = arena_alloc(compiler->arena, (rows->rules_count + 1) * sizeof(*policy->rules));
    for (size_t i = 0; i < rows->rules_count; i++)
        policy->rules[i] = compile_rule(compiler, &rows->rules[i]);
    policy->verbs_room = room_for(count_verbs(compiler->settings));
    policy->verbs = arena_alloc(compiler->arena, policy->verbs_room * sizeof(*policy->verbs));
    name_verbs(compiler);
    for (size_t i = 0; i < policy->verbs_room; i++)
        if (policy->verbs[i].name)
            fill_verb(compiler, &policy->verbs[i]);
    fill_verb(compiler, &policy->other);
}

/* ---- all of it ---- */

static void make_room(const struct compiler *compiler)
{
    struct policy *policy = compiler->policy;
    size_t count = count_principals(compiler->settings);

    policy->principals_room = room_for(count);
    policy->principals = arena_alloc(compiler->arena, policy->principals_room * sizeof(*policy->principals));
    policy->persons =
        arena_alloc(compiler->arena, (count + compiler->settings->people_count + 1) * sizeof(*policy->persons));
}

struct policy *policy_compile(const struct settings *settings, const char *team, struct arena *arena)
{
    struct policy *policy = ARENA_NEW(arena, struct policy);
    const struct compiler compiler = { policy, settings, arena };

    policy->settings = settings;
    policy->team = arena_strdup(arena, team ? team : settings->slack.team);
    name_roles(&compiler);
    make_room(&compiler);
    compile_people(&compiler);
    compile_roles(&compiler);
    compile_rules(&compiler);
    return policy;
}

static bool has_bit(const struct compiled_person *person, size_t role)
{
    return person->roles[role / 64] >> (role % 64) & 1;
}

bool policy_has_role(const struct policy *policy, const struct principal *principal, const char *role)
{
    const struct compiled_person *person = policy_find_person(policy, principal);
    size_t at = find_role(policy, role);

    if (is_same(role, POLICY_EVERYONE))
        return policy_is_everyone(policy, principal, person);
    return person && at < policy->roles_count && has_bit(person, at);
}

const char *policy_foreign_team(const struct policy *policy, const struct principal *principal)
{
    if (!policy->team || !is_same(principal->system, "slack") || is_same(principal->team, policy->team))
        return NULL;
    return principal->team;
}

const char *policy_name_of(const struct policy *policy, const struct principal *principal, struct arena *arena)
{
    const char *team = policy_foreign_team(policy, principal);

    return team ? arena_printf(arena, "%s:%s/%s", principal->system, team, principal->id)
                : principal_text(principal, arena);
}

const char *policy_roles_of(const struct policy *policy, const struct principal *principal, struct arena *arena)
{
    const struct compiled_person *person = policy_find_person(policy, principal);
    const char *text = NULL;

    for (size_t i = 0; person && i < policy->roles_count; i++)
        if (has_bit(person, i) && !strchr(policy->roles[i], ':')) /* a rule may name a principal in place of a role */
            text = text ? arena_printf(arena, "%s, %s", text, policy->roles[i]) : policy->roles[i];
    return text;
}
