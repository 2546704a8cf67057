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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_aborted_it_is_on_its_card),
        cmocka_unit_test(a_card_without_a_goal_has_a_title),
    };

    return ROWS(card_rows, check_card) + cmocka_run_group_tests(tests, NULL, NULL);
}
