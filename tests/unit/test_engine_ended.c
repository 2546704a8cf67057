/* The operations that ended: how long they are kept, and who sees them. */
#include "tests/unit/engine_fixture.h"

#include <time.h>

/* A verb that looks: it answers with what the view shows it. */
static void look_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    const struct operation *list[3] = { NULL };
    size_t count = view->list_ended(view->ctx, list, 3);
    const struct operation *found = view->find_ended(view->ctx, request->words[0]);

    (void)question;
    (void)arguments;
    outcome_reply(out, "%zu:", count);
    for (size_t i = 0; i < count && i < 3; i++)
        outcome_reply_line(out, "%s %s", list[i]->id, list[i]->result);
    outcome_reply_line(out, "found %s %s", found ? found->id : "none",
                       found && found->body ? json_find_string(found->body, "heard") : "");
}
static const struct verb look_verb = { .name = "look", .usage = "look", .asks = errand_asks, .begin = look_begin };

static const char *look(struct world *world, const char *id)
{
    world_say(world, arena_printf(world->arena, "U1 look %s", id));
    return world->replies[world->replies_count - 1];
}

static int setup(void **state)
{
    world_setup(state);
    ((struct world *)*state)->verbs[1] = &look_verb;
    return 0;
}

static void restart(struct world *world)
{
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
}

static void check_seen(void **state)
{
    struct world *world = *state;

    assert_string_equal(look(world, "D1"), "0:\nfound none ");
    world_say(world, "U1 do timer:t:2000 end");
    world_say(world, "U1 do end");
    world_advance(world, 1000);
    world_say(world, "U1 do fail");
    assert_string_equal(look(world, "D1"), "2:\nD3 failed\nD2 done\nfound none "); /* it lives */
    world_advance(world, 2000);
    assert_string_equal(look(world, "D1"), "3:\nD1 done\nD3 failed\nD2 done\nfound D1 timer:t|");
    restart(world);
    assert_string_equal(look(world, "D1"), "3:\nD1 done\nD3 failed\nD2 done\nfound D1 timer:t|");
}

static void check_forgotten(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do end,forget");
    world_say(world, "U1 do effect:note,end,forget");
    assert_non_null(world_record(world, STORE_OPERATIONS, "D2")); /* as long as something of it is out */
    restart(world);
    flight_end(node_flight(world->nodes[0], "note"), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
    assert_int_equal(world->store->places[STORE_OPERATIONS].count, 0);
    assert_int_equal(world->store->places[STORE_ENDED].count, 0);
    assert_string_equal(look(world, "D1"), "0:\nfound none ");
    assert_int_equal(world_journalled(world, "operation.ended"), 2); /* the journal forgets nothing */
}

static void end_as_dead(struct world *world, const char *kind)
{
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    flight_end(node_flight(world->nodes[0], kind), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_advance(world, 3000); /* refused; loaded again, and tried again */
    flight_end(node_flight(world->nodes[0], kind), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
}

/* Its last effect is what could not be decided: it is over all the same, and not alive for ever. */
static void check_last_is_dead(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:a,effect:show:b,end");
    end_as_dead(world, "note");
    assert_null(world_record(world, STORE_EFFECTS, "D1.1"));
    assert_non_null(world_record(world, STORE_OPERATIONS, "D1")); /* something of it is still out */
    end_as_dead(world, "show");
    assert_null(world_record(world, STORE_EFFECTS, "D1.2"));
    assert_null(world_record(world, STORE_OPERATIONS, "D1"));
    assert_string_equal(json_find_string(world_record(world, STORE_ENDED, "D1"), "result"), "done");
    assert_string_equal(look(world, "D1"), "1:\nD1 done\nfound D1 ");
}

static void check_forgotten_with_last_dead(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note,end,forget");
    end_as_dead(world, "note");
    assert_null(world_record(world, STORE_OPERATIONS, "D1"));
    assert_null(world_record(world, STORE_ENDED, "D1"));
}

/* ---- which operation an answer names ---- */

static const struct named_row {
    const char *name, *asked;
    const char *names; /* the last answer; NULL: none */
} named_rows[] = {
    { "one that is kept", "U1 do end", "D1" },
    { "one that is kept, later", "U1 do silent,timer:t:100 end", "D1" },
    { "one that goes on", "U1 do silent,timer:t:100 reply", "D1" },
    { "one that is forgotten", "U1 do end,forget", NULL },
    { "one that is forgotten, later", "U1 do silent,timer:t:100 end,forget", NULL },
    { "one that is forgotten with its last words", "U1 do silent,timer:t:100 reply,end,forget", NULL },
};

static void check_named(void **state)
{
    const struct named_row *row = *state;
    const char *names = "none";
    struct world *world;
    void *made;

    world_setup(&made);
    world = made;
    world_say(world, row->asked);
    world_advance(world, 1000);
    assert_int_equal(world->replies_count, 1);
    for (size_t i = 0; i < world->nodes[0]->flights_count; i++)
        if (strcmp(world->nodes[0]->flights[i].kind, EFFECT_REPLY) == 0)
            names = world->nodes[0]->flights[i].names;
    if (row->names)
        assert_string_equal(names, row->names);
    else
        assert_null(names);
    world_teardown(&made);
}

static const char *ended_record(struct world *world, int n, const char *heard)
{
    return arena_printf(world->arena,
                        "{\"id\":\"D%d\",\"outside_id\":\"b-%d\",\"kind\":\"errand\",\"schema\":1,\"state\":\"done\","
                        "\"requester\":{\"system\":\"slack\",\"id\":\"U1\"},\"created_at_ms\":1,\"changed_at_ms\":1,"
                        "\"ended_at_ms\":%d,\"result\":\"done\",\"summary\":\"over\",\"effects_made\":0,"
                        "\"generation\":0,\"body\":{\"script\":[],\"heard\":\"%s\"}}",
                        n, n, 1000 + n, heard);
}

static void fill(struct world *world, int count, const char *heard)
{
    node_crash(world->nodes[0]);
    for (int i = 1; i <= count; i++)
        *ARENA_PUSH(world->store->arena, world->store->places[STORE_ENDED].fields,
                    world->store->places[STORE_ENDED].count) =
            (struct fake_field){ arena_printf(world->arena, "D%d", i), ended_record(world, i, heard) };
    fake_put(world->store, STORE_META, "last:operation", arena_printf(world->arena, "%d", count));
    node_start(world->nodes[0]);
    world_advance(world, 4000);
}

static void check_kept(void **state)
{
    struct world *world = *state;

    fill(world, 1003, "");
    world_say(world, "U1 do end");
    assert_int_equal(world->store->places[STORE_ENDED].count, 1000);
    assert_null(world_record(world, STORE_ENDED, "D4")); /* those that ended first go first */
    assert_non_null(world_record(world, STORE_ENDED, "D5"));
    assert_string_equal(look(world, "D5"), "1000:\nD1004 done\nD1003 done\nD1002 done\nfound D5 ");
    assert_string_equal(look(world, "D4"), "1000:\nD1004 done\nD1003 done\nD1002 done\nfound none ");
}

static void check_unreadable(void **state)
{
    struct world *world = *state;

    fake_put(world->store, STORE_ENDED, "D77", "not a record");
    fill(world, 2, "");
    assert_string_equal(look(world, "D77"), "2:\nD2 done\nD1 done\nfound none ");
    assert_string_equal(fake_get(world->store, STORE_ENDED, "D77"), "not a record");
    assert_int_equal(engine_status(world->nodes[0]->engine).unreadable, 1);
}

static int64_t cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A takeover is a matter of seconds: a thousand records of 4 KB must not be felt. */
static void check_fast(void **state)
{
    struct world *world = *state;
    char heard[3800];
    int64_t began_ms;

    memset(heard, 'x', sizeof(heard) - 1);
    heard[sizeof(heard) - 1] = '\0';
    fill(world, 1000, heard);
    began_ms = cpu_ms();
    restart(world);
    print_message("loaded 1,000 in %lld ms\n", (long long)(cpu_ms() - began_ms));
    assert_true(cpu_ms() - began_ms < 1500);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
}

#define ENDED_TEST(sentence, test)                                                                                     \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDED_TEST("handlers see what ended, newest first, also after a takeover", check_seen),
        ENDED_TEST("what is to be forgotten is kept until its last effect, and not longer", check_forgotten),
        ENDED_TEST("one whose last effect becomes a dead letter is over, too", check_last_is_dead),
        ENDED_TEST("and is forgotten, if it was to be", check_forgotten_with_last_dead),
        ENDED_TEST("a thousand are kept", check_kept),
        ENDED_TEST("one that cannot be read is left alone", check_unreadable),
        ENDED_TEST("loading a thousand is quick", check_fast),
    };

    return ROWS(named_rows, check_named) + cmocka_run_group_tests(tests, NULL, NULL);
}
