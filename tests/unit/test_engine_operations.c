/* What an operation waits for: readings, timers, messages, its turn at a target. And its one end. */
#include "tests/unit/engine_fixture.h"

static void answer(struct world *world, size_t nth, const char *says)
{
    AUTO_JSON cJSON *body = json_object();
    struct flight *flight = NULL;

    json_set_string(body, "says", says);
    for (size_t i = 0; i < world->nodes[0]->flights_count; i++)
        if (world->nodes[0]->flights[i].is_reading && nth-- == 0)
            flight = &world->nodes[0]->flights[i];
    assert_non_null(flight);
    flight_end(flight, (struct attempt_end){ .result = ATTEMPT_DONE, .body = body });
    world_run(world);
}

/* ---- readings ---- */

static void check_reading(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:digest:5000,read:other:5000");
    answer(world, 0, "a");
    assert_string_equal(world_heard(world, "D1"), "reading:digest:done:a|");
    assert_int_equal(cJSON_GetArraySize(json_find(world_operation(world, "D1"), "awaited")), 1);
    answer(world, 1, "b");
    assert_string_equal(world_heard(world, "D1"), "reading:digest:done:a|reading:other:done:b|");
    assert_null(json_find(world_operation(world, "D1"), "awaited"));
    world_advance(world, 10000);
    assert_string_equal(world_heard(world, "D1"), "reading:digest:done:a|reading:other:done:b|");
}

static void check_generation(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:digest:60000,timer:t:500 read:digest:60000");
    world_advance(world, 1000); /* asked anew while the first question is still out */
    assert_int_equal(world_tried(world, "D1/digest/1 digest"), 1);
    assert_int_equal(world_tried(world, "D1/digest/2 digest"), 1);
    answer(world, 0, "old");
    assert_string_equal(world_heard(world, "D1"), "timer:t|");
    answer(world, 1, "new");
    assert_string_equal(world_heard(world, "D1"), "timer:t|reading:digest:done:new|");
}

static void check_deadline(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:digest:5000");
    world_advance(world, 4900);
    assert_string_equal(world_heard(world, "D1"), "");
    world_advance(world, 200);
    assert_string_equal(world_heard(world, "D1"), "reading:digest:gave-up:|");
    answer(world, 0, "late");
    assert_string_equal(world_heard(world, "D1"), "reading:digest:gave-up:|");
}

static void check_asked_again(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:digest:10000");
    for (int i = 0; i < 150; i++) {
        struct flight *flight = node_flight(world->nodes[0], "digest");

        if (flight)
            flight_end(flight, (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "busy" });
        world_advance(world, STEP_MS);
    }
    assert_string_equal(world_heard(world, "D1"), "reading:digest:gave-up:|");
    assert_true(world_tried(world, "D1/digest/1 digest") >= 3);
    assert_true(world_tried(world, "D1/digest/1 digest") <= 8);
}

static void check_reading_never(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:digest:10000");
    flight_end(node_flight(world->nodes[0], "digest"), (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "404" });
    world_run(world);
    assert_string_equal(world_heard(world, "D1"), "reading:digest:failed:|");
}

/* ---- timers ---- */

static void check_timers(void **state)
{
    struct world *world = *state;

    world_say(world,
              "U1 do timer:late:900,timer:soon:300,timer:never:400,cancel:never,timer:moved:100,timer:moved:600");
    world_advance(world, 2000);
    assert_string_equal(world_heard(world, "D1"), "timer:soon|timer:moved|timer:late|");
    assert_int_equal(world->store->places[STORE_TIMERS].count, 0);
}

/* ---- targets ---- */

static const char *holder(struct world *world)
{
    return json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "holder");
}

static void check_queue(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim wait end"); /* hears the grant, then is told, and ends */
    world_say(world, "U1 do claim wait end");
    world_say(world, "U1 do claim,timer:t:500 end"); /* ends while it waits */
    world_say(world, "U1 do claim wait end");
    assert_string_equal(holder(world), "D1");
    assert_int_equal(cJSON_GetArraySize(json_find(world_record(world, STORE_TARGETS, ERRAND_TARGET), "waiting")), 3);
    assert_string_equal(world_heard(world, "D2"), "");
    world_advance(world, 1000);
    assert_string_equal(json_find_string(world_operation(world, "D3"), "result"), "done");
    world_say(world, "U1 do tell:D1");
    assert_string_equal(holder(world), "D2");
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
    assert_string_equal(world_heard(world, "D4"), "");
    world_say(world, "U1 do tell:D2");
    assert_string_equal(holder(world), "D4"); /* who had left the queue is passed over */
    world_say(world, "U1 do tell:D4");
    assert_null(holder(world));
    assert_int_equal(world_journalled(world, "target.granted"), 3);
}

static void check_release(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim release");
    assert_null(holder(world));
    world_say(world, "U1 do claim");
    assert_string_equal(holder(world), "D2");
    world_say(world, "U1 do release"); /* what it never had it cannot give away */
    assert_string_equal(holder(world), "D2");
}

static void check_good_versions(void **state)
{
    struct world *world = *state;
    const cJSON *good;

    for (int i = 0; i < 13; i++)
        world_say(world, "U1 do good,end");
    good = json_find(world_record(world, STORE_TARGETS, ERRAND_TARGET), "good");
    assert_int_equal(cJSON_GetArraySize(good), 10);
    assert_string_equal(json_find_string(good, "0.version"), "D4"); /* the oldest went, the newest is last */
    assert_string_equal(json_find_string(good, "9.version"), "D13");
}

static const char *doubt(struct world *world)
{
    return json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "doubt");
}

static void check_doubt(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do good,end");
    assert_null(doubt(world));
    world_say(world, "U1 do doubt,fail");
    assert_string_equal(doubt(world), "D2");
    world_say(world, "U1 do claim fail"); /* it changed nothing, so it clears nothing up */
    assert_string_equal(doubt(world), "D2");
    assert_null(holder(world));
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
    world_say(world, "U1 do good,end");
    assert_null(doubt(world));
}

/* ---- messages and ends ---- */

static void check_message(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait");
    world_say(world, "U1 do tell:D1,tell:D1,tell:D99");
    assert_string_equal(world_heard(world, "D1"), "message:hello:D2|message:hello:D2|");
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0);
}

static void check_end(void **state)
{
    struct world *world = *state;
    const cJSON *operation;

    world_say(world, "U1 do claim,timer:poll:60000,timer:t:500,read:digest:60000,effect:note wait end");
    world_advance(world, 500);
    operation =
        world_record(world, STORE_OPERATIONS, "D1"); /* it heard the grant and t, and ended; its effect is still out */
    assert_string_equal(json_find_string(operation, "result"), "done");
    assert_string_equal(json_find_string(operation, "summary"), "the errand is over");
    assert_true(json_find_int(operation, "ended_at_ms", 0) == world->store->unix_ms);
    assert_int_equal(world->store->places[STORE_TIMERS].count, 0);
    assert_null(json_find(operation, "awaited"));
    assert_null(holder(world));
    answer(world, 0, "late");
    flight_end(node_flight(world->nodes[0], "note"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_null(world_record(world, STORE_OPERATIONS, "D1"));
    assert_string_equal(world_heard(world, "D1"),
                        "message:target.granted:engine|timer:t|"); /* and nothing after its end */
    assert_int_equal(world_journalled(world, "operation.ended"), 1);
    assert_int_equal(engine_status(world->nodes[0]->engine).operations, 0);
}

static void check_end_at_once(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do end");
    assert_string_equal(json_find_string(world_record(world, STORE_ENDED, "D1"), "result"), "done");
    assert_null(world_record(world, STORE_OPERATIONS, "D1"));
    assert_string_equal(world->replies[0], "D1 began");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a reading is asked, heard once, and no longer awaited", check_reading),
        ENGINE_TEST("an answer to an older question is dropped", check_generation),
        ENGINE_TEST("a reading without an answer gives up at its deadline", check_deadline),
        ENGINE_TEST("a reading that may work later is asked again, not too often", check_asked_again),
        ENGINE_TEST("a reading that never works is heard of at once", check_reading_never),
        ENGINE_TEST("timers fire in their order; a cancelled one never, a moved one once", check_timers),
        ENGINE_TEST("a target goes to those who wait, first come first", check_queue),
        ENGINE_TEST("a target that is given back is free", check_release),
        ENGINE_TEST("a target remembers who left open what it runs, until a version is good again", check_doubt),
        ENGINE_TEST("a target remembers its last ten good versions", check_good_versions),
        ENGINE_TEST("a message is heard once; one for nobody disturbs nobody", check_message),
        ENGINE_TEST("an end takes timers, readings and target along, and nothing is heard after it", check_end),
        ENGINE_TEST("an errand may end as it begins", check_end_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
