/* What people say while a program as a driver runs. */
#include "tests/unit/deploy_program_fixture.h"

static void abort_stops_it_and_waits_for_its_end(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    assert_says(ask(&play, &verb_abort, "wrong one"), "*D7* is aborted: `deploy.sh` is being stopped.");
    assert_string_equal(wants(&play), "stopping !program.stop");
    assert_string_equal(json_find_string(play.out.effects[0].args, "run"), "birth-0000000000000001");
    assert_says(ask(&play, &verb_abort, NULL), "is being stopped already");
    assert_string_equal(wants(&play), "stopping");
    effect(&play, "stop", END_DONE, "{'stopped':true}");
    progress(&play, "{'to_byte':0}");
    assert_string_equal(wants(&play), "stopping @follow");
    progress(&play, "{'has_ended':true,'is_all':true,'signal':15,'to_byte':0}");
    assert_string_equal(wants(&play), "aborted bad doubt");
    assert_says(play.out.summary, "it was aborted; `deploy.sh` was ended by signal 15. What serves now");
    end(&play);
}

static void abort_while_it_is_started_stops_it_then(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

    (void)state;
    timer(&play, "pinned");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    ask(&play, &verb_abort, NULL);
    assert_string_equal(wants(&play), "launching ~program");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    assert_string_equal(wants(&play), "stopping !program.stop ?progress");
    end(&play);
}

static void abort_before_it_was_started_starts_nothing(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

    (void)state;
    timer(&play, "pinned");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    ask(&play, &verb_abort, NULL);
    effect(&play, "program", END_CANCELLED, NULL);
    assert_string_equal(wants(&play), "aborted");
    assert_says(play.out.summary, "Nothing was started.");
    end(&play);
}

static void queued_one_is_aborted_like_any_other(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

    (void)state;
    timer(&play, "pinned");
    ask(&play, &verb_abort, NULL);
    assert_string_equal(play.out.result, "aborted");
    end(&play);
}

static void other_controls_are_refused(void **state)
{
    static const struct verb *const controls[] = { &verb_pause, &verb_resume, &verb_promote, &verb_retry };
    struct play play = executing("deploy tools host v1");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        assert_says(ask(&play, controls[i], NULL), "`abort D7` stops it. Nothing was done.");
        assert_true(play.out.reply->is_refusal);
        assert_string_equal(wants(&play), "executing");
    }
    end(&play);
}

static void rollback_of_the_target_stops_it(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    message(&play, MESSAGE_YIELD, "{'target':'tools/host','by':'D9','version':'v0'}");
    assert_string_equal(wants(&play), "stopping !program.stop");
    message(&play, MESSAGE_YIELD, "{'target':'tools/host','by':'D10','version':'v0'}");
    assert_string_equal(wants(&play), "stopping");
    progress(&play, "{'has_ended':true,'is_all':true,'exit_status':1,'to_byte':0}");
    assert_string_equal(wants(&play), "aborted bad doubt");
    assert_says(play.out.summary, "D9 rolls tools/host back; `deploy.sh` exited with status 1");
    end(&play);
}

/* It cannot be stopped from here. A rollback waits until it can run no more; a person who knows better need not. */
static void abort_lets_go_of_what_another_machine_started(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    progress(&play, "{'is_elsewhere':true}");
    message(&play, MESSAGE_YIELD, "{'target':'tools/host','by':'D9','version':'v0'}");
    assert_string_equal(wants(&play), "stopping !program.stop");
    progress(&play, "{'is_elsewhere':true}");
    assert_string_equal(wants(&play), "stopping @follow");
    assert_says(ask(&play, &verb_abort, NULL), "`deploy.sh` was started on another machine, and may run there.");
    assert_string_equal(wants(&play), "aborted bad doubt");
    assert_says(play.out.summary, "how `deploy.sh` ended is not known");
    assert_says(play.out.summary, "What serves now is not known");
    end(&play);
}

static void stop_that_does_not_get_through_is_told(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    ask(&play, &verb_abort, NULL);
    effect(&play, "stop", END_GAVE_UP, NULL);
    assert_string_equal(wants(&play), "stopping");
    assert_says(play.body->problem, "it cannot be stopped: of a reason");
    end(&play);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(abort_stops_it_and_waits_for_its_end),
        cmocka_unit_test(abort_while_it_is_started_stops_it_then),
        cmocka_unit_test(abort_before_it_was_started_starts_nothing),
        cmocka_unit_test(queued_one_is_aborted_like_any_other),
        cmocka_unit_test(other_controls_are_refused),
        cmocka_unit_test(rollback_of_the_target_stops_it),
        cmocka_unit_test(abort_lets_go_of_what_another_machine_started),
        cmocka_unit_test(stop_that_does_not_get_through_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
