/* `pause`, `resume`, `promote`, `abort`, `retry`: which operation is meant, what policy is asked, and what has ended.
 */
#include "tests/unit/deploy_fixture.h"

static const struct asks_row {
    const char *name, *line;
    const char *misused; /* its beginning; NULL: it asks */
    const char *operation, *service, *environment;
    int64_t look;
    bool is_safe;
    const char *reason;
} asks_rows[] = {
    { "an operation by its id", "pause D5", .operation = "D5", .service = "api", .environment = "staging",
      .look = CONTROL_ANY_LOOK, .is_safe = true },
    { "in lower case too", "abort d5", .operation = "D5", .service = "api", .environment = "staging",
      .look = CONTROL_ANY_LOOK, .is_safe = true },
    { "an id in lower case that there is not", "pause d99",
      .misused = "There is no operation `D99`, or it ended long ago. Nothing was done." },
    { "in lower case, with a tail", "pause d5x", .misused = "There is no service or environment `d5x`" },
    { "as a button types it", "promote D5 --look 7", .operation = "D5", .service = "api", .environment = "staging",
      .look = 7 },
    { "by where it runs", "abort api staging --reason \"*bad* idea\"", .operation = "D5", .service = "api",
      .environment = "staging", .look = CONTROL_ANY_LOOK, .is_safe = true, .reason = " bad  idea" },
    { "the service may be left out", "resume staging", .operation = "D5", .service = "api", .environment = "staging",
      .look = CONTROL_ANY_LOOK },
    { "retry", "retry D5", .operation = "D5", .service = "api", .environment = "staging", .look = CONTROL_ANY_LOOK },
    { "one that has ended is judged by its place too", "abort D3", .operation = "D3", .service = "web",
      .environment = "production", .look = CONTROL_ANY_LOOK, .is_safe = true },
    { "one whose service is in no configuration any more", "abort D6", .operation = "D6", .service = "gone",
      .environment = "production", .look = CONTROL_ANY_LOOK, .is_safe = true },
    { "that one is not sent further: its labels are not known", "promote D6",
      .misused =
          "D6 concerns `gone/production`, which is in no configuration any more: it can only be paused, aborted or "
          "rolled back. Nothing was done." },
    { "nor resumed", "resume D6", .misused = "D6 concerns `gone/production`" },
    { "nor tried again", "retry D6", .misused = "D6 concerns `gone/production`" },
    { "nothing at all", "pause", .misused = "What? Name an operation, such as `pause D1042`, or where it runs." },
    { "an id that there is not", "pause D99",
      .misused = "There is no operation `D99`, or it ended long ago. Nothing was done." },
    { "an id with a tail", "pause D5x", .misused = "There is no service or environment `D5x`" },
    { "an id and more", "pause D5 staging",
      .misused = "I do not know what `staging` means after `D5`. Nothing was done." },
    { "a place and more", "pause api staging now",
      .misused = "I do not know what `now` means after `staging`. Nothing was done." },
    { "a place where nothing goes on", "pause api production",
      .misused = "Nothing is under way at `api/production`. Nothing was done." },
    { "a place whose holder is gone", "pause preview",
      .misused = "Nothing is under way at `web/preview`. Nothing was done." },
    { "a place that there is not", "pause stagign",
      .misused = "There is no service or environment `stagign`. Did you mean" },
    { "a look that is no number", "pause D5 --look soon",
      .misused = "`--look` takes the number that a button carries. Nothing was done." },
    { "a look below zero", "pause D5 --look=-1",
      .misused = "`--look` takes the number that a button carries. Nothing was done." },
    { "an option that nobody knows", "promote D5 --force", .misused = "I do not know the option `--force`" },
};

#define BODY(service, environment) "{'service':'" service "','environment':'" environment "','version':'v1.4.2'}"

struct world { /* D5 deploys api/staging; D6 something that is gone; D3 has ended */
    struct operation live[2], ended[2];
    struct target targets[2];
};

static void fill(struct decision_fixture *fixture, struct world *world)
{
    *world = (struct world){
        .live = { deploy_operation_in("baking"), deploy_operation_in("baking") },
        .ended = { deploy_operation_in("failed"), deploy_operation_in("checking") },
        .targets = { { .name = "api/staging", .holder = "D5" }, { .name = "web/preview", .holder = "D77" } },
    };
    world->live[0].id = "D5";
    world->live[0].body = decision_json(fixture, BODY("api", "staging"));
    world->live[1].id = "D6";
    world->live[1].target = "gone/production";
    world->live[1].body = decision_json(fixture, BODY("gone", "production"));
    world->ended[0].id = "D3";
    world->ended[0].target = "web/production";
    world->ended[0].result = "failed";
    world->ended[0].summary = "it did not start.";
    world->ended[0].ended_at_ms = 1;
    world->ended[0].body = decision_json(fixture, BODY("web", "production"));
    world->ended[1].id = "D2";
    world->ended[1].is_stuck = true;
    world->ended[1].result = "stuck";
    world->ended[1].ended_at_ms = 1;
    world->ended[1].body = decision_json(fixture, BODY("web", "production"));
    fixture->operations = world->live;
    fixture->operations_count = 2;
    fixture->ended = world->ended;
    fixture->ended_count = 2;
    fixture->targets = world->targets;
    fixture->targets_count = 2;
}

static void check_asks(void **state)
{
    const struct asks_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    const struct verb *verb = verb_find(verbs, request.verb);
    const struct control_arguments *given;
    struct question question;
    const void *arguments;
    struct world world;
    struct error err;

    fill(fixture, &world);
    assert_int_equal(verb->asks(&fixture->view, &request, &question, &arguments, &err), row->misused == NULL);
    if (row->misused) {
        assert_true(strncmp(err.message, row->misused, strlen(row->misused)) == 0);
        return;
    }
    given = arguments;
    assert_string_equal(question.verb, verb->name);
    assert_string_equal(question.operation, row->operation);
    assert_string_equal(given->operation, row->operation);
    assert_string_equal(question.service, row->service);
    assert_string_equal(question.environment, row->environment);
    assert_int_equal(question.is_safe_direction, row->is_safe);
    assert_int_equal(verb->is_safe_direction, row->is_safe);
    assert_true(given->look == row->look);
    deploy_assert_says(given->reason, row->reason);
}

static void check_labels(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create("slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
                        "services:\n"
                        "  - name: api\n"
                        "    labels: { tier: \"1\" }\n"
                        "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"
                        "    environments:\n"
                        "      - { name: staging, driver: { cloud_run: { project: a, region: b, service: c } } }\n"
                        "policy: { rules: [{ allow: \"*\", to: everyone }] }\n");
    struct request request = decision_request(fixture, "promote D5");
    struct question question;
    const void *arguments;
    struct world world;
    struct error err;

    (void)state;
    fill(fixture, &world);
    assert_true(verb_promote.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_int_equal(question.labels_count, 1);
    assert_string_equal(question.labels[0].key, "tier");
}

static const struct ended_row {
    const char *name;
    const struct verb *verb;
    const char *line, *answer, *command; /* of the button; NULL: none */
} ended_rows[] = {
    { "what has ended is not paused", &verb_pause, "pause D3", "REFUSED D3 has ended: it did not start.", NULL },
    { "nor aborted", &verb_abort, "abort D3", "REFUSED D3 has ended: it did not start.", NULL },
    { "to retry it is a new deploy, decided like any other", &verb_retry, "retry D3",
      "REFUSED D3 has ended: it did not start.\nTo do it again: `deploy web production v1.4.2`",
      "deploy web production v1.4.2" },
    { "what is stuck goes on no more", &verb_promote, "promote D2",
      "REFUSED D2 is stuck and goes on no more: look at `opsgate ops show D2`. Nothing was done.", NULL },
};

static void check_ended(void **state)
{
    const struct ended_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;
    struct world world;

    fill(fixture, &world);
    assert_string_equal(decision_answer(fixture, row->verb, row->line, &out), row->answer);
    assert_false(out.begins);
    assert_int_equal(out.reply->actions_count, row->command != NULL);
    if (row->command)
        assert_string_equal(out.reply->actions[0].command, row->command);
}

#define REGIONS                                                                                                        \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "services:\n"                                                                                                      \
    "  - name: web\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/web:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - { name: production, strategy: all-at-once,\n"                                                             \
    "          driver: { cloud_run: { project: a, regions: [east, west], service: c } } }\n"                           \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

/* As D3 was asked for; `to`: its target, of a service in several regions. */
static const struct again_row {
    const char *name, *body, *to, *line; /* line NULL: none is told */
    bool has_button;
    const char *kind, *result; /* NULL: a deploy that failed */
} again_rows[] = {
    { "a name that moves", "'version':'sha:8c1f2e6','wanted':'branch:main'", NULL, "deploy web production branch:main",
      .has_button = true },
    { "in one region", "'version':'v1'", "web/production/east", "deploy web production v1 --region east",
      .has_button = true },
    { "with the strategy of the environment", "'version':'v1','strategy':1", NULL, "deploy web production v1",
      .has_button = true },
    { "with another one", "'version':'v1','strategy':0", NULL, "deploy web production v1 --strategy all-at-once",
      .has_button = true },
    { "a strategy that there is not", "'version':'v1','strategy':9", NULL, "deploy web production v1",
      .has_button = true },
    { "settings, whose values are not told", "'version':'v1','env':{'TOKEN':'very-secret'}", NULL,
      "deploy web production v1 --set-env ...", .has_button = false },
    { "settings alone: not the version that they were found on",
      "'version':'v1','keeps_image':true,'env':{'TOKEN':'very-secret'}", NULL, "deploy web production --set-env ...",
      .has_button = false },
    { "a way back", "'version':'v1','is_way_back':true", NULL, "rollback web production", .has_button = false },
    { "one from what is irreversible", "'version':'v1','is_way_back':true,'irreversible_left':'v2'", NULL,
      "rollback web production --break-glass TEXT", .has_button = false },
    { "one in Cloud Run", "'is_certain':true", "web/production/east", "rollback web production --region east",
      .kind = "rollback" },
    { "one that took a glass", "'irreversible':'v2'", NULL, "rollback web production --break-glass TEXT",
      .kind = "rollback" },
    { "one that is done: again would be further", "'is_certain':true", NULL, NULL, .kind = "rollback",
      .result = "done" },
    { "likewise by a program", "'version':'v1','is_way_back':true", NULL, NULL, .result = "done" },
};

static void check_again(void **state)
{
    const struct again_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->to ? REGIONS : DECISION_CONFIGURATION);
    const char *answer;
    struct outcome out;
    struct world world;

    fill(fixture, &world);
    world.ended[0].body = decision_json(
        fixture, arena_printf(fixture->arena, "{'service':'web','environment':'production',%s}", row->body));
    if (row->to)
        world.ended[0].target = row->to;
    if (row->kind)
        world.ended[0].kind = row->kind;
    if (row->result)
        world.ended[0].result = row->result;
    answer = decision_answer(fixture, &verb_retry, "retry D3", &out);
    assert_string_equal(answer, arena_printf(fixture->arena, "REFUSED D3 has ended: it did not start.%s%s%s",
                                             row->line ? "\nTo do it again: `" : "", row->line ? row->line : "",
                                             row->line ? "`" : ""));
    assert_int_equal(out.reply->actions_count, row->has_button);
    if (row->has_button)
        assert_string_equal(out.reply->actions[0].command, row->line);
}

/* A rule that allows it elsewhere does not count: policy is asked about the operation's own place. */
static void check_policy(void **state)
{
    static const struct {
        const char *line;
        enum verdict verdict;
    } rows[] = { { "promote D5", VERDICT_ALLOW },
                 { "promote D3", VERDICT_DENY },
                 { "resume D3", VERDICT_DENY },
                 { "abort D3", VERDICT_DENY } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct world world;

    (void)state;
    fill(fixture, &world);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request request = decision_request(fixture, rows[i].line);
        const struct facts facts = view_facts(&fixture->view);
        struct question question;
        const void *arguments;
        struct error err;

        assert_true(verb_find(verbs, request.verb)->asks(&fixture->view, &request, &question, &arguments, &err));
        assert_int_equal(policy_decide(fixture->view.policy, &question, &facts, POLICY_WHOLE).verdict, rows[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "labels of the operation's place are asked about", check_labels, NULL, NULL, NULL },
        { "policy judges by the place of the operation", check_policy, NULL, NULL, NULL },
    };
    int failed = ROWS(asks_rows, check_asks) + ROWS(ended_rows, check_ended) + ROWS(again_rows, check_again);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
