/* A rollback that was done without a store: what the target's record makes of it, and who may hand it in. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/without_store.h"
#include "handlers/rollback/adopted.h"

#define BEGAN_MS (DECISION_NOW_MS - HOUR_MS)
#define ENDED_MS (BEGAN_MS + MINUTE_MS)

static const struct row {
    const char *name, *result; /* of the act; NULL: it never told */
    int64_t good_at_ms;        /* of the target's newest good version; 0: nothing is recorded */
    bool is_recorded, leaves_doubt;
} rows[] = {
    { "what it returned to is good, and what it left bad", "done", BEGAN_MS - HOUR_MS, true, false },
    { "also where nothing was recorded", "done", 0, true, false },
    { "one that failed leaves doubt", "failed", BEGAN_MS - HOUR_MS, true, true },
    { "one that never told its end too", NULL, BEGAN_MS - HOUR_MS, true, true },
    { "a version that was good since stays the newest", "done", ENDED_MS + 1, false, true },
    { "one of the same moment does not overtake it", "done", ENDED_MS, true, false },
    { "where the end is not known its beginning counts", NULL, BEGAN_MS + 1, false, true },
};

static const char *act_text(struct decision_fixture *fixture, const char *result)
{
    static const struct target_version good = { "v1.4.1", "api@sha256:41", "api-41", "D1030", ENDED_MS },
                                       bad = { "v1.4.2", "api@sha256:42", "api-42", NULL, ENDED_MS };
    struct without_store_act act = {
        .id = "birth-0000000000000001",
        .verb = "rollback",
        .text = "rollback api production",
        .principal = { "slack", "U1", "T1", "ann" },
        .target = "api/production",
        .began_at_ms = BEGAN_MS,
        .ended_at_ms = result ? ENDED_MS : 0,
        .result = result,
        .summary = result ? "how it ended" : NULL,
        .good = &good,
        .bad = &bad,
    };
    AUTO_JSON cJSON *json = shape_to_json(&without_store_act_shape, &act, SHAPE_WHOLE);

    return json_print_in(fixture->arena, json);
}

static bool ask(struct decision_fixture *fixture, const char *source, const char *text, struct question *question,
                const void **arguments)
{
    struct request request = { .id = "r1", .source = source, .verb = WITHOUT_STORE_VERB, .words_count = 1 };
    struct error err;

    request.words = ARENA_NEW(fixture->arena, const char *);
    request.words[0] = text;
    return verb_adopted.asks(&fixture->view, &request, question, arguments, &err);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version good = { "v1.5.0", "api@sha256:50", "api-50", "D1050", row->good_at_ms };
    struct target target = { .name = "api/production", .good = &good, .good_count = 1 };
    struct question question;
    const void *arguments;
    struct outcome out;

    fixture->targets = &target;
    fixture->targets_count = row->good_at_ms != 0;
    assert_true(ask(fixture, WITHOUT_STORE_SOURCE, act_text(fixture, row->result), &question, &arguments));
    outcome_init(&out, fixture->arena, "D7", "birth-07");
    verb_adopted.begin(&fixture->view, NULL, &question, arguments, &out);
    assert_true(out.begins);
    assert_string_equal(out.result, row->result ? row->result : "failed");
    assert_int_equal(out.good != NULL, row->is_recorded);
    assert_int_equal(out.bad != NULL, row->is_recorded);
    assert_int_equal(out.leaves_doubt, row->leaves_doubt);
    assert_string_equal(out.journal[0].kind, "without_store.adopted");
    if (row->is_recorded)
        assert_string_equal(out.good->revision, "api-41");
}

/* Policy is not asked about it, so this is all that stands between a person and the record. */
static void nobody_asks_for_it_at_a_door(void **state)
{
    static const char *const sources[] = { "slack", "github", "local", "api", "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;
    const void *arguments;

    (void)state;
    assert_true(verb_adopted.is_internal);
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        assert_false(ask(fixture, sources[i], act_text(fixture, "done"), &question, &arguments));
    assert_false(ask(fixture, WITHOUT_STORE_SOURCE, "{}", &question, &arguments));
    assert_false(ask(fixture, WITHOUT_STORE_SOURCE, "rollback", &question, &arguments));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_asks_for_it_at_a_door) };
    int failed = ROWS(rows, check_row);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
