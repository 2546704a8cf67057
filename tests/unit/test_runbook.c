/* A run of a runbook: what begins it, every row of its machine, and how it ends. */
#include "tests/unit/runbook_fixture.h"

#include "handlers/hold/glass.h"

/* ---- what is asked for ---- */

static const struct asked_row {
    const char *name, *line, *answer;
} asked_rows[] = {
    { "which there are", "run", "Runbooks that you may run:\n`run reset zone=a|b [word=*]`" },
    { "one with a slip", "run rest a", "MISUSED There is no runbook `rest`. Did you mean `reset`?" },
    { "one that is not there", "run x", "MISUSED There is no runbook `x`. Nothing was done; `run` alone lists them." },
    { "without what it takes", "run reset", "MISUSED What is `zone`?" },
    { "a dry run", "run reset a --dry-run",
      "`run reset zone=a word=w` would do this; nothing was run:\n"
      "1 (`first`): run `/bin/tool a '; rm'`, for 5 min at most\n"
      "2 (`up`): check `up a` every 20 s until it exits with 0, for 60 s at most\n"
      "3: ask for `deploy api production w`, and wait for its end\n"
      "4: a person confirms: look at a\n"
      "5: wait 5 min" },
    { "the day, and braces that are none of ours", "run dated --dry-run",
      "`run dated` would do this; nothing was run:\n1: run `keep 20261120 '{\"a\": 1}'`, for 5 min at most" },
    { "without a step that may be left out", "run reset a --skip first --dry-run",
      "`run reset zone=a word=w` would do this; nothing was run:\n"
      "1 (`first`): run `/bin/tool a '; rm'`, for 5 min at most (left out by --skip)" },
    { "without one that may not", "run reset a --skip up",
      "MISUSED Step `up` of `reset` cannot be left out. What can: `first`" },
    { "without one that is not there", "run reset a --skip uqp", "MISUSED `reset` has no step `uqp`" },
    { "its checks alone", "run reset a --checks-only --dry-run",
      "`run reset zone=a word=w` would do this; nothing was run:\n"
      "1 (`first`): run `/bin/tool a '; rm'`, for 5 min at most (left out by --checks-only)" },
    { "its checks, of one that has none", "run asks --checks-only", "MISUSED That leaves no step of `asks`" },
    { "a destructive one", "run wipe",
      "REFUSED `run wipe` is destructive: what it does to *api/production* cannot be undone. Nothing was done yet.\n"
      "1: run `wipe`, for 5 min at most\n"
      "If you mean that, say its name: `run wipe --confirm api/production`" },
    { "a destructive one with a slip", "run wipe --confirm api/prodution",
      "MISUSED `--confirm api/prodution` is not the name" },
    { "a name in another case is a slip", "run wipe --confirm API/production", "MISUSED `--confirm" },
    { "a word too many for one that is not destructive", "run asks --confirm x", "MISUSED `asks` is not destructive" },
    { "an unknown option", "run asks --dryrun", "MISUSED" },
    { "an option without its signs is no value", "run reset a dry-run",
      "MISUSED Is `--dry-run` meant? A value that is called so is given by its name: `run reset zone=a|b [word=*]`. Nothing "
      "was done." },
    { "it may be one, by its name", "run reset a word=dry-run --dry-run", "`run reset zone=a word=dry-run` would do this" },
    { "an option without a runbook", "run --dry-run",
      "MISUSED Which runbook? `--dry-run` needs its name first; `run` alone lists them. Nothing was done." },
    { "nor is one gone on with without its name", "run --again D48", "MISUSED Which runbook? `--again` needs" },
    { "going on from what is not there", "run asks --again D99", "MISUSED There is no operation `D99`" },
    { "what would wait for itself", "run own production",
      "MISUSED Step 1 of `own` cannot be run so: it would wait for ever for api/production" },
    { "a value that would be two words of the other request", "run reset a \"v1 --now\"", "MISUSED `word` cannot be" },
};

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(RUNBOOK_CONFIGURATION);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_run, row->line, &out);

    if (!str_starts_with(str_of(answer), row->answer))
        assert_string_equal(answer, row->answer);
    assert_false(out.begins);
}

/* ---- the machine ---- */

#define UP_TO_CHECK "started exit:0 "
#define UP_TO_VERB UP_TO_CHECK "started exit:0 "
#define UP_TO_MANUAL UP_TO_VERB "begun:2 done:2 "
#define UP_TO_WAIT UP_TO_MANUAL "ask:promote "

static const struct story_row {
    const char *name, *line, *story, *wants;
    const char *says; /* in the summary, or in the reply; NULL: whatever */
} story_rows[] = {
    { "it begins with its first step", "run reset a", "", "launching !program.start", NULL },
    { "a program is followed", "run reset a", "started", "executing ?progress", NULL },
    { "and looked at again", "run reset a", "started runs", "executing @follow", NULL },
    { "and again", "run reset a", "started runs timer:follow", "executing ?progress", NULL },
    { "well, the next step begins", "run reset a", UP_TO_CHECK, "launching !program.start", NULL },
    { "a check that is not met is made again", "run reset a", UP_TO_CHECK "started exit:3", "again @again", NULL },
    { "when its time has come", "run reset a", UP_TO_CHECK "started exit:3 timer:again", "launching !program.start",
      NULL },
    { "until its own is over", "run reset a", UP_TO_CHECK "later:1 started exit:3", "failed",
      "Step 2 (`up`): it did not come true within 60 s: `up` exited with status 3; its last line was `no  disk `. Done: 1 "
      "(`first`). Begun, but not to a good end: 2 (`up`). Not begun: 3, 4, 5. `retry D7` goes on from there" },
    { "a check that is lost is made again", "run reset a", UP_TO_CHECK "started lost", "again @again", NULL },
    { "another request is asked for", "run reset a", UP_TO_VERB, "asking +deploy", NULL },
    { "and waited for", "run reset a", UP_TO_VERB "begun:2", "following", NULL },
    { "of another step nothing is heard", "run reset a", UP_TO_VERB "begun:2 done:1", "following", NULL },
    { "refused it fails the step", "run reset a", UP_TO_VERB "refused:2", "failed",
      "Step 3: `deploy` was refused: by a rule" },
    { "failed it does, too", "run reset a", UP_TO_VERB "begun:2 failed:2", "failed",
      "Step 3: D8 is failed: the canary was bad" },
    { "done the next begins", "run reset a", UP_TO_MANUAL, "confirming @remind", NULL },
    { "what begins nothing is done at once", "run reset a", UP_TO_VERB "done:2", "confirming @remind", NULL },
    { "a person is reminded", "run reset a", UP_TO_MANUAL "timer:remind", "confirming @remind", NULL },
    { "and confirms", "run reset a", UP_TO_WAIT, "waiting @waited", "has it confirmed: step 5" },
    { "time passes", "run reset a", UP_TO_WAIT "timer:waited", "done", "`run reset zone=a word=w` is done after" },
    { "a step that fails ends it", "run asks", "started exit:3", "failed",
      "Step 1: `one` exited with status 3; its last line was `no  disk `. Done: nothing. Begun, but not to a good "
      "end: 1. Not begun: 2" },
    { "one that may does not", "run may", "started exit:3", "launching !program.start", NULL },
    { "it is told at the end", "run may", "started exit:3 started exit:0", "done", "2 steps, 1 of them failed, as it may" },
    { "the next one may not", "run may", "started exit:3 started exit:3", "failed", "Step 2:" },
    { "one that takes too long, too", "run asks", "started slow", "failed", "Step 1: `one` took longer than 5 min" },
    { "one that cannot be started, too", "run asks", "no-program", "failed", "could not be started: of a reason" },
    { "one that something forbids by now is held", "run asks", "forbidden", "held", NULL },
    { "and tried again by a person", "run asks", "forbidden ask:retry", "launching !program.start",
      "asked again: step 1" },
    { "an answer that makes no sense is asked again", "run asks", "started nonsense", "executing @follow", NULL },
    { "silence is waited for", "run asks", "started silence", "executing @follow", NULL },
    { "but not for ever", "run asks", "started later:16 silence", "doubting @remind", NULL },
    { "how it ended nobody knows: a person is asked", "run asks", "started lost", "doubting @remind", NULL },
    { "nor whether it was started: it is looked for", "run repeats", "start-unknown", "executing ?progress", NULL },
    { "and followed", "run repeats", "start-unknown runs", "executing @follow", NULL },
    { "to its end", "run repeats", "start-unknown exit:0", "done", NULL },
    { "or stopped", "run asks", "ask:abort start-unknown", "stopping !program.stop ?progress", NULL },
    { "found nowhere it is waited for as long as it might run", "run repeats", "start-unknown elsewhere",
      "executing @follow", NULL },
    { "and a person is asked", "run asks", "start-unknown later:7 elsewhere", "doubting @remind", NULL },
    { "what is held after such a try has begun", "run repeats", "started lost forbidden ask:abort", "aborted",
      "Done: nothing. Begun, but not to a good end: 1." },
    { "what is held before its first try has not", "run asks", "forbidden ask:abort", "aborted", "No step was run" },
    { "a check that is stopped at the end of its time says that time", "run reset a",
      UP_TO_CHECK "started later:1 slow", "failed", "`up` took longer than 60 s and was stopped" },
    { "a person is reminded of that", "run asks", "started lost timer:remind", "doubting @remind", NULL },
    { "retry runs it again", "run asks", "started lost ask:retry", "launching !program.start", "runs step 1 again" },
    { "promote takes it as done", "run asks", "started lost ask:promote", "launching !program.start",
      "takes it as done: step 2" },
    { "abort ends it", "run asks", "started lost ask:abort", "aborted", "It was aborted" },
    { "what may be repeated is", "run repeats", "started lost", "launching !program.start", NULL },
    { "three times at most", "run repeats", "started lost started lost started lost", "doubting @remind", NULL },
    { "on another machine it may run to its limit", "run repeats", "started elsewhere", "executing @follow", NULL },
    { "then it is over there", "run repeats", "started later:7 elsewhere", "launching !program.start", NULL },
    { "from here it cannot be stopped", "run asks", "started elsewhere ask:abort", "aborted", "may run there" },
    { "pause lets the step end", "run asks", "started ask:pause", "executing", "goes on to its end" },
    { "and begins no other", "run asks", "started ask:pause exit:0", "paused", NULL },
    { "resume does", "run asks", "started ask:pause exit:0 ask:resume", "launching !program.start", "goes on: step 2" },
    { "abort between steps", "run asks", "started ask:pause exit:0 ask:abort", "aborted", "Done: 1. Not begun: 2" },
    { "abort stops what runs", "run asks", "started ask:abort", "stopping !program.stop", "is being ended" },
    { "and waits for its end", "run asks", "started ask:abort exit:3", "aborted",
      "It was aborted; step 1: `one` exited" },
    { "also where it ended well by then", "run asks", "started ask:abort exit:0", "aborted", "step 1 had ended well" },
    { "abort before it was started", "run asks", "ask:abort", "launching ~program", NULL },
    { "which then never is", "run asks", "ask:abort forbidden", "aborted", NULL },
    { "or is stopped at once", "run asks", "ask:abort started", "stopping !program.stop ?progress", NULL },
    { "promote of what waits for nobody", "run asks", "started ask:promote", "executing", "waits for nobody's word" },
    { "retry of what is not held", "run asks", "started ask:retry", "executing", "has nothing to try again" },
    { "approve of what needs none", "run asks", "started ask:approve", "executing", "waits for nobody's consent" },
    { "abort of what it asked for", "run verbs", "begun:0 ask:abort", "stopping +abort", NULL },
    { "waits for its end", "run verbs", "begun:0 ask:abort failed:0", "aborted", "D8 is failed" },
    { "or says that it goes on", "run verbs", "begun:0 ask:abort refused:abort", "aborted",
      "D8 goes on, for its abort was refused" },
    { "abort before that began", "run verbs", "ask:abort begun:0", "stopping +abort", NULL },
    { "what takes longer than its step may is aborted", "run verbs", "begun:0 timer:step-over", "stopping +abort",
      NULL },
    { "a lock stands, and that is it", "run verbs", "begun:0 done:0 begun:1", "done", NULL },
    { "so does maintenance: nobody waits for days", "run tells", "begun:0", "done", NULL },
    { "its target is claimed", "run placed", "", "queued claims", NULL },
    { "and granted", "run placed", "granted", "launching !program.start", NULL },
    { "a way back ends it", "run placed", "granted started yield", "stopping !program.stop", NULL },
    { "and then it is over", "run placed", "granted started yield exit:0", "aborted", "D9 rolls api/production back" },
    { "a way back while it waits", "run placed", "yield", "aborted", "No step was run" },
    { "the whole has its time", "run limited", "started timer:over", "stopping !program.stop", NULL },
    { "and ends with it", "run limited", "started timer:over exit:3", "failed", "It took longer than 10 min; step 1" },
    { "nobody confirms in time", "run limited", "started exit:0 timer:step-over", "failed",
      "Step 2: nobody confirmed it within 60 min" },
    { "named it is run", "run wipe --confirm api/production", "granted", "launching !program.start", NULL },
};

static void tell_story(struct run_play *play, const char *story)
{
    struct str rest = str_of(story), word;

    while ((word = str_take_word(&rest)).len > 0)
        run_tell(play, word);
}

static void check_story(void **state)
{
    const struct story_row *row = *state;
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, row->line, NULL);
    const char *said;

    tell_story(&play, row->story);
    assert_string_equal(run_wants(&play), row->wants);
    said = arena_printf(play.fixture->arena, "%s|%s", play.out.reply ? play.out.reply->text : "",
                        play.operation.summary ? play.operation.summary : "");
    if (row->says && !strstr(said, row->says))
        assert_string_equal(said, row->says);
    run_finish(&play);
}

/* ---- more ---- */

static struct program_start started_with(struct run_play *play)
{
    struct program_start start;
    struct error err;

    for (size_t i = 0; i < play->out.effects_count; i++)
        if (strcmp(play->out.effects[i].kind, EFFECT_PROGRAM) == 0 &&
            shape_from_json(&program_start_shape, play->out.effects[i].args, play->fixture->arena, &start, &err))
            return start;
    fail_msg("nothing is started");
    return start;
}

static void argv_is_no_shells_and_the_environment_is_the_configurations(void **state)
{
    struct run_play play;
    struct program_start start;

    (void)state;
    play = run_begin(RUNBOOK_CONFIGURATION, "run reset b", NULL);
    start = started_with(&play);
    assert_int_equal(start.argv_count, 3);
    assert_string_equal(start.argv[0], "/bin/tool");
    assert_string_equal(start.argv[1], "b");
    assert_string_equal(start.argv[2], "; rm");
    assert_int_equal(start.timeout_ms, 5 * MINUTE_MS);
    assert_string_equal(start.runbook, "reset"); /* its environment's values stand in no record */
    run_finish(&play);
}

static void no_secret_is_shown_or_recorded_where_people_look(void **state)
{
    struct run_play play =
        run_begin(RUNBOOK_SERVICES "runbooks: [{ name: tell, environment: { T: hush-hush-1 }, steps: [{ run: [curl, "
                                   "\"Bearer hush-hush-1\"] }] }]\n"
                                   "policy: { rules: [{ allow: \"*\", to: everyone }] }\n",
                  "run tell", NULL);
    AUTO_JSON cJSON *masked = shape_to_json(&runbook_body_shape, play.body, SHAPE_MASKED);
    AUTO_FREE char *text = json_print(masked);
    struct card card = { .title = NULL };

    (void)state;
    assert_string_equal(play.body->steps[0].argv[1], "Bearer hush-hush-1");
    assert_string_equal(play.body->steps[0].shown, "curl 'Bearer [secret]'");
    assert_null(strstr(text, "hush"));
    machine_runbook.card(&play.fixture->view, &play.operation, play.body, &card);
    assert_string_equal(card.steps[0].text + strlen("1: "), "run `curl 'Bearer [secret]'`, for 5 min at most (since "
                                                            "@{time:1795212000000})");
    assert_string_equal(card.footer, "asked @{date:1795212000000}");
    run_finish(&play);
}

static void an_abort_is_told_once(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    const char *said, *told = "";

    (void)state;
    tell_story(&play, "started lost");
    said = run_asked(&play, "abort", "U1", CONTROL_ANY_LOOK);
    assert_string_equal(said, arena_printf(play.fixture->arena, "*D7*: %s.", play.out.summary));
    for (size_t i = 0; i < play.out.effects_count; i++)
        if (strcmp(play.out.effects[i].kind, EFFECT_MESSAGE) == 0)
            told = json_find_string(play.out.effects[i].args, "reply.text");
    if (!strstr(told, "*D7* (`asks`) is aborted by @{slack:U1}: It was aborted. Done: nothing"))
        fail_msg("%s", told);
    run_finish(&play);
}

static void button_of_an_older_card_decides_nothing(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run limited", NULL);
    const char *said;
    int64_t look;

    (void)state;
    tell_story(&play, "started exit:0");
    look = play.body->looks;
    said = run_asked(&play, "promote", "U1", look - 1);
    assert_non_null(strstr(said, "The card has changed since"));
    assert_string_equal(play.operation.state, "confirming");
    run_asked(&play, "promote", "U1", look);
    assert_string_equal(play.operation.state, "done");
    assert_string_equal(play.body->steps[1].by, "@{slack:U1}");
    run_finish(&play);
}

/* A halt, or a lock of all, by hand. */
static void hold(struct run_play *play, struct operation *halt)
{
    *halt =
        (struct operation){ .id = "D5", .kind = "halt", .state = "halted", .requester = { "slack", "U2", "T1", NULL } };
    halt->body = decision_json(play->fixture, "{'reason':'trouble'}");
    play->fixture->operations = halt;
    play->fixture->operations_count = 1;
}

static void halt_stops_the_next_step_that_changes_something(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    struct operation halt;

    (void)state;
    tell_story(&play, "started");
    hold(&play, &halt);
    tell_story(&play, "exit:0");
    assert_string_equal(run_wants(&play), "held");
    assert_string_equal(play.body->held, "everything is halted (D5)");
    tell_story(&play, "ask:retry");
    assert_string_equal(play.operation.state, "held");
    assert_true(play.out.reply->is_refusal);
    play.fixture->operations_count = 0;
    tell_story(&play, "ask:retry");
    assert_string_equal(run_wants(&play), "launching !program.start");
    run_finish(&play);
}

static void halt_holds_no_check(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run reset a", NULL);
    struct operation halt;
    struct error err;

    (void)state;
    tell_story(&play, "started");
    hold(&play, &halt);
    tell_story(&play, "exit:0");
    assert_string_equal(run_wants(&play), "launching !program.start");
    assert_true(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    run_finish(&play);
}

/* Of the database alone, for all changes. */
static void lock_of_its_database_holds_it(void **state)
{
    struct run_play play = run_begin(RUNBOOK_SERVICES
                                     "databases: [{ name: main, environment: production, cloud_sql: { project: a, "
                                     "instance: main } }]\n"
                                     "runbooks: [{ name: shrink, target: main, steps: [{ run: [one] }, { run: [two] }] }]\n"
                                     "policy: { rules: [{ allow: \"*\", to: everyone }] }\n",
                                     "run shrink", NULL);
    const struct question question = {
        .principal = play.operation.requester, .verb = "run", .runbook = "shrink", .database = "main", .environment = "production"
    };
    struct operation lock;
    struct error err;

    (void)state;
    tell_story(&play, "granted");
    hold(&play, &lock);
    lock.kind = "lock";
    lock.state = "locked";
    lock.body = decision_json(play.fixture, "{'service':'main','environment':'production','blocks':'all'}");
    assert_false(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    assert_ptr_equal(hold_find_asked(&play.fixture->view, &question), &lock);
    tell_story(&play, "started exit:0");
    assert_string_equal(run_wants(&play), "held");
    run_finish(&play);
}

static void program_is_not_started_once_something_forbids_it(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    struct operation halt;
    struct error err;

    (void)state;
    assert_true(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    hold(&play, &halt);
    assert_false(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    assert_string_equal(err.message, "everything is halted (D5)");
    run_finish(&play);
}

static void same_one_is_not_run_twice_at_once(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run reset a", NULL);
    struct operation first = play.operation;
    struct outcome out;
    const char *answer;

    (void)state;
    play.fixture->operations = &first;
    play.fixture->operations_count = 1;
    answer = decision_answer(play.fixture, &verb_run, "run reset zone=a", &out);
    assert_true(str_starts_with(str_of(answer), "REFUSED *D7* runs `run reset zone=a word=w` already"));
    answer = decision_answer(play.fixture, &verb_run, "run reset zone=b", &out);
    assert_true(out.begins);
    run_finish(&play);
    play = run_begin(RUNBOOK_CONFIGURATION, "run placed", NULL); /* a second press of a button */
    first = play.operation;
    play.fixture->operations = &first;
    play.fixture->operations_count = 1;
    answer = decision_answer(play.fixture, &verb_run, "run placed", &out);
    assert_true(str_starts_with(str_of(answer), "REFUSED *D7* runs `run placed` already"));
    run_finish(&play);
}

static void whoever_aborts_it_is_named(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    struct card card = { .title = NULL };
    const char *told = "";

    (void)state;
    tell_story(&play, "started ask:pause exit:0");
    run_asked(&play, "abort", "U2", CONTROL_ANY_LOOK);
    assert_string_equal(play.operation.state, "aborted");
    machine_runbook.card(&play.fixture->view, &play.operation, play.body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        if (strcmp(card.fields[i].name, "Ended by") == 0)
            told = card.fields[i].value;
    assert_string_equal(told, "@{slack:U2}");
    for (size_t i = 0; i < play.out.effects_count; i++)
        if (strcmp(play.out.effects[i].kind, EFFECT_MESSAGE) == 0)
            told = json_find_string(play.out.effects[i].args, "reply.text");
    assert_non_null(strstr(told, "(`asks`) is aborted by @{slack:U2}: It was aborted"));
    run_finish(&play);
}

static void retry_goes_on_where_it_failed(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    const struct runbook_body *body;
    struct operation before;
    struct outcome out;

    (void)state;
    tell_story(&play, "started exit:0 started exit:3");
    before = play.operation;
    assert_string_equal(before.state, "failed");
    play.fixture->ended = &before;
    play.fixture->ended_count = 1;
    decision_answer(play.fixture, &verb_retry, "retry D7", &out);
    assert_true(out.begins);
    body = out.body;
    assert_string_equal(out.kind, "runbook");
    assert_string_equal(body->again_of, "D7");
    assert_int_equal(body->steps[0].mark, RUN_DONE);
    assert_int_equal(body->at, 1);
    run_finish(&play);
}

/* Two people press the button, one after the other: what the first brought about is not done again. */
static void one_run_alone_goes_on_from_another(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    struct operation ended[2];
    struct outcome out;
    const char *answer;

    (void)state;
    tell_story(&play, "started exit:3");
    ended[1] = play.operation;
    ended[0] = play.operation;
    ended[0].id = "D8";
    ended[0].result = ended[0].state = "done";
    ended[0].body = decision_json(play.fixture, "{'again_of':'D7'}");
    play.fixture->ended = ended;
    play.fixture->ended_count = 2;
    answer = decision_answer(play.fixture, &verb_retry, "retry D7", &out);
    assert_true(str_starts_with(str_of(answer), "MISUSED D8 went on from D7 already"));
    assert_false(out.begins);
    run_finish(&play);
}

static void destructive_one_is_gone_on_with_by_its_name_alone(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run wipe --confirm api/production", NULL);
    struct card card = { .title = NULL };
    struct operation before;
    struct outcome out;
    const char *answer;

    (void)state;
    tell_story(&play, "granted started exit:3");
    before = play.operation;
    machine_runbook.card(&play.fixture->view, &before, play.body, &card);
    assert_int_equal(card.actions_count, 0);
    play.fixture->ended = &before;
    play.fixture->ended_count = 1;
    answer = decision_answer(play.fixture, &verb_retry, "retry D7", &out);
    assert_false(out.begins);
    assert_non_null(strstr(answer, "`run wipe --again D7 --confirm api/production`"));
    decision_answer(play.fixture, &verb_run, "run wipe --again D7 --confirm api/production", &out);
    assert_true(out.begins);
    run_finish(&play);
}

static void what_has_changed_since_is_not_gone_on_with(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run asks", NULL);
    struct operation before;
    struct outcome out;
    const char *answer;
    cJSON *body;

    (void)state;
    tell_story(&play, "started exit:3");
    before = play.operation;
    body = json_copy(before.body);
    arena_defer(play.fixture->arena, (void (*)(void *))cJSON_Delete, body);
    json_set_string(body, "digest", "another");
    before.body = body;
    play.fixture->ended = &before;
    play.fixture->ended_count = 1;
    answer = decision_answer(play.fixture, &verb_run, "run asks --again D7", &out);
    assert_true(str_starts_with(str_of(answer), "MISUSED D7 was another run"));
    run_finish(&play);
}

static void what_goes_on_after_midnight_keeps_its_day(void **state)
{
    struct run_play play = run_begin(RUNBOOK_CONFIGURATION, "run dated", NULL);
    struct operation before, second;
    const struct runbook_body *body;
    struct outcome out;
    const char *answer;

    (void)state;
    tell_story(&play, "started exit:3");
    before = play.operation;
    play.fixture->ended = &before;
    play.fixture->ended_count = 1;
    play.fixture->view.now_ms += DAY_MS;
    answer = decision_answer(play.fixture, &verb_retry, "retry D7", &out);
    if (!out.begins)
        fail_msg("%s", answer);
    body = out.body;
    assert_string_equal(body->steps[0].argv[1], "20261120");
    second = before; /* as the second one stands once it has failed, too: that keeps the day of the first */
    second.created_at_ms = play.fixture->view.now_ms;
    second.body = shape_to_json(&runbook_body_shape, body, SHAPE_WHOLE);
    arena_defer(play.fixture->arena, (void (*)(void *))cJSON_Delete, (cJSON *)(uintptr_t)second.body);
    play.fixture->ended = &second;
    second.id = "D8";
    answer = decision_answer(play.fixture, &verb_run, "run dated --again D8", &out);
    if (!out.begins)
        fail_msg("%s", answer);
    body = out.body;
    assert_string_equal(body->steps[0].argv[1], "20261120");
    run_finish(&play);
}

/* ---- policy ---- */

#define POLICY(rules)                                                                                                  \
    RUNBOOK_SERVICES RUNBOOKS "policy:\n"                                                                              \
                              "  roles: [{ name: lead, members: [\"slack:U2\"] }]\n"                                   \
                              "  rules:\n"                                                                             \
                              "    - { allow: \"*\", to: everyone }\n" rules

static void consent_is_waited_for_and_never_the_requesters(void **state)
{
    const char *reply;
    struct run_play play =
        run_begin(POLICY("    - { require: { approvals: { from: lead } }, for: run, on: { runbook: asks } }\n"),
                  "run asks", &reply);

    (void)state;
    assert_string_equal(play.operation.state, "awaiting-approval");
    assert_non_null(strstr(reply, "It needs 1 approval of lead first"));
    assert_string_equal(play.body->lacking, "0 of 1 approval of lead");
    assert_non_null(strstr(run_asked(&play, "approve", "U1", CONTROL_ANY_LOOK), "does not count"));
    assert_string_equal(play.operation.state, "awaiting-approval");
    assert_non_null(strstr(run_asked(&play, "approve", "U2", CONTROL_ANY_LOOK), "is approved, and begins"));
    assert_string_equal(run_wants(&play), "launching !program.start");
    run_finish(&play);
}

static void consent_that_nobody_gives_is_void(void **state)
{
    struct run_play play = run_begin(
        POLICY("    - { require: { approvals: { from: lead, expires: 1h } }, for: run }\n"), "run asks", NULL);

    (void)state;
    tell_story(&play, "timer:ask");
    assert_string_equal(run_wants(&play), "awaiting-approval @ask");
    tell_story(&play, "later:61 timer:unapproved");
    assert_string_equal(run_wants(&play), "refused");
    assert_non_null(strstr(play.operation.summary, "nobody gave what it waited for within 60 min"));
    run_finish(&play);
}

static const struct policy_row {
    const char *name, *rules, *line, *answer;
} policy_rows[] = {
    { "a deny of one runbook", "    - { deny: run, on: { runbook: asks } }\n", "run asks",
      "REFUSED *Not now*: run of asks is denied" },
    { "is none of another", "    - { deny: run, on: { runbook: asks } }\n", "run repeats",
      "*D7*: `run repeats`, 1 step." },
    { "a deny by the place", "    - { deny: run, on: { environment: production } }\n", "run placed",
      "REFUSED *Not now*: run of placed in production is denied" },
    { "a reason that is lacking", "    - { require: { reason: true }, for: run }\n", "run asks", "REFUSED *Not now*:" },
    { "and given", "    - { require: { reason: true }, for: run }\n", "run asks --reason trouble",
      "*D7*: `run asks`, 2 steps." },
};

static void check_policy(void **state)
{
    const struct policy_row *row = *state;
    char text[8192];
    const char *answer;
    struct run_play play;

    snprintf(text, sizeof(text), "%s%s", POLICY(""), row->rules);
    play = run_begin(text, row->line, &answer);
    if (!str_starts_with(str_of(answer), row->answer))
        assert_string_equal(answer, row->answer);
    run_finish(&play);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(argv_is_no_shells_and_the_environment_is_the_configurations),
        cmocka_unit_test(no_secret_is_shown_or_recorded_where_people_look),
        cmocka_unit_test(an_abort_is_told_once),
        cmocka_unit_test(button_of_an_older_card_decides_nothing),
        cmocka_unit_test(whoever_aborts_it_is_named),
        cmocka_unit_test(halt_stops_the_next_step_that_changes_something),
        cmocka_unit_test(halt_holds_no_check),
        cmocka_unit_test(lock_of_its_database_holds_it),
        cmocka_unit_test(program_is_not_started_once_something_forbids_it),
        cmocka_unit_test(same_one_is_not_run_twice_at_once),
        cmocka_unit_test(retry_goes_on_where_it_failed),
        cmocka_unit_test(what_goes_on_after_midnight_keeps_its_day),
        cmocka_unit_test(one_run_alone_goes_on_from_another),
        cmocka_unit_test(destructive_one_is_gone_on_with_by_its_name_alone),
        cmocka_unit_test(what_has_changed_since_is_not_gone_on_with),
        cmocka_unit_test(consent_is_waited_for_and_never_the_requesters),
        cmocka_unit_test(consent_that_nobody_gives_is_void),
    };

    return ROWS(asked_rows, check_asked) + ROWS(story_rows, check_story) + ROWS(policy_rows, check_policy) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
