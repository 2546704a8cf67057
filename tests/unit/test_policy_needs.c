/* What a require asks for: met, pending, for people, or unmet; at each stage. And whose approvals count. */
#include "policy_fixture.h"

#define DAY_AGO (POLICY_NOW_MS - DAY_MS)
#define HEALTH(...) .health = (const struct health_fact[]){ __VA_ARGS__ }, .health_count = 1

static const struct row {
    const char *name, *require;
    struct facts facts;
    const char *version;
    enum need_state at_static, at_whole;
    const char *reason, *turn; /* at the whole stage; NULL: whatever */
} rows[] = {
    { "a reason is met when it is given",
      "reason: true",
      { .reason = "hotfix" },
      NULL,
      NEED_MET,
      NEED_MET,
      NULL,
      NULL },
    { "and refuses at once when it is not",
      "reason: true",
      { .reason = NULL },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires a reason (none is given)",
      "Give --reason." },
    { "a blank reason is none", "reason: true", { .reason = "  " }, NULL, NEED_UNMET, NEED_UNMET, NULL, NULL },

    { "a window that is open", "window: \"Sat UTC\"", { 0 }, NULL, NEED_MET, NEED_MET, NULL, NULL },
    { "a window that is closed refuses at once, and says when it opens",
      "window: \"Wed 22:00-24:00 UTC\"",
      { 0 },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires a time within Wed 22:00-24:00 UTC",
      "The window opens Wed 22:00 UTC, in 4 days." },
    { "of several closed ones the first is told, by the clock of its zone",
      "window: [\"Wed UTC\", \"Sun 09:00-16:00 Europe/Berlin\"]",
      { 0 },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      NULL,
      "The window opens Sun 09:00 Europe/Berlin, in 22 h." },
    { "one far ahead is told by its date",
      "window: \"2027-02-01 UTC\"",
      { 0 },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      NULL,
      "The window opens 2027-02-01 00:00 UTC, in 71 days." },
    { "one that is over for ever",
      "window: \"2020-02-01 UTC\"",
      { 0 },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      NULL,
      "No such time comes again: the rule test.yaml:28 has to be changed." },

    { "no open incident", "no_incident_at_least: P2", { .incidents = KNOWN_NO }, NULL, NEED_MET, NEED_MET, NULL, NULL },
    { "one that is less bad",
      "no_incident_at_least: P2",
      { .incidents = KNOWN_YES, .worst_incident = "P3" },
      NULL,
      NEED_MET,
      NEED_MET,
      NULL,
      NULL },
    { "one as bad",
      "no_incident_at_least: P2",
      { .incidents = KNOWN_YES, .worst_incident = "P2" },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires no open incident of P2 or worse (P2 is open)",
      "The incident has to be resolved first." },
    { "what is open is not known",
      "no_incident_at_least: P2",
      { .incidents = KNOWN_NOT },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires no open incident of P2 or worse (what is open is not known)",
      "It takes that open incidents can be read." },

    { "a version of the pattern", "version: \"v*.*.*\"", { 0 }, "v1.4.2", NEED_MET, NEED_MET, NULL, NULL },
    { "a version of another kind",
      "version: \"v*.*.*\"",
      { 0 },
      "main",
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires a version like v*.*.* (this is none)",
      "Ask for a version like v*.*.*." },
    { "a pattern is about the whole name", "version: \"v1.?\"", { 0 }, "v1.42", NEED_UNMET, NEED_UNMET, NULL, NULL },
    { "stars may stand for nothing, and try again", "version: \"*a*b\"", { 0 }, "aab", NEED_MET, NEED_MET, NULL, NULL },
    { "the version comes with pinning",
      "version: \"v*\"",
      { 0 },
      NULL,
      NEED_PENDING,
      NEED_UNMET,
      "deploy of api in production requires a version like v* (which it is, is not known)",
      NULL },

    { "good long enough in staging",
      "healthy_in: { environment: staging, for: 1h }",
      { HEALTH({ "staging", POLICY_NOW_MS - HOUR_MS }) },
      NULL,
      NEED_MET,
      NEED_MET,
      NULL,
      NULL },
    { "not yet long enough",
      "healthy_in: { environment: staging, for: 1h }",
      { HEALTH({ "staging", POLICY_NOW_MS - 40 * MINUTE_MS }) },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires the same version good in staging for 1h (it has been for 40 min)",
      "It has been good in staging long enough in 20 min." },
    { "another version is good there",
      "healthy_in: { environment: staging, for: 1h }",
      { HEALTH({ "staging", 0 }) },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires the same version good in staging for 1h (it is not)",
      "It has to be deployed to staging first, and stay good there." },
    { "good since a time that is still to come",
      "healthy_in: { environment: staging, for: 1h }",
      { HEALTH({ "staging", INT64_MAX }) },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      NULL,
      NULL },
    { "how it is in another place says nothing",
      "healthy_in: { environment: staging, for: 1h }",
      { HEALTH({ "production", DAY_AGO }) },
      NULL,
      NEED_PENDING,
      NEED_UNMET,
      "deploy of api in production requires the same version good in staging for 1h (how it is there is not known)",
      NULL },

    { "green checks", "checks: green", { .checks = KNOWN_YES }, NULL, NEED_MET, NEED_MET, NULL, NULL },
    { "red checks",
      "checks: green",
      { .checks = KNOWN_NO },
      NULL,
      NEED_UNMET,
      NEED_UNMET,
      "deploy of api in production requires green checks on GitHub (they are not)",
      "The checks on its commit have to turn green." },
    { "checks that nobody knows come with pinning",
      "checks: green",
      { .checks = KNOWN_NOT },
      NULL,
      NEED_PENDING,
      NEED_UNMET,
      "deploy of api in production requires green checks on GitHub (they are not known)",
      NULL },

    { "a second door",
      "second_channel: true",
      { .is_confirmed_elsewhere = true },
      NULL,
      NEED_MET,
      NEED_MET,
      NULL,
      NULL },
    { "which people can still go through",
      "second_channel: true",
      { 0 },
      NULL,
      NEED_PENDING,
      NEED_PEOPLE,
      "deploy of api in production requires a word through a second door",
      "Confirm it through a second door." },
    { "approvals are for people",
      "approvals: { count: 2, from: manager }",
      { 0 },
      NULL,
      NEED_PENDING,
      NEED_PEOPLE,
      "deploy of api in production requires 2 approvals of manager (none is there)",
      "It takes 2 more approvals." },
};

static const char *require_rule(const char *require, struct arena *arena)
{
    return arena_printf(arena, "    - { require: { %s }, for: deploy, on: { environment: production } }\n", require);
}

static struct decision decide_at(const struct policy_house *house, const struct facts *known, const char *version,
                                 enum policy_stage stage)
{
    struct question question = policy_question("U0ANN", "deploy");
    struct facts facts = *known;

    facts.unix_ms = POLICY_NOW_MS;
    question.version = version;
    return policy_decide(house->policy, &question, &facts, stage);
}

/* Nothing of them is new code: what is asked of a version is not asked of them, and all else is. */
static void check_without_version(void **state)
{
    static const char *const verbs[] = { "scale", "restart", "set", "traffic" };
    static const struct {
        const char *require;
        size_t needs;
    } cases[] = {
        { "checks: green", 0 },
        { "version: \"v*\"", 0 },
        { "healthy_in: { environment: staging, for: 1h }", 0 },
        { "checks: green, reason: true", 1 },
        { "approvals: { from: manager, exclude_authors: true }", 1 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases) * ARRAY_LEN(verbs); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        const char *verb = verbs[i % ARRAY_LEN(verbs)], *require = cases[i / ARRAY_LEN(verbs)].require;
        const char *rules = arena_printf(arena,
                                         "    - { allow: %s, to: developer }\n"
                                         "    - { require: { %s }, for: [deploy, %s], on: { environment: production } }\n",
                                         verb, require, verb);
        POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, rules);
        struct question question = policy_question("U0ANN", verb);
        const struct facts facts = { .unix_ms = POLICY_NOW_MS };
        struct decision decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);

        assert_int_equal(decision.needs_count, cases[i / ARRAY_LEN(verbs)].needs);
        assert_int_equal(decision.verdict == VERDICT_ALLOW, cases[i / ARRAY_LEN(verbs)].needs == 0);
    }
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, require_rule(row->require, arena));
    struct decision first = decide_at(&house, &row->facts, row->version, POLICY_STATIC);
    struct decision whole = decide_at(&house, &row->facts, row->version, POLICY_WHOLE);

    assert_int_equal(first.needs_count, 1);
    assert_int_equal(first.needs[0].state, row->at_static);
    assert_int_equal(whole.needs[0].state, row->at_whole);
    assert_int_equal(first.verdict, row->at_static == NEED_MET ? VERDICT_ALLOW : VERDICT_NEEDS);
    assert_int_equal(whole.verdict, row->at_whole == NEED_MET ? VERDICT_ALLOW : VERDICT_NEEDS);
    assert_int_equal(decision_refuses(&first), row->at_static == NEED_UNMET);
    assert_int_equal(decision_refuses(&whole), row->at_whole == NEED_UNMET);
    assert_int_equal(decision_waits_for_people(&whole), row->at_whole == NEED_PEOPLE);
    assert_false(decision_waits_for_people(&first));
    if (row->reason)
        assert_string_equal(whole.reason, row->reason);
    if (row->turn)
        assert_string_equal(whole.turn, row->turn);
    if (whole.verdict == VERDICT_NEEDS)
        assert_string_equal(whole.rule, "test.yaml:28");
}

/* ---- approvals ---- */

#define PERSON(user, ago)                                                                                              \
    {                                                                                                                  \
        SLACK_USER(user), POLICY_NOW_MS - (ago)                                                                        \
    }
#define LOGIN(name, ago)                                                                                               \
    {                                                                                                                  \
        GITHUB_USER(name), POLICY_NOW_MS - (ago)                                                                       \
    }
#define APPROVED(...)                                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static const struct approval_row {
    const char *name, *approvals; /* as the file has them */
    struct approval_fact by[4];
    struct principal authors[2];
    bool are_authors_known;
    const char *user; /* who asks; NULL: U0ANN */
    int64_t counted;
    enum need_state state;
    const char *reason;
} approval_rows[] = {
    { .name = "of one who has the role",
      .approvals = "from: manager",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .counted = 1,
      .state = NEED_MET },
    { .name = "of one who has it by another principal",
      .approvals = "from: manager",
      .by = APPROVED(PERSON("U0CID", 0)),
      .counted = 1,
      .state = NEED_MET },
    { .name = "one of two is there",
      .approvals = "count: 2, from: manager",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .counted = 1,
      .state = NEED_PEOPLE,
      .reason = "deploy of api in production requires 2 approvals of manager (1 of 2 is there)" },
    { .name = "two of three are there",
      .approvals = "count: 3, from: [manager, oncall]",
      .by = APPROVED(PERSON("U0BEN", 0), LOGIN("cid", 0)),
      .counted = 2,
      .state = NEED_PEOPLE,
      .reason = "deploy of api in production requires 3 approvals of manager or oncall (2 of 3 are there)" },
    { .name = "two persons are two",
      .approvals = "count: 2, from: manager",
      .by = APPROVED(PERSON("U0BEN", 0), LOGIN("cid", 0)),
      .counted = 2,
      .state = NEED_MET },
    { .name = "one person by two principals is one",
      .approvals = "count: 2, from: manager",
      .by = APPROVED(PERSON("U0BEN", 0), LOGIN("ben", 0)),
      .counted = 1,
      .state = NEED_PEOPLE },
    { .name = "and by the same twice",
      .approvals = "count: 2, from: manager",
      .by = APPROVED(PERSON("U0BEN", 9), PERSON("U0BEN", 0)),
      .counted = 1,
      .state = NEED_PEOPLE },
    { .name = "one who has not the role",
      .approvals = "from: oncall",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .state = NEED_PEOPLE },
    { .name = "never the one who asks",
      .approvals = "from: manager",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .user = "U0BEN",
      .state = NEED_PEOPLE },
    { .name = "nor by another principal of theirs",
      .approvals = "from: manager",
      .by = APPROVED(LOGIN("ben", 0)),
      .user = "U0BEN",
      .state = NEED_PEOPLE },
    { .name = "one that nobody knows, though everyone may",
      .approvals = "from: everyone",
      .by = APPROVED(PERSON("U0ANY", 0)),
      .state = NEED_PEOPLE },
    { .name = "one that is known, where everyone may",
      .approvals = "from: everyone",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .counted = 1,
      .state = NEED_MET },
    { .name = "a principal in place of a role",
      .approvals = "from: \"slack:U0ZED\"",
      .by = APPROVED(PERSON("U0ZED", 0)),
      .counted = 1,
      .state = NEED_MET },
    { .name = "the same id of another workspace",
      .approvals = "from: manager",
      .by = APPROVED({ { .system = "slack", .id = "U0BEN", .team = "T0OTHER" }, POLICY_NOW_MS }),
      .state = NEED_PEOPLE },
    { .name = "one that is just not too old",
      .approvals = "from: manager, expires: 1h",
      .by = APPROVED(PERSON("U0BEN", HOUR_MS)),
      .counted = 1,
      .state = NEED_MET },
    { .name = "one that is",
      .approvals = "from: manager, expires: 1h",
      .by = APPROVED(PERSON("U0BEN", HOUR_MS + 1)),
      .state = NEED_PEOPLE },
    { .name = "one too old, and again",
      .approvals = "from: manager, expires: 1h",
      .by = APPROVED(PERSON("U0BEN", DAY_MS), PERSON("U0BEN", MINUTE_MS)),
      .counted = 1,
      .state = NEED_MET },
    { .name = "one of before anybody counted time",
      .approvals = "from: manager",
      .by = APPROVED({ SLACK_USER("U0BEN"), INT64_MIN }),
      .state = NEED_PEOPLE },
    { .name = "not an author",
      .approvals = "from: manager, exclude_authors: true",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .authors = APPROVED(GITHUB_USER("ann"), GITHUB_USER("ben")),
      .are_authors_known = true,
      .state = NEED_PEOPLE },
    { .name = "but whoever is none",
      .approvals = "from: manager, exclude_authors: true",
      .by = APPROVED(PERSON("U0BEN", 0), PERSON("U0CID", 0)),
      .authors = APPROVED(GITHUB_USER("ben")),
      .are_authors_known = true,
      .counted = 1,
      .state = NEED_MET },
    { .name = "nobody while the authors are not known",
      .approvals = "from: manager, exclude_authors: true",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .state = NEED_PEOPLE,
      .reason =
          "deploy of api in production requires 1 approval of manager (the authors of its commits are not known, so nobody counts)" },
    { .name = "an author, where that does not matter",
      .approvals = "from: manager",
      .by = APPROVED(PERSON("U0BEN", 0)),
      .authors = APPROVED(GITHUB_USER("ben")),
      .are_authors_known = true,
      .counted = 1,
      .state = NEED_MET },
};

static void check_approvals(void **state)
{
    const struct approval_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    POLICY_HOUSE_AUTO house =
        policy_house_make(POLICY_ALLOWS, require_rule(arena_printf(arena, "approvals: { %s }", row->approvals), arena));
    struct question question = policy_question(row->user ? row->user : "U0ANN", "deploy");
    struct facts facts = { .unix_ms = POLICY_NOW_MS,
                           .approvals = row->by,
                           .authors = row->authors,
                           .are_authors_known = row->are_authors_known };
    struct decision decision;

    while (facts.approvals_count < ARRAY_LEN(row->by) && row->by[facts.approvals_count].by.id)
        facts.approvals_count++;
    while (facts.authors_count < ARRAY_LEN(row->authors) && row->authors[facts.authors_count].id)
        facts.authors_count++;
    decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);
    assert_int_equal(decision.needs[0].counted, row->counted);
    assert_int_equal(decision.needs[0].state, row->state);
    if (row->reason)
        assert_string_equal(decision.reason, row->reason);
}

/* Else a deny that names somebody would give them the right to approve. */
static void who_is_only_denied_is_not_known(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make(POLICY_ALLOWS, "    - { deny: halt, to: \"slack:U0ANY\", break_glass: \"slack:U0OFF\" }\n"
                                         "    - { require: { approvals: { from: everyone } }, for: deploy }\n");
    const struct principal denied = SLACK_USER("U0ANY"), glass = SLACK_USER("U0OFF"), ben = GITHUB_USER("ben");
    const struct approval_fact approvals[] = { PERSON("U0ANY", 0), PERSON("U0OFF", 0) };
    const struct facts facts = { .unix_ms = POLICY_NOW_MS, .approvals = approvals, .approvals_count = 2 };
    struct question question = policy_question("U0ANN", "deploy");

    (void)state;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).needs[0].counted, 0);
    assert_false(policy_is_known(house.policy, &facts, &denied));
    assert_false(policy_is_known(house.policy, &facts, &glass));
    assert_true(policy_is_known(house.policy, &facts, &ben));
}

/* Lines move: who allowed it is known by its words, and is never the requirement that has yet to be met. */
static void what_lets_them_is_told_beside_what_is_lacking(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make(
        "    - { allow: [deploy, rollback], to: [developer, manager], on: { environment: production } }\n",
        "    - { require: { approvals: { from: manager } }, for: deploy }\n");
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };
    struct question question = policy_question("U0ANN", "deploy");
    struct decision decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);

    (void)state;
    assert_int_equal(decision.verdict, VERDICT_NEEDS);
    assert_string_not_equal(decision.allowed_by, decision.rule);
    assert_string_equal(decision.allowed_words,
                        "allow deploy, rollback to developer, manager, on environment production");
    question = policy_question("U0STRANGER", "deploy");
    decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);
    assert_null(decision.allowed_by);
}

/* Two may let them approve, and one of these only what another source asks for: that is not the one to name. */
static void who_may_approve_is_told_by_the_rule_that_asks_for_all(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make("    - { allow: deploy, to: developer }\n",
                          "    - { require: { approvals: { from: manager } }, for: deploy, when: { source: github } }\n"
                          "    - { require: { approvals: { from: manager } }, for: deploy, on: { service: api } }\n");
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };
    struct question question = policy_question("U0BEN", "approve");
    struct decision decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);

    (void)state;
    assert_int_equal(decision.verdict, VERDICT_ALLOW);
    assert_string_equal(decision.allowed_words, "require approvals from manager for deploy, on service api");
}

static void one_person_may_meet_two_requirements(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make(POLICY_ALLOWS, "    - { require: { approvals: { from: manager } }, for: deploy }\n"
                                         "    - { require: { approvals: { from: \"slack:U0BEN\" } }, for: deploy }\n");
    const struct approval_fact approvals[] = { PERSON("U0BEN", 0) };
    const struct facts facts = { .unix_ms = POLICY_NOW_MS, .approvals = approvals, .approvals_count = 1 };
    struct question question = policy_question("U0ANN", "deploy");

    (void)state;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
}

/* ---- several ---- */

static void requirements_add_up_and_the_worst_is_told_first(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make(
        POLICY_ALLOWS, "    - { require: { approvals: { from: manager }, second_channel: true }, for: deploy }\n"
                       "    - { require: { reason: true }, for: deploy, reason: \"we want to know\" }\n"
                       "    - { require: { reason: true, checks: green }, for: \"*\" }\n"
                       "    - { require: { reason: true }, for: halt }\n"
                       "    - { require: { reason: true }, for: deploy, to: oncall }\n"
                       "    - { require: { reason: true }, for: deploy, on: { environment: staging } }\n"
                       "    - { require: { reason: true }, for: deploy, when: { incident_at_least: P1 } }\n");
    struct facts known = { .checks = KNOWN_YES, .incidents = KNOWN_NO };
    struct decision decision = decide_at(&house, &known, NULL, POLICY_WHOLE);

    (void)state;
    assert_int_equal(decision.needs_count, 5);
    assert_int_equal(decision.counts[NEED_MET], 1);
    assert_int_equal(decision.counts[NEED_PEOPLE], 2);
    assert_int_equal(decision.counts[NEED_UNMET], 2);
    assert_string_equal(decision.rule, "test.yaml:29");
    assert_string_equal(decision.reason,
                        "deploy of api in production requires 1 approval of manager (none is there), a word through a "
                        "second door, a reason (none is given): we want to know");
    assert_true(decision_refuses(&decision));
    assert_false(decision_waits_for_people(&decision));
    known.reason = "hotfix";
    decision = decide_at(&house, &known, NULL, POLICY_WHOLE);
    assert_string_equal(decision.rule, "test.yaml:28");
    assert_true(decision_waits_for_people(&decision));
    known.reason = NULL;
    known.incidents = KNOWN_NOT; /* a require whose condition errs applies */
    assert_int_equal(decide_at(&house, &known, NULL, POLICY_WHOLE).needs_count, 6);
}

static void an_increase_asks_for_windows_and_incidents_alone(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make(
        POLICY_ALLOWS,
        "    - { require: { approvals: { from: manager }, second_channel: true, checks: green, reason: true, version: \"v*\", "
        "healthy_in: { environment: staging }, window: \"Sat UTC\", no_incident_at_least: P2 }, for: deploy }\n");
    struct facts known = { .incidents = KNOWN_NO };
    struct question question = policy_question("U0ANN", "deploy");
    struct decision decision = decide_at(&house, &known, NULL, POLICY_INCREASE);

    (void)state;
    assert_int_equal(decision.verdict, VERDICT_ALLOW);
    assert_int_equal(decision.needs_count, 2);
    known.incidents = KNOWN_YES;
    known.worst_incident = "P1";
    decision = decide_at(&house, &known, NULL, POLICY_INCREASE);
    assert_int_equal(decision.verdict, VERDICT_NEEDS);
    assert_string_equal(decision.reason,
                        "deploy of api in production requires no open incident of P2 or worse (P1 is open)");
    known = (struct facts){ .unix_ms = POLICY_NOW_MS + DAY_MS, .incidents = KNOWN_NO };
    decision = policy_decide(house.policy, &question, &known, POLICY_INCREASE);
    assert_int_equal(decision.verdict, VERDICT_NEEDS);
    assert_string_equal(decision.turn, "The window opens Sat 00:00 UTC, in 5 days.");
    question.is_safe_direction = true;
    assert_int_equal(policy_decide(house.policy, &question, &known, POLICY_INCREASE).verdict, VERDICT_ALLOW);
    assert_int_equal(policy_decide(house.policy, &question, &known, POLICY_WHOLE).verdict, VERDICT_ALLOW);
}

static void of_more_needs_than_can_be_told_those_that_are_unmet_are(void **state)
{
    AUTO_BUF struct buf rules = BUF(20000);
    struct facts known = { .reason = "hotfix" };
    struct decision decision;

    (void)state;
    for (int i = 0; i < 30; i++)
        buf_puts(&rules, "    - { require: { reason: true }, for: deploy }\n");
    buf_puts(&rules, "    - { require: { checks: green }, for: deploy }\n");
    POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, buf_text(&rules));

    decision = decide_at(&house, &known, NULL, POLICY_WHOLE);
    assert_int_equal(decision.verdict, VERDICT_NEEDS);
    assert_int_equal(decision.needs_count, 31);
    assert_int_equal(decision.counts[NEED_MET], 30);
    assert_string_equal(decision.reason,
                        "deploy of api in production requires green checks on GitHub (they are not known)");
    known.reason = NULL;
    decision = decide_at(&house, &known, NULL, POLICY_WHOLE);
    assert_int_equal(decision.counts[NEED_UNMET], 31);
}

/* Who wrote what serves is no reason against them. */
static void check_authors_do_not_matter(void **state)
{
    const struct approval_fact approvals[] = APPROVED(PERSON("U0BEN", 0));
    POLICY_HOUSE_AUTO house = policy_house_make(
        POLICY_ALLOWS, "    - { allow: scale, to: developer }\n"
                       "    - { require: { approvals: { from: manager, exclude_authors: true } }, for: scale }\n");
    struct question question = policy_question("U0ANN", "scale");
    const struct facts facts = { .unix_ms = POLICY_NOW_MS, .approvals = approvals, .approvals_count = 1 };

    (void)state;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(who_is_only_denied_is_not_known),
        cmocka_unit_test(what_lets_them_is_told_beside_what_is_lacking),
        cmocka_unit_test(who_may_approve_is_told_by_the_rule_that_asks_for_all),
        cmocka_unit_test(one_person_may_meet_two_requirements),
        cmocka_unit_test(requirements_add_up_and_the_worst_is_told_first),
        cmocka_unit_test(an_increase_asks_for_windows_and_incidents_alone),
        cmocka_unit_test(check_without_version),
        cmocka_unit_test(check_authors_do_not_matter),
        cmocka_unit_test(of_more_needs_than_can_be_told_those_that_are_unmet_are),
    };

    return ROWS(rows, check_row) + ROWS(approval_rows, check_approvals) + cmocka_run_group_tests(others, NULL, NULL);
}
