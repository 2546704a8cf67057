/* The store while its server goes away: every call ends once, and nothing acknowledged is lost. */
#define DEADLINE_MS 4000 /* which many here wait for */
#include "tests/integration/store_redis_fixture.h"

#include <sys/stat.h>

#define PATIENT_DEADLINE_MS 240000 /* of those that an outage shorter than that must not fail */

static void be_patient(void)
{
    struct store_redis_options options = usual_options();

    close_store();
    options.deadline_ms = PATIENT_DEADLINE_MS;
    open_store(&options);
}

/* ---- it goes, hangs, loads, forgets ---- */

static int64_t last_acknowledged(void)
{
    int64_t last = 0;

    for (int64_t seq = 1; seq < COMMITS_MAX; seq++)
        if (world.commits[seq] == STORE_OK)
            last = seq;
    return last;
}

static void nothing_acknowledged_is_lost_in_a_kill(void **state)
{
    (void)state;
    own_the_store();
    memset(world.commits, 0xff, sizeof(world.commits));
    for (int round = 0; round < 5; round++) {
        int64_t first = (assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_OK), world.lease.seq + 1);

        begin();
        for (int64_t seq = first; seq < first + 64; seq++)
            start_commit(NONCE, seq);
        run_until_answers(round * 10);
        live_kill(&world.redis);
        run_until_answers(64);
        run_for_ms(20); /* all may have been answered before the end of the connection was seen */
        restart_redis();
        assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_OK);
        assert_true(world.lease.seq >= last_acknowledged());
        if (world.lease.seq >= first) /* what the store has as its last is known there by its id */
            assert_int_equal(commit(NONCE, world.lease.seq), STORE_OK);
        memset(world.commits, 0xff, sizeof(world.commits));
    }
    assert_int_equal(load(), STORE_OK);
    assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_OK);
    assert_int_equal(world.operations, world.lease.seq);
}

static void a_short_restart_is_waited_out(void **state)
{
    (void)state;
    be_patient();
    own_the_store();
    live_kill(&world.redis);
    run_for_ms(30);
    begin();
    start_commit(NONCE, 1);
    live_run_again(&world.redis);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
}

static void a_long_outage_is_told_in_time_and_then_at_once(void **state)
{
    int64_t before_ms;

    (void)state;
    own_the_store();
    live_kill(&world.redis);
    before_ms = loop_now_ms(world.loop);
    assert_int_equal(accept_one("k1", "x"), STORE_UNAVAILABLE);
    assert_in_range(loop_now_ms(world.loop) - before_ms, 0, 5 * DEADLINE_MS);
    run_for_ms(DEADLINE_MS + 300);
    begin();
    start_accept("k1", false, "x"); /* never sent */
    for (int turns = 0; turns < 50 && world.answers == 0; turns++)
        run_for_ms(DEADLINE_MS / 400); /* an eighth of the deadline, however slow the machine is */
    assert_int_equal(world.answers, 1);
    assert_int_equal(world.status, STORE_NOT_NOW);
    assert_false(store_redis_is_up(world.shell));
    assert_non_null(strstr(store_redis_trouble(world.shell), world.redis.url));
    live_run_again(&world.redis);
    run_until_up(true);
    assert_string_equal(store_redis_trouble(world.shell), "");
    assert_int_equal(accept_one("k1", "x"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_NEW);
}

static void a_server_that_hangs_is_unavailable(void **state)
{
    (void)state;
    own_the_store();
    kill(world.redis.pid, SIGSTOP);
    assert_int_equal(accept_one("k1", "x"), STORE_UNAVAILABLE);
    kill(world.redis.pid, SIGCONT);
    for (int i = 0; i < 6000 && strcmp(live_text(&world.redis, "XLEN %s", P "inbox"), "1") != 0; i++)
        run_for_ms(10);
    run_until_up(true);
    assert_int_equal(accept_one("k1", "x"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_DUPLICATE); /* so it did happen: UNAVAILABLE promises nothing */
}

static void loading_is_waited_out(void **state)
{
    bool was_loading = false;

    (void)state;
    be_patient();
    own_the_store();
    live_do(&world.redis, "EVAL %s 0", "for i = 1, 4000 do redis.call('SET', 'k' .. i, string.rep('x', 1000)) end");
    live_do(&world.redis, "BGREWRITEAOF"); /* into its base, the part that answers while it is being loaded */
    live_wait_for(&world.redis, "persistence", "aof_rewrite_in_progress:0");
    live_kill(&world.redis);
    world.redis.args[0] = "--key-load-delay", world.redis.args[1] = "1000";
    world.redis.args[2] = "--loading-process-events-interval-bytes", world.redis.args[3] = "1024";
    run_for_ms(30);
    begin();
    start_commit(NONCE, 1);
    live_run_again(&world.redis);
    while (world.answers == 0) {
        was_loading = was_loading || strstr(store_redis_trouble(world.shell), "LOADING");
        loop_run_once(world.loop);
    }
    assert_true(was_loading);
    assert_int_equal(world.status, STORE_OK);
}

static void flushed_scripts_come_back_and_order_stays(void **state)
{
    (void)state;
    be_patient();
    own_the_store();
    for (int round = 0; round < 3; round++) {
        live_do(&world.redis, "SCRIPT FLUSH");
        begin();
        for (int64_t seq = 1; seq <= 40; seq++)
            start_commit(NONCE, round * 40 + seq);
        run_until_answers(40);
        for (int64_t seq = 1; seq <= 40; seq++)
            assert_int_equal(world.commits[round * 40 + seq], STORE_OK);
    }
}

/* MISCONF: its disk took no snapshot, so it takes no writes. */
static void a_server_that_cannot_save_is_waited_for(void **state)
{
    char path[96];

    (void)state;
    own_the_store();
    snprintf(path, sizeof(path), "%s/dump.rdb", world.redis.dir);
    live_must(mkdir(path, 0700) == 0); /* in the way of the file */
    live_do(&world.redis, "CONFIG SET save %s", "3600 1");
    live_do(&world.redis, "BGSAVE");
    live_wait_for(&world.redis, "persistence", "rdb_last_bgsave_status:err");
    assert_int_equal(accept_one("k1", "x"), STORE_NOT_NOW);
    assert_non_null(strstr(store_redis_trouble(world.shell), "MISCONF"));
    assert_int_equal(commit(NONCE, 1), STORE_NOT_NOW);
    assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_UNAVAILABLE);
    assert_true(store_redis_is_up(world.shell));
    live_must(rmdir(path) == 0);
    live_do(&world.redis, "BGSAVE");
    live_wait_for(&world.redis, "persistence", "rdb_last_bgsave_status:ok");
    assert_int_equal(accept_one("k1", "x"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_NEW);
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    assert_string_equal(store_redis_trouble(world.shell), "");
}

/* ---- nobody there ---- */

static void nobody_listens_at_a_closed_port(void **state)
{
    struct store_redis_options options = usual_options();
    int port, fd = bound_socket(&port);
    char url[64];

    (void)state;
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", port);
    close_store();
    options.url = url;
    options.deadline_ms = 300;
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("refused");
    close(fd);
}

/* A listener whose owner never accepts: the kernel connects, and nobody answers. */
static void a_port_that_never_answers_is_given_up(void **state)
{
    struct store_redis_options options = usual_options();
    int port, fd = bound_socket(&port);
    char url[64];

    (void)state;
    assert_int_equal(listen(fd, 8), 0);
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", port);
    close_store();
    options.url = url;
    options.deadline_ms = 300;
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("no connection in time");
    close(fd);
}

/* ---- replicas ---- */

static void a_replica_is_no_store(void **state)
{
    struct live_redis master = { .args = { "--repl-diskless-sync-delay", "0" } };

    (void)state;
    live_start(&master);
    own_the_store();
    live_do(&world.redis, "REPLICAOF 127.0.0.1 1"); /* a master that is not there */
    begin();
    start_commit(NONCE, 1);
    start_accept("k1", false, "x"); /* behind a command that has the connection left: it knows all the same */
    run_until_answers(2);
    assert_int_equal(world.commits[1], STORE_NOT_NOW);
    assert_int_equal(world.status, STORE_NOT_NOW);
    assert_int_equal(commit(NONCE, 1), STORE_NOT_NOW);
    live_do(&world.redis, "REPLICAOF NO ONE");
    run_until_up(true);
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    live_stop(&master);
}

static void answers_wait_for_replicas(void **state)
{
    static char port[16];
    struct live_redis replica = { .args = { NULL } };
    struct store_redis_options options;

    (void)state;
    leave(NULL);
    memset(&world, 0, sizeof(world));
    snprintf(port, sizeof(port), "%d", free_port());
    world.redis.args[0] = "--port", world.redis.args[1] = port;
    world.redis.args[2] = "--repl-diskless-sync-delay", world.redis.args[3] = "0";
    live_start(&world.redis);
    live_start(&replica);
    live_do(&replica, "REPLICAOF 127.0.0.1 %s", port);
    live_wait_for(&replica, "replication", "master_link_status:up");
    live_wait_for(&world.redis, "replication", "state=online"); /* its master counts it only from now on */
    world.loop = loop_create(&(struct error){ .code = ERR_NONE });
    options = usual_options();
    options.replicas = 1;
    open_store(&options);
    own_the_store();
    commit_confirmed(1);
    accept_confirmed("k1", "x");
    kill(replica.pid, SIGSTOP);
    assert_int_equal(commit(NONCE, 2), STORE_UNAVAILABLE);
    assert_int_equal(accept_one("k1", "x"), STORE_UNAVAILABLE); /* a duplicate, too */
    assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_UNAVAILABLE);
    assert_int_equal(lease(LEASE_LOOK, NONCE, 0), STORE_UNAVAILABLE); /* it would tell a seq that may be lost */
    assert_int_equal(commit(NONCE, 7), STORE_STALE_SEQ); /* a refusal promises nothing that a replica could lose */
    kill(replica.pid, SIGCONT);
    commit_confirmed(2); /* the resend waits for them as well */
    lease_confirmed(LEASE_LOOK);
    assert_int_equal(world.lease.seq, 2);
    begin();
    for (int64_t seq = 3; seq < 40; seq++)
        start_commit(NONCE, seq);
    run_until_answers(37);
    commit_confirmed(39);
    live_stop(&replica);
}

/* ---- other instances ---- */

static void on_telling(void *arg, int64_t receivers)
{
    (void)arg;
    world.answers++;
    world.receivers = receivers;
}

/* The listener connects in its own time: tells until somebody heard it. */
static void tell_me(const char *message)
{
    world.receivers = 0;
    for (int i = 0; i < 500 && world.receivers != 1; i++) {
        begin();
        world.told[0] = '\0';
        store_redis_tell(world.shell, "me", str_of(message), on_telling, NULL);
        run_until_answers(1);
        run_for_ms(10);
    }
    assert_int_equal(world.receivers, 1);
    run_until_answers(2);
    assert_string_equal(world.told, message);
}

static void instances_tell_each_other(void **state)
{
    (void)state;
    tell_me("answer 7");
    begin();
    store_redis_tell(world.shell, "nobody", str_of("?"), on_telling, NULL);
    run_until_answers(1);
    assert_int_equal(world.receivers, 0);
    live_kill(&world.redis);
    run_until_up(false);
    restart_redis();
    run_until_up(true);
    tell_me("answer 8"); /* it listens again by itself */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(nothing_acknowledged_is_lost_in_a_kill),
        IN_A_WORLD(a_short_restart_is_waited_out),
        IN_A_WORLD(a_long_outage_is_told_in_time_and_then_at_once),
        IN_A_WORLD(a_server_that_hangs_is_unavailable),
        IN_A_WORLD(loading_is_waited_out),
        IN_A_WORLD(flushed_scripts_come_back_and_order_stays),
        IN_A_WORLD(a_server_that_cannot_save_is_waited_for),
        IN_A_WORLD(nobody_listens_at_a_closed_port),
        IN_A_WORLD(a_port_that_never_answers_is_given_up),
        IN_A_WORLD(a_replica_is_no_store),
        IN_A_WORLD(instances_tell_each_other),
        IN_A_WORLD(answers_wait_for_replicas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
