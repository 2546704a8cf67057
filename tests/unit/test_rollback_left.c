/* What a rollback leaves is remembered with why: people read whether it was found bad, or only left. */
#include "tests/unit/rollback_fixture.h"

static const struct row {
    const char *name, *reason, *found_bad, *why;
} rows[] = {
    { "left for a reason of theirs", "carts are empty", NULL, "carts are empty" },
    { "left without a word", NULL, NULL, NULL },
    { "left, and found bad before", NULL, "2.31 % of about 1,204 requests failed",
      "2.31 % of about 1,204 requests failed" },
    { "their own words come first", "carts are empty", "p95 900 ms", "carts are empty" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct operation operation = {
        .id = "D1046", .outside_id = "birth-1", .kind = "rollback", .state = "verifying", .target = "api/production"
    };
    struct event event = { .kind = EVENT_READING, .name = "service", .body = decision_json(fixture, ALL("api-42")) };
    struct outcome out;

    put_world(fixture, THREE);
    body.reason = row->reason;
    body.from.why = row->found_bad;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_string_equal(out.result, "done");
    assert_string_equal(out.bad->version, "v1.5.0");
    assert_string_equal(out.bad->operation, "D1046");
    assert_string_equal(out.bad->left, TARGET_LEFT_BY_ROLLBACK);
    if (row->why)
        assert_string_equal(out.bad->why, row->why);
    else
        assert_null(out.bad->why);
}

/* Whoever began a way back holds what serves for bad: no later one leads there, though this one failed. */
static void what_a_failed_way_back_was_to_leave_is_no_way_back(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED_OFTEN);
    struct operation operation = an_operation("returning");
    struct event event = { .kind = EVENT_EFFECT, .name = "return", .end = END_FAILED, .error = "its traffic is other" };
    struct target_version stack[] = { good[1],
                                      good[2],
                                      { .version = "v1.6.0", .revision = "api-60", .operation = "D1060" } };
    struct target later = { .name = "api/production", .good = stack, .good_count = 3, .bad_count = 1 };
    struct outcome out;

    (void)state;
    put_world(fixture, THREE);
    body.reason = "carts are empty";
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_string_equal(out.result, "failed");
    assert_non_null(out.bad);
    assert_string_equal(out.bad->version, "v1.5.0");
    assert_string_equal(out.bad->operation, "D1050");
    assert_string_equal(out.bad->left, TARGET_LEFT_BY_ROLLBACK);
    assert_string_equal(out.bad->why, "carts are empty");
    assert_null(out.good);
    later.bad = out.bad;
    stack[2].at_ms = DECISION_NOW_MS + MINUTE_MS;
    fixture->targets = &later;
    assert_non_null(strstr(decision_answer(fixture, &verb_rollback, "rollback api production", &out),
                           "back from `v1.6.0` to `v1.4.2`"));
}

/* It had not looked: nobody knows whether what it was to leave serves at all. */
static void what_was_never_seen_is_not_marked(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(SILENT_LONG);
    struct operation operation = an_operation("looking");
    struct event event = { .kind = EVENT_READING, .name = "service", .end = END_GAVE_UP, .error = "no route" };
    struct outcome out;

    (void)state;
    put_world(fixture, THREE);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_string_equal(out.result, "failed");
    assert_null(out.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_failed_way_back_was_to_leave_is_no_way_back),
        cmocka_unit_test(what_was_never_seen_is_not_marked),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
