/* The store over a real Redis: that every call ends once, whatever becomes of the server. */

#include "bot/base/buf.h"
#include "bot/shell/redis_address.h"
#include "bot/shell/store_reader.h"
#include "bot/shell/store_redis.h"
#include "tests/integration/live_redis.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NONCE "11111111111111111111111111111111"
#define OTHER "22222222222222222222222222222222"
#define BIRTH "b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
#define P "og:{default}:"
#define PATIENCE_MS 15000
#define COMMITS_MAX 512

static struct world {
    struct live_redis redis;
    struct loop *loop;
    struct store_redis *shell;
    struct store store;
    int answers; /* callbacks so far */
    enum store_status status;
    enum accept_result results[8];
    struct lease_answer lease;
    char nonce[40], birth[40], reason[200], last_ids[2][32], entries[1024], told[64];
    size_t operations, meta;
    enum store_status commits[COMMITS_MAX];
    int64_t receivers;
    struct store_probe probe;
} world;

/* --- running the loop until something happened
 * ------------------------------------------------------------------------ */

static void on_patience_over(void *arg)
{
    (void)arg;
    fail_msg("waited in vain");
}

static void run_until_answers(int wanted)
{
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, NULL);

    while (world.answers < wanted)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static void on_pause_over(void *arg)
{
    *(bool *)arg = true;
}

static void run_for_ms(int64_t ms)
{
    bool is_over = false;

    loop_timer_start(world.loop, ms, on_pause_over, &is_over);
    while (!is_over)
        loop_run_once(world.loop);
}

static void run_until_up(bool is_up)
{
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, NULL);

    while (store_redis_is_up(world.shell) != is_up)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static void begin(void)
{
    world.answers = 0;
    world.status = STORE_UNAVAILABLE;
}

/* --- calls that wait ------------------------------------------------------------------------------------------------
 */

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    (void)arg;
    world.answers++;
    world.status = status;
    for (size_t i = 0; i < count && i < ARRAY_LEN(world.results); i++)
        world.results[i] = results[i];
}

static void start_accept(const char *key, bool is_safe, const char *bytes)
{
    struct store_item item = { .keys = &key, .key_count = 1, .bytes = str_of(bytes), .is_safe = is_safe };

    world.store.accept(world.store.ctx, &item, 1, on_accepted, NULL);
}

static enum store_status accept_one(const char *key, const char *bytes)
{
    begin();
    start_accept(key, false, bytes);
    run_until_answers(1);
    return world.status;
}

static void on_leased(void *arg, const struct lease_answer *answer)
{
    (void)arg;
    world.answers++;
    world.status = answer->status;
    world.lease = *answer;
    snprintf(world.nonce, sizeof(world.nonce), "%s", answer->nonce);
    snprintf(world.birth, sizeof(world.birth), "%s", answer->birth);
    world.lease.birth = world.lease.nonce = world.lease.instance = NULL;
}

static enum store_status lease(enum lease_action action, const char *nonce, int64_t counter)
{
    begin();
    world.store.lease(world.store.ctx, &(struct lease_call){ action, nonce, "host-1", STORE_SCHEMA, counter },
                      on_leased, NULL);
    run_until_answers(1);
    return world.status;
}

static void on_committed(void *arg, enum store_status status, const char *reason)
{
    world.answers++;
    world.status = status;
    snprintf(world.reason, sizeof(world.reason), "%s", reason);
    if (arg)
        *(enum store_status *)arg = status;
}

/* Commit number `seq` puts operation D<seq>; always the same bytes for the same number. */
static void start_commit(const char *nonce, int64_t seq)
{
    char id[40], operation[24], value[] = "{}";
    struct store_write write = {
        .verb = STORE_PUT, .place = STORE_OPERATIONS, .field = operation, .value = str_of(value)
    };
    struct store_commit commit = { .nonce = nonce, .seq = seq, .id = id, .writes = &write, .count = 1 };

    snprintf(id, sizeof(id), "%032" PRIx64, (uint64_t)seq);
    snprintf(operation, sizeof(operation), "D%" PRId64, seq);
    world.store.commit(world.store.ctx, &commit, on_committed, &world.commits[seq]);
}

static enum store_status commit(const char *nonce, int64_t seq)
{
    begin();
    start_commit(nonce, seq);
    run_until_answers(1);
    return world.status;
}

static void on_loaded(void *arg, enum store_status status, const struct store_snapshot *snapshot)
{
    (void)arg;
    world.answers++;
    world.status = status;
    if (!snapshot)
        return;
    world.operations = snapshot->places[STORE_OPERATIONS].count;
    world.meta = snapshot->places[STORE_META].count;
    snprintf(world.last_ids[0], sizeof(world.last_ids[0]), "%s", snapshot->inbox_safe_last_id);
    snprintf(world.last_ids[1], sizeof(world.last_ids[1]), "%s", snapshot->inbox_last_id);
}

static enum store_status load(void)
{
    begin();
    world.store.load(world.store.ctx, on_loaded, NULL);
    run_until_answers(1);
    return world.status;
}

static void note_entries(const struct store_entry *entries, size_t count, const char *name)
{
    size_t at = strlen(world.entries);

    for (size_t i = 0; i < count && at < sizeof(world.entries); i++)
        at += (size_t)snprintf(world.entries + at, sizeof(world.entries) - at, "%s=" STR_FMT " ", name,
                               STR_ARG(entries[i].value));
}

static void on_read(void *arg, enum store_status status, const struct store_entries *entries)
{
    (void)arg;
    world.answers++;
    world.status = status;
    world.entries[0] = '\0';
    if (!entries)
        return;
    note_entries(entries->safe, entries->safe_count, "safe");
    note_entries(entries->inbox, entries->inbox_count, "inbox");
}

static void on_done(void *arg, enum store_status status)
{
    (void)arg;
    world.answers++;
    world.status = status;
}

static void on_born(void *arg, enum store_status status, const char *birth)
{
    (void)arg;
    world.answers++;
    world.status = status;
    snprintf(world.birth, sizeof(world.birth), "%s", birth);
}

static void give_birth(void)
{
    begin();
    store_redis_birth_create(world.shell, BIRTH, on_born, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
    assert_string_equal(world.birth, BIRTH);
}

static void own_the_store(void)
{
    give_birth();
    assert_int_equal(lease(LEASE_TAKE, NONCE, 0), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_DONE);
}

/* --- a world for each test
 * -------------------------------------------------------------------------------------------- */

static void on_told(void *arg, struct str message)
{
    (void)arg;
    world.answers++;
    snprintf(world.told, sizeof(world.told), STR_FMT, STR_ARG(message));
}

static struct store_redis_options usual_options(void)
{
    return (
        struct store_redis_options){ .loop = world.loop, .url = world.redis.url, .instance = "me", .on_told = on_told };
}

static void open_store(const struct store_redis_options *options)
{
    struct error err;

    world.shell = store_redis_create(options, &err);
    assert_non_null(world.shell);
    world.store = store_redis_interface(world.shell);
}

static int enter_empty(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    live_start(&world.redis);
    world.loop = loop_create(&err);
    return 0;
}

static int enter(void **state)
{
    struct store_redis_options options;

    enter_empty(state);
    options = usual_options();
    open_store(&options);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    store_redis_destroy(world.shell);
    loop_destroy(world.loop);
    live_stop(&world.redis);
    return 0;
}

/* --- the plain way
 * ---------------------------------------------------------------------------------------------------- */

static void what_is_accepted_is_read_and_committed(void **state)
{
    (void)state;
    give_birth();
    assert_int_equal(lease(LEASE_LOOK, NULL, 0), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_DONE);
    assert_string_equal(world.birth, BIRTH);
    assert_true(world.lease.was_clean);
    assert_true(world.lease.unix_ms > INT64_C(1600000000000));
    assert_int_equal(lease(LEASE_TAKE, NONCE, 0), STORE_OK);
    assert_int_equal(accept_one("k1", "one"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_NEW);
    assert_int_equal(accept_one("k1", "one"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_DUPLICATE);
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_OK);
    assert_int_equal(world.lease.counter, 2);
    assert_int_equal(world.lease.seq, 1);
    assert_int_equal(load(), STORE_OK);
    assert_int_equal(world.operations, 1);
    assert_string_equal(world.last_ids[0], "0-0");
    assert_non_null(strstr(world.last_ids[1], "-1"));
    begin();
    world.store.read(world.store.ctx, "0-0", "0-0", 10, 0, on_read, NULL);
    run_until_answers(1);
    assert_string_equal(world.entries, "inbox=one ");
    assert_int_equal(lease(LEASE_RELEASE, NONCE, 0), STORE_OK);
    assert_string_equal(world.nonce, "");
}

static void a_store_without_birth_says_so(void **state)
{
    (void)state;
    assert_int_equal(lease(LEASE_TAKE, NONCE, 0), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_NO_BIRTH);
    begin();
    store_redis_birth_read(world.shell, on_born, NULL);
    run_until_answers(1);
    assert_string_equal(world.birth, "");
    give_birth();
    begin();
    store_redis_birth_create(world.shell, OTHER, on_born, NULL);
    run_until_answers(1);
    assert_string_equal(world.birth, BIRTH); /* the first stays */
}

static void items_keep_any_byte(void **state)
{
    const char *keys[] = { "a", "b c\r\n", "\xff" };
    struct store_item items[] = {
        { .keys = keys, .key_count = 3, .bytes = { "x\0\r\n\xff", 5 }, .is_safe = true },
        { .keys = keys + 1, .key_count = 2, .bytes = str_of("duplicate") },
    };

    (void)state;
    begin();
    world.store.accept(world.store.ctx, items, 2, on_accepted, NULL);
    run_until_answers(1);
    assert_int_equal(world.results[0], ACCEPT_NEW);
    assert_int_equal(world.results[1], ACCEPT_DUPLICATE);
    assert_string_equal(live_text(&world.redis, "EXISTS %sseen:%s", P, "\xff"), "1");
    begin();
    world.store.accept(world.store.ctx, NULL, 0, on_accepted, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
}

static void an_item_of_the_wrong_size_is_refused_and_ends_nothing(void **state)
{
    AUTO_FREE char *large = xcalloc(1, (size_t)STORE_ITEM_MAX_BYTES + 2);

    (void)state;
    memset(large, 'x', (size_t)STORE_ITEM_MAX_BYTES + 1);
    assert_int_equal(accept_one("k1", large), STORE_UNAVAILABLE);
    large[STORE_ITEM_MAX_BYTES] = '\0';
    assert_int_equal(accept_one("k1", large), STORE_OK);
}

static void another_owner_makes_the_first_stale(void **state)
{
    struct store_redis_options options = usual_options();
    struct store first = world.store;
    struct store_redis *first_shell = world.shell;

    (void)state;
    own_the_store();
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    options.instance = "other";
    open_store(&options);
    assert_int_equal(lease(LEASE_TAKE, OTHER, 7), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_HELD);
    assert_string_equal(world.nonce, NONCE);
    assert_int_equal(lease(LEASE_TAKE, OTHER, 1), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_DONE);
    assert_false(world.lease.was_clean);
    assert_int_equal(commit(OTHER, 2), STORE_OK);
    store_redis_destroy(world.shell);
    world.shell = first_shell;
    world.store = first;
    assert_int_equal(commit(NONCE, 2), STORE_STALE_NONCE);
    assert_int_equal(commit(OTHER, 2), STORE_OK); /* a resend */
    assert_int_equal(commit(OTHER, 2 + 2), STORE_STALE_SEQ);
    begin();
    world.store.mark_trying(world.store.ctx, NONCE, "i1", str_of("{}"), on_done, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_STALE_NONCE);
}

static void a_refused_commit_says_why(void **state)
{
    struct store_write write = { .verb = STORE_PUT, .place = STORE_META, .field = "seq", .value = { "9", 1 } };
    struct store_commit bad = { .nonce = NONCE, .seq = 1, .id = OTHER, .writes = &write, .count = 1 };

    (void)state;
    own_the_store();
    begin();
    world.store.commit(world.store.ctx, &bad, on_committed, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_INVALID);
    assert_string_equal(world.reason, "write 1: meta seq is for the scripts alone");
}

static void a_commit_of_the_largest_size_passes(void **state)
{
    AUTO_FREE char *large = xcalloc(1, STORE_VALUE_MAX_BYTES);
    AUTO_FREE struct store_write *writes = xcalloc(STORE_WRITES_MAX + 1, sizeof(*writes));
    struct store_commit whole = { .nonce = NONCE, .seq = 1, .id = OTHER, .writes = writes, .count = STORE_WRITES_MAX };

    (void)state;
    memset(large, 'x', STORE_VALUE_MAX_BYTES);
    own_the_store();
    for (size_t i = 0; i <= STORE_WRITES_MAX; i++)
        writes[i] = (struct store_write){ .verb = STORE_PUT,
                                          .place = STORE_TIMERS,
                                          .field = "t",
                                          .value = { large, i % 64 ? 100 : STORE_VALUE_MAX_BYTES } };
    begin();
    world.store.commit(world.store.ctx, &whole, on_committed, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
    whole.count++;
    whole.seq++;
    whole.id = NONCE;
    world.store.commit(world.store.ctx, &whole, on_committed, NULL);
    run_until_answers(2);
    assert_int_equal(world.status, STORE_INVALID);
}

/* --- reading
 * ---------------------------------------------------------------------------------------------------------- */

static void a_read_waits_for_something_to_come(void **state)
{
    (void)state;
    begin();
    world.store.read(world.store.ctx, "0-0", "0-0", 10, 60, on_read, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
    assert_string_equal(world.entries, "");
    begin();
    world.store.read(world.store.ctx, "0-0", "0-0", 10, 10000, on_read, NULL);
    run_for_ms(50);
    assert_int_equal(world.answers, 0);
    start_accept("k1", true, "halt");
    run_until_answers(2);
    assert_string_equal(world.entries, "safe=halt ");
}

static void a_load_ends_the_read_under_way(void **state)
{
    int64_t before_ms;

    (void)state;
    begin();
    world.store.read(world.store.ctx, "0-0", "0-0", 10, 10000, on_read, NULL);
    run_for_ms(50);
    before_ms = loop_now_ms(world.loop);
    world.store.load(world.store.ctx, on_loaded, NULL);
    run_until_answers(2);
    assert_int_equal(world.status, STORE_OK);
    assert_true(loop_now_ms(world.loop) - before_ms < 8000);
}

static void a_store_of_something_else_cannot_be_loaded(void **state)
{
    (void)state;
    live_do(&world.redis, "SET %s text", P "effects");
    assert_int_equal(load(), STORE_UNAVAILABLE);
}

/* --- when the server goes away
 * ------------------------------------------------------------------------------------------ */

static void restart_redis(void)
{
    live_run_again(&world.redis);
    live_wait_until_loaded(&world.redis);
}

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
    assert_true(loop_now_ms(world.loop) - before_ms < 5000);
    run_for_ms(2300); /* longer than the deadline */
    before_ms = loop_now_ms(world.loop);
    assert_int_equal(accept_one("k1", "x"), STORE_UNAVAILABLE);
    assert_true(loop_now_ms(world.loop) - before_ms < 1500);
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
    for (int i = 0; i < 500 && strcmp(live_text(&world.redis, "XLEN %s", P "inbox"), "1") != 0; i++)
        run_for_ms(10);
    assert_int_equal(accept_one("k1", "x"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_DUPLICATE); /* so it did happen: UNAVAILABLE promises nothing */
}

static void loading_is_waited_out(void **state)
{
    bool was_loading = false;

    (void)state;
    own_the_store();
    live_do(&world.redis, "EVAL %s 0", "for i = 1, 1000 do redis.call('SET', 'k' .. i, string.rep('x', 1000)) end");
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

static void nobody_listens_at_a_closed_port(void **state)
{
    struct store_redis_options options = usual_options();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    char url[64];

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0); /* bound and not listening: refused */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", ntohs(address.sin_port));
    store_redis_destroy(world.shell);
    options.url = url;
    options.deadline_ms = 300;
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_UNAVAILABLE);
    assert_non_null(strstr(store_redis_trouble(world.shell), "refused"));
    close(fd);
}

/* A listener whose owner never accepts: the kernel connects, and nobody answers. */
static void a_port_that_never_answers_is_given_up(void **state)
{
    struct store_redis_options options = usual_options();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    char url[64];

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", ntohs(address.sin_port));
    store_redis_destroy(world.shell);
    options.url = url;
    options.deadline_ms = 300;
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_UNAVAILABLE);
    run_for_ms(2200);
    assert_non_null(strstr(store_redis_trouble(world.shell), "no connection in time"));
    close(fd);
}

static void a_replica_is_no_store(void **state)
{
    struct live_redis master = { .args = { "--repl-diskless-sync-delay", "0" } };

    (void)state;
    live_start(&master);
    own_the_store();
    live_do(&world.redis, "REPLICAOF 127.0.0.1 1"); /* a master that is not there */
    assert_int_equal(accept_one("k1", "x"), STORE_UNAVAILABLE);
    assert_int_equal(commit(NONCE, 1), STORE_UNAVAILABLE);
    live_do(&world.redis, "REPLICAOF NO ONE");
    run_until_up(true);
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    live_stop(&master);
}

/* --- memory and marks
 * --------------------------------------------------------------------------------------------------- */

static void a_full_memory_refuses_inputs_and_takes_commits(void **state)
{
    (void)state;
    own_the_store();
    live_do(&world.redis, "CONFIG SET maxmemory-policy noeviction");
    live_do(&world.redis, "CONFIG SET maxmemory 1000000");
    assert_int_equal(accept_one("k1", "x"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_FULL);
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    begin();
    world.store.mark_trying(world.store.ctx, NONCE, "i1", str_of("{\"n\":1}"), on_done, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
    assert_string_equal(live_text(&world.redis, "HGET %s i1", P "trying"), "{\"n\":1}");
}

static void the_high_water_is_the_owners_to_lower(void **state)
{
    struct store_redis_options options = usual_options();

    (void)state;
    store_redis_destroy(world.shell);
    options.inbox_high_water = 2;
    open_store(&options);
    accept_one("k1", "x");
    accept_one("k2", "x");
    assert_int_equal(accept_one("k3", "x"), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_FULL);
}

/* --- other instances
 * ------------------------------------------------------------------------------------------------------ */

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

/* --- replicas
 * ----------------------------------------------------------------------------------------------------------- */

static int free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    live_must(bind(fd, (struct sockaddr *)&address, len) == 0);
    live_must(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    close(fd);
    return ntohs(address.sin_port);
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
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    assert_int_equal(accept_one("k1", "x"), STORE_OK);
    kill(replica.pid, SIGSTOP);
    assert_int_equal(commit(NONCE, 2), STORE_UNAVAILABLE);
    assert_int_equal(accept_one("k1", "x"), STORE_UNAVAILABLE); /* a duplicate, too */
    assert_int_equal(lease(LEASE_RENEW, NONCE, 0), STORE_UNAVAILABLE);
    assert_int_equal(lease(LEASE_LOOK, NONCE, 0), STORE_UNAVAILABLE); /* it would tell a seq that may be lost */
    assert_int_equal(commit(NONCE, 7), STORE_STALE_SEQ); /* a refusal promises nothing that a replica could lose */
    kill(replica.pid, SIGCONT);
    for (int i = 0; i < 20 && commit(NONCE, 2) != STORE_OK; i++) /* the resend waits for them as well */
        run_for_ms(100);
    assert_int_equal(world.status, STORE_OK);
    assert_int_equal(lease(LEASE_LOOK, NONCE, 0), STORE_OK);
    assert_int_equal(world.lease.seq, 2);
    begin();
    for (int64_t seq = 3; seq < 40; seq++)
        start_commit(NONCE, seq);
    run_until_answers(37);
    assert_int_equal(world.commits[39], STORE_OK);
    live_stop(&replica);
}

/* --- probe
 * -------------------------------------------------------------------------------------------------------------- */

static void on_probed(void *arg, const struct store_probe *probe)
{
    (void)arg;
    world.answers++;
    world.probe = *probe;
}

static void probe(void)
{
    begin();
    store_redis_probe(world.shell, on_probed, NULL);
    run_until_answers(1);
}

static void the_probe_tells_what_is_guaranteed(void **state)
{
    (void)state;
    probe();
    assert_int_equal(world.probe.status, STORE_OK);
    assert_int_equal(world.probe.appendonly, STORE_YES);
    assert_string_equal(world.probe.appendfsync, "always");
    assert_string_equal(world.probe.maxmemory_policy, "noeviction");
    assert_string_equal(world.probe.refusal, "");
    assert_non_null(strstr(world.probe.guarantee, "power loss"));
    live_do(&world.redis, "CONFIG SET appendfsync everysec");
    live_do(&world.redis, "CONFIG SET maxmemory-policy allkeys-lru");
    probe();
    assert_non_null(strstr(world.probe.refusal, "allkeys-lru"));
    assert_non_null(strstr(world.probe.guarantee, "last second"));
    live_do(&world.redis, "CONFIG SET maxmemory-policy noeviction");
    live_do(&world.redis, "CONFIG SET appendonly no");
    live_do(&world.redis, "REPLICAOF 127.0.0.1 1");
    probe();
    assert_non_null(strstr(world.probe.refusal, "replica"));
    assert_non_null(strstr(world.probe.guarantee, "LOST"));
}

/* --- ending
 * ------------------------------------------------------------------------------------------------------------- */

static void after_destroy_nobody_is_called(void **state)
{
    (void)state;
    own_the_store();
    begin();
    for (int64_t seq = 1; seq <= 20; seq++)
        start_commit(NONCE, seq);
    world.store.read(world.store.ctx, "0-0", "0-0", 1, 5000, on_read, NULL);
    world.store.load(world.store.ctx, on_loaded, NULL);
    start_accept("k", false, "x");
    store_redis_destroy(TAKE(world.shell));
    run_for_ms(50);
    assert_int_equal(world.answers, 0);
}

static void destroy_it(void *arg, enum store_status status, const char *reason)
{
    (void)arg, (void)status, (void)reason;
    world.answers++;
    store_redis_destroy(TAKE(world.shell));
}

static void start_commit_that_destroys(void)
{
    world.store.commit(world.store.ctx, &(struct store_commit){ .nonce = NONCE, .seq = 1, .id = OTHER }, destroy_it,
                       NULL);
}

static void a_callback_may_destroy_the_store(void **state)
{
    (void)state;
    own_the_store();
    begin();
    start_commit_that_destroys();
    start_commit(NONCE, 2);
    start_accept("k", false, "x");
    run_until_answers(1);
    run_for_ms(50);
    assert_int_equal(world.answers, 1);
}

static void a_callback_may_destroy_it_when_the_server_died(void **state)
{
    (void)state;
    own_the_store();
    kill(world.redis.pid, SIGSTOP);
    begin();
    start_commit_that_destroys();
    start_commit(NONCE, 2);
    start_accept("k", false, "x");
    run_for_ms(20);
    live_kill(&world.redis);
    run_until_answers(1);
    run_for_ms(50);
    assert_int_equal(world.answers, 1);
}

static void a_callback_may_destroy_it_at_the_deadline(void **state)
{
    struct store_redis_options options = usual_options();

    (void)state;
    own_the_store();
    store_redis_destroy(world.shell);
    options.deadline_ms = 100;
    open_store(&options);
    run_for_ms(50);
    kill(world.redis.pid, SIGSTOP);
    begin();
    start_commit_that_destroys();
    start_commit(NONCE, 2);
    run_until_answers(1);
    run_for_ms(50);
    assert_int_equal(world.answers, 1);
    kill(world.redis.pid, SIGCONT);
}

/* --- addresses
 * ------------------------------------------------------------------------------------------------------------ */

static void passwords_databases_and_tcp_work(void **state)
{
    static char port[16];
    struct store_redis_options options;
    char url[96];

    (void)state;
    leave(NULL);
    memset(&world, 0, sizeof(world));
    snprintf(port, sizeof(port), "%d", free_port());
    world.redis.args[0] = "--port", world.redis.args[1] = port;
    live_start(&world.redis);
    world.loop = loop_create(&(struct error){ .code = ERR_NONE });
    live_do(&world.redis, "CONFIG SET requirepass p@ss:word");
    options = usual_options();
    options.deadline_ms = 500;
    snprintf(url, sizeof(url), "redis://:p%%40ss:word@127.0.0.1:%s/3", port);
    options.url = url;
    open_store(&options);
    give_birth();
    live_do(&world.redis, "AUTH p@ss:word");
    live_do(&world.redis, "SELECT 3");
    assert_string_equal(live_text(&world.redis, "HGET %s birth", P "meta"), BIRTH);
    store_redis_destroy(world.shell);
    snprintf(url, sizeof(url), "redis://:wrong@127.0.0.1:%s/3", port);
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_UNAVAILABLE);
    assert_non_null(strstr(store_redis_trouble(world.shell), "AUTH"));
    assert_null(strstr(store_redis_trouble(world.shell), ":wrong@"));
}

static const struct url_row {
    const char *url, *said; /* how it is formatted, or a part of the error */
    bool is_fine;
} url_rows[] = {
    { "redis://h", "redis://h:6379/0", true },
    { "redis://h:1/2", "redis://h:1/2", true },
    { "redis://user:secret@h:1", "redis://h:1/0", true },
    { "redis://[::1]:7/0", "redis://[::1]:7/0", true },
    { "unix:///run/x.sock", "unix:///run/x.sock", true },
    { "unix:///run/x.sock?db=4", "unix:///run/x.sock", true },
    { "unix://run/x.sock", "three slashes", false },
    { "unix:///run/x?user=a", "only db=N", false },
    { "redis://", "no host", false },
    { "redis://h:99999", "port", false },
    { "redis://h:1/x", "database", false },
    { "redis://:p%4@h", "two hex digits", false },
    { "redis://:p%00@h", "NUL", false },
    { "redis://[::1]7", "after [IPv6]", false },
    { "rediss://h", "no TLS", false },
    { "sentinel://a,b/m", "not built yet", false },
    { "http://h", "write redis://", false },
    { "", "write redis://", false },
    { "unix:///12345678901234567890123456789012345678901234567890123456789012345678901234567890"
      "123456789012345678901234567890",
      "longer than", false },
};

static void urls_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(url_rows); i++) {
        struct redis_address address;
        struct error err = { .code = ERR_NONE };
        bool is_fine = redis_address_parse(url_rows[i].url, &address, &err);

        assert_int_equal(is_fine, url_rows[i].is_fine);
        if (is_fine)
            assert_string_equal(redis_address_format(&address).text, url_rows[i].said);
        else if (!strstr(err.message, url_rows[i].said))
            fail_msg("%s: %s", url_rows[i].url, err.message);
    }
}

static void names_are_checked(void **state)
{
    struct store_redis_options options = usual_options();
    struct error err;

    (void)state;
    options.name = "a{b}";
    assert_null(store_redis_create(&options, &err));
    options.name = "";
    assert_null(store_redis_create(&options, &err));
}

/* --- the reader of command line tools
 * --------------------------------------------------------------------------------------- */

static void the_reader_sees_what_is_there(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_STORE_READER struct store_reader *reader = NULL;
    struct error err;
    struct store_pair *pairs;
    struct store_entry *entries;
    struct str value;
    size_t count;

    (void)state;
    own_the_store();
    assert_int_equal(commit(NONCE, 1), STORE_OK);
    accept_one("k1", "one");
    accept_one("k2", "two");
    reader = store_reader_open(world.redis.url, NULL, &err);
    assert_non_null(reader);
    assert_true(store_reader_hash(reader, STORE_OPERATIONS, arena, &pairs, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(pairs[0].field, "D1");
    assert_true(store_reader_field(reader, STORE_OPERATIONS, "D1", arena, &value, &err));
    assert_true(str_is(value, "{}"));
    assert_false(store_reader_field(reader, STORE_OPERATIONS, "D9", arena, &value, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_true(store_reader_entries(reader, STORE_INBOX, &(struct store_range){ "-", "+", 10, true }, arena, &entries,
                                     &count, &err));
    assert_int_equal(count, 2);
    assert_true(str_is(entries[0].value, "two"));
    assert_false(store_reader_hash(reader, STORE_INBOX, arena, &pairs, &count, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_null(store_reader_open("unix:///nowhere", NULL, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_is_accepted_is_read_and_committed),
        IN_A_WORLD(a_store_without_birth_says_so),
        IN_A_WORLD(items_keep_any_byte),
        IN_A_WORLD(an_item_of_the_wrong_size_is_refused_and_ends_nothing),
        IN_A_WORLD(another_owner_makes_the_first_stale),
        IN_A_WORLD(a_refused_commit_says_why),
        IN_A_WORLD(a_commit_of_the_largest_size_passes),
        IN_A_WORLD(a_read_waits_for_something_to_come),
        IN_A_WORLD(a_load_ends_the_read_under_way),
        IN_A_WORLD(a_store_of_something_else_cannot_be_loaded),
        IN_A_WORLD(nothing_acknowledged_is_lost_in_a_kill),
        IN_A_WORLD(a_short_restart_is_waited_out),
        IN_A_WORLD(a_long_outage_is_told_in_time_and_then_at_once),
        IN_A_WORLD(a_server_that_hangs_is_unavailable),
        IN_A_WORLD(loading_is_waited_out),
        IN_A_WORLD(flushed_scripts_come_back_and_order_stays),
        IN_A_WORLD(nobody_listens_at_a_closed_port),
        IN_A_WORLD(a_port_that_never_answers_is_given_up),
        IN_A_WORLD(a_replica_is_no_store),
        IN_A_WORLD(a_full_memory_refuses_inputs_and_takes_commits),
        IN_A_WORLD(the_high_water_is_the_owners_to_lower),
        IN_A_WORLD(instances_tell_each_other),
        IN_A_WORLD(answers_wait_for_replicas),
        IN_A_WORLD(the_probe_tells_what_is_guaranteed),
        IN_A_WORLD(after_destroy_nobody_is_called),
        IN_A_WORLD(a_callback_may_destroy_the_store),
        IN_A_WORLD(a_callback_may_destroy_it_when_the_server_died),
        IN_A_WORLD(a_callback_may_destroy_it_at_the_deadline),
        IN_A_WORLD(passwords_databases_and_tcp_work),
        cmocka_unit_test_setup_teardown(names_are_checked, enter_empty, leave),
        IN_A_WORLD(the_reader_sees_what_is_there),
        cmocka_unit_test(urls_are_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
