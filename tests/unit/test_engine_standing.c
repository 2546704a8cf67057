/* What is always at work: begun by the owner, told of the next one, begun anew when it has ended. */
#include "tests/unit/engine_fixture.h"

static bool is_wanted;
static int begun; /* so often a begin was decided */

static void stand(const struct view *view, struct outcome *out)
{
    static const char *script[] = { "wait", "wait", "wait", "wait" };
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    if (!is_wanted)
        return;
    begun++;
    *body = (struct errand_body){ .script = script, .script_count = ARRAY_LEN(script), .heard = "" };
    outcome_begin(out, "errand", NULL, "running", body);
    outcome_timer(out, "t", view->now_ms + HOUR_MS);
}

static struct machine standing_machine;

static int setup(void **state)
{
    struct world *world = world_create();

    is_wanted = true;
    standing_machine = errand_machine;
    standing_machine.stand = stand;
    world->machines[0] = &standing_machine;
    node_start(world_node(world));
    world_advance(world, 1000);
    *state = world;
    return 0;
}

static void restart(struct world *world)
{
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
}

static void check_begun(void **state)
{
    struct world *world = *state;

    assert_non_null(world_operation(world, "L1"));
    assert_string_equal(json_find_string(world_operation(world, "L1"), "source"), "opsgate");
    assert_string_equal(world_heard(world, "L1"), "");
    assert_int_equal(engine_status(world->nodes[0]->engine).timers, 1);
    world_say(world, "U1 do wait");
    assert_non_null(world_operation(world, "D1"));
    world_advance(world, 10000);
    assert_null(world_operation(world, "L2"));
    world_check_journal(world);
}

static void check_next_owner(void **state)
{
    struct world *world = *state;

    restart(world);
    assert_string_equal(world_heard(world, "L1"), "message:" MESSAGE_OWNER ":engine|");
    restart(world);
    assert_string_equal(world_heard(world, "L1"), "message:" MESSAGE_OWNER ":engine|message:" MESSAGE_OWNER ":engine|");
    assert_null(world_operation(world, "L2"));
    assert_int_equal(engine_status(world->nodes[0]->engine).timers, 1);
    world_check_journal(world);
}

static void check_not_wanted(void **state)
{
    struct world *world = world_create();
    void *made = world;

    (void)state;
    is_wanted = false;
    standing_machine = errand_machine;
    standing_machine.stand = stand;
    world->machines[0] = &standing_machine;
    node_start(world_node(world));
    world_advance(world, 1000);
    assert_null(world_operation(world, "L1"));
    assert_int_equal(engine_status(world->nodes[0]->engine).operations, 0);
    is_wanted = true; /* as with a new configuration */
    restart(world);
    assert_non_null(world_operation(world, "L1"));
    world_teardown(&made);
}

static void check_ended(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 poke L1 end");
    assert_string_equal(json_find_string(world_record(world, STORE_ENDED, "L1"), "result"), "done");
    restart(world);
    assert_non_null(world_record(world, STORE_OPERATIONS, "L2"));
}

/* A commit that began it and was not answered, or never came, is decided once. */
static void check_lost(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 5; i++) {
        node_crash(world->nodes[0]);
        node_start(world->nodes[0]);
        world_advance(world, 300 + 700 * i);
    }
    world_advance(world, 4000);
    assert_non_null(world_operation(world, "L1"));
    assert_null(world_operation(world, "L2"));
    world_check_journal(world);
}

/* By a version that knows its schema no more, say; and later by one that does. */
static void check_unreadable(void **state)
{
    struct world *world = *state;
    const char *record = arena_strdup(world->arena, fake_get(world->store, STORE_OPERATIONS, "L1"));

    fake_put(world->store, STORE_OPERATIONS, "L1", "{\"id\":\"L1\"}");
    restart(world);
    assert_null(json_find_string(world_operation(world, "L2"), "result")); /* it is done without */
    assert_int_equal(engine_status(world->nodes[0]->engine).unreadable, 1);
    fake_put(world->store, STORE_OPERATIONS, "L1", record);
    restart(world);
    assert_null(json_find_string(world_operation(world, "L1"), "result"));
    assert_string_equal(json_find_string(world_operation(world, "L2"), "result"), "done");
    assert_string_equal(engine_standing(world->nodes[0]->engine, "errand")->id, "L1");
    restart(world);
    assert_null(world_operation(world, "L3"));
    world_check_journal(world);
}

/* Whoever only looks sees what is at work, at its owner alone. */
static void check_view(void **state)
{
    struct world *world = *state;
    struct node *standby = world_node(world);
    AUTO(arena) struct arena *arena = arena_create();
    struct view view;

    node_start(standby);
    world_advance(world, 1000);
    assert_false(engine_view(standby->engine, arena, &view));
    assert_true(engine_view(world->nodes[0]->engine, arena, &view));
    assert_string_equal(view.find_operation(view.ctx, "L1")->id, "L1");
    assert_ptr_equal(view.arena, arena);
}

static void die_beginning(struct world *world, bool died_by_own_signal)
{
    struct node *node = world->nodes[0];

    node_crash(node);
    node->config.died_by_own_signal = died_by_own_signal;
    node_start(node);
    world_advance(world, 4000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
}

/* Its owner dies whenever it has decided that, before it reaches the store. */
static void check_crashes(void **state)
{
    struct world *world = world_create();
    void *made = world;

    (void)state;
    standing_machine = errand_machine;
    standing_machine.stand = stand;
    world->machines[0] = &standing_machine;
    is_wanted = false;
    node_start(world_node(world));
    world_advance(world, 1000);
    is_wanted = true;
    begun = 0;
    world->store->holds[CALL_COMMIT] = true;
    for (int deaths = 0; deaths < 6; deaths++)
        die_beginning(world, deaths > 0);
    assert_int_equal(begun, 3);
    world->store->holds[CALL_COMMIT] = false;
    world_say(world, "U1 do wait"); /* and life goes on, without */
    assert_non_null(world_operation(world, "D1"));
    assert_null(world_operation(world, "L1"));
    world_teardown(&made);
}

/* What stands under a mark as it is begun leaves none, wanted or not: the deaths of others do not count. */
static void check_marks(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 6; i++) {
        is_wanted = i % 2 == 0;
        die_beginning(world, true);
        assert_int_equal(world->store->places[STORE_TRYING].count, 0);
        world_say(world, arena_printf(world->arena, "U1 poke L%d end", 1 + i / 2));
    }
    is_wanted = true;
    die_beginning(world, true);
    assert_non_null(world_record(world, STORE_OPERATIONS, "L4"));
}

#define STANDING_TEST(sentence, test)                                                                                  \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        STANDING_TEST("it is begun by itself, once, by a number of its own kind", check_begun),
        STANDING_TEST("the next owner finds it, and it hears of that", check_next_owner),
        STANDING_TEST("one that has ended is begun anew by the next owner", check_ended),
        STANDING_TEST("owners that come and go make no second one", check_lost),
        STANDING_TEST("one whose record could not be read for a while is the only one again", check_unreadable),
        STANDING_TEST("one that is begun without a crash leaves no mark", check_marks),
        STANDING_TEST("whoever only looks sees it at its owner alone", check_view),
        { "one that crashes whoever begins it is left out in the end", check_crashes, NULL, NULL, NULL },
        { "what is not wanted is not begun, and is when it is", check_not_wanted, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
