/* The way back where a program is the driver: its own argv, with the version before. */
#include "tests/unit/deploy_program_fixture.h"

#include "handlers/rollback/rollback.h"

static struct target_version goods[] = {
    { .version = "v1", .image = "v1", .revision = "D1", .operation = "D1", .at_ms = 1 },
    { .version = "v2", .image = "v2", .revision = "D2", .operation = "D2", .at_ms = 2 },
    { .version = "v3", .image = "v3", .revision = "D3", .operation = "D3", .at_ms = 3 },
};

static struct target target_with(size_t goods_count, const char *doubt)
{
    return (struct target){ .name = "tools/host", .good = goods, .good_count = goods_count, .doubt = doubt };
}

static void rollback_runs_its_own_argv_with_the_version_before(void **state)
{
    struct target target = target_with(3, NULL);
    struct play play = begin(&verb_rollback, "rollback host --reason \"it *hurts*\"", &target);
    struct program_start start;

    (void)state;
    assert_string_equal(wants(&play), "queued claims");
    assert_true(play.out.claims_first);
    assert_says(play.out.reply->text, "*D7*: rolling *tools* in *host* back from `v3` to `v2`.");
    assert_string_equal(play.body->reason, "it  hurts ");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    start = started_with(&play);
    assert_int_equal(start.argv_count, 2);
    assert_string_equal(start.argv[0], "back.sh");
    assert_string_equal(start.argv[1], "v2");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    assert_string_equal(wants(&play), "done good return bad");
    assert_string_equal(play.out.good->revision, "D2");
    assert_string_equal(play.out.bad->version, "v3");
    end(&play);
}

static void rollback_after_a_failed_run_goes_to_the_newest_good(void **state)
{
    struct target target = target_with(3, "D6");
    struct operation failed = { .id = "D6", .kind = "deploy", .state = "failed", .target = "tools/host" };
    struct play play = begin_after(&failed, &verb_rollback, "rollback host", &target);

    (void)state;
    assert_says(play.out.reply->text, "back to `v3`.");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    assert_string_equal(wants(&play), "done good return"); /* it leaves no good version */
    end(&play);
}

/* Nobody holds the target: nothing of it has run, and nothing will. */
static void what_has_not_run_is_stopped_and_nothing_else_is_done(void **state)
{
    struct target target = target_with(3, NULL);
    struct operation coming = { .id = "D5", .kind = "deploy", .state = "awaiting-artifact", .target = "tools/host" };
    struct play play = begin(&verb_rollback, "rollback host", &target);
    struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    const struct rollback_body *body;
    struct operation operation;
    struct outcome out;

    (void)state;
    play.fixture->operations = &coming;
    play.fixture->operations_count = 1;
    assert_string_equal(decision_answer(play.fixture, &verb_rollback, "rollback host", &out),
                        "*D7*: stopping D5 before it runs. `v3` stays in *tools* in *host*.\n"
                        "To go back from `v3` to `v2`: `rollback tools host --from v3`.\nFollow it in #deployments.");
    assert_string_equal(out.kind, "rollback");
    assert_true(out.claims_first);
    body = out.body;
    operation = (struct operation){ .id = "D7", .kind = "rollback", .state = out.state, .target = out.target };
    outcome_init(&out, play.fixture->arena, "D7", "birth-07");
    machine_rollback.on_event(&play.fixture->view, &operation, body, &granted, &out);
    assert_string_equal(out.result, "done");
    assert_string_equal(out.summary,
                        "D5 was stopped before it ran; `v3` stays in tools/host. To go back from `v3` to `v2`: "
                        "`rollback tools host --from v3`.");
    assert_true(!out.good && !out.bad && !out.leaves_doubt && out.effects_count + out.readings_count == 0);
    assert_non_null(strstr(decision_answer(play.fixture, &verb_rollback, "rollback tools host --from v3", &out),
                           "\nIt aborts D5."));
    target.doubt = "D4"; /* what runs is not known: it is gone back from */
    decision_answer(play.fixture, &verb_rollback, "rollback host", &out);
    assert_true(!out.begins || strcmp(out.kind, "deploy") == 0);
    end(&play);
}

/* It had shown itself bad to whoever asked, whatever became of the way back; and where that went is no worse for it. */
static void failed_rollback_marks_what_it_was_to_leave(void **state)
{
    struct target target = target_with(2, NULL);
    struct play play = begin(&verb_rollback, "rollback host --reason hurts", &target);

    (void)state;
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&play, "{'has_ended':true,'is_all':true,'exit_status':1,'to_byte':0}");
    assert_string_equal(wants(&play), "failed bad doubt");
    assert_string_equal(play.out.bad->version, "v2");
    assert_string_equal(play.out.bad->revision, "D2");
    assert_string_equal(play.out.bad->operation, "D7");
    assert_string_equal(play.out.bad->left, TARGET_LEFT_BY_ROLLBACK);
    assert_string_equal(play.out.bad->why, "hurts");
    end(&play);
    play = begin(&verb_rollback, "rollback host", &target); /* nothing was started: nothing is said of it */
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_FAILED, NULL);
    assert_string_equal(wants(&play), "failed");
    end(&play);
}

/* v3 was to be left, and then v4 came. */
static void rollback_passes_over_what_was_to_be_left(void **state)
{
    struct target_version stack[] = { goods[0], goods[1], goods[2], goods[2] };
    struct target_version left = goods[2];
    struct target target = { .name = "tools/host", .good = stack, .good_count = 4, .bad = &left, .bad_count = 1 };
    struct play play;

    (void)state;
    left.at_ms = 4;
    left.operation = "D4";
    stack[3] =
        (struct target_version){ .version = "v4", .image = "v4", .revision = "D5", .operation = "D5", .at_ms = 5 };
    play = begin(&verb_rollback, "rollback host", &target);
    assert_says(play.out.reply->text, "back from `v4` to `v2`.");
    end(&play);
    left.at_ms = 2; /* it was good since */
    play = begin(&verb_rollback, "rollback host", &target);
    assert_says(play.out.reply->text, "back from `v4` to `v3`.");
    end(&play);
    left.at_ms = 4;
    target.good_count = 3; /* v4 ended badly over it */
    target.doubt = "D6";
    play = begin_after(&(struct operation){ .id = "D6", .kind = "deploy", .state = "failed", .target = "tools/host" },
                       &verb_rollback, "rollback host", &target);
    assert_says(play.out.reply->text, "to `v2`.");
    end(&play);
}

/* v3 is still the newest good one, and the very one that was to be left. */
static void rollback_after_a_failed_rollback_goes_where_that_went(void **state)
{
    struct target target = target_with(3, NULL);
    struct play first = begin(&verb_rollback, "rollback host", &target), again;

    (void)state;
    message(&first, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&first, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&first, "{'has_ended':true,'is_all':true,'exit_status':1,'to_byte':0}");
    target.doubt = "D7";
    again = begin_after(&first.operation, &verb_rollback, "rollback host --from v3", &target);
    assert_says(again.out.reply->text, "*D7*: rolling *tools* in *host* back from `v3` to `v2`.");
    message(&again, MESSAGE_GRANTED, "{'target':'tools/host'}");
    assert_string_equal(started_with(&again).argv[1], "v2");
    effect(&again, "program", END_DONE, "{'run':'birth-0000000000000002'}");
    progress(&again, "{'has_ended':true,'is_all':true,'to_byte':0}");
    assert_string_equal(wants(&again), "done good return bad");
    assert_string_equal(again.out.good->revision, "D2");
    assert_string_equal(again.out.bad->version, "v3");
    end(&again);
    end(&first);
}

static void rollback_whose_goal_is_gone_names_none(void **state)
{
    struct target target = target_with(3, "D7");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation failed = { .id = "D7", .kind = "deploy", .state = "failed", .target = "tools/host" };
    struct outcome out;

    (void)state;
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->ended = &failed;
    fixture->ended_count = 1;
    failed.body = decision_json(fixture, "{'version':'v0','revision':'D0','is_way_back':true}");
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "REFUSED No good version");
    failed.body = decision_json(fixture, "{'version':'v0','is_way_back':true}");
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "REFUSED No good version");
    assert_false(out.begins);
}

/* It crashed opsgate, and is kept among those under way. */
static void what_is_stuck_left_it_midway_too(void **state)
{
    struct target target = target_with(3, "D6");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation stuck = { .id = "D6", .kind = "deploy", .state = "executing", .is_stuck = true };
    struct outcome out;

    (void)state;
    stuck.body = decision_json(fixture, "{'version':'v4'}");
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = &stuck;
    fixture->operations_count = 1;
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "back from `v4` to `v3`.");
}

static void rollback_that_cannot_be_says_why(void **state)
{
    struct target one = target_with(1, NULL);
    struct play play;

    (void)state;
    play = begin(&verb_rollback, "rollback host", NULL);
    assert_says(play.out.reply->text, "No good version of `tools/host` before this one is recorded");
    assert_false(play.out.begins);
    end(&play);
    play = begin(&verb_rollback, "rollback host", &one);
    assert_says(play.out.reply->text, "No good version");
    end(&play);
}

/* By its version or the operation that brought it, and only if that is what is left. */
static const struct from_row {
    const char *name, *line;
    const char *holder, *doubt; /* D6 runs v4 there, or left it midway; D5 is not known any more */
    const char *answer;         /* its beginning */
} from_rows[] = {
    { "a version", "rollback host --from v3", NULL, NULL, "*D7*: rolling *tools* in *host* back from `v3` to `v2`." },
    { "who brought it", "rollback host --from D3", NULL, NULL,
      "*D7*: rolling *tools* in *host* back from `v3` to `v2`." },
    { "an older version", "rollback host --from v1", NULL, NULL,
      "REFUSED The card has changed: `tools/host` is at `v3` now, not at what `v1` names. Nothing was done." },
    { "who brought an older one", "rollback host --from D2", NULL, NULL,
      "REFUSED The card has changed: `tools/host` is at `v3` now, not at what `D2` names. Nothing was done." },
    { "who runs now", "rollback host --from D6", "D6", NULL,
      "*D7*: rolling *tools* in *host* back from `v4` to `v3`." },
    { "the card of the one before it", "rollback host --from D3", "D6", NULL,
      "REFUSED The card has changed: `tools/host` is at `v4` now, not at what `D3` names. Nothing was done." },
    { "who left it midway", "rollback host --from D6", NULL, "D6",
      "*D7*: rolling *tools* in *host* back from `v4` to `v3`." },
    { "the one it would go back to", "rollback host --from D3", NULL, "D6",
      "REFUSED The card has changed: `tools/host` is at `v4` now, not at what `D3` names. Nothing was done." },
    { "midway, and nobody knows what", "rollback host --from v3", NULL, "D5",
      "REFUSED *D5* left `tools/host` midway, and its record is gone, so it cannot be told which version to go back to. "
      "Nothing was done: name one, `rollback tools host --to VERSION`." },
    { "the same, by nobody's card", "rollback host", NULL, "D5", "REFUSED *D5* left `tools/host` midway" },
    { "a hostile name", "rollback host --from \"`*v3\"", NULL, NULL,
      "REFUSED The card has changed: `tools/host` is at `v3` now, not at what `' v3` names. Nothing was done." },
};

static void check_from(void **state)
{
    const struct from_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct target target = target_with(3, row->doubt);
    struct operation one = { .id = "D6", .kind = "deploy", .state = "executing", .target = "tools/host" };
    struct outcome out;
    const char *answer;

    one.body = decision_json(fixture, "{'version':'v4'}");
    target.holder = row->holder;
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = fixture->ended = &one;
    fixture->operations_count = row->holder != NULL;
    fixture->ended_count = row->holder == NULL;
    answer = decision_answer(fixture, &verb_rollback, row->line, &out);
    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        assert_string_equal(answer, row->answer);
    assert_int_equal(out.begins, strncmp(row->answer, "REFUSED", 7) != 0);
}

static void rollback_while_one_runs_goes_where_that_came_from(void **state)
{
    struct target target = target_with(3, NULL);
    struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation running = { .id = "D6", .kind = "deploy", .state = "executing", .target = "tools/host" };
    struct outcome out;

    (void)state;
    running.body = decision_json(fixture, "{'version':'v4'}");
    target.holder = "D6";
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = &running;
    fixture->operations_count = 1;
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "back from `v4` to `v3`.");
    running.body = decision_json(fixture, "{'version':'v3','is_way_back':true}");
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "*D6* does that already.");
    assert_false(out.begins);
    decision_destroy(fixture);
}

/* What is being aborted goes back to nothing any more, by whatever it is carried out. */
static void rollback_while_one_is_aborted_begins(void **state)
{
    static const struct {
        const char *state, *body;
    } aborted[] = {
        { "stopping",
          "{'version':'v2','revision':'D2','previous':'v3','is_way_back':true,'program':{'stopping':'x'}}" },
        { "cancelling", "{'version':'v2','revision':'D2','previous':'v3','is_way_back':true}" },
    };
    struct target target = target_with(3, NULL);

    (void)state;
    target.holder = "D6";
    for (size_t i = 0; i < ARRAY_LEN(aborted); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct operation running = { .id = "D6", .kind = "deploy", .state = aborted[i].state, .target = "tools/host" };
        struct outcome out;

        running.body = decision_json(fixture, aborted[i].body);
        fixture->targets = &target;
        fixture->targets_count = 1;
        fixture->operations = &running;
        fixture->operations_count = 1;
        assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out),
                    "*D7*: rolling *tools* in *host* back from `v3` to `v2`.");
        assert_true(out.claims_first);
    }
}

/* The second click: the first way back waits until the deploy that it aborts has stopped. */
static void rollback_that_waits_is_not_asked_for_again(void **state)
{
    struct target target = target_with(3, NULL);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation list[] = {
        { .id = "D6", .kind = "deploy", .state = "stopping", .target = "tools/host" },
        { .id = "D8", .kind = "deploy", .state = "queued", .target = "tools/host" },
        { .id = "D9", .kind = "deploy", .state = "queued", .target = "tools/host" },
    };
    const char *waiting[] = { "D7", "D8", "D9" }; /* D7 is gone */
    struct outcome out;

    (void)state;
    list[0].body = decision_json(fixture, "{'version':'v4'}");
    list[1].body = decision_json(fixture, "{'version':'v5'}");
    list[2].body = decision_json(fixture, "{'version':'v3','is_way_back':true}");
    target.holder = "D6";
    target.waiting = waiting;
    target.waiting_count = ARRAY_LEN(waiting);
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = list;
    fixture->operations_count = ARRAY_LEN(list);
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "*D9* does that already.");
    assert_false(out.begins);
    target.waiting_count = 2;
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "back from `v4` to `v3`.");
}

/* ---- what is irreversible ---- */

static void run_and_fail(struct play *play)
{
    message(play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(play, "{'has_ended':true,'is_all':true,'exit_status':1,'to_byte':0}");
    assert_true(play->out.leaves_doubt);
}

/* It may serve after all, whatever has failed over it since. */
static void one_that_failed_does_not_hide_what_is_irreversible(void **state)
{
    struct target_version stack[] = { goods[0], goods[1], goods[2] };
    struct target target = { .name = "tools/host", .good = stack, .good_count = 3 };
    struct play first, again, deploy;
    struct operation ended[2];

    (void)state;
    stack[2].is_irreversible = true;
    first = begin(&verb_rollback, "rollback host", &target);
    assert_says(first.out.reply->text, "`v3` is irreversible");
    end(&first);
    first = begin(&verb_rollback, "rollback host --break-glass \"it hurts\"", &target);
    assert_string_equal(first.body->irreversible_left, "v3");
    run_and_fail(&first);
    target.bad = first.out.bad;
    target.bad_count = 1;
    target.ends = first.out.end;
    target.ends_count = 1;
    target.ends->operation = target.doubt = "D7";
    again = begin_after(&first.operation, &verb_rollback, "rollback host", &target);
    assert_false(again.out.begins);
    assert_says(again.out.reply->text, "`v3` is irreversible");
    end(&again);

    deploy = begin_after(&first.operation, &verb_deploy, "deploy host v4", &target);
    assert_says(deploy.out.reply->lines[0], "*D7* was to go back from `v3` and left open what serves in tools/host");
    timer(&deploy, "pinned");
    deploy.operation.created_at_ms = first.operation.ended_at_ms + 1;
    run_and_fail(&deploy);
    ended[0] = deploy.operation;
    ended[0].id = target.doubt = "D8";
    ended[1] = first.operation;
    again = begin_after(NULL, &verb_deploy, "deploy host v5", &target);
    again.fixture->ended = ended;
    again.fixture->ended_count = 2;
    stack[2].is_irreversible = false; /* whoever was in doubt tells as well */
    target.bad[0].is_irreversible = false;
    assert_says(decision_answer(again.fixture, &verb_rollback, "rollback host", &again.out),
                "REFUSED `v3` is irreversible");
    assert_says(decision_answer(again.fixture, &verb_rollback, "rollback host --break-glass x", &again.out),
                "*D7*: rolling *tools* in *host* back from `v4` to `v2`.");
    target.bad_count = 0; /* it goes to the very version: that has run on what it changed */
    assert_says(decision_answer(again.fixture, &verb_rollback, "rollback host", &again.out),
                "*D7*: rolling *tools* in *host* back from `v4` to `v3`.");
    end(&again);
    end(&deploy);
    end(&first);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_failed_does_not_hide_what_is_irreversible),
        cmocka_unit_test(rollback_runs_its_own_argv_with_the_version_before),
        cmocka_unit_test(what_has_not_run_is_stopped_and_nothing_else_is_done),
        cmocka_unit_test(rollback_after_a_failed_run_goes_to_the_newest_good),
        cmocka_unit_test(failed_rollback_marks_what_it_was_to_leave),
        cmocka_unit_test(rollback_passes_over_what_was_to_be_left),
        cmocka_unit_test(rollback_that_cannot_be_says_why),
        cmocka_unit_test(rollback_after_a_failed_rollback_goes_where_that_went),
        cmocka_unit_test(rollback_whose_goal_is_gone_names_none),
        cmocka_unit_test(what_is_stuck_left_it_midway_too),
        cmocka_unit_test(rollback_while_one_runs_goes_where_that_came_from),
        cmocka_unit_test(rollback_while_one_is_aborted_begins),
        cmocka_unit_test(rollback_that_waits_is_not_asked_for_again),
    };

    return ROWS(from_rows, check_from) + cmocka_run_group_tests(tests, NULL, NULL);
}
