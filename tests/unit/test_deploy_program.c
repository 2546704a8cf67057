/* A program as a driver: what it is started with, and how it ends. */
#include "tests/unit/deploy_program_fixture.h"

#include "bot/base/time.h"

/* ---- to the start ---- */

static void typed_version_is_the_version(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host feature/x-1", NULL);
    struct program_start start;

    (void)state;
    assert_string_equal(wants(&play), "pinning @pinned");
    timer(&play, "pinned");
    assert_string_equal(wants(&play), "queued claims");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    assert_string_equal(wants(&play), "launching !program.start @line");
    start = started_with(&play);
    assert_int_equal(start.argv_count, 4);
    assert_string_equal(start.argv[0], "/opt/bin/deploy.sh");
    assert_string_equal(start.argv[2], "feature/x-1");
    assert_string_equal(start.argv[3], "tools/host");
    assert_int_equal(start.timeout_ms, 10 * MINUTE_MS);
    assert_null(start.runbook);
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    assert_string_equal(looks_at(&play).run, "birth-0000000000000001");
    assert_int_equal(looks_at(&play).from_byte, 0);
    end(&play);
}

static void image_is_pinned_where_there_is_one(void **state)
{
    struct play play = begin(&verb_deploy, "deploy disk v1", NULL);
    struct program_start start;

    (void)state;
    assert_string_equal(wants(&play), "pinning ?digest");
    send_event(&play, (struct event){ .kind = EVENT_READING, .name = "digest", .end = END_DONE },
               "{'image':'registry.example.com/web@sha256:aa'}");
    message(&play, MESSAGE_GRANTED, "{'target':'web/disk'}");
    start = started_with(&play);
    assert_string_equal(start.argv[1], "registry.example.com/web@sha256:aa");
    assert_string_equal(start.argv[2], "D7");
    end(&play);
}

static const struct refused_row {
    const char *name, *line, *answer;
} refused_rows[] = {
    { "an option as a version", "deploy tools host -rf", "MISUSED" },
    { "an option behind --", "deploy tools host -- --force", "MISUSED" },
    { "a way out of a directory", "deploy tools host ../../etc/passwd", "MISUSED" },
    { "two words in one", "deploy tools host \"v1 --force\"", "MISUSED" },
    { "a newline", "deploy tools host \"v1\nv2\"", "MISUSED" },
    { "no version at all", "deploy tools host", "MISUSED Which version?" },
    { "a strategy", "deploy tools host v1 --strategy canary", "MISUSED `tools/host` is deployed by a program" },
    { "{image} without an artifact", "deploy picture v1",
      "REFUSED The program of `tools/picture` asks for {image}, and `tools` has no artifact." },
    { "steps, which a program has not", "deploy steps v1", "REFUSED `tools/steps` is deployed by a program" },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_deploy, row->line, &out);

    assert_true(str_starts_with(str_of(answer), row->answer));
    assert_false(out.begins);
}

static const struct argv_row {
    const char *name, *word, *version, *filled; /* NULL: refused */
    const char *why;
} argv_rows[] = {
    { "a word is filled in", "{version}", "v1", "v1", NULL },
    { "within others, and twice", "a{version}b{version}", "v1", "av1bv1", NULL },
    { "other braces stay", "{\"a\":{b},\"c\":\"{version}\"}{", "v1", "{\"a\":{b},\"c\":\"v1\"}{", NULL },
    { "a digest, a commit, a branch", "{version}", "v1@sha256:aa/b_c+d", "v1@sha256:aa/b_c+d", NULL },
    { "a blank of our own", "{version}", "{service}", NULL, "holds other characters" },
    { "a shell's words", "{version}", "$(reboot)", NULL, "holds other characters" },
    { "a shell's quote", "{version}", "v1';id;'", NULL, "holds other characters" },
    { "two words", "{version}", "v1 --force", NULL, "holds other characters" },
    { "letters of other scripts", "{version}", "v\u0661", NULL, "holds other characters" },
    { "an option", "{version}", "--force", NULL, "{version} begins with `-`" },
    { "an option behind a sign", "--version={version}", "-x", NULL, "{version} begins with `-`" },
    { "nothing", "{version}", "", NULL, "{version} is empty" },
    { "no image", "{image}", "v1", NULL, "{image} is empty" },
    { "no commit", "{commit}", "v1", NULL, "{commit} is empty" },
    { "a newline", "{version}", "v1\n--force", NULL, "holds other characters" },
    { "an escape", "{version}", "v1\x1b[2J", NULL, "holds other characters" },
    { "what is not asked for does no harm", "fixed", "-x", "fixed", NULL },
};

static void check_argv(void **state)
{
    const struct argv_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *words[] = { row->word };
    struct deploy_program program = { .argv = words, .argv_count = 1 };
    struct deploy_body body = {
        .service = "tools", .environment = "host", .version = row->version, .program = &program
    };
    const char **argv;
    struct error err;

    assert_int_equal(deploy_program_argv(&body, "D7", arena, &argv, &err), row->filled != NULL);
    if (row->filled)
        assert_string_equal(argv[0], row->filled);
    else
        assert_says(err.message, row->why);
}

static void value_that_may_not_stand_there_starts_nothing(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);
    struct deploy_body *body;

    (void)state;
    timer(&play, "pinned");
    body = ARENA_NEW(play.fixture->arena, struct deploy_body);
    *body = *play.body;
    body->version = "--force";
    play.body = body;
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    assert_string_equal(wants(&play), "failed @line");
    assert_says(play.out.summary, "`deploy.sh` cannot be started: {version} begins with '-', and a program");
    assert_says(play.out.summary, "Nothing was started.");
    end(&play);
}

static void start_that_fails_says_so(void **state)
{
    static const struct {
        enum event_end end;
        const char *wants, *summary;
    } rows[] = {
        { END_FAILED, "failed", "could not be started: of a reason. Nothing was started." },
        { END_CANCELLED, "refused", "`deploy.sh` was not started: of a reason. Nothing was started." },
        { END_UNKNOWN, "failed bad doubt", "Nothing can tell whether `deploy.sh` was started" },
        { END_GAVE_UP, "failed bad doubt", "What serves now is not known" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

        timer(&play, "pinned");
        message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
        effect(&play, "program", rows[i].end, NULL);
        assert_string_equal(wants(&play), rows[i].wants);
        assert_says(play.out.summary, rows[i].summary);
        end(&play);
    }
}

/* ---- its end ---- */

static const struct end_row {
    const char *name, *progress, *wants, *summary;
} end_rows[] = {
    { "exit 0 is done, and the version good", "{'has_ended':true,'is_all':true,'output':'fine\\n','to_byte':5}",
      "done !slack.message good", "`deploy.sh` brought tools/host to `v1` after" },
    { "any other status has failed, with its last line",
      "{'has_ended':true,'is_all':true,'exit_status':3,'output':'one\\nno disk\\n','to_byte':12}",
      "failed !slack.message bad doubt",
      "`deploy.sh` exited with status 3; its last line was `no disk`. What serves now "
      "is not known: look at it, then `deploy tools host v1`, or" },
    { "a signal is named", "{'has_ended':true,'is_all':true,'signal':9,'to_byte':0}", "failed bad doubt",
      "was ended by signal 9" },
    { "so is the time limit", "{'has_ended':true,'is_all':true,'signal':15,'is_timed_out':true,'to_byte':0}",
      "failed bad doubt", "took longer than 10 min and was stopped" },
    { "exit 0 after the time limit is no success",
      "{'has_ended':true,'is_all':true,'exit_status':0,'is_timed_out':true,'to_byte':0}", "failed bad doubt",
      "took longer" },
    { "an end that nobody knows asks a person", "{'has_ended':true,'is_all':true,'is_lost':true,'to_byte':0}",
      "failed bad doubt", "How `deploy.sh` ended is not known: it was killed with its shim, or the machine went down" },
    { "dropped output is told", "{'has_ended':true,'is_all':true,'exit_status':1,'dropped_bytes':77,'to_byte':0}",
      "failed bad doubt", "77 bytes of its output were too much to keep" },
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    struct play play = executing("deploy tools host v1");

    progress(&play, row->progress);
    assert_string_equal(wants(&play), row->wants);
    assert_says(play.out.summary, row->summary);
    if (play.out.good) {
        assert_string_equal(play.out.good->version, "v1");
        assert_string_equal(play.out.good->revision, "D7");
    }
    end(&play);
}

static void unknown_end_is_run_once_more_where_that_is_allowed(void **state)
{
    struct play play = executing("deploy tools again v1");

    (void)state;
    no_progress(&play, END_FAILED);
    assert_string_equal(wants(&play), "launching !program.start");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000002'}");
    assert_string_equal(looks_at(&play).run, "birth-0000000000000002");
    assert_int_equal(looks_at(&play).from_byte, 0);
    no_progress(&play, END_FAILED); /* but not for ever */
    assert_string_equal(wants(&play), "failed bad doubt");
    assert_says(play.out.summary, "(it was run twice)");
    end(&play);
}

/* After a take-over: the program may still run where it was started, and be seen again when the lease goes back there.
 */
static void program_of_another_machine_is_not_run_twice_at_once(void **state)
{
    static const struct {
        const char *line;
        int64_t limit_ms;
        const char *wants;
    } rows[] = {
        { "deploy tools again v1", 30 * MINUTE_MS, "launching !program.start" },
        { "deploy tools host v1", 10 * MINUTE_MS, "failed bad doubt" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct play play = executing(rows[i].line);

        progress(&play, "{'is_elsewhere':true}");
        assert_string_equal(wants(&play), "executing @follow");
        assert_says(play.body->problem, "it was started on another machine");
        later(&play, rows[i].limit_ms);
        progress(&play, "{'is_elsewhere':true}");
        assert_string_equal(wants(&play), "executing @follow");
        later(&play, 2 * MINUTE_MS); /* its limit was kept there; clocks differ */
        progress(&play, "{'is_elsewhere':true}");
        assert_string_equal(wants(&play), rows[i].wants);
        end(&play);
    }
}

static void program_of_another_machine_that_is_seen_again_is_followed(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    progress(&play, "{'is_elsewhere':true}");
    progress(&play, "{'has_ended':false,'to_byte':0}");
    assert_string_equal(wants(&play), "executing @follow");
    assert_null(play.body->problem);
    assert_false(play.body->program->is_elsewhere);
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    assert_string_equal(wants(&play), "done good");
    end(&play);
}

static void silence_is_waited_for_but_not_for_ever(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    no_progress(&play, END_GAVE_UP);
    assert_string_equal(wants(&play), "executing @follow");
    timer(&play, "follow");
    assert_string_equal(wants(&play), "executing ?progress");
    later(&play, 10 * MINUTE_MS + 10 * MINUTE_MS);
    no_progress(&play, END_GAVE_UP);
    assert_string_equal(wants(&play), "failed bad doubt");
    end(&play);
}

/* The first run changed who knows what; that the second never began does not undo it. */
static void repeat_called_off_leaves_the_first_in_doubt(void **state)
{
    struct play play = executing("deploy tools again v1");

    (void)state;
    progress(&play, "{'has_ended':true,'is_all':true,'is_lost':true,'to_byte':0}");
    started_with(&play);
    ask(&play, &verb_abort, NULL);
    effect(&play, "program", END_CANCELLED, NULL);
    assert_string_equal(play.operation.result, "aborted");
    assert_says(play.operation.summary, "How its first run ended is not known. What serves now is not known");
    assert_true(play.out.leaves_doubt);
    assert_non_null(play.out.bad);
    end(&play);
}

/* What was allowed when it was asked for is judged before every try of the launch: a deny that has come since. */
static void launch_that_is_forbidden_by_now(void **state)
{
    static const struct {
        const char *line;
        bool is_repeat; /* it ran before, and how that ended is not known */
        const char *wants, *says;
    } rows[] = {
        { "deploy tools host v1", false, "refused",
          "`deploy.sh` was not started: deploy of tools in host is denied: a freeze (test.yaml:13). "
          "Nothing was started." },
        { "deploy tools again v1", true, "failed bad doubt",
          "`d` was not run once more: deploy of tools in again is denied: a freeze (test.yaml:13). How "
          "its first run ended is not known. What serves now is not known" },
    };
    AUTO_DECISION struct decision_fixture *frozen =
        decision_create(CONFIGURATION_WITH("{ allow: \"*\", to: everyone }, { deny: deploy, reason: \"a freeze\" }"));

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct play play = rows[i].is_repeat ? executing(rows[i].line) : begin(&verb_deploy, rows[i].line, NULL);
        struct error err;

        if (rows[i].is_repeat) {
            no_progress(&play, END_FAILED);
        } else {
            timer(&play, "pinned");
            message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
        }
        assert_string_equal(play.operation.state, "launching");
        assert_true(machine_deploy.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
        play.fixture->view.policy = frozen->view.policy;
        assert_false(machine_deploy.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
        send_event(
            &play,
            (struct event){ .kind = EVENT_EFFECT, .name = "program", .end = END_CANCELLED, .error = err.message },
            NULL);
        assert_string_equal(wants(&play), rows[i].wants);
        assert_says(play.out.summary, rows[i].says);
        end(&play);
    }
}

/* Nor is it launched once more when a deny has come while it ran. */
static void repeat_that_is_forbidden_by_now(void **state)
{
    AUTO_DECISION struct decision_fixture *frozen =
        decision_create(CONFIGURATION_WITH("{ allow: \"*\", to: everyone }, { deny: deploy, reason: \"a freeze\" }"));
    struct play play = executing("deploy tools again v1");

    (void)state;
    play.fixture->view.policy = frozen->view.policy;
    no_progress(&play, END_FAILED);
    assert_string_equal(wants(&play), "failed bad doubt");
    assert_says(play.out.summary, "It is not run once more: deploy of tools in again is denied");
    assert_says(play.out.summary, "(test.yaml:13)");
    end(&play);
}

static void answer_that_makes_no_sense_is_asked_again(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    progress(&play, "{'has_ended':'perhaps'}");
    assert_string_equal(wants(&play), "executing @follow");
    progress(&play, "[]");
    assert_string_equal(wants(&play), "executing @follow");
    end(&play);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(typed_version_is_the_version),
        cmocka_unit_test(image_is_pinned_where_there_is_one),
        cmocka_unit_test(value_that_may_not_stand_there_starts_nothing),
        cmocka_unit_test(start_that_fails_says_so),
        cmocka_unit_test(unknown_end_is_run_once_more_where_that_is_allowed),
        cmocka_unit_test(program_of_another_machine_is_not_run_twice_at_once),
        cmocka_unit_test(program_of_another_machine_that_is_seen_again_is_followed),
        cmocka_unit_test(silence_is_waited_for_but_not_for_ever),
        cmocka_unit_test(repeat_called_off_leaves_the_first_in_doubt),
        cmocka_unit_test(launch_that_is_forbidden_by_now),
        cmocka_unit_test(repeat_that_is_forbidden_by_now),
        cmocka_unit_test(answer_that_makes_no_sense_is_asked_again),
    };

    return ROWS(refused_rows, check_refused) + ROWS(argv_rows, check_argv) + ROWS(end_rows, check_end) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
