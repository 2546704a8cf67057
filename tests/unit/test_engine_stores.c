/* A store that is not the one we know is refused, with the reason, until the right one is back. */
#include "tests/unit/engine_fixture.h"

static void make_older(struct fake_store *store)
{
    fake_put_number(store, "seq", 3);
}

static void make_foreign(struct fake_store *store)
{
    fake_put(store, STORE_META, "birth", "ffffffffffffffffffffffffffffffff");
}

static void make_empty(struct fake_store *store)
{
    store->places[STORE_META] = (struct fake_place){ NULL, 0 };
}

static void make_newer(struct fake_store *store)
{
    fake_put_number(store, "schema", STORE_SCHEMA + 1);
}

static const struct row {
    const char *name;
    void (*make)(struct fake_store *store);
    const char *why;
    bool knows_nothing; /* this data_dir never joined a store */
} rows[] = {
    { "a store at a lower seq than was confirmed", make_older, "an older store: seq 3", false },
    { "a store with another birth", make_foreign, "another store: birth ffffffff", false },
    { "an empty store in place of a known one", make_empty, "the store is empty, but data_dir knows it at seq 50",
      false },
    { "an empty store that nobody created", make_empty, "the store is empty: `opsgate store create`", true },
    { "a store of a newer opsgate", make_newer, "written by a newer opsgate", false },
};

static struct node *make_node(struct world *world, const struct row *row)
{
    struct node *node = world_node(world);

    fake_put_number(world->store, "seq", 50);
    if (!row->knows_nothing)
        node->config.memory = (struct engine_memory){ .birth = FAKE_BIRTH, .seq = 50 };
    return node;
}

static void check_refused(void **state)
{
    const struct row *row = *state;
    struct world *world = world_create();
    struct node *node = make_node(world, row);
    struct inbox_item item = world_item(world, "U1 do wait");
    struct engine_memory memory = node->config.memory;
    struct fake_place meta = { NULL, 0 };
    void *made = world;

    for (size_t i = 0; i < world->store->places[STORE_META].count; i++)
        *ARENA_PUSH(world->arena, meta.fields, meta.count) = world->store->places[STORE_META].fields[i];
    row->make(world->store);
    world_accept(world, &item, STORE_INBOX);
    node_start(node);
    world_advance(world, 10000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_REFUSED);
    if (!strstr(engine_status(node->engine).why, row->why))
        assert_string_equal(engine_status(node->engine).why, row->why);
    assert_string_equal(fake_meta(world->store, "nonce"), "");
    assert_false(engine_knows_store(node->engine, 0));
    assert_int_equal(world->replies_count, 0);
    assert_memory_equal(&node->config.memory, &memory, sizeof(memory)); /* what it knows is not overwritten */

    world->store->places[STORE_META] = meta; /* the right one is back */
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    assert_true(engine_knows_store(node->engine, 0));
    assert_int_equal(world->replies_count, 1);
    world_teardown(&made);
}

/* What is for the store alone that we know is handed over only while that one answers. */
static void check_known(void **state)
{
    struct world *world = world_create();
    struct node *owner = world_node(world), *standby = world_node(world);
    void *made = world;

    (void)state;
    node_start(owner);
    assert_false(engine_knows_store(owner->engine, 0));
    world_advance(world, 1000);
    node_start(standby);
    world_advance(world, 2000);
    assert_int_equal(engine_status(standby->engine).phase, ENGINE_STANDBY);
    assert_true(engine_knows_store(owner->engine, 0));
    assert_true(engine_knows_store(standby->engine, 0)); /* it need not be the owner */
    assert_false(engine_knows_store(standby->engine, world->store->mono_ms)); /* it is connected anew since */
    world_advance(world, 2000);
    assert_true(engine_knows_store(standby->engine, world->store->mono_ms - 2000));
    for (int kind = 0; kind < CALL_KINDS; kind++)
        world->store->holds[kind] = true;
    world_advance(world, 5000);
    assert_false(engine_knows_store(owner->engine, 0)); /* nobody knows who will answer next */
    assert_false(engine_knows_store(standby->engine, 0));
    world_teardown(&made);
}

/* The same happening to an owner: it stops at once. */
static void check_under_us(void **state)
{
    const struct row *row = *state;
    struct world *world = world_create();
    struct node *node = make_node(world, row);
    void *made = world;

    node_start(node);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    world_say(world, "U1 do effect:note");
    row->make(world->store);
    world_advance(world, 1500);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_REFUSED);
    assert_null(node_flight(node, "note")); /* cut */
    if (row->make == make_empty)
        fake_put(
            world->store, STORE_META, "journal",
            json_find_string(
                world_record(
                    world, STORE_JOURNAL,
                    world->store->places[STORE_JOURNAL].fields[world->store->places[STORE_JOURNAL].count - 1].field),
                "hash")); /* for the check of the chain at the end */
    world_teardown(&made);
}

static void check_joins(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);
    void *made = world;

    (void)state;
    fake_put_number(world->store, "seq", 7);
    node_start(node);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    assert_string_equal(node->config.memory.birth, FAKE_BIRTH);
    assert_true(node->config.memory.seq >= 7);
    world_teardown(&made);
}

static void check_ahead(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);
    void *made = world;

    (void)state;
    fake_put_number(world->store, "seq", 60); /* others have gone on meanwhile */
    node->config.memory = (struct engine_memory){ .birth = FAKE_BIRTH, .seq = 50 };
    node_start(node);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    assert_true(node->config.memory.seq >= 60);
    world_teardown(&made);
}

/* The release that wrote the first stores. What came after it - timers of the steady clock, operations that stand,
 * marks of an adoption - it would read wrong, and never say so. */
#define FIRST_SCHEMA 1

static void check_older(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);
    struct lease_call older = { .action = LEASE_LOOK, .nonce = "", .instance = "older", .schema = FIRST_SCHEMA };
    bool was_clean;
    void *made = world;

    (void)state;
    fake_put_number(world->store, "schema", FIRST_SCHEMA);
    assert_int_equal(fake_lease(world->store, &older, &was_clean), LEASE_DONE);
    node_start(node);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    assert_int_equal(fake_number(world->store, "schema"), STORE_SCHEMA);
    assert_int_equal(fake_lease(world->store, &older, &was_clean), LEASE_TOO_NEW);
    older.action = LEASE_TAKE;
    older.counter = fake_number(world->store, "counter");
    assert_int_equal(fake_lease(world->store, &older, &was_clean), LEASE_TOO_NEW);
    world_teardown(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a data_dir that knows nothing joins a living store", check_joins, NULL, NULL, NULL },
        { "a store of the first release is taken, and that release takes it no more", check_older, NULL, NULL, NULL },
        { "what is for our store alone waits until that one answers", check_known, NULL, NULL, NULL },
        { "a store that has gone on is the one we know", check_ahead, NULL, NULL, NULL },
    };

    return ROWS(rows, check_refused) + ROWS(rows, check_under_us) + cmocka_run_group_tests(tests, NULL, NULL);
}
