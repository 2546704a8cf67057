/* When an owner dies, another takes over: what it finds, what it waits for, and what it does not repeat. */
#include "tests/unit/engine_fixture.h"

#define POISON "U1 do wait" /* an item whose decision crashes its owner, as far as these tests pretend */

static struct node *crash_and_restart(struct world *world, bool died_by_own_signal)
{
    struct node *node = world->nodes[0];

    node_crash(node);
    node->config.died_by_own_signal = died_by_own_signal;
    node_start(node);
    return node;
}

/* Alive again, the lease of before run out, everything loaded. */
static void restart(struct world *world, bool died_by_own_signal)
{
    crash_and_restart(world, died_by_own_signal);
    world_advance(world, 4000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
}

static int64_t time_until_owner(struct world *world, struct node *node)
{
    int64_t began_ms = world->store->mono_ms;

    while (engine_status(node->engine).phase != ENGINE_OWNER) {
        world_advance(world, STEP_MS);
        assert_true(world->store->mono_ms - began_ms < 20000);
    }
    return world->store->mono_ms - began_ms;
}

static void check_standby(void **state)
{
    struct world *world = *state;
    struct node *standby = world_node(world);
    int64_t took_ms;

    node_start(standby);
    world_advance(world, 10000);
    assert_int_equal(engine_status(standby->engine).phase, ENGINE_STANDBY);
    assert_string_equal(engine_status(standby->engine).owner, "node-1");
    node_crash(world->nodes[0]);
    took_ms = time_until_owner(world, standby);
    assert_true(took_ms >= 2000 && took_ms <= 5000); /* the last renewal was up to a second ago */
}

static void check_handover(void **state)
{
    struct world *world = *state;
    struct node *standby = world_node(world);

    node_start(standby);
    world_advance(world, 1000);
    engine_stop(world->nodes[0]->engine, 5000);
    assert_true(time_until_owner(world, standby) <= 500);
}

static void check_one_owner(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 3; i++)
        node_start(world_node(world));
    world_advance(world, 2000);
    node_crash(world->nodes[0]);
    for (int step = 0; step < 100; step++) {
        size_t owners = 0;

        world_advance(world, STEP_MS);
        for (size_t i = 1; i < world->nodes_count; i++)
            owners += engine_status(world->nodes[i]->engine).is_lease_good;
        assert_true(owners <= 1);
    }
    world_say(world, "U1 do wait");
    assert_int_equal(world->replies_count, 1);
}

static void check_paused_owner(void **state)
{
    struct world *world = *state;
    struct node *standby = world_node(world);
    struct flight *flight;

    node_start(standby);
    world_say(world, "U1 do effect:note wait");
    world->nodes[0]->wants_turn = false;
    flight = node_flight(world->nodes[0], "note");
    assert_non_null(flight);
    world->store->holds[CALL_LEASE] = true; /* nobody renews: the owner is cut off from the store */
    world_advance(world, 3500);
    assert_false(flight->on_done == NULL);
    assert_true(flight->is_over); /* its calls are cut when its lease is over */
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_STANDBY);
}

/* ---- the careful mode ---- */

static void check_mark_first(void **state)
{
    struct world *world = *state;

    restart(world, false);
    world->store->holds[CALL_MARK] = true;
    world_say(world, "U1 do wait");
    assert_int_equal(world->replies_count, 0); /* not even decided */
    assert_null(world_operation(world, "D1"));
    world->store->holds[CALL_MARK] = false;
    world_run(world);
    assert_int_equal(world->replies_count, 1);
    assert_int_equal(world->store->places[STORE_TRYING].count, 0); /* the commit took it away */
}

static void check_mark_lost(void **state)
{
    struct world *world = *state;

    restart(world, false);
    world->store->fates[CALL_MARK] = FATE_LOST_BEFORE;
    world_say(world, "U1 do wait");
    assert_int_equal(world->replies_count, 1);
    assert_int_equal(world_journalled(world, "request.accepted"), 1);
}

static void check_no_marks_after_clean_end(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_MARK] = true;
    world_say(world, "U1 do wait"); /* the first owner of a new store has nothing to fear */
    assert_int_equal(world->replies_count, 1);
}

static void check_careful_ends(void **state)
{
    struct world *world = *state;

    restart(world, false);
    world_advance(world, 11 * MINUTE_MS);
    world->store->holds[CALL_MARK] = true;
    world_say(world, "U1 do wait");
    assert_int_equal(world->replies_count, 1);
    assert_int_equal(world->store->places[STORE_TRYING].count, 0);
}

static bool is_dead_letter(const struct call *call)
{
    for (size_t i = 0; i < call->commit.count; i++)
        if (call->commit.writes[i].place == STORE_DEAD)
            return true;
    return false;
}

/* The commit that is on its way; there must be one. */
static const struct call *commit_on_its_way(const struct world *world)
{
    for (size_t i = 0; i < world->store->calls_count; i++)
        if (world->store->calls[i]->kind == CALL_COMMIT)
            return world->store->calls[i];
    fail_msg("nothing was decided");
    return NULL;
}

/* The owner dies whenever it has decided the item, before that reaches the store; how often, until it is a dead letter.
 */
static int die_until_dead_letter(struct world *world, bool died_by_own_signal)
{
    struct inbox_item item = world_item(world, POISON);
    int deaths = 0;

    restart(world, died_by_own_signal);
    world->store->holds[CALL_COMMIT] = true;
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    for (; !is_dead_letter(commit_on_its_way(world)); deaths++)
        restart(world, died_by_own_signal);
    world->store->holds[CALL_COMMIT] = false;
    return deaths;
}

static void check_own_crashes(void **state)
{
    struct world *world = *state;

    assert_int_equal(die_until_dead_letter(world, true), 3);
    world_run(world);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_non_null(strstr(world->store->places[STORE_DEAD].fields[0].value, POISON));
    assert_int_equal(world_journalled(world, "request.dead"), 1);
    world_say(world, "U2 do wait"); /* and life goes on */
    assert_string_equal(json_find_string(world_operation(world, "D1"), "requester.id"), "U2");
}

static void check_other_deaths(void **state)
{
    assert_int_equal(die_until_dead_letter(*state, false), 10);
}

static void check_death_counts_once(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, POISON);

    restart(world, false);
    world->store->holds[CALL_COMMIT] = true;
    world_accept(world, &item, STORE_INBOX);
    world_run(world); /* under its mark */
    crash_and_restart(world, true);
    world_advance(world, 4000);   /* one death of its own; decided again, and the commit is on its way */
    for (int i = 0; i < 4; i++) { /* losing the lease is no death */
        world->store->holds[CALL_LEASE] = true;
        world_advance(world, 4000);
        world->store->holds[CALL_LEASE] = false;
        world_advance(world, 4000);
    }
    world->store->holds[CALL_COMMIT] = false;
    world_advance(world, 8000);
    assert_int_equal(world->store->places[STORE_DEAD].count, 0);
    assert_int_equal(world_journalled(world, "request.accepted"), 1);
}

static void check_stuck(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim,timer:poll:1000");
    world_say(world, "U2 do claim");
    for (int deaths = 0; deaths < 4; deaths++) {
        crash_and_restart(world, true);
        world->store->holds[CALL_COMMIT] = true;
        world_advance(world, 4500); /* the timer is due: its decision does not get through */
        world->store->holds[CALL_COMMIT] = false;
        if (deaths == 3)
            world_run(world);
    }
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    assert_string_equal(json_find_string(world_operation(world, "D1"), "state"),
                        "running"); /* its handler did not run */
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    assert_string_equal(json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "holder"), "D2");
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
    assert_int_equal(world->store->places[STORE_TIMERS].count, 0);
}

/* ---- what was on its way ---- */

static void check_quiet(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:a,effect:note:b,effect:latest:c:k");
    assert_int_equal(world->tries_count, 3 + 1);
    crash_and_restart(world, false);
    world_advance(world, 4000);
    assert_int_equal(world_tried(world, "D1.2 note"), 2); /* repeating it does no harm: at once */
    assert_false(node_flight(world->nodes[0], "note")->is_first_try);
    assert_true(node_flight(world->nodes[0], "note")->is_in_doubt);
    assert_int_equal(world_tried(world, "D1.1 look"), 1); /* what the dead owner had sent may still arrive */
    assert_int_equal(world_tried(world, "D1.3 latest"), 1);
    world_advance(world, 11000);
    assert_int_equal(world_tried(world, "D1.1 look"), 2);
    assert_int_equal(world_tried(world, "D1.3 latest"), 2);
    assert_false(node_flight(world->nodes[0], "look")->is_first_try); /* so it looks first */
}

static void check_new_at_once(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:a,effect:latest:b:k");
    restart(world, false);
    world_say(world, "U1 do effect:look:c,effect:latest:d:l");
    assert_int_equal(world_tried(world, "D2.1 look"), 1); /* nothing of them can be on its way */
    assert_int_equal(world_tried(world, "D2.2 latest"), 1);
    assert_true(node_flight(world->nodes[0], "look")->is_first_try);
    world_say(world, "U1 poke D1 effect:look:e,effect:latest:f:m"); /* likewise, though their operation was found */
    assert_int_equal(world_tried(world, "D1.3 look"), 1);
    assert_int_equal(world_tried(world, "D1.4 latest"), 1);
    assert_int_equal(world_tried(world, "D1.1 look"), 1);
    assert_int_equal(world_tried(world, "D1.2 latest"), 1);
}

static void check_new_card_at_once(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    restart(world, false);
    world_say(world, "U1 do wait");
    assert_int_equal(world_tried(world, "D1.1 " EFFECT_CARD), 1);
}

static void check_quiet_for_heirs(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:a,effect:latest:b:k");
    restart(world, false);
    world_say(world, "U1 do effect:look:a,effect:latest:c:k"); /* behind it; and in its place, though in another lane */
    assert_null(world_record(world, STORE_EFFECTS, "D1.2"));
    world_advance(world, 3000);
    assert_int_equal(world_tried(world, "D2.1 look"), 0);
    assert_int_equal(world_tried(world, "D2.2 latest"), 0);
    world_advance(world, 3000);
    assert_int_equal(world_tried(world, "D2.2 latest"), 1);
    world_advance(world, 5000);
    assert_int_equal(world_tried(world, "D1.1 look"), 2);
    assert_int_equal(world_tried(world, "D2.1 look"), 0);
    flight_end(node_flight(world->nodes[0], "look"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_int_equal(world_tried(world, "D2.1 look"), 1);
}

static void check_quiet_after_called_off(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:a");
    restart(world, false);
    world_say(world, "U1 poke D1 stop:look");
    assert_null(world_record(world, STORE_EFFECTS, "D1.1")); /* nobody will hear what became of it */
    world_say(world, "U1 do effect:look:a,effect:look:b");
    assert_int_equal(world_tried(world, "D2.1 look"), 0);
    assert_int_equal(world_tried(world, "D2.2 look"), 1);
    world_advance(world, 8000);
    assert_int_equal(world_tried(world, "D2.1 look"), 0);
    world_advance(world, 3000);
    assert_int_equal(world_tried(world, "D2.1 look"), 1);
}

/* It was called off by the dead owner, while it was out. */
static void check_quiet_after_found_called_off(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:a");
    world_say(world, "U1 poke D1 stop:look");
    assert_non_null(world_record(world, STORE_EFFECTS, "D1.1"));
    restart(world, false);
    assert_null(world_record(world, STORE_EFFECTS, "D1.1"));
    world_say(world, "U1 do effect:look:a");
    world_advance(world, 8000);
    assert_int_equal(world_tried(world, "D2.1 look"), 0);
    world_advance(world, 3000);
    assert_int_equal(world_tried(world, "D2.1 look"), 1);
}

static void check_no_quiet_after_clean_end(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];

    world_say(world, "U1 do effect:look:a");
    flight_end(node_flight(node, "look"),
               (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "busy", .after_ms = 3000 });
    engine_stop(node->engine, 5000);
    world_run(world);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_STOPPED);
    crash_and_restart(world, false);
    world_advance(world, 500);
    assert_int_equal(world_tried(world, "D1.1 look"), 2);
}

static void end_card(struct world *world)
{
    AUTO_JSON cJSON *place = json_object();

    json_set_string(place, "channel", "C1");
    json_set_string(place, "ts", "1.2");
    flight_end(node_flight(world->nodes[0], EFFECT_CARD),
               (struct attempt_end){ .result = ATTEMPT_DONE, .body = place });
    world_run(world);
}

static void check_reshow(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do wait");
    end_card(world);
    crash_and_restart(world, false);
    world_advance(world, 13000);
    assert_null(node_flight(world->nodes[0], EFFECT_CARD));
    world_advance(world, 2000);
    assert_string_equal(node_flight(world->nodes[0], EFFECT_CARD)->card_ts, "1.2");
    end_card(world);
    world_advance(world, 60000);
    assert_null(node_flight(world->nodes[0], EFFECT_CARD)); /* once */
}

static void check_timers(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do timer:soon:2000,timer:later:60000");
    crash_and_restart(world, false);
    world_advance(world, 5000);
    assert_string_equal(world_heard(world, "D1"), "timer:soon|");
    world_advance(world, 57000);
    assert_string_equal(world_heard(world, "D1"), "timer:soon|timer:later|");
}

static void check_messages(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait");
    node_crash(world->nodes[0]);
    fake_put(world->store, STORE_MESSAGES, "M900",
             "{\"id\":\"M900\",\"order\":900,\"from\":\"D7\",\"to\":\"D1\",\"name\":\"b\"}");
    fake_put(world->store, STORE_MESSAGES, "M899",
             "{\"id\":\"M899\",\"order\":899,\"from\":\"D7\",\"to\":\"D1\",\"name\":\"a\"}");
    fake_put(world->store, STORE_MESSAGES, "M1",
             "{\"id\":\"M1\",\"order\":1,\"from\":\"D7\",\"to\":\"D99\",\"name\":\"c\"}");
    node_start(world->nodes[0]);
    world_advance(world, 4000);
    assert_string_equal(world_heard(world, "D1"), "message:a:D7|message:b:D7|");
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0); /* one was for somebody who is gone */
}

static void check_readings(void **state)
{
    struct world *world = *state;
    AUTO_JSON cJSON *body = json_object();

    json_set_string(body, "says", "yes");
    world_say(world, "U1 do read:digest:60000");
    crash_and_restart(world, false);
    world_advance(world, 4000);
    assert_int_equal(world_tried(world, "D1/digest/1 digest"), 2); /* asked again, the same question */
    flight_end(node_flight(world->nodes[0], "digest"), (struct attempt_end){ .result = ATTEMPT_DONE, .body = body });
    world_run(world);
    assert_string_equal(world_heard(world, "D1"), "reading:digest:done:yes|");
}

static void check_broken_record(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do timer:soon:5000");
    node_crash(world->nodes[0]);
    fake_put(world->store, STORE_OPERATIONS, "D77", "not a record");
    fake_put(world->store, STORE_EFFECTS, "D77.1",
             "{\"id\":\"D77.1\",\"outside_id\":\"x\",\"kind\":\"telepathy\",\"lane\":\"l\"}");
    node_start(world->nodes[0]);
    world_advance(world, 8000);
    assert_string_equal(world_heard(world, "D1"), "timer:soon|"); /* the rest goes on */
    assert_string_equal(fake_get(world->store, STORE_OPERATIONS, "D77"),
                        "not a record"); /* and it is left for a person */
    assert_non_null(fake_get(world->store, STORE_EFFECTS, "D77.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a standby takes over when the counter has stood still, and not before", check_standby),
        ENGINE_TEST("after a clean end it takes over at once", check_handover),
        ENGINE_TEST("of several standbys one takes over", check_one_owner),
        ENGINE_TEST("an owner cut off from the store stops when its lease is over", check_paused_owner),
        ENGINE_TEST("after an unclean end a durable mark stands before every decision", check_mark_first),
        ENGINE_TEST("a mark whose answer was lost is set again", check_mark_lost),
        ENGINE_TEST("without an unclean end there are no marks", check_no_marks_after_clean_end),
        ENGINE_TEST("the careful time ends, and takes its marks along", check_careful_ends),
        ENGINE_TEST("an item that crashed its owner three times is a dead letter", check_own_crashes),
        ENGINE_TEST("deaths that were not its own fault count less", check_other_deaths),
        ENGINE_TEST("a death is counted once, however often the lease is lost afterwards", check_death_counts_once),
        ENGINE_TEST("an operation whose event crashes its owner is stuck, and its target goes to the next",
                    check_stuck),
        ENGINE_TEST("what must be looked for waits until the old owner's calls have arrived", check_quiet),
        ENGINE_TEST("what the new owner wants itself goes at once", check_new_at_once),
        ENGINE_TEST("and so does a new operation's card", check_new_card_at_once),
        ENGINE_TEST("but not behind what was left, nor in its place", check_quiet_for_heirs),
        ENGINE_TEST("nor where what was left was called off unheard", check_quiet_after_called_off),
        ENGINE_TEST("not even if that was by the dead owner", check_quiet_after_found_called_off),
        ENGINE_TEST("after a clean end nothing has to wait", check_no_quiet_after_clean_end),
        ENGINE_TEST("cards are shown once more, when nothing can come late", check_reshow),
        ENGINE_TEST("timers survive", check_timers),
        ENGINE_TEST("messages survive, in their order", check_messages),
        ENGINE_TEST("readings are asked again", check_readings),
        ENGINE_TEST("a record that cannot be read is left alone", check_broken_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
