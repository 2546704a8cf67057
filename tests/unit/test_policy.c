/* Who may do what, and what the refusal says. */
#include "policy/decide.h"
#include "policy/window.h"

#include "configuration_fixture.h"

static const char text[] =
    "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", signing_secrets: \"${env:SLACK_SIGNING_SECRET}\", team: T0HOME }\n"
    "api: { tokens: [{ name: ci, secret: \"${env:OPSGATE_CI_TOKEN}\" }] }\n"
    "people:\n"
    "  - { name: Ada, slack: U0ADA, github: ada, local: ada }\n"
    "  - { name: Bob, slack: U0BOB, github: bob }\n"
    "services:\n"
    "  - name: api\n"
    "    labels: { tier: \"1\" }\n"
    "    artifact: \"r.example.com/api:{version}\"\n"
    "    environments:\n"
    "      - { name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }\n"
    "      - { name: production, driver: { cloud_run: { project: p, region: r, service: b } } }\n"
    "      - { name: drill, driver: { cloud_run: { project: p, region: r, service: c } } }\n"
    "      - { name: vault, driver: { cloud_run: { project: p, region: r, service: d } } }\n"
    "incidents: { severities: [{ name: P1 }] }\n"
    "policy:\n"
    "  roles:\n"
    "    - { name: developer, members: [\"slack:U0ADA\", \"slack:U0BOB\", \"slack:U0EVE\", \"local:deploy\"] }\n"
    "    - { name: manager, members: [\"github:ada\", \"slack:T0OTHER/U0GUEST\"] }\n"
    "    - { name: pipeline, members: \"token:ci\" }\n"
    "    - { name: engineering, members: \"slack-group:S0ENG\" }\n"
    "  rules:\n"
    "    - { allow: [status, help], to: everyone }\n"                                                        /* 23 */
    "    - { allow: [deploy, rollback], to: developer, on: { environment: [staging, drill, vault] } }\n"     /* 24 */
    "    - { allow: \"*\", to: [manager, engineering], on: { environment: production } }\n"                  /* 25 */
    "    - { allow: deploy, to: pipeline, on: { environment: staging }, when: { source: [github, api] } }\n" /* 26 */
    "    - { allow: deploy, to: \"slack:U0ZED\", on: { labels: { tier: \"1\" } } }\n"                        /* 27 */
    "    - { allow: lock, to: developer, when: { during: \"Mon-Fri UTC\" } }\n"                              /* 28 */
    "    - { deny: [deploy, rollback], on: { environment: drill }, reason: \"a drill is on\" }\n"            /* 29 */
    "    - { deny: deploy, on: { environment: production }, to: \"slack:T0OTHER/U0GUEST\" }\n"               /* 30 */
    "    - { deny: deploy, on: { environment: vault }, when: { incident_at_least: P1 }, break_glass: manager }\n"
    "    - { require: { approvals: { count: 2, from: [manager] }, reason: true }, for: rollback, on: { environment: "
    "production } }\n"
    "    - { deny: halt, on: { environment: production }, when: { source: api } }\n" /* 33 */
    "    - { require: { approvals: { count: 1, from: [developer] } }, for: deploy, on: { environment: vault } }\n"
    "    - { allow: approve, to: \"slack:U0ZED\", on: { environment: vault } }\n"
    "    - { allow: pause, to: developer, on: { environment: staging }, when: { source: github } }\n"; /* 36 */

static const struct row {
    const char *name, *who, *team; /* who: "slack:U0ADA" */
    const char *verb, *environment, *source;
    bool is_safe;
    enum verdict verdict;
    const char *rule, *reason, *turn;
} rows[] = {
    { "a member of the workspace may ask for status", "slack:U0ANY", "T0HOME", "status", NULL, "slack", false,
      VERDICT_ALLOW, "test.yaml:23", "status is allowed to members of the workspace", "" },
    { "a guest from another workspace may not", "slack:U0ANY", "T0OTHER", "status", NULL, "slack", false, VERDICT_DENY,
      "test.yaml:23",
      "only members of the workspace may ask for status, and the one who asked is of another workspace, T0OTHER",
      "Ask members of the workspace to do it, or have a rule name you." },
    { "a Slack user without a workspace is nobody", "slack:U0ADA", NULL, "status", NULL, "slack", false, VERDICT_DENY,
      "test.yaml:23", NULL, NULL },
    { "any local user is everyone", "local:root", NULL, "help", NULL, "local", false, VERDICT_ALLOW, "test.yaml:23",
      NULL, NULL },
    { "a token is not everyone", "token:ci", NULL, "help", NULL, "api", false, VERDICT_DENY, "test.yaml:23", NULL,
      NULL },
    { "a person's GitHub login is everyone when their Slack user is", "github:bob", NULL, "status", NULL, "github",
      false, VERDICT_ALLOW, "test.yaml:23", NULL, NULL },
    { "a stranger's GitHub login is not", "github:mallory", NULL, "status", NULL, "github", false, VERDICT_DENY,
      "test.yaml:23", NULL, NULL },
    { "a developer deploys to staging", "slack:U0BOB", "T0HOME", "deploy", "staging", "slack", false, VERDICT_ALLOW,
      "test.yaml:24", "deploy of api in staging is allowed to developer", "" },
    { "the same id in another workspace is somebody else", "slack:U0BOB", "T0OTHER", "deploy", "staging", "slack",
      false, VERDICT_DENY, "test.yaml:24", NULL, NULL },
    { "but not to production", "slack:U0BOB", "T0HOME", "deploy", "production", "slack", false, VERDICT_DENY,
      "test.yaml:25",
      "only manager, engineering or slack:U0ZED may deploy api in production; slack-group:S0ENG was never read, so it counts as empty",
      "Ask manager, engineering or slack:U0ZED to do it, or have a rule name you. Or ask again once the group can be read." },
    { "a role of the GitHub login holds for the Slack user", "slack:U0ADA", "T0HOME", "deploy", "production", "slack",
      false, VERDICT_ALLOW, "test.yaml:25", NULL, NULL },
    { "and for the local user", "local:ada", NULL, "deploy", "production", "local", false, VERDICT_ALLOW,
      "test.yaml:25", NULL, NULL },
    { "a star is every verb", "github:ada", NULL, "promote", "production", "github", false, VERDICT_ALLOW,
      "test.yaml:25", NULL, NULL },
    { "even one that no rule names", "github:ada", NULL, "dance", "production", "github", false, VERDICT_ALLOW,
      "test.yaml:25", NULL, NULL },
    { "what no rule speaks of is denied", "slack:U0ADA", "T0HOME", "failover", NULL, "slack", false, VERDICT_DENY, NULL,
      "no rule allows failover", "Somebody has to write a rule that allows failover." },
    { "the pipeline may from GitHub", "token:ci", NULL, "deploy", "staging", "github", false, VERDICT_ALLOW,
      "test.yaml:26", NULL, NULL },
    { "the pipeline may not from Slack", "token:ci", NULL, "deploy", "staging", "slack", false, VERDICT_DENY,
      "test.yaml:24", NULL, NULL },
    { "an allow does not hold when the source is not known", "token:ci", NULL, "deploy", "staging", NULL, false,
      VERDICT_DENY, "test.yaml:24", NULL, NULL },
    { "a principal in place of a role, by label", "slack:U0ZED", "T0HOME", "deploy", "production", "slack", false,
      VERDICT_ALLOW, "test.yaml:27", NULL, NULL },
    { "an allow outside its window is absent, and says when it is there", "slack:U0ADA", "T0HOME", "lock", NULL,
      "slack", false, VERDICT_DENY, "test.yaml:28",
      "lock would be allowed by test.yaml:28, but only during Mon-Fri UTC",
      "The window opens Mon 00:00 UTC, in 38 h." },
    { "a deny wins over an allow, with its reason", "slack:U0ADA", "T0HOME", "deploy", "drill", "slack", false,
      VERDICT_DENY, "test.yaml:29", "deploy of api in drill is denied: a drill is on",
      "Nobody may, until the rule test.yaml:29 is changed." },
    { "but not in the safe direction", "slack:U0ADA", "T0HOME", "rollback", "drill", "slack", true, VERDICT_ALLOW,
      "test.yaml:24", NULL, NULL },
    { "which needs its allow all the same", "slack:U0ANY", "T0HOME", "rollback", "drill", "slack", true, VERDICT_DENY,
      "test.yaml:24", NULL, NULL },
    { "a guest has what a rule gives by name", "slack:U0GUEST", "T0OTHER", "promote", "production", "slack", false,
      VERDICT_ALLOW, "test.yaml:25", NULL, NULL },
    { "and loses what a rule takes by name", "slack:U0GUEST", "T0OTHER", "deploy", "production", "slack", false,
      VERDICT_DENY, "test.yaml:30", NULL, NULL },
    { "a deny that cannot be judged denies, and says so", "slack:U0EVE", "T0HOME", "deploy", "vault", "slack", false,
      VERDICT_DENY, "test.yaml:31",
      "deploy of api in vault is denied (whether an incident of P1 or worse is open is not known, so it denies)",
      "It takes a manager to break the glass, with a reason." },
    { "requirements add up, and are unmet", "slack:U0ADA", "T0HOME", "rollback", "production", "slack", false,
      VERDICT_NEEDS, "test.yaml:32",
      "rollback of api in production requires 2 approvals of manager (none is there), a reason (none is given)",
      "It takes 2 more approvals. Give --reason." },
    { "but not in the safe direction either", "slack:U0ADA", "T0HOME", "rollback", "production", "slack", true,
      VERDICT_ALLOW, "test.yaml:25", NULL, NULL },
    { "a deny holds when the source is not known", "github:ada", NULL, "halt", "production", NULL, false, VERDICT_DENY,
      "test.yaml:33", NULL, NULL },
    { "and not when it is another", "github:ada", NULL, "halt", "production", "github", false, VERDICT_ALLOW,
      "test.yaml:25", NULL, NULL },
    { "of a consent whoever may give it is named, by the requirement", "slack:U0ANY", "T0HOME", "approve", "vault",
      "slack", false, VERDICT_DENY, "test.yaml:34", "only a developer may approve api in vault",
      "Ask a developer to do it, or have a rule name you." },
    { "who gives it needs no allow", "slack:U0BOB", "T0HOME", "approve", "vault", "slack", false, VERDICT_ALLOW,
      "test.yaml:34", "approve of api in vault is for developer", "" },
    { "where nothing has to be consented to no rule allows it", "slack:U0ANY", "T0HOME", "approve", "staging", "slack",
      false, VERDICT_DENY, NULL, "no rule allows approve of api in staging",
      "Somebody has to write a rule that allows approve." },
    { "a door is named where a rule speaks of another one", "slack:U0BOB", "T0HOME", "pause", "staging", "slack", false,
      VERDICT_DENY, NULL, "no rule allows pause of api in staging from slack", NULL },
    { "nobody is in a group that is not read", "slack:U0ENG", "T0HOME", "deploy", "production", "slack", false,
      VERDICT_DENY, "test.yaml:25", NULL, NULL },
};

static struct configuration *configuration;
static struct policy *policy;
static const struct facts nothing_known = { .unix_ms = INT64_C(1795255200000) }; /* Saturday 2026-11-21T10:00:00Z */

static int compile(void **state)
{
    (void)state;
    configuration = fixture_good(text);
    policy = policy_compile(&configuration->settings, NULL, configuration->zones, configuration->arena);
    return 0;
}

static int let_go(void **state)
{
    (void)state;
    configuration_destroy(configuration);
    return 0;
}

static struct principal principal_of(const char *who, const char *team)
{
    struct str id = str_of(who), system = str_take_until(&id, ':');

    return (struct principal){ arena_copy(configuration->arena, system), arena_copy(configuration->arena, id), team,
                               NULL };
}

static struct question question_of(const struct row *row)
{
    const struct service_settings *api = settings_find_service(&configuration->settings, "api");

    return (struct question){
        .principal = principal_of(row->who, row->team),
        .verb = row->verb,
        .service = row->environment ? "api" : NULL,
        .environment = row->environment,
        .source = row->source,
        .labels = row->environment ? api->labels : NULL,
        .labels_count = row->environment ? api->labels_count : 0,
        .is_safe_direction = row->is_safe,
    };
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct question question = question_of(row);
    struct decision decision = policy_decide(policy, &question, &nothing_known, POLICY_STATIC);

    if (decision.verdict != row->verdict)
        fail_msg("verdict %d: %s (%s)", (int)decision.verdict, decision.reason,
                 decision.rule ? decision.rule : "no rule");
    if (row->rule)
        assert_string_equal(decision.rule, row->rule);
    else
        assert_null(decision.rule);
    if (row->reason)
        assert_string_equal(decision.reason, row->reason);
    if (row->turn)
        assert_string_equal(decision.turn, row->turn);
    assert_true(decision.verdict == VERDICT_ALLOW || decision.turn[0]);
    assert_true(decision.reason[0]);
}

static void both_stages_agree_on_what_does_not_come_with_pinning(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct question question = question_of(&rows[i]);

        assert_int_equal(policy_decide(policy, &question, &nothing_known, POLICY_STATIC).verdict,
                         policy_decide(policy, &question, &nothing_known, POLICY_WHOLE).verdict);
    }
}

static void breaking_the_glass_is_for_its_role(void **state)
{
    struct row row = {
        .who = "slack:U0ADA", .team = "T0HOME", .verb = "deploy", .environment = "vault", .source = "slack"
    };
    struct question question = question_of(&row);

    (void)state;
    assert_true(policy_decide(policy, &question, &nothing_known, POLICY_WHOLE)
                    .can_break_glass); /* a manager by her GitHub login */
    question.principal = principal_of("slack:U0BOB", "T0HOME");
    assert_false(policy_decide(policy, &question, &nothing_known, POLICY_WHOLE).can_break_glass);
}

static void needs_say_what_from_whom_and_by_which_rule(void **state)
{
    struct row row = {
        .who = "slack:U0ADA", .team = "T0HOME", .verb = "rollback", .environment = "production", .source = "slack"
    };
    struct question question = question_of(&row);
    struct decision decision = policy_decide(policy, &question, &nothing_known, POLICY_WHOLE);

    (void)state;
    assert_int_equal(decision.needs_count, 2);
    assert_int_equal(decision.needs[0].kind, NEED_APPROVALS);
    assert_int_equal(decision.needs[0].require->approvals->count, 2);
    assert_string_equal(decision.needs[0].rule, "test.yaml:32");
    assert_int_equal(decision.needs[0].state, NEED_PEOPLE);
    assert_int_equal(decision.needs[1].kind, NEED_REASON);
    assert_int_equal(decision.needs[1].state, NEED_UNMET);
}

static void roles_hold_for_persons(void **state)
{
    struct principal ada = principal_of("slack:U0ADA", "T0HOME"), bob = principal_of("github:bob", NULL);

    (void)state;
    assert_true(policy_has_role(policy, &nothing_known, &ada, "manager"));
    assert_true(policy_has_role(policy, &nothing_known, &bob, "developer"));
    assert_false(policy_has_role(policy, &nothing_known, &bob, "manager"));
    assert_true(policy_has_role(policy, &nothing_known, &bob, "everyone"));
    assert_false(policy_has_role(policy, &nothing_known, &bob, "no-such-role"));
    assert_string_equal(policy_roles_of(policy, &nothing_known, &bob, configuration->arena), "developer");
}

static void help_shows_what_this_person_may_use(void **state)
{
    struct principal bob = principal_of("slack:U0BOB", "T0HOME"), guest = principal_of("slack:U0ANY", "T0OTHER");

    (void)state;
    assert_true(policy_help_for(policy, &nothing_known, &bob, "slack", "deploy"));
    assert_true(policy_help_for(policy, &nothing_known, &bob, "slack", "status"));
    assert_false(policy_help_for(policy, &nothing_known, &bob, "slack", "promote"));
    assert_true(policy_help_for(policy, &nothing_known, &bob, "slack", "lock")); /* at another time */
    assert_false(policy_help_for(policy, &nothing_known, &guest, "slack", "help"));
    assert_true(policy_help_for(policy, &nothing_known, &bob, "slack", "approve")); /* a requirement names him */
    assert_false(policy_help_for(policy, &nothing_known, &guest, "slack", "approve"));
}

static void without_a_team_nobody_in_slack_is_everyone(void **state)
{
    AUTO(configuration)
    struct configuration *other = fixture_good(
        "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", signing_secrets: \"${env:SLACK_SIGNING_SECRET}\" }\n"
        "policy: { roles: [{ name: dev, members: \"slack:U1\" }], rules: [{ allow: help, to: everyone }, { allow: "
        "deploy, to: dev }] }\n");
    struct policy *unknown = policy_compile(&other->settings, NULL, other->zones, other->arena);
    const struct principal somebody = principal_of("slack:U1", "T0HOME");
    struct policy *learned = policy_compile(&other->settings, "T0HOME", other->zones, other->arena);
    struct question question = { .principal = principal_of("slack:U1", "T0HOME"), .verb = "help", .source = "slack" };

    (void)state;
    assert_int_equal(policy_decide(unknown, &question, &nothing_known, POLICY_WHOLE).verdict, VERDICT_DENY);
    assert_int_equal(policy_decide(learned, &question, &nothing_known, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    assert_null(policy_foreign_team(unknown, &somebody));
    question.verb = "deploy"; /* a literal role holds: the id says who it is */
    assert_int_equal(policy_decide(unknown, &question, &nothing_known, POLICY_WHOLE).verdict, VERDICT_ALLOW);
}

static void a_refusal_names_who_can_and_nobody_else(void **state)
{
    AUTO(configuration)
    struct configuration *other =
        fixture_good("slack: { bot_token: x, signing_secrets: [y], team: T1 }\n"
                     "policy: { roles: [{ name: release-manager, members: \"slack:U1\" }, { name: oncall, members: "
                     "\"slack:U1\" }], rules: [{ allow: deploy, to: release-manager }, { allow: promote, to: oncall "
                     "}, { allow: halt, to: \"slack:U1\" }] }\n");
    static const struct {
        const char *verb, *reason, *turn;
    } texts[] = {
        { "deploy", "only a release-manager may deploy api in production",
          "Ask a release-manager to do it, or have a rule name you." }, /* decide.h shows these */
        { "promote", "only an oncall may promote api in production",
          "Ask an oncall to do it, or have a rule name you." },
        { "halt", "only slack:U1 may halt api in production", "Ask slack:U1 to do it, or have a rule name you." },
    };
    struct policy *compiled = policy_compile(&other->settings, NULL, other->zones, other->arena);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct question question = { .principal = principal_of("slack:U2", "T1"),
                                     .verb = texts[i].verb,
                                     .service = "api",
                                     .environment = "production",
                                     .source = "slack" };
        struct decision decision = policy_decide(compiled, &question, &nothing_known, POLICY_STATIC);

        assert_string_equal(decision.reason, texts[i].reason);
        assert_string_equal(decision.turn, texts[i].turn);
    }
}

/* Whoever asks is told everybody who could: each once, in the order of the file, and of very many the first. */
static void all_rules_that_let_others_are_named(void **state)
{
    static const struct {
        const char *name, *rules, *reason;
    } cases[] = {
        { "two rules", "{ allow: deploy, to: lead }, { allow: [deploy, lock], to: [oncall, lead] }",
          "only lead or oncall may deploy" },
        { "not one that is elsewhere", "{ allow: deploy, to: lead }, { allow: deploy, to: oncall, on: { environment: other } }",
          "only a lead may deploy" },
        { "nor of another verb, nor of another door",
          "{ allow: deploy, to: lead }, { allow: lock, to: oncall }, { allow: deploy, to: boss, when: { source: github } }",
          "only a lead may deploy" },
        { "nor one who may only at another time",
          "{ allow: deploy, to: boss, when: { incident_at_least: P1 } }, { allow: deploy, to: oncall }",
          "only an oncall may deploy" },
        { "but if there is nobody else",
          "{ allow: deploy, to: boss, when: { incident_at_least: P1 } }, { allow: deploy, to: lead, when: { incident_at_least: "
          "P1 } }",
          "only a boss may deploy" },
        { "principals among them", "{ allow: '*', to: lead }, { allow: deploy, to: 'slack:U7' }",
          "only lead or slack:U7 may deploy" },
        { "of many the first",
          "{ allow: deploy, to: ['slack:U1', 'slack:U4', 'slack:U5'] }, { allow: deploy, to: ['slack:U6', 'slack:U7', "
          "'slack:U8'] }, { allow: deploy, to: ['slack:U9', lead, 'slack:U1'] }",
          "only slack:U1, slack:U4, slack:U5, slack:U6, slack:U7, slack:U8 or 2 more may deploy" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char file[2000];
        const struct facts facts = { .unix_ms = 1, .incidents = KNOWN_NO };
        struct question question = {
            .principal = principal_of("slack:U2", "T1"), .verb = "deploy", .environment = "production", .source = "slack"
        };
        AUTO(configuration) struct configuration *of_others = NULL;
        struct decision decision;

        snprintf(file, sizeof(file),
                 "slack: { bot_token: x, signing_secrets: [y], team: T1 }\n"
                 "incidents: { severities: [{ name: P1 }] }\n"
                 "services:\n"
                 "  - name: api\n"
                 "    environments:\n"
                 "      - { name: production, driver: { program: { deploy: [d] } } }\n"
                 "      - { name: other, driver: { program: { deploy: [d] } } }\n"
                 "policy: { roles: [{ name: lead, members: 'slack:U3' }, { name: oncall, members: 'slack:U4' }, "
                 "{ name: boss, members: 'slack:U5' }], rules: [%s] }\n",
                 cases[i].rules);
        of_others = fixture_good(file);
        decision = policy_decide(policy_compile(&of_others->settings, NULL, of_others->zones, of_others->arena),
                                 &question, &facts, POLICY_STATIC);
        if (!str_starts_with(str_of(decision.reason), cases[i].reason) ||
            decision.reason[strlen(cases[i].reason)] != ' ')
            fail_msg("%s: %s", cases[i].name, decision.reason);
        assert_int_equal(decision.verdict, VERDICT_DENY);
    }
}

static void somebody_of_another_workspace_is_named_with_it(void **state)
{
    struct principal here = principal_of("slack:U1", "T0HOME"), there = principal_of("slack:U1", "T0OTHER"),
                     local = principal_of("local:ann", NULL);

    (void)state;
    assert_string_equal(policy_name_of(policy, &here, configuration->arena), "slack:U1");
    assert_string_equal(policy_name_of(policy, &there, configuration->arena), "slack:T0OTHER/U1");
    assert_string_equal(policy_name_of(policy, &local, configuration->arena), "local:ann");
}

static void a_policy_of_nothing_denies_everything(void **state)
{
    AUTO(configuration) struct configuration *other = fixture_good(FIXTURE_SLACK);
    struct policy *empty = policy_compile(&other->settings, NULL, other->zones, other->arena);
    struct question question = { .principal = principal_of("local:root", NULL), .verb = "status", .source = "local" };
    struct decision decision = policy_decide(empty, &question, &nothing_known, POLICY_WHOLE);

    (void)state;
    assert_int_equal(decision.verdict, VERDICT_DENY);
    assert_string_equal(decision.reason, "no rule allows status");
}

/* Verbs are names, and sentences are English all the same. */
static void verbs_are_told_in_english(void **state)
{
    static const struct {
        const char *verb, *service, *environment;
        const char *only, *allowed;
    } told[] = {
        { "deploy", "api", "production", "only a boss may deploy api in production",
          "deploy of api in production is allowed to boss" },
        { "rollback", "api", "production", "only a boss may roll back api in production",
          "rollback of api in production is allowed to boss" },
        { "failover", "api", "production", "only a boss may fail over api in production",
          "failover of api in production is allowed to boss" },
        { "status", "api", "production", "only a boss may ask for status of api in production",
          "status of api in production is allowed to boss" },
        { "lock", NULL, "production", "only a boss may lock production", "lock of production is allowed to boss" },
        { "deploy", NULL, "production", "only a boss may deploy in production",
          "deploy in production is allowed to boss" },
        { "maintenance", "api", "production", "only a boss may ask for maintenance of api in production",
          "maintenance of api in production is allowed to boss" },
        { "schedules", "api", NULL, "only a boss may ask for schedules of api",
          "asking for schedules of api is allowed to boss" },
        { "logs", "api", NULL, "only a boss may ask for logs of api", "asking for logs of api is allowed to boss" },
        { "traffic", "api", NULL, "only a boss may ask for traffic of api", "traffic of api is allowed to boss" },
        { "backup", "main", NULL, "only a boss may back up main", "backup of main is allowed to boss" },
        { "locks", NULL, NULL, "only a boss may ask for locks", "asking for locks is allowed to boss" },
        { "help", NULL, NULL, "only a boss may ask for help", "help is allowed to boss" },
    };
    AUTO(configuration)
    struct configuration *other = fixture_good(
        FIXTURE_SLACK
        "policy:\n  roles: [{ name: boss, members: 'local:boss' }]\n  rules: [{ allow: '*', to: boss }]\n");
    struct policy *boss = policy_compile(&other->settings, NULL, other->zones, other->arena);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        struct question question = { .principal = principal_of("local:root", NULL),
                                     .verb = told[i].verb,
                                     .service = told[i].service,
                                     .environment = told[i].environment,
                                     .source = "local" };
        struct decision decision = policy_decide(boss, &question, &nothing_known, POLICY_WHOLE);

        assert_string_equal(decision.reason, told[i].only);
        question.principal = principal_of("local:boss", NULL);
        decision = policy_decide(boss, &question, &nothing_known, POLICY_WHOLE);
        assert_string_equal(decision.reason, told[i].allowed);
    }
}

static void long_names_are_cut_and_harm_nothing(void **state)
{
    char verb[1000];
    struct question question = { .principal = principal_of("local:root", NULL),
                                 .verb = verb,
                                 .service = verb,
                                 .environment = verb,
                                 .source = verb };
    struct decision decision;

    (void)state;
    memset(verb, 'x', sizeof(verb));
    verb[sizeof(verb) - 1] = '\0';
    decision = policy_decide(policy, &question, &nothing_known, POLICY_WHOLE);
    assert_int_equal(decision.verdict, VERDICT_DENY);
    assert_int_equal(strlen(decision.reason), sizeof(decision.reason) - 1);
}

static void windows_are_days_or_dates_hours_and_a_zone(void **state)
{
    static const struct {
        const char *text;
        bool is_good;
    } windows[] = {
        { "Wed 22:00-24:00 UTC", true },
        { "Mon-Thu 09:00-16:00 Europe/Berlin", true },
        { "Sat,Sun UTC", true },
        { "2026-12-20 - 2027-01-02 Europe/Berlin", true },
        { "2026-12-24 12:00-24:00 UTC", true },
        { "Mon UTC", true },
        { "", false },
        { "Wed", false },
        { "Wed 22:00-25:00 UTC", false },
        { "Wed 22-23 UTC", false },
        { "Wed 22:00-24:01 UTC", false },
        { "wed 22:00-24:00 UTC", false },
        { "Wed 22:00-24:00 utc", false },
        { "Wed 22:00-24:00 UTC now", false },
        { "2026-13-01 UTC", false },
        { "2026-12-20 - UTC", false },
        { "Wed-Foo 22:00-24:00 UTC", false },
    };
    struct window ignored;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(windows); i++)
        if (window_parse(str_of(windows[i].text), configuration->zones, configuration->arena, &ignored, &err) !=
            windows[i].is_good)
            fail_msg("'%s'", windows[i].text);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(both_stages_agree_on_what_does_not_come_with_pinning),
        cmocka_unit_test(breaking_the_glass_is_for_its_role),
        cmocka_unit_test(needs_say_what_from_whom_and_by_which_rule),
        cmocka_unit_test(roles_hold_for_persons),
        cmocka_unit_test(help_shows_what_this_person_may_use),
        cmocka_unit_test(without_a_team_nobody_in_slack_is_everyone),
        cmocka_unit_test(a_refusal_names_who_can_and_nobody_else),
        cmocka_unit_test(somebody_of_another_workspace_is_named_with_it),
        cmocka_unit_test(all_rules_that_let_others_are_named),
        cmocka_unit_test(a_policy_of_nothing_denies_everything),
        cmocka_unit_test(verbs_are_told_in_english),
        cmocka_unit_test(long_names_are_cut_and_harm_nothing),
        cmocka_unit_test(windows_are_days_or_dates_hours_and_a_zone),
    };
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
                                              .test_func = check_row,
                                              .initial_state = (void *)(uintptr_t)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests(tests, compile, let_go);
}
