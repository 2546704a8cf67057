/* What data_dir remembers of the store, and of how the last process died. */
#include "tests/unit/rows.h"

#include "bot/base/file.h"
#include "bot/memory_file.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct folder {
    char path[64], file[128], crashed[128];
};

static int setup(void **state)
{
    struct folder *folder = xcalloc(1, sizeof(*folder));

    snprintf(folder->path, sizeof(folder->path), "/tmp/opsgate-test-memory.XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof(folder->file), "%s/store.json", folder->path);
    snprintf(folder->crashed, sizeof(folder->crashed), "%s/crashed", folder->path);
    *state = folder;
    return 0;
}

static int teardown(void **state)
{
    struct folder *folder = *state;

    unlink(folder->file);
    unlink(folder->crashed);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static void check_unknown(void **state)
{
    const struct folder *folder = *state;
    struct engine_memory memory = { .birth = "something", .seq = 7, .adoption = 2 };
    struct error err;

    assert_true(memory_file_read(folder->path, &memory, &err));
    assert_string_equal(memory.birth, "");
    assert_true(memory.seq == 0);
    assert_true(memory.adoption == 0);
}

static void check_roundtrip(void **state)
{
    const struct folder *folder = *state;
    const struct engine_memory written = { .birth = "0123456789abcdef0123456789abcdef",
                                           .seq = INT64_C(9007199254740991),
                                           .adoption = 3,
                                           .operations = 1042 };
    struct engine_memory memory;
    struct error err;

    assert_true(memory_file_write(folder->path, &(struct engine_memory){ .birth = "older", .seq = 1 }, &err));
    assert_true(memory_file_write(folder->path, &written, &err));
    assert_true(memory_file_read(folder->path, &memory, &err));
    assert_string_equal(memory.birth, written.birth);
    assert_true(memory.seq == written.seq);
    assert_true(memory.adoption == 3);
    assert_true(memory_file_write(folder->path, &(struct engine_memory){ .birth = "older", .seq = 1 }, &err));
    assert_true(memory_file_read(folder->path, &memory, &err));
    assert_true(memory.adoption == 0); /* as every file says that was written before there was any */
}

static void check_broken(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"birth\":\"b\"}",
        "{\"seq\":1}",
        "{\"birth\":1,\"seq\":1}",
        "{\"birth\":\"b\",\"seq\":1.5}",
        "{\"birth\":\"0123456789012345678901234567890123456789\",\"seq\":1}",
    };
    const struct folder *folder = *state;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct engine_memory memory;
        struct error err = { ERR_NONE, "" };

        assert_true(file_write(folder->file, str_of(texts[i]), &err));
        if (memory_file_read(folder->path, &memory, &err))
            fail_msg("read: %s", texts[i]);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, "store.json"));
    }
}

static void check_unreadable(void **state)
{
    const struct folder *folder = *state;
    struct engine_memory memory;
    struct error err = { ERR_NONE, "" };
    AUTO_FREE char *large = xcalloc(6000, 1);

    memset(large, ' ', 5999);
    assert_true(file_write(folder->file, str_of(large), &err));
    assert_false(memory_file_read(folder->path, &memory, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

/* A child that watches, and ends by `number`; 0: goes in peace. Gives how it ended. */
static int end_by(const struct folder *folder, int number)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        struct error err;

        memory_file_watch_crashes(folder->path, &err);
        if (number)
            raise(number);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* Asked from a child, so that this program's own handlers stay as they are. */
static bool last_one_crashed(const struct folder *folder)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        struct error err;

        _exit(memory_file_watch_crashes(folder->path, &err) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status) == 1;
}

static const struct death {
    const char *name;
    int number;
    bool is_own;
} deaths[] = {
    { "a quiet end", 0, false },           { "told to end", SIGTERM, false },
    { "killed", SIGKILL, false },          { "a wild pointer", SIGSEGV, true },
    { "a broken promise", SIGABRT, true }, { "a division by zero", SIGFPE, true },
    { "a bus error", SIGBUS, true },       { "an impossible instruction", SIGILL, true },
};

static void check_deaths(void **state)
{
    const struct folder *folder = *state;

    for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
        int status = end_by(folder, deaths[i].number);

        assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, deaths[i].number);
        if (last_one_crashed(folder) != deaths[i].is_own)
            fail_msg("%s", deaths[i].name);
        assert_false(last_one_crashed(folder)); /* told once */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a new data_dir knows no store", check_unknown, setup, teardown, NULL },
        { "what is written is read", check_roundtrip, setup, teardown, NULL },
        { "a broken file is an error, not a new data_dir", check_broken, setup, teardown, NULL },
        { "a file of another size than ours neither", check_unreadable, setup, teardown, NULL },
        { "a death by our own signal is remembered, once, and no other", check_deaths, setup, teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
