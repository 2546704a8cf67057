/* Many inputs at once, records that are lost, and a journal that does not grow for ever. */
#include "tests/unit/engine_fixture.h"

#define BURST 300

static void check_burst(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < BURST; i++) {
        struct inbox_item item = world_item(world, "U1 do wait");

        world_accept(world, &item, STORE_INBOX);
    }
    world_advance(world, 900); /* less than one blocking read */
    assert_int_equal(world_journalled(world, "request.accepted"), BURST);
}

static void check_lost_holder(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    world_say(world, "U2 do claim");
    fake_drop(world->store, STORE_OPERATIONS, "D1");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 6000);
    assert_string_equal(json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "holder"), "D2");
    assert_int_equal(world_journalled(world, "target.freed"), 1);
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
}

static void check_unreadable(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    fake_put(world->store, STORE_OPERATIONS, "D1", "{\"id\":\"D1\"");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 6000);
    assert_int_equal(engine_status(world->nodes[0]->engine).unreadable, 1);
    assert_non_null(fake_get(world->store, STORE_OPERATIONS, "D1")); /* left alone: a person may want to read it */
    world_say(world, "U2 do claim");
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a burst is decided without waiting for a blocking read", check_burst),
        ENGINE_TEST("a target whose holder is lost goes to the next in line", check_lost_holder),
        ENGINE_TEST("a record that cannot be read is counted, and its target freed", check_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
