/* What lint says of a policy, and that it says nothing of a good one. */
#include "policy/lint.h"

#include "bot/base/time.h"
#include "handlers/registry.h"
#include "handlers/runbook/asked.h"

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
    "    environments: [{ name: staging, driver: { cloud_run: { project: p, region: r, service: b } } }]\n"
    "databases: [{ name: main, environment: production, labels: { tier: \"1\" }, cloud_sql: { project: p, instance: i } }]\n"
    "pagerduty: { webhook_secrets: [z], api_token: t, from: a@example.com }\n"
    "alertmanager: { tokens: [abcdefghijklmnopqrstuvwxyz0123456789] }\n"
    "incidents: { severities: [{ name: P0 }, { name: P1 }, { name: P2 }, { name: P3 }], open_on: [{ severity: P2, pagerduty: { "
    "urgency: high } }, { severity: P1, alertmanager: { labels: { severity: page } } }] }\n"
    "policy:\n"
    "  roles:\n"
    "    - { name: developer, members: [\"slack-group:S0ENG\", \"slack:U0ADA\"] }\n" /* 18 */
    "    - { name: oncall, members: [\"slack-group:S0ONC\"] }\n"                     /* 19 */
    "    - { name: nobody, members: [\"slack-group:S0NIL\"] }\n"                     /* 20 */
    "  rules:\n"
    "    - { allow: [rollback, pause, abort], to: developer }\n" /* 22 */
    "    - { allow: [acknowledge, review], to: oncall }\n"       /* 23 */
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

#define A_RUNBOOK "runbooks: [{ name: fix, target: api/production, steps: [{ run: [x] }] }]"

static const struct row {
    const char *name, *rules;
    const char *rule, *says; /* of one finding; NULL: there is none but the two that are always there */
    enum lint_severity severity;
} rows[] = {
    { "a good policy", "", NULL, NULL, LINT_NOTE },
    { "a rule for what is", "{ deny: deploy, on: { service: api, environment: production, labels: { tier: '1' } } }",
      NULL, NULL, LINT_NOTE },
    { "a service is not in every environment", "{ deny: deploy, on: { service: api, environment: staging } }",
      "test.yaml:25", "never applies: nothing is what its `on` describes", LINT_WRONG },
    { "a runbook is where its target is",
      "{ deny: run, on: { runbook: fix, service: api, labels: { tier: '1' } } }\n" A_RUNBOOK, NULL, NULL, LINT_NOTE },
    { "and nowhere else", "{ deny: run, on: { runbook: fix, environment: staging } }\n" A_RUNBOOK, "test.yaml:25",
      "never applies: nothing is what its `on` describes", LINT_WRONG },
    { "of one runbook after all of them", "{ deny: run }\n    - { deny: run, on: { runbook: fix } }\n" A_RUNBOOK,
      "test.yaml:26", "line 25", LINT_NOTE },
    { "labels that nothing has together", "{ deny: deploy, on: { service: web, labels: { tier: '1' } } }",
      "test.yaml:25", "never applies: nothing is", LINT_WRONG },
    { "a database has an environment too", "{ deny: failover, on: { database: main, environment: production } }", NULL,
      NULL, LINT_NOTE },
    { "and no other", "{ deny: failover, on: { database: main, environment: staging } }", "test.yaml:25",
      "never applies", LINT_WRONG },
    { "a freeze that is over", "{ deny: deploy, when: { during: '2025-12-20 - 2026-01-02 Europe/Berlin' } }",
      "test.yaml:25", "its time was over on 2026-01-02: it can go", LINT_NOTE },
    { "of several that are over the last", "{ deny: deploy, when: { during: ['2026-12-20 UTC', '2025-12-20 UTC'] } }",
      "test.yaml:25", "its time was over on 2026-12-20: it can go", LINT_NOTE },
    { "a freeze that nobody lives to see", "{ deny: deploy, when: { during: '2999-12-20 UTC' } }", NULL, NULL,
      LINT_NOTE },
    { "a freeze on its last day", "{ deny: deploy, when: { during: '2026-12-20 - 2027-01-02 Europe/Berlin' } }", NULL,
      NULL, LINT_NOTE },
    { "one that is over beside one to come",
      "{ deny: deploy, when: { during: ['2025-12-20 UTC', '2027-12-20 - 2028-01-02 UTC'] } }", NULL, NULL, LINT_NOTE },
    { "a window that nobody meets any more", "{ require: { window: '2026-12-20 UTC' }, for: deploy }", "test.yaml:25",
      "nobody can ever meet this: its window was over on 2026-12-20", LINT_WRONG },
    { "a rule for an empty role", "{ deny: deploy, to: nobody }", "test.yaml:25", "nobody is in the roles it is for",
      LINT_WRONG },
    { "a rule for a group that was never read", "{ deny: deploy, to: oncall }", NULL, NULL, LINT_NOTE },
    { "an allow that another one makes pointless", "{ allow: pause, to: developer, on: { service: api } }",
      "test.yaml:25", "line 22 allows all of this already", LINT_NOTE },
    { "one with a condition is pointless as well",
      "{ allow: [pause, abort], to: developer, when: { incident_at_least: P2 } }", "test.yaml:25", "line 22 allows",
      LINT_NOTE },
    { "for somebody else it is not", "{ allow: pause, to: oncall }", NULL, NULL, LINT_NOTE },
    { "with a verb more it is not", "{ allow: [pause, deploy], to: developer }", NULL, NULL, LINT_NOTE },
    { "a deny never makes an allow pointless where the glass can be broken",
      "{ allow: deploy, to: developer }\n    - { deny: '*', break_glass: oncall }", NULL, NULL, LINT_NOTE },
    { "an allow that is always denied",
      "{ allow: deploy, to: developer, on: { service: api } }\n    - { deny: deploy }", "test.yaml:25",
      "this allows nothing: line 26 denies all of it", LINT_WRONG },
    { "an allow to somebody whose role is denied",
      "{ allow: deploy, to: 'slack:U0ADA' }\n    - { deny: deploy, to: developer }", "test.yaml:25",
      "this allows nothing: line 26 denies all of it", LINT_WRONG },
    { "an allow in an incident that is worse than what is denied",
      "{ allow: deploy, to: developer, when: { incident_at_least: P2 } }\n"
      "    - { deny: deploy, when: { incident_at_least: P3 } }",
      "test.yaml:25", "line 26 denies all of it", LINT_WRONG },
    { "and not in one that is not",
      "{ allow: deploy, to: developer, when: { incident_at_least: P3 } }\n"
      "    - { deny: deploy, when: { incident_at_least: P2 } }",
      NULL, NULL, LINT_NOTE },
    { "an incident that nothing opens", "{ deny: deploy, when: { incident_at_least: P0 } }", "test.yaml:25",
      "this rule does not apply: no row of `incidents.open_on` opens an incident so bad, and no rule lets anybody declare one",
      LINT_NOTE },
    { "nor is it asked for", "{ require: { no_incident_at_least: P0 }, for: deploy }", "test.yaml:25",
      "this asks for nothing: no row", LINT_NOTE },
    { "somebody may declare it",
      "{ deny: deploy, when: { incident_at_least: P0 } }\n    - { allow: incident, to: developer }", NULL, NULL,
      LINT_NOTE },
    { "a deny of that lets nobody",
      "{ deny: incident, to: developer }\n    - { deny: deploy, when: { incident_at_least: P0 } }", "test.yaml:26",
      "no rule lets anybody declare one", LINT_NOTE },
    { "one that only Alertmanager opens", "{ deny: deploy, when: { incident_at_least: P1 } }", NULL, NULL, LINT_NOTE },
    { "one that something opens", "{ require: { no_incident_at_least: P3 }, for: deploy }", NULL, NULL, LINT_NOTE },
    { "an allow whose only time is denied",
      "{ allow: deploy, to: developer, when: { during: 'Sat 10:00-12:00 UTC' } }\n"
      "    - { deny: deploy, when: { during: 'Sat,Sun Europe/Berlin' } }",
      "test.yaml:25", "this allows nothing: line 26 denies it whenever one of its windows is open", LINT_WRONG },
    { "an hour of it that is not denied",
      "{ allow: deploy, to: developer, when: { during: 'Sat 22:00-24:00 UTC' } }\n"
      "    - { deny: deploy, when: { during: 'Sat Europe/Berlin' } }",
      NULL, NULL, LINT_NOTE },
    { "an allow outside the window that is required",
      "{ allow: deploy, to: developer, when: { during: 'Sat UTC' } }\n"
      "    - { require: { window: 'Mon-Fri Europe/Berlin' }, for: deploy, on: { service: api } }\n"
      "    - { require: { window: 'Tue-Fri UTC' }, for: deploy }",
      "test.yaml:25", "this allows nothing: line 27 requires a window, and none of that is open when one of its own is",
      LINT_WRONG },
    { "two windows that are never open together",
      "{ require: { window: 'Mon-Thu 09:00-16:00 Europe/Berlin' }, for: deploy }\n"
      "    - { require: { window: 'Wed 22:00-24:00 UTC' }, for: [deploy, rollback] }",
      "test.yaml:25", "line 26 requires a window too, and they are never open together", LINT_WRONG },
    { "two that are on one day of the year to come",
      "{ require: { window: 'Mon UTC' }, for: deploy }\n"
      "    - { require: { window: ['2027-12-19 - 2027-12-20 UTC'] }, for: deploy }",
      NULL, NULL, LINT_NOTE },
    { "two that are not about the same",
      "{ require: { window: 'Mon UTC' }, for: deploy, on: { service: api } }\n"
      "    - { require: { window: 'Tue UTC' }, for: deploy, on: { service: web } }",
      NULL, NULL, LINT_NOTE },
    { "a window that is denied",
      "{ require: { window: 'Sun UTC' }, for: deploy }\n    - { deny: deploy, when: { during: 'Sat,Sun UTC' } }",
      "test.yaml:25", "this window is of no use: line 26 denies it whenever it is open", LINT_WRONG },
    { "but whose glass can be broken",
      "{ require: { window: 'Sun UTC' }, for: deploy }\n"
      "    - { deny: deploy, when: { during: 'Sun UTC' }, break_glass: developer }",
      NULL, NULL, LINT_NOTE },
    { "more approvals than there are people",
      "{ require: { approvals: { count: 2, from: 'slack:U0ADA' } }, for: deploy }", "test.yaml:25",
      "nobody can ever meet this: it takes 2 approvals of slack:U0ADA, and that is 1 person", LINT_WRONG },
    { "people that a group may bring", "{ require: { approvals: { count: 2, from: developer } }, for: deploy }", NULL,
      NULL, LINT_NOTE },
    { "and everyone", "{ require: { approvals: { count: 9, from: everyone } }, for: deploy }", NULL, NULL, LINT_NOTE },
    { "enough of them",
      "{ require: { approvals: { count: 2, from: ['slack:U0ADA', 'slack:U0BOB', 'slack:U0ADA'] } }, for: deploy }",
      NULL, NULL, LINT_NOTE },
    { "but whoever may ask is one of them",
      "{ require: { approvals: { count: 1, from: 'slack:U0ADA' } }, for: deploy }\n"
      "    - { allow: deploy, to: 'slack:U0ADA' }",
      "test.yaml:25", "whoever may ask is one of the 1 of slack:U0ADA who would have to approve", LINT_WRONG },
    { "and somebody else",
      "{ require: { approvals: { count: 1, from: 'slack:U0ADA' } }, for: deploy }\n"
      "    - { allow: deploy, to: ['slack:U0ADA', 'slack:U0BOB'] }",
      NULL, NULL, LINT_NOTE },
    { "healthy where it never is",
      "{ require: { healthy_in: { environment: staging } }, for: deploy, on: { environment: production } }",
      "test.yaml:25", "nobody can ever meet this for api: it has no staging to be healthy in", LINT_WRONG },
    { "a version of what brings none", "{ require: { version: v* }, for: [deploy, scale] }", "test.yaml:25",
      "`scale` brings no version, so `version` asks nothing of it: this rule does not hold it", LINT_NOTE },
    { "and consent, which is asked of it", "{ require: { version: v*, approvals: { from: developer } }, for: set }",
      "test.yaml:25", "`set` brings no version, so `version` asks nothing of it", LINT_NOTE },
    { "healthy where it is", "{ require: { healthy_in: { environment: staging } }, for: deploy, on: { service: web } }",
      NULL, NULL, LINT_NOTE },
    { "a deny that another one makes pointless",
      "{ deny: deploy, break_glass: [oncall, developer] }\n    - { deny: deploy, break_glass: oncall, on: { service: api } }",
      NULL, NULL, LINT_NOTE },
    { "when whoever passes that one passes this one",
      "{ deny: deploy, break_glass: oncall }\n"
      "    - { deny: deploy, break_glass: [oncall, developer], on: { service: api } }",
      "test.yaml:26", "line 25 denies all of this already", LINT_NOTE },
    { "a glass of what takes none", "{ deny: lock, on: { environment: production }, break_glass: developer }",
      "test.yaml:25", "break_glass on lock passes nobody: it takes no `--break-glass`", LINT_NOTE },
    { "of several, which", "{ deny: [deploy, lock, run, incident], to: oncall, break_glass: developer }",
      "test.yaml:25", "break_glass on lock, incident passes nobody: they take no `--break-glass`", LINT_NOTE },
    { "what each of them takes is none",
      "{ deny: [deploy, set, restart, scale, traffic, failover, run, rotate, backup, restore, block, unblock, ddos, promote, "
      "retry], to: oncall, break_glass: developer }",
      NULL, NULL, LINT_NOTE },
    { "nor is that of every verb", "{ deny: '*', to: oncall, break_glass: developer }", NULL, NULL, LINT_NOTE },
    { "halt by a group alone", "{ allow: halt, to: oncall }", "test.yaml", "halt: no rule always allows it",
      LINT_WRONG },
    { "halt by somebody", "{ allow: halt, to: [oncall, developer] }", NULL, NULL, LINT_NOTE },
    { "but not in the safe direction", "{ allow: rollback, to: oncall }\n    - { deny: rollback }", NULL, NULL,
      LINT_NOTE },
    { "nor by a deny that is only for some", "{ allow: deploy, to: developer }\n    - { deny: deploy, to: oncall }",
      NULL, NULL, LINT_NOTE },
    { "nor by one that is only sometimes",
      "{ allow: deploy, to: developer }\n    - { deny: deploy, when: { incident_at_least: P2 } }", NULL, NULL,
      LINT_NOTE },
};

static struct lint_finding *lint_of(struct configuration *configuration, size_t *ret_count)
{
    const struct lint_input input = {
        .settings = &configuration->settings,
        .step_asks = runbook_step_asks,
        .verbs = verbs,
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
    assert_true(count >= 2);
    assert_string_equal(findings[0].rule, "test.yaml:19");
    assert_string_equal(findings[0].sentence, "nobody is in the role oncall now: slack-group:S0ONC was never read");
    assert_int_equal(findings[0].severity, LINT_NOTE);
    assert_string_equal(findings[1].rule, "test.yaml:20");
    assert_string_equal(findings[1].sentence, "nobody is in the role nobody: its groups were read, and are empty");
    assert_int_equal(findings[1].severity, LINT_WRONG);
    if (count != (row->says ? 3 : 2))
        fail_msg("%zu findings: %s", count, findings[count - 1].sentence);
    if (!row->says)
        return;
    assert_string_equal(findings[2].rule, row->rule);
    assert_int_equal(findings[2].severity, row->severity);
    if (!strstr(findings[2].sentence, row->says))
        fail_msg("%s", findings[2].sentence);
}

/* ---- the way out ---- */

static const struct way_row {
    const char *name, *rules, *says; /* of the only finding about the whole; NULL: none */
} way_rows[] = {
    { "somebody named in a role", "{ allow: [rollback, pause, abort], to: developer }", NULL },
    { "everyone, and every verb", "{ allow: '*', to: everyone }", NULL },
    { "somebody named in the rule", "{ allow: [rollback, pause, abort], to: 'local:ann' }", NULL },
    { "a group alone", "{ allow: [rollback, pause, abort], to: oncall }",
      "rollback, pause, abort of api in production: no rule always allows it to somebody who is named literally" },
    { "some of it", "{ allow: [rollback, abort], to: developer }",
      "pause of api in production: no rule allows it to anybody" },
    { "elsewhere", "{ allow: '*', to: developer, on: { environment: staging } }", "of api in production" },
    { "only in a window", "{ allow: '*', to: developer, when: { during: 'Mon UTC' } }", "of api in production" },
    { "only in an incident", "{ allow: '*', to: developer, when: { incident_at_least: P2 } }", "of api in production" },
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

/* ---- who is in a role, by the last readings ---- */

#define NOW_MS INT64_C(1798930740000) /* 2027-01-02T22:59:00Z */

static const struct member_row {
    const char *name, *members;
    bool is_looked;     /* somebody looked what was read */
    int64_t eng_age_ms; /* of S0ENG, with one member; 0: never read */
    int64_t nil_age_ms; /* of S0NIL, and of the schedule, with none */
    const char *says;   /* of the role; NULL: nothing */
    enum lint_severity severity;
} member_rows[] = {
    { "nobody looked", "[slack-group:S0ENG]", false, 0, 0, NULL, LINT_NOTE },
    { "somebody was read", "[slack-group:S0ENG, slack-group:S0NIL]", true, HOUR_MS, HOUR_MS, NULL, LINT_NOTE },
    { "nobody was", "[slack-group:S0NIL]", true, HOUR_MS, HOUR_MS, "its groups were read, and are empty", LINT_WRONG },
    { "nothing was read", "[slack-group:S0ENG]", true, 0, 0,
      "nobody is in the role eng now: slack-group:S0ENG was never read", LINT_NOTE },
    { "it was read too long ago", "[slack-group:S0ENG]", true, 13 * HOUR_MS, 0,
      "slack-group:S0ENG was last read 13 h ago, and counts as empty after 12h", LINT_NOTE },
    { "one empty, one never read", "[slack-group:S0NIL, slack-group:S0ENG]", true, 0, HOUR_MS,
      "slack-group:S0NIL is empty; slack-group:S0ENG was never read", LINT_NOTE },
    { "a source that nobody asked for", "['slack-group:S0NEW']", true, HOUR_MS, HOUR_MS,
      "slack-group:S0NEW was never read", LINT_NOTE },
    { "a gap in a schedule is none of the file's", "['pagerduty-schedule:PNIL']", true, 0, HOUR_MS,
      "nobody is on call by pagerduty-schedule:PNIL", LINT_NOTE },
    { "somebody is named besides", "[slack-group:S0NIL, 'slack:U0ADA']", true, 0, HOUR_MS, NULL, LINT_NOTE },
};

static void check_members(void **state)
{
    const struct member_row *row = *state;
    const struct membership known[] = {
        { .source = "slack-group:S0ENG",
          .read_at_ms = row->eng_age_ms ? NOW_MS - row->eng_age_ms : 0,
          .members = (const char **)(uintptr_t)one_member,
          .members_count = 1 },
        { .source = "slack-group:S0NIL", .read_at_ms = row->nil_age_ms ? NOW_MS - row->nil_age_ms : 0 },
        { .source = "pagerduty-schedule:PNIL", .read_at_ms = row->nil_age_ms ? NOW_MS - row->nil_age_ms : 0 },
    };
    AUTO_BUF struct buf text = BUF(2000);
    AUTO(configuration) struct configuration *configuration = NULL;
    const struct lint_finding *findings;
    size_t count;

    buf_addf(&text,
             "slack: { bot_token: x, signing_secrets: [y], team: T0HOME }\n"
             "pagerduty: { webhook_secrets: [z], api_token: t, from: a@example.com }\n"
             "policy:\n  roles:\n    - { name: eng, members: %s }\n  rules:\n    - { allow: locks, to: eng }\n",
             row->members);
    configuration = fixture_good(buf_text(&text));
    findings = policy_lint(&(struct lint_input){ .settings = &configuration->settings,
                                                 .step_asks = runbook_step_asks,
                                                 .zones = configuration->zones,
                                                 .sources = row->is_looked ? known : NULL,
                                                 .sources_count = row->is_looked ? ARRAY_LEN(known) : 0,
                                                 .now_ms = NOW_MS },
                           configuration->arena, &count);
    if (!row->says) {
        assert_int_equal(count, 0);
        return;
    }
    assert_true(count >= 1);
    assert_string_equal(findings[0].rule, "test.yaml:5");
    assert_int_equal(count, row->severity == LINT_WRONG ? 2 : 1); /* then its rule never applies */
    assert_int_equal(findings[0].severity, row->severity);
    if (!strstr(findings[0].sentence, row->says))
        fail_msg("%s", findings[0].sentence);
}

/* Once, at the first glass; a rule that lets anybody anywhere is enough. */
static void a_review_that_nobody_could_close_is_told(void **state)
{
    static const struct {
        const char *allow;
        bool is_told;
    } cases[] = { { "status", true }, { "review", false }, { "\"*\"", false } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf text = BUF(2000);
        AUTO(configuration) struct configuration *configuration = NULL;
        const struct lint_finding *findings;
        size_t count;

        buf_addf(&text,
                 "slack: { bot_token: x, signing_secrets: [y], team: T0HOME }\n"
                 "policy:\n  roles:\n    - { name: eng, members: 'slack:U1' }\n  rules:\n"
                 "    - { allow: %s, to: eng }\n"
                 "    - { deny: halt, break_glass: eng }\n    - { deny: lock, break_glass: eng }\n",
                 cases[i].allow);
        configuration = fixture_good(buf_text(&text));
        findings = policy_lint(&(struct lint_input){ .settings = &configuration->settings,
                                                     .step_asks = runbook_step_asks,
                                                     .zones = configuration->zones,
                                                     .now_ms = NOW_MS },
                               configuration->arena, &count);
        assert_int_equal(count, cases[i].is_told);
        if (!cases[i].is_told)
            continue;
        assert_string_equal(findings[0].rule, "test.yaml:7");
        assert_int_equal(findings[0].severity, LINT_WRONG);
        assert_non_null(strstr(findings[0].sentence, "no rule allows `review` to anybody"));
    }
}

/* ---- releases ---- */

static const struct release_row {
    const char *name, *automation, *rules;
    const char *says; /* NULL: nothing */
} release_rows[] = {
    { "an allow to the App's role", "", "{ allow: deploy, to: pipeline }", NULL },
    { "every verb of GitHub's", "", "{ allow: '*', to: pipeline, when: { source: github } }", NULL },
    { "to the App itself", "", "{ allow: deploy, to: 'github-app:7', on: { service: web } }", NULL },
    { "in a window", "", "{ allow: deploy, to: pipeline, when: { during: 'Mon UTC' } }", NULL },
    { "by a label", "", "{ allow: deploy, to: pipeline, on: { labels: { tier: '2' } } }", NULL },
    { "to people alone", "", "{ allow: deploy, to: everyone }",
      "web rolls out to staging by itself, as github-app:7, and no rule allows it to deploy there: each of these "
      "releases will be refused. To let it, write under policy.rules: - { allow: deploy, to: \"pipeline\", on: { service: "
      "web, environment: staging }, when: { source: github } }" },
    { "elsewhere", "", "{ allow: deploy, to: pipeline, on: { environment: production } }", "web rolls out to staging" },
    { "from another source", "", "{ allow: deploy, to: pipeline, when: { source: api } }", "web rolls out to staging" },
    { "another verb", "", "{ allow: rollback, to: pipeline }", "web rolls out to staging" },
    { "in another's name", "automation: { as: 'token:ci' }\n", "{ allow: deploy, to: pipeline }",
      "as token:ci, and no rule allows it to deploy there: each of these releases will be refused. To let it, write "
      "under policy.rules: - { allow: deploy, to: \"token:ci\"" },
    { "which may", "automation: { as: 'token:ci' }\n", "{ allow: deploy, to: 'token:ci' }", NULL },
};

/* What is written down for it makes it good. */
static void check_release(void **state)
{
    const struct release_row *row = *state;
    AUTO_BUF struct buf rules = BUF(2000);

    buf_puts(&rules, row->rules);
    for (int round = 0; round < (row->says ? 2 : 1); round++) {
        AUTO_BUF struct buf text = BUF(4000);
        AUTO(configuration) struct configuration *configuration = NULL;
        const char *found = NULL;
        const struct lint_finding *findings;
        size_t count;

        buf_addf(&text,
                 "slack: { bot_token: x, signing_secrets: [y], team: T0HOME }\n"
                 "github: { webhook_secrets: [z], app: { id: 7, private_key: k } }\n"
                 "api: { tokens: [{ name: ci, secret: 0123456789abcdef }] }\n%s"
                 "services:\n"
                 "  - name: web\n"
                 "    repository: acme/web\n"
                 "    labels: { tier: \"2\" }\n"
                 "    artifact: \"r.example.com/web:{version}\"\n"
                 "    environments:\n"
                 "      - name: staging\n"
                 "        driver: { cloud_run: { project: p, region: r, service: b } }\n"
                 "        release: { on: github-push, branch: main }\n"
                 "      - { name: production, driver: { cloud_run: { project: p, region: r, service: c } } }\n"
                 "policy:\n"
                 "  roles: [{ name: pipeline, members: 'github-app:7' }]\n"
                 "  rules:\n"
                 "    - { allow: [rollback, pause, abort], to: 'local:ann' }\n"
                 "    - %s\n",
                 row->automation, buf_text(&rules));
        configuration = fixture_good(buf_text(&text));
        findings = policy_lint(&(struct lint_input){ .settings = &configuration->settings,
                                                     .step_asks = runbook_step_asks,
                                                     .zones = configuration->zones,
                                                     .now_ms = NOW_MS },
                               configuration->arena, &count);
        for (size_t i = 0; i < count && !found; i++)
            if (strstr(findings[i].sentence, "by itself")) {
                found = findings[i].sentence;
                assert_int_equal(findings[i].severity, LINT_WRONG);
                assert_string_equal(findings[i].rule, row->automation[0] ? "test.yaml:13" : "test.yaml:12");
            }
        assert_int_equal(found != NULL, row->says && round == 0);
        if (!found)
            continue;
        if (!strstr(found, row->says))
            fail_msg("%s", found);
        assert_non_null(strstr(found, "- {"));
        buf_addf(&rules, "\n    %s", strstr(found, "- {"));
    }
}

/* ---- a file of so many windows that not all of them can be looked at ---- */

static void add_windows(struct buf *text, const char *day, int from)
{
    for (int i = 0; i < 40; i++)
        buf_addf(text, "%s\"%s %02d:%02d-%02d:%02d UTC\"", i ? ", " : "[", day, i / 2, i % 2 * 30 + from, i / 2,
                 i % 2 * 30 + from + 1);
    buf_puts(text, "]");
}

/* None of these allows is ever open with the window that is required: whatever is looked at is told, and the rest is
 * not told wrongly. */
static void what_would_take_too_long_is_not_told(void **state)
{
    static const char *const days[] = { "Mon", "Wed", "Thu", "Fri", "Sat", "Sun" };
    AUTO_BUF struct buf text = BUF(40000);
    AUTO(configuration) struct configuration *configuration = NULL;
    const struct lint_finding *findings;
    size_t count, told = 0;

    (void)state;
    buf_puts(&text, before);
    buf_puts(&text, "    - { require: { window: ");
    add_windows(&text, "Tue", 0);
    buf_puts(&text, " }, for: deploy }\n");
    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        buf_puts(&text, "    - { allow: deploy, to: developer, when: { during: ");
        add_windows(&text, days[i], 10);
        buf_puts(&text, " } }\n");
    }
    configuration = fixture_good(buf_text(&text));
    findings = lint_of(configuration, &count);
    for (size_t i = 0; i < count; i++)
        told += strstr(findings[i].sentence, "none of that is open when one of its own is") != NULL;
    assert_in_range(told, 1, ARRAY_LEN(days) - 1);
}

/* ---- schedules ---- */

static const struct schedule_row {
    const char *name, *rules;
    const char *says; /* NULL: nothing */
    const char *steps; /* NULL: of one program */
} schedule_rows[] = {
    { "one that a rule lets run", "{ allow: run, to: 'schedule:nightly' }", NULL, NULL },
    { "by its role", "{ allow: run, to: machine, on: { runbook: backup }, when: { source: schedule } }", NULL, NULL },
    { "one that only people may run", "{ allow: run, to: everyone }",
      "the schedule nightly runs backup by itself, and no rule allows it: each of these runs will be refused. To let it, write "
      "under policy.rules: - { allow: run, to: \"schedule:nightly\", on: { runbook: backup } }", NULL },
    { "from another source", "{ allow: run, to: machine, when: { source: slack } }", "the schedule nightly runs backup", NULL },
    { "of another runbook", "{ allow: run, to: machine, on: { runbook: other } }", "the schedule nightly runs backup", NULL },
    { "a step asks for what no rule lets it", "{ allow: run, to: machine }",
      "the schedule nightly runs backup by itself, whose step 1 asks for `backup restore main latest --into s`, and no rule "
      "allows it that: each of these runs will fail there. To let it, write under policy.rules: - { allow: backup, to: "
      "\"schedule:nightly\", on: { database: main } }",
      "{ verb: 'backup restore main latest --into s' }" },
    { "what it asks for goes by what the schedule gives", "{ allow: [run, deploy], to: machine }",
      "whose step 2 asks for `restart {word} production`, and no rule allows it that: each of these runs will fail there. To "
      "let it, write under policy.rules: - { allow: restart, to: \"schedule:nightly\", on: { service: api, environment: "
      "production } }",
      "{ run: [x] }, { verb: 'restart {word} production' }" },
    { "and so does another runbook", "{ allow: run, to: machine, on: { runbook: backup } }",
      "whose step 1 asks for `run other`, and no rule allows it that: each of these runs will fail there. To let it, write "
      "under policy.rules: - { allow: run, to: \"schedule:nightly\", on: { runbook: other } }",
      "{ verb: 'run other' }" },
    { "a step asks for what a rule lets it", "{ allow: [run, backup], to: machine }", NULL,
      "{ verb: 'backup restore main latest --into s' }" },
};

static void check_schedule(void **state)
{
    const struct schedule_row *row = *state;
    AUTO_BUF struct buf text = BUF(4000);
    AUTO(configuration) struct configuration *configuration = NULL;
    const struct lint_finding *findings;
    const char *found = NULL;
    size_t count;

    buf_addf(&text,
             "slack: { bot_token: x, signing_secrets: [y], team: T0HOME }\n"
             "services:\n"
             "  - name: api\n"
             "    artifact: \"r.example.com/api:{version}\"\n"
             "    environments: [{ name: production, driver: { cloud_run: { project: p, region: r, service: a } } }]\n"
             "databases: [{ name: main, cloud_sql: { project: p, instance: i }, backups: { restore_into: s } }]\n"
             "runbooks:\n"
             "  - { name: backup, args: [{ name: word, one_of: [web, api] }], schedule: { name: nightly, cron: \"0 2 * * *\", args: { "
             "word: api } }, steps: [%s] }\n"
             "  - { name: other, steps: [{ run: [x] }] }\n"
             "policy:\n"
             "  roles: [{ name: machine, members: 'schedule:nightly' }]\n"
             "  rules:\n"
             "    - %s\n",
             row->steps ? row->steps : "{ run: [x] }", row->rules);
    configuration = fixture_good(buf_text(&text));
    findings = policy_lint_releases(
        &(struct lint_input){ .settings = &configuration->settings,
                              .step_asks = runbook_step_asks,
                              .zones = configuration->zones,
                              .now_ms = NOW_MS },
        configuration->arena, &count);
    for (size_t i = 0; i < count; i++)
        if (strstr(findings[i].sentence, "the schedule"))
            found = findings[i].sentence;
    assert_int_equal(found != NULL, row->says != NULL);
    if (row->says && !strstr(found, row->says))
        assert_string_equal(found, row->says);
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(a_role_that_no_rule_names_is_noted),
                                                cmocka_unit_test(what_would_take_too_long_is_not_told),
                                                cmocka_unit_test(a_review_that_nobody_could_close_is_told) };

    return ROWS(rows, check_row) + ROWS(way_rows, check_way) + ROWS(member_rows, check_members) +
           ROWS(release_rows, check_release) + ROWS(schedule_rows, check_schedule) + cmocka_run_group_tests_name("others", others, NULL, NULL);
}
