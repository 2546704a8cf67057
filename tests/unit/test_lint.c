/* What lint says of a policy, and that it says nothing of a good one. */
#include "policy/lint.h"

#include "bot/base/time.h"

#include "configuration_fixture.h"
#include "rows.h"

/* Around each row's rules. */
static const char before[] =
    "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", signing_secrets: \"${env:SLACK_SIGNING_SECRET}\", team: T0HOME }\n"
    "services:\n"
    "  - name: api\n"
    "    labels: { tier: \"1\" }\n"
    "    artifact: \"r.example.com/api:{version}\"\n"
    "    environments:\n"
    "      - { name: production, driver: { cloud_run: { project: p, region: r, service: a } } }\n"
    "  - name: web\n"
    "    labels: { tier: \"2\" }\n"
    "    artifact: \"r.example.com/web:{version}\"\n"
    "    environments:\n"
    "      - { name: staging, driver: { cloud_run: { project: p, region: r, service: b } } }\n"
    "databases:\n"
    "  - { name: main, environment: production, labels: { tier: \"1\" }, cloud_sql: { project: p, instance: i } }\n"
    "incidents: { severities: [{ name: P1 }, { name: P2 }] }\n"
    "policy:\n"
    "  roles:\n"
    "    - { name: developer, members: [\"slack-group:S0ENG\", \"slack:U0ADA\"] }\n" /* 18 */
    "    - { name: oncall, members: [\"slack-group:S0ONC\"] }\n"                     /* 19 */
    "    - { name: nobody, members: [\"slack-group:S0NIL\"] }\n"                     /* 20 */
    "  rules:\n"
    "    - { allow: [rollback, pause, abort], to: developer }\n" /* 22 */
    "    - { allow: acknowledge, to: oncall }\n"                 /* 23 */
    "    - { allow: locks, to: [nobody, developer] }\n";         /* 24; what follows: 25 */

static const char *const no_members[] = { NULL };
static const char *const one_member[] = { "slack:U0ADA" };
static const struct membership sources[] = {
    { .source = "slack-group:S0ENG",
      .read_at_ms = 1,
      .members = (const char **)(uintptr_t)one_member,
      .members_count = 1 },
    { .source = "slack-group:S0NIL", .read_at_ms = 1, .members = (const char **)(uintptr_t)no_members },
    { .source = "slack-group:S0ONC", .read_at_ms = 0 },
};

static const struct row {
    const char *name, *rules;
    const char *rule, *says; /* of one finding; NULL: there is none but the one that is always there */
    enum lint_severity severity;
} rows[] = {
    { "a good policy", "", NULL, NULL, LINT_NOTE },
    { "a rule for what is", "{ deny: deploy, on: { service: api, environment: production, labels: { tier: '1' } } }",
      NULL, NULL, LINT_NOTE },
    { "a service is not in every environment", "{ deny: deploy, on: { service: api, environment: staging } }",
      "test.yaml:25", "never applies: nothing is what its `on` describes", LINT_WRONG },
    { "labels that nothing has together", "{ deny: deploy, on: { service: web, labels: { tier: '1' } } }",
      "test.yaml:25", "never applies: nothing is", LINT_WRONG },
    { "a database has an environment too", "{ deny: failover, on: { database: main, environment: production } }", NULL,
      NULL, LINT_NOTE },
    { "and no other", "{ deny: failover, on: { database: main, environment: staging } }", "test.yaml:25",
      "never applies", LINT_WRONG },
    { "a freeze that is over", "{ deny: deploy, when: { during: '2025-12-20 - 2026-01-02 Europe/Berlin' } }",
      "test.yaml:25", "no window of its `during` comes again", LINT_WRONG },
    { "a freeze on its last day", "{ deny: deploy, when: { during: '2026-12-20 - 2027-01-02 Europe/Berlin' } }", NULL,
      NULL, LINT_NOTE },
    { "one that is over beside one to come",
      "{ deny: deploy, when: { during: ['2025-12-20 UTC', '2027-12-20 - 2028-01-02 UTC'] } }", NULL, NULL, LINT_NOTE },
    { "a window that nobody meets any more", "{ require: { window: '2026-12-20 UTC' }, for: deploy }", "test.yaml:25",
      "nobody can ever meet this", LINT_WRONG },
    { "a rule for an empty role", "{ deny: deploy, to: nobody }", "test.yaml:25", "nobody is in the roles it is for",
      LINT_WRONG },
    { "a rule for a group that was never read", "{ deny: deploy, to: oncall }", NULL, NULL, LINT_NOTE },
    { "an allow that another one makes pointless", "{ allow: pause, to: developer, on: { service: api } }",
      "test.yaml:25", "line 22 allows all of this already", LINT_NOTE },
    { "one with a condition is pointless as well",
      "{ allow: [pause, abort], to: developer, when: { incident_at_least: P1 } }", "test.yaml:25", "line 22 allows",
      LINT_NOTE },
    { "for somebody else it is not", "{ allow: pause, to: oncall }", NULL, NULL, LINT_NOTE },
    { "with a verb more it is not", "{ allow: [pause, deploy], to: developer }", NULL, NULL, LINT_NOTE },
    { "a deny never makes an allow pointless where the glass can be broken",
      "{ allow: deploy, to: developer }\n    - { deny: '*', break_glass: oncall }", NULL, NULL, LINT_NOTE },
    { "an allow that is always denied",
      "{ allow: deploy, to: developer, on: { service: api } }\n    - { deny: deploy }", "test.yaml:25",
      "this allows nothing: line 26 denies all of it", LINT_WRONG },
    { "but not in the safe direction", "{ allow: rollback, to: oncall }\n    - { deny: rollback }", NULL, NULL,
      LINT_NOTE },
    { "nor by a deny that is only for some", "{ allow: deploy, to: developer }\n    - { deny: deploy, to: oncall }",
      NULL, NULL, LINT_NOTE },
    { "nor by one that is only sometimes",
      "{ allow: deploy, to: developer }\n    - { deny: deploy, when: { incident_at_least: P1 } }", NULL, NULL,
      LINT_NOTE },
};

static struct lint_finding *lint_of(struct configuration *configuration, size_t *ret_count)
{
    const struct lint_input input = {
        .settings = &configuration->settings,
        .zones = configuration->zones,
        .sources = sources,
        .sources_count = ARRAY_LEN(sources),
        .now_ms = INT64_C(1798930740000), /* 2027-01-02T22:59:00Z */
    };

    return policy_lint(&input, configuration->arena, ret_count);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_BUF struct buf text = BUF(10000);
    AUTO(configuration) struct configuration *configuration = NULL;
    const struct lint_finding *findings;
    size_t count;

    buf_puts(&text, before);
    if (row->rules[0])
        buf_addf(&text, "    - %s\n", row->rules);
    configuration = fixture_good(buf_text(&text));
    findings = lint_of(configuration, &count);
    assert_true(count >= 1);
    assert_string_equal(findings[0].rule, "test.yaml:20");
    assert_string_equal(findings[0].sentence, "nobody is in the role nobody: its groups were read, and are empty");
    if (count != (row->says ? 2 : 1))
        fail_msg("%zu findings: %s", count, findings[count - 1].sentence);
    if (!row->says)
        return;
    assert_string_equal(findings[1].rule, row->rule);
    assert_int_equal(findings[1].severity, row->severity);
    if (!strstr(findings[1].sentence, row->says))
        fail_msg("%s", findings[1].sentence);
}

/* ---- the way out ---- */

static const struct way_row {
    const char *name, *rules, *says; /* of the only finding about the whole; NULL: none */
} way_rows[] = {
    { "somebody named in a role", "{ allow: [rollback, pause, abort], to: developer }", NULL },
    { "everyone, and every verb", "{ allow: '*', to: everyone }", NULL },
    { "somebody named in the rule", "{ allow: [rollback, pause, abort], to: 'local:ann' }", NULL },
    { "a group alone", "{ allow: [rollback, pause, abort], to: oncall }",
      "rollback, pause, abort of api in production" },
    { "some of it", "{ allow: [rollback, abort], to: developer }", "pause of api in production" },
    { "elsewhere", "{ allow: '*', to: developer, on: { environment: staging } }", "of api in production" },
    { "only in a window", "{ allow: '*', to: developer, when: { during: 'Mon UTC' } }", "of api in production" },
    { "only in an incident", "{ allow: '*', to: developer, when: { incident_at_least: P1 } }", "of api in production" },
};

static void check_way(void **state)
{
    const struct way_row *row = *state;
    AUTO_BUF struct buf text = BUF(10000);
    AUTO(configuration) struct configuration *configuration = NULL;
    const char *found = NULL;
    const struct lint_finding *findings;
    size_t count;

    buf_add(&text, before, (size_t)(strstr(before, "    - { allow: [rollback") - before));
    buf_addf(&text, "    - %s\n", row->rules);
    configuration = fixture_good(buf_text(&text));
    findings = lint_of(configuration, &count);
    for (size_t i = 0; i < count && !found; i++)
        if (strcmp(findings[i].rule, "test.yaml") == 0)
            found = findings[i].sentence;
    assert_int_equal(found != NULL, row->says != NULL);
    if (row->says && !strstr(found, row->says))
        fail_msg("%s", found);
}

static void a_role_that_no_rule_names_is_noted(void **state)
{
    AUTO(configuration)
    struct configuration *configuration = fixture_good(
        "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", signing_secrets: \"${env:SLACK_SIGNING_SECRET}\" }\n"
        "policy:\n"
        "  roles:\n"
        "    - { name: spare, members: 'local:ann' }\n"
        "  rules:\n"
        "    - { allow: '*', to: everyone }\n");
    const struct lint_finding *findings;
    size_t count;

    (void)state;
    findings = lint_of(configuration, &count);
    assert_int_equal(count, 1);
    assert_string_equal(findings[0].rule, "test.yaml:4");
    assert_string_equal(findings[0].sentence, "no rule names the role spare");
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(a_role_that_no_rule_names_is_noted) };

    return ROWS(rows, check_row) + ROWS(way_rows, check_way) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
