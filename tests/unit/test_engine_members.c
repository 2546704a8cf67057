/* Who is in which group is what the record of one machine says, as long as that stands, and again for the next owner.
 */
#include "tests/unit/engine_fixture.h"

static struct machine knowing_machine;

static void stand(const struct view *view, struct outcome *out)
{
    static const char *script[] = { "wait", "wait", "wait", "wait" };
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    *body = (struct errand_body){ .script = script, .script_count = ARRAY_LEN(script), .heard = "" };
    outcome_begin(out, "errand", NULL, "running", body);
    outcome_timer(out, "t", view->now_ms + HOUR_MS);
}

/* As many groups as words are left: they change with each event. */
static const struct membership *memberships(const void *value, size_t *ret_count)
{
    static const char *members[] = { "slack:U1" };
    static const struct membership groups[] = {
        { .source = "slack-group:S1", .read_at_ms = 1, .members = members, .members_count = 1 },
        { .source = "slack-group:S2" },
        { .source = "slack-group:S3" },
        { .source = "slack-group:S4" },
    };
    const struct errand_body *body = value;

    *ret_count = body->script_count < ARRAY_LEN(groups) ? body->script_count : ARRAY_LEN(groups);
    return groups;
}

static int setup(void **state)
{
    struct world *world = world_create();

    knowing_machine = errand_machine;
    knowing_machine.stand = stand;
    knowing_machine.memberships = memberships;
    world->machines[0] = &knowing_machine;
    node_start(world_node(world));
    world_advance(world, 1000);
    *state = world;
    return 0;
}

static size_t count_of(const struct world *world)
{
    size_t count;
    const struct membership *list = engine_memberships(world->nodes[0]->engine, &count);

    assert_true(count == 0 || strcmp(list[0].source, "slack-group:S1") == 0);
    return count;
}

static void check_known(void **state)
{
    struct world *world = *state;
    const struct target *targets[1];
    uint64_t before, after;

    assert_int_equal(count_of(world), 4);
    engine_targets(world->nodes[0]->engine, targets, 1, &before);
    world_say(world, "U1 poke L1 wait");
    engine_targets(world->nodes[0]->engine, targets, 1, &after);
    assert_true(before != after); /* whoever keeps a copy has to look again */
    assert_true(count_of(world) > 0);
}

static void check_next_owner(void **state)
{
    struct world *world = *state;

    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 4000);
    assert_true(count_of(world) > 0);
}

static void check_ended(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 poke L1 end");
    assert_int_equal(count_of(world), 0);
}

#define MEMBERS_TEST(sentence, test)                                                                                   \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMBERS_TEST("it is known as the record says it, and new with it", check_known),
        MEMBERS_TEST("the next owner knows it as well", check_next_owner),
        MEMBERS_TEST("it is known no more when the record has ended", check_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
