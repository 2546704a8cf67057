/* Requests on operations that live: decided in their state, answered once. And answers that come later. */
#include "tests/unit/engine_fixture.h"

static const char *result_of(struct world *world, const char *id)
{
    return json_find_string(world_operation(world, id), "result");
}

static void restart(struct world *world, bool died_by_own_signal)
{
    node_crash(world->nodes[0]);
    world->nodes[0]->config.died_by_own_signal = died_by_own_signal;
    node_start(world->nodes[0]);
    world_advance(world, 4000);
}

static const cJSON *entry_of(struct world *world, const char *kind) /* the newest */
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];

    for (size_t i = journal->count; i > 0; i--) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i - 1].field);

        if (strcmp(json_find_string(entry, "core.kind"), kind) == 0)
            return entry;
    }
    fail_msg("no %s in the journal", kind);
    return NULL;
}

/* ---- requests ---- */

static void check_request(void **state)
{
    struct world *world = *state;
    size_t commits;

    world_say(world, "U1 do wait");
    commits = world->store->commits_done;
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U2 poke D1 reply,end");
    assert_int_equal(world->replies_count, 1); /* nothing before it is confirmed */
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_string_equal(world_heard(world, "D1"), "request:poke:U2|");
    assert_string_equal(result_of(world, "D1"), "done");
    assert_string_equal(world->replies[1], "D1 says so");
    assert_string_equal(json_find_string(entry_of(world, "request.accepted"), "core.operation"), "D1");
    assert_null(world_operation(world, "D2"));
    assert_int_equal(world->store->commits_done, commits + 2); /* the decision, and its reply's end */
}

static void check_request_twice(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "U2 poke D1 effect:note,reply,end");

    world_say(world, "U1 do wait");
    world_accept(world, &item, STORE_INBOX);
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_string_equal(world->replies[1], "D1 says so");
    assert_string_equal(world->replies[2], "REFUSED D1 is not there"); /* it had ended: its verb decides */
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_null(fake_get(world->store, STORE_EFFECTS, "D1.2"));
}

static void check_request_refused(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait");
    world_say(world, "U1 poke D1 refuse");
    world_say(world, "U1 poke D1 wait");
    world_say(world, "U1 poke D77 reply");
    world_say(world, "U1 poke D77 quietly");
    assert_string_equal(world->replies[1], "REFUSED D1 refuses");
    assert_string_equal(world->replies[2], "Done.");
    assert_string_equal(world->replies[3], "REFUSED D77 is not there");
    assert_string_equal(world->replies[4], "Done.");
    assert_null(json_find_string(entry_of(world, "request.accepted"), "core.operation"));
}

static void hears_nothing(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    (void)view, (void)operation, (void)body, (void)event, (void)out;
}

static void check_request_unheard(void **state)
{
    struct world *world = *state;
    struct machine machine = errand_machine;

    machine.on_event = hears_nothing;
    world->machines[0] = &machine;
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
    world_say(world, "U1 do wait");
    world_say(world, "U1 poke D1 stop");
    assert_string_equal(world->replies[1], "REFUSED D1 takes no `poke`. Nothing was done.");
    node_crash(world->nodes[0]); /* before the machine on this stack goes */
}

static void check_request_denied(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait");
    world_say(world, "U9 poke D1 end");
    assert_string_equal(world_heard(world, "D1"), "");
    assert_null(result_of(world, "D1"));
    assert_int_equal(world_journalled(world, "request.denied"), 1);
}

/* The request is to blame, not the operation. */
static void check_request_crashes(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "U1 poke D1 end");

    world_say(world, "U1 do claim");
    restart(world, true);
    world->store->holds[CALL_COMMIT] = true;
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    for (int deaths = 0; deaths < 3; deaths++)
        restart(world, true);
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_int_equal(engine_status(world->nodes[0]->engine).dead_letters, 1);
    assert_int_equal(world_journalled(world, "request.dead"), 1);
    assert_string_equal(
        world->replies[1],
        "REFUSED That could not be carried out: deciding it crashed opsgate too often. Nothing was done.");
    assert_null(result_of(world, "D1"));
    assert_false(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    world_say(world, "U2 poke D1 reply");
    assert_string_equal(world->replies[2], "D1 says so"); /* it goes on as it was */
}

/* ---- answers that come later ---- */

static struct inbox_item from_slack(struct world *world, const char *body)
{
    struct inbox_item item = world_item(world, body);

    item.reply_to.url = "https://hooks.slack.test/secret";
    return item;
}

static void check_later(void **state)
{
    struct world *world = *state;
    struct inbox_item item = from_slack(world, "U1 do silent,timer:a:500,timer:b:1000 wait reply,timer:c:500 reply");
    AUTO_JSON cJSON *masked = NULL;
    struct operation operation;
    struct error err;

    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(world->replies_count, 0);
    assert_string_equal(json_find_string(world_operation(world, "D1"), "reply_to.url"), item.reply_to.url);
    assert_true(shape_from_json(&operation_shape, world_operation(world, "D1"), world->arena, &operation, &err));
    masked = shape_to_json(&operation_shape, &operation, SHAPE_MASKED);
    assert_string_equal(json_find_string(masked, "reply_to.url"), "***");
    restart(world, false); /* who waits is not forgotten by a crash */
    world_advance(world, 3000);
    assert_int_equal(world->replies_count, 1); /* the first that it said, and no second */
    assert_string_equal(world->replies[0], "D1 says so");
    assert_string_equal(world_heard(world, "D1"), "timer:a|timer:b|timer:c|");
    assert_null(json_find_string(world_operation(world, "D1"), "reply_to.url"));
}

static const struct later_row {
    const char *name, *body, *reply;
} later_rows[] = {
    { "what ends without a word is answered by how it ended", "U1 do silent,timer:t:500 end", "the errand is over" },
    { "an end that is not good is a refusal", "U1 do silent,timer:t:500 fail", "REFUSED the errand is over" },
    { "an end at once is answered at once", "U1 do silent,end", "the errand is over" },
    { "the last word is the answer, not the summary", "U1 do silent,timer:t:500 reply,end", "D1 says so" },
};

static void check_later_row(void **state)
{
    const struct later_row *row = *state;
    struct world *world;
    void *made;

    world_setup(&made);
    world = made;
    world_say(world, row->body);
    world_advance(world, 2000);
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(world->replies[0], row->reply);
    assert_string_equal(json_find_string(world_operation(world, "D1"), "summary"), "the errand is over");
    world_teardown(&made);
}

/* Two people, two answers: who asks the operation does not get the other's. */
static void check_two_askers(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do silent");
    world_say(world, "U2 poke D1 reply");
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(json_find_string(world_operation(world, "D1"), "reply_to.door"), "slack");
    world_say(world, "U2 poke D1 refuse,end");
    assert_int_equal(world->replies_count, 3);
    assert_string_equal(world->replies[1], "the errand is over");
    assert_string_equal(world->replies[2], "REFUSED D1 refuses");
}

static void check_nobody_waits(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "U1 do silent,timer:t:500 reply");

    item.reply_to.door = NULL;
    world_accept(world, &item, STORE_INBOX);
    world_advance(world, 2000);
    assert_string_equal(world_heard(world, "D1"), "timer:t|");
    assert_int_equal(world->replies_count, 0);
}

static void check_stuck(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do silent,timer:poll:1000");
    world_advance(world, 900);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(world->replies[0], "REFUSED the store refused what was decided on it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a request on a live operation is decided by it, in one commit, and answered", check_request),
        ENGINE_TEST("asked twice, it decides twice in its own state", check_request_twice),
        ENGINE_TEST("its no is a no; without a word it is done; without it, the verb decides", check_request_refused),
        ENGINE_TEST("who does not hear it has not done it", check_request_unheard),
        ENGINE_TEST("what policy denies it never hears", check_request_denied),
        ENGINE_TEST("a request that crashes it is a dead letter, and the operation goes on", check_request_crashes),
        ENGINE_TEST("a beginning without a word is answered by the first word later, once", check_later),
        ENGINE_TEST("who asks a live operation is answered, and who began it still waits", check_two_askers),
        ENGINE_TEST("where nobody waits nothing is said", check_nobody_waits),
        ENGINE_TEST("a stuck operation answers who waits", check_stuck),
    };

    return ROWS(later_rows, check_later_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
