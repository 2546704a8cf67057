/* The store's clock is set while something is timed: what it had left, it has left. */
#include "tests/unit/engine_fixture.h"

#define LASTS_MS (60 * SECOND_MS)
#define SLACK_MS (3 * SECOND_MS) /* less is no jump; and a takeover finds its own moment */

/* What becomes of the owner when the clock has jumped. */
enum fate {
    LIVES,
    DIES_LATER,    /* when it has counted the jump */
    DIES_AT_ONCE,  /* who stood by has watched it */
    ALL_DIE_LATER, /* who comes then has watched nothing */
    DIES_ALONE,    /* nobody has watched it */
};

static const struct row {
    const char *name, *wish, *heard;
    enum fate fate;
    int64_t by_ms, again_ms; /* the second after 10 s more */
} rows[] = {
    { "a timer, after the clock was set back", "timer:t:60000", "timer:t|", LIVES, -HOUR_MS, 0 },
    { "a timer, after the clock was set forward", "timer:t:60000", "timer:t|", LIVES, HOUR_MS, 0 },
    { "a timer, after there and back", "timer:t:60000", "timer:t|", LIVES, -HOUR_MS, HOUR_MS },
    { "a timer, after there and further", "timer:t:60000", "timer:t|", LIVES, HOUR_MS, 30 * SECOND_MS },
    { "a timer, back, of the next owner", "timer:t:60000", "timer:t|", DIES_LATER, -HOUR_MS, 0 },
    { "a timer, forward, of the next owner", "timer:t:60000", "timer:t|", DIES_LATER, HOUR_MS, 0 },
    { "a timer, twice, of the next owner", "timer:t:60000", "timer:t|", DIES_LATER, -HOUR_MS, -HOUR_MS },
    { "a timer, back, when the owner did not live to see it", "timer:t:60000", "timer:t|", DIES_AT_ONCE, -HOUR_MS, 0 },
    { "a timer, forward, when the owner did not", "timer:t:60000", "timer:t|", DIES_AT_ONCE, HOUR_MS, 0 },
    { "a timer, twice, when the owner did not", "timer:t:60000", "timer:t|", DIES_AT_ONCE, HOUR_MS, -2 * HOUR_MS },
    { "a timer, back, of who comes later", "timer:t:60000", "timer:t|", ALL_DIE_LATER, -HOUR_MS, 0 },
    { "a timer, forward, of who comes later", "timer:t:60000", "timer:t|", ALL_DIE_LATER, HOUR_MS, 0 },
    { "a timer, back, watched by nobody", "timer:t:60000", "timer:t|", DIES_ALONE, -HOUR_MS, 0 },
    { "a reading, after the clock was set back", "read:r:60000", "reading:r:gave-up:|", LIVES, -HOUR_MS, 0 },
    { "a reading, after the clock was set forward", "read:r:60000", "reading:r:gave-up:|", LIVES, HOUR_MS, 0 },
    { "a reading, back, of the next owner", "read:r:60000", "reading:r:gave-up:|", DIES_LATER, -HOUR_MS, 0 },
    { "a reading, forward, of the next owner", "read:r:60000", "reading:r:gave-up:|", DIES_AT_ONCE, HOUR_MS, 0 },
    { "a reading, back, watched by nobody", "read:r:60000", "reading:r:gave-up:|", DIES_ALONE, -HOUR_MS, 0 },
    { "an effect, after the clock was set back", "effect:note", "effect:note:gave-up|", LIVES, -HOUR_MS, 0 },
    { "an effect, after the clock was set forward", "effect:note", "effect:note:gave-up|", LIVES, HOUR_MS, 0 },
    { "an effect, back, of the next owner", "effect:note", "effect:note:gave-up|", DIES_AT_ONCE, -HOUR_MS, 0 },
    { "an effect, forward, of the next owner", "effect:note", "effect:note:gave-up|", DIES_LATER, HOUR_MS, 0 },
};

static const char *heard(struct world *world)
{
    return json_find_string(world_record(world, STORE_OPERATIONS, "D1"), "body.heard");
}

/* Whatever is tried or asked gets no answer that would end it. */
static void advance(struct world *world, int64_t ms)
{
    for (; ms > 0; ms -= STEP_MS) {
        world_advance(world, STEP_MS);
        for (size_t i = 0; i < world->nodes_count; i++) {
            struct flight *flight = world->nodes[i]->engine ? node_flight(world->nodes[i], "note") : NULL;

            if (flight)
                flight_end(flight, (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "not now" });
        }
    }
}

static void crash(struct world *world, size_t node)
{
    node_crash(world->nodes[node]);
}

static void meet(struct world *world, enum fate fate)
{
    if (fate == DIES_LATER || fate == ALL_DIE_LATER)
        advance(world, 3 * SECOND_MS);
    if (fate != LIVES)
        crash(world, 0);
    if (fate == ALL_DIE_LATER)
        crash(world, 1);
    if (fate == ALL_DIE_LATER || fate == DIES_ALONE)
        node_start(world_node(world));
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct world *world;
    int64_t began_mono, took_ms;
    void *made;

    world_setup(&made);
    world = made;
    if (row->fate != DIES_ALONE)
        node_start(world_node(world));
    advance(world, 10 * SECOND_MS); /* who stands by is no newcomer any more */
    world_say(world, arena_printf(world->arena, "U1 do %s wait", row->wish));
    began_mono = world->store->mono_ms;
    advance(world, 20 * SECOND_MS);
    world->store->unix_ms += row->by_ms;
    meet(world, row->fate);
    advance(world, 10 * SECOND_MS);
    world->store->unix_ms += row->again_ms;
    for (int i = 0; i < 3000 && !strstr(heard(world), row->heard); i++)
        advance(world, STEP_MS);
    took_ms = world->store->mono_ms - began_mono;
    /* When nobody watched, what passed since the last commit counts for nothing: never too early. */
    assert_in_range(took_ms, LASTS_MS - SLACK_MS, LASTS_MS + SLACK_MS + (row->fate == DIES_ALONE ? 22 * SECOND_MS : 0));
    assert_int_equal(fake_number(world->store, "clock:jumps"), row->again_ms ? 2 : 1);
    if (row->fate != DIES_ALONE)
        assert_int_equal(fake_number(world->store, "clock:shift"), row->by_ms + row->again_ms);
    world_teardown(&made);
}

/* ---- who is right ---- */

static int64_t hear_timer(struct world *world, int64_t began_mono)
{
    for (int i = 0; i < 3000 && !strstr(heard(world), "timer:t|"); i++)
        advance(world, STEP_MS);
    return world->store->mono_ms - began_mono;
}

static void expect_timer(struct world *world, int64_t began_mono, int64_t jumps)
{
    assert_in_range(hear_timer(world, began_mono), LASTS_MS - SLACK_MS, LASTS_MS + SLACK_MS);
    assert_int_equal(fake_number(world->store, "clock:jumps"), jumps);
}

/* It comes between the jump and its count. */
static void check_newcomer(void **state)
{
    struct world *world = *state;
    int64_t began_mono = world->store->mono_ms;

    world_say(world, "U1 do timer:t:60000 wait");
    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms -= HOUR_MS;
    advance(world, 1500);
    node_start(world_node(world));
    advance(world, 500);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 0);
    world->store->holds[CALL_COMMIT] = false;
    advance(world, 5 * SECOND_MS);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 1);
    crash(world, 0);
    expect_timer(world, began_mono, 1);
}

/* Its own clock stood still, and it takes the store's for one that jumped: the owner who did not sleep knows better. */
static void check_sleeper(void **state)
{
    struct world *world = *state;
    int64_t began_mono = world->store->mono_ms;
    struct node *sleeper = world_node(world);

    node_start(sleeper);
    advance(world, SECOND_MS);
    world_say(world, "U1 do timer:t:60000 wait");
    for (int64_t ms = 0; ms < 10 * SECOND_MS; ms += STEP_MS) {
        sleeper->slept_ms += STEP_MS;
        advance(world, STEP_MS);
    }
    advance(world, 35 * SECOND_MS);
    crash(world, 0);
    expect_timer(world, began_mono, 0);
}

/* The count was on its way when the lease was lost: whether it has come, the store tells. */
static void check_count_in_flight(struct world *world, bool arrives)
{
    int64_t began_mono = world->store->mono_ms;

    world_say(world, "U1 do timer:t:60000 wait");
    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms += HOUR_MS;
    advance(world, 1500);
    world->store->fates[CALL_COMMIT] = arrives ? FATE_LOST_AFTER : FATE_LOST_BEFORE;
    world->store->holds[CALL_COMMIT] = false;
    advance(world, STEP_MS);
    world->store->holds[CALL_LEASE] = true;
    advance(world, 5 * SECOND_MS);
    world->store->holds[CALL_LEASE] = false;
    expect_timer(world, began_mono, 1);
}

static void check_count_arrived(void **state)
{
    check_count_in_flight(*state, true);
}

static void check_count_lost(void **state)
{
    check_count_in_flight(*state, false);
}

/* While it reads the store it hears earlier times than it knew, so it stands still; and it is behind the newest commit. */
static void check_stands_still(void **state)
{
    struct world *world = *state;
    int64_t at_ms;

    world_say(world, "U1 do timer:t:60000 wait");
    advance(world, 5 * SECOND_MS);
    at_ms = fake_number(world->store, "last:at");
    crash(world, 0);
    world->store->unix_ms -= HOUR_MS;
    world->store->holds[CALL_LOAD] = true;
    node_start(world_node(world));
    for (int i = 0; fake_number(world->store, "clock:jumps") == 0; i++) {
        assert_in_range(i, 0, 3000);
        world->store->holds[CALL_LOAD] = i < 200;
        world->store->unix_ms -= STEP_MS * 9 / 10;
        advance(world, STEP_MS);
    }
    assert_true(fake_number(world->store, "last:at") >= at_ms);
}

/* ---- people's requests ---- */

static const struct void_row {
    const char *name;
    int64_t by_ms, age_ms; /* when it is read, at least */
    bool is_of_after, is_unwatched, is_void, is_safe;
} void_rows[] = {
    { "asked before the clock was set back, and read at once", -HOUR_MS, 0, .is_void = false },
    { "asked before the clock was set back, and read too late", -HOUR_MS, 70 * SECOND_MS, .is_void = true },
    { "asked before the clock was set forward, and read at once", HOUR_MS, 0, .is_void = false },
    { "asked before the clock was set forward, and read too late", HOUR_MS, 70 * SECOND_MS, .is_void = true },
    { "asked after the clock was set back", -HOUR_MS, 0, .is_of_after = true },
    { "asked after the clock was set back, and read too late", -HOUR_MS, 70 * SECOND_MS, .is_of_after = true,
      .is_void = true },
    { "asked after the clock was set forward", HOUR_MS, 0, .is_of_after = true },
    { "nobody knows how long ago", -HOUR_MS, 0, .is_unwatched = true, .is_void = true },
    { "nobody knows how long ago, but it is a way back", -HOUR_MS, 0, .is_unwatched = true, .is_safe = true },
};

static void check_void(void **state)
{
    const struct void_row *row = *state;
    struct inbox_item item;
    struct world *world;
    void *made;

    world_setup(&made);
    world = made;
    world_say(world, "U1 do wait");
    item = world_item(world, "U1 do wait");
    if (row->is_unwatched) {
        crash(world, 0);
        node_start(world_node(world));
    }
    world->store->unix_ms += row->by_ms;
    if (row->is_of_after)
        item.received_at = world->store->unix_ms;
    item.not_after = item.received_at + 60 * SECOND_MS;
    advance(world, 5 * SECOND_MS + row->age_ms);
    world_accept(world, &item, row->is_safe ? STORE_INBOX_SAFE : STORE_INBOX);
    world_run(world);
    assert_int_equal(world->replies_count, 2);
    assert_int_equal(strncmp(world->replies[1], "REFUSED That came too late", 26) == 0, row->is_void);
    world_teardown(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("who comes after a jump believes the owner that watched it", check_newcomer),
        ENGINE_TEST("who slept believes the owner that did not", check_sleeper),
        ENGINE_TEST("the steady clock does not go back when who takes over stands still", check_stands_still),
        ENGINE_TEST("a count whose answer was lost is not made twice", check_count_arrived),
        ENGINE_TEST("and one that was lost itself is made again", check_count_lost),
    };

    return ROWS(rows, check_row) + ROWS(void_rows, check_void) + cmocka_run_group_tests(tests, NULL, NULL);
}
