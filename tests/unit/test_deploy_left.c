/* What a program or a workflow leaves, and why: as the target's record keeps it, row by row. */
#include "tests/unit/deploy_program_fixture.h"

#include "bot/base/time.h"
#include "bot/model/workflow.h"
#include "handlers/rollback/rollback.h"

static struct target_version goods[] = {
    { .version = "v1", .image = "v1", .revision = "run-1", .operation = "D1", .at_ms = 1 },
    { .version = "v2", .image = "v2", .revision = "run-2", .operation = "D2", .at_ms = 2, .why = "of another time" },
};

#define RAN(members) "{'has_ended':true,'is_all':true,'to_byte':0," members "}"
#define WELL "{'has_ended':true,'is_all':true,'to_byte':0}"
#define RUN(conclusion) "{'run':7,'status':'completed','conclusion':'" conclusion "','url':'https://g/7','step':'Out'}"

static const struct row {
    const char *name;
    const struct verb *verb;
    const char *line;
    bool is_workflow, is_aborted;
    const char *yields_to; /* or NULL */
    const char *end;       /* of the program, or of the run */
    const char *left;      /* the version that is left; NULL: none */
    const char *how;       /* TARGET_LEFT_..., or NULL: found bad */
    const char *why;       /* how it begins, or NULL */
} rows[] = {
    { "a program that fails", &verb_deploy, "deploy tools host v3", .end = RAN("'exit_status':3"), .left = "v3",
      .why = "`deploy.sh` exited with status 3" },
    { "one that is killed", &verb_deploy, "deploy tools host v3", .end = RAN("'is_lost':true"), .left = "v3",
      .why = "How `deploy.sh` ended is not known" },
    { "one that is aborted", &verb_deploy, "deploy tools host v3", .is_aborted = true, .end = RAN("'signal':15"),
      .left = "v3", .how = TARGET_LEFT_BY_ABORT, .why = "it was aborted; `deploy.sh` was ended by signal 15" },
    { "one that gives way", &verb_deploy, "deploy tools host v3", .yields_to = "D9", .end = RAN("'exit_status':1"),
      .left = "v3", .how = TARGET_LEFT_BY_ABORT, .why = "D9 rolls tools/host back" },
    { "one that goes well", &verb_deploy, "deploy tools host v3", .end = WELL },
    { "a rollback by a program", &verb_rollback, "rollback tools host --reason \"it *hurts*\"", .end = WELL,
      .left = "v2", .how = TARGET_LEFT_BY_ROLLBACK, .why = "it  hurts " },
    { "a rollback without a reason has none of another time", &verb_rollback, "rollback tools host", .end = WELL,
      .left = "v2", .how = TARGET_LEFT_BY_ROLLBACK },
    { "a rollback by a program that fails", &verb_rollback, "rollback tools host --reason slow",
      .end = RAN("'exit_status':1"), .left = "v2", .how = TARGET_LEFT_BY_ROLLBACK, .why = "slow" },
    { "a workflow that fails", &verb_deploy, "deploy tools host v3", .is_workflow = true, .end = RUN("failure"),
      .left = "v3", .why = "run 7 of `deploy.yml`: https://g/7 ended as `failure` at `Out`" },
    { "a workflow that goes well", &verb_deploy, "deploy tools host v3", .is_workflow = true, .end = RUN("success") },
    { "a workflow that was cancelled leaves what nobody knows", &verb_deploy, "deploy tools host v3",
      .is_workflow = true, .is_aborted = true, .end = RUN("cancelled") },
    { "a rollback by a workflow", &verb_rollback, "rollback tools host --reason slow", .is_workflow = true,
      .end = RUN("success"), .left = "v2", .how = TARGET_LEFT_BY_ROLLBACK, .why = "slow" },
    { "a rollback by a workflow that fails", &verb_rollback, "rollback tools host --reason slow", .is_workflow = true,
      .end = RUN("failure"), .left = "v2", .how = TARGET_LEFT_BY_ROLLBACK, .why = "slow" },
};

static void run_program(struct play *play, const struct row *row)
{
    if (row->verb == &verb_deploy)
        timer(play, "pinned");
    message(play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    if (row->is_aborted)
        ask(play, &verb_abort, "wrong one");
    if (row->yields_to)
        message(play, MESSAGE_YIELD, arena_printf(play->fixture->arena, "{'target':'x','by':'%s'}", row->yields_to));
    progress(play, row->end);
}

/* The same operation, carried out by a workflow instead. */
static void run_workflow(struct play *play, const struct row *row)
{
    struct deploy_body *body = ARENA_NEW(play->fixture->arena, struct deploy_body);
    struct deploy_workflow *workflow = ARENA_NEW(play->fixture->arena, struct deploy_workflow);

    *workflow = (struct deploy_workflow){
        .repository = "acme/tools", .workflow = "deploy.yml", .ref = "main", .timeout_ms = HOUR_MS, .effect = "b-1"
    };
    *body = *play->body;
    body->program = NULL;
    body->workflow = workflow;
    play->body = body;
    play->operation.state = "running";
    if (row->is_aborted)
        ask(play, &verb_abort, "wrong one");
    send_event(play, (struct event){ .kind = EVENT_READING, .name = "run", .end = END_DONE }, row->end);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct target target = { .name = "tools/host", .good = goods, .good_count = ARRAY_LEN(goods) };
    struct play play = begin(row->verb, row->line, &target);
    const struct target_version *bad;

    (row->is_workflow ? run_workflow : run_program)(&play, row);
    bad = play.out.bad;
    assert_non_null(play.out.result);
    if (!row->left) {
        assert_null(bad);
        end(&play);
        return;
    }
    assert_non_null(bad);
    assert_string_equal(bad->version, row->left);
    assert_string_equal(bad->operation, "D7");
    if (row->how)
        assert_string_equal(bad->left, row->how);
    else
        assert_null(bad->left);
    if (row->why)
        assert_memory_equal(bad->why, row->why, strlen(row->why));
    else
        assert_null(bad->why);
    end(&play);
}

int main(void)
{
    return ROWS(rows, check_row);
}
