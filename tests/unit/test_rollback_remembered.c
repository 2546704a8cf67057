/* What the target keeps of a rollback that is over, and whose version it says that was left. */
#include "tests/unit/rollback_fixture.h"

static const struct row {
    const char *name, *state;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    enum memory memory;
    const char *kept, *left; /* NULL: nothing; nobody's */
} rows[] = {
    { "back, and verified", "verifying", EVENT_READING, "service", END_DONE, ALL("api-42"), TRIED, "good", "D1042" },
    { "while it is on its way nothing is kept", "looking", EVENT_READING, "service", END_DONE, ALL("api-50"), COMPARED,
      NULL, NULL },
    { "a newer one took its place before it began", "queued", EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, "{'by':'D1060'}",
      FRESH, "untouched", NULL },
    { "and it had aborted a rollout for nothing", "queued", EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, "{'by':'D1060'}",
      ROLLOUT, "doubt", NULL },
    { "a person had enough of the silence", "returning", EVENT_REQUEST, "abort", END_DONE, NULL, TRIED_AND_SILENT,
      "doubt", NULL },
};

static void decide(const struct row *row, struct decision_fixture *fixture, struct rollback_body *body,
                   struct outcome *out)
{
    struct operation operation = an_operation(row->state);
    struct request request = decision_request(fixture, "abort D1050");
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .end = row->end,
                           .request = &request,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };

    put_world(fixture, THREE);
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, body, &event, out);
}

static void check_row(void **state)
{
    static const char *const hows[] = { "good", "back", "left", "untouched", "doubt" };
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(row->memory);
    struct outcome out;

    decide(row, fixture, &body, &out);
    if (!row->kept) {
        assert_null(out.end);
        return;
    }
    assert_string_equal(hows[out.end->how], row->kept);
    assert_true(out.end->is_way_back);
    assert_string_equal(out.end->version, "v1.4.2");
    if (row->left)
        assert_string_equal(out.end->left, row->left);
    else
        assert_null(out.end->left);
    assert_int_equal(out.end->serves_at_ms, out.end->how == ENDED_GOOD ? DECISION_NOW_MS : 0);
    assert_int_equal(out.end->asked_at_ms + out.end->ended_at_ms, 0); /* the engine knows them */
}

/* It stood there before opsgate, or somebody brought it by hand. */
static void check_stranger(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct outcome out;

    (void)state;
    body.from.operation = "";
    decide(&rows[0], fixture, &body, &out);
    assert_null(out.end->left);
    body.from.operation = NULL;
    decide(&rows[0], fixture, &body, &out);
    assert_null(out.end->left);
}

/* Done while no store answered: when that was, its host told, by a clock of its own. */
static void check_adopted(void **state)
{
    static const struct rollback_act act = { "W3", "w-3", "host", MINUTES_AGO(9), MINUTES_AGO(8) };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct outcome out;

    (void)state;
    body.act = &act;
    fixture->view.shift_ms = -MINUTE_MS;
    decide(&rows[0], fixture, &body, &out);
    assert_int_equal(out.end->asked_at_ms, MINUTES_AGO(8));
    assert_int_equal(out.end->ended_at_ms, MINUTES_AGO(7));
    assert_int_equal(out.end->serves_at_ms, MINUTES_AGO(7));
    assert_string_equal(out.end->left, "D1042");
    assert_string_equal(out.bad->operation, "D1050"); /* that left it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what opsgate had not brought is nobody's", check_stranger, NULL, NULL, NULL },
        { "one that was done without the store serves since then", check_adopted, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
