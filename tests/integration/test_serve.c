/* The whole program on a Redis of the test's own: what it says of a store that is not its own, and of its own troubles.
 */
#include "bot/base/file.h"
#include "tests/integration/live_redis.h"
#include "tests/integration/raw.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define OPSGATE BINARY_DIR "/opsgate"
#define BIRTH_OF_STORE "0123456789abcdef0123456789abcdef"
#define BIRTH_OF_DATA "fedcba9876543210fedcba9876543210"

static struct world {
    struct live_redis redis;
    struct loop *loop; /* for raw.h; nothing runs on it */
    char dir[64], socket[96], log[96];
    pid_t pid;
} world;

static char *path_in_dir(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", world.dir, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_in_dir(name), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static char *read_whole(const char *path)
{
    char *text = NULL;
    struct error err;

    return file_read(path, 1 << 22, &text, &err) ? text : xstrdup("");
}

static void write_configuration(const char *more)
{
    AUTO_BUF struct buf text = BUF(8192);

    buf_addf(&text,
             "listen: \"127.0.0.1:0\"\nlocal_socket: %s\ndata_dir: %s\nstore: { url: \"%s\" }\n"
             "slack: { bot_token: xoxb-1, signing_secrets: one-secret, team: T0 }\n%s",
             world.socket, world.dir, world.redis.url, more);
    write_file("opsgate.yaml", buf_text(&text));
}

static int enter(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    live_start(&world.redis);
    world.loop = loop_create(&err);
    snprintf(world.dir, sizeof(world.dir), "/tmp/opsgate-test-XXXXXX");
    live_must(mkdtemp(world.dir));
    snprintf(world.socket, sizeof(world.socket), "%s/sock", world.dir);
    snprintf(world.log, sizeof(world.log), "%s/log", world.dir);
    write_configuration("");
    return 0;
}

static void serve_with_files(rlim_t files, rlim_t most)
{
    world.pid = fork();
    live_must(world.pid >= 0);
    if (world.pid == 0) {
        int log = open(world.log, O_WRONLY | O_CREAT | O_APPEND, 0600);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(log, STDERR_FILENO);
        if (files)
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){ files, most });
        unsetenv("PORT");
        execl(OPSGATE, OPSGATE, "-c", path_in_dir("opsgate.yaml"), "serve", NULL);
        _exit(127);
    }
}

static void wait_for_log(const char *text)
{
    bool is_there = false;

    for (int i = 0; i < 6000 && !is_there; i++) {
        AUTO_FREE char *log = read_whole(world.log);

        is_there = strstr(log, text) != NULL;
        if (!is_there)
            live_pause_ms(10);
    }
    if (!is_there)
        fail_msg("not in the log: %s", text);
}

static int stop(void)
{
    int status = 0;

    if (world.pid <= 0)
        return 0;
    kill(world.pid, SIGTERM);
    waitpid(world.pid, &status, 0);
    world.pid = 0;
    return status;
}

static int leave(void **state)
{
    (void)state;
    stop();
    loop_destroy(world.loop);
    live_stop(&world.redis);
    live_remove(world.dir);
    return 0;
}

/* What the local socket answers; the caller frees it. */
static char *ask(const char *request)
{
    struct raw raw = raw_connect_unix(world.socket);
    char *answer;

    assert_true(raw_puts(&raw, world.loop, request));
    raw_expect_end(&raw, world.loop);
    answer = xstrdup(buf_text(&raw.got));
    raw_close(&raw);
    return answer;
}

#define RUN_STATUS                                                                                                     \
    "POST /v1/run HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"                      \
    "Content-Length: 20\r\n\r\n{\"words\":[\"status\"]}"

static void a_foreign_store_is_told_and_its_advice_works(void **state)
{
    AUTO_FREE char *answer = NULL, *again = NULL;

    (void)state;
    live_do(&world.redis, "HSET og:{default}:meta birth %s", BIRTH_OF_STORE);
    write_file("store.json", "{\"birth\":\"" BIRTH_OF_DATA "\",\"seq\":5}\n");
    serve_with_files(0, 0);
    wait_for_log("store.refused");
    answer = ask(RUN_STATUS);
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "does not know its store (another store: birth " BIRTH_OF_STORE));
    assert_int_equal(unlink(path_in_dir("store.json")), 0); /* too early: but it must not come back */
    assert_int_equal(stop(), 0);
    assert_int_equal(access(path_in_dir("store.json"), F_OK), -1);
    serve_with_files(0, 0);
    wait_for_log("owner.taken");
    again = ask(RUN_STATUS);
    assert_non_null(strstr(again, "HTTP/1.1 200 "));
}

static void a_store_that_is_down_is_told_with_its_reason(void **state)
{
    AUTO_FREE char *answer = NULL;

    (void)state;
    live_do(&world.redis, "HSET og:{default}:meta birth %s", BIRTH_OF_STORE);
    serve_with_files(0, 0);
    wait_for_log("owner.taken");
    live_kill(&world.redis);
    wait_for_log("store.down");
    answer = ask(RUN_STATUS);
    assert_non_null(strstr(answer, "NOT accepted: the store is down ("));
    assert_non_null(strstr(answer, "--without-store")); /* the way back, which the host has all the same */
}

static int run_store_create(void)
{
    char command[400];

    snprintf(command, sizeof(command), "%s -c %s store create >>%s 2>&1", OPSGATE, path_in_dir("opsgate.yaml"),
             world.log);
    return WEXITSTATUS(system(command));
}

static void a_store_without_a_file_is_refused(void **state)
{
    int status;

    (void)state;
    live_do(&world.redis, "CONFIG SET appendonly no");
    assert_int_equal(run_store_create(), 2);
    wait_for_log("Nothing was changed");
    assert_string_equal(live_text(&world.redis, "HGET og:{default}:meta birth"), "");
    serve_with_files(0, 0);
    waitpid(world.pid, &status, 0);
    world.pid = 0;
    assert_int_equal(WEXITSTATUS(status), 2);
    wait_for_log("\"event\":\"store.refused\"");
    wait_for_log("set `appendonly yes` and `appendfsync always` in its redis.conf");
}

static void a_store_without_a_file_can_be_accepted(void **state)
{
    AUTO_BUF struct buf text = BUF(8192);

    (void)state;
    live_do(&world.redis, "CONFIG SET appendonly no");
    buf_addf(&text,
             "listen: \"127.0.0.1:0\"\nlocal_socket: %s\ndata_dir: %s\nstore: { url: \"%s\", ephemeral: accepted }\n"
             "slack: { bot_token: xoxb-1, signing_secrets: one-secret, team: T0 }\n",
             world.socket, world.dir, world.redis.url);
    write_file("opsgate.yaml", buf_text(&text));
    assert_int_equal(run_store_create(), 0);
    wait_for_log("is LOST when Redis restarts");
    serve_with_files(0, 0);
    wait_for_log("store.weak");
    wait_for_log("owner.taken");
}

static void a_store_that_fsyncs_now_and_then_is_warned_of(void **state)
{
    AUTO_FREE char *answer = NULL;

    (void)state;
    live_do(&world.redis, "CONFIG SET appendfsync everysec");
    assert_int_equal(run_store_create(), 0);
    wait_for_log("survives kill -9; power loss may take the last second");
    serve_with_files(0, 0);
    wait_for_log("\"level\":\"warn\",\"event\":\"store.weak\"");
    wait_for_log("owner.taken");
    answer = ask("GET /health/detailed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(answer, "\"warning\":\"power loss may take what was accepted in the last second"));
}

static void a_group_may_be_let_in(void **state)
{
    const struct group *group = getgrgid(getegid());
    char more[200];
    struct stat about;

    (void)state;
    live_must(group);
    snprintf(more, sizeof(more), "local_socket_group: \"%s\"\n", group->gr_name);
    write_configuration(more);
    serve_with_files(0, 0);
    wait_for_log("server.started");
    assert_int_equal(stat(world.socket, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0660);
    assert_int_equal(about.st_gid, getegid());
    assert_int_equal(stop(), 0);
    write_configuration("");
    serve_with_files(0, 0);
    wait_for_log("server.stopped"); /* the first one's */
    for (int i = 0; i < 6000 && stat(world.socket, &about) != 0; i++)
        live_pause_ms(10);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void an_unknown_group_stops_the_start(void **state)
{
    int status;

    (void)state;
    write_configuration("local_socket_group: no-such-group\n");
    serve_with_files(0, 0);
    waitpid(world.pid, &status, 0);
    world.pid = 0;
    assert_int_equal(WEXITSTATUS(status), 2);
    wait_for_log("local_socket_group: no such group 'no-such-group'");
}

/* --- too few descriptors --------------------------------------------------------------------------------------------
 */

static size_t count_in_log(const char *text)
{
    AUTO_FREE char *log = read_whole(world.log);
    size_t count = 0;

    for (const char *at = log; (at = strstr(at, text)); at++)
        count++;
    return count;
}

static long metric(struct raw *raw, const char *name)
{
    AUTO_BUF struct buf line = BUF(200);
    const char *at;

    buf_clear(&raw->got);
    assert_true(raw_puts(raw, world.loop, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
    buf_addf(&line, "\n%s ", name);
    assert_true(raw_expect(raw, world.loop, "opsgate_http_accept_failures_total ") &&
                raw_expect(raw, world.loop, buf_text(&line)));
    at = strstr(buf_text(&raw->got), buf_text(&line));
    return strtol(at + line.len, NULL, 10);
}

static void too_few_descriptors_are_told_once_in_a_while(void **state)
{
    struct raw early;
    int clients[120];

    (void)state;
    live_do(&world.redis, "HSET og:{default}:meta birth %s", BIRTH_OF_STORE);
    serve_with_files(64, 64);
    wait_for_log("owner.taken");
    early = raw_connect_unix(world.socket);
    assert_int_equal(metric(&early, "opsgate_http_accept_failures_total"), 0);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        struct raw raw = raw_connect_unix(world.socket);

        clients[i] = raw.fd;
    }
    wait_for_log("http.accept_failed");
    while (metric(&early, "opsgate_http_accept_failures_total") < 3)
        live_pause_ms(10);
    assert_int_equal(count_in_log("http.accept_failed"), 1);
    assert_int_equal(metric(&early, "opsgate_http_unanswered_total"), 0);
    assert_int_equal(metric(&early, "opsgate_unreadable"), 0);
    assert_int_equal(metric(&early, "opsgate_dead_letters_total"), 0);
    raw_close(&early);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        close(clients[i]);
}

static void as_many_descriptors_are_taken_as_there_may_be(void **state)
{
    struct raw early;
    int clients[120];

    (void)state;
    live_do(&world.redis, "HSET og:{default}:meta birth %s", BIRTH_OF_STORE);
    serve_with_files(64, 400); /* limits.connections_max wants more, and is told so */
    wait_for_log("server.open_files");
    wait_for_log("owner.taken");
    early = raw_connect_unix(world.socket);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        struct raw raw = raw_connect_unix(world.socket);

        clients[i] = raw.fd;
    }
    while (metric(&early, "opsgate_http_connections") <= (long)ARRAY_LEN(clients))
        live_pause_ms(10);
    assert_int_equal(metric(&early, "opsgate_http_accept_failures_total"), 0);
    buf_clear(&early.got);
    assert_true(raw_puts(&early, world.loop, "GET /health/detailed HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(raw_expect(&early, world.loop, "\"open_files\":{\"limit\":400,\"wanted\":1152}"));
    raw_close(&early);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        close(clients[i]);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_foreign_store_is_told_and_its_advice_works),
        IN_A_WORLD(a_store_that_is_down_is_told_with_its_reason),
        IN_A_WORLD(a_store_without_a_file_is_refused),
        IN_A_WORLD(a_store_without_a_file_can_be_accepted),
        IN_A_WORLD(a_store_that_fsyncs_now_and_then_is_warned_of),
        IN_A_WORLD(a_group_may_be_let_in),
        IN_A_WORLD(an_unknown_group_stops_the_start),
        IN_A_WORLD(too_few_descriptors_are_told_once_in_a_while),
        IN_A_WORLD(as_many_descriptors_are_taken_as_there_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
