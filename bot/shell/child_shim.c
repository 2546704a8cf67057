#include "bot/shell/child.h"

#include "bot/base/arena.h"
#include "bot/base/buf.h"
#include "bot/shell/open_files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLLOW_EVERY_MS 100
#define SMALL_FILE_MAX_BYTES 128
#define SHIM_LOCK_FD 3 /* what child.h's inherit_fd becomes */

/* --- the directory -------------------------------------------------------------------------------------------------
 */

static char *path_in(struct arena *arena, const char *directory, const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

/* A small file whole, as text; false when it is not there or not small. */
static bool read_small(const char *directory, const char *name, char text[SMALL_FILE_MAX_BYTES])
{
    AUTO(arena) struct arena *arena = arena_create();
    int fd = open(path_in(arena, directory, name), O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return false;
    got = read(fd, text, SMALL_FILE_MAX_BYTES - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool has_file(const char *directory, const char *name)
{
    AUTO(arena) struct arena *arena = arena_create();

    return access(path_in(arena, directory, name), F_OK) == 0;
}

/* The lock of the directory, held; -1 with errno EWOULDBLOCK when somebody has it, with ENOENT when it was never made.
 */
static int take_lock(const char *directory, int open_flags)
{
    AUTO(arena) struct arena *arena = arena_create();
    int fd = open(path_in(arena, directory, "lock"), O_RDWR | O_CLOEXEC | open_flags, 0600), number;

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    number = errno;
    close(fd);
    errno = number;
    return -1;
}

/* --- starting ------------------------------------------------------------------------------------------------------
 */

struct argv {
    struct arena *arena;
    const char **at;
    size_t count;
};

static void add(struct argv *argv, const char *text)
{
    *ARENA_PUSH(argv->arena, argv->at, argv->count) = text;
}

static void add_number(struct argv *argv, const char *name, int64_t number)
{
    add(argv, name);
    add(argv, arena_printf(argv->arena, "%lld", (long long)number));
}

static const char *const *shim_argv(struct arena *arena, const struct child_shim_options *options)
{
    struct argv argv = { .arena = arena };

    add(&argv, options->shim);
    add(&argv, "exec-shim");
    add(&argv, "--detach");
    add_number(&argv, "--lock-fd", SHIM_LOCK_FD);
    if (options->timeout_ms > 0)
        add_number(&argv, "--timeout-ms", options->timeout_ms);
    if (options->output_max_bytes > 0)
        add_number(&argv, "--output-max-bytes", (int64_t)options->output_max_bytes);
    if (open_files_before() > 0)
        add_number(&argv, "--open-files", open_files_before());
    add(&argv, options->directory);
    add(&argv, "--");
    for (size_t i = 0; options->argv[i]; i++)
        add(&argv, options->argv[i]);
    add(&argv, NULL);
    return argv.at;
}

static bool spawn_shim(struct loop *loop, const struct child_shim_options *options, int lock, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct child_options shim = { .argv = shim_argv(arena, options),
                                  .environment = options->environment,
                                  .inherit_fd = lock };

    return child_start(loop, &shim, err) != NULL; /* --detach: it ends at once, and is reaped without a word */
}

bool child_shim_start(struct loop *loop, const struct child_shim_options *options, struct error *err)
{
    int lock;
    bool is_started;

    if (mkdir(options->directory, 0700) != 0 && errno != EEXIST)
        return error_errno(err, "%s", options->directory);
    lock = take_lock(options->directory, O_CREAT);
    if (lock < 0)
        return errno == EWOULDBLOCK || error_errno(err, "%s/lock", options->directory);
    is_started = has_file(options->directory, "pid") || spawn_shim(loop, options, lock, err);
    close(lock); /* the shim's copy keeps it held */
    return is_started;
}

/* --- following -----------------------------------------------------------------------------------------------------
 */

struct child_follow {
    struct loop *loop;
    struct loop_timer *timer;
    char *directory;
    child_exit_fn on_exit;
    void *arg;
};

static bool take_number(struct str *rest, const char *word, int *ret_number)
{
    struct error ignored;
    int64_t number;

    if (!str_take_prefix(rest, word) || !parse_int(str_take_word(rest), 0, INT32_MAX, &number, &ignored))
        return false;
    *ret_number = (int)number;
    return true;
}

static bool parse_exit(struct str text, struct child_result *ret_result)
{
    struct child_result result = { .ending = CHILD_EXITED };
    struct error ignored;

    if (!take_number(&text, "exited ", &result.status)) {
        result.ending = CHILD_SIGNALLED;
        if (!take_number(&text, "signalled ", &result.signal))
            return false;
    }
    text = str_trim(text);
    result.was_timed_out = str_take_prefix(&text, "timed-out");
    text = str_trim(text);
    result.output_was_cut = str_take_prefix(&text, "cut");
    if (!parse_int(str_trim(text), 0, INT64_MAX, &result.dropped_bytes, &ignored))
        result.dropped_bytes = 0;
    *ret_result = result;
    return true;
}

static bool read_exit(const char *directory, struct child_result *ret_result)
{
    char text[SMALL_FILE_MAX_BYTES];

    return read_small(directory, "exit", text) && parse_exit(str_of(text), ret_result);
}

bool child_shim_look(const char *directory, struct child_result *ret_result)
{
    int lock;

    if (read_exit(directory, ret_result))
        return true;
    lock = take_lock(directory, 0);
    if (lock < 0 && errno == EWOULDBLOCK)
        return false;
    if (!read_exit(directory, ret_result)) /* again: it may have ended between the two looks */
        *ret_result = (struct child_result){ .ending = has_file(directory, "pid") ? CHILD_LOST : CHILD_NEVER_STARTED };
    if (lock >= 0)
        close(lock);
    return true;
}

static void free_follow(struct child_follow *follow)
{
    loop_timer_cancel(follow->timer);
    free(follow->directory);
    free(follow);
}

static void on_look(void *arg)
{
    struct child_follow *follow = arg;
    struct child_result result;
    child_exit_fn on_exit = follow->on_exit;
    void *on_exit_arg = follow->arg;

    follow->timer = NULL;
    if (!child_shim_look(follow->directory, &result)) {
        follow->timer = loop_timer_start(follow->loop, FOLLOW_EVERY_MS, on_look, follow);
        return;
    }
    free_follow(follow);
    on_exit(on_exit_arg, &result);
}

struct child_follow *child_follow(struct loop *loop, const char *directory, child_exit_fn on_exit, void *arg)
{
    struct child_follow *follow = xcalloc(1, sizeof(*follow));

    *follow = (struct child_follow){ .loop = loop, .on_exit = on_exit, .arg = arg };
    follow->directory = xstrdup(directory);
    follow->timer = loop_timer_start(loop, 0, on_look, follow);
    return follow;
}

void child_follow_cancel(struct child_follow *follow)
{
    if (follow)
        free_follow(follow);
}

bool child_shim_stop(const char *directory, struct error *err)
{
    char text[SMALL_FILE_MAX_BYTES];
    struct error ignored;
    int64_t pid;
    int lock = take_lock(directory, 0);

    if (lock >= 0)
        close(lock);
    /* Only while the lock is held does the number belong to the shim; with the exit written, it is about to let go. */
    if (lock >= 0 || errno != EWOULDBLOCK || has_file(directory, "exit"))
        return error_set(err, ERR_NOT_FOUND, "%s: nothing runs there", directory);
    if (!read_small(directory, "pid", text) || !parse_int(str_trim(str_of(text)), 1, INT32_MAX, &pid, &ignored))
        return error_set(err, ERR_UNAVAILABLE, "%s: the program is only just starting", directory);
    return kill((pid_t)pid, SIGTERM) == 0 || error_errno(err, "%s: signal to %lld", directory, (long long)pid);
}
