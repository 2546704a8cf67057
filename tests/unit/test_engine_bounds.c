/* Many inputs at once, records that are lost, and a journal that does not grow for ever. */
#include "tests/unit/engine_fixture.h"

#define BURST 300

static void check_burst(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < BURST; i++) {
        struct inbox_item item = world_item(world, "U1 do wait");

        world_accept(world, &item, STORE_INBOX);
    }
    world_advance(world, 900); /* less than one blocking read */
    assert_int_equal(world_journalled(world, "request.accepted"), BURST);
}

static void check_lost_holder(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    world_say(world, "U2 do claim");
    fake_drop(world->store, STORE_OPERATIONS, "D1");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 6000);
    assert_string_equal(json_find_string(world_record(world, STORE_TARGETS, ERRAND_TARGET), "holder"), "D2");
    assert_int_equal(world_journalled(world, "target.freed"), 1);
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
}

static void check_unreadable(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    fake_put(world->store, STORE_OPERATIONS, "D1", "{\"id\":\"D1\"");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 6000);
    assert_int_equal(engine_status(world->nodes[0]->engine).unreadable, 1);
    assert_non_null(fake_get(world->store, STORE_OPERATIONS, "D1")); /* left alone: a person may want to read it */
    world_say(world, "U2 do claim");
    assert_string_equal(world_heard(world, "D2"), "message:target.granted:engine|");
}

/* ---- what is kept ---- */

static void journal_more(struct world *world, int entries)
{
    for (int i = 0; i < entries; i++)
        world_say(world, "U1 nonsense");
}

static size_t count_of(const struct world *world, enum store_place place)
{
    return world->store->places[place].count;
}

/* Nothing stands beside an entry that is not there. */
static void check_beside(struct world *world)
{
    const struct fake_place *personal = &world->store->places[STORE_PERSONAL];

    assert_true(personal->count > 0);
    for (size_t i = 0; i < personal->count; i++)
        assert_true(strtoll(personal->fields[i].field, NULL, 10) >= fake_number(world->store, "kept:journal"));
}

static void check_trimmed(void **state)
{
    struct world *world = *state;

    world->settings.retention.journal = 10;
    journal_more(world, 15);
    assert_int_equal(count_of(world, STORE_JOURNAL), 10);
    check_beside(world);
    world->settings.retention.journal = 4; /* a reload wants less: a few go with each entry */
    journal_more(world, 1);
    assert_int_equal(count_of(world, STORE_JOURNAL), 4);
    check_beside(world);
}

static void check_held(void **state)
{
    struct world *world = *state;

    world->settings.retention.journal = 5;
    world->settings.audit.hold_count = 1;
    journal_more(world, 20);
    assert_true(count_of(world, STORE_JOURNAL) >= 20 && fake_number(world->store, "kept:journal") == 1);
    world->settings.audit.hold_count = 0; /* lifted: what it kept goes, over a crash, too */
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 6000);
    journal_more(world, 6);
    assert_int_equal(count_of(world, STORE_JOURNAL), 5);
    check_beside(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a burst is decided without waiting for a blocking read", check_burst),
        ENGINE_TEST("a target whose holder is lost goes to the next in line", check_lost_holder),
        ENGINE_TEST("of the journal so many entries stay as are to be kept, and what stands beside them", check_trimmed),
        ENGINE_TEST("while a legal hold stands nothing of it goes; afterwards it does", check_held),
        ENGINE_TEST("a record that cannot be read is counted, and its target freed", check_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
