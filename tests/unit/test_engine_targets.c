/* Who comes first at a target, who has to go, and what it remembers of its versions. */
#include "tests/unit/engine_fixture.h"

static const cJSON *target(struct world *world)
{
    return world_record(world, STORE_TARGETS, ERRAND_TARGET);
}

/* "v1 v2": the versions of a list, oldest first. */
static const char *versions(struct world *world, const char *list)
{
    const char *text = "";

    JSON_EACH(version, json_find(target(world), list))
        text = arena_printf(world->arena, "%s%s%s", text, text[0] ? " " : "", json_find_string(version, "version"));
    return text;
}

static void check_first(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim wait end");
    world_say(world, "U1 do claim end");
    world_say(world, "U1 do claim");
    world_say(world, "U1 do first"); /* before all who wait */
    assert_string_equal(json_find_string(target(world), "holder"), "D4");
    assert_string_equal(world_heard(world, "D1"), "message:target.granted:engine|message:target.yield:engine(D4)|");
    assert_string_equal(json_find_string(world_operation(world, "D2"), "result"), "done");
    assert_string_equal(world_heard(world, "D3"), "message:target.yield:engine(D4)|");
    assert_string_equal(world_heard(world, "D4"), "message:target.granted:engine|");
    assert_string_equal(json_find_string(target(world), "waiting.0"), "D3");
    assert_int_equal(cJSON_GetArraySize(json_find(target(world), "waiting")), 1);
}

static const char *line(struct world *world)
{
    const char *text = "";
    const cJSON *entry;

    cJSON_ArrayForEach(entry, json_find(target(world), "waiting"))
        text = arena_printf(world->arena, "%s%s%s", text, text[0] ? " " : "", entry->valuestring);
    return text;
}

static void check_ahead(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim wait");
    world_say(world, "U1 do claim");
    world_say(world, "U1 do claim");
    world_say(world, "U1 do ahead");
    assert_string_equal(line(world), "D4 D2 D3");
    assert_string_equal(world_heard(world, "D1"), "message:target.granted:engine|"); /* and nobody gives way for it */
    assert_string_equal(world_heard(world, "D2"), "");
    world_say(world, "U1 do ahead");
    assert_string_equal(line(world), "D5 D4 D2 D3");
}

static void check_behind_a_way_back(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim wait wait");
    world_say(world, "U1 do claim wait");
    world_say(world, "U1 do first");
    assert_string_equal(line(world), "D3 D2");
    world_say(world, "U1 do ahead");
    assert_string_equal(line(world), "D3 D4 D2");
}

static void check_ahead_when_free(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do ahead");
    assert_string_equal(json_find_string(target(world), "holder"), "D1");
    assert_string_equal(world_heard(world, "D1"), "message:target.granted:engine|");
}

static void check_first_when_free(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do first");
    assert_string_equal(world_heard(world, "D1"), "message:target.granted:engine|");
}

/* The one commit that tells them all has room for so many, and no more. */
static void check_full(void **state)
{
    struct world *world = *state;
    const char *last = arena_printf(world->arena, "D%d", TARGET_OPERATIONS_MAX), *way_back;

    for (int i = 1; i <= TARGET_OPERATIONS_MAX; i++)
        world_say(world, "U1 do claim");
    assert_non_null(world_operation(world, last));
    world_say(world, "U1 do claim");
    assert_int_equal(world->store->places[STORE_OPERATIONS].count, TARGET_OPERATIONS_MAX);
    assert_string_equal(world->replies[world->replies_count - 1],
                        "REFUSED 50 operations are at work on `api/staging` or wait for it, and it takes no more. "
                        "Nothing was done: ask again when some have ended, or `abort` what nobody needs.");
    world_say(world, "U1 do first"); /* the way back is never refused */
    way_back = arena_printf(world->arena, "D%d", TARGET_OPERATIONS_MAX + 1);
    assert_string_equal(json_find_string(target(world), "waiting.0"), way_back);
    assert_string_equal(world_heard(world, last),
                        arena_printf(world->arena, "message:target.yield:engine(%s)|", way_back));
}

/* Its image is not there yet, or its version not known: it would come when the way back is over. */
static void check_first_before_who_comes(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait wait claim");
    world_say(world, "U1 do timer:soon:600000");
    world_say(world, "U1 do end"); /* is over */
    world_say(world, "U1 do first");
    world_say(world, "U1 do wait"); /* asked for after it */
    assert_string_equal(world_heard(world, "D1"), "message:target.yield:engine(D4)|");
    assert_string_equal(world_heard(world, "D2"), "message:target.yield:engine(D4)|");
    assert_string_equal(world_heard(world, "D4"), "message:target.granted:engine|");
    assert_string_equal(world_heard(world, "D5"), "");
}

static void check_each_is_told_once(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    world_say(world, "U1 do claim");
    world_say(world, "U1 do wait");
    world_say(world, "U1 do first");
    assert_string_equal(world_heard(world, "D1"), "message:target.granted:engine|message:target.yield:engine(D4)|");
    assert_string_equal(world_heard(world, "D2"), "message:target.yield:engine(D4)|");
    assert_string_equal(world_heard(world, "D3"), "message:target.yield:engine(D4)|");
}

/* It had not asked for it yet when the other one came first. */
static void check_what_is_asked_for_too_late(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do wait");
    world_say(world, "U1 do ask:a:do:wait"); /* D3 */
    world_say(world, "U1 do first,end");
    assert_string_equal(json_find_string(target(world), "way_back"), "D4");
    world_say(world, "U1 poke D1 ask:b:do:wait");
    assert_non_null(
        strstr(world_heard(world, "D1"),
               "message:child.refused:engine(b *D4* is a way back of `api/staging` that was asked for later"));
    world_say(world, "U1 poke D3 ask:c:do:wait"); /* D3 is D2's: what it asks for was asked for with D2 */
    assert_non_null(strstr(world_heard(world, "D3"), "message:child.refused:engine(c *D4* is a way back of"));
    assert_null(world_operation(world, "D5"));
    world_say(world, "U1 poke D1 ask:d:do:first"); /* a way back itself */
    assert_non_null(strstr(world_heard(world, "D1"), "message:child.begun:engine(d D5)"));
    world_say(world, "U1 do ask:e:do:wait"); /* asked for afterwards */
    assert_non_null(strstr(world_heard(world, "D6"), "message:child.begun:engine(e D7)"));
}

/* A way back that was done a while ago, and is known only now: who was asked for since stays. */
static void check_turned_away(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    world_say(world, "U1 do claim");
    world_say(world, "U1 do wait");
    world_say(world, "U1 do ask:a:do:wait"); /* D5 */
    world_advance(world, 10000);
    world_say(world, "U1 do claim");         /* D6 */
    world_say(world, "U1 do wait");          /* D7: a group of afterwards */
    world_say(world, "U1 poke D4 ask:b:do:wait"); /* D8, of a group of before */
    world_say(world, "U1 do away:5000,end"); /* D9 */
    assert_string_equal(world_heard(world, "D1"),
                        "message:target.granted:engine|message:target.yield:engine(D9 over)|");
    assert_string_equal(world_heard(world, "D2"), "message:target.yield:engine(D9 over)|");
    assert_string_equal(world_heard(world, "D3"), "message:target.yield:engine(D9 over)|");
    assert_string_equal(world_heard(world, "D5"), "message:target.yield:engine(D9 over)|");
    assert_string_equal(world_heard(world, "D6"), "");
    assert_string_equal(world_heard(world, "D7"), "");
    assert_string_equal(world_heard(world, "D8"), "message:target.yield:engine(D9 over)|");
    assert_null(json_find_string(target(world), "waiting.2")); /* it takes no place in the line */
    world_say(world, "U1 poke D4 ask:c:do:wait");
    assert_non_null(strstr(world_heard(world, "D4"), "message:child.refused:engine(c *D9* is a way back of"));
    world_say(world, "U1 poke D7 ask:d:do:wait"); /* it has a lower number, but was asked for later */
    assert_non_null(strstr(world_heard(world, "D7"), "message:child.begun:engine(d D10)"));
}

/* Of two the later one counts, whichever became known first; and nobody's clock is ahead of ours. */
static void check_turned_away_by_the_later(void **state)
{
    struct world *world = *state;

    world_advance(world, 10000);
    world_say(world, "U1 do first,end");
    world_say(world, "U1 do away:5000,end");
    assert_string_equal(json_find_string(target(world), "way_back"), "D1");
    world_advance(world, 1000);
    world_say(world, "U1 do away:-60000,end");
    assert_string_equal(json_find_string(target(world), "way_back"), "D3");
    world_advance(world, 1000);
    world_say(world, "U1 do away:500,end");
    assert_string_equal(json_find_string(target(world), "way_back"), "D4");
}

static void check_moves_up(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do claim");
    world_say(world, "U1 do claim");
    world_say(world, "U1 do claim");
    world_say(world, "U1 poke D3 first"); /* it stands in the line once */
    assert_int_equal(cJSON_GetArraySize(json_find(target(world), "waiting")), 2);
    assert_string_equal(json_find_string(target(world), "waiting.0"), "D3");
    world_say(world, "U1 poke D3 claim"); /* and to the end of it again */
    assert_string_equal(json_find_string(target(world), "waiting.1"), "D3");
}

static void check_bad(void **state)
{
    struct world *world = *state;

    for (int i = 1; i <= 12; i++)
        world_say(world, arena_printf(world->arena, "U1 do bad:v%d:r%d:i%d,fail", i, i, i));
    assert_string_equal(versions(world, "bad"), "v3 v4 v5 v6 v7 v8 v9 v10 v11 v12");
    world_say(world, "U1 do bad:v5:r5:i5,fail"); /* once more: the newest again, not twice */
    assert_string_equal(versions(world, "bad"), "v3 v4 v6 v7 v8 v9 v10 v11 v12 v5");
}

static void check_return(void **state)
{
    struct world *world = *state;

    for (int i = 1; i <= 3; i++)
        world_say(world, arena_printf(world->arena, "U1 do good:v%d:r%d:i%d,end", i, i, i));
    world_say(world, "U1 do bad:v3:r3:i3,return:v2:r2:i2,end");
    assert_string_equal(versions(world, "good"), "v1 v2"); /* a second way back leads further back */
    assert_string_equal(versions(world, "bad"), "v3");
    world_say(world, "U1 do return:v9:r9:i9,end"); /* a version that the stack does not know */
    assert_string_equal(versions(world, "good"), "v1 v2 v9");
}

static void check_forgiven(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do good:v1:r1:i1,end");
    world_say(world, "U1 do good:v2:r2:i2,end");
    world_say(world, "U1 do bad:v1:r1:i1,bad:v2:r2:i2,fail"); /* the last counts: one outcome, one bad */
    world_say(world, "U1 do bad:v1:r1:i1,fail");
    world_say(world, "U1 do return:v1:r1:i1,end");
    assert_string_equal(versions(world, "bad"), "v2 v1"); /* a return clears no name */
    world_say(world, "U1 do good:v1-again:r8:i1,end");
    assert_string_equal(versions(world, "bad"), "v2"); /* deploying the same image does */
    assert_string_equal(versions(world, "good"), "v1 v1-again");
}

/* What opsgate found when it came is a way back too, until it has brought a version of its own. */
static void check_before(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do before:old:r0:i0,good:v1:r1:i1,end");
    assert_string_equal(versions(world, "good"), "old v1");
    world_say(world, "U1 do before:odd:r5:i5,good:v2:r2:i2,end");
    assert_string_equal(versions(world, "good"), "old v1 v2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("who comes first is before all who wait, and all are told to give it up", check_first),
        ENGINE_TEST("who claims ahead is before all who wait, and holds up nobody", check_ahead),
        ENGINE_TEST("but not before a way back", check_behind_a_way_back),
        ENGINE_TEST("a free target is its at once", check_ahead_when_free),
        ENGINE_TEST("a free target is granted at once, and nobody is told", check_first_when_free),
        ENGINE_TEST("a target takes so many operations and no more, but for the way back", check_full),
        ENGINE_TEST("who has not come to the target yet is told too, and who comes later is not",
                    check_first_before_who_comes),
        ENGINE_TEST("holder, line and who has yet to come are told once each", check_each_is_told_once),
        ENGINE_TEST("what somebody from before asks for only afterwards does not begin",
                    check_what_is_asked_for_too_late),
        ENGINE_TEST("a way back of a while ago turns away what was asked for before it", check_turned_away),
        ENGINE_TEST("of two ways back the later one is remembered", check_turned_away_by_the_later),
        ENGINE_TEST("nobody stands in a line twice", check_moves_up),
        ENGINE_TEST("the last ten bad versions are remembered, each once", check_bad),
        ENGINE_TEST("a return takes what stands above off the stack", check_return),
        ENGINE_TEST("what served before the first good version stands below it", check_before),
        ENGINE_TEST("a bad version's image is forgiven by a deploy that makes it good, not by a return",
                    check_forgiven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
