/* `status` of a place that a program deploys: the one that its driver names is asked what serves. */
#include "tests/unit/status_look_fixture.h"

#include "bot/model/program.h"

#define TOOLS                                                                                                             \
    HEAD                                                                                                                  \
        "  - name: tools\n"                                                                                               \
        "    environments:\n"                                                                                             \
        "      - name: staging\n"                                                                                         \
        "        driver: { program: { deploy: [/bin/ship], status: [/bin/serves, \"{service}\", \"{environment}\"] } }\n" \
        "      - name: production\n"                                                                                      \
        "        driver: { program: { deploy: [/bin/ship] } }\n" POLICY
#define SAYS(text) BRINGS(200, "program.0", "{'said':'" text "'}")

static struct target_version good_tools[] = {
    { "v1.2.0", NULL, NULL, "D3", DECISION_NOW_MS - 60 * MINUTE_MS, NULL, NULL, false },
    { "v1.3.0", NULL, NULL, "D4", DECISION_NOW_MS - 3 * HOUR_MS, NULL, NULL, false },
};
static const struct target tools = { .name = "tools/staging", .good = good_tools, .good_count = 2 };

static const struct row program_rows[] = {
    { "it says what the record says",
      "status tools staging",
      0,
      { SAYS("v1.3.0") },
      "begin ?program.0=3s | end",
      "*tools/staging*: `v1.3.0` serves, says its program\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "before: `v1.2.0`, 60 min ago (D3)\n"
      "sources: its program: now; opsgate's record: 3 h" },
    { "somebody deployed something else",
      "status tools staging",
      0,
      { SAYS("v9") },
      "begin ?program.0=3s | end",
      "~*tools/staging*: `v9` serves, says its program: not opsgate's doing, for the record has `v1.3.0`\n" },
    { "where nothing is on record there is nothing to compare",
      "status tools staging",
      UNRECORDED,
      { SAYS("v9") },
      "begin ?program.0=3s | end",
      "~*tools/staging*: `v9` serves, says its program\n" },
    { "what it says is shown as it is, and does nothing",
      "status tools staging",
      0,
      { SAYS("@{slack:U1} `x`") },
      "begin ?program.0=3s | end",
      "~*tools/staging*: ` {slack:U1} 'x'` serves, says its program" },
    { "it fails: the record is told, and why there is no more",
      "status tools staging",
      0,
      { FAILS(100, "program.0", END_FAILED, "it ended with 3: no route") },
      "begin ?program.0=3s | end",
      "~sources: its program: it ended with 3: no route; opsgate's record: 3 h" },
    { "it is too slow",
      "status tools staging",
      0,
      { DUE(5000, "answer") },
      "begin ?program.0=3s | end",
      "~sources: its program: no answer in 5 s; opsgate's record: 3 h" },
    { "an answer that is none",
      "status tools staging",
      0,
      { BRINGS(1, "program.0", "{}") },
      "begin ?program.0=3s | end",
      "~its answer cannot be read" },
    { "a driver that names none is not asked",
      "status tools production",
      UNRECORDED,
      { { 0 } },
      "told",
      "~; `program`, which deploys it, is not asked" },
    { "nor is anybody for a look at all", "status", 0, { { 0 } }, "told", "~tools/staging" },
};

static void check_program_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TOOLS);
    struct run run = { .fixture = fixture, .trace = "" };

    fixture->targets = &tools;
    fixture->targets_count = row->is & UNRECORDED ? 0 : 1;
    begin(&run, row->line);
    for (size_t i = 0; i < STEPS_MAX && row->steps[i].name; i++)
        take_step(&run, &row->steps[i]);
    assert_string_equal(run.trace, row->trace);
    if (row->answer[0] != '~')
        assert_string_equal(run.answer, row->answer);
    else if (!strstr(run.answer, row->answer + 1))
        assert_string_equal(run.answer, row->answer + 1);
}

static void what_it_is_asked_with(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TOOLS);
    struct request request = decision_request(fixture, "status tools staging");
    struct program_question question;
    struct question asked;
    const void *arguments;
    struct outcome out;
    struct error err;

    (void)state;
    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    assert_true(verb_status.asks(&fixture->view, &request, &asked, &arguments, &err));
    verb_status.begin(&fixture->view, &request, &asked, arguments, &out);
    assert_string_equal(out.readings[0].kind, READING_PROGRAM_SAYS);
    assert_true(shape_from_json(&program_question_shape, out.readings[0].args, fixture->arena, &question, &err));
    assert_int_equal(question.argv_count, 3);
    assert_string_equal(question.argv[1], "tools");
    assert_string_equal(question.argv[2], "staging");
    assert_int_equal(question.timeout_ms, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_it_is_asked_with) };

    return ROWS(program_rows, check_program_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
