/* Effects on their way: lanes, tries, backoff, giving up, and what is never tried twice. */
#include "tests/unit/engine_fixture.h"

static void end_as(struct world *world, const char *kind, struct attempt_end end)
{
    struct flight *flight = node_flight(world->nodes[0], kind);

    if (!flight)
        fail_msg("no %s is in flight", kind);
    flight_end(flight, end);
    world_run(world);
}

static void end_done(struct world *world, const char *kind)
{
    end_as(world, kind, (struct attempt_end){ .result = ATTEMPT_DONE });
}

static const struct attempt_end done = { .result = ATTEMPT_DONE };
static const struct attempt_end again = { .result = ATTEMPT_AGAIN, .error = "busy" };
static const struct attempt_end in_doubt = {
    .result = ATTEMPT_AGAIN, .error = "no answer", .is_outage = true, .may_have_happened = true
};

static void check_done(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    assert_true(node_flight(world->nodes[0], "note")->is_first_try);
    assert_false(node_flight(world->nodes[0], "note")->is_in_doubt);
    end_done(world, "note");
    assert_string_equal(world_heard(world, "D1"), "effect:note:done|");
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
    assert_int_equal(world_journalled(world, "effect.ended"), 2); /* it, and the reply */
}

static void check_lane_order(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:wide,effect:look:wide,effect:raise:other");
    assert_non_null(node_flight(world->nodes[0], "note"));
    assert_null(node_flight(world->nodes[0], "look"));
    assert_non_null(node_flight(world->nodes[0], "raise")); /* another lane waits for nobody */
    world->store->holds[CALL_COMMIT] = true;
    end_done(world, "note");
    assert_null(node_flight(world->nodes[0], "look")); /* its result is not committed yet */
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_non_null(node_flight(world->nodes[0], "look"));
}

static void check_lane_blocked(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:wide");
    world_say(world, "U2 do effect:look:wide");
    end_as(world, "note", again);
    assert_null(node_flight(world->nodes[0], "look")); /* first in, first out: a retry keeps its place */
    world_advance(world, 2000);
    assert_int_equal(world_tried(world, "D1.1 note"), 2);
    end_done(world, "note");
    assert_int_equal(world_tried(world, "D2.1 look"), 1);
}

static void check_latest_wins(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:latest:wide:k");
    world_say(world, "U1 do effect:latest:wide:k");
    world_say(world, "U1 do effect:latest:wide:other");
    world_say(world, "U1 do effect:latest:wide:k");
    assert_int_equal(world->tries_count, 1 + 4);                /* the first is in flight, and four replies went */
    assert_null(fake_get(world->store, STORE_EFFECTS, "D2.1")); /* replaced while it waited */
    end_done(world, "latest");
    assert_int_equal(world_tried(world, "D3.1 latest"), 1); /* another key keeps its place */
    end_done(world, "latest");
    assert_int_equal(world_tried(world, "D4.1 latest"), 1);
    assert_true(node_flight(world->nodes[0], "latest")->is_first_try);
    assert_int_equal(world_tried(world, "D2.1 latest"), 0);
}

/* What it replaces may be all that another operation, which has ended, still had on its way. */
static void check_latest_of_ended(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:wide");
    world_say(world, "U1 do effect:latest:wide:k,end");
    assert_non_null(world_record(world, STORE_OPERATIONS, "D2"));
    world_say(world, "U1 do effect:latest:wide:k");
    end_done(world, "note");
    world_run(world);
    assert_null(world_record(world, STORE_OPERATIONS, "D2"));
    assert_non_null(world_record(world, STORE_ENDED, "D2"));
    assert_int_equal(world_tried(world, "D2.1 latest"), 0);
    assert_int_equal(world_tried(world, "D3.1 latest"), 1);
}

/* The newer one came while the older was out: when the older one fails, it does not come back in front of it. */
static void check_latest_overtakes(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:latest:wide:k");
    world_say(world, "U1 do effect:latest:wide:k");
    end_as(world, "latest", in_doubt);
    world_run(world);
    assert_int_equal(world_tried(world, "D2.1 latest"), 1);
    assert_false(node_flight(world->nodes[0], "latest")->is_first_try);
    world_advance(world, 20000);
    assert_int_equal(world_tried(world, "D1.1 latest"), 1);
}

static void check_latest_in_doubt(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:latest:wide:k");
    end_as(world, "latest", in_doubt);
    world_say(world, "U1 do effect:latest:wide:k");
    world_advance(world, 2000);
    assert_int_equal(world_tried(world, "D1.1 latest"), 1);
    assert_int_equal(world_tried(world, "D2.1 latest"), 1);
    assert_false(node_flight(world->nodes[0], "latest")->is_first_try); /* what it replaced may have happened */
    assert_true(node_flight(world->nodes[0], "latest")->is_in_doubt);
}

static void check_backoff(void **state)
{
    struct world *world = *state;
    size_t tries;

    world_say(world, "U1 do effect:note");
    end_as(world, "note", again);
    assert_int_equal(world_tried(world, "D1.1 note"), 1); /* not at once */
    for (int second = 0; second < 50; second++) {
        if (node_flight(world->nodes[0], "note")) {
            assert_false(node_flight(world->nodes[0], "note")->is_first_try);
            assert_false(node_flight(world->nodes[0], "note")->is_in_doubt); /* it was answered every time */
            end_as(world, "note", again);
        }
        world_advance(world, 1000);
    }
    tries = world_tried(world, "D1.1 note");
    assert_true(tries >= 4 && tries <= 30); /* it slows down, and never stops */
}

static const cJSON *last_end(struct world *world)
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    const cJSON *last = NULL;

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        if (strcmp(json_find_string(entry, "core.kind"), "effect.ended") == 0)
            last = json_find(entry, "core.body");
    }
    assert_non_null(last);
    return last;
}

/* Whoever reads later why something took long finds it there, and nothing of it where all went well. */
static void check_tries_are_told(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    end_as(world, "note", done);
    world_advance(world, 0);
    assert_null(json_find(last_end(world), "tries"));
    world_say(world, "U1 do effect:note");
    end_as(world, "note", again);
    world_advance(world, 30000);
    end_as(world, "note", done);
    world_advance(world, 0);
    assert_int_equal(json_find_int(last_end(world), "tries", 0), 2);
    assert_true(json_find_int(last_end(world), "took_ms", 0) >= 30000);
    assert_string_equal(json_find_string(last_end(world), "again_why"), "busy");
}

static void check_give_up(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note wait");
    for (int second = 0; second < 100; second++) {
        if (node_flight(world->nodes[0], "note"))
            end_as(world, "note", again);
        world_advance(world, 1000);
    }
    assert_string_equal(world_heard(world, "D1"), "effect:note:gave-up|");
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_retry_after(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    end_as(world, "note", (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "429", .after_ms = 20000 });
    world_advance(world, 19900);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    world_advance(world, 200);
    assert_int_equal(world_tried(world, "D1.1 note"), 2);
}

/* What takes traffic back is there again within ten seconds, however long a peer asks to be left alone. */
static void check_retry_after_decrease(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:lower:t");
    world_say(world, "U1 do effect:raise:other");
    for (size_t tries = 1; tries <= 2; tries++) {
        end_as(
            world, "lower",
            (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "429", .after_ms = 86400000, .is_outage = true });
        world_advance(world, 9900);
        assert_int_equal(world_tried(world, "D1.1 lower"), tries); /* asked for time, it gets some */
        world_advance(world, 200);
        assert_int_equal(world_tried(world, "D1.1 lower"), tries + 1);
    }
    end_as(world, "raise", (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "429", .after_ms = 30000 });
    world_advance(world, 29900);
    assert_int_equal(world_tried(world, "D2.1 raise"), 1); /* nothing else is in such a hurry */
}

/* A peer that asks for time is asked no sooner by the newer one, whether that came before its answer or after it; and
 * nothing in another lane waits. */
static void check_retry_after_latest(void **state)
{
    const struct attempt_end limited = {
        .result = ATTEMPT_AGAIN, .error = "429", .after_ms = 20000, .is_outage = true
    };
    struct world *world = *state;

    world_say(world, "U1 do effect:latest:wide:k");
    world_say(world, "U1 do effect:latest:wide:k");
    end_as(world, "latest", limited);
    world_say(world, "U1 do effect:latest:wide:k");
    world_say(world, "U1 do effect:note");
    world_advance(world, 19500);
    assert_int_equal(world_tried(world, "D4.1 note"), 1);
    assert_int_equal(world_tried(world, "D2.1 latest") + world_tried(world, "D3.1 latest"), 0);
    world_advance(world, 600);
    assert_int_equal(world_tried(world, "D3.1 latest"), 1);
    assert_int_equal(world_tried(world, "D2.1 latest"), 0);
    assert_int_equal(world_tried(world, "D1.1 latest"), 1);
}

static void check_never(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    end_as(world, "note", (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "403" });
    world_advance(world, 5000);
    assert_string_equal(world_heard(world, "D1"), "effect:note:failed|");
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
}

/* The refusal is of this try alone: traffic may have been raised by the one before. */
static void check_never_in_doubt(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:raise,effect:note");
    end_as(world, "raise", in_doubt);
    end_as(world, "note", in_doubt);
    world_advance(world, 2000);
    end_as(world, "raise", (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "its traffic is other" });
    assert_string_equal(world_heard(world, "D1"), "effect:raise:unknown|");
    end_as(world, "note", (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "403" });
    assert_string_equal(world_heard(world, "D1"), "effect:raise:unknown|effect:note:failed|");
}

/* It could not look what the try before has done. */
static void check_never_unseen(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look");
    end_as(world, "look", in_doubt);
    world_advance(world, 2000);
    end_as(world, "look", (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "403", .is_unclear = true });
    assert_string_equal(world_heard(world, "D1"), "effect:look:unknown|");
}

/* ---- ASK: nothing can tell whether it happened ---- */

static void check_ask_mark(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait effect:ask");
    world->store->holds[CALL_COMMIT] = false;
    world_say(world, "U1 do tell:D1");
    assert_int_equal(world_tried(world, "D1.1 ask"), 1);
    assert_true(
        json_find_bool(world_record(world, STORE_EFFECTS, "D1.1"), "is_started", false)); /* stood before the try */
}

static void check_ask_in_doubt(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:ask");
    end_as(world, "ask", in_doubt);
    world_advance(world, 100000);
    assert_int_equal(world_tried(world, "D1.1 ask"), 1);
    assert_string_equal(world_heard(world, "D1"), "effect:ask:unknown|");
}

static void check_ask_not_sent(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:ask");
    end_as(world, "ask", (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "refused", .is_outage = true });
    world_advance(world, 2000);
    assert_int_equal(world_tried(world, "D1.1 ask"), 2); /* it certainly never left: trying again is safe */
}

static void check_ask_crash(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:ask");
    assert_int_equal(world_tried(world, "D1.1 ask"), 1);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 60000);
    assert_int_equal(world_tried(world, "D1.1 ask"), 1);
    assert_string_equal(world_heard(world, "D1"), "effect:ask:unknown|");
}

static void check_ask_crash_before(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true; /* neither the record nor the mark is there yet */
    world_say(world, "U1 do effect:ask");
    node_crash(world->nodes[0]);
    world->store->holds[CALL_COMMIT] = false;
    node_start(world->nodes[0]);
    world_advance(world, 10000);
    assert_int_equal(world_tried(world, "D1.1 ask"), 1);
}

/* ---- increases ---- */

static void check_clock_jump(void **state)
{
    struct world *world = *state;

    world->store->unix_ms += 10000; /* the store's clock jumps */
    world_advance(world, 1500);
    world_say(world, "U1 do effect:raise,effect:note");
    assert_int_equal(world_tried(world, "D1.1 raise"), 0);
    assert_int_equal(world_tried(world, "D1.2 note"), 1);
    world_advance(world, 31000);
    assert_int_equal(world_tried(world, "D1.1 raise"), 1);
}

static void check_stuck_increase(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim,effect:note:wide,effect:raise:wide,timer:poll:500");
    world->store->fates[CALL_COMMIT] = FATE_GOOD;
    world_advance(world, 400);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000); /* the timer's decision is refused: stuck */
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    world_advance(world, 20000);
    if (node_flight(world->nodes[0], "note"))
        end_done(world, "note");
    world_advance(world, 20000);
    assert_int_equal(world_tried(world, "D1.2 raise"), 0);
    assert_null(fake_get(world->store, STORE_EFFECTS, "D1.2"));
}

static void check_stuck_in_flight(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim,effect:raise,timer:poll:500");
    world_advance(world, 400);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 1500); /* the timer's decision is refused: stuck, with the increase tried anew by then */
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    if (node_flight(world->nodes[0], "raise"))
        end_as(world, "raise", in_doubt);
    world_advance(world, 30000);
    assert_null(node_flight(world->nodes[0], "raise"));
    assert_null(fake_get(world->store, STORE_EFFECTS, "D1.1"));
}

/* ---- cards ---- */

static void check_card(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0];
    AUTO_JSON cJSON *place = json_object();

    world->settings.slack.channels.deployments = "#deployments";
    json_set_string(place, "channel", "C1");
    json_set_string(place, "ts", "1.2");
    world_say(world, "U1 do timer:a:500 timer:b:500 end");
    assert_null(node_flight(node, EFFECT_CARD)->card_ts);
    world_advance(world, 1500); /* it heard a and b, and ended: three cards, one in flight, the newest waits */
    assert_string_equal(json_find_string(world_operation(world, "D1"), "result"), "done");
    end_as(world, EFFECT_CARD, (struct attempt_end){ .result = ATTEMPT_DONE, .body = place });
    assert_string_equal(node_flight(node, EFFECT_CARD)->card_ts, "1.2"); /* an update of the one that stands there */
    assert_string_equal(node_flight(node, EFFECT_CARD)->text, "done");
    assert_non_null(world_record(world, STORE_OPERATIONS, "D1"));
    end_as(world, EFFECT_CARD, (struct attempt_end){ .result = ATTEMPT_DONE, .body = place });
    assert_null(world_record(world, STORE_OPERATIONS, "D1")); /* nothing of it is on its way any more */
    assert_string_equal(json_find_string(world_record(world, STORE_ENDED, "D1"), "card_ts"), "1.2");
    assert_null(node_flight(node, EFFECT_CARD));
}

static void check_card_same(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do wait");
    end_done(world, EFFECT_CARD);
    world_say(world, "U1 do tell:D9,tell:D9"); /* nothing about D1 */
    assert_int_equal(world_tried(world, "D1.1 slack.card"), 1);
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 0);
}

/* An errand whose card has no title before it has heard anything, and then a channel of its own. */
static void show_elsewhere(const struct view *view, const struct operation *operation, const void *value,
                           struct card *card)
{
    const struct errand_body *body = value;

    errand_card(view, operation, value, card);
    card->channel = body->heard[0] ? "C0OWN" : NULL;
    card->title = body->heard[0] ? card->title : NULL;
}

static struct machine elsewhere;

static void check_card_elsewhere(void **state)
{
    struct world *world = *state;
    const char *args;

    elsewhere = errand_machine;
    elsewhere.card = show_elsewhere;
    world->machines[0] = &elsewhere;
    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do timer:a:500 effect:note:l wait");
    assert_int_equal(world_tried(world, "D1.1 slack.card"), 0); /* there is nothing to be shown */
    world_advance(world, 1000);
    assert_int_equal(world_tried(world, "D1.1 slack.card"), 1); /* before what is wanted with it: it is the first one */
    args = fake_get(world->store, STORE_EFFECTS, "D1.1");
    assert_non_null(strstr(args, "\"channel\":\"C0OWN\""));
    assert_non_null(strstr(args, "\"lane\":\"slack:C0OWN\""));
    assert_int_equal(world_tried(world, "D1.2 note"), 1);
}

/* Without a channel for all, one that names its own is shown all the same. */
static void check_card_own_channel(void **state)
{
    struct world *world = *state;

    elsewhere = errand_machine;
    elsewhere.card = show_elsewhere;
    world->machines[0] = &elsewhere;
    world_say(world, "U1 do timer:a:500 wait");
    world_advance(world, 1000);
    assert_non_null(node_flight(world->nodes[0], EFFECT_CARD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("an effect that was done is heard of, journalled and forgotten", check_done),
        ENGINE_TEST("one in flight in each lane, the next after the last result is committed", check_lane_order),
        ENGINE_TEST("a retry keeps its place in the lane", check_lane_blocked),
        ENGINE_TEST("where only the newest matters, it replaces what waits", check_latest_wins),
        ENGINE_TEST("also the last of an operation that has ended, which goes to the ended ones",
                    check_latest_of_ended),
        ENGINE_TEST("and goes in place of one that fails while it waits", check_latest_overtakes),
        ENGINE_TEST("and looks for what the one it replaced may have left outside", check_latest_in_doubt),
        ENGINE_TEST("tries come slower and slower", check_backoff),
        ENGINE_TEST("how many it took is journalled, and why", check_tries_are_told),
        ENGINE_TEST("after its time an effect is given up", check_give_up),
        ENGINE_TEST("Retry-After is kept", check_retry_after),
        ENGINE_TEST("also by a newer one in its place", check_retry_after_latest),
        ENGINE_TEST("but by a decrease only for seconds", check_retry_after_decrease),
        ENGINE_TEST("a refusal is not tried again", check_never),
        ENGINE_TEST("but an increase whose earlier try may have arrived is not said to have failed",
                    check_never_in_doubt),
        ENGINE_TEST("nor is one that could not look what its earlier try has done", check_never_unseen),
        ENGINE_TEST("a durable mark stands before the only try", check_ask_mark),
        ENGINE_TEST("in doubt it is not tried again, and said to be unknown", check_ask_in_doubt),
        ENGINE_TEST("what certainly never left may be tried again", check_ask_not_sent),
        ENGINE_TEST("a crash during the only try leaves it unknown", check_ask_crash),
        ENGINE_TEST("a crash before the mark leaves it to be tried", check_ask_crash_before),
        ENGINE_TEST("after a jump of the clock increases wait, and nothing else does", check_clock_jump),
        ENGINE_TEST("a stuck operation raises nothing any more", check_stuck_increase),
        ENGINE_TEST("nor tries again what was on its way", check_stuck_in_flight),
        ENGINE_TEST("a card is posted once, then updated, and the operation stays until the last", check_card),
        ENGINE_TEST("a card that looks the same is not shown again", check_card_same),
        ENGINE_TEST("one without a title is not shown yet, and one may stand elsewhere", check_card_elsewhere),
        ENGINE_TEST("also where there is no channel for all", check_card_own_channel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
