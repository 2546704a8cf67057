/* A lock whose own event crashes its owner: it is stuck, and holds on until somebody ends it. */
#include "tests/unit/engine_fixture.h"

#include "handlers/hold/lock.h"

/* The verbs and the machine of real locks, in place of errands. */
static int setup(void **state)
{
    struct world *world;

    world_setup(state);
    world = *state;
    world->verbs[0] = &verb_lock;
    world->verbs[1] = &verb_unlock;
    world->machines[0] = &machine_lock;
    return 0;
}

static void restart(struct world *world)
{
    struct node *node = world->nodes[0];

    node_crash(node);
    node->config.died_by_own_signal = true;
    node_start(node);
}

/* Its time is over while no commit gets through: the owner dies of that, again and again. */
static void stick(struct world *world)
{
    world_say(world, "U1 lock all fire --for 1m");
    world_advance(world, 58000);
    for (int deaths = 0; deaths < 4; deaths++) {
        restart(world);
        world->store->holds[CALL_COMMIT] = true;
        world_advance(world, 4500);
        world->store->holds[CALL_COMMIT] = false;
        if (deaths == 3)
            world_run(world);
    }
}

static const char *last_reply(const struct world *world)
{
    assert_true(world->replies_count > 0);
    return world->replies[world->replies_count - 1];
}

static void check_reply(const struct world *world, const char *has)
{
    if (!strstr(last_reply(world), has))
        fail_msg("no %s in %s", has, last_reply(world));
}

static void check_holds_on(void **state)
{
    struct world *world = *state;
    const cJSON *record;

    stick(world);
    record = world_record(world, STORE_OPERATIONS, "D1"); /* among the live ones */
    assert_true(json_find_bool(record, "is_stuck", false));
    assert_null(json_find_string(record, "result"));
    assert_int_equal(json_find_int(record, "ended_at_ms", 0), 0);
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    assert_int_equal(world_journalled(world, "operation.ended"), 0);
    assert_int_equal(world->store->places[STORE_TIMERS].count, 0);
    world_say(world, "U2 lock all mine");
    check_reply(world, "REFUSED @{slack:U1} locked everything");
    check_reply(world, "*stuck*");
    world_say(world, "U2 lock all mine --steal");
    check_reply(world, "MISUSED D1 is stuck, and cannot be taken over");
    restart(world);
    world_advance(world, 8000);
    world_say(world, "U2 lock all mine");
    check_reply(world, "REFUSED @{slack:U1} locked everything");
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
}

static void check_ends(void **state)
{
    struct world *world = *state;
    const cJSON *record;

    stick(world);
    world_say(world, "U2 unlock all");
    check_reply(world, "everything is unlocked");
    record = world_record(world, STORE_ENDED, "D1");
    assert_non_null(record);
    assert_string_equal(json_find_string(record, "result"), "done");
    assert_false(json_find_bool(record, "is_stuck", false));
    assert_int_equal(world_journalled(world, "operation.ended"), 1);
    world_say(world, "U2 lock all mine");
    check_reply(world, "everything is locked for deploys of others");
}

/* A request that crashes the owner costs that request, and the lock holds on all the same. */
static void check_request(void **state)
{
    struct world *world = *state;

    stick(world);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_say(world, "U2 unlock all");
    world_advance(world, 3000);
    assert_true(json_find_bool(world_record(world, STORE_OPERATIONS, "D1"), "is_stuck", false));
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    world_say(world, "U2 unlock all");
    assert_non_null(world_record(world, STORE_ENDED, "D1"));
}

static void end_card(struct world *world)
{
    AUTO_JSON cJSON *place = json_object();

    json_set_string(place, "channel", "C1");
    json_set_string(place, "ts", "1.2");
    assert_non_null(node_flight(world->nodes[0], EFFECT_CARD));
    flight_end(node_flight(world->nodes[0], EFFECT_CARD),
               (struct attempt_end){ .result = ATTEMPT_DONE, .body = place });
    world_run(world);
}

/* Locked for a minute, with a card; and the commit of its end is refused. */
static void stick_with_card(struct world *world)
{
    world->settings.slack.channels.deployments = "#deployments";
    world->settings.slack.channels.alerts = "#alerts";
    world_say(world, "U1 lock all fire --for 1m");
    end_card(world);
    world_advance(world, 59000);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
}

static void check_told(void **state)
{
    struct world *world = *state;

    stick_with_card(world);
    world_advance(world, 20000);
    assert_non_null(node_flight(world->nodes[0], EFFECT_MESSAGE));
    end_card(world); /* it is shown as it stands now */
    world_advance(world, 60000);
    assert_null(node_flight(world->nodes[0], EFFECT_CARD));
}

static void check_card(void **state)
{
    struct world *world = *state;

    stick_with_card(world);
    world->store->fates[CALL_COMMIT] = FATE_INVALID; /* showing it crashes, too */
    world_advance(world, 60000);
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    assert_null(node_flight(world->nodes[0], EFFECT_CARD));
    world_say(world, "U2 unlock all");
    assert_string_equal(json_find_string(world_operation(world, "D1"), "result"), "done");
}

/* ---- what crashes is its card ---- */

static size_t cards_made;

static void count_card(const struct view *view, const struct operation *operation, const void *body, struct card *card)
{
    cards_made++;
    machine_lock.card(view, operation, body, card);
}

static struct machine counted; /* a lock, whose cards are counted */

static int setup_counted(void **state)
{
    struct world *world;

    setup(state);
    world = *state;
    counted = machine_lock;
    counted.card = count_card;
    world->machines[0] = &counted;
    return 0;
}

static void check_not_shown_again(void **state)
{
    struct world *world = *state;

    stick_with_card(world);
    world->store->fates[CALL_COMMIT] = FATE_INVALID; /* showing it crashes */
    world_advance(world, 60000);
    cards_made = 0;
    restart(world);
    world_advance(world, 60000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    assert_int_equal(cards_made, 0);
    assert_null(node_flight(world->nodes[0], EFFECT_CARD));
}

/* What was said goes before a card. */
static void end_messages(struct world *world)
{
    while (node_flight(world->nodes[0], EFFECT_MESSAGE)) {
        flight_end(node_flight(world->nodes[0], EFFECT_MESSAGE), (struct attempt_end){ .result = ATTEMPT_DONE });
        world_run(world);
    }
}

static void check_end_is_plain(void **state)
{
    struct world *world = *state;
    const cJSON *record;

    stick_with_card(world);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 60000);
    cards_made = 0;
    world_say(world, "U3 lock all mine");
    world_say(world, "U2 unlock all");
    assert_int_equal(cards_made, 0);
    record = world_operation(world, "D1");
    assert_string_equal(json_find_string(record, "result"), "done");
    end_messages(world);
    assert_non_null(node_flight(world->nodes[0], EFFECT_CARD)); /* in the engine's words */
    assert_non_null(strstr(node_flight(world->nodes[0], EFFECT_CARD)->text, json_find_string(record, "summary")));
    record = world_record(world, STORE_EFFECTS, node_flight(world->nodes[0], EFFECT_CARD)->id);
    assert_string_equal(json_find_string(record, "args.channel"), "C1"); /* where it stands */
}

/* Where its own would have stood only its machine knows, and the first that anybody sees is not to be elsewhere. */
static void check_end_is_not_shown_first(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 lock all fire --for 1m");
    assert_non_null(node_flight(world->nodes[0], EFFECT_CARD));
    flight_end(node_flight(world->nodes[0], EFFECT_CARD),
               (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "Slack is as it is" });
    world_run(world);
    world_advance(world, 59000);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    world->store->fates[CALL_COMMIT] = FATE_INVALID; /* showing it crashes, too */
    world_advance(world, 60000);
    world_say(world, "U2 unlock all");
    end_messages(world);
    assert_string_equal(json_find_string(world_operation(world, "D1"), "result"), "done");
    assert_null(node_flight(world->nodes[0], EFFECT_CARD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it holds on, whoever comes, and after the next crash", check_holds_on, setup, world_teardown, NULL },
        { "whoever may ends it", check_ends, setup, world_teardown, NULL },
        { "what is asked of it may fail, and be asked again", check_request, setup, world_teardown, NULL },
        { "people are told, and its card is shown once more", check_told, setup, world_teardown, NULL },
        { "a card that crashes its owner is given up", check_card, setup, world_teardown, NULL },
        { "and not shown by the next owner", check_not_shown_again, setup_counted, world_teardown, NULL },
        { "nor made when it ends", check_end_is_plain, setup_counted, world_teardown, NULL },
        { "nor is one shown that nobody has seen", check_end_is_not_shown_first, setup, world_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
