/* What only looks counts by itself: the numbers that people type are for what they can act on. */
#include "tests/unit/engine_fixture.h"

/* `peek WISHES...`: an errand whose verb only looks. */
static const struct verb peek_verb = {
    .name = "peek", .usage = "peek", .is_look = true, .asks = errand_asks, .begin = errand_begin
};

static int setup(void **state)
{
    world_setup(state);
    ((struct world *)*state)->verbs[1] = &peek_verb;
    return 0;
}

static void restart(struct world *world)
{
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
}

static const char *last_reply(const struct world *world)
{
    return world->replies[world->replies_count - 1];
}

static void check_apart(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 peek wait");
    world_say(world, "U1 peek end,forget");
    world_say(world, "U1 do wait");
    assert_string_equal(last_reply(world), "D1 began");
    world_say(world, "U1 peek wait");
    world_say(world, "U1 do wait");
    assert_string_equal(last_reply(world), "D2 began");
    assert_non_null(world_operation(world, "L1"));
    assert_null(world_operation(world, "L2")); /* it is over, and forgotten */
    assert_non_null(world_operation(world, "L3"));
    assert_string_equal(fake_meta(world->store, "last:operation"), "2");
    assert_string_equal(fake_meta(world->store, "last:look"), "3");
}

static void check_refused(void **state)
{
    struct world *world = *state;

    world_say(world, "U9 peek wait"); /* without a role */
    world_say(world, "U1 peek");
    world_say(world, "U1 peek wait");
    assert_non_null(world_operation(world, "L1"));
}

/* Effects, readings and timers of it bear its id, and find it again. */
static void check_whole(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 peek silent,effect:note,read:sight:5000,timer:t:300 wait wait reply,end,forget");
    assert_int_equal(world_tried(world, "L1.1 note"), 1);
    assert_int_equal(world_tried(world, "L1/sight/1 sight"), 1);
    flight_end(node_flight(world->nodes[0], "note"), (struct attempt_end){ .result = ATTEMPT_DONE });
    flight_end(node_flight(world->nodes[0], "sight"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_string_equal(world_heard(world, "L1"), "effect:note:done|reading:sight:done:|");
    world_advance(world, 1000);
    assert_string_equal(last_reply(world), "L1 says so"); /* the errand's own words; no verb of ours has such */
    assert_int_equal(world->store->places[STORE_OPERATIONS].count, 0);
    assert_int_equal(world->store->places[STORE_TIMERS].count, 0);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_takeover(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 peek timer:t:2000 end,forget");
    world_say(world, "U1 peek wait");
    world_say(world, "U1 do wait");
    restart(world);
    assert_null(world_operation(world, "L1")); /* its timer came to the new owner */
    assert_non_null(world_operation(world, "L2"));
    world_say(world, "U1 peek wait");
    world_say(world, "U1 do wait");
    assert_string_equal(last_reply(world), "D2 began");
    assert_non_null(world_operation(world, "L3"));
    assert_string_equal(fake_meta(world->store, "last:look"), "3");
}

/* Written before there was such a counter: looks of then have numbers of people's, and keep them. */
static void check_older_store(void **state)
{
    struct world *world = world_create();
    void *made = world;

    (void)state;
    world->verbs[1] = &peek_verb;
    fake_put(world->store, STORE_META, "last:operation", "5");
    fake_put(world->store, STORE_OPERATIONS, "D5",
             "{\"id\":\"D5\",\"outside_id\":\"b-5\",\"kind\":\"errand\",\"schema\":1,\"state\":\"running\","
             "\"requester\":{\"system\":\"slack\",\"id\":\"U1\"},\"created_at_ms\":1,\"changed_at_ms\":1,"
             "\"effects_made\":0,\"generation\":0,\"body\":{\"script\":[\"end,forget\"],\"heard\":\"\"}}");
    fake_put(world->store, STORE_TIMERS, "D5/t", "{\"operation\":\"D5\",\"name\":\"t\",\"at_ms\":1}");
    node_start(world_node(world));
    world_advance(world, 1000);
    assert_null(world_operation(world, "D5"));
    world_say(world, "U1 peek wait");
    world_say(world, "U1 do wait");
    assert_string_equal(last_reply(world), "D6 began");
    assert_non_null(world_operation(world, "L1"));
    world_teardown(&made);
}

/* Whatever becomes of it, nobody is told of a number that nobody can use. */
static const struct unnamed_row {
    const char *name, *asked;
} unnamed_rows[] = {
    { "a look that speaks while it looks", "U1 peek silent,timer:t:100 reply" },
    { "a look that ends and is forgotten", "U1 peek silent,timer:t:100 end,forget" },
    { "a look that ends and is kept", "U1 peek silent,timer:t:100 end" },
    { "a look that answers at once", "U1 peek wait" },
};

static void check_unnamed(void **state)
{
    const struct unnamed_row *row = *state;
    struct world *world;
    void *made;

    setup(&made);
    world = made;
    world_say(world, row->asked);
    world_advance(world, 1000);
    assert_int_equal(world->replies_count, 1);
    for (size_t i = 0; i < world->nodes[0]->flights_count; i++)
        if (strcmp(world->nodes[0]->flights[i].kind, EFFECT_REPLY) == 0)
            assert_null(world->nodes[0]->flights[i].names);
    world_teardown(&made);
}

static void check_ids(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    assert_true(operation_is_id("D1") && operation_is_id("D1042"));
    assert_false(operation_is_id("L1") || operation_is_id("D") || operation_is_id("") || operation_is_id("D1.1") ||
                 operation_is_id("d1") || operation_is_id("D-1"));
    assert_string_equal(operation_id_read("d1042", arena), "D1042");
    assert_string_equal(operation_id_read("D1042", arena), "D1042");
    assert_null(operation_id_read("", arena));
    assert_null(operation_id_read("d", arena));
    assert_null(operation_id_read("d1x", arena));
    assert_null(operation_id_read("l1", arena));
    assert_true(operation_is_look("L1"));
    assert_false(operation_is_look("D1") || operation_is_look("W1"));
}

#define LOOK_TEST(sentence, test)                                                                                      \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOK_TEST("looks are counted apart, and use up no number", check_apart),
        LOOK_TEST("a look that is refused uses up none of theirs either", check_refused),
        LOOK_TEST("what belongs to a look finds it by its id", check_whole),
        LOOK_TEST("whoever takes over goes on with both counters", check_takeover),
        cmocka_unit_test(check_older_store),
        cmocka_unit_test(check_ids),
    };

    return ROWS(unnamed_rows, check_unnamed) + cmocka_run_group_tests(tests, NULL, NULL);
}
