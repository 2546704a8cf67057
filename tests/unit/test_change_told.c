/* What PagerDuty is told of whatever changes what serves: once as it begins to, once at its end, in words that say what
 * and why; and of what changes nothing, or has no key, nothing at all. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/adjust/adjust.h"
#include "handlers/adjust/body.h"
#include "handlers/deploy/deploying.h"
#include "handlers/failover/body.h"
#include "handlers/failover/failover.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"
#include "handlers/runbook/body.h"
#include "handlers/runbook/runbook.h"

#include "bot/model/change_event.h"

#define KEY "pagerduty_integration_key: 0123456789abcdef0123456789abcdef"
#define CONFIGURATION_WITH(pagerduty, environment_key, database_key, dashboard)                                                  \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" pagerduty \
        dashboard "people: [{ name: ann, slack: U1 }]\n"                                                                         \
    "services:\n"                                                                                                                \
    "  - name: api\n"                                                                                                            \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                                 \
    "    environments:\n"                                                                                                        \
    "      - name: staging\n"                                                                                                    \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-service } }\n"                              \
    "        strategy: all-at-once\n" environment_key                                                                            \
    "databases: [{ name: main, cloud_sql: { project: acme, instance: main }" database_key " }]\n"                                \
    "policy: { rules: [ { allow: \"*\", to: everyone } ] }\n"
#define PAGERDUTY "pagerduty: { webhook_secrets: [s], api_token: t, from: ops@example.com }\n"
#define CONFIGURATION CONFIGURATION_WITH(PAGERDUTY, "        " KEY "\n", ", " KEY, "")
#define WITHOUT_KEYS CONFIGURATION_WITH(PAGERDUTY, "", "", "")

enum {
    NO_KEY = 1, /* has the place */
    TOLD = 2,   /* its beginning was */
    BY_PROGRAM = 4,
    BY_WORKFLOW = 8,
    BACK = 16, /* a way back */
    TAKEN_BACK = 32,
    RESTART = 64,
    SETTINGS = 128,
    REASON = 256,
    FIRST = 512,     /* opsgate has brought nothing there yet */
    NAMELESS = 1024, /* `people` does not know who asked */
};

#define GRANTED EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, NULL
#define SERVICE(answer) EVENT_READING, "service", END_DONE, answer

static const struct row {
    const char *name;
    unsigned is;
    const char *state;
    int64_t step, percent;
    unsigned how; /* deploy_fixture.h */
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *told; /* "STATE: SUMMARY; ...", or its beginning, where it ends in "..." */
} rows[] = {
    { "it has its target, and changes nothing yet", 0, "queued", 0, 0, 0, GRANTED, "" },
    { "a program changes it at once", BY_PROGRAM, "queued", 0, 0, AT_ONCE, GRANTED,
      "began: Rolling out api v1.4.2 to staging (from v1.4.1), by ann" },
    { "a workflow, too", BY_WORKFLOW, "queued", 0, 0, AT_ONCE, GRANTED,
      "began: Rolling out api v1.4.2 to staging (from v1.4.1), by ann" },
    { "a way back says where it goes", BY_PROGRAM | BACK, "queued", 0, 0, AT_ONCE, GRANTED,
      "began: Rolling back api in staging to v1.4.2 (from v1.4.1), by ann" },
    { "its first traffic", 0, "shifting", 0, 0, JUDGED | DENIED, EVENT_REQUEST, "retry", END_DONE, NULL,
      "began: Rolling out api v1.4.2 to staging (from v1.4.1), by ann" },
    { "of what opsgate did not bring the revision", FIRST, "shifting", 0, 0, JUDGED | DENIED, EVENT_REQUEST, "retry",
      END_DONE, NULL, "began: Rolling out api v1.4.2 to staging (from api-old), by ann" },
    { "who stands in people nowhere is called as Slack does", NAMELESS, "shifting", 0, 0, JUDGED | DENIED,
      EVENT_REQUEST, "retry", END_DONE, NULL, "began: Rolling out api v1.4.2 to staging (from v1.4.1), by Zoe" },
    { "a restart brings no version", RESTART, "shifting", 0, 0, JUDGED | DENIED, EVENT_REQUEST, "retry", END_DONE, NULL,
      "began: Restarting api in staging, by ann" },
    { "nor do other settings", SETTINGS, "shifting", 0, 0, JUDGED | DENIED, EVENT_REQUEST, "retry", END_DONE, NULL,
      "began: Changing settings of api in staging, by ann" },
    { "the next step is no news", TOLD, "baking", 0, 5, JUDGED, EVENT_READING, "measure", END_DONE, WELL, "" },
    { "nor is one that was made", TOLD, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)), "" },
    { "without a key nobody is told", NO_KEY, "shifting", 0, 0, JUDGED | DENIED, EVENT_REQUEST, "retry", END_DONE, NULL,
      "" },
    { "nor of its end", NO_KEY, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), "" },
    { "who was not told that it began is not told that it ended", 0, "verifying", 0, 0, AT_ONCE,
      SERVICE(SERVES(ALL_OURS)), "" },
    { "it is good", TOLD, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)),
      "done: Rolled out api v1.4.2 to staging (from v1.4.0)" },
    { "so is a restart", TOLD | RESTART, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)),
      "done: Restarted api in staging" },
    { "it was taken back, and why", TOLD | TAKEN_BACK, "reverifying", 0, 5, JUDGED, SERVICE(SERVES(ALL_OLD)),
      "taken back: Taken back: rolling out api v1.4.2 to staging: 5 % of 100 requests failed" },
    { "somebody else's traffic", TOLD, "baking", 0, 5, JUDGED, SERVICE(SERVES(FOREIGN)),
      "failed: Failed: rolling out api v1.4.2 to staging: Somebody else changed the traffic: it is api-old 50 %, api-theirs "
      "50 %, and..." },
    { "it failed", TOLD, "shifting", 0, 0, AT_ONCE, EVENT_EFFECT, "traffic", END_FAILED, NULL,
      "failed: Failed: rolling out api v1.4.2 to staging: traffic is not on revision " OURS ": 403. The new..." },
    { "a run that failed: nobody knows", TOLD | BY_WORKFLOW, "running", 0, 0, AT_ONCE, EVENT_READING, "run", END_DONE,
      "{'run':7,'status':'completed','conclusion':'failure'}",
      "failed: Failed: rolling out api v1.4.2 to staging: ..." },
    { "who ends before it changed anything", 0, "queued", 0, 0, 0, EVENT_MESSAGE, MESSAGE_YIELD, END_DONE,
      "{'by':'D1050'}", "" },
};

static void give_previous(struct decision_fixture *fixture, unsigned is)
{
    struct target_version *good = ARENA_NEW(fixture->arena, struct target_version);
    struct target *target = ARENA_NEW(fixture->arena, struct target);

    *good = (struct target_version){ .version = "v1.4.1", .image = "", .revision = "api-old", .operation = "D1000" };
    *target = (struct target){ .name = "api/staging", .good = good, .good_count = is & FIRST ? 0 : 1 };
    fixture->targets = target;
    fixture->targets_count = 1;
}

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    static const char *argv[] = { "deploy.sh" };
    static struct deploy_program program = { .argv = argv, .argv_count = 1, .timeout_ms = MINUTE_MS };
    static struct deploy_workflow workflow = { .repository = "Acme/platform",
                                               .workflow = "deploy.yml",
                                               .ref = "main",
                                               .effect = "birth-e",
                                               .run = 7,
                                               .timeout_ms = MINUTE_MS };
    static const struct deploy_tune restart = { .verb = "restart" }, set = { .verb = "set" };
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->how);

    body->program = row->is & BY_PROGRAM ? &program : NULL;
    body->workflow = row->is & BY_WORKFLOW ? &workflow : NULL;
    body->is_way_back = row->is & BACK;
    body->tune = row->is & RESTART ? &restart : row->is & SETTINGS ? &set : NULL;
    body->keeps_image = body->tune != NULL;
    body->returning = row->is & TAKEN_BACK ? "5 % of *100* requests failed" : NULL;
    body->reason = row->is & REASON ? "the `cart`" : NULL;
    body->is_change_told = row->is & TOLD;
    body->changed_from = row->is & TOLD ? "v1.4.0" : NULL;
    return body;
}

/* "began: Rolling out...; done: ...". */
static const char *told_text(const struct outcome *out, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < out->effects_count; i++)
        if (strcmp(out->effects[i].kind, EFFECT_CHANGE_EVENT) == 0)
            text = arena_printf(arena, "%s%s%s: %s", text, text[0] ? "; " : "",
                                json_find_string(out->effects[i].args, "state"),
                                json_find_string(out->effects[i].args, "summary"));
    return text;
}

static const struct wanted_effect *find_told(const struct outcome *out)
{
    for (size_t i = 0; i < out->effects_count; i++)
        if (strcmp(out->effects[i].kind, EFFECT_CHANGE_EVENT) == 0)
            return &out->effects[i];
    fail_msg("nothing was told");
    return NULL;
}

static void play(struct decision_fixture *fixture, const struct row *row, struct outcome *out)
{
    struct operation operation = deploy_operation_in(row->state);
    struct request request = decision_request(fixture, "retry D1042");
    struct control_arguments arguments = { .operation = "D1042", .look = -1 };
    struct event event = { .kind = row->kind, .name = row->event, .end = row->end, .error = "403" };

    operation.requester = (struct principal){ "slack", row->is & NAMELESS ? "U7" : "U1", "T1", "Zoe" };
    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    event.request = row->kind == EVENT_REQUEST ? &request : NULL;
    event.arguments = row->kind == EVENT_REQUEST ? &arguments : NULL;
    give_previous(fixture, row->is);
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row), &event, out);
}

static void check_told(const char *told, const char *expected)
{
    size_t len = strlen(expected);

    if (!str_ends_with(str_of(expected), "...") || strncmp(told, expected, len - 3) != 0)
        assert_string_equal(told, expected);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->is & NO_KEY ? WITHOUT_KEYS : CONFIGURATION);
    struct outcome out;

    play(fixture, row, &out);
    check_told(told_text(&out, fixture->arena), row->told);
}

/* ---- what else is told, and remembered ---- */

static const struct row first_step = { "",      REASON,   "shifting", 0, 0, JUDGED | DENIED, EVENT_REQUEST,
                                       "retry", END_DONE, NULL,       "" };

static void it_says_what_else_there_is_to_know(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION_WITH(
        PAGERDUTY, "        " KEY "\n", "", "dashboard: { public_url: \"https://ops.example.com/\" }\n"));
    const struct wanted_effect *effect;
    struct change_event event;
    struct outcome out;
    struct error err;

    (void)state;
    play(fixture, &first_step, &out);
    effect = find_told(&out);
    assert_string_equal(effect->lane, "pagerduty:changes:api/staging");
    assert_null(effect->tag);
    assert_true(shape_from_json(&change_event_shape, effect->args, fixture->arena, &event, &err));
    assert_string_equal(event.target, "api/staging");
    assert_int_equal(event.at_ms, DECISION_NOW_MS);
    assert_string_equal(event.operation, "D1042");
    assert_string_equal(event.version, "v1.4.2");
    assert_string_equal(event.before, "v1.4.1");
    assert_string_equal(event.by, "ann");
    assert_string_equal(event.reason, "the 'cart'");
    assert_string_equal(event.url, "https://ops.example.com/#/operations/D1042");
    assert_null(strstr(json_print_in(fixture->arena, effect->args), "0123456789abcdef")); /* no record has the key */
}

static void its_body_remembers_that_it_was_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct deploy_body *body;
    struct outcome out;

    (void)state;
    play(fixture, &first_step, &out);
    body = out.body;
    assert_true(body->is_change_told);
    assert_string_equal(body->changed_from, "v1.4.1");
}

/* ---- the others ---- */

static struct operation of_kind(const char *kind, const char *target, const char *state)
{
    return (struct operation){ .id = "D7",
                               .outside_id = "birth-00000000000000d7",
                               .kind = kind,
                               .schema = 1,
                               .target = target,
                               .state = state,
                               .source = "slack",
                               .requester = { "slack", "U1", "T1", "ann" },
                               .created_at_ms = DECISION_NOW_MS };
}

static void send(struct decision_fixture *fixture, const struct machine *machine, const char *state, const void *body,
                 struct event event, const char *answer, struct outcome *out)
{
    bool is_of_database = machine == &machine_failover || machine == &machine_runbook;
    struct operation operation = of_kind(machine->kind, is_of_database ? "main" : "api/staging", state);

    event.body = answer ? decision_json(fixture, answer) : NULL;
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine->on_event(&fixture->view, &operation, body, &event, out);
}

static struct rollback_body a_rollback(bool is_told)
{
    static struct run_share before[] = { { OURS, 100, NULL, NULL } };

    return (struct rollback_body){ .service = "api",
                                   .environment = "staging",
                                   .place = { "acme", "us-central1", "api-service" },
                                   .from = { .version = "v1.4.2", .image = "b", .revision = OURS },
                                   .to = { .version = "v1.4.1", .image = "a", .revision = "api-old" },
                                   .is_certain = true,
                                   .is_compared = true,
                                   .compared_from = OURS,
                                   .compared_to = "api-old",
                                   .before = before,
                                   .before_count = 1,
                                   .was_tried = is_told,
                                   .heard_at_ms = DECISION_NOW_MS,
                                   .state_deadline_at_ms = DECISION_NOW_MS + HOUR_MS,
                                   .is_change_told = is_told };
}

static void a_rollback_is_told_of(void **state)
{
    const struct event seen = { .kind = EVENT_READING, .name = "service", .end = END_DONE };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct rollback_body body = a_rollback(false);
    struct outcome out;

    (void)state;
    give_previous(fixture, 0);
    send(fixture, &machine_rollback, "looking", &body, seen, SERVES(ALL_OURS), &out);
    assert_string_equal(told_text(&out, fixture->arena),
                        "began: Rolling back api in staging to v1.4.1 (from v1.4.2), by ann");
    assert_true(((const struct rollback_body *)out.body)->is_change_told);
    body = a_rollback(true);
    send(fixture, &machine_rollback, "verifying", &body, seen, SERVES(ALL_OLD), &out);
    assert_string_equal(told_text(&out, fixture->arena), "done: Rolled back api in staging to v1.4.1 (from v1.4.2)");
}

static void an_adjustment_is_told_of(void **state)
{
    const struct event changed = {
        .kind = EVENT_EFFECT, .name = "change", .end = END_CANCELLED, .error = "it is halted"
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct adjust_body body = { .verb = "scale",
                                .service = "api",
                                .environment = "staging",
                                .place = { "acme", "us-central1", "api-service" },
                                .range = { 10, 100 },
                                .becomes = "2–20 → 10–100" };
    struct outcome out;

    (void)state;
    send(fixture, &machine_adjust, "changing", &body, changed, NULL, &out);
    assert_string_equal(told_text(&out, fixture->arena), "");
    body.is_change_told = true;
    send(fixture, &machine_adjust, "changing", &body, changed, NULL, &out);
    assert_string_equal(told_text(&out, fixture->arena),
                        "failed: Failed: scaling api in staging: 2–20 → 10–100: it was not changed: it is halted");
}

static void a_failover_is_told_of(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct event sent = { .kind = EVENT_EFFECT, .name = "failover", .end = END_FAILED, .error = "403" };
    struct failover_body body = { .plan = { .database = "main", .place = { .project = "acme", .instance = "main" } },
                                  .method = "failover",
                                  .sends = 1,
                                  .is_change_told = true };
    struct outcome out;

    (void)state;
    send(fixture, &machine_failover, "sending", &body, sent, NULL, &out);
    check_told(told_text(&out, fixture->arena), "refused: Refused: failing over main: Google refused it: 403...");
}

/* Whatever fails a database over; any other run, and a step that only checks, is no change of it. */
static void a_failover_by_a_runbook_is_told_of(void **state)
{
    const struct event progress = { .kind = EVENT_READING, .name = "progress", .end = END_DONE },
                       granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    static const char *argv[] = { "promote.sh" };
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(CONFIGURATION "runbooks: [{ name: move, target: main, steps: [{ run: [promote.sh] }] }]\n");
    struct run_step steps[] = {
        { .kind = RUN_CHECK, .mark = RUN_NOW, .name = "1", .argv = argv, .argv_count = 1, .timeout_ms = MINUTE_MS, .every_ms = SECOND_MS },
        { .kind = RUN_PROGRAM, .mark = RUN_TODO, .name = "2", .argv = argv, .argv_count = 1, .timeout_ms = MINUTE_MS },
    };
    struct runbook_body body = { .runbook = "move",
                                 .database = "main",
                                 .steps = steps,
                                 .steps_count = ARRAY_LEN(steps),
                                 .digest = "d",
                                 .run = "birth-0000000000000001" };
    struct outcome out;

    (void)state;
    send(fixture, &machine_runbook, "executing", &body, progress, "{'has_ended':true,'is_all':true}", &out);
    assert_string_equal(out.state, "launching");
    assert_string_equal(told_text(&out, fixture->arena), "");
    body.is_failover = true;
    steps[0].mark = RUN_TODO;
    send(fixture, &machine_runbook, "queued", &body, granted, "{'target':'main'}", &out);
    assert_string_equal(out.state, "launching");
    assert_string_equal(told_text(&out, fixture->arena), "");
    steps[0].mark = RUN_NOW;
    send(fixture, &machine_runbook, "executing", &body, progress, "{'has_ended':true,'is_all':true}", &out);
    assert_string_equal(told_text(&out, fixture->arena), "began: Failing over main, by ann");
    assert_true(((const struct runbook_body *)out.body)->is_change_told);
    steps[0].mark = RUN_DONE;
    steps[1].mark = RUN_NOW;
    body.at = 1;
    body.is_change_told = true;
    send(fixture, &machine_runbook, "executing", &body, progress, "{'has_ended':true,'is_all':true}", &out);
    assert_string_equal(told_text(&out, fixture->arena), "done: Failed over main");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_else_there_is_to_know),
        cmocka_unit_test(its_body_remembers_that_it_was_told),
        cmocka_unit_test(a_rollback_is_told_of),
        cmocka_unit_test(an_adjustment_is_told_of),
        cmocka_unit_test(a_failover_is_told_of),
        cmocka_unit_test(a_failover_by_a_runbook_is_told_of),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
