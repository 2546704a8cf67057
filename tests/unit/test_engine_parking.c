/* What a peer refuses because of our credential: it waits, untried, until that may be mended; and what changes traffic
 * never does. */
#include "tests/unit/engine_fixture.h"

static const struct attempt_end revoked = {
    .result = ATTEMPT_NEVER, .error = "token_revoked", .refusal = REFUSAL_CREDENTIAL, .seat = "peer"
};
static const struct attempt_end forbidden = {
    .result = ATTEMPT_NEVER, .error = "403", .refusal = REFUSAL_PERMISSION, .seat = "peer"
};
static const struct attempt_end expired = {
    .result = ATTEMPT_AGAIN, .error = "401", .refusal = REFUSAL_CREDENTIAL, .seat = "peer"
};
static const struct attempt_end taken = { .result = ATTEMPT_DONE, .seat = "peer" };

static void end_as(struct world *world, const char *kind, struct attempt_end end)
{
    struct flight *flight = node_flight(world->nodes[0], kind);

    if (!flight)
        fail_msg("no %s is in flight", kind);
    flight_end(flight, end);
    world_run(world);
}

static size_t parked(struct world *world)
{
    return engine_status(world->nodes[0]->engine).parked;
}

static size_t seats(struct world *world)
{
    size_t count;

    engine_parked(world->nodes[0]->engine, world->arena, &count);
    return count;
}

static void reload(struct world *world)
{
    struct engine_configuration now = { .settings = &world->settings,
                                        .settings_digest = "digest-of-settings",
                                        .policy = world->policy };

    engine_reconfigure(world->nodes[0]->engine, &now, NULL);
    world_run(world);
}

static void check_parks(void **state)
{
    struct world *world = *state;
    const struct parked *list;
    size_t count;

    world_say(world, "U1 do effect:show:wide");
    world_say(world, "U1 do effect:show:wide");
    world_say(world, "U1 do effect:note:other");
    end_as(world, "show", revoked);
    assert_int_equal(parked(world), 2);
    list = engine_parked(world->nodes[0]->engine, world->arena, &count);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].seat, "peer");
    assert_string_equal(list[0].why, "token_revoked");
    assert_int_equal(list[0].effects, 2);
    assert_false(list[0].is_way_back);
    assert_int_equal(world_journalled(world, "credential.refused"), 1);
    world_advance(world, 10 * MINUTE_MS);
    assert_int_equal(world_tried(world, "D1.1 show"), 1); /* untried */
    assert_int_equal(world_tried(world, "D2.1 show"), 0);
    assert_string_equal(world_heard(world, "D1"), ""); /* and not failed */
    end_as(world, "note", taken);
    assert_int_equal(seats(world), 0); /* the credential is taken again */
}

static void check_reload(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    world_say(world, "U1 do effect:show:b");
    end_as(world, "show", revoked);
    end_as(world, "show", revoked);
    assert_int_equal(seats(world), 1);
    reload(world);
    assert_int_equal(world_tried(world, "D1.1 show") + world_tried(world, "D2.1 show"), 3); /* one goes ahead */
    end_as(world, "show", taken);
    assert_int_equal(world_tried(world, "D1.1 show") + world_tried(world, "D2.1 show"), 4); /* and then all */
    assert_int_equal(parked(world) + seats(world), 0);
    assert_int_equal(world_journalled(world, "credential.accepted"), 1);
    end_as(world, "show", taken);
    assert_string_equal(world_heard(world, "D1"), "effect:show:done|");
    assert_string_equal(world_heard(world, "D2"), "effect:show:done|");
}

static void check_reload_in_vain(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    world_say(world, "U1 do effect:show:b");
    end_as(world, "show", revoked);
    end_as(world, "show", revoked);
    world_advance(world, 1000);
    reload(world);
    world_advance(world, 1000);
    end_as(world, "show", revoked);
    world_advance(world, 10 * MINUTE_MS);
    assert_int_equal(world_tried(world, "D1.1 show") + world_tried(world, "D2.1 show"), 3);
    assert_int_equal(parked(world), 2);
    assert_int_equal(world_journalled(world, "credential.refused"), 1); /* told once */
}

/* It left with the token of before: that it is refused says nothing of the new one. */
static void check_reload_meanwhile(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    world_advance(world, 1000);
    reload(world);
    end_as(world, "show", revoked);
    assert_int_equal(parked(world), 0);
    world_advance(world, 2000);
    assert_int_equal(world_tried(world, "D1.1 show"), 2);
    end_as(world, "show", taken);
    assert_string_equal(world_heard(world, "D1"), "effect:show:done|");
}

static void check_hourly(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    world_say(world, "U1 do effect:show:b");
    end_as(world, "show", revoked);
    end_as(world, "show", revoked);
    world_advance(world, HOUR_MS - 2 * MINUTE_MS);
    assert_int_equal(world->tries_count, 2 + 2);
    world_advance(world, 3 * MINUTE_MS);
    assert_int_equal(world->tries_count, 2 + 3);
    end_as(world, "show", revoked);
    world_advance(world, HOUR_MS - 5 * MINUTE_MS);
    assert_int_equal(world->tries_count, 2 + 3);
    world_advance(world, 6 * MINUTE_MS);
    end_as(world, "show", (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "no answer", .is_outage = true });
    world_advance(world, 2 * MINUTE_MS); /* which told nothing: soon again */
    assert_int_equal(world->tries_count, 2 + 5);
    end_as(world, "show", taken);
    assert_int_equal(parked(world), 0);
}

static void check_fresh_credential(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", expired);
    assert_int_equal(seats(world), 0); /* a token has its time: the next try fetches one */
    world_advance(world, 2000);
    end_as(world, "show", expired);
    assert_int_equal(seats(world), 0); /* a new one is not known everywhere at once */
    world_advance(world, 5000);
    end_as(world, "show", expired);
    assert_int_equal(parked(world), 1);
}

/* ---- never parked ---- */

static void check_decrease(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:t");
    end_as(world, "show", revoked);
    world_say(world, "U1 do effect:lower:t wait");
    assert_int_equal(world_tried(world, "D2.1 lower"), 1); /* at once, whatever is parked in its lane */
    for (size_t tries = 1; tries <= 4; tries++) {
        end_as(world, "lower", forbidden);
        world_advance(world, 10100);
        assert_true(world_tried(world, "D2.1 lower") > tries); /* not failed, and within ten seconds */
    }
    assert_int_equal(parked(world), 1);
    assert_int_equal(seats(world), 2);
    assert_int_equal(world_journalled(world, "credential.refused"), 2); /* and somebody hears of it */
    end_as(world, "lower", taken);
    assert_string_equal(world_heard(world, "D2"), "effect:lower:done|");
}

static void check_decrease_reload(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:lower:t wait");
    for (int i = 0; i < 4; i++) { /* its backoff is long by now */
        end_as(world, "lower", revoked);
        world_advance(world, 10100);
    }
    end_as(world, "lower", revoked);
    world_advance(world, STEP_MS);
    if (!node_flight(world->nodes[0], "lower"))
        reload(world);
    assert_non_null(node_flight(world->nodes[0], "lower")); /* at once */
}

static void check_others_fail(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:raise:t,effect:note:n");
    end_as(world, "raise", forbidden);
    end_as(world, "note", revoked);
    assert_string_equal(world_heard(world, "D1"), "effect:raise:failed|effect:note:failed|");
    assert_int_equal(parked(world), 0);
    assert_int_equal(world_journalled(world, "credential.refused"), 2); /* but it is told */
    world_advance(world, HOUR_MS + 10 * MINUTE_MS);
    assert_int_equal(seats(world), 0); /* nobody knows how it is by now */
}

static void check_nothing_held_back(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:t");
    world_say(world, "U1 do effect:raise:t");
    end_as(world, "show", revoked);
    assert_int_equal(world_tried(world, "D2.1 raise"), 1); /* what is parked stands before it, and holds it not */
    end_as(world, "raise", taken);
    assert_string_equal(world_heard(world, "D2"), "effect:raise:done|");
    assert_int_equal(parked(world), 0); /* that it was taken is known of the credential */
}

/* A permission that is lacking for one thing says nothing of others. */
static void check_permission(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    world_say(world, "U1 do effect:note:b");
    end_as(world, "show", forbidden);
    end_as(world, "note", taken);
    assert_int_equal(parked(world), 1);
    world_advance(world, MINUTE_MS);
    assert_int_equal(world_tried(world, "D1.1 show"), 1);
    reload(world);
    end_as(world, "show", taken);
    assert_int_equal(parked(world) + seats(world), 0);
}

/* What lanes a and b may do differs: that b gets through says nothing of a. */
static void check_permission_of_a_lane(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", forbidden);
    for (int i = 0; i < 5; i++) {
        world_say(world, "U1 do effect:show:b");
        end_as(world, "show", taken);
        world_advance(world, MINUTE_MS);
    }
    assert_int_equal(world_tried(world, "D1.1 show"), 1);
    assert_int_equal(world_journalled(world, "credential.refused"), 1);
    assert_int_equal(world_journalled(world, "credential.accepted"), 0);
    world_advance(world, HOUR_MS);
    end_as(world, "show", taken);
    assert_int_equal(world_tried(world, "D1.1 show"), 2);
    assert_int_equal(parked(world) + seats(world), 0);
}

/* And what else is to be shown in that lane may be. */
static void check_permission_of_a_kind(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", forbidden);
    world_say(world, "U1 do effect:show:a");
    world_say(world, "U1 do effect:newest:a:k");
    assert_int_equal(world_tried(world, "D3.1 newest"), 1);
    end_as(world, "newest", forbidden);
    assert_int_equal(seats(world), 2);
    world_advance(world, 10 * MINUTE_MS);
    assert_int_equal(world->tries_count, 3 + 2); /* their replies, and nothing again */
    reload(world);
    end_as(world, "show", taken);
    assert_int_equal(world_tried(world, "D2.1 show"), 1);
    end_as(world, "show", taken);
    end_as(world, "newest", taken);
    assert_int_equal(parked(world) + seats(world), 0);
}

/* What tells of a thing does not pass its making, if both need the same permission. */
static void check_permission_of_several(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", forbidden);
    world_say(world, "U1 do effect:caption:a");
    assert_int_equal(world_tried(world, "D2.1 caption"), 0);
    assert_int_equal(seats(world), 1);
    reload(world);
    assert_int_equal(world_tried(world, "D2.1 caption"), 0);
    end_as(world, "show", taken);
    assert_int_equal(world_tried(world, "D2.1 caption"), 1);
    end_as(world, "caption", taken);
    assert_int_equal(parked(world) + seats(world), 0);
}

/* What is parked first in its lane is refused each hour, and what waits there for something else is tried all the same.
 */
static void check_two_lacking(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", forbidden);
    world_say(world, "U1 do effect:newest:a:k");
    end_as(world, "newest", forbidden);
    world_advance(world, HOUR_MS + MINUTE_MS);
    end_as(world, "show", forbidden);
    world_advance(world, 2 * MINUTE_MS);
    assert_int_equal(world_tried(world, "D2.1 newest"), 2);
}

/* The App gives no token for a repository; what gets through later goes with one. */
static void check_another_name(void **state)
{
    struct world *world = *state;
    struct attempt_end end = revoked;

    end.seat = "github";
    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", end);
    assert_int_equal(parked(world), 1);
    reload(world);
    end = taken;
    end.seat = "github:acme/api";
    end_as(world, "show", end);
    assert_int_equal(parked(world) + seats(world), 0);
    assert_string_equal(world_heard(world, "D1"), "effect:show:done|");
}

/* However much else is refused: that traffic cannot be given back is told. */
static void check_full(void **state)
{
    struct world *world = *state;
    struct attempt_end end = revoked;
    const struct parked *list;
    size_t count, way_back = 0;

    for (int i = 0; i < 35; i++) {
        char words[64], seat[16];

        snprintf(words, sizeof(words), "U1 do effect:show:a%d,effect:show:b%d", i, i);
        world_say(world, words);
        for (int k = 0; k < 2; k++) {
            snprintf(seat, sizeof(seat), "repository%d", 2 * i + k);
            end.seat = seat;
            end_as(world, "show", end);
        }
    }
    assert_int_equal(seats(world), 64);
    world_say(world, "U2 do effect:lower:t wait");
    for (int i = 0; i < 3; i++) {
        end = forbidden;
        end.seat = "google";
        end_as(world, "lower", end);
        world_advance(world, 10100);
    }
    list = engine_parked(world->nodes[0]->engine, world->arena, &count);
    for (size_t i = 0; i < count; i++)
        way_back += list[i].is_way_back;
    assert_int_equal(count, 64);
    assert_int_equal(way_back, 1);
}

/* Pages go with it: while it is refused nothing tries it, and that is no news. */
static void check_not_forgotten(void **state)
{
    struct world *world = *state;
    struct attempt_end end = revoked;

    end.seat = "slack";
    world_say(world, "U1 do effect:note:n");
    end_as(world, "note", end);
    world_advance(world, 3 * HOUR_MS);
    assert_int_equal(seats(world), 1);
    reload(world); /* by now a person may have mended it */
    world_advance(world, HOUR_MS + 10 * MINUTE_MS);
    assert_int_equal(seats(world), 0);
}

/* ---- a look that the way back waits for ---- */

static bool always(const struct operation *operation, const struct awaited *awaited)
{
    return strcmp(operation->kind, "errand") == 0 && strcmp(awaited->kind, "a.reading") == 0;
}

static void check_look(void **state)
{
    static struct machine looking;
    struct world *world = world_create();
    const struct parked *list;
    size_t count;

    looking = errand_machine;
    looking.looks_for_way_back = always;
    world->machines[0] = &looking;
    node_start(world_node(world));
    world_run(world);
    world_advance(world, 1000);
    world_say(world, "U1 do read:service:60000 wait");
    end_as(world, "service", expired);
    assert_int_equal(seats(world), 0); /* a token has its time */
    world_advance(world, 2000);
    end_as(world, "service", expired);
    list = engine_parked(world->nodes[0]->engine, world->arena, &count);
    assert_int_equal(count, 1);
    assert_true(list[0].is_way_back);
    assert_string_equal(list[0].seat, "peer");
    assert_int_equal(world_journalled(world, "credential.refused"), 1);
    world_advance(world, 3000);
    end_as(world, "service", taken);
    assert_int_equal(seats(world), 0);
    assert_int_equal(world_journalled(world, "credential.accepted"), 1);
    *state = world;
    world_teardown(state);
}

/* ---- what comes late ---- */

static void check_stale(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    world_say(world, "U1 do effect:newest:b:k");
    end_as(world, "show", revoked);
    end_as(world, "newest", revoked);
    for (int hour = 0; hour < 7; hour++) {
        world_advance(world, HOUR_MS);
        if (node_flight(world->nodes[0], "show"))
            end_as(world, "show", revoked);
        if (node_flight(world->nodes[0], "newest"))
            end_as(world, "newest", revoked);
    }
    world_advance(world, HOUR_MS);
    if (node_flight(world->nodes[0], "newest"))
        end_as(world, "newest", revoked);
    assert_string_equal(world_heard(world, "D1"), "effect:show:gave-up|"); /* nobody reads it as today's */
    assert_int_equal(parked(world), 1); /* what shows how things are is as right as ever: after 8 h of its 3 */
    reload(world);
    if (node_flight(world->nodes[0], "newest"))
        end_as(world, "newest", taken);
    assert_string_equal(world_heard(world, "D2"), "effect:newest:done|");
}

static void check_newest(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:newest:b:k");
    end_as(world, "newest", revoked);
    world_say(world, "U1 do effect:newest:b:k");
    world_say(world, "U1 do effect:newest:b:k");
    assert_int_equal(parked(world), 1); /* the newest, alone */
    assert_int_equal(world_tried(world, "D2.1 newest") + world_tried(world, "D3.1 newest"), 0);
    reload(world);
    end_as(world, "newest", taken);
    assert_int_equal(world_tried(world, "D3.1 newest"), 1);
    assert_string_equal(world_heard(world, "D3"), "effect:newest:done|");
}

#define FIVE "effect:show:a,effect:show:a,effect:show:a,effect:show:a,effect:show:a"
static void check_bounded(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a wait");
    end_as(world, "show", revoked);
    for (int i = 0; i < 40; i++)
        world_say(world, "U1 do " FIVE "," FIVE "," FIVE "," FIVE "," FIVE " wait");
    assert_int_equal(parked(world), 1001);
    world_advance(world, 2 * MINUTE_MS);
    assert_int_equal(parked(world), 1000);
    assert_string_equal(world_heard(world, "D1"), "effect:show:gave-up|"); /* the oldest */
    assert_string_equal(world_heard(world, "D2"), "");
}

/* What nobody mends for a week is not kept for ever. */
static void check_not_kept_for_ever(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:newest:b:k wait");
    end_as(world, "newest", revoked);
    for (int hour = 0; hour < 9 * 24; hour++) {
        world_advance(world, HOUR_MS);
        if (node_flight(world->nodes[0], "newest"))
            end_as(world, "newest", revoked);
    }
    assert_int_equal(parked(world), 0);
    assert_string_equal(world_heard(world, "D1"), "effect:newest:gave-up|");
}

static void check_newest_bounded(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:newest:a:k wait");
    end_as(world, "newest", revoked);
    for (int i = 0; i < 41; i++) {
        AUTO_BUF struct buf words = BUF(2000);

        buf_puts(&words, "U1 do ");
        for (int k = 0; k < 25; k++)
            buf_addf(&words, "effect:newest:a:%d-%d%s", i, k, k < 24 ? "," : " wait");
        world_say(world, buf_text(&words));
    }
    assert_int_equal(parked(world), 1026);
    world_advance(world, 2 * MINUTE_MS);
    assert_int_equal(parked(world), 1000);
    assert_string_equal(world_heard(world, "D1"), "effect:newest:gave-up|");
}

/* ---- another owner ---- */

static void check_takeover(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", revoked);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 20000);
    assert_int_equal(world_tried(world, "D1.1 show"), 2); /* one try finds out */
    end_as(world, "show", revoked);
    assert_int_equal(parked(world), 1);
    assert_int_equal(world_journalled(world, "credential.refused"), 2);
}

/* ---- who is told ---- */

static void stand(const struct view *view, struct outcome *out)
{
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    body->heard = "";
    outcome_begin(out, "errand", NULL, "working", body);
}

static void check_told(void **state)
{
    static struct machine standing;
    struct world *world = world_create();

    standing = errand_machine;
    standing.stand = stand;
    standing.hears_refusals = true;
    world->machines[0] = &standing;
    node_start(world_node(world));
    world_run(world);
    world_advance(world, 1000);
    world_say(world, "U1 do effect:show:a");
    end_as(world, "show", revoked);
    assert_non_null(strstr(world_heard(world, "L1"), "message:credential.refused"));
    assert_null(strstr(world_heard(world, "L1"), "message:credential.accepted"));
    reload(world);
    end_as(world, "show", taken);
    assert_non_null(strstr(world_heard(world, "L1"), "message:credential.accepted"));
    *state = world;
    world_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("what is refused waits untried, and its lane with it", check_parks),
        ENGINE_TEST("another configuration lets one try, and then all go", check_reload),
        ENGINE_TEST("if it is as bad as before they wait on, and nothing is told again", check_reload_in_vain),
        ENGINE_TEST("a refusal of the credential of before counts for nothing", check_reload_meanwhile),
        ENGINE_TEST("one is tried each hour", check_hourly),
        ENGINE_TEST("a token whose time is over is fetched first", check_fresh_credential),
        ENGINE_TEST("the way back is tried on and on, whatever is parked", check_decrease),
        ENGINE_TEST("and at once when the configuration is another one", check_decrease_reload),
        ENGINE_TEST("what else is refused fails, and is told", check_others_fail),
        ENGINE_TEST("what is parked holds back nothing else in its lane", check_nothing_held_back),
        ENGINE_TEST("a permission is a seat of its own", check_permission),
        ENGINE_TEST("in its own lane, and no other one frees it", check_permission_of_a_lane),
        ENGINE_TEST("and holds back nothing but its own kind", check_permission_of_a_kind),
        ENGINE_TEST("and what needs the same", check_permission_of_several),
        ENGINE_TEST("of two that are lacking in a lane each is tried", check_two_lacking),
        ENGINE_TEST("what goes ahead frees what it went for, whatever its name", check_another_name),
        ENGINE_TEST("among however many the way back is told", check_full),
        ENGINE_TEST("what pages go with is not forgotten before a reload", check_not_forgotten),
        ENGINE_TEST("what nobody mends for a week is given up", check_not_kept_for_ever),
        ENGINE_TEST("also of the newest pictures no more than a thousand wait", check_newest_bounded),
        { "a look before the way back that is refused is told", check_look, NULL, NULL, NULL },
        ENGINE_TEST("what is too old is given up, and the newest picture is kept", check_stale),
        ENGINE_TEST("a newer one takes the place of what is parked", check_newest),
        ENGINE_TEST("no more than a thousand wait", check_bounded),
        ENGINE_TEST("a new owner finds out by one try", check_takeover),
        { "who stands for it is told, and that it is over", check_told, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
