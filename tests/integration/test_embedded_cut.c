/* A redis-server killed in the middle of what a script writes: nothing of half a script is ever executed, however often
 * it is started, and all that was written before is there. */

#include "bot/shell/embedded.h"
#include "bot/shell/lock_file.h"
#include "tests/integration/live_redis.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define PATIENCE_MS 60000
#define FILE_ROOM 100000
#define SCRIPT_BEFORE "redis.call('SET', 'before', '1') redis.call('SET', 'before2', '1')"
#define SCRIPT_HALF "redis.call('SET', 'a', '1') redis.call('SET', 'b', '1')"
#define SCRIPT_AFTER "redis.call('SET', 'after', '1') redis.call('SET', 'after2', '1')"
#define HALF_SCRIPT "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1"

static struct world {
    char root[64], redis_dir[100], socket[120];
    struct loop *loop;
    struct embedded *embedded;
    struct live_redis redis; /* a plain connection, while it runs */
    int answers, deaths;
    bool is_ready;
    struct error err;
} world;

/* ---- running ---- */

static void on_patience_over(void *arg)
{
    (void)arg;
    fail_msg("waited in vain");
}

static void run_until(const int *counter)
{
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, NULL);

    while (*counter < 1)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static void on_ready(void *arg, bool was_adopted, const struct error *err)
{
    (void)arg, (void)was_adopted;
    world.answers++;
    world.is_ready = err == NULL;
    if (err)
        world.err = *err;
}

static void on_died(void *arg, const char *story)
{
    (void)arg, (void)story;
    world.deaths++;
}

static struct embedded *begin(void)
{
    struct embedded_options options = { .loop = world.loop,
                                        .data_dir = world.root,
                                        .is_ephemeral_accepted = true, /* /tmp may well be one */
                                        .on_ready = on_ready,
                                        .on_died = on_died };

    world.answers = world.deaths = 0;
    world.embedded = embedded_start(&options, &world.err);
    return world.embedded;
}

static void start(void)
{
    if (!begin())
        fail_msg("%s", world.err.message);
    run_until(&world.answers);
    if (!world.is_ready)
        fail_msg("%s", world.err.message);
    snprintf(world.redis.socket, sizeof(world.redis.socket), "%s/redis.sock", world.redis_dir);
    live_connect(&world.redis);
}

static void kill_holders(void)
{
    char path[100];
    pid_t pids[8];
    size_t count;

    snprintf(path, sizeof(path), "%s/redis.lock", world.root);
    count = lock_file_holders(path, pids, ARRAY_LEN(pids));
    for (size_t i = 0; i < count; i++)
        kill(pids[i], SIGKILL);
    while (access(path, F_OK) == 0 && !lock_file_is_free(path))
        live_pause_ms(1);
}

/* kill -9 of it, and of a child of its own that rewrites its file. */
static void end(void)
{
    kill_holders();
    run_until(&world.deaths);
    redisFree(TAKE(world.redis.db));
    embedded_destroy(TAKE(world.embedded));
}

static int enter(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    snprintf(world.root, sizeof(world.root), "/tmp/opsgate-test-XXXXXX");
    live_must(mkdtemp(world.root));
    snprintf(world.redis_dir, sizeof(world.redis_dir), "%s/redis", world.root);
    world.loop = loop_create(&err);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    if (world.redis.db)
        redisFree(world.redis.db);
    embedded_destroy(world.embedded);
    kill_holders();
    loop_destroy(world.loop);
    live_remove(world.root);
    return 0;
}

/* ---- its file ---- */

static const char *file_path(int number, const char *ending)
{
    static char path[300];

    snprintf(path, sizeof(path), "%s/appendonlydir/appendonly.aof.%d.incr.aof%s", world.redis_dir, number, ending);
    return path;
}

static size_t file_get(const char *path, char *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, bytes, FILE_ROOM);

    live_must(len >= 0 && len < FILE_ROOM);
    if (fd >= 0)
        close(fd);
    return (size_t)len;
}

static void file_put(const char *path, const char *bytes, size_t len, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

    live_must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void check_keys(bool is_whole, bool is_after)
{
    assert_string_equal(live_text(&world.redis, "EXISTS before before2"), "2");
    assert_string_equal(live_text(&world.redis, "EXISTS a b"), is_whole ? "2" : "0");
    assert_string_equal(live_text(&world.redis, "EXISTS after after2"), is_after ? "2" : "0");
}

/* ---- tests ---- */

static void wherever_it_breaks_off_nothing_of_the_half_is_ever_done(void **state)
{
    static char bytes[FILE_ROOM], kept[FILE_ROOM];
    char cut[300];
    size_t before, len;

    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    before = file_get(file_path(1, ""), bytes);
    live_do(&world.redis, "EVAL %s 0", SCRIPT_HALF);
    end();
    len = file_get(file_path(1, ""), bytes);
    snprintf(cut, sizeof(cut), "%s", file_path(1, ".cut"));
    assert_true(len > before + strlen(HALF_SCRIPT));
    for (size_t at = before; at <= len; at++) {
        bool is_torn = at > before && at < len;

        file_put(file_path(1, ""), bytes, at, O_TRUNC);
        unlink(cut);
        start();
        assert_int_equal(embedded_cut(world.embedded)->bytes, is_torn ? at - before : 0);
        check_keys(at == len, false);
        live_do(&world.redis, "EVAL %s 0", SCRIPT_AFTER);
        end();
        assert_int_equal(file_get(cut, kept), is_torn ? at - before : 0);
        assert_memory_equal(kept, bytes + before, is_torn ? at - before : 0);
        start();
        assert_int_equal(embedded_cut(world.embedded)->bytes, 0);
        check_keys(at == len, true);
        end();
    }
}

#define LARGE_SETS 2000
#define LARGE_SCRIPT                                                                                                   \
    "for i = 1, 2000 do redis.call('SET', ARGV[1] .. ':' .. i, string.rep('x', 500)) end redis.call('INCR', 'done')"
#define KILLS 8

/* Large scripts one behind the other, and a kill while they are written. */
static void a_kill_in_the_middle_leaves_whole_scripts(void **state)
{
    (void)state;
    for (int round = 1; round <= KILLS; round++) {
        redisReply *reply = NULL;
        char name[24];
        int64_t acknowledged = round % 3 + 1;

        start();
        live_do(&world.redis, "FLUSHALL");
        for (int i = 1; i <= 10; i++) {
            snprintf(name, sizeof(name), "s%d", i);
            live_must(redisAppendCommand(world.redis.db, "EVAL %s 0 %s", LARGE_SCRIPT, name) == REDIS_OK);
        }
        for (int i = 0; i < acknowledged; i++) {
            live_must(redisGetReply(world.redis.db, (void **)&reply) == REDIS_OK);
            freeReplyObject(reply);
        }
        end();
        for (int again = 0; again < 2; again++) {
            int64_t done;

            start();
            done = strtoll(live_text(&world.redis, "GET done"), NULL, 10);
            assert_true(done >= acknowledged);
            assert_int_equal(strtoll(live_text(&world.redis, "DBSIZE"), NULL, 10), done * LARGE_SETS + 1);
            end();
        }
    }
}

static void of_several_files_the_last_is_mended(void **state)
{
    struct stat about;

    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    live_do(&world.redis, "CONFIG SET rdb-key-save-delay 10000000"); /* the rewrite lasts until it is killed */
    live_do(&world.redis, "BGREWRITEAOF");
    live_wait_for(&world.redis, "persistence", "aof_rewrite_in_progress:1");
    end();
    assert_int_equal(stat(file_path(1, ""), &about), 0);
    file_put(file_path(2, ""), HALF_SCRIPT, strlen(HALF_SCRIPT), O_APPEND);
    start();
    assert_int_equal(embedded_cut(world.embedded)->bytes, strlen(HALF_SCRIPT));
    assert_string_equal(embedded_cut(world.embedded)->path, file_path(2, ""));
    assert_string_equal(embedded_cut(world.embedded)->kept_in, file_path(2, ".cut"));
    check_keys(false, false);
    live_do(&world.redis, "EVAL %s 0", SCRIPT_AFTER);
    end();
    start();
    check_keys(false, true);
    end();
}

/* With a base that is an RDB, and a file that was begun with the rewrite. */
static void behind_a_rewrite_it_is_the_same(void **state)
{
    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    live_do(&world.redis, "BGREWRITEAOF");
    live_wait_for(&world.redis, "persistence", "aof_rewrites:1");
    live_wait_for(&world.redis, "persistence", "aof_rewrite_in_progress:0");
    end();
    file_put(file_path(2, ""), HALF_SCRIPT, strlen(HALF_SCRIPT), O_APPEND);
    for (int again = 0; again < 2; again++) {
        start();
        check_keys(false, again > 0);
        live_do(&world.redis, "EVAL %s 0", SCRIPT_AFTER);
        end();
    }
}

/* What a death in the middle of the mending leaves: the copy, whole or half, and the file as it was. */
static void a_mending_that_was_cut_short_is_done_again(void **state)
{
    static char bytes[FILE_ROOM];

    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    end();
    file_put(file_path(1, ""), HALF_SCRIPT, strlen(HALF_SCRIPT), O_APPEND);
    file_put(file_path(1, ".cut"), HALF_SCRIPT, strlen(HALF_SCRIPT), O_TRUNC);
    file_put(file_path(1, ".cut.new"), HALF_SCRIPT, 10, O_TRUNC);
    start();
    check_keys(false, false);
    assert_int_equal(file_get(file_path(1, ".cut"), bytes), strlen(HALF_SCRIPT));
    assert_int_equal(access(file_path(1, ".cut.new"), F_OK), -1);
    end();
}

static void what_cannot_be_kept_is_cut_all_the_same(void **state)
{
    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    end();
    file_put(file_path(1, ""), HALF_SCRIPT, strlen(HALF_SCRIPT), O_APPEND);
    live_must(mkdir(file_path(1, ".cut"), 0700) == 0);
    start();
    assert_int_equal(embedded_cut(world.embedded)->bytes, strlen(HALF_SCRIPT));
    assert_string_equal(embedded_cut(world.embedded)->kept_in, "");
    check_keys(false, false);
    end();
}

/* A file that may not shrink, in place of a disk that is read only. */
static void without_the_cut_there_is_no_start(void **state)
{
    static char bytes[FILE_ROOM];
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    char link[64];

    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    end();
    live_must(fd >= 0 && write(fd, HALF_SCRIPT, strlen(HALF_SCRIPT)) == (ssize_t)strlen(HALF_SCRIPT));
    live_must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)getpid(), fd);
    live_must(unlink(file_path(1, "")) == 0 && symlink(link, file_path(1, "")) == 0);
    assert_null(begin());
    assert_int_equal(world.err.code, ERR_INTERNAL);
    assert_non_null(strstr(world.err.message, "cannot be cut off: Operation not permitted"));
    assert_int_equal(file_get(file_path(1, ""), bytes), strlen(HALF_SCRIPT));
    close(fd);
}

static void while_somebody_else_writes_nothing_is_cut(void **state)
{
    static char bytes[FILE_ROOM];
    size_t len;
    int told[2];
    pid_t other;

    (void)state;
    start();
    live_do(&world.redis, "EVAL %s 0", SCRIPT_BEFORE);
    end();
    file_put(file_path(1, ""), HALF_SCRIPT, strlen(HALF_SCRIPT), O_APPEND);
    len = file_get(file_path(1, ""), bytes);
    live_must(pipe(told) == 0);
    other = fork();
    if (other == 0) { /* it holds no lock of ours: started by hand, say */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        live_must(open(file_path(1, ""), O_WRONLY | O_APPEND) >= 0 && write(told[1], "", 1) == 1);
        pause();
        _exit(0);
    }
    live_must(read(told[0], bytes, 1) == 1);
    assert_null(begin());
    assert_int_equal(world.err.code, ERR_CONFLICT);
    assert_non_null(strstr(world.err.message, "has the append-only file open"));
    assert_int_equal(file_get(file_path(1, ""), bytes), len);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    start();
    check_keys(false, false);
    end();
    close(told[0]);
    close(told[1]);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(wherever_it_breaks_off_nothing_of_the_half_is_ever_done),
        IN_A_WORLD(a_kill_in_the_middle_leaves_whole_scripts),
        IN_A_WORLD(of_several_files_the_last_is_mended),
        IN_A_WORLD(behind_a_rewrite_it_is_the_same),
        IN_A_WORLD(a_mending_that_was_cut_short_is_done_again),
        IN_A_WORLD(what_cannot_be_kept_is_cut_all_the_same),
        IN_A_WORLD(without_the_cut_there_is_no_start),
        IN_A_WORLD(while_somebody_else_writes_nothing_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
