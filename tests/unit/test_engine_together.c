/* Words that could not be said for a while: one message for all that stand in a lane, and none of them twice. */
#include "tests/unit/engine_fixture.h"

static const struct attempt_end done = { .result = ATTEMPT_DONE };
static const struct attempt_end away = { .result = ATTEMPT_AGAIN, .error = "no way there", .is_outage = true };
static const struct attempt_end in_doubt = {
    .result = ATTEMPT_AGAIN, .error = "no answer", .is_outage = true, .may_have_happened = true
};
static const struct attempt_end never = { .result = ATTEMPT_NEVER, .error = "msg_too_long" };

static struct flight *word(struct world *world)
{
    struct flight *flight = node_flight(world->nodes[0], "word");

    if (!flight)
        fail_msg("nothing is being said");
    return flight;
}

static void end_as(struct world *world, struct attempt_end end)
{
    flight_end(word(world), end);
    world_run(world);
}

/* Nobody takes a word for so long; what is tried comes to nothing. The last try is still out. */
static void wait_for(struct world *world, int64_t ms)
{
    for (; ms > 0; ms -= SECOND_MS) {
        if (node_flight(world->nodes[0], "word"))
            end_as(world, away);
        world_advance(world, SECOND_MS);
    }
    for (int i = 0; i < 40 && !node_flight(world->nodes[0], "word"); i++)
        world_advance(world, SECOND_MS);
}

static void assert_says(struct world *world, const char *expected)
{
    assert_string_equal(word(world)->text, expected);
}

static int64_t now_s(const struct world *world)
{
    return world->store->unix_ms / SECOND_MS % 3600;
}

static const char *at(struct world *world, int64_t s, const char *text)
{
    return arena_printf(world->arena, "%lld %s", (long long)s, text);
}

/* Two are said while nobody hears, a minute from each other; then three minutes pass. */
static const char *two(struct world *world)
{
    int64_t first_s = now_s(world), second_s;

    world_say(world, "U1 do word:one");
    end_as(world, away);
    wait_for(world, MINUTE_MS);
    second_s = now_s(world);
    world_say(world, "U2 do word:two");
    wait_for(world, 3 * MINUTE_MS);
    return arena_printf(world->arena, "%s | %s", at(world, first_s, "one"), at(world, second_s, "two"));
}

/* ---- when ---- */

static void check_soon(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do word:one");
    world_say(world, "U2 do word:two");
    wait_for(world, MINUTE_MS);
    assert_says(world, "one");
    end_as(world, done);
    assert_says(world, "two");
}

static void check_together(void **state)
{
    struct world *world = *state;
    const char *both = two(world);

    assert_says(world, both);
    end_as(world, done);
    assert_null(node_flight(world->nodes[0], "word"));
    assert_string_equal(world_heard(world, "D1"), "effect:one:done|");
    assert_string_equal(world_heard(world, "D2"), "effect:two:done|");
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
    world_say(world, "U1 do word:three"); /* and from then on as before */
    assert_says(world, "three");
}

static void check_one(void **state)
{
    struct world *world = *state;
    int64_t s = now_s(world);

    world_say(world, "U1 do word:one");
    wait_for(world, 3 * MINUTE_MS);
    assert_says(world, at(world, s, "one"));
    end_as(world, done);
    assert_string_equal(world_heard(world, "D1"), "effect:one:done|");
}

/* What may not be joined keeps its place among what may not, and so does a card. */
static void check_alone(void **state)
{
    struct world *world = *state;
    int64_t s = now_s(world);

    world_say(world, "U1 do word:one");
    world_say(world, "U1 do word:buttons:alone,effect:" EFFECT_CARD ":C1");
    world_say(world, "U1 do word:two");
    wait_for(world, 3 * MINUTE_MS);
    assert_says(world, arena_printf(world->arena, "%s | %s", at(world, s, "one"), at(world, s, "two")));
    end_as(world, done);
    assert_says(world, "buttons");
    end_as(world, done);
    assert_null(node_flight(world->nodes[0], "word"));
    assert_non_null(node_flight(world->nodes[0], EFFECT_CARD));
}

/* What does more than speak is done in its order: whoever is called is there when they are spoken of. */
static void check_in_the_way(void **state)
{
    struct world *world = *state;
    int64_t s = now_s(world);

    world_say(world, "U1 do word:one,effect:show:C1,word:two,word:three");
    wait_for(world, 3 * MINUTE_MS);
    assert_says(world, at(world, s, "one"));
    end_as(world, done);
    assert_null(node_flight(world->nodes[0], "word"));
    flight_end(node_flight(world->nodes[0], "show"), done);
    world_run(world);
    assert_says(world, arena_printf(world->arena, "%s | %s", at(world, s, "two"), at(world, s, "three")));
}

static void check_many(void **state)
{
    struct world *world = *state;

    for (int i = 25; i < 53; i++)
        world_say(world, arena_printf(world->arena, "U1 do word:w%da,word:w%db", i, i));
    wait_for(world, 3 * MINUTE_MS);
    assert_non_null(strstr(word(world)->text, " w49b + 6 more"));
    end_as(world, done);
    assert_non_null(strstr(word(world)->text, " w50a | "));
    assert_non_null(strstr(word(world)->text, " w52b"));
    assert_null(strstr(word(world)->text, "more"));
    end_as(world, done);
    assert_null(node_flight(world->nodes[0], "word"));
}

/* ---- what is called off ---- */

static void check_called_off(void **state)
{
    struct world *world = *state;
    int64_t s = now_s(world);

    world_say(world, "U1 do word:one");
    world_say(world, "U2 do word:prompt");
    world_say(world, "U1 do word:two");
    wait_for(world, 3 * MINUTE_MS);
    end_as(world, away); /* it was in that try, and may be called off all the same */
    world_say(world, "U1 poke D2 stop:prompt");
    wait_for(world, MINUTE_MS);
    assert_says(world, arena_printf(world->arena, "%s | %s", at(world, s, "one"), at(world, s, "two")));
    assert_string_equal(world_heard(world, "D2"), "request:poke:U1|effect:prompt:cancelled|");
}

static void check_called_off_on_its_way(void **state)
{
    struct world *world = *state;
    const char *both = two(world);

    assert_says(world, both);
    world_say(world, "U1 poke D2 stop:two");
    assert_string_equal(world_heard(world, "D2"), "request:poke:U1|"); /* it may have come */
    end_as(world, in_doubt);
    assert_string_equal(world_heard(world, "D2"), "request:poke:U1|effect:two:unknown|");
    wait_for(world, SECOND_MS);
    assert_null(strstr(word(world)->text, "two"));
}

/* The one whose attempt it is ends with its operation: cut off, its message might yet come, behind the look for the
 * others, and they would be said again. */
static void check_not_cut_off(void **state)
{
    struct world *world = *state;
    const char *both = two(world);

    world_say(world, "U1 poke D1 stop:one,end");
    world_run(world);
    assert_says(world, both);
    assert_false(word(world)->is_cut || word(world)->is_in_doubt);
    assert_non_null(world_record(world, STORE_OPERATIONS, "D1"));
    end_as(world, in_doubt);
    assert_non_null(world_record(world, STORE_ENDED, "D1"));
    wait_for(world, SECOND_MS);
    assert_non_null(strstr(word(world)->text, " two"));
    assert_null(strstr(word(world)->text, "one"));
    assert_true(word(world)->is_in_doubt);
    end_as(world, done);
    assert_string_equal(world_heard(world, "D2"), "effect:two:done|");
}

/* Its operation ends while it is said with others: whether it was said is known when they are. */
static void check_ends_on_its_way(void **state)
{
    struct world *world = *state;

    two(world);
    world_say(world, "U1 poke D2 stop:two,end");
    assert_non_null(world_record(world, STORE_OPERATIONS, "D2"));
    end_as(world, done);
    assert_null(node_flight(world->nodes[0], "word"));
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
    assert_non_null(world_record(world, STORE_ENDED, "D2"));
}

/* ---- nothing twice ---- */

static void check_in_doubt(void **state)
{
    struct world *world = *state;
    const char *both = two(world);

    assert_false(word(world)->is_in_doubt);
    end_as(world, in_doubt);
    wait_for(world, SECOND_MS);
    assert_says(world, both);
    assert_true(word(world)->is_in_doubt);
    assert_false(word(world)->is_first_try); /* they are looked for */
    end_as(world, done);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_crash(void **state)
{
    struct world *world = *state;
    const char *both = two(world);

    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 20 * SECOND_MS);
    assert_says(world, both); /* each by the id that it had */
    assert_true(word(world)->is_in_doubt);
    end_as(world, done);
    assert_string_equal(world_heard(world, "D2"), "effect:two:done|");
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

/* An outage costs no tries: what went with another one all the time is tried as soon as that one would have been. */
static void check_outage(void **state)
{
    struct world *world = *state;

    two(world);
    for (int i = 0; i < 30; i++) {
        end_as(world, away);
        wait_for(world, SECOND_MS);
    }
    world_say(world, "U1 poke D1 stop:one");
    for (int i = 0; i < 10; i++) {
        end_as(world, away);
        world_advance(world, SECOND_MS);
        assert_non_null(strstr(word(world)->text, " two"));
    }
}

/* ---- refused ---- */

static void check_refused(void **state)
{
    struct world *world = *state;

    two(world);
    end_as(world, never);
    wait_for(world, SECOND_MS);
    assert_says(world, "one");
    end_as(world, never);
    assert_string_equal(world_heard(world, "D1"), "effect:one:failed|");
    wait_for(world, SECOND_MS);
    assert_says(world, "two");
    end_as(world, done);
    assert_string_equal(world_heard(world, "D2"), "effect:two:done|");
}

/* The credential is refused: nobody says anything until it is mended, and then all of it at once. */
static void check_parked(void **state)
{
    static const struct attempt_end refused = {
        .result = ATTEMPT_AGAIN, .error = "token_revoked", .refusal = REFUSAL_CREDENTIAL, .seat = "slack"
    };
    struct world *world = *state;
    const char *both = two(world);

    end_as(world, refused);
    wait_for(world, SECOND_MS);
    world_advance(world, 5 * SECOND_MS); /* so long a new one may not be known everywhere */
    end_as(world, refused);
    world_advance(world, 50 * MINUTE_MS);
    assert_null(node_flight(world->nodes[0], "word"));
    world_advance(world, 11 * MINUTE_MS); /* once an hour one try is let through */
    assert_says(world, both);
    end_as(world, done);
    assert_string_equal(world_heard(world, "D2"), "effect:two:done|");
    assert_null(node_flight(world->nodes[0], "word"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("what waited less than two minutes is said as it is", check_soon),
        ENGINE_TEST("what waited longer is said together, and each ends by itself", check_together),
        ENGINE_TEST("one alone is said with its time", check_one),
        ENGINE_TEST("what stands by itself is passed over", check_alone),
        ENGINE_TEST("what does more than speak is not", check_in_the_way),
        ENGINE_TEST("of very many the rest follows", check_many),
        ENGINE_TEST("each can be called off until it goes", check_called_off),
        ENGINE_TEST("on its way it is not said again", check_called_off_on_its_way),
        ENGINE_TEST("the end of one does not cut off the others", check_not_cut_off),
        ENGINE_TEST("nor is what ends while it is said with others", check_ends_on_its_way),
        ENGINE_TEST("in doubt all of them are looked for", check_in_doubt),
        ENGINE_TEST("also after a crash", check_crash),
        ENGINE_TEST("after an outage each is tried as soon as any", check_outage),
        ENGINE_TEST("refused at once, each is tried by itself", check_refused),
        ENGINE_TEST("a credential that is refused holds all of them", check_parked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
