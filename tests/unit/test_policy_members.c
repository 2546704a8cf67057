/* Groups, teams and schedules: who has a role by them, for how long, and what is said when nobody has. */
#include "policy_fixture.h"

#define READ(ago) (POLICY_NOW_MS - (ago))

static const char *group_members[] = { "slack:U0BEN", "slack:U0NEW", "slack:T0OTHER/U0GUEST", "nonsense", "",
                                       ":",           "slack:" };
static const char *team_members[] = { "github:cid", "github:newcomer" };
static const char *schedule_members[] = { "pagerduty:PBEN", "pagerduty:PNEW" };

static struct membership group_read(int64_t read_at_ms)
{
    return (struct membership){ "slack-group:S0ENG", read_at_ms, group_members, ARRAY_LEN(group_members), NULL };
}

static const char *const roles_of_groups = "    - { allow: [halt, rollback], to: hasty }\n"       /* 27 */
                                           "    - { allow: [lock, rollback], to: patient }\n"     /* 28 */
                                           "    - { allow: retry, to: team }\n"                   /* 29 */
                                           "    - { allow: pause, to: \"slack-group:S0ENG\" }\n"; /* 30 */

static const struct row {
    const char *name;
    struct principal who;
    const char *verb;
    int64_t age_ms; /* of the group; -1: it was never read */
    bool is_safe;
    enum verdict verdict;
    const char *stale, *reason;
} rows[] = {
    { "a member has the role", SLACK_USER("U0NEW"), "halt", 0, false, VERDICT_ALLOW, NULL, NULL },
    { "by another principal, too", GITHUB_USER("ben"), "halt", 0, false, VERDICT_ALLOW, NULL, NULL },
    { "who is none has not", SLACK_USER("U0ANN"), "halt", 0, false, VERDICT_DENY, NULL,
      "only a hasty may halt api in production" },
    { "the same id of another workspace is somebody else",
      { .system = "slack", .id = "U0NEW", .team = "T0OTHER" },
      "halt",
      0,
      false,
      VERDICT_DENY,
      NULL,
      NULL },
    { "a guest that the group names is meant",
      { .system = "slack", .id = "U0GUEST", .team = "T0OTHER" },
      "halt",
      0,
      false,
      VERDICT_ALLOW,
      NULL,
      NULL },
    { "but not the member of ours with that id", SLACK_USER("U0GUEST"), "halt", 0, false, VERDICT_DENY, NULL, NULL },
    { "a group in place of a role", SLACK_USER("U0NEW"), "pause", 0, false, VERDICT_ALLOW, NULL, NULL },
    { "a reading just young enough counts", SLACK_USER("U0NEW"), "halt", HOUR_MS, false, VERDICT_ALLOW, NULL, NULL },
    { "one that is older does not, and that is said", SLACK_USER("U0NEW"), "halt", 3 * HOUR_MS, false, VERDICT_DENY,
      NULL,
      "only a hasty may halt api in production; slack-group:S0ENG was last read 3 h ago, and counts as empty after 1h" },
    { "for another role the same reading counts longer", SLACK_USER("U0NEW"), "lock", 3 * HOUR_MS, false, VERDICT_ALLOW,
      NULL, NULL },
    { "and not for ever", SLACK_USER("U0NEW"), "lock", 25 * HOUR_MS, false, VERDICT_DENY, NULL,
      "only a patient may lock api in production; slack-group:S0ENG was last read 25 h ago, and counts as empty after 1d" },
    { "a group in place of a role counts for twelve hours", SLACK_USER("U0NEW"), "pause", 13 * HOUR_MS, false,
      VERDICT_DENY, NULL, NULL },
    { "one that was never read is empty", SLACK_USER("U0NEW"), "halt", -1, false, VERDICT_DENY, NULL,
      "only a hasty may halt api in production; slack-group:S0ENG was never read, so it counts as empty" },
    { "in the safe direction the last that was known will do, loudly", SLACK_USER("U0NEW"), "rollback", 3 * DAY_MS,
      true, VERDICT_ALLOW, "slack-group:S0ENG",
      "rollback of api in production is allowed to hasty, as slack-group:S0ENG was when it was last read, 3 days ago: in the safe "
      "direction that counts" },
    { "and a younger right goes before it", SLACK_USER("U0NEW"), "rollback", 3 * HOUR_MS, true, VERDICT_ALLOW, NULL,
      "rollback of api in production is allowed to patient" },
    { "whoever was no member then has no right now", SLACK_USER("U0ANN"), "rollback", 3 * DAY_MS, true, VERDICT_DENY,
      NULL, NULL },
    { "what was never read helps nobody", SLACK_USER("U0NEW"), "rollback", -1, true, VERDICT_DENY, NULL, NULL },
};

static struct decision ask(const struct policy *policy, const struct membership *read, size_t count,
                           const struct row *row, struct arena *arena)
{
    struct question question = policy_question("U0ANN", row->verb);
    const struct facts facts = { .unix_ms = POLICY_NOW_MS, .members = members_compile(policy, read, count, arena) };

    question.principal = row->who;
    question.is_safe_direction = row->is_safe;
    return policy_decide(policy, &question, &facts, POLICY_WHOLE);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    POLICY_HOUSE_AUTO house = policy_house_make("", roles_of_groups);
    struct membership read = group_read(row->age_ms < 0 ? 0 : READ(row->age_ms));
    struct decision decision = ask(house.policy, &read, 1, row, house.configuration->arena);

    if (decision.verdict != row->verdict)
        fail_msg("verdict %d: %s", (int)decision.verdict, decision.reason);
    if (row->reason)
        assert_string_equal(decision.reason, row->reason);
    if (row->stale) {
        assert_string_equal(decision.stale_source, row->stale);
        assert_int_equal(decision.stale_read_at_ms, READ(row->age_ms));
    } else {
        assert_null(decision.stale_source);
    }
}

static void of_two_sources_the_younger_counts(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make("", roles_of_groups);
    const struct membership read[] = {
        { "pagerduty-schedule:PSCHED", READ(HOUR_MS), schedule_members, ARRAY_LEN(schedule_members), NULL },
        { "slack-group:S0ENG", READ(30 * HOUR_MS), group_members, ARRAY_LEN(group_members), NULL },
    };
    const struct row ben = { .who = SLACK_USER("U0BEN"), .verb = "lock" },
                     newcomer = { .who = SLACK_USER("U0NEW"), .verb = "lock" };

    (void)state;
    assert_int_equal(ask(house.policy, read, 2, &ben, house.configuration->arena).verdict, VERDICT_ALLOW);
    assert_int_equal(ask(house.policy, read, 2, &newcomer, house.configuration->arena).verdict, VERDICT_DENY);
}

static void of_two_readings_of_one_source_the_younger_counts(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make("", roles_of_groups);
    struct membership read[] = { group_read(READ(0)), group_read(READ(2 * DAY_MS)) };
    const struct row newcomer = { .who = SLACK_USER("U0NEW"), .verb = "halt" };

    (void)state;
    read[1].members_count = 1;
    assert_int_equal(ask(house.policy, read, 2, &newcomer, house.configuration->arena).verdict, VERDICT_ALLOW);
    read[0].members_count = 1; /* removed since */
    read[1].members_count = ARRAY_LEN(group_members);
    assert_int_equal(ask(house.policy, read, 2, &newcomer, house.configuration->arena).verdict, VERDICT_DENY);
}

static void what_no_role_names_gives_nothing(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make("", roles_of_groups);
    struct membership read = group_read(READ(0));
    const struct row newcomer = { .who = SLACK_USER("U0NEW"), .verb = "halt" };

    (void)state;
    read.source = "slack-group:S0OTHER";
    assert_int_equal(ask(house.policy, &read, 1, &newcomer, house.configuration->arena).verdict, VERDICT_DENY);
    read.source = "hasty"; /* a role is no source */
    assert_int_equal(ask(house.policy, &read, 1, &newcomer, house.configuration->arena).verdict, VERDICT_DENY);
}

/* Numbers of one policy mean nothing in another. */
static void members_of_another_policy_count_as_none(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make("", roles_of_groups);
    POLICY_HOUSE_AUTO other = policy_house_make("", "    - { allow: halt, to: team }\n");
    struct membership read = group_read(READ(0));
    const struct facts facts = { .unix_ms = POLICY_NOW_MS,
                                 .members = members_compile(house.policy, &read, 1, house.configuration->arena) };
    struct question question = policy_question("U0NEW", "halt");

    (void)state;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    assert_int_equal(policy_decide(other.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_DENY);
}

static void roles_and_persons_are_known_by_their_groups(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make("", roles_of_groups);
    const struct membership read[] = {
        group_read(READ(3 * HOUR_MS)),
        { "github-team:acme/eng", READ(0), team_members, ARRAY_LEN(team_members), NULL },
    };
    struct arena *arena = house.configuration->arena;
    const struct facts facts = { .unix_ms = POLICY_NOW_MS, .members = members_compile(house.policy, read, 2, arena) };
    const struct principal cid = SLACK_USER("U0CID"), newcomer = GITHUB_USER("newcomer"), ben = SLACK_USER("U0BEN"),
                           stranger = SLACK_USER("U0ANY");

    (void)state;
    assert_string_equal(policy_roles_of(house.policy, &facts, &cid, arena), "manager, team");
    assert_string_equal(policy_roles_of(house.policy, &facts, &newcomer, arena), "team");
    assert_string_equal(policy_roles_of(house.policy, &facts, &ben, arena), "manager, patient"); /* no hasty any more */
    assert_true(policy_has_role(house.policy, &facts, &newcomer, "team"));
    assert_false(policy_has_role(house.policy, &facts, &newcomer, "everyone"));
    assert_true(policy_is_known(house.policy, &facts, &newcomer));
    assert_false(policy_is_known(house.policy, &facts, &stranger));
    assert_true(policy_help_for(house.policy, &facts, &newcomer, "github", "retry"));
    assert_false(policy_help_for(house.policy, &facts, &ben, "slack", "halt"));
}

static void a_member_of_a_group_may_approve_and_an_older_one_may_not(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make(POLICY_ALLOWS, "    - { require: { approvals: { from: hasty } }, for: deploy }\n");
    const struct approval_fact approvals[] = { { SLACK_USER("U0NEW"), POLICY_NOW_MS } };
    struct membership read = group_read(READ(HOUR_MS));
    struct facts facts = { .unix_ms = POLICY_NOW_MS,
                           .members = members_compile(house.policy, &read, 1, house.configuration->arena),
                           .approvals = approvals,
                           .approvals_count = 1 };
    struct question question = policy_question("U0ANN", "deploy");

    (void)state;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    facts.unix_ms++;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_NEEDS);
}

static void breaking_the_glass_takes_a_role_that_holds_now(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make("    - { allow: deploy, to: everyone }\n", "    - { deny: deploy, break_glass: hasty }\n");
    struct membership read = group_read(READ(HOUR_MS));
    struct facts facts = { .unix_ms = POLICY_NOW_MS,
                           .members = members_compile(house.policy, &read, 1, house.configuration->arena),
                           .break_glass = "it burns" };
    struct question question = policy_question("U0NEW", "deploy");

    (void)state;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    facts.unix_ms++;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_DENY);
}

static struct facts facts_with(const struct policy_house *house, const struct membership *read, size_t count,
                               const struct principal_join *joins, size_t joins_count)
{
    struct members *members = members_compile(house->policy, read, count, house->configuration->arena);

    members_join(members, joins, joins_count);
    return (struct facts){ .unix_ms = POLICY_NOW_MS, .members = members };
}

#define PAGERDUTY_USER(user)                                                                                           \
    {                                                                                                                  \
        .system = "pagerduty", .id = (user)                                                                            \
    }

/* Whose consent counts, asked by Ann: nobody's twice, and never her own. */
static const struct joined_row {
    const char *name;
    struct principal_join joins[2];
    struct principal by[2];
    enum verdict verdict; /* of a deploy that takes one approval of those on call by the schedule, or of Ben's role */
    int64_t count;
} joined_rows[] = {
    { "who was never joined is somebody else", { { NULL, NULL } }, { PAGERDUTY_USER("PNEW") }, VERDICT_ALLOW, 1 },
    { "the requester is it as whom they were joined with",
      { { "pagerduty:PNEW", "slack:U0ANN" } },
      { PAGERDUTY_USER("PNEW") },
      VERDICT_NEEDS,
      1 },
    { "by people: as well", { { "pagerduty:PNEW", "github:ann" } }, { PAGERDUTY_USER("PNEW") }, VERDICT_NEEDS, 1 },
    { "of several joins each counts",
      { { "pagerduty:PNEW", "slack:U0OZ" }, { "pagerduty:PNEW", "slack:U0ANN" } },
      { PAGERDUTY_USER("PNEW") },
      VERDICT_NEEDS,
      1 },
    { "whoever is joined with somebody else may",
      { { "pagerduty:PNEW", "slack:U0OZ" } },
      { PAGERDUTY_USER("PNEW") },
      VERDICT_ALLOW,
      1 },
    { "two approvals of joined ones are one",
      { { "pagerduty:PNEW", "slack:U0BEN" } },
      { PAGERDUTY_USER("PNEW"), SLACK_USER("U0BEN") },
      VERDICT_NEEDS,
      2 },
    { "two of others are two",
      { { "pagerduty:PNEW", "slack:U0CID" } },
      { PAGERDUTY_USER("PNEW"), SLACK_USER("U0BEN") },
      VERDICT_ALLOW,
      2 },
    { "a join of nonsense is none",
      { { "nonsense", "slack:U0ANN" }, { "pagerduty:", ":" } },
      { PAGERDUTY_USER("PNEW") },
      VERDICT_ALLOW,
      1 },
};

static void check_joined(void **state)
{
    const struct joined_row *row = *state;
    const char *rules = row->count == 1
                            ? "    - { require: { approvals: { from: patient } }, for: deploy }\n"
                            : "    - { require: { approvals: { count: 2, from: patient } }, for: deploy }\n";
    POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, rules);
    const struct membership read[] = {
        { "pagerduty-schedule:PSCHED", READ(0), schedule_members, ARRAY_LEN(schedule_members), NULL },
        group_read(READ(0)),
    };
    const struct approval_fact approvals[] = { { row->by[0], POLICY_NOW_MS }, { row->by[1], POLICY_NOW_MS } };
    struct facts facts =
        facts_with(&house, read, 2, row->joins, row->joins[0].principal ? row->joins[1].principal ? 2 : 1 : 0);
    struct question question = policy_question("U0ANN", "deploy");
    struct decision decision;

    facts.approvals = approvals;
    facts.approvals_count = (size_t)row->count;
    decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);
    if (decision.verdict != row->verdict)
        fail_msg("verdict %d: %s", (int)decision.verdict, decision.reason);
}

static void a_join_withholds_and_never_gives(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, "    - { deny: pause, to: manager }\n"
                                                               "    - { allow: pause, to: everyone }\n"
                                                               "    - { deny: lock, to: everyone }\n"
                                                               "    - { allow: lock, to: \"pagerduty:PNEW\" }\n");
    const struct principal_join join = { "pagerduty:PNEW", "slack:U0BEN" };
    const struct facts with = facts_with(&house, NULL, 0, &join, 1), without = facts_with(&house, NULL, 0, NULL, 0);
    const struct principal ben = SLACK_USER("U0BEN"), newcomer = PAGERDUTY_USER("PNEW"), github = GITHUB_USER("Ben");
    struct question question = policy_question("U0BEN", "lock");

    (void)state;
    question.principal = newcomer;
    assert_int_equal(policy_decide(house.policy, &question, &without, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    assert_int_equal(policy_decide(house.policy, &question, &with, POLICY_WHOLE).verdict, VERDICT_DENY);
    assert_false(policy_has_role(house.policy, &with, &newcomer, "manager"));
    assert_true(policy_is_same_person(house.policy, with.members, &newcomer, &ben));
    assert_true(policy_is_same_person(house.policy, with.members, &github, &newcomer));
    assert_false(policy_is_same_person(house.policy, NULL, &newcomer, &ben));
    assert_false(policy_is_same_person(house.policy, without.members, &newcomer, &ben));
}

/* As GitHub does. */
static void logins_are_the_same_in_any_case(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make(
        POLICY_ALLOWS, "    - { allow: retry, to: team }\n"
                       "    - { allow: pause, to: \"github:Somebody\" }\n"
                       "    - { require: { approvals: { from: manager, exclude_authors: true } }, for: deploy }\n");
    const struct membership read = { "github-team:acme/eng", READ(0), team_members, ARRAY_LEN(team_members), NULL };
    const struct principal author = GITHUB_USER("BEN"), newcomer = GITHUB_USER("NewComer"),
                           somebody = GITHUB_USER("someBODY"), other = GITHUB_USER("SOMEBODY"),
                           local = { .system = "local", .id = "ann" }, shouting = { .system = "local", .id = "ANN" };
    const struct approval_fact approval = { SLACK_USER("U0BEN"), POLICY_NOW_MS };
    struct facts facts = facts_with(&house, &read, 1, NULL, 0);
    struct question question = policy_question("U0ANN", "deploy");

    (void)state;
    assert_true(policy_has_role(house.policy, &facts, &newcomer, "team"));
    assert_true(policy_has_role(house.policy, &facts, &somebody, "github:Somebody"));
    assert_true(policy_is_same_person(house.policy, NULL, &somebody, &other));
    assert_false(policy_is_same_person(house.policy, NULL, &local, &shouting)); /* a host tells them apart */
    facts.approvals = &approval;
    facts.approvals_count = 1;
    facts.are_authors_known = true;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    facts.authors = &author;
    facts.authors_count = 1;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_NEEDS);
}

/* Of several rules that nearly allow it, the one is told that turns soonest. */
static void the_nearest_rule_is_told(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make("", "    - { allow: [halt, lock, pause], to: manager }\n"
                              "    - { allow: [halt, lock], to: everyone, when: { during: \"Mon UTC\" } }\n"
                              "    - { allow: halt, to: hasty }\n");
    const struct membership read = group_read(READ(3 * HOUR_MS));
    const struct facts facts = facts_with(&house, &read, 1, NULL, 0);
    static const struct {
        const char *verb, *reason, *source;
    } told[] = {
        { "halt",
          "only a hasty may halt api in production; slack-group:S0ENG was last read 3 h ago, and counts as empty after 1h",
          "slack-group:S0ENG" },
        { "lock", "lock of api in production would be allowed by test.yaml:28, but only during Mon UTC", NULL },
        { "pause", "only a manager may pause api in production", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        struct question question = policy_question("U0NEW", told[i].verb);
        struct decision decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);

        assert_int_equal(decision.verdict, VERDICT_DENY);
        assert_string_equal(decision.reason, told[i].reason);
        if (told[i].source)
            assert_string_equal(decision.empty_source, told[i].source);
        else
            assert_null(decision.empty_source);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(of_two_sources_the_younger_counts),
        cmocka_unit_test(of_two_readings_of_one_source_the_younger_counts),
        cmocka_unit_test(what_no_role_names_gives_nothing),
        cmocka_unit_test(members_of_another_policy_count_as_none),
        cmocka_unit_test(roles_and_persons_are_known_by_their_groups),
        cmocka_unit_test(a_member_of_a_group_may_approve_and_an_older_one_may_not),
        cmocka_unit_test(breaking_the_glass_takes_a_role_that_holds_now),
        cmocka_unit_test(a_join_withholds_and_never_gives),
        cmocka_unit_test(logins_are_the_same_in_any_case),
        cmocka_unit_test(the_nearest_rule_is_told),
    };

    return ROWS(rows, check_row) + ROWS(joined_rows, check_joined) + cmocka_run_group_tests(others, NULL, NULL);
}
