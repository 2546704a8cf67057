/* What each rule has to do with a request, who could do it, and `explain` for whoever asks. */
#include "tests/unit/decision_fixture.h"

#include "handlers/explain.h"
#include "policy/explain.h"
#include "policy/members.h"

static const char configuration_text[] =
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
    "people:\n"
    "  - { name: Bob, slack: U2, github: bob }\n"
    "services:\n"
    "  - name: api\n"
    "    artifact: \"r.example.com/api:{version}\"\n"
    "    environments:\n"
    "      - { name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }\n"
    "      - { name: production, driver: { cloud_run: { project: p, region: r, service: b } } }\n"
    "incidents: { severities: [{ name: P1 }] }\n"
    "policy:\n"
    "  roles:\n"
    "    - { name: developer, members: [\"slack:U1\", \"github:bob\"] }\n"
    "    - { name: engineer, members: \"slack-group:S0ENG\" }\n"
    "  rules:\n"
    "    - { allow: [deploy, rollback, explain], to: developer }\n"                                        /* 16 */
    "    - { allow: rollback, to: engineer }\n"                                                            /* 17 */
    "    - { deny: deploy, on: { environment: production }, break_glass: 'slack:U2', reason: a freeze }\n" /* 18 */
    "    - { deny: deploy, when: { source: github } }\n"                                                   /* 19 */
    "    - { deny: '*', to: 'slack:U9' }\n"                                                                /* 20 */
    "    - { deny: deploy, when: { incident_at_least: P1 } }\n"                                            /* 21 */
    "    - { require: { reason: true }, for: deploy }\n"                                                   /* 22 */
    "    - { allow: status, to: everyone }\n";                                                             /* 23 */

static const char many_names[] =
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
    "people:\n"
    "  - { name: Ann, github: ann, slack: U0ANN, pagerduty: PANN }\n"
    "  - { name: Cy, github: cy, slack: U0CY }\n"
    "services:\n"
    "  - name: api\n"
    "    artifact: \"r.example.com/api:{version}\"\n"
    "    environments:\n"
    "      - { name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }\n"
    "policy:\n"
    "  roles:\n"
    "    - { name: developer, members: [\"github:ann\", \"github:cy\", \"github:dan\", \"slack:U0ED\"] }\n"
    "  rules:\n"
    "    - { allow: deploy, to: developer }\n"
    "    - { deny: deploy, to: 'github:cy', break_glass: 'github:cy', reason: not alone }\n";

static const char *const group[] = { "slack:U7" };
static const struct membership membership = { .source = "slack-group:S0ENG",
                                              .members = (const char **)(uintptr_t)group,
                                              .members_count = 1 };

/* ---- rule by rule ---- */

static const struct rule_row {
    const char *name, *user, *verb, *environment, *source, *reason, *break_glass;
    bool is_safe;
    enum verdict verdict;
    int line;
    enum explain_outcome outcome;
    const char *sentence; /* part of it */
} rule_rows[] = {
    { "an allow that allows", "U1", "deploy", "staging", "slack", "because", NULL, false, VERDICT_ALLOW, 16,
      EXPLAIN_ALLOWS, "is allowed to developer" },
    { "an allow that is for others", "U5", "rollback", "staging", "slack", NULL, NULL, false, VERDICT_DENY, 16,
      EXPLAIN_OTHERS, "only a developer may roll back api in staging" },
    { "a group as it was read in time", "U7", "rollback", "staging", "slack", NULL, NULL, false, VERDICT_ALLOW, 17,
      EXPLAIN_ALLOWS, "engineer" },
    { "a deny of another place", "U1", "deploy", "staging", "slack", "because", NULL, false, VERDICT_ALLOW, 18,
      EXPLAIN_ELSEWHERE, "it speaks of environment production" },
    { "a deny of another source", "U1", "deploy", "staging", "slack", "because", NULL, false, VERDICT_ALLOW, 19,
      EXPLAIN_ELSEWHERE, "it speaks of requests from github" },
    { "a deny for somebody else", "U1", "deploy", "staging", "slack", "because", NULL, false, VERDICT_ALLOW, 20,
      EXPLAIN_OTHERS, "it is for slack:U9" },
    { "a deny without an incident", "U1", "deploy", "staging", "slack", "because", NULL, false, VERDICT_ALLOW, 21,
      EXPLAIN_NOT_NOW, "conditions do not hold" },
    { "a deny that denies", "U1", "deploy", "production", "slack", "because", NULL, false, VERDICT_DENY, 18,
      EXPLAIN_DENIES, "denied: a freeze" },
    { "a glass that is whole", "U2", "deploy", "production", "slack", "because", NULL, false, VERDICT_DENY, 18,
      EXPLAIN_DENIES, "denied: a freeze" },
    { "a broken glass", "U2", "deploy", "production", "slack", "because", "it burns", false, VERDICT_ALLOW, 18,
      EXPLAIN_PASSED, "its glass was broken" },
    { "a requirement that lacks something", "U1", "deploy", "staging", "slack", NULL, NULL, false, VERDICT_NEEDS, 22,
      EXPLAIN_NEEDS, "requires a reason" },
    { "a requirement that is met", "U1", "deploy", "staging", "slack", "because", NULL, false, VERDICT_ALLOW, 22,
      EXPLAIN_MET, "everything it asks for is there" },
    { "the safe direction passes denies", "U1", "deploy", "production", "slack", NULL, NULL, true, VERDICT_ALLOW, 18,
      EXPLAIN_PASSED, "safe direction" },
    { "and requirements", "U1", "deploy", "production", "slack", NULL, NULL, true, VERDICT_ALLOW, 22, EXPLAIN_PASSED,
      "safe direction" },
};

static struct facts facts_of(const struct decision_fixture *fixture)
{
    struct membership read = membership;

    read.read_at_ms = DECISION_NOW_MS - MINUTE_MS;
    return (struct facts){ .unix_ms = DECISION_NOW_MS,
                           .incidents = KNOWN_NO,
                           .members = members_compile(fixture->view.policy, &read, 1, fixture->arena) };
}

static void check_rule(void **state)
{
    const struct rule_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    const struct question question = { .principal = { "slack", row->user, "T1", NULL },
                                       .verb = row->verb,
                                       .service = "api",
                                       .environment = row->environment,
                                       .source = row->source,
                                       .is_safe_direction = row->is_safe };
    struct facts facts = facts_of(fixture);
    struct explanation explanation;

    facts.reason = row->reason;
    facts.break_glass = row->break_glass;
    explanation = policy_explain(fixture->view.policy, &question, &facts, POLICY_WHOLE, fixture->arena);
    assert_int_equal(explanation.decision.verdict, row->verdict);
    for (size_t i = 0; i < explanation.rules_count; i++) {
        if (strcmp(explanation.rules[i].rule, arena_printf(fixture->arena, "test.yaml:%d", row->line)) != 0)
            continue;
        assert_string_equal(explain_outcome_names[explanation.rules[i].outcome], explain_outcome_names[row->outcome]);
        if (!strstr(explanation.rules[i].sentence, row->sentence))
            fail_msg("%s", explanation.rules[i].sentence);
        return;
    }
    fail_msg("line %d is not explained", row->line);
}

static void only_rules_of_the_verb_are_explained(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    const struct question question = { .principal = { "slack", "U5", "T1", NULL }, .verb = "status" };
    const struct facts facts = facts_of(fixture);
    struct explanation explanation =
        policy_explain(fixture->view.policy, &question, &facts, POLICY_WHOLE, fixture->arena);

    (void)state;
    assert_int_equal(explanation.rules_count, 2); /* "*" names it too */
    assert_string_equal(explanation.rules[0].rule, "test.yaml:20");
    assert_string_equal(explanation.rules[1].rule, "test.yaml:23");
}

static void an_increase_does_not_ask_who_may(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    const struct question question = { .principal = { "slack", "U1", "T1", NULL },
                                       .verb = "deploy",
                                       .service = "api",
                                       .environment = "staging",
                                       .source = "slack" };
    const struct facts facts = facts_of(fixture);
    struct explanation explanation =
        policy_explain(fixture->view.policy, &question, &facts, POLICY_INCREASE, fixture->arena);

    (void)state;
    assert_int_equal(explanation.decision.verdict, VERDICT_ALLOW);
    assert_int_equal(explanation.rules[0].outcome, EXPLAIN_SETTLED);
    assert_int_equal(explanation.rules[explanation.rules_count - 1].outcome, EXPLAIN_SETTLED); /* the reason */
}

/* Whatever comes with an artifact, each once, and nothing else that is required. */
static void what_depends_on_the_version_is_named(void **state)
{
    static const char text[] =
        "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
        "github: { token: t }\n"
        "services:\n"
        "  - name: api\n"
        "    artifact: \"r.example.com/api:{version}\"\n"
        "    environments: [{ name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }]\n"
        "policy:\n"
        "  rules:\n"
        "    - { allow: deploy, to: 'slack:U1' }\n"
        "    - { require: { checks: green, reason: true, approvals: { from: 'slack:U2' } }, for: deploy }\n" /* 10 */
        "    - { require: { version: 'v*', healthy_in: { environment: staging } }, for: deploy }\n"
        "    - { require: { approvals: { from: 'slack:U2', exclude_authors: true } }, for: deploy }\n";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct question question = {
        .principal = { "slack", "U1", "T1", NULL }, .verb = "deploy", .service = "api", .environment = "staging"
    };
    const struct facts facts = { .unix_ms = DECISION_NOW_MS };
    struct decision decision = policy_decide(fixture->view.policy, &question, &facts, POLICY_STATIC);
    const char *words = explain_by_version(&decision, fixture->arena);

    (void)state;
    assert_string_equal(words,
                        "green checks (test.yaml:10), a version like v* (test.yaml:11), the version healthy in staging "
                        "for 1h (test.yaml:11), 1 approval of slack:U2 who wrote none of it (test.yaml:12)");
    assert_string_equal(
        policy_explain(fixture->view.policy, &question, &facts, POLICY_STATIC, fixture->arena).by_version, words);
    assert_string_equal(explain_join_by_version(words, words, fixture->arena), words);
    assert_string_equal(
        explain_any_version_words(words, fixture->arena),
        arena_printf(fixture->arena,
                     "No version was named. What depends on which one it is: %s. The rest is so for any.", words));
}

/* ---- who can ---- */

static bool has_person(const struct who_can *who, const char *text)
{
    for (size_t i = 0; i < who->persons_count; i++)
        if (strcmp(who->persons[i].text, text) == 0)
            return true;
    return false;
}

static void who_can_names_each_person_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    struct question question = { .verb = "rollback", .service = "api", .environment = "staging", .source = "slack" };
    struct facts facts = facts_of(fixture);
    struct who_can who = policy_who_can(fixture->view.policy, &question, &facts, fixture->arena);

    (void)state;
    assert_false(who.is_everyone);
    assert_int_equal(who.persons_count, 3); /* U1, Bob, U7 by the group */
    assert_true(has_person(&who, "slack:U1") && has_person(&who, "slack:U7"));
    assert_true(has_person(&who, "slack:U2") && !has_person(&who, "github:bob"));
    facts.members = NULL;
    who = policy_who_can(fixture->view.policy, &question, &facts, fixture->arena);
    assert_int_equal(who.persons_count, 2);
    question.verb = "status";
    who = policy_who_can(fixture->view.policy, &question, &facts, fixture->arena);
    assert_true(who.is_everyone);
    assert_false(has_person(&who, "slack:U9"));
}

static const struct able_person *find_person(const struct able_person *persons, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(persons[i].text, text) == 0)
            return &persons[i];
    fail_msg("%s is not among them", text);
    return NULL;
}

/* Rules and `people` name some by what people in Slack do not call them. */
static void who_can_names_people_as_slack_does(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(many_names);
    struct question question = { .verb = "deploy", .service = "api", .environment = "staging", .source = "slack" };
    struct who_can who = policy_who_can(fixture->view.policy, &question, &(struct facts){ 0 }, fixture->arena);
    const struct able_person *person;

    (void)state;
    assert_int_equal(who.persons_count, 3);
    person = find_person(who.persons, who.persons_count, "slack:U0ANN");
    assert_string_equal(person->principal.system, "slack");
    assert_int_equal(person->others_count, 2);
    assert_string_equal(person->others[0], "github:ann");
    assert_string_equal(person->others[1], "pagerduty:PANN");
    assert_int_equal(find_person(who.persons, who.persons_count, "slack:U0ED")->others_count, 0);
    person = find_person(who.persons, who.persons_count, "github:dan"); /* has none there */
    assert_int_equal(person->others_count, 0);
    assert_int_equal(who.by_glass_count, 1);
    assert_string_equal(find_person(who.by_glass, 1, "slack:U0CY")->others[0], "github:cy");
}

/* ---- the verb ---- */

static const struct line_row {
    const char *name; /* the line, as slack:U1 types it */
    const char *has[3];
    bool is_misused;
} line_rows[] = {
    { "explain deploy api staging v1",
      { "*No*: deploy of api in staging is denied", "`test.yaml:16` allows:", "`test.yaml:22` needs:" },
      false },
    { "explain deploy api staging v1 --reason because",
      { "*No*: deploy of api in staging is denied", "`test.yaml:21` denies:", "whether an incident of P1" },
      false },
    { "explain deploy api staging",
      { "*No*: deploy of api in staging is denied",
        "`test.yaml:16` allows:", "No version was named: this is so for any." },
      false },
    { "explain deploy api staging v1 --reason x", { "*No*: deploy of api in staging is denied" }, false },
    { "explain rollback api staging", { "*Yes*: rollback of api in staging is allowed to developer" }, false },
    { "explain approve api production", { "*No*: ", "approve" }, false },
    { "explain approve D1042", { "There is no operation `D1042`" }, true },
    { "explain approve", { "Where? Say the place, as in `approve api production`, or the operation." }, true },
    { "explain approve api prodution", { "production" }, true },
    { "explain approve api production now", { "I do not know what `now` means" }, true },
    { "explain review", { "*No*: ", "review" }, false },
    { "explain", { "Explain what?" }, true },
    { "explain deply api", { "Did you mean `deploy`?" }, true },
    { "explain adopted api", { "I do not know `adopted`." }, true },
    { "explain deploy nothing", { "nothing" }, true },
};

static void check_line(void **state)
{
    const struct line_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    struct request request = {
        .id = "r1", .source = "slack", .principal = { "slack", "U1", "T1", "ann" }, .text = row->name
    };
    AUTO_BUF struct buf all = BUF(20000);
    struct str words = str_of(row->name);
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    request.verb = arena_copy(fixture->arena, str_take_word(&words));
    assert_true(request_split(words, fixture->arena, &request, &err));
    outcome_init(&out, fixture->arena, "L7", "birth-l7");
    assert_int_equal(verb_explain.asks(&fixture->view, &request, &question, &arguments, &err), !row->is_misused);
    if (row->is_misused) {
        if (!strstr(err.message, row->has[0]))
            fail_msg("%s", err.message);
        return;
    }
    assert_string_equal(question.verb, "explain");
    assert_null(question.operation);
    verb_explain.begin(&fixture->view, &request, &question, arguments, &out);
    assert_false(out.begins || out.reply->is_refusal);
    buf_puts(&all, out.reply->text);
    for (size_t i = 0; i < out.reply->lines_count; i++)
        buf_addf(&all, "\n%s", out.reply->lines[i]);
    for (size_t i = 0; i < ARRAY_LEN(row->has) && row->has[i]; i++)
        if (!strstr(buf_text(&all), row->has[i]))
            fail_msg("no %s in\n%s", row->has[i], buf_text(&all));
}

/* ---- several services, locks and the halt ---- */

static const char several_text[] =
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
    "services:\n"
    "  - { name: api, artifact: \"r.example.com/api:{version}\", environments: [{ name: staging, driver: { cloud_run: { "
    "project: p, region: r, service: a } } }] }\n"
    "  - { name: web, artifact: \"r.example.com/web:{version}\", environments: [{ name: staging, driver: { cloud_run: { "
    "project: p, region: r, service: w } } }] }\n"
    "  - { name: cart, artifact: \"r.example.com/cart:{version}\", environments: [{ name: staging, driver: { cloud_run: { "
    "project: p, region: r, service: c } } }] }\n"
    "policy:\n"
    "  roles: [{ name: developer, members: [\"slack:U1\"] }, { name: lead, members: [\"slack:U2\"] }]\n"
    "  rules:\n"
    "    - { allow: [deploy, promote, rollback, lock, explain], to: [developer, lead] }\n" /* 9 */
    "    - { deny: deploy, on: { service: cart }, reason: it moves }\n";                   /* 10 */

enum { API_LOCKED = 1, HALTED = 2, BAKING = 4 };

static void fill(struct decision_fixture *fixture, unsigned is)
{
    static const struct {
        unsigned is;
        const char *id, *kind, *target, *who, *body;
    } made[] = {
        { API_LOCKED, "D1", "lock", NULL, "U2",
          "{'service':'api','environment':'staging','reason':'a migration','blocks':'deploy'}" },
        { HALTED, "D2", "halt", NULL, "U2", "{'reason':'a fire'}" },
        { BAKING, "D3", "deploy", "api/staging", "U2", "{'service':'api','environment':'staging'}" },
    };
    struct operation *all = arena_alloc(fixture->arena, ARRAY_LEN(made) * sizeof(*all));

    for (size_t i = 0; i < ARRAY_LEN(made); i++)
        if (is & made[i].is)
            all[fixture->operations_count++] =
                (struct operation){ .id = made[i].id,
                                    .kind = made[i].kind,
                                    .schema = 1,
                                    .state = "baking",
                                    .target = made[i].target,
                                    .requester = { .system = "slack", .id = made[i].who, .team = "T1" },
                                    .created_at_ms = DECISION_NOW_MS - 2 * HOUR_MS,
                                    .body = decision_json(fixture, made[i].body) };
    fixture->operations = all;
}

static const struct now_row {
    const char *name;
    unsigned is;
    const char *user, *line;
    const char *begins, *has[3], *has_not;
} now_rows[] = {
    { "each of all is judged",
      0,
      "U1",
      "explain deploy all staging v1",
      "api, web: *Yes*; cart: *No*.\n*api, web*: ",
      { "*cart*: deploy of cart in staging is denied: it moves (test.yaml:10).", "`test.yaml:10` denies:" },
      "refused at once" },
    { "and each of a list",
      0,
      "U1",
      "explain deploy web,api staging v1",
      "web, api: *Yes*.\n*web, api*: ",
      { "`test.yaml:9` allows:" },
      "*No*" },
    { "the first of them decides for all",
      0,
      "U1",
      "explain deploy cart,api staging v1",
      "cart: *No*; api: *Yes*.\nAll of it is refused at once then: policy is asked for `cart`, the first of them.",
      { "*cart*: " },
      NULL },
    { "and each of all of them for any version",
      0,
      "U1",
      "explain deploy all staging",
      "api, web: *Yes*; cart: *No*.\n*api, web*: ",
      { "\nNo version was named: this is so for any." },
      NULL },
    { "a lock is told of the one that it holds",
      API_LOCKED,
      "U1",
      "explain deploy all staging v1",
      "api: *Not now*; web: *Yes*; cart: *No*.",
      { "*D1* holds it: @{slack:U2} locked `api/staging` 2 h ago: a migration." },
      NULL },
    { "and of one alone first of all",
      API_LOCKED,
      "U1",
      "explain deploy api staging v1",
      "*Not now*: api/staging is locked (D1).\n*D1* holds it: @{slack:U2} locked `api/staging` 2 h ago: a migration. "
      "Nothing begins there, and nothing gets more traffic. It can go on after `unlock api staging`.\nThe "
      "rules say: deploy of api in staging is allowed to",
      { "`test.yaml:9` allows:" },
      NULL },
    { "one's own lock does not hold one",
      API_LOCKED,
      "U2",
      "explain deploy api staging v1",
      "*Yes*: ",
      { NULL },
      "D1" },
    { "another place's neither", API_LOCKED, "U1", "explain deploy web staging v1", "*Yes*: ", { NULL }, "D1" },
    { "the halt holds everybody",
      HALTED,
      "U2",
      "explain deploy web staging v1",
      "*Not now*: everything is halted (D2).",
      { "It can go on after `unhalt`." },
      NULL },
    { "where the rules say no they come first",
      HALTED,
      "U1",
      "explain deploy cart staging v1",
      "*No*: deploy of cart in staging is denied: it moves.\n*D2* holds it: ",
      { "`test.yaml:10` denies:" },
      "The rules say" },
    { "the way back is never held",
      HALTED | API_LOCKED,
      "U1",
      "explain rollback api staging",
      "*Yes*: ",
      { NULL },
      "holds it" },
    { "what goes on is held for whoever began it",
      API_LOCKED | BAKING,
      "U1",
      "explain promote D3",
      "*Yes*: ",
      { NULL },
      "holds it" },
    { "by the halt too",
      HALTED | BAKING,
      "U1",
      "explain promote D3",
      "*Not now*: everything is halted (D2).",
      { NULL },
      NULL },
    { "to lock is no increase", HALTED, "U1", "explain lock staging why", "*Yes*: ", { NULL }, "holds it" },
};

static void check_now(void **state)
{
    const struct now_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(several_text);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;
    const char *text;

    fill(fixture, row->is);
    request.principal.id = row->user;
    outcome_init(&out, fixture->arena, "L7", "birth-l7");
    if (!verb_explain.asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_explain.begin(&fixture->view, &request, &question, arguments, &out);
    text = out.reply->text;
    for (size_t i = 0; i < out.reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, out.reply->lines[i]);
    if (strncmp(text, row->begins, strlen(row->begins)) != 0)
        fail_msg("%s\n  instead of\n%s", text, row->begins);
    for (size_t i = 0; i < ARRAY_LEN(row->has) && row->has[i]; i++)
        if (!strstr(text, row->has[i]))
            fail_msg("no %s in\n%s", row->has[i], text);
    if (row->has_not && strstr(text, row->has_not))
        fail_msg("%s in\n%s", row->has_not, text);
}

static void the_usage_is_that_of_what_is_explained(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    const struct request of_a_verb = decision_request(fixture, "explain rollback nowhere"),
                         of_none = decision_request(fixture, "explain rolback api"),
                         of_nothing = decision_request(fixture, "explain");

    (void)state;
    assert_string_equal(verb_explain.is_about(&fixture->view, &of_a_verb)->name, "rollback");
    assert_null(verb_explain.is_about(&fixture->view, &of_none));
    assert_null(verb_explain.is_about(&fixture->view, &of_nothing));
}

static void values_of_settings_stay_hidden(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_text);
    const char *text = "deploy api staging v1 --set-env TOKEN=abc";
    struct request request = { .verb = "explain", .text = text };
    struct error err;

    (void)state;
    assert_true(request_split(str_of(text), fixture->arena, &request, &err));
    assert_null(
        strstr(request_text_shown(&request, verb_explain.options, verb_explain.options_count, fixture->arena), "abc"));
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(only_rules_of_the_verb_are_explained), cmocka_unit_test(what_depends_on_the_version_is_named),
        cmocka_unit_test(an_increase_does_not_ask_who_may),     cmocka_unit_test(who_can_names_each_person_once),
        cmocka_unit_test(who_can_names_people_as_slack_does),   cmocka_unit_test(values_of_settings_stay_hidden),
        cmocka_unit_test(the_usage_is_that_of_what_is_explained),
    };

    return ROWS(rule_rows, check_rule) + ROWS(line_rows, check_line) + ROWS(now_rows, check_now) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
