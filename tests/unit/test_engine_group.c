/* The true verbs in an engine: who aborts a group is asked about by the rules for each member, and nobody else. */
#include "tests/unit/engine_fixture.h"

#include "handlers/registry.h"

#define SERVICE(name)                                                                                                  \
    "  - name: " name "\n"                                                                                             \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/" name ":{version}\" }\n"                                  \
    "    environments:\n"                                                                                              \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: " name "-prod } }\n"                  \
    "        strategy: all-at-once\n"

#define PIPELINE "U3 " /* deploys, and aborts nothing */
#define ONCALL "U1 "
#define API_TEAM "U4 " /* aborts api alone */

static const char configuration[] = FIXTURE_SLACK_T1 "services:\n" SERVICE("api")
    SERVICE("web") "policy:\n"
                   "  roles:\n"
                   "    - { name: pipeline, members: [\"slack:U3\"] }\n"
                   "    - { name: oncall, members: [\"slack:U1\"] }\n"
                   "    - { name: api-team, members: [\"slack:U4\"] }\n"
                   "  rules:\n"
                   "    - { allow: deploy, to: pipeline }\n"
                   "    - { allow: abort, to: oncall }\n"
                   "    - { allow: abort, to: api-team, on: { service: api } }\n";

/* The pipeline has begun a group, D1, of api, D2, and web, D3; both wait for the registry. */
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
    node_start(node);
    world_advance(world, 1000);
    world_say(world, PIPELINE "deploy all production v1");
    assert_string_equal(json_find_string(world_operation(world, "D1"), "kind"), "group");
    assert_string_equal(json_find_string(world_operation(world, "D2"), "state"), "pinning");
    assert_string_equal(json_find_string(world_operation(world, "D3"), "state"), "pinning");
    *state = world;
    return 0;
}

static const char *result(struct world *world, const char *id)
{
    const char *found = json_find_string(world_operation(world, id), "result");

    return found ? found : "it runs";
}

static const char *last_reply(const struct world *world)
{
    return world->replies[world->replies_count - 1];
}

static void check_anothers_group(void **state)
{
    struct world *world = *state;

    world_say(world, ONCALL "abort D1");
    assert_string_equal(result(world, "D2"), "aborted");
    assert_string_equal(result(world, "D3"), "aborted");
    assert_string_equal(result(world, "D1"), "aborted");
    assert_string_equal(last_reply(world), "*D1*: nothing more begins, and what runs is being aborted.");
}

static void check_who_began_it(void **state)
{
    struct world *world = *state;

    world_say(world, PIPELINE "abort D1");
    assert_non_null(strstr(last_reply(world), "REFUSED *Denied*"));
    assert_string_equal(result(world, "D2"), "it runs");
    assert_string_equal(result(world, "D1"), "it runs");
}

static void check_one_of_two(void **state)
{
    struct world *world = *state;
    const char *goes_on;

    world_say(world, API_TEAM "abort D1");
    assert_string_equal(result(world, "D2"), "aborted");
    assert_string_equal(result(world, "D3"), "it runs");
    assert_string_equal(result(world, "D1"), "it runs");
    assert_non_null(strstr(last_reply(world), "of what runs the rest is being aborted.\nweb, D3, goes on: "));
    goes_on = json_find_string(world_operation(world, "D1"), "body.members.1.goes_on");
    assert_non_null(goes_on);
    assert_non_null(strstr(goes_on, "Denied"));
    assert_int_equal(world_journalled(world, "request.denied"), 1);
}

static void check_the_rest_by_another(void **state)
{
    struct world *world = *state;

    world_say(world, API_TEAM "abort D1");
    world_say(world, ONCALL "abort D1");
    assert_string_equal(result(world, "D3"), "aborted");
    assert_string_equal(result(world, "D1"), "aborted");
    assert_null(json_find(world_operation(world, "D1"), "body.stop")); /* people are not kept longer than they matter */
}

#define GROUP_TEST(sentence, test)                                                                                     \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST("who may abort aborts a group that somebody else began", check_anothers_group),
        GROUP_TEST("who began it and may not abort does not", check_who_began_it),
        GROUP_TEST("who may abort one of two aborts that one, and is told of the other", check_one_of_two),
        GROUP_TEST("and somebody who may aborts the rest", check_the_rest_by_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
