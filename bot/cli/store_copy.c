/* store_copy.c - `opsgate store backup | restore | restored`: a copy of the store, taken while it is at work, and put
 * in its place again.
 *
 * A copy is an RDB file, as Redis writes it for a replica. What was brought back is always older than what happened
 * since: data_dir is told so, that opsgate refuses it until a person adopts it, and observes before it acts. */
#include "bot/cli/store_copy.h"

#include "bot/base/file.h"
#include "bot/memory_file.h"
#include "bot/model/operation.h"
#include "bot/shell/child.h"
#include "bot/shell/clock.h"
#include "bot/shell/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_TIMEOUT_MS (INT64_C(30) * 60 * 1000)
#define SAID_BYTES 600
#define RDB_ERROR "--- RDB ERROR DETECTED ---"
#define BASE_NAME "appendonly.aof.1.base.rdb"
#define MANIFEST STR_LIT("file " BASE_NAME " seq 1 type b\n")

/* In place of a birth that nobody here remembers: no store has it, so that whichever comes is another one. */
static const char NO_BIRTH[] = "00000000000000000000000000000000";

/* ---- a program of Redis ---- */

struct program { /* one run, to its end */
    struct loop *loop;
    bool is_good;
    bool is_told;
    char said[SAID_BYTES]; /* its last line; of redis-check-rdb the one behind RDB_ERROR, and is_told */
};

static void on_line(void *arg, enum child_stream stream, struct str line)
{
    struct program *program = arg;

    (void)stream;
    if (line.len == 0 || program->is_told)
        return;
    program->is_told = strcmp(program->said, RDB_ERROR) == 0;
    snprintf(program->said, sizeof(program->said), "%.*s", (int)line.len, line.at);
}

static void on_exit_of_it(void *arg, const struct child_result *result)
{
    struct program *program = arg;

    program->is_good = result->ending == CHILD_EXITED && result->status == 0;
    if (result->was_timed_out)
        snprintf(program->said, sizeof(program->said), "it took too long");
    loop_stop(program->loop);
}

static bool run_program(const char *const *argv, const char *directory, struct error *err)
{
    AUTO(loop) struct loop *loop = loop_create(err);
    struct program program = { .loop = loop, .said = "it said nothing" };
    struct child_options options = { .argv = argv,
                                     .directory = directory,
                                     .timeout_ms = COPY_TIMEOUT_MS,
                                     .on_line = on_line,
                                     .on_exit = on_exit_of_it,
                                     .arg = &program };

    if (!loop || !child_start(loop, &options, err))
        return false;
    loop_run(loop);
    return program.is_good || error_set(err, ERR_CONFLICT, "%s: %s", argv[0], program.said);
}

/* ---- backup ---- */

static int64_t bytes_of(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 ? (int64_t)is.st_size : -1;
}

/* redis-cli runs beside the socket: a path of any length will do there. */
static bool fetch(const char *directory, const char *path, struct error *err)
{
    const char *argv[] = { "redis-cli", "-s", "redis.sock", "--rdb", path, NULL };

    umask(077);
    if (access(directory, X_OK) != 0)
        return error_set(err, ERR_UNAVAILABLE, "%s: %s", directory, strerror(errno));
    return run_program(argv, directory, err);
}

static const char *absolute(const char *path, struct arena *arena)
{
    AUTO_FREE char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

    return here ? arena_printf(arena, "%s/%s", here, path) : path;
}

/* The whole of it stands beside its name until it is there: nobody finds half a copy under the name of one. */
static int back_up(const struct configuration *configuration, const char *file, struct arena *arena)
{
    const char *directory = arena_printf(arena, "%s/redis", configuration->settings.data_dir);
    const char *path = absolute(file, arena), *partial = arena_printf(arena, "%s.partial", path);
    struct error err;

    if (access(path, F_OK) == 0) {
        cli_complain("%s: is there already. Nothing was written.", file);
        return CLI_NO;
    }
    if (!fetch(directory, partial, &err)) {
        unlink(partial);
        cli_complain("%s. Nothing was written. Its Redis runs as long as `opsgate serve` does, and redis-cli is in "
                     "Debian's redis-tools.",
                     err.message);
        return CLI_UNREACHABLE;
    }
    if (rename(partial, path) != 0) {
        cli_complain("%s: %s", file, strerror(errno));
        unlink(partial);
        return CLI_USAGE;
    }
    printf("The store as it was a moment ago, %" PRId64 " bytes: %s\n"
           "What stands in it is as confidential as the store. `opsgate store restore %s` brings it back.\n",
           bytes_of(path), file, file);
    return CLI_OK;
}

/* ---- restore ---- */

static bool copy_bytes(int from, int to, struct error *err)
{
    char bytes[65536];
    ssize_t len, done;

    while ((len = read(from, bytes, sizeof(bytes))) > 0)
        for (ssize_t at = 0; at < len; at += done)
            if ((done = write(to, bytes + at, (size_t)(len - at))) < 0)
                return error_set(err, ERR_INTERNAL, "%s", strerror(errno));
    if (len < 0 || fsync(to) != 0)
        return error_set(err, ERR_INTERNAL, "%s", strerror(errno));
    return true;
}

static bool copy_file(const char *from_path, const char *to_path, struct error *err)
{
    int from = open(from_path, O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_good = false;

    if (from < 0)
        error_set(err, ERR_NOT_FOUND, "%s: %s", from_path, strerror(errno));
    else if (to < 0)
        error_set(err, ERR_INTERNAL, "%s: %s", to_path, strerror(errno));
    else if (!(is_good = copy_bytes(from, to, err)))
        error_wrap(err, "%s", to_path);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return is_good;
}

static bool make_directory(const char *path, struct error *err)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST || error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
}

/* In one step: at no moment is there no store. What stood there is kept, and said where. */
static bool exchange(const char *fresh, const char *files, struct arena *arena, struct error *err)
{
    const char *kept = arena_printf(arena, "%s.before-%" PRId64, files, clock_system().unix_ms(NULL) / 1000);

    if (access(files, F_OK) != 0)
        return rename(fresh, files) == 0 || error_set(err, ERR_INTERNAL, "%s: %s", files, strerror(errno));
    if (renameat2(AT_FDCWD, fresh, AT_FDCWD, files, RENAME_EXCHANGE) != 0)
        return error_set(err, ERR_INTERNAL, "%s: %s", files, strerror(errno));
    printf("What stood there is kept: %s\n", rename(fresh, kept) == 0 ? kept : fresh);
    return true;
}

/* A directory beside it, which takes its place once it is whole. */
static bool put_in_place(const char *data_dir, const char *file, struct arena *arena, struct error *err)
{
    const char *directory = arena_printf(arena, "%s/redis", data_dir);
    const char *files = arena_printf(arena, "%s/appendonlydir", directory);
    const char *fresh = arena_printf(arena, "%s.restored-%d", files, (int)getpid());

    return make_directory(directory, err) && make_directory(fresh, err) &&
           copy_file(file, arena_printf(arena, "%s/" BASE_NAME, fresh), err) &&
           file_write(arena_printf(arena, "%s/appendonly.aof.manifest", fresh), MANIFEST, err) &&
           exchange(fresh, files, arena, err);
}

/* The store that comes is not the one that data_dir knows, or an older one: whoever does not know what it was, says
 * that of each. `newest` is the highest number of an operation that people have seen; 0: nobody said. */
static bool distrust(const char *data_dir, int64_t newest, struct error *err)
{
    struct engine_memory memory;

    if (!memory_file_read(data_dir, &memory, err))
        return false;
    if (!memory.birth[0])
        memcpy(memory.birth, NO_BIRTH, sizeof(NO_BIRTH));
    if (newest > memory.operations)
        memory.operations = newest;
    return memory_file_write(data_dir, &memory, err);
}

static void say_what_next(void)
{
    printf("opsgate will not act on it before somebody has looked:\n"
           "    opsgate serve            says that it is an older store, or another one\n"
           "    opsgate store adopt      it takes the other's place, and is observed\n"
           "    opsgate run status       what serves may be newer than what it knows\n"
           "    opsgate store confirm    everything goes on\n");
}

static bool is_whole(const char *file, struct error *err)
{
    const char *argv[] = { "redis-check-rdb", file, NULL };
    bool is_good =
        access(file, R_OK) == 0 ? run_program(argv, NULL, err) : error_set(err, ERR_NOT_FOUND, "%s", strerror(errno));

    return is_good || error_wrap(err, "%s", file);
}

/* Nobody else is at it while the lock is held; a Redis whose opsgate was killed is. */
static bool restore_under_lock(const char *data_dir, const char *file, int64_t newest, struct arena *arena,
                               struct error *err)
{
    if (!lock_file_is_free(arena_printf(arena, "%s/redis.lock", data_dir)))
        return error_set(err, ERR_CONFLICT, "%s: its Redis runs: start opsgate and stop it again", data_dir);
    return is_whole(file, err) && distrust(data_dir, newest, err) && put_in_place(data_dir, file, arena, err);
}

/* One that runs knows its store by heart, and would write over what is said here. */
static bool lock_data_dir(const char *data_dir, struct arena *arena, int *ret_lock)
{
    struct error err;

    if (lock_file_take(arena_printf(arena, "%s/opsgate.lock", data_dir), ret_lock, &err))
        return true;
    if (err.code == ERR_CONFLICT)
        cli_complain("an opsgate runs on %s: stop it first. Nothing was changed.", data_dir);
    else
        cli_complain("%s. Nothing was changed.", err.message);
    return false;
}

static int restore(const struct configuration *configuration, const char *file, int64_t newest, struct arena *arena)
{
    const char *data_dir = configuration->settings.data_dir;
    struct error err;
    bool is_good;
    int lock;

    if (!lock_data_dir(data_dir, arena, &lock))
        return CLI_NO;
    is_good = restore_under_lock(data_dir, file, newest, arena, &err);
    close(lock);
    if (!is_good) {
        cli_complain("%s. The store's files are as they were.", err.message);
        return CLI_NO;
    }
    printf("The copy stands in the store's place.\n");
    say_what_next();
    return CLI_OK;
}

static int restored(const struct configuration *configuration, int64_t newest, struct arena *arena)
{
    struct error err;
    bool is_good;
    int lock;

    if (!lock_data_dir(configuration->settings.data_dir, arena, &lock))
        return CLI_NO;
    is_good = distrust(configuration->settings.data_dir, newest, &err);
    close(lock);
    if (!is_good)
        return cli_fail(&err);
    printf("This data_dir trusts no store now.\n");
    say_what_next();
    return CLI_OK;
}

/* ---- the words ---- */

/* "D1042", or nothing */
static bool read_newest(const char *word, int64_t *ret_number, struct error *err)
{
    struct str rest = str_of(word ? word : "");

    *ret_number = 0;
    if (!word)
        return true;
    if (!str_take_prefix(&rest, "D") || !parse_int(rest, 1, INT64_C(1) << 52, ret_number, err))
        return error_set(err, ERR_INVALID, "%s: the newest operation that anybody has seen, like D1042", word);
    return true;
}

int cli_store_copy(const struct cli *cli, const struct configuration *configuration)
{
    AUTO(arena) struct arena *arena = arena_create();
    bool is_embedded = strcmp(configuration->settings.store.url, "embedded") == 0;
    bool is_restored = strcmp(cli->words[0], "restored") == 0, is_backup = strcmp(cli->words[0], "backup") == 0;
    int takes = is_restored || is_backup ? 2 : 3;
    const char *id = is_backup ? NULL : cli->words_count == takes ? cli->words[takes - 1] : NULL;
    struct error err;
    int64_t newest;

    if (cli->words_count > takes || (!is_restored && cli->words_count < 2))
        return cli_usage(cli);
    if (!read_newest(id, &newest, &err))
        return cli_fail(&err);
    if (is_restored)
        return restored(configuration, newest, arena);
    if (!is_embedded) {
        cli_complain(
            "store.url names a Redis of yours: it is backed up and restored as any Redis (redis-cli --rdb), and "
            "then `opsgate store restored` says so.");
        return CLI_NO;
    }
    return is_backup ? back_up(configuration, cli->words[1], arena)
                     : restore(configuration, cli->words[1], newest, arena);
}
