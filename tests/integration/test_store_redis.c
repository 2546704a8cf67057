/* The store over a real Redis: what each call does, and what it refuses. */
#include "tests/integration/store_redis_fixture.h"

#include "bot/shell/store_reader.h"

/* ---- the plain way ---- */

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

/* ---- reading ---- */

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

static bool is_read_under_way(void) /* by the server's word */
{
    AUTO_REPLY redisReply *clients = live_ask(&world.redis, "INFO clients");

    return strstr(clients->str, "blocked_clients:1\r\n") != NULL;
}

static void a_load_ends_the_read_under_way(void **state)
{
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, NULL);

    (void)state;
    begin();
    world.store.read(world.store.ctx, "0-0", "0-0", 10, 10 * PATIENCE_MS, on_read, NULL);
    while (!is_read_under_way())
        run_for_ms(10);
    loop_timer_cancel(patience);
    world.store.load(world.store.ctx, on_loaded, NULL);
    run_until_answers(2); /* its own end would come too late for our patience */
    assert_int_equal(world.status, STORE_OK);
}

static void a_store_of_something_else_cannot_be_loaded(void **state)
{
    (void)state;
    live_do(&world.redis, "SET %s text", P "effects");
    assert_int_equal(load(), STORE_UNAVAILABLE);
}

/* ---- memory and marks ---- */

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

/* ---- what it guarantees ---- */

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
    assert_non_null(strstr(world.probe.warning, "`aof-load-truncated no`"));
    live_do(&world.redis, "CONFIG SET aof-load-truncated no");
    probe();
    assert_string_equal(world.probe.load_truncated, "no");
    assert_string_equal(world.probe.warning, "");
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

/* ---- the reader of command line tools ---- */

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
    reader = store_reader_open(&(struct store_reader_options){ .url = world.redis.url }, &err);
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
    assert_null(store_reader_open(&(struct store_reader_options){ .url = "unix:///nowhere" }, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
}

/* Looks with the number of the release that wrote the first stores. */
static enum lease_result look_as_first_release(void)
{
    struct lease_call call = { .action = LEASE_LOOK, .nonce = "", .instance = "older", .schema = 1 };

    begin();
    world.store.lease(world.store.ctx, &call, on_leased, NULL);
    run_until_answers(1);
    assert_int_equal(world.status, STORE_OK);
    return world.lease.result;
}

static void what_we_have_taken_the_first_release_leaves_alone(void **state)
{
    AUTO_REPLY redisReply *counter = NULL;

    (void)state;
    give_birth();
    live_do(&world.redis, "HSET %s schema 1", P "meta");
    assert_int_equal(look_as_first_release(), LEASE_DONE);
    assert_int_equal(lease(LEASE_TAKE, NONCE, 0), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_DONE);
    assert_int_equal(look_as_first_release(), LEASE_TOO_NEW);
    assert_int_equal(lease(LEASE_RELEASE, NONCE, 0), STORE_OK);
    assert_int_equal(look_as_first_release(), LEASE_TOO_NEW); /* and when nobody owns it, too */
    assert_int_equal(lease(LEASE_TAKE, OTHER, 0), STORE_OK);
    assert_int_equal(world.lease.result, LEASE_DONE);
    counter = live_ask(&world.redis, "HGET %s schema", P "meta");
    assert_int_equal(atoi(counter->str), STORE_SCHEMA);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_is_accepted_is_read_and_committed),
        IN_A_WORLD(a_store_without_birth_says_so),
        IN_A_WORLD(what_we_have_taken_the_first_release_leaves_alone),
        IN_A_WORLD(items_keep_any_byte),
        IN_A_WORLD(an_item_of_the_wrong_size_is_refused_and_ends_nothing),
        IN_A_WORLD(another_owner_makes_the_first_stale),
        IN_A_WORLD(a_refused_commit_says_why),
        IN_A_WORLD(a_commit_of_the_largest_size_passes),
        IN_A_WORLD(a_read_waits_for_something_to_come),
        IN_A_WORLD(a_load_ends_the_read_under_way),
        IN_A_WORLD(a_store_of_something_else_cannot_be_loaded),
        IN_A_WORLD(a_full_memory_refuses_inputs_and_takes_commits),
        IN_A_WORLD(the_high_water_is_the_owners_to_lower),
        IN_A_WORLD(the_probe_tells_what_is_guaranteed),
        IN_A_WORLD(the_reader_sees_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
