/* The store on three servers that sentinels watch: what was acknowledged is there after every failover. */
#include "tests/integration/sentinel_fixture.h"

#include "bot/shell/store_reader.h"

#define ITEMS_MAX 4000

static bool acknowledged[ITEMS_MAX];
static int items, acknowledged_count;

static int enter_counting(void **state)
{
    memset(acknowledged, 0, sizeof(acknowledged));
    items = acknowledged_count = 0;
    return enter_nodes(state);
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

/* Eight in flight at a time, until so many more are acknowledged; one while none of them is. */
static void accept_more(int count)
{
    char what[80];
    struct loop_timer *patience = loop_timer_start(world.loop, FAILOVER_MS, on_patience_over, what);
    int wanted = acknowledged_count + count, at_once = 8;

    while (acknowledged_count < wanted) {
        int before = acknowledged_count;

        snprintf(what, sizeof(what), "%d acknowledged of %d items, where %d are", wanted, items, before);
        begin();
        for (int i = 0; i < at_once; i++)
            start_item();
        while (world.answers < at_once)
            loop_run_once(world.loop);
        at_once = acknowledged_count > before ? 8 : 1;
        if (at_once == 1)
            run_for_ms(500);
    }
    loop_timer_cancel(patience);
}

/* By whoever the sentinels call the master. Again when it does not answer in time. */
static struct store_entry *read_inbox(struct arena *arena, size_t *ret_count)
{
    int64_t until_ms = patience_ends_ms();
    struct store_range all = { "-", "+", ITEMS_MAX, false };
    struct store_entry *entries = NULL;
    struct error err = { .code = ERR_NONE };

    while (!entries) {
        AUTO_STORE_READER struct store_reader *reader =
            store_reader_open(&(struct store_reader_options){ .url = url }, &err);

        if (reader && store_reader_entries(reader, STORE_INBOX, &all, arena, &entries, ret_count, &err))
            break;
        if (err.code != ERR_UNAVAILABLE || !is_tried_again(STORE_UNAVAILABLE, until_ms))
            fail_msg("the inbox cannot be read: %s", err.message);
    }
    return entries;
}

/* Each acknowledged one stands in the inbox, none of them twice. All of the sentinels name the same master. */
static void check_all_there(void)
{
    AUTO(arena) struct arena *arena = arena_create();
    bool is_there[ITEMS_MAX] = { false };
    size_t count = 0;
    struct store_entry *entries = read_inbox(arena, &count);
    int lost = 0, first_lost = -1;

    for (size_t i = 0; i < count; i++) {
        int n = atoi(entries[i].value.at + 1);

        assert_in_range(n, 0, items - 1);
        if (is_there[n])
            fail_msg("k%d is there twice, as " STR_FMT " and before", n, STR_ARG(entries[i].value));
        is_there[n] = true;
    }
    for (int i = 0; i < items; i++) {
        if (!acknowledged[i] || is_there[i])
            continue;
        first_lost = lost == 0 ? i : first_lost;
        lost++;
    }
    if (lost == 0)
        return;
    tell_nodes();
    fail_msg("%d of %d items were acknowledged, and are lost: k%d is the first; %zu are there", lost, items, first_lost,
             count);
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
    int64_t until_ms = patience_ends_ms();

    open_replicated(replicas);
    do {
        begin();
        store_redis_probe(world.shell, on_probed, NULL);
        run_until_answers(1);
        world.status = world.probe.status;
    } while (is_tried_again(world.status, until_ms));
    must_be_ok("probe");
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
    at_every_sentinel("SENTINEL SET main down-after-milliseconds 19999");
    probe_with(2);
    assert_non_null(strstr(world.probe.guarantee, "every failover")); /* whoever is chosen has it */
    assert_null(strstr(world.probe.warning, "down-after"));
    probe_with(1);
    assert_string_equal(world.probe.refusal, "");
    assert_non_null(strstr(world.probe.guarantee, "most deaths of the master"));
    assert_non_null(strstr(world.probe.warning, "after 19999 ms"));
    assert_non_null(strstr(world.probe.warning, "`down-after-milliseconds` to 20000 or more"));
    assert_non_null(strstr(world.probe.warning, "`store.replicas: 2`"));
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
    wait_for_another_master(first, NULL);
    check_all_there();
    lease_confirmed(LEASE_RENEW); /* the lease and the commits have come along */
    assert_int_equal(world.lease.result, LEASE_DONE);
    assert_int_equal(world.lease.seq, 1);
    commit_confirmed(2);

    live_run_again(&nodes[first]); /* the old master is back, and takes itself for one until it is told */
    wait_for_node(first, "loading:0");
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

        assert_in_range(before, 0, NODES - 1);
        accept_more(40);
        ask_for_failover(&sentinels[round]);
        for (int i = 0; i < 20; i++) { /* under way */
            accept_more(1);
            run_for_ms(20);
        }
        wait_for_another_master(before, &sentinels[round]);
        accept_more(40);
        load_confirmed(); /* read from where it is written */
        check_all_there();
    }
}

static void a_sentinel_that_is_down_is_passed_over(void **state)
{
    (void)state;
    stop_sentinel(&sentinels[0]);
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
    int64_t until_ms;

    (void)state;
    protect();
    open_with(1, one);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("NOAUTH");
    open_with(1, wrong);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("WRONGPASS");
    assert_null(strstr(store_redis_trouble(world.shell), "wr0ng"));
    open_with(1, good);
    give_birth();
    accept_more(10);
    open_with(1, named);
    accept_more(10);
    assert_int_equal(finding_fails_with(&one), ERR_DENIED); /* they are there: nobody may take them for down */
    assert_int_equal(finding_fails_with(&wrong), ERR_DENIED);
    assert_int_equal(finding_fails_with(&named), ERR_NONE);
    until_ms = patience_ends_ms();
    while (!(reader = store_reader_open(&reading, &err)))
        if (err.code != ERR_UNAVAILABLE || !is_tried_again(STORE_UNAVAILABLE, until_ms))
            fail_msg("%s", err.message);
    store_reader_close(reader);
    reading.login = one;
    assert_null(store_reader_open(&reading, &err));
    assert_non_null(strstr(err.message, "NOAUTH"));
}

#define AMONG_NODES_COUNTING(test) cmocka_unit_test_setup_teardown(test, enter_counting, leave_nodes)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        AMONG_NODES_COUNTING(it_says_what_survives_a_failover),
        AMONG_NODES_COUNTING(nothing_acknowledged_is_lost_when_the_master_is_killed),
        AMONG_NODES_COUNTING(a_master_that_becomes_a_replica_is_left),
        AMONG_NODES_COUNTING(a_sentinel_that_is_down_is_passed_over),
        AMONG_NODES_COUNTING(a_master_that_nobody_knows_is_named),
        AMONG_NODES_COUNTING(passwords_of_sentinels_and_nodes_are_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
