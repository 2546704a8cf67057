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
static const struct verb fact_verb = { .name = "fact",
                                       .usage = "fact WISHES...",
                                       .summary = "what opsgate itself hands in",
                                       .is_internal = true,
                                       .asks = errand_asks,
                                       .begin = errand_begin };

/* Always at work, and it wants to change something at once. */
static void stand(const struct view *view, struct outcome *out)
{
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    body->heard = "";
    outcome_begin(out, "errand", NULL, "running", body);
    errand_wish(str_of("effect:raise"), out, view->now_ms);
}

/* ---- what happens outside: an item of its own kind, whose body says when it happened ---- */

#define TOLD_KIND "told"

static bool decode(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    if (strcmp(item->kind, TOLD_KIND) != 0)
        return node_decode(item, arena, ret_decoded, err);
    ret_decoded->kind = DECODED_EVENT;
    ret_decoded->event = (struct outside_event){ .id = arena_strdup(arena, item->body),
                                                 .source = "github",
                                                 .name = "push",
                                                 .principal = { .system = "slack", .id = "U1", .team = "T1" },
                                                 .occurred_at_ms = strtoll(item->body, NULL, 10),
                                                 .received_at_ms = item->received_at };
    return true;
}

static bool asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    static const char *words[] = { "wait" };

    (void)view, (void)event;
    *ret_request = (struct wanted_request){ .verb = "do", .words = words, .words_count = ARRAY_LEN(words) };
    return true;
}

static const struct listener listeners[] = { { "github", "push", .asks = asks }, { .source = NULL } };

/* How many operations does it begin? */
static size_t tell(struct world *world, int64_t occurred_at_ms)
{
    struct inbox_item item = world_item(world, arena_printf(world->arena, "%lld", (long long)occurred_at_ms));
    size_t before = world_journalled(world, "operation.begun"), told = world_journalled(world, "event.received");

    item.kind = TOLD_KIND;
    item.source = "github";
    item.reply_to = (struct reply_address){ 0 };
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(world_journalled(world, "event.received"), told + 1);
    return world_journalled(world, "operation.begun") - before;
}

/* ---- the world ---- */

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
    node->config.decode = decode;
    node->config.listeners = listeners;
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
    says(world,
         "D1049 began"); /* D1 stands in the store, and 47 commits are lost; the rest is to be on the safe side */
}

/* The second time the copy knows nothing of the numbers of the first. */
static void nor_after_the_same_copy_was_adopted_twice(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];
    int64_t seen;

    world_say(world, "U1 back wait");
    says(world, "D1049 began");
    world_advance(world, 5000);
    assert_int_equal(node->config.memory.operations, 1049);
    seen = node->config.memory.seq;
    node_crash(node);
    fake_put_number(world->store, "seq", 3);
    fake_put_number(world->store, "last:operation", 1);
    fake_put_number(world->store, "adopted:journalled", 0);
    mark(world, "adopted", 2, FAKE_BIRTH, seen); /* by a data_dir that has not heard of D1049 */
    node_start(node);
    world_advance(world, 20000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    world_say(world, "U1 back wait");
    assert_int_equal(world_journalled(world, "store.adopted"), 2);
    says(world, "D2050 began");
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
    says(world, "D1049 began");
}

/* It was adopted in our place long ago, and since then in another's: nobody observes it because of us. */
static void whose_place_was_taken_before_joins(void **state)
{
    struct world *world = *state;
    struct node *node = world_node(world);

    fake_put(world->store, STORE_META, "adopted",
             "{\"n\":2,\"at\":1,\"by\":\"ann\",\"over_seq\":9,\"seq\":3,\"over\":\"" FAKE_BIRTH
             "\",\"others\":[\"00000000000000000000000000000000\",\"" OTHER_BIRTH "\"]}");
    confirm(world, 2);
    node->config.memory = (struct engine_memory){ .birth = OTHER_BIRTH, .seq = 900 };
    node_start(node);
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_STANDBY);
    assert_string_equal(node->config.memory.birth, FAKE_BIRTH);
    assert_int_equal(node->config.memory.adoption, 2);
    assert_false(engine_status(world->nodes[0]->engine).is_observing);
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

/* ---- the store's clock is set while it is observed, or after ---- */

static void the_way_back_goes_though_the_clock_was_set_back(void **state)
{
    struct world *world = *state;

    world->store->unix_ms -= HOUR_MS;
    world_advance(world, 40000);
    world_say(world, "U1 back effect:raise");
    world_advance(world, 40000); /* increases pause after a jump */
    assert_non_null(node_flight(world->nodes[0], "raise"));
}

/* By so much the clock moves between the adoption and what is told of. */
static const struct moved {
    const char *name;
    int64_t by_ms;
} moved[] = {
    { "events of after the adoption count, not those of before", 0 },
    { "as well when the clock was set back", -HOUR_MS },
    { "as well when it was set forward", HOUR_MS },
};

static void check_moved(void **state)
{
    const struct moved *row = *state;
    void *made = NULL;
    struct world *world;
    int64_t since_mono;

    setup(&made);
    world = made;
    since_mono = world->store->mono_ms;
    assert_int_equal(tell(world, world->store->unix_ms), 0); /* it is only observed */
    world_advance(world, 10000);
    world->store->unix_ms += row->by_ms;
    world_advance(world, 10000);
    confirm(world, 1);
    assert_int_equal(tell(world, world->store->unix_ms - (world->store->mono_ms - since_mono) - 30 * SECOND_MS), 0);
    assert_int_equal(tell(world, world->store->unix_ms - 10), 1);
    node_crash(world->nodes[0]); /* whoever takes over knows it too */
    node_start(world->nodes[0]);
    world_advance(world, 5000);
    assert_int_equal(tell(world, world->store->unix_ms - (world->store->mono_ms - since_mono) - 31 * SECOND_MS), 0);
    assert_int_equal(tell(world, world->store->unix_ms - 11), 1);
    world_teardown(&made);
}

/* ---- what nobody asked for ---- */

static void what_stands_waits_like_the_rest(void **state)
{
    static struct machine standing;
    struct world *world = world_create();
    struct node *node = make_node(world);
    void *made = world;

    (void)state;
    standing = errand_machine;
    standing.stand = stand;
    world->machines[0] = &standing;
    mark(world, "adopted", 1, FAKE_BIRTH, 50);
    node_start(node);
    world_advance(world, 20000);
    assert_non_null(world_operation(world, "L1"));
    assert_int_equal(world_tried(world, "L1.1 raise"), 0);
    confirm(world, 1);
    assert_int_equal(world_tried(world, "L1.1 raise"), 1);
    world_teardown(&made);
}

static void what_opsgate_hands_in_waits_too(void **state)
{
    struct world *world = *state;

    world->verbs[0] = &fact_verb;
    world_say(world, "U1 fact effect:raise");
    says(world, "began");
    world_advance(world, 5000);
    assert_null(node_flight(world->nodes[0], "raise"));
    confirm(world, 1);
    assert_non_null(node_flight(world->nodes[0], "raise"));
}

static void a_way_back_of_before_another_adoption_waits(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];

    world_say(world, "U1 back wait,effect:raise");
    assert_int_equal(world_tried(world, "D1049.1 raise"), 1);
    node_crash(node);
    node->config.memory.seq = fake_number(world->store, "seq") + 1000;
    mark(world, "adopted", 2, FAKE_BIRTH, node->config.memory.seq);
    node_start(node);
    world_advance(world, 20000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    assert_int_equal(world_tried(world, "D1049.1 raise"), 1);
    world_say(world, "U1 back effect:raise:other");
    assert_int_equal(world_tried(world, "D3050.1 raise"), 1); /* 1000 commits are lost */
}

/* ---- what had been wanted ---- */

/* One owner wants it all; then the store is adopted by another data_dir, where its clock is by so much ahead. */
static struct node *adopt_ahead(struct world *world, const char *wishes, int64_t ahead_ms)
{
    struct node *node;

    node_start(world_node(world));
    world_advance(world, 1000);
    world_say(world, wishes);
    node_crash(world->nodes[0]);
    world_advance(world, 1000);
    world->tries_count = 0;
    world->store->unix_ms += ahead_ms;
    mark(world, "adopted", 1, OTHER_BIRTH, 900);
    node = world_node(world);
    node->config.memory = (struct engine_memory){ .birth = OTHER_BIRTH, .seq = 900 };
    node_start(node);
    world_advance(world, 20000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    return node;
}

static struct node *adopt_with(struct world *world, const char *wishes)
{
    return adopt_ahead(world, wishes, 0);
}

static void it_waits_where_the_clock_is_behind(void **state)
{
    struct world *world = world_create();
    void *made = world;

    (void)state;
    adopt_ahead(world, "U1 do effect:raise", -MINUTE_MS);
    world_advance(world, 30000);
    assert_int_equal(world_tried(world, "D1.1 raise"), 0);
    world_teardown(&made);
}

static void no_number_of_another_store_is_given_again(void **state)
{
    struct world *world = world_create();
    void *made = world;

    (void)state;
    adopt_with(world, "U1 do wait");
    confirm(world, 1);
    world_say(world, "U1 do wait");
    says(world, "D1901 began"); /* there were 900 commits there: at most D900 */
    world_teardown(&made);
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
    assert_non_null(strstr(engine_status(node->engine).why, "of before an adoption"));
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
        cmocka_unit_test_setup_teardown(nor_after_the_same_copy_was_adopted_twice, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_lasts_over_restarts_and_is_told_once, setup, world_teardown),
        cmocka_unit_test_setup_teardown(whose_place_was_taken_before_joins, setup, world_teardown),
        cmocka_unit_test_setup_teardown(another_copy_needs_another_word, setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_way_back_goes_though_the_clock_was_set_back, setup, world_teardown),
        cmocka_unit_test(what_stands_waits_like_the_rest),
        cmocka_unit_test_setup_teardown(what_opsgate_hands_in_waits_too, setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_way_back_of_before_another_adoption_waits, setup, world_teardown),
        cmocka_unit_test(it_waits_where_the_clock_is_behind),
        cmocka_unit_test(no_number_of_another_store_is_given_again),
        cmocka_unit_test(what_waited_to_go_waits_for_the_confirmation),
        cmocka_unit_test(what_waits_too_long_gives_up),
        cmocka_unit_test(what_was_before_the_adoption_is_no_store_of_ours),
    };

    return ROWS(refused, check_refused) + ROWS(moved, check_moved) + cmocka_run_group_tests(tests, NULL, NULL);
}
