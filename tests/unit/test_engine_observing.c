/* A store that a person adopted is only observed, until a person confirms it. */
#include "tests/unit/engine_fixture.h"

#define OTHER_BIRTH "ffffffffffffffffffffffffffffffff"

/* Everything in the safe direction is called "back" here. */
static bool back_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    bool makes_sense = errand_asks(view, request, ret_question, ret_arguments, err);

    ret_question->is_safe_direction = true;
    return makes_sense;
}

static const struct verb back_verb = {
    .name = "back", .usage = "back WISHES...", .summary = "the way back", .asks = back_asks, .begin = errand_begin
};

static void mark(struct world *world, const char *which, int64_t n, const char *over, int64_t over_seq)
{
    fake_put(world->store, STORE_META, which,
             arena_printf(world->arena,
                          "{\"n\":%lld,\"at\":%lld,\"by\":\"ann\",\"over\":\"%s\",\"over_seq\":%lld,\"seq\":%lld}",
                          (long long)n, (long long)world->store->unix_ms, over, (long long)over_seq,
                          (long long)fake_number(world->store, "seq")));
}

static void confirm(struct world *world, int64_t n)
{
    mark(world, "confirmed", n, "", 0);
    world_advance(world, 3000);
}

/* A node whose data_dir knows more than the store does. */
static struct node *make_node(struct world *world)
{
    struct node *node = world_node(world);

    world->verbs[1] = &back_verb;
    fake_put_number(world->store, "seq", 3);
    fake_put_number(world->store, "last:operation", 1);
    node->config.memory = (struct engine_memory){ .birth = FAKE_BIRTH, .seq = 50 };
    return node;
}

static int setup(void **state)
{
    struct world *world = world_create();
    struct node *node = make_node(world);

    node_start(node);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_REFUSED);
    assert_non_null(strstr(engine_status(node->engine).why, "`opsgate store adopt`"));
    mark(world, "adopted", 1, FAKE_BIRTH, 50);
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    *state = world;
    return 0;
}

static const char *last_reply(const struct world *world)
{
    return world->replies_count > 0 ? world->replies[world->replies_count - 1] : "nothing";
}

static void says(const struct world *world, const char *part)
{
    if (!strstr(last_reply(world), part))
        assert_string_equal(last_reply(world), part);
}

/* ---- joined ---- */

static void data_dir_follows_the_word(void **state)
{
    struct world *world = *state;
    const struct node *node = world->nodes[0];

    assert_int_equal(node->config.memory.adoption, 1);
    assert_true(node->config.memory.seq < 50);
    assert_true(engine_status(node->engine).is_observing);
    assert_int_equal(world_journalled(world, "store.adopted"), 1);
    assert_int_equal(world_journalled(world, "store.confirmed"), 0);
}

static void what_changes_is_refused_and_the_way_back_goes(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:raise");
    says(world, "only observes");
    says(world, "`opsgate store confirm`");
    assert_null(node_flight(world->nodes[0], "raise"));
    world_say(world, "U3 do effect:raise");
    says(world, "Denied"); /* who may not, is told that */
    world_say(world, "U1 back effect:lower");
    says(world, "began");
    assert_non_null(node_flight(world->nodes[0], "lower"));
}

static void it_carries_out_its_effects_too(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 back effect:raise"); /* a program that brings what was good, say */
    assert_non_null(node_flight(world->nodes[0], "raise"));
}

static void a_confirmation_ends_it(void **state)
{
    struct world *world = *state;

    confirm(world, 1);
    assert_false(engine_status(world->nodes[0]->engine).is_observing);
    assert_int_equal(world_journalled(world, "store.confirmed"), 1);
    world_say(world, "U1 do effect:raise");
    says(world, "began");
    assert_non_null(node_flight(world->nodes[0], "raise"));
}

static void no_number_is_given_twice(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 back wait");
    says(world, "D49 began"); /* D1 stands in the store, and 47 commits are lost */
}

static void it_lasts_over_restarts_and_is_told_once(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 3; i++) {
        node_crash(world->nodes[0]);
        node_start(world->nodes[0]);
        world_advance(world, 5000);
        assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
        assert_true(engine_status(world->nodes[0]->engine).is_observing);
    }
    assert_int_equal(world_journalled(world, "store.adopted"), 1);
    world_say(world, "U1 back wait");
    says(world, "D49 began");
}

static void another_copy_needs_another_word(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];

    confirm(world, 1);
    fake_put_number(world->store, "seq", 2);
    world_advance(world, 3000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_REFUSED); /* the mark is of before */
    mark(world, "adopted", 2, FAKE_BIRTH, node->config.memory.seq);
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    assert_true(engine_status(node->engine).is_observing);
    assert_int_equal(node->config.memory.adoption, 2);
}

/* ---- what had been wanted ---- */

/* One owner wants it all; then the store is adopted by another data_dir. */
static struct node *adopt_with(struct world *world, const char *wishes)
{
    struct node *node;

    node_start(world_node(world));
    world_advance(world, 1000);
    world_say(world, wishes);
    node_crash(world->nodes[0]);
    world_advance(world, 1000);
    world->tries_count = 0;
    mark(world, "adopted", 1, OTHER_BIRTH, 900);
    node = world_node(world);
    node->config.memory = (struct engine_memory){ .birth = OTHER_BIRTH, .seq = 900 };
    node_start(node);
    world_advance(world, 20000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    return node;
}

static void what_waited_to_go_waits_for_the_confirmation(void **state)
{
    struct world *world = world_create();
    void *made = world;
    struct node *node = adopt_with(world, "U1 do effect:raise:a,effect:lower:b,effect:note:c");

    (void)state;
    assert_int_equal(world_tried(world, "D1.1 raise"), 0);
    assert_non_null(node_flight(node, "lower"));
    assert_non_null(node_flight(node, "note"));
    confirm(world, 1);
    assert_int_equal(world_tried(world, "D1.1 raise"), 1);
    world_teardown(&made);
}

static void what_waits_too_long_gives_up(void **state)
{
    struct world *world = world_create();
    void *made = world;

    (void)state;
    adopt_with(world, "U1 do effect:raise");
    world_advance(world, 61 * SECOND_MS);
    assert_int_equal(world_tried(world, "D1.1 raise"), 0);
    assert_string_equal(world_heard(world, "D1"), "effect:raise:gave-up|");
    world_teardown(&made);
}

/* ---- words that do not count ---- */

static const struct refused {
    const char *name;
    int64_t known_adoption, n;
    const char *over;
    const char *text; /* in place of the mark */
} refused[] = {
    { "a word about another store's place", 0, 1, OTHER_BIRTH, NULL },
    { "a word that data_dir has followed already", 1, 1, FAKE_BIRTH, NULL },
    { "a word of before one that data_dir has followed", 2, 1, FAKE_BIRTH, NULL },
    { "no JSON", 0, 0, "", "adopted" },
    { "no object", 0, 0, "", "[1]" },
    { "a word without a number", 0, 0, "", "{\"over\":\"" FAKE_BIRTH "\"}" },
    { "a word of other types", 0, 0, "", "{\"n\":\"1\",\"at\":{},\"over\":1}" },
    { "a word over nothing", 0, 0, "", "{\"n\":1}" },
};

static void check_refused(void **state)
{
    const struct refused *row = *state;
    struct world *world = world_create();
    struct node *node = make_node(world);
    void *made = world;

    node->config.memory.adoption = row->known_adoption;
    if (row->text)
        fake_put(world->store, STORE_META, "adopted", row->text);
    else
        mark(world, "adopted", row->n, row->over, 50);
    node_start(node);
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_REFUSED);
    assert_int_equal(node->config.memory.seq, 50);
    assert_string_equal(fake_meta(world->store, "nonce"), "");
    world_teardown(&made);
}

static void what_was_before_the_adoption_is_no_store_of_ours(void **state)
{
    struct world *world = world_create();
    struct node *node = make_node(world);
    void *made = world;

    (void)state;
    fake_put_number(world->store, "seq", 60); /* it has gone further than ours, on its own way */
    node->config.memory.adoption = 1;
    node_start(node);
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_REFUSED);
    assert_non_null(strstr(engine_status(node->engine).why, "of before adoption 1"));
    world_teardown(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_dir_follows_the_word, setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_changes_is_refused_and_the_way_back_goes, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_carries_out_its_effects_too, setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_confirmation_ends_it, setup, world_teardown),
        cmocka_unit_test_setup_teardown(no_number_is_given_twice, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_lasts_over_restarts_and_is_told_once, setup, world_teardown),
        cmocka_unit_test_setup_teardown(another_copy_needs_another_word, setup, world_teardown),
        cmocka_unit_test(what_waited_to_go_waits_for_the_confirmation),
        cmocka_unit_test(what_waits_too_long_gives_up),
        cmocka_unit_test(what_was_before_the_adoption_is_no_store_of_ours),
    };

    return ROWS(refused, check_refused) + cmocka_run_group_tests(tests, NULL, NULL);
}
