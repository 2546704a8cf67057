/* sentinel_fixture.h - a master, two replicas and three sentinels of the test's own, and a store on them.
 *
 * As the one in store_redis_fixture.h, for tests that are one file each. Nothing here depends on how fast the machine
 * is: the sentinels take nobody for dead who only stands still for a while (DOWN_AFTER_MS), nor do they stop acting
 * when they themselves did (tilt).
 */
#ifndef OPSGATE_TESTS_SENTINEL_FIXTURE_H
#define OPSGATE_TESTS_SENTINEL_FIXTURE_H

#include "bot/shell/redis_master.h"
#include "tests/integration/store_redis_fixture.h"

#define NODES 3
#define SENTINELS 3
#define FAILOVER_MS 240000  /* of patience: sentinels, and whoever runs them, may be slow */
#define DOWN_AFTER_MS 20000 /* the least with which nothing is lost when the master dies: deploy/README.md */
#define ASKED_AGAIN_MS 30000
#define TELLING_MS 1000

struct sentinel {
    char dir[64];
    int port;
    pid_t pid; /* 0 when it is not running */
};
static struct sentinel sentinels[SENTINELS];
static struct live_redis nodes[NODES];
static int ports[NODES];
static char url[128];

/* ---- what they say ---- */

static redisReply *ask_port(int port, const char *words, int64_t timeout_ms)
{
    struct timeval timeout = { .tv_sec = timeout_ms / 1000 };
    redisContext *context = redisConnectWithTimeout("127.0.0.1", port, timeout);
    redisReply *reply = NULL;

    if (context && !context->err && redisSetTimeout(context, timeout) == REDIS_OK)
        reply = redisCommand(context, words);
    if (context)
        redisFree(context);
    return reply;
}

/* What the sentinel says of the master: "num-slaves"; "" when it says nothing. */
static const char *said_by(const struct sentinel *sentinel, const char *name)
{
    static char text[64];
    redisReply *reply = ask_port(sentinel->port, "SENTINEL MASTER main", PATIENCE_MS);

    text[0] = '\0';
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
        if (strcmp(reply->element[i]->str, name) == 0)
            snprintf(text, sizeof(text), "%s", reply->element[i + 1]->str);
    if (reply)
        freeReplyObject(reply);
    return text;
}

static void tell_node(int i)
{
    static const char *const told[] = {
        "role:", "master_port:", "master_link_status:", "slave_repl_offset:", "connected_slaves:", "master_repl_offset:"
    };
    redisReply *info = ask_port(ports[i], "INFO replication", TELLING_MS);
    struct str rest = str_of(info && info->str ? info->str : "no answer");

    fprintf(stderr, "node %d, port %d:", i, ports[i]);
    while (rest.len > 0) {
        struct str line = str_trim(str_take_until(&rest, '\n'));
        bool is_told = !info;

        for (size_t n = 0; n < ARRAY_LEN(told); n++)
            is_told = is_told || str_starts_with(line, told[n]);
        if (is_told)
            fprintf(stderr, " " STR_FMT, STR_ARG(line));
    }
    fputc('\n', stderr);
    if (info)
        freeReplyObject(info);
}

/* To stderr: what everybody takes for so, for whoever reads why a test failed. */
static void tell_nodes(void)
{
    for (int i = 0; i < NODES; i++)
        tell_node(i);
    for (int i = 0; i < SENTINELS; i++) {
        fprintf(stderr, "sentinel %d, port %d:\n", i, sentinels[i].port);
        live_tell_log(sentinels[i].dir, 8);
    }
}

/* ---- servers and sentinels ---- */

static void start_node(int i)
{
    static char texts[NODES][2][16];
    struct live_redis *node = &nodes[i];

    memset(node, 0, sizeof(*node));
    ports[i] = free_port();
    snprintf(texts[i][0], sizeof(texts[i][0]), "%d", ports[i]);
    snprintf(texts[i][1], sizeof(texts[i][1]), "%d", ports[0]);
    node->args[0] = "--port", node->args[1] = texts[i][0];
    node->args[2] = "--repl-diskless-sync-delay", node->args[3] = "0";
    if (i > 0)
        node->args[4] = "--replicaof", node->args[5] = "127.0.0.1", node->args[6] = texts[i][1];
    live_start(node);
    if (i > 0)
        live_wait_for(node, "replication", "master_link_status:up");
}

static void write_configuration(const struct sentinel *sentinel, const char *path)
{
    FILE *file = fopen(path, "w");

    live_must(file);
    fprintf(file,
            "port %d\nbind 127.0.0.1\ndir %s\nloglevel warning\nsentinel monitor main 127.0.0.1 %d 2\n"
            "sentinel down-after-milliseconds main %d\nsentinel failover-timeout main 10000\n",
            sentinel->port, sentinel->dir, ports[0], DOWN_AFTER_MS);
    fclose(file);
}

static void wait_until_said(const struct sentinel *sentinel, const char *name, const char *value)
{
    int64_t until_ms = loop_now_ms(world.loop) + FAILOVER_MS;
    const char *said = said_by(sentinel, name);

    while (strcmp(said, value) != 0 && loop_now_ms(world.loop) < until_ms) {
        live_pause_ms(20);
        said = said_by(sentinel, name);
    }
    if (strcmp(said, value) == 0)
        return;
    tell_nodes();
    fail_msg("sentinel %d: wanted %s %s, found '%s'", (int)(sentinel - sentinels), name, value, said);
}

static void must_do(redisContext *context, const char *words)
{
    redisReply *reply = redisCommand(context, words);

    if (!reply || reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", words, reply ? reply->str : "no answer");
    freeReplyObject(reply);
}

static void at_sentinel(const struct sentinel *sentinel, const char *words)
{
    redisContext *context = redisConnect("127.0.0.1", sentinel->port);

    must_do(context, words);
    redisFree(context);
}

static void at_every_sentinel(const char *words)
{
    for (int i = 0; i < SENTINELS; i++)
        at_sentinel(&sentinels[i], words);
}

static void start_sentinel(struct sentinel *sentinel)
{
    char path[96];

    snprintf(sentinel->dir, sizeof(sentinel->dir), "/tmp/opsgate-test-XXXXXX");
    live_must(mkdtemp(sentinel->dir));
    sentinel->port = free_port();
    snprintf(path, sizeof(path), "%s/sentinel.conf", sentinel->dir);
    write_configuration(sentinel, path);
    sentinel->pid = fork();
    live_must(sentinel->pid >= 0);
    if (sentinel->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        live_log_to(sentinel->dir);
        execlp("redis-server", "redis-server", path, "--sentinel", NULL);
        _exit(127);
    }
    wait_until_said(sentinel, "name", "main");
    at_sentinel(sentinel, "SENTINEL DEBUG tilt-trigger 3600000"); /* else one that had to wait does nothing for 30 s */
}

static void stop_sentinel(struct sentinel *sentinel)
{
    if (sentinel->pid <= 0)
        return;
    kill(sentinel->pid, SIGKILL);
    waitpid(sentinel->pid, NULL, 0);
    sentinel->pid = 0;
}

/* Until INFO says so. Each time over another connection: a node that becomes a replica cuts all that it has. */
static void wait_for_node(int i, const char *wanted)
{
    int64_t until_ms = loop_now_ms(world.loop) + FAILOVER_MS;
    bool is_so = false;

    while (!is_so) {
        redisReply *info = ask_port(ports[i], "INFO", PATIENCE_MS);

        is_so = info && info->str && strstr(info->str, wanted);
        if (info)
            freeReplyObject(info);
        if (!is_so && loop_now_ms(world.loop) >= until_ms) {
            tell_nodes();
            fail_msg("node %d: waited in vain for %s", i, wanted);
        }
        if (!is_so)
            live_pause_ms(20);
    }
}

/* ---- who is the master ---- */

/* Which of the nodes the first sentinel that answers calls the master; -1: none of them. */
static int master_now(void)
{
    struct redis_address address;
    struct error err;

    live_must(redis_address_parse(url, &address, &err));
    for (int i = 0; redis_master_find(&address, PATIENCE_MS, &err) && i < NODES; i++)
        if (ports[i] == address.port)
            return i;
    return -1;
}

/* All of them, and none has a failover under way: whoever asks any of them is told of that one. */
static bool all_call_another_master(int before)
{
    char port[16] = "";

    for (int i = 0; i < SENTINELS; i++) {
        const char *said = said_by(&sentinels[i], "port");

        if (i > 0 && strcmp(said, port) != 0)
            return false;
        snprintf(port, sizeof(port), "%s", said);
    }
    return port[0] && atoi(port) != ports[before];
}

/* By hand, whoever lives. It may have one under way already, or find no good replica yet. */
static void ask_for_failover(const struct sentinel *sentinel)
{
    int64_t until_ms = loop_now_ms(world.loop) + FAILOVER_MS;
    bool has_begun = false;

    while (!has_begun) {
        redisReply *reply = ask_port(sentinel->port, "SENTINEL FAILOVER main", PATIENCE_MS);

        has_begun = reply && (reply->type == REDIS_REPLY_STATUS || strstr(reply->str, "INPROG"));
        if (!has_begun && loop_now_ms(world.loop) >= until_ms) {
            tell_nodes();
            fail_msg("no failover begins: %s", reply ? reply->str : "no answer");
        }
        if (reply)
            freeReplyObject(reply);
        if (!has_begun)
            run_for_ms(200);
    }
}

/* `asked`: who was asked for it, NULL when the master died. A sentinel gives up a failover that takes too long, and
 * then it has to be asked again. */
static void wait_for_another_master(int before, const struct sentinel *asked)
{
    int64_t now_ms = loop_now_ms(world.loop), until_ms = now_ms + FAILOVER_MS, again_at_ms = now_ms + ASKED_AGAIN_MS;

    while (!all_call_another_master(before)) {
        run_for_ms(200);
        now_ms = loop_now_ms(world.loop);
        if (asked && now_ms >= again_at_ms && atoi(said_by(asked, "port")) == ports[before]) {
            again_at_ms = now_ms + ASKED_AGAIN_MS;
            ask_for_failover(asked);
        }
        if (now_ms < until_ms)
            continue;
        tell_nodes();
        fail_msg("waited in vain for another master than node %d", before);
    }
}

/* ---- a world for each test ---- */

static int enter_nodes(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.tell_more = tell_nodes;
    world.loop = loop_create(&(struct error){ .code = ERR_NONE });
    for (int i = 0; i < NODES; i++)
        start_node(i);
    live_wait_for(&nodes[0], "replication", "connected_slaves:2");
    for (int i = 0; i < SENTINELS; i++)
        start_sentinel(&sentinels[i]);
    for (int i = 0; i < SENTINELS; i++) {
        wait_until_said(&sentinels[i], "num-slaves", "2");
        wait_until_said(&sentinels[i], "num-other-sentinels", "2");
    }
    snprintf(url, sizeof(url), "sentinel://127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d/main", sentinels[0].port,
             sentinels[1].port, sentinels[2].port);
    return 0;
}

static int leave_nodes(void **state)
{
    (void)state;
    store_redis_destroy(world.shell);
    loop_destroy(world.loop);
    for (int i = 0; i < SENTINELS; i++) {
        stop_sentinel(&sentinels[i]);
        live_remove(sentinels[i].dir);
    }
    for (int i = 0; i < NODES; i++)
        live_stop(&nodes[i]);
    return 0;
}

#define AMONG_NODES(test) cmocka_unit_test_setup_teardown(test, enter_nodes, leave_nodes)

static void open_with(int64_t replicas, struct redis_login login)
{
    struct store_redis_options options = usual_options();

    if (world.shell)
        close_store();
    options.url = url;
    options.replicas = replicas;
    options.deadline_ms = 5000;
    options.login = login;
    open_store(&options);
}

static void open_replicated(int64_t replicas)
{
    open_with(replicas, (struct redis_login){ NULL });
}

#endif
