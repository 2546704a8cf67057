/* An operation asks for other requests, and hears what became of each. */
#include "tests/unit/engine_fixture.h"

static void check_begun(void **state)
{
    struct world *world = *state;
    const cJSON *child;

    world_say(world, "U1 do ask:a:do:wait");
    child = world_operation(world, "D2");
    assert_string_equal(json_find_string(child, "parent"), "D1");
    assert_string_equal(json_find_string(child, "parent_name"), "a");
    assert_string_equal(json_find_string(child, "requester.id"), "U1");
    assert_string_equal(json_find_string(child, "source"), "slack");
    assert_null(json_find_string(child, "reply_to.door"));
    assert_string_equal(world_heard(world, "D1"), "message:child.begun:engine(a D2)|");
    assert_int_equal(world->replies_count, 1); /* D1's own: who asked did not ask for D2 */
    world_say(world, "U2 poke D2 end");
    assert_string_equal(world_heard(world, "D1"),
                        "message:child.begun:engine(a D2)|message:child.ended:engine(a D2 done the errand is over)|");
    assert_int_equal(world_journalled(world, "request.accepted"), 3);
}

static const struct answer_row {
    const char *name, *body, *heard;
} answer_rows[] = {
    { "a child that ends as it begins", "U1 do ask:a:do:fail",
      "message:child.begun:engine(a D2)|message:child.ended:engine(a D2 failed the errand is over)|" },
    { "one that says nothing waits for no answer", "U1 do ask:a:do:silent", "message:child.begun:engine(a D2)|" },
    { "a request that is refused", "U1 do ask:a:poke:D99+end", "message:child.refused:engine(a D99 is not there)|" },
    { "one that makes no sense",
      "U1 do ask:a:do:", "message:child.refused:engine(a Do what?\nUsage: `do WISHES...`)|" },
    { "an unknown verb", "U1 do ask:a:frobnicate:x",
      "message:child.refused:engine(a I do not know `frobnicate`. Nothing was done; `help` lists what you can ask for.)|" },
    { "one that is done without beginning anything", "U1 do ask:a:poke:D99+quietly",
      "message:child.ended:engine(a done Done.)|" },
    { "two of them, in their order", "U1 do ask:a:poke:D99+quietly,ask:b:poke:D99+no",
      "message:child.ended:engine(a done Done.)|message:child.refused:engine(b D99 is not there)|" },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    struct world *world;
    void *made;

    world_setup(&made);
    world = made;
    world_say(world, row->body);
    assert_string_equal(world_heard(world, "D1"), row->heard);
    assert_int_equal(world->replies_count, 1);
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0);
    world_teardown(&made);
}

static void check_live(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait");
    world_say(world, "U2 do ask:stop:poke:D1+reply,ask:no:poke:D1+refuse");
    assert_string_equal(world_heard(world, "D1"), "request:poke:U2|request:poke:U2|");
    assert_string_equal(
        world_heard(world, "D2"),
        "message:child.ended:engine(stop done D1 says so)|message:child.refused:engine(no D1 refuses)|");
}

/* A person who has left may not go on through an operation of theirs. */
static void check_denied(void **state)
{
    struct world *world = *state;
    cJSON *record;

    world_say(world, "U1 do timer:t:5000 ask:a:do:wait");
    node_crash(world->nodes[0]);
    record = world_operation(world, "D1");
    json_set_string(json_set(record, "requester", json_object()), "system", "slack");
    json_set_string(cJSON_GetObjectItem(record, "requester"), "id", "U9");
    fake_put(world->store, STORE_OPERATIONS, "D1", json_print_in(world->arena, record));
    node_start(world->nodes[0]);
    world_advance(world, 8000);
    assert_null(world_operation(world, "D2"));
    assert_non_null(strstr(world_heard(world, "D1"), "message:child.refused:engine(a *Denied*"));
}

static void check_parent_over(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do ask:a:do:wait,end"); /* over before it is decided: nothing begins in its name */
    assert_null(world_operation(world, "D2"));
    assert_int_equal(world_journalled(world, "request.void"), 1);
    world_say(world, "U1 do ask:a:do:wait end");
    assert_string_equal(json_find_string(world_operation(world, "D2"), "result"), "done");
    world_say(world, "U1 poke D3 end"); /* its child ends after it: nobody wants to know */
    assert_string_equal(json_find_string(world_operation(world, "D3"), "result"), "done");
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0);
    assert_int_equal(engine_status(world->nodes[0]->engine).operations, 0);
}

/* What was done is told, however it ended for whoever did it. */
static void check_outlives(void **state)
{
    struct world *world = *state;
    struct verb fact = errand_verb;

    fact.outlives_asker = true;
    world->verbs[0] = &fact;
    world_say(world, "U1 do ask:a:do:wait,end"); /* over before it is decided */
    assert_string_equal(json_find_string(world_operation(world, "D1"), "result"), "done");
    assert_int_equal(world_journalled(world, "request.void"), 0);
    assert_string_equal(json_find_string(world_operation(world, "D2"), "parent"), "D1");
    assert_null(json_find_string(world_operation(world, "D2"), "result"));
    world_say(world, "U1 poke D2 end");
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0);
    world->verbs[0] = &errand_verb;
}

static void check_crash(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do ask:a:do:wait");
    for (size_t i = 0; i < world->store->calls_count; i++) /* asked for, durably; and then it dies */
        if (world->store->calls[i]->kind == CALL_COMMIT) {
            world->store->holds[CALL_COMMIT] = false;
            fake_answer(world->store, world->store->calls[i]);
            break;
        }
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 1);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 5000);
    assert_string_equal(world_heard(world, "D1"), "message:child.begun:engine(a D2)|");
    assert_null(world_operation(world, "D3"));
}

static void check_stuck(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do ask:a:do:wait");
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_say(world, "U1 do tell:D2"); /* the store refuses the request itself: a dead letter */
    world_advance(world, 2000);
    world_say(world, "U1 do timer:t:500 tell:D2");
    world_advance(world, 400);
    assert_string_equal(world_heard(world, "D1"), "message:child.begun:engine(a D2)|");
    world->store->holds[CALL_COMMIT] = true;
    world_advance(world, 200); /* t is decided, and so is its message to D2 */
    world->store->holds[CALL_COMMIT] = false;
    for (size_t i = 0, nth = 0; i < world->store->calls_count; i++)
        if (world->store->calls[i]->kind == CALL_COMMIT && nth++ == 0)
            fake_answer(world->store, world->store->calls[i]);
    world->store->fates[CALL_COMMIT] = FATE_INVALID; /* of D2's own event */
    world_advance(world, 3000);
    assert_true(json_find_bool(world_operation(world, "D2"), "is_stuck", false));
    assert_string_equal(world_heard(world, "D1"),
                        "message:child.begun:engine(a D2)|message:child.ended:engine(a D2 stuck the store refused what "
                        "was decided on it)|");
}

/* The child's request is what cannot be decided: the parent hears a no, and goes on. */
static void check_dead(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do ask:a:do:wait");
    world->store->holds[CALL_COMMIT] = false;
    for (size_t i = 0, nth = 0; i < world->store->calls_count; i++)
        if (world->store->calls[i]->kind == CALL_COMMIT && nth++ == 0)
            fake_answer(world->store, world->store->calls[i]);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 3000);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_non_null(strstr(world->store->places[STORE_DEAD].fields[0].value, "\\\"verb\\\":\\\"do\\\""));
    assert_string_equal(world_heard(world, "D1"),
                        "message:child.refused:engine(a That could not be carried out: the store refused what was "
                        "decided on it. Nothing was done.)|");
    assert_null(json_find_string(world_operation(world, "D1"), "result"));
}

/* Of what was done nobody waits for an answer: people are told that it is lost. */
static void check_lost(void **state)
{
    struct world *world = *state;
    struct verb fact = errand_verb;
    const cJSON *args;

    fact.outlives_asker = true;
    fact.summary = "somebody has to look at that";
    world->verbs[0] = &fact;
    world->settings.slack.channels.alerts = "#alerts";
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do ask:a:do:wait,end");
    world->store->holds[CALL_COMMIT] = false;
    for (size_t i = 0, nth = 0; i < world->store->calls_count; i++)
        if (world->store->calls[i]->kind == CALL_COMMIT && nth++ == 0)
            fake_answer(world->store, world->store->calls[i]);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 3000);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    args = json_find(world_record(world, STORE_EFFECTS, "X3"), "args");
    assert_string_equal(json_find_string(args, "channel"), "#alerts");
    assert_string_equal(json_find_string(args, "reply.text"), "*`do` of D1 was lost*: somebody has to look at that.");
    world->verbs[0] = &errand_verb;
}

static void check_strange_message(void **state)
{
    struct world *world = *state;

    node_crash(world->nodes[0]);
    fake_put(world->store, STORE_MESSAGES, "M900",
             "{\"id\":\"M900\",\"order\":900,\"from\":\"D7\",\"to\":\"engine\",\"name\":\"jump\"}");
    fake_put(
        world->store, STORE_MESSAGES, "M901",
        "{\"id\":\"M901\",\"order\":901,\"from\":\"D7\",\"to\":\"engine\",\"name\":\"request\",\"body\":{\"name\":7}}");
    node_start(world->nodes[0]);
    world_advance(world, 5000);
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0);
    assert_int_equal(world->store->places[STORE_DEAD].count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a child begins in the name of who asked, and its parent hears of it", check_begun),
        ENGINE_TEST("a request on a live operation is decided by that one", check_live),
        ENGINE_TEST("policy is asked for each", check_denied),
        ENGINE_TEST("for a parent that is over nothing begins, and it is not told", check_parent_over),
        ENGINE_TEST("but what it did is told all the same", check_outlives),
        ENGINE_TEST("asked for once is begun once, whatever crashes", check_crash),
        ENGINE_TEST("a stuck child tells its parent", check_stuck),
        ENGINE_TEST("a child's request that cannot be decided is a dead letter and a no", check_dead),
        ENGINE_TEST("and people hear of it, when it was a fact", check_lost),
        ENGINE_TEST("what the engine does not understand is a dead letter", check_strange_message),
    };

    return ROWS(answer_rows, check_answer) + cmocka_run_group_tests(tests, NULL, NULL);
}
