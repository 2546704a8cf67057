/* Programs as a driver, with the real shim: started once whatever happens to opsgate, stopped with all they started,
 * and telling nothing that they should not. */
#include "bot/carrier/programs.h"
#include "bot/model/program.h"
#include "bot/shell/exec_shim.h"
#include "tests/integration/raw.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[256]; /* this program, which is its own shim: see main */

static struct shape_pair environment[] = { { "REGION", "eu=1" } };
static struct runbook_settings tools = { .name = "tools", .environment = environment, .environment_count = 1 };

static struct world {
    struct loop *loop;
    struct settings settings;
    struct programs *programs;
    struct credential_source credentials;
    char data_dir[64];
    bool may_send;
    bool is_over;
    int ends; /* so far */
    enum attempt_result result;
    char error[300];
    cJSON *body;
} world;

/* Not what opsgate fetched, but as if it had. */
static void tell_token(void *ctx, void (*tell)(void *arg, const char *secret), void *arg)
{
    (void)ctx;
    tell(arg, "ya29.token-of-google");
}

static void open_programs(void)
{
    struct error err;

    world.loop = loop_create(&err);
    world.programs = programs_create(&(struct programs_options){
        .loop = world.loop, .settings = &world.settings, .credentials = &world.credentials, .shim = self });
}

static void close_programs(void)
{
    programs_destroy(world.programs);
    loop_destroy(world.loop);
}

static int enter(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    snprintf(world.data_dir, sizeof(world.data_dir), "/tmp/opsgate-programs-XXXXXX");
    assert_non_null(mkdtemp(world.data_dir));
    world.settings.data_dir = world.data_dir;
    world.settings.runbooks = &tools;
    world.settings.runbooks_count = 1;
    world.settings.store.url = "embedded";
    world.settings.slack.bot_token = "xoxb-of-the-settings";
    world.credentials.tell = tell_token;
    world.may_send = true;
    open_programs();
    return 0;
}

/* Of a test that failed; a shim that gets SIGTERM ends all that its program started. */
static void stop_what_runs(void)
{
    char command[320];

    snprintf(
        command, sizeof(command),
        "for run in %s/runs/*/; do [ ! -s $run/pid ] || [ -e $run/exit ] || kill $(cat $run/pid) 2>/dev/null; done",
        world.data_dir);
    if (system(command) != 0)
        return; /* the last one had gone */
}

static int leave(void **state)
{
    char command[160];
    int tries = 400;

    (void)state;
    cJSON_Delete(world.body);
    close_programs();
    stop_what_runs();
    snprintf(command, sizeof(command), "rm -rf %s 2>/dev/null", world.data_dir);
    while (system(command) != 0 && --tries > 0) /* a program that a test left may write there to its end */
        usleep(50000);
    return tries > 0 ? 0 : 1;
}

/* ---- one task at a time ---- */

static bool may_send(void *arg)
{
    (void)arg;
    return world.may_send;
}

static void on_end(void *arg, const struct attempt_end *end)
{
    (void)arg;
    world.is_over = true;
    world.ends++;
    world.result = end->result;
    snprintf(world.error, sizeof(world.error), "%s", end->error ? end->error : "");
    cJSON_Delete(world.body);
    world.body = end->body ? json_copy(end->body) : NULL;
}

static void do_job(const char *kind, const char *effect_id, cJSON *args, bool is_first_try)
{
    struct program_job job = {
        .kind = kind, .effect_id = effect_id, .args = args, .is_first_try = is_first_try, .may_send = may_send
    };

    world.is_over = false;
    programs_start(world.programs, &job, on_end, NULL);
    raw_wait(world.loop, &world.is_over);
    cJSON_Delete(args);
}

static void start_as(const char *run, const char *const *argv, int64_t timeout_ms, bool is_first_try)
{
    struct program_start start = { .runbook = "tools", .timeout_ms = timeout_ms };
    const char *list[8];

    for (; argv[start.argv_count]; start.argv_count++)
        list[start.argv_count] = argv[start.argv_count];
    start.argv = list;
    do_job(EFFECT_PROGRAM, run, shape_to_json(&program_start_shape, &start, SHAPE_WHOLE), is_first_try);
}

static void start(const char *run, const char *script, int64_t timeout_ms)
{
    start_as(run, (const char *const[]){ "/bin/sh", "-c", script, NULL }, timeout_ms, true);
    assert_int_equal(world.result, ATTEMPT_DONE);
    assert_string_equal(json_find_string(world.body, "run"), run);
}

static void look(const char *run, int64_t from_byte, bool is_tail)
{
    struct program_look args = { run, from_byte, is_tail };

    do_job(READING_PROGRAM, NULL, shape_to_json(&program_look_shape, &args, SHAPE_WHOLE), false);
}

static void stop(const char *run)
{
    struct program_look args = { run, 0, false };

    do_job(EFFECT_PROGRAM_STOP, "stop-1", shape_to_json(&program_look_shape, &args, SHAPE_WHOLE), true);
}

static int64_t number(const char *name)
{
    return json_find_int(world.body, name, 0);
}

static bool flag(const char *name)
{
    return json_find_bool(world.body, name, false);
}

/* All that it wrote, from its beginning to its end; looked at meanwhile. */
static const char *follow(const char *run, char *told, size_t room)
{
    int64_t at = 0;

    told[0] = '\0';
    for (;;) {
        const char *output;

        look(run, at, false);
        assert_int_equal(world.result, ATTEMPT_DONE);
        output = json_find_string(world.body, "output");
        if (output && strlen(told) + strlen(output) < room)
            strcat(told, output);
        at = number("to_byte");
        if (flag("is_all"))
            return told;
        raw_turn(world.loop, -1, 0);
        usleep(1000);
    }
}

static void wait_for(const char *run, const char *word)
{
    const char *output;

    do {
        usleep(2000);
        look(run, 0, false);
        output = json_find_string(world.body, "output");
        if (flag("has_ended") && flag("is_all") && (!output || !strstr(output, word)))
            fail_msg("it has ended, and never said '%s'", word);
    } while (!output || !strstr(output, word));
}

static bool is_alive(long pid)
{
    char path[64], line[256] = "";
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    file = fopen(path, "r");
    if (!file)
        return false;
    line[fread(line, 1, sizeof(line) - 1, file)] = '\0';
    fclose(file);
    return !strstr(line, ") Z ");
}

/* ---- what a program gets ---- */

static void program_of_a_runbook_that_is_gone_is_not_started(void **state)
{
    (void)state;
    world.settings.runbooks_count = 0;
    start_as("r1", (const char *const[]){ "/usr/bin/env", NULL }, 0, true);
    assert_int_equal(world.result, ATTEMPT_NEVER);
    assert_string_equal(world.error, "its runbook is in no configuration any more");
}

static void environment_is_clean(void **state)
{
    char told[4000];

    (void)state;
    setenv("SLACK_BOT_TOKEN", "not-for-programs", 1);
    setenv("HOME", "/home/of-opsgate", 1);
    setenv("TZ", "Europe/Berlin", 1);
    start_as("r1", (const char *const[]){ "/usr/bin/env", NULL }, 0, true);
    follow("r1", told, sizeof(told));
    unsetenv("SLACK_BOT_TOKEN");
    unsetenv("TZ");
    assert_non_null(strstr(told, "HOME=/home/of-opsgate\n"));
    assert_non_null(strstr(told, "TZ=Europe/Berlin\n"));
    assert_non_null(strstr(told, "REGION=eu=1\n"));
    for (char *line = strtok(told, "\n"); line; line = strtok(NULL, "\n")) {
        static const char *const known[] = { "PATH=", "HOME=", "LANG=", "TZ=", "REGION=" };
        bool is_known = false;

        for (size_t i = 0; i < ARRAY_LEN(known); i++)
            is_known = is_known || strncmp(line, known[i], strlen(known[i])) == 0;
        if (!is_known)
            fail_msg("%s", line);
    }
}

static void no_descriptor_is_inherited(void **state)
{
    int open_here = open("/dev/null", O_RDONLY); /* as a library leaves it: without close-on-exec */
    char told[1000];

    (void)state;
    start("r1", "readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '; cat", 0);
    follow("r1", told, sizeof(told));
    close(open_here);
    assert_string_equal(told, "/dev/null\n0 1 2 3 "); /* 3: ls reads the directory with it; cat ends at once */
    assert_int_equal(number("exit_status"), 0);
}

static void arguments_are_not_read_by_a_shell(void **state)
{
    char told[1000];

    (void)state;
    start_as("r1", (const char *const[]){ "printf", "%s|", "$(id)", "a b", "; rm -rf /", "", "*", NULL }, 0, true);
    assert_string_equal(follow("r1", told, sizeof(told)), "$(id)|a b|; rm -rf /||*|");
}

static void directory_is_for_nobody_else(void **state)
{
    char path[128], told[10];
    struct stat status;

    (void)state;
    start("r1", "echo", 0);
    follow("r1", told, sizeof(told));
    snprintf(path, sizeof(path), "%s/runs/r1", world.data_dir);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

/* ---- how it ends ---- */

#define SPOKEN_MS 4000 /* a timeout that leaves any program the time for its first words */

static const struct end_row {
    const char *name, *script;
    int64_t timeout_ms, exit_status, signal;
    bool is_timed_out;
    const char *told;
} end_rows[] = {
    { "success", "echo fine", 0, .told = "fine\n" },
    { "a status", "echo no >&2; exit 3", 0, .exit_status = 3, .told = "no\n" },
    { "a signal", "kill -9 $$", 0, .signal = SIGKILL, .told = "" },
    { "a program that is not there", "exec /no/such/program", 0, .exit_status = 127, .told = NULL },
    { "too long", "echo on; sleep 1000", SPOKEN_MS, .signal = SIGTERM, .is_timed_out = true, .told = "on\n" },
    { "it closes its output early, and is waited for", "echo x; exec >&- 2>&-; sleep 0.2; exit 4", 0, .exit_status = 4,
      .told = "x\n" },
    { "a daemon that keeps its output open is not waited for", "setsid sleep 3 & echo left", 0, .told = "left\n" },
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    void *none = NULL;
    char told[1000];

    enter(&none);
    start("r1", row->script, row->timeout_ms);
    follow("r1", told, sizeof(told));
    assert_true(flag("has_ended"));
    assert_int_equal(number("exit_status"), row->exit_status);
    assert_int_equal(number("signal"), row->signal);
    assert_int_equal(flag("is_timed_out"), row->is_timed_out);
    if (row->told)
        assert_string_equal(told, row->told);
    leave(&none);
}

static void missing_program_says_so(void **state)
{
    char told[1000];

    (void)state;
    start_as("r1", (const char *const[]){ "no-such-program", NULL }, 0, true);
    follow("r1", told, sizeof(told));
    assert_int_equal(number("exit_status"), 127);
    assert_string_equal(told, "exec-shim: no-such-program: No such file or directory\n");
}

/* The leader goes at once; what it left behind does not care for SIGTERM. */
static void timeout_ends_grandchildren_too(void **state)
{
    char told[1000];
    long grandchild;

    (void)state;
    start("r1", "(trap '' TERM; while :; do sleep 0.05; done) & echo $!; wait", SPOKEN_MS);
    wait_for("r1", "\n");
    grandchild = strtol(json_find_string(world.body, "output"), NULL, 10);
    assert_true(is_alive(grandchild));
    follow("r1", told, sizeof(told));
    assert_true(flag("is_timed_out"));
    assert_false(is_alive(grandchild));
}

static void stop_ends_it(void **state)
{
    char told[1000];

    (void)state;
    start("r1", "trap 'echo stopping; exit 9' TERM; echo up; while :; do sleep 0.05; done", 0);
    wait_for("r1", "up");
    stop("r1");
    assert_int_equal(world.result, ATTEMPT_DONE);
    assert_true(flag("stopped"));
    follow("r1", told, sizeof(told)); /* the shell tells of its child's end in between */
    assert_true(str_starts_with(str_of(told), "up\n"));
    assert_true(str_ends_with(str_of(told), "stopping\n"));
    assert_int_equal(number("exit_status"), 9);
    stop("r1"); /* again: nothing is left to stop, and that is fine */
    assert_int_equal(world.result, ATTEMPT_DONE);
    assert_false(flag("stopped"));
}

/* ---- its output ---- */

static void flood_is_bounded_and_does_not_block(void **state)
{
    char path[128];
    struct stat status;

    (void)state;
    start("r1", "yes 0123456789012345678901234567890123456789012345678 | head -c 100000000; echo over", 0);
    do {
        look("r1", 0, true);
        usleep(20000);
    } while (!flag("has_ended"));
    assert_int_equal(number("exit_status"), 0);
    assert_int_equal(number("dropped_bytes"), 100000000 + 5 - PROGRAM_OUTPUT_MAX_BYTES);
    assert_true(strlen(json_find_string(world.body, "output")) <= PROGRAM_CHUNK_MAX_BYTES);
    assert_int_equal(number("to_byte"), PROGRAM_OUTPUT_MAX_BYTES);
    snprintf(path, sizeof(path), "%s/runs/r1/output", world.data_dir);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, PROGRAM_OUTPUT_MAX_BYTES);
}

static void secrets_are_masked_also_when_written_in_parts(void **state)
{
    char told[8000];

    (void)state;
    start(
        "r1",
        "printf '%02990d' 0; for c in x o x b - o f - t h e - s e t t i n g s; do printf $c; sleep 0.005; done;"
        "printf ' ya29.token-of-'; sleep 0.02; echo google; printf '\\033[1mxoxb-\\033[0mof-the-settings\\n\\000\\377'",
        0);
    follow("r1", told, sizeof(told));
    assert_null(strstr(told, "settings"));
    assert_null(strstr(told, "google"));
    assert_string_equal(told + 2990, "*** ***\n***\n?");
}

/* A program that runs on has what it was started with. */
static void secret_that_a_reload_took_away_stays_one(void **state)
{
    struct settings then = world.settings, now = world.settings;
    char told[8000];

    (void)state;
    then.slack.bot_token = "xoxb-of-before";
    now.slack.bot_token = "xoxb-of-afterwards";
    programs_reconfigure(world.programs, &then);
    programs_reconfigure(world.programs, &now);
    start("r1", "echo xoxb-of-before xoxb-of-afterwards", 0);
    follow("r1", told, sizeof(told));
    assert_string_equal(told, "*** ***\n");
}

static void long_output_comes_in_chunks_of_whole_lines(void **state)
{
    char told[40000];
    int64_t at = 0;

    (void)state;
    start("r1", "seq 1 5000", 0);
    follow("r1", told, sizeof(told));
    assert_int_equal(strlen(told), 23893);
    do {
        const char *output;

        look("r1", at, false);
        output = json_find_string(world.body, "output");
        assert_true(strlen(output) <= PROGRAM_CHUNK_MAX_BYTES);
        assert_int_equal(output[strlen(output) - 1], '\n');
        at = number("to_byte");
    } while (!flag("is_all"));
    look("r1", 100, true);
    assert_non_null(strstr(json_find_string(world.body, "output"), "\n4999\n5000\n"));
    assert_true(flag("is_all"));
}

/* ---- once ---- */

static void same_run_is_not_started_twice(void **state)
{
    char told[1000];

    (void)state;
    start("r1", "echo ran; sleep 0.1", 0);
    for (int i = 0; i < 3; i++)
        start_as("r1", (const char *const[]){ "/bin/echo", "again", NULL }, 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    follow("r1", told, sizeof(told));
    start_as("r1", (const char *const[]){ "/bin/echo", "again", NULL }, 0, false);
    assert_string_equal(follow("r1", told, sizeof(told)), "ran\n");
}

static void killed_opsgate_is_followed_by_the_next(void **state)
{
    char told[1000];
    pid_t first;
    int status;

    (void)state;
    close_programs(); /* no thread of the pool is to be alive across the fork */
    first = fork();
    if (first == 0) {
        open_programs();
        start("r1", "echo begun; sleep 0.4; echo after; exit 5", 0);
        wait_for("r1", "begun");
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    open_programs();
    start_as("r1", (const char *const[]){ "/bin/echo", "twice", NULL }, 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    world.settings.runbooks_count = 0; /* also where its runbook is gone by now: it may run there */
    start_as("r1", (const char *const[]){ "/bin/echo", "twice", NULL }, 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    world.settings.runbooks_count = 1;
    assert_string_equal(follow("r1", told, sizeof(told)), "begun\nafter\n");
    assert_int_equal(number("exit_status"), 5);
}

static void timeout_holds_while_opsgate_is_dead(void **state)
{
    char told[1000], end[128];
    pid_t first;
    int status;

    (void)state;
    close_programs();
    first = fork();
    if (first == 0) {
        open_programs();
        start("r1", "echo begun; sleep 1000", SPOKEN_MS);
        kill(getpid(), SIGKILL);
    }
    waitpid(first, &status, 0);
    snprintf(end, sizeof(end), "%s/runs/r1/exit", world.data_dir);
    for (int tries = 10000; access(end, F_OK) != 0 && tries > 0; tries--)
        usleep(5000); /* nobody looks meanwhile */
    open_programs();
    look("r1", 0, false);
    assert_true(flag("has_ended"));
    assert_true(flag("is_timed_out"));
    assert_string_equal(follow("r1", told, sizeof(told)), "begun\n");
}

static void killed_shim_leaves_an_unknown_end(void **state)
{
    char path[128], text[32] = "", told[1000];
    FILE *file;

    (void)state;
    start("r1", "echo begun; exec sleep 1000", 0); /* itself, not a child of its own, which nobody could find */
    wait_for("r1", "begun");
    snprintf(path, sizeof(path), "%s/runs/r1/pid", world.data_dir);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_int_equal(kill((pid_t)strtol(text, NULL, 10), SIGKILL), 0);
    follow("r1", told, sizeof(told));
    assert_true(flag("has_ended"));
    assert_true(flag("is_lost"));
    assert_string_equal(told, "begun\n");
}

static void is_elsewhere(const char *run)
{
    look(run, 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    assert_true(flag("is_elsewhere"));
    assert_false(flag("has_ended"));
}

static void what_another_machine_started_is_not_known_here(void **state)
{
    (void)state;
    is_elsewhere("r1");
    world.settings.store.url = "redis://elsewhere"; /* shared: another instance may have tried before us */
    start_as("r1", (const char *const[]){ "/bin/echo", "twice", NULL }, 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    world.settings.runbooks_count = 0; /* also where its runbook is gone by now: it may run there */
    start_as("r1", (const char *const[]){ "/bin/echo", "twice", NULL }, 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    world.settings.runbooks_count = 1;
    is_elsewhere("r1");
    stop("r1"); /* which stops nothing */
    assert_int_equal(world.result, ATTEMPT_DONE);
    assert_false(flag("stopped"));
    world.settings.store.url = "embedded"; /* nobody else can have */
    start_as("r1", (const char *const[]){ "/bin/echo", "once", NULL }, 0, false);
    look("r1", 0, false);
    assert_int_equal(world.result, ATTEMPT_DONE);
    assert_false(flag("is_elsewhere"));
}

static void who_may_not_send_starts_nothing(void **state)
{
    (void)state;
    world.may_send = false;
    start_as("r1", (const char *const[]){ "/bin/echo", NULL }, 0, true);
    assert_int_equal(world.result, ATTEMPT_AGAIN);
    is_elsewhere("r1"); /* at any rate not here */
}

static void bad_words_start_nothing(void **state)
{
    static const char *const runs[] = { "", ".", "..", "../r1", "a/b", "a b", ".hidden" };
    const char *const *argv = (const char *const[]){ "/bin/echo", NULL };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        start_as(runs[i], argv, 0, true);
        assert_int_equal(world.result, ATTEMPT_NEVER);
        look(runs[i], 0, false);
        assert_int_equal(world.result, ATTEMPT_NEVER);
    }
    start_as("r1", (const char *const[]){ NULL }, 0, true);
    assert_int_equal(world.result, ATTEMPT_NEVER);
    start_as("r1", (const char *const[]){ "", NULL }, 0, true);
    assert_int_equal(world.result, ATTEMPT_NEVER);
    do_job(READING_PROGRAM, NULL, json_object(), false);
    assert_int_equal(world.result, ATTEMPT_NEVER);
    look("r1", -5, false);
    assert_int_equal(world.result, ATTEMPT_NEVER);
}

/* ---- one that is asked ---- */

static void ask(const char *script, int64_t timeout_ms)
{
    const char *argv[] = { "/bin/sh", "-c", script };
    const struct program_question question = { argv, ARRAY_LEN(argv), timeout_ms };

    do_job(READING_PROGRAM_SAYS, NULL, shape_to_json(&program_question_shape, &question, SHAPE_WHOLE), true);
}

static const struct said_row {
    const char *name, *script, *said, *error; /* either; NULL: not that */
} said_rows[] = {
    { "its last line is what it says", "echo looking; echo ' v1.4.2 '; echo", "v1.4.2", NULL },
    { "what it complains of meanwhile is not", "echo v1; echo slow >&2", "v1", NULL },
    { "a line without its end is one", "printf v2", "v2", NULL },
    { "no secret is told", "echo is xoxb-of-the-settings, ya29.token-of-google", "is ***, ***", NULL },
    { "nor its terminal's colours", "printf '\\033[31mv3\\033[0m\\n'", "v3", NULL },
    { "a failure tells its last complaint", "echo v1; echo no route >&2; exit 3", NULL, "it ended with 3: no route" },
    { "masked as well", "echo xoxb-of-the-settings >&2; exit 1", NULL, "it ended with 1: ***" },
    { "or that it failed", "exit 4", NULL, "it ended with 4" },
    { "silence is no answer", "true", NULL, "it said nothing" },
    { "nor is a signal", "echo v1; kill -9 $$", NULL, "it was ended by signal 9" },
    { "one that hangs is ended", "echo v1; sleep 1000", NULL, "it did not end in 1 s" },
};

static void check_said(void **state)
{
    const struct said_row *row = *state;
    void *none = NULL;

    enter(&none);
    ask(row->script, 1000);
    assert_int_equal(world.result, row->error ? ATTEMPT_NEVER : ATTEMPT_DONE);
    if (row->error)
        assert_string_equal(world.error, row->error);
    else
        assert_string_equal(json_find_string(world.body, "said"), row->said);
    leave(&none);
}

static void who_is_asked_needs_a_name_and_a_time(void **state)
{
    (void)state;
    ask("echo v1", 0);
    assert_int_equal(world.result, ATTEMPT_NEVER);
    do_job(READING_PROGRAM_SAYS, NULL, json_object(), true);
    assert_int_equal(world.result, ATTEMPT_NEVER);
}

static void nobody_who_is_asked_is_left_behind(void **state)
{
    const char *argv[] = { "/bin/sleep", "1000" };
    const struct program_question question = { argv, ARRAY_LEN(argv), 60000 };
    cJSON *json = shape_to_json(&program_question_shape, &question, SHAPE_WHOLE);
    struct program_task *task = programs_start(
        world.programs, &(struct program_job){ .kind = READING_PROGRAM_SAYS, .args = json, .may_send = may_send }, on_end,
        NULL);

    (void)state;
    ask("echo v1", 1000); /* the other one was started, too */
    assert_int_equal(world.ends, 1);
    program_task_cancel(task);
    ask("echo v1", 1000);
    assert_int_equal(world.ends, 2);
    cJSON_Delete(json);
}

static void cancelled_task_is_silent(void **state)
{
    struct program_look args = { "r1", 0, false };
    cJSON *json = shape_to_json(&program_look_shape, &args, SHAPE_WHOLE);

    (void)state;
    world.is_over = false;
    program_task_cancel(programs_start(
        world.programs, &(struct program_job){ .kind = READING_PROGRAM, .args = json, .may_send = may_send }, on_end,
        NULL));
    look("r2", 0, false); /* the pool had its turn */
    assert_int_equal(world.ends, 1);
    cJSON_Delete(json);
}

static size_t count_runs(void)
{
    char path[128];
    DIR *directory;
    struct dirent *entry;
    size_t count = 0;

    snprintf(path, sizeof(path), "%s/runs", world.data_dir);
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void old_runs_go_but_never_one_that_runs(void **state)
{
    char path[128];
    struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

    (void)state;
    start("running", "echo up; sleep 1000", 0);
    wait_for("running", "up");
    snprintf(path, sizeof(path), "%s/runs/running", world.data_dir);
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0); /* the oldest of all */
    for (int i = 0; i < PROGRAMS_KEPT + 10; i++) {
        snprintf(path, sizeof(path), "%s/runs/old-%d", world.data_dir, i);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    start("newest", "echo", 0);
    assert_int_equal(count_runs(), PROGRAMS_KEPT + 1);
    look("running", 0, false);
    assert_false(flag("has_ended"));
    stop("running");
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(environment_is_clean),
        IN_A_WORLD(program_of_a_runbook_that_is_gone_is_not_started),
        IN_A_WORLD(no_descriptor_is_inherited),
        IN_A_WORLD(arguments_are_not_read_by_a_shell),
        IN_A_WORLD(directory_is_for_nobody_else),
        IN_A_WORLD(missing_program_says_so),
        IN_A_WORLD(timeout_ends_grandchildren_too),
        IN_A_WORLD(stop_ends_it),
        IN_A_WORLD(flood_is_bounded_and_does_not_block),
        IN_A_WORLD(secrets_are_masked_also_when_written_in_parts),
        IN_A_WORLD(secret_that_a_reload_took_away_stays_one),
        IN_A_WORLD(long_output_comes_in_chunks_of_whole_lines),
        IN_A_WORLD(same_run_is_not_started_twice),
        IN_A_WORLD(killed_opsgate_is_followed_by_the_next),
        IN_A_WORLD(timeout_holds_while_opsgate_is_dead),
        IN_A_WORLD(killed_shim_leaves_an_unknown_end),
        IN_A_WORLD(what_another_machine_started_is_not_known_here),
        IN_A_WORLD(who_may_not_send_starts_nothing),
        IN_A_WORLD(bad_words_start_nothing),
        IN_A_WORLD(cancelled_task_is_silent),
        IN_A_WORLD(who_is_asked_needs_a_name_and_a_time),
        IN_A_WORLD(nobody_who_is_asked_is_left_behind),
        IN_A_WORLD(old_runs_go_but_never_one_that_runs),
    };
    struct CMUnitTest ends[ARRAY_LEN(end_rows)], said[ARRAY_LEN(said_rows)];

    if (argc > 1 && strcmp(argv[1], "exec-shim") == 0)
        return exec_shim_main(argc, argv);
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(end_rows); i++)
        ends[i] = (struct CMUnitTest){ .name = end_rows[i].name,
                                       .test_func = check_end,
                                       .initial_state = (void *)(uintptr_t)&end_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(said_rows); i++)
        said[i] = (struct CMUnitTest){ .name = said_rows[i].name,
                                       .test_func = check_said,
                                       .initial_state = (void *)(uintptr_t)&said_rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests_name("said", said, NULL, NULL) +
           cmocka_run_group_tests_name("ends", ends, NULL, NULL);
}
