/* The store's clock jumps: whoever knows of it has it counted, durably, before anything is decided; and handlers are
 * given a time that did not. */
#include "tests/unit/engine_fixture.h"

static struct machine machine;
static int64_t seen_jumps, seen_unix_ms, seen_shift_ms, seen_now_ms; /* in the view of the last event */

static void see(const struct view *view, const struct operation *operation, const void *body, const struct event *event,
                struct outcome *out)
{
    int64_t passed_ms = view_unix_ms(view) - seen_unix_ms;

    if (seen_unix_ms != 0 && (passed_ms < -2000 || passed_ms > 60000) && view->shift_ms == seen_shift_ms)
        fail_msg("%lld ms have passed, and no jump was counted", (long long)passed_ms);
    if (seen_now_ms != 0 && (view->now_ms < seen_now_ms || view->now_ms > seen_now_ms + 60000))
        fail_msg("the steady clock jumped by %lld ms", (long long)(view->now_ms - seen_now_ms));
    seen_jumps = view->clock_jumps;
    seen_unix_ms = view_unix_ms(view);
    seen_shift_ms = view->shift_ms;
    seen_now_ms = view->now_ms;
    errand_machine.on_event(view, operation, body, event, out);
}

static int setup(void **state)
{
    struct world *world;

    seen_jumps = seen_unix_ms = seen_shift_ms = seen_now_ms = 0;
    machine = errand_machine;
    machine.on_event = see;
    world_setup(state);
    world = *state;
    world->machines[0] = &machine;
    world_say(world, "U1 do wait");
    return 0;
}

static void expect_jumps(struct world *world, int64_t jumps)
{
    world_say(world, "U1 poke D1 wait");
    assert_int_equal(seen_jumps, 0); /* its time was right all the while */
    assert_int_equal(fake_number(world->store, "clock:jumps"), jumps);
    assert_int_equal(world_journalled(world, "clock.jumped"), (size_t)jumps);
}

static void restart(struct world *world, size_t node)
{
    node_crash(world->nodes[node]);
    node_start(world->nodes[node]);
    world_advance(world, 4000);
    assert_int_equal(engine_status(world->nodes[node]->engine).phase, ENGINE_OWNER);
}

/* ---- the owner notices ---- */

static const struct row {
    const char *name;
    int64_t by_ms, jumps;
} rows[] = {
    { "forward", 10000, 1 },           { "back", -10000, 1 },
    { "by an hour", -3600000, 1 },     { "by so little that it may be the answer's way", 1900, 0 },
    { "back by so little", -1900, 0 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct world *world;
    void *made;

    setup(&made);
    world = made;
    expect_jumps(world, 0);
    world->store->unix_ms += row->by_ms;
    world_advance(world, 1500);
    expect_jumps(world, row->jumps);
    world_advance(world, 10000);
    expect_jumps(world, row->jumps); /* once */
    world_teardown(&made);
}

static struct call *find_held(const struct world *world, enum call_kind kind)
{
    for (size_t i = 0; i < world->store->calls_count; i++)
        if (world->store->calls[i]->kind == kind && !world->store->calls[i]->is_over)
            return world->store->calls[i];
    return NULL;
}

static struct call *held(struct world *world, enum call_kind kind)
{
    struct call *call = find_held(world, kind);

    if (!call)
        fail_msg("nothing is held");
    return call;
}

/* Asked at any moment around it: see() fails if the time leaps without the number. */
static void check_before_all(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 30; i++) {
        world_say(world, "U1 poke D1 wait");
        if (i == 10)
            world->store->unix_ms -= 90000;
        world_advance(world, STEP_MS);
    }
    assert_int_equal(fake_number(world->store, "clock:jumps"), 1);
}

static void check_slow_answer(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_LEASE] = true;
    world_advance(world, 3500);
    world->store->holds[CALL_LEASE] = false;
    world->store->unix_ms -= 2500; /* it was given long ago */
    fake_answer(world->store, held(world, CALL_LEASE));
    world->store->unix_ms += 2500;
    fake_sweep(world->store);
    world_advance(world, 5000);
    expect_jumps(world, 0);
}

/* The first of all answers, to somebody who was paused meanwhile; and then none comes for so long that it is no
 * newcomer any more. */
static void check_slow_first(void **state)
{
    struct world *world = *state;
    struct node *node;

    node_crash(world->nodes[0]);
    world->store->holds[CALL_LEASE] = true;
    node = world_node(world);
    node_start(node);
    world_advance(world, 8000);
    world->store->holds[CALL_LEASE] = false;
    world->store->unix_ms -= 8000; /* it was given long ago */
    assert_true(fake_answer(world->store, held(world, CALL_LEASE)));
    world->store->unix_ms += 8000;
    fake_sweep(world->store);
    world->store->holds[CALL_LEASE] = true;
    world_advance(world, 8000);
    world->store->holds[CALL_LEASE] = false;
    world_advance(world, 10000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    expect_jumps(world, 0);
    node_start(world->nodes[0]); /* for the teardown */
}

/* ---- it is not lost ---- */

static void check_crash(void **state)
{
    struct world *world = *state;

    world->store->unix_ms += 10000;
    world_advance(world, 1500);
    restart(world, 0);
    expect_jumps(world, 1);
}

/* The commit that counts it never arrives, and with the lease all memory of it goes. */
static void lose_count(struct world *world, int64_t after_ms)
{
    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms -= 10000;
    world_advance(world, after_ms);
    world->store->holds[CALL_LEASE] = true;
    world_advance(world, 4000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_STANDBY);
    held(world, CALL_COMMIT)->is_over = true;
    fake_sweep(world->store);
    world->store->holds[CALL_COMMIT] = world->store->holds[CALL_LEASE] = false;
    world_advance(world, 10000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    expect_jumps(world, 1);
}

static void check_uncounted(void **state)
{
    lose_count(*state, 1500);
}

/* Nobody else was there who could have known better. */
static void check_long_uncounted(void **state)
{
    lose_count(*state, 40000);
}

static struct world *with_standby(void **state)
{
    struct world *world = *state;

    node_start(world_node(world));
    world_advance(world, 10000); /* and is no newcomer any more */
    return world;
}

static void take_over(struct world *world)
{
    node_crash(world->nodes[0]);
    world_advance(world, 5000);
    assert_int_equal(engine_status(world->nodes[1]->engine).phase, ENGINE_OWNER);
}

/* The owner dies before it notices; who stands by has noticed. */
static void check_standby(void **state)
{
    struct world *world = with_standby(state);

    world->store->unix_ms += 10000;
    take_over(world);
    expect_jumps(world, 1);
    node_start(world->nodes[0]); /* for the teardown */
}

/* Both notice, the owner counts; long after that the other takes over. */
static void check_counted_by_the_owner(void **state)
{
    struct world *world = with_standby(state);

    world->store->unix_ms += 10000;
    world_advance(world, 1500);
    expect_jumps(world, 1);
    world_advance(world, 30000);
    take_over(world);
    expect_jumps(world, 1);
    node_start(world->nodes[0]);
}

/* That one was counted says nothing of the next. */
static void check_next_uncounted(void **state)
{
    struct world *world = with_standby(state);

    world->store->unix_ms += 10000;
    world_advance(world, 20000);
    expect_jumps(world, 1);
    world->store->unix_ms += 10000;
    take_over(world);
    expect_jumps(world, 2);
    node_start(world->nodes[0]);
}

/* Its count was on its way while the clock jumped once more, and arrives after that. */
static void check_next_meanwhile(void **state)
{
    struct world *world = with_standby(state);

    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms += 10000;
    for (int i = 0; i < 30 && !find_held(world, CALL_COMMIT); i++)
        world_advance(world, STEP_MS);
    world->store->unix_ms += 9000;
    world_advance(world, 400); /* who stands by looks oftener than the owner */
    world->store->holds[CALL_COMMIT] = false;
    world_advance(world, STEP_MS);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 1);
    take_over(world);
    expect_jumps(world, 2);
    node_start(world->nodes[0]);
}

/* While it could not look, one was counted, and one was not. */
static void check_uncounted_unseen(void **state)
{
    struct world *world = with_standby(state);

    world->store->holds[CALL_LEASE] = true;
    node_crash(world->nodes[0]);
    world_advance(world, 5000);
    world->store->unix_ms += 10000 + 20000;
    fake_put_number(world->store, "clock:jumps", 1);
    fake_put_number(world->store, "clock:shift", 10000);
    world->store->holds[CALL_LEASE] = false;
    world_advance(world, 10000);
    assert_int_equal(engine_status(world->nodes[1]->engine).phase, ENGINE_OWNER);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 2);
    assert_in_range(fake_number(world->store, "clock:shift"), 28000, 32000);
    node_start(world->nodes[0]);
}

/* It had seen the one that was counted before it could not look; the next, as long, came after that. */
static void check_next_unseen(void **state)
{
    struct world *world = with_standby(state);

    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms += 10000;
    world_advance(world, 1500);
    assert_non_null(find_held(world, CALL_COMMIT)); /* and who stands by has looked */
    node_crash(world->nodes[0]);
    world->store->holds[CALL_COMMIT] = false;
    world->store->holds[CALL_LEASE] = true;
    fake_put_number(world->store, "clock:jumps", 1); /* the commit arrives */
    fake_put_number(world->store, "clock:shift", 10000);
    world->store->unix_ms += 9500;
    world_advance(world, 10000);
    world->store->holds[CALL_LEASE] = false;
    world_advance(world, 10000);
    assert_int_equal(engine_status(world->nodes[1]->engine).phase, ENGINE_OWNER);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 2);
    assert_in_range(fake_number(world->store, "clock:shift"), 17500, 21500);
    node_start(world->nodes[0]);
}

/* The owner lives on for long enough to have counted the first, and not the second. */
static void check_next_of_the_same(void **state)
{
    struct world *world = with_standby(state);

    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms += 10000;
    world_advance(world, 20000);
    world->store->unix_ms += 10000;
    world_advance(world, 15000);
    node_crash(world->nodes[0]); /* and what it tried is lost */
    world->store->holds[CALL_COMMIT] = false;
    world_advance(world, 5000);
    assert_int_equal(engine_status(world->nodes[1]->engine).phase, ENGINE_OWNER);
    assert_in_range(fake_number(world->store, "clock:shift"), 18000, 22000);
    expect_jumps(world, 1);
    node_start(world->nodes[0]);
}

/* One jumped before it heard the store for the first time, however long it had waited for that; it saw the next, and
 * then both are counted. What it has seen is not all that was counted, so the store's word is the better one. */
static void check_newcomer(void **state)
{
    struct world *world = *state;
    struct node *node = world_node(world);

    world->store->holds[CALL_LEASE] = true;
    node_start(node);
    world_advance(world, 10000);
    world->store->unix_ms += 10000;
    world->store->holds[CALL_COMMIT] = true;
    world->store->holds[CALL_LEASE] = false;
    world_advance(world, 3200);
    assert_non_null(find_held(world, CALL_COMMIT)); /* the owner of before is it again, and knows of the first */
    world->store->unix_ms += 20000;
    world_advance(world, 1500);
    world->store->holds[CALL_COMMIT] = false;
    world_advance(world, 1500);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 2);
    take_over(world);
    expect_jumps(world, 2);
    assert_in_range(fake_number(world->store, "clock:shift"), 28000, 32000);
    node_start(world->nodes[0]);
}

/* It had taken one for time, and is told at once that it was counted and that there is another: its account is wrong. */
static void check_told_of_two(void **state)
{
    struct world *world = *state;
    struct node *node = world_node(world);

    world->store->holds[CALL_LEASE] = true;
    node_start(node);
    world_advance(world, 10000);
    world->store->unix_ms += 10000;
    world->store->holds[CALL_COMMIT] = true;
    world->store->holds[CALL_LEASE] = false;
    world_advance(world, 10000); /* and is no newcomer any more */
    node_crash(world->nodes[0]);
    world->store->holds[CALL_COMMIT] = false;
    fake_put_number(world->store, "clock:jumps", 1); /* the commit arrives */
    fake_put_number(world->store, "clock:shift", 10000);
    world->store->unix_ms += 20000;
    world_advance(world, 1500);
    world->store->holds[CALL_LEASE] = true;
    fake_put_number(world->store, "clock:jumps", 2); /* and the next one */
    fake_put_number(world->store, "clock:shift", 30000);
    world_advance(world, 10000);
    world->store->holds[CALL_LEASE] = false;
    world_advance(world, 10000);
    assert_int_equal(engine_status(world->nodes[1]->engine).phase, ENGINE_OWNER);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 2);
    assert_int_equal(fake_number(world->store, "clock:shift"), 30000);
    node_start(world->nodes[0]);
}

/* Who lives on and counts nothing has not seen it jump: whoever has, has slept. */
static void check_never_counted(void **state)
{
    struct world *world = with_standby(state);

    world->store->holds[CALL_COMMIT] = true;
    world->store->unix_ms += 10000;
    world_advance(world, 40000);
    node_crash(world->nodes[0]); /* and what it tried is lost */
    world->store->holds[CALL_COMMIT] = false;
    world_advance(world, 5000);
    assert_int_equal(engine_status(world->nodes[1]->engine).phase, ENGINE_OWNER);
    assert_int_equal(fake_number(world->store, "clock:jumps"), 0);
    node_start(world->nodes[0]);
}

static void check_behind(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 poke D1 wait");
    world->store->unix_ms -= 20000;
    restart(world, 0);
    world_advance(world, 1000);
    restart(world, 0); /* the newest commit is of the new time now */
    world_say(world, "U1 poke D1 wait");
    assert_int_equal(seen_jumps, 1); /* what had passed until then its handler cannot know */
    assert_int_equal(world_journalled(world, "clock.jumped"), 1);
}

static void check_handover(void **state)
{
    struct world *world = *state;

    restart(world, 0);
    world_advance(world, 60000);
    restart(world, 0);
    expect_jumps(world, 0);
}

#define CLOCK_TEST(sentence, test)                                                                                     \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST("a jump is counted before anything is decided by the new time", check_before_all),
        CLOCK_TEST("an answer that was long on its way tells of no jump", check_slow_answer),
        CLOCK_TEST("not even the first one", check_slow_first),
        CLOCK_TEST("what was counted stays counted after a crash", check_crash),
        CLOCK_TEST("a jump whose commit never came is counted later", check_uncounted),
        CLOCK_TEST("also when it was tried for long", check_long_uncounted),
        CLOCK_TEST("a jump that the owner did not live to see is counted by who stood by", check_standby),
        CLOCK_TEST("a jump that the owner counted is not counted again by who takes over", check_counted_by_the_owner),
        CLOCK_TEST("but the next one is", check_next_uncounted),
        CLOCK_TEST("also when the count of the one before arrived after it", check_next_meanwhile),
        CLOCK_TEST("and when both came while it could not look, and one was counted", check_uncounted_unseen),
        CLOCK_TEST("and when it had seen the one that was counted, and not the next", check_next_unseen),
        CLOCK_TEST("an owner has its time to count each", check_next_of_the_same),
        CLOCK_TEST("who has just heard the store for the first time takes its word", check_newcomer),
        CLOCK_TEST("who is told of a count and of another jump at once takes its word, too", check_told_of_two),
        CLOCK_TEST("an owner that lives and counts nothing knows better", check_never_counted),
        CLOCK_TEST("a clock behind the newest commit has jumped unwatched, and handlers are told", check_behind),
        CLOCK_TEST("taking over alone is no jump", check_handover),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
