/* How a rollback looks to people. */
#include "tests/unit/rollback_fixture.h"

static const struct card_row {
    const char *name, *state;
    enum memory memory;
    const char *result, *summary, *silence;
    bool is_stuck;
    enum card_tone tone;
    const char *status;
    enum step_mark marks[4];
    const char *action;
} card_rows[] = {
    { "waiting", "queued", FRESH, .tone = CARD_WAITING, .status = "D1050: taking the target", .marks = { STEP_NOW } },
    { "returning", "returning", TRIED, .tone = CARD_RUNNING, .status = "D1050: returning all traffic",
      .marks = { STEP_OK, STEP_OK, STEP_NOW, STEP_NEXT } },
    { "Cloud Run is silent", "looking", SILENT_LONG, .silence = "no `route`", .tone = CARD_RUNNING,
      .status =
          "D1050: looking at what serves; Cloud Run has not answered since @{time:1795211400000} (no 'route'), so it is "
          "tried again and again",
      .marks = { STEP_OK, STEP_NOW }, .action = "abort D1050" },
    { "done", "done", TRIED, .result = "done", .summary = "it serves", .tone = CARD_GOOD, .status = "D1050: it serves",
      .marks = { STEP_OK, STEP_OK, STEP_OK, STEP_OK } },
    { "failed", "failed", TRIED, .result = "failed", .summary = "no", .tone = CARD_BAD, .status = "D1050: no",
      .marks = { STEP_OK, STEP_OK, STEP_BAD, STEP_NEXT } },
    { "stuck", "returning", TRIED, .is_stuck = true, .tone = CARD_BAD,
      .status = "D1050 is stuck: its own event crashed opsgate; its target was given back. Look where the traffic of "
                "api/production goes: `opsgate ops show D1050`",
      .marks = { STEP_OK, STEP_OK, STEP_BAD, STEP_NEXT } },
};

static void check_card(void **state)
{
    const struct card_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = an_operation(row->state);
    struct rollback_body body = remembered(row->memory);
    struct card card = { .operation = operation.id };

    operation.result = row->result;
    operation.summary = row->summary;
    operation.is_stuck = row->is_stuck;
    body.silence = row->silence;
    body.failed_in = row->result && strcmp(row->result, "failed") == 0 ? "returning" : NULL;
    body.preflight = "the same";
    body.reason = "it burns";
    machine_rollback.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Roll back api production to v1.4.2");
    assert_string_equal(card.status, row->status);
    assert_int_equal(card.tone, row->tone);
    assert_int_equal(card.steps_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(card.steps[i].mark, row->marks[i]);
    assert_string_equal(card.fields[0].value, "`v1.5.0`");
    assert_string_equal(card.fields[1].value, "`v1.4.2`");
    assert_string_equal(card.fields[3].value, "the same");
    assert_string_equal(card.fields[4].value, "it burns");
    assert_int_equal(card.actions_count, row->action != NULL);
    if (row->action)
        assert_string_equal(card.actions[0].command, row->action);
}

static void a_card_without_a_goal_has_a_title(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = an_operation("queued");
    struct rollback_body body = { .service = "api", .environment = "production" };
    struct card card = { .operation = operation.id };

    (void)state;
    machine_rollback.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Roll back api production");
    assert_int_equal(card.fields_count, 1);
}

static void who_aborted_it_is_on_its_card(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "abort D1050");
    struct event event = { .kind = EVENT_REQUEST, .name = "abort", .request = &request };
    static const char *const states[] = { "queued", "returning" };

    (void)state;
    put_world(fixture, THREE);
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        struct operation operation = an_operation(states[i]);
        struct rollback_body body = remembered(TRIED_AND_SILENT);
        struct card card = { .operation = operation.id };
        struct outcome out;

        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_rollback.card(&fixture->view, &operation, &body, &card);
        assert_string_equal(card.footer, "asked @{date:1795211997000}");
        machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);
        operation.state = operation.result = out.result;
        operation.summary = out.summary;
        machine_rollback.card(&fixture->view, &operation, out.body, &card);
        assert_string_equal(card.footer, "asked @{date:1795211997000}\n@{date:1795212000000} @{slack:U1} aborted it");
    }
}

#define KEPT "D44 (`v1.6.0`) is irreversible: `rollback api production --break-glass TEXT` takes it back"

/* It was to stop a deploy without traffic, and that had some by then. */
static void whoever_waits_for_what_stays_is_told_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct event kept = { .kind = EVENT_MESSAGE,
                          .name = MESSAGE_KEPT_WAITING,
                          .from = "engine",
                          .body = decision_json(fixture, "{'text':'" KEPT "'}") };
    struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
    struct operation operation = an_operation("queued");
    struct rollback_body body = remembered(FRESH);
    struct card card = { .operation = operation.id };
    struct outcome out, second;

    (void)state;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &kept, &out);
    assert_null(out.state);
    assert_int_equal(out.effects_count, 1);
    assert_true(json_find_bool(out.effects[0].args, "is_in_thread", false));
    assert_string_equal(json_find_string(out.effects[0].args, "reply.text"), "@{slack:U1}: *D1050* waits: " KEPT);
    machine_rollback.card(&fixture->view, &operation, out.body, &card);
    assert_string_equal(card.status, "D1050 waits: " KEPT);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, out.body, &kept, &second);
    assert_int_equal(second.effects_count, 0);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, out.body, &granted, &second);
    operation.state = second.state;
    machine_rollback.card(&fixture->view, &operation, second.body, &card);
    assert_string_equal(card.status, "D1050: looking at what serves");
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id); /* too late: it has begun */
    machine_rollback.on_event(&fixture->view, &operation, out.body, &kept, &second);
    assert_null(second.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_aborted_it_is_on_its_card),
        cmocka_unit_test(whoever_waits_for_what_stays_is_told_once),
        cmocka_unit_test(a_card_without_a_goal_has_a_title),
    };

    return ROWS(card_rows, check_card) + cmocka_run_group_tests(tests, NULL, NULL);
}
