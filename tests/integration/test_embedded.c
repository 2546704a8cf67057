/* The private redis-server: one on a data_dir, found again after a kill, never two on one file. */

#include "bot/shell/embedded.h"
#include "bot/shell/lock_file.h"
#include "bot/shell/redis.h"
#include "tests/integration/live_redis.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define PATIENCE_MS 60000

static struct world {
    char dir[300], root[64];
    struct loop *loop;
    struct embedded *embedded;
    int answers, deaths;
    bool was_adopted, is_ready;
    char story[1400];
    struct error err;
} world;

/* --- running
 * ---------------------------------------------------------------------------------------------------------- */

static void on_patience_over(void *arg)
{
    (void)arg;
    fail_msg("waited in vain");
}

static void run_until(const int *counter, int wanted)
{
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, NULL);

    while (*counter < wanted)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static void on_ready(void *arg, bool was_adopted, const struct error *err)
{
    (void)arg;
    world.answers++;
    world.is_ready = err == NULL;
    world.was_adopted = was_adopted;
    if (err)
        world.err = *err;
}

static void on_died(void *arg, const char *story)
{
    (void)arg;
    world.deaths++;
    snprintf(world.story, sizeof(world.story), "%s", story);
}

static void on_stopped(void *arg)
{
    (void)arg;
    world.answers++;
}

static struct embedded_options usual_options(void)
{
    return (struct embedded_options){ .loop = world.loop,
                                      .data_dir = world.dir,
                                      .adopt_ms = PATIENCE_MS / 2,
                                      .is_ephemeral_accepted = true, /* /tmp may well be one */
                                      .on_ready = on_ready,
                                      .on_died = on_died };
}

static void start_with(const struct embedded_options *options)
{
    world.answers = 0;
    world.embedded = embedded_start(options, &world.err);
    if (!world.embedded)
        fail_msg("%s", world.err.message);
    run_until(&world.answers, 1);
}

static void start(void)
{
    struct embedded_options options = usual_options();

    start_with(&options);
    if (!world.is_ready)
        fail_msg("%s", world.err.message);
}

static void stop(void)
{
    world.answers = 0;
    embedded_stop(world.embedded, on_stopped, NULL);
    run_until(&world.answers, 1);
    embedded_destroy(TAKE(world.embedded));
}

static int enter(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    snprintf(world.root, sizeof(world.root), "/tmp/opsgate-test-XXXXXX");
    live_must(mkdtemp(world.root));
    snprintf(world.dir, sizeof(world.dir), "%s", world.root);
    world.loop = loop_create(&err);
    return 0;
}

static char *lock_path(void)
{
    static char path[400];

    snprintf(path, sizeof(path), "%s/redis.lock", world.dir);
    return path;
}

static void kill_holders(int number)
{
    pid_t pids[8];
    size_t count = lock_file_holders(lock_path(), pids, ARRAY_LEN(pids));

    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

static int leave(void **state)
{
    (void)state;
    embedded_destroy(world.embedded);
    kill_holders(SIGKILL);
    loop_destroy(world.loop);
    live_remove(world.root);
    return 0;
}

/* A plain connection, and what it says. */
static struct live_redis connect_to_it(void)
{
    struct live_redis redis = { .pid = 0 };
    struct redis_address address;

    assert_true(redis_address_parse(embedded_url(world.embedded), &address, &world.err));
    snprintf(redis.socket, sizeof(redis.socket), "%s", address.path);
    live_connect(&redis);
    return redis;
}

static void check_text(const char *expected, const char *question, const char *argument)
{
    struct live_redis redis = connect_to_it();
    char text[256];

    snprintf(text, sizeof(text), "%s", live_text(&redis, question, argument));
    redisFree(redis.db);
    assert_string_equal(text, expected);
}

/* --- tests
 * ------------------------------------------------------------------------------------------------------------- */

static void what_is_written_is_there_after_a_stop(void **state)
{
    (void)state;
    start();
    assert_false(world.was_adopted);
    assert_true(embedded_pid(world.embedded) > 0);
    check_text("OK", "SET %s 1", "key");
    stop();
    assert_true(lock_file_is_free(lock_path()));
    start();
    check_text("1", "GET %s", "key");
    stop();
    assert_int_equal(world.deaths, 0);
}

static void it_is_durable_private_and_never_evicts(void **state)
{
    static const struct {
        const char *setting, *value;
    } rows[] = {
        { "appendonly", "yes" },
        { "appendfsync", "always" },
        { "maxmemory-policy", "noeviction" },
        { "maxmemory", "268435456" },
        { "save", "" },
        { "port", "0" },
        { "unixsocketperm", "700" },
        { "no-appendfsync-on-rewrite", "no" },
        { "rdbcompression", "no" },
        { "auto-aof-rewrite-percentage", "120" },
    };
    struct live_redis redis;
    char path[400];
    struct stat about;

    (void)state;
    start();
    redis = connect_to_it();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_REPLY redisReply *reply = live_ask(&redis, "CONFIG GET %s", rows[i].setting);

        assert_int_equal(reply->elements, 2);
        assert_string_equal(reply->element[1]->str, rows[i].value);
    }
    redisFree(redis.db);
    snprintf(path, sizeof(path), "%s/redis", world.dir);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0700);
    stop();
}

static void its_death_is_told_with_its_last_words(void **state)
{
    (void)state;
    start();
    kill(embedded_pid(world.embedded), SIGKILL);
    run_until(&world.deaths, 1);
    assert_non_null(strstr(world.story, "was killed by signal 9"));
    assert_non_null(strstr(world.story, "ready to accept connections"));
    embedded_destroy(TAKE(world.embedded));
    start();
    stop();
}

static void a_start_that_fails_says_why(void **state)
{
    struct embedded_options options = usual_options();

    (void)state;
    options.maxmemory_bytes = -1;
    start_with(&options);
    assert_false(world.is_ready);
    assert_non_null(strstr(world.err.message, "exited with status 1"));
    assert_non_null(strstr(world.err.message, "maxmemory"));
}

static void damage_appended_file(void)
{
    static const char rubbish[] = "rubbish that is no command\r\n";
    char path[400];
    int fd;

    snprintf(path, sizeof(path), "%s/redis/appendonlydir/appendonly.aof.1.incr.aof", world.dir);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    live_must(fd >= 0 && write(fd, rubbish, sizeof(rubbish) - 1) == (ssize_t)sizeof(rubbish) - 1);
    close(fd);
}

static void a_damaged_file_is_told_in_its_own_words(void **state)
{
    struct embedded_options options = usual_options();

    (void)state;
    start();
    for (int i = 0; i < 10; i++)
        check_text("OK", "SET %s some-value-of-some-length", "key");
    stop();
    damage_appended_file();
    start_with(&options);
    assert_false(world.is_ready);
    assert_non_null(strstr(world.err.message, "Bad file format reading the append only file"));
}

static void without_redis_server_there_is_none(void **state)
{
    struct embedded_options options = usual_options();

    (void)state;
    options.redis_server = "no-such-redis-server";
    assert_null(embedded_start(&options, &world.err));
    assert_non_null(strstr(world.err.message, "no-such-redis-server"));
}

static void two_on_one_directory_are_refused(void **state)
{
    struct embedded_options options = usual_options();

    (void)state;
    start();
    assert_null(embedded_start(&options, &world.err));
    assert_int_equal(world.err.code, ERR_CONFLICT);
    assert_non_null(strstr(world.err.message, "another opsgate"));
    check_text("PONG", "PING%s", "");
    stop();
}

/* Another process that starts one, writes, and is killed: what a kill -9 of opsgate leaves behind. */
static pid_t leave_an_orphan(void)
{
    pid_t *pid = mmap(NULL, sizeof(*pid), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t parent = fork(), orphan;

    live_must(parent >= 0 && pid != MAP_FAILED);
    if (parent == 0) {
        world.loop = loop_create(&world.err); /* the inherited one is its parent's */
        start();
        check_text("OK", "SET %s 1", "orphan");
        *pid = embedded_pid(world.embedded);
        kill(getpid(), SIGKILL);
    }
    waitpid(parent, NULL, 0);
    orphan = *pid;
    munmap(pid, sizeof(*pid));
    live_must(orphan > 0 && kill(orphan, 0) == 0);
    return orphan;
}

static void an_orphan_is_adopted(void **state)
{
    struct embedded_options options = usual_options();
    pid_t orphan = leave_an_orphan();

    (void)state;
    options.maxmemory_bytes = 100000000;
    start_with(&options);
    assert_true(world.is_ready);
    assert_true(world.was_adopted);
    assert_int_equal(embedded_pid(world.embedded), orphan);
    check_text("1", "GET %s", "orphan");
    kill(orphan, SIGKILL);
    run_until(&world.deaths, 1);
    assert_non_null(strstr(world.story, "adopted"));
    embedded_destroy(TAKE(world.embedded));
    start();
    assert_false(world.was_adopted);
    check_text("1", "GET %s", "orphan");
    stop();
}

static void an_adopted_one_is_stopped_like_a_child(void **state)
{
    pid_t orphan = leave_an_orphan();

    (void)state;
    start();
    assert_true(world.was_adopted);
    stop();
    assert_true(lock_file_is_free(lock_path()));
    assert_int_equal(world.deaths, 0);
    (void)orphan;
}

static void an_orphan_that_does_not_answer_is_stopped(void **state)
{
    struct embedded_options options = usual_options();
    pid_t orphan = leave_an_orphan();

    (void)state;
    kill(orphan, SIGSTOP); /* not even SIGTERM ends it now */
    options.adopt_ms = 500;
    start_with(&options);
    assert_true(world.is_ready);
    assert_false(world.was_adopted);
    assert_int_not_equal(embedded_pid(world.embedded), orphan);
    check_text("1", "GET %s", "orphan");
    stop();
}

static void wait_for_its_socket(void)
{
    struct live_redis redis = { .pid = 0 };

    snprintf(redis.socket, sizeof(redis.socket), "%s/redis/redis.sock", world.dir);
    live_connect(&redis);
    redisFree(redis.db);
}

static void an_orphan_that_loads_for_long_is_waited_for(void **state)
{
    struct embedded_options options = usual_options();
    pid_t orphan;
    struct live_redis redis;

    (void)state;
    start();
    redis = connect_to_it();
    live_do(&redis, "EVAL %s 0", "for i = 1, 2000 do redis.call('SET', 'k' .. i, string.rep('x', 1000)) end");
    live_do(&redis, "BGREWRITEAOF");
    live_wait_for(&redis, "persistence", "aof_rewrite_in_progress:0");
    redisFree(redis.db);
    stop();
    orphan = fork();
    live_must(orphan >= 0);
    if (orphan == 0) { /* a slow one, holding the lock as a child of ours would */
        char directory[400];
        struct error err;
        int lock;

        snprintf(directory, sizeof(directory), "%s/redis", world.dir);
        live_must(chdir(directory) == 0 && lock_file_take(lock_path(), &lock, &err));
        dup2(lock, 3);
        dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", "redis.sock", "--appendonly", "yes",
               "--save", "", "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024", NULL);
        _exit(127);
    }
    wait_for_its_socket();   /* it has the lock by then, and says that it is loading */
    options.adopt_ms = 2000; /* it loads for longer */
    start_with(&options);
    assert_true(world.is_ready && world.was_adopted);
    assert_int_equal(embedded_pid(world.embedded), orphan);
    stop();
    waitpid(orphan, NULL, 0);
}

static void a_destroyed_one_lives_on_and_is_found(void **state)
{
    (void)state;
    start();
    embedded_destroy(TAKE(world.embedded));
    start();
    assert_true(world.was_adopted);
    stop();
}

static void a_long_directory_is_no_obstacle(void **state)
{
    char url[EMBEDDED_URL_MAX];

    (void)state;
    snprintf(world.dir, sizeof(world.dir), "%s/%0120d", world.root, 7);
    live_must(mkdir(world.dir, 0700) == 0);
    start();
    assert_non_null(strstr(embedded_url(world.embedded), "/proc/self/fd/"));
    check_text("PONG", "PING%s", "");
    assert_true(embedded_url_of(world.dir, url, sizeof(url), &world.err));
    assert_non_null(strstr(url, "unix:///proc/self/fd/"));
    stop();
}

static void a_directory_that_forgets_is_refused(void **state)
{
    struct embedded_options options = usual_options();

    (void)state;
    options.data_dir = "/dev/shm";
    options.is_ephemeral_accepted = false;
    assert_null(embedded_start(&options, &world.err));
    assert_int_equal(world.err.code, ERR_INVALID);
    assert_non_null(strstr(world.err.message, "tmpfs"));
    options.data_dir = "/nowhere/at/all";
    assert_null(embedded_start(&options, &world.err));
}

static void on_stopped_early(void *arg)
{
    (void)arg;
    world.answers++;
    embedded_destroy(TAKE(world.embedded));
}

static void a_stop_while_it_starts_ends_it(void **state)
{
    struct embedded_options options = usual_options();

    (void)state;
    world.embedded = embedded_start(&options, &world.err);
    assert_non_null(world.embedded);
    embedded_stop(world.embedded, on_stopped_early, NULL);
    run_until(&world.answers, 1);
    assert_false(world.is_ready);
    assert_true(lock_file_is_free(lock_path()));
}

static void the_child_inherits_nothing_but_its_lock(void **state)
{
    int leaked = open("/dev/zero", O_RDONLY); /* without close-on-exec, as libraries do */
    struct live_redis redis;
    char link[64], target[400];

    (void)state;
    start();
    redis = connect_to_it();
    for (int fd = 0; fd < 64; fd++) {
        ssize_t len;

        snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)embedded_pid(world.embedded), fd);
        len = readlink(link, target, sizeof(target) - 1);
        target[len > 0 ? len : 0] = '\0';
        assert_null(strstr(target, "/dev/zero"));
    }
    redisFree(redis.db);
    close(leaked);
    stop();
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_is_written_is_there_after_a_stop),
        IN_A_WORLD(it_is_durable_private_and_never_evicts),
        IN_A_WORLD(its_death_is_told_with_its_last_words),
        IN_A_WORLD(a_start_that_fails_says_why),
        IN_A_WORLD(a_damaged_file_is_told_in_its_own_words),
        IN_A_WORLD(without_redis_server_there_is_none),
        IN_A_WORLD(two_on_one_directory_are_refused),
        IN_A_WORLD(an_orphan_is_adopted),
        IN_A_WORLD(an_adopted_one_is_stopped_like_a_child),
        IN_A_WORLD(an_orphan_that_does_not_answer_is_stopped),
        IN_A_WORLD(an_orphan_that_loads_for_long_is_waited_for),
        IN_A_WORLD(a_destroyed_one_lives_on_and_is_found),
        IN_A_WORLD(a_long_directory_is_no_obstacle),
        IN_A_WORLD(a_directory_that_forgets_is_refused),
        IN_A_WORLD(a_stop_while_it_starts_ends_it),
        IN_A_WORLD(the_child_inherits_nothing_but_its_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
