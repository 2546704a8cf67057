/* Effects that are not tried any more: called off by their operation, forbidden by its machine, or superseded by
 * traffic on its way back. */
#include "tests/unit/engine_fixture.h"

static const struct attempt_end again = { .result = ATTEMPT_AGAIN, .error = "busy" };
static const struct attempt_end in_doubt = {
    .result = ATTEMPT_AGAIN, .error = "no answer", .is_outage = true, .may_have_happened = true
};

static struct flight *flight_of(struct world *world, const char *kind)
{
    struct flight *flight = node_flight(world->nodes[0], kind);

    if (!flight)
        fail_msg("no %s is in flight", kind);
    return flight;
}

static void end_as(struct world *world, const char *kind, struct attempt_end end)
{
    flight_end(flight_of(world, kind), end);
    world_run(world);
}

static void restart(struct world *world)
{
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
}

/* ---- called off ---- */

static void check_waiting(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:wide,effect:note:wide,effect:latest:wide");
    world_say(world, "U1 poke D1 stop:note");
    assert_string_equal(world_heard(world, "D1"), "request:poke:U1|effect:note:cancelled|");
    end_as(world, "look", (struct attempt_end){ .result = ATTEMPT_DONE });
    assert_int_equal(world_tried(world, "D1.2 note"), 0);
    assert_int_equal(world_tried(world, "D1.3 latest"), 1);
    assert_null(fake_get(world->store, STORE_EFFECTS, "D1.2"));
}

static void check_others(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:look:wide,effect:note:wide");
    world_say(world, "U1 do stop:note,stop:nothing,effect:note:other"); /* another's tags, and its own new one, stay */
    assert_string_equal(world_heard(world, "D1"), "");
    assert_string_equal(world_heard(world, "D2"), "");
    assert_int_equal(world_tried(world, "D2.1 note"), 1);
}

static const struct flown_row {
    const char *name;
    struct attempt_end end;
    const char *heard;
} flown_rows[] = {
    { "in flight, and it happens: that counts", { .result = ATTEMPT_DONE }, "request:poke:U1|effect:note:done|" },
    { "in flight, and refused", { .result = ATTEMPT_NEVER, .error = "403" }, "request:poke:U1|effect:note:failed|" },
    { "in flight, and it never left",
      { .result = ATTEMPT_AGAIN, .error = "busy" },
      "request:poke:U1|effect:note:cancelled|" },
    { "in flight, and nobody knows",
      { .result = ATTEMPT_AGAIN, .error = "no answer", .may_have_happened = true },
      "request:poke:U1|effect:note:unknown|" },
};

static void check_flown(void **state)
{
    const struct flown_row *row = *state;
    struct world *world;
    void *made;

    world_setup(&made);
    world = made;
    world_say(world, "U1 do effect:note");
    world_say(world, "U1 poke D1 stop:note");
    assert_false(flight_of(world, "note")->is_cut);
    assert_string_equal(world_heard(world, "D1"), "request:poke:U1|");
    end_as(world, "note", row->end);
    world_advance(world, 40000);
    assert_string_equal(world_heard(world, "D1"), row->heard);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    world_teardown(&made);
}

static void check_tried_before(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note,effect:look");
    end_as(world, "note", in_doubt);
    end_as(world, "look", again);
    world_say(world, "U1 poke D1 stop:note,stop:look");
    world_advance(world, 40000);
    assert_string_equal(world_heard(world, "D1"), "request:poke:U1|effect:note:unknown|effect:look:cancelled|");
}

static void check_crash(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note");
    world_say(world, "U1 poke D1 stop:note");
    restart(world); /* while it is out: the next owner does not try it again */
    world_advance(world, 40000);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_string_equal(world_heard(world, "D1"), "request:poke:U1|effect:note:unknown|");
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

/* ---- traffic on its way back ---- */

static void check_superseded(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:t,effect:raise:t");
    world_say(world, "U2 do effect:raise:t,effect:lower:t,effect:raise:t");
    assert_int_equal(world_tried(world, "D2.2 lower"), 1); /* neither what is out nor what waits holds it up */
    assert_string_equal(world_heard(world, "D1"), "effect:note:unknown|effect:raise:cancelled|"); /* whoever's it was */
    assert_string_equal(world_heard(world, "D2"), "effect:raise:cancelled|");
    world_advance(world, 3000);
    assert_null(node_flight(world->nodes[0], "raise")); /* one in flight in each lane */
    end_as(world, "lower", (struct attempt_end){ .result = ATTEMPT_DONE });
    world_advance(world, 3000);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_int_equal(world_tried(world, "D1.2 raise"), 0);
    assert_int_equal(world_tried(world, "D2.1 raise"), 0);
    assert_int_equal(world_tried(world, "D2.3 raise"), 1); /* what was recorded after it goes after it */
}

/* What only waits, in a backoff here, has its turn after it; and does not slip in while the decrease is recorded. */
static void check_passed(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:t");
    end_as(world, "note", again);
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U2 do effect:lower:t");
    world_advance(world, 2000);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_int_equal(world_tried(world, "D2.1 lower"), 0);
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(world_tried(world, "D2.1 lower"), 1);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    end_as(world, "lower", (struct attempt_end){ .result = ATTEMPT_DONE });
    end_as(world, "note", (struct attempt_end){ .result = ATTEMPT_DONE });
    assert_string_equal(world_heard(world, "D1"), "effect:note:done|");
}

static void check_two_decreases(void **state)
{
    struct world *world = *state;
    struct flight *first;

    world_say(world, "U1 do effect:lower:t");
    first = flight_of(world, "lower");
    world_say(world, "U2 do effect:lower:t");
    world_advance(world, 3000);
    assert_false(first->is_cut);
    assert_int_equal(world_tried(world, "D2.1 lower"), 0);
    end_as(world, "lower", (struct attempt_end){ .result = ATTEMPT_DONE });
    assert_int_equal(world_tried(world, "D2.1 lower"), 1);
}

/* The mark of an ASK is on its way: nothing has left yet, and nothing does. */
static void check_marking(void **state)
{
    struct world *world = *state;

    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 do effect:ask:t");
    for (size_t i = 0, before = world->store->calls_count; i < before; i++)
        if (world->store->calls[i]->kind == CALL_COMMIT && !world->store->calls[i]->is_over) {
            world->store->holds[CALL_COMMIT] = false;
            fake_answer(world->store, world->store->calls[i]);
            world->store->holds[CALL_COMMIT] = true;
        }
    fake_sweep(world->store);
    world_run(world);
    world_say(world, "U2 do effect:lower:t");
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(world_tried(world, "D2.1 lower"), 1);
    end_as(world, "lower", (struct attempt_end){ .result = ATTEMPT_DONE });
    world_advance(world, 10000);
    assert_int_equal(world_tried(world, "D1.1 ask"), 0);
    assert_string_equal(world_heard(world, "D1"), "effect:ask:cancelled|");
}

static void check_other_lane(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:raise:t");
    world_say(world, "U1 do effect:lower:other");
    assert_false(flight_of(world, "raise")->is_cut);
    assert_string_equal(world_heard(world, "D1"), "");
}

static void cut_off(struct world *world, const char *kind)
{
    struct flight *flight;
    const char *heard = arena_printf(world->arena, "effect:%s:unknown|", kind);

    world_say(world, arena_printf(world->arena, "U1 do effect:%s:t", kind));
    flight = flight_of(world, kind);
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U2 do effect:lower:t");
    assert_true(flight->is_cut);
    assert_int_equal(world_tried(world, "D2.1 lower"), 0); /* its own record first */
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
    assert_int_equal(world_tried(world, "D2.1 lower"), 1);
    assert_string_equal(world_heard(world, "D1"), heard);
    flight->on_done(flight->arg, flight->id, flight->number, &again); /* too late to mean anything */
    world_advance(world, 60000);
    assert_int_equal(world_tried(world, arena_printf(world->arena, "D1.1 %s", kind)), 1);
    assert_string_equal(world_heard(world, "D1"), heard);
}

static void check_cut(void **state)
{
    cut_off(*state, "raise");
}

static void check_cut_other(void **state)
{
    cut_off(*state, "note");
}

/* It goes when its own commit is confirmed, not when the end of what it cut off is. */
static void check_at_once(void **state)
{
    struct world *world = *state;
    size_t kept = 0;

    world_say(world, "U1 do effect:raise:t");
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U2 do effect:lower:t");
    for (size_t i = 0; i < world->store->calls_count; i++) /* the first alone gets through */
        if (world->store->calls[i]->kind == CALL_COMMIT && kept++ == 0) {
            world->store->holds[CALL_COMMIT] = false;
            fake_answer(world->store, world->store->calls[i]);
            world->store->holds[CALL_COMMIT] = true;
        }
    assert_true(kept >= 2);
    fake_sweep(world->store);
    world_run(world);
    assert_int_equal(world_tried(world, "D2.1 lower"), 1);
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
}

static void check_crash_after(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note:t,effect:raise:t");
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U2 do effect:lower:t");
    world->store->holds[CALL_COMMIT] = false;
    for (size_t i = 0; i < world->store->calls_count; i++) /* recorded; and then it dies, before anything else */
        if (world->store->calls[i]->kind == CALL_COMMIT) {
            fake_answer(world->store, world->store->calls[i]);
            break;
        }
    assert_non_null(fake_get(world->store, STORE_EFFECTS, "D2.1"));
    assert_non_null(fake_get(world->store, STORE_EFFECTS, "D1.2"));
    restart(world);
    assert_int_equal(world_tried(world, "D2.1 lower"), 1);
    end_as(world, "lower", (struct attempt_end){ .result = ATTEMPT_DONE });
    world_advance(world, 60000);
    assert_int_equal(world_tried(world, "D1.1 note"), 1);
    assert_int_equal(world_tried(world, "D1.2 raise"), 0);
    assert_string_equal(world_heard(world, "D1"), "effect:note:unknown|effect:raise:unknown|");
}

static void check_stuck_decrease(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim,effect:note:t,effect:lower:t,timer:poll:500");
    world_advance(world, 400);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_true(json_find_bool(world_operation(world, "D1"), "is_stuck", false));
    world_advance(world, 20000);
    assert_int_equal(world_tried(world, "D1.2 lower"), 2); /* loaded again, and still to be done */
}

/* What was cut off may still arrive: a clean end would tell the next owner that nothing can. */
static void check_stop_after_cut(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:raise:t");
    world_say(world, "U2 do effect:lower:t");
    end_as(world, "lower", (struct attempt_end){ .result = ATTEMPT_DONE });
    engine_stop(world->nodes[0]->engine, 1000);
    world_advance(world, 2000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_STOPPED);
    assert_true(fake_meta(world->store, "nonce")[0] != '\0');
}

/* ---- asked before every try ---- */

static bool is_allowed;
static bool ask_first(const struct view *view, const struct operation *operation, const void *body,
                      const struct effect *effect, struct error *err)
{
    const struct errand_body *errand = body;

    assert_string_equal(operation->id, "D1");
    assert_true(strcmp(effect->kind, "raise") == 0 || strcmp(effect->kind, "begin") == 0);
    assert_non_null(view->find_target);
    assert_non_null(errand->heard);
    return is_allowed || error_set(err, ERR_DENIED, "production is halted");
}

static const char *why_it_ended(struct world *world)
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    const char *why = NULL;

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        if (strcmp(json_find_string(entry, "core.kind"), "effect.ended") == 0 &&
            json_find_string(entry, "core.body.error"))
            why = json_find_string(entry, "core.body.error");
    }
    return why;
}

static void check_forbidden(void **state)
{
    struct world *world = *state;
    struct machine machine = errand_machine;

    machine.may_increase = ask_first;
    world->machines[0] = &machine;
    restart(world);
    is_allowed = false;
    world_say(world, "U1 do effect:raise:t,effect:begin:t,effect:note:t");
    assert_int_equal(world_tried(world, "D1.1 raise"), 0);
    assert_int_equal(world_tried(world, "D1.2 begin"), 0);
    assert_int_equal(world_tried(world, "D1.3 note"), 1);
    assert_string_equal(world_heard(world, "D1"), "effect:raise:cancelled|effect:begin:cancelled|");
    assert_string_equal(why_it_ended(world), "production is halted");
    node_crash(world->nodes[0]); /* before the machine on this stack goes */
}

static void check_forbidden_again(void **state)
{
    struct world *world = *state;
    struct machine machine = errand_machine;

    machine.may_increase = ask_first;
    world->machines[0] = &machine;
    restart(world);
    is_allowed = true;
    world_say(world, "U1 do effect:raise:t,effect:begin:u");
    end_as(world, "raise", in_doubt);
    end_as(world, "begin", again);
    is_allowed = false;
    world_advance(world, 40000);
    assert_int_equal(world_tried(world, "D1.1 raise"), 1); /* allowed once, not twice */
    assert_int_equal(world_tried(world, "D1.2 begin"), 1);
    assert_non_null(strstr(world_heard(world, "D1"), "effect:raise:unknown|"));
    assert_non_null(strstr(world_heard(world, "D1"), "effect:begin:cancelled|")); /* its try never left */
    node_crash(world->nodes[0]);
}

/* A crash would take the decision back, and with it what the increase was allowed by. */
static void check_unsettled(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:raise:t,timer:far:900000");
    end_as(world, "raise", (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "not now", .after_ms = 1000 });
    world->store->holds[CALL_COMMIT] = true;
    world_say(world, "U1 poke D1 journal");
    world_advance(world, 1500);
    assert_int_equal(world_tried(world, "D1.1 raise"), 1);
    world->store->holds[CALL_COMMIT] = false;
    world_advance(world, 500);
    assert_int_equal(world_tried(world, "D1.1 raise"), 2);
}

/* ---- posted in the card's thread ---- */

static void post_at(struct world *world, const char *kind, const char *ts)
{
    AUTO_JSON cJSON *place = json_object();

    json_set_string(place, "channel", "C1");
    json_set_string(place, "ts", ts);
    end_as(world, kind, (struct attempt_end){ .result = ATTEMPT_DONE, .body = place });
}

static void post_card(struct world *world)
{
    post_at(world, EFFECT_CARD, "1.2");
}

static void check_thread(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do thread,timer:t:100");
    assert_null(node_flight(world->nodes[0], EFFECT_MESSAGE));
    end_as(world, EFFECT_CARD, again); /* the card changes meanwhile: its first one keeps its place */
    world_advance(world, 200);
    world_advance(world, 5000);
    assert_null(node_flight(world->nodes[0], EFFECT_MESSAGE));
    post_card(world);
    assert_string_equal(flight_of(world, EFFECT_MESSAGE)->card_ts, "1.2");
    post_at(world, EFFECT_MESSAGE, "9.9"); /* which is not where the card stands */
    assert_string_equal(flight_of(world, EFFECT_CARD)->text, "timer:t|");
    assert_string_equal(flight_of(world, EFFECT_CARD)->card_ts, "1.2");
    post_card(world);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_pin(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do pin,timer:t:100");
    end_as(world, EFFECT_CARD, again); /* the card changes meanwhile */
    world_advance(world, 200);
    world_advance(world, 5000);
    assert_null(node_flight(world->nodes[0], EFFECT_PIN));
    post_card(world);
    assert_string_equal(flight_of(world, EFFECT_PIN)->card_ts, "1.2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("what waits is called off at once, and its lane goes on", check_waiting),
        ENGINE_TEST("other operations' effects and new ones are left alone", check_others),
        ENGINE_TEST("what was tried before ends as unknown where it may have happened", check_tried_before),
        ENGINE_TEST("called off stays called off after a crash", check_crash),
        ENGINE_TEST("a decrease supersedes the increases before it, and passes what waits", check_superseded),
        ENGINE_TEST("in its own lane", check_other_lane),
        ENGINE_TEST("what only waits has its turn after a decrease, and not while that is recorded", check_passed),
        ENGINE_TEST("a decrease waits for another that is out", check_two_decreases),
        ENGINE_TEST("what is about to leave for the first time does not", check_marking),
        ENGINE_TEST("an increase in flight is cut off and never tried again", check_cut),
        ENGINE_TEST("and so is whatever else is in flight in its lane", check_cut_other),
        ENGINE_TEST("a decrease goes as soon as its own record is there", check_at_once),
        ENGINE_TEST("after a crash the decrease goes, and what it superseded never", check_crash_after),
        ENGINE_TEST("a stuck operation's way back is still made", check_stuck_decrease),
        ENGINE_TEST("an end soon after a cut is not clean", check_stop_after_cut),
        ENGINE_TEST("an increase that its machine forbids is not tried", check_forbidden),
        ENGINE_TEST("an increase waits until its operation's last decision is in the store", check_unsettled),
        ENGINE_TEST("it is asked before every try", check_forbidden_again),
        ENGINE_TEST("what is posted in a card's thread waits for the card", check_thread),
        ENGINE_TEST("and so does its pin", check_pin),
    };

    return ROWS(flown_rows, check_flown) + cmocka_run_group_tests(tests, NULL, NULL);
}
