/* bench_policy.c - how long does one decision take with 1,000 rules and 10,000 people, beside a plain scan of the same
 * rules?
 *
 *     bench_policy [SECONDS-FOR-EACH]
 *
 * Both answer the same questions in the same run, and have to agree on every one. The scan goes through all rules, and
 * through the lists of members of every role that a rule names, as they were read; it writes no sentence. Each decision
 * is timed alone. Then refusals that look for the end of windows, which must all be refused. No time makes it pass or
 * fail.
 */
#include "bot/base/time.h"
#include "bot/configuration/zones.h"
#include "policy/decide.h"
#include "policy/members.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PEOPLE 10000
#define GROUPS 200
#define GROUP_PEOPLE 150 /* each is in three groups, roughly */
#define SERVICES 100
#define RULES 1000
#define QUESTIONS 2000
#define TIMES_MAX 4000000
#define NOW_MS INT64_C(1795255200000) /* Saturday 2026-11-21T10:00:00Z */

static uint64_t dice = 42;

static size_t roll(size_t sides) /* xorshift; the same mix in every run */
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (size_t)(dice % sides);
}

/* ---- the house ---- */

struct house {
    struct arena *arena;
    struct settings settings;
    const char *services[SERVICES], *people[PEOPLE];
    struct membership groups[GROUPS];
    struct facts facts;
};
static const char *environments[] = { "staging", "production" };
static const char *verbs[] = { "deploy", "rollback", "promote", "pause", "lock", "status" };

static const char **one(struct house *house, const char *name)
{
    const char **list = arena_alloc(house->arena, sizeof(*list));

    *list = name;
    return list;
}

static void make_groups(struct house *house)
{
    struct role_settings *roles = arena_alloc(house->arena, GROUPS * sizeof(*roles));

    for (size_t i = 0; i < PEOPLE; i++)
        house->people[i] = arena_printf(house->arena, "slack:U%05zuPERSON", i);
    for (size_t i = 0; i < GROUPS; i++) {
        const char **members = arena_alloc(house->arena, GROUP_PEOPLE * sizeof(*members));
        const char *source = arena_printf(house->arena, "slack-group:S%04zu", i);

        for (size_t k = 0; k < GROUP_PEOPLE; k++)
            members[k] = house->people[roll(PEOPLE)];
        house->groups[i] = (struct membership){ source, NOW_MS - MINUTE_MS, members, GROUP_PEOPLE, NULL };
        roles[i] = (struct role_settings){ .name = arena_printf(house->arena, "team-%zu", i),
                                           .members = one(house, source),
                                           .members_count = 1,
                                           .max_age_ms = 12 * HOUR_MS };
    }
    house->settings.policy.roles = roles;
    house->settings.policy.roles_count = GROUPS;
}

static struct rule_place *place(struct house *house, const char *service, const char *environment)
{
    struct rule_place *on = ARENA_NEW(house->arena, struct rule_place);

    if (service) {
        on->service = one(house, service);
        on->service_count = 1;
    }
    if (environment) {
        on->environment = one(house, environment);
        on->environment_count = 1;
    }
    return on;
}

/* Of ten rules seven allow a team something with its service, one of those everywhere; one is a freeze, one stands for
 * incidents, one requires. */
static void make_rule(struct house *house, struct rule_settings *rule, size_t i)
{
    struct require_settings *require = ARENA_NEW(house->arena, struct require_settings);
    struct rule_when *when = ARENA_NEW(house->arena, struct rule_when);
    const char *service = house->services[roll(SERVICES)], *environment = environments[i / 10 % 2];

    rule->line = (int)i + 10;
    if (i % 10 < 7) {
        rule->allow = verbs;
        rule->allow_count = i % 3 ? 3 : ARRAY_LEN(verbs);
        rule->to = one(house, house->settings.policy.roles[roll(GROUPS)].name);
        rule->to_count = 1;
        rule->on = i % 10 < 6 ? place(house, service, environment) : NULL;
    } else if (i % 10 < 9) {
        rule->deny = verbs;
        rule->deny_count = 1;
        rule->on = place(house, i % 20 < 10 ? service : NULL, environment);
        rule->when = when;
        if (i % 10 == 7) {
            when->during = one(house, "Wed 22:00-24:00 UTC");
            when->during_count = 1;
        } else {
            when->incident_at_least = "P1";
        }
    } else {
        require->reason = true;
        rule->require = require;
        rule->verbs = verbs;
        rule->verbs_count = 1;
        rule->on = place(house, i % 20 < 10 ? service : NULL, environment);
    }
}

/* Without places every rule may speak of every question of its verbs: there is little to look up by. */
static struct house *make_house(bool has_places)
{
    struct arena *arena = arena_create();
    struct house *house = ARENA_NEW(arena, struct house);
    struct incidents_settings *incidents = ARENA_NEW(arena, struct incidents_settings);
    struct severity_settings *severities = arena_alloc(arena, 2 * sizeof(*severities));
    struct rule_settings *rules = arena_alloc(arena, RULES * sizeof(*rules));

    house->arena = arena;
    severities[0].name = "P1";
    severities[1].name = "P2";
    incidents->severities = severities;
    incidents->severities_count = 2;
    house->settings.incidents = incidents;
    house->settings.slack.team = "T0HOME";
    house->settings.file = "bench.yaml";
    for (size_t i = 0; i < SERVICES; i++)
        house->services[i] = arena_printf(arena, "service-%zu", i);
    make_groups(house);
    for (size_t i = 0; i < RULES; i++)
        make_rule(house, &rules[i], i);
    for (size_t i = 0; i < RULES && !has_places; i++)
        rules[i].on = NULL;
    house->settings.policy.rules = rules;
    house->settings.policy.rules_count = RULES;
    house->facts =
        (struct facts){ .unix_ms = NOW_MS, .incidents = KNOWN_YES, .worst_incident = "P2", .reason = "hotfix" };
    return house;
}

static void make_questions(struct house *house, struct question *questions)
{
    for (size_t i = 0; i < QUESTIONS; i++)
        questions[i] = (struct question){
            .principal = { .system = "slack", .id = house->people[roll(PEOPLE)] + strlen("slack:"), .team = "T0HOME" },
            .verb = verbs[roll(ARRAY_LEN(verbs))],
            .service = house->services[roll(SERVICES)],
            .environment = environments[roll(2)],
            .source = "slack",
        };
}

/* ---- a plain scan ---- */

static bool is_in(const char *name, const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_member(const struct house *house, const struct question *question, const char *role_name)
{
    const struct policy_settings *policy = &house->settings.policy;
    char name[64];

    snprintf(name, sizeof(name), "slack:%s", question->principal.id);
    for (size_t i = 0; i < policy->roles_count; i++) {
        if (strcmp(policy->roles[i].name, role_name) != 0)
            continue;
        for (size_t k = 0; k < GROUPS; k++)
            if (strcmp(house->groups[k].source, policy->roles[i].members[0]) == 0)
                return is_in(name, house->groups[k].members, house->groups[k].members_count);
    }
    return false;
}

static bool is_there(const struct rule_place *on, const struct question *question)
{
    return !on ||
           ((on->service_count == 0 || is_in(question->service, on->service, on->service_count)) &&
            (on->environment_count == 0 || is_in(question->environment, on->environment, on->environment_count)));
}

/* On a Saturday with a P2 open and a reason given no freeze holds, no incident is bad enough, and nothing is missing.
 */
static enum verdict scan(const struct house *house, const struct question *question)
{
    const struct policy_settings *policy = &house->settings.policy;
    enum verdict verdict = VERDICT_DENY;

    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct rule_settings *rule = &policy->rules[i];

        if (!is_there(rule->on, question))
            continue;
        if (rule->allow_count > 0 && is_in(question->verb, rule->allow, rule->allow_count) &&
            is_member(house, question, rule->to[0]))
            verdict = VERDICT_ALLOW;
        if (rule->deny_count > 0 && is_in(question->verb, rule->deny, rule->deny_count) &&
            rule->when->during_count == 0 && strcmp(rule->when->incident_at_least, "P1") != 0)
            return VERDICT_DENY;
        if (rule->require && is_in(question->verb, rule->verbs, rule->verbs_count) && !house->facts.reason)
            return VERDICT_NEEDS;
    }
    return verdict;
}

/* ---- the watch ---- */

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    int64_t one_ns = *(const int64_t *)a, other_ns = *(const int64_t *)b;

    return (one_ns > other_ns) - (one_ns < other_ns);
}

static void tell(const char *what, int64_t *times, size_t count)
{
    qsort(times, count, sizeof(*times), by_size);
    printf("| %-26s | %9zu | %9.2f | %9.2f | %9.2f |\n", what, count, (double)times[count / 2] / 1e3,
           (double)times[count - 1 - count / 100] / 1e3, (double)times[count - 1] / 1e3);
}

struct run {
    const struct house *house;
    const struct policy *policy;
    const struct question *questions;
    enum verdict *verdicts;
    bool is_scan;
};

static size_t measure(const struct run *run, int64_t for_ns, int64_t *times)
{
    int64_t until = now_ns() + for_ns, begun;
    size_t count = 0;

    do {
        for (size_t i = 0; i < QUESTIONS && count < TIMES_MAX; i++) {
            begun = now_ns();
            run->verdicts[i] =
                run->is_scan ? scan(run->house, &run->questions[i])
                             : policy_decide(run->policy, &run->questions[i], &run->house->facts, POLICY_WHOLE).verdict;
            times[count++] = now_ns() - begun;
        }
    } while (now_ns() < until && count < TIMES_MAX);
    return count;
}

static bool agree(const enum verdict *decided, const enum verdict *scanned)
{
    size_t allowed = 0;

    for (size_t i = 0; i < QUESTIONS; i++) {
        allowed += decided[i] == VERDICT_ALLOW;
        if (decided[i] == scanned[i])
            continue;
        fprintf(stderr, "bench_policy: question %zu is decided as %d and scanned as %d\n", i, decided[i], scanned[i]);
        return false;
    }
    printf("\nBoth agree on all %d questions; %zu were allowed.\n\n", QUESTIONS, allowed);
    return true;
}

static bool compare(bool has_places, int64_t seconds, int64_t *times)
{
    static struct question questions[QUESTIONS];
    static enum verdict decided[QUESTIONS], scanned[QUESTIONS];
    struct house *house = make_house(has_places);
    struct run run = { house, NULL, questions, decided, false };
    int64_t begun, policy_ns;
    bool is_good;

    make_questions(house, questions);
    begun = now_ns();
    run.policy = policy_compile(&house->settings, NULL, (struct zones){ .find = NULL }, house->arena);
    policy_ns = now_ns() - begun;
    begun = now_ns();
    house->facts.members = members_compile(run.policy, house->groups, GROUPS, house->arena);
    printf("%d rules %s places, %d people in %d groups of %d; made ready in %.2f ms and %.2f ms\n\n", RULES,
           has_places ? "for" : "without", PEOPLE, GROUPS, GROUP_PEOPLE, (double)policy_ns / 1e6,
           (double)(now_ns() - begun) / 1e6);
    printf("| one decision               |     times | median µs |    p99 µs |    max µs |\n"
           "| -------------------------- | --------: | --------: | --------: | --------: |\n");
    tell("policy_decide", times, measure(&run, seconds * 1000000000, times));
    run.verdicts = scanned;
    run.is_scan = true;
    tell("plain scan", times, measure(&run, seconds * 1000000000, times));
    is_good = agree(decided, scanned);
    arena_destroy(house->arena);
    return is_good;
}

/* ---- refusals that have to say when ---- */

/* A freeze that holds, or needs that no time meets soon: what is slow in them is to look for the end of the windows. */
static const struct late_row {
    const char *name, *during; /* of a deny; NULL: `window` of a requirement */
    const char *windows[3];
    size_t short_windows; /* besides, each day, of seven minutes */
    int64_t needs_ms;
} late_rows[] = {
    { .name = "a freeze of two weeks", .during = "2026-11-15 - 2026-11-29 Europe/Berlin" },
    { .name = "a freeze of nine years", .during = "2026-01-01 - 2034-12-31 Europe/Berlin" },
    { .name = "a freeze every day", .during = "Mon-Sun Europe/Berlin" },
    { .name = "a window next week", .windows = { "Fri 22:00-23:00 Europe/Berlin" } },
    { .name = "a window that is over", .windows = { "2020-01-01 - 2020-12-31 09:00-16:00 Europe/Berlin" } },
    { .name = "a window in nine years", .windows = { "2035-06-01 - 2035-06-30 09:00-16:00 Europe/Berlin" } },
    { .name = "three of them",
      .windows = { "2020-01-01 Europe/Berlin", "2035-06-01 Europe/Berlin", "2099-01-01 - 2099-12-31 Europe/Berlin" } },
    { .name = "a window too short", .short_windows = 1, .needs_ms = 15 * MINUTE_MS },
    { .name = "100 windows too short", .short_windows = 100, .needs_ms = 15 * MINUTE_MS },
};

static void add_short_windows(struct house *house, size_t count, struct require_settings *require)
{
    for (size_t i = 0; i < count; i++)
        *ARENA_PUSH(house->arena, require->window, require->window_count) = arena_printf(
            house->arena, "Mon-Sun %02zu:%02zu-%02zu:%02zu Europe/Berlin", i / 5, i % 5 * 12, i / 5, i % 5 * 12 + 7);
}

static void add_late_rule(struct house *house, const struct late_row *row, struct rule_settings *rule)
{
    struct require_settings *require = ARENA_NEW(house->arena, struct require_settings);
    struct rule_when *when = ARENA_NEW(house->arena, struct rule_when);

    *rule = (struct rule_settings){ .line = 5 };
    if (row->during) {
        when->during = one(house, row->during);
        when->during_count = 1;
        rule->deny = one(house, POLICY_EVERY_VERB);
        rule->deny_count = 1;
        rule->when = when;
        return;
    }
    while (require->window_count < ARRAY_LEN(row->windows) && row->windows[require->window_count])
        *ARENA_PUSH(house->arena, require->window, require->window_count) = row->windows[require->window_count];
    add_short_windows(house, row->short_windows, require);
    rule->require = require;
    rule->verbs = one(house, POLICY_EVERY_VERB);
    rule->verbs_count = 1;
}

static bool refuse_late(const struct late_row *row, int64_t seconds, int64_t *times)
{
    static struct question questions[QUESTIONS];
    static enum verdict decided[QUESTIONS];
    struct house *house = make_house(true);
    struct run run = { house, NULL, questions, decided, false };
    bool is_good = true;

    make_questions(house, questions);
    for (size_t i = 0; i < QUESTIONS; i++)
        questions[i].needs_ms = row->needs_ms;
    house->settings.policy.rules[0] =
        (struct rule_settings){ .line = 4, .allow = one(house, POLICY_EVERY_VERB), .allow_count = 1 };
    house->settings.policy.rules[0].to = one(house, POLICY_EVERYONE);
    house->settings.policy.rules[0].to_count = 1;
    add_late_rule(house, row, &house->settings.policy.rules[1]);
    run.policy = policy_compile(&house->settings, NULL, zones_create(house->arena), house->arena);
    house->facts.members = members_compile(run.policy, house->groups, GROUPS, house->arena);
    tell(row->name, times, measure(&run, seconds * 1000000000, times));
    for (size_t i = 0; i < QUESTIONS && is_good; i++)
        is_good = decided[i] != VERDICT_ALLOW;
    if (!is_good)
        fprintf(stderr, "bench_policy: '%s' refused not everything\n", row->name);
    arena_destroy(house->arena);
    return is_good;
}

static bool refuse_all_late(int64_t seconds, int64_t *times)
{
    bool is_good = true;

    printf("\n| one refusal that says when |     times | median µs |    p99 µs |    max µs |\n"
           "| -------------------------- | --------: | --------: | --------: | --------: |\n");
    for (size_t i = 0; i < ARRAY_LEN(late_rows); i++)
        is_good = refuse_late(&late_rows[i], seconds, times) && is_good;
    return is_good;
}

int main(int argc, char **argv)
{
    int64_t *times, seconds = 2;
    struct error err;
    bool is_good;

    if (argc > 1 && !parse_int(str_of(argv[1]), 1, 60, &seconds, &err)) {
        fprintf(stderr, "bench_policy: %s\n", err.message);
        return 2;
    }
    times = xcalloc(TIMES_MAX, sizeof(*times));
    is_good = compare(true, seconds, times);
    is_good = compare(false, seconds, times) && is_good;
    is_good = refuse_all_late(seconds, times) && is_good;
    free(times);
    return is_good ? 0 : 1;
}
