/* Principals, persons and roles. */
#include "reference_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool reference_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool reference_begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- principals and persons ---- */

/* "slack:U1" of our workspace, "slack:T0OTHER/U1" of another one, "github:octocat". */
static bool is_written(const struct reference_world *world, const char *text, const struct principal *principal)
{
    size_t system_len = strcspn(text, ":");
    const char *id = text + system_len + 1, *slash = strchr(id, '/');

    if (strlen(principal->system) != system_len || !reference_begins(text, principal->system))
        return false;
    if (reference_same(principal->system, "github") && !FLIPPED(LOGIN_CASE))
        return strcasecmp(id, principal->id) == 0;
    if (!reference_same(principal->system, "slack"))
        return reference_same(id, principal->id);
    if (FLIPPED(FOREIGN_SAME))
        return reference_same(slash ? slash + 1 : id, principal->id);
    if (!principal->team)
        return false;
    if (slash)
        return strlen(principal->team) == (size_t)(slash - id) && reference_begins(id, principal->team) &&
               reference_same(slash + 1, principal->id);
    return reference_same(principal->team, world->team) && reference_same(id, principal->id);
}

static const char *id_in(const struct person_settings *person, const char *system)
{
    if (reference_same(system, "slack"))
        return person->slack;
    if (reference_same(system, "github"))
        return person->github;
    if (reference_same(system, "pagerduty"))
        return person->pagerduty;
    if (reference_same(system, "local"))
        return person->local;
    return NULL;
}

static bool lists_text(const struct reference_world *world, const struct person_settings *person, const char *text)
{
    char system[40] = "";
    size_t len = strcspn(text, ":");

    if (len >= sizeof(system))
        return false;
    memcpy(system, text, len);
    if (reference_same(system, "github") && person->github && !FLIPPED(LOGIN_CASE))
        return strcasecmp(person->github, text + len + 1) == 0;
    return reference_same(id_in(person, system), text + len + 1);
}

static bool lists(const struct reference_world *world, const struct person_settings *person,
                  const struct principal *principal)
{
    const char *id = id_in(person, principal->system);
    char text[200];

    if (!id || FLIPPED(PEOPLE_IGNORED))
        return false;
    snprintf(text, sizeof(text), "%s:%s", principal->system, id);
    return is_written(world, text, principal);
}

/* Does the text name this principal, or another one of the same person? */
static bool names_person(const struct reference_world *world, const char *text, const struct principal *principal)
{
    if (is_written(world, text, principal))
        return true;
    for (size_t i = 0; i < world->settings->people_count; i++)
        if (lists(world, &world->settings->people[i], principal) &&
            lists_text(world, &world->settings->people[i], text))
            return true;
    return false;
}

bool reference_is_same_principal(const struct reference_world *world, const struct principal *a,
                                 const struct principal *b)
{
    if (!reference_same(a->system, b->system))
        return false;
    if (reference_same(a->system, "github") && !FLIPPED(LOGIN_CASE))
        return strcasecmp(a->id, b->id) == 0;
    return reference_same(a->id, b->id) && (a->team == b->team || reference_same(a->team, b->team));
}

/* As a join writes it. */
static struct principal principal_of(const struct reference_world *world, const char *text)
{
    bool is_slack = reference_begins(text, "slack:");

    return (struct principal){ .system = is_slack ? "slack" : "pagerduty",
                               .id = strchr(text, ':') + 1,
                               .team = is_slack ? world->team : NULL };
}

bool reference_next_joined(const struct reference_world *world, const struct principal *principal, size_t *at,
                           struct principal *ret)
{
    for (; *at < 2 * world->joins_count && !FLIPPED(JOINS_IGNORED); (*at)++) {
        const struct principal_join *join = &world->joins[*at / 2];
        bool is_back = *at % 2 == 1;

        if (!names_person(world, is_back ? join->is : join->principal, principal))
            continue;
        *ret = principal_of(world, is_back ? join->principal : join->is);
        *at = FLIPPED(JOINS_FIRST) ? 2 * world->joins_count : *at + 1;
        return true;
    }
    return false;
}

static bool is_same_by_people(const struct reference_world *world, const struct principal *a, const struct principal *b)
{
    if (reference_is_same_principal(world, a, b))
        return true;
    for (size_t i = 0; i < world->settings->people_count; i++)
        if (lists(world, &world->settings->people[i], a) && lists(world, &world->settings->people[i], b))
            return true;
    return false;
}

bool reference_is_same_person(const struct reference_world *world, const struct principal *a, const struct principal *b)
{
    struct principal joined;

    if (is_same_by_people(world, a, b))
        return true;
    for (size_t at = 0; reference_next_joined(world, a, &at, &joined);)
        if (is_same_by_people(world, &joined, b))
            return true;
    return false;
}

/* Every Slack user of our workspace, whoever people: says is one of them, and every local user. */
static bool is_everyone(const struct reference_world *world, const struct principal *principal)
{
    if (FLIPPED(EVERYONE_IGNORED))
        return false;
    if (reference_same(principal->system, "slack") &&
        (FLIPPED(FOREIGN_EVERYONE) || reference_same(principal->team, world->team)))
        return true;
    if (reference_same(principal->system, "local") && !FLIPPED(LOCAL_NOT_EVERYONE))
        return true;
    for (size_t i = 0; i < world->settings->people_count; i++) {
        const struct person_settings *person = &world->settings->people[i];

        if (lists(world, person, principal) && person->slack && !strchr(person->slack, '/'))
            return true;
    }
    return false;
}

/* ---- roles ---- */

static bool is_source(const char *member)
{
    return reference_begins(member, "slack-group:") || reference_begins(member, "github-team:") ||
           reference_begins(member, "pagerduty-schedule:");
}

static bool is_too_old(const struct reference_world *world, const struct membership *source, int64_t max_age_ms,
                       bool however_old, int64_t now_ms)
{
    int64_t age_ms = now_ms - source->read_at_ms;

    if (source->read_at_ms == 0)
        return true;
    if (FLIPPED(MAX_AGE_IGNORED) || however_old)
        return false;
    return FLIPPED(MAX_AGE_EDGE) ? age_ms >= max_age_ms : age_ms > max_age_ms;
}

static bool is_in_source(const struct reference_world *world, const char *name, const struct principal *principal,
                         int64_t max_age_ms, bool however_old, int64_t now_ms)
{
    for (size_t i = 0; i < world->sources_count; i++) {
        const struct membership *source = &world->sources[i];

        if (!reference_same(source->source, name) || is_too_old(world, source, max_age_ms, however_old, now_ms))
            continue;
        for (size_t k = 0; k < source->members_count; k++)
            if (names_person(world, source->members[k], principal))
                return true;
    }
    return false;
}

/* A role, a principal in place of one, or everyone. */
static bool holds_role(const struct reference_world *world, const char *name, const struct principal *principal,
                       bool however_old, int64_t now_ms)
{
    if (reference_same(name, POLICY_EVERYONE))
        return is_everyone(world, principal);
    if (strchr(name, ':'))
        return names_person(world, name, principal);
    for (size_t i = 0; i < world->settings->policy.roles_count; i++) {
        const struct role_settings *role = &world->settings->policy.roles[i];

        if (!reference_same(role->name, name))
            continue;
        for (size_t k = 0; k < role->members_count; k++) {
            if (!is_source(role->members[k])) {
                if (names_person(world, role->members[k], principal))
                    return true;
            } else if (!FLIPPED(GROUPS_IGNORED) &&
                       is_in_source(world, role->members[k], principal, role->max_age_ms, however_old, now_ms)) {
                return true;
            }
        }
    }
    return false;
}

bool reference_holds_any_role(const struct reference_world *world, const char **names, size_t count,
                              const struct principal *principal, bool however_old, int64_t now_ms)
{
    struct principal joined;

    for (size_t i = 0; i < count; i++) {
        if (holds_role(world, names[i], principal, however_old, now_ms))
            return true;
        for (size_t at = 0; FLIPPED(JOINS_GIVE) && reference_next_joined(world, principal, &at, &joined);)
            if (holds_role(world, names[i], &joined, however_old, now_ms))
                return true;
    }
    return false;
}

static bool was_read(const struct reference_world *world, const char *source)
{
    for (size_t i = 0; i < world->sources_count; i++)
        if (reference_same(world->sources[i].source, source) && world->sources[i].read_at_ms != 0)
            return true;
    return false;
}

bool reference_has_unread_source(const struct reference_world *world, const char *role)
{
    for (size_t i = 0; i < world->settings->policy.roles_count; i++) {
        const struct role_settings *settings = &world->settings->policy.roles[i];

        for (size_t k = 0; reference_same(settings->name, role) && k < settings->members_count; k++)
            if (is_source(settings->members[k]) && !was_read(world, settings->members[k]))
                return true;
    }
    return false;
}

static bool is_among_names(const struct reference_world *world, const char **names, size_t count,
                           const struct principal *principal)
{
    for (size_t i = 0; i < count; i++)
        if (strchr(names[i], ':') && !is_source(names[i]) && is_written(world, names[i], principal))
            return true;
    return false;
}

/* In place of a role, by a rule that gives something: what withholds something makes nobody known. */
static bool is_named_by_rule(const struct reference_world *world, const struct rule_settings *rule,
                             const struct principal *principal)
{
    const struct require_approvals *approvals = rule->require ? rule->require->approvals : NULL;

    return (rule_kind(rule) == RULE_ALLOW && is_among_names(world, rule->to, rule->to_count, principal)) ||
           (approvals && is_among_names(world, approvals->from, approvals->from_count, principal));
}

/* A role names it, and it was read. */
static bool is_asked_for(const struct reference_world *world, const struct membership *source)
{
    const struct policy_settings *policy = &world->settings->policy;

    for (size_t i = 0; i < policy->roles_count; i++)
        for (size_t k = 0; k < policy->roles[i].members_count; k++)
            if (reference_same(policy->roles[i].members[k], source->source))
                return source->read_at_ms != 0;
    return false;
}

/* In people:, or written down as a member of anything, or read as one. */
bool reference_is_known_person(const struct reference_world *world, const struct principal *principal)
{
    const struct policy_settings *policy = &world->settings->policy;

    for (size_t i = 0; i < world->settings->people_count; i++)
        if (lists(world, &world->settings->people[i], principal))
            return true;
    for (size_t i = 0; i < policy->roles_count; i++)
        if (is_among_names(world, policy->roles[i].members, policy->roles[i].members_count, principal))
            return true;
    for (size_t i = 0; i < policy->rules_count; i++)
        if (is_named_by_rule(world, &policy->rules[i], principal))
            return true;
    for (size_t i = 0; i < world->sources_count; i++)
        for (size_t k = 0; k < world->sources[i].members_count && is_asked_for(world, &world->sources[i]); k++)
            if (is_written(world, world->sources[i].members[k], principal))
                return true;
    return false;
}
