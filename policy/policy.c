#include "policy/who.h"

#include "bot/model/membership.h"

#include <string.h>

#define ID_MAX_BYTES 64

/* ---- principals ---- */

static bool is_slack(struct str system)
{
    return str_is(system, "slack");
}

struct member member_parse(const struct policy *policy, const char *text, struct arena *arena)
{
    struct member member = { .id = str_of(text), .team = NULL };
    struct str team;

    member.system = str_take_until(&member.id, ':');
    if (!is_slack(member.system))
        return member;
    member.team = policy->team;
    if (member.id.len > 0 && memchr(member.id.at, '/', member.id.len)) {
        team = str_take_until(&member.id, '/');
        member.team = arena_copy(arena, team);
    }
    return member;
}

/* GitHub takes a login in any case, and tells it in the one that its owner likes. */
static bool is_caseless(struct str system)
{
    return str_is(system, "github");
}

static bool is_id_equal(struct str system, struct str a, struct str b)
{
    return is_caseless(system) ? str_equal_nocase(a, b) : str_equal(a, b);
}

static uint64_t principal_hash(struct str system, struct str id)
{
    uint64_t hash = hash_bytes(system.at, system.len, HASH_BEGIN);

    if (!is_caseless(system))
        return hash_bytes(id.at, id.len, hash);
    for (size_t i = 0; i < id.len; i++) {
        char lower = (char)(id.at[i] >= 'A' && id.at[i] <= 'Z' ? id.at[i] - 'A' + 'a' : id.at[i]);

        hash = hash_bytes(&lower, 1, hash);
    }
    return hash;
}

static bool is_team_equal(const char *a, const char *b)
{
    return (!a && !b) || text_equal(a, b);
}

void principals_init(struct principal_table *table, size_t max, struct arena *arena)
{
    table->room = hash_room(max);
    table->slots = arena_alloc(arena, table->room * sizeof(*table->slots));
}

struct compiled_principal *principals_slot(const struct principal_table *table, const struct member *member)
{
    size_t at = principal_hash(member->system, member->id) & (table->room - 1);

    for (;; at = (at + 1) & (table->room - 1)) {
        struct compiled_principal *slot = &table->slots[at];

        if (!slot->system.at ||
            (str_equal(slot->system, member->system) && is_id_equal(member->system, slot->id, member->id) &&
             is_team_equal(slot->team, member->team)))
            return slot;
    }
}

static bool is_here(const struct compiled_principal *slot, const char *team)
{
    return !is_slack(slot->system) || !slot->team || text_equal(slot->team, team);
}

const struct compiled_principal *principals_find(const struct principal_table *table, const struct principal *principal)
{
    struct str system = str_of(principal->system), id = str_of(principal->id);
    size_t at = principal_hash(system, id) & (table->room - 1);

    for (; table->slots[at].system.at; at = (at + 1) & (table->room - 1)) {
        const struct compiled_principal *slot = &table->slots[at];

        if (str_equal(slot->system, system) && is_id_equal(system, slot->id, id) && is_here(slot, principal->team))
            return slot;
    }
    return NULL;
}

const struct compiled_person *policy_find_person(const struct policy *policy, const struct principal *principal)
{
    const struct compiled_principal *slot = principals_find(&policy->principals, principal);

    return slot ? &policy->persons[slot->person] : NULL;
}

/* ---- persons ---- */

/* Whom a rule names, at most. */
static size_t names_in_rule(const struct rule_settings *rule)
{
    return rule->to_count + rule->break_glass_count +
           (rule->require && rule->require->approvals ? rule->require->approvals->from_count : 0);
}

static size_t count_principals(const struct settings *settings)
{
    size_t count = settings->people_count * 4;

    for (size_t i = 0; i < settings->policy.roles_count; i++)
        count += settings->policy.roles[i].members_count;
    for (size_t i = 0; i < settings->policy.rules_count; i++)
        count += names_in_rule(&settings->policy.rules[i]);
    return count + settings->policy.irreversible_glass_count;
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
    member = member_parse(compiler->policy, arena_printf(compiler->arena, "%s:%s", system, id), compiler->arena);
    slot = principals_slot(&compiler->policy->principals, &member);
    if (slot->system.at)
        return; /* somebody else already: the file was refused for it */
    *slot = (struct compiled_principal){ member.system, member.id, member.team, person };
    if (is_slack(member.system) && member.team && text_equal(member.team, compiler->policy->team))
        compiler->policy->persons[person].is_member = true;
}

static void compile_people(const struct compiler *compiler)
{
    for (size_t i = 0; i < compiler->settings->people_count; i++) {
        const struct person_settings *row = &compiler->settings->people[i];
        size_t person = person_add(compiler);

        compiler->policy->persons[person].is_listed = true;
        person_take(compiler, person, "slack", row->slack);
        person_take(compiler, person, "github", row->github);
        person_take(compiler, person, "pagerduty", row->pagerduty);
        person_take(compiler, person, "local", row->local);
    }
}

/* "slack:U012AB3CD" gives the role to that person, "slack-group:S0ENG" to whoever is in there when it is read. */
static void give_role(const struct compiler *compiler, const char *text, size_t role)
{
    struct policy *policy = compiler->policy;
    struct member member;
    struct compiled_principal *slot;

    if (membership_reading(text)) {
        size_t source = names_add(&policy->sources, text);

        *ARENA_PUSH(compiler->arena, policy->roles_of[role].sources, policy->roles_of[role].sources_count) = source;
        *ARENA_PUSH(compiler->arena, policy->sources_of[source].roles, policy->sources_of[source].roles_count) = role;
        return;
    }
    member = member_parse(policy, text, compiler->arena);
    if (member.system.len == 0 || member.id.len == 0)
        return;
    slot = principals_slot(&policy->principals, &member);
    if (!slot->system.at)
        *slot = (struct compiled_principal){ member.system, member.id, member.team, person_add(compiler) };
    policy->persons[slot->person].roles[role / 64] |= UINT64_C(1) << (role % 64);
}

bool policy_is_everyone(const struct policy *policy, const struct principal *principal,
                        const struct compiled_person *person)
{
    if (text_equal(principal->system, "local"))
        return true;
    if (text_equal(principal->system, "slack"))
        return policy->team && text_equal(principal->team, policy->team);
    return person && person->is_member;
}

/* ---- roles ---- */

/* Principals and sources in place of roles become roles of one member. */
static void add_member_roles(const struct compiler *compiler, const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strchr(names[i], ':'))
            names_add(&compiler->policy->roles, names[i]);
}

static void name_roles(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct policy *policy = compiler->policy;
    size_t max = rows->roles_count + rows->irreversible_glass_count;

    for (size_t i = 0; i < rows->rules_count; i++)
        max += names_in_rule(&rows->rules[i]);
    names_init(&policy->roles, max, compiler->arena);
    for (size_t i = 0; i < rows->roles_count; i++)
        names_add(&policy->roles, rows->roles[i].name);
    for (size_t i = 0; i < rows->rules_count; i++) {
        const struct rule_settings *rule = &rows->rules[i];

        add_member_roles(compiler, rule->to, rule->to_count);
        add_member_roles(compiler, rule->break_glass, rule->break_glass_count);
        if (rule->require && rule->require->approvals)
            add_member_roles(compiler, rule->require->approvals->from, rule->require->approvals->from_count);
    }
    add_member_roles(compiler, rows->irreversible_glass, rows->irreversible_glass_count);
    policy->role_words = (policy->roles.count + 63) / 64;
}

static void mark_giving(const struct policy *policy, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t role = names_find(&policy->roles, names[i]);

        if (role != NAMES_NONE)
            policy->giving[role / 64] |= UINT64_C(1) << (role % 64);
    }
}

/* Roles of the file, whom rules allow, and who approves. */
static void find_giving(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct policy *policy = compiler->policy;

    policy->giving = arena_alloc(compiler->arena, (policy->role_words + 1) * sizeof(policy->giving[0]));
    for (size_t i = 0; i < rows->roles_count; i++)
        mark_giving(policy, &rows->roles[i].name, 1);
    for (size_t i = 0; i < rows->rules_count; i++) {
        const struct rule_settings *rule = &rows->rules[i];

        if (rule_kind(rule) == RULE_ALLOW)
            mark_giving(policy, rule->to, rule->to_count);
        if (rule->require && rule->require->approvals)
            mark_giving(policy, rule->require->approvals->from, rule->require->approvals->from_count);
    }
}

static void compile_roles(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct policy *policy = compiler->policy;

    for (size_t i = 0; i < policy->roles.count; i++)
        policy->roles_of[i].max_age_ms = ROLE_MAX_AGE_MS;
    for (size_t i = 0; i < rows->roles_count; i++) {
        size_t role = names_find(&policy->roles, rows->roles[i].name);

        policy->roles_of[role].max_age_ms = rows->roles[i].max_age_ms;
        for (size_t k = 0; k < rows->roles[i].members_count; k++)
            give_role(compiler, rows->roles[i].members[k], role);
    }
    for (size_t i = 0; i < policy->roles.count; i++)
        if (strchr(policy->roles.list[i], ':'))
            give_role(compiler, policy->roles.list[i], i);
}

/* ---- all of it ---- */

static void make_room(const struct compiler *compiler)
{
    struct policy *policy = compiler->policy;
    struct arena *arena = compiler->arena;
    size_t count = count_principals(compiler->settings);

    principals_init(&policy->principals, count, arena);
    policy->persons = arena_alloc(arena, (count + compiler->settings->people_count + 1) * sizeof(*policy->persons));
    names_init(&policy->sources, count, arena);
    policy->sources_of = arena_alloc(arena, (count + 1) * sizeof(*policy->sources_of));
    policy->roles_of = arena_alloc(arena, (policy->roles.count + 1) * sizeof(*policy->roles_of));
}

static void compile_hours(const struct compiler *compiler)
{
    const struct incidents_settings *incidents = compiler->settings->incidents;
    struct compiled_windows open, closed;

    if (!incidents)
        return;
    open = windows_compile(compiler, incidents->hours, incidents->hours_count);
    closed = windows_compile(compiler, incidents->holidays, incidents->holidays_count);
    compiler->policy->hours = (struct hours){ open.list, open.count, closed.list, closed.count };
}

/* The file was refused for any that is not there. */
static void add_zone(const struct compiler *compiler, const char *name)
{
    struct policy *policy = compiler->policy;
    struct error ignored;
    const struct zone *zone = name ? zones_find(compiler->zones, str_of(name), &ignored) : NULL;

    if (zone)
        *ARENA_PUSH(compiler->arena, policy->zones, policy->zones_count) = zone;
}

static void find_zones(const struct compiler *compiler)
{
    const struct settings *settings = compiler->settings;

    for (size_t i = 0; i < settings->maintenance.zones_count; i++)
        add_zone(compiler, settings->maintenance.zones[i]);
    compiler->policy->typed_zones_count = compiler->policy->zones_count;
    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++)
            add_zone(compiler, settings->runbooks[i].schedule[k].zone);
}

static void compile_maintenance(const struct compiler *compiler)
{
    const struct maintenance_settings *maintenance = &compiler->settings->maintenance;

    compiler->policy->maintenance = windows_compile(compiler, maintenance->windows, maintenance->windows_count);
}

const struct zone *policy_zone(const struct policy *policy, const char *name)
{
    const struct zone *zone = zones_named(policy->zones, policy->zones_count, name);

    return zone ? zone : &zone_utc;
}

struct policy *policy_compile(const struct settings *settings, const char *team, struct zones zones,
                              struct arena *arena)
{
    struct policy *policy = ARENA_NEW(arena, struct policy);
    const struct compiler compiler = { policy, settings, zones, arena };

    policy->settings = settings;
    policy->team = arena_strdup(arena, team ? team : settings->slack.team);
    name_roles(&compiler);
    find_giving(&compiler);
    make_room(&compiler);
    compile_people(&compiler);
    compile_roles(&compiler);
    rules_compile(&compiler);
    compile_hours(&compiler);
    compile_maintenance(&compiler);
    find_zones(&compiler);
    return policy;
}

int64_t policy_after_hours(const struct policy *policy, int64_t from_ms, int64_t ms)
{
    return hours_after(&policy->hours, from_ms, ms);
}

/* ---- questions about persons ---- */

bool policy_has_role(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                     const char *role)
{
    struct who who = who_find(policy, facts, principal);
    size_t at = names_find(&policy->roles, role);

    if (text_equal(role, POLICY_EVERYONE))
        return who.is_everyone;
    return at != NAMES_NONE && who_has_role(policy, facts, &who, at);
}

bool policy_had_role(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                     const char *role, int64_t *ret_age_ms)
{
    struct who who = who_find(policy, facts, principal);
    size_t at = names_find(&policy->roles, role);
    const struct grant *old = at == NAMES_NONE ? NULL : who_had_role(&who, at);
    bool has_it = policy_has_role(policy, facts, principal, role);

    *ret_age_ms = has_it || !old ? 0 : age_ms(facts->unix_ms, old->read_at_ms);
    return has_it || old;
}

bool policy_is_same_person(const struct policy *policy, const struct members *members, const struct principal *a,
                           const struct principal *b)
{
    const struct compiled_person *one = policy_find_person(policy, a), *other = policy_find_person(policy, b);

    if (members_are_joined(members, policy, a, b))
        return true;
    if (one || other)
        return one == other;
    return text_equal(a->system, b->system) && is_id_equal(str_of(a->system), str_of(a->id), str_of(b->id)) &&
           (!a->team || !b->team || text_equal(a->team, b->team));
}

bool policy_is_known(const struct policy *policy, const struct facts *facts, const struct principal *principal)
{
    struct who who = who_find(policy, facts, principal);

    return who_is_known(policy, &who);
}

const char *policy_foreign_team(const struct policy *policy, const struct principal *principal)
{
    if (!policy->team || !text_equal(principal->system, "slack") || text_equal(principal->team, policy->team))
        return NULL;
    return principal->team;
}

const char *policy_name_of(const struct policy *policy, const struct principal *principal, struct arena *arena)
{
    const char *team = policy_foreign_team(policy, principal);

    return team ? arena_printf(arena, "%s:%s/%s", principal->system, team, principal->id)
                : principal_text(principal, arena);
}

static bool is_id(struct str id) /* of users, here and elsewhere */
{
    for (size_t i = 0; i < id.len; i++)
        if (!((id.at[i] >= '0' && id.at[i] <= '9') || ((id.at[i] | 0x20) >= 'a' && (id.at[i] | 0x20) <= 'z') ||
              memchr(".-_", id.at[i], 3)))
            return false;
    return id.len > 0 && id.len <= ID_MAX_BYTES;
}

bool policy_read_principal(const struct policy *policy, const char *text, struct arena *arena,
                           struct principal *ret_principal)
{
    static const char *const systems[] = { "slack", "github", "github-app", "pagerduty", "token", "local", "schedule" };
    struct member member = member_parse(policy, text, arena);

    if (!is_id(member.id) || (member.team && !is_id(str_of(member.team))))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
        if (!str_is(member.system, systems[i]))
            continue;
        *ret_principal = (struct principal){ systems[i], arena_copy(arena, member.id), member.team, NULL };
        return true;
    }
    return false;
}

const char *policy_roles_of(const struct policy *policy, const struct facts *facts, const struct principal *principal,
                            struct arena *arena)
{
    struct who who = who_find(policy, facts, principal);
    const char *text = NULL;

    for (size_t i = 0; i < policy->roles.count; i++) {
        const char *role = policy->roles.list[i];

        if (!strchr(role, ':') &&
            who_has_role(policy, facts, &who, i)) /* a rule may name a principal in place of one */
            text = text ? arena_printf(arena, "%s, %s", text, role) : role;
    }
    return text;
}
