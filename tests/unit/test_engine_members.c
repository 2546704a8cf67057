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

static const struct principal_join *joins(const void *value, size_t *ret_count)
{
    static const struct principal_join list[] = { { "slack:U2", "slack:U4" } };

    (void)value;
    *ret_count = ARRAY_LEN(list);
    return list;
}

static int setup(void **state)
{
    struct world *world = world_create();

    knowing_machine = errand_machine;
    knowing_machine.stand = stand;
    knowing_machine.memberships = memberships;
    knowing_machine.joins = joins;
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

/* Somebody was in there, as it was read in 1970. */
static const char stale_configuration[] = FIXTURE_SLACK_T1
    "policy:\n"
    "  roles: [{ name: eng, members: [\"slack-group:S1\"], max_age: 1h }, { name: dev, members: [\"slack:U2\"] }]\n"
    "  rules: [{ allow: \"*\", to: eng }, { allow: \"*\", to: dev }]\n";

static size_t count_stale(struct world *world)
{
    const char *at = world_heard(world, "L1");
    size_t count = 0;

    while ((at = strstr(at, MESSAGE_STALE)) != NULL) {
        at++;
        count++;
    }
    return count;
}

static void reconfigure(struct world *world, const char *text)
{
    struct configuration *configuration = fixture_good(text);
    const struct engine_configuration now = {
        .settings = &configuration->settings,
        .settings_digest = "other",
        .policy = policy_compile(&configuration->settings, NULL, configuration->zones, world->arena),
    };

    engine_reconfigure(world->nodes[0]->engine, &now, NULL);
    configuration_destroy(world->configuration);
    world->configuration = configuration;
}

static const char joined_configuration[] =
    FIXTURE_SLACK_T1 "policy:\n"
                     "  roles: [{ name: dev, members: [\"slack:U2\", \"slack:U3\"] }]\n"
                     "  rules: [{ allow: \"*\", to: dev }, { deny: \"*\", to: \"slack:U4\" }]\n";

static void check_joined(void **state)
{
    struct world *world = *state;

    reconfigure(world, joined_configuration);
    world_say(world, "U3 poke L1 wait");
    assert_int_equal(world_journalled(world, "request.denied"), 0);
    world_say(world, "U2 poke L1 wait"); /* who is U4, too */
    assert_int_equal(world_journalled(world, "request.denied"), 1);
}

static void check_refused_by_its_age(void **state)
{
    struct world *world = *state;

    reconfigure(world, stale_configuration);
    world_say(world, "U3 poke L1 wait"); /* who knows whether they are in there now */
    assert_int_equal(count_stale(world), 1);
    world_advance(world, MINUTE_MS);
    world_say(world, "U1 poke L1 wait");
    assert_non_null(strstr(world->replies[world->replies_count - 1], "slack-group:S1 was last read"));
    assert_int_equal(count_stale(world), 2);
    world_say(world, "U1 poke L1 wait"); /* within a minute */
    assert_int_equal(count_stale(world), 2);
    world_say(world, "U2 poke L1 wait");
    assert_int_equal(count_stale(world), 2);
}

static void check_ended(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 poke L1 end");
    assert_int_equal(count_of(world), 0);
}

/* Nobody reads them any more, and they get older; but who is in a group is not left out of it. */
static void check_stuck(void **state)
{
    struct world *world = *state;
    size_t before = count_of(world);

    world->store->fates[CALL_COMMIT] = FATE_INVALID; /* of what its timer has it decide */
    world_advance(world, HOUR_MS);
    assert_int_equal(world_journalled(world, "operation.stuck"), 1);
    assert_true(before > 0 && count_of(world) > 0);
    reconfigure(world, stale_configuration); /* which has the next one begin */
    world_say(world, "U2 poke L1 wait");
    assert_true(count_of(world) > 0);
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
        MEMBERS_TEST("who was joined is known to policy", check_joined),
        MEMBERS_TEST("who is refused by its age has it read again", check_refused_by_its_age),
        MEMBERS_TEST("what one knew that is stuck stays known", check_stuck),
        MEMBERS_TEST("it is known no more when the record has ended", check_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
