/* The true verbs in an engine: what a group was to begin somewhere does not begin after a rollback of that place. */
#include "tests/unit/engine_fixture.h"

#include "handlers/registry.h"

#define CLOUD_RUN_SERVICE(name, more, driver)                                                                          \
    "  - name: " name "\n" more "    artifact: { image: \"us-docker.pkg.dev/acme/images/" name ":{version}\" }\n"      \
    "    environments: [{ name: production, driver: { cloud_run: { project: acme, service: s-" name ", " driver        \
    " } }, strategy: all-at-once }]\n"
#define PROGRAM_SERVICE(name, more)                                                                                    \
    "  - name: " name "\n" more "    environments: [{ name: production, driver: { program: { deploy: [x] } } }]\n"

#define DIGEST "sha256:0000000000000000000000000000000000000000000000000000000000000001"

static const char configuration[] = FIXTURE_SLACK_T1 "services:\n" CLOUD_RUN_SERVICE("api", "", "region: us-central1")
    CLOUD_RUN_SERVICE("web", "    needs: [api]\n", "region: us-central1")
        CLOUD_RUN_SERVICE("edge", "    needs: [api]\n", "regions: [r1, r2]")
            PROGRAM_SERVICE("tool", "    needs: [api]\n") "policy:\n"
                                                          "  rules:\n"
                                                          "    - { allow: \"*\", to: everyone }\n";

static int setup(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);

    configuration_destroy(world->configuration);
    world->configuration = fixture_good(configuration);
    world->settings = world->configuration->settings;
    node->config.policy = policy_compile(&world->settings, NULL, world->configuration->zones, world->arena);
    node->config.verbs = verbs;
    node->config.machines = machines;
    node->config.effect_kinds = effect_kinds;
    node->config.effect_kinds_count = effect_kinds_count;
    node_start(node);
    world_advance(world, 1000);
    *state = world;
    return 0;
}

static const char *text_of(struct world *world, const char *id, const char *what)
{
    const char *found = json_find_string(world_operation(world, id), what);

    return found ? found : "nothing";
}

static const char *last_reply(const struct world *world)
{
    return world->replies[world->replies_count - 1];
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text);
}

/* All readings of that name, with the same answer. */
static void answer_all(struct world *world, const char *name, const char *json)
{
    struct flight *flight;

    while ((flight = node_flight(world->nodes[0], name)) != NULL) {
        AUTO_JSON cJSON *body = NULL;
        struct error err;

        assert_true(json_parse(str_of(json), &body, &err));
        flight_end(flight, (struct attempt_end){ .result = ATTEMPT_DONE, .body = body });
        world_run(world);
    }
}

static void pin_all(struct world *world)
{
    answer_all(world, "digest",
               "{\"image\":\"us-docker.pkg.dev/acme/images/api@" DIGEST "\",\"digest\":\"" DIGEST "\"}");
}

/* D1 of api, D2, and web, which waits for it. */
static void check_waits_for_another(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy api,web production v2 --max-parallel 1 --on-failure continue");
    world_say(world, "U1 rollback web production");
    assert_has(last_reply(world), "*D3*: stopping web of D1 before it has traffic. No good version");
    world_say(world, "U1 abort D2");
    assert_string_equal(text_of(world, "D1", "result"), "failed");
    assert_null(world_operation(world, "D4")); /* web was not begun */
}

static void check_region(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy edge production v2");
    pin_all(world);
    assert_string_equal(text_of(world, "D2", "target"), "edge/production/r1");
    world_say(world, "U1 rollback edge production --region r2");
    assert_has(last_reply(world), "*D3*: stopping r2 of D1 before it has traffic.");
    assert_string_equal(text_of(world, "D2", "result"), "nothing"); /* it goes on where it is */
    world_say(world, "U1 rollback edge production --region r2");    /* once is enough */
    assert_has(last_reply(world), "*D3* does that already");
}

static void check_program(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy api,tool production v2 --max-parallel 1 --on-failure continue");
    world_say(world, "U1 rollback tool production");
    assert_has(last_reply(world), "*D3*: stopping tool of D1 before it runs.");
    assert_string_equal(text_of(world, "D3", "result"), "done");
    assert_has(text_of(world, "D3", "summary"), "tool of D1 was stopped before it ran");
    world_say(world, "U1 abort D2");
    assert_null(world_operation(world, "D4"));
    world_say(world, "U1 deploy tool production v2"); /* whoever asks afterwards gets it */
    assert_string_equal(text_of(world, "D4", "kind"), "deploy");
}

/* No need of another member keeps it: only the rollback does. */
static void check_its_turn(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy web,tool production v2 --max-parallel 1 --on-failure continue");
    assert_string_equal(text_of(world, "D2", "target"), "web/production");
    world_say(world, "U1 rollback tool production");
    world_say(world, "U1 abort D2");
    assert_null(world_operation(world, "D4"));
    assert_string_equal(text_of(world, "D1", "result"), "failed");
    assert_has(text_of(world, "D1", "body.members.1.summary"),
               "D3  is a way back of 'tool/production' that was asked for later");
    assert_int_equal(world_journalled(world, "operation.begun"), 4); /* these, and the watch over the credentials */
}

/* Where there is but one region, the same words stop it. */
static void check_begun_nowhere(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy edge production v2");
    world_say(world, "U1 rollback edge production");
    assert_string_equal(text_of(world, "D3", "target"), "edge/production/r1");
    assert_string_equal(text_of(world, "D4", "target"), "edge/production/r2");
    assert_string_equal(text_of(world, "D4", "body.aborts"), "r2 of D1");
    pin_all(world);
    assert_string_equal(text_of(world, "D1", "result"), "failed");
    assert_null(world_operation(world, "D5")); /* in no region */
}

/* A group of groups: edge, which the group of all has yet to ask for, would be a later group itself. */
static void check_nested(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy web,edge production v2 --max-parallel 1 --on-failure continue"); /* D1, of web: D2 */
    world_say(world, "U1 rollback edge production --region r1");
    assert_has(last_reply(world), "*D3*: stopping edge of D1 before it has traffic.");
    world_say(world, "U1 abort D2");
    pin_all(world); /* of D4, the group of edge's regions */
    assert_string_equal(text_of(world, "D4", "parent"), "D1");
    assert_string_equal(text_of(world, "D4", "result"), "failed");
    assert_string_equal(text_of(world, "D1", "result"), "failed");
    assert_null(world_operation(world, "D5"));
}

/* Another instance decides it, from the store alone. */
static void check_after_a_crash(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 deploy web,tool production v2 --max-parallel 1 --on-failure continue");
    world_say(world, "U1 rollback tool production");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, 60 * 1000);
    world_say(world, "U1 abort D2");
    assert_string_equal(text_of(world, "D1", "result"), "failed");
    assert_null(world_operation(world, "D4"));
}

#define GROUP_TEST(sentence, test)                                                                                     \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST("what waits for another member is named, and does not begin", check_waits_for_another),
        GROUP_TEST("a region is named by itself, and the others go on", check_region),
        GROUP_TEST("where a program deploys likewise; whoever asks afterwards gets it", check_program),
        GROUP_TEST("what comes to its turn is refused, and the group says why", check_its_turn),
        GROUP_TEST("a deploy of all regions that has begun nowhere begins nowhere", check_begun_nowhere),
        GROUP_TEST("nor does what a group in a group was to begin", check_nested),
        GROUP_TEST("nor after a crash", check_after_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
