#include "random.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define PICK(random, list) ((list)[random_below((random), (int64_t)ARRAY_LEN(list))])

struct random random_begin(uint64_t number, struct arena *arena)
{
    struct random random = { (number + 1) * UINT64_C(0x9e3779b97f4a7c15), arena };

    for (int i = 0; i < 8; i++)
        random_below(&random, 2);
    return random;
}

int64_t random_below(struct random *random, int64_t below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (int64_t)((random->state * UINT64_C(0x2545f4914f6cdd1d)) >> 2) % below;
}

bool random_chance(struct random *random, int percent)
{
    return random_below(random, 100) < percent;
}

/* ---- words of the small world ---- */

static const struct principal principals[] = {
    { "slack", "U0", RANDOM_TEAM, NULL }, { "slack", "U1", RANDOM_TEAM, NULL }, { "slack", "U2", RANDOM_TEAM, NULL },
    { "slack", "U3", RANDOM_TEAM, NULL }, { "slack", "U4", RANDOM_TEAM, NULL }, { "slack", "U0", "T0OTHER", NULL },
    { "slack", "U5", "T0OTHER", NULL },   { "slack", "U1", NULL, NULL },        { "github", "g0", NULL, NULL },
    { "github", "g1", NULL, NULL },       { "github", "G1", NULL, NULL },       { "github", "g2", NULL, NULL },
    { "github", "G3", NULL, NULL },       { "pagerduty", "P0", NULL, NULL },    { "pagerduty", "P1", NULL, NULL },
    { "local", "l0", NULL, NULL },        { "local", "l1", NULL, NULL },        { "token", "ci", NULL, NULL },
    { "github-app", "1", NULL, NULL },
};
static const char *const principal_texts[] = {
    "slack:U0",         "slack:U1",  "slack:U2",  "slack:U3",  "slack:U4",     "slack:T0OTHER/U0",
    "slack:T0OTHER/U5", "github:g0", "github:G1", "github:g2", "github:g3",    "pagerduty:P0",
    "pagerduty:P1",     "local:l0",  "local:l1",  "token:ci",  "github-app:1",
};
static const char *const read_members[] = { "slack:U0",  "slack:U1",  "slack:U2",     "slack:U3", "slack:U4",
                                            "github:G0", "github:g1", "pagerduty:P0", "github:g3" };
static const char *const sources[] = { "slack-group:S0", "slack-group:S1", "github-team:acme/ops",
                                       "pagerduty-schedule:PS" };
static const char *const roles[] = { "r0", "r1", "r2", "r3" };
static const char *const verbs[] = { "deploy", "deploy", "deploy", "rollback", "lock", "approve" };
static const char *const services[] = { "api", "web" };
static const char *const environments[] = { "staging", "production" };
static const char *const databases[] = { "main", "copy" };
static const char *const runbooks[] = { "reset", "scale" };
static const char *const origins[] = { "slack", "github", "local" };
static const char *const severities[] = { "P1", "P2", "P3" };
static const char *const patterns[] = { "v*", "v1.*", "v?.2", "*-rc", "v1.2", "*.?" };
static const char *const versions[] = { "v1.2", "v1.3", "v2.2", "v1.2-rc", "main" };
static const struct shape_pair label_pairs[] = { { "tier", "1" }, { "tier", "2" }, { "team", "a" }, { "team", "b" } };
static const int64_t ages_ms[] = { 1 * HOUR_MS, 4 * HOUR_MS };

struct principal random_principal(struct random *random)
{
    return PICK(random, principals);
}

/* Who approves or writes comes from a record, with their workspace. */
static struct principal random_acquaintance(struct random *random)
{
    struct principal principal = random_principal(random);

    if (strcmp(principal.system, "slack") == 0 && !principal.team)
        principal.team = RANDOM_TEAM;
    return principal;
}

static const char **list_of(struct random *random, const char *const *words, size_t words_count, size_t most,
                            size_t *ret_count)
{
    size_t count = 1 + (size_t)random_below(random, (int64_t)most);
    const char **list = arena_alloc(random->arena, count * sizeof(list[0]));

    for (size_t i = 0; i < count; i++)
        list[i] = words[random_below(random, (int64_t)words_count)];
    *ret_count = count;
    return list;
}
#define LIST(random, words, most, ret_count) list_of((random), (words), ARRAY_LEN(words), (most), (ret_count))

/* ---- people, groups, roles ---- */

static void random_people(struct random *random, struct settings *settings)
{
    static const char *const slack[] = { "U0", "U1", "U2", "T0OTHER/U5" }, *const github[] = { "g0", "g1", "g2" },
                             *const pagerduty[] = { "P0", "P1" }, *const local[] = { "l0", "l1" };
    size_t turn = (size_t)random_below(random, 12); /* who has which login */

    settings->people_count = (size_t)random_below(random, 5);
    settings->people = arena_alloc(random->arena, 5 * sizeof(settings->people[0]));
    for (size_t i = 0; i < settings->people_count; i++) {
        struct person_settings *person = &settings->people[i];

        person->slack = random_chance(random, 80) ? slack[i] : NULL;
        person->github = i < 3 && random_chance(random, 80) ? github[(i + turn) % 3] : NULL;
        person->pagerduty = i < 2 && random_chance(random, 60) ? pagerduty[(i + turn) % 2] : NULL;
        person->local = i < 2 && random_chance(random, 60) ? local[(i + turn) % 2] : NULL;
    }
}

/* Never read, read just now, some time ago, exactly as old as a role may take it, or older. */
static int64_t random_reading(struct random *random, int64_t now_ms)
{
    switch (random_below(random, 8)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return now_ms - PICK(random, ages_ms);
    case 3:
        return now_ms - 2 * HOUR_MS;
    case 4:
        return now_ms - 9 * HOUR_MS;
    default:
        return now_ms - random_below(random, HOUR_MS);
    }
}

static void random_sources(struct random *random, struct random_policy *policy)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct membership *source = &policy->sources[policy->sources_count];

        if (random_chance(random, 10))
            continue; /* never heard of */
        *source = (struct membership){ .source = sources[i], .read_at_ms = random_reading(random, policy->now_ms) };
        source->members = LIST(random, read_members, 4, &source->members_count);
        source->problem = random_chance(random, 20) ? "it did not answer" : NULL;
        policy->sources_count++;
    }
}

/* Two addresses of one person, and one that was somebody else's before. */
static void random_joins(struct random *random, struct random_policy *policy)
{
    static const char *const ours[] = { "slack:U0", "slack:U1", "slack:U2", "slack:U3" };
    static const char *const theirs[] = { "pagerduty:P0", "pagerduty:P1" };

    policy->joins_count = (size_t)random_below(random, (int64_t)ARRAY_LEN(policy->joins) + 1);
    for (size_t i = 0; i < policy->joins_count; i++)
        policy->joins[i] = (struct principal_join){ PICK(random, theirs), PICK(random, ours) };
}

static void random_roles(struct random *random, struct settings *settings)
{
    settings->policy.roles_count = ARRAY_LEN(roles);
    settings->policy.roles = arena_alloc(random->arena, sizeof(settings->policy.roles[0]) * ARRAY_LEN(roles));
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        struct role_settings *role = &settings->policy.roles[i];

        role->name = roles[i];
        role->max_age_ms = PICK(random, ages_ms);
        role->members = LIST(random, principal_texts, 3, &role->members_count);
        for (size_t k = 0; k < role->members_count; k++)
            if (random_chance(random, 50))
                role->members[k] = PICK(random, sources);
    }
}

/* ---- rules ---- */

static const char **random_to(struct random *random, size_t *ret_count)
{
    const char **list = LIST(random, roles, 2, ret_count);

    for (size_t i = 0; i < *ret_count; i++) {
        if (random_chance(random, 12))
            list[i] = POLICY_EVERYONE;
        else if (random_chance(random, 15))
            list[i] = PICK(random, principal_texts);
    }
    return list;
}

static const char **random_verbs(struct random *random, size_t *ret_count)
{
    const char **list = LIST(random, verbs, 2, ret_count);

    if (random_chance(random, 30))
        list[0] = POLICY_EVERY_VERB;
    return list;
}

static const struct rule_place *random_place(struct random *random)
{
    struct rule_place *on = ARENA_NEW(random->arena, struct rule_place);

    if (random_chance(random, 35))
        on->service = LIST(random, services, 1, &on->service_count);
    if (random_chance(random, 35))
        on->environment = LIST(random, environments, 1, &on->environment_count);
    if (random_chance(random, 20))
        on->database = LIST(random, databases, 1, &on->database_count);
    if (random_chance(random, 10))
        on->runbook = LIST(random, runbooks, 1, &on->runbook_count);
    if (random_chance(random, 25)) {
        on->labels_count = 1 + (size_t)random_below(random, 2);
        on->labels = arena_alloc(random->arena, 2 * sizeof(on->labels[0]));
        for (size_t i = 0; i < on->labels_count; i++)
            on->labels[i] = label_pairs[2 * i + (size_t)random_below(random, 2)];
    }
    return on;
}

static const char *random_window(struct random *random)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const hours[] = { "00:00", "06:30", "12:00", "17:45" }, *const ends[] = { "06:30", "12:00",
                                                                                                 "17:45", "24:00" };

    if (random_chance(random, 60))
        return arena_printf(random->arena, "Mon-Sun %s-%s UTC", PICK(random, hours), PICK(random, ends));
    return arena_printf(random->arena, "%s-%s %s-%s UTC", PICK(random, days), PICK(random, days), PICK(random, hours),
                        PICK(random, ends));
}

static const char **random_windows(struct random *random, size_t *ret_count)
{
    size_t count = 1 + (size_t)random_below(random, 3);
    const char **list = arena_alloc(random->arena, count * sizeof(list[0]));

    for (size_t i = 0; i < count; i++)
        list[i] = random_window(random);
    *ret_count = count;
    return list;
}

static const struct rule_when *random_when(struct random *random)
{
    struct rule_when *when = ARENA_NEW(random->arena, struct rule_when);

    if (random_chance(random, 25))
        when->source = LIST(random, origins, 2, &when->source_count);
    if (random_chance(random, 25))
        when->during = random_windows(random, &when->during_count);
    if (random_chance(random, 25))
        when->incident_at_least = PICK(random, severities);
    return when;
}

static void random_circumstances(struct random *random, struct rule_settings *rule)
{
    if (random_chance(random, 50))
        rule->on = random_place(random);
    if (random_chance(random, 50))
        rule->when = random_when(random);
}

static struct rule_settings random_allow(struct random *random)
{
    struct rule_settings rule = { 0 };

    rule.allow = random_verbs(random, &rule.allow_count);
    rule.to = random_to(random, &rule.to_count);
    if (random_chance(random, 30))
        rule.to[0] = POLICY_EVERYONE;
    random_circumstances(random, &rule);
    return rule;
}

struct rule_settings random_deny(struct random *random)
{
    struct rule_settings rule = { 0 };

    rule.deny = random_verbs(random, &rule.deny_count);
    if (random_chance(random, 40))
        rule.to = random_to(random, &rule.to_count);
    if (random_chance(random, 60))
        rule.break_glass = random_to(random, &rule.break_glass_count);
    random_circumstances(random, &rule);
    return rule;
}

static const struct require_approvals *random_approvals(struct random *random)
{
    struct require_approvals *approvals = ARENA_NEW(random->arena, struct require_approvals);

    approvals->count = 1 + random_below(random, 2);
    approvals->from = random_to(random, &approvals->from_count);
    if (random_chance(random, 30))
        approvals->from[0] = POLICY_EVERYONE;
    approvals->expires_ms = PICK(random, ages_ms);
    approvals->exclude_authors = random_chance(random, 50);
    return approvals;
}

static const struct require_healthy *random_healthy(struct random *random)
{
    struct require_healthy *healthy = ARENA_NEW(random->arena, struct require_healthy);

    healthy->environment = PICK(random, environments);
    healthy->for_ms = PICK(random, ages_ms);
    return healthy;
}

static const struct require_settings *random_needs(struct random *random)
{
    struct require_settings *require = ARENA_NEW(random->arena, struct require_settings);

    do {
        if (random_chance(random, 45))
            require->approvals = random_approvals(random);
        require->checks = random_chance(random, 20) ? CHECKS_GREEN : CHECKS_ANY;
        require->reason = random_chance(random, 20);
        if (random_chance(random, 60))
            require->window = random_windows(random, &require->window_count);
        require->no_incident_at_least = random_chance(random, 14) ? PICK(random, severities) : NULL;
        require->version = random_chance(random, 20) ? PICK(random, patterns) : NULL;
        require->healthy_in = random_chance(random, 20) ? random_healthy(random) : NULL;
        require->second_channel = random_chance(random, 20);
    } while (!require->approvals && require->checks == CHECKS_ANY && !require->reason && require->window_count == 0 &&
             !require->no_incident_at_least && !require->version && !require->healthy_in && !require->second_channel);
    return require;
}

static struct rule_settings random_require(struct random *random)
{
    struct rule_settings rule = { .require = random_needs(random) };

    rule.verbs = random_verbs(random, &rule.verbs_count);
    if (random_chance(random, 30))
        rule.to = random_to(random, &rule.to_count);
    random_circumstances(random, &rule);
    return rule;
}

static void random_rules(struct random *random, struct settings *settings)
{
    struct policy_settings *policy = &settings->policy;

    policy->rules_count = 4 + (size_t)random_below(random, 9);
    policy->rules = arena_alloc(random->arena, (policy->rules_count + 1) * sizeof(policy->rules[0]));
    for (size_t i = 0; i < policy->rules_count; i++) {
        int64_t kind = random_below(random, 10);

        policy->rules[i] = kind < 5 ? random_allow(random) : kind < 7 ? random_deny(random) : random_require(random);
        if (i > 0 && rule_kind(&policy->rules[i - 1]) == RULE_DENY && random_chance(random, 25))
            policy->rules[i] = random_like(random, &policy->rules[i - 1]);
        policy->rules[i].line = 100 + (int)i;
    }
}

void random_policy(struct random *random, struct random_policy *ret)
{
    struct incidents_settings *incidents = ARENA_NEW(random->arena, struct incidents_settings);
    struct severity_settings *list = arena_alloc(random->arena, ARRAY_LEN(severities) * sizeof(list[0]));

    *ret =
        (struct random_policy){ .now_ms = INT64_C(1795219200000) + random_below(random, 14 * 24 * 4) * 15 * MINUTE_MS };
    for (size_t i = 0; i < ARRAY_LEN(severities); i++)
        list[i].name = severities[i];
    incidents->severities = list;
    incidents->severities_count = ARRAY_LEN(severities);
    ret->settings.file = "random.yaml";
    ret->settings.slack.team = RANDOM_TEAM;
    ret->settings.incidents = incidents;
    random_people(random, &ret->settings);
    random_roles(random, &ret->settings);
    random_sources(random, ret);
    random_joins(random, ret);
    random_rules(random, &ret->settings);
}

/* ---- questions and facts ---- */

/* At once, for some time, or until exactly when some window closes. */
static int64_t random_time_needed(struct random *random, const struct random_policy *policy)
{
    static const int64_t closing_ms[] = { 390 * MINUTE_MS, 720 * MINUTE_MS, 1065 * MINUTE_MS, DAY_MS };

    if (random_chance(random, 10))
        return 0;
    if (random_chance(random, 75))
        return (8 + random_below(random, 160)) * 15 * MINUTE_MS;
    return DAY_MS * random_below(random, 2) + (PICK(random, closing_ms) - policy->now_ms % DAY_MS + DAY_MS) % DAY_MS;
}

struct question random_question(struct random *random, const struct random_policy *policy)
{
    struct shape_pair *labels = arena_alloc(random->arena, 2 * sizeof(labels[0]));
    struct question question = { .principal = random_principal(random), .verb = PICK(random, verbs), .labels = labels };

    question.service = random_chance(random, 90) ? PICK(random, services) : NULL;
    question.environment = random_chance(random, 90) ? PICK(random, environments) : NULL;
    question.database = random_chance(random, 60) ? PICK(random, databases) : NULL;
    question.runbook = random_chance(random, 40) ? PICK(random, runbooks) : NULL;
    question.source = random_chance(random, 90) ? PICK(random, origins) : NULL;
    for (size_t i = 0; i < 2; i++)
        if (random_chance(random, 80))
            labels[question.labels_count++] = label_pairs[2 * i + (size_t)random_below(random, 2)];
    question.version = random_chance(random, 75) ? PICK(random, versions) : NULL;
    question.is_safe_direction = random_chance(random, 15);
    question.needs_ms = random_time_needed(random, policy);
    return question;
}

static void random_health(struct random *random, struct facts *facts)
{
    struct health_fact *health = arena_alloc(random->arena, 2 * sizeof(health[0]));

    for (size_t i = 0; i < 2; i++)
        if (random_chance(random, 70))
            health[facts->health_count++] = (struct health_fact){
                .environment = environments[i],
                .since_ms = random_chance(random, 20)   ? 0
                            : random_chance(random, 30) ? facts->unix_ms - PICK(random, ages_ms)
                                                        : facts->unix_ms - random_below(random, 6 * HOUR_MS),
            };
    facts->health = health;
}

static void random_approvals_given(struct random *random, struct facts *facts)
{
    struct approval_fact *approvals = arena_alloc(random->arena, 9 * sizeof(approvals[0]));
    struct principal *authors = arena_alloc(random->arena, 3 * sizeof(authors[0]));

    facts->approvals_count = (size_t)random_below(random, 10);
    for (size_t i = 0; i < facts->approvals_count; i++)
        approvals[i] = (struct approval_fact){
            .by = random_acquaintance(random),
            .at_ms = facts->unix_ms -
                     (random_chance(random, 25) ? PICK(random, ages_ms) : random_below(random, 90) * MINUTE_MS),
        };
    facts->approvals = approvals;
    facts->are_authors_known = random_chance(random, 70);
    facts->authors_count = facts->are_authors_known ? (size_t)random_below(random, 4) : 0;
    for (size_t i = 0; i < facts->authors_count; i++)
        authors[i] = random_acquaintance(random);
    facts->authors = authors;
}

static void random_broken(struct random *random, const struct random_policy *policy, struct facts *facts)
{
    size_t rules = policy->settings.policy.rules_count;
    struct broken_glass *broken = arena_alloc(random->arena, 3 * sizeof(broken[0]));

    for (size_t i = 0; i < 3 && random_chance(random, 70); i++) {
        size_t first = (size_t)random_below(random, (int64_t)rules);

        for (size_t k = 0; k < rules; k++) {
            const char *identity = policy->identities[(first + k) % rules];

            if (!identity)
                continue;
            broken[facts->broken_count++] = (struct broken_glass){ identity, random_acquaintance(random) };
            break;
        }
    }
    facts->broken = broken;
}

struct facts random_facts(struct random *random, const struct random_policy *policy)
{
    struct facts facts = { .unix_ms = policy->now_ms };

    facts.incidents = (enum known)random_below(random, 3);
    facts.worst_incident = facts.incidents == KNOWN_YES ? PICK(random, severities) : NULL;
    facts.reason = random_chance(random, 50) ? "because" : NULL;
    facts.break_glass = random_chance(random, 40) ? "it burns" : NULL;
    facts.checks = (enum known)random_below(random, 3);
    facts.is_confirmed_elsewhere = random_chance(random, 50);
    random_broken(random, policy, &facts);
    random_health(random, &facts);
    random_approvals_given(random, &facts);
    return facts;
}
