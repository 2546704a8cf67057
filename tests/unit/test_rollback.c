/* `rollback`: the words that begin one, what policy is asked for them, and what the answer says. */
#include "tests/unit/rollback_fixture.h"

#define FOLLOW "\nFollow it in #deployments."

static const struct begin_row {
    const char *name, *line;
    enum record record;
    const char *answer; /* all of it */
    const char *to;     /* revision; NULL: not known, or nothing begins */
    bool begins;
} begin_rows[] = {
    { "back to the version before", "rollback api production", THREE,
      "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`." FOLLOW, "api-42", true },
    { "a second time further back, and it says so", "rollback api production", TWO_AND_BAD,
      "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`.\n"
      "It goes further back: `v1.5.0` was left 5 min ago by D1050." FOLLOW,
      "api-41", true },
    { "from the version that the card showed", "rollback api production --from v1.5.0", THREE,
      "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`." FOLLOW, "api-42", true },
    { "a card that has changed", "rollback api production --from v1.5.0", TWO_AND_BAD,
      "REFUSED The card has changed: `api/production` is at `v1.4.2` now, not at what `v1.5.0` names. Nothing was done.",
      NULL, false },
    { "from what the card's deploy brought", "rollback api production --from D1042", THREE,
      "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`." FOLLOW, "api-42", true },
    { "two of the same name are told apart by who brought them", "rollback api production --from D1030", SAME_NAME,
      "REFUSED The card has changed: `api/production` is at `main` now, not at what `D1030` names. Nothing was done.",
      NULL, false },
    { "the newer one of the same name", "rollback api production --from D1041", SAME_NAME,
      "*D7*: rolling *api* in *production* back from `main (api-42)` to `main (api-41)`." FOLLOW, "api-41", true },
    { "a rollout without traffic is not aborted for a way back that nobody knows", "rollback api production --from v1",
      EARLY_ALONE,
      "REFUSED No good version of `api/production` is recorded to go back to, and D1043, which is under way there, has no "
      "traffic yet. Nothing was done: to stop that one, `abort D1043`.",
      NULL, false },
    { "to stop it needs no way back", "rollback api production", EARLY_ALONE,
      "*D7*: stopping D1043 before it has traffic. No good version of *api* in *production* is recorded: what serves "
      "stays." FOLLOW,
      NULL, true },
    { "a card of a rollout that is over", "rollback api production --from v1.5.0", HELD_MOVING,
      "REFUSED The card has changed: `api/production` is at `v1.6.0` now, not at what `v1.5.0` names. Nothing was done.",
      NULL, false },
    { "what is not known is looked up before a card is believed", "rollback api production --from v1.5.0", DOUBT,
      "*D7*: rolling *api* in *production* back to `v1.4.2`." FOLLOW, "api-42", true },
    { "nothing recorded: Cloud Run is asked", "rollback api production", NOTHING,
      "*D7*: rolling *api* in *production* back.\n"
      "No previous good version is recorded: Cloud Run is asked for it." FOLLOW,
      NULL, true },
    { "only what serves is recorded: likewise", "rollback api production", ONE,
      "*D7*: rolling *api* in *production* back from `v1.4.1`.\n"
      "No previous good version is recorded: Cloud Run is asked for it." FOLLOW,
      NULL, true },
    { "a running rollout is left and aborted, and so is who waits", "rollback api production", HELD_MOVING,
      "*D7*: rolling *api* in *production* back from `v1.6.0` to `v1.4.2`.\n"
      "It aborts D1044, D1043." FOLLOW,
      "api-42", true },
    { "a rollout without traffic is stopped, and what serves stays", "rollback api production", HELD_EARLY,
      "*D7*: stopping D1043 before it has traffic. `v1.4.2` goes on serving all traffic of *api* in *production*.\n"
      "To go back from `v1.4.2` to `v1.4.1`: `rollback api production --from v1.4.2`." FOLLOW,
      "api-42", true },
    { "the first rollout of all goes back to what served before it", "rollback api production", HELD_ALONE,
      "*D7*: rolling *api* in *production* back from `v1.6.0` to `api-old`.\n"
      "It aborts D1044." FOLLOW,
      "api-old", true },
    { "a double click is one request", "rollback api production", HELD_ROLLBACK,
      "*D1045* does that already: it rolls *api* in *production* back to `v1.4.1`. Nothing more was done.", NULL,
      false },
    { "also while the first one waits", "rollback api production --from v1.6.0", WAITING_ROLLBACK,
      "*D1045* does that already: it rolls *api* in *production* back to `v1.4.1`. Nothing more was done.", NULL,
      false },
    { "a version is never taken for a place to go", "rollback api production v1.4.2", THREE,
      "MISUSED A rollback goes to the last good version by itself. For another one: `rollback api production --to "
      "v1.4.2`. Nothing was done.",
      NULL, false },
    { "--from and --to contradict each other", "rollback api production --from a --to b", THREE,
      "MISUSED `--from` belongs to a way back without `--to`. Nothing was done.", NULL, false },
    { "a slip in an option gets the nearest", "rollback api production --form v1", THREE,
      "MISUSED I do not know the option `--form`. Did you mean `--from`? Nothing was done.", NULL, false },
    { "an empty option is refused", "rollback api production --to", THREE,
      "MISUSED `--to` needs a value: write `--to \"...\"`. Nothing was done.", NULL, false },
    { "no place", "rollback", THREE, "MISUSED Where? Services: api, web. Environments: staging, production, preview.",
      NULL, false },
    { "a place that two services have", "rollback production", THREE,
      "MISUSED Which service? These have `production`: api, web.", NULL, false },
    { "hostile words are harmless", "rollback api \"`*prod\"", THREE,
      "MISUSED There is no environment of `api` called `' prod`, so nothing was done. There is: staging, production.",
      NULL, false },
};

static void check_begin(void **state)
{
    const struct begin_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct rollback_body *body;
    struct outcome out;

    put_world(fixture, row->record);
    assert_string_equal(decision_answer(fixture, &verb_rollback, row->line, &out), row->answer);
    assert_int_equal(out.begins, row->begins);
    assert_int_equal(out.effects_count + out.readings_count, 0);
    if (!row->begins)
        return;
    body = out.body;
    assert_string_equal(out.kind, "rollback");
    assert_string_equal(out.state, "queued");
    assert_string_equal(out.claims, "api/production");
    assert_true(out.claims_first);
    assert_string_equal(body->place.service, "api-prod");
    if (row->to)
        assert_string_equal(body->to.revision, row->to);
    else
        assert_null(body->to.revision);
    assert_ptr_equal(body->version, body->to.version); /* what who has to give way is told */
}

static void ask(struct decision_fixture *fixture, const char *line, struct question *question)
{
    struct request request = decision_request(fixture, line);
    const void *arguments;
    struct error err;

    if (!verb_rollback.asks(&fixture->view, &request, question, &arguments, &err))
        fail_msg("%s", err.message);
}

static void the_way_back_is_the_safe_direction(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;

    (void)state;
    ask(fixture, "rollback api production --reason \"it burns\"", &question);
    assert_string_equal(question.verb, "rollback");
    assert_string_equal(question.environment, "production");
    assert_true(question.is_safe_direction && verb_rollback.is_safe_direction);
}

static void another_version_is_asked_as_a_deploy(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;

    (void)state;
    ask(fixture, "rollback api production --to v1.3.0", &question);
    assert_string_equal(question.verb, "deploy");
    assert_string_equal(question.service, "api");
    assert_string_equal(question.environment, "production");
    assert_false(question.is_safe_direction);
}

static void another_version_begins_a_deploy(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;
    const char *answer;

    (void)state;
    put_world(fixture, THREE);
    answer = decision_answer(fixture, &verb_rollback, "rollback api production --reason \"--x y\" --to v1.3.0", &out);
    assert_non_null(strstr(answer, "`v1.3.0`"));
    assert_true(out.begins);
    assert_string_equal(out.kind, "deploy");
    assert_string_equal(out.target, "api/production");
}

static void a_version_like_an_option_is_still_no_option(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    assert_non_null(strstr(decision_answer(fixture, &verb_rollback, "rollback api production --to=--force", &out),
                           "MISUSED `--force` is no version"));
}

#define OTHER_DRIVERS                                                                                                      \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                                  \
    "github: { webhook_secrets: [secret], app: { id: 1, private_key: key } }\n"                                            \
    "services:\n"                                                                                                          \
    "  - name: tools\n"                                                                                                    \
    "    repository: acme/tools\n"                                                                                         \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/tools:{version}\" }\n"                                         \
    "    environments:\n"                                                                                                  \
    "      - { name: ci, driver: { github_actions: { workflow: deploy.yml } } }\n"                                         \
    "      - { name: host, driver: { program: { deploy: [x] } } }\n"                                                       \
    "      - { name: wide, driver: { cloud_run: { project: acme, regions: [europe-west1, us-central1], service: t } } }\n" \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

/* Each region gets a copy. */
static void check_long_words(struct decision_fixture *fixture)
{
    const char *answer;
    struct outcome out;

    decision_answer(fixture, &verb_rollback, arena_printf(fixture->arena, "rollback wide --reason %060000d", 7), &out);
    assert_true(strlen(out.requests[1].words[3]) < 400);
    answer = decision_answer(fixture, &verb_rollback, arena_printf(fixture->arena, "rollback wide --from %060000d", 7),
                             &out);
    assert_non_null(strstr(answer, "MISUSED `--from` takes an operation or a version"));
}

/* One member for each region, as if it had been typed; with --region it is one rollback, of a target of its own. */
static void several_regions_go_back_at_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OTHER_DRIVERS);
    struct outcome out;

    (void)state;
    assert_string_equal(decision_answer(fixture, &verb_rollback, "rollback wide --reason 'too slow'", &out),
                        "*D7*: Roll tools in wide back in 2 regions: 2 rollbacks, at most 2 at once.\nFollow it in #deployments.");
    assert_string_equal(out.kind, "group");
    assert_int_equal(out.requests_count, 2);
    assert_string_equal(out.requests[1].verb, "rollback");
    assert_string_equal(out.requests[1].words[2], "--region=us-central1");
    assert_string_equal(out.requests[1].words[3], "--reason=too slow");
    decision_answer(fixture, &verb_rollback, "rollback wide --from v1.4.2 --reason 'too slow'", &out);
    assert_string_equal(out.requests[0].words[3],
                        "--from=v1.4.2"); /* each looks for itself whether that serves there */
    assert_string_equal(out.requests[1].words[3], "--from=v1.4.2");
    assert_string_equal(out.requests[1].words[4], "--reason=too slow");
    check_long_words(fixture);
    decision_answer(fixture, &verb_rollback, "rollback wide --region us-central1", &out);
    assert_string_equal(out.target, "tools/wide/us-central1");
    assert_string_equal(((const struct rollback_body *)out.body)->place.region, "us-central1");
    assert_string_equal(
        decision_answer(fixture, &verb_rollback, "rollback wide --region mars", &out),
        "MISUSED `tools/wide` has no region `mars`, but `europe-west1, us-central1`. Nothing was done.");
}

#define COMING(state1, state2)                                                                                            \
    "{'title':'t','max_parallel':1,'members':["                                                                           \
    "{'name':'europe-west1','verb':'deploy','words':['tools','wide','{pinned}','--region=europe-west1'],'state':" #state1 \
    "},{'name':'us-central1','verb':'deploy','words':['tools','wide','{pinned}','--region=us-central1'],'state':" #state2 \
    "}]}"

/* Which words each region gets behind its own; "" for none. */
static void check_rests(struct decision_fixture *fixture, const char *line, const char *first, const char *second)
{
    const char *rests[] = { first, second };
    struct outcome out;

    assert_string_equal(decision_answer(fixture, &verb_rollback, line, &out),
                        "*D7*: Roll tools in wide back in 2 regions: 2 rollbacks, at most 2 at once.\nFollow it in #deployments.");
    assert_int_equal(out.requests_count, 2);
    for (size_t i = 0; i < ARRAY_LEN(rests); i++) {
        assert_int_equal(out.requests[i].words_count, rests[i][0] ? 4 : 3);
        if (rests[i][0])
            assert_string_equal(out.requests[i].words[3], rests[i]);
    }
}

/* None is left out: what a group has not begun there would begin afterwards. */
static void a_region_that_a_deploy_has_yet_to_come_to_is_told_so(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OTHER_DRIVERS);
    struct operation live[] = {
        { .id = "D5", .kind = "group", .state = "running" },
        { .id = "D6", .kind = "deploy", .target = "elsewhere", .parent = "D5", .parent_name = "us-central1" },
    };
    struct target later = { .name = "tools/wide/us-central1", .way_back = "D50" };

    (void)state;
    fixture->operations = live;
    fixture->operations_count = 1;
    live[0].body = decision_json(fixture, COMING(2, 0)); /* running, waiting */
    check_rests(fixture, "rollback wide", "", "--rest-of=D5");
    check_rests(fixture, "rollback wide --from v1.4.2", "--from=v1.4.2", "--from=v1.4.2"); /* each looks for itself */
    live[0].body = decision_json(fixture, COMING(0, 0));                                   /* it has begun nowhere */
    check_rests(fixture, "rollback wide", "--rest-of=D5", "--rest-of=D5");
    live[0].body = decision_json(fixture, COMING(3, 1)); /* done, and the next one asked for */
    check_rests(fixture, "rollback wide", "", "--rest-of=D5");
    fixture->operations_count = 2; /* and begun */
    check_rests(fixture, "rollback wide", "", "");
    fixture->operations_count = 1;
    fixture->targets = &later;
    fixture->targets_count = 1; /* an earlier way back keeps it from coming already */
    check_rests(fixture, "rollback wide", "", "");
    fixture->targets_count = 0;
    live[0].ended_at_ms = DECISION_NOW_MS;
    check_rests(fixture, "rollback wide", "", "");
}

/* The group may be over by the time that its region decides: it decides what was true when all were asked. */
static void a_region_that_was_told_so_keeps_what_serves(void **state)
{
    static const struct target_version versions[] = { { .version = "v1", .revision = "t-1", .operation = "D1" },
                                                      { .version = "v2", .revision = "t-2", .operation = "D2" } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OTHER_DRIVERS);
    struct operation live = { .id = "D5", .kind = "group", .state = "running" };
    struct target target = { .name = "tools/wide/us-central1",
                             .good = (struct target_version *)(uintptr_t)versions,
                             .good_count = 2 };
    struct outcome out;

    (void)state;
    fixture->targets = &target;
    fixture->targets_count = 1;
    assert_non_null(strstr(
        decision_answer(fixture, &verb_rollback, "rollback tools wide --region=us-central1 --rest-of=D5", &out),
        "*D7*: stopping the rest of D5 before it has traffic. `v2` goes on serving all traffic of *tools* in *wide*."));
    assert_string_equal(((const struct rollback_body *)out.body)->to.revision, "t-2");
    live.body = decision_json(fixture, COMING(2, 0));
    fixture->operations = &live;
    fixture->operations_count = 1;
    assert_non_null(
        strstr(decision_answer(fixture, &verb_rollback, "rollback tools wide --region=us-central1 --rest-of=D5", &out),
               "*D7*: stopping us-central1 of D5 before it has traffic. `v2` goes on serving"));
    assert_non_null(
        strstr(decision_answer(fixture, &verb_rollback, "rollback tools wide --region=us-central1 --from v2", &out),
               "*D7*: rolling *tools* in *wide* back from `v2` to `v1`.\nIt aborts us-central1 of D5."));
    assert_non_null(strstr(decision_answer(fixture, &verb_rollback, "rollback wide --rest-of='`x` D5'", &out),
                           "MISUSED `--rest-of` takes the operation"));
}

static void what_cannot_be_carried_out_is_said(void **state)
{
    static const struct {
        const char *line, *answer;
    } rows[] = {
        { "rollback ci",
          "REFUSED No good version of `tools/ci` before this one is recorded, so there is none to go back to. "
          "Nothing was done: name one, `rollback tools ci --to VERSION`." },
        { "rollback host",
          "REFUSED No good version of `tools/host` before this one is recorded, so there is none to go "
          "back to. Nothing was done: name one, `rollback tools host --to VERSION`." },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OTHER_DRIVERS);
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(decision_answer(fixture, &verb_rollback, rows[i].line, &out), rows[i].answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_back_is_the_safe_direction),
        cmocka_unit_test(another_version_is_asked_as_a_deploy),
        cmocka_unit_test(another_version_begins_a_deploy),
        cmocka_unit_test(a_version_like_an_option_is_still_no_option),
        cmocka_unit_test(what_cannot_be_carried_out_is_said),
        cmocka_unit_test(several_regions_go_back_at_once),
        cmocka_unit_test(a_region_that_a_deploy_has_yet_to_come_to_is_told_so),
        cmocka_unit_test(a_region_that_was_told_so_keeps_what_serves),
    };

    return ROWS(begin_rows, check_begin) + cmocka_run_group_tests(tests, NULL, NULL);
}
