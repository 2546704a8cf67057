/* A commit happens or does not, whatever becomes of its answer; and effects go only once it is certain. */
#include "tests/unit/engine_fixture.h"

static void check_effect_waits(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do effect:note,read:look:5000");
    assert_int_equal(world->tries_count, 0);
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_int_equal(world_tried(world, "D1/look/1 look"), 1);
    assert_int_equal(world->replies_count, 1);
}

static void check_pipelined(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do wait");
    world_say(world, "U1 do wait");
    world_say(world, "U1 do wait");
    assert_int_equal(engine_status(world->nodes[0]->engine).commits_in_flight, 3);
    assert_int_equal(world->replies_count, 0);
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(world->replies_count, 3);
}

/* In each row the answer of the first commit is lost; the three requests are decided once each nevertheless. */
static const struct lost_row {
    const char *name;
    enum call_fate fate;
} lost_rows[] = {
    { "an answer lost after it was done", FATE_LOST_AFTER },
    { "a commit lost on its way", FATE_LOST_BEFORE },
    { "a store without memory for now", FATE_NO_MEMORY },
};

static void check_lost(void **state)
{
    const struct lost_row *row = *state;
    struct world *world;
    void *made;

    world_setup(&made);
    world = made;
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do effect:note");
    world_say(world, "U1 do effect:note");
    world_say(world, "U9 do wait");
    world->store->fates[CALL_COMMIT] = row->fate;
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    world_advance(world, 1500);
    assert_int_equal(world->replies_count, 3);
    assert_int_equal(world_journalled(world, "request.accepted"), 2);
    assert_int_equal(world_journalled(world, "request.denied"), 1);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_int_equal(world_tried(world, "D2.1 note"), 1);
    assert_null(world_operation(world, "D3"));
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    world_teardown(&made);
}

/* The store goes away for longer than the lease, with a commit in doubt: whatever it was, the next load tells. */
static void check_lost_with_lease(void **state)
{
    static const enum call_fate fates[] = { FATE_LOST_AFTER, FATE_LOST_BEFORE };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fates); i++) {
        struct world *world;
        void *made;

        world_setup(&made);
        world = made;
        world->store->fates[CALL_COMMIT] = fates[i];
        world->store->holds[CALL_LEASE] = true;
        world_say(world, "U1 do effect:note");
        assert_int_equal(world_tried(world, "D1.1 note"), 0);
        world_advance(world, 4000);
        assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_STANDBY);
        world->store->holds[CALL_LEASE] = false;
        world_advance(world, 5000);
        assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
        assert_int_equal(world->replies_count, 1);
        assert_int_equal(world_journalled(world, "request.accepted"), 1);
        assert_int_equal(world_tried(world, "D1.1 note"), 1);
        world_teardown(&made);
    }
}

static void check_invalid(void **state)
{
    struct world *world = *state;

    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_say(world, "U1 do wait");
    world_say(world, "U2 do wait");
    world_advance(world, 1500);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_non_null(
        strstr(world->store->places[STORE_DEAD].fields[0].value, "the store refused what was decided on it"));
    assert_non_null(strstr(world->store->places[STORE_DEAD].fields[0].value, "U1 do wait"));
    assert_int_equal(world->replies_count, 2);
    assert_string_equal(
        world->replies[0],
        "REFUSED That could not be carried out: the store refused what was decided on it. Nothing was done.");
    assert_string_equal(json_find_string(world_operation(world, "D1"), "requester.id"), "U2");
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
}

static void check_invalid_event(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.alerts = "#alerts";
    world_say(world, "U1 do claim,timer:poll:500");
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 3000);
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    assert_string_equal(json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "doubt"), "D1");
    assert_int_equal(world->store->places[STORE_TIMERS].count, 0);
    world_advance(world, 10000);
    assert_non_null(node_flight(world->nodes[0], EFFECT_MESSAGE)); /* people are told */
    world_say(world, "U1 do claim");
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
}

/* What it would have told, had it been asked: named in time, for nobody asks it any more. */
static void check_last_wish(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do stuck:note:loud,timer:poll:500 stuck:look:loud,timer:poll:500");
    world_advance(world, 800);
    assert_null(node_flight(world->nodes[0], "look"));
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 3000);
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    world_advance(world, 10000);
    assert_non_null(node_flight(world->nodes[0], "look"));
    assert_null(node_flight(world->nodes[0], "note")); /* that was before */
    world_say(world, "U1 do stuck:raise:aloud,timer:poll:500 end");
    world_advance(world, 3000);
    assert_string_equal(json_find_string(world_operation(world, "D2"), "result"), "done");
    assert_null(node_flight(world->nodes[0], "raise")); /* it told its end itself */
}

static void check_last_wish_taken_back(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do stuck:note:loud,timer:poll:500 stuck,timer:poll:500");
    world_advance(world, 800);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 13000);
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    assert_null(node_flight(world->nodes[0], "note"));
}

static void check_invalid_event_of_who_waits(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    world_say(world, "U1 do claim,timer:poll:500");
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 3000);
    assert_true(json_find_bool(world_operation(world, "D2"), "is_stuck", false));
    assert_null(json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "doubt"));
}

static void check_stale_nonce(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_LEASE] = true;
    fake_put(world->store, STORE_META, "nonce", "ffffffffffffffffffffffffffffffff"); /* somebody else took it */
    world_say(world, "U1 do effect:note");
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_STANDBY);
    assert_int_equal(world->tries_count, 0);
    assert_int_equal(world->replies_count, 0);
    assert_null(world_operation(world, "D1"));
}

static void check_remembered(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];

    world_say(world, "U1 do wait");
    assert_string_equal(node->config.memory.birth, FAKE_BIRTH);
    assert_true(node->config.memory.seq == fake_number(world->store, "seq"));
    assert_true(engine_status(node->engine).seq == node->config.memory.seq);
    world->store->fates[CALL_COMMIT] = FATE_LOST_BEFORE;
    world->store->holds[CALL_LEASE] = true;
    world_say(world, "U1 do wait");
    assert_true(node->config.memory.seq == fake_number(world->store, "seq")); /* never what was not confirmed */
}

static void check_lease_before_send(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];
    struct flight *flight;

    world_say(world, "U1 do effect:note");
    flight = node_flight(node, "note");
    assert_true(flight->may_send);
    world->store->mono_ms += STORE_LEASE_MS + 1; /* a pause of the whole process: nothing ran meanwhile */
    world_say(world, "U1 do effect:note");
    assert_int_equal(world_tried(world, "D2.1 note"), 0);
    assert_int_equal(engine_status(node->engine).is_lease_good, false);
}

static void check_settings(void **state)
{
    struct world *world = *state;

    assert_string_equal(fake_meta(world->store, "settings"), "digest-of-settings");
    assert_int_equal(world_journalled(world, "configuration.changed"), 1);
    node_crash(world->nodes[0]);
    world->nodes[0]->config.settings_digest = "another";
    node_start(world->nodes[0]);
    world_advance(world, 5000);
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 5000);
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
}

static void check_journal_personal(void **state)
{
    struct world *world = *state;
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];

    world_say(world, "U1 do journal");
    for (size_t i = 0; i < journal->count; i++)
        assert_null(strstr(journal->fields[i].value, "U1")); /* who it was stands beside, where it can be erased */
    assert_true(world->store->places[STORE_PERSONAL].count >= 2);
    assert_int_equal(world_journalled(world, "errand.noted"), 1);
}

/* What was sent before the refusal may still arrive: it must not change what was loaded since. */
static void check_nonce_after_invalid(void **state)
{
    struct world *world = *state;
    const char *before = arena_strdup(world->arena, fake_meta(world->store, "nonce"));
    struct call *late;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do wait");
    world_say(world, "U2 do wait");
    late = world->store->calls[world->store->calls_count - 1];
    for (size_t i = world->store->calls_count; late->kind != CALL_COMMIT && i > 0; i--)
        late = world->store->calls[i - 1];
    late->is_over = true; /* the second is slow on its way; the first is refused */
    world->store->holds[CALL_COMMIT] = false;
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_run(world);
    world_advance(world, 500);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER); /* without losing the lease */
    assert_string_not_equal(fake_meta(world->store, "nonce"), before);
    assert_int_equal(fake_commit(world->store, &late->commit), STORE_STALE_NONCE);
    world_advance(world, 1500);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_int_equal(world->replies_count, 2);
}

static void check_take_lost(void **state)
{
    struct world *world = *state;

    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world->store->fates[CALL_LEASE] = FATE_LOST_AFTER;
    world_say(world, "U1 do wait");
    world_advance(world, 8000); /* nobody knows whose it is: at the latest when it has run out it is taken anew */
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    assert_int_equal(world->replies_count, 1);
}

/* Time passes while it is decided, too: each commit has a moment of its own nevertheless, which is checked when the
 * world goes. */
static void check_moment(void **state)
{
    struct world *world = *state;

    world->nodes[0]->per_look_ms = 1;
    world_say(world, "U1 do effect:note");
    world_say(world, "U1 do wait");
    world->nodes[0]->per_look_ms = 0;
    assert_true(world_journalled(world, "request.accepted") == 2 && world_journalled(world, "operation.begun") == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("nothing goes out before the commit that recorded it is confirmed", check_effect_waits),
        ENGINE_TEST("commits are pipelined, and still nothing goes before its own", check_pipelined),
        { "a commit in doubt outlives the lease, and is decided once", check_lost_with_lease, NULL, NULL, NULL },
        ENGINE_TEST("a request whose commit is refused becomes a dead letter, and the next goes on", check_invalid),
        ENGINE_TEST("one that only waited for the target leaves no doubt there", check_invalid_event_of_who_waits),
        ENGINE_TEST("one that is stuck has named before what is told then", check_last_wish),
        ENGINE_TEST("and may have taken it back", check_last_wish_taken_back),
        ENGINE_TEST("an operation whose event's commit is refused is stuck, and lets its target go",
                    check_invalid_event),
        ENGINE_TEST("a commit under somebody else's lease changes nothing and sends nothing", check_stale_nonce),
        ENGINE_TEST("what was confirmed is remembered, and nothing else", check_remembered),
        ENGINE_TEST("a process that slept past its lease sends nothing", check_lease_before_send),
        ENGINE_TEST("a configuration that changed is journalled once", check_settings),
        ENGINE_TEST("the journal itself names no person", check_journal_personal),
        ENGINE_TEST("after a refusal nothing that was sent before it counts", check_nonce_after_invalid),
        ENGINE_TEST("a take whose answer was lost is no end", check_take_lost),
        ENGINE_TEST("what one commit journals is of one moment", check_moment),
    };

    return ROWS(lost_rows, check_lost) + cmocka_run_group_tests(tests, NULL, NULL);
}
