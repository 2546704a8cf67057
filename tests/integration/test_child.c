/* Programs as children: started clean, heard, ended in time; and under the shim, found again. */
#include "bot/shell/child.h"
#include "bot/shell/exec_shim.h"
#include "bot/shell/open_files.h"
#include "tests/integration/raw.h"

#include <dirent.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SH(script) ((const char *const[]){ "sh", "-c", (script), NULL })

struct heard {
    struct loop *loop;
    struct child *child;
    bool is_over;
    int ends;
    struct child_result result;
    struct buf text; /* "1:line\n" of stdout, "2:line\n" of stderr */
    bool cancels_on_line, stops_on_line;
};

static void on_line(void *arg, enum child_stream stream, struct str line)
{
    struct heard *heard = arg;

    assert_false(heard->is_over); /* after the end there is silence */
    buf_addf(&heard->text, "%d:" STR_FMT "\n", (int)stream, STR_ARG(line));
    if (heard->stops_on_line)
        child_stop(heard->child);
    if (heard->cancels_on_line) {
        child_cancel(heard->child);
        heard->is_over = true;
    }
}

static void on_exit_result(void *arg, const struct child_result *result)
{
    struct heard *heard = arg;

    heard->is_over = true;
    heard->ends++;
    heard->result = *result;
}

static struct heard begin(void)
{
    struct error err;

    return (struct heard){ .loop = loop_create(&err), .text = BUF(1 << 22) };
}

static void finish(struct heard *heard)
{
    loop_destroy(heard->loop);
    buf_finish(&heard->text);
}

static void start(struct heard *heard, struct child_options options)
{
    struct error err;

    options.on_line = on_line;
    options.on_exit = on_exit_result;
    options.arg = heard;
    heard->child = child_start(heard->loop, &options, &err);
    assert_non_null(heard->child);
    assert_int_equal(heard->ends, 0); /* later, never inside */
}

static const struct row {
    const char *name, *script;
    enum child_ending ending;
    int status, signal;
    const char *text;
} rows[] = {
    { "success is told", "exit 0", CHILD_EXITED, 0, 0, "" },
    { "a status is told", "exit 7", CHILD_EXITED, 7, 0, "" },
    { "a signal is told", "kill -USR1 $$", CHILD_SIGNALLED, 0, SIGUSR1, "" },
    { "lines are heard", "echo a; echo b", CHILD_EXITED, 0, 0, "1:a\n1:b\n" },
    { "stderr is heard apart", "echo a >&2", CHILD_EXITED, 0, 0, "2:a\n" },
    { "a last line without its end is heard", "printf abc", CHILD_EXITED, 0, 0, "1:abc\n" },
    { "empty lines are lines", "echo; echo a", CHILD_EXITED, 0, 0, "1:\n1:a\n" },
    { "stdin is empty", "cat; echo end", CHILD_EXITED, 0, 0, "1:end\n" },
    { "the environment is clean", "env | grep -c -e LD_ -e HOME -e SECRET", CHILD_EXITED, 1, 0, "1:0\n" },
    { "it leads a group of its own", "test $(ps -o pgid= -p $$ 2>/dev/null || echo $$) -eq $$", CHILD_EXITED, 0, 0,
      "" },
    { "no descriptor of ours is open",
      "i=3; while test $i -lt 60; do test -e /proc/$$/fd/$i && echo $i; i=$((i + 1)); done; true", CHILD_EXITED, 0, 0,
      "" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct heard heard = begin();
    int leaked = socket(AF_INET, SOCK_STREAM, 0); /* without close-on-exec, as libraries open them */

    setenv("SECRET", "x", 1);
    start(&heard, (struct child_options){ .argv = SH(row->script) });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.result.ending, row->ending);
    assert_int_equal(heard.result.status, row->status);
    assert_int_equal(heard.result.signal, row->signal);
    assert_string_equal(buf_text(&heard.text), row->text);
    assert_int_equal(heard.ends, 1);
    close(leaked);
    finish(&heard);
}

static void arguments_arrive_as_they_are(void **state)
{
    struct heard heard = begin();

    (void)state;
    start(&heard,
          (struct child_options){ .argv = (const char *const[]){ "printf", "%s|", "a b", "$HOME", ";*", NULL } });
    raw_wait(heard.loop, &heard.is_over);
    assert_string_equal(buf_text(&heard.text), "1:a b|$HOME|;*|\n");
    finish(&heard);
}

static void missing_program_is_an_error_and_no_callback(void **state)
{
    struct heard heard = begin();
    struct error err;
    struct child_options options = { .argv = (const char *const[]){ "no-such-program-here", NULL },
                                     .on_exit = on_exit_result,
                                     .on_line = on_line,
                                     .arg = &heard };

    (void)state;
    assert_null(child_start(heard.loop, &options, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "no-such-program-here"));
    loop_run_once(heard.loop);
    assert_false(heard.is_over);
    finish(&heard);
}

static void timeout_ends_the_whole_group(void **state)
{
    struct heard heard = begin();

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("sleep 1000 & sleep 1000; echo not reached"), .timeout_ms = 50 });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.result.ending, CHILD_SIGNALLED);
    assert_int_equal(heard.result.signal, SIGTERM);
    assert_true(heard.result.was_timed_out);
    assert_string_equal(buf_text(&heard.text), "");
    finish(&heard);
}

static void what_ignores_sigterm_is_killed(void **state)
{
    struct heard heard = begin();

    (void)state;
    heard.stops_on_line = true; /* not before it has heard of what it is to ignore */
    start(&heard, (struct child_options){ .argv = SH("trap '' TERM; echo ready; while :; do sleep 1; done"),
                                          .kill_after_ms = 50 });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.result.signal, SIGKILL);
    assert_false(heard.result.was_timed_out);
    finish(&heard);
}

static void stop_is_no_timeout(void **state)
{
    struct heard heard = begin();

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("sleep 1000") });
    child_stop(heard.child);
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.result.signal, SIGTERM);
    assert_false(heard.result.was_timed_out);
    finish(&heard);
}

static void cancelled_child_is_killed_and_silent(void **state)
{
    struct heard heard = begin();
    pid_t pid;

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("sleep 1000") });
    pid = child_pid(heard.child);
    child_cancel(heard.child);
    child_cancel(NULL);
    finish(&heard); /* waits until it is reaped */
    assert_false(heard.is_over);
    assert_int_equal(kill(pid, 0), -1);
}

static void cancel_from_inside_a_line_is_fine(void **state)
{
    struct heard heard = begin();

    (void)state;
    heard.cancels_on_line = true;
    start(&heard, (struct child_options){ .argv = SH("echo a; echo b; echo c; sleep 1000") });
    raw_wait(heard.loop, &heard.is_over);
    assert_string_equal(buf_text(&heard.text), "1:a\n");
    assert_int_equal(heard.ends, 0);
    finish(&heard);
}

static void cancel_from_inside_the_last_line_is_fine(void **state)
{
    struct heard heard = begin();

    (void)state;
    heard.cancels_on_line = true;
    start(&heard, (struct child_options){ .argv = SH("printf unended") });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.ends, 0);
    finish(&heard);
}

static void forgotten_child_lives_on(void **state)
{
    struct heard heard = begin();
    pid_t pid;

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("sleep 1000") });
    pid = child_pid(heard.child);
    child_forget(heard.child);
    finish(&heard);
    assert_int_equal(kill(-pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(heard.is_over);
}

static void grandchild_that_holds_the_pipe_does_not_hold_us(void **state)
{
    struct heard heard = begin();
    long grandchild = 0;

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("sleep 1000 & echo $!") });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(sscanf(buf_text(&heard.text), "1:%ld\n", &grandchild), 1);
    assert_int_equal(kill((pid_t)grandchild, SIGKILL), 0); /* it was there still */
    finish(&heard);
}

static void output_is_cut_at_its_maximum(void **state)
{
    struct heard heard = begin();

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("yes | head -c 100000"), .output_max_bytes = 1000 });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.text.len, 1000 / 2 * 4); /* "y\n" heard as "1:y\n" */
    assert_true(heard.result.output_was_cut);
    assert_int_equal(heard.result.ending, CHILD_EXITED);
    finish(&heard);
}

static void long_line_comes_in_pieces(void **state)
{
    struct heard heard = begin();

    (void)state;
    start(&heard, (struct child_options){ .argv = SH("head -c 100000 /dev/zero | tr '\\0' a") });
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(heard.text.len, 100000 + 2 * 3);
    finish(&heard);
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */

static void read_text(const char *directory, const char *name, char *text, size_t size)
{
    char path[256];
    ssize_t got;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    fd = open(path, O_RDONLY);
    got = fd >= 0 ? read(fd, text, size - 1) : 0;
    text[got > 0 ? got : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static void make_directory(char *path, size_t size)
{
    snprintf(path, size, "/tmp/opsgate-test-child-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;

    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(path);
}

static void output_goes_to_a_file(void **state)
{
    struct heard heard = begin();
    struct child_options options = { .argv = SH("echo a; echo b >&2"), .on_exit = on_exit_result, .arg = &heard };
    struct error err;
    char directory[64], path[96], text[64];
    struct stat file;

    (void)state;
    make_directory(directory, sizeof(directory));
    snprintf(path, sizeof(path), "%s/out", directory);
    options.output_path = path;
    assert_non_null(child_start(heard.loop, &options, &err));
    raw_wait(heard.loop, &heard.is_over);
    read_text(directory, "out", text, sizeof(text));
    assert_string_equal(text, "a\nb\n");
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    remove_directory(directory);
    finish(&heard);
}

static void inherited_lock_outlives_our_own_descriptor(void **state)
{
    struct heard heard = begin();
    char directory[64], path[96];
    int ours, other;

    (void)state;
    make_directory(directory, sizeof(directory));
    snprintf(path, sizeof(path), "%s/lock", directory);
    ours = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(ours, LOCK_EX | LOCK_NB), 0);
    start(&heard,
          (struct child_options){ .argv = SH("exec sleep 1000"), .inherit_fd = ours }); /* no child of its own */
    close(ours);
    other = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    child_stop(heard.child);
    raw_wait(heard.loop, &heard.is_over);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    remove_directory(directory);
    finish(&heard);
}

/* --- under the shim ------------------------------------------------------------------------------------------------
 */

static char self[256]; /* this program, which is its own shim: see main */

static bool shim_start(struct heard *heard, const char *directory, const char *script, int64_t timeout_ms)
{
    struct error err;
    struct child_shim_options options = {
        .shim = self,
        .directory = directory,
        .argv = SH(script),
        .timeout_ms = timeout_ms,
        .output_max_bytes = 1000,
    };

    return child_shim_start(heard->loop, &options, &err);
}

static void follow(struct heard *heard, const char *directory)
{
    heard->is_over = false;
    child_follow(heard->loop, directory, on_exit_result, heard);
    raw_wait(heard->loop, &heard->is_over);
}

static void wait_for_text(struct heard *heard, const char *directory, const char *name)
{
    char text[64];

    for (text[0] = '\0'; !text[0]; read_text(directory, name, text, sizeof(text)))
        raw_turn(heard->loop, -1, 0);
}

static const struct shim_row {
    const char *name, *script;
    int64_t timeout_ms;
    struct child_result result;
    const char *output, *exit;
} shim_rows[] = {
    { "the shim tells success", "echo a; echo b >&2", 0, { .ending = CHILD_EXITED }, "a\nb\n", "exited 0\n" },
    { "the shim tells a status", "exit 3", 0, { .ending = CHILD_EXITED, .status = 3 }, "", "exited 3\n" },
    { "the shim tells a signal", "kill -9 $$", 0, { .ending = CHILD_SIGNALLED, .signal = 9 }, "", "signalled 9\n" },
    { "the shim keeps the timeout",
      "sleep 1000 & sleep 1000",
      50,
      { .ending = CHILD_SIGNALLED, .signal = SIGTERM, .was_timed_out = true },
      "",
      "signalled 15 timed-out\n" },
    { "the shim cuts the output",
      "printf %0900d 7; printf %0600d 7",
      0,
      { .ending = CHILD_EXITED, .output_was_cut = true, .dropped_bytes = 500 },
      NULL,
      "exited 0 cut 500\n" },
};

static void check_shim(void **state)
{
    const struct shim_row *row = *state;
    struct heard heard = begin();
    char directory[64], text[4096];

    make_directory(directory, sizeof(directory));
    assert_true(shim_start(&heard, directory, row->script, row->timeout_ms));
    follow(&heard, directory);
    assert_memory_equal(&heard.result, &row->result, sizeof(row->result));
    read_text(directory, "exit", text, sizeof(text));
    assert_string_equal(text, row->exit);
    read_text(directory, "output", text, sizeof(text));
    if (row->output)
        assert_string_equal(text, row->output);
    else
        assert_int_equal(strlen(text), 1000);
    remove_directory(directory);
    finish(&heard);
}

static void restarted_follower_finds_a_running_program(void **state)
{
    struct heard first = begin(), second = begin();
    char directory[64];
    struct error err;

    (void)state;
    make_directory(directory, sizeof(directory));
    assert_true(shim_start(&first, directory, "echo up; sleep 1000", 0));
    wait_for_text(&first, directory, "output");
    finish(&first); /* the first opsgate is gone; its program is not */
    child_follow_cancel(child_follow(second.loop, directory, on_exit_result, &second));
    assert_true(child_shim_stop(directory, &err));
    follow(&second, directory);
    assert_int_equal(second.result.ending, CHILD_SIGNALLED);
    assert_int_equal(second.result.signal, SIGTERM);
    assert_int_equal(second.ends, 1);
    remove_directory(directory);
    finish(&second);
}

static void same_directory_runs_its_program_once(void **state)
{
    struct heard heard = begin();
    char directory[64], text[64];

    (void)state;
    make_directory(directory, sizeof(directory));
    for (int i = 0; i < 5; i++)
        assert_true(shim_start(&heard, directory, "echo ran; sleep 0.05", 0));
    follow(&heard, directory);
    assert_true(shim_start(&heard, directory, "echo ran again", 0));
    follow(&heard, directory);
    read_text(directory, "output", text, sizeof(text));
    assert_string_equal(text, "ran\n");
    remove_directory(directory);
    finish(&heard);
}

static void killed_shim_takes_its_program_along_and_is_lost(void **state)
{
    struct heard heard = begin();
    char directory[64], text[64], program[64];
    struct error err;

    (void)state;
    make_directory(directory, sizeof(directory));
    assert_true(shim_start(&heard, directory, "echo $$; exec sleep 1000", 0));
    wait_for_text(&heard, directory, "output");
    read_text(directory, "pid", text, sizeof(text));
    read_text(directory, "output", program, sizeof(program));
    assert_int_equal(kill((pid_t)strtol(text, NULL, 10), SIGKILL), 0);
    follow(&heard, directory);
    assert_int_equal(heard.result.ending, CHILD_LOST);
    assert_false(child_shim_stop(directory, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    while (kill((pid_t)strtol(program, NULL, 10), 0) == 0 && usleep(1000) == 0) {
        char name[64], line[64];

        snprintf(name, sizeof(name), "/proc/%ld", strtol(program, NULL, 10));
        read_text(name, "stat", line, sizeof(line));
        if (strstr(line, ") Z ")) /* dead, and nobody here to bury it */
            break;
    }
    assert_true(shim_start(&heard, directory, "echo again", 0)); /* never a second time */
    follow(&heard, directory);
    assert_int_equal(heard.result.ending, CHILD_LOST);
    remove_directory(directory);
    finish(&heard);
}

static void empty_directory_never_started(void **state)
{
    struct heard heard = begin();
    char directory[64];

    (void)state;
    make_directory(directory, sizeof(directory));
    follow(&heard, directory);
    assert_int_equal(heard.result.ending, CHILD_NEVER_STARTED);
    follow(&heard, "/tmp/opsgate-no-such-directory");
    assert_int_equal(heard.result.ending, CHILD_NEVER_STARTED);
    remove_directory(directory);
    finish(&heard);
}

static void shim_explains_its_usage(void **state)
{
    char *none[] = { "opsgate", "exec-shim", NULL }, *odd[] = { "opsgate", "exec-shim", "--timeout-ms", "x", NULL };
    char *gone[] = { "opsgate", "exec-shim", "/no/such/directory", "--", "true", NULL };
    int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

    (void)state;
    dup2(null, STDERR_FILENO);
    assert_int_equal(exec_shim_main(2, none), EXEC_SHIM_USAGE);
    assert_int_equal(exec_shim_main(4, odd), EXEC_SHIM_USAGE);
    assert_int_equal(exec_shim_main(5, gone), EXEC_SHIM_BROKEN);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(null);
}

/* The last test: what it raises stays raised. */
static void program_gets_back_what_was_raised(void **state)
{
    struct heard heard = begin();
    char directory[64], text[64];
    struct rlimit limit;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 200;
    assert_true(limit.rlim_max > limit.rlim_cur);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    open_files_raise();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, limit.rlim_max);
    make_directory(directory, sizeof(directory));
    assert_true(shim_start(&heard, directory, "ulimit -Sn", 0));
    follow(&heard, directory);
    read_text(directory, "output", text, sizeof(text));
    assert_string_equal(text, "200\n");
    remove_directory(directory);
    finish(&heard);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(arguments_arrive_as_they_are),
        cmocka_unit_test(missing_program_is_an_error_and_no_callback),
        cmocka_unit_test(timeout_ends_the_whole_group),
        cmocka_unit_test(what_ignores_sigterm_is_killed),
        cmocka_unit_test(stop_is_no_timeout),
        cmocka_unit_test(cancelled_child_is_killed_and_silent),
        cmocka_unit_test(cancel_from_inside_a_line_is_fine),
        cmocka_unit_test(cancel_from_inside_the_last_line_is_fine),
        cmocka_unit_test(forgotten_child_lives_on),
        cmocka_unit_test(grandchild_that_holds_the_pipe_does_not_hold_us),
        cmocka_unit_test(output_is_cut_at_its_maximum),
        cmocka_unit_test(long_line_comes_in_pieces),
        cmocka_unit_test(output_goes_to_a_file),
        cmocka_unit_test(inherited_lock_outlives_our_own_descriptor),
        cmocka_unit_test(restarted_follower_finds_a_running_program),
        cmocka_unit_test(same_directory_runs_its_program_once),
        cmocka_unit_test(killed_shim_takes_its_program_along_and_is_lost),
        cmocka_unit_test(empty_directory_never_started),
        cmocka_unit_test(shim_explains_its_usage),
        cmocka_unit_test(program_gets_back_what_was_raised),
    };
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(shim_rows)];
    size_t count = 0;
    int failures;

    if (argc > 1 && strcmp(argv[1], "exec-shim") == 0)
        return exec_shim_main(argc, argv);
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
                                              .test_func = check_row,
                                              .initial_state = (void *)(uintptr_t)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(shim_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = shim_rows[i].name,
                                              .test_func = check_shim,
                                              .initial_state = (void *)(uintptr_t)&shim_rows[i] };
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    return failures + cmocka_run_group_tests(others, NULL, NULL);
}
