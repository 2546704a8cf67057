/* No store answers: what its last owner looks at, what alone it sends, and what it notes. */
#include "tests/unit/engine_fixture.h"

#define NOT_YET_MS 4500 /* the lease has run out, and another lease's time is not over */
#define SURELY_MS 7500

/* An errand that wants to be looked after; what it hears of "bad" is its reason. */
static bool may_go_on(const struct view *view, const struct operation *operation, const void *value,
                      const char *stored_state, const cJSON *giving_back, const char **ret_why)
{
    const struct errand_body *body = value;

    (void)view, (void)operation, (void)stored_state, (void)giving_back;
    *ret_why = strstr(body->heard, "bad") ? "it is bad" : NULL;
    return !strstr(body->heard, "over");
}

static struct machine lonely_machine; /* set up with the world */
static struct {
    const char *last;    /* result of the newest note, "begun" */
    int count, failures; /* of both; still to come */
    size_t tries_before; /* attempts of the decrease when it was noted first */
    int64_t takes_ms;    /* the disk's time for each */
    char summary[200];   /* of the newest */
} notes;

static void world_stand_still(struct world *world, int64_t ms)
{
    world->store->mono_ms += ms;
    world->store->unix_ms += ms;
}

static bool note(void *ctx, struct without_store_act *act, struct arena *arena, struct error *err)
{
    const struct node *node = ctx;

    if (notes.failures > 0) {
        notes.failures--;
        return error_set(err, ERR_UNAVAILABLE, "the disk is full");
    }
    if (!act->result) {
        act->name = arena_strdup(arena, "W1");
        notes.tries_before = world_tried(node->world, "D1.alone lower");
        assert_string_equal(act->operation, "D1");
        assert_string_equal(act->why, "it is bad");
        assert_true(act->is_sent);
        assert_true(str_starts_with(str_of(act->operation_outside_id), FAKE_BIRTH "-"));
        assert_non_null(act->args);
    }
    notes.count++;
    world_stand_still(node->world, notes.takes_ms);
    snprintf(notes.summary, sizeof(notes.summary), "%s", act->summary ? act->summary : "");
    notes.last = act->result ? arena_strdup(node->world->arena, act->result) : "begun";
    return true;
}

static int setup(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);

    memset(&notes, 0, sizeof(notes));
    lonely_machine = errand_machine;
    lonely_machine.may_go_on_alone = may_go_on;
    world->machines[0] = &lonely_machine;
    node->config.note = note;
    node_start(node);
    world_run(world);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    *state = world;
    return 0;
}

static void silence(struct world *world, bool is_silent)
{
    for (int kind = 0; kind < CALL_KINDS; kind++)
        world->store->holds[kind] = is_silent;
}

static void answer(struct world *world, const char *reading, const char *says)
{
    AUTO_JSON cJSON *body = json_object();
    struct flight *flight = node_flight(world->nodes[0], reading);

    assert_non_null(flight);
    json_set_string(body, "says", says);
    flight_end(flight, (struct attempt_end){ .result = ATTEMPT_DONE, .body = body });
    world_run(world);
}

/* The store falls silent, and the errand hears of its reading while it is. */
static void lose_and_answer(struct world *world, const char *words, const char *says)
{
    world_say(world, words);
    silence(world, true);
    world_advance(world, SURELY_MS);
    answer(world, "look", says);
}

static void check_hiccup(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:look:900000");
    assert_int_equal(world_tried(world, "D1/look/1 look"), 1);
    silence(world, true);
    world_advance(world, NOT_YET_MS);
    assert_int_equal(world_tried(world, "D1/look/1 look"), 1);
    assert_null(node_flight(world->nodes[0], "look"));
    world_advance(world, SURELY_MS - NOT_YET_MS);
    assert_int_equal(world_tried(world, "D1/look/1 look"), 2); /* asked once more, and it may leave */
    assert_true(node_flight(world->nodes[0], "look")->may_send);
    assert_int_equal(notes.count, 0);
}

static void check_gives_back(void **state)
{
    struct world *world = *state;

    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.tries_before, 0);
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
    assert_true(node_flight(world->nodes[0], "lower")->may_send);
    flight_end(node_flight(world->nodes[0], "lower"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_string_equal(notes.last, "done");
    world_advance(world, 60000);
    assert_int_equal(notes.count, 2);
    assert_int_equal(world_tried(world, "D1.alone lower"), 1); /* once, and no more */
}

static void check_tries_again(void **state)
{
    struct world *world = *state;

    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    flight_end(node_flight(world->nodes[0], "lower"),
               (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "503", .is_outage = true });
    world_advance(world, 40000);
    assert_int_equal(world_tried(world, "D1.alone lower"), 2);
    flight_end(node_flight(world->nodes[0], "lower"),
               (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "another split" });
    world_run(world);
    assert_string_equal(notes.last, "failed");
    world_advance(world, 60000);
    assert_int_equal(world_tried(world, "D1.alone lower"), 2);
    assert_int_equal(notes.count, 2);
}

/* Of a disk, or of the whole machine: the store has its time to answer anew, and then it goes on. */
static void check_slow_note(void **state)
{
    struct world *world = *state;

    notes.takes_ms = 2500;
    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    notes.takes_ms = 0;
    assert_int_equal(world_tried(world, "D1.alone lower"), 0);
    world_advance(world, NOT_YET_MS);
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
    assert_int_equal(notes.count, 1);
}

static void check_sleep(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:look:900000 effect:lower:api");
    silence(world, true);
    world_advance(world, SURELY_MS);
    world_stand_still(world, 20000);
    answer(world, "look", "bad");
    assert_int_equal(world_tried(world, "D1.alone lower"), 0);
    world_advance(world, NOT_YET_MS);
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
}

/* Cloud Run is out for longer than any other change of traffic is tried. */
static void check_long_outage(void **state)
{
    struct world *world = *state;

    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    for (int i = 0; i < 40; i++) {
        struct flight *flight = node_flight(world->nodes[0], "lower");

        if (flight)
            flight_end(flight, (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "503", .is_outage = true });
        world_advance(world, 60000);
    }
    assert_string_equal(notes.last, "begun");
    assert_non_null(node_flight(world->nodes[0], "lower"));
}

static void check_tells(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.alerts = "#alerts";
    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    flight_end(node_flight(world->nodes[0], "lower"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_advance(world, 12000);
    assert_int_equal(world_tried(world, "D1.told slack.message"), 1);
}

static const struct row {
    const char *name, *words, *says;
} nothing_rows[] = {
    { "an increase is never sent without the store", "U1 do read:look:900000 effect:raise:api", "bad" },
    { "nor is anything else that it wants", "U1 do read:look:900000 effect:note:api", "bad" },
    { "a decrease without a reason neither", "U1 do read:look:900000 effect:lower:api", "well" },
    { "what ends is over", "U1 do read:look:900000 end", "bad" },
    { "what asks for others asks later", "U1 do read:look:900000 ask:x:do:wait,effect:raise", "bad" },
    { "what may not go on is left alone", "U1 do read:look:900000 read:look:900000", "over" },
};

static void check_nothing(void **state)
{
    const struct row *row = *state;
    void *made;
    struct world *world;

    setup(&made);
    world = made;
    lose_and_answer(world, row->words, row->says);
    world_advance(world, 30000);
    assert_int_equal(notes.count, 0);
    for (size_t i = 0; i < world->tries_count; i++)
        assert_null(strstr(world->tries[i], ".alone"));
    assert_int_equal(world_tried(world, "D1.1 raise") + world_tried(world, "D1.1 note"), 0);
    world_teardown(&made);
}

static void check_unnoted(void **state)
{
    struct world *world = *state;

    notes.failures = 2;
    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    assert_int_equal(world_tried(world, "D1.alone lower"), 0);
    world_advance(world, 4000);
    assert_int_equal(world_tried(world, "D1.alone lower"), 0);
    world_advance(world, 12000); /* the disk has room again */
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
    assert_int_equal(notes.count, 1);
}

/* The verdict was there, its commit was not. */
static void check_undecided(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:look:900000 effect:lower:api");
    silence(world, true);
    answer(world, "look", "bad");
    assert_int_equal(world_tried(world, "D1.1 lower"), 0);
    world_advance(world, SURELY_MS);
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
    assert_int_equal(notes.count, 1);
}

static void check_timer(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do timer:look:20000 read:look:900000 effect:lower:api");
    silence(world, true);
    world_advance(world, 21000);
    answer(world, "look", "bad");
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
}

/* In the middle of it the store answers: what is out is cut short by the takeover, and the note says so. */
static void check_back(void **state)
{
    struct world *world = *state;

    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    silence(world, false);
    world_advance(world, 5000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    assert_string_equal(notes.last, "unknown");
    assert_non_null(strstr(notes.summary, "the store was there again before that had ended"));
    assert_int_equal(notes.count, 2);
    assert_string_equal(world_heard(world, "D1"), ""); /* it has heard nothing that the store does not know */
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
    assert_non_null(node_flight(world->nodes[0], "look")); /* it is asked as ever */
}

/* The store was there all the time, and somebody else owns it. */
static void check_other_owner(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:look:900000 effect:lower:api");
    silence(world, true);
    world_advance(world, SURELY_MS);
    fake_put(world->store, STORE_META, "nonce", "ffffffffffffffffffffffffffffffff");
    silence(world, false);
    world_run(world);
    assert_null(node_flight(world->nodes[0], "look"));
    silence(world, true);
    world_advance(world, 60000);
    assert_null(node_flight(world->nodes[0], "look"));
    assert_int_equal(notes.count, 0);
}

/* It answers once, and is gone again: what was known of it is still the last word. */
static void check_flutters(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do read:look:900000 effect:lower:api");
    silence(world, true);
    world_advance(world, SURELY_MS);
    silence(world, false);
    world_run(world);
    silence(world, true);
    world_advance(world, 1000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_STANDBY);
    world_advance(world, SURELY_MS);
    answer(world, "look", "bad");
    assert_int_equal(world_tried(world, "D1.alone lower"), 1);
}

static void check_crash(void **state)
{
    struct world *world = *state;

    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    node_crash(world->nodes[0]);
    assert_string_equal(notes.last, "begun"); /* whoever adopts it looks what became of it */
}

static void check_stop(void **state)
{
    struct world *world = *state;

    lose_and_answer(world, "U1 do read:look:900000 effect:lower:api", "bad");
    engine_stop(world->nodes[0]->engine, 1000);
    assert_string_equal(notes.last, "unknown");
    assert_non_null(strstr(notes.summary, "this instance was stopped before that had ended"));
    assert_null(node_flight(world->nodes[0], "lower"));
}

static void check_unwatched(void **state)
{
    struct world *world = *state;

    lonely_machine.may_go_on_alone = NULL;
    world_say(world, "U1 do read:look:900000 effect:lower:api");
    silence(world, true);
    world_advance(world, 60000);
    assert_null(node_flight(world->nodes[0], "look"));
}

#define AWAY_TEST(sentence, test)                                                                                      \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(nothing_rows)];
    const struct CMUnitTest others[] = {
        AWAY_TEST("a hiccup does nothing; then what it awaits is asked again", check_hiccup),
        AWAY_TEST("a decrease goes out once, noted before and afterwards", check_gives_back),
        AWAY_TEST("an outage is tried again, a refusal is not", check_tries_again),
        AWAY_TEST("a slow disk makes it wait, and no more", check_slow_note),
        AWAY_TEST("a sleep does too", check_sleep),
        AWAY_TEST("a long outage of the peer is waited for", check_long_outage),
        AWAY_TEST("people are told, as far as Slack answers", check_tells),
        AWAY_TEST("what cannot be noted is not done", check_unnoted),
        AWAY_TEST("a decrease that was decided and not committed goes out too", check_undecided),
        AWAY_TEST("its timers go on", check_timer),
        AWAY_TEST("a store that is back in the middle of it", check_back),
        AWAY_TEST("another owner ends it, whatever the store does then", check_other_owner),
        AWAY_TEST("one answer of the store does not end it", check_flutters),
        AWAY_TEST("a crash leaves the note without an end", check_crash),
        AWAY_TEST("a clean end tells that it is not known", check_stop),
        AWAY_TEST("nobody else is looked after", check_unwatched),
    };
    int failures;

    for (size_t i = 0; i < ARRAY_LEN(nothing_rows); i++)
        tests[i] = (struct CMUnitTest){ .name = nothing_rows[i].name,
                                        .test_func = check_nothing,
                                        .initial_state = (void *)(uintptr_t)&nothing_rows[i] };
    failures = cmocka_run_group_tests(others, NULL, NULL);
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
