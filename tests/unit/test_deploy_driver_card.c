/* The cards of deploys that a program or a workflow carries out: state by state, and who did what below. */
#include "tests/unit/deploy_program_fixture.h"

#include "bot/base/time.h"

#define STUCK(besides)                                                                                                 \
    "D7 is stuck: its own event crashed opsgate; its target was given back" besides                                    \
    ". Look at what it has done before you deploy tools/host again: `opsgate ops show D7`"

static const struct row {
    const char *name;
    bool is_workflow;
    const char *state, *result, *failed_in;
    const char *stopping; /* of a workflow: cancelled; or NULL */
    const char *problem, *run_status, *run_step;
    bool is_stuck;
    const char *steps; /* a letter each: '+' ok, '>' now, '-' bad, '.' next */
    enum card_tone tone;
    size_t buttons;
    const char *status;
} rows[] = {
    { "a program begins", .state = "pinning", .steps = ">...", .tone = CARD_RUNNING, .buttons = 1,
      .status = "D7: pinning the version" },
    { "a program waits for its turn", .state = "queued", .steps = "+>..", .tone = CARD_WAITING, .buttons = 1,
      .status = "D7: waiting for the target" },
    { "a program waits for its image", .state = "awaiting-artifact", .steps = ">...", .tone = CARD_WAITING,
      .buttons = 1, .status = "D7: waiting" },
    { "a program waits for green checks", .state = "awaiting-checks", .steps = "+>...", .tone = CARD_WAITING,
      .buttons = 1, .status = "D7: waiting for checks on GitHub" },
    { "a program runs", .state = "executing", .steps = "+++>", .tone = CARD_RUNNING, .buttons = 1,
      .status = "D7: the program runs" },
    { "a program is not seen", .state = "executing", .problem = "no answer", .steps = "+++>", .tone = CARD_RUNNING,
      .buttons = 1, .status = "D7: the program runs (no answer)" },
    { "a program is stopped", .state = "stopping", .stopping = "it was aborted", .steps = "+++>", .tone = CARD_RUNNING,
      .status = "D7: the program is being stopped: it was aborted" },
    { "a program is stopped before it began", .state = "launching", .stopping = "it was aborted", .steps = "++>.",
      .tone = CARD_RUNNING, .status = "D7: the program is being stopped: it was aborted" },
    { "a program has failed", .state = "failed", .result = "failed", .failed_in = "executing", .steps = "+++-",
      .tone = CARD_BAD, .status = "D7: how it ended" },
    { "a program was aborted", .state = "aborted", .result = "aborted", .failed_in = "stopping", .stopping = "so",
      .steps = "+++-", .tone = CARD_BAD, .status = "D7: how it ended" },
    { "a program did it", .state = "done", .result = "done", .steps = "++++", .tone = CARD_GOOD, .buttons = 1,
      .status = "D7: how it ended" },
    { "a program is stuck", .state = "executing", .is_stuck = true, .steps = "+++-", .tone = CARD_BAD,
      .status = STUCK(", and its program may still run") },

    { "a workflow waits for its image", true, "awaiting-artifact", .steps = ">...", .tone = CARD_WAITING, .buttons = 1,
      .status = "D7: waiting" },
    { "a workflow waits for green checks", true, "awaiting-checks", .steps = "+>...", .tone = CARD_WAITING, .buttons = 1,
      .status = "D7: waiting for checks on GitHub" },
    { "a workflow is dispatched", true, "dispatching", .steps = "++>.", .tone = CARD_RUNNING, .buttons = 1,
      .status = "D7: dispatching the workflow" },
    { "a workflow is looked for", true, "running", .steps = "+++>", .tone = CARD_RUNNING, .buttons = 1,
      .status = "D7: its run is looked for on GitHub" },
    { "a workflow runs", true, "running", .run_status = "in_progress", .run_step = "deploy: Out", .steps = "+++>",
      .tone = CARD_RUNNING, .buttons = 1, .status = "D7: the workflow is running, at deploy: Out" },
    { "a workflow waits for a runner", true, "running", .run_status = "queued", .steps = "+++>", .tone = CARD_RUNNING,
      .buttons = 1, .status = "D7: the workflow is queued" },
    { "a workflow is cancelled", true, "cancelling", .stopping = "It was aborted", .problem = "no answer",
      .steps = "+++>", .tone = CARD_RUNNING, .status = "D7: It was aborted: its run is being cancelled (no answer)" },
    { "a workflow has failed", true, "failed", "failed", "running", .steps = "+++-", .tone = CARD_BAD,
      .status = "D7: how it ended" },
    { "a workflow did it", true, "done", "done", .steps = "++++", .tone = CARD_GOOD, .status = "D7: how it ended" },
    { "a workflow is stuck", true, "running", .is_stuck = true, .steps = "+++-", .tone = CARD_BAD,
      .status = STUCK(", and its run on GitHub may go on") },
};

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    static const char *argv[] = { "/opt/bin/deploy.sh" };
    struct deploy_body *body = ARENA_NEW(fixture->arena, struct deploy_body);
    struct deploy_program *program = ARENA_NEW(fixture->arena, struct deploy_program);
    struct deploy_workflow *workflow = ARENA_NEW(fixture->arena, struct deploy_workflow);

    program->argv = argv;
    program->argv_count = 1;
    program->stopping = row->stopping;
    *workflow = (struct deploy_workflow){ .repository = "acme/tools",
                                          .workflow = "deploy.yml",
                                          .status = row->run_status,
                                          .step = row->run_step,
                                          .cancelled = row->stopping };
    *body = (struct deploy_body){ .service = "tools",
                                  .environment = "host",
                                  .version = "v1",
                                  .repository = "",
                                  .problem = row->problem,
                                  .failed_in = row->failed_in };
    if (row->is_workflow)
        body->workflow = workflow;
    else
        body->program = program;
    return body;
}

static struct operation operation_of(const struct row *row)
{
    return (struct operation){ .id = "D7",
                               .kind = "deploy",
                               .state = row->state,
                               .result = row->result,
                               .summary = row->result ? "how it ended" : NULL,
                               .is_stuck = row->is_stuck,
                               .target = "tools/host",
                               .requester = { "slack", "U1", "T1", "ann" },
                               .created_at_ms = DECISION_NOW_MS };
}

static const char *steps_of(const struct card *card, struct arena *arena)
{
    static const char letters[] = { [STEP_NEXT] = '.', [STEP_NOW] = '>', [STEP_OK] = '+', [STEP_BAD] = '-' };
    const char *text = "";

    for (size_t i = 0; i < card->steps_count; i++)
        text = arena_printf(arena, "%s%c", text, letters[card->steps[i].mark]);
    return text;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = operation_of(row);
    struct card card = { .title = NULL };

    machine_deploy.card(&fixture->view, &operation, body_of(fixture, row), &card);
    assert_string_equal(steps_of(&card, fixture->arena), row->steps);
    assert_int_equal(card.tone, row->tone);
    assert_int_equal(card.actions_count, row->buttons);
    assert_memory_equal(card.status, row->status, strlen(row->status));
}

static void check_footer(void **state)
{
    static struct deploy_act acts[] = {
        { DECISION_NOW_MS + 1000, "@{slack:U1}", "ran the program once more", "repeated", 0 },
        { DECISION_NOW_MS + 13 * HOUR_MS, "@{slack:U2}", "aborted", "aborted", 1 },
    };
    static const struct row drivers[] = { { .state = "running" }, { .is_workflow = true, .state = "running" } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        struct deploy_body *body = body_of(fixture, &drivers[i]);
        struct operation operation = operation_of(&drivers[i]);
        struct card card = { .title = NULL };

        body->acts = acts;
        body->acts_count = ARRAY_LEN(acts);
        machine_deploy.card(&fixture->view, &operation, body, &card);
        assert_string_equal(card.footer,
                            "asked @{date:1795212000000}\n"
                            "@{time:1795212001000} @{slack:U1} ran the program once more\n"
                            "@{date:1795258800000} @{slack:U2} aborted"); /* far from then: with its date */
    }
}

/* Until it has begun: afterwards nothing holds it any more. */
static void check_held(void **state)
{
    static const struct {
        struct row row;
        bool is_shown;
    } held[] = {
        { { .state = "queued" }, true },
        { { .state = "launching" }, true },
        { { .state = "executing" }, false },
        { { .is_workflow = true, .state = "dispatching" }, true },
        { { .is_workflow = true, .state = "running" }, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(held); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct operation halt = { .id = "D5",
                                  .kind = "halt",
                                  .schema = 1,
                                  .state = "halted",
                                  .requester = { "slack", "U9", "T1", NULL },
                                  .body = decision_json(fixture, "{'reason':'a fire'}") };
        struct operation operation = operation_of(&held[i].row);
        struct card card = { .title = NULL };
        bool is_shown = false;

        fixture->operations = &halt;
        fixture->operations_count = 1;
        machine_deploy.card(&fixture->view, &operation, body_of(fixture, &held[i].row), &card);
        for (size_t k = 0; k < card.fields_count; k++)
            is_shown = is_shown || strcmp(card.fields[k].name, "Held") == 0;
        assert_int_equal(is_shown, held[i].is_shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "who did what stands below, in short", check_footer, NULL, NULL, NULL },
                                        { "what would hold its start is shown", check_held, NULL, NULL, NULL } };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
