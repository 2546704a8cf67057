/* A clean end: nothing new is begun, what is out is waited for, and the lease is given back. */
#include "tests/unit/engine_fixture.h"

static bool has_released(const struct world *world)
{
    return fake_meta(world->store, "nonce")[0] == '\0';
}

static enum engine_phase phase(const struct world *world)
{
    return engine_status(world->nodes[0]->engine).phase;
}

static void check_idle(void **state)
{
    struct world *world = *state;

    engine_stop(world->nodes[0]->engine, 5000);
    world_run(world);
    assert_int_equal(phase(world), ENGINE_STOPPED);
    assert_true(has_released(world));
}

static void check_in_flight(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    engine_stop(world->nodes[0]->engine, 5000);
    world_advance(world, 2000);
    assert_int_equal(phase(world), ENGINE_STOPPING);
    flight_end(node_flight(world->nodes[0], "note"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_int_equal(phase(world), ENGINE_STOPPED);
    assert_true(has_released(world));
    assert_string_equal(world_heard(world, "D1"), "effect:note:done|"); /* its result was committed first */
}

static void check_grace(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    engine_stop(world->nodes[0]->engine, 2000);
    world_advance(world, 2500);
    assert_int_equal(phase(world), ENGINE_STOPPED);
    assert_false(has_released(world)); /* it may still arrive: the next owner has to wait for it */
    assert_null(node_flight(world->nodes[0], "note"));
    assert_non_null(fake_get(world->store, STORE_EFFECTS, "D1.1"));
}

static void check_nothing_new(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note,timer:t:500,read:digest:500 effect:look");
    engine_stop(world->nodes[0]->engine, 5000);
    world_say(world, "U2 do wait");
    world_advance(world, 1000);
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(world_heard(world, "D1"), "");
    flight_end(node_flight(world->nodes[0], "note"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_int_equal(phase(world), ENGINE_STOPPED);
    assert_int_equal(world_tried(world, "D1.2 look"), 0); /* recorded, and left to the next owner */
    assert_non_null(fake_get(world->store, STORE_EFFECTS, "D1.2"));
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 1000);
    assert_int_equal(world_tried(world, "D1.2 look"), 1);
    assert_int_equal(world->replies_count, 2);
    assert_string_equal(json_find_string(world_operation(world, "D2"), "requester.id"), "U2");
}

static void check_commit_in_flight(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do wait");
    engine_stop(world->nodes[0]->engine, 5000);
    world_advance(world, 1000);
    assert_int_equal(phase(world), ENGINE_STOPPING);
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(phase(world), ENGINE_STOPPED);
    assert_true(has_released(world));
}

/* The answer to the release is lost: it is asked again, so that the next owner need not wait for the lease to run out.
 */
static void check_release_lost(void **state)
{
    static const enum call_fate fates[] = { FATE_LOST_BEFORE, FATE_LOST_AFTER };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fates); i++) {
        struct world *world;
        void *made;

        world_setup(&made);
        world = made;
        world->store->fates[CALL_LEASE] = fates[i];
        engine_stop(world->nodes[0]->engine, 5000);
        world_advance(world, 2500);
        assert_int_equal(phase(world), ENGINE_STOPPED);
        assert_true(has_released(world));
        world_teardown(&made);
    }
}

static void check_store_gone(void **state)
{
    struct world *world = *state;

    for (int kind = 0; kind < CALL_KINDS; kind++)
        world->store->holds[kind] = true;
    world_say(world, "U1 do wait");
    engine_stop(world->nodes[0]->engine, 60000);
    world_advance(world, 4000);
    assert_int_equal(phase(world), ENGINE_STOPPED); /* the lease has run out: nothing to wait for */
}

/* Redis came back empty while we were stopping: that must not keep the process alive. */
static void check_store_emptied(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    engine_stop(world->nodes[0]->engine, 60000);
    fake_drop(world->store, STORE_META, "birth");
    world_advance(world, 1500);
    assert_int_equal(phase(world), ENGINE_STOPPED);
}

static void check_standby(void **state)
{
    struct world *world = *state;
    struct node *standby = world_node(world);

    node_start(standby);
    world_advance(world, 500);
    engine_stop(standby->engine, 5000);
    world_advance(world, 1000);
    assert_int_equal(engine_status(standby->engine).phase, ENGINE_STOPPED);
    assert_int_equal(phase(world), ENGINE_OWNER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("an idle owner gives the lease back at once", check_idle),
        ENGINE_TEST("a store that is emptied meanwhile ends it too", check_store_emptied),
        ENGINE_TEST("what is in flight is waited for, and its result committed", check_in_flight),
        ENGINE_TEST("after the grace it ends, and keeps the lease from the next owner for its rest", check_grace),
        ENGINE_TEST("nothing new is decided, and nothing is lost", check_nothing_new),
        ENGINE_TEST("a commit on its way is waited for", check_commit_in_flight),
        { "a release whose answer is lost is sent again", check_release_lost, NULL, NULL, NULL },
        ENGINE_TEST("a store that is gone is not waited for longer than the lease", check_store_gone),
        ENGINE_TEST("a standby ends without touching the owner's lease", check_standby),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
