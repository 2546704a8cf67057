/* Conditions: when they hold, when they do not, and when nobody can tell; and breaking the glass. */
#include "policy_fixture.h"

#define WEDNESDAY_2300 INT64_C(1795647600000) /* 2026-11-25T23:00:00Z */

static const struct row {
    const char *name, *rules;
    const char *user, *verb, *database;
    struct facts facts;
    enum policy_stage stage;
    bool is_safe;
    enum verdict verdict;
    const char *reason, *turn; /* NULL: whatever */
    bool can_break_glass, is_broken;
} rows[] = {
    { .name = "an allow holds in its window",
      .rules = "    - { allow: halt, to: everyone, when: { during: \"Wed 22:00-24:00 UTC\" } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .verdict = VERDICT_ALLOW,
      .reason = "halt of api in production is allowed to members of the workspace" },
    { .name = "and outside of it is absent",
      .rules = "    - { allow: halt, to: everyone, when: { during: \"Wed 22:00-24:00 UTC\" } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .facts = { .unix_ms = WEDNESDAY_2300 - 4 * HOUR_MS },
      .verdict = VERDICT_DENY,
      .turn = "The window opens Wed 22:00 UTC, in 3 h." },
    { .name = "any of several windows will do",
      .rules = "    - { allow: halt, to: everyone, when: { during: [\"Mon UTC\", \"Wed 22:00-24:00 UTC\"] } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .verdict = VERDICT_ALLOW },
    { .name = "a deny denies in its window, and says when that ends",
      .rules = "    - { deny: deploy, when: { during: \"Wed 22:00-24:00 UTC\" }, reason: \"a freeze\" }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .verdict = VERDICT_DENY,
      .reason = "deploy of api in production is denied: a freeze",
      .turn = "Its window Wed 22:00-24:00 UTC ends Thu 00:00 UTC, in 60 min." },
    { .name = "and does not outside of it",
      .rules = "    - { deny: deploy, when: { during: \"Wed 22:00-24:00 UTC\" } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = POLICY_NOW_MS },
      .verdict = VERDICT_ALLOW },
    { .name = "a window counts by the clock of its zone: midnight there is an hour before",
      .rules = "    - { deny: deploy, when: { during: \"Thu 00:00-01:00 Europe/Berlin\" } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .verdict = VERDICT_DENY,
      .turn = "Its window Thu 00:00-01:00 Europe/Berlin ends Thu 01:00 Europe/Berlin, in 60 min." },
    { .name = "a freeze denies an increase, too",
      .rules = "    - { deny: deploy, when: { during: \"Wed UTC\" } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .stage = POLICY_INCREASE,
      .verdict = VERDICT_DENY },
    { .name = "but not the safe direction",
      .rules = "    - { deny: deploy, when: { during: \"Wed UTC\" } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .is_safe = true,
      .verdict = VERDICT_ALLOW },

    { .name = "a deny holds while an incident as bad is open",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_YES, .worst_incident = "P2" },
      .verdict = VERDICT_DENY,
      .turn = "It holds until no incident of P2 or worse is open." },
    { .name = "or one that is worse",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_YES, .worst_incident = "P1" },
      .verdict = VERDICT_DENY },
    { .name = "not while one that is less bad is",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_YES, .worst_incident = "P3" },
      .verdict = VERDICT_ALLOW },
    { .name = "nor while none is",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_NO },
      .verdict = VERDICT_ALLOW },
    { .name = "a deny denies while nobody knows what is open",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .verdict = VERDICT_DENY,
      .reason =
          "deploy of api in production is denied (whether an incident of P2 or worse is open is not known, so it denies)" },
    { .name = "and while an open one is as bad as nobody knows",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_YES, .worst_incident = "SEV-OLD" },
      .verdict = VERDICT_DENY },
    { .name = "of two conditions one that does not hold settles it",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2, during: \"Wed UTC\" } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = POLICY_NOW_MS },
      .verdict = VERDICT_ALLOW },
    { .name = "and one that holds does not help one that nobody can judge",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2, during: \"Wed UTC\" } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .unix_ms = WEDNESDAY_2300 },
      .verdict = VERDICT_DENY },
    { .name = "one as bad is known to be open, whatever else is: it is the rule's own reason",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_NOT, .worst_incident = "P2" },
      .verdict = VERDICT_DENY,
      .turn = "It holds until no incident of P2 or worse is open." },
    { .name = "of one that is less bad nobody knows whether a worse one is open",
      .rules = "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .incidents = KNOWN_NOT, .worst_incident = "P3" },
      .verdict = VERDICT_DENY,
      .reason =
          "deploy of api in production is denied (whether an incident of P2 or worse is open is not known, so it denies)" },
    { .name = "an allow for incidents holds while one is open",
      .rules = "    - { allow: halt, to: everyone, when: { incident_at_least: P2 } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .facts = { .incidents = KNOWN_YES, .worst_incident = "P1" },
      .verdict = VERDICT_ALLOW },
    { .name = "also while nobody knows whether a worse one is",
      .rules = "    - { allow: halt, to: everyone, when: { incident_at_least: P2 } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .facts = { .incidents = KNOWN_NOT, .worst_incident = "P1" },
      .verdict = VERDICT_ALLOW },
    { .name = "and is absent while none is",
      .rules = "    - { allow: halt, to: everyone, when: { incident_at_least: P2 } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .facts = { .incidents = KNOWN_NO },
      .verdict = VERDICT_DENY,
      .turn = "It takes such an incident, or an allow without when.incident_at_least." },
    { .name = "and while nobody knows",
      .rules = "    - { allow: halt, to: everyone, when: { incident_at_least: P2 } }\n",
      .user = "U0ANY",
      .verb = "halt",
      .verdict = VERDICT_DENY,
      .turn = "It takes an allow without when.incident_at_least, or that open incidents can be read." },

    { .name = "a rule for a database speaks of it",
      .rules = "    - { deny: failover, on: { database: [ledger] } }\n",
      .user = "U0ANN",
      .verb = "failover",
      .database = "ledger",
      .verdict = VERDICT_DENY,
      .reason = "failover of ledger is denied" },
    { .name = "and of no other",
      .rules = "    - { deny: failover, on: { database: [ledger] } }\n",
      .user = "U0ANN",
      .verb = "failover",
      .database = "carts",
      .verdict = VERDICT_ALLOW },
    { .name = "nor of what is none",
      .rules = "    - { deny: deploy, on: { database: [ledger] } }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .verdict = VERDICT_ALLOW },

    { .name = "whoever has the role may break the glass, and is told",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .verdict = VERDICT_DENY,
      .can_break_glass = true,
      .turn =
          "You may break the glass: `--break-glass \"why\"`. It passes rules that deny, and no requirement, lock or halt. "
          "That is announced, and reviewed afterwards." },
    { .name = "whoever has not, may not",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .verdict = VERDICT_DENY,
      .turn = "It takes an oncall to break the glass, with a reason." },
    { .name = "with a reason it is broken",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .verdict = VERDICT_ALLOW,
      .is_broken = true,
      .reason =
          "deploy of api in production is allowed to developer, manager, oncall; the glass of test.yaml:28 was broken for it" },
    { .name = "a reason of white space is none",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .facts = { .break_glass = " \t" },
      .verdict = VERDICT_DENY,
      .can_break_glass = true },
    { .name = "an increase passes while the role is still there",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .stage = POLICY_INCREASE,
      .verdict = VERDICT_ALLOW,
      .is_broken = true },
    { .name = "and not once it is gone",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .stage = POLICY_INCREASE,
      .verdict = VERDICT_DENY },
    { .name = "everyone may be named to break it",
      .rules = "    - { deny: deploy, break_glass: everyone }\n",
      .user = "U0ANN",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .verdict = VERDICT_ALLOW,
      .is_broken = true },
    { .name = "one glass does not open another door",
      .rules = "    - { deny: deploy, break_glass: oncall }\n    - { deny: deploy, reason: never }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .verdict = VERDICT_DENY,
      .reason = "deploy of api in production is denied: never",
      .turn = "Nobody may, until the rule test.yaml:29 is changed." },
    { .name = "nobody is told to break what does not help",
      .rules = "    - { deny: deploy, break_glass: oncall }\n    - { deny: deploy, reason: never }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .verdict = VERDICT_DENY },
    { .name = "a broken glass meets no need",
      .rules = "    - { deny: deploy, break_glass: oncall }\n    - { require: { reason: true }, for: deploy }\n",
      .user = "U0OZ",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .verdict = VERDICT_NEEDS,
      .is_broken = true },
    { .name = "nor does it allow what nothing allows",
      .rules = "    - { deny: deploy, break_glass: oncall }\n",
      .user = "U0ANY",
      .verb = "deploy",
      .facts = { .break_glass = "it burns" },
      .verdict = VERDICT_DENY },
    { .name = "an increase asks for no allow",
      .rules = "",
      .user = "U0ANY",
      .verb = "deploy",
      .stage = POLICY_INCREASE,
      .verdict = VERDICT_ALLOW,
      .reason = "deploy of api in production may go on: nothing forbids it now" },
    { .name = "but every other stage does", .rules = "", .user = "U0ANY", .verb = "deploy", .verdict = VERDICT_DENY },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, row->rules);
    struct question question = policy_question(row->user, row->verb);
    struct decision decision;

    if (row->database) {
        question.service = question.environment = NULL;
        question.database = row->database;
    }
    question.is_safe_direction = row->is_safe;
    decision = policy_decide(house.policy, &question, &row->facts, row->stage);
    if (decision.verdict != row->verdict)
        fail_msg("verdict %d: %s", (int)decision.verdict, decision.reason);
    if (row->reason)
        assert_string_equal(decision.reason, row->reason);
    if (row->turn)
        assert_string_equal(decision.turn, row->turn);
    assert_true(decision.verdict == VERDICT_ALLOW || decision.turn[0]);
    assert_int_equal(decision.can_break_glass, row->can_break_glass);
    assert_int_equal(decision.broken != NULL, row->is_broken);
    assert_int_equal(decision_refuses(&decision), row->verdict == VERDICT_DENY || decision.counts[NEED_UNMET] > 0);
}

/* The file was refused for such a window; what is compiled nevertheless leans to the safe side. */
static void a_window_that_cannot_be_read_is_a_condition_that_errs(void **state)
{
    static const struct {
        const char *rules, *verb;
        enum verdict verdict;
        const char *reason;
    } broken[] = {
        { "    - { allow: halt, to: everyone, when: { during: \"Sat Europe/Berlin\" } }\n", "halt", VERDICT_DENY,
          "halt of api in production would be allowed by test.yaml:27, but its window cannot be judged, so it does not count" },
        { "    - { allow: \"*\", to: everyone }\n    - { deny: deploy, when: { during: \"Sun Europe/Berlin\" } }\n",
          "deploy", VERDICT_DENY, "deploy of api in production is denied (its window cannot be judged, so it denies)" },
        { "    - { allow: \"*\", to: everyone }\n    - { require: { window: \"Sat Europe/Berlin\" }, for: deploy }\n",
          "deploy", VERDICT_NEEDS, "deploy of api in production requires a time within Sat Europe/Berlin" },
        { "    - { allow: halt, to: everyone, when: { during: [\"Sat Europe/Berlin\", \"Sat UTC\"] } }\n", "halt",
          VERDICT_ALLOW, NULL },
    };
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        POLICY_HOUSE_AUTO house = policy_house_make("", broken[i].rules);
        struct policy *without_zones = policy_compile(&house.configuration->settings, NULL,
                                                      (struct zones){ .find = NULL }, house.configuration->arena);
        struct question question = policy_question("U0ANN", broken[i].verb);
        struct decision decision = policy_decide(without_zones, &question, &facts, POLICY_WHOLE);

        assert_int_equal(decision.verdict, broken[i].verdict);
        if (broken[i].reason)
            assert_string_equal(decision.reason, broken[i].reason);
    }
}

/* A rule is looked up by its verbs and places: whatever it names, it is found, once, and in the order of the file. */
static void rules_are_found_whatever_they_name(void **state)
{
    static const char *const denies[] = {
        "    - { deny: deploy }\n",
        "    - { deny: \"*\" }\n",
        "    - { deny: [halt, deploy, halt, deploy] }\n",
        "    - { deny: [halt, \"*\"], on: { service: api } }\n",
        "    - { deny: deploy, on: { service: api } }\n",
        "    - { deny: deploy, on: { service: [api, api], environment: [staging, production] } }\n",
        "    - { deny: deploy, on: { environment: production } }\n",
        "    - { deny: \"*\", on: { environment: [staging, production] } }\n",
    };
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };
    struct question question = policy_question("U0ANN", "deploy");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(denies); i++) {
        POLICY_HOUSE_AUTO house = policy_house_make(POLICY_ALLOWS, denies[i]);
        struct decision decision = policy_decide(house.policy, &question, &facts, POLICY_WHOLE);

        if (decision.verdict != VERDICT_DENY)
            fail_msg("%s", denies[i]);
        assert_string_equal(decision.rule, "test.yaml:28");
        question.environment = "staging";
        assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict,
                         i == 6 ? VERDICT_ALLOW : VERDICT_DENY);
        question.environment = "production";
    }
}

static void of_rules_looked_up_apart_the_first_of_the_file_is_told(void **state)
{
    POLICY_HOUSE_AUTO house =
        policy_house_make(POLICY_ALLOWS, "    - { deny: halt }\n"
                                         "    - { deny: \"*\", on: { environment: production } }\n"
                                         "    - { deny: deploy, on: { service: api } }\n"
                                         "    - { deny: deploy }\n"
                                         "    - { deny: \"*\" }\n");
    struct question question = policy_question("U0ANN", "deploy");
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };

    (void)state;
    assert_string_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).rule, "test.yaml:29");
    question.environment = "staging";
    assert_string_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).rule, "test.yaml:30");
    question.service = NULL;
    assert_string_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).rule, "test.yaml:31");
    question.verb = "status";
    assert_string_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).rule, "test.yaml:32");
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_window_that_cannot_be_read_is_a_condition_that_errs),
        cmocka_unit_test(rules_are_found_whatever_they_name),
        cmocka_unit_test(of_rules_looked_up_apart_the_first_of_the_file_is_told),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(others, NULL, NULL);
}
