/* Cards that stand: each in its own order, beside what else their channel waits for; and Slack's limits. */
#include "tests/unit/engine_fixture.h"

#define CARDS 20

static void flight_place(struct world *world, struct flight *flight)
{
    AUTO_JSON cJSON *place = json_object();

    json_set_string(place, "channel", "C1");
    json_set_string(place, "ts", flight->card_ts ? flight->card_ts : arena_printf(world->arena, "1.%s", flight->id));
    flight_end(flight, (struct attempt_end){ .result = ATTEMPT_DONE, .body = place });
    world_run(world);
}

static struct flight *update_out(struct world *world) /* NULL: none is */
{
    struct node *node = world->nodes[0];

    for (size_t i = 0; i < node->flights_count; i++)
        if (!node->flights[i].is_over && strcmp(node->flights[i].kind, EFFECT_CARD) == 0 && node->flights[i].card_ts)
            return &node->flights[i];
    return NULL;
}

static bool is_out(struct world *world, const char *id)
{
    struct node *node = world->nodes[0];

    for (size_t i = 0; i < node->flights_count; i++)
        if (!node->flights[i].is_over && strcmp(node->flights[i].id, id) == 0)
            return true;
    return false;
}

/* Slack takes what comes, for so long. */
static void take_all(struct world *world, int64_t ms)
{
    for (int64_t at = 0; at < ms; at += STEP_MS) {
        struct flight *flight;

        while ((flight = node_flight(world->nodes[0], EFFECT_CARD)) != NULL)
            flight_place(world, flight);
        world_advance(world, STEP_MS);
    }
}

static void begin(struct world *world, int cards)
{
    world->settings.slack.channels.deployments = "#deployments";
    for (int i = 0; i < cards; i++)
        world_say(world, "U1 do wait");
    take_all(world, (cards + 20) * SECOND_MS); /* each stands, and who waited long enough may hurry */
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void poke(struct world *world, int card, const char *wishes)
{
    world_say(world, arena_printf(world->arena, "U1 poke D%d %s", card, wishes));
}

static void hit(struct world *world, struct flight *flight, int64_t after_ms)
{
    assert_non_null(flight);
    flight_end(flight, (struct attempt_end){ .result = ATTEMPT_AGAIN,
                                             .error = "429",
                                             .after_ms = after_ms,
                                             .is_outage = true,
                                             .limit = flight->card_ts ? "update" : "post" });
    world_run(world);
}

static void check_beside(void **state)
{
    struct world *world = *state;

    begin(world, 1);
    world_say(world, "U1 do wait");
    world_say(world, "U1 do wait");
    assert_true(is_out(world, "D2.1")); /* a first card */
    poke(world, 1, "wait");
    assert_non_null(update_out(world)); /* waits for it no more than for the one behind it */
    assert_false(is_out(world, "D3.1"));
    flight_place(world, update_out(world));
    assert_true(is_out(world, "D2.1"));
    assert_false(is_out(world, "D3.1")); /* first in, first out */
}

static void check_own_order(void **state)
{
    struct world *world = *state;
    const struct flight *first;

    begin(world, 1);
    poke(world, 1, "wait");
    first = update_out(world);
    assert_non_null(first);
    poke(world, 1, "wait");
    world_advance(world, 5000); /* however long its answer takes */
    assert_string_equal(update_out(world)->id, first->id);
    flight_place(world, update_out(world));
    assert_string_not_equal(update_out(world)->id, first->id);
    assert_string_equal(update_out(world)->text, "request:poke:U1|request:poke:U1|");
}

/* Twenty wait, and one is told: the others are not told as well, and nothing else waits. */
static void check_hit_once(void **state)
{
    struct world *world = *state;
    size_t before;

    begin(world, CARDS);
    for (int i = 1; i <= CARDS; i++)
        poke(world, i, "wait");
    hit(world, update_out(world), 30 * SECOND_MS);
    before = world->tries_count;
    world_advance(world, 29500);
    assert_int_equal(world->tries_count, before);
    world_say(world, "U1 do effect:note:else");
    assert_non_null(node_flight(world->nodes[0], "note"));
    assert_true(is_out(world, arena_printf(world->arena, "D%d.1", CARDS + 1))); /* a first card: another limit */
    for (int i = 1; i <= CARDS; i++)
        poke(world, i, "wait"); /* meanwhile there is more to be shown */
    take_all(world, 600 + CARDS * 3 * SECOND_MS);
    for (int i = 1; i <= CARDS; i++)
        assert_int_equal(world_tried(world, arena_printf(world->arena, "D%d.3 slack.card", i)), 1);
    assert_null(update_out(world));
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 1); /* the note */
}

static void check_slower(void **state)
{
    struct world *world = *state;
    size_t before;

    begin(world, CARDS);
    for (int i = 1; i <= CARDS; i++)
        poke(world, i, "wait");
    hit(world, update_out(world), 30 * SECOND_MS);
    take_all(world, 30 * SECOND_MS + 500);
    before = world->tries_count;
    take_all(world, 30 * SECOND_MS);
    assert_in_range(world->tries_count - before, 8, 11); /* half of forty a minute */
}

static void check_numbers_wait(void **state)
{
    struct world *world = *state;

    begin(world, 4);
    poke(world, 4, "wait");
    hit(world, update_out(world), 10 * SECOND_MS);
    poke(world, 1, "numbers");
    poke(world, 2, "wait");
    poke(world, 3, "wait");
    poke(world, 3, "numbers"); /* in the place of one that shows more */
    world_advance(world, 10500);
    assert_true(is_out(world, "D4.2"));
    flight_place(world, update_out(world));
    assert_true(is_out(world, "D2.2"));
    flight_place(world, update_out(world));
    assert_true(is_out(world, "D3.3"));
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 0);
    take_all(world, 30 * SECOND_MS);
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 1);
}

static void check_place_is_kept(void **state)
{
    struct world *world = *state;

    begin(world, 3);
    poke(world, 3, "wait");
    hit(world, update_out(world), 10 * SECOND_MS);
    poke(world, 1, "wait");
    poke(world, 2, "wait");
    poke(world, 1, "wait"); /* who changes all the time would never be shown */
    world_advance(world, 10500);
    flight_place(world, update_out(world));
    assert_true(is_out(world, "D1.3"));
    flight_place(world, update_out(world));
    assert_true(is_out(world, "D2.2"));
}

/* Whoever takes over has both on record, and which of them is the newer: older ones are not shown again. */
static void check_crash(void **state)
{
    struct world *world = *state;

    begin(world, 1);
    poke(world, 1, "wait");
    poke(world, 1, "numbers");
    assert_true(is_out(world, "D1.2"));
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    for (int i = 0; i < 300 && !update_out(world); i++)
        world_advance(world, STEP_MS);
    assert_true(is_out(world, "D1.4")); /* as it is, once more */
    take_all(world, 30 * SECOND_MS);
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 1);
    assert_int_equal(world_tried(world, "D1.3 slack.card"), 0);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_posts(void **state)
{
    struct world *world = *state;
    size_t before;

    world->settings.slack.channels.deployments = "#deployments";
    for (int i = 0; i < CARDS; i++)
        world_say(world, "U1 do wait");
    before = world->tries_count;
    take_all(world, 10 * SECOND_MS);
    assert_in_range(world->tries_count - before, 9, 14); /* three at once, and one a second */
    hit(world, node_flight(world->nodes[0], EFFECT_CARD), 5 * SECOND_MS);
    before = world->tries_count;
    world_advance(world, 4500);
    assert_int_equal(world->tries_count, before);
    take_all(world, 2 * CARDS * SECOND_MS);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

/* The file names another channel while something of the card is on its way. */
static void check_other_channel(void **state)
{
    struct world *world = *state;

    begin(world, 1);
    poke(world, 1, "wait");
    assert_true(is_out(world, "D1.2"));
    world->settings.slack.channels.deployments = "#rollouts";
    poke(world, 1, "wait");
    world_advance(world, 5000);
    assert_false(is_out(world, "D1.3"));
    hit(world, update_out(world), 10 * SECOND_MS);
    poke(world, 1, "wait");
    take_all(world, MINUTE_MS);
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 1);
    assert_int_equal(world_tried(world, "D1.3 slack.card"), 0);
    assert_string_equal(world->tries[world->tries_count - 1], "D1.4 slack.card");
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_first_in_other_channel(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do wait");
    assert_true(is_out(world, "D1.1"));
    world->settings.slack.channels.deployments = "#rollouts";
    poke(world, 1, "wait");
    world_advance(world, 5000);
    assert_false(is_out(world, "D1.2")); /* else there would be two cards */
    take_all(world, 10 * SECOND_MS);
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 1);
    world_say(world, "U1 do wait");
    assert_string_equal(json_find_string(world_record(world, STORE_EFFECTS, "D2.1"), "lane"), "slack:#rollouts");
}

/* That is how a person mends it: nothing waits where it was refused. */
static void check_parked_channel(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    world_say(world, "U1 do wait");
    flight_end(node_flight(world->nodes[0], EFFECT_CARD),
               (struct attempt_end){
                   .result = ATTEMPT_NEVER, .error = "missing_scope", .refusal = REFUSAL_PERMISSION, .seat = "slack" });
    world_run(world);
    world->settings.slack.channels.deployments = "#rollouts";
    poke(world, 1, "wait");
    assert_string_equal(json_find_string(world_record(world, STORE_EFFECTS, "D1.2"), "lane"), "slack:#rollouts");
    assert_null(world_record(world, STORE_EFFECTS, "D1.1"));
    take_all(world, 10 * SECOND_MS);
    assert_int_equal(world_tried(world, "D1.2 slack.card"), 1);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

/* All cards are shown anew then; what has changed since goes before them. */
static void check_takeover(void **state)
{
    struct world *world = *state;

    begin(world, 2 * CARDS);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    take_all(world, 20 * SECOND_MS);
    assert_in_range(world->store->places[STORE_EFFECTS].count, CARDS, 2 * CARDS); /* they are at it */
    poke(world, 1, "wait");
    poke(world, 2 * CARDS, "wait");
    take_all(world, 5 * SECOND_MS);
    assert_int_equal(world_tried(world, "D1.3 slack.card"), 1);
    assert_int_equal(world_tried(world, "D40.2 slack.card") + world_tried(world, "D40.3 slack.card"), 1);
    take_all(world, 2 * CARDS * 2 * SECOND_MS);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

/* Whoever is called cannot wait for all cards before. */
static void check_call(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    for (int i = 0; i < CARDS; i++)
        world_say(world, "U1 do wait");
    world_say(world, "U1 do call");
    assert_null(node_flight(world->nodes[0], EFFECT_MESSAGE)); /* one is out */
    flight_place(world, node_flight(world->nodes[0], EFFECT_CARD));
    take_all(world, 3 * SECOND_MS);
    assert_non_null(node_flight(world->nodes[0], EFFECT_MESSAGE));
    flight_place(world, node_flight(world->nodes[0], EFFECT_MESSAGE));
    take_all(world, 2 * CARDS * SECOND_MS);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

/* A peer that wants a second is not left alone for minutes. */
static void check_short_hits(void **state)
{
    struct world *world = *state;

    world->settings.slack.channels.deployments = "#deployments";
    for (int i = 0; i < CARDS; i++)
        world_say(world, "U1 do wait");
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 300 && !node_flight(world->nodes[0], EFFECT_CARD); k++)
            world_advance(world, STEP_MS);
        hit(world, node_flight(world->nodes[0], EFFECT_CARD), SECOND_MS);
    }
    take_all(world, 60 * SECOND_MS);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_longest_hit(void **state)
{
    struct world *world = *state;

    begin(world, 1);
    poke(world, 1, "wait");
    hit(world, update_out(world), DAY_MS);
    poke(world, 1, "wait"); /* waits as long as that */
    take_all(world, 11 * MINUTE_MS);
    assert_int_equal(world_tried(world, "D1.3 slack.card"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("a card that stands waits for no first card of another", check_beside),
        ENGINE_TEST("but for what is before it of its own", check_own_order),
        ENGINE_TEST("with twenty cards waiting, a limit is hit once", check_hit_once),
        ENGINE_TEST("and not again: it goes slower then", check_slower),
        ENGINE_TEST("what is more than numbers goes first", check_numbers_wait),
        ENGINE_TEST("who takes the place of another has its turn", check_place_is_kept),
        ENGINE_TEST("a crash leaves the newest to be shown last", check_crash),
        ENGINE_TEST("first cards go one a second", check_posts),
        ENGINE_TEST("another channel in the file changes no order", check_other_channel),
        ENGINE_TEST("and makes no second card", check_first_in_other_channel),
        ENGINE_TEST("but what was refused goes there", check_parked_channel),
        ENGINE_TEST("after a takeover changes go before what is shown anew", check_takeover),
        ENGINE_TEST("who is called is called first", check_call),
        ENGINE_TEST("short waits make nothing slow for long", check_short_hits),
        ENGINE_TEST("no limit closes anything for a day", check_longest_hit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
