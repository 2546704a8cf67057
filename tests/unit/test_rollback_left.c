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

int main(void)
{
    return ROWS(rows, check_row);
}
