/* What a target keeps of those that changed it, in the commit that ends each. */
#include "tests/unit/engine_fixture.h"

#include "bot/model/target.h"

static struct target target(struct world *world)
{
    struct target target = { 0 };
    struct error err;
    const cJSON *json = world_record(world, STORE_TARGETS, ERRAND_TARGET);

    if (json && !shape_from_json(&target_shape, json, world->arena, &target, &err))
        fail_msg("%s", err.message);
    return target;
}

/* "D1 v1 good, D2 back to v1 good <D1": oldest first; "!": another good version came after it. */
static const char *ends(struct world *world)
{
    static const char *const hows[] = { "good", "back", "left", "untouched", "doubt" };
    const struct target found = target(world);
    const char *text = "";

    for (size_t i = 0; i < found.ends_count; i++) {
        const struct target_end *end = &found.ends[i];

        text = arena_printf(world->arena, "%s%s%s %s%s %s%s%s%s", text, i ? ", " : "", end->operation,
                            end->is_way_back ? "back to " : "", end->version ? end->version : "?", hows[end->how],
                            end->left_at_ms ? "!" : "", end->left ? " <" : "", end->left ? end->left : "");
    }
    return text;
}

static void check_order(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v1:good,good,end");
    world_say(world, "U1 do over:v2:untouched,fail");
    world_say(world, "U1 do end"); /* tells nothing: nothing is kept of it */
    assert_string_equal(ends(world), "D1 v1 good, D2 v2 untouched");
    assert_int_equal(target(world).good_count, 1);
}

static void check_only_ends(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v1:good,wait");
    assert_string_equal(ends(world), "");
    world_say(world, "U1 poke D1 over:v1:good,end");
    assert_string_equal(ends(world), "D1 v1 good");
}

static void check_times(void **state)
{
    struct world *world = *state;
    int64_t asked_ms, ended_ms;

    world_say(world, "U1 do wait");
    asked_ms = json_find_int(world_operation(world, "D1"), "created_at_ms", 0);
    world_advance(world, 5 * SECOND_MS);
    world_say(world, "U1 poke D1 over:v1:good,end");
    ended_ms = json_find_int(world_operation(world, "D1"), "ended_at_ms", 0);
    assert_true(ended_ms >= asked_ms + 5 * SECOND_MS);
    assert_int_equal(target(world).ends[0].asked_at_ms, asked_ms);
    assert_int_equal(target(world).ends[0].ended_at_ms, ended_ms);
}

/* Done before opsgate heard of it: when that was, its end tells. */
static void check_told_times(void **state)
{
    struct world *world = *state;
    int64_t ended_ms;

    world_say(world, "U1 do over:v1:good,end");
    world_advance(world, HOUR_MS);
    world_say(world, "U1 do undone:v0:good:D1,ago:60000,end");
    ended_ms = json_find_int(world_operation(world, "D2"), "ended_at_ms", 0);
    assert_int_equal(target(world).ends[1].asked_at_ms, ended_ms - MINUTE_MS);
    assert_int_equal(target(world).ends[1].ended_at_ms, ended_ms - MINUTE_MS);
}

static void check_left(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v1:good,end");
    world_say(world, "U1 do over:v2:good,end");
    world_say(world, "U1 do undone:v1:good:D2,end");
    assert_string_equal(ends(world), "D1 v1 good, D2 v2 left!, D3 back to v1 good <D2");
    world_say(world, "U1 do undone:v0:good:D77,end"); /* older than what is kept */
    assert_string_equal(ends(world), "D1 v1 good, D2 v2 left!, D3 back to v1 good <D2, D4 back to v0 good <D77");
}

/* The first way back failed, and what it was to leave is called by its name. */
static void check_left_by_the_second(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v2:good,end");
    world_say(world, "U1 do undone:v1:doubt:D1,fail");
    assert_string_equal(ends(world), "D1 v2 good, D2 back to v1 doubt <D1");
    world_say(world, "U1 do undone:v1:good:D2,end");
    assert_string_equal(ends(world), "D1 v2 left!, D2 back to v1 doubt! <D1, D3 back to v1 good <D2");
}

static void check_settled(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v1:back,fail");
    world_say(world, "U1 do over:v2:doubt,fail");
    world_say(world, "U1 do over:v3:untouched,fail"); /* settles nothing, and needs nobody to */
    assert_string_equal(ends(world), "D1 v1 back, D2 v2 doubt, D3 v3 untouched");
    world_say(world, "U1 do over:v4:good,end");
    assert_string_equal(ends(world), "D1 v1 back!, D2 v2 doubt!, D3 v3 untouched, D4 v4 good");
}

/* The record has many of them, and a version may be long. */
static void check_cut(void **state)
{
    struct world *world = *state;
    const char *line = "123456789012345678901234567890123456789012345678901234567890"
                       "123456789012345678901234567890123456789012345678901234567890";

    assert_int_equal(strlen(line), TARGET_END_VERSION_BYTES);
    world_say(world, arena_printf(world->arena, "U1 do over:%s-and-more:good,end", line));
    assert_string_equal(ends(world), arena_printf(world->arena, "D1 %s good", line));
}

static void check_full(void **state)
{
    struct world *world = *state;
    struct target found;

    for (int i = 1; i <= TARGET_ENDS_MAX + 3; i++)
        world_say(world, arena_printf(world->arena, "U1 do over:v%d:good,end", i));
    found = target(world);
    assert_int_equal(found.ends_count, TARGET_ENDS_MAX);
    assert_string_equal(found.ends[0].version, "v4");
    assert_string_equal(found.ends[TARGET_ENDS_MAX - 1].version, "v67");
}

/* What an older version wrote has no ends: it is read as that, and kept. */
static void check_older(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do good:v1:r1:i1,end");
    assert_null(json_find(world_record(world, STORE_TARGETS, ERRAND_TARGET), "ends"));
    world_say(world, "U1 do over:v2:good,good:v2:r2:i2,end");
    assert_string_equal(ends(world), "D2 v2 good");
    assert_int_equal(target(world).good_count, 2);
}

static void check_after_takeover(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v1:good,end");
    node_crash(world->nodes[0]);
    node_start(world_node(world));
    world_advance(world, 60 * SECOND_MS);
    world_say(world, "U1 do undone:v0:good:D1,end");
    assert_string_equal(ends(world), "D1 v1 left!, D2 back to v0 good <D1");
}

/* Its machine is not asked: the engine tells what it knows itself. */
static void check_stuck(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do over:v1:good,end");
    world_say(world, "U1 do claim,timer:poll:500");
    world_advance(world, 400);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_string_equal(ends(world), "D1 v1 good, D2 ? doubt");
    assert_int_equal(target(world).ends[1].ended_at_ms, json_find_int(world_operation(world, "D2"), "ended_at_ms", 0));
    world_say(world, "U1 do first,timer:poll:500"); /* a way back by its claim */
    world_advance(world, 400);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_string_equal(ends(world), "D1 v1 good, D2 ? doubt, D3 back to ? doubt");
}

/* It had nothing in its hands there: nothing of it can be in doubt. */
static void check_stuck_in_line(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim wait");
    world_say(world, "U1 do claim,timer:poll:500");
    world_advance(world, 400);
    world->store->fates[CALL_COMMIT] = FATE_INVALID;
    world_advance(world, 2000);
    assert_true(json_find_bool(world_operation(world, "D2"), "is_stuck", false));
    assert_string_equal(ends(world), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("ends are kept in their order, and only those that tell one", check_order),
        ENGINE_TEST("nothing is kept of what has not ended", check_only_ends),
        ENGINE_TEST("with the times of the operation", check_times),
        ENGINE_TEST("or with its own, when it tells them", check_told_times),
        ENGINE_TEST("a way back marks what it left, if that is still known", check_left),
        ENGINE_TEST("also when it had to be tried twice", check_left_by_the_second),
        ENGINE_TEST("what was taken back or in doubt is over when a good version serves", check_settled),
        ENGINE_TEST("a long version is cut", check_cut),
        ENGINE_TEST("the last are kept", check_full),
        ENGINE_TEST("an older record has none", check_older),
        ENGINE_TEST("one that is stuck with the target in its hands ends in doubt", check_stuck),
        ENGINE_TEST("one that is stuck while it waits leaves nothing", check_stuck_in_line),
        ENGINE_TEST("whoever takes over knows them", check_after_takeover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
