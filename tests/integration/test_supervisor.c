/* The whole program under a supervisor of the test's own: what it is told over $NOTIFY_SOCKET, and when the watchdog
 * hungers.
 */
#include "bot/base/buf.h"
#include "bot/base/str.h"
#include "tests/integration/live_redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#define OPSGATE BINARY_DIR "/opsgate"
#define WATCHDOG_US "2000000"

static struct world {
    struct live_redis redis;
    char dir[64], told_at[96];
    int fd;
    struct buf told; /* every datagram, each with a line's end behind it */
    pid_t pid;
} world;

static char *path_in_dir(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", world.dir, name);
    return path;
}

static void write_configuration(void)
{
    FILE *file = fopen(path_in_dir("opsgate.yaml"), "w");

    assert_non_null(file);
    fprintf(file,
            "listen: \"127.0.0.1:0\"\nlocal_socket: %s/sock\ndata_dir: %s\nstore: { url: \"%s\" }\n"
            "slack: { bot_token: xoxb-1, signing_secrets: one-secret, team: T0 }\n",
            world.dir, world.dir, world.redis.url);
    fclose(file);
}

static int enter(void **state)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    (void)state;
    memset(&world, 0, sizeof(world));
    live_start(&world.redis);
    snprintf(world.dir, sizeof(world.dir), "/tmp/opsgate-test-XXXXXX");
    live_must(mkdtemp(world.dir));
    snprintf(world.told_at, sizeof(world.told_at), "%s/notify", world.dir);
    memcpy(at.sun_path, world.told_at, strlen(world.told_at));
    world.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    live_must(bind(world.fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    world.told = (struct buf)BUF(1 << 20);
    write_configuration();
    return 0;
}

static void serve(bool is_watched)
{
    world.pid = fork();
    live_must(world.pid >= 0);
    if (world.pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open(path_in_dir("log"), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
    setenv("NOTIFY_SOCKET", world.told_at, 1);
    if (is_watched)
        setenv("WATCHDOG_USEC", WATCHDOG_US, 1);
    unsetenv("PORT");
    execl(OPSGATE, OPSGATE, "-c", path_in_dir("opsgate.yaml"), "serve", NULL);
    _exit(127);
}

static void listen_on(void)
{
    char datagram[1024];
    ssize_t len;

    while ((len = recv(world.fd, datagram, sizeof(datagram), 0)) > 0)
        buf_addf(&world.told, "%.*s\n", (int)len, datagram);
}

static size_t times_told(const char *words)
{
    size_t count = 0;

    listen_on();
    for (const char *at = buf_text(&world.told); (at = strstr(at, words)); at++)
        count++;
    return count;
}

static void wait_until_told(const char *words, size_t times)
{
    for (int i = 0; i < 6000 && times_told(words) < times; i++)
        live_pause_ms(10);
    if (times_told(words) < times)
        fail_msg("not told %zu times: %s, but:\n%s", times, words, buf_text(&world.told));
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
    close(world.fd);
    buf_finish(&world.told);
    live_stop(&world.redis);
    live_remove(world.dir);
    return 0;
}

static void born(void)
{
    live_do(&world.redis, "HSET og:{default}:meta birth 0123456789abcdef0123456789abcdef");
}

static void it_says_when_it_is_ready_reloads_and_stops(void **state)
{
    (void)state;
    born();
    serve(false);
    wait_until_told("READY=1", 1);
    wait_until_told("STATUS=deciding", 1);
    kill(world.pid, SIGHUP);
    wait_until_told("READY=1", 2);
    assert_int_equal(times_told("RELOADING=1\nMONOTONIC_USEC="), 1);
    assert_int_equal(times_told("WATCHDOG=1"), 0); /* nobody watches */
    assert_int_equal(stop(), 0);
    assert_int_equal(times_told("STOPPING=1\nEXTEND_TIMEOUT_USEC=28000000"), 1); /* the grace of 8 s, and 20 s */
}

static bool status_says(const char *line)
{
    char path[64], text[8192];
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)world.pid);
    file = fopen(path, "re");
    live_must(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    return strstr(text, line) != NULL;
}

static void it_has_shut_itself_in(void **state)
{
    (void)state;
    born();
    serve(false);
    wait_until_told("READY=1", 1);
    assert_true(status_says("\nNoNewPrivs:\t1\n"));
    assert_true(status_says("\nSeccomp:\t2\n"));
}

static void a_bad_file_ends_a_reload_too(void **state)
{
    FILE *file;

    (void)state;
    born();
    serve(false);
    wait_until_told("READY=1", 1);
    file = fopen(path_in_dir("opsgate.yaml"), "a");
    fputs("nonsense: 1\n", file);
    fclose(file);
    kill(world.pid, SIGHUP);
    wait_until_told("RELOADING=1", 1);
    wait_until_told("READY=1", 2);
}

static void the_watchdog_is_fed_by_a_store_that_answers(void **state)
{
    (void)state;
    born();
    serve(true);
    wait_until_told("WATCHDOG=1", 6); /* longer than it lives unfed */
    assert_int_equal(times_told("STATUS=deciding"), 1);
}

static void a_store_that_is_away_lets_it_start_and_live(void **state)
{
    size_t fed;

    (void)state;
    born();
    live_stop(&world.redis);
    serve(true);
    wait_until_told("READY=1", 1);
    wait_until_told("STATUS=nothing is accepted, the store is down", 1);
    fed = times_told("WATCHDOG=1");
    wait_until_told("WATCHDOG=1", fed + 6);
}

static void a_store_that_is_not_ours_is_as_ready_as_it_gets(void **state)
{
    (void)state;
    serve(true); /* an empty one, which wants `opsgate store create` */
    wait_until_told("READY=1", 1);
    wait_until_told("STATUS=refused: the store is empty", 1);
    wait_until_told("WATCHDOG=1", 6);
}

static void a_store_that_freezes_does_not_end_it(void **state)
{
    size_t fed;

    (void)state;
    born();
    serve(true);
    wait_until_told("STATUS=deciding", 1);
    kill(world.redis.pid, SIGSTOP);
    wait_until_told("STATUS=nothing is accepted, the store is down", 1);
    fed = times_told("WATCHDOG=1");
    wait_until_told("WATCHDOG=1", fed + 6);
    kill(world.redis.pid, SIGCONT);
    wait_until_told("STATUS=deciding", 2);
}

/* What systemd does then counts as a crash of its own: what it was deciding is tried three times at most. */
static void what_the_watchdog_ends_has_crashed(void **state)
{
    int status;

    (void)state;
    born();
    serve(true);
    wait_until_told("STATUS=deciding", 1);
    kill(world.pid, SIGABRT);
    waitpid(world.pid, &status, 0);
    world.pid = 0;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_int_equal(access(path_in_dir("crashed"), F_OK), 0);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(it_says_when_it_is_ready_reloads_and_stops),
        IN_A_WORLD(it_has_shut_itself_in),
        IN_A_WORLD(a_bad_file_ends_a_reload_too),
        IN_A_WORLD(the_watchdog_is_fed_by_a_store_that_answers),
        IN_A_WORLD(a_store_that_is_away_lets_it_start_and_live),
        IN_A_WORLD(a_store_that_is_not_ours_is_as_ready_as_it_gets),
        IN_A_WORLD(a_store_that_freezes_does_not_end_it),
        IN_A_WORLD(what_the_watchdog_ends_has_crashed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
