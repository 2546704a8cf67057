/* The store on three servers that sentinels watch: what was acknowledged is there after every failover. */
#include "tests/integration/store_redis_fixture.h"

#include "bot/shell/redis_master.h"
#include "bot/shell/store_reader.h"

#define NODES 3
#define SENTINELS 3
#define ITEMS_MAX 4000
#define FAILOVER_MS 240000 /* of patience: sentinels, and whoever runs them, may be slow */

static struct sentinel {
    char dir[64];
    int port;
    pid_t pid;
} sentinels[SENTINELS];
static struct live_redis nodes[NODES];
static int ports[NODES];
static char url[128];
static bool acknowledged[ITEMS_MAX];
static int items, acknowledged_count;

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
            "port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor main 127.0.0.1 %d 2\n"
            "sentinel down-after-milliseconds main 2000\nsentinel failover-timeout main 10000\n",
            sentinel->port, sentinel->dir, ports[0]);
    fclose(file);
}

/* What the sentinel says of the master: "num-slaves"; "" when it says nothing. */
static const char *said_by(const struct sentinel *sentinel, const char *name)
{
    static char text[64];
    redisContext *context = redisConnect("127.0.0.1", sentinel->port);
    redisReply *reply = context && !context->err ? redisCommand(context, "SENTINEL MASTER main") : NULL;

    text[0] = '\0';
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
        if (strcmp(reply->element[i]->str, name) == 0)
            snprintf(text, sizeof(text), "%s", reply->element[i + 1]->str);
    if (reply)
        freeReplyObject(reply);
    if (context)
        redisFree(context);
    return text;
}

static void wait_until_said(const struct sentinel *sentinel, const char *name, const char *value)
{
    for (int i = 0; i < 6000 && strcmp(said_by(sentinel, name), value) != 0; i++)
        live_pause_ms(20);
    live_must(strcmp(said_by(sentinel, name), value) == 0);
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
        dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
        execlp("redis-server", "redis-server", path, "--sentinel", NULL);
        _exit(127);
    }
    wait_until_said(sentinel, "name", "main"); /* it has its port: the next one finds another */
}

/* Until INFO says so. Each time over another connection: a node that becomes a replica cuts all that it has. */
static void wait_for_node(int i, const char *wanted)
{
    bool is_so = false;

    for (int tries = 0; tries < 6000 && !is_so; tries++) {
        redisContext *context = redisConnect("127.0.0.1", ports[i]);
        redisReply *info = context && !context->err ? redisCommand(context, "INFO replication") : NULL;

        is_so = info && info->str && strstr(info->str, wanted);
        if (info)
            freeReplyObject(info);
        if (context)
            redisFree(context);
        live_pause_ms(20);
    }
    live_must(is_so);
}

/* Which of the nodes the sentinels call the master now; -1: none of them. */
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

static int enter_nodes(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    memset(acknowledged, 0, sizeof(acknowledged));
    items = acknowledged_count = 0;
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
    world.loop = loop_create(&(struct error){ .code = ERR_NONE });
    return 0;
}

static int leave_nodes(void **state)
{
    (void)state;
    store_redis_destroy(world.shell);
    loop_destroy(world.loop);
    for (int i = 0; i < SENTINELS; i++) {
        kill(sentinels[i].pid, SIGKILL);
        waitpid(sentinels[i].pid, NULL, 0);
        live_remove(sentinels[i].dir);
    }
    for (int i = 0; i < NODES; i++)
        live_stop(&nodes[i]);
    return 0;
}

static void open_replicated(int64_t replicas)
{
    struct store_redis_options options = usual_options();

    options.url = url;
    options.replicas = replicas;
    options.deadline_ms = 5000;
    open_store(&options);
}

/* ---- accepts, and what became of them ---- */

static void on_item(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    bool *is_acknowledged = arg;

    world.answers++;
    *is_acknowledged = status == STORE_OK && count == 1 && results[0] != ACCEPT_FULL;
    acknowledged_count += *is_acknowledged;
}

static void start_item(void)
{
    char key[32];
    const char *keys[] = { key };
    struct store_item item = { .keys = keys, .key_count = 1, .bytes = { key, 0 } };

    live_must(items < ITEMS_MAX);
    snprintf(key, sizeof(key), "k%d", items);
    item.bytes.len = strlen(key);
    world.store.accept(world.store.ctx, &item, 1, on_item, &acknowledged[items++]);
}

/* Eight in flight at a time, until so many more are acknowledged. */
static void accept_more(int count)
{
    struct loop_timer *patience = loop_timer_start(world.loop, FAILOVER_MS, on_patience_over, NULL);
    int wanted = acknowledged_count + count;

    while (acknowledged_count < wanted) {
        int before = acknowledged_count;

        begin();
        for (int i = 0; i < 8; i++)
            start_item();
        while (world.answers < 8)
            loop_run_once(world.loop);
        if (acknowledged_count == before)
            run_for_ms(500);
    }
    loop_timer_cancel(patience);
}

/* Each acknowledged one stands in the inbox, none of them twice. */
static void check_all_there(void)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct store_range all = { "-", "+", ITEMS_MAX, false };
    struct store_entry *entries;
    struct store_reader *reader;
    bool is_there[ITEMS_MAX] = { false };
    struct error err = { .code = ERR_NONE };
    size_t count = 0;

    reader = store_reader_open(&(struct store_reader_options){ .url = url }, &err);
    if (!reader)
        fail_msg("%s", err.message);
    assert_true(store_reader_entries(reader, STORE_INBOX, &all, arena, &entries, &count, &err));
    store_reader_close(reader);
    for (size_t i = 0; i < count; i++) {
        int n = atoi(entries[i].value.at + 1);

        assert_in_range(n, 0, items - 1);
        assert_false(is_there[n]);
        is_there[n] = true;
    }
    for (int i = 0; i < items; i++)
        if (acknowledged[i] && !is_there[i])
            fail_msg("k%d was acknowledged, and is lost", i);
}

static void wait_for_another_master(int before)
{
    int64_t until_ms = loop_now_ms(world.loop) + FAILOVER_MS;

    while (master_now() < 0 || master_now() == before) {
        run_for_ms(200);
        assert_true(loop_now_ms(world.loop) < until_ms);
    }
}

/* ---- what holds ---- */

static void on_probed(void *arg, const struct store_probe *probe)
{
    (void)arg;
    world.answers++;
    world.probe = *probe;
}

static void probe_with(int64_t replicas)
{
    close_store();
    open_replicated(replicas);
    for (int i = 0; i < CONFIRM_TRIES && (i == 0 || world.probe.status != STORE_OK); i++) {
        begin();
        store_redis_probe(world.shell, on_probed, NULL);
        run_until_answers(1);
    }
    assert_int_equal(world.probe.status, STORE_OK);
}

static void it_says_what_survives_a_failover(void **state)
{
    (void)state;
    probe_with(1);
    assert_string_equal(world.probe.refusal, "");
    assert_int_equal(world.probe.nodes, 3);
    assert_non_null(strstr(world.probe.guarantee, "once 2 of 3 nodes have it"));
    assert_non_null(strstr(world.probe.guarantee, "death of the master"));
    assert_non_null(strstr(world.probe.warning, "`store.replicas: 2`"));
    probe_with(2);
    assert_string_equal(world.probe.refusal, "");
    assert_non_null(strstr(world.probe.guarantee, "every failover"));
    assert_null(strstr(world.probe.warning, "store.replicas"));
    assert_non_null(strstr(world.probe.warning, "`aof-load-truncated no`")); /* as they were started */
    probe_with(0);
    assert_non_null(strstr(world.probe.refusal, "Set store.replicas to 1 or more"));
    probe_with(3);
    assert_non_null(strstr(world.probe.refusal, "nothing could ever be acknowledged"));
}

static void nothing_acknowledged_is_lost_when_the_master_is_killed(void **state)
{
    int first;

    (void)state;
    open_replicated(1);
    own_the_store();
    commit_confirmed(1);
    accept_more(100);
    first = master_now();
    assert_in_range(first, 0, NODES - 1);
    begin();
    for (int i = 0; i < 50; i++)
        start_item();
    run_until_answers(5);
    live_kill(&nodes[first]); /* with accepts in flight */
    run_until_answers(50);
    accept_more(100); /* by whoever is the master next */
    assert_int_not_equal(master_now(), first);
    check_all_there();
    lease_confirmed(LEASE_RENEW); /* the lease and the commits have come along */
    assert_int_equal(world.lease.result, LEASE_DONE);
    assert_int_equal(world.lease.seq, 1);
    commit_confirmed(2);

    live_run_again(&nodes[first]); /* the old master is back, and takes itself for one until it is told */
    live_wait_until_loaded(&nodes[first]);
    accept_more(20);
    wait_for_node(first, "role:slave");
    wait_for_node(first, "master_link_status:up");
    accept_more(20);
    check_all_there();
}

/* The master lives, so the sentinels promote a replica that may not be the one that had it: only with all of them is
 * nothing lost. */
static void a_master_that_becomes_a_replica_is_left(void **state)
{
    (void)state;
    open_replicated(2);
    own_the_store();
    for (int round = 0; round < 2; round++) {
        int before = master_now();
        redisContext *context = redisConnect("127.0.0.1", sentinels[round].port);

        accept_more(40);
        for (int i = 0; i < 600; i++) { /* it may have one under way already, or find no good replica yet */
            redisReply *reply = redisCommand(context, "SENTINEL FAILOVER main");
            bool has_begun = reply && reply->type == REDIS_REPLY_STATUS;

            live_must(reply);
            freeReplyObject(reply);
            if (has_begun)
                break;
            run_for_ms(200);
        }
        redisFree(context);
        for (int i = 0; i < 20; i++) { /* under way */
            accept_more(1);
            run_for_ms(20);
        }
        wait_for_another_master(before);
        accept_more(40);
        assert_int_equal(load(), STORE_OK); /* read from where it is written */
        check_all_there();
    }
}

static void a_sentinel_that_is_down_is_passed_over(void **state)
{
    (void)state;
    kill(sentinels[0].pid, SIGKILL);
    waitpid(sentinels[0].pid, NULL, 0);
    open_replicated(1);
    give_birth();
    accept_more(10);
    assert_in_range(master_now(), 0, NODES - 1);
}

static void a_master_that_nobody_knows_is_named(void **state)
{
    struct store_redis_options options = usual_options();
    char unknown[160];

    (void)state;
    snprintf(unknown, sizeof(unknown), "sentinel://127.0.0.1:%d/other", sentinels[0].port);
    options.url = unknown;
    options.deadline_ms = 300;
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("knows no master 'other'");
}

/* ---- behind passwords: the sentinels have one, the nodes another ---- */

#define SENTINELS_OWN "s3nt,inel"
#define NODES_OWN "n0de"

static void must_do(redisContext *context, const char *words)
{
    redisReply *reply = redisCommand(context, words);

    if (!reply || reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", words, reply ? reply->str : "no answer");
    freeReplyObject(reply);
}

static void at_every_sentinel(const char *words)
{
    for (int i = 0; i < SENTINELS; i++) {
        redisContext *context = redisConnect("127.0.0.1", sentinels[i].port);

        must_do(context, words);
        redisFree(context);
    }
}

/* First what they say to each other, then what they demand. */
static void protect(void)
{
    at_every_sentinel("SENTINEL SET main auth-pass " NODES_OWN);
    at_every_sentinel("SENTINEL CONFIG SET sentinel-pass " SENTINELS_OWN);
    for (int i = 0; i < NODES; i++)
        live_do(&nodes[i], "CONFIG SET masterauth " NODES_OWN);
    for (int i = 0; i < NODES; i++)
        live_do(&nodes[i], "CONFIG SET requirepass " NODES_OWN);
    at_every_sentinel("ACL SETUSER default resetpass >" SENTINELS_OWN);
}

static void open_with(struct redis_login login)
{
    struct store_redis_options options = usual_options();

    if (world.shell)
        close_store();
    options.url = url;
    options.replicas = 1;
    options.deadline_ms = 5000;
    options.login = login;
    open_store(&options);
}

static enum err_code finding_fails_with(const struct redis_login *login)
{
    struct redis_address address;
    struct error err = { .code = ERR_NONE };

    live_must(redis_address_parse(url, &address, &err) && redis_address_log_in(&address, login, &err));
    return redis_master_find(&address, PATIENCE_MS, &err) ? ERR_NONE : err.code;
}

static void passwords_of_sentinels_and_nodes_are_two(void **state)
{
    static const struct redis_login good = { .password = NODES_OWN, .sentinel_password = SENTINELS_OWN },
                                    named = { .username = "default",
                                              .password = NODES_OWN,
                                              .sentinel_username = "default",
                                              .sentinel_password = SENTINELS_OWN },
                                    wrong = { .password = NODES_OWN, .sentinel_password = "wr0ng" },
                                    one = { .password = NODES_OWN };
    struct store_reader_options reading = { .url = url, .login = good };
    struct store_reader *reader;
    struct error err;

    (void)state;
    protect();
    open_with(one);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("NOAUTH");
    open_with(wrong);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("WRONGPASS");
    assert_null(strstr(store_redis_trouble(world.shell), "wr0ng"));
    open_with(good);
    give_birth();
    accept_more(10);
    open_with(named);
    accept_more(10);
    assert_int_equal(finding_fails_with(&one), ERR_DENIED); /* they are there: nobody may take them for down */
    assert_int_equal(finding_fails_with(&wrong), ERR_DENIED);
    assert_int_equal(finding_fails_with(&named), ERR_NONE);
    reader = store_reader_open(&reading, &err);
    assert_non_null(reader);
    store_reader_close(reader);
    reading.login = one;
    assert_null(store_reader_open(&reading, &err));
    assert_non_null(strstr(err.message, "NOAUTH"));
}

#define AMONG_NODES(test) cmocka_unit_test_setup_teardown(test, enter_nodes, leave_nodes)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        AMONG_NODES(it_says_what_survives_a_failover),
        AMONG_NODES(nothing_acknowledged_is_lost_when_the_master_is_killed),
        AMONG_NODES(a_master_that_becomes_a_replica_is_left),
        AMONG_NODES(a_sentinel_that_is_down_is_passed_over),
        AMONG_NODES(a_master_that_nobody_knows_is_named),
        AMONG_NODES(passwords_of_sentinels_and_nodes_are_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
